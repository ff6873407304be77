//! Hypotheses as sets of edges between places: the circuits of activation patching.

use super::candidate::{Names, Written};
use crate::hypothesis::SearchSpace;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// An edge between two places, or from a place to the behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// By place in [`SearchSpace::places`].
    pub from: usize,
    /// The same; `None` for the behaviour.
    pub to: Option<usize>,
    /// By place in [`SearchSpace::ports`]; `None` for all.
    pub port: Option<usize>,
}

/// The edges that are kept. All others take what they carry from another row, one for each reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Circuit {
    pub edges: BTreeSet<Edge>,
    /// Places that no edge of the full graph enters: they give their clean values.
    pub sources: BTreeSet<usize>,
}

/// The row that removed edges take their values from.
const OTHER: &str = "other";

impl Circuit {
    #[must_use]
    pub fn without(&self, edge: Edge) -> Circuit {
        let mut found = self.clone();
        found.edges.remove(&edge);
        found
    }

    /// The edges that lie on a way from a source to the behaviour. A place that none of its edges enters
    /// any more gives what the other row gives there, so that edges from it are as good as removed.
    #[must_use]
    pub fn live(&self) -> BTreeSet<Edge> {
        let mut below = self.sources.clone();
        while let Some(edge) =
            self.edges.iter().find(|edge| below.contains(&edge.from) && edge.to.is_some_and(|to| !below.contains(&to)))
        {
            below.extend(edge.to);
        }
        let mut above: BTreeSet<Option<usize>> = BTreeSet::from([None]);
        let grounded: Vec<Edge> = self.edges.iter().copied().filter(|edge| below.contains(&edge.from)).collect();
        while let Some(edge) =
            grounded.iter().find(|edge| above.contains(&edge.to) && !above.contains(&Some(edge.from)))
        {
            above.insert(Some(edge.from));
        }
        grounded.into_iter().filter(|edge| above.contains(&edge.to)).collect()
    }

    /// Whether something that a place gives can reach the behaviour.
    #[must_use]
    pub fn reaches(&self, place: Option<usize>) -> bool {
        let mut above: BTreeSet<Option<usize>> = BTreeSet::from([None]);
        while let Some(edge) =
            self.edges.iter().find(|edge| above.contains(&edge.to) && !above.contains(&Some(edge.from)))
        {
            above.insert(Some(edge.from));
        }
        above.contains(&place)
    }
}

impl Written for Circuit {
    /// Arrows of one pair of places that differ in their ports are one line.
    fn text(&self, name: &str, space: &SearchSpace, _: &[String], about: &str) -> String {
        let edges = self.live();
        let places: BTreeSet<usize> = edges.iter().map(|edge| edge.from).collect();
        let mut names = Names::default();
        let names: BTreeMap<usize, String> =
            places.iter().map(|place| (*place, names.of(&space.places[*place]))).collect();
        let width = names.values().map(String::len).max().unwrap_or(0);
        let mut out = format!("hypothesis {name} explains {}{about} {{\n", space.behaviour);
        let _ = writeln!(out, "    draw {OTHER}\n    unclaimed {OTHER}");
        for (place, name) in &names {
            let _ = writeln!(out, "    node {name:width$} = {} computes exact", space.places[*place]);
        }
        if !names.is_empty() {
            out.push('\n');
        }
        let mut arrows: BTreeMap<(Option<usize>, usize), Vec<&str>> = BTreeMap::new();
        for edge in &edges {
            let own = arrows.entry((edge.to, edge.from)).or_default();
            own.extend(edge.port.map(|port| space.ports[port].as_str()));
        }
        for ((to, from), ports) in arrows {
            let to = to.map_or(space.behaviour.as_str(), |to| names[&to].as_str());
            let ports = match ports.as_slice() {
                [] => String::new(),
                [port] => format!(".{port}"),
                ports => format!(".{{{}}}", ports.join(", ")),
            };
            let _ = writeln!(out, "    {:width$} -> {to}{ports}", names[&from]);
        }
        out.push_str("}\n");
        out
    }

    fn arrows(&self) -> usize {
        self.live().len()
    }

    fn components(&self) -> usize {
        self.live().iter().map(|edge| edge.from).collect::<BTreeSet<usize>>().len()
    }
}

/// A hypothesis that can be checked if there is such an edge: its target has some way to the behaviour.
#[must_use]
pub fn probe(edge: Edge, name: &str, space: &SearchSpace, about: &str) -> String {
    let behaviour = &space.behaviour;
    let from = format!("    node from = {} computes exact\n", space.places[edge.from]);
    let port = edge.port.map_or(String::new(), |port| format!(".{}", space.ports[port]));
    let rest = match edge.to {
        None => format!("    from -> {behaviour}\n"),
        Some(to) => {
            format!("    node to = {} computes exact\n    from -> to{port}\n    to ~> {behaviour}\n", space.places[to])
        }
    };
    format!("hypothesis {name} explains {behaviour}{about} {{\n{from}{rest}}}\n")
}
