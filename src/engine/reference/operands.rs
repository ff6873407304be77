//! The inputs of an operator, and the form in which operators are made and run.

use super::attributes::Attributes;
use super::element::{Element, check_rank};
use super::fault::{Fault, Outcome};
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::ArrayD;
use std::ops::RangeInclusive;

/// Computes the outputs of one node.
pub type Kernel = Box<dyn Fn(&mut Operands<'_>) -> Outcome<Vec<Value>> + Send + Sync>;

/// Makes the kernel of a node, reading its attributes.
pub type Build = fn(&mut Request<'_>) -> Outcome<Kernel>;

/// An operator of the engine.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The ONNX name.
    pub name: &'static str,
    /// How many inputs it takes, those left out in the middle counted.
    pub inputs: RangeInclusive<usize>,
    pub build: Build,
}

/// An entry of an operator table.
pub const fn operator(name: &'static str, least: usize, most: usize, build: Build) -> Operator {
    Operator { name, inputs: least..=most, build }
}

/// What is known of a node before it runs.
#[derive(Debug)]
pub struct Request<'a> {
    pub opset: i64,
    /// For each input, whether it is given.
    pub given: Vec<bool>,
    /// The number of outputs, up to the last one that is wanted.
    pub outputs: usize,
    pub attributes: Attributes<'a>,
}

impl Request<'_> {
    /// True if this input is given.
    pub fn has(&self, input: usize) -> bool {
        self.given.get(input).copied().unwrap_or(false)
    }
}

/// One input: lent, or handed over because nobody needs it afterwards.
#[derive(Debug)]
pub enum Operand<'a> {
    Lent(&'a Value),
    Given(Value),
}

impl Operand<'_> {
    fn value(&self) -> &Value {
        match self {
            Operand::Lent(value) => value,
            Operand::Given(value) => value,
        }
    }
}

/// The inputs of a node, in order.
#[derive(Debug)]
pub struct Operands<'a>(pub Vec<Option<Operand<'a>>>);

impl Operands<'_> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// An input that the operator cannot do without.
    pub fn get(&self, index: usize) -> Outcome<&Value> {
        self.optional(index).ok_or(Fault::Form("an input is left out"))
    }

    pub fn optional(&self, index: usize) -> Option<&Value> {
        self.0.get(index)?.as_ref().map(Operand::value)
    }

    /// An input to keep, without copying it where it was handed over. Can be taken once.
    pub fn take(&mut self, index: usize) -> Outcome<Value> {
        match self.0.get_mut(index).and_then(Option::take) {
            Some(Operand::Given(value)) => Ok(value),
            Some(Operand::Lent(value)) => Ok(value.clone()),
            None => Err(Fault::Form("an input is left out")),
        }
    }

    /// An input of a known element type.
    pub fn array<T: Element>(&self, index: usize) -> Outcome<&ArrayD<T>> {
        let value = self.get(index)?;
        T::array(value).ok_or_else(|| super::element::refused(value))
    }

    /// An optional input that holds sizes, axes or indices, as a list.
    pub fn ints(&self, index: usize) -> Outcome<Option<Vec<i64>>> {
        match self.optional(index) {
            None => Ok(None),
            Some(Value::I64(array)) => Ok(Some(array.iter().copied().collect())),
            Some(Value::I32(array)) => Ok(Some(array.iter().map(|value| i64::from(*value)).collect())),
            Some(other) => Err(super::element::refused(other)),
        }
    }

    /// An optional input that holds a single whole number.
    pub fn int(&self, index: usize) -> Outcome<Option<i64>> {
        let Some(list) = self.ints(index)? else { return Ok(None) };
        match list.as_slice() {
            [value] => Ok(Some(*value)),
            _ => Err(Misfit::Sizes { what: "a single number is needed", found: vec![vec![list.len()]] }.into()),
        }
    }
}

/// The outputs of an operator with one output.
pub fn one<T: Element>(array: ArrayD<T>) -> Outcome<Vec<Value>> {
    Ok(vec![T::wrap(array)])
}

/// An axis counted from the front, from one that may count from the back.
pub fn axis(axis: i64, rank: usize) -> Outcome<usize> {
    let fault = || Misfit::Axis { axis, rank }.into();
    let size = i64::try_from(rank).map_err(|_| fault())?;
    let at = if axis < 0 { axis.checked_add(size).ok_or_else(fault)? } else { axis };
    usize::try_from(at).ok().filter(|at| *at < rank).ok_or_else(fault)
}

/// Axes counted from the front, in ascending order; an axis named twice is refused.
pub fn axes(list: &[i64], rank: usize) -> Outcome<Vec<usize>> {
    check_rank(rank)?;
    let mut out = list.iter().map(|at| axis(*at, rank)).collect::<Outcome<Vec<_>>>()?;
    out.sort_unstable();
    match out.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(out),
        Some(pair) => {
            let value = i64::try_from(pair[0]).unwrap_or(i64::MAX);
            Err(Misfit::Value { what: "an axis that is named twice", value }.into())
        }
    }
}

/// A size from a number that must not be negative.
pub fn size(value: i64) -> Outcome<usize> {
    usize::try_from(value).map_err(|_| Misfit::Value { what: "a size", value }.into())
}
