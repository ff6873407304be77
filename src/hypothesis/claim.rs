//! A checked hypothesis: nodes bound to regions of the model graph, arrows between them. No text,
//! no names to resolve; what lowering works on. Spans lie beside it, never in it.

use crate::model::{Region, TensorId};

/// Index of a node in [`Hypothesis::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub usize);

/// Index into the table of features that claims condition on (one entry for each distinct
/// expression, with its sampling classes on the data).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureIx(pub usize);

/// A rooted graph of claims about one behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    pub name: String,
    /// The model outputs that the behaviour reads: the root's region.
    pub outputs: Vec<TensorId>,
    pub unclaimed: Unclaimed,
    pub nodes: Vec<Node>,
    /// In source order; no two from one node to the same end.
    pub arrows: Vec<Arrow>,
}

/// Where what no arrow reaches comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclaimed {
    /// One datum for each visit of an opened node, uniform over the data.
    Any,
    /// The datum that the node was given.
    Exact,
}

/// A claim that a region computes a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub tensor: TensorId,
    pub region: Region,
    pub computes: Computes,
}

/// What of the datum a node's value depends on, so the hypothesis says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computes {
    /// All of it.
    Exact,
    /// Nothing of it.
    Any,
    /// Only the value of a feature.
    Feature(FeatureIx),
    /// Element i of a feature for element i of the region along `axis` of the tensor.
    Elementwise { feature: FeatureIx, axis: usize },
}

/// A claim that the target needs from the source only the value of its feature, along the direct
/// paths: those that meet no other component in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrow {
    pub from: NodeIx,
    pub to: End,
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

impl Hypothesis {
    /// The nodes whose arrows end here, in source order.
    pub fn sources(&self, end: End) -> impl Iterator<Item = NodeIx> + '_ {
        self.arrows.iter().filter(move |arrow| arrow.to == end).map(|arrow| arrow.from)
    }

    #[must_use]
    pub fn node(&self, index: NodeIx) -> &Node {
        &self.nodes[index.0]
    }
}
