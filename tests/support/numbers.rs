//! Arithmetic on boxes of values, one element after the other. Values hold rows along axis 0.

use ansatz::engine::Value;
use ansatz::model::Region;
use ndarray::{Axis, Slice};

/// The numbers of a box of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Sizes of the box; the first is 1.
    pub shape: Vec<usize>,
    pub numbers: Vec<f64>,
}

impl Block {
    /// A box of the first row of a value.
    pub fn of(value: &Value, region: &Region) -> Block {
        let value = boxed(value, region, 1);
        Block { shape: value.shape().to_vec(), numbers: super::scores::numbers(&value) }
    }

    /// The mean of some blocks, added in order.
    pub fn mean(blocks: &[Block]) -> Block {
        let mut sum = vec![0.0; blocks[0].numbers.len()];
        for block in blocks {
            sum.iter_mut().zip(&block.numbers).for_each(|(sum, number)| *sum += number);
        }
        sum.iter_mut().for_each(|sum| *sum /= blocks.len() as f64);
        Block { shape: blocks[0].shape.clone(), numbers: sum }
    }

    /// Puts the mean along an axis in the place of each element.
    pub fn level(&mut self, axis: usize) {
        let inner: usize = self.shape[axis + 1..].iter().product();
        let size = self.shape[axis];
        let before = self.numbers.clone();
        for (at, number) in self.numbers.iter_mut().enumerate() {
            let start = at / (inner * size) * (inner * size) + at % inner;
            *number = (0..size).map(|step| before[start + step * inner]).sum::<f64>() / size as f64;
        }
    }

    /// Element by element.
    pub fn zip(&self, other: &Block, of: impl Fn(f64, f64) -> f64) -> Block {
        let numbers = self.numbers.iter().zip(&other.numbers).map(|(one, other)| of(*one, *other)).collect();
        Block { shape: self.shape.clone(), numbers }
    }
}

/// A box of the first rows of a value.
pub fn boxed(value: &Value, region: &Region, rows: usize) -> Value {
    ansatz::map_array!(value, array => {
        let mut view = array.view();
        view.slice_axis_inplace(Axis(0), Slice::from(0..rows));
        for axis in 1..view.ndim() {
            let (start, end) = region.range(axis, view.shape()[axis]);
            view.slice_axis_inplace(Axis(axis), Slice::from(start..end));
        }
        view.to_owned()
    })
}

/// Overwrites a box of each row by the numbers of a block.
pub fn put(value: &mut Value, region: &Region, block: &Block) {
    macro_rules! fill {
        ($array:expr, $from:expr) => {{
            let mut view = $array.view_mut();
            for axis in 1..view.ndim() {
                let (start, end) = region.range(axis, view.shape()[axis]);
                view.slice_axis_inplace(Axis(axis), Slice::from(start..end));
            }
            let size = block.numbers.len();
            for (at, element) in view.iter_mut().enumerate() {
                *element = $from(block.numbers[at % size]);
            }
        }};
    }
    match value {
        Value::F32(array) => fill!(array, |number: f64| number as f32),
        Value::F64(array) => fill!(array, |number: f64| number),
        _ => unreachable!("only floats are computed with"),
    }
}

/// Overwrites the elements (places within a row) of each row by those of another value.
pub fn copy_elements(target: &mut Value, source: &Value, chosen: &[bool]) {
    macro_rules! copy {
        ($target:expr, $source:expr) => {
            for (at, (target, source)) in $target.iter_mut().zip($source.iter()).enumerate() {
                if chosen[at % chosen.len()] {
                    *target = *source;
                }
            }
        };
    }
    match (target, source) {
        (Value::F32(target), Value::F32(source)) => copy!(target, source),
        (Value::F64(target), Value::F64(source)) => copy!(target, source),
        (Value::I64(target), Value::I64(source)) => copy!(target, source),
        (Value::I32(target), Value::I32(source)) => copy!(target, source),
        (Value::Bool(target), Value::Bool(source)) => copy!(target, source),
        _ => unreachable!("a tensor has one element type"),
    }
}

/// Two floats of one shape, element by element.
pub fn zip(one: &Value, other: &Value, of: impl Fn(f64, f64) -> f64) -> Value {
    match (one, other) {
        (Value::F32(one), Value::F32(other)) => {
            let mut found = one.clone();
            found.zip_mut_with(other, |a, b| *a = of(f64::from(*a), f64::from(*b)) as f32);
            Value::F32(found)
        }
        (Value::F64(one), Value::F64(other)) => {
            let mut found = one.clone();
            found.zip_mut_with(other, |a, b| *a = of(*a, *b));
            Value::F64(found)
        }
        _ => unreachable!("only floats are computed with"),
    }
}
