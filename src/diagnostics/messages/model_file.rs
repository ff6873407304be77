//! A3: a model file that cannot be used as it is. Codes are declared in `model`.

use super::model::{BROKEN_MODEL, EXTERNAL_DATA, NOT_A_MODEL, NodeLabel, UNSUPPORTED_MODEL, place};
use crate::diagnostics::{Diagnostic, clean};
use crate::model::Looks;
use std::ops::RangeInclusive;

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
    /// More nodes and attributes than fit in a reasonable memory.
    TooManyParts,
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
        Unsupported::TooManyParts => (
            "it has more nodes, attributes and names than Ansatz reads".to_owned(),
            "export without debug metadata, and with loops that are not unrolled",
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
