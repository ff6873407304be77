//! A7: sampling classes, baselines and estimates.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    CLASS_OF_ONE = "A7001" "class-of-one" Error "a sampling class has one member";
    BASELINE_EQUALS_MODEL = "A7003" "baseline-equals-model" Error "shuffling changes nothing, so there is nothing to recover";
    UNDEFINED = "A7004" "recovered-undefined" Warning "the model cannot be told from the baseline";
    TOO_FEW_REFERENCES = "A7005" "too-few-references" Error "an estimate needs at least two references";
    SWAPPED_NOTHING = "A7006" "swapped-nothing" Warning "an arrow replaced no value by a different one";
    FEW_DECIDE = "A7008" "few-examples-decide" Warning "an interval rests on few examples";
    MASK_NEVER_TRUE = "A7009" "mask-never-true" Error "no position of the data counts for a behaviour";
}

/// `examples` describe some of the lonely values.
#[must_use]
pub fn class_of_one(
    span: Span,
    node: &str,
    lonely: usize,
    classes: usize,
    rows: usize,
    examples: &[String],
) -> Diagnostic {
    let message = format!(
        "{lonely} of the {classes} classes of the feature of `{}` have one member ({lonely} of {rows} rows)",
        clean(node)
    );
    let found = Diagnostic::at(&CLASS_OF_ONE, span, message)
        .label("the only row to draw there is the row itself")
        .note("nothing is resampled on these rows, which makes the claim look better than it is");
    let found = match examples {
        [] => found,
        [one] => found.note(format!("the value {}", clean(one))),
        _ => found.note(format!("for example the values {}", clean(&examples.join(", ")))),
    };
    found.help("coarsen the feature, or give more data; `--allow A7001` makes this a warning")
}

#[must_use]
pub fn baseline_equals_model(span: Span, behaviour: &str, why: &str) -> Diagnostic {
    let message = format!("the `shuffled` baseline of `{}` equals the model: {}", clean(behaviour), clean(why));
    Diagnostic::at(&BASELINE_EQUALS_MODEL, span, message)
        .label("nothing is there to recover")
        .help("compare the outputs with a label, as in `cross_entropy(logits, label)`")
        .help(format!(
            "or name what to measure from: `recovered({}, baseline = unclaimed)`, or a hypothesis",
            clean(behaviour)
        ))
}

#[must_use]
pub fn undefined(span: Span, hypothesis: &str, model: f64, (name, baseline): (&str, f64)) -> Diagnostic {
    let message = format!(
        "recovered is undefined for `{}`: the model ({model:.6}) cannot be told from the baseline `{}` ({baseline:.6})",
        clean(hypothesis),
        clean(name)
    );
    Diagnostic::at(&UNDEFINED, span, message)
        .label("the interval of model minus baseline contains 0")
        .help("use more references (`--n`), or a behaviour that the model is good at")
}

#[must_use]
pub fn too_few_references(asked: usize, rows: usize) -> Diagnostic {
    let message = format!("an interval needs at least two references; {} can be had", asked.min(rows));
    Diagnostic::new(&TOO_FEW_REFERENCES, message, Place::Nowhere)
        .note(format!("--n is {asked}, the dataset has {rows} rows; a row is a reference at most once"))
}

/// All of `n` references are in one pool of `pool`.
#[must_use]
pub fn too_few_pools(span: Span, hypothesis: &str, n: usize, pool: usize) -> Diagnostic {
    let message = format!(
        "an interval needs at least two pools of references; the {n} of `{}` are in one of {pool}",
        clean(hypothesis)
    );
    Diagnostic::at(&TOO_FEW_REFERENCES, span, message)
        .label("all references share their draws")
        .note("where a baseline has another pool, the least common multiple counts")
        .help("use more references (`--n`) or a smaller `pool`")
}

/// `n` references of which none has a position that counts.
#[must_use]
pub fn no_reference_counts(span: Span, behaviour: &str, n: usize) -> Diagnostic {
    let message = format!("no position of the {n} references counts for `{}`", clean(behaviour));
    Diagnostic::at(&MASK_NEVER_TRUE, span, message)
        .label("a mean over nothing")
        .help("use more references (`--n`): the mask is true on few rows of the data")
}

/// A file of draws has `count` references.
#[must_use]
pub fn too_few_replayed(hypothesis: &str, count: usize) -> Diagnostic {
    let message = format!("an interval needs at least two references; {count} of `{}` are replayed", clean(hypothesis));
    Diagnostic::new(&TOO_FEW_REFERENCES, message, Place::Nowhere)
}

#[must_use]
pub fn swapped_nothing(span: Span, from: &str, to: &str, references: usize, own: usize) -> Diagnostic {
    let message = format!("the arrow from `{}` to `{}` swapped nothing in {references} draws", clean(from), clean(to));
    let share = 100.0 * own as f64 / (references.max(1) as f64);
    let note = match own {
        _ if own == references => "the row itself was drawn each time".to_owned(),
        0 => "other rows were drawn, but the values there were the same".to_owned(),
        _ => format!("in {share:.1} % of them the row itself was drawn; in the others the values were the same"),
    };
    Diagnostic::at(&SWAPPED_NOTHING, span, message).label("this claim was not tested").note(note)
}

#[must_use]
pub fn mask_never_true(span: Span, behaviour: &str, data: &str) -> Diagnostic {
    let message = format!("the mask of `{}` is true at no position of any row of `{}`", clean(behaviour), clean(data));
    Diagnostic::at(&MASK_NEVER_TRUE, span, message).label("nothing counts").help("correct the mask, or give other data")
}

/// `share` is the part of the variance that the `few` most extreme of `n` examples make up.
#[must_use]
pub fn few_decide(span: Span, hypothesis: &str, n: usize, few: usize, share: f64) -> Diagnostic {
    let message = format!("the interval of `{}` rests on few examples", clean(hypothesis));
    let found = Diagnostic::at(&FEW_DECIDE, span, message).label("it might be too narrow");
    let found = if n < few * 40 { found.note(format!("there are only {n} references")) } else { found };
    let found = if share > 0.5 {
        found.note(format!("{few} of {n} examples make up {:.0} % of the variance", 100.0 * share))
    } else {
        found
    };
    found.help("use more references (`--n`): losses often have few examples that are very wrong")
}

/// References share draws in `groups` of `pool`, of which there should be `least`.
#[must_use]
pub fn few_groups(span: Span, hypothesis: &str, groups: usize, (pool, least): (usize, usize)) -> Diagnostic {
    let message = format!("the interval of `{}` rests on {groups} independent groups of references", clean(hypothesis));
    Diagnostic::at(&FEW_DECIDE, span, message)
        .label("it might be too narrow")
        .note(format!("each {pool} references share their draws (`pool {pool}`)"))
        .help(format!("use {} references or more (`--n`), or a smaller `pool`", pool * least))
}

/// So `few` of `n` examples differ from the rest that their spread says nothing of those not seen.
#[must_use]
pub fn few_differ(span: Span, hypothesis: &str, n: usize, few: usize) -> Diagnostic {
    let message = format!("the interval of `{}` rests on few examples", clean(hypothesis));
    let seen = match few {
        0 => format!("all {n} references are like the others"),
        1 => format!("1 of {n} references differs from the others"),
        _ => format!("{few} of {n} references differ from the others"),
    };
    Diagnostic::at(&FEW_DECIDE, span, message)
        .label("others that differ might not have been seen")
        .note(format!("{seen}: the interval allows for as many more as the number of references leaves open"))
        .help("use more references (`--n`): an interval without a difference shrinks as 1 / n")
}
