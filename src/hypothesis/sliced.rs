//! The exact baseline of each slice of a dataset: the outputs of every row paired with the labels,
//! targets and masks of the rows of the slice.

use super::shuffled::{ExactShuffle, each_row};
use super::slices::Slicing;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::feature::{Measured, split};
use std::collections::BTreeMap;

/// Which slices have which of the different values of an [`ExactShuffle`].
#[derive(Debug, Clone)]
pub struct SliceShares {
    /// For row k of its table and each cell: the slices in which this value occurs, and the share of
    /// their rows that have it.
    shares: Vec<Vec<Vec<(usize, f64)>>>,
    /// By slice the share of the elements that count, over its rows.
    counted: Vec<f64>,
}

impl SliceShares {
    /// Slices are numbered through all slicings, in order.
    ///
    /// # Errors
    /// A fault of evaluation on some row.
    pub fn of(
        exact: &ExactShuffle,
        measured: &Measured,
        dataset: &Dataset,
        slicings: &[Slicing],
    ) -> Result<SliceShares, Box<Diagnostic>> {
        let split = split(measured).expect("an exact baseline is that of a behaviour that is taken apart");
        let mut counts: Vec<Vec<BTreeMap<usize, usize>>> =
            vec![vec![BTreeMap::new(); exact.count_cells()]; exact.len()];
        let mut numbers: Vec<BTreeMap<Vec<u64>, usize>> = vec![BTreeMap::new(); exact.count_cells()];
        each_row(&split, dataset, &mut |_, row, keys| {
            for (cell, key) in keys.into_iter().enumerate() {
                let next = numbers[cell].len();
                let number = *numbers[cell].entry(key).or_insert(next);
                for slice in slices_of(slicings, row) {
                    *counts[number][cell].entry(slice).or_insert(0) += 1;
                }
            }
            true
        })?;
        let sizes: Vec<usize> = slicings.iter().flat_map(|slicing| slicing.rows.iter().copied()).collect();
        let share = |(slice, count): (usize, usize)| (slice, count as f64 / sizes[slice].max(1) as f64);
        let of_cell = |cell: BTreeMap<usize, usize>| cell.into_iter().map(share).collect();
        let of_row = |row: Vec<BTreeMap<usize, usize>>| row.into_iter().map(of_cell).collect();
        let shares: Vec<Vec<Vec<(usize, f64)>>> = counts.into_iter().map(of_row).collect();
        let mut counted = vec![1.0; sizes.len()];
        if let Some(mask) = &split.mask {
            counted = vec![0.0; sizes.len()];
            exact.each_counted(mask, &mut |row, cell, elements| {
                shares[row][cell].iter().for_each(|(slice, share)| counted[*slice] += share / elements);
            })?;
        }
        Ok(SliceShares { shares, counted })
    }

    /// How many slices there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counted.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// By slice the share of the elements that count.
    #[must_use]
    pub fn counted(&self) -> &[f64] {
        &self.counted
    }

    /// Adds the value of a row of the table in a cell to the sum of each slice that has it.
    pub(super) fn add(&self, sums: &mut [f64], (row, cell): (usize, usize), value: f64) {
        for (slice, share) in &self.shares[row][cell] {
            sums[*slice] += share * value;
        }
    }
}

/// The slices of a row, one of each slicing, numbered through all of them.
fn slices_of(slicings: &[Slicing], row: usize) -> impl Iterator<Item = usize> + '_ {
    let mut first = 0;
    slicings.iter().map(move |slicing| {
        let own = first + slicing.of_row[row] as usize;
        first += slicing.values.len();
        own
    })
}
