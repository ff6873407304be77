//! Demand: which part of each tensor can matter for some outputs.

use super::map::{Map, row_shape};
use super::reach::closed;
use crate::model::{Dependence, Graph, Region, Shape, TensorId, reads};
use std::collections::BTreeMap;

/// The box of each tensor that has to be there to compute the targets; what a mask multiplies by
/// zero has to be. `enters` tells whether demand goes on through the operator that computes a tensor.
#[must_use]
pub fn demand(
    graph: &Graph,
    shape: &Shape<'_>,
    targets: &[(TensorId, Region)],
    enters: &dyn Fn(TensorId) -> bool,
) -> BTreeMap<TensorId, Region> {
    Dependence::unmasked(graph, shape).reads(targets, enters)
}

/// What a target depends on in the model graph along direct paths: components close the way.
#[must_use]
pub fn direct_demand(map: Map<'_>, targets: &[(TensorId, Region)]) -> BTreeMap<TensorId, Region> {
    reads(map.graph, &|tensor| Some(row_shape(map, tensor)), targets, &|tensor| !closed(map, tensor))
}
