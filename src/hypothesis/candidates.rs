//! The candidates of a challenge: which rows of a dataset can be tried.

use crate::data::{Dataset, row_keys};
use crate::diagnostics::Diagnostic;
use crate::feature::{Classes, Data, Source, Typed, classes, evaluate};
use std::collections::{BTreeMap, BTreeSet};

type Fault = Box<Diagnostic>;

/// Rows of a dataset as candidates.
#[derive(Debug)]
pub struct Candidates {
    /// Rows of the dataset.
    pub rows: usize,
    /// Rows that repeat an earlier one in all inputs of the model.
    pub duplicates: usize,
    /// Rows that are in the hypothesis' own dataset too.
    pub known: usize,
    /// The others, in row order: the source.
    pub source: Vec<u32>,
    /// Those of the source that pass the filter, in row order.
    pub passing: Vec<u32>,
    /// What the matched control agrees on, by row of the dataset.
    pub strata: Option<Classes>,
}

/// Rows are evaluated this many at a time.
const ROWS_AT_ONCE: usize = 4_096;

/// The rows of `dataset` that are new in the inputs: neither repeated nor rows of `own`, which the
/// hypothesis was made for.
pub fn new_rows(dataset: &Dataset, own: Option<&Dataset>, inputs: &[&str]) -> Candidates {
    let known: BTreeSet<[u8; 32]> = own.map(|own| row_keys(own, inputs).into_iter().collect()).unwrap_or_default();
    let mut seen: BTreeSet<[u8; 32]> = BTreeSet::new();
    let (mut duplicates, mut of_own) = (0, 0);
    let mut source = Vec::new();
    for (row, key) in (0_u32..).zip(row_keys(dataset, inputs)) {
        if !seen.insert(key) {
            duplicates += 1;
        } else if known.contains(&key) {
            of_own += 1;
        } else {
            source.push(row);
        }
    }
    let passing = source.clone();
    Candidates { rows: dataset.rows, duplicates, known: of_own, source, passing, strata: None }
}

impl Candidates {
    /// Keeps what passes a filter, a bool for each row.
    ///
    /// # Errors
    /// A fault of evaluation.
    pub fn filter(&mut self, filter: &Typed, dataset: &Dataset) -> Result<(), Fault> {
        let source = Source { dataset, outputs: BTreeMap::new() };
        let mut passing = Vec::new();
        for rows in self.source.chunks(ROWS_AT_ONCE) {
            let places: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
            let Data::Bool(values) = evaluate(filter, &source, &places)?.data else { continue };
            passing.extend(rows.iter().zip(values).filter(|(_, passes)| *passes).map(|(row, _)| *row));
        }
        self.passing = passing;
        Ok(())
    }

    /// Sorts the rows by what a control shall agree on.
    ///
    /// # Errors
    /// A fault of evaluation, or a value that is not discrete.
    pub fn sort_by(&mut self, matched: &[Typed], dataset: &Dataset) -> Result<(), Fault> {
        self.strata = Some(classes(matched, dataset, None)?);
        Ok(())
    }

    /// Whether no two candidates agree on it.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        let Some(strata) = &self.strata else { return false };
        let of = |row: &u32| strata.of_row.get(*row as usize).copied();
        let values: BTreeSet<Option<u32>> = self.passing.iter().map(of).collect();
        self.passing.len() > 1 && values.len() == self.passing.len()
    }
}
