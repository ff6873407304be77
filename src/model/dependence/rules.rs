//! The rules of the operators.

use super::Shape;
use crate::model::graph::{Graph, Node, TensorId};
use crate::model::region::Region;
use crate::model::tensor::constant;

/// One operator with the box of one of its outputs.
pub struct Rule<'a> {
    pub graph: &'a Graph,
    pub node: &'a Node,
    pub shape: &'a Shape<'a>,
    pub output: TensorId,
    pub region: &'a Region,
}

impl Rule<'_> {
    /// The box of an input; `None` for all of it.
    pub fn input(&self, at: usize, input: TensorId) -> Option<Region> {
        let shape = (self.shape)(input)?;
        let out = (self.shape)(self.output)?;
        if self.region.rank() != out.len() {
            return None;
        }
        match self.node.op.as_str() {
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Where" | "Equal" | "And" | "Or" | "Less" | "LessOrEqual"
            | "Greater" | "GreaterOrEqual" | "Not" | "Relu" | "Gelu" | "Erf" | "Exp" | "Log" | "Sqrt" | "Neg"
            | "Abs" | "Tanh" | "Sigmoid" | "Cast" | "Identity" | "Reciprocal" => Some(self.broadcast(&shape, &out)),
            "LayerNormalization" | "RMSNormalization" if at == 0 => self.except(&shape, self.int("axis", -1), true),
            "Softmax" | "LogSoftmax" if at == 0 => {
                // Before opset 13 all axes from `axis` on are normalised together.
                self.except(&shape, self.int("axis", if self.graph.opset < 13 { 1 } else { -1 }), self.graph.opset < 13)
            }
            "Gather" if at == 0 => self.gather(&shape),
            "Gather" => self.gathered_by(&shape, &out),
            "Slice" if at == 0 => self.slice(&shape),
            "MatMul" => self.matmul(at, &shape, &out),
            "Transpose" if at == 0 => self.transpose(&shape),
            "Reshape" if at == 0 => Some(self.reshape(&shape, &out)),
            "Einsum" => self.einsum(at, &shape, &out),
            _ => None,
        }
    }

    fn int(&self, name: &str, otherwise: i64) -> i64 {
        self.node.int(name).unwrap_or(otherwise)
    }

    /// The range demanded along an axis of the output.
    fn range(&self, axis: usize, out: &[usize]) -> (usize, usize) {
        self.region.range(axis, out.get(axis).copied().unwrap_or(1))
    }

    /// Axes align from the last; an axis of size 1 is spread.
    fn broadcast(&self, shape: &[usize], out: &[usize]) -> Region {
        let behind = out.len().saturating_sub(shape.len());
        let mut region = Region::whole(shape.len());
        for (axis, size) in shape.iter().enumerate().filter(|(_, size)| **size > 1) {
            let (start, end) = self.range(axis + behind, out);
            region = region.cut(axis, start, end, *size);
        }
        region
    }

    /// All of one axis (and, with `rest`, of those behind it); the others as demanded.
    fn except(&self, shape: &[usize], axis: i64, rest: bool) -> Option<Region> {
        let from = index(axis, shape.len())?;
        let mixed = |axis: usize| axis == from || (rest && axis > from);
        Some((0..shape.len()).filter(|axis| !mixed(*axis)).fold(Region::whole(shape.len()), |region, axis| {
            let (start, end) = self.range(axis, shape);
            region.cut(axis, start, end, shape[axis])
        }))
    }

    /// A constant index or list of them: the box around them on the gathered axis.
    fn gather(&self, shape: &[usize]) -> Option<Region> {
        let axis = index(self.int("axis", 0), shape.len())?;
        let (indices, rank) = self.integers(1)?;
        let size = shape[axis];
        let places: Option<Vec<usize>> = indices.iter().map(|at| index(*at, size)).collect();
        let places = places?;
        let (first, last) = (places.iter().min().copied()?, places.iter().max().copied()?);
        let out = (self.shape)(self.output)?;
        let mut region = Region::whole(shape.len()).cut(axis, first, last + 1, size);
        for other in (0..shape.len()).filter(|other| *other != axis) {
            let place = if other < axis { other } else { (other + rank).checked_sub(1)? };
            let (start, end) = self.range(place, &out);
            region = region.cut(other, start, end, shape[other]);
        }
        Some(region)
    }

    /// The indices of a gather: their axes stand in the place of the gathered axis.
    fn gathered_by(&self, shape: &[usize], out: &[usize]) -> Option<Region> {
        let data = (self.shape)(self.node.input(0)?)?;
        let axis = index(self.int("axis", 0), data.len())?;
        Some((0..shape.len()).fold(Region::whole(shape.len()), |region, at| {
            let (start, end) = self.range(axis + at, out);
            region.cut(at, start, end, shape[at])
        }))
    }

    /// Constant starts and ends with steps of one.
    fn slice(&self, shape: &[usize]) -> Option<Region> {
        let (starts, _) = self.integers(1)?;
        let (ends, _) = self.integers(2)?;
        let axes = match self.node.input(3) {
            Some(_) => self.integers(3)?.0,
            None => (0..i64::try_from(starts.len()).ok()?).collect(),
        };
        if self.node.input(4).is_some() && self.integers(4)?.0.iter().any(|step| *step != 1) {
            return None;
        }
        let out = (self.shape)(self.output)?;
        let mut offsets = vec![0; shape.len()];
        for ((start, _), axis) in starts.iter().zip(&ends).zip(&axes) {
            let axis = index(*axis, shape.len())?;
            let size = i64::try_from(shape[axis]).ok()?;
            let from = if *start < 0 { start + size } else { *start };
            offsets[axis] = usize::try_from(from.clamp(0, size)).ok()?;
        }
        Some((1..shape.len()).fold(Region::whole(shape.len()), |region, axis| {
            let (start, end) = self.range(axis, &out);
            region.cut(axis, start + offsets[axis], (end + offsets[axis]).min(shape[axis]), shape[axis])
        }))
    }

    /// Rows of the left operand and columns of the right one; the contracted axis whole.
    fn matmul(&self, at: usize, shape: &[usize], out: &[usize]) -> Option<Region> {
        if shape.len() < 2 || out.len() < 2 || shape.len() > out.len() {
            return None;
        }
        let whole = if at == 0 { shape.len() - 1 } else { shape.len() - 2 };
        let behind = out.len() - shape.len();
        let mut region = Region::whole(shape.len());
        for (axis, size) in shape.iter().enumerate().filter(|(axis, size)| *axis != whole && **size > 1) {
            let (start, end) = self.range(axis + behind, out);
            region = region.cut(axis, start, end, *size);
        }
        Some(region)
    }

    fn transpose(&self, shape: &[usize]) -> Option<Region> {
        let order: Vec<usize> = match self.node.ints("perm") {
            Some(order) => order.iter().map(|axis| usize::try_from(*axis).ok()).collect::<Option<_>>()?,
            None => (0..shape.len()).rev().collect(),
        };
        let out = (self.shape)(self.output)?;
        let mut region = Region::whole(shape.len());
        for (place, axis) in order.iter().enumerate() {
            let (start, end) = self.range(place, &out);
            region = region.cut(*axis, start, end, *shape.get(*axis)?);
        }
        Some(region)
    }

    /// Axes that both shapes begin with keep their ranges.
    fn reshape(&self, shape: &[usize], out: &[usize]) -> Region {
        let same = shape.iter().zip(out).take_while(|(a, b)| a == b).count();
        (0..same).fold(Region::whole(shape.len()), |region, axis| {
            let (start, end) = self.range(axis, out);
            region.cut(axis, start, end, shape[axis])
        })
    }

    /// Letters of the output keep their ranges, contracted ones are whole.
    fn einsum(&self, at: usize, shape: &[usize], out: &[usize]) -> Option<Region> {
        let equation = self.node.text("equation")?.replace(' ', "");
        let (operands, result) = equation.split_once("->")?;
        let letters = operands.split(',').nth(at)?;
        if equation.contains('.') || letters.len() != shape.len() || result.len() != out.len() {
            return None;
        }
        let mut region = Region::whole(shape.len());
        for (axis, letter) in letters.chars().enumerate() {
            if let Some(place) = result.find(letter) {
                let (start, end) = self.range(place, out);
                region = region.cut(axis, start, end, shape[axis]);
            }
        }
        Some(region)
    }

    /// A constant input as integers, with its rank.
    fn integers(&self, at: usize) -> Option<(Vec<i64>, usize)> {
        let value = constant(self.graph, self.node.input(at)?)?;
        let rank = value.shape().len();
        match value {
            crate::engine::Value::I64(array) => Some((array.iter().copied().collect(), rank)),
            crate::engine::Value::I32(array) => Some((array.iter().copied().map(i64::from).collect(), rank)),
            _ => None,
        }
    }
}

/// An index that may count from the end.
fn index(at: i64, size: usize) -> Option<usize> {
    let size = i64::try_from(size).ok()?;
    let from_start = if at < 0 { at + size } else { at };
    usize::try_from(from_start).ok().filter(|_| from_start < size)
}
