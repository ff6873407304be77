//! The `Attention` operator of opset 23, without a cache of earlier keys.

use super::element::{Real, refused};
use super::fault::{Fault, Outcome};
use super::generate::expanded;
use super::matmul::{Factor, matmul};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use super::reduce::{along, reshaped};
use super::runs::{broadcast_dims, permute, zip_in_place};
use super::softmax::softmax_row;
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::{ArrayD, Axis};

pub const OPERATORS: &[Operator] = &[operator("Attention", 3, 7, kernel)];

#[derive(Debug, Clone, Copy)]
struct Settings {
    causal: bool,
    /// Query and key heads; needed where inputs have rank 3.
    heads: [Option<usize>; 2],
    scale: Option<f64>,
}

fn kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    if (4..7).any(|input| request.has(input)) {
        return Err(Fault::Form("with keys and values of earlier runs"));
    }
    if request.outputs > 1 {
        return Err(Fault::Form("with more than one output"));
    }
    let attributes = &mut request.attributes;
    let softcap = attributes.float("softcap").unwrap_or(0.0);
    let precision = attributes.int("softmax_precision").unwrap_or(1);
    if softcap != 0.0 {
        return Err(Fault::Attribute { name: "softcap".to_string(), value: softcap.to_string() });
    }
    if precision != 1 {
        return Err(Fault::Attribute { name: "softmax_precision".to_string(), value: precision.to_string() });
    }
    // Says what the fourth output holds, which is not wanted.
    attributes.ignore("qk_matmul_output_mode");
    let heads = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok()).filter(|n| *n > 0);
    let settings = Settings {
        causal: attributes.flag("is_causal", false),
        heads: [heads(attributes.int("q_num_heads")), heads(attributes.int("kv_num_heads"))],
        scale: attributes.float("scale").map(f64::from),
    };
    Ok(Box::new(move |operands| match operands.get(0)? {
        Value::F32(_) => one(attention::<f32>(operands, settings)?),
        Value::F64(_) => one(attention::<f64>(operands, settings)?),
        other => Err(refused(other)),
    }))
}

/// `softmax(scale * query x key + mask) x value` for each head.
fn attention<T: Real + Factor>(operands: &Operands<'_>, settings: Settings) -> Outcome<ArrayD<T>> {
    let flat = operands.get(0)?.shape().len() == 3;
    let query = split_heads(operands.array::<T>(0)?, settings.heads[0])?;
    let heads = query.shape()[1];
    let key = repeat_heads(&split_heads(operands.array::<T>(1)?, settings.heads[1])?, heads)?;
    let value = repeat_heads(&split_heads(operands.array::<T>(2)?, settings.heads[1])?, heads)?;
    let width = query.shape()[3] as f64;
    let scale = T::narrow(settings.scale.unwrap_or_else(|| 1.0 / width.sqrt()));
    let mut scores = matmul(&query, &permute(&key, &[0, 1, 3, 2]))?;
    scores.mapv_inplace(|score| score * scale);
    mask(&mut scores, operands)?;
    if settings.causal {
        hide_later_keys(&mut scores);
    }
    let mixed = matmul(&along(scores, 3, softmax_row), &value)?;
    if !flat {
        return Ok(mixed);
    }
    let dims = [mixed.shape()[0], mixed.shape()[2], mixed.shape()[1] * mixed.shape()[3]];
    reshaped(permute(&mixed, &[0, 2, 1, 3]), &dims)
}

/// `[batch, position, head * width]` as `[batch, head, position, width]`; rank 4 is so already.
fn split_heads<T: Real>(source: &ArrayD<T>, heads: Option<usize>) -> Outcome<ArrayD<T>> {
    match *source.shape() {
        [_, _, _, _] => Ok(source.clone()),
        [batch, positions, size] => {
            let heads = heads.ok_or(Fault::Form("of rank 3 without numbers of heads"))?;
            let dims = [batch, positions, heads, size / heads];
            Ok(permute(&reshaped(source.clone(), &dims)?, &[0, 2, 1, 3]))
        }
        _ => Err(Misfit::Rank { wanted: 4, found: source.shape().to_vec() }.into()),
    }
}

/// Each key head serves as many query heads as there are for each.
fn repeat_heads<T: Real>(source: &ArrayD<T>, heads: usize) -> Outcome<ArrayD<T>> {
    let [batch, own, positions, width] = *source.shape() else {
        return Err(Misfit::Rank { wanted: 4, found: source.shape().to_vec() }.into());
    };
    if own == heads {
        return Ok(source.clone());
    }
    if own == 0 || !heads.is_multiple_of(own) {
        let found = vec![vec![heads], source.shape().to_vec()];
        return Err(
            Misfit::Sizes { what: "the number of query heads must be a multiple of that of keys", found }.into()
        );
    }
    let split = source.clone().insert_axis(Axis(2));
    let all = expanded(&split, &[batch, own, heads / own, positions, width])?;
    reshaped(all, &[batch, heads, positions, width])
}

/// Adds the mask, or hides what a mask of truth values leaves out.
fn mask<T: Real>(scores: &mut ArrayD<T>, operands: &Operands<'_>) -> Outcome<()> {
    let bias = match operands.optional(3) {
        None => return Ok(()),
        Some(Value::Bool(keep)) => keep.mapv(|keep| if keep { T::zero() } else { T::neg_infinity() }),
        Some(_) => operands.array::<T>(3)?.clone(),
    };
    if broadcast_dims(scores.shape(), bias.shape())? != scores.shape() {
        return Err(Misfit::Broadcast { left: scores.shape().to_vec(), right: bias.shape().to_vec() }.into());
    }
    zip_in_place(scores, &bias, |score, bias| score + bias);
    Ok(())
}

/// Hides keys behind the query's own position.
fn hide_later_keys<T: Real>(scores: &mut ArrayD<T>) {
    let (queries, keys) = (scores.shape()[2], scores.shape()[3]);
    let rows = scores.as_slice_mut().expect("values are kept in standard layout");
    for (at, row) in rows.chunks_exact_mut(keys.max(1)).enumerate() {
        let visible = (at % queries + 1).min(keys);
        row[visible..].fill(T::neg_infinity());
    }
}
