//! Which tensors direct paths reach: from the sources of arrows downwards, until a component
//! closes the way.

use super::map::{Map, row_shape};
use crate::model::{Node, Region, TensorId, carries_values};

/// What can be reached from some sources without meeting a component in between.
#[derive(Debug, Clone)]
pub struct Reach {
    reached: Vec<bool>,
}

impl Reach {
    /// From these tensors on. Nodes stand in topological order, so one pass forwards is enough.
    #[must_use]
    pub fn from(map: Map<'_>, sources: impl IntoIterator<Item = TensorId>) -> Reach {
        let mut reached = vec![false; map.graph.tensors.len()];
        for tensor in sources {
            reached[tensor.0 as usize] = true;
        }
        for node in &map.graph.nodes {
            let above = carries_values(&node.op) && node.inputs.iter().flatten().any(|input| reached[input.0 as usize]);
            for output in node.outputs.iter().flatten() {
                if above && !closed(map, *output) {
                    reached[output.0 as usize] = true;
                }
            }
        }
        Reach { reached }
    }

    /// True if a source is met at a tensor, or above it before any component closes the way.
    #[must_use]
    pub fn at(&self, tensor: TensorId) -> bool {
        self.reached[tensor.0 as usize]
    }

    /// True if a source is met at or above the inputs of a tensor's operator.
    #[must_use]
    pub fn above(&self, map: Map<'_>, tensor: TensorId) -> bool {
        let met = |node: &Node| node.inputs.iter().flatten().any(|input| self.at(*input));
        map.graph.producer(tensor).is_some_and(|node| carries_values(&node.op) && met(node))
    }

    /// True if a direct path enters a tensor from above and leaves it again.
    #[must_use]
    pub fn passes(&self, map: Map<'_>, tensor: TensorId) -> bool {
        !closed(map, tensor) && self.above(map, tensor)
    }
}

/// True if components cover the whole tensor, so that no direct path passes it.
#[must_use]
pub fn closed(map: Map<'_>, tensor: TensorId) -> bool {
    let Some(regions) = map.components.get(&tensor) else { return false };
    let shape = row_shape(map, tensor);
    let volume = |region: &Region| region.shape(&shape).iter().product::<usize>();
    regions.iter().map(volume).sum::<usize>() == shape.iter().product::<usize>()
}
