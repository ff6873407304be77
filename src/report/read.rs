//! A report from its JSON form.

use super::{Report, SCHEMA};
use serde::{Deserialize, Deserializer, de::Error};

/// One of the words of a fixed list.
pub type Word = &'static str;

/// Every word that a report takes from a list.
const WORDS: &[Word] = &[
    SCHEMA,
    "confirmed",
    "undecided",
    "refuted",
    "none",
    "arrow",
    "unclaimed",
    "draw",
    "rest",
    "recovered",
    "scrubbed",
    "clean",
    "iia",
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "!=",
    "label",
    "feature",
    "cancellation",
    "slice",
    "as asked",
    "decided",
    "precision reached",
    "budget spent",
    "all rows",
    "reference",
    "onnxruntime",
];

/// # Errors
/// A text that is no such word.
pub fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    let text = String::deserialize(from)?;
    let found = WORDS.iter().find(|word| **word == text);
    found.copied().ok_or_else(|| D::Error::unknown_variant(&text, WORDS))
}

/// What [`super::json`] wrote.
///
/// # Errors
/// Why it is no report of this version, in words.
pub fn read(bytes: &[u8]) -> Result<Report, String> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(schema) if schema == SCHEMA => {}
        Some(other) => return Err(format!("its schema is {other}, not {SCHEMA}")),
        None => return Err(format!("its schema is not {SCHEMA}")),
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}
