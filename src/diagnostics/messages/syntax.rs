//! A0: text that does not follow the grammar.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean, is_misspelling, nearest};
use crate::source::Span;

pub use super::syntax_hints::hinted;
pub use super::syntax_text::{
    bad_escape, bad_number, hidden_character, integer_too_large, nested_too_deep, not_utf8, nothing_declared,
    real_too_large, source_too_long, too_many_mistakes, too_much_work, unterminated_string, utf16,
};

declare_codes! {
    NOT_UTF8 = "A0001" "not-utf8" Error "a source file is not UTF-8";
    UTF16 = "A0002" "utf-16" Error "a source file is UTF-16";
    HIDDEN_CHARACTER = "A0003" "hidden-character" Error "a character that cannot be seen stands in the text";
    SOURCE_TOO_LONG = "A0004" "source-too-long" Error "a source text is longer than Ansatz reads";
    NESTED_TOO_DEEP = "A0005" "nested-too-deep" Error "brackets, `if`s or operators are nested too deep";
    NOTHING_DECLARED = "A0006" "nothing-declared" Error "a file declares nothing";
    TOO_MANY_MISTAKES = "A0007" "too-many-mistakes" Error "a file has more mistakes than are shown";
    TOO_MUCH_WORK = "A0008" "too-much-work" Error "a text takes more steps to parse than are allowed";
    UNEXPECTED = "A0010" "unexpected-token" Error "something else is expected at this place";
    UNCLOSED = "A0011" "unclosed-bracket" Error "a bracket is not closed";
    STRAY_BRACKET = "A0012" "stray-bracket" Error "a bracket closes nothing";
    UNKNOWN_WORD = "A0013" "unknown-word" Error "a declaration starts with a word that is not a keyword";
    MISPLACED = "A0014" "misplaced-statement" Error "a statement stands in a block that cannot hold it";
    RESERVED_WORD = "A0015" "reserved-word" Error "a keyword is used as a name";
    FOREIGN_NAME = "A0016" "foreign-name" Error "a name has characters other than ASCII letters, digits and `_`";
    NEEDLESS_SEPARATOR = "A0017" "needless-separator" Error "a separator where the language has none";
    REPEATED = "A0018" "repeated-clause" Error "a part of a declaration or statement that can stand once stands twice";
    UNTERMINATED_STRING = "A0020" "unterminated-string" Error "a string has no closing quote on its line";
    BAD_ESCAPE = "A0021" "bad-escape" Error "an escape in a string is not one of the language";
    BAD_NUMBER = "A0022" "bad-number" Error "a number is malformed";
    INTEGER_TOO_LARGE = "A0023" "integer-too-large" Error "a whole number does not fit into 64 bits";
    REAL_TOO_LARGE = "A0024" "real-too-large" Error "a real number is beyond the range of 64-bit floats";
    WRONG_OPERATOR = "A0030" "wrong-operator" Error "an operator of another language";
    CHAINED_COMPARISON = "A0031" "chained-comparison" Error "comparisons are chained";
    LOOSE_NOT = "A0032" "loose-not" Error "`not` stands under a tighter operator without parentheses";
}

/// What stands where something else is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'t> {
    /// A token on the same line.
    Token(&'t str),
    /// A reserved word on the same line.
    Keyword(&'t str),
    /// Nothing more on the line; the text of the last token before.
    LineEndAfter(&'t str),
    /// Nothing more in the file.
    FileEnd,
}

fn found_words(found: Found) -> String {
    match found {
        Found::Token(text) if text.starts_with('`') => "found a backquote".to_owned(),
        Found::Token(text) => format!("found `{}`", clean(text.lines().next().unwrap_or("").trim_end())),
        Found::Keyword(word) => format!("found the keyword `{word}`"),
        Found::LineEndAfter(text) => format!("found the end of the line after `{}`", clean(text)),
        Found::FileEnd => "found the end of the file".to_owned(),
    }
}

/// `a`, `a or b`, `a, b or c`; at most four.
fn list(words: &[&str]) -> String {
    match words.get(..words.len().min(4)) {
        Some([rest @ .., last]) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some([only]) => (*only).to_owned(),
        _ => "something else".to_owned(),
    }
}

#[must_use]
pub fn unexpected(span: Span, expected: &[&str], found: Found) -> Diagnostic {
    let expected_words = list(expected);
    let diagnostic = Diagnostic::at(&UNEXPECTED, span, format!("expected {expected_words}, {}", found_words(found)))
        .label(format!("expected {expected_words}"));
    match found {
        Found::Token(text) => match habit(text).or_else(|| no_name(text).filter(|_| expected == ["a name"])) {
            Some(help) => diagnostic.help(help),
            None => with_nearest(diagnostic, span, text, expected),
        },
        Found::Keyword(_)
            if expected.first().is_some_and(|first| first.ends_with("name") || first.starts_with("the name")) =>
        {
            diagnostic.note("keywords cannot be names")
        }
        _ => diagnostic,
    }
}

/// What keeps a token from being a name.
fn no_name(found: &str) -> Option<&'static str> {
    found.starts_with(|first: char| first.is_ascii_digit()).then_some("names do not start with a digit")
}

impl<'t> Found<'t> {
    /// The text that was found; nothing at the end of a line or of the file.
    #[must_use]
    pub fn text(self) -> &'t str {
        match self {
            Found::Token(text) | Found::Keyword(text) => text,
            Found::LineEndAfter(_) | Found::FileEnd => "",
        }
    }
}

/// What Ansatz has in place of a character that is usual elsewhere.
fn habit(text: &str) -> Option<&'static str> {
    match text.chars().next()? {
        '#' => Some("comments start with `//`"),
        '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
            Some("strings stand in plain double quotes: `\"...\"`")
        }
        '–' | '—' => Some("a minus is written `-`"),
        '…' => Some("a range is written `0..3`"),
        '^' => Some("there is no power operator: multiply"),
        '~' if text == "~" => Some("`not` negates a truth value"),
        '?' => Some("a choice is written `if ... then ... else ...`"),
        _ => None,
    }
}

/// Adds did-you-mean where `word` is near a word that `expected` names in backquotes.
fn with_nearest(diagnostic: Diagnostic, span: Span, word: &str, expected: &[&str]) -> Diagnostic {
    let words = expected.iter().filter_map(|text| text.strip_prefix('`')?.strip_suffix('`'));
    let words = words.filter(|text| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_lowercase()));
    match nearest(word, words).as_slice() {
        [near, ..] if word.len() < 2 || *near == word => diagnostic,
        near => did_you_mean(diagnostic, span, word, near),
    }
}

/// The nearest of `near` in the place of a word. Safe if there is no other, and the word is a slip.
fn did_you_mean(diagnostic: Diagnostic, span: Span, word: &str, near: &[&str]) -> Diagnostic {
    let text = |near: &str| format!("did you mean `{near}`?");
    match near {
        [] => diagnostic,
        [only] if is_misspelling(word, only) => diagnostic.safe_fix(text(only), span, *only),
        [first, ..] => diagnostic.unsafe_fix(text(first), span, *first),
    }
}

/// A token in place of the right one.
#[must_use]
pub fn wrong_token(span: Span, expected: &str, found: &str) -> Diagnostic {
    let diagnostic = unexpected(span, &[&format!("`{expected}`")], Found::Token(found));
    let (text, is_word) = (format!("write `{expected}`"), expected.starts_with(|first: char| first.is_alphabetic()));
    // Another word begins another declaration.
    if is_word { diagnostic.unsafe_fix(text, span, expected) } else { diagnostic.safe_fix(text, span, expected) }
}

/// A word or sign in place of a word, which needs a space before it.
#[must_use]
pub fn wrong_word(span: Span, expected: &str, found: &str) -> Diagnostic {
    let space = if found.starts_with(':') && expected != "," { " " } else { "" };
    unexpected(span, &[&format!("`{expected}`")], Found::Token(found)).safe_fix(
        format!("write `{expected}`"),
        span,
        format!("{space}{expected}"),
    )
}

/// Regions joined by something other than `+`.
#[must_use]
pub fn wrong_join(span: Span, found: &str) -> Diagnostic {
    let space = if found == "," { " " } else { "" };
    unexpected(span, &["`+`"], Found::Token(found)).unsafe_fix(
        "regions that are one node are joined with `+`",
        span,
        format!("{space}+"),
    )
}

/// A word that is absent; `span` is the token before which it belongs.
#[must_use]
pub fn missing_word(span: Span, expected: &str, found: Found) -> Diagnostic {
    let diagnostic = unexpected(span, &[&format!("`{expected}`")], found);
    let starts_part = |text: &str| text.starts_with(|first: char| first.is_alphanumeric() || first == '{');
    let fits =
        matches!(found, Found::Token(text) if starts_part(text)) || (expected, found.text()) == ("except", "via");
    if !fits {
        return diagnostic;
    }
    let space = if expected == "." { "" } else { " " };
    let before = Span { end: span.start, ..span };
    diagnostic.safe_fix(format!("put `{expected}` before it"), before, format!("{expected}{space}"))
}

/// A part of a declaration that has no place there.
#[must_use]
pub fn needless_part(span: Span, all: Span, expected: &[&str], found: &str) -> Diagnostic {
    unexpected(span, expected, Found::Token(found)).unsafe_fix("remove it", all, "")
}

/// `range(3)` in place of `0..3`; `ends` are the texts of its arguments.
#[must_use]
pub fn range_function(span: Span, ends: &[&str]) -> Diagnostic {
    let diagnostic = unexpected(span, &["a range such as `0..3`"], Found::Token("range"));
    let range = match ends {
        [end] => format!("0..{end}"),
        [start, end] => format!("{start}..{end}"),
        _ => return diagnostic,
    };
    diagnostic.safe_fix(format!("write `{}`", clean(&range)), span, range)
}

/// The path of a file without quotes.
#[must_use]
pub fn bare_file(span: Span, written: &str) -> Diagnostic {
    if let Some(rest) = written.strip_prefix("std/").filter(|rest| !rest.ends_with(".ansatz")) {
        let name = format!("std.{}", rest.replace('/', "."));
        let expected = format!("`{}`", clean(&name));
        return unexpected(span, &[&expected], Found::Token(written)).safe_fix(
            "the parts of a name are joined with `.`",
            span,
            name,
        );
    }
    unexpected(span, &["the path of a file in quotes"], Found::Token(written)).safe_fix(
        "put it in quotes",
        span,
        format!("\"{}\"", written.replace('\\', "/")),
    )
}

/// A separator that is absent; `span` is the token before which it belongs, `place` where it is put, and
/// `comma` what is put there.
#[must_use]
pub fn missing_comma(span: Span, (place, comma): (Span, &str), expected: &[&str], found: Found) -> Diagnostic {
    unexpected(span, expected, found).safe_fix("put a comma before it", place, comma)
}

#[must_use]
pub fn inclusive_range(span: Span, written: &str) -> Diagnostic {
    unexpected(span, &["`..`"], Found::Token(written))
        .note("ranges leave out their end: `0..3` holds 0, 1 and 2")
        .unsafe_fix("write `..`", span, "..")
}

#[must_use]
pub fn missing_else(span: Span, found: Found) -> Diagnostic {
    unexpected(span, &["`else`"], found).note("every `if` has a value for both cases")
}

#[must_use]
pub fn missing_node(span: Span, found: Found) -> Diagnostic {
    let before = Span { end: span.start, ..span };
    unexpected(span, &["`node`"], found).safe_fix("put `node` before it", before, "node ")
}

/// A path without the name of its format.
#[must_use]
pub fn bare_path(span: Span, format: &str, written: &str) -> Diagnostic {
    unexpected(span, &[&format!("`{format}(...)`")], Found::Token(written)).safe_fix(
        format!("say what kind of file it is: `{format}({})`", clean(written)),
        span,
        format!("{format}({written})"),
    )
}

#[must_use]
pub fn unknown_format(span: Span, expected: &str, found: &str) -> Diagnostic {
    let diagnostic = unexpected(span, &[&format!("`{expected}`")], Found::Token(found));
    let text = format!("write `{expected}`");
    // A file of another format stays one.
    match is_misspelling(found, expected) {
        true => diagnostic.safe_fix(text, span, expected),
        false => diagnostic.unsafe_fix(text, span, expected),
    }
}

/// An index into a region that does not say which dim it means.
#[must_use]
pub fn unnamed_part(span: Span, written: &str, could_be_arguments: bool) -> Diagnostic {
    let finding = unexpected(span, &["a dim and `:`"], Found::Token(written))
        .help(format!("name the dim that is indexed, such as `pos: {}`", clean(written)));
    if could_be_arguments {
        finding.help("a member of a family is named in parentheses: `heads(1, 0)`")
    } else {
        finding
    }
}

/// `(l = 1, h = 0)` in place of `(1, 0)`; `values` are the texts of the values.
#[must_use]
pub fn named_arguments(span: Span, name: &str, values: &[&str]) -> Diagnostic {
    let plain = format!("({})", values.join(", "));
    unexpected(span, &["arguments without names"], Found::Token(name)).unsafe_fix(
        format!("they stand in the order of the declaration: `{}`", clean(&plain)),
        span,
        plain,
    )
}

/// Square brackets in place of round ones, or the other way round; `list` is the text with its
/// brackets.
#[must_use]
pub fn wrong_brackets(opener: Span, all: Span, list: &str) -> Diagnostic {
    let list = list.trim_end();
    let inner = list.get(1..list.len().saturating_sub(1)).unwrap_or("");
    let (open, close) = if list.starts_with('(') { ("[", "]") } else { ("(", ")") };
    let found = list.get(..1).unwrap_or("");
    let all = Span { end: all.start.saturating_add(u32::try_from(list.len()).unwrap_or(0)), ..all };
    unexpected(opener, &[&format!("`{open}`")], Found::Token(found)).safe_fix(
        format!("write `{open}` and `{close}`"),
        all,
        format!("{open}{inner}{close}"),
    )
}

/// `1:3` in place of `1..3`.
#[must_use]
pub fn slice(span: Span, found: &str) -> Diagnostic {
    wrong_token(span, "..", found).note("ranges leave out their end: `0..3` holds 0, 1 and 2")
}

#[must_use]
pub fn chained_arrow(span: Span, sign: &str) -> Diagnostic {
    unexpected(span, &["the next statement"], Found::Token(sign))
        .help(format!("write each arrow on its own: `a {0} b`, then `b {0} c`", clean(sign)))
}

#[must_use]
pub fn unclosed(span: Span, opener: Option<(Span, &str)>, expected: &[&str], found: Found) -> Diagnostic {
    let words = list(expected);
    let diagnostic = Diagnostic::at(&UNCLOSED, span, format!("expected {words}, {}", found_words(found)))
        .label(format!("expected {words}"));
    match opener {
        Some((opener, text)) => diagnostic.also(opener, format!("`{text}` is opened here")),
        None => diagnostic,
    }
}

#[must_use]
pub fn stray_bracket(span: Span, text: &str) -> Diagnostic {
    Diagnostic::at(&STRAY_BRACKET, span, format!("`{}` closes nothing", clean(text)))
        .label("nothing is open here")
        .help("remove it, or open its bracket before")
}

#[must_use]
pub fn unknown_word(span: Span, word: &str, expected: &[&str], near: Option<&str>) -> Diagnostic {
    let diagnostic =
        Diagnostic::at(&UNKNOWN_WORD, span, format!("`{}` is not a keyword; expected {}", clean(word), list(expected)))
            .label("not a keyword");
    did_you_mean(diagnostic, span, word, near.as_slice())
}

/// A declaration that starts with its name; `span` is the name.
#[must_use]
pub fn missing_keyword(span: Span, name: &str) -> Diagnostic {
    let before = Span { end: span.start, ..span };
    unexpected(span, &["`feature`", "`behaviour`"], Found::Token(name)).unsafe_fix(
        "put `feature` before it",
        before,
        "feature ",
    )
}

/// `home` and `here` are places, such as "in a `model`".
#[must_use]
pub fn misplaced(span: Span, word: &str, home: &str, here: &str) -> Diagnostic {
    let message = format!("`{}` belongs {home}, not {here}", clean(word));
    let diagnostic = hinted(Diagnostic::at(&MISPLACED, span, message).label(format!("belongs {home}")), here, word);
    if diagnostic.helps.is_empty() {
        return diagnostic.help("a `}` might stand too early before it, or be absent");
    }
    diagnostic
}

/// A declaration in a block that goes on after it.
#[must_use]
pub fn misplaced_item(span: Span, word: &str, here: &str) -> Diagnostic {
    Diagnostic::at(&MISPLACED, span, format!("`{}` belongs outside of all blocks, not {here}", clean(word)))
        .label("belongs outside of all blocks")
        .help("move it before the block")
}

#[must_use]
pub fn reserved_word(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&RESERVED_WORD, span, format!("`{}` is a keyword and cannot be a name", clean(word)))
        .label("a keyword")
        .unsafe_fix(format!("another name, such as `{}_`", clean(word)), span, format!("{word}_"))
}

#[must_use]
pub fn foreign_name(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(
        &FOREIGN_NAME,
        span,
        format!("the name `{}` has characters other than ASCII letters, digits and `_`", clean(name)),
    )
    .label("not a name")
    .help("strings can hold any text; names cannot")
}

#[must_use]
pub fn needless_separator(span: Span, text: &str) -> Diagnostic {
    Diagnostic::at(&NEEDLESS_SEPARATOR, span, format!("no `{}` is needed here", clean(text)))
        .label("needless")
        .safe_fix("remove it", span, "")
}

/// Commas between the strings of a list: `all` reaches from the first comma to the last, and `without`
/// is its text without them.
#[must_use]
pub fn needless_commas(first: Span, what: &str, all: Span, without: &str) -> Diagnostic {
    Diagnostic::at(&NEEDLESS_SEPARATOR, first, format!("no `,` is needed between the {what}"))
        .label("needless")
        .safe_fix("remove the commas", all, without)
}

/// A whole number is wanted and a number of another kind is there.
#[must_use]
pub fn not_whole(span: Span, text: &str) -> Diagnostic {
    unexpected(span, &["a whole number"], Found::Token(text))
}

#[must_use]
pub fn wrong_operator(span: Span, written: &str, right: &str) -> Diagnostic {
    let message = format!("`{}` is not an operator of Ansatz; it is written `{right}`", clean(written));
    Diagnostic::at(&WRONG_OPERATOR, span, message).label("not an operator").safe_fix(
        format!("write `{right}`"),
        span,
        if right == "not" { "not " } else { right },
    )
}

/// An arrow against the direction in which claims are written.
#[must_use]
pub fn backward_arrow(span: Span, written: &str) -> Diagnostic {
    let message = format!("`{}` is not an arrow of Ansatz; arrows lead from the source to the target", clean(written));
    Diagnostic::at(&WRONG_OPERATOR, span, message)
        .label("not an arrow")
        .help("write `a -> b` where b needs a; two directions are two claims")
}

/// `middle` is the text of the operand that both comparisons share.
#[must_use]
pub fn chained_comparison(second: Span, first: Span, middle: &str) -> Diagnostic {
    let before = Span { end: second.start, ..second };
    let diagnostic = Diagnostic::at(&CHAINED_COMPARISON, second, "comparisons are not chained")
        .label("a second comparison")
        .also(first, "the first comparison");
    if middle.len() <= 80 {
        let text = format!("compare twice: `... and {} ...`", clean(middle));
        diagnostic.unsafe_fix(text, before, format!("and {middle} "))
    } else {
        diagnostic.help("compare twice, with `and` between")
    }
}

#[must_use]
pub fn loose_not(span: Span) -> Diagnostic {
    Diagnostic::at(&LOOSE_NOT, span, "`not` binds more loosely than the operator before it")
        .label("without parentheses")
        .help("put parentheses around it: `a == (not b)`")
}

/// A clause that can stand once.
#[must_use]
pub fn repeated(again: Span, first: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&REPEATED, again, format!("`{word}` stands here a second time"))
        .label("the second one")
        .also(first, "the first one")
}

/// A part of the library in quotes, as if it were a file.
#[must_use]
pub fn quoted_library(span: Span, name: &str) -> Diagnostic {
    let written = format!("\"{name}\"");
    unexpected(span, &["the path of a file"], Found::Token(&written)).safe_fix(
        format!("a part of the library stands without quotes: `{}`", clean(name)),
        span,
        name,
    )
}
