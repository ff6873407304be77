//! How many times as often one thing happens as another: the ratio of two rates, for small counts.
//!
//! A plain rate has Wilson's interval. A rate that is put together from strata, weighted as often as
//! each occurs elsewhere, has the interval of Fay and Feuer ("Confidence intervals for directly
//! standardized rates: a method based on the gamma distribution", Statistics in Medicine 1997), which is
//! conservative also where few or no events were seen. The ratio of two rates takes both ends of both
//! intervals (MOVER-R: Donner and Zou, "Closed-form confidence intervals for functions of the normal
//! mean and standard deviation", Statistical Methods in Medical Research 2012). Where the lower rate can
//! be 0 the ratio has no upper end, and where nothing was seen of it, still a lower one.

use super::proportion::wilson;
use super::{Estimate, LEVEL};
use statrs::distribution::{ContinuousCDF, Gamma, Normal};

/// The ratio of two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// `None` where the lower rate is 0.
    pub value: Option<f64>,
    pub low: f64,
    /// `None` where there is no upper end.
    pub high: Option<f64>,
}

impl RateRatio {
    /// As an estimate, for verdicts: without an upper end it is infinite.
    #[must_use]
    pub fn estimate(self) -> Estimate {
        Estimate {
            value: self.value.unwrap_or(f64::INFINITY),
            low: self.low,
            high: self.high.unwrap_or(f64::INFINITY),
            error: f64::NAN,
        }
    }
}

/// A share of so many independent trials, which need not be whole, with Wilson's interval.
#[must_use]
pub fn rate_of(share: f64, trials: f64) -> Estimate {
    let z = Normal::new(0.0, 1.0).map_or(1.96, |normal| normal.inverse_cdf(0.5 + LEVEL / 2.0));
    wilson(share, trials.max(1.0), z)
}

/// The ratio of two rates that were estimated independently, each with its interval.
#[must_use]
pub fn ratio_of_rates(upper: Estimate, lower: Estimate) -> RateRatio {
    let product = upper.value * lower.value;
    let reach = |(one, of_one): (f64, f64)| one * (2.0 * of_one - one);
    let root = |of_upper: f64, of_lower: f64| (product * product - of_upper * of_lower).max(0.0).sqrt();
    let (least, most) = (reach((upper.low, upper.value)), reach((upper.high, upper.value)));
    let (below, above) = (reach((lower.low, lower.value)), reach((lower.high, lower.value)));
    // (product - root) / above, without the difference of two equal numbers.
    let low = if least > 0.0 { least / (product + root(least, above)) } else { 0.0 };
    let high = (below > 0.0).then(|| (product + root(most, below)) / below);
    RateRatio { value: (lower.value > 0.0).then(|| upper.value / lower.value), low, high }
}

/// Trials of one kind, and how often this kind occurs where the rate is wanted for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Of any scale.
    pub weight: f64,
    pub hits: usize,
    /// At least 1.
    pub n: usize,
}

/// The rate that the trials would have if their kinds were as frequent as the weights say. `None` where
/// nothing has a weight.
#[must_use]
pub fn standardized_rate(strata: &[Stratum]) -> Option<Estimate> {
    let total: f64 = strata.iter().map(|stratum| stratum.weight).sum();
    if total <= 0.0 || total.is_nan() {
        return None;
    }
    // What one hit of the stratum counts.
    let unit = |stratum: &Stratum| stratum.weight / total / stratum.n.max(1) as f64;
    let value: f64 = strata.iter().map(|stratum| unit(stratum) * stratum.hits as f64).sum();
    let variance: f64 = strata.iter().map(|stratum| unit(stratum).powi(2) * stratum.hits as f64).sum();
    let largest = strata.iter().map(unit).fold(0.0, f64::max);
    let tail = (1.0 - LEVEL) / 2.0;
    let low = if value > 0.0 { gamma_quantile(value, variance, tail) } else { 0.0 };
    let high = gamma_quantile(value + largest, variance + largest * largest, 1.0 - tail);
    Some(Estimate { value, low: low.min(value), high: high.max(value).min(1.0), error: variance.sqrt() })
}

/// The quantile of the gamma distribution of this mean and this variance.
fn gamma_quantile(mean: f64, variance: f64, at: f64) -> f64 {
    let (shape, rate) = (mean * mean / variance, mean / variance);
    // Of scale 1, since the quantile is looked for in steps of a size.
    Gamma::new(shape, 1.0).map_or(f64::NAN, |gamma| gamma.inverse_cdf(at) / rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::proportion;

    /// Uniform numbers below 1 without a generator's state.
    fn uniform(seed: u64, at: u64) -> f64 {
        let mut number = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ at.wrapping_mul(0xD1B5_4A32_D192_ED03);
        for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9_u64), (27, 0x94D0_49BB_1331_11EB), (31, 1)] {
            number = (number ^ (number >> shift)).wrapping_mul(factor);
        }
        (number >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hits(seed: u64, first: u64, n: usize, rate: f64) -> usize {
        (0..n as u64).filter(|at| uniform(seed, first + at) < rate).count()
    }

    /// A Poisson count of 0 in 1 / w trials is below 3.689 at 97.5 %; of 10 between 4.795 and 18.39.
    #[test]
    fn one_stratum_is_the_exact_interval_of_a_count() {
        let none = standardized_rate(&[Stratum { weight: 1.0, hits: 0, n: 1000 }]).unwrap();
        assert!((none.high * 1000.0 - 3.688_879).abs() < 1e-3 && none.low == 0.0, "{none:?}");
        let ten = standardized_rate(&[Stratum { weight: 7.0, hits: 10, n: 1000 }]).unwrap();
        assert!((ten.low * 1000.0 - 4.795_389).abs() < 1e-3 && (ten.high * 1000.0 - 18.390_36).abs() < 1e-2, "{ten:?}");
        assert!(standardized_rate(&[]).is_none());
    }

    /// Worked out by the published formula in other software: 15 of 100 against 5 of 100 with Wilson's
    /// intervals.
    #[test]
    fn ratios_by_hand() {
        let found = ratio_of_rates(proportion(15, 100), proportion(5, 100));
        let value = found.value.unwrap();
        assert!((value - 3.0).abs() < 1e-12);
        let (p1, p0) = (proportion(15, 100), proportion(5, 100));
        let (a, c) = (0.15 * 0.05_f64, p0.high * (0.1 - p0.high));
        let low = (a - (a * a - p1.low * (0.3 - p1.low) * c).sqrt()) / c;
        assert!((found.low - low).abs() < 1e-9, "{found:?}, {low}");
        assert!(
            found.low > 1.1 && found.low < 1.3 && found.high.unwrap() > 7.0 && found.high.unwrap() < 8.5,
            "{found:?}"
        );
    }

    #[test]
    fn a_control_without_a_success_gives_a_lower_end_alone() {
        let found = ratio_of_rates(proportion(100, 500), proportion(0, 3000));
        assert_eq!((found.value, found.high), (None, None));
        assert!(found.low > 100.0, "{found:?}");
        let nothing = ratio_of_rates(proportion(0, 500), proportion(0, 3000));
        assert_eq!((nothing.value, nothing.low, nothing.high), (None, 0.0, None));
        let less = ratio_of_rates(proportion(0, 500), proportion(30, 300));
        assert!(less.value == Some(0.0) && less.low == 0.0 && less.high.unwrap() < 0.2, "{less:?}");
    }

    /// 2,000 seeds for each pair of rates: the interval of the ratio covers, also where few are seen.
    #[test]
    fn the_interval_of_a_ratio_covers() {
        for (n, p, m, q) in
            [(500, 0.3, 2000, 0.03), (200, 0.1, 1000, 0.01), (100, 0.5, 100, 0.4), (500, 0.02, 5000, 0.002)]
        {
            let seeds = 2_000;
            let covers = |seed: &u64| {
                let (x, y) = (hits(*seed, 0, n, p), hits(*seed, 1_000_000, m, q));
                let found = ratio_of_rates(proportion(x, n), proportion(y, m)).estimate();
                found.low <= p / q && p / q <= found.high
            };
            let covered = (0..seeds).filter(covers).count() as f64 / seeds as f64;
            assert!((0.93..0.985).contains(&covered), "{n}, {p}, {m}, {q}: {covered}");
        }
    }

    /// The same against a rate of strata of very different sizes and rates: conservative.
    #[test]
    fn the_interval_of_a_ratio_to_a_standardized_rate_covers() {
        let strata = [(30.0, 2000, 0.001), (50.0, 300, 0.02), (15.0, 40, 0.1), (5.0, 3, 0.2)];
        let total: f64 = strata.iter().map(|(weight, _, _)| weight).sum();
        let truth: f64 = strata.iter().map(|(weight, _, rate)| weight / total * rate).sum();
        let (n, p, seeds) = (100, 0.3, 2_000);
        let covers = |seed: &u64| {
            let own = strata.iter().zip(1_u64..);
            let seen: Vec<Stratum> = own
                .map(|((weight, n, rate), at)| Stratum {
                    weight: *weight,
                    hits: hits(*seed, at * 10_000, *n, *rate),
                    n: *n,
                })
                .collect();
            let found =
                ratio_of_rates(proportion(hits(*seed, 0, n, p), n), standardized_rate(&seen).unwrap()).estimate();
            found.low <= p / truth && p / truth <= found.high
        };
        let covered = (0..seeds).filter(covers).count() as f64 / seeds as f64;
        assert!((0.93..=1.0).contains(&covered), "{covered}");
    }
}
