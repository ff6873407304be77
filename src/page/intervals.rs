//! All hypotheses on one axis: how much each recovers, with its interval and what was expected of it.

use super::words::{Px, bound, clause, cut, percent, range, sign};
use crate::report::{ChangeReport, HypothesisReport, Interval};

/// Sizes of the drawing. Letters of the fixed-width font are 0.6 as wide as they are high.
const NAMES: f64 = 190.0;
const PLOT: f64 = 420.0;
const FIGURES: f64 = 170.0;
const TOP: f64 = 44.0;
/// A row, and what marks for reference points need below its interval.
const ROW: f64 = 34.0;
const MARKS: f64 = 16.0;
const BOTTOM: f64 = 12.0;
/// Characters of a name.
const NAME: usize = 25;
/// The shares that the axis shows at most; what is outside is drawn at its end.
const LEAST: f64 = -0.5;
const MOST: f64 = 1.5;
/// Hypotheses of one drawing; the table has all.
pub const ROWS: usize = 60;

#[derive(Debug, Clone)]
pub struct Intervals {
    pub width: Px,
    pub height: Px,
    pub description: String,
    pub ticks: Vec<Tick>,
    pub rows: Vec<Row>,
    /// Where lines across all rows begin and end.
    pub top: Px,
    pub bottom: Px,
    pub row: Px,
    /// Whether reference points are drawn.
    pub has_points: bool,
    /// Hypotheses that are left out.
    pub left_out: usize,
    /// The right edge of names, and the left edge of numbers.
    pub names: Px,
    pub figures: Px,
}

#[derive(Debug, Clone)]
pub struct Tick {
    pub x: Px,
    pub label: String,
    /// 0 % and 100 %.
    pub is_end: bool,
    /// What an end stands for.
    pub meaning: String,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub told: String,
    pub verdict: &'static str,
    pub sign: &'static str,
    pub figure: String,
    pub range: String,
    pub y: Px,
    /// Where its background begins.
    pub above: Px,
    pub is_odd: bool,
    /// The line of the figure, and that of the range below it.
    pub line: Px,
    pub below: Px,
    pub low: Px,
    pub high: Px,
    pub value: Px,
    /// Whether the interval goes on beyond the axis.
    pub cut_low: bool,
    pub cut_high: bool,
    pub bounds: Vec<Bound>,
    /// What random explanations recover.
    pub random: Vec<Px>,
    pub random_top: Px,
    pub random_bottom: Px,
    pub marks: Vec<Mark>,
}

/// A reference point.
#[derive(Debug, Clone)]
pub struct Mark {
    pub points: String,
    pub told: String,
}

/// What was expected: a tick, with an arrow to the side that confirms.
#[derive(Debug, Clone)]
pub struct Bound {
    pub x: Px,
    pub label: String,
    /// The head of its arrow.
    pub points: String,
    pub from: Px,
    pub to: Px,
}

struct Axis {
    low: f64,
    high: f64,
    row: f64,
}

impl Axis {
    fn x(&self, share: f64) -> f64 {
        NAMES + PLOT * (share.clamp(self.low, self.high) - self.low) / (self.high - self.low)
    }

    fn of(rows: &[&HypothesisReport]) -> Axis {
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        let intervals = rows.iter().filter_map(|found| found.recovered);
        for share in intervals.flat_map(|interval| [interval.low, interval.high]).chain(bounds_of(rows)) {
            low = low.min(share);
            high = high.max(share);
        }
        let (low, high) = (low.max(LEAST), high.min(MOST));
        let margin = 0.03 * (high - low);
        let has_points = rows.iter().any(|found| found.reference_points.is_some());
        Axis { low: low - margin, high: high + margin, row: if has_points { ROW + MARKS } else { ROW } }
    }
}

fn bounds_of<'a>(rows: &'a [&HypothesisReport]) -> impl Iterator<Item = f64> + 'a {
    let all = rows.iter().flat_map(|found| &found.expectations);
    all.filter(|expectation| expectation.metric == "recovered").map(|expectation| expectation.bound)
}

/// The drawing; `None` where nothing has a share.
#[must_use]
pub fn intervals(hypotheses: &[&HypothesisReport], baseline: &str) -> Option<Intervals> {
    let measured: Vec<&HypothesisReport> =
        hypotheses.iter().copied().filter(|found| found.recovered.is_some()).collect();
    let shown = measured.get(..ROWS.min(measured.len())).unwrap_or_default();
    if shown.is_empty() {
        return None;
    }
    let axis = Axis::of(shown);
    let bottom = TOP + axis.row * shown.len() as f64;
    let rows: Vec<Row> = shown.iter().enumerate().filter_map(|(at, found)| row(at, found, &axis)).collect();
    let told: Vec<String> = rows.iter().map(|row| row.told.clone()).collect();
    Some(Intervals {
        width: Px(NAMES + PLOT + FIGURES),
        height: Px(bottom + BOTTOM),
        description: format!("Shares recovered, with intervals. {}.", told.join(". ")),
        ticks: ticks(&axis, baseline),
        rows,
        top: Px(TOP - 6.0),
        bottom: Px(bottom),
        row: Px(axis.row),
        has_points: axis.row > ROW,
        left_out: measured.len() - shown.len(),
        names: Px(NAMES - 14.0),
        figures: Px(NAMES + PLOT + 14.0),
    })
}

fn ticks(axis: &Axis, baseline: &str) -> Vec<Tick> {
    let quarters = (-2..=6).map(|quarter| f64::from(quarter) / 4.0);
    let inside = quarters.filter(|share| (axis.low..=axis.high).contains(share));
    let tick = |share: f64| Tick {
        x: Px(axis.x(share)),
        label: format!("{} %", 100.0 * share).replace('-', "−"),
        is_end: share == 0.0 || share == 1.0,
        meaning: match share {
            0.0 => cut(baseline, 14),
            1.0 => "the model".to_owned(),
            _ => String::new(),
        },
    };
    inside.map(tick).collect()
}

fn row(at: usize, found: &HypothesisReport, axis: &Axis) -> Option<Row> {
    let recovered = found.recovered?;
    let y = TOP + axis.row * at as f64 + ROW / 2.0;
    let expected: Vec<String> = found.expectations.iter().map(clause).collect();
    let told = [vec![format!("{}: {}, {}", found.name, percent(recovered.value), range(recovered))], expected];
    let own = found.expectations.iter().filter(|expectation| expectation.metric == "recovered");
    let bounds = own.map(|expectation| {
        let x = axis.x(expectation.bound);
        let side = match expectation.comparison {
            ">" | ">=" => 1.0,
            "<" | "<=" => -1.0,
            _ => 0.0,
        };
        let head = x + 8.0 * side;
        Bound {
            x: Px(x),
            label: format!("expected: {}", bound(expectation)),
            points: [(head, y - 13.0), (head, y - 7.0), (x + 12.0 * side, y - 10.0)]
                .map(|(x, y)| format!("{},{}", Px(x), Px(y)))
                .join(" "),
            from: Px(y - 13.0),
            to: Px(y + 10.0),
        }
    });
    Some(Row {
        name: cut(&found.name, NAME),
        told: told.concat().join("; "),
        verdict: found.verdict,
        sign: sign(found.verdict),
        figure: percent(recovered.value),
        range: range(recovered),
        y: Px(y),
        above: Px(TOP + axis.row * at as f64),
        is_odd: at % 2 == 1,
        line: Px(y - 2.0),
        below: Px(y + 11.0),
        low: Px(axis.x(recovered.low)),
        high: Px(axis.x(recovered.high)),
        value: Px(axis.x(recovered.value)),
        cut_low: recovered.low < axis.low,
        cut_high: recovered.high > axis.high,
        bounds: bounds.collect(),
        random: random(found).into_iter().map(|share| Px(axis.x(share))).collect(),
        random_top: Px(y + 12.0),
        random_bottom: Px(y + 22.0),
        marks: marks(found, axis, y + 17.0),
    })
}

fn random(found: &HypothesisReport) -> Vec<f64> {
    let random = found.reference_points.as_ref().and_then(|points| points.random.as_ref());
    random.map(|random| random.recovered.clone()).unwrap_or_default()
}

/// A diamond for permuted features, and triangles for the worst and the best change.
fn marks(found: &HypothesisReport, axis: &Axis, y: f64) -> Vec<Mark> {
    let Some(points) = &found.reference_points else { return Vec::new() };
    let changes = points.changes.as_ref();
    let change = |change: Option<&ChangeReport>| change.and_then(|change| change.recovered);
    let all = [
        ("with permuted features", points.permuted, [(-5.0, 0.0), (0.0, -5.0), (5.0, 0.0), (0.0, 5.0)]),
        (
            "the worst change of one claim",
            change(changes.and_then(|changes| changes.worst.as_ref())),
            [(-5.0, -5.0), (5.0, -5.0), (0.0, 5.0), (0.0, 5.0)],
        ),
        (
            "the best change of one claim",
            change(changes.and_then(|changes| changes.best.as_ref())),
            [(-5.0, 5.0), (5.0, 5.0), (0.0, -5.0), (0.0, -5.0)],
        ),
    ];
    let mark = |(what, value, corners): (&str, Option<Interval>, [(f64, f64); 4])| {
        let value = value?.value;
        let corner = |(across, down): (f64, f64)| format!("{},{}", Px(axis.x(value) + across), Px(y + down));
        Some(Mark { points: corners.map(corner).join(" "), told: format!("{what}: {}", percent(value)) })
    };
    all.into_iter().filter_map(mark).collect()
}
