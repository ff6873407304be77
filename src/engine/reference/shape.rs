//! Operators that rename, move or ask for axes without computing anything.

use super::element::{Element, bounded, product};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, axes, axis, one, operator, size};
use super::runs::permute;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use crate::map_array;
use ndarray::{Array1, ArrayD, IxDyn, arr0};

pub const OPERATORS: &[Operator] = &[
    operator("Flatten", 1, 1, flatten),
    operator("Reshape", 2, 2, reshape),
    operator("Shape", 1, 1, shape),
    operator("Size", 1, 1, |_| Ok(Box::new(|operands| one(arr0(operands.get(0)?.len() as i64).into_dyn())))),
    operator("Squeeze", 1, 2, squeeze),
    operator("Transpose", 1, 1, transpose),
    operator("Unsqueeze", 1, 2, unsqueeze),
];

/// The same elements under other sizes; their product must be the same.
pub fn resized(value: Value, dims: &[usize]) -> Outcome<Value> {
    fn changed<T: Element>(array: ArrayD<T>, dims: &[usize]) -> Outcome<ArrayD<T>> {
        if bounded::<T>(dims)? != array.len() {
            let to = dims.iter().map(|dim| i64::try_from(*dim).unwrap_or(i64::MAX)).collect();
            return Err(Misfit::Reshape { from: array.shape().to_vec(), to }.into());
        }
        Ok(array.into_shape_with_order(IxDyn(dims)).expect("as many elements as before"))
    }
    Ok(map_array!(value, array => changed(array, dims)?))
}

fn reshape(request: &mut Request<'_>) -> Outcome<Kernel> {
    let zero_is_zero = request.attributes.flag("allowzero", false);
    Ok(Box::new(move |operands| {
        let target = operands.ints(1)?.unwrap_or_default();
        let value = operands.take(0)?;
        let dims = reshape_dims(value.shape(), &target, zero_is_zero)?;
        Ok(vec![resized(value, &dims)?])
    }))
}

/// The sizes that a reshape asks for: 0 keeps the size of that axis, one -1 takes what is left.
fn reshape_dims(from: &[usize], target: &[i64], zero_is_zero: bool) -> Outcome<Vec<usize>> {
    let fault = || Fault::from(Misfit::Reshape { from: from.to_vec(), to: target.to_vec() });
    let mut dims = Vec::with_capacity(target.len());
    let mut open = None;
    for (at, size) in target.iter().enumerate() {
        dims.push(match *size {
            0 if !zero_is_zero => *from.get(at).ok_or_else(fault)?,
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            size => usize::try_from(size).map_err(|_| fault())?,
        });
    }
    if let Some(open) = open {
        let known = dims.iter().try_fold(1_usize, |count, dim| count.checked_mul(*dim)).ok_or_else(fault)?;
        let count = product(from);
        if known == 0 || !count.is_multiple_of(known) {
            return Err(fault());
        }
        dims[open] = count / known;
    }
    Ok(dims)
}

fn flatten(request: &mut Request<'_>) -> Outcome<Kernel> {
    let at = request.attributes.int("axis").unwrap_or(1);
    Ok(Box::new(move |operands| {
        let value = operands.take(0)?;
        let rank = value.shape().len();
        // The axis may lie behind the last one: then all axes are rows.
        let at = if at == rank as i64 { rank } else { axis(at, rank)? };
        let (rows, columns) = (product(&value.shape()[..at]), product(&value.shape()[at..]));
        Ok(vec![resized(value, &[rows, columns])?])
    }))
}

fn shape(request: &mut Request<'_>) -> Outcome<Kernel> {
    let start = request.attributes.int("start").unwrap_or(0);
    let end = request.attributes.int("end");
    Ok(Box::new(move |operands| {
        let dims = operands.get(0)?.shape();
        let rank = dims.len() as i64;
        let place = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
        let (start, end) = (place(start), end.map_or(dims.len(), place));
        let list: Vec<i64> = dims.get(start..end).unwrap_or(&[]).iter().map(|dim| *dim as i64).collect();
        one(Array1::from(list).into_dyn())
    }))
}

fn transpose(request: &mut Request<'_>) -> Outcome<Kernel> {
    let order = request.attributes.ints("perm");
    Ok(Box::new(move |operands| {
        let rank = operands.get(0)?.shape().len();
        let order = match &order {
            None => (0..rank).rev().collect(),
            Some(order) => {
                if order.len() != rank || axes(order, rank)?.len() != rank {
                    let found = operands.get(0)?.shape().to_vec();
                    return Err(Misfit::Rank { wanted: order.len(), found }.into());
                }
                order.iter().map(|at| axis(*at, rank)).collect::<Outcome<Vec<_>>>()?
            }
        };
        if order.is_sorted() {
            return Ok(vec![operands.take(0)?]);
        }
        Ok(vec![map_array!(operands.get(0)?, array => permute(array, &order))])
    }))
}

/// The axes of an operator: an attribute before opset 13, an input since.
fn listed_axes(operands: &Operands<'_>, written: Option<&Vec<i64>>) -> Outcome<Option<Vec<i64>>> {
    Ok(operands.ints(1)?.or_else(|| written.cloned()))
}

fn squeeze(request: &mut Request<'_>) -> Outcome<Kernel> {
    let written = request.attributes.ints("axes");
    Ok(Box::new(move |operands| {
        let listed = listed_axes(operands, written.as_ref())?;
        let value = operands.take(0)?;
        let dims = value.shape();
        let gone = match listed {
            Some(listed) => axes(&listed, dims.len())?,
            None => (0..dims.len()).filter(|at| dims[*at] == 1).collect(),
        };
        if let Some(at) = gone.iter().find(|at| dims[**at] != 1) {
            let value = i64::try_from(dims[*at]).unwrap_or(i64::MAX);
            return Err(Misfit::Value { what: "the size of an axis that is squeezed away", value }.into());
        }
        let dims: Vec<usize> = (0..dims.len()).filter(|at| !gone.contains(at)).map(|at| dims[at]).collect();
        Ok(vec![resized(value, &dims)?])
    }))
}

fn unsqueeze(request: &mut Request<'_>) -> Outcome<Kernel> {
    let written = request.attributes.ints("axes");
    if written.is_none() && !request.has(1) {
        return Err(Fault::Form("without axes"));
    }
    Ok(Box::new(move |operands| {
        let listed = listed_axes(operands, written.as_ref())?.unwrap_or_default();
        let value = operands.take(0)?;
        let new = axes(&listed, value.shape().len() + listed.len())?;
        let mut old = value.shape().iter().copied();
        let rank = value.shape().len() + new.len();
        let dims: Vec<usize> =
            (0..rank).map(|at| if new.contains(&at) { 1 } else { old.next().unwrap_or(1) }).collect();
        Ok(vec![resized(value, &dims)?])
    }))
}

/// A size list from an input that holds one.
pub fn sizes(list: &[i64]) -> Outcome<Vec<usize>> {
    list.iter().map(|value| size(*value)).collect()
}
