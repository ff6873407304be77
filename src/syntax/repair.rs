//! Edits for mistakes of grammar: those that are near at hand are tried, and the first after which the text has fewer
//! mistakes is offered.

mod blocks;
mod habits;
mod signs;

use super::parse;
use crate::diagnostics::messages::repairs::{Repair, advice};
use crate::diagnostics::{Diagnostic, Place};
use crate::source::{FileId, Span};
use std::ops::Range;

/// Longer texts take too long to parse again and again.
const LENGTH_LIMIT: usize = 1 << 17;
/// How many bytes are parsed in all.
const WORK_LIMIT: usize = 1 << 21;
/// How many findings edits are looked for, and how many edits are tried in all.
const FINDINGS_LIMIT: usize = 4;
const TRIES_LIMIT: usize = 80;

/// An edit that might mend a mistake.
#[derive(Debug, Clone)]
struct Edit {
    range: Range<usize>,
    replacement: String,
    repair: Repair,
    /// Where the mistake is, if the edit knows it better.
    place: Option<Range<usize>>,
}

impl Edit {
    fn new(repair: Repair, range: Range<usize>, replacement: impl Into<String>) -> Self {
        Edit { range, replacement: replacement.into(), repair, place: None }
    }

    fn put(at: usize, text: impl Into<String>) -> Self {
        Edit::new(Repair::Put, at..at, text)
    }

    fn write(range: Range<usize>, text: impl Into<String>) -> Self {
        Edit::new(Repair::Write, range, text)
    }

    fn remove(range: Range<usize>) -> Self {
        Edit::new(Repair::Remove, range, "")
    }

    fn at(mut self, place: Range<usize>) -> Self {
        self.place = Some(place);
        self
    }
}

/// A mistake and the text around it.
#[derive(Debug, Clone)]
struct Site<'t> {
    text: &'t str,
    /// What the finding points at.
    range: Range<usize>,
    /// What its label says is expected, without backquotes.
    expected: Vec<String>,
    /// The bracket that is open, if the finding says so.
    opener: Option<usize>,
}

impl<'t> Site<'t> {
    fn found(&self) -> &'t str {
        self.text.get(self.range.clone()).unwrap_or("")
    }

    fn before(&self) -> &'t str {
        self.text.get(..self.range.start).unwrap_or("")
    }

    /// Where the token before ends.
    fn gap(&self) -> usize {
        self.before().trim_end().len()
    }

    /// The line of the mistake, without its break.
    fn line(&self) -> Range<usize> {
        let start = self.before().rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text.get(self.range.start..).unwrap_or("");
        start..self.range.start + rest.find('\n').unwrap_or(rest.len())
    }

    fn part(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or("")
    }
}

/// Adds an edit to each of the first findings of grammar that have none.
pub(super) fn repair(file: FileId, text: &str, findings: &mut [Diagnostic]) {
    if text.len() > LENGTH_LIMIT || findings.is_empty() {
        return;
    }
    let count = findings.len();
    let mut tries = 0;
    let without = |finding: &&mut Diagnostic| finding.helps.iter().all(|help| help.fix.is_none());
    for finding in findings.iter_mut().filter(without).take(FINDINGS_LIMIT) {
        let Some(site) = site(text, finding) else { continue };
        let mends = |edit: &Edit| {
            let mended = format!("{}{}{}", &text[..edit.range.start], edit.replacement, &text[edit.range.end..]);
            parse(file, &mended).diagnostics.len() < count
        };
        let edits = candidates(finding.code.id, &site);
        let room = TRIES_LIMIT.min(WORK_LIMIT / text.len().max(1)).saturating_sub(tries);
        tries += edits.len();
        if let Some(edit) = edits.into_iter().take(room).find(mends) {
            offer(file, finding, edit);
        }
    }
}

fn offer(file: FileId, finding: &mut Diagnostic, edit: Edit) {
    if let Some(place) = edit.place {
        finding.primary.place = Place::Source(Span::new(file, place));
    }
    let text = advice(edit.repair, &edit.replacement);
    let found = finding.clone().unsafe_fix(text, Span::new(file, edit.range), edit.replacement);
    *finding = found;
}

fn site<'t>(text: &'t str, finding: &Diagnostic) -> Option<Site<'t>> {
    let Place::Source(span) = finding.primary.place else { return None };
    let expected = finding.primary.text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let opener = finding.secondary.iter().find_map(|label| match label.place {
        Place::Source(span) => Some(span.start as usize),
        _ => None,
    });
    Some(Site { text, range: span.range(), expected, opener })
}

/// The edits that are tried, the likeliest first.
fn candidates(code: &str, site: &Site) -> Vec<Edit> {
    match code {
        "A0011" => [habits::of_python(site), blocks::closing(site), signs::expected(site)].concat(),
        "A0012" => vec![blocks::without_line(site)],
        "A0014" => blocks::moved(site),
        "A0016" => signs::plain_name(site),
        "A0020" => signs::quote(site),
        _ => [
            habits::of_python(site),
            habits::of_claims(site),
            signs::brackets(site),
            signs::expected(site),
            signs::needless(site),
        ]
        .concat(),
    }
}
