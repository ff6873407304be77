//! Hypotheses as trees of claims, what can be done to them, and their texts.

use crate::hypothesis::{Move, SearchSpace, SearchTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One arrow: where it starts, and the port of its target that it enters by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// By place in [`SearchSpace::places`].
    pub place: usize,
    /// By place in [`SearchSpace::ports`]; `None` for all.
    pub port: Option<usize>,
}

/// The arrows from the behaviour back to a node.
pub type Chain = Vec<Step>;

/// What can be written as a hypothesis.
pub trait Written {
    /// The hypothesis as it is written. `claims` are the texts of [`SearchSpace::claims`]; `about` is
    /// what stands behind the behaviour, such as ` of m on d`.
    fn text(&self, name: &str, space: &SearchSpace, claims: &[String], about: &str) -> String;

    /// Arrows that it has.
    fn arrows(&self) -> usize;

    /// Places that nodes stand at.
    fn components(&self) -> usize;
}

/// A hypothesis: its nodes by their chains, each with what it computes, by place in
/// [`SearchSpace::claims`]. With a node, all nodes between it and the behaviour are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub nodes: BTreeMap<Chain, BTreeSet<usize>>,
}

impl Candidate {
    /// One node, at this place, with an arrow to the behaviour.
    #[must_use]
    pub fn at(place: usize, claims: BTreeSet<usize>) -> Candidate {
        Candidate { nodes: BTreeMap::from([(vec![Step { place, port: None }], claims)]) }
    }

    /// A hypothesis of the file.
    #[must_use]
    pub fn given(tree: &SearchTree) -> Candidate {
        let chain = |steps: &[(usize, Option<usize>)]| -> Chain {
            steps.iter().map(|(place, port)| Step { place: *place, port: *port }).collect()
        };
        Candidate { nodes: tree.iter().map(|(steps, claims)| (chain(steps), claims.clone())).collect() }
    }

    /// All features of the space together.
    #[must_use]
    pub fn all_features(space: &SearchSpace) -> BTreeSet<usize> {
        (0..space.claims.len()).filter(|claim| !space.claims[*claim].is_word).collect()
    }

    /// Every candidate that is one allowed move away, each once and in a fixed order.
    #[must_use]
    pub fn neighbours(&self, space: &SearchSpace, moves: &[Move]) -> Vec<Candidate> {
        let mut found = Vec::new();
        for one in moves {
            match one {
                Move::Add => self.added(space, &mut found),
                Move::Drop => self.dropped(&mut found),
                Move::Coarsen => self.coarser(space, &mut found),
                Move::Refine => self.finer(space, &mut found),
                // What a leaf can be computed from is not known here.
                Move::Open => {}
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|own| seen.insert(own.clone()));
        found
    }

    fn added(&self, space: &SearchSpace, found: &mut Vec<Candidate>) {
        let parents = std::iter::once(Chain::new()).chain(self.nodes.keys().cloned());
        for parent in parents.filter(|parent| parent.len() < space.depth) {
            let is_port = !parent.is_empty() && !space.ports.is_empty();
            let ports = if is_port { ports(space) } else { vec![None] };
            for place in (0..space.places.len()).filter(|place| parent.iter().all(|step| step.place != *place)) {
                for port in &ports {
                    let mut chain = parent.clone();
                    chain.push(Step { place, port: *port });
                    if self.nodes.contains_key(&chain) {
                        continue;
                    }
                    for claim in 0..space.claims.len() {
                        found.push(self.with(chain.clone(), BTreeSet::from([claim])));
                    }
                }
            }
        }
    }

    fn dropped(&self, found: &mut Vec<Candidate>) {
        for chain in self.nodes.keys() {
            let kept = self.nodes.iter().filter(|(own, _)| !own.starts_with(chain));
            found.push(Candidate { nodes: kept.map(|(chain, claims)| (chain.clone(), claims.clone())).collect() });
        }
    }

    fn coarser(&self, space: &SearchSpace, found: &mut Vec<Candidate>) {
        for (chain, claims) in &self.nodes {
            for left_out in claims.iter().filter(|_| claims.len() > 1) {
                let fewer = claims.iter().copied().filter(|claim| claim != left_out).collect();
                found.push(self.with(chain.clone(), fewer));
            }
            if claims.iter().any(|claim| is_word(space, *claim)) {
                let features = (0..space.claims.len()).filter(|claim| !claims.contains(claim));
                found.extend(features.map(|claim| self.with(chain.clone(), BTreeSet::from([claim]))));
            }
        }
    }

    fn finer(&self, space: &SearchSpace, found: &mut Vec<Candidate>) {
        for (chain, claims) in &self.nodes {
            for more in (0..space.claims.len()).filter(|claim| !claims.contains(claim)) {
                let is_alone = is_word(space, more) || claims.iter().any(|claim| is_word(space, *claim));
                let own =
                    if is_alone { BTreeSet::from([more]) } else { claims.iter().copied().chain([more]).collect() };
                found.push(self.with(chain.clone(), own));
            }
        }
    }

    /// The leaves that can be opened, each with all arrows that could enter it.
    #[must_use]
    pub fn openings(&self, space: &SearchSpace) -> Vec<(Chain, Vec<Step>)> {
        let is_leaf = |chain: &Chain| !self.nodes.keys().any(|own| own.len() > chain.len() && own.starts_with(chain));
        let leaves = self.nodes.keys().filter(|chain| chain.len() < space.depth && is_leaf(chain));
        leaves.map(|chain| (chain.clone(), Candidate::steps(space, chain))).collect()
    }

    /// The arrows that could enter the last node of a chain.
    #[must_use]
    pub fn steps(space: &SearchSpace, chain: &Chain) -> Vec<Step> {
        let free = (0..space.places.len()).filter(|place| chain.iter().all(|step| step.place != *place));
        free.flat_map(|place| ports(space).into_iter().map(move |port| Step { place, port })).collect()
    }

    /// With a node of its own that an arrow starts at, which computes `exact`.
    #[must_use]
    pub fn reading(&self, space: &SearchSpace, chain: &Chain, step: Step) -> Candidate {
        let mut chain = chain.clone();
        chain.push(step);
        self.with(chain, BTreeSet::from([space.exact()]))
    }

    /// What can be done to one node: other claims, or none.
    #[must_use]
    pub fn instead(&self, space: &SearchSpace, chain: &Chain) -> Vec<Candidate> {
        let mut without = self.clone();
        without.nodes.retain(|own, _| !own.starts_with(chain));
        let claims =
            (0..space.claims.len()).filter(|claim| self.nodes.get(chain).is_none_or(|own| !own.contains(claim)));
        let others = claims.map(|claim| self.with(chain.clone(), BTreeSet::from([claim])));
        std::iter::once(without).chain(others).collect()
    }

    /// Nodes that arrows lead to.
    #[must_use]
    pub fn opened(&self) -> usize {
        let above: BTreeSet<&[Step]> =
            self.nodes.keys().filter(|chain| chain.len() > 1).map(|chain| &chain[..chain.len() - 1]).collect();
        above.len()
    }

    fn with(&self, chain: Chain, claims: BTreeSet<usize>) -> Candidate {
        let mut found = self.clone();
        found.nodes.insert(chain, claims);
        found
    }

    /// A name for each node.
    fn names(&self, space: &SearchSpace) -> BTreeMap<Chain, String> {
        let mut names = Names::default();
        let place = |chain: &Chain| chain.last().map_or("", |step| space.places[step.place].as_str());
        self.nodes.keys().map(|chain| (chain.clone(), names.of(place(chain)))).collect()
    }
}

impl Written for Candidate {
    fn text(&self, name: &str, space: &SearchSpace, claims: &[String], about: &str) -> String {
        let names = self.names(space);
        let width = names.values().map(String::len).max().unwrap_or(0);
        let mut out = format!("hypothesis {name} explains {}{about} {{\n", space.behaviour);
        for (chain, own) in &self.nodes {
            let Some(step) = chain.last() else { continue };
            let own: Vec<&str> = own.iter().map(|claim| claims.get(*claim).map_or("exact", String::as_str)).collect();
            let own = if own.len() == 1 { own[0].to_owned() } else { format!("({})", own.join(", ")) };
            let _ = writeln!(out, "    node {:width$} = {} computes {own}", names[chain], space.places[step.place]);
        }
        if !self.nodes.is_empty() {
            out.push('\n');
        }
        for chain in self.nodes.keys() {
            let Some((step, above)) = chain.split_last() else { continue };
            let target = names.get(above).map_or(space.behaviour.as_str(), String::as_str);
            let port = step.port.map_or(String::new(), |port| format!(".{}", space.ports[port]));
            let _ = writeln!(out, "    {:width$} -> {target}{port}", names[chain]);
        }
        out.push_str("}\n");
        out
    }

    fn arrows(&self) -> usize {
        self.nodes.len()
    }

    fn components(&self) -> usize {
        self.nodes.keys().filter_map(|chain| Some(chain.last()?.place)).collect::<BTreeSet<usize>>().len()
    }
}

/// Names of nodes: their places, in letters and digits, numbered where that is not enough.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// A name for the next node, at this place.
    pub fn of(&mut self, place: &str) -> String {
        let mut word = String::from("at");
        for letter in place.chars() {
            match letter {
                letter if letter.is_ascii_alphanumeric() => word.push(letter),
                _ if word.ends_with('_') => {}
                _ => word.push('_'),
            }
        }
        let word = word.replacen("at", "at_", 1).trim_end_matches('_').to_owned();
        let mut name = word.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{word}_{number}");
            number += 1;
        }
        name
    }
}

fn is_word(space: &SearchSpace, claim: usize) -> bool {
    space.claims.get(claim).is_none_or(|claim| claim.is_word)
}

/// How an arrow can enter a node.
fn ports(space: &SearchSpace) -> Vec<Option<usize>> {
    (0..space.ports.len()).map(Some).chain([None]).collect()
}
