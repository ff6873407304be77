//! Intervals that stay valid however often a run looks at them, and whenever it stops.
//!
//! A run that stops because its interval is as it is wanted has chosen a moment at which the
//! interval is likely to be wrong: the interval of one look no longer covers the truth 95 % of the
//! time. A confidence sequence covers it at all looks together. The one here is the asymptotic
//! confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
//! limit theory and asymptotic confidence sequences" (Annals of Statistics 2024), theorem 2.2:
//! Robbins' normal mixture. At time t, with standard error s and a tuning parameter rho, it is
//!
//! ```text
//! s · sqrt((1 + 1/x) · (ln(1 + x) - 2 ln alpha)),   x = t · rho²
//! ```
//!
//! to either side. It needs no list of looks and no last look: a run can be continued with a larger
//! budget.
//!
//! **Time** is information, one over the variance. For independent observations that is their
//! number. Without replacement from few rows the variance shrinks faster; the estimates then follow
//! the path of independent ones that are as many as the information says (the covariance of two
//! looks is the variance of the later one, in either case).
//!
//! **rho** is chosen so that the boundary is narrowest at twice the references of the first look.
//! It is flat there: no look from the first to the fourth doubling is more than 5 % wider than the
//! best possible at this look.

use super::{LEVEL, quantile};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// How often the data are looked at before they are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The number of references was fixed before: the interval of Student's t.
    Once,
    /// Again and again, first at so many references: a confidence sequence.
    From(usize),
}

/// What x is where the boundary of level 95 % is narrowest: it solves x = ln(1 + x) - 2 ln alpha.
const NARROWEST: f64 = 8.211_968;

impl Looks {
    /// Half the width of an interval of [`LEVEL`], in standard errors.
    ///
    /// `references` is how many there are now, of which so many `observations` are independent;
    /// `shrinkage` is the variance over that of as many references drawn with replacement.
    pub(super) fn half_width(self, references: usize, observations: usize, shrinkage: f64) -> f64 {
        match self {
            Looks::Once => quantile(observations),
            Looks::From(first) => {
                let doublings = references as f64 / (2 * first.max(1)) as f64;
                widened(boundary(NARROWEST * doublings / shrinkage.max(1e-9)), observations)
            }
        }
    }
}

/// The chance to be beyond one end of the boundary of a look at so many references. All looks that
/// double their number together have less than the two and a half percent of one side.
pub(super) fn beyond(looks: Looks, references: usize) -> f64 {
    let Looks::From(first) = looks else { return (1.0 - LEVEL) / 2.0 };
    let z = boundary(NARROWEST * references as f64 / (2 * first.max(1)) as f64);
    Normal::new(0.0, 1.0).map_or(0.0, |distribution| distribution.sf(z))
}

/// Half the width of an interval of `count` independent references, where the standard error of `n` is
/// known.
#[must_use]
pub fn half_width_at(looks: Looks, (error, n): (f64, usize), count: usize) -> f64 {
    looks.half_width(count, count, 1.0) * error * (n as f64 / count.max(1) as f64).sqrt()
}

/// Robbins' boundary in standard errors.
fn boundary(x: f64) -> f64 {
    ((1.0 + 1.0 / x) * (x.ln_1p() - 2.0 * (1.0 - LEVEL).ln())).sqrt()
}

/// With more degrees of freedom than this a series for the quantile of Student's t is exact to 1e-6.
pub(super) const MANY: f64 = 200.0;

/// The quantile of Student's t that is as rare as this one of the normal distribution: with few
/// clusters the standard error is itself uncertain.
pub(super) fn widened(normal: f64, observations: usize) -> f64 {
    let freedom = (observations as f64 - 1.0).max(1.0);
    let (z, square) = (normal, normal * normal);
    if freedom > MANY {
        // Cornish and Fisher.
        let second = z * (5.0 * square * square + 16.0 * square + 3.0) / 96.0;
        return z + z * (square + 1.0) / (4.0 * freedom) + second / (freedom * freedom);
    }
    let rare = Normal::new(0.0, 1.0).map_or(0.0, |distribution| distribution.sf(z));
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom) else { return f64::INFINITY };
    let (mut low, mut high) = (z, 2.0 * z);
    while t.sf(high) > rare && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if t.sf(middle) > rare { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of the paper in its own terms, for independent observations.
    #[test]
    fn the_boundary_is_that_of_the_paper() {
        let (alpha, rho) = (0.05_f64, 0.06_f64);
        for t in [1.0_f64, 100.0, 1000.0, 123_456.0] {
            let inner = t * rho * rho;
            let theirs = (2.0 * (inner + 1.0) / (t * t * rho * rho) * ((inner + 1.0).sqrt() / alpha).ln()).sqrt();
            assert!((boundary(inner) / t.sqrt() - theirs).abs() < 1e-12 * theirs);
        }
    }

    #[test]
    fn it_is_narrowest_where_it_is_said_and_flat_around() {
        let at = |x: f64| boundary(x);
        // Where t is fixed and rho is chosen.
        assert!(at(NARROWEST) < at(NARROWEST * 0.99) && at(NARROWEST) < at(NARROWEST * 1.01));
        assert!((at(NARROWEST) - (1.0 + NARROWEST).sqrt()).abs() < 1e-4);
        for (references, most) in [(1_000, 1.02), (2_000, 1.000_1), (4_000, 1.02), (8_000, 1.04), (10_000, 1.05)] {
            let width = Looks::From(1_000).half_width(references, 1_000_000, 1.0);
            assert!(width < most * at(NARROWEST), "{references}: {width}");
            assert!(width > 1.5 * Looks::Once.half_width(references, references, 1.0));
        }
    }

    #[test]
    fn few_observations_widen_it() {
        let of = |observations| Looks::From(1_000).half_width(2_000, observations, 1.0);
        assert!((of(1_000_000) - 3.035).abs() < 0.01, "{}", of(1_000_000));
        assert!((of(2_000) / of(1_000_000) - 1.0).abs() < 0.004);
        assert!(of(20) > 1.1 * of(2_000) && of(2) > 20.0 * of(2_000), "{} {}", of(20), of(2));
        assert!(of(1).is_finite());
        // The series and the search agree where one goes over into the other.
        assert!((of(201) / of(202) - 1.0).abs() < 1e-4, "{} {}", of(201), of(202));
    }

    #[test]
    fn exact_shares_at_all_looks_together_miss_no_more_than_once_in_twenty() {
        let looks = (0..40).map(|doublings| beyond(Looks::From(1_000), 1_000 << doublings));
        let sum: f64 = looks.sum();
        assert!(sum < 0.007, "{sum}");
        assert_eq!(beyond(Looks::Once, 7), (1.0 - LEVEL) / 2.0);
    }

    /// The quantiles of scipy: `t.isf(norm.sf(3.035), [1, 5, 30, 150, 1000])`.
    #[test]
    fn rare_quantiles_are_those_of_scipy() {
        let scipy = [(2, 264.666_233_6), (6, 5.653_388_9), (31, 3.314_697_0), (151, 3.087_468_8), (1_001, 3.042_766_0)];
        for (observations, theirs) in scipy {
            let ours = widened(3.035, observations);
            assert!((ours / theirs - 1.0).abs() < 1e-6, "{observations}: {ours}");
        }
    }

    /// With all rows but a few seen, more looks are still to be paid for.
    #[test]
    fn information_is_time() {
        let of = |shrinkage| Looks::From(1_000).half_width(8_000, 1_000_000, shrinkage);
        assert_eq!(of(0.25), Looks::From(1_000).half_width(32_000, 1_000_000, 1.0));
        assert!(of(0.0).is_finite() && of(0.0) > of(0.5));
    }
}
