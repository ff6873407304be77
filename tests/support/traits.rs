//! What a generated hypothesis has in it, for counting what is tested.

use super::case::{Case, Component};
use ansatz::hypothesis::{
    Arrow, Computes, DataIx, End, EstimateKind, Hypothesis, Node, NodeIx, PathKind, Rest, Scheme,
};
use std::collections::BTreeSet;

/// Constructs by name.
pub type Traits = BTreeSet<String>;

/// The constructs of a hypothesis.
pub fn traits(case: &Case, hypothesis: &Hypothesis) -> Traits {
    let mut found = Traits::new();
    let mut add = |what: &str| found.extend([what.to_owned()]);
    if hypothesis.outputs.len() > 1 {
        add("several outputs");
    }
    if hypothesis.pool > 1 {
        add("a pool");
    }
    if depth(hypothesis, End::Root) >= 4 {
        add("four arrows below the root");
    }
    of_scheme(hypothesis, hypothesis.unclaimed, "the behaviour", &mut found);
    for (index, node) in hypothesis.nodes.iter().enumerate() {
        of_node(case, hypothesis, NodeIx(index), node, &mut found);
    }
    for arrow in &hypothesis.arrows {
        of_arrow(hypothesis, arrow, &mut found);
    }
    of_draws(hypothesis, &mut found);
    walk(hypothesis, End::Root, false, &mut found);
    found
}

fn of_node(case: &Case, hypothesis: &Hypothesis, index: NodeIx, node: &Node, found: &mut Traits) {
    let mut add = |what: String| found.extend([what]);
    let opened = hypothesis.arrows_into(End::Node(index)).next().is_some();
    let known = |all: &[Component]| {
        node.parts.iter().all(|part| all.iter().any(|one| one.tensor == part.tensor && one.region == part.region))
    };
    if hypothesis.arrows.iter().filter(|arrow| arrow.from == index).count() > 1 {
        add("a node with two arrows".to_owned());
    }
    if node.parts.len() > 1 {
        add("a joined node".to_owned());
    }
    if known(&case.sites) {
        add("a node that cuts no paths".to_owned());
    } else if !known(&case.components) {
        add("a part of a component".to_owned());
    }
    if node.data != DataIx::default() {
        add("data from another dataset".to_owned());
    }
    let place = if opened { "an opened node" } else { "a leaf" };
    add(format!("{place} computes {}", computed(&node.computes)));
    if let Some(estimate) = &node.estimate {
        let kind = match (&estimate.kind, opened) {
            (EstimateKind::Expression(_), _) => "an expression",
            (EstimateKind::Changed { .. }, false) => "a changed port",
            (EstimateKind::Changed { .. }, true) => "a changed port, with arrows",
        };
        let rest = match estimate.rest {
            Rest::Any => "any",
            Rest::Exact => "exact",
            Rest::Agree(_) => "of a class",
        };
        add(format!("an estimate by {kind}"));
        add(format!("an estimate by {}, rest {rest}", kind.trim_end_matches(", with arrows")));
    }
    if opened {
        let per_position = matches!(node.computes, Computes::Elementwise { .. });
        of_scheme(hypothesis, node.unclaimed, if per_position { "a per-position node" } else { "a node" }, found);
        node.ports.iter().for_each(|(_, scheme)| of_scheme(hypothesis, *scheme, "a port", found));
        if node.ports.len() > 1 {
            found.insert("two ports with schemes".to_owned());
        }
    }
}

fn computed(computes: &Computes) -> &'static str {
    match computes {
        Computes::Exact => "exact",
        Computes::Any => "any",
        Computes::Feature(_) => "a feature",
        Computes::Elementwise { .. } => "a feature by position",
        Computes::Mean { over: Some(_), .. } => "a mean over a class",
        Computes::Mean { along, .. } if along.iter().any(Option::is_some) => "a mean along an axis",
        Computes::Mean { .. } => "a mean",
        Computes::Constant(0.0) => "zero",
        Computes::Constant(_) => "a constant",
    }
}

fn of_scheme(hypothesis: &Hypothesis, scheme: Scheme, place: &str, found: &mut Traits) {
    let what = match scheme {
        Scheme::Any => "any",
        Scheme::Exact => "exact",
        Scheme::Apart => "apart",
        Scheme::Mean(None) => "a mean",
        Scheme::Mean(Some(_)) => "a mean over a class",
        Scheme::Constant(0.0) => "zero",
        Scheme::Constant(_) => "a constant",
        Scheme::Named(name) => {
            let draw = &hypothesis.draws[name.0];
            let data = if draw.data == DataIx::default() { "the same" } else { "another" };
            let paired = if draw.paired { ", paired" } else { "" };
            found.insert(format!("a draw of {data} dataset{paired}"));
            "a draw"
        }
    };
    found.insert(format!("{place} has unclaimed {what}"));
}

/// Draws that are used.
fn of_draws(hypothesis: &Hypothesis, found: &mut Traits) {
    let of_end = |end: End| {
        let ports = end.node().into_iter().flat_map(|node| &hypothesis.node(node).ports);
        let opened = end == End::Root || hypothesis.arrows_into(end).next().is_some();
        let own = std::iter::once(hypothesis.scheme(end)).chain(ports.map(|(_, scheme)| *scheme));
        own.filter(move |_| opened).collect::<Vec<Scheme>>()
    };
    let ends = (0..hypothesis.nodes.len()).map(|node| End::Node(NodeIx(node))).chain([End::Root]);
    let named: Vec<usize> = ends
        .flat_map(of_end)
        .filter_map(|scheme| match scheme {
            Scheme::Named(name) => Some(name.0),
            _ => None,
        })
        .collect();
    let different: BTreeSet<usize> = named.iter().copied().collect();
    if different.len() > 1 {
        found.insert("several draws".to_owned());
    }
    if different.len() < named.len() {
        found.insert("a draw that is shared".to_owned());
    }
}

fn of_arrow(hypothesis: &Hypothesis, arrow: &Arrow, found: &mut Traits) {
    let kind = if arrow.paths == PathKind::Direct { "->" } else { "~>" };
    let mut add = |what: &str| found.extend([format!("{kind}{what}")]);
    add("");
    if !arrow.gates.is_empty() && arrow.terms.is_none() {
        add(" into ports");
    }
    if !arrow.except.is_empty() {
        add(" except via");
    }
    if arrow.terms.is_some() {
        add(" where");
    }
    if arrow.source != hypothesis.node(arrow.from).parts {
        add(" from a part of a node");
    }
    if !arrow.target.is_empty() {
        add(" to a part of a node");
    }
}

/// The length of the longest chain of arrows below an end.
fn depth(hypothesis: &Hypothesis, end: End) -> usize {
    hypothesis.sources(end).map(|source| 1 + depth(hypothesis, End::Node(source))).max().unwrap_or(0)
}

/// Looks for claims by position under one another.
fn walk(hypothesis: &Hypothesis, end: End, below: bool, found: &mut Traits) {
    for source in hypothesis.sources(end) {
        let own = matches!(hypothesis.node(source).computes, Computes::Elementwise { .. });
        if below {
            let what = if own { "a per-position claim" } else { "another claim" };
            found.insert(format!("{what} under a per-position one"));
        }
        walk(hypothesis, End::Node(source), below || own, found);
    }
}

/// Ways to walk from the root, the root among them, position by position.
pub fn visits(case: &Case, hypothesis: &Hypothesis) -> usize {
    below(case, hypothesis, End::Root, 1)
}

fn below(case: &Case, hypothesis: &Hypothesis, end: End, times: usize) -> usize {
    let arrow = |arrow: &Arrow| match &hypothesis.node(arrow.from).computes {
        Computes::Elementwise { axes, .. } => {
            let positions = arrow.source.iter().zip(axes).map(|(part, axis)| {
                let (start, end) = part.region.range(*axis, case.shape(part.tensor)[*axis]);
                end - start
            });
            below(case, hypothesis, End::Node(arrow.from), times * positions.max().unwrap_or(0))
        }
        _ => below(case, hypothesis, End::Node(arrow.from), times),
    };
    times + hypothesis.arrows_into(end).map(arrow).sum::<usize>()
}
