//! A6: compiling a graph for an engine, and running it.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::messages::model::NodeLabel;
use crate::diagnostics::{Diagnostic, Place, clean, nearest};
use std::fmt;

declare_codes! {
    UNSUPPORTED_OPERATOR = "A6001" "unsupported-operator" Error "an engine does not have an operator of the model, or not this form of it";
    UNSUPPORTED_ELEMENT_TYPE = "A6002" "unsupported-element-type" Error "a tensor has an element type that is not carried, or that its operator does not take";
    SHAPES_DO_NOT_FIT = "A6003" "shapes-do-not-fit" Error "an operator met tensors whose shapes or values do not fit together";
    TENSOR_TOO_LARGE = "A6004" "tensor-too-large" Error "a tensor would be larger than an engine allocates";
    ENGINE_FAILED = "A6005" "engine-failed" Error "an engine could not compile or run a graph";
    ONNXRUNTIME_NOT_FOUND = "A6006" "onnxruntime-not-found" Error "the ONNX Runtime library was asked for and not found";
    ONNXRUNTIME_TOO_OLD = "A6007" "onnxruntime-too-old" Error "the ONNX Runtime library that was found is older than Ansatz uses";
}

/// Why tensors do not fit an operator; sizes are given outermost axis first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    Broadcast { left: Vec<usize>, right: Vec<usize> },
    Inner { left: Vec<usize>, right: Vec<usize> },
    Reshape { from: Vec<usize>, to: Vec<i64> },
    Axis { axis: i64, rank: usize },
    Index { index: i64, size: usize },
    Rank { wanted: usize, found: Vec<usize> },
    Sizes { what: &'static str, found: Vec<Vec<usize>> },
    Value { what: &'static str, value: i64 },
    Empty { what: &'static str },
    Fed { declared: Vec<String>, found: Vec<usize> },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Broadcast { left, right } => {
                write!(f, "{} and {} cannot be broadcast to one shape", list(left), list(right))
            }
            Misfit::Inner { left, right } => {
                write!(f, "the product of {} and {} is not defined: the inner sizes differ", list(left), list(right))
            }
            Misfit::Reshape { from, to } => write!(f, "{} cannot be reshaped to {}", list(from), list(to)),
            Misfit::Axis { axis, rank } => write!(f, "axis {axis} does not exist in a tensor of rank {rank}"),
            Misfit::Index { index, size } => write!(f, "index {index} lies outside an axis of size {size}"),
            Misfit::Rank { wanted, found } => write!(f, "rank {wanted} is needed, and the shape is {}", list(found)),
            Misfit::Sizes { what, found } => {
                write!(f, "{what}; the shapes are")?;
                found.iter().take(8).try_for_each(|dims| write!(f, " {}", list(dims)))
            }
            Misfit::Value { what, value } => write!(f, "{what} is {value}"),
            Misfit::Empty { what } => write!(f, "{what} is empty"),
            Misfit::Fed { declared, found } => {
                write!(f, "declared as [{}], fed with {}", clean(&declared.join(", ")), list(found))
            }
        }
    }
}

/// Sizes as a list, the first sixteen of them.
fn list<T: fmt::Display>(sizes: &[T]) -> String {
    let shown: Vec<String> = sizes.iter().take(16).map(ToString::to_string).collect();
    let rest = if sizes.len() > shown.len() { ", …" } else { "" };
    format!("[{}{rest}]", shown.join(", "))
}

fn place(node: &NodeLabel) -> Place {
    let module = match node.module.as_deref() {
        None | Some("") => String::new(),
        Some(module) => format!(" in module `{}`", clean(module)),
    };
    Place::Model { path: String::new(), what: clean(&node.name), facts: format!("{}{module}", clean(&node.op)) }
}

fn subject(node: &NodeLabel) -> String {
    format!("`{}` ({})", clean(&node.name), clean(&node.op))
}

/// An operator that the engine does not have; `available` are those it has.
#[must_use]
pub fn unsupported_operator(engine: &str, node: &NodeLabel, domain: &str, available: &[&str]) -> Diagnostic {
    let foreign = if domain.is_empty() { String::new() } else { format!(" of domain `{}`", clean(domain)) };
    let message = format!("the {engine} engine does not have the operator of {}{foreign}", subject(node));
    let found = Diagnostic::new(&UNSUPPORTED_OPERATOR, message, place(node));
    let near = nearest(&node.op, available.iter().copied());
    let found = match (domain.is_empty(), near.is_empty()) {
        (true, false) => found.note(format!("it has {}", near.join(", "))),
        _ => found,
    };
    found
        .note(format!("the {engine} engine has: {}", available.join(", ")))
        .help("run with `--engine onnxruntime` (`./setup` fetches the library), or export the model with another opset")
}

/// An attribute, or a value of one, that the engine does not have.
#[must_use]
pub fn unsupported_attribute(engine: &str, node: &NodeLabel, attribute: &str, value: &str) -> Diagnostic {
    let message = format!(
        "the {engine} engine does not have the attribute `{}` = {} of {}",
        clean(attribute),
        clean(value),
        subject(node)
    );
    Diagnostic::new(&UNSUPPORTED_OPERATOR, message, place(node)).help("run with `--engine onnxruntime`")
}

/// A use of an optional input or output, or a number of them, that the engine does not have.
#[must_use]
pub fn unsupported_form(engine: &str, node: &NodeLabel, what: &str) -> Diagnostic {
    let message = format!("the {engine} engine does not have this form of {}: {what}", subject(node));
    Diagnostic::new(&UNSUPPORTED_OPERATOR, message, place(node)).help("run with `--engine onnxruntime`")
}

/// An element type that is not carried, or that an operator does not take.
#[must_use]
pub fn unsupported_element_type(node: &NodeLabel, found: &str) -> Diagnostic {
    let message = format!("{} meets the element type {}, which is not supported there", subject(node), clean(found));
    Diagnostic::new(&UNSUPPORTED_ELEMENT_TYPE, message, place(node))
        .note("Ansatz carries float32, float64, int64, int32 and bool")
        .help("export the model in float32")
}

/// Shapes, or values that act as shapes or indices, that an operator cannot take.
#[must_use]
pub fn shapes_do_not_fit(node: &NodeLabel, misfit: &Misfit) -> Diagnostic {
    Diagnostic::new(&SHAPES_DO_NOT_FIT, format!("{}: {misfit}", subject(node)), place(node))
}

/// A tensor of these sizes would take more than `limit` bytes.
#[must_use]
pub fn tensor_too_large(node: &NodeLabel, dims: &[usize], limit: u64) -> Diagnostic {
    let message =
        format!("a tensor of {} would have shape {dims:?}, more than the {limit} bytes allowed", subject(node));
    Diagnostic::new(&TENSOR_TOO_LARGE, message, place(node))
        .note("the size comes from the values that the model computes or holds")
}

/// A tensor of so many axes; `limit` are allowed.
#[must_use]
pub fn too_many_axes(node: &NodeLabel, rank: usize, limit: usize) -> Diagnostic {
    let message = format!("a tensor of {} would have {rank} axes, more than the {limit} allowed", subject(node));
    Diagnostic::new(&TENSOR_TOO_LARGE, message, place(node))
}

/// All tensors that are alive at once would take more than `limit` bytes.
#[must_use]
pub fn too_many_bytes(node: &NodeLabel, limit: u64) -> Diagnostic {
    let message = format!("with the result of {} the values held at once exceed {limit} bytes", subject(node));
    Diagnostic::new(&TENSOR_TOO_LARGE, message, place(node))
        .help("if the sizes are as they should be, let the model have smaller inputs or batches")
}

/// The engine refused a graph or stopped; `why` is its own text.
#[must_use]
pub fn engine_failed(engine: &str, node: Option<&NodeLabel>, why: &str) -> Diagnostic {
    let (message, place) = match node {
        Some(node) => (format!("the {engine} engine failed at {}: {}", subject(node), short(why)), place(node)),
        None => (format!("the {engine} engine failed: {}", short(why)), Place::Nowhere),
    };
    Diagnostic::new(&ENGINE_FAILED, message, place)
}

/// The engine says that it does not have an operator; `why` is its own text.
#[must_use]
pub fn not_implemented(engine: &str, node: Option<&NodeLabel>, why: &str) -> Diagnostic {
    let failed = engine_failed(engine, node, why);
    Diagnostic::new(&UNSUPPORTED_OPERATOR, failed.message, failed.primary.place)
        .help("export the model with another opset")
}

/// ONNX Runtime was asked for by name; `tried` lists place and outcome.
#[must_use]
pub fn onnxruntime_not_found(tried: &[(String, String)]) -> Diagnostic {
    let mut found = Diagnostic::new(&ONNXRUNTIME_NOT_FOUND, "the ONNX Runtime library was not found", Place::Nowhere);
    for (place, outcome) in tried {
        found = found.note(format!("tried {}: {}", clean(place), short(outcome)));
    }
    found
        .help("run `./setup`, which fetches the library, or `pip install onnxruntime`")
        .help("set ORT_DYLIB_PATH to a libonnxruntime, or run with `--engine reference`")
}

/// The library at `path` is older than `least`; `why` is the loader's own text.
#[must_use]
pub fn onnxruntime_too_old(path: &str, least: &str, why: &str) -> Diagnostic {
    let message = format!("the ONNX Runtime at `{}` is older than {least}: {}", clean(path), short(why));
    Diagnostic::new(&ONNXRUNTIME_TOO_OLD, message, Place::File { path: clean(path) })
        .help("run `./setup`, which fetches a version that fits, or `pip install --upgrade onnxruntime`")
}

/// Text of another program: one line, made safe, at most 400 characters.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    for part in line.chars().collect::<Vec<_>>().chunks(80).take(5) {
        out.push_str(&clean(&part.iter().collect::<String>()));
    }
    if line.chars().count() > 400 {
        out.push('…');
    }
    out
}
