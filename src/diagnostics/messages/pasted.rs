//! A0: what a text holds that was written for something else.

use super::syntax::UNEXPECTED;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

/// ```` ``` ```` around a part of the text; `all` reaches to the second fence, `inside` is what stands between.
#[must_use]
pub fn fence(span: Span, all: Span, inside: &str) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "a fence of Markdown stands in the text")
        .label("not a part of the language")
        .safe_fix("remove the fences", all, inside)
}

/// The marks of a merge; `all` holds both sides, `first` is the first.
#[must_use]
pub fn conflict(span: Span, all: Span, first: &str) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "the marks of a merge that is not settled stand in the text")
        .label("two versions from here on")
        .note("the first version is read, down to `=======`; the other one, down to `>>>>>>>`, is not")
        .unsafe_fix("keep the first version", all, first)
}

/// A prompt, a number or a sign before a declaration or a statement; `all` has the spaces behind.
#[must_use]
pub fn before_a_line(span: Span, all: Span) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "a sign stands before the line that does not belong to it")
        .label("not a part of the line")
        .note("prompts, numbers of lines and signs of differences are not a part of the text")
        .safe_fix("remove it", all, "")
}

#[must_use]
pub fn hash_comment(span: Span) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "comments start with `//`, not with `#`")
        .label("not the start of a comment")
        .safe_fix("comments start with `//`", span, "//")
}

/// A comment between `/*` and `*/`; `lines` are its lines as the language writes them.
#[must_use]
pub fn block_comment(span: Span, all: Span, lines: &str) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "comments start with `//`, and end with the line")
        .label("not the start of a comment")
        .safe_fix("comments start with `//`, on each line", all, lines)
}

#[must_use]
pub fn quotes(span: Span, all: Span, inside: &str) -> Diagnostic {
    let text = inside.replace('"', "\\\"");
    Diagnostic::at(&UNEXPECTED, span, "strings stand in plain double quotes: `\"...\"`")
        .label("not a plain double quote")
        .safe_fix("strings stand in plain double quotes: `\"...\"`", all, format!("\"{text}\""))
}

#[must_use]
pub fn sign(span: Span, plain: &str) -> Diagnostic {
    let words = if plain == "-" { "a minus is written `-`" } else { "a range is written `0..3`" };
    Diagnostic::at(&UNEXPECTED, span, format!("expected `{plain}`, found a sign that looks like it"))
        .label(format!("expected `{plain}`"))
        .safe_fix(words, span, plain)
}

#[must_use]
pub fn entity(span: Span, plain: &str) -> Diagnostic {
    let plain = clean(plain);
    Diagnostic::at(&UNEXPECTED, span, format!("expected `{plain}`, found a sign as HTML writes it"))
        .label(format!("expected `{plain}`"))
        .safe_fix(format!("write `{plain}`"), span, plain)
}

/// The full-width signs of a line; `all` reaches from the first to the last.
#[must_use]
pub fn full_width(span: Span, all: Span, plain: &str) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, "signs are those of ASCII, not the wide ones")
        .label("a full-width sign")
        .safe_fix(format!("write `{}`", clean(plain)), all, plain)
}

/// A word of Python before a string or an expression; `all` is what is to be left out.
#[must_use]
pub fn needless_prefix(span: Span, all: Span, word: &str) -> Diagnostic {
    let found = Diagnostic::at(&UNEXPECTED, span, format!("there is no `{}` in this language", clean(word)))
        .label("not a part of the language");
    match word {
        "lambda" => found.note("a feature is a function of the datum: it names the columns that it reads").safe_fix(
            "leave it out",
            all,
            "",
        ),
        _ => found.note("`{l}` in an address is replaced without it").safe_fix("leave it out", all, ""),
    }
}

/// A part of the library that is named by a keyword, such as `std.feature`.
#[must_use]
pub fn library_part(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&UNEXPECTED, span, format!("there is no library `std.{}`", clean(word)))
        .label("not a part of the library")
        .safe_fix(format!("`std.{}s` might be meant", clean(word)), span, format!("{word}s"))
}
