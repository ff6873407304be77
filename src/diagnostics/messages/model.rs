//! A3: the model file, and binding components to its graph.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean, is_misspelling};
use crate::model::{
    Candidate, Graph, InputAxis, MixReason, MixingNode, Node, OpenAxis, RepairFailure, SiteError, TensorId,
};
use crate::source::Span;

pub use super::fused::*;
pub use super::model_file::*;

declare_codes! {
    UNKNOWN_SITE = "A3001" "unknown-site" Error "an address names nothing in the model";
    AMBIGUOUS_SITE = "A3002" "ambiguous-site" Error "an address names several tensors of the model";
    NOT_A_MODEL = "A3003" "not-a-model" Error "a file is not an ONNX model";
    BROKEN_MODEL = "A3004" "broken-model" Error "an ONNX file contradicts itself";
    UNSUPPORTED_MODEL = "A3005" "unsupported-model-feature" Error "a model uses a part of ONNX that Ansatz refuses";
    EXTERNAL_DATA = "A3006" "external-data" Error "weights outside the model file cannot be used";
    FIXED_BATCH = "A3007" "fixed-batch" Error "a model was exported for one batch size";
    MIXES_BATCH = "A3008" "mixes-batch" Error "an operator mixes the examples of a batch";
    OUT_OF_ORDER = "A3009" "nodes-out-of-order" Warning "the nodes of a model are not in topological order";
    UNSIZED_AXIS = "A3010" "unsized-axis" Error "an axis of a model input has no size";
    BATCH_REPAIRED = "A3011" "batch-repaired" Warning "a model exported for a batch of one was rewritten for any batch";
    UNTYPED_MODEL = "A3012" "untyped-model" Error "the types and dims of a model's tensors cannot be found";
    FUSED_ATTENTION = "A3013" "fused-attention" Error "an `Attention` operator cannot be taken apart";
}

/// How a node is named in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLabel {
    /// The node's name, or its first output's where it has none.
    pub name: String,
    pub op: String,
    /// The PyTorch module, where known.
    pub module: Option<String>,
}

impl NodeLabel {
    #[must_use]
    pub fn of(graph: &Graph, node: &Node) -> Self {
        let output = || node.outputs.iter().flatten().next().map_or("", |id| &graph.tensor(*id).name);
        let name = if node.name.is_empty() { output() } else { &node.name };
        NodeLabel { name: name.to_owned(), op: node.op.clone(), module: node.module.clone() }
    }

    fn place(&self, path: &str) -> Place {
        let module = match self.module.as_deref() {
            Some("") => " in the root module".to_owned(),
            Some(module) => format!(" in module `{}`", clean(module)),
            None => String::new(),
        };
        let facts = format!("operator `{}`{module}", clean(&self.op));
        Place::Model { path: clean(path), what: clean(&self.name), facts }
    }
}

/// The place of a finding about a node, or about the file as a whole.
pub(super) fn place(path: &str, node: Option<&NodeLabel>) -> Place {
    node.map_or_else(|| Place::File { path: clean(path) }, |node| node.place(path))
}

#[must_use]
pub fn out_of_order(path: &str, node: &NodeLabel) -> Diagnostic {
    let message = format!("the nodes of the model are not in topological order, first at `{}`", clean(&node.name));
    Diagnostic::new(&OUT_OF_ORDER, message, node.place(path))
        .note("they were sorted; the format requires the order, and other programs might refuse the file")
}

/// The calls that export with an open batch, by both of PyTorch's exporters.
fn with_open_batch(found: Diagnostic, inputs: &[&str]) -> Diagnostic {
    let inputs: Vec<String> = inputs.iter().map(|input| clean(input)).collect();
    let dims =
        |dim: &str| inputs.iter().map(|input| format!("\"{input}\": {{0: {dim}}}")).collect::<Vec<_>>().join(", ");
    found
        .help(format!("export again with `dynamo=True, dynamic_shapes={{{}}}`", dims("torch.export.Dim(\"batch\")")))
        .help(format!("or, with the older exporter, `dynamo=False, dynamic_axes={{{}}}`", dims("\"batch\"")))
}

#[must_use]
pub fn fixed_batch(path: &str, graph: &Graph, input: TensorId, size: u64) -> Diagnostic {
    let name = &graph.tensor(input).name;
    let message = format!("the model was exported for a batch of {size}: the first dim of `{}` is fixed", clean(name));
    let found = Diagnostic::new(&FIXED_BATCH, message, place(path, None))
        .note("a batch must be able to have any size, for examples are patched together");
    with_open_batch(found, &[name])
}

#[must_use]
pub fn not_repaired(path: &str, graph: &Graph, batch: &[InputAxis], why: &RepairFailure) -> Diagnostic {
    let inputs: Vec<&str> = batch.iter().map(|(input, _)| graph.tensor(*input).name.as_str()).collect();
    let said = match why {
        RepairFailure::Run(why) => format!("the rewritten graph does not run: {}", clean(why)),
        RepairFailure::Differs(output) => {
            format!("`{}` of examples run together differs from that of each alone", clean(output))
        }
        RepairFailure::Indistinct => {
            "the examples tried give equal outputs, so that nothing can be confirmed".to_owned()
        }
    };
    let message = "the model was exported for a batch of 1, and cannot be rewritten for more";
    with_open_batch(Diagnostic::new(&FIXED_BATCH, message, place(path, None)).note(said), &inputs)
}

#[must_use]
pub fn repaired(path: &str, nodes: usize) -> Diagnostic {
    let message = match nodes {
        0 => "the model was exported for a batch of 1, which is now left open".to_owned(),
        1 => "the model was exported for a batch of 1; one `Reshape` was rewritten".to_owned(),
        _ => format!("the model was exported for a batch of 1; {nodes} of its `Reshape` nodes were rewritten"),
    };
    Diagnostic::new(&BATCH_REPAIRED, message, place(path, None))
        .note("three examples run together agree with the same examples run one by one in the file's own graph")
        .help("export with an open batch, then nothing needs to be rewritten")
}

#[must_use]
pub fn unsized_axis(path: &str, graph: &Graph, open: &OpenAxis) -> Diagnostic {
    let input = clean(&graph.tensor(open.input).name);
    let called = if open.name.is_empty() { String::new() } else { format!(" (`{}`)", clean(&open.name)) };
    let message = format!("axis {}{called} of the input `{input}` has no size", open.axis);
    Diagnostic::new(&UNSIZED_AXIS, message, place(path, None))
        .help(format!("give the dim of axis {} of `{input}` a size, as in `dim pos = 42`", open.axis))
        .note("only the batch may stay open; a hypothesis is about inputs of one length")
}

#[must_use]
pub fn mixes_batch(path: &str, graph: &Graph, mixing: &MixingNode) -> Diagnostic {
    let node = NodeLabel::of(graph, graph.node(mixing.node));
    let op = clean(&node.op);
    let said = match mixing.reason {
        MixReason::Across => format!("`{op}` works across the examples of a batch"),
        MixReason::Selects => format!("`{op}` picks, repeats or reorders the examples of a batch"),
        MixReason::Joins => format!("`{op}` joins other rows to the examples of a batch"),
        MixReason::Scatters => format!("behind `{op}` the examples of a batch cannot be told apart"),
        MixReason::Misaligned => format!("`{op}` combines tensors that hold the examples along different axes"),
        MixReason::BatchSize => format!("the values of `{op}` might depend on the size of the batch"),
        MixReason::UnknownShape => format!("`{op}` might mix the examples of a batch: its shapes are not known"),
        MixReason::UnknownOperator => format!("`{op}` might mix the examples of a batch: its rule is not known"),
    };
    let found = Diagnostic::new(&MIXES_BATCH, said, node.place(path))
        .note("a patch replaces values example by example, and would leak into other examples here");
    match mixing.input.map(|input| clean(&graph.tensor(input).name)) {
        Some(input) => found.note(format!("the examples come in through `{input}`")),
        None => found,
    }
}

/// An address that names no tensor, or several. `pattern` is the literal in the text that the address
/// was made from, at `span`; edits are offered where it has no parameters.
#[must_use]
pub fn site(
    span: Span,
    pattern: &str,
    address: &str,
    path: &str,
    error: &SiteError,
    near: Option<String>,
) -> Diagnostic {
    let found = site_error(span, pattern, address, path, error);
    let has_edit = found.helps.iter().any(|help| help.fix.is_some());
    match near.filter(|near| !has_edit && !near.contains(['"', '\\'])) {
        Some(near) => {
            let text = format!("`{}` fits these dims", clean(&near));
            found.unsafe_fix(text, span, format!("\"{near}\""))
        }
        None => found,
    }
}

fn site_error(span: Span, pattern: &str, address: &str, path: &str, error: &SiteError) -> Diagnostic {
    let address = clean(address);
    let at = |code, message| Diagnostic::at(code, span, message);
    let offer = |found: Diagnostic, candidate: &Candidate, words: &str, is_safe: bool| {
        let text = format!("`{}` {words} {}", clean(&candidate.address), candidate.facts);
        let quoted = candidate.address.contains(['"', '\\']) || pattern.contains('{');
        let replacement = format!("\"{}\"", candidate.address);
        match (quoted, is_safe) {
            (true, _) => found.help(text),
            (false, true) => found.safe_fix(text, span, replacement),
            (false, false) => found.unsafe_fix(text, span, replacement),
        }
    };
    match error {
        SiteError::Unknown { suggestions, inside } => {
            let found =
                at(&UNKNOWN_SITE, format!("`{address}` names nothing in `{}`", clean(path))).label("no such tensor");
            let found = match inside {
                Some((module, contents)) => found.note(format!("`{}` holds {}", clean(module), list(contents))),
                None => found,
            };
            let is_safe = matches!(suggestions.as_slice(), [only] if is_misspelling(pattern, &only.address));
            let found = suggestions.iter().fold(found, |found, near| offer(found, near, "might be meant:", is_safe));
            found.help("`ansatz inspect` lists the tensors and modules of a model")
        }
        SiteError::Ambiguous { candidates } => {
            let found = at(&AMBIGUOUS_SITE, format!("`{address}` names several tensors")).label("one is needed");
            candidates.iter().fold(found, |found, candidate| offer(found, candidate, "is", false))
        }
        SiteError::NothingLeaves { module } => {
            at(&UNKNOWN_SITE, format!("nothing that `{}` computes is read outside of it", clean(module)))
                .label("no tensor leaves this module")
                .note("a module stands for the one tensor that is computed in it and read elsewhere")
                .help(format!("name an operator in it, as in `{}/MatMul`", clean(module)))
        }
        SiteError::NothingEnters { module } => {
            at(&UNKNOWN_SITE, format!("`{}` reads nothing that depends on an input of the model", clean(module)))
                .label("no tensor enters this module")
                .note("a module with `/input` stands for the one tensor that is computed elsewhere and read in it")
        }
        SiteError::FewerOperators { module, op, count, others } => {
            let message = format!("the module `{}` has only {count} `{}`", clean(module), clean(op));
            at(&UNKNOWN_SITE, message)
                .label("no such operator")
                .note("operators of one type are counted from 0, and the first needs no number")
                .note(format!("its operators are {}", list(others)))
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", clean(name))).collect::<Vec<_>>().join(", ")
}

/// The runtime leaves a dim of a tensor open, although all inputs have sizes.
#[must_use]
pub fn unknown_shape(tensor: &str) -> Diagnostic {
    let message = format!("the dims of `{}` depend on the data, not on the dims of the inputs alone", clean(tensor));
    Diagnostic::new(&UNTYPED_MODEL, message, Place::Nowhere)
        .help("the reference engine might be able to: try it instead")
}
