//! One graph in one session.

use super::NAME;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution as messages;
use crate::diagnostics::messages::model::NodeLabel;
use crate::engine::{DType, Session, Value};
use crate::model::{Graph, TensorId, element_name, encode, tensor_data};
use crate::on_array;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session as OrtInner, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Where an output comes from.
#[derive(Debug)]
enum Source {
    /// From the session, under this name.
    Computed(String),
    /// It is an input itself.
    Fed(TensorId),
    /// It is an initialiser itself.
    Constant(Value),
}

/// A session with the names by which its tensors are known.
#[derive(Debug)]
pub struct OrtSession {
    /// `None` where no output needs computing.
    session: Option<OrtInner>,
    inputs: Vec<(TensorId, String)>,
    outputs: Vec<Source>,
    nodes: BTreeMap<String, NodeLabel>,
}

/// The options of every session.
fn builder(environment: &Environment) -> Result<SessionBuilder, String> {
    #[expect(clippy::needless_pass_by_value, reason = "the signature of map_err")]
    fn told<R>(error: ort::Error<R>) -> String {
        error.to_string()
    }
    let cpu = ort::ep::CPU::default().with_arena_allocator(false).build().error_on_failure();
    OrtInner::builder(environment)
        .map_err(told)?
        .with_optimization_level(GraphOptimizationLevel::Level1)
        .map_err(told)?
        .with_intra_threads(1)
        .map_err(told)?
        .with_inter_threads(1)
        .map_err(told)?
        .with_intra_op_spinning(false)
        .map_err(told)?
        .with_inter_op_spinning(false)
        .map_err(told)?
        // Errors are returned as well, and cleaned before they are shown; the log would print them raw.
        .with_log_level(LogLevel::Fatal)
        .map_err(told)?
        .with_execution_providers([cpu])
        .map_err(told)
}

/// A session from the bytes of a model whose nodes are known by `labels`.
pub fn create(
    environment: &Environment,
    bytes: &[u8],
    labels: &BTreeMap<String, NodeLabel>,
) -> Result<OrtInner, Box<Diagnostic>> {
    let mut builder = builder(environment).map_err(|why| Box::new(messages::engine_failed(NAME, None, &why)))?;
    // Where sizes overflow in the library, its binding panics while it reads them back.
    GUARDED.set(true);
    let created = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| builder.commit_from_memory(bytes)));
    GUARDED.set(false);
    match created {
        Ok(session) => session.map_err(|error| failed(&error, labels)),
        Err(_) => Err(Box::new(messages::engine_failed(NAME, None, "the sizes of its tensors cannot be read"))),
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught and becomes a finding.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// The nodes that the outputs need, by name.
pub fn labels(graph: &Graph, outputs: &[TensorId]) -> BTreeMap<String, NodeLabel> {
    let cone = graph.cone(outputs);
    cone.iter().map(|id| graph.node(*id)).map(|node| (node.name.clone(), NodeLabel::of(graph, node))).collect()
}

impl OrtSession {
    pub fn new(environment: &Environment, graph: &Graph, outputs: &[TensorId]) -> Result<Self, Box<Diagnostic>> {
        let computed: Vec<TensorId> =
            outputs.iter().copied().filter(|output| graph.tensor(*output).producer.is_some()).collect();
        let nodes = labels(graph, &computed);
        let session = match computed.is_empty() {
            true => None,
            false => Some(create(environment, &encode(graph, &computed), &nodes)?),
        };
        let named = |input: &crate::model::GraphInput| (input.tensor, graph.tensor(input.tensor).name.clone());
        let read = |name: &str| session.iter().flat_map(OrtInner::inputs).any(|input| input.name() == name);
        let inputs = graph.inputs.iter().map(named).filter(|(_, name)| read(name)).collect();
        let outputs = outputs.iter().map(|output| source(graph, *output)).collect::<Result<Vec<_>, _>>()?;
        Ok(OrtSession { session, inputs, outputs, nodes })
    }
}

fn source(graph: &Graph, output: TensorId) -> Result<Source, Box<Diagnostic>> {
    let name = &graph.tensor(output).name;
    if graph.tensor(output).producer.is_some() {
        return Ok(Source::Computed(name.clone()));
    }
    let Some(initializer) = graph.initializers.get(&output) else { return Ok(Source::Fed(output)) };
    let label = NodeLabel { name: name.clone(), op: "initializer".to_string(), module: None };
    let value = tensor_data(&initializer.proto);
    value
        .map(Source::Constant)
        .map_err(|error| Box::new(messages::engine_failed(NAME, Some(&label), &error.to_string())))
}

impl Session for OrtSession {
    fn run(&mut self, feeds: &[(TensorId, &Value)]) -> Result<Vec<Value>, Box<Diagnostic>> {
        let find = |tensor: TensorId, name: &str| {
            let label = || NodeLabel { name: name.to_string(), op: "input".to_string(), module: None };
            let fed = feeds.iter().find(|(fed, _)| *fed == tensor).map(|(_, value)| *value);
            fed.ok_or_else(|| Box::new(messages::engine_failed(NAME, Some(&label()), "this input is not fed")))
        };
        let mut views: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(self.inputs.len());
        for (tensor, name) in &self.inputs {
            let view = view(find(*tensor, name)?).map_err(|error| failed(&error, &self.nodes))?;
            views.push((Cow::Borrowed(name), view));
        }
        let results = match &mut self.session {
            Some(session) => Some(session.run(views).map_err(|error| failed(&error, &self.nodes))?),
            None => None,
        };
        let output = |source: &Source| match source {
            Source::Constant(value) => Ok(value.clone()),
            Source::Fed(tensor) => find(*tensor, "an output that is an input").cloned(),
            Source::Computed(name) => {
                let value = results.as_ref().and_then(|results| results.get(name));
                extracted(name, value.expect("every computed output is an output of the session"))
            }
        };
        self.outputs.iter().map(output).collect()
    }
}

/// A value as the session reads it, without a copy where it is in row-major layout.
fn view(value: &Value) -> ort::Result<SessionInputValue<'_>> {
    on_array!(value, array => Ok(if array.is_standard_layout() {
        TensorRef::from_array_view(array.view())?.into()
    } else {
        ort::value::Tensor::from_array(array.as_standard_layout().into_owned())?.into()
    }))
}

/// An output, copied out of the memory of the session.
fn extracted(name: &str, value: &DynValue) -> Result<Value, Box<Diagnostic>> {
    let label = NodeLabel { name: name.to_string(), op: "output".to_string(), module: None };
    let told = |error: ort::Error| Box::new(messages::engine_failed(NAME, Some(&label), &error.to_string()));
    Ok(match dtype(value.dtype()) {
        Ok(DType::F32) => Value::F32(value.try_extract_array::<f32>().map_err(told)?.to_owned()),
        Ok(DType::F64) => Value::F64(value.try_extract_array::<f64>().map_err(told)?.to_owned()),
        Ok(DType::I64) => Value::I64(value.try_extract_array::<i64>().map_err(told)?.to_owned()),
        Ok(DType::I32) => Value::I32(value.try_extract_array::<i32>().map_err(told)?.to_owned()),
        Ok(DType::Bool) => Value::Bool(value.try_extract_array::<bool>().map_err(told)?.to_owned()),
        Err(code) => return Err(Box::new(messages::unsupported_element_type(&label, &element_name(code)))),
    })
}

/// The element type of a session's value; if it is not carried, its ONNX code.
fn dtype(value: &ValueType) -> Result<DType, i32> {
    let code = element_code(value);
    DType::from_onnx(code).ok_or(code)
}

/// The ONNX code of an element type; 0 for values that are no tensors.
pub fn element_code(value: &ValueType) -> i32 {
    match value.tensor_type() {
        Some(TensorElementType::Float32) => 1,
        Some(TensorElementType::Uint8) => 2,
        Some(TensorElementType::Int8) => 3,
        Some(TensorElementType::Uint16) => 4,
        Some(TensorElementType::Int16) => 5,
        Some(TensorElementType::Int32) => 6,
        Some(TensorElementType::Int64) => 7,
        Some(TensorElementType::String) => 8,
        Some(TensorElementType::Bool) => 9,
        Some(TensorElementType::Float16) => 10,
        Some(TensorElementType::Float64) => 11,
        Some(TensorElementType::Uint32) => 12,
        Some(TensorElementType::Uint64) => 13,
        Some(TensorElementType::Bfloat16) => 16,
        _ => 0,
    }
}

/// An error of the library as a finding, with the node that its text names.
fn failed(error: &ort::Error, nodes: &BTreeMap<String, NodeLabel>) -> Box<Diagnostic> {
    let text = error.message();
    let node = node_name(text).and_then(|name| nodes.get(name));
    Box::new(match error.code() {
        ort::ErrorCode::NotImplemented => messages::not_implemented(NAME, node, text),
        _ => messages::engine_failed(NAME, node, text),
    })
}

/// The node that a text of the library names: `Name:'...'` at run time, `Node (...)` or
/// `Node:... Output:` before.
fn node_name(text: &str) -> Option<&str> {
    let between = |start: &str, end: &str| Some(text.split_once(start)?.1.split_once(end)?.0);
    between("Name:'", "' ")
        .or_else(|| between("Node (", ") "))
        .or_else(|| between("Node:", " "))
        .or_else(|| between("node with name '", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_from_the_texts_of_the_library() {
        let running = "Non-zero status code returned while running MatMul node. Name:'/a/MatMul' Status Message: x";
        assert_eq!(node_name(running), Some("/a/MatMul"));
        assert_eq!(node_name("Node (mul_3) Op (Mul) [ShapeInferenceError] ..."), Some("mul_3"));
        assert_eq!(node_name("Could not find an implementation for Foo(1) node with name 'foo'"), Some("foo"));
        assert_eq!(node_name("no protobuf"), None);
    }
}
