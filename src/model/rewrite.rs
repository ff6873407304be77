//! A graph that is written anew, node by node, with the tensors of another.

use crate::engine::Value;
use crate::model::graph::{Graph, Initializer, Node, TensorId};
use crate::model::onnx::AttributeProto;
use crate::model::onnx::attribute_proto::AttributeType;
use crate::model::tensor::to_tensor_proto;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The graph as far as it is written.
#[derive(Debug)]
pub struct Builder {
    pub graph: Graph,
    names: BTreeSet<String>,
    constants: BTreeMap<String, TensorId>,
}

/// The node that is taken apart: what is written for it has its module, and names that start with
/// that of its first output.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub node: &'a Node,
}

/// Where the result of a new node goes.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A new tensor; the text says what it is, and ends its name.
    New(&'a str),
    /// An output of the node that is taken apart.
    Output(TensorId),
}

impl Builder {
    /// All tensors of a graph, without its nodes.
    pub fn new(graph: &Graph) -> Self {
        let mut copy = Graph { nodes: Vec::new(), ..graph.clone() };
        copy.tensors.iter_mut().for_each(|tensor| tensor.producer = None);
        let names = graph.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        Builder { graph: copy, names, constants: BTreeMap::new() }
    }

    /// A node as it is.
    pub fn keep(&mut self, node: &Node) {
        self.graph.add_node(node.clone());
    }

    /// A node with one output, which is given.
    pub fn node(
        &mut self,
        origin: Origin<'_>,
        target: Target<'_>,
        op: &str,
        inputs: &[TensorId],
        attributes: Vec<AttributeProto>,
    ) -> TensorId {
        let output = match target {
            Target::New(what) => self.tensor(&format!("{}.{what}", self.base(origin))),
            Target::Output(tensor) => tensor,
        };
        // The name of the node that is taken apart stays that of its result.
        let result = origin.node.outputs.first().copied().flatten() == Some(output);
        let name = if result { origin.node.name.clone() } else { self.graph.tensor(output).name.clone() };
        self.graph.add_node(Node {
            name,
            op: op.to_owned(),
            domain: String::new(),
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: vec![Some(output)],
            attributes: Arc::new(attributes),
            module: origin.node.module.clone(),
        });
        output
    }

    /// A constant; constants of one name are one, and must have one value.
    pub fn constant(&mut self, name: &str, value: impl FnOnce() -> Value) -> TensorId {
        if let Some(known) = self.constants.get(name) {
            return *known;
        }
        let tensor = self.tensor(&format!("ansatz/{name}"));
        let proto = Arc::new(to_tensor_proto(&self.graph.tensor(tensor).name, &value()));
        self.graph.initializers.insert(tensor, Initializer { tensor, proto });
        self.constants.insert(name.to_owned(), tensor);
        tensor
    }

    fn base(&self, origin: Origin<'_>) -> String {
        let output = origin.node.outputs.iter().flatten().next();
        output.map_or_else(String::new, |output| self.graph.tensor(*output).name.clone())
    }

    /// A tensor of this name, or of one that is longer where it is taken.
    fn tensor(&mut self, name: &str) -> TensorId {
        let mut name = name.to_owned();
        while self.names.contains(&name) {
            name.push('_');
        }
        self.names.insert(name.clone());
        self.graph.add_tensor(name)
    }
}

/// An integer as an attribute.
pub fn int(name: &str, value: i64) -> AttributeProto {
    let kind = Some(AttributeType::Int as i32);
    AttributeProto { name: Some(name.to_owned()), i: Some(value), r#type: kind, ..AttributeProto::default() }
}

/// A list of integers as an attribute.
pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    let kind = Some(AttributeType::Ints as i32);
    AttributeProto { name: Some(name.to_owned()), ints: values.to_vec(), r#type: kind, ..AttributeProto::default() }
}
