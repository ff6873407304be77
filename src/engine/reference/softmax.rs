//! Softmax and its logarithm.

use super::element::{Real, refused};
use super::fault::Outcome;
use super::operands::{Kernel, Operator, Request, axis, one, operator};
use super::reduce::{along, reshaped};
use crate::engine::Value;
use ndarray::ArrayD;

pub const OPERATORS: &[Operator] = &[
    operator("LogSoftmax", 1, 1, |request| kernel(request, true)),
    operator("Softmax", 1, 1, |request| kernel(request, false)),
];

/// Since opset 13 along one axis; before, along all axes from the given one on.
fn kernel(request: &mut Request<'_>, logarithm: bool) -> Outcome<Kernel> {
    let one_axis = request.opset >= 13;
    let on = request.attributes.int("axis").unwrap_or(if one_axis { -1 } else { 1 });
    Ok(Box::new(move |operands| match operands.take(0)? {
        Value::F32(input) => one(applied(input, on, one_axis, logarithm)?),
        Value::F64(input) => one(applied(input, on, one_axis, logarithm)?),
        other => Err(refused(&other)),
    }))
}

fn applied<T: Real>(input: ArrayD<T>, on: i64, one_axis: bool, logarithm: bool) -> Outcome<ArrayD<T>> {
    let change = if logarithm { log_softmax_row } else { softmax_row };
    if one_axis {
        let on = axis(on, input.ndim())?;
        return Ok(along(input, on, change));
    }
    let dims = input.shape().to_vec();
    let on = if on == dims.len() as i64 { dims.len() } else { axis(on, dims.len())? };
    let matrix = [dims[..on].iter().product(), dims[on..].iter().product()];
    reshaped(along(reshaped(input, &matrix)?, 1, change), &dims)
}

/// The largest element, or NaN if there is one.
fn largest<T: Real>(row: &[T]) -> T {
    row.iter().copied().fold(T::neg_infinity(), super::arithmetic::maximum)
}

/// Exponentials of a row, divided by their sum.
pub fn softmax_row<T: Real>(row: &mut [T]) {
    let top = largest(row);
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = (*x - top).exp();
        sum += x.wide();
    }
    let sum = T::narrow(sum);
    row.iter_mut().for_each(|x| *x /= sum);
}

fn log_softmax_row<T: Real>(row: &mut [T]) {
    let top = largest(row);
    let sum: f64 = row.iter().map(|x| (*x - top).exp().wide()).sum();
    let log = T::narrow(sum.ln());
    row.iter_mut().for_each(|x| *x = *x - top - log);
}
