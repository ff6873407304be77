//! A971: `ansatz.toml`.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;

declare_codes! {
    SETTINGS_SYNTAX = "A9711" "settings-syntax" Error "`ansatz.toml` is not TOML";
    UNKNOWN_SETTING = "A9712" "unknown-setting" Error "`ansatz.toml` sets what there is not";
    BAD_SETTING = "A9713" "bad-setting" Error "a value of `ansatz.toml` is not one that its key can have";
}

/// `why` is what the reader of TOML says.
#[must_use]
pub fn not_toml(span: Span, why: &str) -> Diagnostic {
    Diagnostic::at(&SETTINGS_SYNTAX, span, format!("this is not TOML: {}", clean(why))).label("not read")
}

#[must_use]
pub fn unknown_key(span: Span, key: &str, known: &[&str]) -> Diagnostic {
    let shown: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    Diagnostic::at(&UNKNOWN_SETTING, span, format!("there is no setting `{}`", clean(key)))
        .label("not known")
        .meant(span, key, &nearest(key, known.iter().copied()))
        .note(format!("there are {}", shown.join(", ")))
}

/// `expected` says what the value of a key is, such as "a whole number from 1 to 1024".
#[must_use]
pub fn bad_value(span: Span, key: &str, expected: &str) -> Diagnostic {
    Diagnostic::at(&BAD_SETTING, span, format!("`{}` is {expected}", clean(key))).label("another value")
}

/// A word that is none of those that a key can have.
#[must_use]
pub fn unknown_value(span: Span, key: &str, value: &str, known: &[&str]) -> Diagnostic {
    let shown: Vec<String> = known.iter().map(|word| format!("`\"{word}\"`")).collect();
    Diagnostic::at(&BAD_SETTING, span, format!("`{}` cannot be `{}`", clean(key), clean(value)))
        .label("not known")
        .meant_as(span, value, &nearest(value, known.iter().copied()), |near| format!("\"{near}\""))
        .note(format!("it is one of {}", shown.join(", ")))
}
