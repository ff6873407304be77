//! What each hypothesis is measured from: `shuffled`, the empty hypothesis, or another one.

use super::check::Ready;
use super::claim::Scheme;
use super::expect::{Expectation, Metric};
use super::shuffled::Shuffled;
use crate::diagnostics::messages::statistics as messages;
use crate::diagnostics::{Diagnostic, any_error};
use std::collections::BTreeMap;

/// What recovered is measured from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Baseline {
    /// Outputs paired with the labels of other rows.
    Shuffled,
    /// The scrubbed behaviour of a hypothesis.
    Hypothesis {
        /// As it is written: the name, or `unclaimed` for the empty hypothesis.
        shown: String,
        /// The name of the [`Ready`].
        name: String,
    },
}

impl Baseline {
    /// The name of the empty hypothesis.
    pub const UNCLAIMED: &'static str = "unclaimed";
    /// The name of the default.
    pub const SHUFFLED: &'static str = "shuffled";

    /// As it is written.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Baseline::Shuffled => Baseline::SHUFFLED,
            Baseline::Hypothesis { shown, .. } => shown,
        }
    }

    /// The name of the hypothesis that is run for it.
    #[must_use]
    pub fn hypothesis(&self) -> Option<&str> {
        match self {
            Baseline::Shuffled => None,
            Baseline::Hypothesis { name, .. } => Some(name),
        }
    }
}

/// The name of the empty hypothesis about the behaviour of another.
#[must_use]
pub fn empty_name(ready: &Ready) -> String {
    // No name that can be declared has a space.
    let name = format!("{} of {}", Baseline::UNCLAIMED, ready.behaviour);
    match (ready.model, ready.data) {
        (0, 0) => name,
        (model, data) => format!("{name}, {model}.{data}"),
    }
}

/// Gives each hypothesis its baselines, adds the empty hypotheses that are asked for, and reports
/// where there is nothing to shuffle.
pub fn assign(
    hypotheses: &mut Vec<Ready>,
    (expectations, precisions): (&[Expectation], &BTreeMap<String, f64>),
    sink: &mut Vec<Diagnostic>,
) {
    let serves: Vec<&str> = expectations.iter().filter_map(|clause| clause.baseline.hypothesis()).collect();
    let mut empty: Vec<Ready> = Vec::new();
    for ready in hypotheses.iter_mut() {
        let name = ready.stated.claims.name.clone();
        let own = || expectations.iter().filter(|clause| clause.hypothesis == name);
        let mut asked: Vec<Baseline> = Vec::new();
        for clause in own().filter(|clause| clause.metric == Metric::Recovered) {
            if !asked.contains(&clause.baseline) {
                asked.push(clause.baseline.clone());
            }
        }
        // What serves others as their zero, and is expected nothing of, is not measured itself.
        let is_precise = precisions.contains_key(&name) && asked.is_empty();
        if is_precise || (own().next().is_none() && !serves.contains(&name.as_str())) {
            asked.push(Baseline::Shuffled);
        }
        // Where claims are wrong, those that it serves as a baseline may be missing.
        if let (true, Shuffled::Nothing(why)) =
            (asked.contains(&Baseline::Shuffled) && !any_error(sink), &ready.shuffled)
        {
            sink.push(messages::baseline_equals_model(ready.stated.spans.behaviour, &ready.behaviour, why));
        }
        let wanted = empty_name(ready);
        let known = empty.iter().any(|known| known.stated.claims.name == wanted);
        if !known && asked.iter().any(|baseline| baseline.hypothesis() == Some(&wanted)) {
            empty.push(emptied(ready, wanted));
        }
        ready.baselines = asked;
    }
    hypotheses.extend(empty);
}

/// The empty hypothesis about the same behaviour on the same data.
fn emptied(ready: &Ready, name: String) -> Ready {
    let mut empty = ready.clone();
    let claims = &mut empty.stated.claims;
    claims.name = name;
    claims.unclaimed = Scheme::Any;
    claims.pool = 1;
    claims.nodes.clear();
    claims.arrows.clear();
    claims.draws.clear();
    empty.stated.spans.nodes.clear();
    empty.stated.spans.arrows.clear();
    empty.classes.clear();
    empty.symbols = 0;
    empty.baselines.clear();
    empty.docs.clear();
    empty.reported = false;
    empty
}
