//! Expressions of the array language.

use super::{Ident, Part};
use crate::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// An expression of the array language.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(String),
    Name(String),
    Call {
        function: Ident,
        arguments: Vec<Expr>,
    },
    /// `tokens[1]`, `tokens[pos: 1]`, `tokens[1..5]`
    Index {
        base: Box<Expr>,
        dim: Option<Ident>,
        part: Box<Part>,
    },
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Arithmetic {
        operator: Arithmetic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Compare {
        comparison: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Logic {
        operator: Logic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `(f, g)`: agree on both.
    Tuple(Vec<Expr>),
    /// Something that did not parse and has been reported; later stages stay silent about it.
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Real division.
    Divide,
    /// Integer remainder, of the sign of the divisor.
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    And,
    Or,
}
