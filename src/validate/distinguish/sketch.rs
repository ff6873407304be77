//! Activations as few numbers: each part of a view is folded, by a keyed random projection with one entry
//! a column, into numbers of its own.
//!
//! A coordinate is added to one number, with a sign; both depend on the seed, the part and the coordinate.
//! Inner products are kept in the mean. What is small enough is kept as it is.

use crate::engine::Value;
use crate::hypothesis::{BoundModel, Part};
use crate::model::TensorId;
use crate::sample::Stream;
use std::collections::BTreeMap;

/// A view has no more numbers than this for each row, if it has no more parts.
pub const WIDTH: usize = 128;

/// How one part of a tensor is folded.
#[derive(Debug, Clone)]
struct Fold {
    tensor: TensorId,
    /// Elements of one row of the tensor.
    row: usize,
    /// By coordinate of the part: its place within a row, the number that it is added to, its sign.
    entries: Vec<(u32, u32, f64)>,
}

/// What is read of the model as one vector for each row.
#[derive(Debug, Clone)]
pub struct Sketch {
    pub width: usize,
    folds: Vec<Fold>,
}

impl Sketch {
    /// Of some parts, at least one.
    #[must_use]
    pub fn of(parts: &[Part], model: &BoundModel, seed: u64) -> Sketch {
        let share = (WIDTH / parts.len().max(1)).max(1);
        let mut width = 0;
        let mut folds = Vec::new();
        for part in parts {
            let shape = model.shape(part.tensor);
            let places = places(part, &shape);
            let numbers = places.len().min(share);
            let name = &model.model.graph.tensor(part.tensor).name;
            let stream = Stream::new(seed, &format!("sketch of {name}{}", part.region));
            let entry = |(at, place): (usize, u32)| {
                let at = at as u64;
                let number = if places.len() > share { stream.below(2 * at, numbers) } else { at as usize };
                let sign = if places.len() > share && stream.below(2 * at + 1, 2) == 1 { -1.0 } else { 1.0 };
                (place, u32::try_from(width + number).unwrap_or(u32::MAX), sign)
            };
            let entries = places.iter().copied().enumerate().map(entry).collect();
            folds.push(Fold { tensor: part.tensor, row: shape.iter().skip(1).product(), entries });
            width += numbers;
        }
        Sketch { width: width.max(1), folds }
    }

    /// The tensors that are read.
    pub fn tensors(&self) -> impl Iterator<Item = TensorId> + '_ {
        self.folds.iter().map(|fold| fold.tensor)
    }

    /// The vectors of some rows, one after the other, from the values of each tensor on these rows.
    #[must_use]
    pub fn vectors(&self, rows: usize, values: &BTreeMap<TensorId, Vec<f64>>) -> Vec<f64> {
        let mut found = vec![0.0; rows * self.width];
        for fold in &self.folds {
            let Some(values) = values.get(&fold.tensor) else { continue };
            for (row, vector) in found.chunks_mut(self.width).enumerate() {
                let own = &values[row * fold.row..(row + 1) * fold.row];
                for (place, number, sign) in &fold.entries {
                    vector[*number as usize] += sign * own[*place as usize];
                }
            }
        }
        found
    }
}

/// The places of a part within a row of its tensor, in order.
fn places(part: &Part, shape: &[usize]) -> Vec<u32> {
    let mut found: Vec<usize> = vec![0];
    for (axis, size) in shape.iter().enumerate().skip(1) {
        let (start, end) = part.region.range(axis, *size);
        let end = end.min(*size);
        found = found.iter().flat_map(|place| (start..end).map(move |at| place * size + at)).collect();
    }
    found.into_iter().map(|place| u32::try_from(place).unwrap_or(u32::MAX)).collect()
}

/// Elements in row-major order.
#[must_use]
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Value::F64(array) => array.iter().copied().collect(),
        Value::I64(array) => array.iter().map(|number| *number as f64).collect(),
        Value::I32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Value::Bool(array) => array.iter().map(|flag| f64::from(u8::from(*flag))).collect(),
    }
}
