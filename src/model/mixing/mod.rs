//! Where the batch goes: for each tensor the axis that holds the examples, and the operators that mix
//! them. A patch replaces values example by example, which means nothing behind such an operator.
//!
//! The pass is sound, not complete: an operator that it does not know might mix.

mod products;
mod rules;
mod select;
mod sizes;
#[cfg(test)]
mod tests;

use super::facts::{FactDim, Facts};
use super::graph::{Graph, NodeId, TensorId};
use rules::Rule;
use sizes::Sizes;
use std::collections::BTreeMap;

/// The axis of a tensor that holds the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowAxis {
    pub axis: usize,
    /// Neighbouring indices that belong to one example: index `i` belongs to example
    /// `(i / inner) % batch`. 1 for an ordinary batch axis.
    pub inner: usize,
}

/// Why an operator mixes examples, or might.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MixReason {
    /// It reduces, normalises or contracts over the axis that holds the examples.
    Across,
    /// It picks, cuts, repeats or reorders examples.
    Selects,
    /// It joins other rows to the examples.
    Joins,
    /// It lays the examples out so that they cannot be told apart.
    Scatters,
    /// It combines tensors that hold the examples along different axes.
    Misaligned,
    /// Its result depends on the size of the batch, or on an example's place in it.
    BatchSize,
    /// Its inputs have shapes that are not known.
    UnknownShape,
    /// It is not known to this pass.
    UnknownOperator,
}

/// An operator that mixes the examples of a batch, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixingNode {
    pub node: NodeId,
    pub reason: MixReason,
    /// The first input that holds examples.
    pub input: Option<TensorId>,
}

/// Where the examples are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchAxes {
    rows: BTreeMap<TensorId, RowAxis>,
    /// The operators that mix, in topological order; none of them follows from another.
    pub mixing: Vec<MixingNode>,
}

impl BatchAxes {
    /// The axis that holds the examples; `None` if the tensor is the same for all, or mixed.
    #[must_use]
    pub fn get(&self, tensor: TensorId) -> Option<RowAxis> {
        self.rows.get(&tensor).copied()
    }
}

/// What is known of one tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The same for every batch.
    Constant,
    /// Computed from the size of the batch; may give shapes, but not values.
    Size,
    Rows(RowAxis),
    /// Behind an operator that mixes, which has been reported.
    Mixed,
}

/// Follows the batch from the graph's inputs to its outputs.
#[must_use]
pub fn batch_mixing(graph: &Graph, facts: &Facts) -> BatchAxes {
    let sizes = Sizes::new(graph, facts);
    let mut states: BTreeMap<TensorId, State> = BTreeMap::new();
    for input in &graph.inputs {
        let axis = facts.get(input.tensor).and_then(super::Fact::batch_axis);
        states.insert(input.tensor, axis.map_or(State::Constant, |axis| State::Rows(RowAxis { axis, inner: 1 })));
    }
    let mut mixing = Vec::new();
    for id in graph.cone(&graph.outputs) {
        let node = graph.node(id);
        let rule = Rule { graph, facts, node, states: &states, sizes: &sizes };
        let found = rule.apply().and_then(|state| rule.check(state));
        let state = found.unwrap_or_else(|reason| {
            mixing.push(MixingNode { node: id, reason, input: rule.first_rows() });
            State::Mixed
        });
        for output in node.outputs.iter().flatten() {
            states.insert(*output, state);
        }
    }
    let rows = states.iter().filter_map(|(tensor, state)| match state {
        State::Rows(row) => Some((*tensor, *row)),
        _ => None,
    });
    BatchAxes { rows: rows.collect(), mixing }
}

/// The multiple of the batch that an axis has, if it has one.
fn multiple(dim: FactDim) -> Option<usize> {
    match dim {
        FactDim::Batch { multiple } => Some(multiple),
        FactDim::Fixed(_) | FactDim::Unclear => None,
    }
}
