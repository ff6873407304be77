//! The rows of a drawing: one for each depth of the model at which something is claimed, and one for all
//! depths between two of these.

use super::words::cut;
use crate::report::{ComponentReport, GraphReport, MapReport};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a line.
const LINE: usize = 26;
/// Lines of one row.
const LINES: usize = 3;
/// Components of a family that are named one by one.
const NAMED: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    pub is_claimed: bool,
    /// What nothing is claimed of.
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bands {
    pub rows: Vec<Band>,
    /// By node its row.
    pub of_nodes: Vec<usize>,
}

/// Sorts nodes and unclaimed components into rows.
#[must_use]
pub fn bands(graph: &GraphReport, map: &MapReport) -> Bands {
    let of_nodes = depths(graph, map);
    let claimed: BTreeSet<usize> = of_nodes.iter().copied().collect();
    let used: BTreeSet<usize> = graph.nodes.iter().flat_map(|node| node.components.iter().copied()).collect();
    let mut unclaimed: BTreeMap<usize, Vec<&ComponentReport>> =
        claimed.iter().map(|depth| (*depth, Vec::new())).collect();
    for (_, component) in map.components.iter().enumerate().filter(|(at, found)| found.cuts && !used.contains(at)) {
        unclaimed.entry(component.depth).or_default().push(component);
    }
    let mut rows: Vec<(bool, Vec<&ComponentReport>)> = Vec::new();
    let mut row_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (depth, components) in unclaimed {
        let is_claimed = claimed.contains(&depth);
        match rows.last_mut() {
            Some((false, before)) if !is_claimed => before.extend(components),
            _ => rows.push((is_claimed, components)),
        }
        row_of.insert(depth, rows.len() - 1);
    }
    let band = |(is_claimed, components): (bool, Vec<&ComponentReport>)| Band { is_claimed, lines: lines(&components) };
    Bands {
        rows: rows.into_iter().map(band).collect(),
        of_nodes: of_nodes.iter().map(|depth| row_of.get(depth).copied().unwrap_or(0)).collect(),
    }
}

/// By node the depth of its first component, or more where arrows would not lead down otherwise.
fn depths(graph: &GraphReport, map: &MapReport) -> Vec<usize> {
    let own = |at: &usize| map.components.get(*at).map(|component| component.depth);
    let first = |components: &[usize]| components.iter().filter_map(own).min().unwrap_or(0);
    let mut found: Vec<usize> = graph.nodes.iter().map(|node| first(&node.components)).collect();
    for _ in 0..graph.nodes.len() {
        for arrow in &graph.arrows {
            if let Some(to) = arrow.to {
                found[to] = found[to].max(found[arrow.from] + 1);
            }
        }
    }
    found
}

/// `heads(0, 1), mlp(0)`; of many of a family only how many.
fn lines(components: &[&ComponentReport]) -> Vec<String> {
    let mut families: Vec<(&str, Vec<&str>)> = Vec::new();
    for component in components {
        match families.iter_mut().find(|(family, _)| *family == component.family) {
            Some((_, labels)) => labels.push(&component.label),
            None => families.push((&component.family, vec![&component.label])),
        }
    }
    let told = families.iter().flat_map(|(family, labels)| match labels.len() {
        0..=NAMED => labels.iter().map(|label| (*label).to_owned()).collect(),
        many => vec![format!("{many} of {family}")],
    });
    let mut lines: Vec<String> = Vec::new();
    for one in told {
        match lines.last_mut() {
            Some(last) if last.chars().count() + one.chars().count() + 2 <= LINE => *last = format!("{last}, {one}"),
            _ => lines.push(one),
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            *last = format!("{last}, …");
        }
    }
    lines.iter().map(|line| cut(line, LINE)).collect()
}
