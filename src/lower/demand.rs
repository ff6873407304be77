//! Demand: which part of each tensor can matter for some outputs.

use super::map::{Map, row_shape};
pub use crate::model::reads as demand;
use crate::model::{Region, TensorId};
use std::collections::BTreeMap;

/// The demand of a target on the model graph along direct paths: components close the way.
#[must_use]
pub fn direct_demand(map: Map<'_>, targets: &[(TensorId, Region)]) -> BTreeMap<TensorId, Region> {
    demand(map.graph, &|tensor| Some(row_shape(map, tensor)), targets, &|tensor| !super::reach::closed(map, tensor))
}
