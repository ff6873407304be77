//! Inputs and outputs of a map: what they are called and what types they have.

use super::declare::quoted;
use super::dims::Dims;
use super::layers::Part;
use super::view::View;
use super::{Layer, Structure};
use crate::engine::DType;
use crate::model::{FactDim, TensorId};
use crate::syntax::KEYWORDS;
use std::collections::BTreeSet;

/// The name of something of the graph as one of the language: letters, digits and `_`.
#[must_use]
pub fn plain_name(text: &str, otherwise: &str) -> String {
    let mut out: String =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).take(60).collect();
    if out.starts_with(|letter: char| letter.is_ascii_digit()) {
        out.insert(0, '_');
    }
    let empty = out.chars().all(|letter| letter == '_');
    match () {
        () if empty => otherwise.to_owned(),
        () if KEYWORDS.contains(&out.as_str()) => format!("{out}_"),
        () => out,
    }
}

/// An input or an output as it is declared.
#[derive(Debug, Clone)]
pub struct Declared {
    pub is_input: bool,
    pub called: String,
    /// In the graph.
    pub name: String,
    pub ty: &'static str,
    pub dims: Vec<String>,
}

impl Declared {
    /// `input tokens = "input_ids" : token[batch, pos]`
    #[must_use]
    pub fn line(&self) -> String {
        let word = if self.is_input { "input" } else { "output" };
        format!("{word} {} : {}[{}]", self.address(), self.ty, self.dims.join(", "))
    }

    /// `tokens = "input_ids"`, or the name alone where it is that of the graph.
    #[must_use]
    pub fn address(&self) -> String {
        if self.called == self.name { self.called.clone() } else { format!("{} = {}", self.called, quoted(&self.name)) }
    }
}

/// Inputs and outputs.
pub fn values(view: &View<'_>, structure: &Structure, dims: &mut Dims, used: &mut BTreeSet<String>) -> Vec<Declared> {
    let mut lines = Vec::new();
    let tokens = structure.embeddings().find(|found| found.rows > 0).and_then(|found| found.input);
    let mask = mask(view, structure);
    // The axis of examples is that of the first input.
    let mut inputs: Vec<TensorId> = view.graph.inputs.iter().map(|input| input.tensor).collect();
    inputs.sort_by_key(|input| !matches!(view.dims(*input).first(), Some(FactDim::Batch { multiple: 1 })));
    for input in inputs {
        let name = &view.graph.tensor(input).name;
        let is_tokens = tokens == Some(input);
        let wanted = match () {
            () if is_tokens => "tokens".to_owned(),
            () if mask == Some(input) => "mask".to_owned(),
            () => plain_name(name, "x"),
        };
        let called = unused(&wanted, used);
        let ty = if is_tokens { "token" } else { scalar(view, input) };
        let dims = input_dims(view, dims, input);
        lines.push(Declared { is_input: true, called, name: name.clone(), ty, dims });
    }
    for (at, output) in view.graph.outputs.iter().enumerate() {
        let name = &view.graph.tensor(*output).name;
        let is_logits = at == 0 && structure.ends.unembed.is_some();
        let wanted = if is_logits { "logits".to_owned() } else { plain_name(name, "y") };
        let called = unused(&wanted, used);
        let dims = output_dims(view, structure, dims, *output, is_logits);
        lines.push(Declared { is_input: false, called, name: name.clone(), ty: scalar(view, *output), dims });
    }
    lines
}

fn unused(wanted: &str, used: &mut BTreeSet<String>) -> String {
    let mut names = std::iter::once(wanted.to_owned()).chain((2_usize..).map(|number| format!("{wanted}_{number}")));
    let name = names.find(|name| !used.contains(name)).unwrap_or_else(|| wanted.to_owned());
    used.insert(name.clone());
    name
}

fn scalar(view: &View<'_>, tensor: TensorId) -> &'static str {
    match view.model.facts.get(tensor).map(|fact| fact.dtype) {
        Some(DType::Bool) => "bool",
        Some(DType::I64 | DType::I32) => "int",
        _ => "real",
    }
}

fn input_dims(view: &View<'_>, dims: &mut Dims, input: TensorId) -> Vec<String> {
    let is_real = view.is_float(input);
    let names: &[&str] = match (view.dims(input).len(), is_real) {
        (2, true) => &["d_in"],
        (2, false) => &["pos"],
        (3, true) => &["pos", "d_in"],
        (4, true) => &["channel", "height", "width"],
        _ => &["axis_1", "axis_2", "axis_3", "axis_4", "axis_5", "axis_6", "axis_7"],
    };
    named(view, dims, input, names)
}

fn output_dims(view: &View<'_>, structure: &Structure, dims: &mut Dims, output: TensorId, logits: bool) -> Vec<String> {
    let axes = view.dims(output).len();
    let width = view.width(output).unwrap_or(0);
    let is_vocabulary = structure.embeddings().any(|embedding| embedding.rows == width && width > 0);
    let last = match (logits, axes) {
        (true, _) if is_vocabulary && axes == 3 => "vocab",
        (true, _) => "class",
        (false, _) if dims.has("d", width) => "d",
        (false, _) => "d_out",
    };
    let names: &[&str] = match axes {
        2 => &[last],
        3 => &["pos", last],
        _ => &["axis_1", "axis_2", "axis_3", "axis_4", "axis_5", "axis_6", "axis_7"],
    };
    named(view, dims, output, names)
}

fn named(view: &View<'_>, dims: &mut Dims, tensor: TensorId, names: &[&str]) -> Vec<String> {
    let axes = view.dims(tensor);
    let (mut found, mut names) = (Vec::new(), names.iter());
    for (at, axis) in axes.iter().enumerate() {
        match axis {
            FactDim::Fixed(size) => {
                let name = names.next().copied().unwrap_or("axis");
                found.push(dims.of(name, *size));
            }
            _ if at == 0 => found.push(dims.batch()),
            _ => {}
        }
    }
    found
}

/// The input that only says which scores count: it is no part of what the stream starts with, and of the scores
/// not by queries and keys. `None` where there is none, or several.
fn mask(view: &View<'_>, structure: &Structure) -> Option<TensorId> {
    let layer = structure.layers.first()?;
    let heads = match &layer.attention()?.part {
        Part::Attention { heads: Some(heads), .. } => heads,
        _ => return None,
    };
    let start = view.paths.upstream(Layer::pre(layer)?);
    let scores = view.paths.upstream(heads.attention.scores);
    let read = heads.attention.queries_and_keys.map(|both| both.map(|operand| view.paths.upstream(operand)))?;
    let masks = |input: &TensorId| {
        scores.contains(input) && !start.contains(input) && !read.iter().any(|above| above.contains(input))
    };
    let mut found = view.graph.inputs.iter().map(|input| input.tensor).filter(masks);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Names that are taken before any input.
#[must_use]
pub fn taken(parts: &[super::declare::Declaration]) -> BTreeSet<String> {
    parts.iter().map(|declaration| declaration.name.clone()).collect()
}

/// Names the axes of inputs before those of components, so that positions are those of the input.
pub fn prepare(view: &View<'_>, dims: &mut Dims) {
    for input in &view.graph.inputs {
        let _ = input_dims(view, dims, input.tensor);
    }
}
