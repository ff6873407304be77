//! Embeddings: what the stream starts with, looked up in tables or multiplied from real inputs.

use super::view::View;
use crate::model::{NodeId, TensorId, carries_values};
use std::collections::BTreeSet;

/// Operators between an embedding and the stream.
const CARRIES: &[&str] = &[
    "Add",
    "Cast",
    "Concat",
    "Div",
    "Dropout",
    "Flatten",
    "Identity",
    "LayerNormalization",
    "Mul",
    "Pow",
    "RMSNormalization",
    "Reciprocal",
    "ReduceMean",
    "Reshape",
    "Slice",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Transpose",
    "Unsqueeze",
];
/// Operators between an input and a table or a first product.
const LEADS: &[&str] = &["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];
const MOST: usize = 128;

/// A first tensor of the stream, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedding {
    pub tensor: TensorId,
    /// The lookup or the product.
    pub node: NodeId,
    /// The input of the graph that is embedded, where only one is.
    pub input: Option<TensorId>,
    /// The rows of the table; 0 for a product.
    pub rows: usize,
}

/// What a stream starts with.
#[derive(Debug, Clone, Default)]
pub struct Start {
    pub embeddings: Vec<Embedding>,
    /// Constants that are added to them, or set beside them.
    pub constants: Vec<TensorId>,
}

/// The embeddings that a tensor is made of.
#[must_use]
pub fn start(view: &View<'_>, stream: TensorId) -> Start {
    let mut found = Start::default();
    let (mut seen, mut open) = (BTreeSet::from([stream]), vec![stream]);
    while let Some(tensor) = open.pop() {
        if seen.len() > MOST || !view.goes_on() {
            break;
        }
        if let Some(mut embedding) = embedding(view, tensor) {
            embedding.tensor = in_rank(view, embedding.tensor, view.dims(stream).len());
            found.embeddings.push(embedding);
            continue;
        }
        let Some((_, node)) = view.made_by(tensor).filter(|(_, node)| CARRIES.contains(&node.op.as_str())) else {
            continue;
        };
        let inputs = || node.inputs.iter().flatten().copied();
        if matches!(node.op.as_str(), "Add" | "Concat") {
            let constant = |input: &TensorId| !view.is_live(*input) && view.rank(*input) >= 2 && view.rank(*input) < 8;
            found.constants.extend(inputs().filter(constant));
        }
        open.extend(inputs().filter(|input| view.is_live(*input) && seen.insert(*input)));
    }
    found.embeddings.sort_by_key(|embedding| (std::cmp::Reverse(embedding.rows), embedding.tensor));
    found.constants.sort_unstable();
    found.constants.dedup();
    found
}

/// The patches of an image as one row of them: what follows in the rank of the stream, and is nothing else.
fn in_rank(view: &View<'_>, mut tensor: TensorId, rank: usize) -> TensorId {
    let first = tensor;
    for _ in 0..4 {
        let mut readers = view.readers(tensor).filter(|(_, node)| carries_values(&node.op));
        let next = readers.next().filter(|(_, node)| ["Flatten", "Reshape", "Transpose"].contains(&node.op.as_str()));
        let Some(output) =
            next.filter(|_| readers.next().is_none()).and_then(|(_, node)| node.outputs.first().copied().flatten())
        else {
            break;
        };
        tensor = output;
    }
    if view.dims(first).len() > rank && view.dims(tensor).len() == rank && view.by_row(tensor) { tensor } else { first }
}

/// All lookups in tables and first products of a model without a stream.
#[must_use]
pub fn anywhere(view: &View<'_>) -> Vec<Embedding> {
    let outputs = view.nodes().filter_map(|(_, node)| node.outputs.first().copied().flatten());
    let mut found: Vec<Embedding> = outputs.filter_map(|tensor| lookup(view, tensor)).collect();
    found.sort_by_key(|embedding| (std::cmp::Reverse(embedding.rows), embedding.tensor));
    found
}

fn embedding(view: &View<'_>, tensor: TensorId) -> Option<Embedding> {
    lookup(view, tensor).or_else(|| {
        let (node, operator) = view.projection(tensor)?;
        let input = source(view, view.multiplied(operator)?)?;
        Some(Embedding { tensor, node, input: Some(input), rows: 0 })
    })
}

/// Rows of a table of weights, at places that depend on data.
fn lookup(view: &View<'_>, tensor: TensorId) -> Option<Embedding> {
    let (id, node) = view.made_by(tensor).filter(|(_, node)| node.op == "Gather")?;
    let (table, indices) = (node.input(0)?, node.input(1)?);
    let weights = view.graph.initializers.get(&table)?;
    let [rows, _] = *weights.proto.dims.as_slice() else { return None };
    if node.int("axis").unwrap_or(0) != 0 || !view.is_live(indices) || !view.is_float(tensor) {
        return None;
    }
    Some(Embedding { tensor, node: id, input: source(view, indices), rows: usize::try_from(rows).unwrap_or(0) })
}

/// The input of the graph that a tensor is another form of.
fn source(view: &View<'_>, mut tensor: TensorId) -> Option<TensorId> {
    for _ in 0..16 {
        if view.graph.inputs.iter().any(|input| input.tensor == tensor) {
            return Some(tensor);
        }
        let (_, node) = view.made_by(tensor).filter(|(_, node)| LEADS.contains(&node.op.as_str()))?;
        tensor = node.input(0)?;
    }
    None
}
