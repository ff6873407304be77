//! Values computed from shapes and small constants alone, looked at with two batch sizes: those that
//! agree are constants, the others depend on the size of the batch.

use crate::engine::Value;
use crate::model::facts::Facts;
use crate::model::graph::{Graph, Node, TensorId};
use crate::model::tensor::constant;
use std::collections::BTreeMap;

/// Larger values are not shapes.
const LARGEST: usize = 64;
/// Two batch sizes with which no other dim agrees by chance.
const BATCHES: [usize; 2] = [101, 103];

/// What is known of shape computations.
#[derive(Debug, Default)]
pub struct Sizes {
    first: BTreeMap<TensorId, Vec<f64>>,
    second: BTreeMap<TensorId, Vec<f64>>,
}

impl Sizes {
    pub fn new(graph: &Graph, facts: &Facts) -> Self {
        let [first, second] = BATCHES.map(|batch| evaluate(graph, facts, batch));
        Sizes { first, second }
    }

    /// The value, if it is the same for every batch.
    pub fn fixed(&self, tensor: TensorId) -> Option<&[f64]> {
        let value = self.first.get(&tensor)?;
        (self.second.get(&tensor) == Some(value)).then_some(value)
    }

    /// The integers of a value that is the same for every batch.
    pub fn integers(&self, tensor: TensorId) -> Option<Vec<i64>> {
        // Integers beyond 2^53 occur as "to the end" in slices; saturation keeps that meaning.
        Some(self.fixed(tensor)?.iter().map(|item| *item as i64).collect())
    }
}

fn evaluate(graph: &Graph, facts: &Facts, batch: usize) -> BTreeMap<TensorId, Vec<f64>> {
    let mut values = BTreeMap::new();
    for id in graph.cone(&graph.outputs) {
        let node = graph.node(id);
        for input in node.inputs.iter().flatten() {
            if graph.initializers.contains_key(input) {
                small_constant(graph, facts, *input).into_iter().for_each(|value| drop(values.insert(*input, value)));
            }
        }
        let Some(output) = node.outputs.first().copied().flatten() else { continue };
        let value = match node.op.as_str() {
            "Constant" => small_constant(graph, facts, output),
            _ => computed(node, &values, facts, batch, output),
        };
        if let Some(value) = value.filter(|value| value.len() <= LARGEST) {
            values.insert(output, value);
        }
    }
    values
}

fn small_constant(graph: &Graph, facts: &Facts, tensor: TensorId) -> Option<Vec<f64>> {
    let count = facts.get(tensor)?.shape(0)?.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    if count? > LARGEST {
        return None;
    }
    Some(match constant(graph, tensor)? {
        Value::F32(array) => array.iter().map(|item| f64::from(*item)).collect(),
        Value::F64(array) => array.iter().copied().collect(),
        Value::I64(array) => array.iter().map(|item| *item as f64).collect(),
        Value::I32(array) => array.iter().map(|item| f64::from(*item)).collect(),
        Value::Bool(array) => array.iter().map(|item| f64::from(u8::from(*item))).collect(),
    })
}

/// The flat value of a node whose inputs are known and at most vectors; `None` for all others.
fn computed(
    node: &Node,
    values: &BTreeMap<TensorId, Vec<f64>>,
    facts: &Facts,
    batch: usize,
    output: TensorId,
) -> Option<Vec<f64>> {
    let op = node.op.as_str();
    if op == "Shape" || op == "Size" {
        let sizes: Vec<f64> = facts.get(node.input(0)?)?.shape(batch)?.iter().map(|size| *size as f64).collect();
        return if op == "Size" { Some(vec![sizes.iter().product()]) } else { part(node, &sizes) };
    }
    let fact = facts.get(output)?;
    let vectors = node.inputs.iter().flatten().all(|input| facts.get(*input).is_some_and(|fact| fact.dims.len() <= 1));
    if !vectors || fact.dims.len() > 1 {
        return None;
    }
    let inputs: Vec<&Vec<f64>> = node.inputs.iter().flatten().map(|input| values.get(input)).collect::<Option<_>>()?;
    let first = *inputs.first()?;
    let each = |function: fn(f64) -> f64| Some(first.iter().copied().map(function).collect());
    match op {
        "Identity" | "Unsqueeze" | "Squeeze" | "Reshape" => Some(first.clone()),
        "Cast" if fact.is_float() => Some(first.clone()),
        "Cast" => each(f64::trunc),
        "Floor" => each(f64::floor),
        "Sqrt" => each(f64::sqrt),
        "Neg" => each(|item| -item),
        "Reciprocal" => each(f64::recip),
        "Concat" => Some(inputs.into_iter().flatten().copied().collect()),
        "Gather" => inputs.get(1)?.iter().map(|index| first.get(wrapped(*index, first.len())?).copied()).collect(),
        "Slice" => slice(&inputs),
        "ReduceProd" => Some(vec![first.iter().product()]),
        "Div" if !fact.is_float() => pairwise(first, inputs.get(1)?, |left, right| (left / right).trunc()),
        "Div" => pairwise(first, inputs.get(1)?, |left, right| left / right),
        "Mul" => pairwise(first, inputs.get(1)?, |left, right| left * right),
        "Add" => pairwise(first, inputs.get(1)?, |left, right| left + right),
        "Sub" => pairwise(first, inputs.get(1)?, |left, right| left - right),
        "Pow" => pairwise(first, inputs.get(1)?, f64::powf),
        "Equal" => pairwise(first, inputs.get(1)?, |left, right| f64::from(u8::from(left == right))),
        "Where" => chosen(first, inputs.get(1)?, inputs.get(2)?),
        _ => None,
    }
}

/// `Shape` may give only a part of the dims.
fn part(node: &Node, sizes: &[f64]) -> Option<Vec<f64>> {
    let bound = |at: i64| (if at < 0 { at + sizes.len() as i64 } else { at }).clamp(0, sizes.len() as i64) as usize;
    let start = bound(node.int("start").unwrap_or(0));
    let end = bound(node.int("end").unwrap_or(i64::MAX));
    Some(sizes.get(start..end.max(start))?.to_vec())
}

fn wrapped(index: f64, length: usize) -> Option<usize> {
    let index = if index < 0.0 { index + length as f64 } else { index };
    (index >= 0.0 && index < length as f64).then_some(index as usize)
}

/// A slice of a vector with step 1; starts, ends and steps are values.
fn slice(inputs: &[&Vec<f64>]) -> Option<Vec<f64>> {
    let (data, start, end) = (inputs.first()?, inputs.get(1)?.first()?, inputs.get(2)?.first()?);
    if inputs.get(4).is_some_and(|steps| steps.first() != Some(&1.0)) {
        return None;
    }
    let length = data.len() as f64;
    let bound = |at: f64| (if at < 0.0 { at + length } else { at }).clamp(0.0, length) as usize;
    Some(data.get(bound(*start)..bound(*end).max(bound(*start)))?.to_vec())
}

fn pairwise(left: &[f64], right: &[f64], function: fn(f64, f64) -> f64) -> Option<Vec<f64>> {
    match (left, right) {
        (_, [one]) => Some(left.iter().map(|item| function(*item, *one)).collect()),
        ([one], _) => Some(right.iter().map(|item| function(*one, *item)).collect()),
        _ if left.len() == right.len() => {
            Some(left.iter().zip(right).map(|(left, right)| function(*left, *right)).collect())
        }
        _ => None,
    }
}

fn chosen(condition: &[f64], yes: &[f64], no: &[f64]) -> Option<Vec<f64>> {
    let length = condition.len().max(yes.len()).max(no.len());
    let at =
        |values: &[f64], at: usize| if values.len() == 1 { values.first().copied() } else { values.get(at).copied() };
    (0..length).map(|index| if at(condition, index)? != 0.0 { at(yes, index) } else { at(no, index) }).collect()
}
