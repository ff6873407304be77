//! The rows of a challenge: chosen, each input once, and cut into rows to fit on and rows to score.

use crate::data::{Column, ColumnValues, Dataset};
use crate::hypothesis::{Checked, Distinction, RowSet};
use crate::sample::shuffled;
use ndarray::{ArrayD, Axis, concatenate};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// No more different inputs of a set are taken.
pub const MOST: usize = 1_000;

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
    #[must_use]
    pub fn choose(challenge: &Distinction, checked: &Checked, seed: u64) -> Sets {
        let chosen = |set: &RowSet, purpose: &str| -> Vec<u32> {
            let order = shuffled(seed, purpose, set.distinct.len());
            order.iter().take(MOST).map(|at| set.distinct[*at as usize]).collect()
        };
        let sets = [&challenge.trusted, &challenge.anomalous];
        let rows = [chosen(sets[0], "trusted rows"), chosen(sets[1], "anomalous rows")];
        let dataset =
            |set: &RowSet| checked.datasets[set.data].as_ref().expect("a challenge is checked on loaded data");
        let parts = [(dataset(sets[0]), rows[0].as_slice()), (dataset(sets[1]), rows[1].as_slice())];
        let counts = [0, 1].map(|at: usize| Counts {
            rows: sets[at].rows,
            distinct: sets[at].distinct.len(),
            taken: rows[at].len(),
        });
        let origin = |(dataset, rows): &(&Dataset, &[u32])| -> Vec<(String, u32)> {
            rows.iter().map(|row| (dataset.path.clone(), *row)).collect()
        };
        let fitted = counts.map(|counts| counts.taken / 2);
        Sets { pooled: pooled(parts), origins: parts.iter().flat_map(origin).collect(), counts, fitted }
    }
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
