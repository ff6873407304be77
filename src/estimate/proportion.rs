//! Shares of successes.

use super::{Estimate, LEVEL, Looks, Point, Sample, ratio, residuals};
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
/// not independent: Wilson's interval then takes as many trials as would have given the variance
/// that is seen between clusters, no more than there are and no fewer than clusters, and Student's t
/// for the clusters. Where the data are looked at again and again, the interval is as much wider as
/// that of a mean.
#[must_use]
pub fn clustered_proportion(trials: &[Option<bool>], cluster: usize, looks: Looks) -> Estimate {
    let counted = trials.iter().flatten().count();
    let hits = trials.iter().flatten().filter(|hit| **hit).count();
    let cluster = cluster.max(1);
    if counted == 0 || (cluster == 1 && looks == Looks::Once) {
        return proportion(hits, counted);
    }
    let one = |trial: &Option<bool>| trial.map_or(Point::NONE, |hit| Point::one(f64::from(u8::from(hit))));
    let points: Vec<Point> = trials.iter().map(one).collect();
    let clusters = trials.chunks(cluster).filter(|own| own.iter().any(Option::is_some)).count();
    let share = ratio(&points);
    let error = Sample::alone(&points, cluster).clustered(share, &residuals(&points)).error;
    let size = if error > 0.0 { share * (1.0 - share) / (error * error) } else { 0.0 };
    let quantile = looks.half_width(trials.len(), clusters, 1.0);
    wilson(share, size.clamp(clusters as f64, counted as f64), quantile)
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
        assert_eq!((alone.value, alone), (clustered.value, proportion(90, 270)));
        assert!((alone.low - clustered.low).abs() < 1e-3 && (alone.high - clustered.high).abs() < 1e-3);
        let none = clustered_proportion(&[Some(false); 80], 4, Looks::Once);
        assert!(none.value == 0.0 && none.high > proportion(0, 20).high);
        let again = clustered_proportion(&once, 1, Looks::From(100));
        assert!(again.low < alone.low - 0.01 && again.high > alone.high + 0.01, "{again:?}");
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
