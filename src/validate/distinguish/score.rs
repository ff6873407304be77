//! From vectors of rows to rankings: what is fitted on some rows scores others.
//!
//! Effects of losses have heavy tails: most rows lie near 0, and a few are thousands of times as far off.
//! So what is usual is the median, and a step is the distance between the quartiles; and a probe sees not
//! the numbers but the share of the fitted rows that lie below, once by the number and once by its
//! distance from the median of trusted rows.

use super::sets::Sets;
use crate::estimate::{Cloud, Points, Probe, Ranking, ranking};
use crate::hypothesis::Setting;

/// How a vector becomes a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The absolute value of its only number.
    Absolute,
    /// The largest of its numbers, each as far from what is usual on trusted rows as their quartiles are
    /// apart.
    Largest,
    /// The distance of Mahalanobis from trusted rows.
    Distance,
}

/// How a view ranks anomalous rows among trusted ones. In the supervised setting a linear probe takes the
/// place of the rule.
///
/// # Panics
/// Never: both sets have rows to score.
#[must_use]
pub fn ranked(points: &Points, rule: Rule, setting: Setting, sets: &Sets) -> Ranking {
    let at = |rows: std::ops::Range<usize>| points.at(&rows.collect::<Vec<usize>>());
    let fitted = at(sets.trusted_fitted());
    let negatives = at(sets.trusted_scored());
    let (positives, score) = match setting {
        Setting::Supervised => (at(sets.anomalous_scored()), probe(&fitted, &at(sets.anomalous_fitted()), rule)),
        Setting::Trusted => (at(sets.of(1)), fit(&fitted, rule)),
    };
    let of = |points: &Points| points.iter().map(|point| bounded(score(point))).collect::<Vec<f64>>();
    ranking(&of(&positives), &of(&negatives)).expect("no set is that small")
}

type Scoring = Box<dyn Fn(&[f64]) -> f64>;

fn fit(fitted: &Points, rule: Rule) -> Scoring {
    match rule {
        Rule::Absolute => Box::new(|point| point.first().copied().unwrap_or(0.0).abs()),
        Rule::Largest => {
            let usual: Vec<Usual> = (0..fitted.width()).map(|at| Usual::of(column(fitted, at))).collect();
            Box::new(move |point| {
                point
                    .iter()
                    .zip(&usual)
                    .map(|(value, usual)| (value - usual.median).abs() / usual.step)
                    .fold(0.0, f64::max)
            })
        }
        Rule::Distance => {
            let cloud = Cloud::of(fitted);
            Box::new(move |point| cloud.distance(point))
        }
    }
}

fn probe(negatives: &Points, positives: &Points, rule: Rule) -> Scoring {
    if rule == Rule::Distance {
        let probe = Probe::of(negatives, positives);
        return Box::new(move |point| probe.score(point));
    }
    let ranks: Vec<Ranks> =
        (0..negatives.width()).map(|at| Ranks::of(column(negatives, at), column(positives, at))).collect();
    let ranked = move |point: &[f64]| -> Vec<f64> {
        point.iter().zip(&ranks).flat_map(|(value, ranks)| ranks.rank(*value)).collect()
    };
    let all = |points: &Points| Points::new(2 * points.width(), points.iter().flat_map(&ranked).collect());
    let probe = Probe::of(&all(negatives), &all(positives));
    Box::new(move |point| probe.score(&ranked(point)))
}

fn column(points: &Points, at: usize) -> Vec<f64> {
    points.iter().map(|point| point[at]).collect()
}

/// What is usual of one number.
#[derive(Debug, Clone, Copy)]
struct Usual {
    median: f64,
    /// The distance of the quartiles; where they are equal, the mean distance from the median.
    step: f64,
}

impl Usual {
    fn of(mut values: Vec<f64>) -> Usual {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            values.get((share * (values.len().max(1) - 1) as f64).round() as usize).copied().unwrap_or(0.0)
        };
        let (median, quartiles) = (at(0.5), at(0.75) - at(0.25));
        let spread = values.iter().map(|value| (value - median).abs()).sum::<f64>() / values.len().max(1) as f64;
        let step = if quartiles > 0.0 { quartiles } else { spread };
        Usual { median, step: step.max(f64::MIN_POSITIVE) }
    }
}

/// The fitted values of one number, to rank others among.
#[derive(Debug)]
struct Ranks {
    median: f64,
    values: Vec<f64>,
    distances: Vec<f64>,
}

impl Ranks {
    fn of(trusted: Vec<f64>, anomalous: Vec<f64>) -> Ranks {
        let median = Usual::of(trusted.clone()).median;
        let mut values: Vec<f64> = trusted.into_iter().chain(anomalous).map(|value| value + 0.0).collect();
        let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        values.sort_by(f64::total_cmp);
        distances.sort_by(f64::total_cmp);
        Ranks { median, values, distances }
    }

    /// The shares of fitted values, and of their distances, that are less; ties count half.
    fn rank(&self, value: f64) -> [f64; 2] {
        [share(&self.values, value + 0.0), share(&self.distances, (value - self.median).abs())]
    }
}

fn share(sorted: &[f64], value: f64) -> f64 {
    let below = sorted.partition_point(|other| *other < value);
    let upto = sorted.partition_point(|other| *other <= value);
    (below + upto) as f64 / (2 * sorted.len().max(1)) as f64
}

/// What never varies on trusted rows is as far off as numbers go where it does.
fn bounded(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score.clamp(f64::MIN, f64::MAX) }
}
