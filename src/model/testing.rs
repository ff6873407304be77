//! Small graphs for tests, written as lines.

use super::Initializer;
use super::facts::{Fact, FactDim, Facts};
use super::graph::{DeclaredDim, Graph, GraphInput, Node, TensorId};
use super::onnx::AttributeProto;
use super::tensor::to_tensor_proto;
use crate::engine::{DType, Value};
use std::sync::Arc;

/// A graph from lines such as `y = MatMul(x, w) axis=1 perm=0,2,1`; names that nothing defines are
/// inputs if listed, else float constants without elements. Inputs are `name` or `name[batch, 8]`.
pub fn graph(inputs: &[&str], lines: &[&str], outputs: &[&str]) -> Graph {
    let mut graph = Graph { opset: 18, ir_version: 8, ..Graph::default() };
    for input in inputs {
        let (name, dims) = input.split_once('[').unwrap_or((input, "batch]"));
        let dims = dims.trim_end_matches(']').split(',').map(str::trim);
        let dims = dims.map(|dim| dim.parse().map_or_else(|_| DeclaredDim::Free(dim.to_owned()), DeclaredDim::Size));
        let tensor = graph.add_tensor(name.to_owned());
        graph.inputs.push(GraphInput { tensor, element: 1, dims: dims.collect() });
    }
    for line in lines {
        add_line(&mut graph, line);
    }
    graph.outputs = outputs.iter().map(|name| named(&mut graph, name)).collect();
    graph
}

/// Makes a tensor a constant.
pub fn set_constant(graph: &mut Graph, name: &str, value: &Value) {
    let tensor = named(graph, name);
    graph.initializers.insert(tensor, Initializer { tensor, proto: Arc::new(to_tensor_proto(name, value)) });
}

fn add_line(graph: &mut Graph, line: &str) {
    let (results, rest) = line.split_once('=').expect("`results = Op(inputs)`");
    let (op, rest) = rest.split_once('(').expect("an opening parenthesis");
    let (arguments, attributes) = rest.split_once(')').expect("a closing parenthesis");
    let list = |graph: &mut Graph, names: &str| -> Vec<Option<TensorId>> {
        let names = names.split(',').map(str::trim);
        names.map(|name| if name.is_empty() { None } else { Some(named(graph, name)) }).collect()
    };
    let inputs = list(graph, arguments);
    let outputs = list(graph, results);
    let attributes = attributes.split_whitespace().map(attribute).collect();
    graph.add_node(Node {
        name: String::new(),
        op: op.trim().to_owned(),
        domain: String::new(),
        inputs,
        outputs,
        attributes: Arc::new(attributes),
        module: None,
    });
}

fn attribute(text: &str) -> AttributeProto {
    let (name, value) = text.split_once('=').expect("`name=value`");
    let mut made = AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    let ints: Option<Vec<i64>> = value.split(',').map(|item| item.parse().ok()).collect();
    match ints {
        Some(ints) if ints.len() == 1 && !matches!(name, "perm" | "axes") => made.i = ints.first().copied(),
        Some(ints) => made.ints = ints,
        None => made.s = Some(value.as_bytes().to_vec()),
    }
    made
}

fn named(graph: &mut Graph, name: &str) -> TensorId {
    graph.find(name).unwrap_or_else(|| graph.add_tensor(name.to_owned()))
}

/// A graph with facts, from lines such as `y[b,8,4] = MatMul(x, c)`, where `b` is the batch and `2b`
/// twice the batch. `given` lists inputs (with a batch axis) and constants (without one).
pub fn typed_graph(given: &[&str], lines: &[&str]) -> (Graph, Facts) {
    let mut named_dims: Vec<(String, Vec<FactDim>)> = Vec::new();
    let mut strip = |text: &str| -> String {
        let mut rest = text;
        let mut out = String::new();
        while let Some((before, after)) = rest.split_once('[') {
            let (dims, behind) = after.split_once(']').expect("a closing bracket");
            let name = before.rsplit([' ', ',']).next().unwrap_or("").to_owned();
            named_dims.push((name, dims.split(',').filter(|dim| !dim.is_empty()).map(fact_dim).collect()));
            out.push_str(before);
            rest = behind;
        }
        out + rest
    };
    let inputs: Vec<&str> = given.iter().copied().filter(|item| item.contains('b')).collect();
    let names: Vec<String> = given.iter().map(|item| strip(item)).collect();
    let lines: Vec<String> = lines.iter().map(|line| strip(line)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let inputs: Vec<&str> = inputs.iter().map(|item| item.split('[').next().unwrap_or("")).collect();
    let mut graph = graph(&inputs, &lines, &[]);
    for name in names {
        named(&mut graph, &name);
    }
    graph.outputs = graph.nodes.last().map(|node| node.outputs.iter().flatten().copied().collect()).unwrap_or_default();
    let mut facts = Facts::default();
    for (name, dims) in named_dims {
        facts.insert(named(&mut graph, &name), Fact { dtype: DType::F32, dims });
    }
    (graph, facts)
}

fn fact_dim(text: &str) -> FactDim {
    match text.trim().strip_suffix('b') {
        Some("") => FactDim::Batch { multiple: 1 },
        Some(multiple) => FactDim::Batch { multiple: multiple.parse().expect("a number") },
        None => FactDim::Fixed(text.trim().parse().expect("a number")),
    }
}
