//! What is added to the scores: the mask that is an input, what is causal, and keys that are padding.

use super::attention::{Parts, list};
use crate::engine::{DType, Value};
use crate::model::graph::{Graph, TensorId};
use crate::model::onnx::AttributeProto;
use crate::model::tensor::constant;
use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};

/// What is added to the scores of a node.
#[derive(Debug)]
pub struct Bias {
    /// As the node has it.
    pub given: TensorId,
    /// The same, but zero in rows where all keys are hidden: a softmax has no value there.
    pub added: TensorId,
    /// True for those rows, if there can be any: their pattern is zero.
    pub hidden_rows: Option<TensorId>,
}

/// Writes what is added to the scores; `None` if that is nothing.
pub fn written(parts: &mut Parts<'_>) -> Option<Bias> {
    let hides = may_hide_rows(parts);
    let terms = [mask(parts), causal(parts), lengths(parts)];
    let given = terms.into_iter().flatten().reduce(|sum, term| parts.node("bias_sum", "Add", &[sum, term]))?;
    if !hides {
        return Some(Bias { given, added: given, hidden_rows: None });
    }
    let axes = list(parts.builder, &[-1]);
    let largest = parts.node("bias_largest", "ReduceMax", &[given, axes]);
    let (hiding, zero) = (parts.number(f64::NEG_INFINITY), parts.number(0.0));
    let rows = parts.node("rows_hidden", "Equal", &[largest, hiding]);
    let added = parts.node("bias_or_zero", "Where", &[rows, zero, given]);
    Some(Bias { given, added, hidden_rows: Some(rows) })
}

/// The mask that is an input, as numbers to add, for all keys.
fn mask(parts: &mut Parts<'_>) -> Option<TensorId> {
    let source = parts.origin.node.input(3)?;
    let form = parts.form.mask.clone()?;
    let bias = match form.dtype {
        DType::Bool => visible(parts, "bias", source),
        own if own == parts.form.dtype => source,
        _ => parts.cast("bias", source, parts.form.dtype),
    };
    Some(match form.short {
        Some(short) => padded(parts, bias, short),
        None => bias,
    })
}

/// Zero where a condition holds, and what hides a score elsewhere.
fn visible(parts: &mut Parts<'_>, name: &str, condition: TensorId) -> TensorId {
    let (zero, hiding) = (parts.number(0.0), parts.number(f64::NEG_INFINITY));
    parts.node(name, "Where", &[condition, zero, hiding])
}

/// A bias for the first keys, with the others hidden.
fn padded(parts: &mut Parts<'_>, bias: TensorId, short: usize) -> TensorId {
    let keys = parts.form.keys;
    let places: Vec<i64> = (0..keys).map(|key| if key < short { key as i64 } else { 0 }).collect();
    let places =
        parts.builder.constant(&format!("first_{short}_of_{keys}"), || Value::I64(Array1::from(places).into_dyn()));
    let covered = parts.builder.constant(&format!("covered_{short}_of_{keys}"), || {
        Value::Bool(Array1::from_shape_fn(keys, |key| key < short).into_dyn())
    });
    let axis: Vec<AttributeProto> = vec![crate::model::rewrite::int("axis", -1)];
    let target = crate::model::rewrite::Target::New("bias_spread");
    let spread = parts.builder.node(parts.origin, target, "Gather", &[bias, places], axis);
    let hiding = parts.number(f64::NEG_INFINITY);
    parts.node("bias_padded", "Where", &[covered, spread, hiding])
}

/// Hides the keys behind each query. Where the numbers of keys are an input, the last query stands at
/// the last of them; else the first query stands behind the keys of earlier runs.
fn causal(parts: &mut Parts<'_>) -> Option<TensorId> {
    if !parts.settings.causal {
        return None;
    }
    let (queries, keys, past) = (parts.form.queries, parts.form.keys, parts.form.past);
    if let Some(lengths) = lengths_by_row(parts) {
        let needed = parts.builder.constant(&format!("needed_{queries}_{keys}"), || {
            let needed = |(query, key): (usize, usize)| key as i64 - query as i64 + queries as i64;
            Value::I64(Array2::from_shape_fn((queries, keys), needed).into_dyn())
        });
        let seen = parts.node("keys_before", "LessOrEqual", &[needed, lengths]);
        return Some(visible(parts, "causal", seen));
    }
    let dtype = parts.form.dtype;
    let hidden = move |(query, key): (usize, usize)| key > query + past;
    Some(parts.builder.constant(&format!("causal_{queries}_{keys}_{past}_{}", dtype.name()), || match dtype {
        DType::F64 => {
            let bias = |at| if hidden(at) { f64::NEG_INFINITY } else { 0.0 };
            Value::F64(Array2::from_shape_fn((queries, keys), bias).into_dyn())
        }
        _ => {
            let bias = |at| if hidden(at) { f32::NEG_INFINITY } else { 0.0 };
            Value::F32(Array2::from_shape_fn((queries, keys), bias).into_dyn())
        }
    }))
}

/// Hides the keys that are padding, where the numbers of the others are an input.
fn lengths(parts: &mut Parts<'_>) -> Option<TensorId> {
    let lengths = lengths_by_row(parts)?;
    let keys = parts.form.keys;
    let places = parts.builder.constant(&format!("places_{keys}"), || {
        Value::I64(Array1::from_iter((0..keys).map(|key| key as i64)).into_dyn())
    });
    let kept = parts.node("keys_kept", "Less", &[places, lengths]);
    Some(visible(parts, "padding", kept))
}

/// The numbers of keys as `[batch, 1, 1, 1]`.
fn lengths_by_row(parts: &mut Parts<'_>) -> Option<TensorId> {
    let source = parts.origin.node.input(6)?;
    let shape = list(parts.builder, &[-1, 1, 1, 1]);
    Some(parts.node("lengths", "Reshape", &[source, shape]))
}

/// True if the keys of some query might all be hidden: what comes from data might do so.
fn may_hide_rows(parts: &Parts<'_>) -> bool {
    let form = parts.form;
    if parts.origin.node.input(6).is_some() {
        return true;
    }
    let (Some(mask), Some(source)) = (&form.mask, parts.origin.node.input(3)) else { return false };
    let Some(hidden) = hidden_by(&parts.builder.graph, source) else { return true };
    let short = mask.short.is_some();
    let (queries, keys, past) = (form.queries, form.keys, form.past);
    let causal = |query: usize, key: usize| parts.settings.causal && key > query + past;
    // Of a mask without an axis of queries, or of size 1 there, each query has the one row.
    let rank = hidden.ndim();
    let rows = if rank >= 2 { hidden.len_of(Axis(rank - 2)) } else { 1 };
    let lanes: Vec<Vec<bool>> = hidden.rows().into_iter().map(|row| row.to_vec()).collect();
    (0..lanes.len().max(1).div_ceil(rows.max(1))).any(|group| {
        (0..queries).any(|query| {
            let lane = lanes.get(group * rows + if rows == 1 { 0 } else { query });
            (0..keys).all(|key| {
                let masked = lane.is_none_or(|lane| match lane.as_slice() {
                    [one] if !short => *one,
                    lane => lane.get(key).copied().unwrap_or(true),
                });
                masked || causal(query, key)
            })
        })
    })
}

/// Where a constant mask hides keys; `None` if it is no constant.
fn hidden_by(graph: &Graph, mask: TensorId) -> Option<ArrayD<bool>> {
    let hidden = match constant(graph, mask)? {
        Value::Bool(keep) => keep.mapv(|keep| !keep),
        Value::F32(bias) => bias.mapv(|bias| bias == f32::NEG_INFINITY),
        Value::F64(bias) => bias.mapv(|bias| bias == f64::NEG_INFINITY),
        Value::I64(bias) => ArrayD::from_elem(IxDyn(bias.shape()), false),
        Value::I32(bias) => ArrayD::from_elem(IxDyn(bias.shape()), false),
    };
    (hidden.ndim() > 0).then_some(hidden)
}
