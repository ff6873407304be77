//! A4201 to A4209 and A7201 to A7209: challenges that look for inputs which fool a model.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;

declare_codes! {
    INCOMPLETE = "A4201" "incomplete-challenge" Error "a challenge does not say what is tried, or how much";
    NOTHING_TRIED = "A4202" "nothing-is-tried" Error "a challenge has a budget, or draws, of no whole number above zero";
    OTHER_MODEL = "A4203" "candidates-of-another-model" Error "the candidates of a challenge are for another model than its hypothesis";
    LEAK = "A4204" "ranking-knows-the-answer" Error "the ranking of a challenge reads the label or what the untouched model says";
    EXPRESSION = "A4205" "challenge-expression" Error "an expression of a challenge has a type that is of no use there";
    SUCCESS = "A4206" "success-unknown" Error "it is not known when an input fools the model";
    MEASURE = "A4207" "unknown-measure" Error "an expectation of a challenge is about nothing that is measured";
    SCRUBBED = "A4208" "scrubbed-behaviour" Error "`scrubbed` is not of the behaviour that the hypothesis explains";
    NO_CANDIDATES = "A7201" "no-candidates" Error "no candidate is left to try";
    ALL_UNIQUE = "A7202" "match-is-unique" Error "no two candidates agree on what the matched control agrees on";
    NOTHING_MATCHED = "A7203" "nothing-matched" Warning "nothing that was tried has a control that matches it";
    NOT_FINITE = "A7204" "rank-not-finite" Error "a candidate has no finite rank";
    ALL_TRIED = "A7205" "every-candidate-tried" Warning "the budget of a challenge holds all candidates";
}

/// A line that every such challenge has.
#[must_use]
pub fn line_absent(span: Span, challenge: &str, line: &str) -> Diagnostic {
    let (what, example) = match line {
        "from" => ("where its candidates come from", "from towers"),
        "rank" => ("which candidates are tried first", "rank by scrubbed(loss)"),
        _ => ("how many candidates are tried", "budget 500"),
    };
    Diagnostic::at(&INCOMPLETE, span, format!("`{}` does not say {what}", clean(challenge)))
        .label(format!("no line `{line}`"))
        .help(format!("add a line such as `{example}`"))
}

#[must_use]
pub fn nothing_tried(span: Span, line: &str, value: i64, most: i64) -> Diagnostic {
    let found = Diagnostic::at(&NOTHING_TRIED, span, format!("`{line} {value}` is not between 1 and {most}"));
    match line {
        "budget" => found.label("nothing would be tried").help("say how many candidates are tried: `budget 500`"),
        _ => found.label("nothing would be drawn").help("say how often each candidate is scrubbed: `draws 8`"),
    }
}

/// `of_data` is where the candidates were declared, `of_hypothesis` the hypothesis.
#[must_use]
pub fn other_model(span: Span, data: &str, of_data: Span, hypothesis: &str, of_hypothesis: Span) -> Diagnostic {
    let message = format!("`{}` holds inputs of another model than `{}` is about", clean(data), clean(hypothesis));
    Diagnostic::at(&OTHER_MODEL, span, message)
        .label("inputs of another model")
        .also(of_data, "declared here")
        .also(of_hypothesis, "the hypothesis")
        .help("take candidates from a dataset for the same model: `data candidates for MODEL = ...`")
}

#[must_use]
pub fn ranking_reads_label(span: Span, column: &str, behaviour: &str) -> Diagnostic {
    let message =
        format!("the ranking reads `{}`, which is the answer that `{}` compares with", clean(column), clean(behaviour));
    Diagnostic::at(&LEAK, span, message)
        .label("knows the answer")
        .note("then a success says nothing about the hypothesis")
        .help(
            "rank by features of the inputs, or by `scrubbed(...)`; `where` may read the label, since all controls do",
        )
}

#[must_use]
pub fn ranking_reads_model(span: Span, name: &str) -> Diagnostic {
    let name = clean(name);
    Diagnostic::at(&LEAK, span, format!("the ranking reads `{name}` of the untouched model, which is what is tried"))
        .label("knows what the model says")
        .note("then a success says nothing about the hypothesis")
        .help("rank by features of the inputs, or by what the hypothesis predicts: `scrubbed(...)`")
}

/// An expression of the line `line` that must be `wanted`.
#[must_use]
pub fn of_no_use(span: Span, line: &str, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::at(
        &EXPRESSION,
        span,
        format!("`{line}` takes {wanted} for each candidate, and this is {}", clean(found)),
    )
    .label(format!("not {wanted}"))
    .help("reduce axes with `all`, `any`, `sum` or `max`, and compare numbers to get a bool")
}

/// Neither said nor the loss of a classifier with one label for each example.
#[must_use]
pub fn success_unknown(span: Span, challenge: &str, behaviour: &str) -> Diagnostic {
    let message = format!("`{}` does not say when an input fools the model", clean(challenge));
    Diagnostic::at(&SUCCESS, span, message)
        .label("no line `success`")
        .note(format!("`{}` is not the loss of a classifier with one label for each example", clean(behaviour)))
        .help(format!("add a line such as `success {} > 1`", clean(behaviour)))
}

#[must_use]
pub fn unknown_measure(span: Span, found: &str, known: &[&str]) -> Diagnostic {
    let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let finding = Diagnostic::at(&MEASURE, span, format!("`{}` is not measured by this challenge", clean(found)))
        .label(format!("it measures {}", all.join(", ")));
    let near = nearest(found, known.iter().copied());
    finding.meant(span, found, &near)
}

/// A control that an expectation names and that there is none of, with why.
#[must_use]
pub fn control_absent(span: Span, control: &str) -> Diagnostic {
    let found = Diagnostic::at(&MEASURE, span, format!("there is no control `{}` here", clean(control)));
    if control == "matched" {
        return found.label("no line `match`").help("say what it has in common with what is tried: `match length`");
    }
    found.label("needs logits of classes").note(
        "how sure a model is, is known where the behaviour is the loss of a classifier, one label for each example",
    )
}

#[must_use]
pub fn scrubbed_of_another(span: Span, explained: &str) -> Diagnostic {
    let explained = clean(explained);
    Diagnostic::at(
        &SCRUBBED,
        span,
        format!("`scrubbed` takes the behaviour that the hypothesis explains: `{explained}`"),
    )
    .label("not this behaviour")
    .help(format!("write `scrubbed({explained})`"))
}

/// Why no candidate is left: `(rows, duplicates, known)`, of which the filter kept none.
#[must_use]
pub fn no_candidates(span: Span, data: &str, (rows, duplicates, known): (usize, usize, usize)) -> Diagnostic {
    let data = clean(data);
    let message = format!("no row of `{data}` is left as a candidate");
    let found = Diagnostic::at(&NO_CANDIDATES, span, message).note(format!(
        "it has {rows} rows; {duplicates} repeat another row, {known} are rows of the hypothesis' own data"
    ));
    if duplicates + known >= rows {
        return found.label("nothing new is in it").help("take candidates that the hypothesis was not made for");
    }
    found.label("none of the others passes the filter").help("relax `where`, or take more candidates")
}

#[must_use]
pub fn all_unique(span: Span, candidates: usize) -> Diagnostic {
    let message = format!("no two of the {candidates} candidates agree on what `match` says");
    Diagnostic::at(&ALL_UNIQUE, span, message).label("a value for each candidate").help(
        "match on something coarser, such as a length or a count, so that each tried candidate has others like it",
    )
}

#[must_use]
pub fn nothing_matched(span: Span, tried: usize) -> Diagnostic {
    let message = format!("none of the {tried} tried candidates has a candidate like it that was not tried");
    Diagnostic::at(&NOTHING_MATCHED, span, message)
        .label("no matched control")
        .help("match on less, take more candidates, or lower the budget")
}

#[must_use]
pub fn not_finite(span: Span, row: u32, value: f64) -> Diagnostic {
    Diagnostic::at(&NOT_FINITE, span, format!("the rank of row {row} is {value}"))
        .label("no finite number on every candidate")
        .help("leave such candidates out with `where`, or rank by something that is finite")
}

#[must_use]
pub fn all_tried(span: Span, budget: usize, candidates: usize) -> Diagnostic {
    let message =
        format!("the budget of {budget} holds all {candidates} candidates, so that the ranking chooses nothing");
    Diagnostic::at(&ALL_TRIED, span, message)
        .label("nothing is left out")
        .help("lower the budget, or take more candidates")
}
