//! Operators with one operand that act on each element by itself.

use super::element::{Element, Real, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use crate::engine::Value;
use ndarray::ArrayD;

pub const OPERATORS: &[Operator] = &[
    operator("Abs", 1, 1, abs),
    operator("Ceil", 1, 1, |_| float_map(f32::ceil, f64::ceil)),
    operator("Clip", 1, 3, clip),
    operator("Cos", 1, 1, |_| float_map(f32::cos, f64::cos)),
    operator("Dropout", 1, 3, dropout),
    operator("Erf", 1, 1, |_| float_map(Real::error_function, Real::error_function)),
    operator("Exp", 1, 1, |_| float_map(f32::exp, f64::exp)),
    operator("Floor", 1, 1, |_| float_map(f32::floor, f64::floor)),
    operator("Gelu", 1, 1, gelu),
    operator("Identity", 1, 1, |_| Ok(Box::new(|operands| Ok(vec![operands.take(0)?])))),
    operator("IsNaN", 1, 1, is_nan),
    operator("LeakyRelu", 1, 1, leaky_relu),
    operator("Log", 1, 1, |_| float_map(f32::ln, f64::ln)),
    operator("Neg", 1, 1, neg),
    operator("Not", 1, 1, not),
    operator("Reciprocal", 1, 1, |_| float_map(f32::recip, f64::recip)),
    operator("Relu", 1, 1, relu),
    operator("Sigmoid", 1, 1, |_| float_map(sigmoid, sigmoid)),
    operator("Sign", 1, 1, sign),
    operator("Sin", 1, 1, |_| float_map(f32::sin, f64::sin)),
    operator("Softplus", 1, 1, |_| float_map(softplus, softplus)),
    operator("Sqrt", 1, 1, |_| float_map(f32::sqrt, f64::sqrt)),
    operator("Tanh", 1, 1, |_| float_map(f32::tanh, f64::tanh)),
];

/// A kernel that maps floats, in place where the input was handed over.
fn float_map<F, G>(single: F, double: G) -> Outcome<Kernel>
where
    F: Fn(f32) -> f32 + Send + Sync + 'static,
    G: Fn(f64) -> f64 + Send + Sync + 'static,
{
    Ok(Box::new(move |operands| match operands.take(0)? {
        Value::F32(array) => one(mapped(array, &single)),
        Value::F64(array) => one(mapped(array, &double)),
        other => Err(refused(&other)),
    }))
}

fn mapped<T: Element>(mut array: ArrayD<T>, f: impl Fn(T) -> T) -> ArrayD<T> {
    array.mapv_inplace(f);
    array
}

fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}

/// `log(1 + exp(x))` without overflow.
fn softplus<T: Real>(x: T) -> T {
    x.max(T::zero()) + (-x.abs()).exp().ln_1p()
}

fn relu(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match operands.take(0)? {
        // Written so that NaN passes, as ONNX says.
        Value::F32(array) => one(mapped(array, |x| if x < 0.0 { 0.0 } else { x })),
        Value::F64(array) => one(mapped(array, |x| if x < 0.0 { 0.0 } else { x })),
        Value::I64(array) => one(mapped(array, |x| x.max(0))),
        Value::I32(array) => one(mapped(array, |x| x.max(0))),
        other @ Value::Bool(_) => Err(refused(&other)),
    }))
}

fn abs(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match operands.take(0)? {
        Value::F32(array) => one(mapped(array, f32::abs)),
        Value::F64(array) => one(mapped(array, f64::abs)),
        Value::I64(array) => one(mapped(array, i64::wrapping_abs)),
        Value::I32(array) => one(mapped(array, i32::wrapping_abs)),
        other @ Value::Bool(_) => Err(refused(&other)),
    }))
}

fn neg(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match operands.take(0)? {
        Value::F32(array) => one(mapped(array, |x| -x)),
        Value::F64(array) => one(mapped(array, |x| -x)),
        Value::I64(array) => one(mapped(array, i64::wrapping_neg)),
        Value::I32(array) => one(mapped(array, i32::wrapping_neg)),
        other @ Value::Bool(_) => Err(refused(&other)),
    }))
}

fn sign(_: &mut Request<'_>) -> Outcome<Kernel> {
    fn float<T: Real>(x: T) -> T {
        if x > T::zero() {
            T::one()
        } else if x < T::zero() {
            -T::one()
        } else {
            x
        }
    }
    Ok(Box::new(|operands| match operands.take(0)? {
        Value::F32(array) => one(mapped(array, float)),
        Value::F64(array) => one(mapped(array, float)),
        Value::I64(array) => one(mapped(array, i64::signum)),
        Value::I32(array) => one(mapped(array, i32::signum)),
        other @ Value::Bool(_) => Err(refused(&other)),
    }))
}

fn not(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match operands.take(0)? {
        Value::Bool(array) => one(mapped(array, |x| !x)),
        other => Err(refused(&other)),
    }))
}

fn is_nan(_: &mut Request<'_>) -> Outcome<Kernel> {
    Ok(Box::new(|operands| match operands.get(0)? {
        Value::F32(array) => one(array.mapv(f32::is_nan)),
        Value::F64(array) => one(array.mapv(f64::is_nan)),
        other => Err(refused(other)),
    }))
}

fn leaky_relu(request: &mut Request<'_>) -> Outcome<Kernel> {
    let slope = request.attributes.float("alpha").unwrap_or(0.01);
    float_map(move |x| if x < 0.0 { slope * x } else { x }, move |x| if x < 0.0 { f64::from(slope) * x } else { x })
}

fn gelu(request: &mut Request<'_>) -> Outcome<Kernel> {
    match request.attributes.text("approximate").as_deref() {
        None | Some("none") => float_map(exact_gelu, exact_gelu),
        Some("tanh") => float_map(tanh_gelu, tanh_gelu),
        Some(other) => Err(Fault::Attribute { name: "approximate".to_string(), value: other.to_string() }),
    }
}

fn exact_gelu<T: Real>(x: T) -> T {
    let half = T::narrow(0.5);
    half * x * (T::one() + (x * T::narrow(std::f64::consts::FRAC_1_SQRT_2)).error_function())
}

fn tanh_gelu<T: Real>(x: T) -> T {
    let inner = T::narrow(0.797_884_560_802_865_4) * (x + T::narrow(0.044_715) * x * x * x);
    T::narrow(0.5) * x * (T::one() + inner.tanh())
}

/// The largest and smallest value, as attributes before opset 11 and as inputs since.
fn clip(request: &mut Request<'_>) -> Outcome<Kernel> {
    let (low, high) = (request.attributes.float("min"), request.attributes.float("max"));
    Ok(Box::new(move |operands| match operands.take(0)? {
        Value::F32(array) => {
            let (low, high) = (bound(operands, 1)?.or(low), bound(operands, 2)?.or(high));
            one(clipped(array, low, high))
        }
        Value::F64(array) => {
            let (low, high) = (bound(operands, 1)?.or(low.map(f64::from)), bound(operands, 2)?.or(high.map(f64::from)));
            one(clipped(array, low, high))
        }
        Value::I64(array) => one(clipped(array, bound(operands, 1)?, bound(operands, 2)?)),
        Value::I32(array) => one(clipped(array, bound(operands, 1)?, bound(operands, 2)?)),
        other @ Value::Bool(_) => Err(refused(&other)),
    }))
}

fn bound<T: Element>(operands: &Operands<'_>, index: usize) -> Outcome<Option<T>> {
    match operands.optional(index) {
        None => Ok(None),
        Some(_) => Ok(operands.array::<T>(index)?.first().copied()),
    }
}

/// The upper bound wins where the bounds cross; NaN passes.
fn clipped<T: Element>(array: ArrayD<T>, low: Option<T>, high: Option<T>) -> ArrayD<T> {
    mapped(array, |x| {
        let x = low.filter(|low| x < *low).unwrap_or(x);
        high.filter(|high| x > *high).unwrap_or(x)
    })
}

/// Dropout as it acts after training: nothing is dropped.
fn dropout(request: &mut Request<'_>) -> Outcome<Kernel> {
    request.attributes.ignore("seed");
    request.attributes.ignore("ratio");
    Ok(Box::new(|operands| {
        if let Some(Value::Bool(training)) = operands.optional(2)
            && training.iter().any(|training| *training)
        {
            return Err(Fault::Form("in training mode"));
        }
        let input = operands.take(0)?;
        let mask = ArrayD::from_elem(input.shape(), true);
        Ok(vec![input, Value::Bool(mask)])
    }))
}
