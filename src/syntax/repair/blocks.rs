//! Edits about the brackets of blocks, and lines in the wrong block.

use super::{Edit, Site};
use crate::diagnostics::messages::repairs::Repair;

/// The bracket that closes what is open.
pub(super) fn closing(site: &Site) -> Vec<Edit> {
    let opener = site.opener.and_then(|at| site.text.get(at..)).and_then(|rest| rest.chars().next());
    match opener {
        Some('(') => vec![Edit::put(site.gap(), ")")],
        Some('[') => vec![Edit::put(site.gap(), "]")],
        _ => brace(site),
    }
}

/// A brace on a line of its own: where the indentation says that a block ends, or at the place itself.
fn brace(site: &Site) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some((at, indent)) = by_indentation(site.text) {
        edits.push(Edit::put(at, format!("\n{}}}", " ".repeat(indent))).at(at..at));
    }
    let indent = site.opener.map_or(0, |opener| indentation(line_of(site.text, opener)));
    edits.push(Edit::put(site.gap(), format!("\n{}}}", " ".repeat(indent))));
    edits.push(Edit::put(site.gap(), " }"));
    edits
}

/// Where a block is left that has no brace: the end of the text before a line that stands further out than the
/// block, and the indentation of the line that opens it.
fn by_indentation(text: &str) -> Option<(usize, usize)> {
    let mut open: Vec<usize> = Vec::new();
    let (mut start, mut last) = (0, 0);
    for line in text.split_inclusive('\n') {
        let code = line.split("//").next().unwrap_or("").trim_end();
        let depth = indentation(line);
        if !code.trim().is_empty() {
            let closes = code.trim_start().starts_with('}');
            match open.last() {
                Some(indent) if depth < *indent || depth == *indent && !closes => return Some((last, *indent)),
                _ => {}
            }
            let (opens, shuts) = braces(code);
            (shuts..opens).for_each(|_| open.push(depth));
            open.truncate(open.len() - shuts.saturating_sub(opens).min(open.len()));
            last = start + code.len();
        }
        start += line.len();
    }
    None
}

/// The braces of a line that stand in no string.
fn braces(code: &str) -> (usize, usize) {
    let outside = code.split('"').step_by(2);
    outside.fold((0, 0), |(opens, shuts), part| (opens + part.matches('{').count(), shuts + part.matches('}').count()))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("")
}

/// Without a bracket, and without its line if nothing else stands on it.
pub(super) fn without_line(site: &Site) -> Edit {
    let line = site.line();
    let alone = site.part(line.clone()).trim() == site.found();
    let end = (line.end + 1).min(site.text.len());
    Edit::remove(if alone { line.start..end } else { site.range.clone() })
}

/// A statement behind a block moves into it; a declaration in a block moves before it.
pub(super) fn moved(site: &Site) -> Vec<Edit> {
    let line = site.line();
    let written = site.part(line.clone());
    let mut edits = Vec::new();
    let outside = site.before().trim_end();
    if outside.ends_with('}') {
        let brace = outside.len() - 1;
        edits.push(Edit::new(Repair::MoveIntoBlock, brace..line.end, format!("{}\n}}", written.trim_end())));
    }
    let end = (line.end + 1).min(site.text.len());
    if let Some(head) = head(site.before()) {
        let block = site.part(head..line.start);
        edits.push(Edit::new(Repair::MoveBeforeBlock, head..end, format!("{}\n\n{block}", written.trim())));
    }
    edits.push(Edit::remove(line.start..end));
    edits
}

/// Where the declaration begins in which a place lies: its first line without indentation, and the notes before it.
fn head(before: &str) -> Option<usize> {
    let mut starts: Vec<usize> = std::iter::once(0).chain(before.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let of = |start: usize| before.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    while let Some(start) = starts.pop() {
        if of(start).starts_with(|first: char| first.is_alphabetic()) {
            let notes = starts.iter().rev().take_while(|note| of(**note).starts_with("///")).last();
            return Some(notes.copied().unwrap_or(start));
        }
    }
    None
}
