//! Constants of a model: [`TensorProto`] to [`Value`] and back, with every length checked first.

use super::graph::{Graph, TensorId};
use super::onnx::TensorProto;
use super::onnx::tensor_proto::DataLocation;
use crate::engine::{DType, Value};
use ndarray::{Array1, ArrayD, IxDyn, arr0};
use prost::bytes::Bytes;

/// Why the data of a constant cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
    #[error("its element type is {}, which Ansatz does not carry", element_name(*.0))]
    Element(i32),
    #[error("a dim is negative: {0}")]
    NegativeDim(i64),
    #[error("its dims multiply to more than fits in memory")]
    TooLarge,
    #[error("its dims ask for {expected} elements, its data has {found}")]
    Length { expected: usize, found: usize },
    #[error("its dims ask for {expected} bytes, its data has {found}")]
    Bytes { expected: usize, found: usize },
    #[error("it is stored in segments, which no current exporter writes")]
    Segmented,
    #[error("its data lies in another file that has not been read")]
    External,
}

/// The number of elements that dims ask for, checked.
///
/// # Errors
/// A negative dim, or a product that does not fit in memory.
pub fn element_count(dims: &[i64]) -> Result<usize, TensorError> {
    // A zero anywhere empties the tensor, but must not hide a product that overflows before it.
    let mut count = 1_usize;
    for dim in dims {
        let size = usize::try_from(*dim).map_err(|_| TensorError::NegativeDim(*dim))?;
        count =
            count.checked_mul(size).filter(|count| *count <= isize::MAX as usize / 8).ok_or(TensorError::TooLarge)?;
    }
    Ok(count)
}

/// The constant as a value, from raw bytes (little endian) or typed fields.
///
/// # Errors
/// Element types other than float32, float64, int64, int32 and bool; dims that do not fit the
/// data; data outside the message.
pub fn tensor_data(proto: &TensorProto) -> Result<Value, TensorError> {
    let dtype = DType::from_onnx(proto.data_type()).ok_or_else(|| TensorError::Element(proto.data_type()))?;
    check_storage(proto, dtype)?;
    let shape: Vec<usize> = proto.dims.iter().filter_map(|dim| usize::try_from(*dim).ok()).collect();
    Ok(match dtype {
        DType::F32 => Value::F32(array(&shape, elements(proto, f32::from_le_bytes, |p| p.float_data.clone()))?),
        DType::F64 => Value::F64(array(&shape, elements(proto, f64::from_le_bytes, |p| p.double_data.clone()))?),
        DType::I64 => Value::I64(array(&shape, elements(proto, i64::from_le_bytes, |p| p.int64_data.clone()))?),
        DType::I32 => Value::I32(array(&shape, elements(proto, i32::from_le_bytes, |p| p.int32_data.clone()))?),
        DType::Bool => Value::Bool(array(
            &shape,
            elements(proto, |[byte]: [u8; 1]| byte != 0, |p| p.int32_data.iter().map(|item| *item != 0).collect()),
        )?),
    })
}

/// The value of a tensor that is an initialiser or the output of a `Constant` node; `None` if it
/// is neither, or not of an element type that Ansatz carries.
#[must_use]
pub fn constant(graph: &Graph, tensor: TensorId) -> Option<Value> {
    if let Some(initializer) = graph.initializers.get(&tensor) {
        return tensor_data(&initializer.proto).ok();
    }
    let node = graph.producer(tensor).filter(|node| node.op == "Constant")?;
    let attribute = node.attributes.first()?;
    match attribute.name() {
        "value" => tensor_data(attribute.t.as_ref()?).ok(),
        "value_int" => Some(Value::I64(arr0(attribute.i?).into_dyn())),
        "value_float" => Some(Value::F32(arr0(attribute.f?).into_dyn())),
        "value_ints" => Some(Value::I64(Array1::from(attribute.ints.clone()).into_dyn())),
        "value_floats" => Some(Value::F32(Array1::from(attribute.floats.clone()).into_dyn())),
        _ => None,
    }
}

/// Checks that dims and data agree, without reading the data.
///
/// # Errors
/// As [`tensor_data`].
pub fn check_storage(proto: &TensorProto, dtype: DType) -> Result<(), TensorError> {
    if proto.segment.is_some() {
        return Err(TensorError::Segmented);
    }
    let expected = element_count(&proto.dims)?;
    if is_external(proto) {
        return Err(TensorError::External);
    }
    if let Some(raw) = &proto.raw_data {
        let wanted = expected * dtype.size();
        return match raw.len() {
            found if found == wanted => Ok(()),
            found => Err(TensorError::Bytes { expected: wanted, found }),
        };
    }
    let found = match dtype {
        DType::F32 => proto.float_data.len(),
        DType::F64 => proto.double_data.len(),
        DType::I64 => proto.int64_data.len(),
        DType::I32 | DType::Bool => proto.int32_data.len(),
    };
    if found == expected { Ok(()) } else { Err(TensorError::Length { expected, found }) }
}

/// True if the data lies in another file.
#[must_use]
pub fn is_external(proto: &TensorProto) -> bool {
    proto.data_location.is_some_and(|place| place == DataLocation::External as i32)
}

/// A value as a constant of this name, with raw little-endian data.
#[must_use]
pub fn to_tensor_proto(name: &str, value: &Value) -> TensorProto {
    let raw: Vec<u8> = match value {
        Value::F32(array) => array.iter().flat_map(|item| item.to_le_bytes()).collect(),
        Value::F64(array) => array.iter().flat_map(|item| item.to_le_bytes()).collect(),
        Value::I64(array) => array.iter().flat_map(|item| item.to_le_bytes()).collect(),
        Value::I32(array) => array.iter().flat_map(|item| item.to_le_bytes()).collect(),
        Value::Bool(array) => array.iter().map(|item| u8::from(*item)).collect(),
    };
    TensorProto {
        name: Some(name.to_owned()),
        dims: value.shape().iter().filter_map(|size| i64::try_from(*size).ok()).collect(),
        data_type: Some(value.dtype().to_onnx()),
        raw_data: Some(Bytes::from(raw)),
        ..Default::default()
    }
}

/// The name of an ONNX element type, for messages.
#[must_use]
pub fn element_name(code: i32) -> String {
    let name = super::onnx::tensor_proto::DataType::try_from(code).map_or("unknown", |element| element.as_str_name());
    if name == "unknown" { format!("number {code}, which ONNX does not define") } else { name.to_lowercase() }
}

fn elements<T, const SIZE: usize>(
    proto: &TensorProto,
    from: impl Fn([u8; SIZE]) -> T,
    typed: impl Fn(&TensorProto) -> Vec<T>,
) -> Vec<T> {
    match &proto.raw_data {
        Some(raw) => raw.as_chunks::<SIZE>().0.iter().map(|bytes| from(*bytes)).collect(),
        None => typed(proto),
    }
}

fn array<T>(shape: &[usize], elements: Vec<T>) -> Result<ArrayD<T>, TensorError> {
    let found = elements.len();
    ArrayD::from_shape_vec(IxDyn(shape), elements)
        .map_err(|_| TensorError::Length { expected: shape.iter().product(), found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr1;

    fn proto(dims: &[i64], raw: &[u8]) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: Some(1),
            raw_data: Some(Bytes::copy_from_slice(raw)),
            ..Default::default()
        }
    }

    #[test]
    fn values_survive_the_way_there_and_back() {
        for value in [
            Value::F32(arr1(&[1.5, -2.0]).into_dyn()),
            Value::F64(arr1(&[1e300]).into_dyn()),
            Value::I64(arr1(&[-7, i64::MAX]).into_dyn()),
            Value::I32(arr1(&[3]).into_dyn()),
            Value::Bool(arr1(&[true, false]).into_dyn()),
        ] {
            assert_eq!(tensor_data(&to_tensor_proto("x", &value)), Ok(value));
        }
    }

    #[test]
    fn dims_that_lie_are_errors() {
        assert_eq!(tensor_data(&proto(&[2], &[0; 4])), Err(TensorError::Bytes { expected: 8, found: 4 }));
        assert_eq!(tensor_data(&proto(&[-1], &[])), Err(TensorError::NegativeDim(-1)));
        assert_eq!(tensor_data(&proto(&[1 << 40, 1 << 40], &[])), Err(TensorError::TooLarge));
        assert_eq!(tensor_data(&proto(&[1 << 40], &[])), Err(TensorError::Bytes { expected: 1 << 42, found: 0 }));
    }

    #[test]
    fn half_precision_is_refused_by_name() {
        let half = TensorProto { data_type: Some(10), ..Default::default() };
        let error = tensor_data(&half).expect_err("float16 is not carried");
        assert!(error.to_string().contains("float16"), "{error}");
    }
}
