//! The array language as plain recursion: the value of one element of one row. Kept apart from the
//! crate's evaluator, with which it shares nothing but the syntax.

use ansatz::feature::Scalar;
use ansatz::syntax::ast::{Arithmetic, Comparison, Expr, ExprKind, Logic, Part};
use std::collections::BTreeMap;

pub const ROWS: usize = 3;
pub const DIMS: [(&str, usize); 2] = [("pos", 3), ("key", 2)];

/// The columns: name, scalar, axes.
pub const COLUMNS: [(&str, Scalar, &[&str]); 6] = [
    ("s", Scalar::Int, &[]),
    ("a", Scalar::Int, &["pos"]),
    ("g", Scalar::Int, &["pos", "key"]),
    ("h", Scalar::Int, &["key", "pos"]),
    ("t", Scalar::Bool, &["pos"]),
    ("w", Scalar::Real, &["key"]),
];

pub fn size_of(dim: &str) -> usize {
    DIMS.iter().find(|(name, _)| *name == dim).map_or(1, |(_, size)| *size)
}

/// The element of a column: small numbers that differ.
pub fn element(column: usize, row: usize, coordinates: &[usize]) -> i64 {
    let mixed = coordinates.iter().fold(row * 7 + column * 3, |mixed, at| mixed * 5 + at * 11 + 1);
    (mixed % 7) as i64 - 3
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Real(f64),
}

/// Some fault; which one is the evaluator's to say.
pub struct Fault;

pub type Coordinates = BTreeMap<String, usize>;

fn bool_at(expr: &Expr, row: usize, at: &Coordinates) -> Result<bool, Fault> {
    match value_at(expr, row, at)? {
        Value::Bool(value) => Ok(value),
        other => panic!("{other:?} is no bool"),
    }
}

fn int_at(expr: &Expr, row: usize, at: &Coordinates) -> Result<i64, Fault> {
    match value_at(expr, row, at)? {
        Value::Int(value) => Ok(value),
        other => panic!("{other:?} is no int"),
    }
}

pub fn value_at(expr: &Expr, row: usize, at: &Coordinates) -> Result<Value, Fault> {
    Ok(match &expr.kind {
        ExprKind::Int(value) => Value::Int(*value),
        ExprKind::Real(value) => Value::Real(*value),
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Name(name) => column_at(name, row, at),
        ExprKind::Not(value) => Value::Bool(!bool_at(value, row, at)?),
        ExprKind::Negate(value) => match value_at(value, row, at)? {
            Value::Int(value) => Value::Int(value.checked_neg().ok_or(Fault)?),
            Value::Real(value) => Value::Real(-value),
            Value::Bool(_) => panic!("no number"),
        },
        ExprKind::Arithmetic { operator, left, right } => {
            arithmetic(*operator, value_at(left, row, at), value_at(right, row, at))?
        }
        ExprKind::Compare { comparison, left, right } => {
            Value::Bool(compare(*comparison, value_at(left, row, at)?, value_at(right, row, at)?))
        }
        ExprKind::Logic { operator: Logic::And, left, right } => {
            Value::Bool(bool_at(left, row, at)? && bool_at(right, row, at)?)
        }
        ExprKind::Logic { operator: Logic::Or, left, right } => {
            Value::Bool(bool_at(left, row, at)? || bool_at(right, row, at)?)
        }
        ExprKind::If { condition, then, otherwise } => {
            value_at(if bool_at(condition, row, at)? { then } else { otherwise }, row, at)?
        }
        ExprKind::Index { base, dim, part } => match part.as_ref() {
            Part::One(index) => {
                let dim = &dim.as_ref().expect("generated with its axis").text;
                let index = usize::try_from(int_at(index, row, at)?).map_err(|_| Fault)?;
                let along = at.clone().into_iter().chain([(dim.clone(), index)]).collect();
                if index >= size_of(dim) {
                    return Err(Fault);
                }
                value_at(base, row, &along)?
            }
            Part::Many(_) => panic!("ranges stand only in sums"),
        },
        ExprKind::Call { function, arguments } => call(&function.text, arguments, row, at)?,
        other => panic!("{other:?} is not generated"),
    })
}

fn column_at(name: &str, row: usize, at: &Coordinates) -> Value {
    let (number, (_, scalar, dims)) = COLUMNS.iter().enumerate().find(|(_, column)| column.0 == name).unwrap();
    let coordinates: Vec<usize> = dims.iter().map(|dim| at[*dim]).collect();
    let value = element(number, row, &coordinates);
    match scalar {
        Scalar::Bool => Value::Bool(value > 0),
        Scalar::Real => Value::Real(value as f64 / 2.0),
        _ => Value::Int(value),
    }
}

fn real(value: Value) -> f64 {
    match value {
        Value::Int(value) => value as f64,
        Value::Real(value) => value,
        Value::Bool(_) => panic!("no number"),
    }
}

fn arithmetic(operator: Arithmetic, left: Result<Value, Fault>, right: Result<Value, Fault>) -> Result<Value, Fault> {
    let (left, right) = (left?, right?);
    Ok(match (operator, left, right) {
        (Arithmetic::Divide, _, _) => Value::Real(real(left) / real(right)),
        (Arithmetic::Add, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(b).ok_or(Fault)?),
        (Arithmetic::Subtract, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_sub(b).ok_or(Fault)?),
        (Arithmetic::Multiply, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_mul(b).ok_or(Fault)?),
        (Arithmetic::Remainder, Value::Int(_), Value::Int(0)) => return Err(Fault),
        (Arithmetic::Remainder, Value::Int(a), Value::Int(b)) => {
            let (a, b) = (i128::from(a), i128::from(b));
            Value::Int((((a % b) + b) % b) as i64)
        }
        (Arithmetic::Add, _, _) => Value::Real(real(left) + real(right)),
        (Arithmetic::Subtract, _, _) => Value::Real(real(left) - real(right)),
        (Arithmetic::Multiply, _, _) => Value::Real(real(left) * real(right)),
        (Arithmetic::Remainder, _, _) => panic!("a remainder of reals"),
    })
}

fn compare(comparison: Comparison, left: Value, right: Value) -> bool {
    let order = match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (a, b) => real(a).partial_cmp(&real(b)),
    };
    match (comparison, order) {
        (Comparison::NotEqual, None) => true,
        (_, None) => false,
        (Comparison::Less, Some(order)) => order.is_lt(),
        (Comparison::LessEqual, Some(order)) => order.is_le(),
        (Comparison::Greater, Some(order)) => order.is_gt(),
        (Comparison::GreaterEqual, Some(order)) => order.is_ge(),
        (Comparison::Equal, Some(order)) => order.is_eq(),
        (Comparison::NotEqual, Some(order)) => order.is_ne(),
    }
}

/// The elements of the first argument along the axis that the last names; a range keeps some.
fn lane(arguments: &[Expr], row: usize, at: &Coordinates) -> Vec<Result<Value, Fault>> {
    let ExprKind::Name(dim) = &arguments.last().unwrap().kind else { panic!("an axis is named") };
    let (base, start, end) = match &arguments[0].kind {
        ExprKind::Index { base, part, .. } if matches!(part.as_ref(), Part::Many(_)) => {
            let Part::Many(range) = part.as_ref() else { panic!() };
            let bound = |bound: &Expr| if let ExprKind::Int(bound) = bound.kind { bound as usize } else { panic!() };
            (base.as_ref(), bound(&range.start), bound(&range.end))
        }
        _ => (&arguments[0], 0, size_of(dim)),
    };
    let coordinates = |index| at.clone().into_iter().chain([(dim.clone(), index)]).collect();
    (start..end).map(|index| value_at(base, row, &coordinates(index))).collect()
}

fn fold(function: &str, lane: impl IntoIterator<Item = Result<Value, Fault>>) -> Result<Value, Fault> {
    let mut lane = lane.into_iter();
    let mut result = lane.next().expect("no empty axes")?;
    for value in lane {
        let value = value?;
        let is_nan = |value: &Value| matches!(value, Value::Real(value) if value.is_nan());
        if matches!(function, "max" | "min") && (is_nan(&value) || is_nan(&result)) {
            result = Value::Real(f64::NAN);
            continue;
        }
        let larger = compare(Comparison::Greater, value, result);
        result = match function {
            "sum" => arithmetic(Arithmetic::Add, Ok(result), Ok(value))?,
            "prod" => arithmetic(Arithmetic::Multiply, Ok(result), Ok(value))?,
            "max" if larger => value,
            "min" if compare(Comparison::Less, value, result) => value,
            _ => result,
        };
    }
    Ok(result)
}

fn call(function: &str, arguments: &[Expr], row: usize, at: &Coordinates) -> Result<Value, Fault> {
    let along = |arguments: &[Expr]| lane(arguments, row, at);
    let here = || {
        let ExprKind::Name(dim) = &arguments.last().unwrap().kind else { panic!("an axis is named") };
        at[dim]
    };
    Ok(match function {
        "sum" | "prod" | "max" | "min" => fold(function, along(arguments))?,
        "prefix_sum" | "prefix_max" | "prefix_min" => {
            fold(&function[7..], along(arguments).into_iter().take(here() + 1))?
        }
        "suffix_sum" | "suffix_max" | "suffix_min" => {
            fold(&function[7..], along(arguments).into_iter().skip(here()).rev())?
        }
        "all" | "any" | "count" => {
            let values = along(arguments).into_iter().collect::<Result<Vec<Value>, Fault>>()?;
            let count = values.iter().filter(|value| **value == Value::Bool(true)).count();
            match function {
                "all" => Value::Bool(count == values.len()),
                "any" => Value::Bool(count > 0),
                _ => Value::Int(count as i64),
            }
        }
        "argmax" | "argmin" => {
            let values = along(arguments).into_iter().collect::<Result<Vec<Value>, Fault>>()?;
            let better = if function == "argmax" { Comparison::Greater } else { Comparison::Less };
            if values.iter().any(|value| matches!(value, Value::Real(value) if value.is_nan())) {
                return Err(Fault);
            }
            let is_best = |value: &Value| !values.iter().any(|other| compare(better, *other, *value));
            Value::Int(values.iter().position(is_best).ok_or(Fault)? as i64)
        }
        "mean" => {
            let values = along(arguments);
            let count = values.len();
            Value::Real(
                real(fold("sum", values.into_iter().map(|value| Ok(Value::Real(real(value?)))))?) / count as f64,
            )
        }
        "shift" => {
            let by = int_at(&arguments[1], row, at)?;
            let ExprKind::Name(dim) = &arguments[3].kind else { panic!("an axis is named") };
            match usize::try_from(here() as i64 - by).ok().filter(|from| *from < size_of(dim)) {
                Some(from) => {
                    let there = at.clone().into_iter().chain([(dim.clone(), from)]).collect();
                    value_at(&arguments[0], row, &there)?
                }
                None => value_at(&arguments[2], row, at)?,
            }
        }
        "position" => Value::Int(here() as i64),
        "abs" => match value_at(&arguments[0], row, at)? {
            Value::Int(value) => Value::Int(value.checked_abs().ok_or(Fault)?),
            value => Value::Real(real(value).abs()),
        },
        "int" => Value::Int(i64::from(bool_at(&arguments[0], row, at)?)),
        "real" => Value::Real(real(value_at(&arguments[0], row, at)?)),
        _ => panic!("{function} is not generated"),
    })
}
