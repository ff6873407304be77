//! Which rows are searched on, and which are held out.

use crate::data::{Dataset, row_keys};
use crate::hypothesis::BoundModel;
use crate::sample::Stream;
use std::collections::BTreeMap;

/// Rows of a dataset, each side in row order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub held_out: Vec<u32>,
}

/// Splits rows by a keyed order, so that this share of the groups is searched on. Rows with the same
/// `group` stay together: a datum that is there twice is on one side.
#[must_use]
pub fn split(groups: &[u32], share: f64, seed: u64) -> Split {
    let stream = Stream::new(seed, "search split");
    let mut own: Vec<u32> = groups.to_vec();
    own.sort_unstable();
    own.dedup();
    let mut order: Vec<(u64, u32)> = own.iter().map(|group| (stream.at(u64::from(*group)), *group)).collect();
    order.sort_unstable();
    let train = ((order.len() as f64) * share).round() as usize;
    let chosen: std::collections::BTreeSet<u32> = order.iter().take(train).map(|(_, group)| *group).collect();
    let rows = |is_train: bool| {
        let rows = groups.iter().enumerate().filter(|(_, group)| chosen.contains(group) == is_train);
        rows.map(|(row, _)| u32::try_from(row).unwrap_or(u32::MAX)).collect()
    };
    Split { train: rows(true), held_out: rows(false) }
}

/// Rows that are the same to a model, numbered by the first of them.
#[must_use]
pub fn same_inputs(data: &Dataset, model: &BoundModel) -> Vec<u32> {
    let inputs: Vec<&str> = model.inputs.iter().map(|input| input.name.as_str()).collect();
    let mut first: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    (0_u32..).zip(row_keys(data, &inputs)).map(|(row, key)| *first.entry(key).or_insert(row)).collect()
}

/// The two parts of a dataset.
#[must_use]
pub fn parts(data: &Dataset, split: &Split) -> (Dataset, Dataset) {
    (data.select(&split.train), data.select(&split.held_out))
}
