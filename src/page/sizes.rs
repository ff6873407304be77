//! How much hypotheses claim, and which recover the most for it.

use super::intervals::Tick;
use super::words::{Px, listed, number, percent, range};
use crate::report::{FrontierReport, HypothesisReport, Report};

/// Sizes of the drawing.
const LEFT: f64 = 62.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 260.0;
const BELOW: f64 = 48.0;
const RIGHT: f64 = 18.0;
/// Half the width of a dot, and some room.
const DOT: f64 = 14.0;
/// Shares that are drawn; what is outside stands at the edge.
const LEAST: f64 = -0.25;
const MOST: f64 = 1.25;
/// Steps of the axis of bits, at most.
const STEPS: f64 = 6.0;

/// Hypotheses that can be compared.
#[derive(Debug, Clone)]
pub struct Frontier {
    pub id: String,
    /// `loss of bracket on parens, measured from shuffled`
    pub about: String,
    pub drawing: Option<Drawing>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub struct Row {
    /// Its number in the drawing.
    pub number: usize,
    pub name: String,
    pub nodes: usize,
    pub arrows: usize,
    pub components: String,
    pub symbols: usize,
    pub bits: String,
    pub recovered: String,
    /// The measures by which none dominates it.
    pub best_by: String,
}

#[derive(Debug, Clone)]
pub struct Drawing {
    pub width: Px,
    pub height: Px,
    pub description: String,
    pub left: Px,
    pub right: Px,
    pub top: Px,
    pub bottom: Px,
    pub labels: Px,
    pub caption: Px,
    pub shares: Vec<Tick>,
    pub bits: Vec<Tick>,
    pub dots: Vec<Dot>,
    /// Through those that none dominates.
    pub line: String,
}

#[derive(Debug, Clone)]
pub struct Dot {
    pub number: usize,
    pub x: Px,
    pub y: Px,
    pub low: Px,
    pub high: Px,
    /// Where its number is written.
    pub text: Px,
    pub is_best: bool,
    pub told: String,
}

/// Each group of comparable hypotheses of two or more.
#[must_use]
pub fn frontiers(report: &Report) -> Vec<Frontier> {
    let groups = report.frontier.iter().enumerate().filter(|(_, group)| group.of.len() > 1);
    groups.map(|(at, group)| frontier(at, group, report)).collect()
}

fn frontier(at: usize, group: &FrontierReport, report: &Report) -> Frontier {
    let of = |name: &String| report.hypotheses.iter().find(|found| found.name == *name);
    let members: Vec<&HypothesisReport> = group.of.iter().filter_map(of).collect();
    let row = |(at, found): (usize, &&HypothesisReport)| {
        let size = &found.size;
        let measures = [
            ("bits", &group.bits),
            ("symbols", &group.symbols),
            ("arrows", &group.arrows),
            ("components", &group.components),
        ];
        let best = measures.iter().filter(|(_, names)| names.contains(&found.name));
        Row {
            number: at + 1,
            name: found.name.clone(),
            nodes: size.nodes,
            arrows: size.arrows,
            components: format!("{} of {}", size.components.touched, size.components.of),
            symbols: size.symbols,
            bits: format!("{:.1}", size.bits.kept),
            recovered: found.recovered.map_or_else(String::new, |recovered| percent(recovered.value)),
            best_by: listed(&best.map(|(word, _)| (*word).to_owned()).collect::<Vec<_>>()),
        }
    };
    Frontier {
        id: format!("f{}", at + 1),
        about: format!("{} of {} on {}, measured from {}", group.behaviour, group.model, group.data, group.baseline),
        drawing: drawing(group, &members),
        rows: members.iter().enumerate().map(row).collect(),
    }
}

fn drawing(group: &FrontierReport, members: &[&HypothesisReport]) -> Option<Drawing> {
    let most = members.iter().map(|found| found.size.bits.kept).fold(0.0, f64::max);
    if most.is_nan() || most <= 0.0 {
        return None;
    }
    let shares = || members.iter().filter_map(|found| found.recovered).flat_map(|found| [found.low, found.high]);
    let low = shares().fold(0.0, f64::min).max(LEAST) - 0.04;
    let high = shares().fold(1.0, f64::max).min(MOST) + 0.04;
    let x = |bits: f64| LEFT + DOT + (WIDTH - 2.0 * DOT) * bits / most;
    let y = |share: f64| TOP + HEIGHT * (high - share.clamp(low, high)) / (high - low);
    let dot = |(at, found): (usize, &&HypothesisReport)| {
        let recovered = found.recovered?;
        let place = y(recovered.value);
        Some(Dot {
            number: at + 1,
            x: Px(x(found.size.bits.kept)),
            y: Px(place),
            low: Px(y(recovered.low)),
            high: Px(y(recovered.high)),
            text: Px(place + 4.0),
            is_best: group.bits.contains(&found.name),
            told: format!(
                "{}: {:.1} bits, {} ({})",
                found.name,
                found.size.bits.kept,
                percent(recovered.value),
                range(recovered)
            ),
        })
    };
    let dots: Vec<Dot> = members.iter().enumerate().filter_map(dot).collect();
    let best = group.bits.iter().filter_map(|name| members.iter().find(|found| found.name == *name));
    let best = best.filter_map(|found| Some((x(found.size.bits.kept), y(found.recovered?.value))));
    let told: Vec<String> = dots.iter().map(|dot| dot.told.clone()).collect();
    Some(Drawing {
        width: Px(LEFT + WIDTH + RIGHT),
        height: Px(TOP + HEIGHT + BELOW),
        description: format!("Recovered against bits kept. {}.", told.join(". ")),
        left: Px(LEFT),
        right: Px(LEFT + WIDTH),
        top: Px(TOP),
        bottom: Px(TOP + HEIGHT),
        labels: Px(TOP + HEIGHT + 18.0),
        caption: Px(TOP + HEIGHT + 38.0),
        shares: share_ticks(low, high, &y),
        bits: bit_ticks(most, &x),
        dots,
        line: stairs(&best.collect::<Vec<_>>()),
    })
}

fn share_ticks(low: f64, high: f64, y: &dyn Fn(f64) -> f64) -> Vec<Tick> {
    let quarters = (-1..=5).map(|quarter| f64::from(quarter) / 4.0);
    let tick = |share: f64| Tick {
        x: Px(y(share)),
        label: format!("{} %", 100.0 * share).replace('-', "−"),
        is_end: share == 0.0 || share == 1.0,
        meaning: String::new(),
    };
    quarters.filter(|share| (low..=high).contains(share)).map(tick).collect()
}

/// Round numbers of bits: 1, 2 or 5 times a power of ten apart.
fn bit_ticks(most: f64, x: &dyn Fn(f64) -> f64) -> Vec<Tick> {
    let power = 10.0_f64.powf((most / STEPS).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| most / step <= STEPS);
    let step = step.unwrap_or(most);
    let tick = |at: u32| {
        let bits = f64::from(at) * step;
        let label = if step < 1.0 { number(bits) } else { format!("{bits:.0}") };
        Tick { x: Px(x(bits)), label, is_end: false, meaning: String::new() }
    };
    (0..=STEPS as u32).filter(|at| f64::from(*at) * step <= most).map(tick).collect()
}

/// From one to the next: across, and then up.
fn stairs(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for (x, y) in points {
        match before {
            None => path.push_str(&format!("M{},{}", Px(*x), Px(*y))),
            Some(level) => path.push_str(&format!(" L{},{} L{},{}", Px(*x), Px(level), Px(*x), Px(*y))),
        }
        before = Some(*y);
    }
    path
}
