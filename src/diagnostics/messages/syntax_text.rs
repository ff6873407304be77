//! A0: a text as a whole, and the characters of its strings and numbers.

use super::syntax::{
    BAD_ESCAPE, BAD_NUMBER, HIDDEN_CHARACTER, INTEGER_TOO_LARGE, NESTED_TOO_DEEP, NOT_UTF8, NOTHING_DECLARED,
    REAL_TOO_LARGE, SOURCE_TOO_LONG, TOO_MANY_MISTAKES, TOO_MUCH_WORK, UNTERMINATED_STRING, UTF16,
};
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

#[must_use]
pub fn not_utf8(path: &str, offset: usize, byte: u8) -> Diagnostic {
    let message = format!("`{}` is not UTF-8: byte {offset} is 0x{byte:02x}", clean(path));
    Diagnostic::new(&NOT_UTF8, message, Place::File { path: clean(path) })
        .help("save the file as UTF-8; a model or a dataset might have been given in place of a source file")
}

#[must_use]
pub fn utf16(path: &str) -> Diagnostic {
    let message = format!("`{}` is UTF-16; source files are UTF-8", clean(path));
    Diagnostic::new(&UTF16, message, Place::File { path: clean(path) }).help("save the file as UTF-8")
}

/// `replacement` is what belongs there: nothing, a plain space, or an escape inside of a string.
#[must_use]
pub fn hidden_character(span: Span, character: char, count: usize, replacement: &str) -> Diagnostic {
    let what = match character {
        '\0' => "a NUL character",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a character that reverses the direction of text",
        _ if character.is_whitespace() && !character.is_control() => "a space other than the plain one",
        _ if character.is_control() => "a control character",
        _ => "an invisible character",
    };
    let more = if count > 1 { format!(", {count} in a row") } else { String::new() };
    let diagnostic =
        Diagnostic::at(&HIDDEN_CHARACTER, span, format!("{what} stands here: U+{:04X}{more}", u32::from(character)))
            .label("here");
    match replacement {
        "" => diagnostic.safe_fix("remove it", span, ""),
        " " => diagnostic.safe_fix("use a plain space", span, " "),
        escape => diagnostic.safe_fix(format!("write it as `{escape}`"), span, escape),
    }
}

#[must_use]
pub fn source_too_long(span: Span, bytes: usize, limit: usize) -> Diagnostic {
    Diagnostic::at(
        &SOURCE_TOO_LONG,
        span,
        format!("the text has {bytes} bytes; at most {limit} are read as a source file"),
    )
    .label("in this file")
    .help("a model or a dataset might have been given in place of a source file")
}

#[must_use]
pub fn nested_too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(
        &NESTED_TOO_DEEP,
        span,
        format!("brackets, `if`s and operators are nested more than {limit} deep here"),
    )
    .label("too deep from here on")
    .help("give names to the parts, each a feature of its own")
}

#[must_use]
pub fn nothing_declared(span: Span) -> Diagnostic {
    Diagnostic::at(&NOTHING_DECLARED, span, "the file declares nothing")
        .label("nothing before this")
        .help("a file holds declarations: `model`, `data`, `feature`, `behaviour`, `hypothesis`, `expect` and others")
}

#[must_use]
pub fn too_many_mistakes(span: Span, left_out: usize) -> Diagnostic {
    Diagnostic::at(&TOO_MANY_MISTAKES, span, format!("{left_out} more mistakes of grammar are not shown"))
        .label("from here on")
        .help("mend the first ones and check again")
}

#[must_use]
pub fn too_much_work(span: Span) -> Diagnostic {
    Diagnostic::at(&TOO_MUCH_WORK, span, "the text takes more steps to parse than are allowed")
        .label("in this file")
        .help("split the file; brackets that are opened many times and never closed might be the cause")
}

#[must_use]
pub fn unterminated_string(span: Span) -> Diagnostic {
    Diagnostic::at(&UNTERMINATED_STRING, span, "the string has no closing `\"` on this line")
        .label("starts here")
        .help("a line break inside a string is written `\\n`")
}

#[must_use]
pub fn bad_escape(span: Span, escape: &str) -> Diagnostic {
    let message = format!("`{}` is not an escape", clean(escape));
    let diagnostic = Diagnostic::at(&BAD_ESCAPE, span, message)
        .label("not an escape")
        .note("escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{1F600}`");
    if escape.starts_with("\\u") {
        diagnostic.help("`\\u{...}` holds one to six hexadecimal digits that name a character")
    } else {
        diagnostic.unsafe_fix("for a backslash itself, write it twice", span, format!("\\{escape}"))
    }
}

#[must_use]
pub fn bad_number(span: Span, text: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::at(&BAD_NUMBER, span, format!("`{}` is not a number", clean(text))).label("not a number");
    let plain: String = text.chars().filter(|character| *character != '_').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(&plain) {
        diagnostic.safe_fix("numbers have no `_`", span, plain)
    } else if text.strip_prefix('.').is_some_and(digits) {
        diagnostic.safe_fix("a digit stands before the point", span, format!("0{text}"))
    } else if text.strip_suffix('.').is_some_and(digits) {
        diagnostic.safe_fix("a digit stands after the point", span, format!("{text}0"))
    } else {
        diagnostic.note("numbers are written `42`, `0.5` or `1.5e-3`")
    }
}

#[must_use]
pub fn integer_too_large(span: Span, text: &str) -> Diagnostic {
    Diagnostic::at(&INTEGER_TOO_LARGE, span, format!("`{}` does not fit into 64 bits", clean(text)))
        .label("too large")
        .note(format!("the largest whole number is {}", i64::MAX))
}

#[must_use]
pub fn real_too_large(span: Span, text: &str) -> Diagnostic {
    Diagnostic::at(
        &REAL_TOO_LARGE,
        span,
        format!("`{}` is beyond the range of 64-bit floating-point numbers", clean(text)),
    )
    .label("too large")
    .note("the largest is about 1.8e308")
}
