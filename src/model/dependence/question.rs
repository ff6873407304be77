//! One question to a rule, and the form of its answer.

use super::constants::Constants;
use super::known::{Known, Property};
use super::mask::Mask;
use crate::model::graph::Node;
use std::rc::Rc;

/// Half-open range of indices of one axis.
pub type Range = (usize, usize);

/// What of an input is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Nothing,
    Everything,
    /// A range for each axis of the input.
    Box(Vec<Range>),
}

/// Answers a question; `None` if it cannot, which means everything.
pub type Rule = fn(&Question<'_>) -> Option<Part>;

/// Which box of an input does an operator read for a box of an output?
#[derive(Debug)]
pub struct Question<'a> {
    pub node: &'a Node,
    /// The operator set version of the graph.
    pub opset: i64,
    /// The number of the input.
    pub at: usize,
    /// The number of the output.
    pub slot: usize,
    /// The sizes of the input's axes.
    pub input: Vec<usize>,
    /// The sizes of the output's axes.
    pub out: Vec<usize>,
    /// The range that is wanted of each axis of the output; none is empty.
    pub want: Vec<Range>,
    pub constants: &'a Constants<'a>,
    pub known: &'a Known,
}

impl Question<'_> {
    /// An integer attribute with the value that stands for it where it is left out.
    pub fn int(&self, name: &str, otherwise: i64) -> i64 {
        self.node.int(name).unwrap_or(otherwise)
    }

    /// The sizes of the axes of any input of the operator.
    pub fn shape_of(&self, at: usize) -> Option<Vec<usize>> {
        self.constants.shape(self.node.input(at)?)
    }

    /// The integers of an input and the sizes of its axes, if its values depend on no data.
    pub fn integers(&self, at: usize) -> Option<(Vec<i64>, Vec<usize>)> {
        self.constants.integers(self.node.input(at)?)
    }

    /// Where an input has a property for all data.
    pub fn property(&self, at: usize, property: Property) -> Option<Rc<Mask>> {
        self.known.of(self.constants, self.node.input(at)?, property)
    }

    /// A range along an axis of the output.
    pub fn wanted(&self, axis: usize) -> Option<Range> {
        self.want.get(axis).copied()
    }

    /// All of the axes from `from` on, the others as wanted; input and output have the same axes.
    pub fn except(&self, mixed: impl Fn(usize) -> bool) -> Option<Part> {
        let range = |(axis, size): (usize, &usize)| if mixed(axis) { Some((0, *size)) } else { self.wanted(axis) };
        Some(Part::Box(self.input.iter().enumerate().map(range).collect::<Option<_>>()?))
    }
}

/// The ranges of a tensor that is spread to the sizes `out`: axes align from the last, and all of an
/// axis of size 1 is read.
pub fn aligned(shape: &[usize], out: &[usize], ranges: &[Range]) -> Option<Vec<Range>> {
    let behind = out.len().checked_sub(shape.len())?;
    let beside = shape.iter().zip(out.get(behind..)?).zip(ranges.get(behind..)?);
    Some(beside.map(|((size, whole), range)| if size == whole { *range } else { (0, *size) }).collect())
}

/// An axis or index counted from the front, from one that may count from the back.
pub fn index(at: i64, size: usize) -> Option<usize> {
    let size = i64::try_from(size).ok()?;
    let at = if at < 0 { at.checked_add(size)? } else { at };
    usize::try_from(at).ok().filter(|_| at < size)
}

/// The smallest range that holds all places; `None` if there is none.
pub fn hull(places: impl Iterator<Item = usize>) -> Option<Range> {
    places.fold(None, |range, at| match range {
        None => Some((at, at + 1)),
        Some((start, end)) => Some((start.min(at), end.max(at + 1))),
    })
}
