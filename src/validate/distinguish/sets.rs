//! The rows of a challenge: chosen, each input once, and cut into rows to fit on and rows to score.

use crate::data::{Column, ColumnValues, Dataset, row_keys};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::distinctions as messages;
use crate::feature::{Data, Source, Typed, evaluate};
use crate::hypothesis::{BoundModel, Checked, Distinction, RowSet};
use crate::sample::shuffled;
use ndarray::{ArrayD, Axis, concatenate};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

type Fault = Box<Diagnostic>;

/// No set needs fewer different inputs.
const LEAST: usize = 20;
/// No more of them are taken.
const MOST: usize = 1_000;
/// Rows whose conditions are computed at once.
const AT_ONCE: usize = 4_096;

/// How many rows one set has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// For which its condition holds.
    pub rows: usize,
    /// Of these, with different inputs of the model.
    pub distinct: usize,
    /// Of these, taken: by a permutation that the seed decides on.
    pub taken: usize,
}

/// The rows of both sets in one dataset: trusted ones to fit on first, then trusted ones to score, then
/// anomalous ones to fit on, and anomalous ones to score.
#[derive(Debug, Clone)]
pub struct Sets {
    pub pooled: Dataset,
    /// By row of `pooled` the path of its dataset and the row there.
    pub origins: Vec<(String, u32)>,
    /// Trusted, anomalous.
    pub counts: [Counts; 2],
    fitted: [usize; 2],
}

impl Sets {
    /// Trusted rows to fit on.
    #[must_use]
    pub fn trusted_fitted(&self) -> Range<usize> {
        0..self.fitted[0]
    }

    /// Trusted rows to score.
    #[must_use]
    pub fn trusted_scored(&self) -> Range<usize> {
        self.fitted[0]..self.counts[0].taken
    }

    /// Anomalous rows to fit a supervised score on.
    #[must_use]
    pub fn anomalous_fitted(&self) -> Range<usize> {
        self.counts[0].taken..self.counts[0].taken + self.fitted[1]
    }

    /// Anomalous rows that a supervised score is not fitted on.
    #[must_use]
    pub fn anomalous_scored(&self) -> Range<usize> {
        self.counts[0].taken + self.fitted[1]..self.pooled.rows
    }

    /// All rows of a set: 0 for trusted, 1 for anomalous.
    #[must_use]
    pub fn of(&self, set: usize) -> Range<usize> {
        if set == 0 { 0..self.counts[0].taken } else { self.counts[0].taken..self.pooled.rows }
    }

    /// Chooses the rows of a challenge.
    ///
    /// # Errors
    /// A condition that fails on a row, a set with too few different inputs, or an input that is in both.
    pub fn choose(challenge: &Distinction, checked: &Checked, model: &BoundModel, seed: u64) -> Result<Sets, Fault> {
        let inputs: Vec<&str> = model.inputs.iter().map(|input| input.name.as_str()).collect();
        let words = ["trusted", "anomalous"];
        let sets = [&challenge.trusted, &challenge.anomalous];
        let mut found = Vec::new();
        for set in sets {
            let dataset = checked.datasets[set.data].as_ref().expect("a challenge is checked on loaded data");
            found.push((dataset, Members::of(set, dataset, &inputs)?));
        }
        disjoint(challenge, &found)?;
        let mut chosen = Vec::new();
        for ((set, word), (_, members)) in sets.iter().zip(words).zip(&found) {
            let distinct = members.firsts.len();
            if distinct < LEAST {
                let counts = (members.rows, distinct, LEAST);
                return Err(Box::new(messages::set_too_small(set.span, word, counts)));
            }
            let order = shuffled(seed, &format!("{word} rows"), distinct);
            let taken = order.iter().take(MOST).map(|at| members.firsts[*at as usize]);
            chosen.push(taken.collect::<Vec<u32>>());
        }
        let counts = [0, 1].map(|set: usize| {
            let members = &found[set].1;
            Counts { rows: members.rows, distinct: members.firsts.len(), taken: chosen[set].len() }
        });
        let parts = [(found[0].0, chosen[0].as_slice()), (found[1].0, chosen[1].as_slice())];
        let origin = |(dataset, rows): &(&Dataset, &[u32])| -> Vec<(String, u32)> {
            rows.iter().map(|row| (dataset.path.clone(), *row)).collect()
        };
        let fitted = counts.map(|counts| counts.taken / 2);
        Ok(Sets { pooled: pooled(parts), origins: parts.iter().flat_map(origin).collect(), counts, fitted })
    }
}

/// The rows of a set.
struct Members {
    /// For which the condition holds.
    rows: usize,
    /// Of each different input the first row, in row order.
    firsts: Vec<u32>,
    /// By input, its row.
    by_input: BTreeMap<[u8; 32], u32>,
}

impl Members {
    fn of(set: &RowSet, dataset: &Dataset, inputs: &[&str]) -> Result<Members, Fault> {
        let mut found = Members { rows: 0, firsts: Vec::new(), by_input: BTreeMap::new() };
        let keys = row_keys(dataset, inputs);
        let all: Vec<usize> = (0..dataset.rows).collect();
        for rows in all.chunks(AT_ONCE) {
            for (row, holds) in rows.iter().zip(holds(set.filter.as_ref(), dataset, rows)?) {
                if !holds {
                    continue;
                }
                found.rows += 1;
                let number = u32::try_from(*row).unwrap_or(u32::MAX);
                found.by_input.entry(keys[*row]).or_insert_with(|| {
                    found.firsts.push(number);
                    number
                });
            }
        }
        Ok(found)
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

fn disjoint(challenge: &Distinction, found: &[(&Dataset, Members)]) -> Result<(), Fault> {
    let [(one, trusted), (other, anomalous)] = found else { return Ok(()) };
    let both: Vec<(u32, u32)> =
        trusted.by_input.iter().filter_map(|(input, row)| Some((*row, *anomalous.by_input.get(input)?))).collect();
    let Some((row, again)) = both.iter().min() else { return Ok(()) };
    let shown = match (one.name == other.name, row == again) {
        (true, true) => format!("row {row} of `{}`", one.name),
        _ => format!("row {row} of `{}` and row {again} of `{}`", one.name, other.name),
    };
    Err(Box::new(messages::sets_overlap(challenge.anomalous.span, both.len(), &shown)))
}

/// Rows of two datasets one after the other, with the columns that both have.
fn pooled(parts: [(&Dataset, &[u32]); 2]) -> Dataset {
    let rows = parts.map(|(_, rows)| rows.iter().map(|row| *row as usize).collect::<Vec<usize>>());
    let names: BTreeSet<&String> =
        parts[0].0.columns.keys().filter(|name| parts[1].0.columns.contains_key(*name)).collect();
    let mut columns = BTreeMap::new();
    for name in names {
        let (one, other) = (&parts[0].0.columns[name], &parts[1].0.columns[name]);
        if (one.scalar, &one.dims) != (other.scalar, &other.dims) {
            continue;
        }
        let values = match (&one.values, &other.values) {
            (ColumnValues::Int(a), ColumnValues::Int(b)) => joined((a, &rows[0]), (b, &rows[1])).map(ColumnValues::Int),
            (ColumnValues::Real(a), ColumnValues::Real(b)) => {
                joined((a, &rows[0]), (b, &rows[1])).map(ColumnValues::Real)
            }
            (ColumnValues::Bool(a), ColumnValues::Bool(b)) => {
                joined((a, &rows[0]), (b, &rows[1])).map(ColumnValues::Bool)
            }
            _ => None,
        };
        if let Some(values) = values {
            columns.insert(name.clone(), Column { scalar: one.scalar, dims: one.dims.clone(), values });
        }
    }
    let rows = rows[0].len() + rows[1].len();
    Dataset { rows, columns, ..Dataset { columns: BTreeMap::new(), ..parts[0].0.clone() } }
}

fn joined<T: Clone>(one: (&ArrayD<T>, &[usize]), other: (&ArrayD<T>, &[usize])) -> Option<ArrayD<T>> {
    let (one, other) = (one.0.select(Axis(0), one.1), other.0.select(Axis(0), other.1));
    concatenate(Axis(0), &[one.view(), other.view()]).ok()
}
