//! Behaviours and datasets as the executor sees them.

use crate::data::{ColumnValues, Dataset};
use crate::diagnostics::Diagnostic;
use crate::engine::{DType, Value};
use crate::estimate::Point;
use crate::execute::{Inputs, Score, Seen};
use crate::feature::{Data, Output, Source, Typed, evaluate};
use crate::model::TensorId;
use ndarray::{ArrayD, Axis};
use std::collections::BTreeMap;

/// A behaviour on a dataset.
#[derive(Debug, Clone)]
pub struct Behaviour<'a> {
    pub expression: &'a Typed,
    /// The declared names of the outputs that it reads, in order.
    pub outputs: &'a [String],
    pub dataset: &'a Dataset,
    pub alternatives: &'a [(u32, f64)],
}

impl Score for Behaviour<'_> {
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Box<Diagnostic>> {
        let widened: Vec<Option<Value>> = seen.outputs.iter().map(widened).collect();
        let outputs = seen.outputs.iter().zip(&widened).map(|(value, wide)| wide.as_ref().unwrap_or(value));
        let named = self.outputs.iter().zip(outputs);
        let outputs: BTreeMap<&str, Output<'_>> =
            named.filter_map(|(name, value)| Some((name.as_str(), output(value)?))).collect();
        let rows: Vec<usize> = seen.rows.iter().map(|row| *row as usize).collect();
        let source = Source { dataset: self.dataset, outputs };
        let values = evaluate(self.expression, &source, &rows)?;
        match values.data {
            Data::Real(values) => Ok(values.into_iter().map(Point::one).collect()),
            _ => unreachable!("a behaviour is checked to be real"),
        }
    }

    fn shuffled(&self, seen: &Seen<'_>) -> Result<Option<Vec<Point>>, Box<Diagnostic>> {
        let mut found = vec![Point::NONE; seen.rows.len()];
        for (row, share) in self.alternatives {
            let rows = vec![*row; seen.rows.len()];
            for (sum, point) in found.iter_mut().zip(self.score(&Seen { rows: &rows, ..*seen })?) {
                *sum = sum.plus(point, *share);
            }
        }
        Ok(Some(found))
    }
}

fn output(value: &Value) -> Option<Output<'_>> {
    match value {
        Value::F32(array) => Some(Output::F32(array.view())),
        Value::F64(array) => Some(Output::F64(array.view())),
        Value::I64(array) => Some(Output::Int(array.view())),
        Value::Bool(array) => Some(Output::Bool(array.view())),
        Value::I32(_) => None,
    }
}

/// Ints of 64 bits in the place of shorter ones.
fn widened(value: &Value) -> Option<Value> {
    match value {
        Value::I32(array) => Some(Value::I64(array.mapv(i64::from))),
        _ => None,
    }
}

/// Rows that stand for every combination of values of some columns, with the share of all rows
/// that has it; in order of first appearance. `None` if there are more than `limit`.
#[must_use]
pub fn alternatives(dataset: &Dataset, columns: &[String], limit: usize) -> Option<Vec<(u32, f64)>> {
    let mut found: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut counts: Vec<(u32, usize)> = Vec::new();
    for row in 0..dataset.rows {
        let key: Vec<u64> = columns
            .iter()
            .filter_map(|name| dataset.columns.get(name))
            .flat_map(|column| bits(&column.values, row))
            .collect();
        let next = counts.len();
        let at = *found.entry(key).or_insert(next);
        if at == next {
            counts.push((u32::try_from(row).unwrap_or(u32::MAX), 0));
        }
        if counts.len() > limit {
            return None;
        }
        counts[at].1 += 1;
    }
    Some(counts.into_iter().map(|(row, count)| (row, count as f64 / dataset.rows as f64)).collect())
}

fn bits(values: &ColumnValues, row: usize) -> Vec<u64> {
    match values {
        ColumnValues::Int(array) => array.index_axis(Axis(0), row).iter().map(|value| value.cast_unsigned()).collect(),
        ColumnValues::Real(array) => array.index_axis(Axis(0), row).iter().map(|value| value.to_bits()).collect(),
        ColumnValues::Bool(array) => array.index_axis(Axis(0), row).iter().map(|value| u64::from(*value)).collect(),
    }
}

/// The columns of a dataset that feed a model's inputs.
#[derive(Debug, Clone)]
pub struct ModelInputs<'a> {
    pub dataset: &'a Dataset,
    /// By graph input the column's name and the element type that the model wants.
    pub columns: BTreeMap<TensorId, (String, DType)>,
}

impl Inputs for ModelInputs<'_> {
    fn rows(&self) -> usize {
        self.dataset.rows
    }

    fn value(&self, input: TensorId, rows: &[u32]) -> Value {
        let (name, dtype) = self.columns.get(&input).expect("every input is checked to have a column");
        let values = &self.dataset.columns.get(name).expect("columns are checked to be there").values;
        let rows: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        match values {
            ColumnValues::Int(array) => integers(&array.select(Axis(0), &rows), *dtype),
            ColumnValues::Bool(array) => integers(&array.select(Axis(0), &rows).mapv(i64::from), *dtype),
            ColumnValues::Real(array) => reals(&array.select(Axis(0), &rows), *dtype),
        }
    }
}

fn integers(array: &ArrayD<i64>, dtype: DType) -> Value {
    match dtype {
        DType::I64 => Value::I64(array.clone()),
        DType::I32 => Value::I32(array.mapv(|value| i32::try_from(value).unwrap_or(i32::MAX))),
        DType::Bool => Value::Bool(array.mapv(|value| value != 0)),
        DType::F32 => Value::F32(array.mapv(|value| value as f32)),
        DType::F64 => Value::F64(array.mapv(|value| value as f64)),
    }
}

fn reals(array: &ArrayD<f64>, dtype: DType) -> Value {
    match dtype {
        DType::F64 => Value::F64(array.clone()),
        _ => Value::F32(array.mapv(|value| value as f32)),
    }
}
