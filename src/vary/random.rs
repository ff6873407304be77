//! The same claims between random places of the model: what a score is worth that an explanation of
//! this size gets by chance.

use super::places::{Place, moved, places};
use super::{Kind, Variation, is_sound};
use crate::hypothesis::{BoundModel, End, Hypothesis, NodeIx, Part, PathKind, Stated};
use crate::lower::{Ground, Walk};
use crate::sample::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// For each hypothesis that is asked for so many are tried.
const TRIES: usize = 40;

/// At most `count` different hypotheses with the same nodes, classes and arrows as this one between
/// random components, none of them this one; fewer where there are no more, or they are hard to find.
/// A node stays among components that have the dims and ports that its claims speak of; sites are
/// exchanged for sites; estimates stay where they are.
#[must_use]
pub fn random_places(
    stated: &Stated,
    model: &BoundModel,
    ground: Ground<'_>,
    (count, seed): (usize, u64),
) -> Vec<Variation> {
    let mut chooser = Chooser::new(stated, model, ground, seed);
    if !chooser.moves() {
        return Vec::new();
    }
    let claims = &stated.claims;
    let mut known = BTreeSet::from([canonical(claims)]);
    let mut found = Vec::new();
    for _ in 0..count * TRIES {
        if found.len() == count {
            break;
        }
        let Some(chosen) = chooser.choose() else { continue };
        let Some(other) = moved(claims, &stated.components, &chosen, model) else { continue };
        if known.insert(canonical(&other)) && is_sound(&other, model, ground) {
            found.push(Variation::new(Kind::Random, other));
        }
    }
    found
}

/// What a hypothesis claims, whatever its nodes are called and in which order they stand.
fn canonical(claims: &Hypothesis) -> BTreeSet<String> {
    let node = |at: NodeIx| {
        let node = claims.node(at);
        let mut parts: Vec<&Part> = node.parts.iter().collect();
        parts.sort();
        format!("{parts:?} {:?} {:?} {:?} {:?}", node.computes, node.data, node.unclaimed, node.ports)
    };
    let arrow = |arrow: &crate::hypothesis::Arrow| {
        let to = arrow.to.node().map_or_else(|| "root".to_owned(), node);
        let (mut source, mut gates) = (arrow.source.clone(), arrow.gates.clone());
        source.sort();
        gates.sort();
        let terms = arrow.terms.as_ref().map(|terms| (terms.pattern, &terms.claimed));
        format!(
            "{} {source:?} {to} {:?} {:?} {gates:?} {:?} {terms:?}",
            node(arrow.from),
            arrow.target,
            arrow.paths,
            arrow.except
        )
    };
    claims.arrows.iter().map(arrow).collect()
}

struct Chooser<'a> {
    stated: &'a Stated,
    ground: Ground<'a>,
    /// By node and part.
    places: Vec<Vec<Vec<Place>>>,
    /// Targets before sources.
    order: Vec<NodeIx>,
    numbers: Stream,
    next: u64,
    /// Whether an arrow's source at one place has a path to its target at another.
    binds: BTreeMap<(PathKind, Part, Option<Part>), bool>,
}

impl<'a> Chooser<'a> {
    fn new(stated: &'a Stated, model: &'a BoundModel, ground: Ground<'a>, seed: u64) -> Chooser<'a> {
        let claims = &stated.claims;
        let of_part = |node: usize, at: usize, own: usize| {
            let known = &claims.nodes[node];
            let only_own =
                || known.parts.get(at).map(|part| Place { component: own, part: part.clone() }).into_iter().collect();
            let found = match known.estimate {
                Some(_) => Vec::new(),
                None => places(claims, (NodeIx(node), at), own, model),
            };
            if found.is_empty() { only_own() } else { found }
        };
        let of_node = |(node, own): (usize, &Vec<usize>)| {
            own.iter().enumerate().map(|(at, own)| of_part(node, at, *own)).collect::<Vec<Vec<Place>>>()
        };
        Chooser {
            stated,
            ground,
            places: stated.components.iter().enumerate().map(of_node).collect(),
            order: order(claims),
            numbers: Stream::new(seed, "random places"),
            next: 0,
            binds: BTreeMap::new(),
        }
    }

    /// Whether any part could be elsewhere.
    fn moves(&self) -> bool {
        self.places.iter().flatten().any(|places| places.len() > 1)
    }

    /// A place for each part of each node, no two of which overlap, so that each node has a path to
    /// each of its targets. `None` where the first choices leave none for a later one.
    fn choose(&mut self) -> Option<Vec<Vec<Place>>> {
        let mut chosen: Vec<Vec<Place>> = vec![Vec::new(); self.places.len()];
        let mut taken: Vec<Part> = Vec::new();
        for node in self.order.clone() {
            for at in 0..self.places[node.0].len() {
                let open = self.open((node, at), &taken, &chosen);
                let number = self.numbers.below(self.next, open.len());
                self.next += 1;
                let place = open.get(number)?.clone();
                taken.push(place.part.clone());
                chosen[node.0].push(place);
            }
        }
        Some(chosen)
    }

    /// The places of a part that are free and lead to its targets.
    fn open(&mut self, (node, at): (NodeIx, usize), taken: &[Part], chosen: &[Vec<Place>]) -> Vec<Place> {
        let claims = &self.stated.claims;
        let targets: Vec<(PathKind, Option<Part>)> = claims
            .arrows
            .iter()
            .filter(|arrow| arrow.from == node)
            .map(|arrow| {
                let to = arrow.to.node().and_then(|to| chosen[to.0].first());
                (arrow.paths, to.map(|place| place.part.clone()))
            })
            .collect();
        let places = self.places[node.0][at].clone();
        let free = places.into_iter().filter(|place| {
            let shares = |other: &Part| other.tensor == place.part.tensor && other.region.overlaps(&place.part.region);
            !taken.iter().any(shares)
        });
        let free: Vec<Place> = free.collect();
        free.into_iter()
            .filter(|place| targets.iter().all(|(kind, to)| self.leads(*kind, &place.part, to.as_ref())))
            .collect()
    }

    /// Whether there is a path of a kind from one part to another, or to the behaviour.
    fn leads(&mut self, kind: PathKind, from: &Part, to: Option<&Part>) -> bool {
        let key = (kind, from.clone(), to.cloned());
        if let Some(known) = self.binds.get(&key) {
            return *known;
        }
        let outputs = self.stated.claims.outputs.clone();
        let mut alone = Hypothesis::new("", outputs, crate::hypothesis::Scheme::Any);
        let node = |part: &Part| {
            let any = crate::hypothesis::Computes::Any;
            crate::hypothesis::Node::new("", part.tensor, part.region.clone(), any)
        };
        alone.nodes = std::iter::once(from).chain(to).map(node).collect();
        let end = if to.is_some() { End::Node(NodeIx(1)) } else { End::Root };
        alone.arrows.push(crate::hypothesis::Arrow::new(NodeIx(0), &alone.nodes[0], end, kind));
        let found = Walk::of(self.ground, &alone, end).sources(0).next().is_some();
        self.binds.insert(key, found);
        found
    }
}

/// The nodes, each behind all that its arrows lead to.
fn order(claims: &Hypothesis) -> Vec<NodeIx> {
    let mut found: Vec<NodeIx> = Vec::new();
    let mut left: Vec<NodeIx> = (0..claims.nodes.len()).map(NodeIx).collect();
    while !left.is_empty() {
        let is_next = |node: &NodeIx| {
            let mut own = claims.arrows.iter().filter(|arrow| arrow.from == *node);
            own.all(|arrow| arrow.to.node().is_none_or(|to| found.contains(&to)))
        };
        let (next, rest): (Vec<NodeIx>, Vec<NodeIx>) = left.into_iter().partition(is_next);
        // A checked hypothesis has no circles.
        if next.is_empty() {
            found.extend(rest);
            break;
        }
        found.extend(next);
        left = rest;
    }
    found
}
