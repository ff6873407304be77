//! How well a score ranks the members of one set above those of another.
//!
//! The area under the curve of the receiver's operating characteristic is the chance that a random
//! positive has a greater score than a random negative, ties counted half. Average precision is the
//! mean over positives of the precision at their own score: the sum over thresholds of precision times
//! the gain in recall, without interpolation, as scikit-learn defines it. What shares a score shares a
//! threshold. It depends on the share of positives, which is that of the two samples.
//!
//! The standard error of the first is that of DeLong, DeLong and Clarke-Pearson (1988). That of the
//! second is the jackknife of both samples, each deleted from in its own turn; average precision is
//! smooth in the two distributions, so that it is consistent. Both intervals are Wilson's for as many
//! trials as would have given this standard error, no fewer than the smaller set has members and no
//! more than both have, with the quantile of Student's t for the smaller set. Symmetric intervals fall
//! short near 1, where the standard error vanishes: at 0.99 with 30 of each, DeLong's covers 76 %.
//! This one covers 93 to 97 % up to 0.95 and more than that above, and has a width at 1.

use super::proportion::wilson;
use super::{Estimate, mean, quantile};

/// How a score ranks positives among negatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking {
    /// The area under the curve: 0.5 for a score that tells nothing.
    pub auroc: Estimate,
    /// Average precision: the share of positives for a score that tells nothing.
    pub precision: Estimate,
}

/// The ranking of these scores, all of them finite; `None` where there are fewer than two of either.
#[must_use]
pub fn ranking(positives: &[f64], negatives: &[f64]) -> Option<Ranking> {
    if positives.len() < 2 || negatives.len() < 2 {
        return None;
    }
    let (positives, negatives) = (sorted(positives), sorted(negatives));
    Some(Ranking { auroc: area(&positives, &negatives), precision: average_precision(&positives, &negatives) })
}

/// Ascending, with one zero only.
fn sorted(scores: &[f64]) -> Vec<f64> {
    let mut found: Vec<f64> = scores.iter().map(|score| score + 0.0).collect();
    found.sort_by(f64::total_cmp);
    found
}

/// How many of ascending scores are less.
fn below(scores: &[f64], bound: f64) -> usize {
    scores.partition_point(|score| *score < bound)
}

/// How many of ascending scores are less, those that are equal counted half.
fn rank(scores: &[f64], bound: f64) -> f64 {
    let to = scores.partition_point(|score| *score <= bound);
    (below(scores, bound) + to) as f64 / 2.0
}

fn area(positives: &[f64], negatives: &[f64]) -> Estimate {
    let of_positives: Vec<f64> =
        positives.iter().map(|score| rank(negatives, *score) / negatives.len() as f64).collect();
    let of_negatives: Vec<f64> =
        negatives.iter().map(|score| 1.0 - rank(positives, *score) / positives.len() as f64).collect();
    let spread = |values: &[f64]| {
        let centre = mean(values);
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        squares / (values.len() - 1) as f64 / values.len() as f64
    };
    let variance = spread(&of_positives) + spread(&of_negatives);
    around(mean(&of_positives), variance, (positives.len(), negatives.len()))
}

/// Both samples ascending. At the score of a positive, `a` positives and `b` negatives score at least as
/// much; its precision is `a / (a + b)`. A jackknife deletes one from `a` of all positives whose score is
/// no greater: two running sums hold what they give with and without it.
fn average_precision(positives: &[f64], negatives: &[f64]) -> Estimate {
    let (m, n) = (positives.len(), negatives.len());
    let precision = |a: f64, b: f64| if a > 0.0 { a / (a + b) } else { 0.0 };
    let at: Vec<(f64, f64)> = positives
        .iter()
        .map(|score| ((m - below(positives, *score)) as f64, (n - below(negatives, *score)) as f64))
        .collect();
    let whole = running(at.iter().map(|(a, b)| precision(*a, *b)));
    let without_positive = running(at.iter().map(|(a, b)| precision(a - 1.0, *b)));
    let without_negative = running(at.iter().map(|(a, b)| precision(*a, (b - 1.0).max(0.0))));
    let total = whole[m];
    let deleted = |score: f64, without: &[f64]| {
        let to = positives.partition_point(|other| *other <= score);
        without[to] + total - whole[to]
    };
    let of_positives = positives.iter().zip(&at).map(|(score, (a, b))| {
        let others = deleted(*score, &without_positive) - precision(a - 1.0, *b);
        others / (m - 1) as f64
    });
    let of_negatives = negatives.iter().map(|score| deleted(*score, &without_negative) / m as f64);
    let variance = jackknife(&of_positives.collect::<Vec<f64>>()) + jackknife(&of_negatives.collect::<Vec<f64>>());
    around(total / m as f64, variance, (m, n))
}

/// The sums of the first 0, 1, 2 and so on.
fn running(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let sums = values.scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// The variance from what is left without each.
fn jackknife(left: &[f64]) -> f64 {
    let centre = mean(left);
    let squares: f64 = left.iter().map(|value| (value - centre).powi(2)).sum();
    squares * (left.len() - 1) as f64 / left.len() as f64
}

fn around(share: f64, variance: f64, (m, n): (usize, usize)) -> Estimate {
    let (least, most) = (m.min(n) as f64, (m + n) as f64);
    let size = if variance > 0.0 { (share * (1.0 - share) / variance).clamp(least, most) } else { least };
    Estimate { error: variance.sqrt(), ..wilson(share.clamp(0.0, 1.0), size, quantile(m.min(n))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 3 beats both, 1 ties with one of two.
        let found = ranking(&[3.0, 1.0], &[1.0, 2.0]).expect("two of each");
        assert_eq!(found.auroc.value, (2.0 + 0.5) / 4.0);
        // At 3: 1 of 1; at 1: 2 of 4.
        assert_eq!(found.precision.value, (1.0 + 0.5) / 2.0);
        assert!(ranking(&[1.0], &[0.0, 2.0]).is_none());
    }

    #[test]
    fn what_is_told_apart_without_fail_has_a_width() {
        let found = ranking(&[2.0; 40], &[1.0; 60]).expect("enough");
        assert_eq!((found.auroc.value, found.auroc.high, found.auroc.error), (1.0, 1.0, 0.0));
        assert!((0.85..0.95).contains(&found.auroc.low), "{found:?}");
        let equal = ranking(&[0.0; 40], &[-0.0; 60]).expect("enough");
        assert!(equal.auroc.value == 0.5 && (equal.precision.value - 0.4).abs() < 1e-12, "one zero only: {equal:?}");
    }

    #[test]
    fn deleting_by_running_sums_is_deleting() {
        let (positives, negatives) = ([0.5, 1.5, 1.5, 2.0, 4.0], [0.0, 1.0, 1.5, 2.0, 2.5, 3.0]);
        let value = |positives: &[f64], negatives: &[f64]| {
            let at = |bound: &f64| {
                let count = |all: &[f64]| all.iter().filter(|score| *score >= bound).count() as f64;
                count(positives) / (count(positives) + count(negatives))
            };
            positives.iter().map(at).sum::<f64>() / positives.len() as f64
        };
        let without = |all: &[f64], at: usize| -> Vec<f64> {
            all.iter().enumerate().filter(|(own, _)| *own != at).map(|(_, score)| *score).collect()
        };
        let of_positives: Vec<f64> = (0..5).map(|at| value(&without(&positives, at), &negatives)).collect();
        let of_negatives: Vec<f64> = (0..6).map(|at| value(&positives, &without(&negatives, at))).collect();
        let wanted = (jackknife(&of_positives) + jackknife(&of_negatives)).sqrt();
        let found = average_precision(&positives, &negatives);
        assert!((found.error - wanted).abs() < 1e-12, "{} is not {wanted}", found.error);
        assert!((found.value - value(&positives, &negatives)).abs() < 1e-12);
    }
}
