//! Generated hypotheses: random nodes and arrows over a case, every arrow with a direct path, no
//! two arrows into one end from regions that overlap.

use super::case::{Case, Component};
use super::paths::{Part, Paths};
use super::random::Random;
use ansatz::hypothesis::{Arrow, Computes, End, FeatureIx, Hypothesis, Node, NodeIx, PathKind, Scheme};
use ansatz::model::{Region, TensorId};

/// Ends are not opened deeper than this below the root.
const DEPTH: usize = 4;

/// What a generated hypothesis has in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits {
    /// Ways to walk from the root, the root among them.
    pub visits: usize,
    /// Those that are recomputed.
    pub opened: usize,
    pub depth: usize,
    /// A node with arrows into two ends.
    pub diamond: bool,
    pub elementwise_leaf: bool,
    pub elementwise_opened: bool,
    /// One per-position claim under another.
    pub elementwise_nested: bool,
    /// A node that is a part of a component.
    pub sliced: bool,
    /// A node that cuts no paths.
    pub site: bool,
    pub outputs: usize,
    pub unclaimed_exact: bool,
    pub exact: bool,
    pub any: bool,
    pub feature: bool,
}

/// A random hypothesis of at most `most` visits.
pub fn generate(case: &Case, paths: &Paths<'_>, seed: u64, most: usize) -> (Hypothesis, Traits) {
    for attempt in 0..1000 {
        let mut random = Random::new(seed.wrapping_mul(1000).wrapping_add(attempt));
        let hypothesis = grown(case, paths, &mut random);
        let traits = traits(case, &hypothesis);
        if (2..=most).contains(&traits.visits) {
            return (hypothesis, traits);
        }
    }
    unreachable!("one of a thousand hypotheses is small enough")
}

fn grown(case: &Case, paths: &Paths<'_>, random: &mut Random) -> Hypothesis {
    let outputs: Vec<TensorId> = match (case.outputs.len(), random.below(4)) {
        (0 | 1, _) | (_, 0 | 1) => case.outputs.clone(),
        (_, 2) => case.outputs.iter().rev().copied().collect(),
        _ => vec![*random.pick(&case.outputs)],
    };
    let unclaimed = if random.chance(0.25) { Scheme::Exact } else { Scheme::Any };
    let hypothesis = Hypothesis::new("generated", outputs, unclaimed);
    let mut growth = Growth { case, paths, hypothesis };
    growth.open(End::Root, 0, random);
    growth.hypothesis
}

struct Growth<'a> {
    case: &'a Case,
    paths: &'a Paths<'a>,
    hypothesis: Hypothesis,
}

impl Growth<'_> {
    /// Draws one to four arrows into an end, and opens some of their sources.
    fn open(&mut self, end: End, depth: usize, random: &mut Random) {
        let mut candidates: Vec<&Component> = self.case.components.iter().collect();
        random.shuffle(&mut candidates);
        let only_site = !self.case.sites.is_empty() && random.chance(0.15);
        if only_site {
            candidates = vec![random.pick(&self.case.sites)];
        }
        let wanted = 1 + random.below(4);
        let mut fresh = Vec::new();
        for component in candidates {
            if self.hypothesis.sources(end).count() >= wanted {
                break;
            }
            let source = match self.reusable(end, component) {
                Some(known) if random.chance(0.5) => known,
                _ => {
                    let Some(region) = self.piece(end, component, random) else { continue };
                    let node = self.node(component.tensor, region, random);
                    fresh.push(node);
                    node
                }
            };
            let arrow = Arrow::new(source, self.hypothesis.node(source), end, PathKind::Direct);
            self.hypothesis.arrows.push(arrow);
        }
        for node in fresh {
            if depth + 1 < DEPTH && random.chance(if depth == 0 { 0.75 } else { 0.6 }) {
                self.open(End::Node(node), depth + 1, random);
            }
        }
    }

    /// A node that is there already, lies in the component, and has a direct path to the end.
    fn reusable(&self, end: End, component: &Component) -> Option<NodeIx> {
        let fits = |index: &NodeIx| {
            let node = self.hypothesis.node(*index);
            node.tensor() == component.tensor && component.region.contains(node.region())
        };
        let known = (0..self.hypothesis.nodes.len()).map(NodeIx);
        known.filter(fits).find(|index| {
            let node = self.hypothesis.node(*index);
            self.free(end, node.tensor(), node.region()) && self.direct(end, node.tensor(), node.region())
        })
    }

    /// A component or a part of it with a direct path to the end, if it has one.
    fn piece(&self, end: End, component: &Component, random: &mut Random) -> Option<Region> {
        let fits =
            |region: &Region| self.free(end, component.tensor, region) && self.direct(end, component.tensor, region);
        if random.chance(0.35) {
            let smaller = self.cut(component, random);
            if fits(&smaller) {
                return Some(smaller);
            }
        }
        Some(component.region.clone()).filter(fits)
    }

    fn cut(&self, component: &Component, random: &mut Random) -> Region {
        let shape = self.case.shape(component.tensor);
        if shape.len() < 2 {
            return component.region.clone();
        }
        let axis = 1 + random.below(shape.len() - 1);
        let (start, end) = component.region.range(axis, shape[axis]);
        let from = start + random.below(end - start);
        let to = from + 1 + random.below(end - from);
        component.region.clone().cut(axis, from, to, shape[axis])
    }

    fn node(&mut self, tensor: TensorId, region: Region, random: &mut Random) -> NodeIx {
        let computes = self.computes(tensor, &region, random);
        let name = format!("n{}", self.hypothesis.nodes.len());
        let mut node = Node::new(&name, tensor, region, computes);
        node.unclaimed = self.hypothesis.unclaimed;
        self.hypothesis.nodes.push(node);
        NodeIx(self.hypothesis.nodes.len() - 1)
    }

    fn computes(&self, tensor: TensorId, region: &Region, random: &mut Random) -> Computes {
        let feature = FeatureIx(random.below(self.case.features.count()));
        let shape = self.case.shape(tensor);
        match random.below(10) {
            0 | 1 => Computes::Exact,
            2 => Computes::Any,
            3..=5 if shape.len() > 1 => {
                let axis = 1 + random.below(shape.len() - 1);
                let (start, end) = region.range(axis, shape[axis]);
                if end - start > 1 || random.chance(0.3) {
                    Computes::Elementwise { feature, axes: vec![axis] }
                } else {
                    Computes::Feature(feature)
                }
            }
            _ => Computes::Feature(feature),
        }
    }

    /// Whether no arrow into the end has a source that overlaps.
    fn free(&self, end: End, tensor: TensorId, region: &Region) -> bool {
        self.hypothesis.sources(end).all(|source| {
            let node = self.hypothesis.node(source);
            node.tensor() != tensor || !node.region().overlaps(region)
        })
    }

    fn direct(&self, end: End, tensor: TensorId, region: &Region) -> bool {
        let rank = |tensor: TensorId| self.case.shape(tensor).len();
        let to: Vec<Part> = match end {
            End::Root => self.hypothesis.outputs.iter().map(|output| (*output, Region::whole(rank(*output)))).collect(),
            End::Node(node) => {
                let node = self.hypothesis.node(node);
                vec![(node.tensor(), node.region().clone())]
            }
        };
        self.paths.direct(&(tensor, region.clone()), &to)
    }
}

/// What a hypothesis has in it.
pub fn traits(case: &Case, hypothesis: &Hypothesis) -> Traits {
    let mut found = Traits {
        outputs: hypothesis.outputs.len(),
        unclaimed_exact: hypothesis.unclaimed == Scheme::Exact,
        ..Traits::default()
    };
    for (index, node) in hypothesis.nodes.iter().enumerate() {
        let opened = hypothesis.sources(End::Node(NodeIx(index))).next().is_some();
        found.diamond |= hypothesis.arrows.iter().filter(|arrow| arrow.from == NodeIx(index)).count() > 1;
        let known =
            |all: &[Component]| all.iter().any(|one| one.tensor == node.tensor() && &one.region == node.region());
        found.sliced |= !known(&case.components) && !known(&case.sites);
        found.site |= known(&case.sites);
        match &node.computes {
            Computes::Exact => found.exact = true,
            Computes::Any => found.any = true,
            Computes::Feature(_) => found.feature = true,
            Computes::Elementwise { .. } if opened => found.elementwise_opened = true,
            Computes::Elementwise { .. } => found.elementwise_leaf = true,
            _ => {}
        }
    }
    walk(case, hypothesis, End::Root, (0, 0, 1), &mut found);
    found
}

/// Counts the visits below an end: its depth, the per-position claims above it, how often it is met.
fn walk(
    case: &Case,
    hypothesis: &Hypothesis,
    end: End,
    (depth, above, times): (usize, usize, usize),
    found: &mut Traits,
) {
    found.visits += times;
    found.depth = found.depth.max(depth);
    let sources: Vec<NodeIx> = hypothesis.sources(end).collect();
    if end == End::Root || !sources.is_empty() {
        found.opened += times;
    }
    for source in sources {
        let node = hypothesis.node(source);
        let (above, times) = match &node.computes {
            Computes::Elementwise { axes, .. } => {
                let axis = axes[0];
                let (start, end) = node.region().range(axis, case.shape(node.tensor())[axis]);
                found.elementwise_nested |= above > 0;
                (above + 1, times * (end - start))
            }
            _ => (above, times),
        };
        walk(case, hypothesis, End::Node(source), (depth + 1, above, times), found);
    }
}
