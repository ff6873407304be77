//! Numbers to estimates: means, the share of the behaviour that is recovered, and intervals.
//!
//! The estimand is a mean over the rows of a fixed dataset and over the draws; with weights, the
//! sum of all sums over the sum of all weights. Every quantity is a smooth function of such means,
//! and its error is, to first order (the delta method), the mean over references of a residual: one
//! number for each reference, which holds the model, the hypothesis and the baseline of this
//! reference together, so that whatever they share is accounted for.
//!
//! References are drawn without replacement, so that what depends on the row alone has a
//! finite-population correction. A residual also varies with the draws, which one draw for each
//! reference cannot separate from the variation over references; only the part that follows the
//! model's own behaviour is known to be of the row (a lower bound, by the Cauchy-Schwarz
//! inequality), and only that part is corrected: near n = all rows the interval is a little too
//! wide, never too narrow.
//!
//! References that share draws (`pool`) form clusters, whose residuals are added up first.

mod changes;
mod difference;
mod gaussian;
mod point;
mod proportion;
mod rank_correlation;
mod ranking;
mod ratio_of_rates;
mod sample;
mod sequence;
mod slice;
mod unseen;
mod verdict;

pub use changes::{AgainstGap, Changes, SAME, changes};
pub use difference::difference;
pub use gaussian::{Cloud, Points, Probe};
pub use point::{Point, ratio, residuals};
pub use proportion::{clustered_proportion, proportion, shares};
pub use rank_correlation::{FEWEST_PAIRS, rank_correlation, rank_difference};
pub use ranking::{Ranking, ranking};
pub use ratio_of_rates::{RateRatio, Stratum, rate_of, ratio_of_rates, standardized_rate};
use sample::Sample;
pub use sample::Varies;
pub use sequence::{Looks, half_width_at};
pub use slice::{LEAST, Slice, SliceBaseline};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
pub use unseen::FEW;
use unseen::{Rare, Reach};
pub use verdict::{Verdict, verdict};

/// The level of every interval.
pub const LEVEL: f64 = 0.95;

/// An estimate with its interval at [`LEVEL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Standard error.
    pub error: f64,
}

impl Estimate {
    /// R2 where this is the mean squared distance to something of a known variance: 1 less their share.
    #[must_use]
    pub fn r2(self, variance: f64) -> Estimate {
        let share = |distance: f64| 1.0 - distance / variance;
        Estimate {
            value: share(self.value),
            low: share(self.high),
            high: share(self.low),
            error: self.error / variance,
        }
    }

    /// Wide enough for what few references that differ may hide.
    fn allowing(self, rare: Option<Rare>) -> Estimate {
        let Some(rare) = rare else { return self };
        Estimate { low: self.low.min(self.value - rare.down), high: self.high.max(self.value + rare.up), ..self }
    }
}

/// What recovered is measured from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline<'a> {
    /// A number without sampling error.
    Exact(f64),
    /// A point for each reference.
    Sampled(&'a [Point]),
}

/// What was seen, reference by reference in ordinal order.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The behaviour of the untouched model: a function of the row.
    pub model: &'a [Point],
    pub scrubbed: &'a [Point],
    pub baseline: Baseline<'a>,
    /// Rows of the dataset that the references are taken from.
    pub rows: usize,
    /// References with the same `ordinal / cluster` share their draws; 1 if none do.
    pub cluster: usize,
    /// Whether the number of references was fixed before.
    pub looks: Looks,
    /// What `scrubbed` depends on.
    pub varies: Varies,
}

/// Everything that is estimated about one hypothesis and one behaviour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimates {
    pub n: usize,
    pub model: Estimate,
    pub scrubbed: Estimate,
    /// Without error where it is exact.
    pub baseline: Estimate,
    /// `None` if the model's mean cannot be told from the baseline: there is nothing to recover.
    pub recovered: Option<Estimate>,
    /// How many references (clusters, where they share draws) differ from the rest, where these are
    /// few: the intervals then allow for others that were not seen.
    pub few: Option<usize>,
}

/// Estimates from points of the same references; at least two references, of which one counts.
///
/// `recovered` = (scrubbed - baseline) / (model - baseline).
#[must_use]
pub fn estimate(inputs: Inputs<'_>) -> Estimates {
    let sample = Sample::new(inputs);
    let model_mean = ratio(inputs.model);
    let scrubbed_mean = ratio(inputs.scrubbed);
    let of_scrubbed = residuals(inputs.scrubbed);
    let (value, of_baseline) = sample.baseline(inputs.baseline);
    let baseline = match inputs.baseline {
        Baseline::Exact(_) => Estimate { value, low: value, high: value, error: 0.0 },
        Baseline::Sampled(_) => sample.guarded(value, &of_baseline, sample.reach),
    };
    let gap = model_mean - baseline.value;
    let of_gap: Vec<f64> = sample.model.iter().zip(&of_baseline).map(|(model, baseline)| model - baseline).collect();
    let to_recover = match inputs.baseline {
        Baseline::Exact(_) => sample.of_rows(gap),
        Baseline::Sampled(_) => sample.clustered(gap, &of_gap),
    };
    // Without sampling error, two equal means may still differ by rounding.
    let rounding = 1e-12 * (model_mean.abs() + baseline.value.abs());
    let differs = gap.abs() > rounding && (to_recover.low > 0.0 || to_recover.high < 0.0);
    let hidden = sample.hidden(&of_scrubbed, &moved(inputs));
    let recovered = differs.then(|| {
        let share = (scrubbed_mean - baseline.value) / gap;
        let of_share = |at: usize| (of_scrubbed[at] - share * sample.model[at] - (1.0 - share) * of_baseline[at]) / gap;
        let of_share: Vec<f64> = (0..sample.n).map(of_share).collect();
        let found = sample.clustered(share, &of_share);
        // By construction it is 1.
        if inputs.varies == Varies::Nothing { found } else { hidden.over(gap).widen(found) }
    });
    Estimates {
        n: sample.n,
        model: sample.of_rows(model_mean).allowing(sample.rare(&sample.model, sample.reach, Varies::Rows)),
        scrubbed: hidden.widen(sample.clustered(scrubbed_mean, &of_scrubbed)),
        baseline,
        recovered,
        few: hidden.few,
    }
}

/// A mean distance from the model: no number of a reference is below 0, and the model's own is 0. `reach` is
/// how far one can be that was not seen.
#[must_use]
pub fn distance(inputs: Inputs<'_>, points: &[Point], reach: f64) -> Estimate {
    let sample = Sample::new(inputs);
    let reach = if inputs.varies == Varies::Nothing { 0.0 } else { reach };
    sample.guarded(ratio(points), &residuals(points), Reach { down: 0.0, up: reach })
}

/// From the smallest to the largest value of a reference, of the model, the hypothesis and the baseline.
#[must_use]
pub fn value_range(inputs: Inputs<'_>) -> f64 {
    Sample::new(inputs).range
}

/// What each reference adds to the error of the mean distance to the model.
fn moved(inputs: Inputs<'_>) -> Vec<f64> {
    let pairs = inputs.model.iter().zip(inputs.scrubbed);
    let moved: Vec<Point> = pairs.map(|(model, scrubbed)| scrubbed.plus(*model, -1.0)).collect();
    let weighted = moved.iter().zip(inputs.model).map(|(moved, model)| Point { weight: model.weight, ..*moved });
    residuals(&weighted.collect::<Vec<_>>())
}

/// What another scrubbed mean recovers more than that of `inputs`, paired by reference; `None` if the
/// model's mean cannot be told from the baseline.
///
/// (other - scrubbed) / (model - baseline).
#[must_use]
pub fn gain(inputs: Inputs<'_>, other: &[Point]) -> Option<Estimate> {
    estimate(inputs).recovered?;
    let sample = Sample::new(inputs);
    let (baseline, of_baseline) = sample.baseline(inputs.baseline);
    let gap = ratio(inputs.model) - baseline;
    let gained = (ratio(other) - ratio(inputs.scrubbed)) / gap;
    let (of_other, of_scrubbed) = (residuals(other), residuals(inputs.scrubbed));
    let of_gain = |at: usize| (of_other[at] - of_scrubbed[at] - gained * (sample.model[at] - of_baseline[at])) / gap;
    let of_gain: Vec<f64> = (0..sample.n).map(of_gain).collect();
    Some(sample.guarded(gained, &of_gain, Reach::even(sample.range).over(gap)))
}

/// The mean, summed in order in f64; 0 for no numbers.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / (values.len().max(1) as f64)
}

/// The share of the sum of squared residuals that the `few` most extreme examples make up.
#[must_use]
pub fn extreme_share(points: &[Point], few: usize) -> f64 {
    let mut squares: Vec<f64> = residuals(points).iter().map(|residual| residual.powi(2)).collect();
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
    if freedom > sequence::MANY {
        // The quantile of statrs loses digits as they grow (four are left at a million), and is looked
        // for without end at a billion.
        let z = Normal::new(0.0, 1.0).map_or(f64::INFINITY, |normal| normal.inverse_cdf(0.5 + LEVEL / 2.0));
        return sequence::widened(z, n);
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + LEVEL / 2.0))
}

#[cfg(test)]
mod tests;
