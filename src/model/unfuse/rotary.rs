//! `RotaryEmbedding`, written out in the order of `transformers`: the input times the cosines, plus the
//! input with its halves (or neighbours) turned around times the sines.

use super::attention::list;
use super::seen::{Inputs, check_signature};
use crate::diagnostics::messages::model::FusedFault;
use crate::engine::{DType, Value};
use crate::model::graph::{Node, TensorId};
use crate::model::onnx::AttributeProto;
use crate::model::rewrite::{Builder, Origin, Target, int};
use ndarray::Array1;

/// The attributes that the standard gives the operator.
const ATTRIBUTES: &[&str] = &["interleaved", "num_heads", "rotary_embedding_dim"];
/// Names of the inputs, in order.
pub const INPUTS: [&str; 4] = ["X", "cos_cache", "sin_cache", "position_ids"];
/// The widest head; lists of so many places are made.
const WIDEST: usize = 1 << 20;

/// The attributes of the operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Pairs of neighbours are turned, not those of the two halves.
    interleaved: bool,
    heads: Option<usize>,
    /// How much of the width is turned; `None` for all of it.
    part: Option<usize>,
}

impl Settings {
    pub fn read(node: &Node) -> Result<Self, FusedFault> {
        check_signature(node, ATTRIBUTES, INPUTS.len())?;
        // Zero is as good as none.
        let count = |name: &str| {
            let count = node.int(name).unwrap_or(0);
            let refused = |_| FusedFault::Attribute(name.to_owned(), count.to_string());
            usize::try_from(count).map(|count| Some(count).filter(|count| *count > 0)).map_err(refused)
        };
        Ok(Settings {
            interleaved: node.int("interleaved").unwrap_or(0) != 0,
            heads: count("num_heads")?,
            part: count("rotary_embedding_dim")?,
        })
    }
}

/// What the operators written for a node depend on.
#[derive(Debug, Clone)]
pub struct Form {
    dtype: DType,
    interleaved: bool,
    /// Heads, where they are merged with the width.
    heads: Option<usize>,
    /// Width of a head.
    width: usize,
    /// How much of it is turned.
    turned: usize,
}

impl Form {
    pub fn new(settings: &Settings, inputs: &Inputs<'_>) -> Result<Self, FusedFault> {
        let dtype = inputs.floats(&[0, 1, 2])?;
        let heads = match inputs.get(0).map(|seen| seen.sizes.len()) {
            Some(3) => Some(settings.heads.ok_or(FusedFault::NoHeads)?),
            _ => None,
        };
        let [batch, _, positions, width] = inputs.split(0, heads)?;
        let turned = settings.part.unwrap_or(width);
        if turned == 0 || turned > width || !turned.is_multiple_of(2) || width > WIDEST {
            let what = "what is turned must be an even part of the width of a head";
            return Err(FusedFault::Sizes(what, vec![vec![turned, width]]));
        }
        let [cos, sin] = [angles(inputs, 1)?, angles(inputs, 2)?];
        let whole = [batch, positions, turned / 2];
        let fits = |found: [usize; 3]| (found[0] == 1 || found[0] == batch) && found[1..] == whole[1..];
        if cos != sin || !fits(cos) {
            let found = [cos, sin, whole].iter().map(|sizes| sizes.to_vec()).collect();
            return Err(FusedFault::Sizes("cosines and sines must fit each other and the input", found));
        }
        Ok(Form { dtype, interleaved: settings.interleaved, heads, width, turned })
    }
}

/// Batch (or 1), positions and number of angles, of cosines or sines as they are used.
fn angles(inputs: &Inputs<'_>, at: usize) -> Result<[usize; 3], FusedFault> {
    if !inputs.is_given(3) {
        return inputs.sizes::<3>(at);
    }
    let ([batch, positions], [_, angles]) = (inputs.sizes::<2>(3)?, inputs.sizes::<2>(at)?);
    if inputs.get(3).and_then(|seen| DType::from_onnx(seen.element)) != Some(DType::I64) {
        return Err(FusedFault::Types);
    }
    Ok([batch, positions, angles])
}

/// Something plain whose output has the shape of that of the node.
pub fn stand_in(builder: &mut Builder, node: &Node) {
    let (Some(source), Some(output)) = (node.input(0), node.outputs.first().copied().flatten()) else { return };
    builder.node(Origin { node }, Target::Output(output), "Identity", &[source], Vec::new());
}

/// The operators that the node stands for.
pub fn taken_apart(builder: &mut Builder, node: &Node, form: &Form) {
    let [Some(source), Some(cos), Some(sin)] = [0, 1, 2].map(|at| node.input(at)) else { return };
    let Some(output) = node.outputs.first().copied().flatten() else { return };
    let mut parts = Parts { builder, origin: Origin { node }, form, caches: [cos, sin] };
    let Some(heads) = form.heads else {
        parts.rotated(source, Target::Output(output));
        return;
    };
    let size = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    let shape = list(parts.builder, &[0, 0, size(heads), size(form.width)]);
    let split = parts.node("by_head", "Reshape", &[source, shape], Vec::new());
    let rotated = parts.rotated(split, Target::New("rotated"));
    let shape = list(parts.builder, &[0, 0, size(heads.saturating_mul(form.width))]);
    parts.builder.node(parts.origin, Target::Output(output), "Reshape", &[rotated, shape], Vec::new());
}

/// What is written for one node.
struct Parts<'a> {
    builder: &'a mut Builder,
    origin: Origin<'a>,
    form: &'a Form,
    /// Cosines and sines.
    caches: [TensorId; 2],
}

impl Parts<'_> {
    fn node(&mut self, name: &str, op: &str, inputs: &[TensorId], attributes: Vec<AttributeProto>) -> TensorId {
        self.builder.node(self.origin, Target::New(name), op, inputs, attributes)
    }

    /// The source, of four axes, rotated.
    fn rotated(&mut self, source: TensorId, target: Target<'_>) -> TensorId {
        let Form { width, turned, .. } = *self.form;
        let [cos, sin] = self.caches;
        let (cos, sin) = (self.angles("cos", cos), self.angles("sin", sin));
        if turned == width {
            return self.turned(source, [cos, sin], target);
        }
        let part = self.slice("turned_part", source, [0, turned]);
        let rest = self.slice("rest", source, [turned, width]);
        let part = self.turned(part, [cos, sin], Target::New("rotated_part"));
        self.builder.node(self.origin, target, "Concat", &[part, rest], vec![int("axis", -1)])
    }

    /// What is turned altogether.
    fn turned(&mut self, source: TensorId, [cos, sin]: [TensorId; 2], target: Target<'_>) -> TensorId {
        let straight = self.node("straight", "Mul", &[source, cos], Vec::new());
        let partner = if self.form.interleaved { self.neighbours(source) } else { self.halves(source) };
        let across = self.node("across", "Mul", &[partner, sin], Vec::new());
        self.builder.node(self.origin, target, "Add", &[straight, across], Vec::new())
    }

    /// The second half with its sign changed, and the first half behind it.
    fn halves(&mut self, source: TensorId) -> TensorId {
        let turned = self.form.turned;
        let first = self.slice("first_half", source, [0, turned / 2]);
        let second = self.slice("second_half", source, [turned / 2, turned]);
        let second = self.node("second_half_negative", "Neg", &[second], Vec::new());
        self.node("partner", "Concat", &[second, first], vec![int("axis", -1)])
    }

    /// In each pair of neighbours the second with its sign changed, and the first behind it.
    fn neighbours(&mut self, source: TensorId) -> TensorId {
        let swapped = self.picked("swapped", source, "neighbours", |place| place ^ 1);
        let (turned, dtype) = (self.form.turned, self.form.dtype);
        let sign = |place: usize| if place.is_multiple_of(2) { -1.0 } else { 1.0 };
        let signs = self.builder.constant(&format!("signs_{turned}_{}", dtype.name()), || match dtype {
            DType::F64 => Value::F64(Array1::from_shape_fn(turned, sign).into_dyn()),
            _ => Value::F32(Array1::from_shape_fn(turned, |place| sign(place) as f32).into_dyn()),
        });
        self.node("partner", "Mul", &[swapped, signs], Vec::new())
    }

    /// Cosines or sines for each place of what is turned, with an axis of size 1 for the heads.
    fn angles(&mut self, name: &str, mut angles: TensorId) -> TensorId {
        if let Some(positions) = self.origin.node.input(3) {
            angles = self.node(&format!("{name}_by_position"), "Gather", &[angles, positions], vec![int("axis", 0)]);
        }
        let twice = format!("{name}_twice");
        let all = if self.form.interleaved {
            self.picked(&twice, angles, "twice", |place| place / 2)
        } else {
            self.node(&twice, "Concat", &[angles, angles], vec![int("axis", -1)])
        };
        let axis = list(self.builder, &[if self.form.heads.is_some() { 2 } else { 1 }]);
        self.node(name, "Unsqueeze", &[all, axis], Vec::new())
    }

    /// Places of the last axis, one for each place of what is turned.
    fn picked(&mut self, name: &str, source: TensorId, kind: &str, from: impl Fn(usize) -> usize) -> TensorId {
        let turned = self.form.turned;
        let places = self.builder.constant(&format!("{kind}_{turned}"), || {
            Value::I64(Array1::from_shape_fn(turned, |place| from(place) as i64).into_dyn())
        });
        self.node(name, "Gather", &[source, places], vec![int("axis", -1)])
    }

    /// A range of the last axis.
    fn slice(&mut self, name: &str, source: TensorId, range: [usize; 2]) -> TensorId {
        let [start, end] = range.map(|at| list(self.builder, &[i64::try_from(at).unwrap_or(i64::MAX)]));
        let axis = list(self.builder, &[-1]);
        self.node(name, "Slice", &[source, start, end, axis], Vec::new())
    }
}
