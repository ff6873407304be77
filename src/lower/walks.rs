//! The walks of all ends of a hypothesis, each made once.

use super::state::Ground;
use super::walk::Walk;
use crate::hypothesis::{End, EstimateKind, Hypothesis, NodeIx};
use std::collections::BTreeMap;

/// A walk for each end that is recomputed.
#[derive(Debug)]
pub struct Walks<'a> {
    by_end: BTreeMap<End, Walk<'a>>,
    /// Of estimates whose ports are replaced: without arrows, for the rest.
    of_rest: BTreeMap<End, Walk<'a>>,
}

impl<'a> Walks<'a> {
    #[must_use]
    pub fn new(ground: Ground<'a>, hypothesis: &'a Hypothesis) -> Walks<'a> {
        let mut walks = Walks { by_end: BTreeMap::new(), of_rest: BTreeMap::new() };
        let nodes = (0..hypothesis.nodes.len()).map(|node| End::Node(NodeIx(node)));
        for end in std::iter::once(End::Root).chain(nodes) {
            let changed = end.node().and_then(|node| hypothesis.node(node).estimate.as_ref());
            let changed = changed.is_some_and(|estimate| matches!(estimate.kind, EstimateKind::Changed { .. }));
            if end == End::Root || hypothesis.arrows_into(end).next().is_some() {
                walks.by_end.insert(end, Walk::of(ground, hypothesis, end));
            } else if changed {
                walks.by_end.insert(end, Walk::without_arrows(ground, hypothesis, end));
            }
            if changed {
                walks.of_rest.insert(end, Walk::without_arrows(ground, hypothesis, end));
            }
        }
        walks
    }

    /// The walk of an end; `None` for a leaf.
    #[must_use]
    pub fn of(&self, end: End) -> Option<&Walk<'a>> {
        self.by_end.get(&end)
    }

    /// The walk of an estimate's rest.
    #[must_use]
    pub fn of_rest(&self, end: End) -> Option<&Walk<'a>> {
        self.of_rest.get(&end)
    }
}
