//! Attention as the standard says it, with loops over plain lists.

use crate::case::{Case, Mask};
use ansatz::engine::Value;
use ndarray::{ArrayD, IxDyn};

/// The elements of floats, as doubles.
pub fn wide(value: &Value) -> ArrayD<f64> {
    match value {
        Value::F32(array) => array.mapv(f64::from),
        Value::F64(array) => array.clone(),
        _ => panic!("floats are wanted"),
    }
}

/// `[batch, head, position, width]` from what the case feeds.
fn split(value: &Value, heads: Option<usize>) -> ArrayD<f64> {
    let array = wide(value);
    let Some(heads) = heads else { return array };
    let [batch, positions, size] = *array.shape() else { panic!("three axes") };
    ArrayD::from_shape_fn(IxDyn(&[batch, heads, positions, size / heads]), |at| {
        array[[at[0], at[2], at[1] * (size / heads) + at[3]].as_slice()]
    })
}

fn joined(past: Option<&Value>, new: ArrayD<f64>) -> ArrayD<f64> {
    let Some(past) = past.map(wide) else { return new };
    let before = past.shape()[2];
    let mut dims = new.shape().to_vec();
    dims[2] += before;
    ArrayD::from_shape_fn(IxDyn(&dims), |at| {
        if at[2] < before { past[at] } else { new[[at[0], at[1], at[2] - before, at[3]].as_slice()] }
    })
}

/// What a mask adds at a place of the scores.
fn masked(mask: Option<&Mask>, at: [usize; 4], keys: usize) -> f64 {
    let Some(mask) = mask else { return 0.0 };
    let dims = mask.value.shape();
    let last = dims[dims.len() - 1];
    if at[3] >= last && last < keys && last != 1 {
        return f64::NEG_INFINITY;
    }
    let place: Vec<usize> =
        dims.iter().zip(&at[4 - dims.len()..]).map(|(size, at)| if *size == 1 { 0 } else { *at }).collect();
    match &mask.value {
        Value::Bool(keep) => {
            if keep[place.as_slice()] {
                0.0
            } else {
                f64::NEG_INFINITY
            }
        }
        other => wide(other)[place.as_slice()],
    }
}

/// The result, all keys, all values, and the scores that are asked for.
pub fn attention(case: &Case) -> [ArrayD<f64>; 4] {
    let (query_heads, key_heads) = (case.heads.then_some(case.query_heads), case.heads.then_some(case.key_heads));
    let query = split(&case.query, query_heads);
    let key = joined(case.past.as_ref().map(|past| &past.0), split(&case.key, key_heads));
    let value = joined(case.past.as_ref().map(|past| &past.1), split(&case.value, key_heads));
    let [batch, heads, queries, width] = *query.shape() else { panic!("four axes") };
    let (keys, shared) = (key.shape()[2], heads / key.shape()[1]);
    let before = keys - case.new_keys;
    let scale = case.scale.map_or(1.0 / (width as f64).sqrt(), f64::from);
    let (mut result, mut wanted) = (vec![], vec![]);
    for at in 0..batch * heads * queries {
        let (example, head, place) = (at / (heads * queries), at / queries % heads, at % queries);
        let mut product = vec![0.0; keys];
        let mut bias = vec![0.0; keys];
        for j in 0..keys {
            let terms = (0..width)
                .map(|d| query[[example, head, place, d].as_slice()] * key[[example, head / shared, j, d].as_slice()]);
            product[j] = scale * terms.sum::<f64>();
            bias[j] = masked(case.mask.as_ref(), [example, head, place, j], keys);
            let lengths = case.lengths.as_ref().map(|lengths| lengths[example]);
            let behind = match lengths {
                Some(length) => j as i64 > place as i64 + length - queries as i64,
                None => j > place + before,
            };
            if case.causal && behind || lengths.is_some_and(|length| j as i64 >= length) {
                bias[j] = f64::NEG_INFINITY;
            }
        }
        let capped: Vec<f64> = match case.softcap {
            Some(cap) => product.iter().map(|x| f64::from(cap) * (x / f64::from(cap)).tanh()).collect(),
            None => product.clone(),
        };
        let scores: Vec<f64> = capped.iter().zip(&bias).map(|(x, bias)| x + bias).collect();
        let pattern = softmax(&scores, &bias);
        for d in 0..value.shape()[3] {
            let terms = (0..keys).map(|j| pattern[j] * value[[example, head / shared, j, d].as_slice()]);
            result.push(terms.sum::<f64>());
        }
        wanted.extend(match case.mode {
            0 => product,
            1 => capped,
            2 => scores,
            _ => pattern,
        });
    }
    let shaped = |list, dims: &[usize]| ArrayD::from_shape_vec(IxDyn(dims), list).expect("as many as there are places");
    let mut mixed = shaped(result, &[batch, heads, queries, value.shape()[3]]);
    if case.heads {
        let wide = value.shape()[3];
        mixed = ArrayD::from_shape_fn(IxDyn(&[batch, queries, heads * wide]), |at| {
            mixed[[at[0], at[2] / wide, at[1], at[2] % wide].as_slice()]
        });
    }
    [mixed, key, value, shaped(wanted, &[batch, heads, queries, keys])]
}

/// Zero all along where every key is hidden.
fn softmax(scores: &[f64], bias: &[f64]) -> Vec<f64> {
    if bias.iter().all(|bias| *bias == f64::NEG_INFINITY) {
        return vec![0.0; scores.len()];
    }
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|x| (x - largest).exp()).sum();
    scores.iter().map(|x| (x - largest).exp() / sum).collect()
}
