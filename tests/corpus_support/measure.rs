//! What the checker says of a case, held against what a user needs.

use crate::case::Case;
use crate::checking::{Found, check};
use ansatz::diagnostics::{Diagnostic, Edit, Place};
use ansatz::source::{FileId, Span};
use std::ops::Range;
use std::path::Path;

/// How often the edits of a text are applied: a mistake of grammar can hide another one.
const ROUNDS: usize = 6;
/// The text that is checked, among those that it uses.
const MAIN: FileId = FileId(0);

/// What is right about the diagnosis of a case; texts say what is not.
#[derive(Debug)]
pub struct Measured {
    pub place: Option<String>,
    pub code: Option<String>,
    pub cascade: Option<String>,
    pub has_edit: bool,
    pub has_advice: bool,
    /// When the edits are applied, the file has no error and no finding of the case any more.
    pub passes: bool,
    /// What is left to say where it has.
    pub left: Option<String>,
    pub as_meant: bool,
    /// The lines in which the mended text differs from what was meant.
    pub otherwise: Option<String>,
}

pub fn measure(case: &Case) -> Measured {
    let found = checked(case, &case.wrong);
    let first = found.findings.first();
    let (passes, mended, left) = mended(case, &found);
    let as_meant = passes && words(&mended) == words(&case.right);
    let has_edit = first.is_some_and(|first| fix(first, &found).is_some());
    Measured {
        place: place(case, &found),
        code: code(case, first),
        cascade: cascade(case, &found),
        has_edit,
        has_advice: first.is_some_and(|first| !first.helps.is_empty()),
        passes,
        left,
        as_meant,
        otherwise: (passes && !as_meant).then(|| first_difference(&mended, &case.right)),
    }
}

fn checked(case: &Case, text: &str) -> Found {
    check(&case.base.display().to_string(), text, case.base.parent().unwrap_or(Path::new("")))
}

fn place(case: &Case, found: &Found) -> Option<String> {
    let wanted = case.places.first()?;
    let Some(first) = found.findings.first() else { return Some("nothing is found".to_owned()) };
    let Some(span) = own_span(first, found) else { return Some(format!("{}: no place in the text", first.code.id)) };
    let seen = span.range();
    let fits = match wanted.is_empty() {
        true => in_the_gap(&case.wrong, wanted.start, &seen),
        false => seen.start == wanted.start && !case.wrong[seen.clone()].contains('\n'),
    };
    (!fits)
        .then(|| format!("{} at {}, not at {}", first.code.id, shown(&case.wrong, &seen), shown(&case.wrong, wanted)))
}

/// Whether a place is where something is absent: behind the token before, and up to the token that follows.
fn in_the_gap(text: &str, gap: usize, seen: &Range<usize>) -> bool {
    let earliest = text[..gap].trim_end().len();
    let latest = next_token(text, gap);
    (earliest..=latest).contains(&seen.start) && text[seen.clone()].split_whitespace().count() <= 1
}

/// Where the next text begins that is neither white space nor a comment.
fn next_token(text: &str, from: usize) -> usize {
    let rest = text[from..].trim_start();
    let start = text.len() - rest.len();
    match rest.starts_with("//") {
        true => next_token(text, rest.find('\n').map_or(text.len(), |end| start + end)),
        false => start,
    }
}

fn code(case: &Case, first: Option<&Diagnostic>) -> Option<String> {
    let (wanted, seen) = (case.codes.first()?, first.map_or("none", |first| first.code.id));
    (wanted != seen).then(|| format!("{seen}, not {wanted}"))
}

fn cascade(case: &Case, found: &Found) -> Option<String> {
    let messages: Vec<String> =
        found.findings.iter().map(|finding| format!("{} {}", finding.code.id, finding.message)).collect();
    (messages.len() != case.codes.len()).then(|| messages.join("; "))
}

/// The text with the edits of its findings, as often as there are some; whether it is well then, and what is wrong.
fn mended(case: &Case, found: &Found) -> (bool, String, Option<String>) {
    let mut text = case.wrong.clone();
    if found.findings.is_empty() {
        return (false, text, Some("nothing is found".to_owned()));
    }
    for _ in 0..ROUNDS {
        let found = checked(case, &text);
        if !found.findings.iter().any(|finding| is_wrong(case, finding)) {
            return (true, text, None);
        }
        let mut edits: Vec<&Edit> =
            found.findings.iter().filter_map(|finding| fix(finding, &found)).flatten().collect();
        if edits.is_empty() {
            return (false, text, left(case, &found));
        }
        edits.sort_by_key(|fix| (fix.span.start, fix.span.end));
        text = applied(&text, &edits);
    }
    let found = checked(case, &text);
    let left = left(case, &found);
    (left.is_none(), text, left)
}

fn left(case: &Case, found: &Found) -> Option<String> {
    let first = found.findings.iter().find(|finding| is_wrong(case, finding))?;
    Some(format!("{} {}", first.code.id, first.message))
}

fn is_wrong(case: &Case, finding: &Diagnostic) -> bool {
    finding.is_error() || case.codes.iter().any(|code| code == finding.code.id)
}

/// The first edit that a finding offers for the file itself.
fn fix<'a>(finding: &'a Diagnostic, found: &Found) -> Option<&'a [Edit]> {
    let fix = finding.helps.iter().find_map(|help| help.fix.as_ref())?;
    fix.edits.iter().all(|edit| found.sources.written(edit.span.file) == MAIN).then_some(&fix.edits)
}

fn applied(text: &str, edits: &[&Edit]) -> String {
    let (mut out, mut end) = (String::new(), 0);
    for fix in edits {
        let span = fix.span.range();
        if span.start < end {
            continue;
        }
        out.push_str(&text[end..span.start]);
        out.push_str(&fix.replacement);
        end = span.end;
    }
    out.push_str(&text[end..]);
    out
}

fn own_span(finding: &Diagnostic, found: &Found) -> Option<Span> {
    match finding.primary.place {
        Place::Source(span) if found.sources.written(span.file) == MAIN => Some(span),
        _ => None,
    }
}

/// A place in words: line, column and text.
fn shown(text: &str, place: &Range<usize>) -> String {
    let before = text.get(..place.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let written: String = text.get(place.clone()).unwrap_or("").chars().take(40).collect();
    format!("{line}:{column} `{}`", written.escape_debug())
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn first_difference(mended: &str, right: &str) -> String {
    let other = mended.lines().zip(right.lines()).find(|(one, other)| words(one) != words(other));
    let line = other.map_or("lines are added or left out", |(line, _)| line.trim());
    format!("`{}`", line.chars().take(120).collect::<String>())
}
