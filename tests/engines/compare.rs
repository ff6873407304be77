//! Runs one operator on the reference engine and, where it is there, on ONNX Runtime.

use crate::support::graph::{Attr, GraphBuilder};
use crate::support::runtime::onnxruntime;
use ansatz::engine::reference::Reference;
use ansatz::engine::{Engine, Value};
use ansatz::model::{Graph, TensorId};

/// One operator with everything that decides its result.
#[derive(Clone)]
pub struct Op<'a> {
    pub name: &'a str,
    pub opset: i64,
    pub inputs: Vec<Option<Value>>,
    pub attributes: Vec<(&'a str, Attr)>,
    pub outputs: usize,
}

impl<'a> Op<'a> {
    pub fn new(name: &'a str, inputs: &[Value]) -> Self {
        let inputs = inputs.iter().cloned().map(Some).collect();
        Op { name, opset: 18, inputs, attributes: Vec::new(), outputs: 1 }
    }

    pub fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    pub fn with(mut self, name: &'a str, value: impl Into<Attr>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds an optional input that is left out.
    pub fn without_input(mut self) -> Self {
        self.inputs.push(None);
        self
    }

    pub fn input(mut self, value: Value) -> Self {
        self.inputs.push(Some(value));
        self
    }

    pub fn outputs(mut self, outputs: usize) -> Self {
        self.outputs = outputs;
        self
    }

    /// The operator alone in a graph, every operand a graph input.
    pub fn graph(&self) -> (Graph, Vec<(TensorId, Value)>, Vec<TensorId>) {
        let mut g = GraphBuilder::new(self.opset);
        let mut feeds = Vec::new();
        let mut operands = Vec::new();
        for (at, value) in self.inputs.iter().enumerate() {
            operands.push(value.as_ref().map(|value| {
                let dims: Vec<String> = value.shape().iter().map(ToString::to_string).collect();
                let dims: Vec<&str> = dims.iter().map(String::as_str).collect();
                let id = g.input(&format!("in{at}"), value.dtype(), &dims);
                feeds.push((id, value.clone()));
                id
            }));
        }
        let names: Vec<String> = (0..self.outputs).map(|at| format!("out{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let outputs = g.full_node(&names, self.name, &operands, &self.attributes);
        outputs.iter().for_each(|output| g.output(*output));
        (g.build(), feeds, outputs)
    }

    /// The results of the reference engine alone.
    pub fn reference(&self) -> Vec<Value> {
        let (graph, feeds, outputs) = self.graph();
        run(&Reference::new(), &graph, &feeds, &outputs)
    }

    /// The results of the reference engine, after ONNX Runtime has agreed.
    pub fn check(&self) -> Vec<Value> {
        let (graph, feeds, outputs) = self.graph();
        let ours = run(&Reference::new(), &graph, &feeds, &outputs);
        if let Some(runtime) = onnxruntime() {
            let theirs = run(&runtime, &graph, &feeds, &outputs);
            for (ours, theirs) in ours.iter().zip(&theirs) {
                close(ours, theirs, 1e-5, self.name);
            }
        }
        ours
    }

    /// As [`Op::check`], for the common case of one output.
    pub fn one(&self) -> Value {
        let mut outputs = self.check();
        assert_eq!(outputs.len(), 1);
        outputs.remove(0)
    }

    /// What the reference engine says where it refuses.
    pub fn refused(&self) -> ansatz::diagnostics::Diagnostic {
        let (graph, feeds, outputs) = self.graph();
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(id, value)| (*id, value)).collect();
        let ran = Reference::new().compile(&graph, &outputs).and_then(|mut session| session.run(&feeds));
        *ran.expect_err("the operator is refused")
    }
}

pub fn run(engine: &dyn Engine, graph: &Graph, feeds: &[(TensorId, Value)], outputs: &[TensorId]) -> Vec<Value> {
    let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(id, value)| (*id, value)).collect();
    let ran = engine.compile(graph, outputs).and_then(|mut session| session.run(&feeds));
    ran.unwrap_or_else(|error| panic!("{}: {}", engine.name(), error.message))
}

/// Fails unless types and shapes are the same and floats differ by at most `tolerance`, relative
/// to the larger of 1 and the value.
pub fn close(ours: &Value, theirs: &Value, tolerance: f64, what: &str) {
    assert_eq!((ours.dtype(), ours.shape()), (theirs.dtype(), theirs.shape()), "{what}");
    let floats: (Vec<f64>, Vec<f64>) = match (ours, theirs) {
        (Value::F32(a), Value::F32(b)) => {
            (a.iter().map(|x| f64::from(*x)).collect(), b.iter().map(|x| f64::from(*x)).collect())
        }
        (Value::F64(a), Value::F64(b)) => (a.iter().copied().collect(), b.iter().copied().collect()),
        _ => {
            assert_eq!(ours, theirs, "{what}");
            return;
        }
    };
    for (at, (a, b)) in floats.0.iter().zip(&floats.1).enumerate() {
        let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(same, "{what}: element {at} is {a} here and {b} there");
    }
}
