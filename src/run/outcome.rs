//! What a run gives for one hypothesis, and what expectations say of it.

use super::Prepared;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::statistics;
use crate::engine::Value;
use crate::estimate::{Estimate, Estimates, Point, Verdict, verdict};
use crate::execute::Swap;
use crate::hypothesis::{End, Expectation, Metric, NodeIx};
use std::collections::BTreeMap;

/// One hypothesis, run.
#[derive(Debug, Clone)]
pub struct Done {
    pub name: String,
    pub behaviour: String,
    pub estimates: Estimates,
    /// The largest difference from the model with every draw exact, of the largest output.
    pub identity_error: f64,
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
    own.map(|expectation| (expectation, decided(done, expectation))).collect()
}

fn decided(done: &Done, expectation: &Expectation) -> Verdict {
    let found: Option<Estimate> = match expectation.metric {
        Metric::Recovered => done.estimates.recovered,
        Metric::Scrubbed => Some(done.estimates.scrubbed),
        Metric::Clean => Some(done.estimates.model),
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
