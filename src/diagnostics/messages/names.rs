//! A1: names that are not declared, declared twice, or not what they are used as.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::{BEFORE, CALL, INDENT, WRITTEN};
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    UNKNOWN_NAME = "A1001" "unknown-name" Error "a name is not declared";
    DECLARED_TWICE = "A1002" "declared-twice" Error "a name is declared twice";
    WHICH_ONE = "A1003" "which-one" Error "a name is left out where there are several, or none";
}

/// `what` says what kind of name was looked for; `near` are similar names of that kind.
#[must_use]
pub fn unknown(span: Span, what: &str, name: &str, near: &[&str]) -> Diagnostic {
    let message = format!("there is no {what} `{}`", clean(name));
    let found = Diagnostic::at(&UNKNOWN_NAME, span, message).label("not declared").meant(span, name, near);
    match name {
        "True" | "False" => {
            let word = name.to_ascii_lowercase();
            found.safe_fix(format!("write `{word}`"), span, word)
        }
        "None" => found.unsafe_fix("write `any` where it depends on nothing", span, "any"),
        _ => found,
    }
}

/// Where the name of a node belongs, that of a component stands. `written` is the name with its
/// arguments.
#[must_use]
pub fn component_as_node(found: Diagnostic, written: &str) -> Diagnostic {
    let written = clean(written);
    let text = format!("`{written}` is a component: bind a node to it, as in `node a = {written} computes any`");
    let Place::Source(span) = found.primary.place else { return found.help(text) };
    let name: String = written.chars().map(|part| if part.is_alphanumeric() { part } else { '_' }).collect();
    let name = format!("{}_", name.trim_end_matches('_'));
    found.unsafe_fix(text, span, format!("{INDENT}node {name} = {WRITTEN}  computes exact\n{BEFORE}{name}"))
}

/// Where the name of a component belongs, that of a node stands.
#[must_use]
pub fn node_as_component(found: Diagnostic, node: &str) -> Diagnostic {
    found.help(format!("`{}` is a node: name the component that it is bound to", clean(node)))
}

/// Data in a format that is not read.
#[must_use]
pub fn unknown_format(span: Span, name: &str, near: &[&str], all: &[&str]) -> Diagnostic {
    let formats: Vec<String> = all.iter().map(|format| format!("`{format}(...)`")).collect();
    let found = unknown(span, "data format", name, near).note(format!("the formats are {}", formats.join(" and ")));
    match all.first().filter(|_| near.is_empty()) {
        Some(first) => found.unsafe_fix(format!("write `{first}`, if the file is one"), span, *first),
        None => found,
    }
}

/// A function where a value belongs.
/// A word of a vocabulary without its quotes.
#[must_use]
pub fn bare_word(found: Diagnostic, span: Span, word: &str) -> Diagnostic {
    found.unsafe_fix(
        format!("a word of the vocabulary stands in quotes: `{:?}`", clean(word)),
        span,
        format!("{word:?}"),
    )
}

#[must_use]
pub fn function_as_value(found: Diagnostic, function: &str) -> Diagnostic {
    let text = format!("`{function}` is a function: call it, as in `{function}(x)`");
    match found.primary.place {
        Place::Source(span) => found.unsafe_fix(text, span, format!("{WRITTEN}{CALL}")),
        _ => found.help(text),
    }
}

/// `kind` is the word for what is declared.
#[must_use]
pub fn declared_twice(span: Span, kind: &str, name: &str, first: Span) -> Diagnostic {
    Diagnostic::at(&DECLARED_TWICE, span, format!("the {kind} `{}` is declared twice", clean(name)))
        .label("again")
        .also(first, "first here")
        .unsafe_fix("rename one of them", span, format!("{WRITTEN}_2"))
}

/// A model or a dataset is left out, and there is not exactly one. `word` is `of` or `on`.
#[must_use]
pub fn which_one(span: Span, kind: &str, word: &str, all: &[&str]) -> Diagnostic {
    let message = match all {
        [] => format!("this needs a {kind}, and the file declares none"),
        _ => format!("this needs one {kind} of several: {}", clean(&all.join(", "))),
    };
    let found = Diagnostic::at(&WHICH_ONE, span, message).label(format!("which {kind}?"));
    match all {
        [] => found.help(format!("declare one: `{kind} ...`")),
        [first, ..] => found.help(format!("name it, such as `{word} {}`", clean(first))),
    }
}

/// A column that is neither an input of the model nor has a type.
#[must_use]
pub fn column_without_type(span: Span, name: &str, near: &[&str]) -> Diagnostic {
    let message = format!("`{}` is no input of the model, so its type must be written", clean(name));
    let found = Diagnostic::at(&UNKNOWN_NAME, span, message)
        .label("of which type?")
        .help(format!("such as `{} : category` or `{0} : int[pos]`", clean(name)));
    // A type may be what is absent: which of the two, the text does not say.
    let suggest = |found: Diagnostic, near: &&str| {
        found.unsafe_fix(format!("`{}` might be meant", clean(near)), span, (*near).to_string())
    };
    let found = near.iter().fold(found, suggest);
    found.unsafe_fix("write its type, such as `category`", span, format!("{WRITTEN} : category"))
}

#[must_use]
pub fn compares_no_output(span: Span, interchange: &str) -> Diagnostic {
    let message = format!("the prediction of `{}` is compared with no output of the model", clean(interchange));
    Diagnostic::at(&UNKNOWN_NAME, span, message)
        .label("nothing that the model computes")
        .help("say what of the outputs should equal the feature: `predicts f by argmax(logits) == 1`")
}

#[must_use]
pub fn reads_no_output(span: Span, behaviour: &str) -> Diagnostic {
    Diagnostic::at(&UNKNOWN_NAME, span, format!("the behaviour `{}` reads no output of the model", clean(behaviour)))
        .label("nothing that the model computes")
        .help("compare an output with a label, as in `cross_entropy(logits, label)`")
}
