//! The structure of a transformer, recognised in its graph, and a map of the language written from it.
//!
//! ```text
//! Model ─view─▶ stream ─▶ layers (attention, heads, mlp) ─▶ Structure ─map─▶ text, checked
//! ```
//!
//! Nothing goes by names: the stream is where a tensor and what is computed from it are added, an attention is a
//! softmax over products whose result weighs values, an MLP is two products with weights around a nonlinearity.
//! What is found is said; what has weights and was not recognised is said too ([`Unnamed`]).

mod attention;
mod declare;
mod dims;
mod embedding;
mod ends;
mod first;
mod heads;
mod hidden;
mod layers;
mod map;
mod mlp;
mod norms;
mod parts;
mod stream;
mod template;
mod unnamed;
mod values;
mod verify;
mod view;
mod words;

use crate::model::{Model, TensorId};
pub use attention::Attention;
pub use embedding::{Embedding, Start};
pub use ends::Ends;
pub use heads::{Heads, Reads, Share};
pub use hidden::Hidden;
pub use layers::{Known, Layer, Part};
pub use map::MapName;
pub use mlp::Mlp;
pub use stream::{Branch, Step};
pub use unnamed::{Unnamed, Why};
pub use values::plain_name;
pub use verify::{Written, write};
pub use view::View;

/// What was recognised of a model.
#[derive(Debug, Clone, Default)]
pub struct Structure {
    pub layers: Vec<Layer>,
    pub start: Start,
    pub ends: Ends,
    /// Hidden layers of a model without a stream, in order.
    pub hidden: Vec<Hidden>,
    /// Whether each step goes on from a normalisation of the one before.
    pub post_norm: bool,
}

impl Structure {
    /// The embeddings, the one with the largest table first.
    pub fn embeddings(&self) -> impl Iterator<Item = &Embedding> {
        self.start.embeddings.iter()
    }

    /// Whether any attention was recognised.
    #[must_use]
    pub fn has_attention(&self) -> bool {
        self.layers.iter().any(|layer| layer.attention().is_some())
    }

    /// The last tensor of the stream.
    #[must_use]
    pub fn last(&self) -> Option<TensorId> {
        self.layers.last()?.post()
    }
}

/// Recognises the structure of a model.
#[must_use]
pub fn recognise(model: &Model) -> (Structure, Vec<Unnamed>) {
    let view = View::new(model);
    let structure = structure(&view);
    let left = unnamed::unnamed(&view, &structure);
    (structure, left)
}

fn structure(view: &View<'_>) -> Structure {
    let steps = stream::stream(view);
    let post_norm = steps.iter().skip(1).any(|step| step.normalized);
    let mut found = Structure { post_norm, ..Structure::default() };
    found.layers = layers::layers(view, steps);
    match found.layers.first().and_then(Layer::pre) {
        Some(first) => found.start = embedding::start(view, first),
        None => {
            found.start.embeddings = embedding::anywhere(view);
            found.hidden = hidden::hidden(view);
        }
    }
    match found.last() {
        Some(last) => found.ends = ends::ends(view, last),
        None => found.ends.unembed = hidden::last(view),
    }
    found
}
