//! A3: the model file, and binding components to its graph.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::model::{Graph, Node};
use std::ops::RangeInclusive;

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

/// What contradicts itself in an ONNX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The message cannot be decoded; the reader's own words, shortened.
    Protobuf(String),
    NoGraph,
    NoOpset,
    NoNodes,
    NoInputs,
    NoOutputs,
    UnknownOutput(String),
    UndefinedInput(String),
    DuplicateValue(String),
    /// The names of the nodes that wait for each other.
    Cycle(Vec<String>),
    /// A constant and why its data cannot be what its dims say.
    Constant(String, String),
    /// A constant whose data lies in another file, in a model that came from no file.
    ExternalUnread(String),
    InputDim(String, i64),
}

/// What Ansatz refuses in an ONNX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsupported {
    Opset(i64, RangeInclusive<i64>),
    FileVersion {
        found: i64,
        newest: i64,
    },
    LocalFunctions(Vec<String>),
    Domain(String),
    ControlFlow,
    Random,
    Training,
    Sparse(String),
    InputNotTensor(String),
    InputWithoutShape(String),
    /// A tensor and the name of its element type.
    Element(String, String),
}

fn place(path: &str, node: Option<&NodeLabel>) -> Place {
    node.map_or_else(|| Place::File { path: clean(path) }, |node| node.place(path))
}

#[must_use]
pub fn broken(path: &str, node: Option<&NodeLabel>, fault: &Fault) -> Diagnostic {
    let said = match fault {
        Fault::Protobuf(why) => format!("the file cannot be decoded: {}", clean(why)),
        Fault::NoGraph => "the file holds no graph".to_owned(),
        Fault::NoOpset => "the file does not say which version of the standard operators it uses".to_owned(),
        Fault::NoNodes => "the graph has no nodes".to_owned(),
        Fault::NoInputs => "the graph has no inputs".to_owned(),
        Fault::NoOutputs => "the graph has no outputs".to_owned(),
        Fault::UnknownOutput(name) => format!("the output `{}` is computed by no node", clean(name)),
        Fault::UndefinedInput(name) => format!("a node reads `{}`, which nothing computes", clean(name)),
        Fault::DuplicateValue(name) => format!("the name `{}` is given to two values", clean(name)),
        Fault::Cycle(names) => format!("nodes wait for each other: {}", circle(names)),
        Fault::Constant(name, why) => format!("the constant `{}` cannot be read: {why}", clean(name)),
        Fault::ExternalUnread(name) => format!("the data of `{}` lies in a file that was not read", clean(name)),
        Fault::InputDim(name, size) => format!("the input `{}` declares a dim of size {size}", clean(name)),
    };
    let found = Diagnostic::new(&BROKEN_MODEL, format!("the model is broken: {said}"), place(path, node));
    match fault {
        Fault::Protobuf(_) => found.help("the file might be cut off: compare its size with the original"),
        _ => found.help("export the model again; `onnx.checker.check_model` in Python finds most such faults"),
    }
}

/// Names of a cycle, at most five of them.
fn circle(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{}`", clean(name))).collect();
    let rest = names.len().saturating_sub(shown.len());
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

#[must_use]
pub fn unsupported(path: &str, node: Option<&NodeLabel>, what: &Unsupported) -> Diagnostic {
    let op = node.map_or("", |node| &node.op);
    let (said, helps): (String, &str) = match what {
        Unsupported::Opset(found, known) => (
            format!("operator set {found} is outside {} to {}", known.start(), known.end()),
            "export the model with `opset_version=18`",
        ),
        Unsupported::FileVersion { found, newest } => (
            format!("its file format version {found} is newer than {newest}"),
            "save the model with an older `ir_version`",
        ),
        Unsupported::LocalFunctions(names) => (
            format!("it defines operators of its own: {}", circle(names)),
            "inline them with `onnx.inliner.inline_local_functions`",
        ),
        Unsupported::Domain(domain) => (
            format!("`{}` is not a standard operator but one of the domain `{}`", clean(op), clean(domain)),
            "export without optimisation or quantisation, so that only standard operators are left",
        ),
        Unsupported::ControlFlow => (
            format!("`{}` holds a graph of its own, and paths cannot be followed into it", clean(op)),
            "export with fixed control flow, so that branches are decided and loops unrolled",
        ),
        Unsupported::Random => (
            format!("`{}` draws random numbers, so that no two runs agree", clean(op)),
            "export the model in evaluation mode: `model.eval()` before the export",
        ),
        Unsupported::Training => (
            format!("`{}` is in training mode", clean(op)),
            "export the model in evaluation mode: `model.eval()` before the export",
        ),
        Unsupported::Sparse(name) => {
            (format!("the constant `{}` is sparse", clean(name)), "store it as a dense tensor")
        }
        Unsupported::InputNotTensor(name) => {
            (format!("the input `{}` is not a tensor", clean(name)), "export with plain tensors as inputs")
        }
        Unsupported::InputWithoutShape(name) => {
            (format!("the input `{}` does not say how many axes it has", clean(name)), "export with shapes for inputs")
        }
        Unsupported::Element(name, element) => (
            format!("`{}` has elements of type {}", clean(name), clean(element)),
            "export in float32, without quantisation; float64, int64, int32 and bool are carried too",
        ),
    };
    let message = format!("the model cannot be used: {said}");
    Diagnostic::new(&UNSUPPORTED_MODEL, message, place(path, node)).help(helps)
}

#[must_use]
pub fn out_of_order(path: &str, node: &NodeLabel) -> Diagnostic {
    let message = format!("the nodes of the model are not in topological order, first at `{}`", clean(&node.name));
    Diagnostic::new(&OUT_OF_ORDER, message, node.place(path))
        .note("they were sorted; the format requires the order, and other programs might refuse the file")
}
