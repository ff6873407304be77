//! A checked hypothesis: nodes bound to regions of the model graph, arrows between them. No text,
//! no names to resolve; what lowering works on. Spans lie beside it, never in it.

use crate::model::{Region, TensorId};
use std::sync::Arc;

/// Index of a node in [`Hypothesis::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub usize);

/// Index into the table of features that claims condition on (one entry for each distinct
/// expression, with its sampling classes on the data).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureIx(pub usize);

/// Index of a dataset of a hypothesis: 0 is the one that it is about, the others are those that
/// named draws and nodes take their data from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataIx(pub usize);

/// Index of a named draw in [`Hypothesis::draws`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrawIx(pub usize);

/// Index into the table of expressions that estimate activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EstimateIx(pub usize);

/// A box of a tensor of the model graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    pub tensor: TensorId,
    pub region: Region,
}

/// A rooted graph of claims about one behaviour.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    pub name: String,
    /// The model outputs that the behaviour reads: the root's region.
    pub outputs: Vec<TensorId>,
    /// Of the root.
    pub unclaimed: Scheme,
    pub nodes: Vec<Node>,
    /// In source order; no two that claim the same path.
    pub arrows: Vec<Arrow>,
    pub draws: Vec<NamedDraw>,
    /// How many references share each draw, at least 1.
    pub pool: usize,
}

/// Where what no arrow reaches comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    /// One datum for each visit of an opened node, uniform over the data.
    Any,
    /// The datum that the node was given.
    Exact,
    /// A datum for each component that the walk reaches.
    Apart,
    /// Each component that the walk reaches is replaced by its mean: over all rows of the data, or
    /// over those that agree with the node's own datum.
    Mean(Option<FeatureIx>),
    /// Each component that the walk reaches is replaced by a number; zero ablation is 0.
    Constant(f64),
    /// One datum for each reference, shared by all that name it.
    Named(DrawIx),
}

/// One datum for each reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDraw {
    /// What tells it from others: of all names only this one is part of a draw's key.
    pub name: String,
    pub data: DataIx,
    /// The row is the one that belongs to the reference's, not a random one.
    pub paired: bool,
}

/// A claim that some regions together compute a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub name: String,
    /// At least one; they do not overlap.
    pub parts: Vec<Part>,
    pub computes: Computes,
    /// The dataset that its datum is drawn from.
    pub data: DataIx,
    pub unclaimed: Scheme,
    /// Unclaimed schemes of ports: what is read through one of the parts.
    pub ports: Vec<(Vec<Part>, Scheme)>,
    pub estimate: Option<Estimate>,
}

/// What of the datum a node's value depends on, so the hypothesis says.
#[derive(Debug, Clone, PartialEq)]
pub enum Computes {
    /// All of it.
    Exact,
    /// Nothing of it.
    Any,
    /// Only the value of a feature.
    Feature(FeatureIx),
    /// Element i of a feature for element i of each part along its axis in `axes`.
    Elementwise { feature: FeatureIx, axes: Vec<usize> },
    /// Nothing: the mean over all rows, or over those that agree with the target's datum in
    /// `over`; for each part also along the axis in `along`, if there is one.
    Mean { over: Option<FeatureIx>, along: Vec<Option<usize>> },
    /// Nothing: the same number everywhere.
    Constant(f64),
}

/// An activation as an estimate and a rest. The estimate is evaluated on the node's own datum; the
/// rest is the clean activation less the estimate, both on the datum of the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub kind: EstimateKind,
    pub rest: Rest,
}

#[derive(Debug, Clone, PartialEq)]
pub enum EstimateKind {
    /// A function of the datum and its clean activation. Such a node has one part and no arrows.
    Expression(EstimateIx),
    /// The node recomputed with a part replaced by these numbers (of the part's shape, row-major),
    /// the same for every datum.
    Changed { port: Part, value: Arc<Vec<f32>> },
}

/// Which datum the rest is taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Any row.
    Any,
    /// The node's own datum.
    Exact,
    /// A row that agrees with the node's own datum.
    Agree(FeatureIx),
}

/// A claim that the target needs from the source only the value of its feature, along some paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    pub from: NodeIx,
    /// What of the source's parts it takes, part by part.
    pub source: Vec<Part>,
    pub to: End,
    /// The parts of the target's regions that its paths end in; empty for all of them.
    pub target: Vec<Part>,
    pub paths: PathKind,
    /// Its paths pass one of these; empty for no condition.
    pub gates: Vec<Part>,
    /// Its paths pass none of these.
    pub except: Vec<Part>,
    /// Its paths are these terms of an attention sum; then there are gates, the values.
    pub terms: Option<Terms>,
}

/// Which paths an arrow takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// Those that meet no component in between.
    Direct,
    /// All.
    All,
}

/// Some terms of the sum over keys of `pattern[query, key] · value[key]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The tensor of the pattern.
    pub pattern: TensorId,
    /// Its axes.
    pub query: usize,
    pub key: usize,
    /// Whether a term is claimed: query by query, key after key.
    pub claimed: Arc<Vec<bool>>,
}

/// Where an arrow ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The behaviour.
    Root,
    Node(NodeIx),
}

impl End {
    /// The node, unless it is the behaviour.
    #[must_use]
    pub fn node(self) -> Option<NodeIx> {
        match self {
            End::Root => None,
            End::Node(node) => Some(node),
        }
    }
}

impl Node {
    /// A node of one part, of the hypothesis' own data, with the default for what is unclaimed.
    #[must_use]
    pub fn new(name: &str, tensor: TensorId, region: Region, computes: Computes) -> Node {
        Node {
            name: name.to_owned(),
            parts: vec![Part { tensor, region }],
            computes,
            data: DataIx::default(),
            unclaimed: Scheme::Any,
            ports: Vec::new(),
            estimate: None,
        }
    }
}

impl Node {
    /// The tensor of its first part.
    #[must_use]
    pub fn tensor(&self) -> TensorId {
        self.parts[0].tensor
    }

    /// The box of its first part.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.parts[0].region
    }
}

impl Arrow {
    /// An arrow for all paths of its kind from all of a node.
    #[must_use]
    pub fn new(from: NodeIx, node: &Node, to: End, paths: PathKind) -> Arrow {
        Arrow {
            from,
            source: node.parts.clone(),
            to,
            target: Vec::new(),
            paths,
            gates: Vec::new(),
            except: Vec::new(),
            terms: None,
        }
    }
}

impl Hypothesis {
    /// A hypothesis without claims.
    #[must_use]
    pub fn new(name: &str, outputs: Vec<TensorId>, unclaimed: Scheme) -> Hypothesis {
        Hypothesis {
            name: name.to_owned(),
            outputs,
            unclaimed,
            nodes: Vec::new(),
            arrows: Vec::new(),
            draws: Vec::new(),
            pool: 1,
        }
    }

    /// The arrows that end here, in source order.
    pub fn arrows_into(&self, end: End) -> impl Iterator<Item = &Arrow> + '_ {
        self.arrows.iter().filter(move |arrow| arrow.to == end)
    }

    /// The nodes whose arrows end here, in source order.
    pub fn sources(&self, end: End) -> impl Iterator<Item = NodeIx> + '_ {
        self.arrows_into(end).map(|arrow| arrow.from)
    }

    #[must_use]
    pub fn node(&self, index: NodeIx) -> &Node {
        &self.nodes[index.0]
    }

    /// Where an end's unclaimed values come from.
    #[must_use]
    pub fn scheme(&self, end: End) -> Scheme {
        end.node().map_or(self.unclaimed, |node| self.node(node).unclaimed)
    }
}
