//! A hypothesis drawn over the layers of its model: data flows downwards, each node at its component's
//! depth, each arrow with its class and what it costs.

use super::bands::{Bands, bands};
use super::layered::{Item, lay};
use super::words::{Px, count, cut, signed};
use crate::report::{BlameReport, GraphReport, HypothesisReport, MapReport};
use std::collections::BTreeMap;

/// Widths of a letter of the fixed-width font, at its two sizes.
const LETTER: f64 = 7.3;
const SMALL: f64 = 6.7;
/// Characters of a line in a node, and of a label.
const NODE: usize = 24;
const LABEL: usize = 20;
const PAD: f64 = 12.0;
const LINE: f64 = 15.0;
/// The column of layers at the left.
const GUTTER: f64 = 176.0;
const GAP: f64 = 14.0;
const THROUGH: f64 = 10.0;
/// Heights of a row without claims, of the space around labels, and of a label.
const THIN: f64 = 26.0;
const SPACE: f64 = 20.0;
const TAG: f64 = 30.0;
/// Larger graphs are told by tables alone.
const NODES: usize = 80;
const ARROWS: usize = 200;

#[derive(Debug, Clone)]
pub struct Drawing {
    pub width: Px,
    pub height: Px,
    pub title: String,
    pub description: String,
    pub layers: Vec<Layer>,
    pub boxes: Vec<NodeBox>,
    pub edges: Vec<Edge>,
    /// Whether widths of arrows mean something.
    pub has_blame: bool,
    /// The right end of what separates layers.
    pub right: Px,
}

/// The components of one depth that nothing is claimed of.
#[derive(Debug, Clone)]
pub struct Layer {
    pub top: Px,
    pub lines: Vec<Text>,
}

#[derive(Debug, Clone)]
pub struct Text {
    pub x: Px,
    pub y: Px,
    pub text: String,
    /// `name`, `region`, `class`, `cost`, `help` or `even`.
    pub kind: &'static str,
}

#[derive(Debug, Clone)]
pub struct NodeBox {
    pub x: Px,
    pub y: Px,
    pub width: Px,
    pub height: Px,
    pub is_root: bool,
    pub told: String,
    pub lines: Vec<Text>,
}

#[derive(Debug, Clone)]
pub struct Edge {
    pub path: String,
    pub head: String,
    /// `cost`, `help`, or `even` where the interval holds 0.
    pub kind: &'static str,
    pub stroke: Px,
    pub told: String,
    /// Behind the label.
    pub x: Px,
    pub y: Px,
    pub width: Px,
    pub height: Px,
    pub label: Vec<Text>,
}

/// The drawing of a hypothesis; `None` where it has no nodes, or too many.
#[must_use]
pub fn drawing(found: &HypothesisReport, maps: &[MapReport]) -> Option<Drawing> {
    let graph = found.graph.as_ref()?;
    let map = maps.iter().find(|map| map.model == graph.model)?;
    let fits = (1..=NODES).contains(&graph.nodes.len()) && graph.arrows.len() <= ARROWS;
    let is_whole = graph.arrows.iter().all(|arrow| arrow.from.max(arrow.to.unwrap_or(0)) < graph.nodes.len());
    if !fits || !is_whole {
        return None;
    }
    Some(Sketch::new(found, graph, map).drawn())
}

/// What is known before anything has a place.
struct Sketch<'a> {
    found: &'a HypothesisReport,
    graph: &'a GraphReport,
    bands: Bands,
    by_arrow: BTreeMap<usize, &'a BlameReport>,
    /// The largest gain, to which widths of arrows are drawn.
    largest: f64,
    /// Lines of each node, the behaviour last.
    lines: Vec<Vec<(String, &'static str)>>,
    labels: Vec<Vec<(String, &'static str)>>,
    items: Vec<Item>,
    links: Vec<(usize, usize)>,
    /// For each arrow the items that it goes through, its ends among them.
    routes: Vec<Vec<usize>>,
}

impl<'a> Sketch<'a> {
    fn new(found: &'a HypothesisReport, graph: &'a GraphReport, map: &'a MapReport) -> Sketch<'a> {
        let blame = found.blame.iter().flatten();
        let by_arrow: BTreeMap<usize, &BlameReport> = blame.filter_map(|one| Some((one.arrow?, one))).collect();
        let gains = by_arrow.values().filter_map(|one| one.gain).map(|gain| gain.value.abs());
        let mut sketch = Sketch {
            found,
            graph,
            bands: bands(graph, map),
            largest: gains.fold(0.0, f64::max),
            by_arrow,
            lines: Vec::new(),
            labels: Vec::new(),
            items: Vec::new(),
            links: Vec::new(),
            routes: Vec::new(),
        };
        sketch.nodes();
        (0..graph.arrows.len()).for_each(|at| sketch.arrow(at));
        sketch
    }

    fn nodes(&mut self) {
        for (at, node) in self.graph.nodes.iter().enumerate() {
            let mut lines = vec![(cut(&node.name, NODE), "name"), (cut(&node.regions.join(" + "), NODE), "region")];
            lines.push((cut(&node.computes, NODE), "class"));
            lines.extend(self.unclaimed(Some(at)));
            self.node(lines, self.bands.of_nodes[at]);
        }
        let mut lines = vec![(cut(&self.found.behaviour, NODE), "name")];
        lines.extend(self.unclaimed(None));
        self.node(lines, self.bands.rows.len());
    }

    /// What an end leaves unclaimed, if that has a cost.
    fn unclaimed(&self, node: Option<usize>) -> Option<(String, &'static str)> {
        let blame = self.found.blame.iter().flatten();
        let mut own = blame.filter(|one| one.kind == "unclaimed" && one.node == node);
        let gain = own.next()?.gain?;
        Some((format!("unclaimed: {}", signed(gain.value)), kind(gain.low, gain.high)))
    }

    fn node(&mut self, lines: Vec<(String, &'static str)>, band: usize) {
        let letters = lines.iter().map(|(text, kind)| text.chars().count() as f64 * letter(kind));
        let width = letters.fold(60.0, f64::max) + 2.0 * PAD;
        self.lines.push(lines);
        self.items.push(Item { row: 2 * band, width, weight: 1.0 });
    }

    /// The arrow at a place: its label stands below its source, and it goes through all rows down to
    /// its target.
    fn arrow(&mut self, at: usize) {
        let arrow = &self.graph.arrows[at];
        let target = arrow.to.unwrap_or(self.graph.nodes.len());
        let (first, last) = (self.items[arrow.from].row, self.items[target].row);
        let label = self.label(at);
        let letters = label.iter().map(|(text, _)| text.chars().count() as f64 * SMALL);
        let width = letters.fold(THROUGH, f64::max) + 8.0;
        self.labels.push(label);
        let mut route = vec![arrow.from];
        for row in first + 1..last {
            let item = Item { row, width: if row == first + 1 { width } else { THROUGH }, weight: 2.0 };
            route.push(self.items.len());
            self.items.push(item);
        }
        route.push(target);
        self.links.extend(route.windows(2).map(|pair| (pair[0], pair[1])));
        self.routes.push(route);
    }

    fn label(&self, at: usize) -> Vec<(String, &'static str)> {
        let arrow = &self.graph.arrows[at];
        let mut lines = vec![(cut(&self.graph.nodes[arrow.from].computes, LABEL), "class")];
        if let Some(gain) = self.by_arrow.get(&at).and_then(|one| one.gain) {
            lines.push((signed(gain.value), kind(gain.low, gain.high)));
        }
        lines
    }

    /// Where each row begins, and where the last ends.
    fn tops(&self) -> Vec<f64> {
        let mut tops = vec![4.0];
        for row in 0..=2 * self.bands.rows.len() {
            let own = self.items.iter().enumerate().filter(|(_, item)| item.row == row);
            let nodes = own.filter(|(at, _)| *at < self.lines.len()).map(|(at, _)| height(self.lines[at].len()));
            let labelled = self.routes.iter().any(|route| self.items[route[0]].row + 1 == row);
            let height = match self.bands.rows.get(row / 2) {
                _ if row % 2 == 1 && labelled => TAG + 2.0 * SPACE,
                _ if row % 2 == 1 => SPACE,
                Some(band) => nodes.fold(THIN.max(10.0 + LINE * band.lines.len() as f64), f64::max),
                None => nodes.fold(THIN, f64::max),
            };
            tops.push(tops.last().copied().unwrap_or(0.0) + height);
        }
        tops
    }

    fn drawn(&self) -> Drawing {
        let laid = lay(&self.items, &self.links, GAP);
        let tops = self.tops();
        let centre = |item: usize| GUTTER + laid.centres[item];
        let width = GUTTER + laid.width + 8.0;
        let is_blamed = !self.by_arrow.is_empty();
        Drawing {
            width: Px(width),
            height: Px(tops.last().copied().unwrap_or(0.0) + 4.0),
            title: format!("{} as a graph over the layers of {}", self.found.name, self.graph.model),
            description: self.description(),
            layers: self.layers(&tops),
            boxes: (0..self.lines.len()).map(|at| self.boxed(at, centre(at), &tops)).collect(),
            edges: (0..self.routes.len()).map(|at| self.edge(at, &centre, &tops)).collect(),
            has_blame: is_blamed,
            right: Px(width),
        }
    }

    fn layers(&self, tops: &[f64]) -> Vec<Layer> {
        let layer = |(at, band): (usize, &super::bands::Band)| {
            let top = tops[2 * at];
            let line = |(at, text): (usize, &String)| Text {
                x: Px(4.0),
                y: Px(top + 17.0 + LINE * at as f64),
                text: text.clone(),
                kind: "layer",
            };
            let lines = band.lines.iter().enumerate().map(line).collect();
            Layer { top: Px(top), lines }
        };
        self.bands.rows.iter().enumerate().map(layer).collect()
    }

    fn boxed(&self, at: usize, centre: f64, tops: &[f64]) -> NodeBox {
        let (item, lines) = (self.items[at], &self.lines[at]);
        let top = tops[item.row];
        let line = |(at, (text, kind)): (usize, &(String, &'static str))| Text {
            x: Px(centre),
            y: Px(top + 18.0 + LINE * at as f64),
            text: text.clone(),
            kind,
        };
        let told = match self.graph.nodes.get(at) {
            Some(node) => format!("{} = {} computes {}", node.name, node.regions.join(" + "), node.computes),
            None => format!("the behaviour {}", self.found.behaviour),
        };
        NodeBox {
            x: Px(centre - item.width / 2.0),
            y: Px(top),
            width: Px(item.width),
            height: Px(height(lines.len())),
            is_root: at >= self.graph.nodes.len(),
            told,
            lines: lines.iter().enumerate().map(line).collect(),
        }
    }

    fn edge(&self, at: usize, centre: &dyn Fn(usize) -> f64, tops: &[f64]) -> Edge {
        let route = &self.routes[at];
        let (from, to) = (route[0], route[route.len() - 1]);
        let start = (self.port(at, from, true, centre), tops[self.items[from].row] + height(self.lines[from].len()));
        let end = (self.port(at, to, false, centre), tops[self.items[to].row]);
        let between = route.get(1..route.len() - 1).unwrap_or_default();
        let mut points = vec![start];
        for item in between {
            let row = self.items[*item].row;
            // Between the rows of nodes there is room for curves, above and below labels.
            let room = if row % 2 == 1 { SPACE } else { 0.0 };
            let (top, bottom) = (tops[row] + room, tops[row + 1] - room);
            if top < bottom {
                points.extend([(centre(*item), top), (centre(*item), bottom)]);
            }
        }
        points.push((end.0, end.1 - 7.0));
        let label = &self.labels[at];
        let (middle, row) = between.first().map_or((start.0, 0), |item| (centre(*item), self.items[*item].row));
        let top = tops[row] + SPACE + (TAG - LINE * label.len() as f64) / 2.0;
        let wide = between.first().map_or(0.0, |item| self.items[*item].width);
        let text = |(at, (text, kind)): (usize, &(String, &'static str))| Text {
            x: Px(middle),
            y: Px(top + 11.0 + LINE * at as f64),
            text: text.clone(),
            kind,
        };
        let gain = self.by_arrow.get(&at).and_then(|one| one.gain);
        let share = gain.map_or(0.0, |gain| gain.value.abs() / self.largest.max(f64::MIN_POSITIVE));
        Edge {
            path: curve(&points),
            head: [(end.0 - 5.0, end.1 - 9.0), (end.0 + 5.0, end.1 - 9.0), end].map(point).join(" "),
            kind: gain.map_or("even", |gain| kind(gain.low, gain.high)),
            stroke: Px(1.5 + 5.5 * share),
            told: self.told(at),
            x: Px(middle - wide / 2.0),
            y: Px(top - 1.0),
            width: Px(wide),
            height: Px(LINE * label.len() as f64 + 2.0),
            label: label.iter().enumerate().map(text).collect(),
        }
    }

    /// Where on an edge of a box an arrow starts or ends: those of one box lie side by side, in the
    /// order of where they come from.
    fn port(&self, at: usize, node: usize, starts: bool, centre: &dyn Fn(usize) -> f64) -> f64 {
        let beside = |route: &Vec<usize>| centre(if starts { route[1] } else { route[route.len() - 2] });
        let end = |route: &Vec<usize>| if starts { route[0] } else { route[route.len() - 1] };
        let mut all: Vec<(f64, usize)> = (0..self.routes.len())
            .filter(|other| end(&self.routes[*other]) == node)
            .map(|other| (beside(&self.routes[other]), other))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let place = all.iter().position(|(_, other)| *other == at).unwrap_or(0);
        let step = (0.8 * self.items[node].width / all.len() as f64).min(26.0);
        centre(node) + step * (place as f64 - (all.len() - 1) as f64 / 2.0)
    }

    fn told(&self, at: usize) -> String {
        let arrow = &self.graph.arrows[at];
        let class = &self.graph.nodes[arrow.from].computes;
        let cost = self.by_arrow.get(&at).and_then(|one| one.gain);
        let cost = cost.map(|gain| format!(", {} with its draws exact", signed(gain.value))).unwrap_or_default();
        format!("{} (line {}), class {class}{cost}", arrow.text, arrow.line)
    }

    fn description(&self) -> String {
        let nodes: Vec<String> = (0..self.graph.nodes.len())
            .map(|at| {
                let node = &self.graph.nodes[at];
                format!("{} is {} and computes {}", node.name, node.regions.join(" and "), node.computes)
            })
            .collect();
        let arrows: Vec<String> = (0..self.graph.arrows.len()).map(|at| self.told(at)).collect();
        let sizes = (count(nodes.len(), "node", "nodes"), count(arrows.len(), "arrow", "arrows"));
        format!("{}: {}. {}: {}.", sizes.0, nodes.join("; "), sizes.1, arrows.join("; "))
    }
}

fn letter(kind: &str) -> f64 {
    if kind == "name" { LETTER } else { SMALL }
}

fn height(lines: usize) -> f64 {
    LINE * lines as f64 + 12.0
}

/// What an interval of a gain says.
#[must_use]
pub fn kind(low: f64, high: f64) -> &'static str {
    match (low, high) {
        (low, _) if low > 0.0 => "cost",
        (_, high) if high < 0.0 => "help",
        _ => "even",
    }
}

fn point((x, y): (f64, f64)) -> String {
    format!("{},{}", Px(x), Px(y))
}

/// Straight down through rows, and curves in between.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, now) in points.iter().enumerate() {
        match at.checked_sub(1).and_then(|before| points.get(before)) {
            None => path.push_str(&format!("M{}", point(*now))),
            Some(before) if (before.0 - now.0).abs() < 0.05 => path.push_str(&format!(" L{}", point(*now))),
            Some(before) => {
                let middle = f64::midpoint(before.1, now.1);
                let (out, back) = (point((before.0, middle)), point((now.0, middle)));
                path.push_str(&format!(" C{out} {back} {}", point(*now)));
            }
        }
    }
    path
}
