//! Whole numbers that are known before the run: constants, indices of regions, ranges of families.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{binding, names};
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Expr, ExprKind, Part};
use std::collections::BTreeMap;

/// The value of an index, with the parameters of a family; `None` with a finding.
pub fn evaluate(expr: &Expr, parameters: &BTreeMap<String, i64>, sink: &mut Vec<Diagnostic>) -> Option<i64> {
    let value = match &expr.kind {
        ExprKind::Int(value) => Some(*value),
        ExprKind::Error => return None,
        ExprKind::Name(name) => {
            let found = parameters.get(name).copied();
            if found.is_none() && !parameters.is_empty() {
                let near = crate::diagnostics::nearest(name, parameters.keys().map(String::as_str));
                sink.push(names::unknown(expr.span, "parameter", name, &near));
                return None;
            }
            found
        }
        ExprKind::Negate(inner) => evaluate(inner, parameters, sink)?.checked_neg(),
        ExprKind::Arithmetic { operator, left, right } => {
            let left = evaluate(left, parameters, sink)?;
            let right = evaluate(right, parameters, sink)?;
            match operator {
                Arithmetic::Add => left.checked_add(right),
                Arithmetic::Subtract => left.checked_sub(right),
                Arithmetic::Multiply => left.checked_mul(right),
                // Rounded down, and of the sign of the divisor, so that a == (a / b) * b + a % b.
                Arithmetic::Divide => left.checked_div_euclid(right).filter(|_| right > 0),
                Arithmetic::Remainder => left.checked_rem_euclid(right).filter(|_| right > 0),
            }
        }
        _ => None,
    };
    if value.is_none() {
        sink.push(binding::not_constant(expr.span));
    }
    value
}

/// A real number that is written down; `None` if it is anything else.
#[must_use]
pub fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Int(value) => Some(*value as f64),
        ExprKind::Real(value) => Some(*value),
        ExprKind::Negate(inner) => number(inner).map(|value| -value),
        ExprKind::Arithmetic { operator, left, right } => {
            let (left, right) = (number(left)?, number(right)?);
            match operator {
                Arithmetic::Add => Some(left + right),
                Arithmetic::Subtract => Some(left - right),
                Arithmetic::Multiply => Some(left * right),
                Arithmetic::Divide => Some(left / right),
                Arithmetic::Remainder => None,
            }
        }
        _ => None,
    }
}

/// The names that an index reads.
pub fn names(expr: &Expr) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Name(name) => found.push(name.clone()),
            ExprKind::Negate(inner) => open.push(inner),
            ExprKind::Arithmetic { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            _ => {}
        }
    }
    found.into_iter()
}

/// Where a name stands in an expression of numbers.
#[must_use]
pub fn place_of(expr: &Expr, name: &str) -> Option<Span> {
    match &expr.kind {
        ExprKind::Name(found) if found == name => Some(expr.span),
        ExprKind::Negate(inner) => place_of(inner, name),
        ExprKind::Arithmetic { left, right, .. } => place_of(left, name).or_else(|| place_of(right, name)),
        _ => None,
    }
}

/// Whether an index reads a parameter.
#[must_use]
pub fn mentions(part: &Part, name: &str) -> bool {
    match part {
        Part::One(expr) => reads(expr, name),
        Part::Many(range) => reads(&range.start, name) || reads(&range.end, name),
    }
}

fn reads(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(found) => found == name,
        ExprKind::Negate(inner) => reads(inner, name),
        ExprKind::Arithmetic { left, right, .. } => reads(left, name) || reads(right, name),
        _ => false,
    }
}
