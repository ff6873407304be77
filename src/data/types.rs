//! The types of values: a scalar with named axes.

use std::fmt;

/// What one element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    Bool,
    Int,
    /// The number of a word of a vocabulary.
    Token,
    /// The number of a class, from 0.
    Category,
    Real,
    /// An exact, reduced fraction of two ints; all fractions with denominator 0 are one value.
    Ratio,
}

impl Scalar {
    /// The scalars that a declaration can name; a ratio is only ever computed.
    pub const NAMES: [&str; 5] = ["bool", "int", "token", "category", "real"];

    /// The scalar that a declaration names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Scalar> {
        Some(match name {
            "bool" => Scalar::Bool,
            "int" => Scalar::Int,
            "token" => Scalar::Token,
            "category" => Scalar::Category,
            "real" => Scalar::Real,
            "ratio" => Scalar::Ratio,
            _ => return None,
        })
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scalar::Bool => "bool",
            Scalar::Int => "int",
            Scalar::Token => "token",
            Scalar::Category => "category",
            Scalar::Real => "real",
            Scalar::Ratio => "ratio",
        }
    }

    /// True if values can be told apart exactly, so that a claim may condition on them.
    #[must_use]
    pub fn is_discrete(self) -> bool {
        self != Scalar::Real
    }
}

/// The type of a value of one datum: the axis of rows is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueType {
    pub scalar: Scalar,
    /// Names of the axes, outermost first; no name twice.
    pub dims: Vec<String>,
}

impl ValueType {
    #[must_use]
    pub fn new(scalar: Scalar, dims: &[&str]) -> Self {
        ValueType { scalar, dims: dims.iter().map(ToString::to_string).collect() }
    }

    #[must_use]
    pub fn without_axes(scalar: Scalar) -> Self {
        ValueType { scalar, dims: Vec::new() }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.scalar.name())?;
        if self.dims.is_empty() { Ok(()) } else { write!(out, "[{}]", self.dims.join(", ")) }
    }
}
