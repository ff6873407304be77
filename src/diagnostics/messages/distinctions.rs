//! A42 and A72: two sets of rows that a hypothesis shall tell apart.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    LACKS_SET = "A4220" "challenge-lacks-set" Error "a challenge that distinguishes needs two sets";
    NO_SUCH_SCORE = "A4221" "score-not-there" Error "the hypothesis has nothing to score by";
    RANKING_OF_WHAT = "A4222" "ranking-of-what" Error "an expectation does not say which score it is about";
    DRAWS_OUT_OF_RANGE = "A4223" "draws-of-a-row" Error "a row cannot be scrubbed so many times";
    DRAWS_ELSEWHERE = "A4224" "challenged-draws-elsewhere" Error "the hypothesis draws from other rows than the trusted ones";
    SETS_OVERLAP = "A7220" "sets-overlap" Error "one input is in both sets";
    SET_TOO_SMALL = "A7221" "set-too-small" Error "a set has too few different inputs";
    OUTPUTS_DIFFER = "A7222" "outputs-differ" Warning "the model says something else on the two sets";
    LABEL_LEAKS = "A7223" "label-leaks" Warning "a score reads a column that tells the sets apart";
    NO_ROW_VALUE = "A7224" "row-without-value" Error "a row of a set has no finite score";
}

#[must_use]
pub fn lacks_set(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&LACKS_SET, span, format!("no `{word}` set"))
        .help(format!("`{word} where EXPR` takes rows of the hypothesis' data, `{word} from DATA` those of other data"))
}

#[must_use]
pub fn no_such_score(span: Span, score: &str, (hypothesis, declared): (&str, Span)) -> Diagnostic {
    let why = match score {
        "direct" => "no node of it has an arrow into the behaviour",
        _ => "no node of it has activations that are real numbers",
    };
    Diagnostic::at(&NO_SUCH_SCORE, span, format!("`{}` has no score `{score}`", clean(hypothesis)))
        .label(why)
        .also(declared, "the hypothesis")
        .help("leave it out; without `scores` a challenge takes those that there are")
}

#[must_use]
pub fn ranking_of_what(span: Span, measure: &str) -> Diagnostic {
    let measure = clean(measure);
    Diagnostic::at(&RANKING_OF_WHAT, span, format!("`{measure}` of which score?"))
        .help(format!("`{measure}(effect) >= 0.8`; others are `direct` and `mahalanobis`"))
}

#[must_use]
pub fn draws_out_of_range(span: Span, most: i64) -> Diagnostic {
    Diagnostic::at(&DRAWS_OUT_OF_RANGE, span, format!("`draws` takes a whole number from 1 to {most}"))
        .label("how often each row is scrubbed")
        .help("8 are taken where nothing is said")
}

#[must_use]
pub fn draws_elsewhere(span: Span, hypothesis: &str) -> Diagnostic {
    let message = format!("`{}` draws from other data, or pairs its draws", clean(hypothesis));
    Diagnostic::at(&DRAWS_ELSEWHERE, span, message)
        .note("a challenge scrubs every row with trusted rows: a draw from elsewhere would say what those are")
        .help("take a hypothesis whose nodes and draws have no `from` and no `paired by`")
}

/// `shown`: two places of an input that is in both.
#[must_use]
pub fn sets_overlap(span: Span, count: usize, shown: &str) -> Diagnostic {
    let what = if count == 1 { "1 input is".to_owned() } else { format!("{count} inputs are") };
    Diagnostic::at(&SETS_OVERLAP, span, format!("{what} in both sets"))
        .label(format!("for example {}", clean(shown)))
        .note("what is trusted and anomalous at once can be told apart by nothing")
        .help("make the conditions exclude each other; what counts are the model's inputs, not the other columns")
}

#[must_use]
pub fn set_too_small(span: Span, word: &str, (rows, distinct, least): (usize, usize, usize)) -> Diagnostic {
    let message = match rows {
        0 => format!("no row is in the {word} set"),
        _ => format!("the {word} set has {distinct} different inputs ({rows} rows)"),
    };
    Diagnostic::at(&SET_TOO_SMALL, span, message)
        .label(format!("at least {least} are needed: half to fit on, half to score"))
        .help("take a wider condition, or data with more such rows")
}

#[must_use]
pub fn outputs_differ(span: Span, figures: &str) -> Diagnostic {
    Diagnostic::at(&OUTPUTS_DIFFER, span, format!("the model does not do the same on both sets: {}", clean(figures)))
        .note("whoever sees the outputs can then tell the sets apart, without knowing anything of how they come about")
        .help("take only rows on which the model gives the same output")
}

#[must_use]
pub fn label_leaks(span: Span, column: &str, reader: &str, figures: &str) -> Diagnostic {
    let column = clean(column);
    let message = format!("`{column}` is not the same on both sets: {}", clean(figures));
    Diagnostic::at(&LABEL_LEAKS, span, message)
        .label(format!("{} reads it", clean(reader)))
        .note("the scores `effect` and `direct` see this column, which the model does not: they might tell the sets apart by it")
        .help(format!("take rows with the same `{column}`, or a behaviour and features that do not read it"))
}

#[must_use]
pub fn no_row_value(span: Span, count: usize, (path, row): (&str, u32)) -> Diagnostic {
    let what = if count == 1 { "1 row has".to_owned() } else { format!("{count} rows have") };
    Diagnostic::at(&NO_ROW_VALUE, span, format!("{what} a behaviour that is not a finite number, or counts nothing"))
        .label(format!("the first is row {row} of `{}`", clean(path)))
        .help("leave such rows out of the sets")
}
