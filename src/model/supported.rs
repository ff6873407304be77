//! What of ONNX is refused before anything runs: operators that are random, that hide graphs, or
//! that no engine knows; versions and element types out of range.

use super::graph::{Graph, Node};
use super::onnx::{ModelProto, NodeProto};
use super::read::label;
use super::tensor;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model::{self as messages, Fault, NodeLabel, Unsupported};
use crate::engine::{DType, Value};
use std::collections::BTreeSet;

/// The long name of the standard operator domain; the short one is empty.
pub const STANDARD_DOMAIN: &str = "ai.onnx";
/// Operator set versions that have been tested.
pub const OPSETS: std::ops::RangeInclusive<i64> = 11..=24;
/// The newest file format version that the generated reader knows.
pub const NEWEST_IR: i64 = 14;

const CONTROL_FLOW: &[&str] = &["If", "Loop", "Scan", "SequenceMap"];
const RANDOM: &[&str] =
    &["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"];

/// The operator set version of the standard domain.
#[must_use]
pub fn opset(model: &ModelProto) -> Option<i64> {
    let standard = model.opset_import.iter().find(|set| set.domain().is_empty() || set.domain() == STANDARD_DOMAIN)?;
    Some(standard.version())
}

/// Findings about the file as a whole: versions and local functions.
#[must_use]
pub fn check_model(model: &ModelProto, path: &str) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    match opset(model) {
        None => findings.push(messages::broken(path, None, &Fault::NoOpset)),
        Some(version) if !OPSETS.contains(&version) => {
            findings.push(messages::unsupported(path, None, &Unsupported::Opset(version, OPSETS)));
        }
        Some(_) => {}
    }
    if model.ir_version() > NEWEST_IR {
        let fault = Unsupported::FileVersion { found: model.ir_version(), newest: NEWEST_IR };
        findings.push(messages::unsupported(path, None, &fault));
    }
    if !model.functions.is_empty() {
        let names = model.functions.iter().take(3).map(|function| function.name().to_owned()).collect();
        findings.push(messages::unsupported(path, None, &Unsupported::LocalFunctions(names)));
    }
    findings
}

/// What is wrong with a node by itself.
#[must_use]
pub fn check_node(node: &NodeProto, path: &str) -> Option<Diagnostic> {
    let domain = node.domain();
    let fault = if !domain.is_empty() && domain != STANDARD_DOMAIN {
        Unsupported::Domain(domain.to_owned())
    } else if CONTROL_FLOW.contains(&node.op_type()) || node.attribute.iter().any(|attribute| attribute.g.is_some()) {
        Unsupported::ControlFlow
    } else if RANDOM.contains(&node.op_type()) {
        Unsupported::Random
    } else {
        return None;
    };
    Some(messages::unsupported(path, Some(&label(node)), &fault))
}

/// What is wrong with the nodes and weights that the outputs need.
#[must_use]
pub fn check_cone(graph: &Graph, path: &str) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for id in graph.cone(&graph.outputs) {
        let node = graph.node(id);
        let label = || NodeLabel::of(graph, node);
        for input in node.inputs.iter().flatten().filter(|input| seen.insert(**input)) {
            let Some(initializer) = graph.initializers.get(input) else { continue };
            if DType::from_onnx(initializer.proto.data_type()).is_none() {
                let element = tensor::element_name(initializer.proto.data_type());
                let fault = Unsupported::Element(graph.tensor(*input).name.clone(), element);
                findings.push(messages::unsupported(path, Some(&label()), &fault));
            }
        }
        if trains(graph, node) {
            findings.push(messages::unsupported(path, Some(&label()), &Unsupported::Training));
        }
    }
    findings
}

/// Dropout or batch normalisation that was exported in training mode, or might be told to train.
fn trains(graph: &Graph, node: &Node) -> bool {
    match node.op.as_str() {
        "BatchNormalization" => node.int("training_mode").unwrap_or(0) != 0,
        "Dropout" => node.input(2).is_some_and(|mode| {
            let value = tensor::constant(graph, mode);
            !matches!(value, Some(Value::Bool(flags)) if flags.iter().all(|flag| !flag))
        }),
        _ => false,
    }
}
