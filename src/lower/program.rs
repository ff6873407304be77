//! The lowered form of a hypothesis: an unrolled graph, and for each of its inputs where the
//! values come from. This is all that the executor needs; nothing in it knows the language.

use super::tree::{DrawId, Tree};
use crate::model::{FactDim, Graph, Region, TensorId};
use std::fmt::Write;

/// Index of a feed in [`Program::feeds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(pub usize);

/// What to draw, what to gather, and what to compute.
#[derive(Debug, Clone)]
pub struct Program {
    pub tree: Tree,
    /// Copies of only those operators that lie on claimed paths.
    pub graph: Graph,
    /// For each tensor of `graph` by index the model tensor that it is a value of, if it is one.
    pub origins: Vec<Option<TensorId>>,
    pub feeds: Vec<Feed>,
    /// For each output of the behaviour: a value of the unrolled graph, or a feed as it is.
    pub outputs: Vec<Operand>,
}

/// One gathered tensor.
#[derive(Debug, Clone)]
pub struct Feed {
    pub source: Source,
    /// The input of the unrolled graph that it enters by; `None` if it is an output as it is.
    pub input: Option<TensorId>,
}

/// Where the values of a feed come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Clean values of a model tensor, gathered by row: later parts overwrite earlier ones.
    Rows { tensor: TensorId, parts: Vec<(Region, DrawId)> },
    /// The sizes of a model tensor's axes as an int64 vector, for the rows at hand.
    Shape(Vec<FactDim>),
}

/// A value in the unrolled graph, or one that is only gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    Feed(FeedId),
    Tensor(TensorId),
}

impl Program {
    /// The model tensors whose clean values are gathered, each once, with the part that is read.
    #[must_use]
    pub fn captures(&self) -> Vec<(TensorId, Region)> {
        let mut found: std::collections::BTreeMap<TensorId, Region> = std::collections::BTreeMap::new();
        for feed in &self.feeds {
            let Source::Rows { tensor, parts } = &feed.source else { continue };
            for (region, _) in parts {
                found.entry(*tensor).and_modify(|known| *known = known.hull(region)).or_insert_with(|| region.clone());
            }
        }
        found.into_iter().collect()
    }

    /// The program as text: draws, feeds, operators.
    #[must_use]
    pub fn dump(&self, model: &Graph) -> String {
        let mut out = String::new();
        for (index, draw) in self.tree.draws.iter().enumerate() {
            let _ = writeln!(
                out,
                "draw {index}: {} {:?} {:?} at `{}`",
                draw.role.word(),
                draw.rule,
                draw.positions,
                draw.occurrence
            );
        }
        for (index, feed) in self.feeds.iter().enumerate() {
            let text = match &feed.source {
                Source::Rows { tensor, parts } => {
                    let parts = parts.iter().map(|(region, draw)| format!("{region}@draw {}", draw.0));
                    format!("`{}` {}", model.tensor(*tensor).name, parts.collect::<Vec<_>>().join(" then "))
                }
                Source::Shape(dims) => format!("sizes {dims:?}"),
            };
            let _ = writeln!(out, "feed {index}: {text}");
        }
        for node in &self.graph.nodes {
            let names = |ids: &[Option<TensorId>]| {
                let name = |id: &Option<TensorId>| id.map_or("", |id| self.graph.tensor(id).name.as_str());
                ids.iter().map(name).collect::<Vec<_>>().join(", ")
            };
            let _ = writeln!(out, "{} = {}({})", names(&node.outputs), node.op, names(&node.inputs));
        }
        for output in &self.outputs {
            let _ = match output {
                Operand::Feed(feed) => writeln!(out, "output feed {}", feed.0),
                Operand::Tensor(tensor) => writeln!(out, "output {}", self.graph.tensor(*tensor).name),
            };
        }
        out
    }
}
