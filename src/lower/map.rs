//! What lowering needs to know of a model.

use crate::model::{Addresses, FactDim, Graph, Region, TensorId};
use std::collections::BTreeMap;

/// A model graph with its components and sizes.
#[derive(Debug, Clone, Copy)]
pub struct Map<'a> {
    pub graph: &'a Graph,
    /// What each tensor is called in the keys of draws.
    pub addresses: &'a Addresses,
    /// The regions that cut paths, by tensor; graph inputs are among them.
    pub components: &'a BTreeMap<TensorId, Vec<Region>>,
    /// For each tensor by index the sizes of its axes, and its ONNX element type.
    pub dims: &'a [Vec<FactDim>],
    pub elements: &'a [i32],
    /// For each tensor by index whether it depends on the values of a graph input.
    pub live: &'a [bool],
}

impl Map<'_> {
    /// True if the rows of a tensor lie along its first axis, one element each.
    #[must_use]
    pub fn by_row(&self, tensor: TensorId) -> bool {
        let dims = &self.dims[tensor.0 as usize];
        matches!(dims.first(), Some(FactDim::Batch { multiple: 1 }))
            && dims.iter().skip(1).all(|dim| matches!(dim, FactDim::Fixed(_)))
    }

    /// Whether a tensor holds floats. Of others no value is made up where none is read: an integer
    /// zero might be divided by.
    #[must_use]
    pub fn is_float(&self, tensor: TensorId) -> bool {
        matches!(self.elements[tensor.0 as usize], 1 | 11)
    }

    #[must_use]
    pub fn is_live(&self, tensor: TensorId) -> bool {
        self.live[tensor.0 as usize]
    }
}

/// The sizes of a tensor's axes for one row.
#[must_use]
pub fn row_shape(map: Map<'_>, tensor: TensorId) -> Vec<usize> {
    map.dims[tensor.0 as usize].iter().map(|dim| dim.at(1).unwrap_or(0)).collect()
}
