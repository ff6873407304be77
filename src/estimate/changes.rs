//! What a mean can hide: how far single examples move between the untouched model and the
//! hypothesis, and in which direction.

use super::proportion::clustered_proportion;
use super::unseen::Reach;
use super::{Estimate, Inputs, Point, Sample, estimate, ratio, residuals};

/// A change of a reference counts as none if it is at most this share of the distance between model
/// and baseline: rounding of single precision makes changes where there are none.
pub const SAME: f64 = 1e-5;

/// How far single references move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Changes {
    /// The mean of |scrubbed - model| of each reference, in the units of the behaviour. Where a
    /// behaviour has positions the value of a reference is its mean over those that count, and
    /// references count by their number.
    pub mean: Estimate,
    /// `None` if the model's mean cannot be told from the baseline.
    pub against: Option<AgainstGap>,
}

/// Changes measured by the gap, |model - baseline|. Towards the model, and beyond, is better. So
/// recovered = 1 + gained - lost, and the mean change is gained + lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstGap {
    /// The mean change over the gap.
    pub share: Estimate,
    /// What the references that got better add, over the gap.
    pub gained: Estimate,
    /// What the references that got worse take away, over the gap.
    pub lost: Estimate,
    /// Shares of the references that count.
    pub better: Estimate,
    pub worse: Estimate,
    /// Those that change by no more than [`SAME`].
    pub same: Estimate,
}

/// How far references move; at least two references, of which one counts.
#[must_use]
pub fn changes(inputs: Inputs<'_>) -> Changes {
    let sample = Sample::new(inputs);
    let moved = moved(inputs, &|change| change.abs());
    let reach = Reach { down: 0.0, up: sample.reach.far() };
    let mean = sample.guarded(ratio(&moved), &residuals(&moved), reach);
    let against = estimate(inputs).recovered.map(|_| against(inputs, &sample));
    Changes { mean, against }
}

/// For each reference a function of the change of its sum.
fn moved(inputs: Inputs<'_>, of: &dyn Fn(f64) -> f64) -> Vec<Point> {
    let pairs = inputs.model.iter().zip(inputs.scrubbed);
    pairs.map(|(model, scrubbed)| Point { sum: of(scrubbed.sum - model.sum), weight: model.weight }).collect()
}

fn against(inputs: Inputs<'_>, sample: &Sample) -> AgainstGap {
    let (baseline, of_baseline) = sample.baseline(inputs.baseline);
    let gap = ratio(inputs.model) - baseline;
    let over_gap = |moved: &[Point]| {
        let share = ratio(moved) / gap.abs();
        let of_gap = |at: usize| (sample.model[at] - of_baseline[at]) * gap.signum();
        let own = residuals(moved);
        let of_share: Vec<f64> = (0..sample.n).map(|at| (own[at] - share * of_gap(at)) / gap.abs()).collect();
        sample.guarded(share, &of_share, Reach { down: 0.0, up: sample.reach.far() / gap.abs() })
    };
    let sign = gap.signum();
    let share_of = |is: &dyn Fn(f64) -> bool| {
        let one = |(model, scrubbed): (&Point, &Point)| {
            (model.weight > 0.0).then(|| is((scrubbed.sum - model.sum) / model.weight * sign / gap.abs()))
        };
        let hits: Vec<Option<bool>> = inputs.model.iter().zip(inputs.scrubbed).map(one).collect();
        clustered_proportion(&hits, sample.cluster, sample.looks)
    };
    AgainstGap {
        share: over_gap(&moved(inputs, &|change| change.abs())),
        gained: over_gap(&moved(inputs, &|change| (change * sign).max(0.0))),
        lost: over_gap(&moved(inputs, &|change| (-change * sign).max(0.0))),
        better: share_of(&|change| change > SAME),
        worse: share_of(&|change| change < -SAME),
        same: share_of(&|change| change.abs() <= SAME),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Baseline, Looks, Varies};
    use super::*;

    fn ones(values: &[f64]) -> Vec<Point> {
        values.iter().map(|value| Point::one(*value)).collect()
    }

    /// Losses of four references; the baseline is a loss of 4.5, so that smaller is better.
    #[test]
    fn by_hand() {
        let (model, scrubbed) = (ones(&[0.0, 0.0, 1.0, 1.0]), ones(&[1.0, 0.0, 3.0, 0.0]));
        let baseline = Baseline::Exact(4.5);
        let found = changes(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: 1_000_000_000,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        });
        assert!((found.mean.value - 1.0).abs() < 1e-12);
        // Changes 1, 0, 2 and 1: variance 2/3, over 4.
        assert!((found.mean.error - f64::sqrt(2.0 / 3.0 / 4.0)).abs() < 1e-6);
        let against = found.against.unwrap();
        assert!((against.share.value - 0.25).abs() < 1e-12);
        assert!((against.gained.value - 0.25 / 4.0).abs() < 1e-12);
        assert!((against.lost.value - 0.75 / 4.0).abs() < 1e-12);
        assert_eq!([against.better, against.worse, against.same].map(|share| share.value), [0.25, 0.5, 0.25]);
        let recovered = (1.0 - 4.5) / (0.5 - 4.5);
        assert!((1.0 + against.gained.value - against.lost.value - recovered).abs() < 1e-12);
    }

    /// A behaviour of which more is better: the same with all signs turned.
    #[test]
    fn the_direction_is_that_from_the_baseline_to_the_model() {
        let (model, scrubbed) = (ones(&[0.0, 0.0, -1.0, -1.0]), ones(&[-1.0, 0.0, -3.0, 0.0]));
        let baseline = Baseline::Exact(-4.5);
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: 100,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let against = changes(inputs).against.unwrap();
        assert_eq!([against.better, against.worse, against.same].map(|share| share.value), [0.25, 0.5, 0.25]);
        assert!((against.share.value - 0.25).abs() < 1e-12 && (against.lost.value - 0.1875).abs() < 1e-12);
        assert_eq!(changes(Inputs { baseline: Baseline::Exact(-0.5), ..inputs }).against, None);
    }

    /// Rounding is no change, and references without weight are none.
    #[test]
    fn what_is_the_same() {
        let (mut model, mut scrubbed) = (ones(&[0.0, 0.1, 0.2]), ones(&[1e-9, 0.1 - 1e-9, 0.3]));
        for points in [&mut model, &mut scrubbed] {
            points.push(Point::NONE);
        }
        let baseline = Baseline::Exact(3.0);
        let found = changes(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: 100,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        });
        let against = found.against.unwrap();
        assert!((against.same.value - 2.0 / 3.0).abs() < 1e-12 && against.better.value == 0.0);
    }
}
