//! The ranking of candidates.

use super::seen::Seen;
use crate::data::{Column, ColumnValues, Dataset};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::foolings as messages;
use crate::feature::{Data, Source, evaluate};
use crate::hypothesis::{Checked, Fooling, SCRUBBED};
use crate::sample::shuffled;
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// Rows are evaluated this many at a time.
const ROWS_AT_ONCE: usize = 4_096;

/// Candidates with their ranks.
#[derive(Debug)]
pub struct Order {
    /// In row order.
    candidates: Vec<u32>,
    /// By candidate.
    ranks: Vec<f64>,
    /// By candidate its place among equals.
    ties: Vec<u32>,
}

impl Order {
    /// # Errors
    /// A fault of the ranking expression, or a rank that is no finite number.
    pub fn new(challenge: &Fooling, checked: &Checked, seen: &Seen, seed: u64) -> Result<Order, Fault> {
        let dataset = checked.datasets[challenge.data].as_ref().expect("a checked challenge has its data");
        let candidates = challenge.candidates.passing.clone();
        let with_scrubbed = seen.all_scrubbed().map(|values| with_column(dataset, SCRUBBED, values));
        let source = Source { dataset: with_scrubbed.as_ref().unwrap_or(dataset), outputs: BTreeMap::new() };
        let mut ranks = Vec::new();
        for rows in candidates.chunks(ROWS_AT_ONCE) {
            let places: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
            ranks.extend(numbers(&evaluate(&challenge.rank, &source, &places)?.data));
        }
        if let Some((row, rank)) = candidates.iter().zip(&ranks).find(|(_, rank)| !rank.is_finite()) {
            return Err(Box::new(messages::not_finite(challenge.spans.rank, *row, *rank)));
        }
        let mut ties = vec![0; candidates.len()];
        for (place, candidate) in (0..).zip(shuffled(seed, "challenge ties", candidates.len())) {
            ties[candidate as usize] = place;
        }
        Ok(Order { candidates, ranks, ties })
    }

    /// The rows of the candidates, in row order.
    pub fn candidates(&self) -> &[u32] {
        &self.candidates
    }

    /// The rows of the greatest ranks, the greatest first.
    pub fn best(&self, budget: usize) -> Vec<u32> {
        let own: Vec<u32> = (0..).zip(&self.candidates).map(|(place, _)| place).collect();
        self.best_as(budget, &own)
    }

    /// The same where each candidate has the rank of another: `of` names it by its place.
    pub fn best_as(&self, budget: usize, of: &[u32]) -> Vec<u32> {
        let rank = |candidate: usize| self.ranks[of[candidate] as usize];
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        order.sort_by(|a, b| rank(*b).total_cmp(&rank(*a)).then(self.ties[*a].cmp(&self.ties[*b])));
        order.truncate(budget);
        order.into_iter().map(|candidate| self.candidates[candidate]).collect()
    }

    /// The rank of a candidate.
    pub fn rank(&self, row: u32) -> f64 {
        self.candidates.binary_search(&row).ok().map_or(f64::NAN, |at| self.ranks[at])
    }

    /// The candidates with the smallest values, the smallest first.
    pub fn least(&self, budget: usize, value: &dyn Fn(u32) -> f64) -> Vec<u32> {
        let mut order: Vec<(f64, u32, u32)> =
            self.candidates.iter().zip(&self.ties).map(|(row, tie)| (value(*row), *tie, *row)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.truncate(budget);
        order.into_iter().map(|(_, _, row)| row).collect()
    }
}

/// The values of a ranking as reals.
fn numbers(data: &Data) -> Vec<f64> {
    match data {
        // 0 and -0 are the same rank.
        Data::Real(values) => values.iter().map(|value| value + 0.0).collect(),
        Data::Int(values) => values.iter().map(|value| *value as f64).collect(),
        Data::Bool(values) => values.iter().map(|value| f64::from(u8::from(*value))).collect(),
        Data::Ratio(_) => unreachable!("a ranking is checked to be a number or a bool"),
    }
}

/// A dataset with one more column of reals.
fn with_column(dataset: &Dataset, name: &str, values: &[f64]) -> Dataset {
    let values = ArrayD::from_shape_vec(IxDyn(&[values.len()]), values.to_vec()).expect("one axis");
    let column = Column { scalar: crate::data::Scalar::Real, dims: Vec::new(), values: ColumnValues::Real(values) };
    let mut found = dataset.clone();
    found.columns.insert(name.to_owned(), column);
    found
}
