//! What each head of an attention reads: which part of which projection, found by following one head's share
//! back through all that splits, turns, rotates and repeats.

use super::attention::Attention;
use super::view::View;
use crate::model::{Dependence, NodeId, Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Operators that projections go through on the way to heads.
const CARRIES: &[&str] = &[
    "Add", "Cast", "Concat", "Div", "Dropout", "Expand", "Gather", "Identity", "LayerNormalization", "Mul", "Neg", "Pow",
    "RMSNormalization", "Reciprocal", "ReduceMean", "ReduceSum", "Reshape", "Slice", "Split", "Sqrt", "Squeeze", "Sub",
    "Tile", "Transpose", "Unsqueeze",
];
/// The most operators between a projection and a head.
const MOST: usize = 200;

/// The share of each head of the last axis of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// `length` elements from `start + head / group * stride` on.
    Cut { start: usize, length: usize, group: usize, stride: usize },
    /// What stands at the index of the head along axis 1.
    AtHead,
}

/// What a head reads by one of its ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reads {
    pub tensor: TensorId,
    pub share: Share,
    /// The operators that multiply by weights to give the tensor.
    pub multiplies: Option<NodeId>,
    /// What reaches the product, where positions are turned into it in between.
    pub rotated: Option<TensorId>,
}

/// The heads of an attention, and what they read.
#[derive(Debug, Clone)]
pub struct Heads {
    pub attention: Attention,
    /// `None` where the attention has one head and no axis for it.
    pub count: Option<usize>,
    pub q: Option<Reads>,
    pub k: Option<Reads>,
    pub v: Option<Reads>,
}

/// The heads of an attention; `None` if they have no axis of their own in a tensor by rows.
#[must_use]
pub fn heads(view: &View<'_>, attention: Attention) -> Option<Heads> {
    let (mix, pattern) = (attention.mix, attention.pattern);
    if !view.by_row(mix) || !view.by_row(pattern) || view.dims(mix).len() != view.dims(pattern).len() {
        return None;
    }
    let count = match view.dims(mix).len() {
        3 => None,
        4 if view.size(mix, 1) == view.size(pattern, 1) => view.size(mix, 1),
        _ => return None,
    };
    let [q, k] = match attention.queries_and_keys {
        Some([queries, keys]) => [reads(view, queries, count, true), reads(view, keys, count, true)],
        None => [None, None],
    };
    let v = reads(view, attention.values, count, false);
    Some(Heads { attention, count, q, k, v })
}

/// The way from a projection to a product.
struct Way {
    /// What each operator on it gives.
    nodes: BTreeSet<NodeId>,
    /// The projections that it starts at.
    starts: BTreeMap<TensorId, NodeId>,
}

fn way(view: &View<'_>, operand: TensorId) -> Option<Way> {
    let mut way = Way { nodes: BTreeSet::new(), starts: BTreeMap::new() };
    let (mut seen, mut open) = (BTreeSet::from([operand]), vec![operand]);
    while let Some(tensor) = open.pop() {
        if let Some((id, _)) = view.projection(tensor) {
            way.starts.insert(tensor, id);
            continue;
        }
        let Some((id, node)) = view.made_by(tensor).filter(|(_, node)| CARRIES.contains(&node.op.as_str())) else { continue };
        if way.nodes.len() > MOST || !view.goes_on() {
            return None;
        }
        way.nodes.insert(id);
        open.extend(node.inputs.iter().flatten().filter(|input| view.is_live(**input) && seen.insert(**input)));
    }
    Some(way)
}

fn reads(view: &View<'_>, operand: TensorId, count: Option<usize>, turns: bool) -> Option<Reads> {
    let way = way(view, operand)?;
    let straight = straight(view, operand, count);
    let only = way.starts.len() == 1;
    let start = way.starts.iter().next().filter(|_| only).map(|(tensor, node)| (*tensor, *node));
    let is_turned = turns && has(view, &way, "Neg") && has(view, &way, "Concat");
    let projected = start.filter(|(tensor, _)| view.by_row(*tensor)).and_then(|(tensor, node)| {
        let share = count.map_or(Some(Share::Whole), |count| share(view, &way, operand, tensor, count))?;
        let rotated = straight.filter(|_| is_turned);
        Some(Reads { tensor, share, multiplies: Some(node), rotated })
    });
    let multiplies = start.map(|(_, node)| node);
    let share = if count.is_some() { Share::AtHead } else { Share::Whole };
    projected.or_else(|| straight.map(|tensor| Reads { tensor, share, multiplies, rotated: None }))
}

fn has(view: &View<'_>, way: &Way, op: &str) -> bool {
    way.nodes.iter().any(|id| view.graph.node(*id).op == op)
}

/// The operand with heads along axis 1, before it is scaled or turned for the product.
fn straight(view: &View<'_>, operand: TensorId, count: Option<usize>) -> Option<TensorId> {
    let mut tensor = operand;
    for _ in 0..8 {
        let Some((_, node)) = view.made_by(tensor) else { break };
        let before = match node.op.as_str() {
            "Mul" | "Div" | "Transpose" | "Cast" | "Identity" => view.only_live(node),
            _ => None,
        };
        let fits = |tensor: &TensorId| {
            let dims = view.dims(*tensor).len();
            view.by_row(*tensor) && count.map_or(dims == 3, |count| dims == 4 && view.size(*tensor, 1) == Some(count))
        };
        match before.filter(fits) {
            Some(before) => tensor = before,
            None => break,
        }
    }
    let heads = count.is_none_or(|count| view.dims(tensor).len() == 4 && view.size(tensor, 1) == Some(count));
    (view.by_row(tensor) && heads).then_some(tensor)
}

/// The part of the last axis of a projection that each head reads, if there is a rule to it.
fn share(view: &View<'_>, way: &Way, operand: TensorId, start: TensorId, count: usize) -> Option<Share> {
    let shape = |tensor: TensorId| view.model.facts.get(tensor)?.shape(1);
    let dependence = Dependence::unmasked(view.graph, &shape);
    let whole = shape(start)?;
    let axis = whole.len().checked_sub(1)?;
    let mut ranges = Vec::new();
    for head in 0..count {
        let heads = Region::whole(shape(operand)?.len()).cut(1, head, head + 1, count);
        let region = back(view, &dependence, way, (operand, heads), start)?;
        if region.cuts().any(|(at, _, _)| at != axis) {
            return None;
        }
        ranges.push(region.range(axis, *whole.last()?));
    }
    rule(&ranges, *whole.last()?)
}

/// The box of the start of a way that a box of its end reads.
fn back(
    view: &View<'_>,
    dependence: &Dependence<'_>,
    way: &Way,
    end: (TensorId, Region),
    start: TensorId,
) -> Option<Region> {
    let mut wanted = BTreeMap::from([end]);
    for id in way.nodes.iter().rev() {
        let node = view.graph.node(*id);
        for output in node.outputs.iter().flatten() {
            let Some(region) = wanted.get(output).cloned() else { continue };
            for (at, input) in node.inputs.iter().enumerate() {
                let Some(input) = input.filter(|input| view.is_live(*input)) else { continue };
                let Some(part) = dependence.input(*id, *output, &region, at) else { continue };
                wanted.entry(input).and_modify(|known| *known = known.hull(&part)).or_insert(part);
            }
        }
    }
    wanted.remove(&start)
}

/// The rule of half-open ranges, one for each head.
fn rule(ranges: &[(usize, usize)], size: usize) -> Option<Share> {
    let (start, end) = *ranges.first()?;
    let length = end.checked_sub(start)?;
    let group = ranges.iter().position(|range| range.0 != start).unwrap_or(ranges.len());
    let stride = match ranges.get(group) {
        Some(next) => next.0.checked_sub(start)?,
        None => 0,
    };
    let fits = |(head, range): (usize, &(usize, usize))| {
        let from = start + head / group * stride;
        *range == (from, from + length)
    };
    if !ranges.iter().enumerate().all(fits) {
        return None;
    }
    // Heads that are not told apart by what they read share it only where there is one of it.
    match stride {
        0 if length == size => Some(Share::Whole),
        0 if ranges.len() > 1 && length > size / 2 => None,
        _ => Some(Share::Cut { start, length, group, stride }),
    }
}
