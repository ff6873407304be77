//! A97: comments that are meant for Ansatz, and fixes that were not made.

use super::usage::{CANNOT_BE_ALLOWED, UNKNOWN_CODE};
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{self, ALLOWABLE, Code, Diagnostic, Place, clean, nearest};
use crate::source::Span;

declare_codes! {
    BAD_COMMENT = "A9701" "bad-comment" Error "a comment for Ansatz cannot be read";
    NO_REASON = "A9702" "reason-missing" Error "a comment allows something and does not say why";
    UNUSED = "A9703" "unused-allow" Warning "a comment allows what is not found";
    FIX_REFUSED = "A9704" "fix-refused" Warning "a fix would have made a file worse";
}

/// How a comment for a line is written.
const OF_LINE: &str = "`// ansatz: allow A7001: why`";
/// How a comment for a file is written.
const OF_FILE: &str =
    "`// ansatz: file allow A4101: why`, `// ansatz: file warn A7001` or `// ansatz: file deny A4101`";

/// `word` stands where `allow` or `file` belongs, or behind `file`.
#[must_use]
pub fn unknown_word(span: Span, at: Span, word: &str, is_of_file: bool) -> Diagnostic {
    let known: &[&str] = if is_of_file { &["allow", "warn", "deny"] } else { &["allow", "file"] };
    let message = match word {
        "" => "a comment for Ansatz says nothing".to_owned(),
        word => format!("a comment for Ansatz begins with `{}`", clean(word)),
    };
    Diagnostic::at(&BAD_COMMENT, if word.is_empty() { span } else { at }, message)
        .label("has no effect")
        .meant(at, word, &nearest(word, known.iter().copied()))
        .help(format!("write {OF_LINE} at a line, or at the head of the file {OF_FILE}"))
}

#[must_use]
pub fn level_of_a_line(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&BAD_COMMENT, span, format!("`{word}` is for a whole file"))
        .label("has no effect")
        .help(format!("write {OF_FILE} at the head of the file"))
}

#[must_use]
pub fn not_at_the_head(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_COMMENT, span, "a comment about the whole file stands behind its first declaration")
        .label("has no effect")
        .help("move it to the head of the file")
}

#[must_use]
pub fn no_code(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_COMMENT, span, "a comment for Ansatz names no code")
        .label("which code?")
        .help(format!("write {OF_LINE}; several are separated by commas"))
}

#[must_use]
pub fn no_reason(span: Span) -> Diagnostic {
    Diagnostic::at(&NO_REASON, span, "this does not say why it is allowed")
        .label("no reason")
        .help(format!("say why, for who reads the results: {OF_LINE}"))
}

/// A code in a comment or in `ansatz.toml`.
#[must_use]
pub fn unknown_code(span: Span, name: &str) -> Diagnostic {
    let known =
        || diagnostics::CODES.iter().flat_map(|area| area.iter()).flat_map(|code: &&'static Code| [code.id, code.slug]);
    Diagnostic::at(&UNKNOWN_CODE, span, format!("there is no code `{}`", clean(name)))
        .label("no code")
        .meant(span, name, &nearest(name, known()))
        .help("`ansatz explain` lists all codes")
}

/// A code in a comment or in `ansatz.toml` whose findings stop everything.
#[must_use]
pub fn always_an_error(span: Span, code: &str) -> Diagnostic {
    Diagnostic::at(&CANNOT_BE_ALLOWED, span, format!("{code} is always an error"))
        .label("cannot be allowed")
        .help("mend what it is about: a claim with such an error cannot be run")
        .note(format!("warnings have levels, and so have the errors {}", ALLOWABLE.join(" and ")))
}

/// `all` is the comment with the space that goes with it.
#[must_use]
pub fn unused(span: Span, all: Span, codes: &[&str]) -> Diagnostic {
    Diagnostic::at(&UNUSED, span, format!("no {} is found at this line", codes.join(" and no ")))
        .label("allows nothing")
        .unsafe_fix("remove the comment", all, "")
}

/// A fix that was not made. `finding` is what it was for.
#[must_use]
pub fn refused(finding: &Diagnostic) -> Diagnostic {
    let message = format!("the fix of {} would have made the file worse, and was not made", finding.code.id);
    let place = match finding.primary.place {
        Place::Source(span) => Place::Source(span),
        _ => Place::Nowhere,
    };
    Diagnostic::new(&FIX_REFUSED, message, place)
        .note("the file would have had more mistakes than before")
        .help("mend it by hand")
}
