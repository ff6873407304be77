//! Slices of a dataset: its rows by what the behaviour compares outputs with, and by the features
//! of the file. Reports tell means slice by slice.

use super::check::Ready;
use crate::data::{Dataset, Scalar};
use crate::feature::{Data, FeatureValues, Source, Typed, evaluate, reading};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A feature with more values on the data is cut into ranges, if it is an int, and left out if not.
const MOST_VALUES: usize = 12;
/// Ranges of an int with more values: about as many rows in each.
const RANGES: usize = 4;

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlicedBy {
    /// A column that the behaviour reads.
    Label,
    Feature,
}

/// One way to cut a dataset into slices: each row is of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slicing {
    /// The name of the column or feature.
    pub by: String,
    pub kind: SlicedBy,
    /// By slice its value in words, or the range of its values: `true`, `3`, `"[pad]"`, `5 to 9`.
    pub values: Vec<String>,
    /// The slice of each row.
    pub of_row: Vec<u32>,
    /// How many rows each slice has.
    pub rows: Vec<usize>,
}

/// All slicings for a hypothesis: columns without axes that its behaviour reads, then the features,
/// each by name. Only those with at least two slices. A feature that has no value on some row is left out:
/// nobody claims it.
#[must_use]
pub fn slicings(ready: &Ready, features: &BTreeMap<String, Arc<Typed>>, dataset: &Dataset) -> Vec<Slicing> {
    let read = ready.measured.reads();
    let labels = read.iter().filter_map(|name| {
        let column = dataset.columns.get(name)?;
        let value = reading(&ready.measured.value, name)?;
        column.dims.is_empty().then_some((name.as_str(), SlicedBy::Label, value))
    });
    let features = features.iter().map(|(name, body)| (name.as_str(), SlicedBy::Feature, body.as_ref().clone()));
    labels.chain(features).filter_map(|(by, kind, value)| slicing(by, kind, &value, dataset)).collect()
}

fn slicing(by: &str, kind: SlicedBy, value: &Typed, dataset: &Dataset) -> Option<Slicing> {
    let is_discrete = matches!(value.ty.scalar, Scalar::Bool | Scalar::Int | Scalar::Token | Scalar::Category);
    if !is_discrete || !value.ty.dims.is_empty() {
        return None;
    }
    let rows: Vec<usize> = (0..dataset.rows).collect();
    let mut numbers: Vec<i64> = Vec::with_capacity(rows.len());
    for block in rows.chunks(4096) {
        let found = evaluate(value, &Source { dataset, outputs: BTreeMap::new() }, block).ok()?;
        numbers.extend(integers(&found));
    }
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    numbers.iter().for_each(|number| *counts.entry(*number).or_insert(0) += 1);
    let starts = match (counts.len(), value.ty.scalar) {
        (..=MOST_VALUES, _) => counts.keys().copied().collect(),
        (_, Scalar::Int) => range_starts(&counts, numbers.len()),
        _ => return None,
    };
    let ends: Vec<i64> = last_values(&counts, &starts);
    let words = starts.iter().zip(&ends).map(|(first, last)| match first == last {
        true => word(*first, value),
        false => format!("{first} to {last}"),
    });
    let of_row = numbers.iter().map(|number| starts.partition_point(|start| start <= number).saturating_sub(1));
    let of_row: Vec<u32> = of_row.map(|slice| u32::try_from(slice).unwrap_or(u32::MAX)).collect();
    let mut sizes = vec![0; starts.len()];
    of_row.iter().for_each(|slice| sizes[*slice as usize] += 1);
    let found = Slicing { by: by.to_owned(), kind, values: words.collect(), of_row, rows: sizes };
    (starts.len() > 1).then_some(found)
}

fn integers(values: &FeatureValues) -> Vec<i64> {
    match &values.data {
        Data::Bool(bools) => bools.iter().map(|value| i64::from(*value)).collect(),
        Data::Int(ints) => ints.clone(),
        Data::Real(_) | Data::Ratio(_) => Vec::new(),
    }
}

/// Where ranges begin that have about equally many rows.
fn range_starts(counts: &BTreeMap<i64, usize>, rows: usize) -> Vec<i64> {
    let mut starts: BTreeSet<i64> = counts.keys().next().copied().into_iter().collect();
    let (mut before, mut wanted) = (0, 1);
    for (value, count) in counts {
        if before * RANGES >= wanted * rows {
            starts.insert(*value);
            wanted = before * RANGES / rows.max(1) + 1;
        }
        before += count;
    }
    starts.into_iter().collect()
}

/// The last value of each range.
fn last_values(counts: &BTreeMap<i64, usize>, starts: &[i64]) -> Vec<i64> {
    let next = starts.iter().skip(1).copied().map(Some).chain([None]);
    let last = |(start, next): (&i64, Option<i64>)| {
        let own = match next {
            Some(next) => counts.range(*start..next).next_back(),
            None => counts.range(*start..).next_back(),
        };
        own.map_or(*start, |(value, _)| *value)
    };
    starts.iter().zip(next).map(last).collect()
}

fn word(number: i64, value: &Typed) -> String {
    let vocabulary = value.vocabulary.as_ref();
    let spelled = usize::try_from(number).ok().and_then(|number| vocabulary?.get(number));
    match (value.ty.scalar, spelled) {
        (Scalar::Bool, _) => (number != 0).to_string(),
        (_, Some(word)) => format!("\"{word}\""),
        (_, None) => number.to_string(),
    }
}
