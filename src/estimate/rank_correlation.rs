//! Rank correlation: how far the order of one number is the order of another.
//!
//! Spearman's rho is Pearson's correlation of ranks, ties given the mean of their ranks. Its standard
//! error is that of the jackknife, which is consistent whatever the joint distribution is and however
//! many ties there are; that of Bonett and Wright (2000) is not: it covers 81 to 91 % where the spread
//! of one number grows with the other. The interval is made on Fisher's scale with the quantile of
//! Student's t, which covers 93 to 98 % from 15 pairs on. Where the order is the same throughout, the
//! jackknife sees no spread; there the standard error of Bonett and Wright for 1 - 1/n takes its place.
//!
//! The pairs are taken as drawn independently. Where they are hypotheses made of one another they are
//! not quite so, and intervals are too narrow rather than too wide.

use super::{Estimate, quantile};

/// Fewer pairs have no interval.
pub const FEWEST_PAIRS: usize = 8;

/// Spearman's rank correlation of pairs; `None` for fewer than [`FEWEST_PAIRS`], or where one of the two is the
/// same throughout.
#[must_use]
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Option<Estimate> {
    let n = one.len();
    let value = spearman(one, other, None).filter(|_| n >= FEWEST_PAIRS)?;
    let (low, high, error) = interval(value, jackknife(n, &|gone| spearman(one, other, Some(gone)))?, n);
    Some(Estimate { value, low, high, error })
}

/// How much greater the rank correlation of the first with `with` is than that of the second, paired.
#[must_use]
pub fn rank_difference(one: &[f64], other: &[f64], with: &[f64]) -> Option<Estimate> {
    let n = with.len();
    let of = |gone| Some(spearman(one, with, gone)? - spearman(other, with, gone)?);
    let value = of(None).filter(|_| n >= FEWEST_PAIRS)?;
    let error = jackknife(n, &|gone| of(Some(gone)))?;
    let half = quantile(n) * error;
    Some(Estimate { value, low: (value - half).max(-2.0), high: (value + half).min(2.0), error })
}

fn interval(value: f64, error: f64, n: usize) -> (f64, f64, f64) {
    let most = 1.0 - 1.0 / n as f64;
    let (centre, spread) = if value.abs() >= 1.0 - 1e-12 || error <= 0.0 {
        let centre = value.clamp(-most, most);
        (centre, ((1.0 + centre * centre / 2.0) / (n as f64 - 3.0)).sqrt())
    } else {
        (value, error / (1.0 - value * value))
    };
    let half = quantile(n) * spread;
    let (low, high) = ((centre.atanh() - half).tanh(), (centre.atanh() + half).tanh());
    (low.min(value), high.max(value), error)
}

/// The standard error, from what is found with each pair left out; `None` where that is not defined.
fn jackknife(n: usize, without: &dyn Fn(usize) -> Option<f64>) -> Option<f64> {
    let found: Vec<f64> = (0..n).map(without).collect::<Option<_>>()?;
    let mean = found.iter().sum::<f64>() / n as f64;
    let squares: f64 = found.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares * (n as f64 - 1.0) / n as f64).sqrt())
}

/// Without the pair at `gone`; `None` where one of the two is the same throughout.
fn spearman(one: &[f64], other: &[f64], gone: Option<usize>) -> Option<f64> {
    let kept = |values: &[f64]| -> Vec<f64> {
        values.iter().enumerate().filter(|(at, _)| Some(*at) != gone).map(|(_, value)| *value).collect()
    };
    let (one, other) = (ranks(&kept(one)), ranks(&kept(other)));
    let centre = (one.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - centre) * (b - centre)).sum::<f64>();
    let scale = (product(&one, &one) * product(&other, &other)).sqrt();
    (scale > 0.0).then(|| (product(&one, &other) / scale).clamp(-1.0, 1.0))
}

/// From 1; those that are equal have the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut found = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        let rank = (from + 1 + to) as f64 / 2.0;
        order[from..to].iter().for_each(|at| found[*at] = rank);
        from = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.spearmanr`.
    #[test]
    fn values_are_those_of_scipy() {
        let one = [1.0, 2.0, 2.0, 3.5, 4.0, 4.0, 7.0, 9.0, 9.5];
        let other = [2.0, 1.0, 3.0, 3.0, 8.0, 2.5, 5.0, 9.0, 6.0];
        let found = rank_correlation(&one, &other).expect("enough");
        assert!((found.value - SCIPY).abs() < 1e-9, "{found:?}");
        assert!(found.low < found.value && found.value < found.high && found.high < 1.0);
    }

    const SCIPY: f64 = 0.780_597_665_982_484_5;

    #[test]
    fn the_same_order_has_a_width() {
        let one: Vec<f64> = (0..20).map(f64::from).collect();
        let other: Vec<f64> = one.iter().map(|value| value.exp()).collect();
        let found = rank_correlation(&one, &other).expect("enough");
        assert!(found.value == 1.0 && found.high == 1.0 && (0.7..0.95).contains(&found.low), "{found:?}");
        assert_eq!(rank_correlation(&one, &[3.0; 20]), None);
        assert_eq!(rank_correlation(&one[..7], &other[..7]), None);
    }

    #[test]
    fn a_difference_is_paired() {
        let with: Vec<f64> = (0..30).map(f64::from).collect();
        let near: Vec<f64> = with.iter().map(|value| value + 2.0 * (value * 1.7).sin()).collect();
        let far: Vec<f64> = with.iter().map(|value| value + 20.0 * (value * 2.3).sin()).collect();
        let found = rank_difference(&near, &far, &with).expect("enough");
        assert!(found.low > 0.0 && found.value > 0.1, "{found:?}");
        let same = rank_difference(&near, &near, &with).expect("enough");
        assert_eq!((same.value, same.error), (0.0, 0.0));
    }
}
