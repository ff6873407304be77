//! Variations of a checked hypothesis, to hold its score against: the same claims between random
//! places, the same places with permuted classes, and the hypothesis with one claim changed.
//!
//! A variation differs from its hypothesis in claims or in classes, never in its behaviour or its
//! data. Draws are keyed by places, so that what a variation does not touch keeps its draws.

mod change;
mod partition;
mod places;
mod random;

use crate::hypothesis::{BoundModel, End, FeatureIx, Hypothesis, NodeIx, Scheme};
use crate::lower::{Ground, Walk};
use crate::sample::Classes;
use crate::source::Span;
pub use change::{Around, changes};
pub use partition::{Partition, permuted};
pub use random::random_places;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Classes of a variation that its hypothesis does not have, or has otherwise.
pub type OwnClasses = BTreeMap<(FeatureIx, Option<usize>), Arc<dyn Classes + Send>>;

/// A hypothesis beside another.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone)]
pub struct Variation {
    pub kind: Kind,
    pub claims: Hypothesis,
    pub classes: OwnClasses,
}

/// What kind of variation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// No claims: all is drawn at once.
    Empty,
    /// The rows of all features permuted, by one permutation.
    Permuted,
    /// The same claims between other places.
    Random,
    Changed(Change),
}

/// One claim of a hypothesis, changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The arrow at this place is gone, and all that only it leads to the behaviour.
    Without(usize),
    /// What the node computes is nothing of the datum.
    Nothing(NodeIx),
    /// Of a tuple that the node computes, the part at this place is gone.
    WithoutPart(NodeIx, usize),
    /// The node computes both operands of its `and` or `or`.
    Operands(NodeIx),
    /// The node computes what it did, and this feature too.
    Also(NodeIx, Span),
    /// What is unclaimed of an end is drawn component by component.
    Apart(End),
    /// Each part of the node has a draw of its own.
    PartsApart(NodeIx),
    /// Each port that the arrow at this place enters by has a draw of its own.
    PortsApart(usize),
}

impl Change {
    /// Whether the changed hypothesis claims more: a finer class, or draws that are split. The others
    /// claim less.
    #[must_use]
    pub fn is_refinement(&self) -> bool {
        match self {
            Change::Operands(_)
            | Change::Also(..)
            | Change::Apart(_)
            | Change::PartsApart(_)
            | Change::PortsApart(_) => true,
            Change::Without(_) | Change::Nothing(_) | Change::WithoutPart(..) => false,
        }
    }
}

impl Variation {
    fn new(kind: Kind, claims: Hypothesis) -> Variation {
        Variation { kind, claims, classes: OwnClasses::new() }
    }

    /// The hypothesis without claims: the baseline `unclaimed`.
    #[must_use]
    pub fn empty(hypothesis: &Hypothesis) -> Variation {
        let outputs = hypothesis.outputs.clone();
        let claims = Hypothesis { pool: hypothesis.pool, ..Hypothesis::new(&hypothesis.name, outputs, Scheme::Any) };
        Variation::new(Kind::Empty, claims)
    }
}

/// Whether every arrow binds a path that no other claims, and numbers take the place of reals only.
fn is_sound(claims: &Hypothesis, model: &BoundModel, ground: Ground<'_>) -> bool {
    let nodes = (0..claims.nodes.len()).map(|node| End::Node(NodeIx(node)));
    let mut ends = std::iter::once(End::Root).chain(nodes);
    ends.all(|end| {
        let count = claims.arrows_into(end).count();
        if count == 0 && end != End::Root {
            return true;
        }
        let walk = Walk::of(ground, claims, end);
        let ports = end.node().map_or(&[][..], |node| &claims.node(node).ports);
        let number = |scheme: usize| {
            let scheme = scheme.checked_sub(1).and_then(|at| ports.get(at)).map_or(claims.scheme(end), |port| port.1);
            matches!(scheme, Scheme::Mean(_) | Scheme::Constant(_))
        };
        walk.conflicts().is_empty()
            && (0..count).all(|arrow| walk.sources(arrow).next().is_some())
            && walk.components().iter().all(|(part, scheme)| !number(*scheme) || model.is_float(part.tensor))
    })
}
