//! Full forward passes with tensors replaced by hand. Heads, ports and the embedding are looked for in the
//! graph by operators and sizes, without modules or addresses.

use ansatz::data::{Array, read_npz};
use ansatz::engine::Value;
use ansatz::engine::reference::{Interpreter, Reference};
use ansatz::model::{ByRunning, DimSizes, Graph, Node, Paths, TensorId, infer, load};
use ndarray::{ArrayD, Axis};
use std::collections::BTreeMap;
use std::path::Path;

/// Of the fixtures.
const TOKENS: i64 = 24;
const WIDTH: i64 = 16;

/// What a head reads.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Query,
    Key,
    Value,
}

#[derive(Debug)]
pub struct Plainly {
    graph: Graph,
    interpreter: Interpreter,
    feeds: Vec<(TensorId, Value)>,
    expected: ArrayD<f32>,
}

impl Plainly {
    /// A model with the rows of an npz: a column for each input, and `expected`.
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    pub fn new(model: &Path, rows: &Path) -> Plainly {
        let (file, _) = load(model).unwrap();
        // Operators that hold a whole mechanism are taken apart; the interpreter does not have them.
        let engine = Reference::new();
        let graph = infer(file, &ByRunning(&engine), &engine, &DimSizes::default()).unwrap().0.graph;
        let arrays = read_npz(&std::fs::read(rows).unwrap(), "rows").unwrap();
        let ints = |name: &str| match &arrays[name] {
            Array::Int(array) => Value::I64(array.clone()),
            other => panic!("{name} is {other:?}"),
        };
        let feeds = graph.inputs.iter().map(|input| (input.tensor, ints(&graph.tensor(input.tensor).name))).collect();
        let Array::F32(expected) = arrays["expected"].clone() else { panic!("logits are float32") };
        let interpreter = Interpreter::compile(&graph, &graph.outputs).unwrap();
        Plainly { interpreter, feeds, expected, graph }
    }

    /// The values of all tensors that depend on an input, some of them replaced.
    pub fn values(&self, replaced: &dyn Fn(TensorId, &mut ArrayD<f32>)) -> BTreeMap<TensorId, Value> {
        let mut values = BTreeMap::new();
        let feeds: Vec<(TensorId, &Value)> = self.feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let mut hook = |tensor: TensorId, mut value: Value| {
            if let Value::F32(array) = &mut value {
                replaced(tensor, array);
            }
            values.insert(tensor, value.clone());
            value
        };
        self.interpreter.run_hooked(&feeds, &mut hook).unwrap();
        values
    }

    /// The mean over the rows of the squared distance of the logits from PyTorch's.
    fn distance(&self, values: &BTreeMap<TensorId, Value>) -> f64 {
        let logits = real(&values[&self.graph.outputs[0]]);
        let squares = logits.iter().zip(&self.expected).map(|(left, right)| f64::from(left - right).powi(2));
        squares.sum::<f64>() / self.expected.shape()[0] as f64
    }

    /// The distance where what a head puts together is zero.
    pub fn without_head(&self, layer: usize, head: usize) -> f64 {
        let mix = self.mix(layer).outputs[0].unwrap();
        self.distance(&self.values(&|tensor, array| {
            if tensor == mix {
                array.index_axis_mut(Axis(1), head).fill(0.0);
            }
        }))
    }

    /// The distance where one head alone reads its queries, keys or values from a model whose token
    /// embedding is zero.
    pub fn without_embedding(&self, layer: usize, head: usize, part: Part) -> f64 {
        let embed = self.embedding();
        let elsewhere = self.values(&|tensor, array| {
            if tensor == embed {
                array.fill(0.0);
            }
        });
        let read = match part {
            Part::Query => self.scores(layer).inputs[0],
            Part::Key => self.scores(layer).inputs[1],
            Part::Value => self.mix(layer).inputs[1],
        };
        self.distance(&self.values(&|tensor, array| {
            if Some(tensor) == read {
                let other = real(&elsewhere[&tensor]);
                array.index_axis_mut(Axis(1), head).assign(&other.index_axis(Axis(1), head));
            }
        }))
    }

    /// The rows of the table of tokens, one for each position.
    fn embedding(&self) -> TensorId {
        let table = |node: &&Node| {
            let weights =
                node.inputs.first().copied().flatten().and_then(|tensor| self.graph.initializers.get(&tensor));
            node.op == "Gather" && weights.is_some_and(|found| found.proto.dims == [TOKENS, WIDTH])
        };
        self.graph.nodes.iter().find(table).unwrap().outputs[0].unwrap()
    }

    fn softmax(&self, layer: usize) -> &Node {
        self.graph.nodes.iter().filter(|node| node.op == "Softmax").nth(layer).unwrap()
    }

    /// The product of pattern and values.
    fn mix(&self, layer: usize) -> &Node {
        let paths = Paths::new(&self.graph);
        let mut node = self.softmax(layer);
        while node.op != "MatMul" {
            node = self.graph.node(paths.consumers(node.outputs[0].unwrap())[0]);
        }
        node
    }

    /// The product of queries and keys: the nearest product above the pattern.
    fn scores(&self, layer: usize) -> &Node {
        let mut open = std::collections::VecDeque::from([self.softmax(layer)]);
        loop {
            let node = open.pop_front().unwrap();
            if node.op == "MatMul" {
                return node;
            }
            open.extend(node.inputs.iter().flatten().filter_map(|tensor| self.graph.producer(*tensor)));
        }
    }
}

/// The numbers of a tensor.
pub fn real(value: &Value) -> &ArrayD<f32> {
    match value {
        Value::F32(array) => array,
        other => panic!("{:?}", other.dtype()),
    }
}
