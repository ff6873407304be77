//! The layout of the language, as edits of the lines that change.

use super::view::View;
use crate::format::format;
use crate::source::Span;
use lsp_types::TextEdit;

/// Begins files of some editors; it says nothing about UTF-8.
const MARK: &str = "\u{feff}";

/// The edits that lay a text out; `None` for a text with mistakes, which is left as it is.
#[must_use]
pub fn edits(view: &View) -> Option<Vec<TextEdit>> {
    let unit = &view.unit;
    let (mark, text) = match unit.text.strip_prefix(MARK) {
        Some(text) => (MARK.len(), text),
        None => (0, unit.text.as_ref()),
    };
    let after = format(unit.id, text).ok()?;
    if after == text {
        return Some(Vec::new());
    }
    let before: Vec<&str> = text.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let same = before.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let left = before.len().min(new.len()) - same;
    let tail = before.iter().rev().zip(new.iter().rev()).take(left).take_while(|(one, other)| one == other).count();
    let bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = mark + bytes(before.get(..same)?);
    let end = mark + bytes(before.get(..before.len() - tail)?);
    let new_text = new.get(same..new.len() - tail)?.concat();
    Some(vec![TextEdit { range: view.range(Span::new(unit.id, start..end)), new_text }])
}
