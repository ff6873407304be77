//! From vectors of rows to rankings: what is fitted on some rows scores others.

use super::sets::Sets;
use crate::estimate::{Cloud, Points, Probe, Ranking, mean, ranking};
use crate::hypothesis::Setting;

/// How a vector becomes a score where only trusted rows are fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The absolute value of its only number.
    Absolute,
    /// The largest of its numbers, each as far from the mean of trusted rows as its standard deviation goes.
    Largest,
    /// The distance of Mahalanobis from trusted rows.
    Distance,
}

/// How a view ranks anomalous rows among trusted ones. In the supervised setting every view is scored by a
/// linear probe.
///
/// # Panics
/// Never: both sets have rows to score.
#[must_use]
pub fn ranked(points: &Points, rule: Rule, setting: Setting, sets: &Sets) -> Ranking {
    let at = |rows: std::ops::Range<usize>| points.at(&rows.collect::<Vec<usize>>());
    let fitted = at(sets.trusted_fitted());
    let negatives = at(sets.trusted_scored());
    let (positives, score): (Points, Box<dyn Fn(&[f64]) -> f64>) = match setting {
        Setting::Supervised => {
            let probe = Probe::of(&fitted, &at(sets.anomalous_fitted()));
            (at(sets.anomalous_scored()), Box::new(move |point| probe.score(point)))
        }
        Setting::Trusted => (at(sets.of(1)), fit(&fitted, rule)),
    };
    let of = |points: &Points| points.iter().map(|point| bounded(score(point))).collect::<Vec<f64>>();
    ranking(&of(&positives), &of(&negatives)).expect("no set is that small")
}

fn fit(fitted: &Points, rule: Rule) -> Box<dyn Fn(&[f64]) -> f64> {
    match rule {
        Rule::Absolute => Box::new(|point| point.first().copied().unwrap_or(0.0).abs()),
        Rule::Largest => {
            let usual = usual(fitted);
            Box::new(move |point| {
                let far = |(value, (mean, scale)): (&f64, &(f64, f64))| ((value - mean) / scale).abs();
                point.iter().zip(&usual).map(far).fold(0.0, f64::max)
            })
        }
        Rule::Distance => {
            let cloud = Cloud::of(fitted);
            Box::new(move |point| cloud.distance(point))
        }
    }
}

/// By coordinate the mean and the standard deviation.
fn usual(points: &Points) -> Vec<(f64, f64)> {
    let of = |at: usize| {
        let values: Vec<f64> = points.iter().map(|point| point[at]).collect();
        let centre = mean(&values);
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        (centre, (squares / values.len().max(1) as f64).sqrt().max(f64::MIN_POSITIVE))
    };
    (0..points.width()).map(of).collect()
}

/// What never varies on trusted rows is as far off as numbers go where it does.
fn bounded(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score.clamp(f64::MIN, f64::MAX) }
}
