//! How generated hypotheses grow: nodes, arrows with conditions, schemes, each chosen at random and
//! kept if it can be part of a hypothesis.

use super::case::{Case, Component};
use super::choices::Choices;
use super::conflicts;
use super::estimates::EXPRESSIONS;
use super::passage::{Meeting, Outcome, Passage};
use super::random::Random;
use ansatz::hypothesis::{
    Arrow, Computes, DataIx, DrawIx, End, Estimate, EstimateIx, EstimateKind, FeatureIx, Hypothesis, NamedDraw, Node,
    NodeIx, Part, PathKind, Rest, Scheme, Terms,
};
use ansatz::lower::{Ground, Walk};
use ansatz::model::{Region, TensorId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Ends are not opened deeper than this below the root.
const DEPTH: usize = 4;

/// A hypothesis that grows.
pub struct Growth<'a> {
    pub case: &'a Case,
    pub ground: Ground<'a>,
    pub choices: &'a Choices<'a>,
    pub random: Random,
    pub hypothesis: Hypothesis,
    /// Nodes may take their data from the second dataset. Then only features are claimed whose
    /// classes have rows of both.
    pub second: bool,
}

impl Growth<'_> {
    /// Grows from the root.
    pub fn grow(&mut self) {
        let second = self.case.rows_by_data().len() > 1;
        self.second = second && self.random.chance(0.5);
        for _ in 0..self.random.below(3) {
            let data = DataIx(usize::from(second && self.random.chance(0.5)));
            let name = format!("draw_{}", self.hypothesis.draws.len());
            self.hypothesis.draws.push(NamedDraw { name, data, paired: self.random.chance(0.4) });
        }
        self.hypothesis.pool = if self.random.chance(0.3) { 2 + self.random.below(3) } else { 1 };
        self.open(End::Root, 0);
    }

    /// Draws one to four arrows into an end, chooses its schemes, and opens some of their sources.
    fn open(&mut self, end: End, depth: usize) {
        let wanted = 1 + self.random.below(4);
        let mut fresh = Vec::new();
        for _ in 0..4 * wanted {
            if self.hypothesis.arrows_into(end).count() >= wanted {
                break;
            }
            let before = self.hypothesis.nodes.len();
            if let Some(arrow) = self.arrow(end) {
                let source = arrow.from;
                self.hypothesis.arrows.push(arrow);
                if stands(self.case, self.ground, &self.hypothesis, end) {
                    fresh.extend((before < self.hypothesis.nodes.len()).then_some(source));
                    continue;
                }
                self.hypothesis.arrows.pop();
            }
            self.hypothesis.nodes.truncate(before);
        }
        self.choose_schemes(end);
        for node in fresh {
            let chance = if depth == 0 { 0.75 } else { 0.6 };
            if depth + 1 < DEPTH && self.random.chance(chance) && can_open(self.hypothesis.node(node)) {
                self.open(End::Node(node), depth + 1);
            }
        }
    }

    /// A random arrow into an end, perhaps from a new node.
    pub fn arrow(&mut self, end: End) -> Option<Arrow> {
        let from = self.known_source(end).filter(|_| self.random.chance(0.3)).or_else(|| self.node(end))?;
        let paths = if self.random.chance(0.35) { PathKind::All } else { PathKind::Direct };
        let mut arrow = Arrow::new(from, self.hypothesis.node(from), end, paths);
        if self.random.chance(0.12) {
            for part in &mut arrow.source {
                part.region = self.choices.cut(part, &mut self.random);
            }
        }
        let own = self.own_parts(end);
        if self.random.chance(0.12) {
            let part = self.random.pick(&own).clone();
            arrow.target = vec![Part { region: self.choices.cut(&part, &mut self.random), ..part }];
        }
        let tensors: BTreeSet<TensorId> = own.iter().map(|part| part.tensor).collect();
        if self.random.chance(0.25) {
            arrow.gates = self.choices.gates(&tensors, &mut self.random);
        } else if self.random.chance(0.3) {
            self.claim_terms(&mut arrow, &tensors);
        }
        if self.random.chance(if paths == PathKind::All { 0.4 } else { 0.08 }) {
            arrow.except = self.choices.exceptions(&tensors, &mut self.random);
        }
        Some(arrow)
    }

    fn claim_terms(&mut self, arrow: &mut Arrow, tensors: &BTreeSet<TensorId>) {
        let Some(attention) = self.choices.attention(tensors, &mut self.random) else { return };
        let shape = self.case.shape(attention.pattern);
        let (query, key) = (shape.len() - 2, shape.len() - 1);
        let (kind, bit) = (self.random.below(3), self.random.below(2));
        let claims = |query: usize, key: usize| match kind {
            0 => key + 1 == query,
            1 => key <= query,
            _ => (query * 5 + key * 3 + query * key) % 3 == bit,
        };
        let terms = 0..shape[query] * shape[key];
        let claimed: Vec<bool> = terms.map(|at| claims(at / shape[key], at % shape[key])).collect();
        arrow.gates = vec![self.choices.head_of(&attention.values, &mut self.random)];
        arrow.terms = Some(Terms { pattern: attention.pattern, query, key, claimed: Arc::new(claimed) });
    }

    /// A node that is there already and does not hang on the end.
    fn known_source(&mut self, end: End) -> Option<NodeIx> {
        let known: Vec<NodeIx> = (0..self.hypothesis.nodes.len())
            .map(NodeIx)
            .filter(|node| End::Node(*node) != end && end.node().is_none_or(|end| !self.hangs_on(*node, end)))
            .collect();
        (!known.is_empty()).then(|| *self.random.pick(&known))
    }

    /// Whether arrows lead from one node to another.
    fn hangs_on(&self, node: NodeIx, on: NodeIx) -> bool {
        let sources: Vec<NodeIx> = self.hypothesis.sources(End::Node(node)).collect();
        sources.into_iter().any(|source| source == on || self.hangs_on(source, on))
    }

    fn own_parts(&self, end: End) -> Vec<Part> {
        match end {
            End::Root => self.hypothesis.outputs.iter().map(|output| self.choices.whole(*output)).collect(),
            End::Node(node) => self.hypothesis.node(node).parts.clone(),
        }
    }

    /// A new node of one or two parts above an end.
    fn node(&mut self, end: End) -> Option<NodeIx> {
        let parts = self.parts(end);
        let first = parts.first()?.tensor;
        let computes = self.computes(&parts);
        let name = format!("n{}", self.hypothesis.nodes.len());
        let mut node = Node::new(&name, first, Region::whole(0), computes);
        (node.parts, node.unclaimed) = (parts, self.hypothesis.unclaimed);
        let drawn = matches!(node.computes, Computes::Any | Computes::Feature(_) | Computes::Elementwise { .. });
        if drawn && self.second && self.random.chance(0.35) {
            node.data = DataIx(1);
        }
        if !matches!(node.computes, Computes::Mean { .. } | Computes::Constant(_)) && self.random.chance(0.2) {
            node.estimate = self.estimate(&node);
        }
        self.hypothesis.nodes.push(node);
        Some(NodeIx(self.hypothesis.nodes.len() - 1))
    }

    /// One or two components, sites or boxes of them above an end; none if there are none.
    fn parts(&mut self, end: End) -> Vec<Part> {
        let ends: BTreeSet<TensorId> = self.own_parts(end).iter().map(|part| part.tensor).collect();
        let above = |component: &&Component| self.choices.is_above(component.tensor, &ends);
        let mut from: Vec<&Component> = self.case.components.iter().filter(above).collect();
        let sites: Vec<&Component> = self.case.sites.iter().filter(above).collect();
        if !sites.is_empty() && self.random.chance(0.2) {
            from = sites;
        }
        let mut parts: Vec<Part> = Vec::new();
        for _ in 0..if self.random.chance(0.2) { 2 } else { 1 } {
            if from.is_empty() {
                break;
            }
            let component = *self.random.pick(&from);
            let mut part = Part { tensor: component.tensor, region: component.region.clone() };
            if self.random.chance(0.35) {
                part.region = self.choices.cut(&part, &mut self.random);
            }
            if parts.iter().all(|other| other.tensor != part.tensor || !other.region.overlaps(&part.region)) {
                parts.push(part);
            }
        }
        parts
    }

    fn computes(&mut self, parts: &[Part]) -> Computes {
        let (feature, by_element) = (self.feature(false), self.feature(true));
        let random = &mut self.random;
        let shapes: Vec<Vec<usize>> = parts.iter().map(|part| self.case.shape(part.tensor)).collect();
        let axes = shapes.iter().all(|shape| shape.len() > 1);
        let axis = |random: &mut Random, shape: &Vec<usize>| 1 + random.below(shape.len() - 1);
        let floats = parts.iter().all(|part| self.case.is_float(part.tensor));
        match random.below(14) {
            0 | 1 => Computes::Exact,
            2 => Computes::Any,
            3..=6 if axes => {
                let axes = shapes.iter().map(|shape| axis(random, shape)).collect();
                Computes::Elementwise { feature: by_element, axes }
            }
            7 if floats => {
                let along = |shape: &Vec<usize>| (shape.len() > 1 && random.chance(0.5)).then(|| axis(random, shape));
                let along = shapes.iter().map(along).collect();
                Computes::Mean { over: random.chance(0.5).then_some(feature), along }
            }
            8 if floats => Computes::Constant(if random.chance(0.5) { 0.0 } else { 0.75 }),
            _ => Computes::Feature(feature),
        }
    }

    /// A feature that can be claimed, as a whole or by element.
    fn feature(&mut self, elementwise: bool) -> FeatureIx {
        let features = &self.case.features;
        let usable = |feature: &FeatureIx| !self.second || features.is_in_both(*feature, elementwise);
        let known: Vec<FeatureIx> = (0..features.count()).map(FeatureIx).filter(usable).collect();
        *self.random.pick(&known)
    }

    fn estimate(&mut self, node: &Node) -> Option<Estimate> {
        if !node.parts.iter().all(|part| self.case.is_float(part.tensor)) {
            return None;
        }
        let feature = self.feature(false);
        let rest = [Rest::Any, Rest::Any, Rest::Exact, Rest::Agree(feature)][self.random.below(4)];
        if node.parts.len() == 1 && self.random.chance(0.4) {
            let kind = EstimateKind::Expression(EstimateIx(self.random.below(EXPRESSIONS)));
            return Some(Estimate { kind, rest });
        }
        let tensors = node.parts.iter().map(|part| part.tensor).collect();
        let port = self.choices.port(&tensors, true, &mut self.random)?;
        let size: usize = port.region.shape(&self.case.shape(port.tensor)).iter().skip(1).product();
        let value = (0..size).map(|_| self.random.unit() as f32 * 2.0 - 1.0).collect();
        Some(Estimate { kind: EstimateKind::Changed { port, value: Arc::new(value) }, rest })
    }

    /// The end's own scheme, and those of some ports.
    fn choose_schemes(&mut self, end: End) {
        let own = match end {
            End::Node(_) if self.random.chance(0.6) => self.hypothesis.unclaimed,
            _ => self.scheme(),
        };
        self.set_scheme(end, own);
        let opened = self.hypothesis.arrows_into(end).next().is_some();
        if let Some(node) = end.node().filter(|_| opened && self.random.chance(0.4)) {
            for _ in 0..1 + self.random.below(2) {
                self.choose_port(node);
            }
        }
        if !fills_well(self.case, &self.hypothesis, end) {
            self.set_scheme(end, Scheme::Any);
            if let Some(node) = end.node() {
                self.hypothesis.nodes[node.0].ports.clear();
            }
        }
    }

    fn set_scheme(&mut self, end: End, scheme: Scheme) {
        match end {
            End::Root => self.hypothesis.unclaimed = scheme,
            End::Node(node) => self.hypothesis.nodes[node.0].unclaimed = scheme,
        }
    }

    /// A scheme for a port of a node. Ports may lie on one path, but not in one tensor.
    fn choose_port(&mut self, node: NodeIx) {
        let tensors = self.hypothesis.node(node).parts.iter().map(|part| part.tensor).collect();
        let Some(port) = self.choices.port(&tensors, false, &mut self.random) else { return };
        let others = self.hypothesis.node(node).ports.iter().flat_map(|(parts, _)| parts);
        if others.map(|part| part.tensor).all(|other| other != port.tensor) {
            let scheme = self.scheme();
            self.hypothesis.nodes[node.0].ports.push((vec![port], scheme));
        }
    }

    fn scheme(&mut self) -> Scheme {
        let feature = self.feature(false);
        let draws = self.hypothesis.draws.len();
        match self.random.below(12) {
            0 | 1 => Scheme::Exact,
            2 | 3 => Scheme::Apart,
            4 => Scheme::Mean(self.random.chance(0.5).then_some(feature)),
            5 => Scheme::Constant(if self.random.chance(0.5) { 0.0 } else { 0.5 }),
            6..=8 if draws > 0 => Scheme::Named(DrawIx(self.random.below(draws))),
            _ => Scheme::Any,
        }
    }
}

/// Whether arrows may lead into a node.
fn can_open(node: &Node) -> bool {
    let expression = matches!(&node.estimate, Some(Estimate { kind: EstimateKind::Expression(_), .. }));
    !expression && !matches!(node.computes, Computes::Mean { .. } | Computes::Constant(_))
}

/// Whether every arrow into an end has a path, and no two the same.
pub fn stands(case: &Case, ground: Ground<'_>, hypothesis: &Hypothesis, end: End) -> bool {
    if !fillable(case, hypothesis, end) {
        return false;
    }
    let passage = Passage::new(case, hypothesis, end);
    let mut matched = BTreeSet::new();
    for (_, _, cells) in passage.everything(&passage.start_tensors(hypothesis)) {
        matched.extend(cells.iter().filter_map(|(outcome, _)| match outcome {
            Outcome::Source(arrow) => Some(*arrow),
            _ => None,
        }));
    }
    matched.len() == passage.arrows.len()
        && Walk::of(ground, hypothesis, end).conflicts().is_empty()
        && (0..passage.arrows.len()).all(|arrow| conflicts::is_seen(case, hypothesis, end, arrow))
}

/// Whether every scheme of an end can fill what it has to: numbers only floats, and a part that is
/// a graph input has no operator that could be recomputed.
fn fillable(case: &Case, hypothesis: &Hypothesis, end: End) -> bool {
    let passage = Passage::new(case, hypothesis, end);
    passage.everything(&passage.start_tensors(hypothesis)).iter().all(|(tensor, meeting, cells)| {
        let recomputed =
            *meeting != Meeting::Start || !passage.fills(0) || case.graph.tensor(*tensor).producer.is_some();
        let by_numbers = |scheme: usize| passage.fills(scheme) && passage.schemes[scheme].1 != Scheme::Apart;
        recomputed
            && cells.iter().all(|(outcome, _)| match outcome {
                Outcome::Component(_, scheme) => case.is_float(*tensor) || !by_numbers(*scheme),
                _ => true,
            })
    })
}

/// Whether it is clear what schemes fill.
pub fn fills_well(case: &Case, hypothesis: &Hypothesis, end: End) -> bool {
    let passage = Passage::new(case, hypothesis, end);
    let plain = (0..passage.schemes.len()).all(|scheme| !passage.fills(scheme));
    fillable(case, hypothesis, end) && (plain || conflicts::is_clear(case, hypothesis, end))
}
