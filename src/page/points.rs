//! What a score can be held against, in sentences and as a table.

use super::words::{self, Piece, percent, pieces, signed};
use crate::report::{ChangeReport, Interval, PointsReport};

#[derive(Debug, Clone)]
pub struct Points {
    /// `It beats 97 of 100 random explanations of its size (p = 0.030).`
    pub sentences: Vec<Vec<Piece>>,
    pub rows: Vec<Point>,
    /// References that all but changes is measured on.
    pub references: usize,
}

#[derive(Debug, Clone)]
pub struct Point {
    pub what: Vec<Piece>,
    pub recovered: String,
    pub range: String,
    /// For a change its line, and what it recovers more.
    pub note: String,
}

#[must_use]
pub fn points(found: &PointsReport) -> Points {
    let mut rows = vec![
        point("the hypothesis, on the same references", found.own, String::new()),
        point("without any claim", found.empty, String::new()),
    ];
    if found.permuted.is_some() {
        rows.push(point("the same claims with the features of other rows", found.permuted, String::new()));
    }
    if let Some(random) = &found.random {
        for (what, share) in [("lowest", 0.0), ("middle", 0.5), ("highest", 1.0)] {
            rows.extend(quantile(&random.recovered, share).map(|value| Point {
                what: pieces(&format!("random explanations of its size, {what} of {}", random.drawn)),
                recovered: percent(value),
                range: String::new(),
                note: String::new(),
            }));
        }
    }
    let changes = found.changes.as_ref();
    let change = |kind: &str, change: Option<&ChangeReport>| {
        let tried = changes.map_or(0, |changes| changes.tried);
        let note = |one: &ChangeReport| {
            let gain = one.gain.map(|gain| format!(", {}", signed(gain.value))).unwrap_or_default();
            format!("line {}{gain}", one.line)
        };
        change.map(|one| point(&format!("{kind} of {tried} changes: {}", one.change), one.recovered, note(one)))
    };
    rows.extend(change("worst", changes.and_then(|changes| changes.worst.as_ref())));
    rows.extend(change("best", changes.and_then(|changes| changes.best.as_ref())));
    Points { sentences: sentences(found), rows, references: found.references }
}

fn point(what: &str, value: Option<Interval>, note: String) -> Point {
    Point {
        what: pieces(what),
        recovered: value.map_or_else(|| "undefined".to_owned(), |value| percent(value.value)),
        range: value.map(words::range).unwrap_or_default(),
        note,
    }
}

fn sentences(found: &PointsReport) -> Vec<Vec<Piece>> {
    let mut told = Vec::new();
    if let Some(random) = &found.random {
        told.push(format!(
            "It beats {} of {} random explanations of its size (p = {:.3}).",
            random.beaten, random.drawn, random.p
        ));
    }
    let worst = found.changes.as_ref().and_then(|changes| changes.worst.as_ref());
    if let Some((change, recovered)) = worst.and_then(|worst| Some((&worst.change, worst.recovered?))) {
        told.push(format!("The worst change of a single claim brings it to {}: {change}.", percent(recovered.value)));
    }
    told.iter().map(|text| pieces(text)).collect()
}

/// Of ascending numbers the one at a share of the way.
fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let place = (share * ascending.len().saturating_sub(1) as f64).round() as usize;
    ascending.get(place).copied()
}
