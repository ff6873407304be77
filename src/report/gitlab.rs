//! The code quality report of GitLab: a list of findings, each with a place and a fingerprint.

use crate::diagnostics::{Diagnostic, Severity, line_of};
use crate::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The report of the files that were checked, each with its name. GitLab counts paths from the top of the
/// repository; these are as they were given.
#[must_use]
pub fn findings(all: &[(&str, Vec<Diagnostic>, &Sources)]) -> String {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let list: Vec<Value> = all
        .iter()
        .flat_map(|(name, findings, sources)| findings.iter().map(move |finding| (name, finding, sources)))
        .map(|(name, finding, sources)| {
            let (path, line, column) = line_of(finding, sources).unwrap_or(((*name).to_owned(), 1, 1));
            let said = format!("{path}\u{0}{}\u{0}{}", finding.code.id, finding.message);
            let again = known.entry(said.clone()).or_default();
            *again += 1;
            json!({
                "description": finding.message,
                "check_name": finding.code.id,
                "fingerprint": fingerprint(&said, *again),
                "severity": match finding.severity { Severity::Error => "major", Severity::Warning => "minor" },
                "location": {"path": path, "positions": {"begin": {"line": line, "column": column}}},
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(list))
}

/// What stays where lines move: of several findings that say the same, by their order.
fn fingerprint(said: &str, again: usize) -> String {
    blake3::hash(format!("{said}\u{0}{again}").as_bytes()).to_hex().to_string()
}
