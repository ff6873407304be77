//! The lowered form of a hypothesis: an unrolled graph, and for each of its inputs where the
//! values come from. This is all that the executor needs; nothing in it knows the language.

use super::spaces::ABSENT;
use super::tree::{DrawId, Tree};
use crate::hypothesis::{EstimateIx, FeatureIx};
use crate::model::{FactDim, Graph, Region, TensorId};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Index of a feed in [`Program::feeds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(pub usize);

/// Index of a mean in [`Program::means`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeanIx(pub usize);

/// What to draw, what to gather, and what to compute.
#[derive(Debug, Clone)]
pub struct Program {
    pub tree: Tree,
    /// Copies of only those operators that lie on claimed paths.
    pub graph: Graph,
    /// For each tensor of `graph` by index the model tensor that it is a value of, if it is one.
    pub origins: Vec<Option<TensorId>>,
    /// For each tensor of `graph` by index how many rows it has for each reference.
    pub multiples: Vec<usize>,
    /// For each tensor of `graph` by index a model tensor with as many bytes a row.
    pub likes: Vec<Option<TensorId>>,
    pub feeds: Vec<Feed>,
    /// For each output of the behaviour: a value of the unrolled graph, or a feed as it is.
    pub outputs: Vec<Operand>,
    pub means: Vec<Mean>,
    /// Numbers that estimates put in the place of ports.
    pub numbers: Vec<Arc<Vec<f32>>>,
    /// Where positions mix, so that a value is computed once for each of them.
    pub expansions: Vec<Expansion>,
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
    /// Values of a model tensor, `rows` for each reference, put together piece by piece: later
    /// ones overwrite earlier ones, and what none covers is zero.
    Rows { tensor: TensorId, rows: usize, pieces: Vec<Piece> },
    /// The sizes of a model tensor's axes as an int64 vector, for `rows` times the references.
    Shape { dims: Vec<FactDim>, rows: usize },
    /// int64 [references · rows, positions]: in a tensor of `expanded` rows for each reference
    /// and `positions` positions, flattened, where each position of each row is taken from.
    Places { rows: usize, positions: usize, expanded: usize, table: Vec<u32> },
}

/// A box with what fills it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    pub region: Region,
    pub filling: Filling,
}

/// Rows of the dataset: for each row of a feed the tuple of a draw; [`ABSENT`] for none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gathered {
    pub draw: DrawId,
    pub lookup: Vec<u32>,
}

/// What fills a box.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filling {
    /// The clean value on a drawn row.
    Row(Gathered),
    /// A mean, of the class of a drawn row if it is one over classes.
    Mean { mean: MeanIx, of: Option<Gathered> },
    /// A number, by its bits.
    Constant(u64),
    /// The numbers at an index of [`Program::numbers`], which are those of a region.
    Numbers { at: usize, of: Region },
    /// An estimate of a region on one row, and what is left of the clean value on another.
    Estimate { estimate: EstimateIx, of: Region, own: Gathered, rest: Gathered },
}

/// A mean of clean values over the dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mean {
    pub tensor: TensorId,
    /// The box that is averaged.
    pub region: Region,
    /// One mean for each class of a feature.
    pub over: Option<FeatureIx>,
    /// Also along this axis.
    pub along: Option<usize>,
}

/// A value that is computed once for each position of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The model tensor at which positions come together again.
    pub tensor: TensorId,
    /// The operator that mixes them.
    pub operator: String,
    /// Rows for each reference before and after.
    pub rows: usize,
    pub expanded: usize,
}

/// A value in the unrolled graph, or one that is only gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operand {
    Feed(FeedId),
    Tensor(TensorId),
}

impl Gathered {
    /// Every drawn row, each once: (draw, tuple).
    pub fn each(&self) -> impl Iterator<Item = (DrawId, u32)> + '_ {
        self.lookup.iter().filter(|tuple| **tuple != ABSENT).map(|tuple| (self.draw, *tuple))
    }
}

impl Filling {
    /// What is gathered from clean values of the dataset.
    #[must_use]
    pub fn rows(&self) -> Vec<&Gathered> {
        match self {
            Filling::Row(row) => vec![row],
            Filling::Estimate { own, rest, .. } => vec![own, rest],
            Filling::Mean { .. } | Filling::Constant(_) | Filling::Numbers { .. } => Vec::new(),
        }
    }
}

impl Source {
    /// Rows for each reference; of a vector of sizes none.
    #[must_use]
    pub fn multiple(&self) -> usize {
        match self {
            Source::Rows { rows, .. } | Source::Places { rows, .. } => *rows,
            Source::Shape { .. } => 0,
        }
    }
}

impl Program {
    /// The model tensors whose clean values are gathered, each once, with the part that is read.
    #[must_use]
    pub fn captures(&self) -> Vec<(TensorId, Region)> {
        let mut found: BTreeMap<TensorId, Region> = BTreeMap::new();
        for feed in &self.feeds {
            let Source::Rows { tensor, pieces, .. } = &feed.source else { continue };
            for piece in pieces.iter().filter(|piece| !piece.filling.rows().is_empty()) {
                let read = match &piece.filling {
                    Filling::Estimate { of, .. } => of,
                    _ => &piece.region,
                };
                found.entry(*tensor).and_modify(|known| *known = known.hull(read)).or_insert_with(|| read.clone());
            }
        }
        found.into_iter().collect()
    }

    /// The outputs that the graph computes.
    #[must_use]
    pub fn computed(&self) -> Vec<TensorId> {
        let tensor = |output: &Operand| match output {
            Operand::Tensor(tensor) => Some(*tensor),
            Operand::Feed(_) => None,
        };
        self.outputs.iter().filter_map(tensor).collect()
    }

    /// The program as text: draws, feeds, operators.
    #[must_use]
    pub fn dump(&self, model: &Graph) -> String {
        let mut out = String::new();
        for (index, draw) in self.tree.draws.iter().enumerate() {
            let tuples = self.tree.space(draw.space).len();
            let _ =
                writeln!(out, "draw {index}: {} x{tuples} {:?} at `{}`", draw.role.word(), draw.rule, draw.occurrence);
        }
        for (index, feed) in self.feeds.iter().enumerate() {
            let _ = writeln!(out, "feed {index}: {}", source_text(&feed.source, model));
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

fn source_text(source: &Source, model: &Graph) -> String {
    match source {
        Source::Rows { tensor, rows, pieces } => {
            let text = |piece: &Piece| format!("{}@{}", piece.region, filling_text(&piece.filling));
            let pieces: Vec<String> = pieces.iter().map(text).collect();
            format!("`{}` x{rows} {}", model.tensor(*tensor).name, pieces.join(" then "))
        }
        Source::Shape { dims, rows } => format!("sizes {dims:?} x{rows}"),
        Source::Places { rows, positions, expanded, .. } => format!("places x{rows} of {positions} in x{expanded}"),
    }
}

fn filling_text(filling: &Filling) -> String {
    match filling {
        Filling::Row(row) => format!("draw {}", row.draw.0),
        Filling::Mean { mean, .. } => format!("mean {}", mean.0),
        Filling::Constant(bits) => format!("{}", f64::from_bits(*bits)),
        Filling::Numbers { at, .. } => format!("numbers {at}"),
        Filling::Estimate { estimate, own, rest, .. } => {
            format!("estimate {} on draw {}, rest on draw {}", estimate.0, own.draw.0, rest.draw.0)
        }
    }
}
