//! Operators whose results grow from few values: constants, ranges, repetitions, casts.

use super::element::{Element, Real, array, bounded, data, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use super::runs::{Runs, broadcast_dims, strides, walk};
use super::shape::sizes;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::{DType, Value};
use crate::model::{TensorError, element_name, tensor_data};
use crate::{map_array, on_array};
use ndarray::{Array1, ArrayD, IxDyn, arr0};

pub const OPERATORS: &[Operator] = &[
    operator("Cast", 1, 1, cast),
    operator("CastLike", 2, 2, cast_like),
    operator("Constant", 0, 0, constant),
    operator("ConstantOfShape", 1, 1, constant_of_shape),
    operator("Expand", 2, 2, |_| Ok(Box::new(|operands| expand(operands)))),
    operator("Range", 3, 3, |_| Ok(Box::new(|operands| range(operands)))),
    operator("Tile", 2, 2, |_| Ok(Box::new(|operands| tile(operands)))),
    operator("Trilu", 1, 2, trilu),
];

fn constant(request: &mut Request<'_>) -> Outcome<Kernel> {
    let attributes = &mut request.attributes;
    let value = if let Some(proto) = attributes.tensor("value") {
        tensor_data(proto).map_err(|error| told(&error))?
    } else if let Some(value) = attributes.float("value_float") {
        Value::F32(arr0(value).into_dyn())
    } else if let Some(value) = attributes.int("value_int") {
        Value::I64(arr0(value).into_dyn())
    } else if let Some(values) = attributes.floats("value_floats") {
        Value::F32(Array1::from(values).into_dyn())
    } else if let Some(values) = attributes.ints("value_ints") {
        Value::I64(Array1::from(values).into_dyn())
    } else {
        return Err(Fault::Form("without a value of numbers"));
    };
    Ok(Box::new(move |_| Ok(vec![value.clone()])))
}

fn told(error: &TensorError) -> Fault {
    match error {
        TensorError::Element(code) => Fault::ElementType(element_name(*code)),
        other => Fault::Attribute { name: "value".to_string(), value: other.to_string() },
    }
}

fn constant_of_shape(request: &mut Request<'_>) -> Outcome<Kernel> {
    let value = match request.attributes.tensor("value") {
        None => Value::F32(arr0(0.0).into_dyn()),
        Some(proto) => tensor_data(proto).map_err(|error| told(&error))?,
    };
    if value.len() != 1 {
        return Err(Misfit::Sizes { what: "one value is needed", found: vec![value.shape().to_vec()] }.into());
    }
    Ok(Box::new(move |operands| {
        let dims = sizes(&operands.ints(0)?.unwrap_or_default())?;
        Ok(vec![map_array!(&value, array => repeated(data(array)[0], &dims)?)])
    }))
}

fn repeated<T: Element>(value: T, dims: &[usize]) -> Outcome<ArrayD<T>> {
    bounded::<T>(dims)?;
    Ok(ArrayD::from_elem(IxDyn(dims), value))
}

fn expand(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    let target = sizes(&operands.ints(1)?.unwrap_or_default())?;
    Ok(vec![map_array!(operands.get(0)?, array => expanded(array, &target)?)])
}

/// A tensor repeated along the axes where it has size 1, as broadcasting would.
pub fn expanded<T: Element>(source: &ArrayD<T>, target: &[usize]) -> Outcome<ArrayD<T>> {
    let dims = broadcast_dims(source.shape(), target)?;
    let mut out = Vec::with_capacity(bounded::<T>(&dims)?);
    let runs = Runs::broadcast(&dims, [source.shape()]);
    let source = data(source);
    runs.for_each(|[at]| match runs.steps {
        [0] => out.extend(std::iter::repeat_n(source[at], runs.length)),
        _ => out.extend_from_slice(&source[at..at + runs.length]),
    });
    Ok(array(&dims, out))
}

fn tile(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    let repeats = sizes(&operands.ints(1)?.unwrap_or_default())?;
    Ok(vec![map_array!(operands.get(0)?, array => tiled(array, &repeats)?)])
}

fn tiled<T: Element>(source: &ArrayD<T>, repeats: &[usize]) -> Outcome<ArrayD<T>> {
    if repeats.len() != source.ndim() {
        return Err(Misfit::Rank { wanted: repeats.len(), found: source.shape().to_vec() }.into());
    }
    let too_large = || Fault::TooLarge { dims: repeats.to_vec(), limit: super::element::TENSOR_LIMIT };
    let multiply = |(size, times): (&usize, &usize)| size.checked_mul(*times).ok_or_else(too_large);
    let dims = source.shape().iter().zip(repeats).map(multiply).collect::<Outcome<Vec<_>>>()?;
    bounded::<T>(&dims)?;
    // Each axis becomes two: the repetition, which does not move, and the axis itself.
    let own = strides(source.shape());
    let split: Vec<usize> = repeats.iter().zip(source.shape()).flat_map(|(times, size)| [*times, *size]).collect();
    let steps: Vec<usize> = own.iter().flat_map(|step| [0, *step]).collect();
    Ok(array(&dims, super::element::into_data(walk(data(source), 0, &split, &steps))))
}

fn range(operands: &Operands<'_>) -> Outcome<Vec<Value>> {
    let single = |index: usize| -> Outcome<()> {
        match operands.get(index)?.len() {
            1 => Ok(()),
            _ => {
                Err(Misfit::Sizes { what: "one number is needed", found: vec![operands.get(index)?.shape().to_vec()] }
                    .into())
            }
        }
    };
    (0..3).try_for_each(single)?;
    match operands.get(0)? {
        Value::I64(_) => {
            let [start, end, step] = three::<i64>(operands)?;
            let count = count_steps(i128::from(start), i128::from(end), i128::from(step))?;
            filled(count, |at| start.wrapping_add((at as i64).wrapping_mul(step)))
        }
        Value::I32(_) => {
            let [start, end, step] = three::<i32>(operands)?;
            let count = count_steps(i128::from(start), i128::from(end), i128::from(step))?;
            filled(count, |at| start.wrapping_add((at as i32).wrapping_mul(step)))
        }
        Value::F32(_) => {
            let [start, end, step] = three::<f32>(operands)?;
            float_range(start, end, step)
        }
        Value::F64(_) => {
            let [start, end, step] = three::<f64>(operands)?;
            float_range(start, end, step)
        }
        other @ Value::Bool(_) => Err(refused(other)),
    }
}

fn three<T: Element>(operands: &Operands<'_>) -> Outcome<[T; 3]> {
    Ok([data(operands.array(0)?)[0], data(operands.array(1)?)[0], data(operands.array(2)?)[0]])
}

fn count_steps(start: i128, end: i128, step: i128) -> Outcome<usize> {
    if step == 0 {
        return Err(Misfit::Value { what: "the step of a range", value: 0 }.into());
    }
    let whole = (end - start) / step + i128::from((end - start) % step != 0 && ((end - start) > 0) == (step > 0));
    Ok(usize::try_from(whole.max(0)).unwrap_or(usize::MAX))
}

fn filled<T: Element>(count: usize, element: impl Fn(usize) -> T) -> Outcome<Vec<Value>> {
    bounded::<T>(&[count])?;
    one(array(&[count], (0..count).map(element).collect()))
}

fn float_range<T: Real>(start: T, end: T, step: T) -> Outcome<Vec<Value>> {
    let count = ((end.wide() - start.wide()) / step.wide()).ceil().max(0.0);
    if !count.is_finite() {
        return Err(Misfit::Value { what: "the number of steps of a range", value: count as i64 }.into());
    }
    filled(count as usize, |at| start + T::narrow(at as f64) * step)
}

/// One triangle of the last two axes; the other is zero.
fn trilu(request: &mut Request<'_>) -> Outcome<Kernel> {
    let upper = request.attributes.flag("upper", true);
    Ok(Box::new(move |operands| {
        let diagonal = operands.int(1)?.unwrap_or(0);
        let value = operands.take(0)?;
        if value.shape().len() < 2 {
            return Err(Misfit::Rank { wanted: 2, found: value.shape().to_vec() }.into());
        }
        Ok(vec![map_array!(value, array => triangle(array, upper, diagonal))])
    }))
}

fn triangle<T: Element>(mut matrices: ArrayD<T>, upper: bool, diagonal: i64) -> ArrayD<T> {
    let rank = matrices.ndim();
    let (rows, columns) = (matrices.shape()[rank - 2], matrices.shape()[rank - 1]);
    let elements = matrices.as_slice_mut().expect("values are kept in standard layout");
    for (index, row) in elements.chunks_exact_mut(columns.max(1)).enumerate() {
        let edge = ((index % rows) as i64).saturating_add(diagonal);
        if upper {
            row[..edge.clamp(0, columns as i64) as usize].fill(T::default());
        } else {
            row[edge.saturating_add(1).clamp(0, columns as i64) as usize..].fill(T::default());
        }
    }
    matrices
}

fn cast(request: &mut Request<'_>) -> Outcome<Kernel> {
    // Both say how 8-bit floats are made, which are not carried.
    request.attributes.ignore("saturate");
    request.attributes.ignore("round_mode");
    let code = request.attributes.int("to").and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
    let dtype = DType::from_onnx(code).ok_or_else(|| Fault::ElementType(element_name(code)))?;
    Ok(Box::new(move |operands| Ok(vec![converted(operands.take(0)?, dtype)])))
}

fn cast_like(request: &mut Request<'_>) -> Outcome<Kernel> {
    request.attributes.ignore("saturate");
    request.attributes.ignore("round_mode");
    Ok(Box::new(|operands| {
        let dtype = operands.get(1)?.dtype();
        Ok(vec![converted(operands.take(0)?, dtype)])
    }))
}

/// Conversions to and from every element type. Floats lose their fraction towards zero.
trait Convert: Element {
    fn float(self) -> f32;
    fn double(self) -> f64;
    fn long(self) -> i64;
    fn short(self) -> i32;
    fn truth(self) -> bool;
}

macro_rules! convert {
    ($type:ty, $zero:expr) => {
        impl Convert for $type {
            fn float(self) -> f32 {
                self as f32
            }
            fn double(self) -> f64 {
                self as f64
            }
            fn long(self) -> i64 {
                self as i64
            }
            fn short(self) -> i32 {
                self as i32
            }
            fn truth(self) -> bool {
                self != $zero
            }
        }
    };
}
convert!(f32, 0.0);
convert!(f64, 0.0);
convert!(i64, 0);
convert!(i32, 0);

impl Convert for bool {
    fn float(self) -> f32 {
        f32::from(self)
    }
    fn double(self) -> f64 {
        f64::from(self)
    }
    fn long(self) -> i64 {
        i64::from(self)
    }
    fn short(self) -> i32 {
        i32::from(self)
    }
    fn truth(self) -> bool {
        self
    }
}

fn converted(value: Value, dtype: DType) -> Value {
    if value.dtype() == dtype {
        return value;
    }
    on_array!(value, array => match dtype {
        DType::F32 => Value::F32(array.mapv(Convert::float)),
        DType::F64 => Value::F64(array.mapv(Convert::double)),
        DType::I64 => Value::I64(array.mapv(Convert::long)),
        DType::I32 => Value::I32(array.mapv(Convert::short)),
        DType::Bool => Value::Bool(array.mapv(Convert::truth)),
    })
}
