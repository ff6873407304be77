//! Behaviours and datasets as the executor sees them.

use super::shuffled::{ExactShuffle, Shuffled, shuffled};
use super::sliced::SliceShares;
use crate::data::{ColumnValues, Dataset};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::statistics;
use crate::engine::{DType, Value};
use crate::estimate::Point;
use crate::execute::{Inputs, Score, Seen, ShuffledPoints};
use crate::feature::{FeatureValues, Measured, Output, Source, Typed, clean_key, evaluate, weights};
use crate::model::TensorId;
use crate::source::Span;
use ndarray::{ArrayD, Axis};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A behaviour on a dataset.
#[derive(Debug, Clone)]
pub struct Behaviour<'a> {
    pub measured: &'a Measured,
    /// The declared names of the outputs that it reads, in order.
    pub outputs: &'a [String],
    pub dataset: &'a Dataset,
    /// The baseline `shuffled`, where it is exact and somebody asks for it.
    pub shuffled: Option<&'a ExactShuffle>,
    /// The slices that it is also wanted for.
    pub slices: Option<Arc<SliceShares>>,
}

impl Behaviour<'_> {
    /// Outputs under their names, and those of the untouched model under theirs.
    fn named<'v>(&'v self, values: &'v [Value], keys: &'v [String]) -> BTreeMap<&'v str, Output<'v>> {
        keys.iter().zip(values).filter_map(|(name, value)| Some((name.as_str(), output(value)?))).collect()
    }
}

impl Score for Behaviour<'_> {
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Box<Diagnostic>> {
        let (own, clean) = (widened(seen.outputs), widened(seen.clean.unwrap_or_default()));
        let keys: Vec<String> = self.outputs.iter().map(|name| clean_key(name)).collect();
        let mut outputs = self.named(&own, self.outputs);
        outputs.extend(self.named(&clean, &keys));
        let rows: Vec<usize> = seen.rows.iter().map(|row| *row as usize).collect();
        let values = evaluate(&self.measured.value, &Source { dataset: self.dataset, outputs }, &rows)?;
        let mask = match &self.measured.mask {
            Some(mask) => Some(evaluate(mask, &Source { dataset: self.dataset, outputs: BTreeMap::new() }, &rows)?),
            None => None,
        };
        let width = values.width();
        let sums = values.reals().expect("a behaviour is checked to be real").chunks(width.max(1));
        let sums = sums.map(|row| row.iter().copied().reduce(|sum, value| sum + value).unwrap_or(0.0));
        let weights = weights(mask.as_ref(), rows.len(), width);
        Ok(sums.zip(weights).map(|(sum, weight)| Point { sum, weight }).collect())
    }

    fn shuffled(&self, seen: &Seen<'_>) -> Result<Option<Vec<Point>>, Box<Diagnostic>> {
        Ok(self.shuffled_by_slice(seen)?.map(|found| found.whole))
    }

    fn shuffled_by_slice(&self, seen: &Seen<'_>) -> Result<Option<ShuffledPoints>, Box<Diagnostic>> {
        let Some(exact) = self.shuffled else { return Ok(None) };
        let own = widened(seen.outputs);
        let found = exact.sums(&self.named(&own, self.outputs), seen.rows.len(), self.slices.as_deref())?;
        let whole = found.sums.into_iter().map(|sum| Point { sum, weight: found.weight }).collect();
        let of_example = |sums: Vec<f64>| {
            sums.into_iter().zip(&found.weights).map(|(sum, weight)| Point { sum, weight: *weight }).collect()
        };
        Ok(Some(ShuffledPoints { whole, of_slices: found.of_slices.into_iter().map(of_example).collect() }))
    }

    fn reads_clean(&self) -> bool {
        self.measured.reads_clean()
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

/// An expression over outputs, example by example; all else is read from dataset rows.
///
/// # Errors
/// A value that it cannot be computed from.
pub fn evaluated(
    expression: &Typed,
    names: &[String],
    dataset: &Dataset,
    seen: &Seen<'_>,
) -> Result<FeatureValues, Box<Diagnostic>> {
    let values = widened(seen.outputs);
    let named = names.iter().zip(values.iter());
    let outputs = named.filter_map(|(name, value)| Some((name.as_str(), output(value)?))).collect();
    let rows: Vec<usize> = seen.rows.iter().map(|row| *row as usize).collect();
    evaluate(expression, &Source { dataset, outputs }, &rows)
}

/// Ints of 64 bits in the place of shorter ones.
fn widened(values: &[Value]) -> Cow<'_, [Value]> {
    if !values.iter().any(|value| matches!(value, Value::I32(_))) {
        return Cow::Borrowed(values);
    }
    let wide = |value: &Value| match value {
        Value::I32(array) => Value::I64(array.mapv(i64::from)),
        other => other.clone(),
    };
    Cow::Owned(values.iter().map(wide).collect())
}

/// The columns of a dataset that feed a model's inputs.
#[derive(Debug, Clone)]
pub struct ModelInputs<'a> {
    /// The one that hypotheses are about, then others that they draw from.
    pub datasets: Vec<&'a Dataset>,
    /// By graph input the column's name and the element type that the model wants.
    pub columns: BTreeMap<TensorId, (String, DType)>,
}

impl<'a> Inputs for ModelInputs<'a> {
    fn rows(&self) -> usize {
        self.datasets.first().map_or(0, |dataset| dataset.rows)
    }

    fn all_rows(&self) -> usize {
        self.datasets.iter().map(|dataset| dataset.rows).sum()
    }

    fn value(&self, input: TensorId, rows: &[u32]) -> Value {
        let (name, dtype) = self.columns.get(&input).expect("every input is checked to have a column");
        let column = |dataset: &'a Dataset| &dataset.columns.get(name).expect("columns are checked to be there").values;
        let select = |values: &ColumnValues, rows: &[usize]| match values {
            ColumnValues::Int(array) => integers(&array.select(Axis(0), rows), *dtype),
            ColumnValues::Bool(array) => integers(&array.select(Axis(0), rows).mapv(i64::from), *dtype),
            ColumnValues::Real(array) => reals(&array.select(Axis(0), rows), *dtype),
        };
        let rows: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        if rows.iter().all(|row| *row < self.rows()) {
            return select(column(self.datasets[0]), &rows);
        }
        // Rows of several datasets: one by one, in their order.
        let one = |row: &usize| {
            let mut row = *row;
            let mut datasets = self.datasets.iter();
            let own = datasets.find(|dataset| {
                let inside = row < dataset.rows;
                row -= if inside { 0 } else { dataset.rows };
                inside
            });
            select(column(own.expect("rows are those of the datasets")), &[row])
        };
        crate::execute::joined_rows(rows.iter().map(one).collect())
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

/// Checks a behaviour on its data: something counts; and how its baseline is come by.
pub fn scored(
    measured: &Measured,
    (name, span): (&str, Span),
    dataset: &Dataset,
    sizes: &BTreeMap<String, Option<usize>>,
    sink: &mut Vec<Diagnostic>,
) -> Option<Shuffled> {
    match anything_counts(measured, dataset) {
        Ok(true) => {}
        Ok(false) => {
            let place = measured.mask.as_ref().map_or(span, |mask| mask.span);
            sink.push(statistics::mask_never_true(place, name, &dataset.name));
            return None;
        }
        Err(finding) => {
            sink.push(*finding);
            return None;
        }
    }
    shuffled(measured, dataset, sizes).map_err(|finding| sink.push(*finding)).ok()
}

fn anything_counts(measured: &Measured, dataset: &Dataset) -> Result<bool, Box<Diagnostic>> {
    let Some(mask) = &measured.mask else { return Ok(true) };
    let rows: Vec<usize> = (0..dataset.rows).collect();
    let source = Source { dataset, outputs: BTreeMap::new() };
    let mut found = false;
    for rows in rows.chunks(4096) {
        let values = evaluate(mask, &source, rows)?;
        found |= weights(Some(&values), rows.len(), values.width()).iter().any(|weight| *weight > 0.0);
    }
    Ok(found)
}
