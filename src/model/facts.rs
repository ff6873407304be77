//! What is known of a tensor before anything runs on data: element type and dims, the batch left open.

use super::graph::TensorId;
use crate::engine::DType;
use std::collections::BTreeMap;
use std::fmt;

/// A dim, given what the batch does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactDim {
    /// The same for every batch.
    Fixed(usize),
    /// `multiple` times the batch; 1 for an ordinary batch axis.
    Batch { multiple: usize },
    /// Neither: it changes with the batch, but not in proportion.
    Unclear,
}

/// Element type and dims of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub dtype: DType,
    pub dims: Vec<FactDim>,
}

/// The facts of all tensors that the outputs need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    by_tensor: BTreeMap<TensorId, Fact>,
}

impl Facts {
    /// `None` for tensors that no output needs.
    #[must_use]
    pub fn get(&self, tensor: TensorId) -> Option<&Fact> {
        self.by_tensor.get(&tensor)
    }

    pub fn insert(&mut self, tensor: TensorId, fact: Fact) {
        self.by_tensor.insert(tensor, fact);
    }

    /// All facts, by tensor.
    pub fn iter(&self) -> impl Iterator<Item = (TensorId, &Fact)> {
        self.by_tensor.iter().map(|(tensor, fact)| (*tensor, fact))
    }
}

impl FactDim {
    /// The dim that has one size at one batch and another at another batch.
    #[must_use]
    pub fn from_two(first: (usize, usize), second: (usize, usize)) -> Self {
        let ((batch, size), (other_batch, other)) = (first, second);
        let multiple = size.checked_div(batch).unwrap_or(0);
        if size == other {
            FactDim::Fixed(size)
        } else if size == multiple * batch && other == multiple * other_batch {
            FactDim::Batch { multiple }
        } else {
            FactDim::Unclear
        }
    }

    /// The size at a batch; `None` if it cannot be said.
    #[must_use]
    pub fn at(self, batch: usize) -> Option<usize> {
        match self {
            FactDim::Fixed(size) => Some(size),
            FactDim::Batch { multiple } => multiple.checked_mul(batch),
            FactDim::Unclear => None,
        }
    }
}

impl Fact {
    /// The sizes of all axes at a batch; `None` if one cannot be said.
    #[must_use]
    pub fn shape(&self, batch: usize) -> Option<Vec<usize>> {
        self.dims.iter().map(|dim| dim.at(batch)).collect()
    }

    /// The first axis that grows with the batch.
    #[must_use]
    pub fn batch_axis(&self) -> Option<usize> {
        self.dims.iter().position(|dim| matches!(dim, FactDim::Batch { .. }))
    }

    /// True for element types that carry activations.
    #[must_use]
    pub fn is_float(&self) -> bool {
        matches!(self.dtype, DType::F32 | DType::F64)
    }
}

impl fmt::Display for FactDim {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FactDim::Fixed(size) => write!(out, "{size}"),
            FactDim::Batch { multiple: 1 } => write!(out, "batch"),
            FactDim::Batch { multiple } => write!(out, "{multiple}*batch"),
            FactDim::Unclear => write!(out, "?"),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims: Vec<String> = self.dims.iter().map(ToString::to_string).collect();
        write!(out, "{}[{}]", self.dtype.name(), dims.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sizes_tell_what_the_batch_does() {
        assert_eq!(FactDim::from_two((101, 8), (103, 8)), FactDim::Fixed(8));
        assert_eq!(FactDim::from_two((101, 404), (103, 412)), FactDim::Batch { multiple: 4 });
        assert_eq!(FactDim::from_two((2, 3), (3, 4)), FactDim::Unclear);
        assert_eq!(FactDim::from_two((0, 3), (3, 4)), FactDim::Unclear);
    }

    #[test]
    fn facts_read_like_types() {
        let dims = vec![FactDim::Batch { multiple: 1 }, FactDim::Fixed(8), FactDim::Batch { multiple: 4 }];
        assert_eq!(Fact { dtype: DType::F32, dims }.to_string(), "float32[batch, 8, 4*batch]");
    }
}
