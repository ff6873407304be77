//! The words of edits that were found by trying.

use crate::diagnostics::clean;

/// What an edit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Something absent is put in.
    Put,
    /// Something else stands in place of what was written.
    Write,
    Remove,
    /// A line stands elsewhere.
    MoveIntoBlock,
    MoveBeforeBlock,
}

/// The advice for an edit; `text` is what is put or written.
#[must_use]
pub fn advice(repair: Repair, text: &str) -> String {
    let shown = clean(text.trim());
    match repair {
        Repair::Put => format!("put `{shown}` here"),
        Repair::Write => format!("write `{shown}`"),
        Repair::Remove => "remove it".to_owned(),
        Repair::MoveIntoBlock => "move the line into the block before it".to_owned(),
        Repair::MoveBeforeBlock => "move the line before the block".to_owned(),
    }
}
