//! Claims against the data: sampling classes, and claims that are empty.

use super::claim::{Computes, FeatureIx, Scheme};
use super::claims::Stated;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{statistics, structure};
use crate::feature::{Classes, classes, reads};
use crate::model::FactDim;
use std::collections::{BTreeMap, BTreeSet};

/// Sampling classes by feature, and by element for per-position claims.
pub type ClassMap = BTreeMap<(FeatureIx, Option<usize>), Classes>;

/// What lints compare a hypothesis with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub dataset: &'a Dataset,
    pub behaviour: &'a str,
    /// Columns that the behaviour reads and the model does not: labels.
    pub answers: &'a BTreeSet<String>,
    /// For each tensor by index the sizes of its axes.
    pub dims: &'a [Vec<FactDim>],
}

/// Computes the sampling classes of every claim and reports claims that say nothing.
pub fn lint(stated: &Stated, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) -> ClassMap {
    let mut found = ClassMap::new();
    for index in 0..stated.claims.nodes.len() {
        let node = &stated.claims.nodes[index];
        let (feature, elements) = match &node.computes {
            Computes::Feature(feature) => (*feature, vec![None]),
            Computes::Elementwise { feature, axes } => {
                let axis = axes[0];
                let size = facts.dims[node.tensor().0 as usize].get(axis).and_then(|dim| dim.at(1)).unwrap_or(0);
                let (start, end) = node.region().range(axis, size);
                (*feature, (start..end).map(Some).collect())
            }
            _ => continue,
        };
        answers(stated, index, feature, facts, sink);
        let mut own = Vec::new();
        for element in elements {
            match classes(&stated.features[feature.0], facts.dataset, element) {
                Ok(classes) => own.push((element, classes)),
                Err(finding) => {
                    sink.push(*finding);
                    break;
                }
            }
        }
        emptiness(stated, index, &own, facts, sink);
        found.extend(own.into_iter().map(|(element, classes)| ((feature, element), classes)));
    }
    let nodes = &stated.claims.nodes;
    let exact = !nodes.is_empty() && nodes.iter().all(|node| node.computes == Computes::Exact);
    if exact && stated.claims.unclaimed == Scheme::Exact {
        sink.push(structure::claims_everything(stated.spans.name, &stated.claims.name));
    }
    found
}

/// A feature that reads a label sneaks the answer in.
fn answers(stated: &Stated, node: usize, feature: FeatureIx, facts: Facts<'_>, sink: &mut Vec<Diagnostic>) {
    let read: BTreeSet<String> = stated.features[feature.0].iter().flat_map(reads).collect();
    if let Some(column) = read.intersection(facts.answers).next() {
        let span = stated.spans.nodes[node].1;
        sink.push(structure::feature_reads_answer(span, &stated.claims.nodes[node].name, column, facts.behaviour));
    }
}

/// A feature with one value, with as many values as rows, or with values of a single row.
fn emptiness(
    stated: &Stated,
    node: usize,
    own: &[(Option<usize>, Classes)],
    facts: Facts<'_>,
    sink: &mut Vec<Diagnostic>,
) {
    let Some((_, first)) = own.first() else { return };
    let (name, span) = (&stated.claims.nodes[node].name, stated.spans.nodes[node].1);
    let rows = facts.dataset.rows;
    if own.iter().all(|(_, classes)| classes.members.len() == 1) {
        sink.push(structure::feature_constant(span, name, &first.describe(0), &facts.dataset.name));
        return;
    }
    if own.iter().all(|(_, classes)| classes.members.len() == rows) {
        sink.push(structure::feature_unique(span, name, &facts.dataset.name, rows));
        return;
    }
    let lonely = |classes: &Classes| -> Vec<u32> {
        let single =
            |(index, members): (usize, &Vec<u32>)| (members.len() == 1).then(|| u32::try_from(index).unwrap_or(0));
        classes.members.iter().enumerate().filter_map(single).collect()
    };
    let counts: Vec<usize> = own.iter().map(|(_, classes)| lonely(classes).len()).collect();
    let total: usize = counts.iter().sum();
    if total == 0 {
        return;
    }
    let all: usize = own.iter().map(|(_, classes)| classes.members.len()).sum();
    let examples: Vec<String> = own
        .iter()
        .flat_map(|(_, classes)| lonely(classes).into_iter().map(|class| classes.describe(class)))
        .take(3)
        .collect();
    sink.push(statistics::class_of_one(span, name, total, all, rows * own.len(), &examples));
}
