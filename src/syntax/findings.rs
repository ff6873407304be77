//! The findings of one text, with a bound on their number.

use crate::diagnostics::messages::syntax as messages;
use crate::diagnostics::{Diagnostic, Place};
use crate::source::{FileId, Span};

/// How many findings one text gives at most; drawing more would take longer than reading them.
const FINDINGS_LIMIT: usize = 100;

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Diagnostic) {
        self.list.push(finding);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings in the order of the text; the last says how many are left out, if any.
    pub(super) fn into_list(mut self, file: FileId) -> Vec<Diagnostic> {
        crate::diagnostics::sort(&mut self.list);
        if self.list.len() > FINDINGS_LIMIT {
            let left_out = self.list.split_off(FINDINGS_LIMIT);
            let span = match left_out.first().map(|first| &first.primary.place) {
                Some(Place::Source(span)) => *span,
                _ => Span::new(file, 0..0),
            };
            self.list.push(messages::too_many_mistakes(span, left_out.len()));
        }
        self.list
    }
}
