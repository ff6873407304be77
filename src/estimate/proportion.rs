//! Shares of successes.

use super::{Estimate, LEVEL};
use statrs::distribution::{ContinuousCDF, Normal};

/// The share of `hits` among `n` independent trials, at least 1, with Wilson's score interval: it
/// stays within 0 and 1, and has a width where all or none of the trials succeed.
#[must_use]
pub fn proportion(hits: usize, n: usize) -> Estimate {
    let size = n.max(1) as f64;
    let share = hits.min(n) as f64 / size;
    let z = Normal::new(0.0, 1.0).map_or(1.96, |normal| normal.inverse_cdf(0.5 + LEVEL / 2.0));
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
