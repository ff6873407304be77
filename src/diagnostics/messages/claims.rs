//! A4020 to A4039: what nodes, arrows and draws say beyond the structure of a hypothesis.

use super::binding::TensorLabel;
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::{ELEMENT, INDENT, LINE, REST, WRITTEN};
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;

declare_codes! {
    PARTS_OVERLAP = "A4020" "joined-regions" Error "the regions of one node do not go together";
    PORT = "A4021" "no-such-port" Error "an arrow or a scheme names a port that is not there";
    EXCEPTION = "A4022" "exception-is-a-site" Error "an exception is not a component";
    TERMS = "A4023" "attention-terms" Error "a condition does not choose terms of an attention sum";
    ABLATION = "A4024" "ablation" Error "a mean or a constant cannot be put here";
    DRAW = "A4025" "draw" Error "a named draw or a pool cannot be made";
    OTHER_DATA = "A4026" "other-dataset" Error "another dataset cannot be drawn from here";
    ESTIMATE = "A4027" "estimate" Error "an estimate does not fit its region";
    BEHAVIOUR_PART = "A4028" "part-of-behaviour" Error "a part of the behaviour is named";
    INTERCHANGE = "A4029" "interchange" Error "an interchange does not say what is exchanged, or for what";
    EXCEPTION_UNMET = "A4110" "exception-without-path" Warning "no path of an arrow meets its exception";
    FILLS_NOTHING = "A4112" "scheme-without-effect" Warning "what is said of unclaimed values has no effect";
    DRAW_UNUSED = "A4113" "draw-unused" Warning "a named draw is not used";
    TERMS_EVERYWHERE = "A4111" "all-terms" Warning "a condition holds for all terms of an attention sum";
}

fn listed(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| format!("`{}`", clean(name))).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

#[must_use]
pub fn parts_overlap(span: Span, node: &str, first: Span) -> Diagnostic {
    Diagnostic::at(&PARTS_OVERLAP, span, format!("two regions of `{}` share elements", clean(node)))
        .label("shares elements")
        .also(first, "with this one")
        .help("leave one out, or cut them apart: `[pos: 1]` and `[pos: 2..8]`")
}

/// A claim for each element needs the same elements in all regions; both ranges are half-open.
#[must_use]
pub fn parts_of_other_positions(
    span: Span,
    range: (usize, usize),
    first: Span,
    first_range: (usize, usize),
) -> Diagnostic {
    let message = format!(
        "a feature with an axis needs the same elements in all regions: here {}..{}, there {}..{}",
        range.0, range.1, first_range.0, first_range.1
    );
    Diagnostic::at(&PARTS_OVERLAP, span, message)
        .label("other elements")
        .also(first, "than here")
        .help("cut all regions alike, or make a node of each")
}

#[must_use]
pub fn unknown_port(span: Span, port: &str, components: &[String], known: &[&str]) -> Diagnostic {
    let of = components.first().map_or("", String::as_str);
    let found = Diagnostic::at(&PORT, span, format!("`{}` has no port `{}`", clean(of), clean(port)));
    if known.is_empty() {
        return found.label("no port is declared").help(format!(
            "declare it in the model, behind the component: `{{ port {} = \"ADDRESS\" : [...] }}`; inputs have none",
            clean(port)
        ));
    }
    let mut near = nearest(port, known.iter().copied());
    if near.is_empty() {
        near.extend(known.iter().filter(|own| own.len() == 1 && port.to_lowercase().starts_with(**own)).take(1));
    }
    let found = found.label(format!("it has {}", listed(known)));
    found.meant(span, port, &near)
}

#[must_use]
pub fn behaviour_has_no_ports(span: Span, behaviour: &str) -> Diagnostic {
    Diagnostic::at(&BEHAVIOUR_PART, span, format!("`{}` is the behaviour, which has no ports", clean(behaviour)))
        .label("no port")
        .help("ports belong to components of the model, such as the keys of a head")
}

#[must_use]
pub fn behaviour_has_no_parts(span: Span, behaviour: &str) -> Diagnostic {
    Diagnostic::at(&BEHAVIOUR_PART, span, format!("`{}` is the behaviour: one number, without dims", clean(behaviour)))
        .label("nothing to cut")
        .help("cut the source of the arrow, or restrict the behaviour with `where`")
}

#[must_use]
pub fn exception_is_a_site(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&EXCEPTION, span, format!("`{}` is a site: paths do not meet sites", clean(name)))
        .label("not a component")
        .help("name a component, or a part of one")
        .unsafe_fix("or leave it out", span, ELEMENT)
}

#[must_use]
pub fn exception_unmet(span: Span, from: &str, to: &str) -> Diagnostic {
    let message = format!("no path from `{}` to `{}` meets this exception", clean(from), clean(to));
    Diagnostic::at(&EXCEPTION_UNMET, span, message).label("excludes nothing").unsafe_fix(
        "remove it; a direct arrow `->` meets no component in any case",
        span,
        ELEMENT,
    )
}

#[must_use]
pub fn terms_without_port(span: Span, (end, target): (Span, &str)) -> Diagnostic {
    let target = clean(target);
    let after = Span { start: end.end, ..end };
    // `where` stands before the condition.
    let place = Span { start: span.start.saturating_sub(6), ..span };
    Diagnostic::at(
        &TERMS,
        place,
        "`where` chooses terms of the sum over keys, so the arrow must end at one port: the values",
    )
    .label("of which sum?")
    .unsafe_fix(format!("such as `... -> {target}.v where ...`"), after, ".v")
}

#[must_use]
pub fn terms_of_the_pattern(span: Span) -> Diagnostic {
    Diagnostic::at(&TERMS, span, "`where` is about the values that the pattern weighs, not about the pattern")
        .label("the weights")
        .help("end the arrow at the port of the values, such as `.v`")
}

#[must_use]
pub fn no_pattern(span: Span, component: &str, declared: Span) -> Diagnostic {
    let message = format!("`{}` has no port `pattern`, so that its attention sum is not known", clean(component));
    Diagnostic::at(&TERMS, span, message).label("terms of which sum?").also(declared, "declared here").help(
        "declare the softmax as its port: `port pattern = \"ADDRESS\" : [batch, head, query, key]`; the last two dims are those of `where`",
    )
}

#[must_use]
pub fn several_patterns(span: Span, node: &str) -> Diagnostic {
    let message = format!("the regions of `{}` have attention patterns of their own", clean(node));
    Diagnostic::at(&TERMS, span, message).label("of which one?").help("make a node for each layer")
}

#[must_use]
pub fn terms_too_many(span: Span, queries: usize, keys: usize, limit: usize) -> Diagnostic {
    let message = format!("{queries} queries and {keys} keys are more than {limit} terms");
    Diagnostic::at(&TERMS, span, message).help("shorten the inputs")
}

#[must_use]
pub fn terms_nowhere(span: Span, query: &str, key: &str) -> Diagnostic {
    let message = format!("no `{}` and `{}` fulfil this condition", clean(query), clean(key));
    Diagnostic::at(&TERMS, span, message).label("claims no term").help("indices count from 0")
}

#[must_use]
pub fn terms_everywhere(span: Span) -> Diagnostic {
    Diagnostic::at(&TERMS_EVERYWHERE, span, "this condition holds for all terms")
        .label("claims every term")
        .help("leave `where` out")
}

#[must_use]
pub fn ablates_integers(
    span: Span,
    word: &str,
    component: &str,
    tensor: &TensorLabel,
    behind: Option<&str>,
) -> Diagnostic {
    let message = format!("`{}` holds {}, where `{word}` makes no sense", clean(component), clean(&tensor.facts));
    let found = Diagnostic::at(&ABLATION, span, message).label("only real activations have means and zeros");
    let text = "name a component behind it, such as the embedding of the tokens";
    match behind {
        Some(behind) => found.unsafe_fix(text, span, clean(behind)),
        None => found.help(text),
    }
}

/// An unclaimed scheme of numbers reaches an input of integers.
#[must_use]
pub fn ablation_reaches_integers(span: Span, input: &str) -> Diagnostic {
    let message = format!("this scheme reaches the input `{}`, which holds no real numbers", clean(input));
    Diagnostic::at(&ABLATION, span, message)
        .label("it cannot be replaced by a mean or a constant")
        .help(format!("declare what is computed from `{}` first, such as its embedding, as a component", clean(input)))
}

#[must_use]
pub fn not_a_number(span: Span) -> Diagnostic {
    Diagnostic::at(&ABLATION, span, "this must be a number that is known before the run")
        .label("not a known number")
        .help("such as `0.5`")
}

#[must_use]
pub fn mean_over_two_dims(span: Span) -> Diagnostic {
    Diagnostic::at(&ABLATION, span, "a mean is taken along one dim at most").label("a second dim").help("remove it")
}

#[must_use]
pub fn mean_over_absent_dim(span: Span, dim: &str, component: &str, own: &[String]) -> Diagnostic {
    Diagnostic::at(&ABLATION, span, format!("`{}` has no dim `{}`", clean(component), clean(dim)))
        .label(format!("it has {}", clean(&own.join(", "))))
}

#[must_use]
pub fn scheme_over_dim(span: Span) -> Diagnostic {
    Diagnostic::at(&ABLATION, span, "an unclaimed mean is taken over rows, not along a dim of one region")
        .label("a dim")
        .help("leave `over` out; or bind a node to the region: `computes mean over DIM`")
}

#[must_use]
pub fn group_with_axes(span: Span, axes: &[String]) -> Diagnostic {
    Diagnostic::at(
        &ABLATION,
        span,
        format!("rows are grouped by one value each, not by one along [{}]", axes.join(", ")),
    )
    .label("several values for each row")
    .help("index it (`f[1]`) or reduce it (`all(f)`, `sum(f)`)")
}

#[must_use]
pub fn draw_named_as_scheme(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&DRAW, span, format!("`{}` is the name of a scheme", clean(name)))
        .label("already has a meaning")
        .help("give the draw another name")
}

#[must_use]
pub fn paired_with_itself(span: Span, column: &str, other: Option<(Span, &str)>) -> Diagnostic {
    let message = format!("a row paired by `{}` within its own dataset is the row itself", clean(column));
    let found = Diagnostic::at(&DRAW, span, message).label("from which other dataset?");
    let text = "add `from DATASET` in front of `paired by`, or say `unclaimed exact`";
    match other {
        Some((name, other)) => {
            let end = Span { start: name.end, ..name };
            found.unsafe_fix(text, end, format!(" from {}", clean(other)))
        }
        None => found.help(text),
    }
}

/// `count` values stand in several rows of the other dataset; `shown` is one of them.
#[must_use]
pub fn pair_not_unique(span: Span, column: &str, data: &str, count: usize, shown: &str) -> Diagnostic {
    let (column, data) = (clean(column), clean(data));
    let message = match count {
        1 => format!("one value of `{column}` stands in several rows of `{data}`: {shown}"),
        _ => format!("{count} values of `{column}` stand in several rows of `{data}`, such as {shown}"),
    };
    Diagnostic::at(&DRAW, span, message)
        .label("must tell the rows apart")
        .help("pair by a column with a value of its own in each row")
}

/// `count` rows of the dataset have no partner in the other one; `shown` is the value of the first.
#[must_use]
pub fn pair_missing(span: Span, column: &str, data: &str, other: &str, count: usize, shown: &str) -> Diagnostic {
    let (data, other) = (clean(data), clean(other));
    let rows = if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    let message = format!("{rows} of `{data}` have a `{}` that `{other}` lacks, such as {shown}", clean(column));
    Diagnostic::at(&DRAW, span, message)
        .label("no partner")
        .help(format!("complete `{other}`, or leave these rows out"))
}

#[must_use]
pub fn pair_types(span: Span, column: &str, data: &str) -> Diagnostic {
    let message = format!("`{}` is not one exact value of the same type in both datasets", clean(column));
    Diagnostic::at(&DRAW, span, message)
        .label(format!("compared with `{}`", clean(data)))
        .help("pair by an `int`, `token`, `category` or `bool` column without dims")
}

#[must_use]
pub fn pool_size(span: Span, size: i64) -> Diagnostic {
    Diagnostic::at(&DRAW, span, format!("a pool of {size} references cannot be"))
        .label("at least 1")
        .help("`pool 8` lets 8 references share each draw")
}

#[must_use]
pub fn pool_twice(span: Span, first: Span) -> Diagnostic {
    Diagnostic::at(&DRAW, span, "the pool is set twice")
        .label("again")
        .also(first, "first here")
        .help("keep one of the two")
}

#[must_use]
pub fn other_model(span: Span, data: &str, model: &str) -> Diagnostic {
    let message = format!("`{}` is not a dataset of model `{}`", clean(data), clean(model));
    Diagnostic::at(&OTHER_DATA, span, message).label("of another model").help("declare it again for this model")
}

#[must_use]
pub fn nothing_drawn(span: Span, data: &str, word: &str) -> Diagnostic {
    let message = format!("`{word}` draws no row, so there is nothing to draw from `{}`", clean(data));
    let found = Diagnostic::at(&OTHER_DATA, span, message).label("draws nothing");
    match word {
        "exact" => found.help(format!(
            "the row that belongs to the reference's is a draw: `draw c from {} paired by COLUMN` and `unclaimed c`",
            clean(data)
        )),
        _ => found.help("leave `from` out"),
    }
}

/// A column that both datasets should have is not there, or of another type.
#[must_use]
pub fn column_not_shared(span: Span, column: &str, data: &str) -> Diagnostic {
    let message =
        format!("dataset `{}` lacks the column `{}`, or has it with another type", clean(data), clean(column));
    Diagnostic::at(&OTHER_DATA, span, message).label("read here").help("declare the same columns for both datasets")
}

/// `count` values of a feature that a draw must agree with occur in no row of the other dataset.
#[must_use]
pub fn value_absent(span: Span, node: &str, data: &str, count: usize, rows: usize, shown: &str) -> Diagnostic {
    let values = if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    let message =
        format!("{values} of the feature of `{}` occur in no row of `{}`, such as {shown}", clean(node), clean(data));
    Diagnostic::at(&OTHER_DATA, span, message)
        .label(format!("{rows} rows have nothing to draw"))
        .help("coarsen the feature, or complete the dataset")
}

#[must_use]
pub fn estimate_of_several(span: Span) -> Diagnostic {
    Diagnostic::at(&ESTIMATE, span, "an estimate is of one region")
        .label("a second region")
        .help("make a node of each region")
}

#[must_use]
pub fn estimate_of_an_ablation(span: Span) -> Diagnostic {
    Diagnostic::at(&ESTIMATE, span, "a node of a mean or a constant has no datum to estimate from")
        .label("estimated on which datum?")
        .help("`computes exact`, or a feature")
}

#[must_use]
pub fn rest_is_a_datum(span: Span) -> Diagnostic {
    Diagnostic::at(&ESTIMATE, span, "the rest is what is left on a datum: any, the node's own, or one that agrees")
        .label("not a datum")
        .help("`rest any`, `rest exact` or `rest computes FEATURE`")
}

#[must_use]
pub fn estimate_axes(span: Span, dim: &str, component: &str, dims: &[String]) -> Diagnostic {
    let message = format!("the estimate has the axis `{}`, which the region does not have", clean(dim));
    Diagnostic::at(&ESTIMATE, span, message)
        .label(format!("`{}` has [{}] here", clean(component), clean(&dims.join(", "))))
        .help("index it, or reduce it; a region cut to one index has no axis there")
}

#[must_use]
pub fn estimate_with_arrow(span: Span, node: &str, declared: Span) -> Diagnostic {
    let message = format!("`{}` is estimated by an expression, which reads no activations", clean(node));
    Diagnostic::at(&ESTIMATE, span, message)
        .label("this arrow has nothing to change")
        .also(declared, "estimated here")
        .help("only `estimate(self with PORT = ...)` recomputes the node, and takes arrows")
}

#[must_use]
pub fn identity_needs_two_axes(span: Span, port: &str) -> Diagnostic {
    Diagnostic::at(&ESTIMATE, span, format!("`identity` needs two axes, and port `{}` has fewer", clean(port)))
        .label("of which axes?")
}

#[must_use]
pub fn aligns_nothing(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&INTERCHANGE, span, format!("`{}` aligns no feature", clean(name)))
        .label("nothing is exchanged")
        .help("add `align FEATURE = REGION`")
}

#[must_use]
pub fn predicts_nothing(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&INTERCHANGE, span, format!("`{}` does not say what it predicts", clean(name)))
        .label("compared with what?")
        .help("add `predicts FEATURE by EXPRESSION`, such as `predicts balanced by argmax(logits) == 1`")
}

#[must_use]
pub fn aligned_twice(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::at(&INTERCHANGE, span, format!("`{}` is aligned twice", clean(name)))
        .label("again")
        .also(first, "first here")
        .help(format!("several regions are joined: `align {} = REGION + REGION`", clean(name)))
}

#[must_use]
pub fn aligned_not_discrete(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::at(&INTERCHANGE, span, format!("`{}` is a `{}`, which cannot be exchanged", clean(name), clean(ty)))
        .label("not a bool, int, token or category")
        .help("bin it: `x > 0`, `int(x)`")
}

#[must_use]
pub fn predicts_another_type(span: Span, feature: &str, wanted: &str, found: &str) -> Diagnostic {
    let message = format!("`{}` is `{}`, and this is `{}`", clean(feature), clean(wanted), clean(found));
    Diagnostic::at(&INTERCHANGE, span, message)
        .label("never equal to it")
        .help("compare what the model says: `argmax(logits) == 1`, `logits[1] > logits[0]`")
}

#[must_use]
pub fn aligned_unread(span: Span, name: &str, predicts: &str) -> Diagnostic {
    let message = format!("`{}` is not computed from `{}`", clean(predicts), clean(name));
    Diagnostic::at(&INTERCHANGE, span, message)
        .label("exchanging it changes no prediction")
        .help(format!("write `{}` as an expression of it, or leave it out", clean(predicts)))
}

/// A scheme for a node without arrows.
#[must_use]
pub fn fills_nothing(span: Span, node: &str) -> Diagnostic {
    let node = clean(node);
    Diagnostic::at(&FILLS_NOTHING, span, format!("no arrow leads into `{node}`, so nothing of it is unclaimed"))
        .label("has no effect")
        .note(format!("`{node}` has its clean value on its own datum, which `computes` chooses"))
        .unsafe_fix("remove the line", span, LINE)
        .help(format!("draw the datum of `{node}` otherwise (`computes FEATURE from DATASET`), or draw an arrow into it"))
        .help("to give one part the other input of a pair, take that input as the reference, and the first as `unclaimed`")
}

#[must_use]
pub fn draw_unused(span: Span, name: &str, target: Option<&str>) -> Diagnostic {
    let name = clean(name);
    let target = target.map_or_else(String::new, |target| format!(" for {}", clean(target)));
    Diagnostic::at(&DRAW_UNUSED, span, format!("nothing is taken from the draw `{name}`")).label("not used").unsafe_fix(
        format!("say what is: `unclaimed {name}`, or `unclaimed {name} for NODE`"),
        span,
        format!("{WRITTEN}{REST}\n{INDENT}unclaimed {name}{target}"),
    )
}
