//! Treeification: one visit for each way to walk from the root along arrows, with the draws that
//! each visit makes. This is the recursion of `scrub` without any values. Visits that differ only
//! in the positions of per-position nodes are one visit with a space of positions.

use super::spaces::{Space, SpaceId, Spaces};
use crate::hypothesis::{DataIx, DrawIx, End, EstimateIx, FeatureIx, Part};

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

/// All visits and draws of a hypothesis; parents before children, draws behind those they are given.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub spaces: Spaces,
    pub visits: Vec<Visit>,
    pub draws: Vec<Draw>,
    /// How many references share each draw.
    pub pool: usize,
}

/// A datum for each tuple of positions of a visit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Datum {
    pub draw: DrawId,
    /// For each tuple of the visit's space the tuple of the draw's.
    pub lookup: Vec<u32>,
}

/// One visit of a node, or of the root; for a per-position node one for each tuple of positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    pub end: End,
    pub space: SpaceId,
    /// The node's own datum.
    pub datum: Datum,
    /// What fills what no arrow reaches, by scheme: the end's own, then its ports'. Empty for a
    /// visit that is not recomputed.
    pub fills: Vec<Fill>,
    pub content: Content,
    /// What of the node is visited; for the root its outputs.
    pub parts: Vec<Part>,
    /// For a per-position node, by part, the axis along which the last position of a tuple runs.
    pub axes: Option<Vec<usize>>,
    /// The visits of the arrows' sources, in the order of the arrows into this end.
    pub children: Vec<VisitId>,
    /// The datum of an estimate's rest.
    pub rest: Option<Datum>,
}

/// What a visit gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A leaf: the clean value on its datum.
    Clean,
    /// Recomputed from its arrows.
    Opened,
    /// The mean over all rows, or over those that agree with a datum; by part along an axis.
    Mean {
        over: Option<(FeatureIx, Datum)>,
        along: Vec<Option<usize>>,
    },
    Constant(f64),
    /// An expression, and the rest.
    Estimated(EstimateIx),
    /// Recomputed with a port replaced, and the rest.
    Changed,
}

/// What fills what no arrow reaches.
#[derive(Debug, Clone, PartialEq)]
pub enum Fill {
    Row(Datum),
    /// A datum for each component.
    Apart(Vec<(Part, Datum)>),
    Mean(Option<(FeatureIx, Datum)>),
    Constant(f64),
}

/// Random choices of a row for each reference, one for each tuple of a space.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    pub role: Role,
    /// The chain of resolved places from the root: never names of nodes, never their order.
    pub occurrence: String,
    pub space: SpaceId,
    pub rule: Rule,
}

/// What a draw is for; part of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reference,
    Claim,
    Unclaimed,
    /// Of one component, where unclaimed ones are drawn apart.
    Apart,
    /// Of an estimate's rest.
    Rest,
    Named,
    /// The row whose labels the outputs of the reference are paired with, for the baseline `shuffled`
    /// where it is sampled.
    Baseline,
}

/// How a draw chooses.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    Reference,
    /// Any row of a dataset.
    Uniform(DataIx),
    /// A row of a dataset on which the feature has the value that it has on the row of `given`; a
    /// feature for each element is taken at the last position of the draw's own tuple.
    Agree {
        feature: FeatureIx,
        elementwise: bool,
        given: Datum,
        data: DataIx,
    },
    /// The row that belongs to the reference's.
    Paired(DrawIx),
}

impl Role {
    /// The word used in draw files and in the key of the hash.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Reference => "reference",
            Role::Claim => "claim",
            Role::Unclaimed => "unclaimed",
            Role::Apart => "apart",
            Role::Rest => "rest",
            Role::Named => "named",
            Role::Baseline => "baseline",
        }
    }
}

impl Tree {
    #[must_use]
    pub fn space(&self, id: SpaceId) -> &Space {
        self.spaces.get(id)
    }

    /// The space of a draw.
    #[must_use]
    pub fn draw_space(&self, draw: DrawId) -> &Space {
        self.spaces.get(self.draws[draw.0].space)
    }

    /// Visits, position by position.
    #[must_use]
    pub fn count_visits(&self) -> usize {
        self.visits.iter().map(|visit| self.space(visit.space).len()).sum()
    }

    /// Random choices for each reference.
    #[must_use]
    pub fn count_draws(&self) -> usize {
        self.draws.iter().skip(1).map(|draw| self.spaces.get(draw.space).len()).sum()
    }
}

impl Visit {
    /// Whether it is recomputed from other values.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        matches!(self.content, Content::Opened | Content::Changed)
    }
}
