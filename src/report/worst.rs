//! The examples on which a hypothesis is furthest from the model, with what the model reads.

use crate::data::{Column, ColumnValues, Dataset, Scalar};
use crate::hypothesis::{BoundModel, BoundValue, Checked, Ready};
use crate::run::Done;
use serde::{Deserialize, Serialize};

/// Examples of one hypothesis.
const EXAMPLES: usize = 8;
/// Elements of one input that are told.
const ELEMENTS: usize = 256;

/// One example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExampleReport {
    /// Its row in the dataset, from 0.
    pub row: usize,
    /// The behaviour of the untouched model.
    pub model: f64,
    /// The behaviour under the hypothesis.
    pub scrubbed: f64,
    /// By input of the model.
    pub inputs: Vec<InputReport>,
    /// Columns with one value for each row: labels, for the most part.
    pub values: Vec<ValueReport>,
}

/// What the model reads at one of its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputReport {
    pub name: String,
    /// Words, where the vocabulary is declared; else numbers. The last axis runs fastest.
    pub elements: Vec<String>,
    /// Whether they are words.
    pub words: bool,
    /// Elements behind these that are left out.
    pub left_out: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueReport {
    pub name: String,
    pub value: String,
}

/// The examples with the largest difference, the largest first; of equals those that were drawn first.
pub(super) fn worst(done: &Done, ready: &Ready, checked: &Checked) -> Option<Vec<ExampleReport>> {
    let data = checked.datasets.get(ready.data)?.as_ref()?;
    let model = checked.models.get(ready.model)?.as_ref()?;
    let values = done.references.iter().zip(done.model.iter().zip(&done.scrubbed));
    let mut found: Vec<(usize, f64, f64)> = values
        .map(|(row, (model, scrubbed))| (*row as usize, model.value(), scrubbed.value()))
        .filter(|(_, model, scrubbed)| model != scrubbed && (model - scrubbed).is_finite())
        .collect();
    found.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()));
    found.truncate(EXAMPLES);
    Some(found.into_iter().map(|found| example(found, data, model)).collect())
}

fn example((row, clean, scrubbed): (usize, f64, f64), data: &Dataset, model: &BoundModel) -> ExampleReport {
    ExampleReport {
        row,
        model: clean,
        scrubbed,
        inputs: inputs_of(data, model, row),
        values: values_of(data, model, row),
    }
}

/// What the model reads on a row, input by input.
pub(super) fn inputs_of(data: &Dataset, model: &BoundModel, row: usize) -> Vec<InputReport> {
    model.inputs.iter().filter_map(|input| read(input, data, row)).collect()
}

/// Columns with one value for each row that are no inputs.
pub(super) fn values_of(data: &Dataset, model: &BoundModel, row: usize) -> Vec<ValueReport> {
    let is_input = |name: &str| model.inputs.iter().any(|input| input.name == name);
    let single = data.columns.iter().filter(|(name, column)| column.dims.is_empty() && !is_input(name));
    let value = |(name, column): (&String, &Column)| {
        let value = elements(column, row, 1, &[]).into_iter().next()?;
        Some(ValueReport { name: name.clone(), value })
    };
    single.filter_map(value).collect()
}

fn read(input: &BoundValue, data: &Dataset, row: usize) -> Option<InputReport> {
    let column = data.columns.get(&input.name)?;
    let words = input.named.vocabulary.as_deref().filter(|_| column.scalar == Scalar::Token);
    let width: usize = column.values.shape().iter().skip(1).product();
    Some(InputReport {
        name: input.name.clone(),
        elements: elements(column, row, ELEMENTS, words.map_or(&[], Vec::as_slice)),
        words: words.is_some(),
        left_out: width.saturating_sub(ELEMENTS),
    })
}

/// The first elements of a row, as words where there are some for these numbers.
fn elements(column: &Column, row: usize, most: usize, words: &[String]) -> Vec<String> {
    fn of<T>(array: &ndarray::ArrayD<T>, row: usize, most: usize, shown: impl Fn(&T) -> String) -> Vec<String> {
        if row >= array.shape().first().copied().unwrap_or(0) {
            return Vec::new();
        }
        array.index_axis(ndarray::Axis(0), row).iter().take(most).map(shown).collect()
    }
    let word = |value: &i64| usize::try_from(*value).ok().and_then(|at| words.get(at)).cloned();
    match &column.values {
        ColumnValues::Int(array) => of(array, row, most, |value| word(value).unwrap_or_else(|| value.to_string())),
        ColumnValues::Real(array) => of(array, row, most, ToString::to_string),
        ColumnValues::Bool(array) => of(array, row, most, ToString::to_string),
    }
}
