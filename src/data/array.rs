//! Arrays as files hold them, before a schema says what they mean.

use ndarray::ArrayD;

/// The most elements that are read from one data file, over all columns: 2 GB at eight bytes each.
pub const ELEMENT_LIMIT: u64 = 1 << 28;

/// A dense array in row-major layout.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    Bool(ArrayD<bool>),
    Int(ArrayD<i64>),
    F32(ArrayD<f32>),
    Real(ArrayD<f64>),
}

impl Array {
    /// The sizes of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Array::Bool(array) => array.shape(),
            Array::Int(array) => array.shape(),
            Array::F32(array) => array.shape(),
            Array::Real(array) => array.shape(),
        }
    }

    /// The element type in users' words.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Array::Bool(_) => "bool",
            Array::Int(_) => "integer",
            Array::F32(_) => "float32",
            Array::Real(_) => "float64",
        }
    }
}
