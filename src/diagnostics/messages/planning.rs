//! A5: planning and resources.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place};
use crate::source::Span;

declare_codes! {
    MEMORY_TOO_SMALL = "A5001" "memory-too-small" Error "the memory allowed does not hold one line of examples";
    TOO_MANY_VISITS = "A5002" "too-many-visits" Error "the hypothesis unfolds into too many visits";
}

#[must_use]
pub fn memory_too_small(allowed: u64, needed: u64) -> Diagnostic {
    let message = format!("{allowed} bytes of memory do not hold 16 examples for each thread");
    Diagnostic::new(&MEMORY_TOO_SMALL, message, Place::Nowhere)
        .help(format!("allow at least {needed} bytes with `--memory`, or use fewer `--threads`"))
}

#[must_use]
pub fn too_many_visits(hypothesis: &str, span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(&TOO_MANY_VISITS, span, format!("`{hypothesis}` unfolds into more than {limit} visits"))
        .label("every walk back along arrows is a visit of its own")
        .help("let inner nodes compute one value instead of one for each position, or drop inner arrows")
}
