//! Further numbers of each example, beside its behaviour: few, so that no outputs are kept for them.

use super::work::Seen;
use crate::diagnostics::Diagnostic;

type Fault = Box<Diagnostic>;

/// What is measured beside a behaviour.
pub trait Side: Sync {
    /// Of examples of the untouched model.
    ///
    /// # Errors
    /// A value that it cannot be computed from.
    fn clean(&self, seen: &Seen<'_>) -> Result<Vec<CleanSide>, Fault>;
    /// Of scrubbed examples; `seen.clean` is there.
    ///
    /// # Errors
    /// A value that it cannot be computed from.
    fn scrubbed(&self, seen: &Seen<'_>) -> Result<Vec<ScrubbedSide>, Fault>;
}

/// A class that cannot be told.
pub const NO_CLASS: u32 = u32::MAX;

/// An example of the untouched model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CleanSide {
    /// By element the class of the largest logit, whether or not it counts.
    pub best: Vec<u32>,
    /// By element what it is compared with.
    pub label: Vec<u32>,
    /// By element whether it counts.
    pub counts: Vec<bool>,
    pub logits: LogitSums,
}

/// Logits of elements that count, by class, added up; those of an element are taken less their mean
/// where only their differences matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogitSums {
    /// By class.
    pub sums: Vec<f64>,
    /// Of the squares of all.
    pub squares: f64,
    /// Elements that count.
    pub counted: f64,
}

impl LogitSums {
    /// Adds those of another example.
    pub fn add(&mut self, other: &LogitSums) {
        self.sums.resize(other.sums.len().max(self.sums.len()), 0.0);
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, own)| *sum += own);
        self.squares += other.squares;
        self.counted += other.counted;
    }

    /// The mean squared distance of the logits of an element from the mean ones.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let of_mean: f64 = self.sums.iter().map(|sum| (sum / self.counted).powi(2)).sum();
        self.squares / self.counted - of_mean
    }
}

/// A scrubbed example. Sums are over the elements that count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScrubbedSide {
    /// By element the class of the largest logit, whether or not it counts.
    pub best: Vec<u32>,
    /// The divergence of Kullback and Leibler from the model to it, in nats.
    pub divergence: f64,
    /// The squared distance of the logits from the model's.
    pub distance: f64,
    /// Elements that count.
    pub counted: f64,
}

/// What was measured of the untouched model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CleanSides {
    /// By row; their logits have been added up.
    pub rows: Vec<CleanSide>,
    pub logits: LogitSums,
}

impl CleanSides {
    /// Adds an example that follows.
    pub(super) fn push(&mut self, mut example: CleanSide) {
        self.logits.add(&std::mem::take(&mut example.logits));
        self.rows.push(example);
    }
}
