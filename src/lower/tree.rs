//! Treeification: one visit for each way to walk from the root along arrows, with the draws that
//! each visit makes. This is the recursion of `scrub` without any values.

use crate::hypothesis::{Computes, End, FeatureIx, Hypothesis, NodeIx, Scheme};
use crate::model::{Graph, Region, TensorId};

/// Index of a visit in [`Tree::visits`]; the root is visit 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitId(pub usize);

/// Index of a draw in [`Tree::draws`]; draw 0 is the reference itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrawId(pub usize);

impl DrawId {
    /// The reference.
    pub const REFERENCE: DrawId = DrawId(0);
}

/// All visits and draws of a hypothesis; parents before children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub visits: Vec<Visit>,
    pub draws: Vec<Draw>,
}

/// One visit of a node, or of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// `None` for the root.
    pub node: Option<NodeIx>,
    /// The node's own datum.
    pub datum: DrawId,
    /// The datum of what no arrow reaches; `None` for a leaf.
    pub unclaimed: Option<DrawId>,
    /// What this visit computes: one region, or the outputs for the root.
    pub target: Target,
    /// The visits of the arrows' sources.
    pub children: Vec<VisitId>,
}

/// What a visit computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Outputs(Vec<TensorId>),
    Part { tensor: TensorId, region: Region },
}

/// One random choice of a row for each reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub role: Role,
    /// The chain of resolved places from the root: never names of nodes, never their order.
    pub occurrence: String,
    /// The indices of the per-position nodes on the chain.
    pub positions: Vec<usize>,
    pub rule: Rule,
}

/// What a draw is for; part of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reference,
    Claim,
    Unclaimed,
    /// The row whose labels the outputs of the reference are paired with, for the baseline `shuffled`
    /// where it is sampled.
    Baseline,
}

/// How a draw chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Reference,
    /// Any row.
    Uniform,
    /// A row on which the feature (or its element) has the value that it has on the row of `given`.
    Agree {
        feature: FeatureIx,
        element: Option<usize>,
        given: DrawId,
    },
}

impl Role {
    /// The word used in draw files and in the key of the hash.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Reference => "reference",
            Role::Claim => "claim",
            Role::Unclaimed => "unclaimed",
            Role::Baseline => "baseline",
        }
    }
}

/// The tree would have more visits than this: `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyVisits {
    pub limit: usize,
}

/// More visits than this make a plan that no machine runs.
const VISIT_LIMIT: usize = 20_000;

/// Unfolds a hypothesis. `shape` gives the sizes of a tensor's axes (the batch axis may have any).
///
/// # Errors
/// More than 20,000 visits.
pub fn treeify(
    graph: &Graph,
    hypothesis: &Hypothesis,
    shape: &dyn Fn(TensorId) -> Vec<usize>,
) -> Result<Tree, TooManyVisits> {
    let reference =
        Draw { role: Role::Reference, occurrence: String::new(), positions: Vec::new(), rule: Rule::Reference };
    let tree = Tree { visits: Vec::new(), draws: vec![reference] };
    let mut builder = Builder { graph, hypothesis, shape, tree };
    let mut names: Vec<&str> = hypothesis.outputs.iter().map(|output| graph.tensor(*output).name.as_str()).collect();
    // The order in which a behaviour reads its outputs is no part of what it claims.
    names.sort_unstable();
    let place = Place {
        node: None,
        target: Target::Outputs(hypothesis.outputs.clone()),
        datum: DrawId::REFERENCE,
        occurrence: names.join(" + "),
        positions: Vec::new(),
    };
    builder.visit(&place)?;
    Ok(builder.tree)
}

struct Builder<'a> {
    graph: &'a Graph,
    hypothesis: &'a Hypothesis,
    shape: &'a dyn Fn(TensorId) -> Vec<usize>,
    tree: Tree,
}

/// What a visit is made from.
struct Place {
    node: Option<NodeIx>,
    target: Target,
    datum: DrawId,
    occurrence: String,
    positions: Vec<usize>,
}

impl Builder<'_> {
    fn visit(&mut self, place: &Place) -> Result<VisitId, TooManyVisits> {
        if self.tree.visits.len() >= VISIT_LIMIT {
            return Err(TooManyVisits { limit: VISIT_LIMIT });
        }
        let id = VisitId(self.tree.visits.len());
        let end = place.node.map_or(End::Root, End::Node);
        let sources: Vec<NodeIx> = self.hypothesis.sources(end).collect();
        let opened = place.node.is_none() || !sources.is_empty();
        let unclaimed = opened.then(|| self.unclaimed(place));
        let visit = Visit {
            node: place.node,
            datum: place.datum,
            unclaimed,
            target: place.target.clone(),
            children: Vec::new(),
        };
        self.tree.visits.push(visit);
        for source in sources {
            for child in self.children(place, source) {
                let child = self.visit(&child)?;
                self.tree.visits[id.0].children.push(child);
            }
        }
        Ok(id)
    }

    fn unclaimed(&mut self, place: &Place) -> DrawId {
        match self.hypothesis.unclaimed {
            Scheme::Exact => place.datum,
            _ => self.draw(Role::Unclaimed, &place.occurrence, &place.positions, Rule::Uniform),
        }
    }

    /// The visits that one arrow makes: one, or one for each element of a per-position claim.
    fn children(&mut self, parent: &Place, source: NodeIx) -> Vec<Place> {
        let node = self.hypothesis.node(source).clone();
        let name = &self.graph.tensor(node.tensor()).name;
        let occurrence = format!("{} <- {name}{} (direct)", parent.occurrence, node.region());
        let child = |datum: DrawId, region: Region, positions: Vec<usize>| Place {
            node: Some(source),
            target: Target::Part { tensor: node.tensor(), region },
            datum,
            occurrence: occurrence.clone(),
            positions,
        };
        match node.computes {
            Computes::Exact => vec![child(parent.datum, node.region().clone(), parent.positions.clone())],
            Computes::Any => {
                let datum = self.draw(Role::Claim, &occurrence, &parent.positions, Rule::Uniform);
                vec![child(datum, node.region().clone(), parent.positions.clone())]
            }
            Computes::Feature(feature) => {
                let rule = Rule::Agree { feature, element: None, given: parent.datum };
                let datum = self.draw(Role::Claim, &occurrence, &parent.positions, rule);
                vec![child(datum, node.region().clone(), parent.positions.clone())]
            }
            Computes::Elementwise { feature, ref axes } => {
                let axis = axes[0];
                let size = (self.shape)(node.tensor()).get(axis).copied().unwrap_or(0);
                let (start, end) = node.region().range(axis, size);
                let element = |builder: &mut Self, at: usize| {
                    let positions: Vec<usize> = parent.positions.iter().copied().chain([at]).collect();
                    let rule = Rule::Agree { feature, element: Some(at), given: parent.datum };
                    let datum = builder.draw(Role::Claim, &occurrence, &positions, rule);
                    child(datum, node.region().clone().cut(axis, at, at + 1, size), positions)
                };
                (start..end).map(|at| element(self, at)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn draw(&mut self, role: Role, occurrence: &str, positions: &[usize], rule: Rule) -> DrawId {
        let id = DrawId(self.tree.draws.len());
        self.tree.draws.push(Draw { role, occurrence: occurrence.to_owned(), positions: positions.to_vec(), rule });
        id
    }
}
