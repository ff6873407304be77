//! Compiling: the operators that the outputs need, in order, with everything that does not depend
//! on graph inputs computed once, and for each value the step after which nobody needs it.

use super::element::{check_size, with_room};
use super::fault::Fault;
use super::interpreter::{LOOK_LIMIT, run_step};
use super::operands::{Kernel, Request};
use super::weights::Weights;
use super::{NAME, attributes::Attributes, operators};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution as messages;
use crate::diagnostics::messages::model::NodeLabel;
use crate::engine::{DType, Value};
use crate::model::{DeclaredDim, Graph, Node, TensorId, element_name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One operator, ready to run.
pub struct Step {
    pub kernel: Kernel,
    pub inputs: Vec<Option<TensorId>>,
    pub outputs: Vec<Option<TensorId>>,
    /// Computed values that only this step still needs, and only once: it may reuse their memory.
    pub handed_over: BTreeSet<TensorId>,
    /// All other values that nobody needs after this step.
    pub dropped: BTreeSet<TensorId>,
    pub label: NodeLabel,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").field("label", &self.label).finish_non_exhaustive()
    }
}

/// A graph input that the program reads.
#[derive(Debug, Clone)]
pub struct Feed {
    pub name: String,
    pub dtype: DType,
    pub dims: Vec<DeclaredDim>,
}

/// A graph made ready to run.
#[derive(Debug)]
pub struct Program {
    pub steps: Vec<Step>,
    pub feeds: BTreeMap<TensorId, Feed>,
    /// Initialisers and folded values.
    pub constants: BTreeMap<TensorId, Arc<Value>>,
    pub outputs: Vec<TensorId>,
    /// The most bytes that computed values may take at once.
    pub limit: u64,
}

/// The program that computes `outputs`, with values of at most `limit` bytes at once.
///
/// # Errors
/// Operators, attributes or element types that the engine does not have; a constant part of the
/// graph that cannot be computed.
pub fn compile(graph: &Graph, outputs: &[TensorId], weights: &Weights, limit: u64) -> Result<Program, Box<Diagnostic>> {
    let cone = graph.cone(outputs);
    let (steps, feeds, constants) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut program = Program { steps, feeds, constants, outputs: outputs.to_vec(), limit };
    let read: BTreeSet<TensorId> =
        cone.iter().flat_map(|id| graph.node(*id).inputs.iter().flatten()).copied().collect();
    for tensor in read.iter().chain(outputs) {
        add_source(graph, *tensor, weights, &mut program)?;
    }
    let mut folded_bytes = 0;
    for node in cone.iter().map(|id| graph.node(*id)) {
        let step = step(graph, node)?;
        if step.inputs.iter().flatten().all(|input| program.constants.contains_key(input)) {
            folded_bytes += with_room(limit - folded_bytes, || fold(&step, &mut program.constants))?;
            if folded_bytes > limit {
                return Err(Fault::TooMuch { limit }.at(&step.label));
            }
        } else {
            program.steps.push(step);
        }
    }
    free_early(&mut program);
    Ok(program)
}

/// Refuses a graph whose constant part would take more than `LOOK_LIMIT`, before a library folds it. What this engine
/// cannot compute is passed over.
///
/// # Errors
/// A tensor, or all of them together, would be too large (A6004).
pub fn check_constants(graph: &Graph, outputs: &[TensorId]) -> Result<(), Box<Diagnostic>> {
    let weights = Weights::default();
    let mut known: BTreeMap<TensorId, Arc<Value>> = BTreeMap::new();
    for (tensor, initializer) in &graph.initializers {
        known.extend(weights.get(&initializer.proto).ok().map(|value| (*tensor, value)));
    }
    let mut bytes = 0;
    for node in graph.cone(outputs).iter().map(|id| graph.node(*id)) {
        if !node.inputs.iter().flatten().all(|input| known.contains_key(input)) {
            continue;
        }
        let Ok(step) = step(graph, node) else { continue };
        match with_room(LOOK_LIMIT - bytes, || fold(&step, &mut known)) {
            Ok(more) => bytes += more,
            Err(finding) if finding.code.id == messages::TENSOR_TOO_LARGE.id => return Err(finding),
            Err(_) => {}
        }
        if bytes > LOOK_LIMIT {
            return Err(Fault::TooMuch { limit: LOOK_LIMIT }.at(&step.label));
        }
    }
    Ok(())
}

/// Adds an initialiser or graph input; other tensors are computed.
fn add_source(
    graph: &Graph,
    tensor: TensorId,
    weights: &Weights,
    program: &mut Program,
) -> Result<(), Box<Diagnostic>> {
    let name = || graph.tensor(tensor).name.clone();
    let source = |op: &str| NodeLabel { name: name(), op: op.to_string(), module: None };
    if let Some(initializer) = graph.initializers.get(&tensor) {
        let value = weights.get(&initializer.proto).map_err(|error| {
            Box::new(messages::engine_failed(NAME, Some(&source("initializer")), &error.to_string()))
        })?;
        check_size(&value).map_err(|fault| fault.at(&source("initializer")))?;
        program.constants.insert(tensor, value);
    } else if let Some(input) = graph.inputs.iter().find(|input| input.tensor == tensor) {
        let dtype = DType::from_onnx(input.element)
            .ok_or_else(|| Fault::ElementType(element_name(input.element)).at(&source("input")))?;
        program.feeds.insert(tensor, Feed { name: name(), dtype, dims: input.dims.clone() });
    } else if graph.tensor(tensor).producer.is_none() {
        return Err(Box::new(messages::engine_failed(NAME, Some(&source("value")), "nothing computes it")));
    }
    Ok(())
}

/// Resolves a node to a kernel.
fn step(graph: &Graph, node: &Node) -> Result<Step, Box<Diagnostic>> {
    let label = NodeLabel::of(graph, node);
    let standard = node.domain.is_empty() || node.domain == "ai.onnx";
    let found = operators().find(|operator| standard && operator.name == node.op);
    let Some(operator) = found else {
        let domain = if standard { "" } else { &node.domain };
        let mut available: Vec<&str> = operators().map(|operator| operator.name).collect();
        available.sort_unstable();
        return Err(Box::new(messages::unsupported_operator(NAME, &label, domain, &available)));
    };
    let mut request = Request {
        opset: graph.opset,
        given: node.inputs.iter().map(Option::is_some).collect(),
        outputs: node.outputs.iter().rposition(Option::is_some).map_or(0, |last| last + 1),
        attributes: Attributes::new(&node.attributes),
    };
    let built = if operator.inputs.contains(&node.inputs.len()) {
        (operator.build)(&mut request).and_then(|kernel| request.attributes.finish().map(|()| kernel))
    } else {
        Err(Fault::Form("this number of inputs"))
    };
    let kernel = built.map_err(|fault| fault.at(&label))?;
    let (inputs, outputs) = (node.inputs.clone(), node.outputs.clone());
    Ok(Step { kernel, inputs, outputs, handed_over: BTreeSet::new(), dropped: BTreeSet::new(), label })
}

/// Computes a step whose inputs are constants. Gives the bytes of the results.
fn fold(step: &Step, constants: &mut BTreeMap<TensorId, Arc<Value>>) -> Result<u64, Box<Diagnostic>> {
    let results = run_step(step, |_| None, |tensor| constants.get(&tensor).map(Arc::as_ref))?;
    let bytes = results.iter().map(|(_, value)| super::element::bytes(value)).sum();
    constants.extend(results.into_iter().map(|(tensor, value)| (tensor, Arc::new(value))));
    Ok(bytes)
}

/// Marks for each computed value the step that reads it last, and drops constants nobody reads.
fn free_early(program: &mut Program) {
    let kept: BTreeSet<TensorId> = program.outputs.iter().copied().collect();
    let computed: BTreeSet<TensorId> =
        program.steps.iter().flat_map(|step| step.outputs.iter().flatten()).copied().collect();
    let mut seen = BTreeSet::new();
    for step in program.steps.iter_mut().rev() {
        let touched: BTreeSet<TensorId> = step.inputs.iter().chain(&step.outputs).flatten().copied().collect();
        let last = touched.into_iter().filter(|id| computed.contains(id) && !kept.contains(id) && seen.insert(*id));
        let reads = |id: TensorId| step.inputs.iter().filter(|input| **input == Some(id)).count();
        (step.handed_over, step.dropped) = last.partition(|id| reads(*id) == 1);
    }
    let read: BTreeSet<TensorId> =
        program.steps.iter().flat_map(|step| step.inputs.iter().flatten()).copied().collect();
    program.constants.retain(|tensor, _| read.contains(tensor) || kept.contains(tensor));
}
