//! A95xx: layout.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place};
use crate::source::Span;

declare_codes! {
    NOT_KEPT = "A9501" "layout-refused" Error "a file cannot be laid out without changing what it says";
}

/// The text laid out is not the same text from this place on.
#[must_use]
pub fn not_kept(place: Span) -> Diagnostic {
    refused("laid out, the file would not say the same from here on", place)
}

/// The text laid out would be laid out differently again.
#[must_use]
pub fn not_settled(place: Span) -> Diagnostic {
    refused("laid out, the file would be laid out differently the next time", place)
}

fn refused(what: &str, place: Span) -> Diagnostic {
    Diagnostic::new(&NOT_KEPT, what, Place::Source(place))
        .note("this is a fault of Ansatz; the file is as it was")
        .help("report it with the file")
}
