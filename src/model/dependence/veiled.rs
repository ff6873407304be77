//! Tensors that may hide scores at places which nothing static tells: masks that come from data.
//! Where such a mask hides all of a row, what a constant mask hides is no longer zero beside it.

use super::constants::Constants;
use super::known::{Known, Property};
use crate::engine::{DType, Value};
use crate::model::graph::{Graph, Node, TensorId};

/// From this size on, a number can hide a score, or be made to.
const HUGE: f64 = 1e30;

/// Operators whose results are of ordinary size, whatever mask went into their inputs.
const ORDINARY: &[&str] = &[
    "And",
    "ArgMax",
    "ArgMin",
    "BatchNormalization",
    "Cos",
    "Einsum",
    "Equal",
    "Erf",
    "Gemm",
    "Greater",
    "GreaterOrEqual",
    "IsNaN",
    "LayerNormalization",
    "Less",
    "LessOrEqual",
    "MatMul",
    "Not",
    "Or",
    "RMSNormalization",
    "Shape",
    "Sigmoid",
    "Sign",
    "Sin",
    "Size",
    "Softmax",
    "Tanh",
    "Xor",
];

/// The inputs of a graph that may be masks: those of floats.
pub fn inputs(graph: &Graph) -> impl Iterator<Item = TensorId> {
    let whole = |element: i32| matches!(DType::from_onnx(element), Some(DType::I32 | DType::I64 | DType::Bool));
    graph.inputs.iter().filter(move |input| !whole(input.element)).map(|input| input.tensor)
}

/// Whether the outputs of an operator may hide scores at unknown places. `output_hides` says that it
/// is known where the first output does.
pub fn result(node: &Node, constants: &Constants<'_>, known: &Known, output_hides: bool) -> bool {
    let op = node.op.as_str();
    if ORDINARY.contains(&op) {
        return false;
    }
    if op == "Log" || node.inputs.iter().flatten().any(|input| known.veiled(*input)) {
        return true;
    }
    let hides = |at: usize| node.input(at).is_some_and(|id| known.of(constants, id, Property::Hidden).is_some());
    let hiding = (0..node.inputs.len()).any(hides);
    let huge = |at: usize| node.input(at).and_then(|id| constants.value(id)).is_some_and(|value| any_huge(&value));
    match op {
        "Where" => node.input(0).is_none_or(|condition| constants.live(condition)) && hiding,
        "Mul" | "Div" => hiding && !output_hides || (0..node.inputs.len()).any(huge),
        "Max" => false,
        _ => hiding && !output_hides,
    }
}

/// A number that makes others huge when it multiplies or divides them.
fn any_huge(value: &Value) -> bool {
    let huge = |number: f64| number.abs() >= HUGE || number.abs() <= 1.0 / HUGE && number != 0.0;
    match value {
        Value::F32(array) => array.iter().any(|number| huge(f64::from(*number))),
        Value::F64(array) => array.iter().any(|number| huge(*number)),
        _ => false,
    }
}
