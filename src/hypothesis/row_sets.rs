//! The two sets of a challenge that distinguishes, on their data: each input once, none in both.

use super::check::Ready;
use super::claim::{Computes, Node};
use super::distinction::RowSet;
use super::model::BoundModel;
use crate::data::{ColumnValues, Dataset, row_keys};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::distinctions as messages;
use crate::feature::{Data, Source, Typed, evaluate, reads};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

type Fault = Box<Diagnostic>;

/// No set needs fewer different inputs.
const LEAST: usize = 20;
/// Rows whose conditions are computed at once.
const AT_ONCE: usize = 4_096;
/// Two distributions differ that have less than the rest of their weight in common.
const APART: f64 = 0.05;

/// A set, with a key for the input of each of its rows.
pub struct Members<'a> {
    pub set: RowSet,
    keys: Vec<[u8; 32]>,
    dataset: &'a Dataset,
}

impl<'a> Members<'a> {
    /// The rows of a dataset for which a condition holds, all of them without one.
    ///
    /// # Errors
    /// A condition that fails on a row.
    pub fn of(
        (data, dataset): (usize, &'a Dataset),
        filter: Option<&Typed>,
        model: &BoundModel,
        span: Span,
    ) -> Result<Members<'a>, Fault> {
        let inputs: Vec<&str> = model.inputs.iter().map(|input| input.name.as_str()).collect();
        let keys = row_keys(dataset, &inputs);
        let mut found =
            Members { set: RowSet { data, span, rows: 0, distinct: Vec::new() }, keys: Vec::new(), dataset };
        let mut known = BTreeSet::new();
        let all: Vec<usize> = (0..dataset.rows).collect();
        for rows in all.chunks(AT_ONCE) {
            for (row, holds) in rows.iter().zip(holds(filter, dataset, rows)?) {
                found.set.rows += usize::from(holds);
                if holds && known.insert(keys[*row]) {
                    found.set.distinct.push(u32::try_from(*row).unwrap_or(u32::MAX));
                    found.keys.push(keys[*row]);
                }
            }
        }
        Ok(found)
    }

    fn is_large(&self, word: &str, sink: &mut Vec<Diagnostic>) {
        let distinct = self.set.distinct.len();
        if distinct < LEAST {
            sink.push(messages::set_too_small(self.set.span, word, (self.set.rows, distinct, LEAST)));
        }
    }

    /// The values of a column with one discrete value a row, on the rows of the set.
    fn column(&self, name: &str) -> Option<Vec<i64>> {
        let rows = self.set.distinct.iter().map(|row| *row as usize);
        match &self.dataset.columns.get(name)?.values {
            ColumnValues::Int(array) if array.ndim() == 1 => Some(rows.map(|row| array[[row]]).collect()),
            ColumnValues::Bool(array) if array.ndim() == 1 => Some(rows.map(|row| i64::from(array[[row]])).collect()),
            _ => None,
        }
    }
}

/// Whether a condition holds, row by row.
fn holds(filter: Option<&Typed>, dataset: &Dataset, rows: &[usize]) -> Result<Vec<bool>, Fault> {
    let Some(filter) = filter else { return Ok(vec![true; rows.len()]) };
    match evaluate(filter, &Source { dataset, outputs: BTreeMap::new() }, rows)?.data {
        Data::Bool(values) => Ok(values),
        _ => unreachable!("a condition is checked to be a bool"),
    }
}

/// Reports sets that are too small, that overlap, or that a column tells apart which scores read.
pub fn compare(
    (trusted, anomalous): (&Members<'_>, &Members<'_>),
    ready: &Ready,
    model: &BoundModel,
    sink: &mut Vec<Diagnostic>,
) {
    let before = sink.len();
    trusted.is_large("trusted", sink);
    anomalous.is_large("anomalous", sink);
    overlap(trusted, anomalous, sink);
    if sink.len() == before {
        leaks((trusted, anomalous), ready, model, sink);
    }
}

fn overlap(trusted: &Members<'_>, anomalous: &Members<'_>, sink: &mut Vec<Diagnostic>) {
    let known: BTreeMap<&[u8; 32], u32> = trusted.keys.iter().zip(trusted.set.distinct.iter().copied()).collect();
    let again = anomalous.keys.iter().zip(&anomalous.set.distinct);
    let both: Vec<(u32, u32)> = again.filter_map(|(key, row)| Some((*known.get(key)?, *row))).collect();
    let Some((row, again)) = both.iter().min() else { return };
    let (one, other) = (&trusted.dataset.name, &anomalous.dataset.name);
    let shown = match (one == other, row == again) {
        (true, true) => format!("row {row} of `{one}`"),
        _ => format!("row {row} of `{one}` and row {again} of `{other}`"),
    };
    sink.push(messages::sets_overlap(anomalous.set.span, both.len(), &shown));
}

/// Columns with one discrete value a row that are no inputs of the model, are read by the behaviour or by
/// what a node computes, and are distributed otherwise in one set than in the other.
fn leaks(
    (trusted, anomalous): (&Members<'_>, &Members<'_>),
    ready: &Ready,
    model: &BoundModel,
    sink: &mut Vec<Diagnostic>,
) {
    let mut readers: BTreeMap<String, String> = BTreeMap::new();
    for node in &ready.stated.claims.nodes {
        let claim = feature(node).and_then(|at| ready.stated.features.get(at));
        for name in claim.into_iter().flatten().flat_map(reads) {
            readers.entry(name).or_insert_with(|| format!("what `{}` computes", node.name));
        }
    }
    for name in ready.measured.reads() {
        readers.entry(name).or_insert_with(|| format!("`{}`", ready.behaviour));
    }
    let is_input = |name: &String| model.inputs.iter().any(|input| input.name == *name);
    for (name, reader) in readers.into_iter().filter(|(name, _)| !is_input(name)) {
        let both = trusted.column(&name).zip(anomalous.column(&name));
        if let Some(figures) = both.and_then(|(one, other)| differs(&one, &other)) {
            sink.push(messages::label_leaks(anomalous.set.span, &name, &reader, &figures));
        }
    }
}

fn feature(node: &Node) -> Option<usize> {
    match &node.computes {
        Computes::Feature(feature) | Computes::Elementwise { feature, .. } => Some(feature.0),
        _ => None,
    }
}

/// The value whose share differs most, if the distributions differ.
fn differs(one: &[i64], other: &[i64]) -> Option<String> {
    let share = |values: &[i64], value: i64| {
        values.iter().filter(|own| **own == value).count() as f64 / values.len().max(1) as f64
    };
    let all: BTreeSet<i64> = one.iter().chain(other).copied().collect();
    // With many values, rows of one set need not have any in common with those of the other.
    if all.len() > LEAST {
        return None;
    }
    let gap = |value: &i64| (share(one, *value) - share(other, *value)).abs();
    let apart: f64 = all.iter().map(gap).sum::<f64>() / 2.0;
    let most = all.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    let (one, other) = (100.0 * share(one, *most), 100.0 * share(other, *most));
    (apart > APART).then(|| format!("{most} on {one:.1} % of trusted rows and {other:.1} % of anomalous ones"))
}
