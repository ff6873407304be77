//! A3: the model file, and binding components to its graph.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::model::{
    Graph, InputAxis, Looks, MixReason, MixingNode, Node, OpenAxis, RepairFailure, SiteError, TensorId,
};
use crate::source::Span;
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
    UNSIZED_AXIS = "A3010" "unsized-axis" Error "an axis of a model input has no size";
    BATCH_REPAIRED = "A3011" "batch-repaired" Warning "a model exported for a batch of one was rewritten for any batch";
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

/// Why weights outside the model file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalFault {
    NoLocation,
    /// The location names something outside the model's folder.
    Leaves(String),
    Missing(String),
    HardLink {
        location: String,
        names: u64,
    },
    /// The reader's own words.
    Unreadable(String),
    Number {
        key: &'static str,
        text: String,
    },
    /// The part asked for does not lie in the file.
    Range {
        location: String,
        file: u64,
    },
    Length {
        expected: usize,
        found: usize,
    },
    Dims(String),
}

#[must_use]
pub fn external(path: &str, constant: &str, fault: &ExternalFault) -> Diagnostic {
    let (said, help) = match fault {
        ExternalFault::NoLocation => ("its location is missing".to_owned(), None),
        ExternalFault::Leaves(location) => (
            format!("`{}` lies outside the folder of the model", clean(location)),
            Some("put the data file beside the model; a model file must not read other files"),
        ),
        ExternalFault::Missing(location) => (
            format!("`{}` does not exist beside the model", clean(location)),
            Some("download or copy the data file together with the model"),
        ),
        ExternalFault::HardLink { location, names } => (
            format!("`{}` has {names} names (hard links), and might be a file from elsewhere", clean(location)),
            Some("replace the link by a copy of the file"),
        ),
        ExternalFault::Unreadable(why) => (why.clone(), None),
        ExternalFault::Number { key, text } => (format!("its {key} `{}` is not a number", clean(text)), None),
        ExternalFault::Range { location, file } => (
            format!("its part of `{}` ends behind the end of the file, which has {file} bytes", clean(location)),
            Some("the data file might be cut off, or belong to another model"),
        ),
        ExternalFault::Length { expected, found } => {
            (format!("its dims ask for {expected} bytes, {found} are declared"), None)
        }
        ExternalFault::Dims(why) => (why.clone(), None),
    };
    let message = format!("the weights `{}` cannot be read: {said}", clean(constant));
    let found = Diagnostic::new(&EXTERNAL_DATA, message, place(path, None));
    match help {
        Some(help) => found.help(help),
        None => found.help("save the model again, with all weights in one file or in one data file beside it"),
    }
}

#[must_use]
pub fn not_a_model(path: &str, looks: Looks) -> Diagnostic {
    const EXPORT: &str = "export the model with `torch.onnx.export(model, (example,), \"model.onnx\", dynamo=True)`";
    let (what, help) = match looks {
        Looks::Empty => ("it is empty", "the export or download might have failed"),
        Looks::GitLfsPointer => ("it is a git-LFS pointer, not the file it stands for", "fetch it with `git lfs pull`"),
        Looks::TorchArchive => ("it is a PyTorch checkpoint or TorchScript archive", EXPORT),
        Looks::Pickle => ("it is a Python pickle, which Ansatz never runs", EXPORT),
        Looks::Safetensors => ("it is a safetensors file: weights without a graph", EXPORT),
        Looks::Gguf => ("it is a GGUF file: weights without a graph", EXPORT),
        Looks::Hdf5 => ("it is an HDF5 file, perhaps a Keras model", "export the model to ONNX"),
        Looks::Tflite => ("it is a TensorFlow Lite model", "export the model to ONNX"),
        Looks::Numpy => ("it is a NumPy array", "the path might be that of the data"),
        Looks::Zip => ("it is a zip archive", "unpack it, or check that the path is not that of the data"),
        Looks::Html => ("it is a web page", "the download might have given an error page; open the file to see"),
        Looks::Json => ("it is JSON", "the path might be that of a configuration or of the data"),
        Looks::Text => ("it is text", "the path might be that of another file"),
        Looks::Compressed => ("it is compressed", "unpack it first"),
        Looks::Unknown => ("it has neither a graph nor operator versions", "the path might be that of another file"),
    };
    let message = format!("`{}` is not an ONNX model: {what}", clean(path));
    Diagnostic::new(&NOT_A_MODEL, message, place(path, None)).help(help)
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
    let message = format!("the model was exported for a batch of 1; {nodes} of its `Reshape` nodes were rewritten");
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

/// An address that names no tensor, or several, at its place in the text.
#[must_use]
pub fn site(span: Span, address: &str, path: &str, error: &SiteError) -> Diagnostic {
    let address = clean(address);
    let at = |code, message| Diagnostic::at(code, span, message);
    match error {
        SiteError::Unknown { suggestions, inside } => {
            let found = at(&UNKNOWN_SITE, format!("`{address}` names nothing in `{}`", clean(path)));
            let found = match inside {
                Some((module, contents)) => {
                    found.note(format!("the module `{}` holds {}", clean(module), list(contents)))
                }
                None => found,
            };
            let found = suggestions.iter().fold(found, |found, near| {
                let text = format!("`{}` is near: {}", clean(&near.address), near.facts);
                found.fix(text, span, format!("\"{}\"", near.address))
            });
            found.help("`ansatz inspect` lists the tensors and modules of a model")
        }
        SiteError::Ambiguous { candidates } => {
            let found = at(&AMBIGUOUS_SITE, format!("`{address}` names several tensors"));
            candidates.iter().fold(found, |found, candidate| {
                let text = format!("`{}` is {}", clean(&candidate.address), candidate.facts);
                found.fix(text, span, format!("\"{}\"", candidate.address))
            })
        }
        SiteError::NothingLeaves { module } => {
            at(&UNKNOWN_SITE, format!("nothing that `{}` computes is read outside of it", clean(module)))
                .note("a module stands for the one tensor that is computed in it and read elsewhere")
                .help(format!("name an operator in it, as in `{}/MatMul`", clean(module)))
        }
        SiteError::FewerOperators { module, op, count, others } => {
            let message = format!("the module `{}` has only {count} `{}`", clean(module), clean(op));
            at(&UNKNOWN_SITE, message)
                .note("operators of one type are counted from 0, and the first needs no number")
                .note(format!("its operators are {}", list(others)))
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", clean(name))).collect::<Vec<_>>().join(", ")
}
