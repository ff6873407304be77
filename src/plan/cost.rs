//! What operators cost: floating-point operations and live bytes, for one row.

use crate::model::{Graph, Node, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Gives the sizes of a tensor's axes for one row; empty for a scalar or an unknown tensor.
pub type Shape<'a> = dyn Fn(TensorId) -> Vec<usize> + 'a;

/// Floating-point operations of a node for one row: two for each multiply-add of a product, one
/// for each element of anything else that computes. Moving data is free.
#[must_use]
pub fn flops(node: &Node, shape: &Shape<'_>) -> u64 {
    let size = |id: Option<TensorId>| id.map_or(0, |id| shape(id).iter().product::<usize>() as u64);
    let out = size(node.outputs.first().copied().flatten());
    let input = |at: usize| node.inputs.get(at).copied().flatten();
    match node.op.as_str() {
        "MatMul" => 2 * out * input(0).and_then(|id| shape(id).last().copied()).unwrap_or(1) as u64,
        "Gemm" => {
            let columns =
                shape(node.outputs.first().copied().flatten().unwrap_or(TensorId(0))).last().copied().unwrap_or(1);
            let inner = size(input(1)) / (columns.max(1) as u64);
            2 * out * inner.max(1)
        }
        "Einsum" => 2 * einsum_volume(node, shape).unwrap_or(out),
        "Constant" | "Shape" | "Size" | "Reshape" | "Transpose" | "Identity" | "Slice" | "Concat" | "Gather"
        | "Squeeze" | "Unsqueeze" | "Expand" | "Flatten" | "Split" | "Cast" | "ConstantOfShape" | "Range" | "Tile" => 0,
        _ => size(input(0)).max(out),
    }
}

/// The product of the sizes of all letters of an equation.
fn einsum_volume(node: &Node, shape: &Shape<'_>) -> Option<u64> {
    let equation = node.attributes.iter().find(|attribute| attribute.name() == "equation")?;
    let equation = String::from_utf8_lossy(equation.s()).replace(' ', "");
    let operands = equation.split("->").next()?.split(',');
    let mut sizes: BTreeMap<char, usize> = BTreeMap::new();
    for (letters, input) in operands.zip(&node.inputs) {
        let shape = shape((*input)?);
        sizes.extend(letters.chars().filter(char::is_ascii_alphabetic).zip(shape));
    }
    Some(sizes.values().map(|size| *size as u64).product())
}

/// The nodes that some outputs need, in order.
#[must_use]
pub fn cone<'a>(graph: &'a Graph, outputs: &[TensorId]) -> Vec<&'a Node> {
    let mut wanted = BTreeSet::new();
    let mut stack = outputs.to_vec();
    while let Some(tensor) = stack.pop() {
        if let Some(node) = graph.tensor(tensor).producer
            && wanted.insert(node)
        {
            stack.extend(graph.node(node).inputs.iter().flatten().copied());
        }
    }
    wanted.into_iter().map(|id| graph.node(id)).collect()
}

/// The most bytes that are alive at once while the outputs are computed for one row, if every
/// value is freed after its last use. `bytes` is 0 for what does not grow with rows.
#[must_use]
pub fn peak(graph: &Graph, outputs: &[TensorId], bytes: &dyn Fn(TensorId) -> u64) -> u64 {
    let nodes = cone(graph, outputs);
    let mut last_use: BTreeMap<TensorId, usize> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        last_use.extend(node.inputs.iter().flatten().map(|input| (*input, index)));
    }
    last_use.extend(outputs.iter().map(|output| (*output, usize::MAX)));
    let inputs = graph.inputs.iter().map(|input| input.tensor).filter(|input| last_use.contains_key(input));
    let mut alive: u64 = inputs.map(bytes).sum();
    let mut most = alive;
    for (index, node) in nodes.iter().enumerate() {
        alive += node.outputs.iter().flatten().map(|output| bytes(*output)).sum::<u64>();
        most = most.max(alive);
        let ends: BTreeSet<TensorId> = node.inputs.iter().chain(&node.outputs).flatten().copied().collect();
        let over = |tensor: &&TensorId| last_use.get(tensor).is_none_or(|last| *last <= index);
        alive = alive.saturating_sub(ends.iter().filter(over).map(|tensor| bytes(*tensor)).sum());
    }
    most
}
