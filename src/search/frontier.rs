//! What a search gives back: the candidates that nothing smaller beats, measured where it never looked.

use super::{Candidate, Circuit, Found, Pruned, Scored, Written};
use crate::estimate::{Estimate, LEVEL};
use crate::hypothesis::{Price, Unit};
use statrs::distribution::{ContinuousCDF, Normal};

/// At most so many are given back.
const MOST: usize = 8;

/// A candidate of the frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner<W = Candidate> {
    pub candidate: W,
    /// On the rows that were searched.
    pub searched: Scored,
    /// On those that were held out; `None` where that is undefined.
    pub held_out: Option<Estimate>,
    /// Whether it has the greatest objective.
    pub is_best: bool,
}

/// The candidates that recover more than every smaller one, from small to large; the best objective is
/// among them. Where there are many, those nearest to the best one in size.
#[must_use]
pub fn frontier(found: &Found, price: Price) -> Vec<Winner> {
    let size = |at: usize| {
        let (candidate, scored) = &found.scored[at];
        match price.per {
            Unit::Place => candidate.components() as f64,
            Unit::Bit => scored.bits,
            Unit::Arrow => candidate.arrows() as f64,
        }
    };
    let value = |at: usize| found.scored[at].1.value;
    let mut order: Vec<usize> = (0..found.scored.len()).collect();
    order.sort_by(|one, other| {
        size(*one).total_cmp(&size(*other)).then(value(*other).total_cmp(&value(*one))).then(one.cmp(other))
    });
    let mut kept: Vec<usize> = Vec::new();
    for at in order {
        let is_more = kept.last().is_none_or(|last| value(at) > value(*last));
        if is_more || at == found.best {
            kept.push(at);
        }
    }
    kept.retain(|at| !found.scored[*at].0.nodes.is_empty() || *at == found.best);
    let own = kept.iter().position(|at| *at == found.best).unwrap_or(0);
    let last = (own + 2).max(MOST).min(kept.len());
    let chosen = &kept[last.saturating_sub(MOST)..last];
    let winner = |at: &usize| Winner {
        candidate: found.scored[*at].0.clone(),
        searched: found.scored[*at].1,
        held_out: None,
        is_best: *at == found.best,
    };
    chosen.iter().map(winner).collect()
}

/// The circuit that is left.
#[must_use]
pub fn circuit(found: &Pruned) -> Winner<Circuit> {
    let (circuit, searched) = found.circuit.clone();
    Winner { candidate: circuit, searched, held_out: None, is_best: true }
}

/// The interval of an estimate that is one of `count`, so that all of them hold together as often as one
/// interval holds alone (Bonferroni).
#[must_use]
pub fn widened(estimate: Estimate, count: usize) -> Estimate {
    let normal = Normal::standard();
    let quantile = |miss: f64| normal.inverse_cdf(1.0 - miss / 2.0);
    let wider = quantile((1.0 - LEVEL) / count.max(1) as f64) / quantile(1.0 - LEVEL);
    Estimate {
        low: estimate.value - (estimate.value - estimate.low) * wider,
        high: estimate.value + (estimate.high - estimate.value) * wider,
        ..estimate
    }
}
