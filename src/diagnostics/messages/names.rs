//! A1: names that are not declared, declared twice, or not what they are used as.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    UNKNOWN_NAME = "A1001" "unknown-name" Error "a name is not declared";
}

/// `what` says what kind of name was looked for; `near` are similar names of that kind.
#[must_use]
pub fn unknown(span: Span, what: &str, name: &str, near: &[&str]) -> Diagnostic {
    let message = format!("there is no {what} `{}`", clean(name));
    let suggest = |finding: Diagnostic, near: &&str| {
        finding.fix(format!("`{}` might be meant", clean(near)), span, (*near).to_string())
    };
    near.iter().fold(Diagnostic::at(&UNKNOWN_NAME, span, message).label("not declared"), suggest)
}
