//! The components and sites of a structure.

use super::declare::{Declaration, Member, Port};
use super::dims::Dims;
use super::heads::{Heads, Reads, Share};
use super::layers::{Known, Layer, Part};
use super::view::View;
use super::{Embedding, Structure};
use crate::model::{FactDim, TensorId};

/// Makes declarations, and the dims that they need.
#[derive(Debug)]
pub struct Parts<'a, 'm> {
    pub view: &'a View<'m>,
    pub structure: &'a Structure,
    pub dims: &'a mut Dims,
}

impl Parts<'_, '_> {
    /// All declarations, components first.
    pub fn all(&mut self) -> Vec<Declaration> {
        let mut found = self.embeddings();
        found.extend([self.heads(), self.whole_attention(), self.mlps(), self.hidden()]);
        found.extend(self.sites());
        found.retain(|declaration| !declaration.members.is_empty());
        found
    }

    fn embeddings(&mut self) -> Vec<Declaration> {
        // Positions are those of the stream.
        if let Some(stream) =
            self.structure.layers.first().and_then(Layer::pre).and_then(|first| self.view.with_rows(first))
        {
            self.stream_dims(stream);
        }
        let (mut found, mut names) = (Vec::new(), Vec::new());
        for embedding in self.structure.embeddings() {
            let Some(tensor) = self.view.with_rows(embedding.tensor) else { continue };
            let wanted = self.embedding_name(embedding, names.is_empty());
            let used = names.iter().filter(|name| **name == wanted).count();
            names.push(wanted.clone());
            let name = if used == 0 { wanted } else { format!("{wanted}_{}", used + 1) };
            let mut dims = self.stream_dims_of_patches(tensor, embedding.rows == 0);
            if dims.is_empty() {
                dims = self.stream_dims(tensor);
            }
            found.push(Declaration::new(false, &name, vec![alone(tensor, dims)]));
        }
        found
    }

    /// Of the parts of an image, where there are fewer of them than positions.
    fn stream_dims_of_patches(&mut self, tensor: TensorId, is_product: bool) -> Vec<String> {
        let view = self.view;
        let [_, FactDim::Fixed(patches), FactDim::Fixed(width)] = *view.dims(tensor) else { return Vec::new() };
        if !is_product || self.dims.has("pos", patches) {
            return Vec::new();
        }
        vec![self.dims.batch(), self.dims.of("patch", patches), self.dims.of("d", width)]
    }

    /// What is embedded is a question of names; these only make labels.
    fn embedding_name(&self, embedding: &Embedding, first: bool) -> String {
        let input = embedding.input.map(|input| self.view.graph.tensor(input).name.to_lowercase()).unwrap_or_default();
        let label = match () {
            () if first => "embed",
            () if input.contains("pos") => "pos_embed",
            () if input.contains("type") || input.contains("seg") => "type_embed",
            () => "embed",
        };
        label.to_owned()
    }

    fn layers(&self) -> impl Iterator<Item = (usize, &Layer)> + use<'_> {
        self.structure.layers.iter().enumerate()
    }

    fn known_heads(&self) -> Vec<(usize, Heads)> {
        let heads = |layer: &Layer| match &layer.attention()?.part {
            Part::Attention { heads, .. } => heads.clone(),
            _ => None,
        };
        self.layers().filter_map(|(at, layer)| Some((at, heads(layer)?))).collect()
    }

    fn heads(&mut self) -> Declaration {
        let mut members = Vec::new();
        for (layer, heads) in self.known_heads() {
            let mix = heads.attention.mix;
            let (dims, head) = self.head_dims(mix, heads.count);
            let ports = self.ports(&heads, head.as_deref());
            members.push(Member { layer: Some(layer), tensor: mix, dims, heads: head, ports });
        }
        Declaration::new(false, "heads", members)
    }

    /// Of `[batch, head, pos, width]`, or without heads; with the name of the head dim.
    fn head_dims(&mut self, tensor: TensorId, count: Option<usize>) -> (Vec<String>, Option<String>) {
        let view = self.view;
        let batch = self.dims.batch();
        let head = count.map(|count| self.dims.of("head", count));
        let axes = view.dims(tensor).len();
        let pos = view.size(tensor, axes.saturating_sub(2)).map(|size| self.pos(size));
        let width = view.width(tensor).map(|size| self.dims.of("d_head", size));
        let dims = [Some(batch), head.clone(), pos, width].into_iter().flatten().collect();
        (dims, head)
    }

    fn pos(&mut self, size: usize) -> String {
        self.dims.of("pos", size)
    }

    fn ports(&mut self, heads: &Heads, head: Option<&str>) -> Vec<Port> {
        let same = |one: &Option<Reads>, other: &Option<Reads>| {
            one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| one.tensor == other.tensor)
        };
        let (fused, shared) = (same(&heads.q, &heads.k), same(&heads.k, &heads.v));
        let names = match (fused, shared) {
            (true, _) => ["qkv", "qkv", if shared { "qkv" } else { "values" }],
            (false, true) => ["queries", "kv", "kv"],
            (false, false) => ["queries", "keys", "values"],
        };
        let mut found = Vec::new();
        for ((name, reads), axis) in [("q", &heads.q), ("k", &heads.k), ("v", &heads.v)].into_iter().zip(names) {
            found.extend(reads.as_ref().map(|reads| self.port(name, reads, heads.count, axis)));
        }
        for (name, reads) in [("rot_q", &heads.q), ("rot_k", &heads.k)] {
            if let Some(tensor) = reads.as_ref().and_then(|reads| reads.rotated) {
                let (dims, _) = self.head_dims(tensor, heads.count);
                found.push(Port { name, tensor, dims, at: None });
            }
        }
        let attention = &heads.attention;
        for (name, tensor) in [("scores", attention.scores), ("pattern", attention.pattern)] {
            if self.view.by_row(tensor) && self.view.dims(tensor) == self.view.dims(attention.pattern) {
                let dims = self.pattern_dims(tensor, head);
                found.push(Port { name, tensor, dims, at: None });
            }
        }
        found
    }

    fn pattern_dims(&mut self, tensor: TensorId, head: Option<&str>) -> Vec<String> {
        let axes = self.view.dims(tensor).len();
        let mut dims = vec![self.dims.batch()];
        dims.extend(head.map(str::to_owned));
        for (name, behind) in [("query", 2), ("key", 1)] {
            dims.extend(self.view.size(tensor, axes.saturating_sub(behind)).map(|size| self.dims.of(name, size)));
        }
        dims
    }

    fn port(&mut self, name: &'static str, reads: &Reads, count: Option<usize>, axis: &str) -> Port {
        let tensor = reads.tensor;
        let mut at = None;
        let dims = match reads.share {
            Share::AtHead => self.head_dims(tensor, count).0,
            Share::Whole => self.last_named(tensor, axis),
            Share::Cut { start, length, group, stride } => {
                let dims = self.last_named(tensor, axis);
                let (count, unit) = (count.unwrap_or(1), self.dims.has("d_head", length));
                let count = if self.dims.has("head", count) { count } else { 0 };
                let range = range(unit, count, [start, length, group, stride]);
                at = dims.last().map(|dim| format!("{dim} = {range}"));
                dims
            }
        };
        Port { name, tensor, dims, at }
    }

    /// The dims of a tensor of the stream's form with another last axis.
    fn last_named(&mut self, tensor: TensorId, last: &str) -> Vec<String> {
        let mut dims = self.stream_dims_as(tensor, last);
        if dims.is_empty() {
            dims.push(self.dims.batch());
        }
        dims
    }

    /// An attention whose heads cannot be told apart.
    fn whole_attention(&mut self) -> Declaration {
        let whole = |known: &Known| match known.part {
            Part::Attention { heads: None, .. } => self.view.with_rows(known.branch.output),
            _ => None,
        };
        let found: Vec<(usize, TensorId)> =
            self.layers().filter_map(|(at, layer)| Some((at, whole(layer.attention()?)?))).collect();
        self.family(false, "attn", found, "d")
    }

    fn mlps(&mut self) -> Declaration {
        let mut members = Vec::new();
        let mlps: Vec<_> = self
            .layers()
            .filter_map(|(at, layer)| layer.mlp().map(|(known, mlp)| (at, known.branch.output, mlp.clone())))
            .collect();
        for (layer, output, mlp) in mlps {
            let Some(tensor) = self.view.with_rows(output) else { continue };
            let dims = self.stream_dims(tensor);
            let first = if mlp.up.is_some() { "gate" } else { "pre" };
            let before = mlp.before.first().filter(|_| mlp.before.len() == 1).map(|before| (first, *before));
            let mut ports = Vec::new();
            for (name, tensor) in before.into_iter().chain(mlp.up.map(|up| ("up", up))) {
                let Some(tensor) = self.view.with_rows(tensor) else { continue };
                let dims = self.stream_dims_as(tensor, "d_mlp");
                ports.push(Port { name, tensor, dims, at: None });
            }
            members.push(Member { layer: Some(layer), tensor, dims, heads: None, ports });
        }
        Declaration::new(false, "mlp", members)
    }

    fn hidden(&mut self) -> Declaration {
        let found: Vec<(usize, TensorId)> =
            self.structure.hidden.iter().enumerate().map(|(at, hidden)| (at, hidden.tensor)).collect();
        self.family(false, "hidden", found, "d_hidden")
    }

    fn sites(&mut self) -> Vec<Declaration> {
        let view = self.view;
        let rows = |tensor: TensorId| view.with_rows(tensor);
        let each = |of: &dyn Fn(usize, &Layer) -> Option<TensorId>| -> Vec<(usize, TensorId)> {
            self.layers().filter_map(|(at, layer)| Some((at, rows(of(at, layer)?)?))).collect()
        };
        let has_heads =
            |layer: &Layer| matches!(layer.attention()?.part, Part::Attention { heads: Some(_), .. }).then_some(());
        let next = |at: usize| self.structure.layers.get(at + 1).and_then(|layer| layer.steps.first());
        let families = [
            ("neurons", "d_mlp", each(&|_, layer| Some(layer.mlp()?.1.hidden))),
            ("attn_out", "d", each(&|_, layer| has_heads(layer).and(Some(layer.attention()?.branch.output)))),
            ("resid_pre", "d", each(&|_, layer| layer.pre())),
            ("resid_mid", "d", each(&|_, layer| Some(layer.mid()?.0))),
            (
                "normalized_mid",
                "d",
                each(&|_, layer| layer.mid().filter(|(_, next)| next.normalized).map(|(_, next)| next.before)),
            ),
            ("resid_post", "d", each(&|_, layer| layer.post())),
            (
                "normalized_post",
                "d",
                each(&|at, _| match next(at) {
                    Some((step, _)) => Some(step.before).filter(|_| step.normalized),
                    None => self.structure.ends.final_norm.filter(|_| self.structure.post_norm),
                }),
            ),
        ];
        let mut found: Vec<Declaration> =
            families.into_iter().map(|(name, axis, members)| self.family(true, name, members, axis)).collect();
        let ends = &self.structure.ends;
        let single = [("final_norm", ends.final_norm.filter(|_| !self.structure.post_norm)), ("pooled", ends.pooled)];
        for (name, tensor) in single {
            let Some(tensor) = tensor.and_then(rows) else { continue };
            let dims = self.stream_dims(tensor);
            found.push(Declaration::new(true, name, vec![alone(tensor, dims)]));
        }
        found
    }

    fn family(&mut self, is_site: bool, name: &str, members: Vec<(usize, TensorId)>, axis: &str) -> Declaration {
        let mut found = Vec::new();
        for (layer, tensor) in members {
            let dims = self.stream_dims_as(tensor, axis);
            found.push(Member { layer: Some(layer), tensor, dims, heads: None, ports: Vec::new() });
        }
        Declaration::new(is_site, name, found)
    }

    pub fn stream_dims(&mut self, tensor: TensorId) -> Vec<String> {
        self.stream_dims_as(tensor, "d")
    }

    /// Names for the axes of a tensor by rows: positions where there are two more, channels and sides of an
    /// image where there are three.
    pub fn stream_dims_as(&mut self, tensor: TensorId, last: &str) -> Vec<String> {
        let axes = self.view.dims(tensor);
        let names: &[&str] = match axes.len() {
            0 | 1 => &[],
            2 => &[last],
            3 => &["pos", last],
            4 => &["channel", "height", "width"],
            _ => &["axis_1", "axis_2", "axis_3", "axis_4", "axis_5", "axis_6", "axis_7"],
        };
        let mut dims = vec![self.dims.batch()];
        for (axis, name) in axes.iter().skip(1).zip(names) {
            if let FactDim::Fixed(size) = axis {
                dims.push(self.dims.of(name, *size));
            }
        }
        dims
    }
}

fn alone(tensor: TensorId, dims: Vec<String>) -> Member {
    Member { layer: None, tensor, dims, heads: None, ports: Vec::new() }
}

/// `h * d_head..(h + 1) * d_head`: the part of head `h`, in units of its width where that goes.
fn range(unit: bool, count: usize, [start, length, group, stride]: [usize; 4]) -> String {
    let head = if group == 1 { "h".to_owned() } else { format!("h / {group}") };
    let times = |factor: usize| match factor {
        0 => String::new(),
        1 => head.clone(),
        _ if group == 1 => format!("{factor} * h"),
        _ => format!("{head} * {factor}"),
    };
    if !unit || length == 0 || !start.is_multiple_of(length) || !stride.is_multiple_of(length) {
        let plus = |number: usize, term: String| match (number, term.is_empty()) {
            (0, false) => term,
            (number, true) => number.to_string(),
            (number, false) => format!("{number} + {term}"),
        };
        return format!("{}..{}", plus(start, times(stride)), plus(start + length, times(stride)));
    }
    let heads = start / length;
    let base = match heads.checked_div(count).unwrap_or(0) {
        _ if heads == 0 => String::new(),
        _ if count < 2 || !heads.is_multiple_of(count) => heads.to_string(),
        1 => "head".to_owned(),
        several => format!("{several} * head"),
    };
    let term = times(stride / length);
    let sum: Vec<&str> = [base.as_str(), term.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    let sum = sum.join(" + ");
    let whole = |sum: &str| if sum.contains(" + ") { format!("({sum}) * d_head") } else { format!("{sum} * d_head") };
    match sum.as_str() {
        "" => "0..d_head".to_owned(),
        sum => format!("{}..({sum} + 1) * d_head", whole(sum)),
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn parts_of_heads_are_written_in_their_width() {
        assert_eq!(range(true, 4, [0, 4, 1, 4]), "h * d_head..(h + 1) * d_head");
        assert_eq!(range(true, 4, [16, 4, 1, 4]), "(head + h) * d_head..(head + h + 1) * d_head");
        assert_eq!(range(true, 4, [32, 4, 1, 4]), "(2 * head + h) * d_head..(2 * head + h + 1) * d_head");
        assert_eq!(range(true, 4, [4, 4, 1, 12]), "(1 + 3 * h) * d_head..(1 + 3 * h + 1) * d_head");
        assert_eq!(range(true, 4, [0, 4, 2, 4]), "h / 2 * d_head..(h / 2 + 1) * d_head");
        assert_eq!(range(false, 4, [3, 4, 1, 5]), "3 + 5 * h..7 + 5 * h");
        assert_eq!(range(true, 4, [4, 4, 4, 0]), "1 * d_head..(1 + 1) * d_head");
    }
}
