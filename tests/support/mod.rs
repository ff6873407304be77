//! What several integration tests share. Each test file uses a part of it.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]

pub mod case;
pub mod choices;
pub mod claims;
pub mod conflicts;
pub mod contests;
pub mod data;
pub mod estimates;
pub mod features;
pub mod graph;
pub mod growth;
pub mod hypotheses;
pub mod models;
pub mod numbers;
pub mod operators;
pub mod passage;
pub mod pipeline;
pub mod random;
pub mod runtime;
pub mod scores;
pub mod scrub;
pub mod shrink;
pub mod traits;

use ansatz::diagnostics::Diagnostic;
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::model::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, tensor_shape_proto::Dimension, tensor_shape_proto::dimension, type_proto,
};
use std::path::PathBuf;

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The engines that are there; the reference engine always is.
pub fn engines() -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Reference::new())];
    if let Some(found) = runtime::onnxruntime() {
        engines.push(Box::new(found));
    }
    engines
}

pub fn codes(findings: &[Diagnostic]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

pub fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    NodeProto { op_type: Some(op.to_owned()), input: owned(inputs), output: owned(outputs), ..Default::default() }
}

pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(2), i: Some(value), ..Default::default() }
}

pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(7), ints: values.to_vec(), ..Default::default() }
}

/// A graph input; a dim of 0 is open and called `batch`.
pub fn input(name: &str, element: i32, dims: &[i64]) -> ValueInfoProto {
    let dim = |size: &i64| Dimension {
        value: Some(match size {
            0 => dimension::Value::DimParam("batch".to_owned()),
            size => dimension::Value::DimValue(*size),
        }),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: dims.iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: Some(element), shape: Some(shape) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() }),
        ..Default::default()
    }
}

/// A float constant of zeros.
pub fn weight(name: &str, dims: &[i64]) -> TensorProto {
    let count = usize::try_from(dims.iter().product::<i64>()).expect("sizes of a test");
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(1),
        raw_data: Some(vec![0; count * 4].into()),
        ..Default::default()
    }
}

/// A model with the float input `x` [batch, 4] and the output `y`.
pub fn model(nodes: Vec<NodeProto>, weights: Vec<TensorProto>) -> ModelProto {
    let output = ValueInfoProto { name: Some("y".to_owned()), ..Default::default() };
    ModelProto {
        ir_version: Some(8),
        opset_import: vec![OperatorSetIdProto { domain: None, version: Some(18) }],
        graph: Some(GraphProto {
            name: Some("g".to_owned()),
            node: nodes,
            initializer: weights,
            input: vec![input("x", 1, &[0, 4])],
            output: vec![output],
            ..Default::default()
        }),
        ..Default::default()
    }
}
