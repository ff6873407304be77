//! Claims against the data: sampling classes, and claims that are empty.

use super::claim::{Computes, DataIx, DrawIx, End, FeatureIx, NodeIx, Scheme};
use super::claims::Stated;
use super::joint::{JointClasses, joint};
use super::uses::{Use, data_of_nodes, uses};
use crate::data::Dataset;
use crate::diagnostics::messages::{claims as messages, statistics, structure};
use crate::diagnostics::{Diagnostic, any_error};
use crate::feature::reads;
use crate::model::FactDim;
use std::collections::{BTreeMap, BTreeSet};

/// Sampling classes by feature, and by element for per-position claims.
pub type ClassMap = BTreeMap<(FeatureIx, Option<usize>), JointClasses>;

/// What lints compare a hypothesis with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// By [`DataIx`]; at least one.
    pub datasets: &'a [&'a Dataset],
    pub behaviour: &'a str,
    /// Columns that the behaviour reads and the model does not: labels.
    pub answers: &'a BTreeSet<String>,
    /// For each tensor by index the sizes of its axes.
    pub dims: &'a [Vec<FactDim>],
    /// Whether the claims are tested on these data, and not only used.
    pub tests_claims: bool,
}

/// Computes the sampling classes of every claim and reports claims that say nothing.
pub fn lint(stated: &Stated, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) -> ClassMap {
    let mut found = ClassMap::new();
    for used in uses(stated, facts.dims) {
        if let Some(node) = used.claim {
            answers(stated, node, used.feature, facts, sink);
        }
        let own = classes_of(stated, &used, facts, sink);
        let foreign = used.from != DataIx::default() || used.given.len() > 1;
        match used.claim {
            Some(node) if !foreign && facts.tests_claims => emptiness(stated, node, &own, facts, sink),
            _ => {}
        }
        absent(stated, &used, &own, facts, sink);
        found.extend(own.into_iter().map(|(element, classes)| ((used.feature, element), classes)));
    }
    estimates(stated, facts, sink);
    // What is wrong elsewhere may be what would have used them.
    if !any_error(sink) {
        without_effect(stated, sink);
    }
    if resamples_nothing(stated) {
        sink.push(structure::claims_everything(stated.spans.name, &stated.claims.name));
    }
    found
}

/// Schemes and draws that nothing is taken by.
fn without_effect(stated: &Stated, sink: &mut Vec<Diagnostic>) {
    let claims = &stated.claims;
    for (node, span) in &stated.spans.schemes {
        if claims.arrows_into(End::Node(*node)).next().is_none() {
            sink.push(messages::fills_nothing(*span, &claims.node(*node).name));
        }
    }
    let ports = claims.nodes.iter().flat_map(|node| node.ports.iter().map(|(_, scheme)| *scheme));
    let used: Vec<Scheme> =
        claims.nodes.iter().map(|node| node.unclaimed).chain(ports).chain([claims.unclaimed]).collect();
    for (at, (draw, span)) in claims.draws.iter().zip(&stated.spans.declared_draws).enumerate() {
        if !used.contains(&Scheme::Named(DrawIx(at))) {
            // Where all that says nothing has a scheme of its own, the draw is for one node.
            let opened = (0..claims.nodes.len()).map(NodeIx);
            let opened = opened.filter(|node| claims.arrows_into(End::Node(*node)).next().is_some());
            let target =
                opened.map(|node| claims.node(node).name.as_str()).next().filter(|_| claims.unclaimed != Scheme::Any);
            sink.push(messages::draw_unused(*span, &draw.name, target));
        }
    }
}

fn resamples_nothing(stated: &Stated) -> bool {
    let nodes = &stated.claims.nodes;
    let exact = |node: &super::claim::Node| {
        let schemes = node.ports.iter().map(|(_, scheme)| *scheme).chain([node.unclaimed]);
        node.computes == Computes::Exact
            && node.estimate.is_none()
            && schemes.into_iter().all(|one| one == Scheme::Exact)
    };
    !nodes.is_empty() && stated.claims.unclaimed == Scheme::Exact && nodes.iter().all(exact)
}

type Found = Vec<(Option<usize>, JointClasses)>;

fn classes_of(stated: &Stated, used: &Use, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) -> Found {
    let mut asked = used.given.clone();
    asked.insert(used.from);
    match joint(&stated.features[used.feature.0], facts.datasets, &asked, &used.elements) {
        Ok(classes) => used.elements.iter().copied().zip(classes).collect(),
        Err(finding) => {
            sink.push(*finding);
            Vec::new()
        }
    }
}

/// A feature that reads a label sneaks the answer in.
fn answers(stated: &Stated, node: NodeIx, feature: FeatureIx, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) {
    let read: BTreeSet<String> = stated.features[feature.0].iter().flat_map(reads).collect();
    if let Some(column) = read.intersection(facts.answers).next() {
        let span = stated.spans.nodes[node.0].1;
        sink.push(structure::feature_reads_answer(span, &stated.claims.node(node).name, column, facts.behaviour));
    }
}

/// Values that a draw must agree with and that the dataset it is made from lacks.
fn absent(stated: &Stated, used: &Use, own: &Found, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) {
    let (mut values, mut rows, mut shown) = (0, 0, None);
    for (_, classes) in own {
        for class in 0..u32::try_from(classes.count()).unwrap_or(u32::MAX) {
            let given: usize = used.given.iter().map(|data| classes.members(class, *data).len()).sum();
            if given > 0 && classes.members(class, used.from).is_empty() {
                values += 1;
                rows += given;
                shown.get_or_insert_with(|| classes.describe(class));
            }
        }
    }
    let Some(shown) = shown else { return };
    let name = used.claim.map_or(stated.claims.name.as_str(), |node| &stated.claims.node(node).name);
    let data = facts.datasets.get(used.from.0).map_or("", |dataset| dataset.name.as_str());
    let span = stated.spans.features[used.feature.0];
    sink.push(messages::value_absent(span, name, data, values, rows, &shown));
}

/// Estimates are evaluated on the data of their nodes.
fn estimates(stated: &Stated, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) {
    let data = data_of_nodes(stated);
    for (node, own) in stated.claims.nodes.iter().zip(&data) {
        let Some(super::claim::EstimateKind::Expression(at)) = node.estimate.as_ref().map(|estimate| &estimate.kind)
        else {
            continue;
        };
        for other in own.iter().filter_map(|data| facts.datasets.get(data.0)) {
            let claim = std::slice::from_ref(&stated.estimates[at.0]);
            sink.extend(super::joint::shared(claim, facts.datasets[0], other).err().map(|finding| *finding));
        }
    }
}

/// A feature with one value, with as many values as rows, or with values of a single row.
fn emptiness(stated: &Stated, node: NodeIx, own: &Found, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) {
    let Some((_, first)) = own.first() else { return };
    let (name, span) = (&stated.claims.node(node).name, stated.spans.nodes[node.0].1);
    let dataset = facts.datasets[0];
    let rows = dataset.rows;
    if own.iter().all(|(_, classes)| classes.count() == 1) {
        sink.push(structure::feature_constant(span, name, &first.describe(0), &dataset.name));
        return;
    }
    if own.iter().all(|(_, classes)| classes.count() == rows) {
        sink.push(structure::feature_unique(span, name, &dataset.name, rows));
        return;
    }
    let lonely = |classes: &JointClasses| -> Vec<u32> {
        let all = 0..u32::try_from(classes.count()).unwrap_or(u32::MAX);
        all.filter(|class| classes.members(*class, DataIx::default()).len() == 1).collect()
    };
    let counts: Vec<usize> = own.iter().map(|(_, classes)| lonely(classes).len()).collect();
    let total: usize = counts.iter().sum();
    if total == 0 {
        return;
    }
    let all: usize = own.iter().map(|(_, classes)| classes.count()).sum();
    let examples: Vec<String> = own
        .iter()
        .flat_map(|(_, classes)| lonely(classes).into_iter().map(|class| classes.describe(class)))
        .take(3)
        .collect();
    sink.push(statistics::class_of_one(span, name, total, all, rows * own.len(), &examples));
}
