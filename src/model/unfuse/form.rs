//! What an `Attention` asks for, and whether its inputs fit: all that can be wrong with it.

use super::seen::{Inputs, check_signature};
use crate::diagnostics::messages::model::FusedFault;
use crate::engine::DType;
use crate::model::graph::{Graph, Node};

/// The attributes that the standard gives the operator.
const ATTRIBUTES: &[&str] =
    &["is_causal", "kv_num_heads", "q_num_heads", "qk_matmul_output_mode", "scale", "softcap", "softmax_precision"];
/// Names of the inputs, in order.
pub const INPUTS: [&str; 7] = ["Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen"];
/// The most elements of a causal mask.
const MOST_ELEMENTS: usize = 1 << 26;

/// What the optional output of scores holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scores {
    Product,
    Capped,
    Masked,
    Pattern,
}

/// The attributes of the operator.
#[derive(Debug, Clone)]
pub struct Settings {
    pub causal: bool,
    /// Heads of the query and of keys and values, where they are merged with the width.
    pub heads: Option<[usize; 2]>,
    /// The factor of the scores; the root of it goes to each side.
    pub scale: Option<f32>,
    /// Scores are squeezed to lie between this and its negative.
    pub softcap: Option<f32>,
    /// The element type that the softmax is computed in.
    pub precision: Option<DType>,
    pub scores: Scores,
}

impl Settings {
    pub fn read(node: &Node) -> Result<Self, FusedFault> {
        check_signature(node, ATTRIBUTES, INPUTS.len())?;
        if node.input(4).is_some() != node.input(5).is_some() {
            return Err(FusedFault::HalfOfPast);
        }
        if node.input(4).is_some() && node.input(6).is_some() {
            return Err(FusedFault::PastAndLengths);
        }
        let float = |name: &str| node.attribute(name).and_then(|attribute| attribute.f);
        let refused = |name: &str, value: String| FusedFault::Attribute(name.to_owned(), value);
        let positive = |name: &str| match float(name) {
            Some(value) if !value.is_finite() || value < 0.0 => Err(refused(name, value.to_string())),
            value => Ok(value),
        };
        let scores = match node.int("qk_matmul_output_mode").unwrap_or(0) {
            0 => Scores::Product,
            1 => Scores::Capped,
            2 => Scores::Masked,
            3 => Scores::Pattern,
            other => return Err(refused("qk_matmul_output_mode", other.to_string())),
        };
        let precision = match node.int("softmax_precision").map(|code| (code, dtype(code))) {
            None => None,
            Some((_, Some(real @ (DType::F32 | DType::F64)))) => Some(real),
            Some((other, _)) => return Err(refused("softmax_precision", other.to_string())),
        };
        Ok(Settings {
            causal: node.int("is_causal").unwrap_or(0) != 0,
            heads: heads(node)?,
            scale: positive("scale")?,
            softcap: positive("softcap")?.filter(|cap| *cap > 0.0),
            precision,
            scores,
        })
    }
}

fn dtype(code: i64) -> Option<DType> {
    DType::from_onnx(i32::try_from(code).ok()?)
}

/// The numbers of heads: both or none.
fn heads(node: &Node) -> Result<Option<[usize; 2]>, FusedFault> {
    let number = |name: &str| match node.int(name).map(|count| (count, usize::try_from(count))) {
        None => Ok(None),
        Some((_, Ok(count))) if count > 0 => Ok(Some(count)),
        Some((count, _)) => Err(FusedFault::Attribute(name.to_owned(), count.to_string())),
    };
    match (number("q_num_heads")?, number("kv_num_heads")?) {
        (Some(query), Some(key)) if !query.is_multiple_of(key) => Err(FusedFault::Sizes(
            "the number of query heads must be a multiple of that of keys",
            vec![vec![query, key]],
        )),
        (Some(query), Some(key)) => Ok(Some([query, key])),
        (None, None) => Ok(None),
        _ => Err(FusedFault::HalfOfHeads),
    }
}

/// The sizes that the operators written for a node depend on.
#[derive(Debug, Clone)]
pub struct Form {
    pub dtype: DType,
    pub query_heads: usize,
    pub key_heads: usize,
    pub queries: usize,
    /// Keys of earlier runs, which stand in front.
    pub past: usize,
    /// All keys.
    pub keys: usize,
    /// Width of a head of queries and keys, and of values.
    pub widths: [usize; 2],
    pub mask: Option<MaskForm>,
}

/// The mask that is an input.
#[derive(Debug, Clone)]
pub struct MaskForm {
    pub dtype: DType,
    /// Keys that it covers, if these are fewer than there are.
    pub short: Option<usize>,
}

impl Form {
    pub fn new(graph: &Graph, settings: &Settings, inputs: &Inputs<'_>) -> Result<Self, FusedFault> {
        let dtype = inputs.floats(&[0, 1, 2, 4, 5])?;
        let of_query = settings.heads.map(|heads| heads[0]);
        let of_keys = settings.heads.map(|heads| heads[1]);
        let [batch, query_heads, queries, width] = inputs.split(0, of_query)?;
        let key = inputs.split(1, of_keys)?;
        let value = inputs.split(2, of_keys)?;
        let [_, key_heads, new, _] = key;
        let sizes =
            |what, found: &[&[usize]]| Err(FusedFault::Sizes(what, found.iter().map(|dims| dims.to_vec()).collect()));
        if key != [batch, key_heads, new, width] || value != [batch, key_heads, new, value[3]] {
            let query = [batch, query_heads, queries, width];
            return sizes("queries, keys and values must fit each other", &[&query, &key, &value]);
        }
        if key_heads == 0 || !query_heads.is_multiple_of(key_heads) {
            return sizes("the number of query heads must be a multiple of that of keys", &[&[query_heads, key_heads]]);
        }
        let past = past(inputs, key, value[3])?;
        let keys = new.saturating_add(past);
        if width == 0 || keys == 0 {
            return sizes("there must be keys, and they must have a width", &[&key]);
        }
        if queries.checked_mul(keys).is_none_or(|count| count > MOST_ELEMENTS) {
            return Err(FusedFault::Large { queries, keys });
        }
        if inputs.is_given(6) {
            lengths(inputs, batch)?;
        }
        let mask = mask(graph, inputs, [batch, query_heads, queries, keys])?;
        Ok(Form { dtype, query_heads, key_heads, queries, past, keys, widths: [width, value[3]], mask })
    }
}

/// The number of keys of earlier runs.
fn past(inputs: &Inputs<'_>, key: [usize; 4], value_width: usize) -> Result<usize, FusedFault> {
    if inputs.get(4).is_none() {
        return Ok(0);
    }
    let (past_key, past_value) = (inputs.sizes::<4>(4)?, inputs.sizes::<4>(5)?);
    let [batch, heads, _, width] = key;
    let fits = |past: [usize; 4], width: usize| past == [batch, heads, past_key[2], width];
    if fits(past_key, width) && fits(past_value, value_width) {
        return Ok(past_key[2]);
    }
    let found = [&key, &past_key, &past_value].map(|dims| dims.to_vec()).to_vec();
    Err(FusedFault::Sizes("past keys and values must fit the new ones", found))
}

fn lengths(inputs: &Inputs<'_>, batch: usize) -> Result<(), FusedFault> {
    let found = inputs.sizes::<1>(6)?;
    if inputs.get(6).and_then(|seen| DType::from_onnx(seen.element)) != Some(DType::I64) {
        return Err(FusedFault::Types);
    }
    let sizes = vec![found.to_vec(), vec![batch]];
    if found == [batch] {
        Ok(())
    } else {
        Err(FusedFault::Sizes("there must be one number of keys for each example", sizes))
    }
}

/// The mask, held against the scores that it is added to.
fn mask(graph: &Graph, inputs: &Inputs<'_>, scores: [usize; 4]) -> Result<Option<MaskForm>, FusedFault> {
    let Some(seen) = inputs.get(3) else { return Ok(None) };
    let dtype = DType::from_onnx(seen.element).ok_or(FusedFault::Types)?;
    let misfit = || FusedFault::Sizes("the mask must fit the scores", vec![seen.sizes.clone(), scores.to_vec()]);
    let skipped = scores.len().checked_sub(seen.sizes.len()).ok_or_else(misfit)?;
    let whole = scores.iter().skip(skipped);
    let (last, front) = seen.sizes.split_last().ok_or_else(misfit)?;
    if let Some(axis) = seen.fixed.iter().enumerate().position(|(at, fixed)| !fixed && at + skipped > 0) {
        return Err(FusedFault::Varies { input: INPUTS[3], axis });
    }
    let broadcast = front.iter().zip(whole).all(|(size, wanted)| *size == 1 || size == wanted);
    let keys = scores[3];
    // Since operator set 24 the keys that a mask lacks are hidden; a mask of one key was spread before.
    let short = (*last < keys && (graph.opset >= 24 || *last != 1)).then_some(*last);
    if !broadcast || *last > keys || short == Some(0) || short.is_some() && graph.opset < 24 {
        return Err(misfit());
    }
    if short == Some(1) {
        let what = "a mask of one key might be meant for all keys, or to hide the others";
        return Err(FusedFault::Sizes(what, vec![seen.sizes.clone(), scores.to_vec()]));
    }
    if short.is_some() && !matches!(dtype, DType::Bool | DType::F32 | DType::F64) {
        return Err(FusedFault::Types);
    }
    Ok(Some(MaskForm { dtype, short }))
}
