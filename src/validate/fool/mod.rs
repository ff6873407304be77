//! Challenges that fool: the candidates that a hypothesis puts first are tried on the untouched model,
//! and their rate of success is compared with that of others.

mod controls;
mod order;
mod seen;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::foolings as messages;
use crate::engine::Engine;
use crate::estimate::{Estimate, RateRatio, Verdict, proportion, verdict};
use crate::hypothesis::{Checked, Control, Fooling, RateBound};
use crate::run::Settings;
pub use controls::{Against, PERMUTATIONS};
use order::Order;
use seen::Seen;

type Fault = Box<Diagnostic>;

/// One challenge, carried out.
#[derive(Debug)]
pub struct Fooled<'a> {
    pub challenge: &'a Fooling,
    /// Rows that were tried, in the order of the ranking.
    pub tried: Vec<u32>,
    /// Those that fooled the model, in the same order.
    pub found: Vec<Found>,
    /// The share of the tried that fooled it.
    pub rate: Estimate,
    /// In the order of [`Control::ALL`]; one that cannot be is absent.
    pub against: Vec<Against>,
    /// Of permuted rankings the share, with this one, that find at least as many.
    pub p: f64,
    /// The tried candidate with the lowest rank.
    pub last_rank: f64,
    pub remarks: Vec<Diagnostic>,
}

/// An input that fooled the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub row: u32,
    /// From 0.
    pub place: usize,
    pub rank: f64,
    /// How much larger its largest logit is than the next; for one logit, how far it is from 0. `None` where
    /// the behaviour is not the loss of a classifier.
    pub margin: Option<f64>,
    /// The behaviour of the untouched model.
    pub behaviour: f64,
    /// The behaviour under the hypothesis, where the ranking reads it.
    pub scrubbed: Option<f64>,
}

impl Fooled<'_> {
    /// The ratio of the rate to that of a control.
    #[must_use]
    pub fn ratio(&self, control: Control) -> Option<RateRatio> {
        self.against.iter().find(|against| against.control == control).and_then(|against| against.ratio)
    }

    /// The verdict on each expectation.
    #[must_use]
    pub fn verdicts(&self) -> Vec<(&RateBound, Verdict)> {
        let decided = |clause: &RateBound| match clause.of {
            None => verdict(self.rate, clause.comparison, clause.bound),
            Some(control) => {
                let decide = |ratio: RateRatio| verdict(ratio.estimate(), clause.comparison, clause.bound);
                self.ratio(control).map_or(Verdict::Undecided, decide)
            }
        };
        self.challenge.expected.iter().map(|clause| (clause, decided(clause))).collect()
    }
}

/// How many steps of progress a challenge takes.
#[must_use]
pub fn steps(challenge: &Fooling) -> usize {
    let scrubbed = challenge.scrubbed.as_ref().map_or(0, |_| challenge.draws * challenge.candidates.passing.len());
    challenge.candidates.rows + scrubbed
}

/// Carries out a challenge.
///
/// # Errors
/// A fault of the engine or of an expression, a rank that is no finite number, or too little memory.
pub fn fool<'a>(
    challenge: &'a Fooling,
    checked: &Checked,
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Fooled<'a>, Fault> {
    let seen = Seen::of(challenge, checked, engine, settings, progress)?;
    let order = Order::new(challenge, checked, &seen, settings.seed)?;
    let tried = order.best(challenge.budget);
    let hits = tried.iter().filter(|row| seen.fooled(**row)).count();
    let rate = proportion(hits, tried.len());
    let (against, p) = controls::all(challenge, &seen, &order, (&tried, hits), settings.seed);
    let mut remarks = Vec::new();
    let unmatched = against.iter().any(|against| against.control == Control::Matched && against.ratio.is_none());
    if let (true, Some(span)) = (unmatched, challenge.spans.matched) {
        remarks.push(messages::nothing_matched(span, tried.len()));
    }
    let found = tried.iter().enumerate().filter(|(_, row)| seen.fooled(**row)).map(|(place, row)| Found {
        row: *row,
        place,
        rank: order.rank(*row),
        margin: seen.margin(*row),
        behaviour: seen.behaviour(*row),
        scrubbed: seen.scrubbed(*row),
    });
    let last_rank = tried.last().map_or(f64::NAN, |row| order.rank(*row));
    Ok(Fooled { challenge, found: found.collect(), rate, against, p, last_rank, remarks, tried })
}
