//! A4: the structure of a hypothesis and claims that are empty.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::{BEFORE, INDENT, REST, WRITTEN};
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    NOT_THE_ROOT = "A4001" "several-roots" Error "an arrow ends at a behaviour that the hypothesis does not explain";
    CYCLE = "A4002" "cyclic-hypothesis" Error "arrows run in a circle";
    REACHES_NOTHING = "A4003" "node-reaches-nothing" Error "no chain of arrows leads from a node to the behaviour";
    ARROWS_CONFLICT = "A4004" "arrows-conflict" Error "two arrows into one node claim the same elements";
    ARROW_WITHOUT_PATH = "A4005" "arrow-without-path" Error "an arrow has no direct path in the model";
    ARROW_TWICE = "A4006" "arrow-twice" Error "an arrow is written twice";
    ARROW_FROM_ROOT = "A4007" "arrow-from-root" Error "an arrow starts at a behaviour";
    AXES_DIFFER = "A4008" "feature-axes" Error "a claimed feature has axes that the region lacks";
    UNKNOWN_SCHEME = "A4010" "unknown-scheme" Error "unclaimed draws have no such scheme";
    UNCLAIMED_TWICE = "A4011" "unclaimed-twice" Error "a hypothesis sets its unclaimed draws twice";
    UNKNOWN_METRIC = "A4012" "unknown-metric" Error "an expectation names an unknown metric";
    BAD_BOUND = "A4013" "expectation-bound" Error "an expectation cannot be decided by an estimate";
    BASELINE_UNUSABLE = "A4014" "baseline-unusable" Error "a clause names a baseline that it cannot be measured from";
    BAD_PRECISION = "A4015" "precision" Error "a precision is not a positive number, or is asked of an interchange";
    CLAIMS_EVERYTHING = "A4101" "claims-everything" Warning "a hypothesis resamples nothing";
    FEATURE_CONSTANT = "A4102" "feature-constant" Warning "a claimed feature has one value on all of the data";
    FEATURE_UNIQUE = "A4103" "feature-singles-out" Error "a claimed feature has a value of its own for every example";
    FEATURE_READS_LABEL = "A4104" "feature-reads-answer" Warning "a claimed feature reads what the behaviour compares with";
}

#[must_use]
pub fn not_the_root(span: Span, behaviour: &str, root: &str, explains: Span) -> Diagnostic {
    let message =
        format!("the arrow ends at behaviour `{}`, but the hypothesis explains `{}`", clean(behaviour), clean(root));
    Diagnostic::at(&NOT_THE_ROOT, span, message)
        .label("another behaviour")
        .also(explains, "one hypothesis has one root")
        .unsafe_fix(format!("end it at `{}`", clean(root)), span, clean(root))
        .help("state a second hypothesis for another behaviour")
}

/// `circle` names the nodes in order, the first one again at the end.
#[must_use]
pub fn cycle(span: Span, circle: &[&str]) -> Diagnostic {
    Diagnostic::at(&CYCLE, span, format!("arrows run in a circle: {}", circle.join(" -> ")))
        .label("the model has no path for this arrow")
        .note("a model computes forwards, so that no circle of arrows has a path in it")
        .unsafe_fix("remove it, or turn it round", span, "")
}

#[must_use]
pub fn reaches_nothing(span: Span, node: &str, root: &str) -> Diagnostic {
    let message = format!("no arrow leads from `{}` to `{}`", clean(node), clean(root));
    let arrow = format!("{} -> {}", clean(node), clean(root));
    Diagnostic::at(&REACHES_NOTHING, span, message).label("this claim is never tested").unsafe_fix(
        format!("add an arrow such as `{arrow}`, or remove the node"),
        span,
        format!("{WRITTEN}{REST}\n{INDENT}{arrow}"),
    )
}

#[must_use]
pub fn arrows_conflict(span: Span, from: &str, other: Span, other_from: &str, to: &str) -> Diagnostic {
    let message = format!("`{}` and `{}` claim the same elements for `{}`", clean(from), clean(other_from), clean(to));
    Diagnostic::at(&ARROWS_CONFLICT, span, message)
        .label("this arrow")
        .also(other, "and this one")
        .help("bind the nodes to parts that do not overlap, for example `[pos: 1]` and `[pos: 2..8]`")
}

/// The source of one arrow lies on a path of another into the same end. `places` and `names` are of
/// the other arrow, then of the one; `except` is the region that the other should not meet.
#[must_use]
pub fn source_on_path(
    places: (Span, Span),
    names: (&str, &str),
    to: &str,
    except: Option<&str>,
    has_exceptions: bool,
) -> Diagnostic {
    let ((span, other), (from, met)) = (places, (clean(names.0), clean(names.1)));
    let message =
        format!("a path from `{from}` to `{}` goes through `{met}`, which has an arrow of its own there", clean(to));
    let found = Diagnostic::at(&ARROWS_CONFLICT, span, message)
        .label("this arrow claims the path")
        .also(other, "and so does this one");
    let end = Span { start: span.end, ..span };
    match except {
        Some(region) if has_exceptions => {
            found.unsafe_fix(format!("leave these paths out too: `{region}`"), end, format!(", {region}"))
        }
        Some(region) => found.unsafe_fix(
            format!("leave these paths out: `except via {region}`"),
            end,
            format!(" except via {region}"),
        ),
        None => found.help("exclude the paths through it with `except via`, or use `->` for direct paths only"),
    }
}

/// Why an arrow has no path of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPath {
    /// Every path meets one of these components.
    Blocked(Vec<String>),
    /// The target is computed before the source.
    Backwards,
    /// Neither depends on the other.
    Unrelated,
    /// Only the operators' tensors are connected, not these parts of them.
    OtherParts,
    /// It claims terms of a sum, and its paths meet none.
    NoSum,
    /// Its paths enter the target by other ports.
    OtherPorts,
    /// Every path meets an exception.
    AllExcluded,
}

/// `others` are arrows that have no path for the same reason.
#[must_use]
pub fn arrow_without_path(span: Span, from: &str, to: &str, why: &NoPath, others: usize) -> Diagnostic {
    let found = without_path(span, &clean(from), &clean(to), why);
    match (why, others) {
        (NoPath::Blocked(blockers), 1..) => {
            let more = if others == 1 { "1 other arrow has".to_owned() } else { format!("{others} other arrows have") };
            let blocker = blockers.first().map_or("", String::as_str);
            found.note(format!("{more} no path for the same reason")).help(format!(
                "if the model declares the sum of other components as `{blocker}`, take one of the two out of the map"
            ))
        }
        _ => found,
    }
}

fn without_path(span: Span, from: &str, to: &str, why: &NoPath) -> Diagnostic {
    match why {
        NoPath::NoSum => {
            let message = format!("the paths from `{from}` to `{to}` by this port meet no sum that the pattern weighs");
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, message)
                .label("`where` has no terms to choose from")
                .help("`where` is about the sum of pattern times values: end the arrow at the port of the values, such as `.v`")
                .help("or leave `where` out")
        }
        NoPath::OtherPorts => Diagnostic::at(
            &ARROW_WITHOUT_PATH,
            span,
            format!("the paths from `{from}` to `{to}` do not pass these ports"),
        )
        .label("no path through here")
        .help(format!("`{from} -> {to}` takes all ports; `~>` takes paths through other components too")),
        NoPath::AllExcluded => {
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, format!("every path from `{from}` to `{to}` meets an exception"))
                .label("nothing is left")
                .help("exclude less")
        }
        NoPath::Blocked(blockers) => {
            let shown: Vec<String> = blockers.iter().take(4).map(|name| format!("`{name}`")).collect();
            let more = if blockers.len() > 4 { " and others" } else { "" };
            let message =
                format!("every path from `{from}` to `{to}` meets another component: {}{more}", shown.join(", "));
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, message).label("`->` claims direct paths only").help(format!(
                "go through it: a node for {}, with arrows into and out of it; or take all paths: `{from} ~> {to}`",
                shown.first().cloned().unwrap_or_default()
            ))
        }
        NoPath::Backwards => {
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, format!("`{to}` is computed before `{from}` in the model"))
                .label("this arrow points backwards")
                .unsafe_fix("turn it round", span, format!("{to} -> {from}"))
        }
        NoPath::Unrelated => {
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, format!("`{to}` does not depend on `{from}` in the model"))
                .label("there is no path")
                .unsafe_fix("remove the arrow", span, "")
        }
        NoPath::OtherParts => {
            let message = format!("`{to}` does not read the part of the tensor that `{from}` is bound to");
            Diagnostic::at(&ARROW_WITHOUT_PATH, span, message)
                .label("other parts are read")
                .help("bind the node to a part that is read")
                .unsafe_fix("or take all paths, through other components too", span, format!("{from} ~> {to}"))
        }
    }
}

#[must_use]
pub fn arrow_twice(span: Span, from: &str, to: &str, first: Span) -> Diagnostic {
    Diagnostic::at(&ARROW_TWICE, span, format!("the arrow from `{}` to `{}` is written twice", clean(from), clean(to)))
        .label("again")
        .also(first, "first here")
        .unsafe_fix("remove one: an arrow is one draw", span, "")
}

#[must_use]
pub fn arrow_from_root(span: Span, root: &str, (arrow, to): (Span, &str)) -> Diagnostic {
    Diagnostic::at(&ARROW_FROM_ROOT, span, format!("`{}` is the behaviour; nothing in the model reads it", clean(root)))
        .label("an arrow starts at a node")
        .unsafe_fix("turn it round", arrow, format!("{} -> {}", clean(to), clean(root)))
}

#[must_use]
pub fn axes_differ(span: Span, axes: &[String], region: &str, region_axes: &[String], node: Span) -> Diagnostic {
    let message = format!(
        "the feature has the axes [{}], the region `{}` has [{}]",
        axes.join(", "),
        clean(region),
        region_axes.join(", ")
    );
    Diagnostic::at(&AXES_DIFFER, span, message)
        .label(format!("of [{}]", axes.join(", ")))
        .also(node, "the region")
        .help("index the feature (`f[1]`) or reduce it (`all(f)`, `sum(f)`) to one value, or keep the one axis that it shares with the region")
}

/// `draws` are the named draws of the hypothesis.
#[must_use]
pub fn unknown_scheme(span: Span, scheme: &str, draws: &[&str]) -> Diagnostic {
    let found = Diagnostic::at(&UNKNOWN_SCHEME, span, format!("there is no unclaimed scheme `{}`", clean(scheme)))
        .label("not a scheme");
    let known = ["any", "exact", "apart", "zero", "mean", "constant"];
    match crate::diagnostics::nearest(scheme, known.iter().chain(draws).copied()).as_slice() {
        near @ [_, ..] => found.meant(span, scheme, near),
        [] => found
            .note("schemes: `any`, `exact`, `apart`, `mean`, `zero`, `constant NUMBER`, and named draws")
            .help(format!("a named draw is declared in the hypothesis: `draw {}`", clean(scheme))),
    }
}

#[must_use]
pub fn dataset_as_scheme(span: Span, data: &str) -> Diagnostic {
    let data = clean(data);
    Diagnostic::at(&UNKNOWN_SCHEME, span, format!("`{data}` is a dataset, not an unclaimed scheme"))
        .label("not a scheme")
        .unsafe_fix(
            format!("name a draw from it: `draw c from {data}`, then `unclaimed c`"),
            span,
            format!("{INDENT}draw other from {data}\n{BEFORE}other"),
        )
}

#[must_use]
pub fn unclaimed_twice(span: Span, first: Span) -> Diagnostic {
    Diagnostic::at(&UNCLAIMED_TWICE, span, "the unclaimed draws are set twice")
        .label("again")
        .also(first, "first here")
        .unsafe_fix("keep one of the two", span, "")
}

#[must_use]
pub fn unknown_metric(span: Span, metric: &str, known: &[&str]) -> Diagnostic {
    let found =
        Diagnostic::at(&UNKNOWN_METRIC, span, format!("there is no metric `{}`", clean(metric))).label("not a metric");
    found
        .meant(span, metric, &crate::diagnostics::nearest(metric, known.iter().copied()))
        .note(format!("metrics: {}", known.join(", ")))
}

#[must_use]
pub fn other_behaviour(span: Span, behaviour: &str, explained: &str, declared: Span) -> Diagnostic {
    let message = format!("the hypothesis explains `{}`, not `{}`", clean(explained), clean(behaviour));
    Diagnostic::at(&BAD_BOUND, span, message).label("another behaviour").also(declared, "explained here").unsafe_fix(
        format!("expect of `{}`", clean(explained)),
        span,
        clean(explained),
    )
}

#[must_use]
pub fn equality(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_BOUND, span, "an estimate is never known to be equal to a number")
        .label("no interval can decide this")
        .unsafe_fix("expect a bound with `>=`, `>`, `<=` or `<`", span, ">=")
}

/// A share that is written in percent.
#[must_use]
pub fn percentage(span: Span, metric: &str, written: f64) -> Diagnostic {
    let share = written / 100.0;
    Diagnostic::at(
        &BAD_BOUND,
        span,
        format!("`{}` is a share, not a percentage: {written} is {} %", clean(metric), written * 100.0),
    )
    .label("a share such as `0.9`")
    .unsafe_fix(format!("write `{share}`"), span, share.to_string())
}

/// A half-width that is written in percent.
#[must_use]
pub fn precision_in_percent(span: Span, written: f64) -> Diagnostic {
    let share = written / 100.0;
    Diagnostic::at(&BAD_PRECISION, span, "a precision is a share, not a percentage")
        .label("a share such as `0.01`")
        .unsafe_fix(format!("write `{share}`"), span, share.to_string())
}

#[must_use]
pub fn bound_not_a_number(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_BOUND, span, "the bound must be a number that is known before the run")
        .label("not a number")
        .help("such as `0.9`")
}

#[must_use]
pub fn precision_not_positive(span: Span, is_number: bool) -> Diagnostic {
    let (message, label) = match is_number {
        true => ("a precision is more than 0", "no interval is so narrow"),
        false => ("the precision must be a number that is known before the run", "not a number"),
    };
    Diagnostic::at(&BAD_PRECISION, span, message)
        .label(label)
        .help("half the width of the interval of recovered that is asked for, such as `0.01`")
}

#[must_use]
pub fn precision_of_an_interchange(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&BAD_PRECISION, span, format!("`{}` is an interchange, which recovers nothing", clean(name)))
        .label("no interval of recovered")
        .help("remove the line, and give the number of pairs with `--n`")
}

#[must_use]
pub fn claims_everything(span: Span, hypothesis: &str) -> Diagnostic {
    let message = format!("`{}` resamples nothing: 100 % is certain and says nothing", clean(hypothesis));
    Diagnostic::at(&CLAIMS_EVERYTHING, span, message)
        .label("every draw is `exact`")
        .help("state a feature for some node, or drop `unclaimed exact`")
}

#[must_use]
pub fn feature_constant(span: Span, node: &str, value: &str, data: &str) -> Diagnostic {
    let message = format!("the feature of `{}` is {value} on every row of `{}`", clean(node), clean(data));
    Diagnostic::at(&FEATURE_CONSTANT, span, message).label("claims that nothing is needed").unsafe_fix(
        "`computes any` says so openly; otherwise a condition might be wrong",
        span,
        "any",
    )
}

#[must_use]
pub fn feature_unique(span: Span, node: &str, data: &str, rows: usize) -> Diagnostic {
    let message = format!(
        "the feature of `{}` has a value of its own on each of the {rows} rows of `{}`",
        clean(node),
        clean(data)
    );
    Diagnostic::at(&FEATURE_UNIQUE, span, message)
        .label("claims everything and can't fail")
        .note("the only row that agrees with a row is the row itself, so nothing is resampled")
        .unsafe_fix("`computes exact` says so openly; otherwise coarsen the feature", span, "exact")
}

#[must_use]
pub fn feature_reads_answer(span: Span, node: &str, column: &str, behaviour: &str) -> Diagnostic {
    let message = format!(
        "the feature of `{}` reads `{}`, which `{}` compares with",
        clean(node),
        clean(column),
        clean(behaviour)
    );
    Diagnostic::at(&FEATURE_READS_LABEL, span, message)
        .label("sneaks the answer in")
        .help("say what the node computes from the model's inputs")
        .unsafe_fix("or claim all of the datum openly: `computes exact`", span, "exact")
}

/// `metric` is a mean, not a share.
#[must_use]
pub fn baseline_of_a_mean(span: Span, metric: &str) -> Diagnostic {
    Diagnostic::at(&BASELINE_UNUSABLE, span, format!("`{}` is not measured from a baseline", clean(metric)))
        .label("nothing is compared with this")
        .help("leave the baseline out, or bound `recovered`")
}

#[must_use]
pub fn baseline_is_itself(span: Span, hypothesis: &str) -> Diagnostic {
    Diagnostic::at(&BASELINE_UNUSABLE, span, format!("`{}` is measured from itself", clean(hypothesis)))
        .label("recovers nothing of itself by definition")
        .help("name another hypothesis, `unclaimed` or `shuffled`")
}

/// The hypothesis explains another behaviour, or one of another model, or on other data.
#[must_use]
pub fn baseline_elsewhere(span: Span, baseline: &str, declared: Span) -> Diagnostic {
    let message = format!("`{}` is about another behaviour, model or dataset", clean(baseline));
    Diagnostic::at(&BASELINE_UNUSABLE, span, message)
        .label("cannot be the baseline here")
        .also(declared, "declared here")
        .help("name a hypothesis that explains the same behaviour of the same model on the same data")
        .unsafe_fix("or the empty hypothesis: `unclaimed`", span, "unclaimed")
}
