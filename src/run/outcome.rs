//! What a run gives for one hypothesis, and what expectations say of it.

use super::Prepared;
use super::blame::{Blame, Interaction};
use super::panel::Panel;
use super::points::ReferencePoints;
use super::sequential::Stopped;
use super::size::Size;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::statistics;
use crate::engine::Value;
use crate::estimate::{Estimate, Estimates, Looks, Point, Verdict, proportion, verdict};
use crate::execute::Swap;
use crate::hypothesis::{Baseline, End, Expectation, Metric, NodeIx};
use std::collections::BTreeMap;

/// One hypothesis, run.
#[derive(Debug, Clone)]
pub struct Done {
    pub name: String,
    pub behaviour: String,
    /// From its first baseline; where it has none, the means alone count.
    pub estimates: Estimates,
    /// From each of its baselines, in order.
    pub against: Vec<Against>,
    /// What each claim costs, from the first baseline; empty where it was not asked for.
    pub blame: Vec<Blame>,
    /// What the means alone do not tell, from the first baseline.
    pub panel: Panel,
    /// What the two claims with the greatest effect cost together.
    pub interaction: Option<Interaction>,
    /// What its score can be held against, where it was asked for.
    pub points: Option<ReferencePoints>,
    /// Whether the number of references was fixed before.
    pub looks: Looks,
    pub stopped: Stopped,
    /// The largest difference from the model with every draw exact, of the largest output.
    pub identity_error: f64,
    pub size: Size,
    /// Dataset rows of the references, in ordinal order.
    pub references: Vec<u32>,
    /// The behaviour of the untouched model, by reference.
    pub model: Vec<Point>,
    /// The behaviour under the hypothesis, by reference.
    pub scrubbed: Vec<Point>,
    pub output_names: Vec<String>,
    pub kept: Option<Kept>,
    pub remarks: Vec<Diagnostic>,
}

/// The estimates from one baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    pub baseline: Baseline,
    /// Whether the baseline has an error of its own.
    pub sampled: bool,
    pub estimates: Estimates,
}

/// Interchange interventions on one aligned feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchanged {
    /// Of the interchange.
    pub name: String,
    pub feature: String,
    /// Pairs on which the model gives what the high-level model predicts, of `n`.
    pub hits: usize,
    /// Pairs on which the untouched model on the base does: the feature is the same, or makes no difference.
    pub untouched: usize,
    pub n: usize,
}

impl Interchanged {
    /// Interchange-intervention accuracy.
    #[must_use]
    pub fn accuracy(&self) -> Estimate {
        proportion(self.hits, self.n)
    }

    /// The accuracy that the model has without any exchange: where that of the interchange starts from.
    #[must_use]
    pub fn without(&self) -> Estimate {
        proportion(self.untouched, self.n)
    }
}

/// The verdict on each expectation about one aligned feature of an interchange.
#[must_use]
pub fn interchange_verdicts<'a>(
    found: &Interchanged,
    expectations: &'a [Expectation],
) -> Vec<(&'a Expectation, Verdict)> {
    let own = |clause: &&Expectation| {
        clause.metric == Metric::Interchange
            && clause.hypothesis == found.name
            && clause.feature.as_ref() == Some(&found.feature)
    };
    let decided = |clause: &'a Expectation| (clause, verdict(found.accuracy(), clause.comparison, clause.bound));
    expectations.iter().filter(own).map(decided).collect()
}

/// Outputs by reference, in the order of their names.
#[derive(Debug, Clone)]
pub struct Kept {
    pub clean: Vec<Value>,
    pub scrubbed: Vec<Value>,
}

/// The verdict on each expectation about a hypothesis.
#[must_use]
pub fn verdicts<'a>(done: &Done, expectations: &'a [Expectation]) -> Vec<(&'a Expectation, Verdict)> {
    let own = expectations.iter().filter(|expectation| expectation.hypothesis == done.name);
    own.map(|expectation| (expectation, decided(&done.estimates, &done.against, expectation))).collect()
}

/// The verdict on one expectation.
pub(super) fn decided(estimates: &Estimates, against: &[Against], expectation: &Expectation) -> Verdict {
    let found: Option<Estimate> = match expectation.metric {
        Metric::Recovered => against
            .iter()
            .find(|against| against.baseline == expectation.baseline)
            .and_then(|against| against.estimates.recovered),
        Metric::Interchange => None,
        Metric::Scrubbed => Some(estimates.scrubbed),
        Metric::Clean => Some(estimates.model),
    };
    found.map_or(Verdict::Undecided, |found| verdict(found, expectation.comparison, expectation.bound))
}

/// A remark for each arrow that replaced no value by a different one.
#[must_use]
pub fn swapped_nothing(prepared: &Prepared<'_>, swaps: &[Swap]) -> Vec<Diagnostic> {
    let tree = &prepared.program.tree;
    let stated = &prepared.ready.stated;
    let mut by_arrow: BTreeMap<(NodeIx, End), (usize, usize, usize)> = BTreeMap::new();
    for parent in &tree.visits {
        for child in &parent.children {
            let End::Node(from) = tree.visits[child.0].end else { continue };
            let Some(swap) = swaps.iter().find(|swap| swap.visit == *child) else { continue };
            let (references, own, differed) = by_arrow.entry((from, parent.end)).or_default();
            *references += swap.references;
            *own += swap.own_row;
            *differed += swap.differed;
        }
    }
    let mut found = Vec::new();
    for (arrow, span) in stated.claims.arrows.iter().zip(&stated.spans.arrows) {
        let Some((references, own, differed)) = by_arrow.get(&(arrow.from, arrow.to)) else { continue };
        if *differed == 0 {
            let from = &stated.claims.node(arrow.from).name;
            let to = match arrow.to {
                End::Root => &prepared.ready.behaviour,
                End::Node(node) => &stated.claims.node(node).name,
            };
            found.push(statistics::swapped_nothing(*span, from, to, *references, *own));
        }
    }
    found
}
