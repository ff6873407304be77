//! What each operator does to the axis that holds the examples.

use super::sizes::Sizes;
use super::{MixReason, RowAxis, State, multiple};
use crate::model::facts::{Fact, FactDim, Facts};
use crate::model::graph::{Graph, Node, TensorId};
use std::collections::BTreeMap;

/// Operators that work on each element, inputs broadcast against each other.
const ELEMENTWISE: &[&str] = &[
    "Abs",
    "Acos",
    "Acosh",
    "Add",
    "And",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BitShift",
    "BitwiseAnd",
    "BitwiseNot",
    "BitwiseOr",
    "BitwiseXor",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Cosh",
    "Div",
    "Dropout",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "IsInf",
    "IsNaN",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "Max",
    "Mean",
    "Min",
    "Mish",
    "Mod",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "PRelu",
    "Pow",
    "Reciprocal",
    "Relu",
    "Round",
    "Selu",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Sum",
    "Swish",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
    "Where",
    "Xor",
];

/// One node, with what is known of its inputs.
pub(super) struct Rule<'a> {
    pub graph: &'a Graph,
    pub facts: &'a Facts,
    pub node: &'a Node,
    pub states: &'a BTreeMap<TensorId, State>,
    pub sizes: &'a Sizes,
}

pub(super) type Outcome = Result<State, MixReason>;

impl Rule<'_> {
    /// The state of the node's outputs.
    pub fn apply(&self) -> Outcome {
        let states: Vec<State> = (0..self.node.inputs.len()).map(|at| self.state(at)).collect();
        if states.contains(&State::Mixed) {
            return Ok(State::Mixed);
        }
        let op = self.node.op.as_str();
        if matches!(op, "Shape" | "Size") {
            return Ok(self.size_state());
        }
        if states.iter().all(|state| *state == State::Constant) {
            return Ok(State::Constant);
        }
        if self.is_broadcast_of_constant(&states) {
            return self.new_rows();
        }
        if !states.iter().any(|state| matches!(state, State::Rows(_))) {
            return Ok(self.size_state());
        }
        match op {
            _ if ELEMENTWISE.contains(&op) => self.elementwise(),
            "Expand" => self.only_shapes_vary(1).and_then(|()| self.elementwise_of(&[0])),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(),
            "Transpose" => self.transpose(),
            "MatMul" => self.matmul(),
            "Gemm" => self.gemm(),
            "Conv" => self.conv(),
            "Einsum" => self.einsum(),
            "Softmax" | "LogSoftmax" | "Hardmax" => self.softmax(),
            "LayerNormalization" | "RMSNormalization" => self.behind_axis(-1),
            "CumSum" => self.along_input_axis(),
            "TopK" => self.along_axis(-1),
            "Trilu" => self.behind_axis(-2),
            "ArgMax" | "ArgMin" => self.reduce(Some(vec![self.node.int("axis").unwrap_or(0)])),
            _ if op.starts_with("Reduce") => self.reduce(self.axes(1)),
            "Concat" => self.concat(),
            "Split" => self.split(),
            "Slice" => self.slice(),
            "Gather" => self.gather(),
            "GatherElements" => self.gather_elements(),
            "GatherND" => self.gather_nd(),
            "Tile" => self.tile(),
            "OneHot" => self.one_hot(),
            _ => Err(MixReason::UnknownOperator),
        }
    }

    /// Holds a state against the shapes of the outputs: the examples must be where it says, and
    /// nowhere else.
    pub fn check(&self, state: State) -> Outcome {
        for output in self.node.outputs.iter().flatten() {
            let Some(fact) = self.facts.get(*output) else { continue };
            let grows = |dim: &FactDim| !matches!(dim, FactDim::Fixed(_));
            match state {
                State::Rows(row) => {
                    let held = fact.dims.get(row.axis).copied().and_then(multiple);
                    let others = fact.dims.iter().enumerate().any(|(axis, dim)| axis != row.axis && grows(dim));
                    if others || held.is_none_or(|held| row.inner == 0 || held % row.inner != 0) {
                        return Err(MixReason::Scatters);
                    }
                }
                State::Constant if fact.dims.iter().any(grows) => return Err(MixReason::BatchSize),
                State::Constant | State::Size | State::Mixed => {}
            }
        }
        Ok(state)
    }

    /// The first input that holds examples.
    pub fn first_rows(&self) -> Option<TensorId> {
        let at = (0..self.node.inputs.len()).find(|at| matches!(self.state(*at), State::Rows(_)))?;
        self.node.input(at)
    }

    /// The state of an input; what is left out, constant or computed from fixed dims is constant.
    pub fn state(&self, at: usize) -> State {
        let Some(tensor) = self.node.input(at) else { return State::Constant };
        self.states.get(&tensor).copied().unwrap_or(State::Constant)
    }

    /// Where an input holds examples.
    pub fn rows(&self, at: usize) -> Option<RowAxis> {
        match self.state(at) {
            State::Rows(row) => Some(row),
            _ => None,
        }
    }

    pub fn fact(&self, at: usize) -> Result<&Fact, MixReason> {
        self.node.input(at).and_then(|tensor| self.facts.get(tensor)).ok_or(MixReason::UnknownShape)
    }

    pub fn rank(&self, at: usize) -> Result<usize, MixReason> {
        Ok(self.fact(at)?.dims.len())
    }

    pub fn output(&self) -> Result<&Fact, MixReason> {
        let output = self.node.outputs.iter().flatten().next();
        output.and_then(|tensor| self.facts.get(*tensor)).ok_or(MixReason::UnknownShape)
    }

    /// An axis counted from the front; negative ones count from the back of `rank` axes.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, MixReason> {
        let from_front = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
        let axis = from_front.and_then(|axis| usize::try_from(axis).ok());
        axis.filter(|axis| *axis < rank).ok_or(MixReason::UnknownShape)
    }

    /// Integers of an input that must not change with the batch.
    pub fn integers(&self, at: usize) -> Result<Vec<i64>, MixReason> {
        self.node.input(at).and_then(|tensor| self.sizes.integers(tensor)).ok_or(MixReason::BatchSize)
    }

    /// An error if an input carries values of examples; sizes are welcome.
    pub fn only_shapes_vary(&self, at: usize) -> Result<(), MixReason> {
        if self.rows(at).is_some() { Err(MixReason::BatchSize) } else { Ok(()) }
    }

    fn axes(&self, input: usize) -> Option<Vec<i64>> {
        match self.node.ints("axes") {
            Some(axes) => Some(axes.to_vec()),
            None => self.node.input(input).and_then(|tensor| self.sizes.integers(tensor)),
        }
    }

    /// Of a value that depends on shapes alone: constant if it is the same for every batch.
    fn size_state(&self) -> State {
        let known = |output: &TensorId| self.sizes.fixed(*output).is_some();
        if self.node.outputs.iter().flatten().all(known) { State::Constant } else { State::Size }
    }

    /// A constant, repeated as often as there are examples: the same for each of them.
    fn is_broadcast_of_constant(&self, states: &[State]) -> bool {
        let shaped = states.get(1..).is_some_and(|rest| rest.iter().all(|state| !matches!(state, State::Rows(_))));
        match self.node.op.as_str() {
            "ConstantOfShape" => states.first() == Some(&State::Size) && self.output_grows(),
            "Expand" => states.first() == Some(&State::Constant) && shaped && self.output_grows() && self.repeats_one(),
            "Tile" => states.first() == Some(&State::Constant) && shaped && self.output_grows() && self.repeats_one(),
            _ => false,
        }
    }

    fn output_grows(&self) -> bool {
        self.output().is_ok_and(|fact| fact.batch_axis().is_some())
    }

    /// True if the axis that grows has size 1 in the input, or is new.
    fn repeats_one(&self) -> bool {
        let (Ok(input), Ok(output)) = (self.fact(0), self.output()) else { return false };
        let Some(axis) = output.batch_axis() else { return false };
        let Some(own) = (axis + input.dims.len()).checked_sub(output.dims.len()) else { return true };
        input.dims.get(own) == Some(&FactDim::Fixed(1))
    }

    fn new_rows(&self) -> Outcome {
        let output = self.output()?;
        let axis = output.batch_axis().ok_or(MixReason::UnknownShape)?;
        let inner = output.dims.get(axis).copied().and_then(multiple).ok_or(MixReason::UnknownShape)?;
        Ok(State::Rows(RowAxis { axis, inner }))
    }

    fn elementwise(&self) -> Outcome {
        self.elementwise_of(&(0..self.node.inputs.len()).collect::<Vec<_>>())
    }

    /// Inputs broadcast against each other must hold the examples along the same output axis.
    pub fn elementwise_of(&self, inputs: &[usize]) -> Outcome {
        let rank = self.output()?.dims.len();
        let mut found: Option<(RowAxis, FactDim)> = None;
        for at in inputs {
            match self.state(*at) {
                State::Constant => {}
                State::Size | State::Mixed => return Err(MixReason::BatchSize),
                State::Rows(row) => {
                    let fact = self.fact(*at)?;
                    let axis = (row.axis + rank).checked_sub(fact.dims.len()).ok_or(MixReason::UnknownShape)?;
                    let dim = fact.dims.get(row.axis).copied().ok_or(MixReason::UnknownShape)?;
                    let here = (RowAxis { axis, inner: row.inner }, dim);
                    if found.is_some_and(|found| found != here) {
                        return Err(MixReason::Misaligned);
                    }
                    found = Some(here);
                }
            }
        }
        found.map(|(row, _)| State::Rows(row)).ok_or(MixReason::UnknownShape)
    }

    /// Row-major layout is kept: only where the axes are cut changes.
    fn reshape(&self) -> Outcome {
        self.only_shapes_vary(1)?;
        let (Some(row), fact, output) = (self.rows(0), self.fact(0)?, self.output()?) else {
            return Err(MixReason::BatchSize);
        };
        let behind = |dims: &[FactDim], axis: usize| -> Result<usize, MixReason> {
            dims.iter().skip(axis + 1).try_fold(1_usize, |product, dim| match dim {
                FactDim::Fixed(size) => product.checked_mul(*size).ok_or(MixReason::UnknownShape),
                FactDim::Batch { .. } | FactDim::Unclear => Err(MixReason::Scatters),
            })
        };
        // Neighbouring elements in memory that belong to one example, before and after.
        let together = row.inner.checked_mul(behind(&fact.dims, row.axis)?).ok_or(MixReason::UnknownShape)?;
        let axis = output.batch_axis().ok_or(MixReason::Scatters)?;
        let suffix = behind(&output.dims, axis)?;
        if suffix == 0 || together % suffix != 0 || together == 0 {
            return Err(MixReason::Scatters);
        }
        Ok(State::Rows(RowAxis { axis, inner: together / suffix }))
    }

    fn transpose(&self) -> Outcome {
        let (row, rank) = (self.rows(0).ok_or(MixReason::BatchSize)?, self.rank(0)?);
        let axis = match self.node.ints("perm") {
            Some(perm) => perm.iter().position(|from| usize::try_from(*from) == Ok(row.axis)),
            None => rank.checked_sub(row.axis + 1),
        };
        Ok(State::Rows(RowAxis { axis: axis.ok_or(MixReason::UnknownShape)?, inner: row.inner }))
    }

    /// Works along axes from `axis` to the last.
    fn behind_axis(&self, default: i64) -> Outcome {
        let (row, rank) = (self.rows(0).ok_or(MixReason::Misaligned)?, self.rank(0)?);
        let others = (1..self.node.inputs.len()).any(|at| self.state(at) != State::Constant);
        if others {
            return Err(MixReason::Misaligned);
        }
        if row.axis >= self.axis(self.node.int("axis").unwrap_or(default), rank)? {
            return Err(MixReason::Across);
        }
        Ok(State::Rows(row))
    }

    /// Before operator set 13 a softmax worked on all axes from the given one on.
    fn softmax(&self) -> Outcome {
        if self.graph.opset < 13 { self.behind_axis(1) } else { self.along_axis(-1) }
    }

    /// Works along one axis; the others keep their places.
    fn along_axis(&self, default: i64) -> Outcome {
        self.along(self.node.int("axis").unwrap_or(default))
    }

    fn along_input_axis(&self) -> Outcome {
        let axes = self.integers(1)?;
        self.along(axes.first().copied().ok_or(MixReason::UnknownShape)?)
    }

    pub fn along(&self, axis: i64) -> Outcome {
        let row = self.rows(0).ok_or(MixReason::Misaligned)?;
        if (1..self.node.inputs.len()).any(|at| self.state(at) != State::Constant) {
            return Err(MixReason::BatchSize);
        }
        if self.axis(axis, self.rank(0)?)? == row.axis { Err(MixReason::Across) } else { Ok(State::Rows(row)) }
    }

    /// Takes some axes away, or leaves them with size 1; no axes means all.
    fn reduce(&self, axes: Option<Vec<i64>>) -> Outcome {
        let (row, rank) = (self.rows(0).ok_or(MixReason::BatchSize)?, self.rank(0)?);
        let given = axes.unwrap_or_default();
        let unread = self.node.input(1).is_some() && given.is_empty();
        if given.is_empty() && !unread && self.node.int("noop_with_empty_axes").unwrap_or(0) != 0 {
            return Ok(State::Rows(row));
        }
        let axes = given.iter().map(|axis| self.axis(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
        if axes.is_empty() || axes.contains(&row.axis) {
            return Err(MixReason::Across);
        }
        let kept = self.node.int("keepdims").unwrap_or(1) != 0;
        let before = if kept { 0 } else { axes.iter().filter(|axis| **axis < row.axis).count() };
        Ok(State::Rows(RowAxis { axis: row.axis - before, inner: row.inner }))
    }
}
