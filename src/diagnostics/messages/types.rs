//! A20: types, dims and shapes of features, behaviours, inputs and columns.

use crate::data::{Scalar, ValueType};
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::WRITTEN;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    TYPE_MISMATCH = "A2001" "type-mismatch" Error "a value has another type than its place needs";
    UNKNOWN_FUNCTION = "A2002" "unknown-function" Error "a function does not exist, or not in a feature";
    WRONG_ARGUMENTS = "A2003" "wrong-arguments" Error "a function is given the wrong arguments";
    AXES_DO_NOT_ALIGN = "A2004" "axes-do-not-align" Error "two values are combined whose axes do not match";
    INDEX_OUT_OF_RANGE = "A2005" "index-out-of-range" Error "a constant index lies outside of its axis";
    UNKNOWN_WORD = "A2006" "not-in-vocabulary" Error "a word or number is not in the vocabulary";
    NOT_DISCRETE = "A2007" "not-discrete" Error "a claim conditions on a real number";
    BEHAVIOUR_NOT_A_NUMBER = "A2008" "behaviour-not-a-number" Error "a behaviour is not one real number";
    FEATURE_CYCLE = "A2009" "feature-cycle" Error "a feature is defined by itself";
    OUTPUT_IN_FEATURE = "A2010" "output-in-feature" Error "a feature reads an output of the model";
    TOO_DEEP = "A2011" "too-deep" Error "an expression is nested too deeply";
    MALFORMED_TYPE = "A2012" "malformed-type" Error "a type is written wrongly";
    AXIS_UNCLEAR = "A2013" "axis-unclear" Error "it is not clear along which axis a function works";
    MASK_READS_OUTPUT = "A2015" "mask-reads-output" Error "a mask depends on outputs of the model";
    MASK_WITHOUT_AXES = "A2016" "mask-without-axes" Error "a mask stands at a behaviour with one number for each example";
    WORD_TWICE = "A2014" "word-twice" Error "a vocabulary has a word twice";
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A value of type `found` where something else is `needed`, in words.
#[must_use]
pub fn mismatch(span: Span, found: &ValueType, needed: &str) -> Diagnostic {
    let finding = Diagnostic::at(&TYPE_MISMATCH, span, format!("expected {needed}, found `{found}`"))
        .label(format!("this is `{found}`"));
    match (found.scalar, needed) {
        (Scalar::Bool, "a number") => finding.unsafe_fix(
            "`int(x)` makes 0 or 1 of a bool, `count(x)` counts the true ones",
            span,
            wrapped("int(", ")"),
        ),
        (Scalar::Token | Scalar::Category, "a number" | "an int") => {
            finding.unsafe_fix("`int(x)` gives its number", span, wrapped("int(", ")"))
        }
        (Scalar::Ratio, "a number") => finding.help("a ratio can be compared, not computed with"),
        (Scalar::Real, "a bool") => finding.unsafe_fix("compare it: `x > 0`", span, wrapped("", " > 0")),
        (Scalar::Int, "a bool") => finding.unsafe_fix("compare it: `x != 0`", span, wrapped("", " != 0")),
        _ => finding,
    }
}

/// What is written, between two texts.
fn wrapped(before: &str, after: &str) -> String {
    format!("{before}{WRITTEN}{after}")
}

/// Two values that cannot be compared, or cannot be the branches of one `if`.
#[must_use]
pub fn cannot_join(span: Span, what: &str, left: &ValueType, right: &ValueType) -> Diagnostic {
    let finding = Diagnostic::at(&TYPE_MISMATCH, span, format!("{what} `{left}` and `{right}`"))
        .label(format!("`{left}` and `{right}`"));
    match (left.scalar, right.scalar) {
        (Scalar::Bool, Scalar::Int | Scalar::Real) => finding.help("`a < b and b < c` chains comparisons"),
        (Scalar::Token, Scalar::Int) | (Scalar::Int, Scalar::Token) => {
            finding.help("compare with a word of the vocabulary, or take the number with `int(x)`")
        }
        (Scalar::Ratio, Scalar::Real) | (Scalar::Real, Scalar::Ratio) => {
            finding.help("`ratio(1, 2)` writes a fraction exactly")
        }
        _ => finding,
    }
}

/// `<` and its like on values without an order.
#[must_use]
pub fn no_order(span: Span, ty: &ValueType) -> Diagnostic {
    let finding = Diagnostic::at(&TYPE_MISMATCH, span, format!("values of type `{ty}` have no order"))
        .label(format!("this is `{ty}`"));
    match ty.scalar {
        Scalar::Bool => finding.help("`and`, `or`, `not`, `==` and `!=` work on bools"),
        _ => finding.help("`int(x)` gives the number, which has an order"),
    }
}

#[must_use]
pub fn two_vocabularies(span: Span) -> Diagnostic {
    Diagnostic::at(&TYPE_MISMATCH, span, "two tokens of different vocabularies are combined")
        .label("one number means two words here")
        .help("`int(x)` gives the number of a token")
}

#[must_use]
pub fn stray_text(span: Span) -> Diagnostic {
    Diagnostic::at(&TYPE_MISMATCH, span, "a word stands where no token shows its vocabulary")
        .label("a word of which vocabulary?")
        .help("compare it with a token: `tokens == \"(\"`")
}

#[must_use]
pub fn stray_tuple(span: Span) -> Diagnostic {
    Diagnostic::at(&TYPE_MISMATCH, span, "a tuple stands inside an expression")
        .label("this is several values")
        .help("only a whole claim can be a tuple: `computes (f, g)`")
}

/// An expression whose type is not the declared one.
#[must_use]
pub fn not_as_declared(span: Span, found: &ValueType, declared: &ValueType, place: Span) -> Diagnostic {
    let finding = Diagnostic::at(&TYPE_MISMATCH, span, format!("declared `{declared}`, but this is `{found}`"))
        .label(format!("this is `{found}`"))
        .also(place, "declared here")
        .unsafe_fix(format!("the type is `{found}`"), place, found.to_string());
    match found.dims.len() {
        0 if !declared.dims.is_empty() => finding.help("a value without axes spreads where it meets one with axes"),
        1 if declared.dims.is_empty() => finding.help("`sum`, `all`, `any`, `count` or an index removes an axis"),
        _ => finding,
    }
}

#[must_use]
pub fn unknown_function(span: Span, name: &str, near: &[&str]) -> Diagnostic {
    Diagnostic::at(&UNKNOWN_FUNCTION, span, format!("there is no function `{}`", clean(name)))
        .label("not a function")
        .meant(span, name, near)
}

/// A feature, input or output called like a function.
#[must_use]
pub fn not_a_function(span: Span, name: &str) -> Diagnostic {
    let name = clean(name);
    Diagnostic::at(&UNKNOWN_FUNCTION, span, format!("`{name}` is a value, not a function"))
        .label("a value")
        .help(format!("`{name}[i]` takes an element"))
}

#[must_use]
pub fn only_in_behaviours(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&UNKNOWN_FUNCTION, span, format!("`{}` is for behaviours, not for features", clean(name)))
        .label("only in behaviours")
        .note("its last digits depend on the machine, and a feature decides what is drawn")
}

#[must_use]
pub fn argument_count(span: Span, usage: &str, found: usize) -> Diagnostic {
    let finding = Diagnostic::at(&WRONG_ARGUMENTS, span, format!("`{usage}` is given {}", counted(found, "argument")))
        .label(format!("{} given", counted(found, "argument")));
    let inside = usage.split_once('(').map_or("", |(_, rest)| rest).split(['[', ')']).next().unwrap_or("");
    let names: Vec<&str> = inside.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    match names.get(found..).filter(|missing| !missing.is_empty() && found > 0) {
        Some(missing) => {
            let end = Span { start: span.end.saturating_sub(1), ..span };
            finding.unsafe_fix(format!("add `{}`", missing.join(", ")), end, format!(", {})", missing.join(", ")))
        }
        None => finding,
    }
}

#[must_use]
pub fn not_constant(span: Span, what: &str) -> Diagnostic {
    Diagnostic::at(&WRONG_ARGUMENTS, span, format!("{what} must be a constant integer"))
        .label("computed from the datum")
}

#[must_use]
pub fn not_an_axis(span: Span, usage: &str) -> Diagnostic {
    Diagnostic::at(&WRONG_ARGUMENTS, span, format!("`{usage}`: this must be the name of an axis")).label("not an axis")
}

#[must_use]
pub fn not_an_output(span: Span, usage: &str) -> Diagnostic {
    Diagnostic::at(&WRONG_ARGUMENTS, span, format!("`{usage}`: this must be the name of an output of the model"))
        .label("not an output")
}

/// `to` is an axis of the value already.
#[must_use]
pub fn renamed_to_twice(span: Span, to: &str, ty: &ValueType) -> Diagnostic {
    Diagnostic::at(&AXES_DO_NOT_ALIGN, span, format!("`{ty}` has an axis `{}` already", clean(to)))
        .label("the axis would be there twice")
}

#[must_use]
pub fn renamed_sizes(span: Span, from: (&str, usize), to: (&str, usize)) -> Diagnostic {
    let message = format!("axis `{}` has {} elements, axis `{}` has {}", clean(from.0), from.1, clean(to.0), to.1);
    Diagnostic::at(&AXES_DO_NOT_ALIGN, span, message).label("another size")
}

#[must_use]
pub fn axes_do_not_align(span: Span, left: (Span, &[String]), right: (Span, &[String])) -> Diagnostic {
    let list = |dims: &[String]| format!("[{}]", dims.join(", "));
    let message = format!("axes {} and {} do not align", list(left.1), list(right.1));
    Diagnostic::at(&AXES_DO_NOT_ALIGN, span, message)
        .also(left.0, format!("axes {}", list(left.1)))
        .also(right.0, format!("axes {}", list(right.1)))
        .note("axes match by name; a value without axes spreads over any; a part `x[1..5]` aligns only with itself")
        .help("index one of them, or sum over the axis that the other lacks")
        .help("every element of one with every element of the other: `spread(x, y)` gives x the axes of y")
}

/// `size` is the size of the axis, where it is known.
#[must_use]
pub fn index_out_of_range(span: Span, index: i64, dim: &str, size: Option<usize>) -> Diagnostic {
    let dim = clean(dim);
    let range = size.map_or_else(String::new, |size| format!(" (0 to {})", size.saturating_sub(1)));
    let finding =
        Diagnostic::at(&INDEX_OUT_OF_RANGE, span, format!("index {index} lies outside of axis `{dim}`{range}"))
            .label(format!("this is {index}"));
    let finding = if index < 0 {
        finding.note(format!("indices count from 0; `length({dim}) - 1` is the last"))
    } else {
        finding
    };
    let Some(last) = size.and_then(|size| i64::try_from(size).ok()).map(|size| size - 1) else { return finding };
    let meant = if index < 0 { (last + 1).saturating_add(index).max(0) } else { last };
    finding.unsafe_fix(format!("write `{meant}`"), span, meant.to_string())
}

#[must_use]
pub fn empty_range(span: Span, start: i64, end: i64) -> Diagnostic {
    Diagnostic::at(&INDEX_OUT_OF_RANGE, span, format!("the range {start}..{end} is empty"))
        .label("no elements")
        .note("`a..b` begins at a and ends before b")
}

/// `near` are similar words of the vocabulary, `listed` its first words, of `count`.
#[must_use]
pub fn unknown_word(span: Span, word: &str, near: &[&str], listed: &[String], count: usize) -> Diagnostic {
    let message = format!("`{}` is not a word of the vocabulary", clean(word));
    let words: Vec<String> = listed.iter().map(|word| format!("\"{}\"", clean(word))).collect();
    let more = if count > listed.len() { format!(" and {} more", count - listed.len()) } else { String::new() };
    Diagnostic::at(&UNKNOWN_WORD, span, message)
        .label("not in the vocabulary")
        .meant_as(span, word, near, |near| format!("{near:?}"))
        .note(format!("the vocabulary is {}{more}", words.join(" ")))
}

#[must_use]
pub fn no_vocabulary(span: Span, word: &str) -> Diagnostic {
    let message = format!("`{}` cannot be looked up: the token has no declared vocabulary", clean(word));
    Diagnostic::at(&UNKNOWN_WORD, span, message)
        .label("a word of which vocabulary?")
        .help("declare it: `input tokens : token[batch, pos] vocabulary { \"a\" \"b\" }`")
        .help("or compare with the number of the token")
}

#[must_use]
pub fn number_outside_vocabulary(span: Span, number: i64, words: Option<usize>) -> Diagnostic {
    let message = format!("no token has the number {number}");
    let finding = Diagnostic::at(&UNKNOWN_WORD, span, message).label("no such token");
    match words {
        Some(words) => finding.note(format!("the vocabulary has the numbers 0 to {}", words.saturating_sub(1))),
        None => finding.note("tokens are numbered from 0"),
    }
}

#[must_use]
pub fn not_discrete(span: Span, ty: &ValueType) -> Diagnostic {
    Diagnostic::at(&NOT_DISCRETE, span, format!("a claim cannot condition on `{ty}`"))
        .label(format!("this is `{ty}`"))
        .note("data are drawn that agree on the claimed value; two reals almost never agree")
        .unsafe_fix("bin it by comparison, such as `x > 0`", span, wrapped("", " > 0"))
        .help("a fraction of two ints is exact as `ratio(a, b)`")
}

#[must_use]
pub fn behaviour_not_a_number(span: Span, ty: &ValueType) -> Diagnostic {
    let finding = Diagnostic::at(
        &BEHAVIOUR_NOT_A_NUMBER,
        span,
        format!("a behaviour must be one `real` for each example, found `{ty}`"),
    )
    .label(format!("this is `{ty}`"));
    match (ty.scalar, ty.dims.is_empty()) {
        (Scalar::Bool | Scalar::Int, true) => finding.help("`real(x)` makes a real number of it"),
        (_, false) if ty.dims.len() == 1 => finding
            .unsafe_fix("`mean(x)`, `sum(x)` or an index removes an axis", span, wrapped("mean(", ")"))
            .help(format!(
                "a mean over all positions is written with its type: `behaviour b : real[{}] = ...`",
                ty.dims.join(", ")
            )),
        (_, false) => finding.help("`mean(x)`, `sum(x)` or an index removes an axis").help(format!(
            "a mean over all positions is written with its type: `behaviour b : real[{}] = ...`",
            ty.dims.join(", ")
        )),
        _ => finding,
    }
}

#[must_use]
pub fn mask_reads_output(span: Span) -> Diagnostic {
    Diagnostic::at(&MASK_READS_OUTPUT, span, "the mask of a behaviour reads an output of the model")
        .label("depends on the model")
        .note("the hypothesis would then decide what it is measured on")
        .help("let the mask read inputs, columns and features")
}

#[must_use]
pub fn mask_without_axes(span: Span) -> Diagnostic {
    Diagnostic::at(&MASK_WITHOUT_AXES, span, "`where` chooses among positions, but this behaviour has none")
        .label("a mask")
        .help("give the behaviour a type with axes, as in `behaviour b : real[pos] where ... = ...`")
        .help("or leave examples out of the dataset")
}

/// `names` are the first features of the cycle in order, of `count`.
#[must_use]
pub fn feature_cycle(span: Span, names: &[&str], count: usize) -> Diagnostic {
    let mut path: Vec<String> = names.iter().map(|name| format!("`{}`", clean(name))).collect();
    if count > path.len() {
        path.push("...".to_string());
    }
    path.extend(names.first().map(|name| format!("`{}`", clean(name))));
    Diagnostic::at(&FEATURE_CYCLE, span, format!("a feature is defined by itself: {}", path.join(" reads ")))
        .label("needs itself")
}

#[must_use]
pub fn output_in_feature(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{}` is an output of the model; a feature is a function of the datum alone", clean(name));
    Diagnostic::at(&OUTPUT_IN_FEATURE, span, message).label("an output").help("only a behaviour reads outputs")
}

#[must_use]
pub fn too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::at(&TOO_DEEP, span, format!("the expression is nested deeper than {limit} levels"))
        .label("too deep")
        .note("the levels of the features that it reads count too")
}

#[must_use]
pub fn unknown_scalar(span: Span, name: &str, near: &[&str]) -> Diagnostic {
    Diagnostic::at(&MALFORMED_TYPE, span, format!("there is no type `{}`", clean(name)))
        .label("not a type")
        .meant(span, name, near)
        .note(format!("the types are {}", Scalar::NAMES.join(", ")))
}

#[must_use]
pub fn nameless_axis(span: Span) -> Diagnostic {
    Diagnostic::at(&MALFORMED_TYPE, span, "an axis needs a name")
        .label("a size alone")
        .help("`class = 2` gives name and size")
}

#[must_use]
pub fn axis_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&MALFORMED_TYPE, span, format!("axis `{}` is there twice", clean(name)))
        .label("the second")
        .note("axes match by name, so that each needs its own")
}

/// Functions whose axis holds the logits of classes.
const OF_CLASSES: &[&str] =
    &["softmax", "log_softmax", "cross_entropy", "accuracy", "logit_difference", "kl", "total_variation"];

/// A function over one axis, of a value that has none, several, or not the named one.
#[must_use]
pub fn axis_unclear(span: Span, function: &str, named: Option<&str>, ty: &ValueType) -> Diagnostic {
    let (function, value) = (clean(function), format!("`{ty}`"));
    match (named, ty.dims.as_slice()) {
        (Some(named), _) => {
            let message = format!("`{function}` cannot work along `{}`: the value is {value}", clean(named));
            Diagnostic::at(&AXIS_UNCLEAR, span, message).label("not an axis of the value")
        }
        (None, []) => {
            Diagnostic::at(&AXIS_UNCLEAR, span, format!("`{function}` needs an axis, but the value is {value}"))
                .label(format!("of {value}"))
        }
        (None, axes) => {
            let message = format!("`{function}` could work along several axes of {value}");
            let calls: Vec<String> = axes.iter().take(4).map(|axis| format!("`{function}(..., {axis})`")).collect();
            let found = Diagnostic::at(&AXIS_UNCLEAR, span, message)
                .label(format!("of {value}"))
                .help(format!("name one: {}", calls.join(" or ")));
            let last = axes.last().map_or("", String::as_str);
            let end = Span { start: span.end.saturating_sub(1), ..span };
            let found = found.unsafe_fix(format!("along `{last}`"), end, format!(", {last})"));
            if OF_CLASSES.contains(&function.as_str()) {
                found.note("it is the axis of the classes or words that are compared")
            } else {
                found
            }
        }
    }
}

/// `first` and `second` are the numbers that the word has in its vocabulary.
#[must_use]
pub fn word_twice(span: Span, word: &str, second: usize, before: Span, first: usize) -> Diagnostic {
    let message = format!("the vocabulary has the word `{}` twice, as {first} and as {second}", clean(word));
    Diagnostic::at(&WORD_TWICE, span, message)
        .label(format!("number {second}"))
        .also(before, format!("number {first}"))
        .help("a word stands for one number: write the words in the order of their numbers, each once")
}
