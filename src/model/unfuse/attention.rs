//! `Attention`, written out in the order of PyTorch's own attention: scores, mask, softmax, mix.

use super::bias;
use super::form::{Form, Scores, Settings};
use crate::engine::{DType, Value};
use crate::model::graph::{Node, TensorId};
use crate::model::rewrite::{Builder, Origin, Target, int, ints};
use ndarray::{Array1, arr0};

/// Queries, keys and values: `[batch, head, position, width]`.
#[derive(Debug, Clone, Copy)]
struct Split {
    query: TensorId,
    key: TensorId,
    value: TensorId,
}

/// Something plain whose outputs have the shapes of those of the node.
pub fn stand_in(builder: &mut Builder, node: &Node, settings: &Settings) {
    framed(builder, node, settings, |builder, origin, split, mixed, scores| {
        let axes = list(builder, &[-1]);
        let kept = vec![int("keepdims", 1)];
        let summed = builder.node(origin, Target::New("sum"), "ReduceSum", &[split.query, axes], kept);
        let mut spread = |of: TensorId, axis: i64, target: Target<'_>| {
            let part = vec![int("start", axis), int("end", axis + 1)];
            let size = builder.node(origin, Target::New("size"), "Shape", &[of], part);
            builder.node(origin, target, "Expand", &[summed, size], Vec::new())
        };
        if let Some(scores) = scores {
            spread(split.key, 2, Target::Output(scores));
        }
        spread(split.value, 3, mixed)
    });
}

/// The operators that the node stands for.
pub fn taken_apart(builder: &mut Builder, node: &Node, settings: &Settings, form: &Form) {
    framed(builder, node, settings, |builder, origin, split, mixed, scores| {
        Parts { builder, origin, settings, form }.mix(split, mixed, scores)
    });
}

/// Splits the heads off, adds what is kept of earlier runs, and merges the heads of the result.
/// `mix` writes what lies between: to its target, and the scores where they are wanted.
fn framed(
    builder: &mut Builder,
    node: &Node,
    settings: &Settings,
    mix: impl FnOnce(&mut Builder, Origin<'_>, Split, Target<'_>, Option<TensorId>) -> TensorId,
) {
    let origin = Origin { node };
    let output = |at: usize| node.outputs.get(at).copied().flatten();
    let target = |at: usize, name: &'static str| output(at).map_or(Target::New(name), Target::Output);
    let [Some(query), Some(key), Some(value)] = [0, 1, 2].map(|at| node.input(at)) else { return };
    let (of_query, of_keys) = (settings.heads.map(|heads| heads[0]), settings.heads.map(|heads| heads[1]));
    let query = split_heads(builder, origin, "q", query, of_query);
    let key = split_heads(builder, origin, "k", key, of_keys);
    let value = split_heads(builder, origin, "v", value, of_keys);
    let key = with_past(builder, origin, key, node.input(4), target(1, "k_all"));
    let value = with_past(builder, origin, value, node.input(5), target(2, "v_all"));
    let split = Split { query, key, value };
    if settings.heads.is_none() {
        mix(builder, origin, split, target(0, "mix"), output(3));
        return;
    }
    let mixed = mix(builder, origin, split, Target::New("mix"), output(3));
    let turned = vec![ints("perm", &[0, 2, 1, 3])];
    let turned = builder.node(origin, Target::New("mix_by_position"), "Transpose", &[mixed], turned);
    let shape = list(builder, &[0, 0, -1]);
    builder.node(origin, target(0, "merged"), "Reshape", &[turned, shape], Vec::new());
}

/// `[batch, position, head * width]` as `[batch, head, position, width]`; without heads it is so already.
fn split_heads(
    builder: &mut Builder,
    origin: Origin<'_>,
    name: &str,
    source: TensorId,
    heads: Option<usize>,
) -> TensorId {
    let Some(heads) = heads else { return source };
    let shape = list(builder, &[0, 0, i64::try_from(heads).unwrap_or(i64::MAX), -1]);
    let apart =
        builder.node(origin, Target::New(&format!("{name}_by_position")), "Reshape", &[source, shape], Vec::new());
    builder.node(origin, Target::New(name), "Transpose", &[apart], vec![ints("perm", &[0, 2, 1, 3])])
}

fn with_past(
    builder: &mut Builder,
    origin: Origin<'_>,
    new: TensorId,
    past: Option<TensorId>,
    target: Target<'_>,
) -> TensorId {
    match (past, target) {
        (Some(past), _) => builder.node(origin, target, "Concat", &[past, new], vec![int("axis", 2)]),
        (None, Target::Output(_)) => builder.node(origin, target, "Identity", &[new], Vec::new()),
        (None, Target::New(_)) => new,
    }
}

/// A list of integers as a constant.
pub fn list(builder: &mut Builder, values: &[i64]) -> TensorId {
    let words: Vec<String> = values.iter().map(ToString::to_string).collect();
    builder.constant(&format!("list_{}", words.join("_")), || Value::I64(Array1::from(values.to_vec()).into_dyn()))
}

/// A number of an element type as a constant.
pub fn number(builder: &mut Builder, value: f64, dtype: DType) -> TensorId {
    builder.constant(&format!("{}_{value}", dtype.name()), || match dtype {
        DType::F64 => Value::F64(arr0(value).into_dyn()),
        _ => Value::F32(arr0(value as f32).into_dyn()),
    })
}

/// What is written for one node.
pub struct Parts<'a> {
    pub builder: &'a mut Builder,
    pub origin: Origin<'a>,
    pub settings: &'a Settings,
    pub form: &'a Form,
}

impl Parts<'_> {
    pub fn node(&mut self, name: &str, op: &str, inputs: &[TensorId]) -> TensorId {
        self.builder.node(self.origin, Target::New(name), op, inputs, Vec::new())
    }

    pub fn number(&mut self, value: f64) -> TensorId {
        number(self.builder, value, self.form.dtype)
    }

    fn mix(mut self, split: Split, mixed: Target<'_>, wanted: Option<TensorId>) -> TensorId {
        let product = self.product(split);
        let capped = self.capped(product);
        let bias = bias::written(&mut self);
        let masked = match &bias {
            Some(bias) => self.node("masked", "Add", &[capped, bias.added]),
            None => capped,
        };
        let softmax = self.softmax(masked);
        let pattern = match bias.as_ref().and_then(|bias| bias.hidden_rows) {
            Some(rows) => {
                let zero = self.number(0.0);
                self.node("pattern_or_zero", "Where", &[rows, zero, softmax])
            }
            None => softmax,
        };
        if let Some(wanted) = wanted {
            let source = match (self.settings.scores, &bias) {
                (Scores::Product, _) => product,
                (Scores::Capped, _) => capped,
                (Scores::Masked, Some(bias)) if bias.hidden_rows.is_some() => {
                    self.node("masked_as_given", "Add", &[capped, bias.given])
                }
                (Scores::Masked, _) => masked,
                (Scores::Pattern, _) => pattern,
            };
            self.builder.node(self.origin, Target::Output(wanted), "Identity", &[source], Vec::new());
        }
        let value = self.repeated("v", split.value, self.form.widths[1]);
        self.builder.node(self.origin, mixed, "MatMul", &[pattern, value], Vec::new())
    }

    /// Query times key; each is multiplied by the root of the scale before.
    fn product(&mut self, split: Split) -> TensorId {
        let scale = self.settings.scale.unwrap_or_else(|| 1.0 / (self.form.widths[0] as f32).sqrt());
        let key = self.repeated("k", split.key, self.form.widths[0]);
        let turned = vec![ints("perm", &[0, 1, 3, 2])];
        let key = self.builder.node(self.origin, Target::New("k_transposed"), "Transpose", &[key], turned);
        if scale == 1.0 {
            return self.node("scores", "MatMul", &[split.query, key]);
        }
        let root = self.number(f64::from(scale.sqrt()));
        let query = self.node("q_scaled", "Mul", &[split.query, root]);
        let key = self.node("k_scaled", "Mul", &[key, root]);
        self.node("scores", "MatMul", &[query, key])
    }

    /// Each key head, and its values, as often as there are query heads for it.
    fn repeated(&mut self, name: &str, source: TensorId, width: usize) -> TensorId {
        let Form { query_heads, key_heads, keys, .. } = *self.form;
        if query_heads == key_heads {
            return source;
        }
        let size = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let axis = list(self.builder, &[2]);
        let apart = self.node(&format!("{name}_grouped"), "Unsqueeze", &[source, axis]);
        let each = [1, size(key_heads), size(query_heads / key_heads), size(keys), size(width)];
        let each = list(self.builder, &each);
        let expanded = self.node(&format!("{name}_expanded"), "Expand", &[apart, each]);
        let shape = list(self.builder, &[-1, size(query_heads), size(keys), size(width)]);
        self.node(&format!("{name}_repeated"), "Reshape", &[expanded, shape])
    }

    fn capped(&mut self, scores: TensorId) -> TensorId {
        let Some(cap) = self.settings.softcap else { return scores };
        let cap = self.number(f64::from(cap));
        let part = self.node("scores_by_cap", "Div", &[scores, cap]);
        let bent = self.node("scores_bent", "Tanh", &[part]);
        self.node("scores_capped", "Mul", &[bent, cap])
    }

    fn softmax(&mut self, scores: TensorId) -> TensorId {
        let axis = || vec![int("axis", -1)];
        let own = self.form.dtype;
        let Some(precision) = self.settings.precision.filter(|precision| *precision != own) else {
            return self.builder.node(self.origin, Target::New("pattern"), "Softmax", &[scores], axis());
        };
        let wide = self.cast("masked_cast", scores, precision);
        let pattern = self.builder.node(self.origin, Target::New("pattern"), "Softmax", &[wide], axis());
        self.cast("pattern_cast", pattern, own)
    }

    pub fn cast(&mut self, name: &str, source: TensorId, to: DType) -> TensorId {
        let to = vec![int("to", i64::from(to.to_onnx()))];
        self.builder.node(self.origin, Target::New(name), "Cast", &[source], to)
    }
}
