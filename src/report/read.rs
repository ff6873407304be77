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
    "metric",
    "slice",
    "as asked",
    "decided",
    "precision reached",
    "budget spent",
    "all rows",
    "reference",
    "onnxruntime",
    "random",
    "matched",
    "confidence",
    "permuted",
    "rate",
    "ratio",
    "auroc",
    "precision",
    "effect",
    "direct",
    "mahalanobis",
    "trusted",
    "supervised",
];

/// # Errors
/// A text that is no such word.
pub fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    let text = String::deserialize(from)?;
    let found = WORDS.iter().find(|word| **word == text);
    found.copied().ok_or_else(|| D::Error::custom(format!("it says `{text}` where no report of this version does")))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The words of all lists in a schema.
    fn listed(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(fields) => {
                let own = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
                found.extend(own.filter_map(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| listed(field, found));
            }
            Value::Array(all) => all.iter().for_each(|one| listed(one, found)),
            _ => {}
        }
    }

    #[test]
    fn all_words_of_the_schema_are_known() {
        let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("it is JSON");
        let mut words = Vec::new();
        listed(&schema, &mut words);
        assert!(words.len() > 20, "{words:?}");
        for text in words {
            assert!(WORDS.contains(&text.as_str()), "{text} is in the schema, and would not be read");
        }
    }
}
