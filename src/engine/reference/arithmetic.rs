//! Operators with several operands that are broadcast to one shape and combined element by element.

use super::element::{Element, Real, array, bounded, data, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use super::runs::{Runs, broadcast_dims, zip, zip_in_place};
use crate::engine::Value;
use ndarray::ArrayD;

/// More operands than any exporter writes.
const MANY: usize = 1 << 16;

pub const OPERATORS: &[Operator] = &[
    operator("Add", 2, 2, |_| folded(add)),
    operator("And", 2, 2, |_| logical(|a, b| a && b)),
    operator("Div", 2, 2, |_| folded(div)),
    operator("Equal", 2, 2, |_| Ok(Box::new(|operands| equal(operands)))),
    operator("Greater", 2, 2, |_| Ok(Box::new(|operands| compared(operands, Order::Greater)))),
    operator("GreaterOrEqual", 2, 2, |_| Ok(Box::new(|operands| compared(operands, Order::GreaterOrEqual)))),
    operator("Less", 2, 2, |_| Ok(Box::new(|operands| compared(operands, Order::Less)))),
    operator("LessOrEqual", 2, 2, |_| Ok(Box::new(|operands| compared(operands, Order::LessOrEqual)))),
    operator("Max", 1, MANY, |_| folded(max)),
    operator("Mean", 1, MANY, |_| Ok(Box::new(mean))),
    operator("Min", 1, MANY, |_| folded(min)),
    operator("Mod", 2, 2, modulo),
    operator("Mul", 2, 2, |_| folded(mul)),
    operator("Or", 2, 2, |_| logical(|a, b| a || b)),
    operator("Pow", 2, 2, |_| Ok(Box::new(|operands| pow(operands)))),
    operator("Sub", 2, 2, |_| folded(sub)),
    operator("Sum", 1, MANY, |_| folded(add)),
    operator("Where", 3, 3, |_| Ok(Box::new(|operands| select(operands)))),
    operator("Xor", 2, 2, |_| logical(|a, b| a != b)),
];

/// Combines two values of one element type.
type Combine = fn(Value, &Value) -> Outcome<Value>;

/// A kernel that folds its operands from the left.
fn folded(combine: Combine) -> Outcome<Kernel> {
    Ok(Box::new(move |operands| {
        // Where only the right operand can be reused, both are lent.
        let mut sum = operands.take(0)?;
        for index in 1..operands.len() {
            sum = combine(sum, operands.get(index)?)?;
        }
        Ok(vec![sum])
    }))
}

/// `f` of each pair, in the memory of the left operand where that has the shape of the result.
fn combined<T: Element>(mut left: ArrayD<T>, right: &ArrayD<T>, f: impl Fn(T, T) -> T) -> Outcome<ArrayD<T>> {
    if broadcast_dims(left.shape(), right.shape())? != left.shape() {
        return zip(&left, right, f);
    }
    zip_in_place(&mut left, right, f);
    Ok(left)
}

/// A function of two values of one numeric type, given for floats and for integers.
macro_rules! combine {
    ($name:ident, float: $float:expr, int: $long:expr, $short:expr) => {
        fn $name(left: Value, right: &Value) -> Outcome<Value> {
            Ok(match (left, right) {
                (Value::F32(left), Value::F32(right)) => Value::F32(combined(left, right, $float)?),
                (Value::F64(left), Value::F64(right)) => Value::F64(combined(left, right, $float)?),
                (Value::I64(left), Value::I64(right)) => Value::I64(combined(left, right, $long)?),
                (Value::I32(left), Value::I32(right)) => Value::I32(combined(left, right, $short)?),
                (_, right) => return Err(refused(right)),
            })
        }
    };
}
combine!(add, float: |a, b| a + b, int: i64::wrapping_add, i32::wrapping_add);
combine!(sub, float: |a, b| a - b, int: i64::wrapping_sub, i32::wrapping_sub);
combine!(mul, float: |a, b| a * b, int: i64::wrapping_mul, i32::wrapping_mul);
combine!(max, float: maximum, int: i64::max, i32::max);
combine!(min, float: minimum, int: i64::min, i32::min);
combine!(quotient, float: |a, b| a / b, int: i64::wrapping_div, i32::wrapping_div);

/// The larger of two, or NaN if one is.
pub fn maximum<T: Real>(a: T, b: T) -> T {
    if a.is_nan() || a > b { a } else { b }
}

/// The smaller of two, or NaN if one is.
pub fn minimum<T: Real>(a: T, b: T) -> T {
    if a.is_nan() || a < b { a } else { b }
}

fn div(left: Value, right: &Value) -> Outcome<Value> {
    no_zero(right)?;
    quotient(left, right)
}

fn no_zero(divisor: &Value) -> Outcome<()> {
    let zero = match divisor {
        Value::I64(array) => array.iter().any(|value| *value == 0),
        Value::I32(array) => array.iter().any(|value| *value == 0),
        _ => false,
    };
    if zero { Err(Fault::Arithmetic("an integer is divided by zero")) } else { Ok(()) }
}

/// The remainder: of the sign of the divisor, or with `fmod` of the sign of the dividend.
fn modulo(request: &mut Request<'_>) -> Outcome<Kernel> {
    if request.attributes.flag("fmod", false) {
        combine!(remainder, float: |a, b| a % b, int: i64::wrapping_rem, i32::wrapping_rem);
        return Ok(Box::new(|operands| {
            no_zero(operands.get(1)?)?;
            Ok(vec![remainder(operands.take(0)?, operands.get(1)?)?])
        }));
    }
    Ok(Box::new(|operands| {
        no_zero(operands.get(1)?)?;
        match (operands.get(0)?, operands.get(1)?) {
            (Value::I64(left), Value::I64(right)) => one(zip(left, right, |a: i64, b: i64| {
                let rest = a.wrapping_rem(b);
                if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
            })?),
            (Value::I32(left), Value::I32(right)) => one(zip(left, right, |a: i32, b: i32| {
                let rest = a.wrapping_rem(b);
                if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
            })?),
            (_, other) => Err(refused(other)),
        }
    }))
}

fn mean(operands: &mut Operands<'_>) -> Outcome<Vec<Value>> {
    let count = operands.len() as f64;
    let mut sum = operands.take(0)?;
    for index in 1..operands.len() {
        sum = add(sum, operands.get(index)?)?;
    }
    match sum {
        Value::F32(sum) => one(sum / count as f32),
        Value::F64(sum) => one(sum / count),
        other => Err(refused(&other)),
    }
}

fn logical(f: fn(bool, bool) -> bool) -> Outcome<Kernel> {
    Ok(Box::new(move |operands| one(zip(operands.array(0)?, operands.array(1)?, f)?)))
}

fn equal(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    match (operands.get(0)?, operands.get(1)?) {
        (Value::Bool(left), Value::Bool(right)) => one(zip(left, right, |a, b| a == b)?),
        _ => compared(operands, Order::Equal),
    }
}

#[derive(Clone, Copy)]
enum Order {
    Less,
    LessOrEqual,
    Equal,
    Greater,
    GreaterOrEqual,
}

fn compared(operands: &Operands<'_>, order: Order) -> Outcome<Vec<Value>> {
    fn of<T: Element>(left: &ArrayD<T>, right: &ArrayD<T>, order: Order) -> Outcome<Vec<Value>> {
        one(match order {
            Order::Less => zip(left, right, |a, b| a < b)?,
            Order::LessOrEqual => zip(left, right, |a, b| a <= b)?,
            Order::Equal => zip(left, right, |a, b| a == b)?,
            Order::Greater => zip(left, right, |a, b| a > b)?,
            Order::GreaterOrEqual => zip(left, right, |a, b| a >= b)?,
        })
    }
    match (operands.get(0)?, operands.get(1)?) {
        (Value::F32(left), Value::F32(right)) => of(left, right, order),
        (Value::F64(left), Value::F64(right)) => of(left, right, order),
        (Value::I64(left), Value::I64(right)) => of(left, right, order),
        (Value::I32(left), Value::I32(right)) => of(left, right, order),
        (_, other) => Err(refused(other)),
    }
}

/// Powers; the result has the type of the base. Whole float exponents 2 and 3, which decomposed
/// layers use, are products.
fn pow(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    let exponents = operands.get(1)?;
    match operands.get(0)? {
        Value::F32(base) => float_pow(base, exponents),
        Value::F64(base) => float_pow(base, exponents),
        Value::I64(base) => one(zip(base, &wide(exponents)?, |base, exponent| {
            int_pow(base, exponent).unwrap_or_else(|| (base as f64).powf(exponent) as i64)
        })?),
        Value::I32(base) => one(zip(base, &wide(exponents)?, |base, exponent| {
            int_pow(i64::from(base), exponent)
                .map_or_else(|| f64::from(base).powf(exponent) as i32, |whole| whole as i32)
        })?),
        other @ Value::Bool(_) => Err(refused(other)),
    }
}

fn float_pow<T: Real>(base: &ArrayD<T>, exponents: &Value) -> Outcome<Vec<Value>> {
    let exponents = match exponents {
        Value::F32(array) => array.mapv(|x| T::narrow(f64::from(x))),
        other => wide(other)?.mapv(T::narrow),
    };
    let (two, three) = (T::narrow(2.0), T::narrow(3.0));
    one(zip(base, &exponents, |base, exponent| match exponent {
        exponent if exponent == two => base * base,
        exponent if exponent == three => base * base * base,
        exponent => base.powf(exponent),
    })?)
}

/// The power of a whole number to a whole, non-negative number, wrapping.
fn int_pow(base: i64, exponent: f64) -> Option<i64> {
    let whole = (exponent >= 0.0 && exponent.fract() == 0.0 && exponent <= f64::from(u32::MAX)).then_some(exponent)?;
    Some(base.wrapping_pow(whole as u32))
}

fn wide(value: &Value) -> Outcome<ArrayD<f64>> {
    Ok(match value {
        Value::F32(array) => array.mapv(f64::from),
        Value::F64(array) => array.clone(),
        Value::I64(array) => array.mapv(|x| x as f64),
        Value::I32(array) => array.mapv(f64::from),
        Value::Bool(_) => return Err(refused(value)),
    })
}

fn select(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    let condition = operands.array::<bool>(0)?;
    match (operands.get(1)?, operands.get(2)?) {
        (Value::F32(yes), Value::F32(no)) => one(selected(condition, yes, no)?),
        (Value::F64(yes), Value::F64(no)) => one(selected(condition, yes, no)?),
        (Value::I64(yes), Value::I64(no)) => one(selected(condition, yes, no)?),
        (Value::I32(yes), Value::I32(no)) => one(selected(condition, yes, no)?),
        (Value::Bool(yes), Value::Bool(no)) => one(selected(condition, yes, no)?),
        (_, other) => Err(refused(other)),
    }
}

fn selected<T: Element>(condition: &ArrayD<bool>, yes: &ArrayD<T>, no: &ArrayD<T>) -> Outcome<ArrayD<T>> {
    let dims = broadcast_dims(&broadcast_dims(condition.shape(), yes.shape())?, no.shape())?;
    let mut out = Vec::with_capacity(bounded::<T>(&dims)?);
    let runs = Runs::broadcast(&dims, [condition.shape(), yes.shape(), no.shape()]);
    let (condition, yes, no) = (data(condition), data(yes), data(no));
    let [by_c, by_y, by_n] = runs.steps;
    runs.for_each(|[c, y, n]| {
        let length = runs.length;
        match runs.steps {
            [0, 1, _] if condition[c] => out.extend_from_slice(&yes[y..y + length]),
            [0, _, 1] if !condition[c] => out.extend_from_slice(&no[n..n + length]),
            [1, 1, 0] => {
                let pairs = condition[c..c + length].iter().zip(&yes[y..y + length]);
                out.extend(pairs.map(|(c, y)| if *c { *y } else { no[n] }));
            }
            [1, 0, 1] => {
                let pairs = condition[c..c + length].iter().zip(&no[n..n + length]);
                out.extend(pairs.map(|(c, n)| if *c { yes[y] } else { *n }));
            }
            _ => out.extend(
                (0..length).map(|i| if condition[c + i * by_c] { yes[y + i * by_y] } else { no[n + i * by_n] }),
            ),
        }
    });
    Ok(array(&dims, out))
}
