//! A601x: what a run finds.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    NOT_FINITE = "A6010" "behaviour-not-finite" Error "a behaviour is not a finite number";
    REPLAY_MISMATCH = "A6011" "replay-mismatch" Error "a file of draws does not fit the hypotheses";
    REPLAY_ROW = "A6012" "replay-row" Error "a replayed draw breaks its claim";
    NOT_THE_MODEL = "A6013" "lowering-differs" Error "with every draw exact, the plan does not give the model's outputs";
}

/// Draws of a hypothesis and of its baseline were replayed from different references.
#[must_use]
pub fn baseline_other_references(span: Span, hypothesis: &str, baseline: &str) -> Diagnostic {
    let message = format!(
        "`{}` and its baseline `{}` have different references in the file of draws",
        clean(hypothesis),
        clean(baseline)
    );
    Diagnostic::at(&REPLAY_MISMATCH, span, message)
        .label("cannot be compared, reference by reference")
        .help("replay draws of one run")
}

/// Where a number went wrong first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstBad {
    /// `NaN` or `infinity`.
    pub what: &'static str,
    /// The tensor, and the operator that computed it.
    pub tensor: String,
    pub operator: String,
}

/// `scrubbed` tells the behaviour under the hypothesis from that of the untouched model.
#[must_use]
pub fn not_finite(
    span: Span,
    hypothesis: &str,
    scrubbed: bool,
    count: usize,
    total: usize,
    (data, row): (&str, u32),
    first: Option<&FirstBad>,
) -> Diagnostic {
    let of = if scrubbed { format!("under `{}`", clean(hypothesis)) } else { "of the untouched model".to_owned() };
    let message = format!("the behaviour {of} is not a finite number in {count} of {total} examples");
    let found = Diagnostic::at(&NOT_FINITE, span, message)
        .label("no mean can be taken")
        .also_at(Place::Data { path: clean(data), row: Some(u64::from(row)) }, "the first such example");
    match first {
        Some(first) => found.note(format!(
            "there {} first appears in tensor `{}`, computed by {}",
            first.what,
            clean(&first.tensor),
            clean(&first.operator)
        )),
        None if scrubbed => found.note("the untouched model gives finite numbers on every row"),
        None => found.note(
            "no operator of the model gave NaN there: an output is infinite, or the behaviour has no value there, \
             such as the logarithm of 0",
        ),
    }
}

#[must_use]
pub fn replay_lacks(path: &str, name: &str) -> Diagnostic {
    let message = format!("the file of draws has no array `{}`", clean(name));
    Diagnostic::new(&REPLAY_MISMATCH, message, Place::File { path: clean(path) })
        .help("`--draws FILE` writes a file with the arrays that these hypotheses need")
}

#[must_use]
pub fn replay_unknown(path: &str, name: &str) -> Diagnostic {
    let message = format!("array `{}` belongs to no draw of these hypotheses", clean(name));
    Diagnostic::new(&REPLAY_MISMATCH, message, Place::File { path: clean(path) })
        .note("its name might be that of another version of the file, or of another model")
}

#[must_use]
pub fn replay_shape(path: &str, name: &str, found: &[usize], wanted: usize) -> Diagnostic {
    let message = format!("array `{}` has the shape {found:?}; int64 of shape [{wanted}] is needed", clean(name));
    Diagnostic::new(&REPLAY_MISMATCH, message, Place::File { path: clean(path) }).note("one row for each reference")
}

#[must_use]
pub fn replay_outside(path: &str, name: &str, at: usize, row: i64, rows: usize) -> Diagnostic {
    let message = format!("array `{}` names row {row} at place {at}; the dataset has {rows} rows", clean(name));
    Diagnostic::new(&REPLAY_ROW, message, Place::File { path: clean(path) })
}

#[must_use]
pub fn replay_disagrees(path: &str, name: &str, at: usize, row: u32, given: u32) -> Diagnostic {
    let message =
        format!("array `{}` draws row {row} at place {at}, which does not agree with row {given}", clean(name));
    Diagnostic::new(&REPLAY_ROW, message, Place::File { path: clean(path) })
        .note("a claim draws among the rows that have the same value of its feature")
}

#[must_use]
pub fn not_the_model(span: Span, hypothesis: &str, error: f64) -> Diagnostic {
    let message = format!(
        "with every draw set to the reference, `{}` differs from the model by {error:.1e} of its outputs",
        clean(hypothesis)
    );
    Diagnostic::at(&NOT_THE_MODEL, span, message)
        .label("this plan cannot be trusted")
        .note("this is a fault of Ansatz or of the engine, not of the hypothesis; please report it")
        .help("try `--engine reference`")
}
