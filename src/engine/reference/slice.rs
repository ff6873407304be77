//! Operators that cut tensors apart and join them.

use super::element::{Element, array, bounded, data};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, axis, operator};
use super::runs::{strides, walk};
use super::shape::sizes;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use crate::map_array;
use ndarray::ArrayD;

/// More operands than any exporter writes.
const MANY: usize = 1 << 16;

pub const OPERATORS: &[Operator] =
    &[operator("Concat", 1, MANY, concat), operator("Slice", 1, 5, slice), operator("Split", 1, 2, split)];

/// A slice as ONNX writes it: lists of the same length, axes and steps may be left out.
#[derive(Debug, Default)]
struct Cut {
    starts: Vec<i64>,
    ends: Vec<i64>,
    axes: Option<Vec<i64>>,
    steps: Option<Vec<i64>>,
}

/// Attributes before opset 10, inputs since.
fn slice(request: &mut Request<'_>) -> Outcome<Kernel> {
    let starts = request.attributes.ints("starts").unwrap_or_default();
    let ends = request.attributes.ints("ends").unwrap_or_default();
    let axes = request.attributes.ints("axes");
    Ok(Box::new(move |operands| {
        let cut = Cut {
            starts: operands.ints(1)?.unwrap_or_else(|| starts.clone()),
            ends: operands.ints(2)?.unwrap_or_else(|| ends.clone()),
            axes: operands.ints(3)?.or_else(|| axes.clone()),
            steps: operands.ints(4)?,
        };
        Ok(vec![map_array!(operands.get(0)?, array => sliced(array, &cut)?)])
    }))
}

fn sliced<T: Element>(source: &ArrayD<T>, cut: &Cut) -> Outcome<ArrayD<T>> {
    let count = cut.starts.len();
    let lengths =
        [cut.ends.len(), cut.axes.as_ref().map_or(count, Vec::len), cut.steps.as_ref().map_or(count, Vec::len)];
    if lengths != [count; 3] {
        let found = std::iter::once(count).chain(lengths).map(|length| vec![length]).collect();
        return Err(
            Misfit::Sizes { what: "starts, ends, axes and steps of a slice must be equally many", found }.into()
        );
    }
    let mut result: Vec<(usize, i64, i64)> = source.shape().iter().map(|size| (*size, 0, 1)).collect();
    for at in 0..count {
        let on = axis(cut.axes.as_ref().map_or(at as i64, |axes| axes[at]), source.ndim())?;
        let step = cut.steps.as_ref().map_or(1, |steps| steps[at]);
        result[on] = stretch(source.shape()[on], cut.starts[at], cut.ends[at], step)?;
    }
    Ok(taken(source, &result))
}

/// Count, first index and step of the elements that a slice takes from an axis.
fn stretch(size: usize, start: i64, end: i64, step: i64) -> Outcome<(usize, i64, i64)> {
    let size = size as i64;
    let wrap = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    if step == 0 {
        return Err(Misfit::Value { what: "the step of a slice", value: 0 }.into());
    }
    if size == 0 {
        return Ok((0, 0, 1));
    }
    let (start, length) = if step > 0 {
        let start = wrap(start).clamp(0, size);
        (start, wrap(end).clamp(0, size) - start)
    } else {
        let start = wrap(start).clamp(0, size - 1);
        (start, start - wrap(end).clamp(-1, size - 1))
    };
    let count = (length.max(0) as u64).div_ceil(step.unsigned_abs());
    Ok((usize::try_from(count).unwrap_or(0), start, step))
}

/// The elements at `count`, first index and step of each axis.
fn taken<T: Element>(source: &ArrayD<T>, result: &[(usize, i64, i64)]) -> ArrayD<T> {
    let dims: Vec<usize> = result.iter().map(|(count, _, _)| *count).collect();
    if dims.contains(&0) {
        return array(&dims, Vec::new());
    }
    let own = strides(source.shape());
    if result.iter().all(|(count, _, step)| *step > 0 || *count == 1) {
        let start = result.iter().zip(&own).map(|((_, first, _), stride)| *first as usize * stride).sum();
        let step = |((count, _, step), stride): (&(usize, i64, i64), &usize)| {
            // Where one element is taken, the step does not matter and might be huge.
            if *count == 1 { 0 } else { *step as usize * stride }
        };
        let steps: Vec<usize> = result.iter().zip(&own).map(step).collect();
        return walk(data(source), start, &dims, &steps);
    }
    let source = data(source);
    let indices = ndarray::indices(ndarray::IxDyn(&dims)).into_iter();
    let place = |index: ndarray::IxDyn| {
        let places = (0..dims.len()).map(|at| (result[at].1 + index[at] as i64 * result[at].2) as usize * own[at]);
        source[places.sum::<usize>()]
    };
    array(&dims, indices.map(place).collect())
}

fn concat(request: &mut Request<'_>) -> Outcome<Kernel> {
    let on = request.attributes.int("axis").ok_or(Fault::Form("without an axis"))?;
    Ok(Box::new(move |operands| {
        Ok(vec![match operands.get(0)? {
            Value::F32(_) => Value::F32(joined(operands, on)?),
            Value::F64(_) => Value::F64(joined(operands, on)?),
            Value::I64(_) => Value::I64(joined(operands, on)?),
            Value::I32(_) => Value::I32(joined(operands, on)?),
            Value::Bool(_) => Value::Bool(joined(operands, on)?),
        }])
    }))
}

fn joined<T: Element>(operands: &Operands<'_>, on: i64) -> Outcome<ArrayD<T>> {
    let parts = (0..operands.len()).map(|index| operands.array::<T>(index)).collect::<Outcome<Vec<_>>>()?;
    let first = parts.first().ok_or(Fault::Form("without inputs"))?.shape();
    let on = axis(on, first.len())?;
    let same =
        |dims: &[usize]| dims.len() == first.len() && dims[..on] == first[..on] && dims[on + 1..] == first[on + 1..];
    if !parts.iter().all(|part| same(part.shape())) {
        let found = parts.iter().take(8).map(|part| part.shape().to_vec()).collect();
        return Err(Misfit::Sizes { what: "tensors that are joined must agree in all other axes", found }.into());
    }
    let mut dims = first.to_vec();
    dims[on] = parts.iter().map(|part| part.shape()[on]).sum();
    let mut out = Vec::with_capacity(bounded::<T>(&dims)?);
    let inner: usize = dims[on + 1..].iter().product();
    for outer in 0..dims[..on].iter().product() {
        for part in &parts {
            let length = part.shape()[on] * inner;
            out.extend_from_slice(&data(part)[outer * length..(outer + 1) * length]);
        }
    }
    Ok(array(&dims, out))
}

/// Sizes from an input or attribute, or equal parts.
fn split(request: &mut Request<'_>) -> Outcome<Kernel> {
    let on = request.attributes.int("axis").unwrap_or(0);
    let written = request.attributes.ints("split");
    let parts = request.attributes.int("num_outputs").and_then(|n| usize::try_from(n).ok()).unwrap_or(request.outputs);
    if parts > MANY {
        return Err(Fault::Form("this number of outputs"));
    }
    Ok(Box::new(move |operands| {
        let value = operands.get(0)?;
        let on = axis(on, value.shape().len())?;
        let size = value.shape()[on];
        let list = match operands.ints(1)?.or_else(|| written.clone()) {
            Some(list) => sizes(&list)?,
            None => equal_parts(size, parts),
        };
        if list.iter().try_fold(0_usize, |sum, part| sum.checked_add(*part)) != Some(size) {
            return Err(Misfit::Sizes { what: "parts must add up to the axis", found: vec![list, vec![size]] }.into());
        }
        let mut start = 0;
        let mut out = Vec::with_capacity(list.len());
        for part in list {
            let mut result: Vec<(usize, i64, i64)> = value.shape().iter().map(|size| (*size, 0, 1)).collect();
            result[on] = (part, start, 1);
            start += part as i64;
            out.push(map_array!(value, array => taken(array, &result)));
        }
        Ok(out)
    }))
}

/// Parts of equal size, the last one smaller where they do not fit.
fn equal_parts(size: usize, parts: usize) -> Vec<usize> {
    let each = size.div_ceil(parts.max(1));
    (0..parts).map(|part| each.min(size.saturating_sub(part * each))).collect()
}
