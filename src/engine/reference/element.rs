//! Arrays as flat slices with sizes, and the five element types behind one trait.

use super::fault::{Fault, Outcome};
use crate::engine::{DType, Value};
use crate::on_array;
use ndarray::{ArrayD, IxDyn};
use std::cell::Cell;

/// The largest tensor that is allocated, in bytes.
pub use crate::model::TENSOR_LIMIT;

/// One of the element types of [`Value`].
pub trait Element: Copy + Default + PartialEq + PartialOrd + Send + Sync + 'static {
    const DTYPE: DType;
    fn array(value: &Value) -> Option<&ArrayD<Self>>;
    fn owned(value: Value) -> Option<ArrayD<Self>>;
    fn wrap(array: ArrayD<Self>) -> Value;
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl Element for $type {
            const DTYPE: DType = DType::$variant;
            fn array(value: &Value) -> Option<&ArrayD<Self>> {
                if let Value::$variant(array) = value { Some(array) } else { None }
            }
            fn owned(value: Value) -> Option<ArrayD<Self>> {
                if let Value::$variant(array) = value { Some(array) } else { None }
            }
            fn wrap(array: ArrayD<Self>) -> Value {
                Value::$variant(array)
            }
        }
    };
}
element!(f32, F32);
element!(f64, F64);
element!(i64, I64);
element!(i32, I32);
element!(bool, Bool);

/// Float element types.
pub trait Real: Element + ndarray::NdFloat {
    fn narrow(value: f64) -> Self;
    fn wide(self) -> f64;
    fn error_function(self) -> Self;
}

impl Real for f32 {
    fn narrow(value: f64) -> Self {
        value as f32
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn error_function(self) -> Self {
        super::special::erf(self)
    }
}

impl Real for f64 {
    fn narrow(value: f64) -> Self {
        value
    }
    fn wide(self) -> f64 {
        self
    }
    fn error_function(self) -> Self {
        statrs::function::erf::erf(self)
    }
}

/// The elements, row by row.
pub fn data<T: Element>(array: &ArrayD<T>) -> &[T] {
    array.as_slice().expect("values are kept in standard layout")
}

/// The elements of an array that is no longer needed.
pub fn into_data<T: Element>(array: ArrayD<T>) -> Vec<T> {
    let length = array.len();
    match array.into_raw_vec_and_offset() {
        (data, None | Some(0)) if data.len() == length => data,
        (data, offset) => data.into_iter().skip(offset.unwrap_or(0)).take(length).collect(),
    }
}

/// An array from sizes and as many elements.
pub fn array<T: Element>(dims: &[usize], data: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(IxDyn(dims), data).expect("as many elements as the sizes say")
}

/// The most axes a tensor may have.
pub const RANK_LIMIT: usize = 64;

/// The number of elements of a tensor of type `T`, if it may be allocated.
///
/// Axes of size 0 count as 1, so that no product of the other sizes can overflow later.
pub fn bounded<T: Element>(dims: &[usize]) -> Outcome<usize> {
    check_rank(dims.len())?;
    let size = T::DTYPE.size() as u64;
    let bytes = dims.iter().try_fold(size, |bytes, dim| bytes.checked_mul((*dim).max(1) as u64));
    let limit = ROOM.get();
    match bytes {
        Some(bytes) if bytes <= limit => Ok(dims.iter().product()),
        _ => Err(Fault::TooLarge { dims: dims.to_vec(), limit }),
    }
}

thread_local! {
    /// The bytes that the next tensor may take, so that no memory is taken before it is known to be allowed.
    static ROOM: Cell<u64> = const { Cell::new(TENSOR_LIMIT) };
}

/// Computes something with at most so much room for each tensor, and never more than [`TENSOR_LIMIT`].
pub fn with_room<T>(bytes: u64, compute: impl FnOnce() -> T) -> T {
    ROOM.set(bytes.min(TENSOR_LIMIT));
    let result = compute();
    ROOM.set(TENSOR_LIMIT);
    result
}

/// Refuses more axes than [`RANK_LIMIT`].
pub fn check_rank(rank: usize) -> Outcome<()> {
    if rank > RANK_LIMIT { Err(Fault::TooManyAxes { rank, limit: RANK_LIMIT }) } else { Ok(()) }
}

/// Refuses a value from outside that the engine would not have made itself.
pub fn check_size(value: &Value) -> Outcome<()> {
    fn check<T: Element>(array: &ArrayD<T>) -> Outcome<()> {
        bounded::<T>(array.shape()).map(|_| ())
    }
    on_array!(value, array => check(array))
}

/// The product of sizes that belong to an existing array.
pub fn product(dims: &[usize]) -> usize {
    dims.iter().product()
}

/// The element type of a value as a fault: this operator does not take it.
pub fn refused(value: &Value) -> Fault {
    Fault::ElementType(value.dtype().name().to_string())
}

/// The bytes that the elements of a value take.
pub fn bytes(value: &Value) -> u64 {
    (value.len() * value.dtype().size()) as u64
}
