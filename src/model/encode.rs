//! Graph to ONNX bytes, for an engine that wants a file.

use super::graph::{DeclaredDim, Graph, GraphInput, Node, TensorId};
use super::onnx::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use prost::Message;
use std::collections::BTreeSet;

/// The bytes of a model that computes `outputs`: only the nodes, initialisers and inputs that they
/// need, outputs by name without types, no metadata.
///
/// Each output appears once, in order of first mention. Inputs keep their declared dims: rewrite
/// [`Graph::inputs`] first for concrete sizes.
#[must_use]
pub fn encode(graph: &Graph, outputs: &[TensorId]) -> Vec<u8> {
    to_proto(graph, outputs).encode_to_vec()
}

/// The same as [`encode`], as a message. Raw weights are shared, not copied.
#[must_use]
pub fn to_proto(graph: &Graph, outputs: &[TensorId]) -> ModelProto {
    let cone = graph.cone(outputs);
    let mut used: BTreeSet<TensorId> = outputs.iter().copied().collect();
    for node in &cone {
        used.extend(graph.node(*node).inputs.iter().flatten());
    }
    let mut seen = BTreeSet::new();
    let proto = GraphProto {
        name: Some("graph".to_owned()),
        node: cone.iter().map(|node| node_proto(graph, graph.node(*node))).collect(),
        initializer: initializers(graph, &used),
        input: graph
            .inputs
            .iter()
            .filter(|input| used.contains(&input.tensor))
            .map(|input| value(graph, input))
            .collect(),
        output: outputs
            .iter()
            .filter(|output| seen.insert(**output))
            .map(|output| ValueInfoProto { name: Some(graph.tensor(*output).name.clone()), ..Default::default() })
            .collect(),
        ..Default::default()
    };
    ModelProto {
        ir_version: Some(graph.ir_version),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(graph.opset) }],
        producer_name: Some("ansatz".to_owned()),
        graph: Some(proto),
        ..Default::default()
    }
}

fn initializers(graph: &Graph, used: &BTreeSet<TensorId>) -> Vec<TensorProto> {
    used.iter()
        .filter_map(|tensor| graph.initializers.get(tensor))
        .map(|initializer| {
            let mut proto = TensorProto::clone(&initializer.proto);
            proto.name = Some(graph.tensor(initializer.tensor).name.clone());
            proto.doc_string = None;
            proto.metadata_props = Vec::new();
            proto
        })
        .collect()
}

fn node_proto(graph: &Graph, node: &Node) -> NodeProto {
    let names = |ids: &[Option<TensorId>]| {
        ids.iter().map(|id| id.map_or_else(String::new, |id| graph.tensor(id).name.clone())).collect()
    };
    NodeProto {
        input: names(&node.inputs),
        output: names(&node.outputs),
        name: Some(node.name.clone()),
        op_type: Some(node.op.clone()),
        domain: Some(node.domain.clone()),
        attribute: node.attributes.as_ref().clone(),
        ..Default::default()
    }
}

fn value(graph: &Graph, input: &GraphInput) -> ValueInfoProto {
    let dim = |dim: &DeclaredDim| Dimension {
        value: match dim {
            DeclaredDim::Size(size) => {
                Some(dimension::Value::DimValue(i64::try_from(*size).expect("sizes were read from an i64")))
            }
            DeclaredDim::Free(name) if name.is_empty() => None,
            DeclaredDim::Free(name) => Some(dimension::Value::DimParam(name.clone())),
        },
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: input.dims.iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: Some(input.element), shape: Some(shape) };
    ValueInfoProto {
        name: Some(graph.tensor(input.tensor).name.clone()),
        r#type: Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() }),
        ..Default::default()
    }
}
