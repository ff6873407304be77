//! Nodes by their place: names are gone, and nodes that say the same of the same regions are one.

use crate::hypothesis::{Arrow, End, Hypothesis, NodeIx, Part};
use crate::lower::{occurrence_step, written_parts};
use crate::model::Addresses;
use std::collections::{BTreeMap, BTreeSet};

/// A label that is longer than this holds a hash instead.
const LONGEST: usize = 300;

/// The label of each node that reaches the behaviour: its regions; where nodes that say different
/// things have the same regions, also where they lead.
#[must_use]
pub fn labels(claims: &Hypothesis, addresses: &Addresses, says: impl Fn(NodeIx) -> String) -> BTreeMap<NodeIx, String> {
    let order = upwards(claims);
    let mut digests: BTreeMap<NodeIx, String> = BTreeMap::new();
    let mut heights: BTreeMap<NodeIx, usize> = BTreeMap::new();
    for node in &order {
        let into: Vec<&Arrow> = claims.arrows_into(End::Node(*node)).collect();
        let below = into.iter().filter_map(|arrow| heights.get(&arrow.from)).max();
        heights.insert(*node, below.map_or(0, |height| height + 1));
        let digest = |arrow: &&Arrow| {
            format!("{} {}", occurrence_step(addresses, "", arrow), digests.get(&arrow.from).map_or("", String::as_str))
        };
        let mut read: Vec<String> = into.iter().map(digest).collect();
        read.sort();
        let regions = written_parts(addresses, &claims.node(*node).parts);
        let text = format!("{regions}\n{}\n{}", says(*node), read.join("\n"));
        digests.insert(*node, super::expression::short(text.as_bytes()));
    }
    let mut groups: BTreeMap<&str, Vec<NodeIx>> = BTreeMap::new();
    order.iter().for_each(|node| groups.entry(digests[node].as_str()).or_default().push(*node));
    let named = Named { claims, addresses, groups };
    named.labels(&heights)
}

/// Nodes by digest of all they say, and how to tell them apart.
struct Named<'a> {
    claims: &'a Hypothesis,
    addresses: &'a Addresses,
    groups: BTreeMap<&'a str, Vec<NodeIx>>,
}

impl Named<'_> {
    /// From the behaviour downwards: a label can name the nodes that it leads to.
    fn labels(&self, heights: &BTreeMap<NodeIx, usize>) -> BTreeMap<NodeIx, String> {
        let regions = |group: &[NodeIx]| {
            group.first().map_or_else(String::new, |node| self.regions(&self.claims.node(*node).parts))
        };
        let mut of_regions: BTreeMap<String, usize> = BTreeMap::new();
        self.groups.values().for_each(|group| *of_regions.entry(regions(group)).or_default() += 1);
        let mut groups: Vec<&Vec<NodeIx>> = self.groups.values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.iter().filter_map(|node| heights.get(node)).max().copied()));
        let mut found: BTreeMap<NodeIx, String> = BTreeMap::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for group in groups {
            let mut label = regions(group);
            if of_regions.get(&label).is_some_and(|count| *count > 1) {
                label = shortened(format!("{label} for {}", self.leads_to(group, &found)));
            }
            let mut number = 1;
            let base = label.clone();
            while !taken.insert(label.clone()) {
                number += 1;
                label = format!("{base}, number {number}");
            }
            group.iter().for_each(|node| {
                found.insert(*node, label.clone());
            });
        }
        found
    }

    fn leads_to(&self, group: &[NodeIx], known: &BTreeMap<NodeIx, String>) -> String {
        let own = self.claims.arrows.iter().filter(|arrow| group.contains(&arrow.from));
        let target = |arrow: &Arrow| match arrow.to {
            End::Root => Some(String::new()),
            End::Node(node) => known.get(&node).cloned(),
        };
        let ends = own.filter_map(|arrow| Some(occurrence_step(self.addresses, &target(arrow)?, arrow)));
        let mut ends: Vec<String> = ends.collect();
        ends.sort();
        ends.dedup();
        ends.join(" and ")
    }

    fn regions(&self, parts: &[Part]) -> String {
        shortened(written_parts(self.addresses, parts))
    }
}

fn shortened(label: String) -> String {
    if label.len() <= LONGEST { label } else { format!("#{}", super::expression::short(label.as_bytes())) }
}

/// The nodes that reach the behaviour, each behind those that its arrows come from. Without
/// recursion: chains can be long.
fn upwards(claims: &Hypothesis) -> Vec<NodeIx> {
    let mut into: BTreeMap<End, Vec<NodeIx>> = BTreeMap::new();
    claims.arrows.iter().for_each(|arrow| into.entry(arrow.to).or_default().push(arrow.from));
    let sources = |end: End| into.get(&end).cloned().unwrap_or_default();
    let mut found = Vec::new();
    let (mut seen, mut done): (BTreeSet<NodeIx>, BTreeSet<NodeIx>) = (BTreeSet::new(), BTreeSet::new());
    let mut open: Vec<NodeIx> = sources(End::Root);
    while let Some(node) = open.last().copied() {
        if seen.insert(node) {
            open.extend(sources(End::Node(node)).into_iter().filter(|source| !seen.contains(source)));
            continue;
        }
        open.pop();
        if done.insert(node) {
            found.push(node);
        }
    }
    found
}
