//! Running a program: values in slots by tensor, freed after their last use.

use super::NAME;
use super::element::{bytes, check_size, with_room};
use super::fault::Fault;
use super::operands::{Operand, Operands};
use super::program::{Feed, Program, Step, compile};
use super::weights::Weights;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution::{self as messages, Misfit};
use crate::diagnostics::messages::model::NodeLabel;
use crate::engine::{Session, Value};
use crate::model::{DeclaredDim, Graph, TensorId};
use crate::{map_array, on_array};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most bytes that computed values may take at once in a run.
pub const LIVE_LIMIT: u64 = 16 << 30;
/// The most bytes that computed values may take at once where a model is only looked at, with a batch of two or three.
pub const LOOK_LIMIT: u64 = 2 << 30;

/// Observes or replaces a value as it is computed.
pub type Hook<'a> = dyn FnMut(TensorId, Value) -> Value + 'a;

/// A compiled graph. Clones share the program, its kernels and its weights.
#[derive(Debug, Clone)]
pub struct Interpreter {
    program: Arc<Program>,
}

impl Interpreter {
    /// Compiles the part of a graph that `outputs` need.
    ///
    /// # Errors
    /// A6001, A6002 for what the engine does not have; A6003 to A6005 if a part of the graph that
    /// depends on no input cannot be computed.
    pub fn compile(graph: &Graph, outputs: &[TensorId]) -> Result<Self, Box<Diagnostic>> {
        Interpreter::with_weights(graph, outputs, &Weights::default())
    }

    pub(super) fn with_weights(
        graph: &Graph,
        outputs: &[TensorId],
        weights: &Weights,
    ) -> Result<Self, Box<Diagnostic>> {
        Interpreter::within(LIVE_LIMIT, graph, outputs, weights)
    }

    /// One whose values take at most `limit` bytes at once.
    pub(super) fn within(
        limit: u64,
        graph: &Graph,
        outputs: &[TensorId],
        weights: &Weights,
    ) -> Result<Self, Box<Diagnostic>> {
        Ok(Interpreter { program: Arc::new(compile(graph, outputs, weights, limit)?) })
    }

    /// What a tensor that depends on no graph input holds.
    pub(super) fn constant(&self, tensor: TensorId) -> Option<&Value> {
        constant(&self.program, tensor)
    }

    /// Computes the outputs, in the order given to [`Interpreter::compile`].
    ///
    /// # Errors
    /// A6003 to A6005: an input that is missing or does not fit, or a node that cannot be computed.
    pub fn run(&self, feeds: &[(TensorId, &Value)]) -> Result<Vec<Value>, Box<Diagnostic>> {
        self.evaluate(feeds, None)
    }

    /// As [`Interpreter::run`], with a hook that gets each graph input and each value that depends
    /// on one, in the order of computation, and gives the value to go on with.
    ///
    /// Values that depend on no graph input are computed when compiling and are not seen.
    ///
    /// # Errors
    /// As [`Interpreter::run`].
    pub fn run_hooked(&self, feeds: &[(TensorId, &Value)], hook: &mut Hook<'_>) -> Result<Vec<Value>, Box<Diagnostic>> {
        self.evaluate(feeds, Some(hook))
    }

    fn evaluate(
        &self,
        feeds: &[(TensorId, &Value)],
        mut hook: Option<&mut Hook<'_>>,
    ) -> Result<Vec<Value>, Box<Diagnostic>> {
        let program = self.program.as_ref();
        let mut slots: BTreeMap<TensorId, Value> = BTreeMap::new();
        let mut lent: BTreeMap<TensorId, &Value> = BTreeMap::new();
        for (tensor, feed) in &program.feeds {
            let value = fed(*tensor, feed, feeds)?;
            match &mut hook {
                Some(hook) => {
                    slots.insert(*tensor, standard(hook(*tensor, value.clone())));
                }
                None if on_array!(value, array => array.is_standard_layout()) => {
                    lent.insert(*tensor, value);
                }
                None => {
                    slots.insert(*tensor, standard(value.clone()));
                }
            }
        }
        let mut live = 0;
        for step in &program.steps {
            let mut handed: BTreeMap<TensorId, Value> =
                step.handed_over.iter().filter_map(|id| Some((*id, slots.remove(id)?))).collect();
            live -= handed.values().map(bytes).sum::<u64>();
            let lend = |id| slots.get(&id).or_else(|| lent.get(&id).copied()).or_else(|| constant(program, id));
            let room = program.limit.saturating_sub(live);
            let results = with_room(room, || run_step(step, |id| handed.remove(&id), lend))?;
            for (tensor, value) in results {
                let value = match &mut hook {
                    Some(hook) => standard(hook(tensor, value)),
                    None => value,
                };
                live += bytes(&value);
                slots.insert(tensor, value);
            }
            for value in step.dropped.iter().filter_map(|id| slots.remove(id)) {
                live -= bytes(&value);
            }
            if live > program.limit {
                return Err(Fault::TooMuch { limit: program.limit }.at(&step.label));
            }
        }
        Ok(collect(program, slots, &lent))
    }
}

impl Session for Interpreter {
    fn run(&mut self, feeds: &[(TensorId, &Value)]) -> Result<Vec<Value>, Box<Diagnostic>> {
        Interpreter::run(self, feeds)
    }
}

fn constant(program: &Program, tensor: TensorId) -> Option<&Value> {
    program.constants.get(&tensor).map(Arc::as_ref)
}

/// The outputs in order; a value is copied only where it is an output twice.
fn collect(program: &Program, mut slots: BTreeMap<TensorId, Value>, lent: &BTreeMap<TensorId, &Value>) -> Vec<Value> {
    let mut out = Vec::with_capacity(program.outputs.len());
    for (at, tensor) in program.outputs.iter().enumerate() {
        let again = program.outputs[at + 1..].contains(tensor);
        let owned = if again { slots.get(tensor).cloned() } else { slots.remove(tensor) };
        let value = owned.or_else(|| lent.get(tensor).copied().or_else(|| constant(program, *tensor)).cloned());
        out.push(value.expect("every output is computed, fed or constant"));
    }
    out
}

/// Runs one node. `hand_over` gives values that nobody needs afterwards, `lend` all others.
pub fn run_step<'a>(
    step: &Step,
    mut hand_over: impl FnMut(TensorId) -> Option<Value>,
    lend: impl Fn(TensorId) -> Option<&'a Value>,
) -> Result<Vec<(TensorId, Value)>, Box<Diagnostic>> {
    let mut operand = |id| match hand_over(id) {
        Some(value) => Operand::Given(value),
        None => Operand::Lent(lend(id).expect("every input is computed before it is read")),
    };
    let operands = step.inputs.iter().map(|input| input.map(&mut operand)).collect();
    let results = (step.kernel)(&mut Operands(operands)).map_err(|fault| fault.at(&step.label))?;
    if results.len() < step.outputs.iter().rposition(Option::is_some).map_or(0, |last| last + 1) {
        return Err(Fault::Form("this number of outputs").at(&step.label));
    }
    Ok(step.outputs.iter().zip(results).filter_map(|(id, value)| id.map(|id| (id, value))).collect())
}

/// The value fed for an input, checked against its declaration.
fn fed<'a>(tensor: TensorId, feed: &Feed, feeds: &[(TensorId, &'a Value)]) -> Result<&'a Value, Box<Diagnostic>> {
    let label = NodeLabel { name: feed.name.clone(), op: "input".to_string(), module: None };
    let Some((_, value)) = feeds.iter().find(|(fed, _)| *fed == tensor) else {
        return Err(Box::new(messages::engine_failed(NAME, Some(&label), "this input is not fed")));
    };
    if value.dtype() != feed.dtype {
        return Err(Fault::ElementType(value.dtype().name().to_string()).at(&label));
    }
    check_size(value).map_err(|fault| fault.at(&label))?;
    // No dims declared may mean a scalar or an unknown rank.
    let fits = feed.dims.is_empty()
        || feed.dims.len() == value.shape().len()
            && feed.dims.iter().zip(value.shape()).all(|(dim, size)| match dim {
                DeclaredDim::Size(wanted) => *wanted == *size as u64,
                DeclaredDim::Free(_) => true,
            });
    if fits {
        return Ok(value);
    }
    let declared = feed
        .dims
        .iter()
        .map(|dim| match dim {
            DeclaredDim::Size(size) => size.to_string(),
            DeclaredDim::Free(name) if name.is_empty() => "?".to_string(),
            DeclaredDim::Free(name) => name.clone(),
        })
        .collect();
    Err(Fault::Misfit(Misfit::Fed { declared, found: value.shape().to_vec() }).at(&label))
}

/// The same value in row-major layout.
fn standard(value: Value) -> Value {
    map_array!(value, array => {
        if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() }
    })
}
