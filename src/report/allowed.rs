//! What was allowed: a reader of scores sees what was passed over, and why.

use crate::diagnostics::{Diagnostic, Severity, clean, line_of};
use crate::source::Sources;
use serde::{Deserialize, Serialize};

/// A finding that somebody allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedReport {
    pub code: String,
    pub message: String,
    /// Where it stands; `null` for what stands in no text.
    pub file: Option<String>,
    pub line: Option<u32>,
    /// `null` where it was allowed without one: on the command line, or in `ansatz.toml`.
    pub reason: Option<String>,
}

/// Findings that are suppressed, and errors that are warnings, in order.
#[must_use]
pub fn allowed(findings: &[Diagnostic], sources: &Sources) -> Vec<AllowedReport> {
    let is_allowed = |found: &&Diagnostic| {
        found.suppressed.is_some() || (found.code.severity == Severity::Error && found.severity == Severity::Warning)
    };
    let report = |found: &Diagnostic| {
        let place = line_of(found, sources);
        AllowedReport {
            code: found.code.id.to_owned(),
            message: found.message.clone(),
            file: place.as_ref().map(|(file, _, _)| file.clone()),
            line: place.map(|(_, line, _)| line),
            reason: found.suppressed.as_ref().and_then(|suppressed| suppressed.reason.clone()),
        }
    };
    findings.iter().filter(is_allowed).map(report).collect()
}

/// A line for people.
#[must_use]
pub fn line(found: &AllowedReport) -> String {
    let place = match (&found.file, found.line) {
        (Some(file), Some(line)) => format!(" at {}:{line}", clean(file)),
        _ => String::new(),
    };
    let reason = found.reason.as_ref().map_or_else(|| found.message.clone(), |reason| clean(reason));
    format!("allowed: {}{place}: {reason}", found.code)
}
