//! Behaviours for tests.

use ansatz::diagnostics::Diagnostic;
use ansatz::engine::Value;
use ansatz::estimate::Point;
use ansatz::execute::{Score, Seen, first_rows};
use ansatz::map_array;
use ndarray::Axis;

/// The numbers of a tensor in row-major order, as f64.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Value::F64(array) => array.iter().copied().collect(),
        Value::I64(array) => array.iter().map(|number| *number as f64).collect(),
        Value::I32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Value::Bool(array) => array.iter().map(|flag| f64::from(u8::from(*flag))).collect(),
    }
}

/// One row of a tensor, as numbers.
pub fn row_numbers(value: &Value, row: usize) -> Vec<f64> {
    numbers(&map_array!(value, array => array.index_axis(Axis(0), row).to_owned()))
}

/// A behaviour by a function of the numbers of all outputs of one example and of its dataset row.
#[derive(Debug)]
pub struct FunctionScore<F> {
    pub function: F,
    alternatives: Vec<(u32, f64)>,
}

impl<F: Fn(&[f64], u32) -> f64 + Sync> FunctionScore<F> {
    /// `rows` is the size of the dataset; each of its rows is an alternative of its own.
    pub fn new(rows: usize, function: F) -> Self {
        let share = 1.0 / (rows.max(1) as f64);
        let alternatives = (0..u32::try_from(rows).expect("few rows")).map(|row| (row, share)).collect();
        FunctionScore { function, alternatives }
    }

    /// The same without alternatives: for runs whose baseline nobody reads.
    pub fn without_alternatives(function: F) -> Self {
        FunctionScore { function, alternatives: Vec::new() }
    }
}

impl<F: Fn(&[f64], u32) -> f64 + Sync> Score for FunctionScore<F> {
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Box<Diagnostic>> {
        let one = |(at, row): (usize, &u32)| {
            let given: Vec<f64> = seen.outputs.iter().flat_map(|output| row_numbers(output, at)).collect();
            Point::one((self.function)(&given, *row))
        };
        Ok(seen.rows.iter().enumerate().map(one).collect())
    }

    fn shuffled(&self, seen: &Seen<'_>) -> Result<Option<Vec<Point>>, Box<Diagnostic>> {
        if self.alternatives.is_empty() {
            return Ok(None);
        }
        let mut found = vec![Point::NONE; seen.rows.len()];
        for (row, share) in &self.alternatives {
            let rows = vec![*row; seen.rows.len()];
            for (sum, point) in found.iter_mut().zip(self.score(&Seen { rows: &rows, ..*seen })?) {
                *sum = sum.plus(point, *share);
            }
        }
        Ok(Some(found))
    }
}

/// A nonlinear number of the outputs and the row, for tests in which any will do.
pub fn mixed(outputs: &[f64], row: u32) -> f64 {
    let sum: f64 = outputs.iter().enumerate().map(|(at, number)| number * (1.0 + at as f64 / 7.0)).sum();
    sum.sin() + 0.1 * sum + f64::from(row % 5)
}

/// The first row of a value.
pub fn one_row(value: &Value) -> Value {
    first_rows(value, 1)
}
