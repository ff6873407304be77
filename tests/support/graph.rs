//! Builds small graphs in a few lines.
//!
//! ```ignore
//! let mut g = GraphBuilder::new(18);
//! let x = g.input("x", DType::F32, &["batch", "4"]);
//! let w = g.initializer("w", f32s(&[4, 2], &[1.0; 8]));
//! let y = g.node("MatMul", &[x, w], &[]);
//! let y = g.named_node("activation", "Softmax", &[y], &[("axis", Attr::from(-1))]);
//! g.output(y);
//! let graph = g.build();
//! ```

use ansatz::engine::{DType, Value};
use ansatz::model::onnx::{AttributeProto, TensorProto, attribute_proto::AttributeType};
use ansatz::model::{DeclaredDim, Graph, GraphInput, Initializer, Node, TensorId, to_tensor_proto};
use ndarray::{ArrayD, IxDyn};
use std::sync::Arc;

/// Something that can be written as an attribute of a node.
#[derive(Debug, Clone)]
pub enum Attr {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Box<TensorProto>),
}

impl From<i64> for Attr {
    fn from(value: i64) -> Self {
        Attr::Int(value)
    }
}
impl From<f32> for Attr {
    fn from(value: f32) -> Self {
        Attr::Float(value)
    }
}
impl From<&str> for Attr {
    fn from(value: &str) -> Self {
        Attr::Text(value.to_owned())
    }
}
impl From<&[i64]> for Attr {
    fn from(value: &[i64]) -> Self {
        Attr::Ints(value.to_vec())
    }
}
impl<const N: usize> From<[i64; N]> for Attr {
    fn from(value: [i64; N]) -> Self {
        Attr::Ints(value.to_vec())
    }
}
impl From<Value> for Attr {
    fn from(value: Value) -> Self {
        Attr::Tensor(Box::new(to_tensor_proto("", &value)))
    }
}

/// A graph that grows node by node. Tensors and nodes get names by themselves (`matmul_3`) unless
/// they are given some.
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    graph: Graph,
}

impl GraphBuilder {
    /// An empty graph of this operator set version.
    pub fn new(opset: i64) -> Self {
        GraphBuilder { graph: Graph { opset, ir_version: 10, ..Graph::default() } }
    }

    /// A graph input. Dims are written as numbers, or as names where they are free.
    pub fn input(&mut self, name: &str, dtype: DType, dims: &[&str]) -> TensorId {
        let tensor = self.graph.add_tensor(name.to_owned());
        let dim = |dim: &&str| dim.parse().map_or_else(|_| DeclaredDim::Free((*dim).to_owned()), DeclaredDim::Size);
        let dims = dims.iter().map(dim).collect();
        self.graph.inputs.push(GraphInput { tensor, element: dtype.to_onnx(), dims });
        tensor
    }

    /// A constant that comes with the graph.
    #[expect(clippy::needless_pass_by_value, reason = "values are written in place")]
    pub fn initializer(&mut self, name: &str, value: Value) -> TensorId {
        let tensor = self.graph.add_tensor(name.to_owned());
        let proto = Arc::new(to_tensor_proto(name, &value));
        self.graph.initializers.insert(tensor, Initializer { tensor, proto });
        tensor
    }

    /// A constant that gets its name by itself.
    pub fn constant(&mut self, value: Value) -> TensorId {
        let name = format!("constant_{}", self.graph.tensors.len());
        self.initializer(&name, value)
    }

    /// A list of whole numbers as a constant: axes, a shape.
    pub fn ints(&mut self, values: &[i64]) -> TensorId {
        self.constant(i64s(&[values.len()], values))
    }

    /// A single float as a constant.
    pub fn scalar(&mut self, value: f32) -> TensorId {
        self.constant(f32s(&[], &[value]))
    }

    /// A node with one output, which is given.
    pub fn node(&mut self, op: &str, inputs: &[TensorId], attributes: &[(&str, Attr)]) -> TensorId {
        let name = format!("{}_{}", op.to_lowercase(), self.graph.tensors.len());
        self.named_node(&name, op, inputs, attributes)
    }

    /// A node with one output; the output has the name that is given.
    pub fn named_node(&mut self, name: &str, op: &str, inputs: &[TensorId], attributes: &[(&str, Attr)]) -> TensorId {
        let inputs: Vec<Option<TensorId>> = inputs.iter().copied().map(Some).collect();
        self.full_node(&[name], op, &inputs, attributes)[0]
    }

    /// A node with as many outputs as names, and inputs that may be left out.
    pub fn full_node(
        &mut self,
        outputs: &[&str],
        op: &str,
        inputs: &[Option<TensorId>],
        attributes: &[(&str, Attr)],
    ) -> Vec<TensorId> {
        let ids: Vec<TensorId> = outputs.iter().map(|name| self.graph.add_tensor((*name).to_owned())).collect();
        self.graph.add_node(Node {
            name: format!("{}/{op}", outputs[0]),
            op: op.to_owned(),
            domain: String::new(),
            inputs: inputs.to_vec(),
            outputs: ids.iter().copied().map(Some).collect(),
            attributes: Arc::new(attributes.iter().map(|(name, value)| attribute(name, value)).collect()),
            module: None,
        });
        ids
    }

    /// Declares an output of the graph.
    pub fn output(&mut self, tensor: TensorId) {
        self.graph.outputs.push(tensor);
    }

    /// The graph so far.
    pub fn build(&self) -> Graph {
        self.graph.clone()
    }
}

fn attribute(name: &str, value: &Attr) -> AttributeProto {
    let mut proto = AttributeProto { name: Some(name.to_owned()), ..AttributeProto::default() };
    let kind = match value {
        Attr::Int(value) => {
            proto.i = Some(*value);
            AttributeType::Int
        }
        Attr::Float(value) => {
            proto.f = Some(*value);
            AttributeType::Float
        }
        Attr::Text(value) => {
            proto.s = Some(value.clone().into_bytes());
            AttributeType::String
        }
        Attr::Ints(values) => {
            proto.ints.clone_from(values);
            AttributeType::Ints
        }
        Attr::Floats(values) => {
            proto.floats.clone_from(values);
            AttributeType::Floats
        }
        Attr::Tensor(value) => {
            proto.t = Some(TensorProto::clone(value));
            AttributeType::Tensor
        }
    };
    proto.r#type = Some(kind as i32);
    proto
}

/// A float tensor from its sizes and elements.
pub fn f32s(dims: &[usize], elements: &[f32]) -> Value {
    Value::F32(ArrayD::from_shape_vec(IxDyn(dims), elements.to_vec()).expect("sizes and elements agree"))
}

/// A tensor of 64-bit integers from its sizes and elements.
pub fn i64s(dims: &[usize], elements: &[i64]) -> Value {
    Value::I64(ArrayD::from_shape_vec(IxDyn(dims), elements.to_vec()).expect("sizes and elements agree"))
}

/// A tensor of 32-bit integers from its sizes and elements.
pub fn i32s(dims: &[usize], elements: &[i32]) -> Value {
    Value::I32(ArrayD::from_shape_vec(IxDyn(dims), elements.to_vec()).expect("sizes and elements agree"))
}

/// A tensor of doubles from its sizes and elements.
pub fn f64s(dims: &[usize], elements: &[f64]) -> Value {
    Value::F64(ArrayD::from_shape_vec(IxDyn(dims), elements.to_vec()).expect("sizes and elements agree"))
}

/// A tensor of truth values from its sizes and elements.
pub fn bools(dims: &[usize], elements: &[bool]) -> Value {
    Value::Bool(ArrayD::from_shape_vec(IxDyn(dims), elements.to_vec()).expect("sizes and elements agree"))
}

/// Floats between -1 and 1 that look random and are the same on every machine.
pub fn noise(dims: &[usize], seed: u64) -> Value {
    let count: usize = dims.iter().product();
    f32s(dims, &numbers(count, seed))
}

/// As [`noise`], as a list.
pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
        })
        .collect()
}
