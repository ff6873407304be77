//! Operators that fold axes away, or run along one. Floats are summed in f64 in index order and
//! rounded once.

use super::element::{Element, Real, array, bounded, data, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operator, Request, axes, axis, one, operator};
use super::runs::permute;
use super::shape::resized;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::ArrayD;

pub const OPERATORS: &[Operator] = &[
    operator("ArgMax", 1, 1, |request| arg(request, true)),
    operator("ArgMin", 1, 1, |request| arg(request, false)),
    operator("CumSum", 2, 2, cumulative_sum),
    operator("ReduceMax", 1, 2, |request| reduce(request, Fold::Max)),
    operator("ReduceMean", 1, 2, |request| reduce(request, Fold::Mean)),
    operator("ReduceMin", 1, 2, |request| reduce(request, Fold::Min)),
    operator("ReduceProd", 1, 2, |request| reduce(request, Fold::Prod)),
    operator("ReduceSum", 1, 2, |request| reduce(request, Fold::Sum)),
    operator("ReduceSumSquare", 1, 2, |request| reduce(request, Fold::SumSquare)),
    operator("ReduceL2", 1, 2, |request| reduce(request, Fold::L2)),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fold {
    Sum,
    Mean,
    Max,
    Min,
    Prod,
    SumSquare,
    L2,
}

fn reduce(request: &mut Request<'_>, fold: Fold) -> Outcome<Kernel> {
    let written = request.attributes.ints("axes");
    let keep = request.attributes.flag("keepdims", true);
    let empty_is_none = request.attributes.flag("noop_with_empty_axes", false);
    Ok(Box::new(move |operands| {
        let listed = operands.ints(1)?.or_else(|| written.clone()).unwrap_or_default();
        let value = operands.take(0)?;
        let rank = value.shape().len();
        let gone = match listed.as_slice() {
            [] if empty_is_none && matches!(fold, Fold::SumSquare | Fold::L2) => {
                return Err(Fault::Form("without axes"));
            }
            [] if empty_is_none => return Ok(vec![value]),
            [] => (0..rank).collect(),
            listed => axes(listed, rank)?,
        };
        let dims: Vec<usize> = (0..rank)
            .filter(|at| keep || !gone.contains(at))
            .map(|at| if gone.contains(&at) { 1 } else { value.shape()[at] })
            .collect();
        Ok(vec![match value {
            Value::F32(value) => Value::F32(rows(&value, &gone, &dims, |row| float_fold(row, fold))?),
            Value::F64(value) => Value::F64(rows(&value, &gone, &dims, |row| float_fold(row, fold))?),
            Value::I64(value) => Value::I64(rows(&value, &gone, &dims, |row| int_fold(row.iter().copied(), fold))?),
            Value::I32(value) => Value::I32(rows(&value, &gone, &dims, |row| {
                Ok(int_fold(row.iter().map(|x| i64::from(*x)), fold)? as i32)
            })?),
            other @ Value::Bool(_) => return Err(refused(&other)),
        }])
    }))
}

/// Brings axes behind all others and folds each row of them to one element.
fn rows<T: Element, U: Element>(
    source: &ArrayD<T>,
    gone: &[usize],
    dims: &[usize],
    fold: impl Fn(&[T]) -> Outcome<U>,
) -> Outcome<ArrayD<U>> {
    let length: usize = gone.iter().map(|at| source.shape()[*at]).product();
    if length == 0 {
        let count = bounded::<U>(dims)?;
        return Ok(array(dims, vec![fold(&[])?; count]));
    }
    let kept = (0..source.ndim()).filter(|at| !gone.contains(at));
    let order: Vec<usize> = kept.chain(gone.iter().copied()).collect();
    let fold_all = |elements: &[T]| elements.chunks_exact(length).map(&fold).collect::<Outcome<Vec<U>>>();
    let out = if order.is_sorted() { fold_all(data(source))? } else { fold_all(data(&permute(source, &order)))? };
    Ok(array(dims, out))
}

fn float_fold<T: Real>(row: &[T], fold: Fold) -> Outcome<T> {
    let wide = || row.iter().map(|x| x.wide());
    Ok(match fold {
        Fold::Sum => T::narrow(wide().sum()),
        Fold::Mean => T::narrow(wide().sum::<f64>() / row.len() as f64),
        Fold::Prod => T::narrow(wide().product()),
        Fold::SumSquare => T::narrow(wide().map(|x| x * x).sum()),
        Fold::L2 => T::narrow(wide().map(|x| x * x).sum::<f64>().sqrt()),
        Fold::Max => row.iter().copied().reduce(super::arithmetic::maximum).ok_or_else(empty)?,
        Fold::Min => row.iter().copied().reduce(super::arithmetic::minimum).ok_or_else(empty)?,
    })
}

fn int_fold(row: impl Iterator<Item = i64>, fold: Fold) -> Outcome<i64> {
    match fold {
        Fold::Sum => Ok(row.fold(0, i64::wrapping_add)),
        Fold::Prod => Ok(row.fold(1, i64::wrapping_mul)),
        Fold::SumSquare => Ok(row.fold(0, |sum, x| sum.wrapping_add(x.wrapping_mul(x)))),
        Fold::Max => row.max().ok_or_else(empty),
        Fold::Min => row.min().ok_or_else(empty),
        Fold::Mean => {
            let (sum, count) = row.fold((0_i64, 0), |(sum, count), x| (sum.wrapping_add(x), count + 1));
            sum.checked_div(count).ok_or_else(empty)
        }
        Fold::L2 => Err(Fault::ElementType("int".to_string())),
    }
}

fn empty() -> Fault {
    Misfit::Empty { what: "an axis that is folded" }.into()
}

fn arg(request: &mut Request<'_>, largest: bool) -> Outcome<Kernel> {
    let on = request.attributes.int("axis").unwrap_or(0);
    let keep = request.attributes.flag("keepdims", true);
    let last = request.attributes.flag("select_last_index", false);
    Ok(Box::new(move |operands| match operands.get(0)? {
        Value::F32(value) => extreme(value, on, keep, last, |a, b| if largest { a > b } else { a < b }),
        Value::F64(value) => extreme(value, on, keep, last, |a, b| if largest { a > b } else { a < b }),
        Value::I64(value) => extreme(value, on, keep, last, |a, b| if largest { a > b } else { a < b }),
        Value::I32(value) => extreme(value, on, keep, last, |a, b| if largest { a > b } else { a < b }),
        other @ Value::Bool(_) => Err(refused(other)),
    }))
}

/// The index of the element that beats all others of its row; the first or the last of equals.
fn extreme<T: Element>(
    source: &ArrayD<T>,
    on: i64,
    keep: bool,
    last: bool,
    beats: impl Fn(T, T) -> bool,
) -> Outcome<Vec<Value>> {
    let on = axis(on, source.ndim())?;
    let mut dims = source.shape().to_vec();
    if keep {
        dims[on] = 1;
    } else {
        dims.remove(on);
    }
    one(rows(source, &[on], &dims, |row| {
        let mut best = 0;
        let first = row.first().ok_or_else(empty)?;
        let mut value = *first;
        for (at, x) in row.iter().enumerate().skip(1) {
            if beats(*x, value) || last && *x == value {
                (best, value) = (at, *x);
            }
        }
        Ok(best as i64)
    })?)
}

fn cumulative_sum(request: &mut Request<'_>) -> Outcome<Kernel> {
    let exclusive = request.attributes.flag("exclusive", false);
    let reverse = request.attributes.flag("reverse", false);
    Ok(Box::new(move |operands| {
        let on = operands.int(1)?.ok_or(Fault::Form("without an axis"))?;
        let value = operands.take(0)?;
        let on = axis(on, value.shape().len())?;
        Ok(vec![match value {
            Value::F32(value) => Value::F32(along(value, on, |row| run(row, exclusive, reverse, |a, b| a + b))),
            Value::F64(value) => Value::F64(along(value, on, |row| run(row, exclusive, reverse, |a, b| a + b))),
            Value::I64(value) => Value::I64(along(value, on, |row| run(row, exclusive, reverse, i64::wrapping_add))),
            Value::I32(value) => Value::I32(along(value, on, |row| run(row, exclusive, reverse, i32::wrapping_add))),
            other @ Value::Bool(_) => return Err(refused(&other)),
        }])
    }))
}

fn run<T: Element>(row: &mut [T], exclusive: bool, reverse: bool, add: impl Fn(T, T) -> T) {
    let mut sum = T::default();
    let mut step = |x: &mut T| {
        let with = add(sum, *x);
        *x = if exclusive { sum } else { with };
        sum = with;
    };
    if reverse {
        row.iter_mut().rev().for_each(&mut step);
    } else {
        row.iter_mut().for_each(&mut step);
    }
}

/// Changes each row of one axis, wherever that axis lies.
pub fn along<T: Element>(mut source: ArrayD<T>, on: usize, change: impl Fn(&mut [T])) -> ArrayD<T> {
    let rank = source.ndim();
    let length = source.shape()[on].max(1);
    let mut order: Vec<usize> = (0..rank).filter(|at| *at != on).collect();
    order.push(on);
    let inside = !order.is_sorted();
    if inside {
        source = permute(&source, &order);
    }
    let elements = source.as_slice_mut().expect("values are kept in standard layout");
    elements.chunks_exact_mut(length).for_each(change);
    if !inside {
        return source;
    }
    let mut back = vec![0; rank];
    order.iter().enumerate().for_each(|(at, axis)| back[*axis] = at);
    permute(&source, &back)
}

/// The elements of a value under other sizes, as an array.
pub fn reshaped<T: Element>(source: ArrayD<T>, dims: &[usize]) -> Outcome<ArrayD<T>> {
    let value = resized(T::wrap(source), dims)?;
    Ok(T::owned(value).expect("the element type has not changed"))
}
