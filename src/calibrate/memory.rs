//! What was measured so far, kept in a file, so that a calibration that was stopped goes on where it
//! was.

use super::measure::Known;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Kept {
    schema: String,
    /// What everything in it depends on.
    key: String,
    members: Known,
}

const SCHEMA: &str = "ansatz-calibration-progress/1";

/// The bytes of a file. `key` tells calibrations apart that could give other numbers.
#[must_use]
pub fn write(key: &str, known: &Known) -> Vec<u8> {
    let kept = Kept { schema: SCHEMA.to_owned(), key: key.to_owned(), members: known.clone() };
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// What a file holds, if it is of the same calibration.
#[must_use]
pub fn read(key: &str, bytes: &[u8]) -> Option<Known> {
    let kept: Kept = serde_json::from_slice(bytes).ok()?;
    (kept.schema == SCHEMA && kept.key == key).then_some(kept.members)
}
