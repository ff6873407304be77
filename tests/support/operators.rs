//! Single operators of a model, evaluated by themselves on given values.

use super::case::Values;
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::model::{DeclaredDim, Graph, GraphInput, NodeId, TensorId};
use std::collections::BTreeSet;

/// One operator, with the operators above it that depend on no value of any datum.
#[derive(Debug)]
pub struct Operator {
    interpreter: Interpreter,
    /// Its own inputs.
    read: Vec<TensorId>,
    /// What is read above it only for its size.
    sized: Vec<TensorId>,
    outputs: Vec<TensorId>,
}

impl Operator {
    /// The operator of a graph; `live` tells which tensors depend on data, `sizes` how many axes a
    /// tensor has and its element type.
    pub fn new(graph: &Graph, node: NodeId, live: &[bool], sizes: &dyn Fn(TensorId) -> (usize, i32)) -> Operator {
        let mut alone = Graph {
            opset: graph.opset,
            ir_version: graph.ir_version,
            initializers: graph.initializers.clone(),
            ..Graph::default()
        };
        for tensor in &graph.tensors {
            alone.add_tensor(tensor.name.clone());
        }
        let (nodes, fed) = needed(graph, node, live);
        for input in &fed {
            let (rank, element) = sizes(*input);
            let dims = (0..rank).map(|axis| DeclaredDim::Free(format!("{}.{axis}", input.0))).collect();
            alone.inputs.push(GraphInput { tensor: *input, element, dims });
        }
        for node in nodes {
            alone.add_node(graph.node(node).clone());
        }
        let outputs: Vec<TensorId> = graph.node(node).outputs.iter().flatten().copied().collect();
        let interpreter = Interpreter::compile(&alone, &outputs).expect("operators of test models compile");
        let own: BTreeSet<TensorId> = graph.node(node).inputs.iter().flatten().copied().collect();
        let (read, sized) = fed.into_iter().partition(|tensor| own.contains(tensor));
        Operator { interpreter, read, sized, outputs }
    }

    /// Its outputs for the values that it reads. `sizes` gives a value of the right size.
    pub fn run(&self, read: &dyn Fn(TensorId) -> Value, sizes: &dyn Fn(TensorId) -> Value) -> Values {
        let read = self.read.iter().map(|tensor| (*tensor, read(*tensor)));
        let sized = self.sized.iter().map(|tensor| (*tensor, sizes(*tensor)));
        let values: Vec<(TensorId, Value)> = read.chain(sized).collect();
        let feeds: Vec<(TensorId, &Value)> = values.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let found = self.interpreter.run(&feeds).expect("operators of test models run");
        self.outputs.iter().copied().zip(found).collect()
    }
}

/// An operator and those above it up to values that depend on data, in topological order; and
/// those values.
fn needed(graph: &Graph, node: NodeId, live: &[bool]) -> (BTreeSet<NodeId>, BTreeSet<TensorId>) {
    let (mut nodes, mut fed) = (BTreeSet::from([node]), BTreeSet::new());
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for input in graph.node(node).inputs.iter().flatten() {
            if live[input.0 as usize] {
                fed.insert(*input);
            } else if let Some(producer) = graph.tensor(*input).producer
                && nodes.insert(producer)
            {
                open.push(producer);
            }
        }
    }
    (nodes, fed)
}
