//! Automatic circuit discovery (Conmy et al. 2023): from the graph of all edges, against the direction
//! of computation, each edge is removed whose removal costs less than a threshold.

use super::circuit::{Circuit, Edge};
use super::strategy::{Ended, Scored};
use crate::hypothesis::SearchSpace;
use std::collections::BTreeSet;

/// What runs circuits.
pub trait CircuitScorer {
    /// By circuit what it gave on the first references; `None` where it cannot be run.
    fn score(&mut self, circuits: &[Circuit], references: usize) -> Vec<Option<Scored>>;

    /// By edge whether there is one.
    fn binds(&mut self, edges: &[Edge]) -> Vec<bool>;

    /// Told after each place: hypotheses that were run, and what is left.
    fn round(&mut self, evaluations: usize, left: &Circuit, scored: Scored);
}

/// An edge, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    pub edge: Edge,
    /// How much the objective fell when it was removed at its turn. `None` if it was not tried: then
    /// nothing that it carries could reach the behaviour any more.
    pub effect: Option<f64>,
    /// Whether it is part of the circuit.
    pub kept: bool,
}

/// A circuit, and how it was found.
#[derive(Debug, Clone)]
pub struct Pruned {
    pub full: (Circuit, Scored),
    pub circuit: (Circuit, Scored),
    /// All edges of the full graph, in the order of their turns.
    pub edges: Vec<Tested>,
    pub evaluations: usize,
    pub turned_down: usize,
    /// Places whose edges were tried, the behaviour among them.
    pub rounds: usize,
    pub ended: Ended,
}

/// So many removals, one on top of the other, are run together: those after the first edge that is kept
/// are run in vain.
const AHEAD: usize = 4;

/// Removes edges whose removal costs less than the threshold. `None` if the full graph cannot be run.
pub fn acdc(space: &SearchSpace, threshold: f64, scorer: &mut dyn CircuitScorer) -> Option<Pruned> {
    let edges = edges(space, scorer);
    let entered: BTreeSet<usize> = edges.iter().filter_map(|edge| edge.to).collect();
    let sources = (0..space.places.len()).filter(|place| !entered.contains(place)).collect();
    let full = Circuit { edges: edges.iter().copied().collect(), sources };
    let scored = scorer.score(std::slice::from_ref(&full), space.references).first().copied().flatten()?;
    let mut pruning = Pruning { space, threshold, circuit: full.clone(), scored, tested: Vec::new(), evaluations: 1 };
    let (mut rounds, mut turned_down, mut ended) = (0, 0, Ended::AllTried);
    let order = latest_first(space.places.len(), &edges);
    for place in std::iter::once(None).chain(order.iter().copied().map(Some)) {
        let mut own: Vec<Edge> = edges.iter().copied().filter(|edge| edge.to == place).collect();
        own.sort_by_key(|edge| (order.iter().position(|place| *place == edge.from), edge.port));
        if own.is_empty() {
            continue;
        }
        if !pruning.circuit.reaches(place) {
            own.iter().for_each(|edge| pruning.drop_unseen(*edge));
            continue;
        }
        turned_down += pruning.place(&own, scorer);
        rounds += 1;
        scorer.round(pruning.evaluations, &pruning.circuit, pruning.scored);
        if pruning.evaluations >= space.budget {
            ended = Ended::BudgetSpent;
            break;
        }
    }
    let live = pruning.circuit.live();
    let tried: BTreeSet<Edge> = pruning.tested.iter().map(|tested| tested.edge).collect();
    let mut tested = pruning.tested;
    tested.iter_mut().for_each(|tested| tested.kept = live.contains(&tested.edge));
    let untried = edges.iter().filter(|edge| !tried.contains(edge));
    tested.extend(untried.map(|edge| Tested { edge: *edge, effect: None, kept: live.contains(edge) }));
    Some(Pruned {
        full: (full, scored),
        circuit: (pruning.circuit, pruning.scored),
        edges: tested,
        evaluations: pruning.evaluations,
        turned_down,
        rounds,
        ended,
    })
}

/// All edges that have a path; where one can enter by ports, once for each of them.
fn edges(space: &SearchSpace, scorer: &mut dyn CircuitScorer) -> Vec<Edge> {
    let places = 0..space.places.len();
    let to_root = places.clone().map(|from| Edge { from, to: None, port: None });
    let between = places.clone().flat_map(|to| {
        places.clone().filter(move |from| *from != to).map(move |from| Edge { from, to: Some(to), port: None })
    });
    let whole = bound(to_root.chain(between).collect(), scorer);
    let by_port = whole.iter().filter(|edge| edge.to.is_some());
    let by_port = by_port.flat_map(|edge| (0..space.ports.len()).map(|port| Edge { port: Some(port), ..*edge }));
    let by_port = bound(by_port.collect(), scorer);
    let has_ports: BTreeSet<(usize, Option<usize>)> = by_port.iter().map(|edge| (edge.from, edge.to)).collect();
    let whole = whole.into_iter().filter(|edge| !has_ports.contains(&(edge.from, edge.to)));
    whole.chain(by_port.iter().copied()).collect()
}

fn bound(edges: Vec<Edge>, scorer: &mut dyn CircuitScorer) -> Vec<Edge> {
    if edges.is_empty() {
        return edges;
    }
    let binds = scorer.binds(&edges);
    edges.into_iter().zip(binds).filter(|(_, binds)| *binds).map(|(edge, _)| edge).collect()
}

/// The places, each before those that its edges come from; of several, the last one of the space first.
fn latest_first(places: usize, edges: &[Edge]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..places).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_free = |place: &usize| {
            !edges.iter().any(|edge| edge.from == *place && edge.to.is_some_and(|to| left.contains(&to)))
        };
        // Models have no cycles.
        let Some(next) = left.iter().rev().copied().find(is_free).or_else(|| left.last().copied()) else { break };
        left.remove(&next);
        order.push(next);
    }
    order
}

struct Pruning<'a> {
    space: &'a SearchSpace,
    threshold: f64,
    circuit: Circuit,
    scored: Scored,
    tested: Vec<Tested>,
    evaluations: usize,
}

impl Pruning<'_> {
    /// Tries the edges into one place, one after the other; how many removals cannot be run.
    fn place(&mut self, edges: &[Edge], scorer: &mut dyn CircuitScorer) -> usize {
        let (mut at, mut turned_down) = (0, 0);
        while at < edges.len() && self.evaluations < self.space.budget {
            let left = self.space.budget - self.evaluations;
            let next = &edges[at..(at + AHEAD.min(left)).min(edges.len())];
            let mut fewer = self.circuit.clone();
            let chain: Vec<Circuit> = next
                .iter()
                .map(|edge| {
                    fewer = fewer.without(*edge);
                    fewer.clone()
                })
                .collect();
            let found = scorer.score(&chain, self.space.references);
            self.evaluations += chain.len();
            for ((edge, circuit), scored) in next.iter().zip(chain).zip(found) {
                at += 1;
                let effect = scored.map(|scored| self.scored.value - scored.value);
                turned_down += usize::from(effect.is_none());
                let is_removed = effect.is_some_and(|effect| effect < self.threshold);
                self.tested.push(Tested { edge: *edge, effect, kept: !is_removed });
                match scored.filter(|_| is_removed) {
                    Some(scored) => (self.circuit, self.scored) = (circuit, scored),
                    None => break,
                }
            }
        }
        turned_down
    }

    /// An edge into a place from which nothing reaches the behaviour any more.
    fn drop_unseen(&mut self, edge: Edge) {
        self.circuit.edges.remove(&edge);
        self.tested.push(Tested { edge, effect: None, kept: false });
    }
}
