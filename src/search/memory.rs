//! What was found so far, kept in a file, so that a search that was stopped goes on where it was.

use super::runner::Measured;
use crate::estimate::Estimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What candidates gave, by text and references; `None` for those that cannot be run.
pub type Known = BTreeMap<(String, usize), Option<Measured>>;

#[derive(Serialize, Deserialize)]
struct Kept {
    schema: String,
    /// What everything in it depends on.
    key: String,
    runs: Vec<Run>,
}

#[derive(Serialize, Deserialize)]
struct Run {
    hypothesis: String,
    references: usize,
    /// Value, both ends of the interval, standard error, bits.
    found: Option<[f64; 5]>,
}

const SCHEMA: &str = "ansatz-search-progress/1";

/// The bytes of a file. `key` tells searches apart that could give other numbers.
#[must_use]
pub fn write(key: &str, known: &Known) -> Vec<u8> {
    let run = |((hypothesis, references), found): (&(String, usize), &Option<Measured>)| Run {
        hypothesis: hypothesis.clone(),
        references: *references,
        found: found.map(|Measured { metric, bits }| [metric.value, metric.low, metric.high, metric.error, bits]),
    };
    let kept = Kept { schema: SCHEMA.to_owned(), key: key.to_owned(), runs: known.iter().map(run).collect() };
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// What a file holds, if it is of the same search.
#[must_use]
pub fn read(key: &str, bytes: &[u8]) -> Option<Known> {
    let kept: Kept = serde_json::from_slice(bytes).ok()?;
    if kept.schema != SCHEMA || kept.key != key {
        return None;
    }
    let measured =
        |[value, low, high, error, bits]: [f64; 5]| Measured { metric: Estimate { value, low, high, error }, bits };
    Some(kept.runs.into_iter().map(|run| ((run.hypothesis, run.references), run.found.map(measured))).collect())
}
