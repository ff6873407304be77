//! A302x: binding the model map of a file to the model graph.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::{INDENT, LINE_TEXT};
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    UNKNOWN_DIM = "A3020" "unknown-dim" Error "a dim is not declared";
    SIZES_DIFFER = "A3021" "sizes-differ" Error "declared dims and a tensor's axes differ";
    ELEMENT_DIFFERS = "A3022" "element-type-differs" Error "a declared type does not fit a tensor's elements";
    SITE_PATTERN = "A3023" "site-pattern" Error "a site pattern and its parameters do not fit";
    PART_OUT_OF_RANGE = "A3024" "part-out-of-range" Error "an index lies outside of its axis";
    COMPONENTS_OVERLAP = "A3025" "components-overlap" Error "two components share elements of a tensor";
    UNKNOWN_GRAPH_VALUE = "A3026" "unknown-graph-value" Error "the model has no input or output of this name";
    NOT_FROM_INPUT = "A3027" "not-from-input" Error "a component does not depend on the input";
    NOT_BY_ROW = "A3028" "not-by-row" Error "a tensor does not have one element of its first axis for each example";
    INPUT_WITHOUT_DATA = "A3029" "input-without-data" Error "an input of the model is not declared, or has no column";
    WRONG_ARGUMENTS = "A3030" "wrong-indices" Error "a family of components is indexed wrongly";
    PORT_NOT_READ = "A3031" "port-not-read" Error "a component does not read the tensor of its port";
    COVERS_OTHERS = "A3032" "component-covers-others" Warning "every path from some components meets one other of their layer";
}

/// A tensor as messages show it: name and sizes, the batch axis as a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorLabel {
    pub model: String,
    pub name: String,
    /// `[batch, 2, 42, 28] float32`
    pub facts: String,
}

impl TensorLabel {
    fn place(&self) -> Place {
        Place::Model { path: clean(&self.model), what: clean(&self.name), facts: self.facts.clone() }
    }
}

#[must_use]
pub fn unknown_dim(span: Span, name: &str, near: &[&str], unused: Option<(Span, &str)>) -> Diagnostic {
    let found = Diagnostic::at(&UNKNOWN_DIM, span, format!("there is no dim `{}`", clean(name))).label("not declared");
    let found = match unused.filter(|_| near.is_empty()) {
        Some((declared, unused)) => found.also(declared, "declared and not used").unsafe_fix(
            format!("call `{}` so", clean(unused)),
            declared,
            name,
        ),
        None => found,
    };
    let found = found.meant(span, name, near);
    found.help(format!("declare it in the model: `dim {}`", clean(name)))
}

/// A node is cut along a dim that its component does not have. `all` are those that it has.
#[must_use]
pub fn no_such_axis(span: Span, name: &str, all: &[String], near: &[&str]) -> Diagnostic {
    let message = format!("the region has no dim `{}`", clean(name));
    let found = Diagnostic::at(&UNKNOWN_DIM, span, message).label(format!("it has {}", clean(&all.join(", "))));
    let found = match all.first().filter(|_| near.is_empty()) {
        Some(first) => found.unsafe_fix(format!("its first is `{}`", clean(first)), span, clean(first)),
        None => found,
    };
    found.meant(span, name, near)
}

/// `fitting` is a list of dims that fits, and where it belongs.
#[must_use]
pub fn rank_differs(span: Span, declared: usize, tensor: &TensorLabel, fitting: Option<(Span, String)>) -> Diagnostic {
    let message = format!("{declared} dims are declared, but the tensor is {}", tensor.facts);
    let found = Diagnostic::at(&SIZES_DIFFER, span, message)
        .label("one dim for each axis")
        .also_at(tensor.place(), "the tensor");
    with_dims(found, fitting)
}

fn with_dims(found: Diagnostic, fitting: Option<(Span, String)>) -> Diagnostic {
    match fitting {
        Some((span, dims)) => found.unsafe_fix(format!("these fit: `[{}]`", clean(&dims)), span, dims),
        None => found,
    }
}

/// A dim whose declared size no tensor has.
#[must_use]
pub fn declared_size(span: Span, dim: &str, declared: usize, found: usize, tensor: &TensorLabel) -> Diagnostic {
    let message = format!("dim `{}` is {declared}, but {found} in the model", clean(dim));
    Diagnostic::at(&SIZES_DIFFER, span, message)
        .label(format!("{found} in the model"))
        .also_at(tensor.place(), "a tensor with it")
        .unsafe_fix(format!("the size is {found}"), span, found.to_string())
}

#[must_use]
pub fn size_differs(
    span: Span,
    dim: &str,
    declared: u64,
    axis: usize,
    found: &str,
    tensor: &TensorLabel,
    fitting: Option<(Span, String)>,
) -> Diagnostic {
    let message = format!("dim `{}` is {declared}, but axis {axis} of the tensor is {found}", clean(dim));
    let diagnostic = Diagnostic::at(&SIZES_DIFFER, span, message)
        .label(format!("axis {axis} is {found}"))
        .also_at(tensor.place(), "the tensor");
    with_dims(diagnostic, fitting)
}

/// Another dim than the batch is declared where the examples are, or the reverse. `axis` counts
/// from 0, `found` is what the tensor has there.
#[must_use]
pub fn batch_elsewhere(
    span: Span,
    dim: &str,
    batch: &str,
    axis: usize,
    found: &str,
    tensor: &TensorLabel,
    fitting: Option<(Span, String)>,
) -> Diagnostic {
    let (dim, batch) = (clean(dim), clean(batch));
    let message = match found {
        "batch" => format!("axis {axis} of the tensor is `{batch}`, not `{dim}`"),
        "?" => format!("axis {axis} of the tensor changes with the batch, but is not `{batch}`"),
        _ => format!("axis {axis} of the tensor is {found}, not `{dim}`"),
    };
    let label = match found {
        "batch" => "the examples are here".to_owned(),
        "?" => "neither the batch nor of one size".to_owned(),
        _ => format!("axis {axis} is {found}"),
    };
    with_dims(Diagnostic::at(&SIZES_DIFFER, span, message).label(label).also_at(tensor.place(), "the tensor"), fitting)
}

/// `fitting` is a type of elements that fits.
#[must_use]
pub fn element_differs(span: Span, declared: &str, tensor: &TensorLabel, fitting: &str) -> Diagnostic {
    let message = format!("`{}` does not fit a tensor of {}", clean(declared), tensor.facts);
    Diagnostic::at(&ELEMENT_DIFFERS, span, message)
        .label("another type of element")
        .also_at(tensor.place(), "the tensor")
        .unsafe_fix(format!("`{fitting}` fits"), span, fitting)
        .help("`token`, `int`, `category` and `bool` fit integer tensors, `bool` fits bool, `real` fits floats")
}

#[must_use]
pub fn unknown_parameter(span: Span, name: &str, parameters: &[&str], renamed: Option<String>) -> Diagnostic {
    let message = format!("`{{{}}}` in the site is not a parameter of the component", clean(name));
    let found = Diagnostic::at(&SITE_PATTERN, span, message).label(format!("`{{{}}}` is not declared", clean(name)));
    let found = match renamed {
        Some(text) => found.unsafe_fix(format!("name the parameter: `{}`", clean(&text)), span, format!("\"{text}\"")),
        None => found,
    };
    if parameters.is_empty() {
        return found.help(format!("a family declares it: `component name({} in 0..2) = ...`", clean(name)));
    }
    found.help(format!("the parameters are {}", parameters.join(", ")))
}

#[must_use]
pub fn same_place_twice(span: Span, parameter: &str, site: Option<(Span, String)>) -> Diagnostic {
    let message = format!("parameter `{}` is used neither in the site nor behind `at`", clean(parameter));
    let found = Diagnostic::at(&SITE_PATTERN, span, message).label("every member would be the same region");
    let found = match site {
        Some((span, text)) => found.unsafe_fix(format!("write `{}`", clean(&text)), span, format!("\"{text}\"")),
        None => found,
    };
    found.help(format!("name it in the site as `{{{0}}}`, or cut by it: `at head = {0}`", clean(parameter)))
}

#[must_use]
pub fn range_empty(span: Span, start: i64, end: i64) -> Diagnostic {
    Diagnostic::at(&PART_OUT_OF_RANGE, span, format!("the range {start}..{end} holds no index"))
        .label("empty")
        .unsafe_fix("ranges are half-open, and run upwards: `0..3` is 0, 1, 2", span, upwards(start, end))
}

/// A family has more members than `limit`.
/// A range that holds an index: turned round, or one index long.
fn upwards(start: i64, end: i64) -> String {
    if end < start { format!("{end}..{start}") } else { format!("{start}..{}", start.saturating_add(1)) }
}

#[must_use]
pub fn family_too_large(span: Span, name: &str, limit: i64) -> Diagnostic {
    let message = format!("the family `{}` has more than {limit} members", clean(name));
    Diagnostic::at(&PART_OUT_OF_RANGE, span, message).help("a range counts layers, heads or other parts of the model")
}

/// `shown` is the half-open range that was asked for, `within` the one that the region has of an
/// axis of `size`.
#[must_use]
pub fn part_out_of_range(span: Span, shown: (i64, i64), dim: &str, within: (usize, usize), size: usize) -> Diagnostic {
    let (start, end) = shown;
    let shown = if end.saturating_sub(start) <= 1 { start.to_string() } else { format!("{start}..{end}") };
    let (low, high) = within;
    let has = if within == (0, size) { size.to_string() } else { format!("{low}..{high} here") };
    let last = high.saturating_sub(1);
    let inside = |at: i64| usize::try_from(at).unwrap_or(0).clamp(low, high);
    let nearest = match end.saturating_sub(start) {
        ..=1 => if start == -1 { last } else { inside(start).min(last) }.to_string(),
        _ => format!("{}..{}", inside(start).min(last), inside(end)),
    };
    Diagnostic::at(&PART_OUT_OF_RANGE, span, format!("{shown} lies outside of `{}`, which has {has}", clean(dim)))
        .label(format!("{low} to {last} can be named"))
        .unsafe_fix(format!("the nearest is `{nearest}`"), span, nearest)
}

/// A range of a family that leaves the axis that it cuts.
#[must_use]
pub fn family_out_of_range(span: Span, parameter: &str, dim: &str, start: i64, size: usize) -> Diagnostic {
    let (parameter, dim) = (clean(parameter), clean(dim));
    let message = format!("`{parameter}` runs beyond `{dim}`, which has {size}");
    Diagnostic::at(&PART_OUT_OF_RANGE, span, message)
        .label(format!("0 to {} can be named", size.saturating_sub(1)))
        .unsafe_fix("end with the axis", span, format!("{start}..{size}"))
}

#[must_use]
pub fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::at(&PART_OUT_OF_RANGE, span, "this whole number must be known before the run")
        .label("not known")
        .help("use whole numbers, constants, parameters of the family, and + - * / %")
}

#[must_use]
pub fn components_overlap(span: Span, one: &str, other: Span, other_name: &str, tensor: &TensorLabel) -> Diagnostic {
    let message = format!("`{one}` and `{other_name}` share elements of tensor `{}`", clean(&tensor.name));
    Diagnostic::at(&COMPONENTS_OVERLAP, span, message).label("this component").also(other, "and this one").unsafe_fix(
        "leave it out, or cut one of them with `at`: components never overlap",
        span,
        LINE_TEXT,
    )
}

#[must_use]
pub fn unknown_graph_value(
    span: Span,
    kind: &str,
    name: &str,
    all: &[&str],
    near: &[&str],
    quoted: bool,
) -> Diagnostic {
    let message = format!("the model has no {kind} `{}`", clean(name));
    let found = Diagnostic::at(&UNKNOWN_GRAPH_VALUE, span, message).label(format!("no {kind} of the model"));
    let only = if all.len() == 1 && near.is_empty() { all } else { &[] };
    let shown = |near: &str| if quoted { format!("\"{}\"", clean(near)) } else { clean(near) };
    let found = found.meant_as(span, name, near, shown);
    let found = match only.first() {
        Some(only) => found.unsafe_fix(format!("it is called `{}`", clean(only)), span, shown(only)),
        None => found,
    };
    let all: Vec<String> = all.iter().take(8).map(|name| format!("`{}`", clean(name))).collect();
    found
        .note(format!("its {kind}s: {}", all.join(", ")))
        .help(format!("another name is bound with `{kind} name = \"graph name\" : ...`"))
}

/// The same finding about what the map of a model declares: what can be done where the map is used.
#[must_use]
pub fn of_map(mut finding: Diagnostic, model: &str) -> Diagnostic {
    // The text to mend is not the map's.
    finding.helps.iter_mut().for_each(|help| help.fix = None);
    finding
        .note(format!("the map of model `{}` says so, and this export differs from those that it was written for", clean(model)))
        .help("give the map's parameters other values, if names of modules differ (`ansatz explain` shows them)")
        .help("or declare this, by the same name, in braces behind the map: what stands there takes the place of the map's")
}

#[must_use]
pub fn not_from_input(span: Span, name: &str, tensor: &TensorLabel) -> Diagnostic {
    Diagnostic::at(&NOT_FROM_INPUT, span, format!("`{name}` does not depend on any input of the model"))
        .label("a constant of the model")
        .also_at(tensor.place(), "the tensor")
        .note("a component is an activation; weights and constants belong to nobody")
}

#[must_use]
pub fn not_by_row(span: Span, name: &str, batch: &str, tensor: &TensorLabel) -> Diagnostic {
    let message = format!("the first axis of `{name}` is not `{}`: rows cannot be exchanged there", clean(batch));
    Diagnostic::at(&NOT_BY_ROW, span, message)
        .label("the examples are not along its first axis")
        .also_at(tensor.place(), "the tensor")
        .help("choose a tensor nearby whose first axis is the batch; `ansatz inspect MODEL` lists them")
}

#[must_use]
pub fn undeclared_input(span: Span, input: &str, tensor: &TensorLabel) -> Diagnostic {
    Diagnostic::at(&INPUT_WITHOUT_DATA, span, format!("the model's input `{}` is not declared", clean(input)))
        .label("declare it here")
        .also_at(tensor.place(), "the input")
        .help(format!("for example `input {} : token[batch, pos]`", clean(input)))
}

#[must_use]
pub fn input_without_column(span: Span, input: &str, declared: Span, first: Option<Span>) -> Diagnostic {
    let found =
        Diagnostic::at(&INPUT_WITHOUT_DATA, span, format!("no column gives the model's input `{}`", clean(input)))
            .label("this dataset")
            .also(declared, "the input is declared here");
    let text = format!("add the column `{}`; a column of another name is bound with `{0} = \"key\"`", clean(input));
    match first {
        Some(first) => {
            let before = Span { end: first.start, ..first };
            found.unsafe_fix(text, before, format!("{}\n{INDENT}", clean(input)))
        }
        None => found.help(text),
    }
}

#[must_use]
pub fn wrong_count(span: Span, family: &str, parameters: &[String], given: usize, list: Span) -> Diagnostic {
    let wanted = match parameters {
        [] => format!("`{}` is one component, without arguments", clean(family)),
        _ => format!("`{}` takes ({})", clean(family), parameters.join(", ")),
    };
    let label = match given {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        given => format!("{given} arguments"),
    };
    let found = Diagnostic::at(&WRONG_ARGUMENTS, span, wanted).label(label);
    let first: Vec<&str> = parameters.iter().filter_map(|one| one.split(" in ").nth(1)?.split("..").next()).collect();
    match parameters {
        [] => found.unsafe_fix("leave the arguments out", list, ""),
        _ => {
            let member = format!("({})", first.join(", "));
            found.unsafe_fix(format!("name one, such as `{}{member}`", clean(family)), list, member)
        }
    }
}

#[must_use]
pub fn no_such_member(
    span: Span,
    family: &str,
    parameter: &str,
    value: i64,
    (start, end): (i64, i64),
    exchanged: Option<(Span, String)>,
) -> Diagnostic {
    let message = format!("`{}` has no member with {} = {value}", clean(family), clean(parameter));
    let last = end.saturating_sub(1);
    let found = Diagnostic::at(&WRONG_ARGUMENTS, span, message)
        .label(format!("{} runs from {start} to {last}", clean(parameter)));
    match exchanged {
        Some((all, turned)) => {
            found.unsafe_fix(format!("the other way round: `{}({turned})`", clean(family)), all, turned)
        }
        None => {
            let near = value.clamp(start, last.max(start)).to_string();
            found.unsafe_fix(format!("the nearest is {near}"), span, near)
        }
    }
}

#[must_use]
pub fn port_not_read(span: Span, port: &str, component: &str, tensor: &TensorLabel) -> Diagnostic {
    let message = format!("`{}` is not computed from the tensor of its port `{}`", clean(component), clean(port));
    Diagnostic::at(&PORT_NOT_READ, span, message)
        .label("no path leads from here to the component")
        .also_at(tensor.place(), "the tensor")
        .help("a port is a tensor as its component reads it, such as the keys of a head; `ansatz inspect MODEL` lists tensors")
}

/// A component that all paths from others of its layer meet: their sum, it seems.
#[must_use]
pub fn covers_others(span: Span, sum: &str, part: &str) -> Diagnostic {
    let (sum, part) = (clean(sum), clean(part));
    Diagnostic::at(&COVERS_OTHERS, span, format!("every path from `{part}` meets `{sum}` of the same layer"))
        .label(format!("is this the sum of `{part}`?"))
        .note(format!("a direct arrow from `{part}` then has no path to anything but `{sum}`"))
        .help(format!("declare `{sum}` as a `site`, or take one of the two out of the map"))
}
