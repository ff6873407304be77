//! An ONNX graph by index: nodes in topological order, every value a [`Tensor`] with an id.
//! Small ids, no references; weights are shared by `Arc`, so that copies of a graph are cheap.

use super::onnx::{AttributeProto, TensorProto};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Index of a node in [`Graph::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Index of a value in [`Graph::tensors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub u32);

/// One operator.
#[derive(Debug, Clone)]
pub struct Node {
    /// The node's own name; may be empty.
    pub name: String,
    /// `MatMul`, `Add`, ...
    pub op: String,
    /// Empty or `ai.onnx` for standard operators.
    pub domain: String,
    /// `None` where an optional input is left out.
    pub inputs: Vec<Option<TensorId>>,
    /// `None` where an optional output is not wanted.
    pub outputs: Vec<Option<TensorId>>,
    pub attributes: Arc<Vec<AttributeProto>>,
    /// The PyTorch module the node belongs to (`blocks.0.attn`), from the names of the legacy
    /// exporter or the metadata of the dynamo exporter; empty for the root module, `None` if unknown.
    pub module: Option<String>,
}

/// One value: a graph input, an initialiser, or an output of a node.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Unique within the graph.
    pub name: String,
    /// The node that computes it; `None` for inputs and initialisers.
    pub producer: Option<NodeId>,
}

/// A constant that comes with the graph.
#[derive(Debug, Clone)]
pub struct Initializer {
    pub tensor: TensorId,
    /// The data, external data already read in. Name and data are the proto's own.
    pub proto: Arc<TensorProto>,
}

/// A graph of standard ONNX operators without control flow.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Topologically ordered.
    pub nodes: Vec<Node>,
    pub tensors: Vec<Tensor>,
    pub initializers: BTreeMap<TensorId, Initializer>,
    /// Graph inputs that are not initialisers, with element type code and declared dims.
    pub inputs: Vec<GraphInput>,
    pub outputs: Vec<TensorId>,
    /// Operator set version of the standard domain.
    pub opset: i64,
    pub ir_version: i64,
}

/// A graph input as declared.
#[derive(Debug, Clone)]
pub struct GraphInput {
    pub tensor: TensorId,
    /// ONNX element type code.
    pub element: i32,
    pub dims: Vec<DeclaredDim>,
}

/// A dim as the file declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredDim {
    Size(u64),
    /// Free, with the exporter's name for it; may be empty.
    Free(String),
}

impl Graph {
    #[must_use]
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0 as usize]
    }

    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The tensor of this exact name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<TensorId> {
        let at = self.tensors.iter().position(|tensor| tensor.name == name)?;
        u32::try_from(at).ok().map(TensorId)
    }

    /// The node that computes a tensor.
    #[must_use]
    pub fn producer(&self, id: TensorId) -> Option<&Node> {
        self.tensor(id).producer.map(|node| self.node(node))
    }

    /// The tensor of every id, in order.
    pub fn tensor_ids(&self) -> impl Iterator<Item = TensorId> + use<> {
        (0..self.tensors.len()).filter_map(|at| u32::try_from(at).ok()).map(TensorId)
    }

    /// Every node with its id, in topological order.
    pub fn nodes_with_ids(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().filter_map(|(at, node)| Some((NodeId(u32::try_from(at).ok()?), node)))
    }

    /// The names of the inputs, in order.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|input| self.tensor(input.tensor).name.as_str())
    }

    /// The nodes that the outputs need, in topological order.
    #[must_use]
    pub fn cone(&self, outputs: &[TensorId]) -> Vec<NodeId> {
        let mut needed: BTreeSet<NodeId> = BTreeSet::new();
        let mut open: Vec<TensorId> = outputs.to_vec();
        while let Some(tensor) = open.pop() {
            let Some(node) = self.tensor(tensor).producer else { continue };
            if needed.insert(node) {
                open.extend(self.node(node).inputs.iter().flatten());
            }
        }
        needed.into_iter().collect()
    }

    /// Adds a value without producer and gives its id.
    pub fn add_tensor(&mut self, name: String) -> TensorId {
        let id = TensorId(u32::try_from(self.tensors.len()).expect("fewer than 2^32 tensors"));
        self.tensors.push(Tensor { name, producer: None });
        id
    }

    /// Appends a node behind all others and links its outputs to it.
    pub fn add_node(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes"));
        for output in node.outputs.iter().flatten() {
            self.tensors[output.0 as usize].producer = Some(id);
        }
        self.nodes.push(node);
        id
    }
}

impl Node {
    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attributes.iter().find(|attribute| attribute.name() == name)
    }

    /// An integer attribute.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).and_then(|attribute| attribute.i)
    }

    /// A list of integers; `None` if the attribute is absent.
    #[must_use]
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A text attribute; `None` if absent or not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(|attribute| std::str::from_utf8(attribute.s.as_deref()?).ok())
    }

    /// The input at a position; `None` if left out.
    #[must_use]
    pub fn input(&self, at: usize) -> Option<TensorId> {
        self.inputs.get(at).copied().flatten()
    }
}
