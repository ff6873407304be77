//! Expressions with all types known: what the checker gives and the evaluator takes.

use super::block::Data;
use crate::data::{Scalar, ValueType};
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Comparison, Logic};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An expression whose operands have legal types and whose axes align.
#[derive(Debug, Clone)]
pub struct Typed {
    pub kind: Kind,
    pub ty: ValueType,
    pub span: Span,
    /// The words by number, where the value is a token of a known vocabulary.
    pub vocabulary: Option<Arc<Vec<String>>>,
    /// The value, if it is the same int on every row and known already.
    pub constant: Option<i64>,
    /// Levels below this one, through features; bounds the recursion of every later stage.
    pub depth: u32,
}

/// What is computed. Where operands must share a type or axes, the checker has made them do so;
/// an operand that lacks axes of the result is spread over them by name.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A constant of type int, token or category.
    Int(i64),
    Real(f64),
    Bool(bool),
    /// A column of the dataset.
    Read(String),
    Output(String),
    /// An output of the untouched model on the reference.
    Clean(String),
    /// Constants from a file: the same on every row.
    Table(Arc<Table>),
    Feature {
        name: String,
        body: Arc<Typed>,
    },
    /// To the scalar of this node's type.
    Convert(Box<Typed>),
    Negate(Box<Typed>),
    Not(Box<Typed>),
    Absolute(Box<Typed>),
    /// Operands have the scalar of the result.
    Arithmetic {
        operator: Arithmetic,
        left: Box<Typed>,
        right: Box<Typed>,
    },
    /// Operands have one scalar, except that token, category and int are all numbers here.
    Compare {
        comparison: Comparison,
        left: Box<Typed>,
        right: Box<Typed>,
    },
    Logic {
        operator: Logic,
        left: Box<Typed>,
        right: Box<Typed>,
    },
    If {
        condition: Box<Typed>,
        then: Box<Typed>,
        otherwise: Box<Typed>,
    },
    /// The exact fraction of two ints.
    Ratio {
        numerator: Box<Typed>,
        denominator: Box<Typed>,
    },
    /// One value for all along an axis of `value`, which is removed.
    Reduce {
        reduction: Reduction,
        axis: usize,
        value: Box<Typed>,
    },
    /// One value for each prefix or suffix along an axis, both ends included.
    Scan {
        scan: Scan,
        axis: usize,
        value: Box<Typed>,
    },
    /// `y[i] = x[i - by]`, and `fill` where that is outside.
    Shift {
        axis: usize,
        by: i64,
        value: Box<Typed>,
        fill: Box<Typed>,
    },
    /// The size of an axis.
    Length(String),
    /// The indices along an axis; its size is that of the data where it is not known before.
    Position {
        dim: String,
        size: Option<usize>,
    },
    /// One element along an axis, which is removed; the index can have axes of its own.
    Pick {
        axis: usize,
        value: Box<Typed>,
        index: Box<Typed>,
    },
    /// A half-open range along an axis, which gets a name of its own.
    Slice {
        axis: usize,
        start: usize,
        end: usize,
        value: Box<Typed>,
    },
    Real1 {
        function: RealFunction,
        value: Box<Typed>,
    },
    /// `x - max - log(sum(exp(x - max)))` along an axis.
    LogSoftmax {
        axis: usize,
        value: Box<Typed>,
    },
    /// The value with one axis under another name.
    Rename {
        axis: usize,
        value: Box<Typed>,
    },
    /// The value for each index of the axes of another as well, whose elements do not matter.
    Spread {
        value: Box<Typed>,
        like: Box<Typed>,
    },
    /// How far the distribution of some logits is from that of others, along an axis that both
    /// have at its place in `left` and in `right`; the axis is removed.
    Divergence {
        divergence: Divergence,
        axes: (usize, usize),
        left: Box<Typed>,
        right: Box<Typed>,
    },
    /// The loss of a logit for label 1, in nats; the label is an int that must be 0 or 1.
    BinaryCrossEntropy {
        logit: Box<Typed>,
        label: Box<Typed>,
    },
}

/// A distance of two distributions, given by logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// Kullback and Leibler: the sum of p (log p - log q), in nats.
    KullbackLeibler,
    /// Half the sum of |p - q|.
    TotalVariation,
}

/// Constants of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub name: String,
    pub ty: ValueType,
    /// Of the axes of `ty`.
    pub sizes: Vec<usize>,
    /// Row-major.
    pub data: Data,
}

/// A function of all elements along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    Sum,
    Product,
    All,
    Any,
    Minimum,
    Maximum,
    Count,
    Mean,
    /// The first index of the largest value.
    ArgMax,
    /// The first index of the smallest value.
    ArgMin,
}

/// A running function along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// `Sum`, `Minimum` or `Maximum`.
    pub reduction: Reduction,
    /// From the last element backwards.
    pub suffix: bool,
}

/// A function of one real number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealFunction {
    Log,
    Exp,
    SquareRoot,
    Sigmoid,
}

impl Typed {
    /// A node; constant and depth follow from its kind.
    #[must_use]
    pub fn new(kind: Kind, ty: ValueType, span: Span) -> Typed {
        let constant = constant_of(&kind);
        let depth = kind.operands().iter().map(|operand| operand.depth + 1).max().unwrap_or(0);
        Typed { kind, ty, span, vocabulary: None, constant, depth }
    }

    #[must_use]
    pub fn with_vocabulary(mut self, vocabulary: Option<Arc<Vec<String>>>) -> Typed {
        self.vocabulary = vocabulary;
        self
    }

    /// This value as another scalar; constants are converted at once.
    #[must_use]
    pub fn converted(self, scalar: Scalar) -> Typed {
        if self.ty.scalar == scalar {
            return self;
        }
        let (span, dims) = (self.span, self.ty.dims.clone());
        let kind = match (&self.kind, scalar) {
            (Kind::Int(value), Scalar::Real) => Kind::Real(*value as f64),
            (Kind::Int(value), Scalar::Int | Scalar::Token | Scalar::Category) => Kind::Int(*value),
            _ => Kind::Convert(Box::new(self)),
        };
        Typed::new(kind, ValueType { scalar, dims }, span)
    }
}

fn constant_of(kind: &Kind) -> Option<i64> {
    match kind {
        Kind::Int(value) => Some(*value),
        Kind::Feature { body, .. } => body.constant,
        Kind::Negate(value) => value.constant?.checked_neg(),
        Kind::Arithmetic { operator, left, right } => {
            let (left, right) = (left.constant?, right.constant?);
            match operator {
                Arithmetic::Add => left.checked_add(right),
                Arithmetic::Subtract => left.checked_sub(right),
                Arithmetic::Multiply => left.checked_mul(right),
                Arithmetic::Divide | Arithmetic::Remainder => None,
            }
        }
        _ => None,
    }
}

impl Kind {
    /// The direct operands; the body of a feature is one.
    #[must_use]
    pub fn operands(&self) -> Vec<&Typed> {
        match self {
            Kind::Int(_) | Kind::Real(_) | Kind::Bool(_) | Kind::Read(_) | Kind::Output(_) => Vec::new(),
            Kind::Clean(_) | Kind::Table(_) => Vec::new(),
            Kind::Rename { value, .. } => vec![value],
            Kind::Spread { value, like } => vec![value, like],
            Kind::Divergence { left, right, .. } => vec![left, right],
            Kind::Length(_) | Kind::Position { .. } => Vec::new(),
            Kind::Feature { body, .. } => vec![body],
            Kind::Convert(value) | Kind::Negate(value) | Kind::Not(value) | Kind::Absolute(value) => vec![value],
            Kind::Reduce { value, .. } | Kind::Scan { value, .. } | Kind::Slice { value, .. } => vec![value],
            Kind::Real1 { value, .. } | Kind::LogSoftmax { value, .. } => vec![value],
            Kind::Arithmetic { left, right, .. }
            | Kind::Compare { left, right, .. }
            | Kind::Logic { left, right, .. } => vec![left, right],
            Kind::Ratio { numerator, denominator } => vec![numerator, denominator],
            Kind::Shift { value, fill, .. } => vec![value, fill],
            Kind::Pick { value, index, .. } => vec![value, index],
            Kind::BinaryCrossEntropy { logit, label } => vec![logit, label],
            Kind::If { condition, then, otherwise } => vec![condition, then, otherwise],
        }
    }
}

impl Kind {
    /// The same with other operands, in the order of [`Kind::operands`]; types are not looked at.
    #[must_use]
    pub(super) fn with_operands(&self, operands: Vec<Typed>) -> Kind {
        let mut changed = self.clone();
        let mut operands = operands.into_iter();
        for place in changed.places() {
            if let Some(operand) = operands.next() {
                *place = operand;
            }
        }
        changed
    }

    /// The operands to write to; the body of a feature is shared and not among them.
    fn places(&mut self) -> Vec<&mut Typed> {
        match self {
            Kind::Int(_) | Kind::Real(_) | Kind::Bool(_) | Kind::Read(_) | Kind::Output(_) => Vec::new(),
            Kind::Clean(_) | Kind::Table(_) | Kind::Feature { .. } => Vec::new(),
            Kind::Length(_) | Kind::Position { .. } => Vec::new(),
            Kind::Convert(value) | Kind::Negate(value) | Kind::Not(value) | Kind::Absolute(value) => vec![value],
            Kind::Reduce { value, .. } | Kind::Scan { value, .. } | Kind::Slice { value, .. } => vec![value],
            Kind::Real1 { value, .. } | Kind::LogSoftmax { value, .. } | Kind::Rename { value, .. } => vec![value],
            Kind::Arithmetic { left, right, .. }
            | Kind::Compare { left, right, .. }
            | Kind::Logic { left, right, .. }
            | Kind::Divergence { left, right, .. } => vec![left, right],
            Kind::Ratio { numerator, denominator } => vec![numerator, denominator],
            Kind::Shift { value, fill, .. } => vec![value, fill],
            Kind::Spread { value, like } => vec![value, like],
            Kind::Pick { value, index, .. } => vec![value, index],
            Kind::BinaryCrossEntropy { logit, label } => vec![logit, label],
            Kind::If { condition, then, otherwise } => vec![condition, then, otherwise],
        }
    }
}

/// The columns and outputs that an expression reads, through features.
#[must_use]
pub fn reads(expression: &Typed) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit(expression, &mut |part| {
        if let Kind::Read(name) | Kind::Output(name) | Kind::Clean(name) = &part.kind {
            names.insert(name.clone());
        }
    });
    names
}

/// The place where an expression reads a column.
#[must_use]
pub fn reading(expression: &Typed, column: &str) -> Option<Typed> {
    let mut found = None;
    visit(expression, &mut |part| {
        if found.is_none() && matches!(&part.kind, Kind::Read(name) if name == column) {
            found = Some(part.clone());
        }
    });
    found
}

/// Whether an expression reads outputs of the untouched model on the reference.
#[must_use]
pub fn reads_clean(expression: &Typed) -> bool {
    let mut found = false;
    visit(expression, &mut |part| found |= matches!(part.kind, Kind::Clean(_)));
    found
}

/// Visits every part of an expression, the body of each feature once.
pub(super) fn visit(expression: &Typed, act: &mut dyn FnMut(&Typed)) {
    let mut seen = BTreeSet::new();
    let mut open = vec![expression];
    while let Some(part) = open.pop() {
        act(part);
        match &part.kind {
            Kind::Feature { body, .. } if !seen.insert(Arc::as_ptr(body)) => {}
            kind => open.extend(kind.operands()),
        }
    }
}
