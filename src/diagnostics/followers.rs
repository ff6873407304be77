//! Findings that follow from a mistake of grammar on their line.

use super::{Diagnostic, Place, clean, sort};
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeSet;

/// Puts findings in order, without those that a mistake of grammar on their line brings about. What is
/// absent from a line, or could not be read, looks wrong to later stages as well; a misspelt name does
/// so by itself, and stays.
pub fn settle(findings: &mut Vec<Diagnostic>, sources: &Sources) {
    let mistakes = findings.iter().filter(|finding| is_grammar(finding));
    let torn: BTreeSet<Line> = mistakes.flat_map(|finding| lines(&finding.primary.place, sources)).collect();
    findings.retain(|finding| {
        let mut labels = std::iter::once(&finding.primary).chain(&finding.secondary);
        is_grammar(finding)
            || is_about_a_name(finding, sources)
            || !labels.any(|label| lines(&label.place, sources).iter().any(|line| torn.contains(line)))
    });
    sort(findings);
}

/// A file by its place in the sources, and a line of it.
type Line = (FileId, u32);

fn is_grammar(finding: &Diagnostic) -> bool {
    finding.code.id.starts_with("A0")
}

/// The lines on which a place and the calls that lead to it start.
fn lines(place: &Place, sources: &Sources) -> Vec<Line> {
    let Place::Source(span) = place else { return Vec::new() };
    let line = |span: &Span| {
        let file = sources.written(span.file);
        Some((file, sources.get(file)?.line(span.start)))
    };
    std::iter::once(span).chain(&sources.calls(span.file)).filter_map(line).collect()
}

/// Whether a finding is about a name that is written, not one that is absent.
fn is_about_a_name(finding: &Diagnostic, sources: &Sources) -> bool {
    let Place::Source(span) = finding.primary.place else { return false };
    let written = sources.get(span.file).map_or("", |file| file.slice(span));
    let quoted = || finding.message.contains(&format!("`{}`", clean(written)));
    matches!(finding.code.id, "A1001" | "A1002") && !written.is_empty() && quoted()
}
