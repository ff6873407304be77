//! Workflow commands of GitHub Actions: what is wrong stands beside the line of the file that says it.

use super::text::expected;
use super::{ExpectationReport, Report};
use crate::diagnostics::{self, Diagnostic, Severity, clean};
use crate::source::Sources;
use std::fmt::Write;

/// One line for each expectation that is not confirmed.
#[must_use]
pub fn expectations(report: &Report, strict: bool) -> String {
    let mut out = String::new();
    let mut tell = |expectation: &ExpectationReport, name: &str, of: &str| {
        let level = match expectation.verdict {
            "refuted" => "error",
            "undecided" if strict => "error",
            "undecided" => "warning",
            _ => return,
        };
        let title = format!("{}: {}", clean(name), expectation.verdict);
        let line = Some((expectation.file.as_str(), expectation.line, None));
        command(level, line, &title, &expected(expectation, of), &mut out);
    };
    for found in &report.hypotheses {
        found.expectations.iter().for_each(|expectation| tell(expectation, &found.name, &found.behaviour));
    }
    for found in &report.interchanges {
        found.expectations.iter().for_each(|expectation| tell(expectation, &found.name, &found.feature));
    }
    out
}

/// One line for each finding.
#[must_use]
pub fn findings(findings: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for finding in findings {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = diagnostics::line_of(finding, sources);
        let place = place.as_ref().map(|(file, line, column)| (file.as_str(), *line, Some(*column)));
        let help = finding.helps.first().map(|help| format!("\n{}", help.text)).unwrap_or_default();
        command(level, place, finding.code.id, &format!("{}{help}", finding.message), &mut out);
    }
    out
}

/// `::error file=a.ansatz,line=3,title=A3001::message`
fn command(level: &str, place: Option<(&str, u32, Option<u32>)>, title: &str, message: &str, out: &mut String) {
    let mut properties = Vec::new();
    if let Some((file, line, column)) = place {
        properties.push(format!("file={}", property(file)));
        properties.push(format!("line={line}"));
        properties.extend(column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", property(title)));
    let _ = writeln!(out, "::{level} {}::{}", properties.join(","), data(message));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_end_a_command() {
        let mut out = String::new();
        command("error", Some(("a,b:c.ansatz", 3, Some(5))), "x::y", "50 %\n::error::made up", &mut out);
        assert_eq!(out, "::error file=a%2Cb%3Ac.ansatz,line=3,col=5,title=x%3A%3Ay::50 %25%0A::error::made up\n");
    }
}
