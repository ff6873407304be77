//! Shares of successes.

use super::{
    Baseline, Estimate, Estimates, FEW, Inputs, LEVEL, Looks, Point, Sample, Varies, estimate, ratio, residuals,
};
use statrs::distribution::{ContinuousCDF, Normal};

/// The share of `hits` among `n` independent trials, at least 1, with Wilson's score interval: it
/// stays within 0 and 1, and has a width where all or none of the trials succeed.
#[must_use]
pub fn proportion(hits: usize, n: usize) -> Estimate {
    let z = Normal::new(0.0, 1.0).map_or(1.96, |normal| normal.inverse_cdf(0.5 + LEVEL / 2.0));
    let size = n.max(1) as f64;
    wilson(hits.min(n) as f64 / size, size, z)
}

/// The share of hits among the trials that count, some. Trials with the same `place / cluster` are
/// not independent: the interval then takes as many trials as would have given the variance that is
/// seen between clusters, no more than there are and no fewer than clusters, and Student's t for the
/// clusters. Where the data are looked at again and again, the interval is as much wider as that of a
/// mean. It is that of Agresti and Coull, which holds Wilson's: near 0 and 1 Wilson's misses the truth
/// too often.
#[must_use]
pub fn clustered_proportion(trials: &[Option<bool>], cluster: usize, looks: Looks) -> Estimate {
    let one = |trial: &Option<bool>| trial.map_or(Point::NONE, |hit| Point::one(f64::from(u8::from(hit))));
    let points: Vec<Point> = trials.iter().map(one).collect();
    let alone = Sample::alone(&points, cluster, looks);
    share_of(&alone, &points, Varies::Draws)
}

/// Estimates of shares: each point is a number of hits among as many trials as it weighs. Recovered, a
/// ratio of shares, is that of [`estimate`].
#[must_use]
pub fn shares(inputs: Inputs<'_>) -> Estimates {
    let (found, sample) = (estimate(inputs), Sample::new(inputs));
    let scrubbed = if inputs.varies == Varies::Draws { Varies::Draws } else { Varies::Rows };
    Estimates {
        model: share_of(&sample, inputs.model, Varies::Rows),
        scrubbed: share_of(&sample, inputs.scrubbed, scrubbed),
        baseline: match inputs.baseline {
            Baseline::Exact(_) => found.baseline,
            Baseline::Sampled(points) => share_of(&sample, points, Varies::Draws),
        },
        ..found
    }
}

fn share_of(sample: &Sample, points: &[Point], varies: Varies) -> Estimate {
    let (share, residuals) = (ratio(points), residuals(points));
    let clusters = sample.contributing.0.max(1) as f64;
    let trials: f64 = points.iter().map(|point| point.weight).sum();
    let sampled = Sample::alone(points, sample.cluster, Looks::Once).clustered(share, &residuals).error.powi(2);
    let size = if sampled > 0.0 { share * (1.0 - share) / sampled } else { 0.0 };
    // How much of the variance is left: a part of the rows is known.
    let left = match varies {
        Varies::Draws if sampled > 0.0 => (sample.clustered(share, &residuals).error.powi(2) / sampled).min(1.0),
        Varies::Draws => 1.0,
        Varies::Rows | Varies::Nothing => sample.unseen,
    };
    if left <= 0.0 || !share.is_finite() {
        return Estimate { value: share, low: share, high: share, error: 0.0 };
    }
    let most = if is_spread_known(sample, points) { trials.max(clusters) } else { clusters };
    let size = size.clamp(clusters, most) / left;
    let z = sample.looks.half_width(sample.n, sample.contributing.0, left);
    agresti_coull(share, size, z)
}

/// Whether enough clusters have a hit, and enough a miss: how far trials of a cluster go together is not
/// known from few.
fn is_spread_known(sample: &Sample, points: &[Point]) -> bool {
    let with = |is: &dyn Fn(&Point) -> bool| points.chunks(sample.cluster).filter(|own| own.iter().any(is)).count();
    with(&|point| point.sum > 0.0).min(with(&|point| point.sum < point.weight)) >= FEW
}

/// The interval with half of `z` squared hits and as many misses more.
fn agresti_coull(share: f64, size: f64, z: f64) -> Estimate {
    let square = z * z;
    let more = size + square;
    let centre = (share * size + square / 2.0) / more;
    let half = z * (centre * (1.0 - centre) / more).sqrt();
    Estimate {
        value: share,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
        error: (share * (1.0 - share) / size).sqrt(),
    }
}

/// Wilson's score interval of a share of so many trials, at `z` standard errors.
pub(super) fn wilson(share: f64, size: f64, z: f64) -> Estimate {
    let (square, spread) = (z * z, share * (1.0 - share));
    let centre = (share + square / (2.0 * size)) / (1.0 + square / size);
    let half = z / (1.0 + square / size) * (spread / size + square / (4.0 * size * size)).sqrt();
    Estimate {
        value: share,
        // Where all or none succeed, the interval ends there; rounding must not exclude it.
        low: (centre - half).min(share).max(0.0),
        high: (centre + half).max(share).min(1.0),
        error: (spread / size).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the formula, worked out with other software.
    #[test]
    fn wilson_by_hand() {
        let found = proportion(8, 10);
        assert!((found.low - 0.490_162_5).abs() < 1e-6 && (found.high - 0.943_317_8).abs() < 1e-6, "{found:?}");
        let all = proportion(20, 20);
        assert!((all.low - 0.838_874_8).abs() < 1e-6 && all.high == 1.0 && all.value == 1.0, "{all:?}");
        assert_eq!(proportion(0, 20).low, 0.0);
    }

    /// Each trial twice tells no more than once, but for the quantile.
    #[test]
    fn clusters_count_once() {
        let once: Vec<Option<bool>> = (0..300).map(|at| (at % 10 != 9).then_some(at % 3 == 0)).collect();
        let twice: Vec<Option<bool>> = once.iter().flat_map(|trial| [*trial; 2]).collect();
        let (alone, clustered) =
            (clustered_proportion(&once, 1, Looks::Once), clustered_proportion(&twice, 2, Looks::Once));
        let wilson = proportion(90, 270);
        assert_eq!((alone.value, alone.value), (clustered.value, wilson.value));
        assert!(alone.low <= wilson.low && wilson.high <= alone.high && alone.low > wilson.low - 0.002);
        assert!((alone.low - clustered.low).abs() < 1e-3 && (alone.high - clustered.high).abs() < 1e-3);
        let none = clustered_proportion(&[Some(false); 80], 4, Looks::Once);
        assert!(none.value == 0.0 && none.high > proportion(0, 20).high);
        let again = clustered_proportion(&once, 1, Looks::From(100));
        assert!(again.low < alone.low - 0.01 && again.high > alone.high + 0.01, "{again:?}");
    }

    /// By the formula, worked out with other software.
    #[test]
    fn agresti_and_coull_by_other_software() {
        for (hits, n, low, high) in [
            (0.0, 30.0, 0.0, 0.134_711_696_1),
            (99.0, 100.0, 0.940_073_138_1, 1.0),
            (412.0, 5_000.0, 0.075_088_318_2, 0.090_352_866_5),
        ] {
            let found = agresti_coull(hits / n, n, 1.959_963_984_540_054);
            assert!((found.low - low).abs() < 1e-9 && (found.high - high).abs() < 1e-9, "{found:?}");
        }
    }

    /// The share of outcomes, by their binomial weight, whose interval holds the true share.
    #[test]
    fn the_interval_covers() {
        for (n, truth) in [(50_usize, 0.1_f64), (200, 0.9), (200, 0.5)] {
            let mut covered = 0.0;
            for hits in 0..=n {
                let choose: f64 = (0..hits).map(|at| (((n - at) as f64) / ((at + 1) as f64)).ln()).sum();
                let weight = (choose + hits as f64 * truth.ln() + (n - hits) as f64 * (1.0 - truth).ln()).exp();
                let found = proportion(hits, n);
                covered += if found.low <= truth && truth <= found.high { weight } else { 0.0 };
            }
            assert!((0.93..0.98).contains(&covered), "{n}, {truth}: {covered}");
        }
    }
}
