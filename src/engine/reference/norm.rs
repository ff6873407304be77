//! Normalisations: along rows, or with statistics that come with the model.

use super::element::{Element, Real, array, data, refused};
use super::fault::{Fault, Outcome};
use super::operands::{Kernel, Operands, Operator, Request, axis, operator};
use super::runs::{broadcast_dims, zip_in_place};
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::ArrayD;

pub const OPERATORS: &[Operator] = &[
    operator("LayerNormalization", 2, 3, layer_norm_kernel),
    operator("RMSNormalization", 2, 2, rms_norm_kernel),
    operator("BatchNormalization", 5, 5, batch_norm_kernel),
];

/// Attributes shared by the normalisations along trailing axes.
#[derive(Debug, Clone, Copy)]
struct Settings {
    axis: i64,
    epsilon: f64,
    /// Subtract the mean.
    centred: bool,
    outputs: usize,
}

fn settings(request: &mut Request<'_>, centred: bool) -> Outcome<Settings> {
    let stash = request.attributes.int("stash_type").unwrap_or(1);
    if stash != 1 {
        return Err(Fault::Attribute { name: "stash_type".to_string(), value: stash.to_string() });
    }
    Ok(Settings {
        axis: request.attributes.int("axis").unwrap_or(-1),
        epsilon: f64::from(request.attributes.float("epsilon").unwrap_or(1e-5)),
        centred,
        outputs: request.outputs,
    })
}

fn layer_norm_kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    let settings = settings(request, true)?;
    Ok(Box::new(move |operands| normalised(operands, settings)))
}

fn rms_norm_kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    let settings = settings(request, false)?;
    Ok(Box::new(move |operands| normalised(operands, settings)))
}

fn normalised(operands: &mut Operands<'_>, settings: Settings) -> Outcome<Vec<Value>> {
    match operands.take(0)? {
        Value::F32(input) => layer_norm(input, operands, settings),
        Value::F64(input) => layer_norm(input, operands, settings),
        other => Err(refused(&other)),
    }
}

/// Rows brought to mean 0 (where centred) and variance 1, then scaled and shifted. Statistics are
/// summed in f64 in index order.
fn layer_norm<T: Real>(mut input: ArrayD<T>, operands: &Operands<'_>, settings: Settings) -> Outcome<Vec<Value>> {
    let at = axis(settings.axis, input.ndim())?;
    let length: usize = input.shape()[at..].iter().product();
    let mut statistics_dims = input.shape().to_vec();
    statistics_dims[at..].fill(1);
    let (mut means, mut inverses) = (Vec::new(), Vec::new());
    let rows = input.as_slice_mut().expect("values are kept in standard layout");
    for row in rows.chunks_exact_mut(length.max(1)) {
        let count = length as f64;
        let mean = if settings.centred { row.iter().map(|x| x.wide()).sum::<f64>() / count } else { 0.0 };
        let variance = row.iter().map(|x| (x.wide() - mean).powi(2)).sum::<f64>() / count;
        let inverse = 1.0 / (variance + settings.epsilon).sqrt();
        row.iter_mut().for_each(|x| *x = T::narrow((x.wide() - mean) * inverse));
        if settings.outputs > 1 {
            means.push(T::narrow(mean));
            inverses.push(T::narrow(inverse));
        }
    }
    scale_and_shift(&mut input, operands)?;
    let mut out = vec![T::wrap(input)];
    if settings.outputs > 1 {
        out.push(T::wrap(array(&statistics_dims, means)));
        out.push(T::wrap(array(&statistics_dims, inverses)));
    }
    Ok(out)
}

fn scale_and_shift<T: Real>(rows: &mut ArrayD<T>, operands: &Operands<'_>) -> Outcome<()> {
    let scale = fitting::<T>(operands, 1, rows)?;
    if operands.optional(2).is_none() {
        zip_in_place(rows, scale, |x, scale| x * scale);
        return Ok(());
    }
    let shift = fitting::<T>(operands, 2, rows)?;
    zip_in_place(rows, scale, |x, scale| x * scale);
    zip_in_place(rows, shift, |x, shift| x + shift);
    Ok(())
}

/// An input that can be broadcast to the sizes of `rows`.
fn fitting<'a, T: Real>(operands: &'a Operands<'_>, index: usize, rows: &ArrayD<T>) -> Outcome<&'a ArrayD<T>> {
    let found = operands.array::<T>(index)?;
    if broadcast_dims(rows.shape(), found.shape())? == rows.shape() {
        return Ok(found);
    }
    Err(Misfit::Broadcast { left: rows.shape().to_vec(), right: found.shape().to_vec() }.into())
}

fn batch_norm_kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    let epsilon = f64::from(request.attributes.float("epsilon").unwrap_or(1e-5));
    request.attributes.ignore("momentum");
    if request.attributes.flag("training_mode", false) || request.outputs > 1 {
        return Err(Fault::Form("in training mode"));
    }
    Ok(Box::new(move |operands| match operands.take(0)? {
        Value::F32(input) => batch_norm(input, operands, epsilon),
        Value::F64(input) => batch_norm(input, operands, epsilon),
        other => Err(refused(&other)),
    }))
}

/// Channels (axis 1) shifted and scaled by statistics that come with the model.
fn batch_norm<T: Real>(mut input: ArrayD<T>, operands: &Operands<'_>, epsilon: f64) -> Outcome<Vec<Value>> {
    if input.ndim() < 2 {
        return Err(Misfit::Rank { wanted: 2, found: input.shape().to_vec() }.into());
    }
    let channels = input.shape()[1];
    let length: usize = input.shape()[2..].iter().product();
    let lists = (1..=4).map(|index| operands.array::<T>(index).map(data)).collect::<Outcome<Vec<_>>>()?;
    if let Some(list) = lists.iter().find(|list| list.len() != channels) {
        let found = vec![input.shape().to_vec(), vec![list.len()]];
        return Err(Misfit::Sizes { what: "each channel needs one statistic", found }.into());
    }
    let rows = input.as_slice_mut().expect("values are kept in standard layout");
    for (index, row) in rows.chunks_exact_mut(length.max(1)).enumerate() {
        let [scale, shift, mean, variance] = std::array::from_fn(|which| lists[which][index % channels].wide());
        let factor = scale / (variance + epsilon).sqrt();
        row.iter_mut().for_each(|x| *x = T::narrow((x.wide() - mean) * factor + shift));
    }
    Ok(vec![<T as Element>::wrap(input)])
}
