//! The slices of the dataset of a group, and what each hypothesis gives in them.

use super::Group;
use super::compare::Shuffle;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::estimate::{Baseline, Inputs, Point, Slice, SliceBaseline};
use crate::hypothesis::{Checked, Shuffled, SliceShares, Slicing, slicings};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a behaviour is sliced.
#[derive(Debug)]
pub struct Sliced {
    pub slicings: Arc<Vec<Slicing>>,
    /// Where its baseline is exact.
    pub shares: Option<Arc<SliceShares>>,
}

/// What is known of the slices of one hypothesis.
#[derive(Debug, Clone)]
pub struct SlicesSeen {
    pub slicings: Arc<Vec<Slicing>>,
    /// By slice, through all slicings, the exact baseline; empty where it is sampled.
    pub exact: Vec<f64>,
    /// By reference the row whose labels a sampled baseline pairs its outputs with.
    pub paired_with: Option<Vec<u32>>,
}

/// The slices of each behaviour of a group, by its name.
///
/// # Errors
/// A fault of evaluation on some row.
pub fn of_behaviours(
    group: &Group<'_>,
    checked: &Checked,
    dataset: &Dataset,
) -> Result<BTreeMap<String, Sliced>, Box<Diagnostic>> {
    let none = BTreeMap::new();
    let mut found = BTreeMap::new();
    for prepared in &group.prepared {
        let ready = prepared.ready;
        if found.contains_key(&ready.behaviour) {
            continue;
        }
        let features = checked.features.get(&(ready.model, ready.data)).unwrap_or(&none);
        let slicings = slicings(ready, features, dataset);
        let shares = match &ready.shuffled {
            Shuffled::Exact(exact) => Some(Arc::new(SliceShares::of(exact, &ready.measured, dataset, &slicings)?)),
            Shuffled::Sampled | Shuffled::Nothing(_) => None,
        };
        found.insert(ready.behaviour.clone(), Sliced { slicings: Arc::new(slicings), shares });
    }
    Ok(found)
}

impl SlicesSeen {
    /// The part of what was seen that belongs to a slice, by the number of its slicing and its own.
    /// Its baseline is that of its labels: outputs of any row with the labels of its rows; of a
    /// hypothesis that serves as the baseline, the references of the slice.
    pub fn slice(
        &self,
        inputs: Inputs<'_>,
        shuffle: Option<&Shuffle>,
        (slicing, number): (usize, usize),
        references: &[u32],
    ) -> Slice {
        let own = &self.slicings[slicing];
        let is_of = |row: &u32| own.of_row[*row as usize] as usize == number;
        let is_member: Vec<bool> = references.iter().map(is_of).collect();
        let first: usize = self.slicings[..slicing].iter().map(|other| other.values.len()).sum();
        let only = |points: &[Point], keep: &dyn Fn(usize) -> bool| -> Vec<Point> {
            points.iter().enumerate().map(|(at, point)| if keep(at) { *point } else { Point::NONE }).collect()
        };
        let baseline = match (inputs.baseline, shuffle, &self.paired_with) {
            (Baseline::Exact(_), Some(_), _) => {
                SliceBaseline::Exact(self.exact.get(first + number).copied().unwrap_or(f64::NAN))
            }
            (Baseline::Exact(value), None, _) => SliceBaseline::Exact(value),
            (Baseline::Sampled(points), Some(_), Some(rows)) => {
                SliceBaseline::Sampled(only(points, &|at| is_of(&rows[at])))
            }
            (Baseline::Sampled(points), ..) => SliceBaseline::Sampled(only(points, &|at| is_member[at])),
        };
        Slice::of(inputs, &is_member, &baseline, own.rows[number])
    }
}
