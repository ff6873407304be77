//! Values element by element: compared to the bit, and changed one by one.

use ansatz::engine::Value;
use ansatz::map_array;
use ansatz::model::Region;
use ndarray::{Axis, Slice};

/// For each element, in row-major order, whether two values of one shape differ in any bit.
pub fn differs(one: &Value, other: &Value) -> Vec<bool> {
    assert_eq!((one.dtype(), one.shape()), (other.dtype(), other.shape()), "a value alone changes no shape");
    match (one, other) {
        (Value::F32(a), Value::F32(b)) => a.iter().zip(b).map(|(a, b)| a.to_bits() != b.to_bits()).collect(),
        (Value::F64(a), Value::F64(b)) => a.iter().zip(b).map(|(a, b)| a.to_bits() != b.to_bits()).collect(),
        (Value::I64(a), Value::I64(b)) => a.iter().zip(b).map(|(a, b)| a != b).collect(),
        (Value::I32(a), Value::I32(b)) => a.iter().zip(b).map(|(a, b)| a != b).collect(),
        (Value::Bool(a), Value::Bool(b)) => a.iter().zip(b).map(|(a, b)| a != b).collect(),
        _ => panic!("one element type"),
    }
}

/// Other values in the place of some elements. Integers stay in `0..below`; what hides a score goes
/// on to hide it.
pub fn changed(value: &Value, places: impl Fn(usize) -> bool, below: i64, way: usize) -> Value {
    let float = |x: f64| if way == 0 { x * 1.3 + 0.37 } else { x.abs() * 0.4 - 0.83 };
    let float = |x: f64| if x <= -1e30 { x * 1.3 } else { float(x) };
    let whole = |x: i64| (x + 1 + way as i64).rem_euclid(below.max(1));
    let mut value = value.clone();
    match &mut value {
        Value::F32(array) => each(array.iter_mut(), places, |x| float(f64::from(x)) as f32),
        Value::F64(array) => each(array.iter_mut(), places, float),
        Value::I64(array) => each(array.iter_mut(), places, whole),
        Value::I32(array) => each(array.iter_mut(), places, |x| whole(i64::from(x)) as i32),
        Value::Bool(array) => each(array.iter_mut(), places, |x| !x),
    }
    value
}

fn each<'a, T: Copy + 'a>(
    elements: impl Iterator<Item = &'a mut T>,
    places: impl Fn(usize) -> bool,
    change: impl Fn(T) -> T,
) {
    elements.enumerate().filter(|(at, _)| places(*at)).for_each(|(_, x)| *x = change(*x));
}

/// The indices of an element.
pub fn indices(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut out: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let index = at % size;
            at /= size;
            index
        })
        .collect();
    out.reverse();
    out
}

/// True if an element lies in a box.
pub fn inside(at: usize, shape: &[usize], region: &Region) -> bool {
    let within = |(axis, (index, size)): (usize, (usize, &usize))| {
        let (start, end) = region.range(axis, *size);
        (start..end).contains(&index)
    };
    indices(at, shape).into_iter().zip(shape).enumerate().all(within)
}

/// The first row alone.
pub fn first_row(value: &Value) -> Value {
    map_array!(value, array => array.slice_axis(Axis(0), Slice::from(0..1)).as_standard_layout().into_owned())
}
