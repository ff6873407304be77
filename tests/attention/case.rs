//! A use of the operator, with all that decides its result.

use crate::support::graph::{Attr, GraphBuilder, bools, f32s, f64s, i64s, numbers};
use crate::support::random::Random;
use ansatz::diagnostics::Diagnostic;
use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};
use ansatz::model::{ByRunning, DimSizes, Graph, Model, ModelFile, TensorId, infer};

pub const BATCH: usize = 3;

#[derive(Debug, Clone)]
pub struct Mask {
    pub value: Value,
    /// A constant of the graph instead of an input.
    pub constant: bool,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub opset: i64,
    /// Three axes, with the numbers of heads as attributes.
    pub heads: bool,
    pub query_heads: usize,
    pub key_heads: usize,
    pub queries: usize,
    pub new_keys: usize,
    pub query: Value,
    pub key: Value,
    pub value: Value,
    pub past: Option<(Value, Value)>,
    pub mask: Option<Mask>,
    pub lengths: Option<Vec<i64>>,
    pub causal: bool,
    pub scale: Option<f32>,
    pub softcap: Option<f32>,
    pub precision: Option<i64>,
    pub mode: i64,
    /// Wanted besides the result: all keys, all values, scores.
    pub present: bool,
    pub scores: bool,
}

impl Case {
    /// Four axes, two heads, three queries and keys of width four, and nothing else.
    pub fn plain() -> Case {
        let noise = |seed| f32s(&[BATCH, 2, 3, 4], &numbers(BATCH * 24, seed));
        Case {
            opset: 23,
            heads: false,
            query_heads: 2,
            key_heads: 2,
            queries: 3,
            new_keys: 3,
            query: noise(1),
            key: noise(2),
            value: noise(3),
            past: None,
            mask: None,
            lengths: None,
            causal: false,
            scale: None,
            softcap: None,
            precision: None,
            mode: 0,
            present: false,
            scores: false,
        }
    }

    /// A use of the operator that is drawn.
    pub fn drawn(seed: u64) -> Case {
        let mut random = Random::new(seed);
        let mut flip = |of: usize| random.below(of) == 0;
        let (double, heads, past, lengths) = (flip(6), flip(2), flip(3), flip(4));
        let (scaled, softcap, precise, causal) = (flip(2), flip(4), flip(5), flip(2));
        let (present, scores, masks) = (flip(3), flip(2), !flip(3));
        let mut pick = |from: &[usize]| from[random.below(from.len())];
        let key_heads = pick(&[1, 2]);
        let query_heads = key_heads * pick(&[1, 1, 2, 3]);
        let (queries, new_keys, before) = (pick(&[1, 3, 4]), pick(&[1, 3, 5]), pick(&[1, 2]));
        let (width, value_width, mode) = (pick(&[2, 4]), pick(&[2, 3]), pick(&[0, 1, 2, 3]));
        let opset = if lengths || pick(&[0, 1]) == 1 { 24 } else { 23 };
        let keys = new_keys + if past && !lengths { before } else { 0 };
        let mut number = 0;
        let mut noise = |dims: &[usize]| {
            number += 1;
            floats(dims, seed * 10 + number, double)
        };
        let mut input = |heads_of: usize, positions: usize, width: usize| match heads {
            true => noise(&[BATCH, positions, heads_of * width]),
            false => noise(&[BATCH, heads_of, positions, width]),
        };
        let (query, key) = (input(query_heads, queries, width), input(key_heads, new_keys, width));
        let value = input(key_heads, new_keys, value_width);
        let past = (past && !lengths)
            .then(|| (noise(&[BATCH, key_heads, before, width]), noise(&[BATCH, key_heads, before, value_width])));
        let lengths = lengths.then(|| (0..BATCH).map(|_| pick(&[0, 1, new_keys]).min(new_keys) as i64).collect());
        let mask = masks.then(|| mask(&mut random, [query_heads, queries, keys], opset, double, seed));
        Case {
            opset,
            heads,
            query_heads,
            key_heads,
            queries,
            new_keys,
            query,
            key,
            value,
            past,
            mask,
            lengths,
            causal,
            scale: scaled.then_some(0.3),
            softcap: softcap.then_some(0.7),
            precision: precise.then_some(if double { 1 } else { 11 }),
            mode: mode as i64,
            present,
            scores,
        }
    }

    /// The operator alone in a graph whose batch is open, its feeds, and its outputs.
    pub fn graph(&self) -> (Graph, Vec<(TensorId, Value)>, Vec<TensorId>) {
        let mut g = GraphBuilder::new(self.opset);
        let mut feeds = Vec::new();
        let mut feed = |g: &mut GraphBuilder, name: &str, value: &Value, open: bool| {
            let mut dims: Vec<String> = value.shape().iter().map(ToString::to_string).collect();
            if open {
                dims[0] = "batch".to_owned();
            }
            let id = g.input(name, value.dtype(), &dims.iter().map(String::as_str).collect::<Vec<_>>());
            feeds.push((id, value.clone()));
            Some(id)
        };
        let mut inputs = vec![
            feed(&mut g, "q", &self.query, true),
            feed(&mut g, "k", &self.key, true),
            feed(&mut g, "v", &self.value, true),
        ];
        inputs.push(match &self.mask {
            Some(mask) if mask.constant => Some(g.initializer("mask", mask.value.clone())),
            Some(mask) => feed(&mut g, "mask", &mask.value, mask.value.shape().len() == 4),
            None => None,
        });
        inputs.push(self.past.as_ref().and_then(|past| feed(&mut g, "past_k", &past.0, true)));
        inputs.push(self.past.as_ref().and_then(|past| feed(&mut g, "past_v", &past.1, true)));
        let lengths = self.lengths.as_ref().map(|lengths| i64s(&[lengths.len()], lengths));
        inputs.push(lengths.and_then(|lengths| feed(&mut g, "lengths", &lengths, true)));
        while inputs.last() == Some(&None) {
            inputs.pop();
        }
        let names: &[&str] = match (self.present, self.scores) {
            (_, true) => &["y", "keys", "values", "scores"],
            (true, false) => &["y", "keys", "values"],
            (false, false) => &["y"],
        };
        let outputs = g.full_node(names, "Attention", &inputs, &self.attributes());
        let wanted: Vec<TensorId> = outputs.into_iter().collect();
        wanted.iter().for_each(|output| g.output(*output));
        (g.build(), feeds, wanted)
    }

    fn attributes(&self) -> Vec<(&'static str, Attr)> {
        let mut found: Vec<(&str, Attr)> = vec![("is_causal", i64::from(self.causal).into())];
        if self.heads {
            found.push(("q_num_heads", (self.query_heads as i64).into()));
            found.push(("kv_num_heads", (self.key_heads as i64).into()));
        }
        found.extend(self.scale.map(|scale| ("scale", scale.into())));
        found.extend(self.softcap.map(|cap| ("softcap", cap.into())));
        found.extend(self.precision.map(|code| ("softmax_precision", code.into())));
        found.push(("qk_matmul_output_mode", self.mode.into()));
        found
    }

    /// The model, with the operator taken apart.
    pub fn loaded(&self) -> Result<Model, Vec<Diagnostic>> {
        loaded(self.graph().0, &Reference::new())
    }
}

pub fn loaded(graph: Graph, engine: &dyn Engine) -> Result<Model, Vec<Diagnostic>> {
    let file = ModelFile { path: "case.onnx".into(), hash: String::new(), external_files: Vec::new(), graph };
    Ok(infer(file, &ByRunning(engine), engine, &DimSizes::default())?.0)
}

fn floats(dims: &[usize], seed: u64, double: bool) -> Value {
    let count: usize = dims.iter().product();
    let list: Vec<f32> = numbers(count, seed).iter().map(|x| 2.0 * x).collect();
    if double { f64s(dims, &list.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()) } else { f32s(dims, &list) }
}

/// Some form of mask: of truth values or numbers, with fewer axes or all, constant or fed.
fn mask(random: &mut Random, [heads, queries, keys]: [usize; 3], opset: i64, double: bool, seed: u64) -> Mask {
    let shapes: [&[usize]; 6] = [
        &[queries, keys],
        &[1, keys],
        &[heads, queries, keys],
        &[BATCH, 1, 1, keys],
        &[BATCH, 1, queries, keys],
        &[BATCH, heads, queries, keys],
    ];
    let mut dims = shapes[random.below(shapes.len())].to_vec();
    let last = dims.len() - 1;
    if opset == 24 && keys > 2 && random.below(3) == 0 {
        dims[last] = keys - 1;
    }
    let count: usize = dims.iter().product();
    let noise = numbers(count, seed * 10 + 9);
    let hidden: Vec<bool> = noise.iter().map(|x| *x > 0.2).collect();
    let value = match random.below(3) {
        0 => bools(&dims, &hidden.iter().map(|hidden| !hidden).collect::<Vec<_>>()),
        kind => {
            let number = |(x, hidden): (&f32, &bool)| if kind == 1 && *hidden { f32::NEG_INFINITY } else { *x };
            let list: Vec<f32> = noise.iter().zip(&hidden).map(number).collect();
            if double {
                f64s(&dims, &list.iter().map(|x| f64::from(*x)).collect::<Vec<_>>())
            } else {
                f32s(&dims, &list)
            }
        }
    };
    Mask { constant: dims.len() < 4 && random.below(2) == 0, value }
}

/// The element type that a result has.
pub fn dtype(case: &Case) -> DType {
    case.query.dtype()
}
