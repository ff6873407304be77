//! What each head of an attention reads: which part of which projection, found by following one head's share
//! back through all that splits, turns, rotates and repeats.

use super::attention::Attention;
use super::view::View;
use crate::model::{Dependence, NodeId, Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Operators that projections go through on the way to heads.
const CARRIES: &[&str] = &[
    "Add",
    "Cast",
    "Concat",
    "Div",
    "Dropout",
    "Expand",
    "Gather",
    "Identity",
    "LayerNormalization",
    "Mul",
    "Neg",
    "Pow",
    "RMSNormalization",
    "Reciprocal",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "Slice",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tile",
    "Transpose",
    "Unsqueeze",
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
        Some([queries, keys]) => {
            let width = view.width(queries).unwrap_or(0);
            let query = Operand { tensor: queries, count, width, transposed: false, turns: true };
            [reads(view, query), reads(view, Operand { tensor: keys, transposed: true, ..query })]
        }
        None => [None, None],
    };
    let width = view.width(attention.values).unwrap_or(0);
    let v = reads(view, Operand { tensor: attention.values, count, width, transposed: false, turns: false });
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
        let Some((id, node)) = view.made_by(tensor).filter(|(_, node)| CARRIES.contains(&node.op.as_str())) else {
            continue;
        };
        if way.nodes.len() > MOST || !view.goes_on() {
            return None;
        }
        way.nodes.insert(id);
        open.extend(node.inputs.iter().flatten().filter(|input| view.is_live(**input) && seen.insert(**input)));
    }
    Some(way)
}

/// A tensor of a product, as heads read it.
#[derive(Debug, Clone, Copy)]
struct Operand {
    tensor: TensorId,
    count: Option<usize>,
    /// Of one head.
    width: usize,
    /// Whether positions lie along the last axis.
    transposed: bool,
    /// Whether positions can be turned into it.
    turns: bool,
}

fn reads(view: &View<'_>, operand: Operand) -> Option<Reads> {
    let way = way(view, operand.tensor)?;
    let straight = straight(view, operand);
    let only = way.starts.len() == 1;
    let start = way.starts.iter().next().filter(|_| only).map(|(tensor, node)| (*tensor, *node));
    let is_turned = operand.turns && has(view, &way, "Neg") && has(view, &way, "Concat");
    let projected = start.filter(|(tensor, _)| view.by_row(*tensor)).and_then(|(tensor, node)| {
        let share = share(view, &way, operand, tensor)?;
        let rotated = straight.filter(|_| is_turned);
        Some(Reads { tensor, share, multiplies: Some(node), rotated })
    });
    let multiplies = start.map(|(_, node)| node);
    let share = if operand.count.is_some() { Share::AtHead } else { Share::Whole };
    projected.or_else(|| straight.map(|tensor| Reads { tensor, share, multiplies, rotated: None }))
}

fn has(view: &View<'_>, way: &Way, op: &str) -> bool {
    way.nodes.iter().any(|id| view.graph.node(*id).op == op)
}

/// The operand with heads along axis 1 and their width along the last, before it is scaled or turned for the product.
fn straight(view: &View<'_>, operand: Operand) -> Option<TensorId> {
    let (mut tensor, mut transposed) = (operand.tensor, operand.transposed);
    let fits = |tensor: TensorId| {
        let dims = view.dims(tensor).len();
        let heads = operand.count.map_or(dims == 3, |count| dims == 4 && view.size(tensor, 1) == Some(count));
        heads && view.by_row(tensor)
    };
    for _ in 0..8 {
        let Some((_, node)) = view.made_by(tensor) else { break };
        let swaps = match (node.op.as_str(), node.ints("perm")) {
            ("Mul" | "Div" | "Cast" | "Identity", _) => false,
            ("Transpose", Some([0, 1, 3, 2] | [0, 2, 1])) => true,
            _ => break,
        };
        match view.only_live(node).filter(|before| fits(*before)) {
            Some(before) => (tensor, transposed) = (before, transposed != swaps),
            None => break,
        }
    }
    (fits(tensor) && !transposed && view.width(tensor) == Some(operand.width)).then_some(tensor)
}

/// The part of the last axis of a projection that each head reads, if there is a rule to it.
fn share(view: &View<'_>, way: &Way, operand: Operand, start: TensorId) -> Option<Share> {
    let shape = |tensor: TensorId| view.row_shape(tensor);
    let dependence = Dependence::unmasked(view.graph, &shape);
    let whole = shape(start)?;
    let axis = whole.len().checked_sub(1)?;
    let inside: BTreeSet<TensorId> =
        way.nodes.iter().flat_map(|id| view.graph.node(*id).outputs.iter().flatten().copied()).collect();
    let mut ranges = Vec::new();
    for head in 0..operand.count.unwrap_or(1) {
        let all = Region::whole(shape(operand.tensor)?.len());
        let own = operand.count.map_or(all.clone(), |count| all.cut(1, head, head + 1, count));
        let mut read = dependence.reads(&[(operand.tensor, own)], &|tensor| inside.contains(&tensor));
        let region = read.remove(&start)?.normal(&whole);
        if region.cuts().any(|(at, _, _)| at != axis) {
            return None;
        }
        ranges.push(region.range(axis, *whole.last()?));
    }
    // What mixes heads on the way is no share of a head.
    rule(&ranges, *whole.last()?).filter(|_| ranges.iter().all(|(start, end)| end - start == operand.width))
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
    Some(if length == size { Share::Whole } else { Share::Cut { start, length, group, stride } })
}
