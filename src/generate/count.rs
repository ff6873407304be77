//! Whole numbers that are known when a row is drawn.

use crate::diagnostics::messages::{generate as messages, names};
use crate::diagnostics::{Diagnostic, nearest};
use crate::syntax::ast::{Arithmetic, Expr, ExprKind};

/// A whole number made from numbers of the row and arguments of the family.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    Number(i64),
    /// A `let` by place.
    Let(usize),
    /// A parameter of the family by place.
    Parameter(usize),
    Negated(Box<Count>),
    Arithmetic(Arithmetic, Box<Count>, Box<Count>),
}

/// The names that a count can use.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Of `let`, by place.
    pub numbers: &'a [&'a str],
    /// Of the family, by place.
    pub parameters: &'a [&'a str],
}

impl Count {
    /// The value; `None` where it is beyond 64 bits or something is divided by 0.
    pub fn value(&self, numbers: &[i64], arguments: &[i64]) -> Option<i64> {
        match self {
            Count::Number(value) => Some(*value),
            Count::Let(at) => numbers.get(*at).copied(),
            Count::Parameter(at) => arguments.get(*at).copied(),
            Count::Negated(inner) => inner.value(numbers, arguments)?.checked_neg(),
            Count::Arithmetic(operator, left, right) => {
                let (left, right) = (left.value(numbers, arguments)?, right.value(numbers, arguments)?);
                match operator {
                    Arithmetic::Add => left.checked_add(right),
                    Arithmetic::Subtract => left.checked_sub(right),
                    Arithmetic::Multiply => left.checked_mul(right),
                    // Rounded down, as for constants.
                    Arithmetic::Divide => left.checked_div_euclid(right).filter(|_| right > 0),
                    Arithmetic::Remainder => left.checked_rem_euclid(right).filter(|_| right > 0),
                }
            }
        }
    }

    /// The value, where it is the same for every row.
    pub fn constant(&self) -> Option<i64> {
        self.value(&[], &[])
    }

    /// Whether no number of the row and no argument is read.
    pub fn is_constant(&self) -> bool {
        match self {
            Count::Number(_) => true,
            Count::Let(_) | Count::Parameter(_) => false,
            Count::Negated(inner) => inner.is_constant(),
            Count::Arithmetic(_, left, right) => left.is_constant() && right.is_constant(),
        }
    }
}

/// A count from an expression in which constants are numbers already; `None` with a finding.
pub fn count(expr: &Expr, names: Names<'_>, sink: &mut Vec<Diagnostic>) -> Option<Count> {
    let found = read(expr, names, sink)?;
    if found.is_constant() && found.constant().is_none() {
        sink.push(messages::not_a_count(expr.span));
        return None;
    }
    Some(found)
}

fn read(expr: &Expr, names: Names<'_>, sink: &mut Vec<Diagnostic>) -> Option<Count> {
    match &expr.kind {
        ExprKind::Int(value) => Some(Count::Number(*value)),
        ExprKind::Error => None,
        ExprKind::Name(name) if name.is_empty() => None,
        ExprKind::Name(name) => {
            let parameter = names.parameters.iter().position(|known| known == name).map(Count::Parameter);
            let found = parameter.or_else(|| names.numbers.iter().position(|known| known == name).map(Count::Let));
            if found.is_none() {
                let near = nearest(name, names.parameters.iter().chain(names.numbers).copied());
                sink.push(names::unknown(expr.span, "number", name, &near));
            }
            found
        }
        ExprKind::Negate(inner) => Some(Count::Negated(Box::new(read(inner, names, sink)?))),
        ExprKind::Arithmetic { operator, left, right } => {
            let (left, right) = (read(left, names, sink), read(right, names, sink));
            Some(Count::Arithmetic(*operator, Box::new(left?), Box::new(right?)))
        }
        _ => {
            sink.push(messages::not_a_count(expr.span));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_checked_and_rounded_down() {
        let number = |value| Box::new(Count::Number(value));
        let of = |operator, left, right| Count::Arithmetic(operator, number(left), number(right)).constant();
        assert_eq!(of(Arithmetic::Divide, -3, 2), Some(-2));
        assert_eq!(of(Arithmetic::Remainder, -3, 2), Some(1));
        assert_eq!(of(Arithmetic::Divide, 3, 0), None);
        assert_eq!(of(Arithmetic::Multiply, i64::MAX, 2), None);
        let of_row = Count::Arithmetic(Arithmetic::Add, Box::new(Count::Let(1)), Box::new(Count::Parameter(0)));
        assert_eq!(of_row.value(&[5, 7], &[10]), Some(17));
        assert!(!of_row.is_constant());
    }
}
