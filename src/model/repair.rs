//! Exports for a batch of one, rewritten for any batch.
//!
//! With the batch fixed to 1 the exporter writes it into the targets of `Reshape`. Each such target is
//! made to take its first dim from the data. Whether that is right cannot be read off the graph: it
//! is confirmed by running three examples one by one in the file's graph, and together in the new one.

use super::batch::{InputAxis, at_batch};
use super::graph::{Graph, GraphInput, Node, NodeId, TensorId};
use super::infer::{ShapeProbe, computed, input_sizes};
use super::onnx::AttributeProto;
use super::paths::Paths;
use super::tensor::{constant, to_tensor_proto};
use crate::diagnostics::Diagnostic;
use crate::engine::{DType, Engine, Session, Value};
use crate::model::Initializer;
use ndarray::{Array1, ArrayD, Axis, IxDyn, concatenate};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a rewritten graph was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairFailure {
    /// The engine's own words about the graph as it is, or as rewritten.
    Run(String),
    /// An output that differs between examples run together and one by one.
    Differs(String),
    /// All examples that were tried give the same output, so that nothing can be confirmed.
    Indistinct,
}

/// The relative difference that examples run together may show.
const TOLERANCE: f64 = 1e-5;
/// Examples that are run together.
const EXAMPLES: usize = 3;

/// The graph for any batch, with the number of nodes that were rewritten. Every axis but `batch`
/// has a size.
///
/// # Errors
/// The rewritten graph does not run, or does not do the same.
pub fn repair(
    graph: &Graph,
    batch: &[InputAxis],
    probe: &dyn ShapeProbe,
    engine: &dyn Engine,
) -> Result<(Graph, usize), RepairFailure> {
    let said = |error: Box<Diagnostic>| RepairFailure::Run(error.message);
    let single = at_batch(graph, batch, 1);
    let tensors = computed(&single);
    let seen = probe.probe(&single, &tensors).map_err(said)?;
    let shapes: BTreeMap<TensorId, Vec<usize>> =
        tensors.iter().zip(seen).map(|(tensor, probed)| (*tensor, probed.sizes)).collect();
    let (rewritten, count) = rewrite(graph, &shapes);
    confirm(&single, &at_batch(&rewritten, batch, EXAMPLES), batch, engine)?;
    Ok((rewritten, count))
}

/// Every `Reshape` of a value that depends on an input takes its first dim from the data.
fn rewrite(graph: &Graph, shapes: &BTreeMap<TensorId, Vec<usize>>) -> (Graph, usize) {
    let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
    let dependent = Paths::new(graph).downstream(&inputs);
    let mut rewritten = graph.clone();
    let mut count = 0;
    for id in graph.cone(&graph.outputs) {
        let node = graph.node(id);
        let data = node.input(0).filter(|data| node.op == "Reshape" && dependent.contains(data));
        let shape = node.outputs.first().copied().flatten().and_then(|output| shapes.get(&output));
        let (Some(_), Some(shape), Some(target)) = (data, shape, node.input(1)) else { continue };
        let Some(Value::I64(old)) = constant(graph, target) else { continue };
        // A first dim of -1, or of 0 (taken from the data), adapts by itself.
        let adapts = old.iter().next().is_none_or(|first| *first <= 0);
        if shape.is_empty() || adapts {
            continue;
        }
        let new = Array1::from_iter(std::iter::once(-1).chain(shape.iter().skip(1).map(|size| *size as i64)));
        retarget(&mut rewritten, id, &Value::I64(new.into_dyn()));
        count += 1;
    }
    (rewritten, count)
}

/// Gives a `Reshape` a target of its own; the old one may be shared.
fn retarget(graph: &mut Graph, id: NodeId, target: &Value) {
    let name = fresh_name(graph, id);
    let tensor = graph.add_tensor(name.clone());
    graph.initializers.insert(tensor, Initializer { tensor, proto: Arc::new(to_tensor_proto(&name, target)) });
    let Some(node) = graph.nodes.get_mut(id.0 as usize) else { return };
    let without = |attribute: &&AttributeProto| attribute.name() != "allowzero";
    let attributes = node.attributes.iter().filter(without).cloned().collect();
    *node = Node { inputs: vec![node.input(0), Some(tensor)], attributes: Arc::new(attributes), ..node.clone() };
}

fn fresh_name(graph: &Graph, id: NodeId) -> String {
    let mut name = format!("ansatz/target_{}", id.0);
    while graph.find(&name).is_some() {
        name.push('_');
    }
    name
}

/// Runs examples one by one in one graph and together in the other.
fn confirm(single: &Graph, together: &Graph, batch: &[InputAxis], engine: &dyn Engine) -> Result<(), RepairFailure> {
    let said = |error: Box<Diagnostic>| RepairFailure::Run(error.message);
    let outputs = &single.outputs;
    let mut one = engine.compile(single, outputs).map_err(said)?;
    let mut many = engine.compile(together, outputs).map_err(said)?;
    let mut failure = RepairFailure::Indistinct;
    // Larger integers tell more examples apart, but might lie outside a vocabulary.
    for largest in [5, 3, 2] {
        let examples: Vec<Vec<Value>> =
            (0..EXAMPLES).map(|example| example_inputs(single, batch, example, largest)).collect();
        match run_each(single, one.as_mut(), &examples) {
            Err(error) => failure = RepairFailure::Run(error.message),
            Ok(apart) if distinct(&apart) => {
                let feeds = stack(single, batch, &examples);
                let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
                return same(single, &apart, &many.run(&feeds).map_err(said)?);
            }
            Ok(_) => {}
        }
    }
    Err(failure)
}

/// The outputs of each example.
fn run_each(
    graph: &Graph,
    session: &mut dyn Session,
    examples: &[Vec<Value>],
) -> Result<Vec<Vec<Value>>, Box<Diagnostic>> {
    let tensors = graph.inputs.iter().map(|input| input.tensor);
    examples.iter().map(|values| session.run(&tensors.clone().zip(values).collect::<Vec<_>>())).collect()
}

fn distinct(outputs: &[Vec<Value>]) -> bool {
    (0..outputs.len()).all(|left| (left + 1..outputs.len()).all(|right| outputs.get(left) != outputs.get(right)))
}

/// Inputs of one example; those without batch axis are the same for all.
fn example_inputs(graph: &Graph, batch: &[InputAxis], example: usize, largest: u64) -> Vec<Value> {
    let batched = |input: &GraphInput| batch.iter().any(|(tensor, _)| *tensor == input.tensor);
    graph
        .inputs
        .iter()
        .enumerate()
        .filter_map(|(at, input)| {
            let own = if batched(input) { example + 1 } else { 0 };
            random_value(input, (own * 64 + at) as u64, largest)
        })
        .collect()
}

fn random_value(input: &GraphInput, seed: u64, below: u64) -> Option<Value> {
    let shape = input_sizes(input)?;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 40
    };
    let shape = IxDyn(&shape);
    Some(match DType::from_onnx(input.element)? {
        DType::F32 => Value::F32(ArrayD::from_shape_simple_fn(shape, || draw() as f32 / (1 << 23) as f32 - 1.0)),
        DType::F64 => Value::F64(ArrayD::from_shape_simple_fn(shape, || draw() as f64 / f64::from(1 << 23) - 1.0)),
        DType::I64 => Value::I64(ArrayD::from_shape_simple_fn(shape, || (draw() % below) as i64)),
        DType::I32 => Value::I32(ArrayD::from_shape_simple_fn(shape, || (draw() % below) as i32)),
        DType::Bool => Value::Bool(ArrayD::from_shape_simple_fn(shape, || draw() % 2 == 0)),
    })
}

/// The examples' inputs, joined along their batch axes.
fn stack(graph: &Graph, batch: &[InputAxis], examples: &[Vec<Value>]) -> Vec<(TensorId, Value)> {
    let mut feeds = Vec::new();
    for (at, input) in graph.inputs.iter().enumerate() {
        let values: Vec<&Value> = examples.iter().filter_map(|values| values.get(at)).collect();
        let axis = batch.iter().find(|(tensor, _)| *tensor == input.tensor).map(|(_, axis)| *axis);
        let joined = match axis {
            Some(axis) => join(&values, axis),
            None => values.first().map(|value| Value::clone(value)),
        };
        feeds.extend(joined.map(|value| (input.tensor, value)));
    }
    feeds
}

/// Values of one element type, joined along an axis; `None` if they do not fit.
fn join(values: &[&Value], axis: usize) -> Option<Value> {
    macro_rules! joined {
        ($($kind:ident),*) => {
            match values.first()? {
                $(Value::$kind(_) => {
                    let arrays = values.iter().map(|value| match value {
                        Value::$kind(array) => Some(array.view()),
                        _ => None,
                    });
                    Value::$kind(concatenate(Axis(axis), &arrays.collect::<Option<Vec<_>>>()?).ok()?)
                })*
            }
        };
    }
    Some(joined!(F32, F64, I64, I32, Bool))
}

/// Compares outputs of examples one by one with those of all together.
fn same(graph: &Graph, apart: &[Vec<Value>], together: &[Value]) -> Result<(), RepairFailure> {
    for (at, (output, found)) in graph.outputs.iter().zip(together).enumerate() {
        let values: Vec<&Value> = apart.iter().filter_map(|values| values.get(at)).collect();
        let batched = values.first().is_some_and(|value| value.shape().first() == Some(&1));
        let expected = if batched { join(&values, 0) } else { None };
        if !expected.is_some_and(|expected| close(&expected, found)) {
            return Err(RepairFailure::Differs(graph.tensor(*output).name.clone()));
        }
    }
    Ok(())
}

fn close(left: &Value, right: &Value) -> bool {
    let near = |left: f64, right: f64| {
        (left - right).abs() <= TOLERANCE * left.abs().max(1.0)
            || (left.is_nan() && right.is_nan())
            || left.to_bits() == right.to_bits()
    };
    left.shape() == right.shape()
        && match (left, right) {
            (Value::F32(left), Value::F32(right)) => {
                left.iter().zip(right).all(|(left, right)| near(f64::from(*left), f64::from(*right)))
            }
            (Value::F64(left), Value::F64(right)) => left.iter().zip(right).all(|(left, right)| near(*left, *right)),
            _ => left == right,
        }
}
