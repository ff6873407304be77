//! What an interval says of a bound.

use super::Estimate;
use crate::syntax::ast::Comparison;

/// What the data say of an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Confirmed,
    Undecided,
    Refuted,
}

impl Verdict {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Undecided => "undecided",
            Verdict::Refuted => "refuted",
        }
    }
}

/// What an interval says of `value COMPARISON bound`: undecided while the bound lies inside it.
#[must_use]
pub fn verdict(estimate: Estimate, comparison: Comparison, bound: f64) -> Verdict {
    let above = estimate.low >= bound;
    let below = estimate.high <= bound;
    let (holds, fails) = match comparison {
        Comparison::GreaterEqual => (above, estimate.high < bound),
        Comparison::Greater => (estimate.low > bound, below),
        Comparison::LessEqual => (below, estimate.low > bound),
        Comparison::Less => (estimate.high < bound, above),
        Comparison::Equal | Comparison::NotEqual => (false, false),
    };
    match (holds, fails) {
        (true, _) => Verdict::Confirmed,
        (false, true) => Verdict::Refuted,
        (false, false) => Verdict::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_inside_the_interval_stay_undecided() {
        let estimate = Estimate { value: 0.5, low: 0.4, high: 0.6, error: 0.05 };
        assert_eq!(verdict(estimate, Comparison::GreaterEqual, 0.4), Verdict::Confirmed);
        assert_eq!(verdict(estimate, Comparison::GreaterEqual, 0.5), Verdict::Undecided);
        assert_eq!(verdict(estimate, Comparison::GreaterEqual, 0.7), Verdict::Refuted);
        assert_eq!(verdict(estimate, Comparison::Less, 0.7), Verdict::Confirmed);
        assert_eq!(verdict(estimate, Comparison::Less, 0.3), Verdict::Refuted);
    }
}
