//! Tensors as they enter and leave a session.

use ndarray::ArrayD;

/// The element types that Ansatz carries. ONNX has more; those are refused by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DType {
    F32,
    F64,
    I64,
    I32,
    Bool,
}

/// A dense tensor in standard (row-major) layout.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    F32(ArrayD<f32>),
    F64(ArrayD<f64>),
    I64(ArrayD<i64>),
    I32(ArrayD<i32>),
    Bool(ArrayD<bool>),
}

/// Runs the same expression on the array of any value.
#[macro_export]
macro_rules! on_array {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            $crate::engine::Value::F32($array) => $body,
            $crate::engine::Value::F64($array) => $body,
            $crate::engine::Value::I64($array) => $body,
            $crate::engine::Value::I32($array) => $body,
            $crate::engine::Value::Bool($array) => $body,
        }
    };
}

/// Maps the array of any value to a value of the same element type.
#[macro_export]
macro_rules! map_array {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            $crate::engine::Value::F32($array) => $crate::engine::Value::F32($body),
            $crate::engine::Value::F64($array) => $crate::engine::Value::F64($body),
            $crate::engine::Value::I64($array) => $crate::engine::Value::I64($body),
            $crate::engine::Value::I32($array) => $crate::engine::Value::I32($body),
            $crate::engine::Value::Bool($array) => $crate::engine::Value::Bool($body),
        }
    };
}

impl DType {
    /// The type of an ONNX `TensorProto.DataType`, if Ansatz carries it.
    #[must_use]
    pub fn from_onnx(code: i32) -> Option<DType> {
        Some(match code {
            1 => DType::F32,
            11 => DType::F64,
            7 => DType::I64,
            6 => DType::I32,
            9 => DType::Bool,
            _ => return None,
        })
    }

    /// The ONNX `TensorProto.DataType`.
    #[must_use]
    pub fn to_onnx(self) -> i32 {
        match self {
            DType::F32 => 1,
            DType::F64 => 11,
            DType::I64 => 7,
            DType::I32 => 6,
            DType::Bool => 9,
        }
    }

    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            DType::F64 | DType::I64 => 8,
            DType::F32 | DType::I32 => 4,
            DType::Bool => 1,
        }
    }

    /// The name users know: `float32`, `int64`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::I64 => "int64",
            DType::I32 => "int32",
            DType::Bool => "bool",
        }
    }
}

impl Value {
    #[must_use]
    pub fn dtype(&self) -> DType {
        match self {
            Value::F32(_) => DType::F32,
            Value::F64(_) => DType::F64,
            Value::I64(_) => DType::I64,
            Value::I32(_) => DType::I32,
            Value::Bool(_) => DType::Bool,
        }
    }

    /// The sizes of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        on_array!(self, array => array.shape())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        on_array!(self, array => array.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
