//! A model as recognition looks at it: who reads what, what depends on inputs, which operators multiply by weights.

use crate::model::{BatchAxes, FactDim, Graph, Model, Node, NodeId, Paths, RowAxis, TensorId, batch_mixing, constant};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Operators that give their first input as it is, or in another shape or element type.
const FORMS: &[&str] = &["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"];
/// Operators that multiply by weights, where one of their inputs is a constant.
const PRODUCTS: &[&str] = &["Conv", "Gemm", "MatMul"];
/// The most operators between a product and what a linear layer gives.
const MOST_FORMS: usize = 8;
/// How many operators all walks together look at: a bound for graphs that are no transformers.
const WORK: u64 = 5_000_000;

/// A model with what recognition asks again and again.
#[derive(Debug)]
pub struct View<'m> {
    pub model: &'m Model,
    pub graph: &'m Graph,
    pub paths: Paths<'m>,
    rows: BatchAxes,
    live: Vec<bool>,
    needed: BTreeSet<NodeId>,
    work: Cell<u64>,
}

impl<'m> View<'m> {
    #[must_use]
    pub fn new(model: &'m Model) -> View<'m> {
        let graph = &model.graph;
        let paths = Paths::new(graph);
        let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
        let mut live = vec![false; graph.tensors.len()];
        for tensor in paths.downstream(&inputs) {
            if let Some(slot) = live.get_mut(tensor.0 as usize) {
                *slot = true;
            }
        }
        let rows = batch_mixing(graph, &model.facts);
        let needed = graph.cone(&graph.outputs).into_iter().collect();
        View { model, graph, paths, rows, live, needed, work: Cell::new(WORK) }
    }

    /// Whether the value depends on that of an input.
    #[must_use]
    pub fn is_live(&self, tensor: TensorId) -> bool {
        self.live.get(tensor.0 as usize).copied().unwrap_or(false)
    }

    /// The operators that the outputs need, in topological order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &'m Node)> + '_ {
        self.needed.iter().map(|id| (*id, self.graph.node(*id)))
    }

    /// The operator that computes a tensor; `None` for inputs and weights.
    #[must_use]
    pub fn made_by(&self, tensor: TensorId) -> Option<(NodeId, &'m Node)> {
        let id = self.graph.tensor(tensor).producer?;
        Some((id, self.graph.node(id)))
    }

    /// The operators behind a tensor that the outputs need.
    pub fn readers(&self, tensor: TensorId) -> impl Iterator<Item = (NodeId, &'m Node)> + '_ {
        let needed = |id: &&NodeId| self.needed.contains(id);
        self.paths.consumers(tensor).iter().filter(needed).map(|id| (*id, self.graph.node(*id)))
    }

    /// One more operator is looked at; false when there have been too many.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        let left = self.work.get();
        self.work.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether every walk could be walked to its end.
    #[must_use]
    pub fn was_enough(&self) -> bool {
        self.work.get() > 0
    }

    /// The sizes of the axes, the batch left open; empty where nothing is known.
    #[must_use]
    pub fn dims(&self, tensor: TensorId) -> &[FactDim] {
        self.model.facts.get(tensor).map_or(&[], |fact| fact.dims.as_slice())
    }

    /// The size of an axis that is the same for every batch.
    #[must_use]
    pub fn size(&self, tensor: TensorId, axis: usize) -> Option<usize> {
        match self.dims(tensor).get(axis)? {
            FactDim::Fixed(size) => Some(*size),
            _ => None,
        }
    }

    /// The size of the last axis.
    #[must_use]
    pub fn width(&self, tensor: TensorId) -> Option<usize> {
        self.size(tensor, self.dims(tensor).len().checked_sub(1)?)
    }

    #[must_use]
    pub fn is_float(&self, tensor: TensorId) -> bool {
        self.model.facts.get(tensor).is_some_and(crate::model::Fact::is_float)
    }

    /// Whether a component can be bound to a tensor: its first axis holds the examples, one element each, and
    /// all others have sizes.
    #[must_use]
    pub fn by_row(&self, tensor: TensorId) -> bool {
        let dims = self.dims(tensor);
        let sized = dims.iter().skip(1).all(|dim| matches!(dim, FactDim::Fixed(_)));
        self.is_live(tensor) && sized && self.rows.get(tensor) == Some(RowAxis { axis: 0, inner: 1 })
    }

    /// The only live input of an operator.
    #[must_use]
    pub fn only_live(&self, node: &Node) -> Option<TensorId> {
        let mut live = node.inputs.iter().flatten().filter(|input| self.is_live(**input));
        let first = *live.next()?;
        live.next().is_none().then_some(first)
    }

    /// What an operator that only gives its input another form gives: the input.
    #[must_use]
    pub fn form_of(&self, tensor: TensorId) -> Option<TensorId> {
        let (_, node) = self.made_by(tensor)?;
        if !FORMS.contains(&node.op.as_str()) {
            return None;
        }
        node.input(0).filter(|input| self.is_live(*input))
    }

    /// What an operator multiplies by weights: its only live input.
    #[must_use]
    pub fn multiplied(&self, node: &Node) -> Option<TensorId> {
        if !PRODUCTS.contains(&node.op.as_str()) {
            return None;
        }
        self.only_live(node).filter(|input| self.is_float(*input))
    }

    /// A tensor that is a product with weights, with the bias behind it and in the form that has rows: what a
    /// linear layer gives. With the operator that multiplies.
    #[must_use]
    pub fn projection(&self, tensor: TensorId) -> Option<(NodeId, &'m Node)> {
        let mut tensor = tensor;
        for _ in 0..MOST_FORMS {
            let (id, node) = self.made_by(tensor)?;
            if self.multiplied(node).is_some() {
                return Some((id, node));
            }
            tensor = match node.op.as_str() {
                "Add" => {
                    let inner = self.only_live(node)?;
                    let bias = node.inputs.iter().flatten().find(|input| **input != inner)?;
                    (self.rank(*bias) <= 1).then_some(inner)?
                }
                "Identity" | "Dropout" | "Cast" => node.input(0)?,
                "Reshape" | "Flatten" => node.input(0).filter(|input| !self.by_row(*input))?,
                _ => return None,
            };
        }
        None
    }

    /// The number of axes, also of weights.
    #[must_use]
    pub fn rank(&self, tensor: TensorId) -> usize {
        let stored = || self.graph.initializers.get(&tensor).map(|found| found.proto.dims.len());
        let known = self.model.facts.get(tensor).map(|fact| fact.dims.len());
        known.or_else(stored).or_else(|| Some(constant(self.graph, tensor)?.shape().len())).unwrap_or(usize::MAX)
    }

    /// The sizes of all axes for one row.
    #[must_use]
    pub fn row_shape(&self, tensor: TensorId) -> Option<Vec<usize>> {
        if let Some(fact) = self.model.facts.get(tensor) {
            return fact.shape(1);
        }
        let stored = self.graph.initializers.get(&tensor)?;
        stored.proto.dims.iter().map(|size| usize::try_from(*size).ok()).collect()
    }

    /// The same value in a form that components can be bound to: behind reshapes, or before them.
    #[must_use]
    pub fn with_rows(&self, tensor: TensorId) -> Option<TensorId> {
        let mut before = Some(tensor);
        for _ in 0..4 {
            match before {
                Some(found) if self.by_row(found) => return Some(found),
                Some(found) => before = self.form_of(found),
                None => break,
            }
        }
        let reshaped = |(_, node): (NodeId, &'m Node)| {
            let output = node.outputs.first().copied().flatten()?;
            (node.op == "Reshape" && node.input(0) == Some(tensor) && self.by_row(output)).then_some(output)
        };
        self.readers(tensor).find_map(reshaped)
    }

    /// Whether the value of `late` is computed from that of `early`: a walk back, no further than `early`.
    #[must_use]
    pub fn reaches(&self, early: TensorId, late: TensorId) -> bool {
        self.between(early, late).is_some_and(|found| found.reached)
    }

    /// The live operators on the way back from `late`, where the walk stops at `early` and at what is computed
    /// before it; `None` if there are too many.
    #[must_use]
    pub fn between(&self, early: TensorId, late: TensorId) -> Option<Between> {
        let first = self.graph.tensor(early).producer;
        let mut found = Between { nodes: BTreeSet::new(), reached: false };
        let (mut seen, mut open) = (BTreeSet::new(), vec![late]);
        while let Some(tensor) = open.pop() {
            if !self.goes_on() {
                return None;
            }
            if tensor == early {
                found.reached = true;
                continue;
            }
            let Some((id, node)) = self.made_by(tensor).filter(|(id, _)| Some(*id) > first) else { continue };
            if !self.is_live(tensor) || !seen.insert(tensor) || !crate::model::carries_values(&node.op) {
                continue;
            }
            found.nodes.insert(id);
            open.extend(node.inputs.iter().flatten());
        }
        Some(found)
    }
}

/// The operators between two tensors.
#[derive(Debug, Clone)]
pub struct Between {
    pub nodes: BTreeSet<NodeId>,
    /// Whether the earlier tensor was met.
    pub reached: bool,
}
