//! What the executor is given, and what it has seen.

use super::gather::Estimator;
use super::join::append;
use crate::diagnostics::Diagnostic;
use crate::engine::Value;
use crate::estimate::Point;
use crate::model::TensorId;
use crate::plan::Item;
use crate::sample::ClassTable;
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// The inputs of the model, by dataset row.
pub trait Inputs: Sync {
    /// Rows of the dataset that hypotheses are about.
    fn rows(&self) -> usize;
    /// Rows of all datasets, those of others behind.
    fn all_rows(&self) -> usize {
        self.rows()
    }
    /// The value of a graph input on some rows, rows along axis 0.
    fn value(&self, input: TensorId, rows: &[u32]) -> Value;
}

/// What a behaviour is computed from, example by example.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The outputs that the behaviour reads, in its order; examples along axis 0.
    pub outputs: &'a [Value],
    /// The same of the untouched model for `rows`, if the behaviour reads them.
    pub clean: Option<&'a [Value]>,
    /// By example the dataset row that everything else is taken from: labels, targets, masks.
    pub rows: &'a [u32],
    /// By example the ordinal of the reference; empty in a clean pass, which has no references.
    pub ordinals: &'a [usize],
}

/// A behaviour: a number, or a weighted sum over positions, for each example.
pub trait Score: Sync {
    /// One point for each example.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Fault>;
    /// For each example the mean point of its outputs with the labels of every row of the dataset
    /// (`rows` and `clean` are not read): the baseline `shuffled`, exactly. `None` where that would
    /// cost too much, or where nobody asks for it.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    fn shuffled(&self, seen: &Seen<'_>) -> Result<Option<Vec<Point>>, Fault>;
    /// The same with the mean point over the labels of each slice of the rows, where slices are
    /// known.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    fn shuffled_by_slice(&self, seen: &Seen<'_>) -> Result<Option<ShuffledPoints>, Fault> {
        let found = self.shuffled(seen)?;
        Ok(found.map(|whole| ShuffledPoints { of_slices: vec![Vec::new(); whole.len()], whole }))
    }
    /// Whether it reads outputs of the untouched model on the reference.
    fn reads_clean(&self) -> bool {
        false
    }
}

/// The baseline `shuffled` of some examples.
#[derive(Debug, Clone, PartialEq)]
pub struct ShuffledPoints {
    /// With the labels of all rows.
    pub whole: Vec<Point>,
    /// By example, with the labels of each slice.
    pub of_slices: Vec<Vec<Point>>,
}

/// One hypothesis to run: the item it was planned as, and its behaviour.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub item: Item<'a>,
    pub score: &'a dyn Score,
    /// Which entry of [`Observed::clean`] belongs to it.
    pub behaviour: usize,
    /// The classes that means are taken over.
    pub classes: &'a ClassTable<'a>,
    pub estimator: Option<&'a dyn Estimator>,
}

/// The behaviours that the clean pass computes, with the outputs they read.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Behaviour<'a> {
    pub score: &'a dyn Score,
    pub outputs: &'a [TensorId],
    /// Rows whose outputs are to be paired with the labels of another, sorted: the baseline
    /// `shuffled` where it is sampled, and reads no outputs of the untouched model.
    pub pairs: &'a [(u32, u32)],
}

/// What a run has seen.
#[derive(Debug)]
pub struct Observed {
    /// For each behaviour.
    pub clean: Vec<Clean>,
    /// For each hypothesis.
    pub scrubbed: Vec<Scrubbed>,
}

/// A behaviour of the untouched model, by dataset row.
#[derive(Debug, Clone)]
pub struct Clean {
    pub model: Vec<Point>,
    /// Mean over all rows of the dataset of the behaviour of this row's outputs with that row's
    /// labels: the mean of this is the exact `shuffled` baseline. `None` if it is not exact.
    pub shuffled: Option<Vec<Point>>,
    /// By slice the sum over all rows of the same with the labels of the slice.
    pub of_slices: Vec<Point>,
    /// The outputs of the first row of each pair with the labels of the second.
    pub paired: BTreeMap<(u32, u32), Point>,
}

impl Clean {
    /// Room for so many rows.
    pub(super) fn of(rows: usize) -> Clean {
        Clean { model: vec![Point::NONE; rows], shuffled: None, of_slices: Vec::new(), paired: BTreeMap::new() }
    }
}

/// A behaviour under a hypothesis, by reference.
#[derive(Debug, Clone)]
pub struct Scrubbed {
    pub points: Vec<Point>,
    /// The untouched model's outputs of the reference with the labels and the clean outputs of the
    /// row of the baseline's draw, if the item has one and the behaviour reads clean outputs.
    pub baseline: Option<Vec<Point>>,
    /// Clean and scrubbed outputs by reference, if they were to be kept.
    pub outputs: Option<(Vec<Value>, Vec<Value>)>,
    pub swaps: Vec<super::audit::Swap>,
}

impl Scrubbed {
    /// Adds what was seen of the references that follow.
    pub fn append(&mut self, next: Scrubbed) {
        self.points.extend(next.points);
        if let (Some(all), Some(own)) = (&mut self.baseline, next.baseline) {
            all.extend(own);
        }
        match (&mut self.outputs, next.outputs) {
            // No reference has left no value to add to.
            (Some((clean, _)), Some(next)) if clean.is_empty() => self.outputs = Some(next),
            (Some((clean, scrubbed)), Some((next_clean, next_scrubbed))) => {
                clean.iter_mut().zip(&next_clean).for_each(|(whole, part)| append(whole, part));
                scrubbed.iter_mut().zip(&next_scrubbed).for_each(|(whole, part)| append(whole, part));
            }
            _ => {}
        }
        self.swaps.iter_mut().zip(next.swaps).for_each(|(swap, more)| swap.add(&more));
    }

    /// The mean of each reference.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value()).collect()
    }
}
