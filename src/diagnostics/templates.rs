//! Replacements that need the text around them. Stages that make findings do not have it; [`super::settle`] does, and
//! puts it in.

use super::{Diagnostic, Edit};
use crate::source::{SourceFile, Sources};

/// The text that is replaced.
pub const WRITTEN: char = '\u{0}';
/// What follows on the line: it is replaced too.
pub const REST: char = '\u{1}';
/// What stands before on the line: it is replaced too.
pub const BEFORE: char = '\u{2}';
/// The indentation of the line.
pub const INDENT: char = '\u{3}';
/// The list in square brackets that follows, in round ones: it is replaced too.
pub const CALL: char = '\u{4}';
/// All of the line is removed.
pub const LINE: char = '\u{5}';
/// [`LINE`] as a text.
pub const LINE_TEXT: &str = "\u{5}";
/// An element of a list is removed with its comma, and with the words before the list if it is the only one.
pub const ELEMENT: char = '\u{6}';
/// In a path in quotes: all but the name of the file, for which another name follows.
pub const FOLDER: char = '\u{7}';

/// Whether a replacement has to be filled.
fn is_template(replacement: &str) -> bool {
    replacement.contains(|part| (WRITTEN..=FOLDER).contains(&part))
}

/// Fills the replacements of a finding, and removes lines of which a removal leaves nothing.
pub(super) fn fill(finding: &mut Diagnostic, sources: &Sources) {
    for help in &mut finding.helps {
        let Some(fix) = &mut help.fix else { continue };
        let mut is_whole = true;
        for edit in &mut fix.edits {
            let Some(file) = sources.get(sources.written(edit.span.file)) else { continue };
            match filled(edit, file) {
                Some(filled) => *edit = filled,
                None => is_whole &= !is_template(&edit.replacement),
            }
        }
        if !is_whole {
            help.fix = None;
        }
    }
}

fn filled(fix: &Edit, file: &SourceFile) -> Option<Edit> {
    let text = file.text.as_str();
    let (mut start, mut end) = (fix.span.start as usize, fix.span.end as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = end + text.get(end..)?.find('\n').unwrap_or(text.len() - end);
    let (before, written, rest) = (text.get(line..start)?, text.get(start..end)?, text.get(end..line_end)?);
    let indent = &before[..before.len() - before.trim_start().len()];
    let template = fix.replacement.as_str();
    let whole_line =
        template.contains(LINE) || template.is_empty() && (before.trim().is_empty() && rest.trim().is_empty());
    if whole_line {
        let end = (line_end + 1).min(text.len());
        return Some(at(fix, line, end, String::new()));
    }
    if !is_template(template) {
        return None;
    }
    if template.contains(ELEMENT) {
        return element(fix, text);
    }
    if let Some(name) = template.strip_prefix(FOLDER) {
        let folder = written.rfind('/').map_or("\"", |slash| &written[..=slash]);
        return Some(at(fix, start, end, format!("{folder}{name}\"")));
    }
    let mut list = "";
    if template.contains(CALL) {
        list = rest.strip_prefix('[')?.split(']').next()?;
        end += list.len() + 2;
    }
    if template.contains(REST) {
        end = line_end;
    }
    if template.contains(BEFORE) {
        start = line;
    }
    let mut replacement = String::new();
    for part in template.chars() {
        match part {
            WRITTEN => replacement.push_str(written),
            REST => replacement.push_str(rest),
            BEFORE => replacement.push_str(before),
            INDENT => replacement.push_str(indent),
            CALL => replacement.push_str(&format!("({list})")),
            other => replacement.push(other),
        }
    }
    Some(at(fix, start, end, replacement))
}

/// Without the comma before an element, or behind it, or without the words that begin the list.
fn element(fix: &Edit, text: &str) -> Option<Edit> {
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    let (before, after) = (text.get(..start)?, text.get(end..)?);
    if let Some(before) = before.trim_end().strip_suffix(',') {
        return Some(at(fix, before.len(), end, String::new()));
    }
    if let Some(rest) = after.strip_prefix(',') {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        return Some(at(fix, start, end + 1 + spaces, String::new()));
    }
    let words = before.trim_end().strip_suffix("via")?.trim_end().strip_suffix("except")?;
    Some(at(fix, words.trim_end().len(), end, String::new()))
}

fn at(fix: &Edit, start: usize, end: usize, replacement: String) -> Edit {
    let mut moved = fix.clone();
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (moved.span.start, moved.span.end) = (clamp(start), clamp(end));
    moved.replacement = replacement;
    moved
}
