//! A3: operators that hold a whole mechanism and cannot be taken apart. Codes are declared in `model`.

use super::model::{FUSED_ATTENTION, NodeLabel, place};
use crate::diagnostics::{Diagnostic, clean};

/// Why an `Attention` or `RotaryEmbedding` cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FusedFault {
    /// An attribute that the standard does not have.
    UnknownAttribute(String),
    /// An attribute and a value of it that is not supported.
    Attribute(String, String),
    /// An input that must be given is left out, or there are too many.
    Inputs,
    /// Keys of earlier runs without values, or the other way round.
    HalfOfPast,
    /// Keys of earlier runs, and numbers of keys too.
    PastAndLengths,
    /// One number of heads without the other.
    HalfOfHeads,
    /// No number of heads where they are merged with the width.
    NoHeads,
    /// An input of another rank than it must have.
    Rank { input: &'static str, wanted: usize, found: Vec<usize> },
    /// An axis of an input whose size changes with the batch.
    Varies { input: &'static str, axis: usize },
    /// What is wrong with sizes, and the sizes.
    Sizes(&'static str, Vec<Vec<usize>>),
    /// Element types that differ, or are not supported.
    Types,
    /// More queries times keys than a mask may have.
    Large { queries: usize, keys: usize },
}

#[must_use]
pub fn fused_operator(path: &str, node: &NodeLabel, fault: &FusedFault) -> Diagnostic {
    let said = match fault {
        FusedFault::UnknownAttribute(name) => format!("its attribute `{}` is not known", clean(name)),
        FusedFault::Attribute(name, value) => format!("its attribute `{}` is {}", clean(name), clean(value)),
        FusedFault::Inputs => "it does not have the inputs that the standard gives it".to_owned(),
        FusedFault::HalfOfPast => "`past_key` and `past_value` must come together".to_owned(),
        FusedFault::PastAndLengths => "`nonpad_kv_seqlen` and `past_key` exclude each other".to_owned(),
        FusedFault::HalfOfHeads => "`q_num_heads` and `kv_num_heads` must come together".to_owned(),
        FusedFault::NoHeads => "`num_heads` must be given where `X` has 3 axes".to_owned(),
        FusedFault::Rank { input, wanted, found } => {
            format!("`{input}` must have {wanted} axes, and its sizes are {found:?}")
        }
        FusedFault::Varies { input, axis } => format!("axis {axis} of `{input}` changes with the size of the batch"),
        FusedFault::Sizes(what, found) => {
            let found: Vec<String> = found.iter().map(|sizes| format!("{sizes:?}")).collect();
            format!("{what}, and the sizes are {}", found.join(", "))
        }
        FusedFault::Types => "its inputs have element types that do not go together, or are not supported".to_owned(),
        FusedFault::Large { queries, keys } => format!("its {queries} queries and {keys} keys are too many"),
    };
    let (parts, written) = match node.op.as_str() {
        "Attention" => ("`MatMul`, `Softmax`", "attention written out: `attn_implementation=\"eager\"`, or"),
        _ => ("`Slice`, `Mul`, `Add`", "the rotation written out:"),
    };
    let message = format!("the operator `{}` cannot be taken apart: {said}", clean(&node.op));
    Diagnostic::new(&FUSED_ATTENTION, message, place(path, Some(node)))
        .note(format!("it is replaced by {parts} and what else it stands for, so that these have addresses"))
        .help(format!("export the model with {written} `opset_version=18`"))
}
