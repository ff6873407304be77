//! Attention: a softmax over products of queries and keys, whose result weighs values.

use super::view::View;
use crate::model::{Node, NodeId, TensorId};
use std::collections::BTreeSet;

/// Between the softmax and the sum over keys.
const BEHIND: &[&str] = &["Cast", "Dropout", "Identity", "Mul", "Where"];
/// Between the product of queries and keys and the softmax: scaling, masks, positions, caps.
const BEFORE: &[&str] = &[
    "Add",
    "Cast",
    "Clip",
    "Div",
    "Dropout",
    "Identity",
    "Max",
    "Min",
    "Mul",
    "Reshape",
    "Squeeze",
    "Sub",
    "Tanh",
    "Unsqueeze",
    "Where",
];
/// The most operators on either side.
const MOST: usize = 64;

/// A softmax with what it belongs to.
#[derive(Debug, Clone)]
pub struct Attention {
    pub softmax: NodeId,
    /// What the softmax reads: the scores, scaled and masked.
    pub scores: TensorId,
    /// What the softmax gives.
    pub pattern: TensorId,
    /// Pattern times values, head by head.
    pub mix: TensorId,
    pub values: TensorId,
    /// What is multiplied to give the scores; `None` where no single product leads to the softmax.
    pub queries_and_keys: Option<[TensorId; 2]>,
}

/// The attention of a softmax over the last axis; `None` if it weighs nothing.
#[must_use]
pub fn attention(view: &View<'_>, softmax: NodeId) -> Option<Attention> {
    let node = view.graph.node(softmax);
    let (scores, pattern) = (node.input(0)?, node.outputs.first().copied().flatten()?);
    if !is_over_last_axis(view, node, pattern) {
        return None;
    }
    let (mix, values) = weighed(view, pattern)?;
    let queries_and_keys = product(view, scores);
    Some(Attention { softmax, scores, pattern, mix, values, queries_and_keys })
}

/// Whether an operator is a softmax that depends on data.
#[must_use]
pub fn is_softmax(view: &View<'_>, node: &Node) -> bool {
    node.op == "Softmax" && node.outputs.first().copied().flatten().is_some_and(|output| view.is_live(output))
}

fn is_over_last_axis(view: &View<'_>, node: &Node, pattern: TensorId) -> bool {
    let rank = i64::try_from(view.dims(pattern).len()).unwrap_or(0);
    let default = if view.graph.opset < 13 { 1 } else { -1 };
    let axis = node.int("axis").unwrap_or(default);
    rank >= 2 && (axis == -1 || axis == rank - 1)
}

/// The product of a pattern and values, with the values; `None` if there is none, or several.
fn weighed(view: &View<'_>, pattern: TensorId) -> Option<(TensorId, TensorId)> {
    let (mut seen, mut open) = (BTreeSet::from([pattern]), vec![pattern]);
    let mut found = BTreeSet::new();
    while let Some(tensor) = open.pop() {
        for (_, node) in view.readers(tensor) {
            let Some(output) = node.outputs.first().copied().flatten() else { continue };
            match node.op.as_str() {
                "MatMul" if node.input(0) == Some(tensor) => {
                    let values = node.input(1).filter(|values| view.is_live(*values))?;
                    found.insert((output, values));
                }
                op if BEHIND.contains(&op)
                    && view.dims(output) == view.dims(pattern)
                    && seen.len() < MOST
                    && seen.insert(output) =>
                {
                    open.push(output);
                }
                _ => {}
            }
        }
    }
    let only = found.len() == 1;
    found.into_iter().next().filter(|_| only)
}

/// The two live tensors whose product the scores are made of; `None` if there is none, or several.
fn product(view: &View<'_>, scores: TensorId) -> Option<[TensorId; 2]> {
    let (mut seen, mut open) = (BTreeSet::from([scores]), vec![scores]);
    let mut found = BTreeSet::new();
    while let Some(tensor) = open.pop() {
        let Some((_, node)) = view.made_by(tensor).filter(|_| view.is_live(tensor) && seen.len() < MOST) else {
            continue;
        };
        let inputs: Vec<TensorId> = node.inputs.iter().flatten().copied().collect();
        match node.op.as_str() {
            "MatMul" => match inputs.as_slice() {
                [left, right] if view.is_live(*left) && view.is_live(*right) => {
                    found.insert([*left, *right]);
                }
                _ => {}
            },
            // A mask says which scores count; it is none itself.
            "Where" => open.extend(inputs.iter().skip(1).copied().filter(|input| seen.insert(*input))),
            op if BEFORE.contains(&op) => open.extend(inputs.iter().copied().filter(|input| seen.insert(*input))),
            _ => {}
        }
    }
    let only = found.len() == 1;
    found.into_iter().next().filter(|_| only)
}
