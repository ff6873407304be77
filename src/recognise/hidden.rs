//! Hidden layers of a model without a stream: what stands between two products with weights.

use super::mlp::{bent, last_product};
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

/// What a product with weights reads, computed from other products element by element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    pub tensor: TensorId,
    pub multiplies: BTreeSet<NodeId>,
}

/// The hidden layers in the order of the graph.
#[must_use]
pub fn hidden(view: &View<'_>) -> Vec<Hidden> {
    let mut found: Vec<Hidden> = Vec::new();
    for (_, node) in view.nodes() {
        let Some(tensor) = view.multiplied(node).and_then(|read| view.with_rows(read)) else { continue };
        let Some(bent) = bent(view, tensor).filter(|bent| bent.bends && !bent.starts.is_empty()) else { continue };
        if found.iter().all(|known| known.tensor != tensor) {
            found.push(Hidden { tensor, multiplies: bent.starts.into_values().collect() });
        }
    }
    found
}

/// The product with weights that the first output comes from.
#[must_use]
pub fn last(view: &View<'_>) -> Option<NodeId> {
    let output = view.graph.outputs.first()?;
    last_product(view, *output).map(|(id, _)| id)
}
