//! What a score can be held against, in sentences and as a table.

use super::words::{self, Piece, percent, pieces, signed};
use crate::report::{ChangeReport, ChangesReport, Interval, PointsReport, RandomReport};

#[derive(Debug, Clone)]
pub struct Points {
    /// `On its first 100 references it recovers 94.0 % and beats 97 of 100 random explanations of its size
    /// (p = 0.030).`
    pub sentences: Vec<Vec<Piece>>,
    pub rows: Vec<Point>,
    /// References that all but changes is measured on.
    pub references: usize,
    /// What the hypothesis recovers on as many others, and what changes of one claim recover there.
    pub changes: Vec<Point>,
}

#[derive(Debug, Clone)]
pub struct Point {
    pub what: Vec<Piece>,
    pub recovered: String,
    pub range: String,
    /// For a change what it recovers more, and the interval of that.
    pub gain: String,
    /// For a change its line.
    pub note: String,
}

#[must_use]
pub fn points(found: &PointsReport) -> Points {
    let mut rows =
        vec![point("the hypothesis, on the same references", found.own), point("without any claim", found.empty)];
    if found.permuted.is_some() {
        rows.push(point("the same claims with the features of other rows", found.permuted));
    }
    if let Some(random) = &found.random {
        for (what, share) in [("lowest", 0.0), ("middle", 0.5), ("highest", 1.0)] {
            let what = format!("random explanations of its size, {what} of {}", random.drawn);
            rows.extend(quantile(&random.recovered, share).map(|value| Point {
                what: pieces(&what),
                recovered: percent(value),
                range: String::new(),
                gain: String::new(),
                note: String::new(),
            }));
        }
    }
    let changes = found.changes.as_ref().map(changed).unwrap_or_default();
    Points { sentences: sentences(found), rows, references: found.references, changes }
}

/// The chosen changes, behind the hypothesis itself on the same references.
fn changed(found: &ChangesReport) -> Vec<Point> {
    let change = |(what, change): (String, &ChangeReport)| Point {
        gain: change.gain.map(gained).unwrap_or_default(),
        note: format!("line {}", change.line),
        ..point(&format!("{what}: {}", change.change), change.recovered)
    };
    let chosen: Vec<Point> = found.chosen().into_iter().map(change).collect();
    if chosen.is_empty() {
        return chosen;
    }
    std::iter::once(point("the hypothesis, on these references", found.own)).chain(chosen).collect()
}

/// `−20.5 % (−30.1 % to −10.9 %)`
fn gained(gain: Interval) -> String {
    format!("{} ({})", signed(gain.value), words::range(gain))
}

fn point(what: &str, value: Option<Interval>) -> Point {
    Point {
        what: pieces(what),
        recovered: value.map_or_else(|| "undefined".to_owned(), |value| percent(value.value)),
        range: value.map(words::range).unwrap_or_default(),
        gain: String::new(),
        note: String::new(),
    }
}

/// Shares of different references stand in different sentences, and each says of which.
fn sentences(found: &PointsReport) -> Vec<Vec<Piece>> {
    let mut told = Vec::new();
    if let (Some(random), Some(own)) = (&found.random, found.own) {
        told.push(format!(
            "On its first {} references it recovers {} and beats {} of {} random explanations of its size (p = {:.3}{}).",
            found.references,
            percent(own.value),
            random.beaten,
            random.drawn,
            random.p,
            few(random)
        ));
    }
    if let Some(changes) = &found.changes {
        told.extend(worst(changes, found.references));
    }
    told.iter().map(|text| pieces(text)).collect()
}

/// What a rank among few can say.
fn few(random: &RandomReport) -> String {
    random.least_p().map_or_else(String::new, |least| format!(", at least {least:.3} with so few"))
}

/// `On the next 100, where it recovers 45.3 %, the worst of 12 refinements brings it to 24.8 %, ...`
fn worst(changes: &ChangesReport, references: usize) -> Option<String> {
    let own = changes.own?;
    let brings = |(what, change): (String, &ChangeReport)| {
        let (recovered, gain) = (change.recovered?, change.gain?);
        let comma = if what.contains(',') { "," } else { "" };
        Some(format!("{what}{comma} brings it to {}, by {}: {}", percent(recovered.value), gained(gain), change.change))
    };
    let is_best = |change: &ChangeReport| {
        changes.best.as_ref().is_some_and(|best| best.change == change.change && best.line == change.line)
    };
    let chosen = changes.chosen().into_iter().filter(|(_, change)| !is_best(change));
    let told: Vec<String> = chosen.filter_map(brings).collect();
    let none = match changes.refinements {
        _ if told.is_empty() => String::new(),
        0 => "; it has no refinement to try".to_owned(),
        tried if changes.worst_refinement.is_none() => {
            format!("; none of {} lowers it on the first ones", words::count(tried, "refinement", "refinements"))
        }
        _ => String::new(),
    };
    let told = if told.is_empty() { "no change of a single claim lowers it".to_owned() } else { told.join("; ") };
    Some(format!("On the next {references}, where it recovers {}, {told}{none}.", percent(own.value)))
}

/// Of ascending numbers the one at a share of the way.
fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let place = (share * ascending.len().saturating_sub(1) as f64).round() as usize;
    ascending.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(value: f64) -> Option<Interval> {
        Some(Interval { value, low: value - 0.1, high: value + 0.1, level: 0.95 })
    }

    fn change(change: &str, value: f64, gain: f64) -> Option<ChangeReport> {
        let (change, file) = (change.to_owned(), "a.ansatz".to_owned());
        Some(ChangeReport { change, file, line: 7, recovered: share(value), gain: share(gain) })
    }

    fn told(found: &PointsReport) -> String {
        let all = points(found).sentences;
        all.iter().map(|pieces| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>() + "\n").collect()
    }

    #[test]
    fn figures_stand_beside_those_of_the_same_references() {
        let random = RandomReport { drawn: 4, beaten: 4, p: 0.2, recovered: vec![0.25; 4] };
        let changes = ChangesReport {
            tried: 22,
            refinements: 2,
            own: share(0.4),
            worst: change("without `a -> b`", 0.1, -0.3),
            worst_refinement: change("`a` also computes `f`", 0.3, -0.1),
            best: change("`a` computes any", 0.45, 0.05),
        };
        let mut found = PointsReport {
            references: 50,
            own: share(0.9),
            empty: share(0.0),
            permuted: None,
            random: Some(random),
            changes: Some(changes),
        };
        let text = told(&found);
        for wanted in [
            "On its first 50 references it recovers 90.0 % and beats 4 of 4 random explanations",
            "(p = 0.200, at least 0.200 with so few)",
            "On the next 50, where it recovers 40.0 %, the worst of 22 changes brings it to 10.0 %, by −30.0 %",
            "the worst of 2 refinements brings it to 30.0 %, by −10.0 % (−20.0 % to 0.0 %): a also computes f",
        ] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
        assert!(!text.contains("computes any"), "the best change stands in the table: {text}");
        let rows = points(&found).changes;
        assert_eq!((rows.len(), rows[0].recovered.as_str(), rows[1].note.as_str()), (4, "40.0 %", "line 7"));
        // One that is the worst of all and of the refinements is told once.
        let changes = found.changes.as_mut().expect("it has changes");
        changes.worst = changes.worst_refinement.clone();
        assert!(told(&found).contains("the worst of 22 changes, a refinement, brings"), "{}", told(&found));
        assert_eq!(points(&found).changes.len(), 3);
    }
}
