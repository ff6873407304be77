//! Numbers to estimates: means, the share of the behaviour that is recovered, and intervals.
//!
//! The estimand is a mean over the rows of a fixed dataset and over the draws. References are
//! drawn without replacement, so the model's mean has a finite-population correction. The scrubbed
//! mean also varies with its draws, which one draw for each reference cannot separate from the
//! variation over references; of the latter only the part that follows the model's own behaviour is
//! known (a lower bound, by the Cauchy-Schwarz inequality), and only that part is corrected: near
//! n = all rows the interval is a little too wide, never too narrow.

use crate::syntax::ast::Comparison;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The level of every interval.
pub const LEVEL: f64 = 0.95;

/// The behaviour of one example: a sum with its weight. A behaviour with one value for each example
/// has weight 1; one with a value for each position has the sum over the positions that count, and
/// their number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub sum: f64,
    pub weight: f64,
}

impl Point {
    /// Nothing that counts.
    pub const NONE: Point = Point { sum: 0.0, weight: 0.0 };

    /// A single value.
    #[must_use]
    pub fn one(value: f64) -> Point {
        Point { sum: value, weight: 1.0 }
    }

    /// The mean over what counts; NaN where nothing does.
    #[must_use]
    pub fn value(self) -> f64 {
        self.sum / self.weight
    }

    /// This point and `share` of another.
    #[must_use]
    pub fn plus(self, other: Point, share: f64) -> Point {
        Point { sum: self.sum + share * other.sum, weight: self.weight + share * other.weight }
    }
}

/// An estimate with its interval at [`LEVEL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Standard error.
    pub error: f64,
}

/// Everything that is estimated about one hypothesis and one behaviour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimates {
    pub n: usize,
    pub model: Estimate,
    pub scrubbed: Estimate,
    /// The exact `shuffled` baseline.
    pub baseline: f64,
    /// `None` if the model's mean cannot be told from the baseline: there is nothing to recover.
    pub recovered: Option<Estimate>,
}

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

/// Estimates from paired values of the same references, of a dataset of `rows` rows.
///
/// `recovered` = (scrubbed - baseline) / (model - baseline); its interval is by the delta method
/// (first-order Taylor expansion of the ratio), with the covariance of the two paired means.
/// Needs at least two references.
#[must_use]
pub fn estimate(model: &[f64], scrubbed: &[f64], baseline: f64, rows: usize) -> Estimates {
    let n = model.len().min(scrubbed.len());
    let size = n as f64;
    let unseen = (1.0 - size / (rows.max(1) as f64)).max(0.0);
    let (model_mean, scrubbed_mean) = (mean(model), mean(scrubbed));
    let (of_model, of_both) = (covariance(model, model), covariance(model, scrubbed));
    let model_variance = unseen * of_model / size;
    let shared = unseen * of_both / size;
    let explained = if of_model > 0.0 { of_both * of_both / of_model } else { 0.0 };
    let scrubbed_variance = (covariance(scrubbed, scrubbed) - (1.0 - unseen) * explained) / size;
    let quantile = quantile(n);
    let around = |value: f64, variance: f64| {
        let error = variance.max(0.0).sqrt();
        Estimate { value, low: value - quantile * error, high: value + quantile * error, error }
    };
    let gap = model_mean - baseline;
    let to_recover = around(gap, model_variance);
    // Without sampling error, two equal means may still differ by rounding.
    let rounding = 1e-12 * (model_mean.abs() + baseline.abs());
    let differs = gap.abs() > rounding && (to_recover.low > 0.0 || to_recover.high < 0.0);
    let recovered = differs.then(|| {
        let ratio = (scrubbed_mean - baseline) / gap;
        let variance = scrubbed_variance - 2.0 * ratio * shared + ratio * ratio * model_variance;
        around(ratio, variance / (gap * gap))
    });
    Estimates {
        n,
        model: around(model_mean, model_variance),
        scrubbed: around(scrubbed_mean, scrubbed_variance),
        baseline,
        recovered,
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

/// The mean, summed in order in f64; 0 for no numbers.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / (values.len().max(1) as f64)
}

/// The share of the sum of squared deviations that the `few` most extreme values make up.
#[must_use]
pub fn extreme_share(values: &[f64], few: usize) -> f64 {
    let centre = mean(values);
    let mut squares: Vec<f64> = values.iter().map(|value| (value - centre).powi(2)).collect();
    squares.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = squares.iter().sum();
    if total > 0.0 { squares.iter().take(few).sum::<f64>() / total } else { 0.0 }
}

/// The sample covariance (divisor n - 1), by two passes.
fn covariance(one: &[f64], other: &[f64]) -> f64 {
    let (one_mean, other_mean) = (mean(one), mean(other));
    let sum: f64 = one.iter().zip(other).map(|(a, b)| (a - one_mean) * (b - other_mean)).sum();
    sum / ((one.len().min(other.len()) as f64) - 1.0).max(1.0)
}

/// The two-sided quantile of Student's t with n - 1 degrees of freedom.
fn quantile(n: usize) -> f64 {
    let freedom = (n as f64 - 1.0).max(1.0);
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + LEVEL / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_and_its_error_by_hand() {
        let found = estimate(&[0.0, 0.0, 1.0, 1.0], &[1.0, 2.0, 2.0, 3.0], 4.5, 1_000_000_000);
        let recovered = found.recovered.unwrap();
        assert!((recovered.value - (2.0 - 4.5) / (0.5 - 4.5)).abs() < 1e-12);
        // var(model) = 1/3, var(scrubbed) = 2/3, cov = 1/3, each over 4; ratio 0.625, gap -4.
        let variance = (2.0 / 3.0 - 2.0 * 0.625 / 3.0 + 0.625 * 0.625 / 3.0) / 4.0 / 16.0;
        assert!((recovered.error - f64::sqrt(variance)).abs() < 1e-6);
        assert!((recovered.high - recovered.value - 3.182_446_3 * recovered.error).abs() < 1e-5);
    }

    #[test]
    fn nothing_to_recover_is_undefined() {
        assert_eq!(estimate(&[0.0, 1.0], &[0.0, 1.0], 0.5, 100).recovered, None);
        assert_eq!(estimate(&[0.1, 0.2, 0.3], &[0.1, 0.2, 0.3], 0.2, 3).recovered, None);
    }

    #[test]
    fn a_census_leaves_the_model_no_error() {
        let found = estimate(&[0.0, 1.0, 2.0], &[0.0, 2.0, 1.0], 5.0, 3);
        assert_eq!(found.model.error, 0.0);
        assert!(found.scrubbed.error > 0.0);
        let exact = estimate(&[0.0, 1.0, 2.0], &[0.0, 1.0, 2.0], 5.0, 3);
        assert!(exact.recovered.unwrap().error < 1e-8);
    }

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
