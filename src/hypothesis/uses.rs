//! Which features are asked about which rows: for each the datasets of the data that it is given,
//! and the dataset that is drawn from.

use super::claim::{Computes, DataIx, End, FeatureIx, NodeIx, Rest, Scheme};
use super::claims::Stated;
use crate::model::FactDim;
use std::collections::BTreeSet;

/// One use of a feature.
#[derive(Debug, Clone)]
pub struct Use {
    pub feature: FeatureIx,
    /// Elements for a claim per element, else `None` alone.
    pub elements: Vec<Option<usize>>,
    /// The datasets that the row to agree with can be of.
    pub given: BTreeSet<DataIx>,
    /// The dataset of the rows that agree.
    pub from: DataIx,
    /// The node whose claim it is; `None` for the groups of a mean, or of a rest.
    pub claim: Option<NodeIx>,
}

/// By node the datasets that its own datum can be of.
#[must_use]
pub fn data_of_nodes(stated: &Stated) -> Vec<BTreeSet<DataIx>> {
    let claims = &stated.claims;
    let own = |node: &super::claim::Node| match node.computes {
        Computes::Exact => BTreeSet::new(),
        _ => BTreeSet::from([node.data]),
    };
    let mut found: Vec<BTreeSet<DataIx>> = claims.nodes.iter().map(own).collect();
    // Each round takes the data of exact nodes one arrow further.
    for _ in 0..claims.nodes.len() {
        let mut changed = false;
        for arrow in &claims.arrows {
            if claims.node(arrow.from).computes == Computes::Exact {
                let given = data_of_end(&found, arrow.to);
                let before = found[arrow.from.0].len();
                found[arrow.from.0].extend(given);
                changed |= found[arrow.from.0].len() > before;
            }
        }
        if !changed {
            break;
        }
    }
    found
}

fn data_of_end(nodes: &[BTreeSet<DataIx>], end: End) -> BTreeSet<DataIx> {
    match end {
        End::Root => BTreeSet::from([DataIx::default()]),
        End::Node(node) => nodes.get(node.0).cloned().unwrap_or_default(),
    }
}

/// All uses of features in a hypothesis. `dims` gives the sizes of each tensor's axes.
#[must_use]
pub fn uses(stated: &Stated, dims: &[Vec<FactDim>]) -> Vec<Use> {
    let claims = &stated.claims;
    let data = data_of_nodes(stated);
    let mut found = Vec::new();
    let group = |feature, given, from| Use { feature, elements: vec![None], given, from, claim: None };
    let root = BTreeSet::from([DataIx::default()]);
    if let Scheme::Mean(Some(feature)) = claims.unclaimed {
        found.push(group(feature, root.clone(), DataIx::default()));
    }
    for (index, node) in claims.nodes.iter().enumerate() {
        let schemes = node.ports.iter().map(|(_, scheme)| *scheme).chain([node.unclaimed]);
        for scheme in schemes {
            if let Scheme::Mean(Some(feature)) = scheme {
                found.push(group(feature, data[index].clone(), DataIx::default()));
            }
        }
        if let Some(Rest::Agree(feature)) = node.estimate.as_ref().map(|estimate| estimate.rest) {
            found.push(group(feature, data[index].clone(), node.data));
        }
        let own = NodeIx(index);
        let (feature, elements, claim) = match &node.computes {
            Computes::Feature(feature) => (*feature, vec![None], Some(own)),
            Computes::Elementwise { feature, axes } => (*feature, elements(node, axes, dims), Some(own)),
            Computes::Mean { over: Some(feature), .. } => (*feature, vec![None], None),
            _ => continue,
        };
        let targets = claims.arrows.iter().filter(|arrow| arrow.from == own).map(|arrow| arrow.to);
        let mut given: BTreeSet<DataIx> = targets.flat_map(|end| data_of_end(&data, end)).collect();
        if given.is_empty() {
            given = root.clone();
        }
        found.push(Use { feature, elements, given, from: node.data, claim });
    }
    found
}

fn elements(node: &super::claim::Node, axes: &[usize], dims: &[Vec<FactDim>]) -> Vec<Option<usize>> {
    let Some(axis) = axes.first() else { return Vec::new() };
    let size = dims.get(node.tensor().0 as usize).and_then(|dims| dims.get(*axis)).and_then(|dim| dim.at(1));
    let (start, end) = node.region().range(*axis, size.unwrap_or(0));
    (start..end).map(Some).collect()
}
