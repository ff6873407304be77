//! Estimates of activations for tests: a linear function of the clean activation, and a number that
//! depends on the row.

use super::numbers::{Block, boxed, put};
use ansatz::diagnostics::Diagnostic;
use ansatz::engine::Value;
use ansatz::execute::Estimator;
use ansatz::hypothesis::EstimateIx;
use ansatz::model::Region;
use ndarray::Axis;

/// The number of different expressions.
pub const EXPRESSIONS: usize = 2;

/// An estimate of the clean activation of a region on a row, both with a row axis of size 1.
pub fn estimate(expression: EstimateIx, row: u32, own: &Block) -> Block {
    let of_row = f64::from((row * 37 + 11) % 17) / 17.0;
    let mean = own.numbers.iter().sum::<f64>() / own.numbers.len() as f64;
    let one = |(at, number): (usize, &f64)| match expression.0 {
        0 => 0.5 * number + of_row,
        _ => mean - 0.25 * number + of_row * (at % 3) as f64,
    };
    // Estimates are handed on as f32.
    let numbers = own.numbers.iter().enumerate().map(one).map(|number| f64::from(number as f32)).collect();
    Block { shape: own.shape.clone(), numbers }
}

/// The same for the executor.
#[derive(Debug)]
pub struct TestEstimator;

impl Estimator for TestEstimator {
    fn estimate(&self, estimate: EstimateIx, rows: &[u32], own: &Value) -> Result<Value, Box<Diagnostic>> {
        let whole = Region::whole(own.shape().len());
        let mut found = own.clone();
        for (at, row) in rows.iter().enumerate() {
            let value = ansatz::map_array!(own, array => array.select(Axis(0), &[at]));
            let block = self::estimate(estimate, *row, &Block::of(&boxed(&value, &whole, 1), &whole));
            let mut one = value;
            put(&mut one, &whole, &block);
            if let (Value::F32(found), Value::F32(one)) = (&mut found, &one) {
                found.index_axis_mut(Axis(0), at).assign(&one.index_axis(Axis(0), 0));
            }
        }
        Ok(found)
    }
}
