//! Operators that pick or place elements by index.

use super::element::{Element, Real, array, bounded, data, product};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, axis, operator};
use super::runs::strides;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use crate::map_array;
use ndarray::ArrayD;

pub const OPERATORS: &[Operator] = &[
    operator("Gather", 2, 2, gather),
    operator("GatherElements", 2, 2, gather_elements),
    operator("GatherND", 2, 2, gather_nd),
    operator("ScatterND", 3, 3, scatter_nd),
];

/// An index counted from the front, from one that may count from the back.
fn place(index: i64, size: usize) -> Outcome<usize> {
    let at = if index < 0 { index.saturating_add(size as i64) } else { index };
    usize::try_from(at).ok().filter(|at| *at < size).ok_or_else(|| Misfit::Index { index, size }.into())
}

fn indices(operands: &Operands<'_>) -> Outcome<Vec<i64>> {
    Ok(operands.ints(1)?.unwrap_or_default())
}

fn gather(request: &mut Request<'_>) -> Outcome<Kernel> {
    let on = request.attributes.int("axis").unwrap_or(0);
    Ok(Box::new(move |operands| {
        let list = indices(operands)?;
        let shape = operands.get(1)?.shape();
        Ok(vec![map_array!(operands.get(0)?, array => gathered(array, shape, &list, on)?)])
    }))
}

/// Slices of an axis by index; the axes of the indices take the place of that axis.
fn gathered<T: Element>(source: &ArrayD<T>, shape: &[usize], indices: &[i64], on: i64) -> Outcome<ArrayD<T>> {
    let on = axis(on, source.ndim())?;
    let size = source.shape()[on];
    let (outer, inner) = (&source.shape()[..on], &source.shape()[on + 1..]);
    let dims: Vec<usize> = outer.iter().chain(shape).chain(inner).copied().collect();
    let mut out = Vec::with_capacity(bounded::<T>(&dims)?);
    let places = indices.iter().map(|index| place(*index, size)).collect::<Outcome<Vec<_>>>()?;
    let length = product(inner);
    let source = data(source);
    for row in 0..product(outer) {
        for at in &places {
            let start = (row * size + at) * length;
            out.extend_from_slice(&source[start..start + length]);
        }
    }
    Ok(array(&dims, out))
}

fn gather_elements(request: &mut Request<'_>) -> Outcome<Kernel> {
    let on = request.attributes.int("axis").unwrap_or(0);
    Ok(Box::new(move |operands| {
        let list = indices(operands)?;
        let shape = operands.get(1)?.shape();
        Ok(vec![map_array!(operands.get(0)?, array => elements_gathered(array, shape, &list, on)?)])
    }))
}

/// For each index its element on one axis, at the index's own place on all others.
fn elements_gathered<T: Element>(source: &ArrayD<T>, shape: &[usize], list: &[i64], on: i64) -> Outcome<ArrayD<T>> {
    let on = axis(on, source.ndim())?;
    let within = |at: usize| at == on || shape[at] <= source.shape()[at];
    if shape.len() != source.ndim() || !(0..shape.len()).all(within) {
        let found = vec![source.shape().to_vec(), shape.to_vec()];
        return Err(Misfit::Sizes { what: "indices must not reach beyond the tensor", found }.into());
    }
    bounded::<T>(shape)?;
    let (from, own) = (strides(source.shape()), strides(shape));
    let elements = data(source);
    let pick = |(at, index): (usize, &i64)| {
        let place = place(*index, source.shape()[on])?;
        let coordinate = |dim: usize| if dim == on { place } else { at / own[dim] % shape[dim] };
        Ok(elements[(0..shape.len()).map(|dim| coordinate(dim) * from[dim]).sum::<usize>()])
    };
    Ok(array(shape, list.iter().enumerate().map(pick).collect::<Outcome<Vec<_>>>()?))
}

fn gather_nd(request: &mut Request<'_>) -> Outcome<Kernel> {
    let batch = request.attributes.int("batch_dims").unwrap_or(0);
    let batch = usize::try_from(batch)
        .map_err(|_| Fault::Attribute { name: "batch_dims".to_string(), value: batch.to_string() })?;
    Ok(Box::new(move |operands| {
        let list = indices(operands)?;
        let shape = operands.get(1)?.shape();
        Ok(vec![map_array!(operands.get(0)?, array => tuples_gathered(array, shape, &list, batch)?)])
    }))
}

/// Where the slices that index tuples name begin, and how long each is.
struct Tuples {
    starts: Vec<usize>,
    length: usize,
    /// The axes of a slice.
    inner: Vec<usize>,
}

fn tuples(source: &[usize], shape: &[usize], list: &[i64], batch: usize) -> Outcome<Tuples> {
    let fault = || {
        let found = vec![source.to_vec(), shape.to_vec()];
        Fault::from(Misfit::Sizes { what: "index tuples do not fit the tensor", found })
    };
    let depth = *shape.last().ok_or_else(fault)?;
    let fits = batch < shape.len() && batch + depth <= source.len() && source[..batch] == shape[..batch];
    if !fits {
        return Err(fault());
    }
    let inner = source[batch + depth..].to_vec();
    let length = product(&inner);
    let whole = product(&source[batch..]);
    let own = strides(&source[batch..]);
    let each_batch = product(&shape[batch..shape.len() - 1]);
    let mut starts = Vec::new();
    for at in 0..product(&shape[..shape.len() - 1]) {
        let mut start = at / each_batch.max(1) * whole;
        for dim in 0..depth {
            start += place(list[at * depth + dim], source[batch + dim])? * own[dim];
        }
        starts.push(start);
    }
    Ok(Tuples { starts, length, inner })
}

fn tuples_gathered<T: Element>(source: &ArrayD<T>, shape: &[usize], list: &[i64], batch: usize) -> Outcome<ArrayD<T>> {
    let outer = shape.get(..shape.len().saturating_sub(1)).unwrap_or(&[]);
    // An index tensor can name many slices of no elements; their number is bounded here.
    bounded::<T>(outer)?;
    let Tuples { starts, length, inner } = tuples(source.shape(), shape, list, batch)?;
    let dims: Vec<usize> = outer.iter().chain(&inner).copied().collect();
    let mut out = Vec::with_capacity(bounded::<T>(&dims)?);
    for start in starts {
        out.extend_from_slice(&data(source)[start..start + length]);
    }
    Ok(array(&dims, out))
}

/// How a placed element meets the one that is there.
#[derive(Debug, Clone, Copy)]
enum Reduction {
    None,
    Add,
    Mul,
    Max,
    Min,
}

fn scatter_nd(request: &mut Request<'_>) -> Outcome<Kernel> {
    let reduction = match request.attributes.text("reduction").as_deref() {
        None | Some("none") => Reduction::None,
        Some("add") => Reduction::Add,
        Some("mul") => Reduction::Mul,
        Some("max") => Reduction::Max,
        Some("min") => Reduction::Min,
        Some(other) => return Err(Fault::Attribute { name: "reduction".to_string(), value: other.to_string() }),
    };
    Ok(Box::new(move |operands| {
        let target = operands.take(0)?;
        Ok(vec![match target {
            Value::F32(target) => Value::F32(placed(target, operands, float(reduction))?),
            Value::F64(target) => Value::F64(placed(target, operands, float(reduction))?),
            Value::I64(target) => Value::I64(placed(target, operands, |old: i64, new| match reduction {
                Reduction::None => new,
                Reduction::Add => old.wrapping_add(new),
                Reduction::Mul => old.wrapping_mul(new),
                Reduction::Max => old.max(new),
                Reduction::Min => old.min(new),
            })?),
            Value::I32(target) => Value::I32(placed(target, operands, |old: i32, new| match reduction {
                Reduction::None => new,
                Reduction::Add => old.wrapping_add(new),
                Reduction::Mul => old.wrapping_mul(new),
                Reduction::Max => old.max(new),
                Reduction::Min => old.min(new),
            })?),
            Value::Bool(target) => match reduction {
                Reduction::None => Value::Bool(placed(target, operands, |_, new| new)?),
                _ => return Err(Fault::ElementType("bool".to_string())),
            },
        }])
    }))
}

fn float<T: Real>(reduction: Reduction) -> impl Fn(T, T) -> T {
    move |old, new| match reduction {
        Reduction::None => new,
        Reduction::Add => old + new,
        Reduction::Mul => old * new,
        Reduction::Max => super::arithmetic::maximum(old, new),
        Reduction::Min => super::arithmetic::minimum(old, new),
    }
}

fn placed<T: Element>(mut target: ArrayD<T>, operands: &Operands<'_>, meet: impl Fn(T, T) -> T) -> Outcome<ArrayD<T>> {
    let shape = operands.get(1)?.shape();
    let updates = operands.array::<T>(2)?;
    bounded::<T>(shape.get(..shape.len().saturating_sub(1)).unwrap_or(&[]))?;
    let Tuples { starts, length, inner } = tuples(target.shape(), shape, &indices(operands)?, 0)?;
    let dims: Vec<usize> = shape[..shape.len() - 1].iter().chain(&inner).copied().collect();
    if updates.shape() != dims {
        let found = vec![dims, updates.shape().to_vec()];
        return Err(Misfit::Sizes { what: "there must be one update for each place", found }.into());
    }
    let elements = target.as_slice_mut().expect("values are kept in standard layout");
    for (start, update) in starts.into_iter().zip(data(updates).chunks_exact(length.max(1))) {
        let places = elements[start..start + length].iter_mut();
        places.zip(update).for_each(|(old, new)| *old = meet(*old, *new));
    }
    Ok(target)
}
