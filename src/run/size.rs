//! How much a hypothesis claims: its parts, and the bits of a datum that its draws keep.
//!
//! A draw that agrees with a datum on a feature tells which class the datum is in, and no more: with
//! a datum uniform over the rows, these are the bits of the entropy of the classes.

use super::Prepared;
use super::blame::Claim;
use crate::hypothesis::{
    Arrow, BoundModel, Computes, DrawIx, End, FeatureIx, JointClasses, NodeIx, Ready, Rest, Scheme,
};
use crate::lower::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// The size of a hypothesis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Size {
    pub nodes: usize,
    pub arrows: usize,
    /// Components that nodes are bound to, whole or in part.
    pub components: usize,
    /// Components of the map: regions that cut paths, the model's inputs among them.
    pub of_components: usize,
    /// Sites that nodes are bound to.
    pub sites: usize,
    /// What it takes to write the claims down.
    pub symbols: usize,
    /// The bits of a datum: log2 of the rows of the dataset.
    pub datum: f64,
    /// What each claim keeps of them.
    pub kept: Vec<(Claim, f64)>,
}

impl Size {
    /// The bits that all claims together keep.
    #[must_use]
    pub fn bits(&self) -> f64 {
        self.kept.iter().map(|(_, bits)| bits).sum()
    }

    /// Of the bits that the same claims would keep if all were exact.
    #[must_use]
    pub fn share(&self) -> f64 {
        let most = self.datum * self.kept.len() as f64;
        if most > 0.0 { self.bits() / most } else { 0.0 }
    }
}

/// The size of a hypothesis on a dataset of `rows` rows.
#[must_use]
pub fn size(prepared: &Prepared<'_>, model: &BoundModel, rows: usize) -> Size {
    let (ready, claims) = (prepared.ready, &prepared.ready.stated.claims);
    let touched: BTreeSet<usize> = ready.stated.components.iter().flatten().copied().collect();
    let cuts = |at: &usize| model.components.get(*at).is_some_and(|component| component.cuts);
    let components = touched.iter().copied().filter(cuts).count();
    let datum = (rows.max(1) as f64).log2();
    Size {
        nodes: claims.nodes.len(),
        arrows: claims.arrows.len(),
        components,
        of_components: model.components.iter().filter(|component| component.cuts).count(),
        sites: touched.len() - components,
        symbols: ready.symbols,
        datum,
        kept: Measure { ready, tree: &prepared.program.tree, datum }.all(),
    }
}

/// What is needed to measure claims.
struct Measure<'a> {
    ready: &'a Ready,
    tree: &'a Tree,
    datum: f64,
}

impl Measure<'_> {
    /// Every claim, in the order of reports.
    fn all(&self) -> Vec<(Claim, f64)> {
        let claims = &self.ready.stated.claims;
        let read = self.positions();
        let mut found: BTreeMap<Claim, f64> = BTreeMap::new();
        for (at, arrow) in claims.arrows.iter().enumerate() {
            found.insert(Claim::Arrow(at), self.arrow(arrow, read.get(&at)));
        }
        let opened = |at: &usize| claims.arrows_into(End::Node(NodeIx(*at))).next().is_some();
        let mut schemes = vec![(Claim::Unclaimed(End::Root, None), claims.unclaimed)];
        for at in (0..claims.nodes.len()).filter(opened) {
            let (node, end) = (&claims.nodes[at], End::Node(NodeIx(at)));
            schemes.push((Claim::Unclaimed(end, None), node.unclaimed));
            let ports = node.ports.iter().enumerate();
            schemes.extend(ports.map(|(port, (_, scheme))| (Claim::Unclaimed(end, Some(port)), *scheme)));
        }
        for (claim, scheme) in schemes {
            match scheme {
                Scheme::Named(draw) => found.insert(Claim::Named(draw), self.named(draw)),
                other => found.insert(claim, self.scheme(other)),
            };
        }
        for (at, node) in claims.nodes.iter().enumerate() {
            let Some(estimate) = &node.estimate else { continue };
            let bits = match estimate.rest {
                Rest::Exact => self.datum,
                Rest::Agree(feature) => self.feature(feature, None),
                // What is unclaimed of it is a claim of its own.
                Rest::Any if opened(&at) => continue,
                Rest::Any => 0.0,
            };
            found.insert(Claim::Rest(NodeIx(at)), bits);
        }
        found.into_iter().collect()
    }

    fn arrow(&self, arrow: &Arrow, read: Option<&BTreeSet<usize>>) -> f64 {
        match &self.ready.stated.claims.node(arrow.from).computes {
            Computes::Exact => self.datum,
            Computes::Feature(feature) | Computes::Mean { over: Some(feature), .. } => self.feature(*feature, None),
            // An element of the value is of one datum: their mean is what a datum keeps.
            Computes::Elementwise { feature, .. } => {
                let of = |position: &usize| self.feature(*feature, Some(*position));
                let bits: Vec<f64> = read.into_iter().flatten().map(of).collect();
                bits.iter().sum::<f64>() / bits.len().max(1) as f64
            }
            Computes::Any | Computes::Mean { over: None, .. } | Computes::Constant(_) => 0.0,
        }
    }

    fn scheme(&self, scheme: Scheme) -> f64 {
        match scheme {
            Scheme::Exact => self.datum,
            Scheme::Mean(Some(feature)) => self.feature(feature, None),
            Scheme::Any | Scheme::Apart | Scheme::Mean(None) | Scheme::Constant(_) | Scheme::Named(_) => 0.0,
        }
    }

    /// A partner tells as much of the reference as it differs from other partners.
    fn named(&self, DrawIx(at): DrawIx) -> f64 {
        let Some(Some(partners)) = self.ready.pairs.get(at) else { return 0.0 };
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        partners.iter().for_each(|partner| *counts.entry(*partner).or_default() += 1);
        entropy(counts.into_values())
    }

    fn feature(&self, feature: FeatureIx, element: Option<usize>) -> f64 {
        let classes = self.ready.classes.get(&(feature, element));
        classes.map_or(0.0, |classes| entropy_of(classes, self.ready.datasets.len()))
    }

    /// By arrow from a claim by position the positions that are read.
    fn positions(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let claims = &self.ready.stated.claims;
        let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for visit in &self.tree.visits {
            let into = (0..claims.arrows.len()).filter(|at| claims.arrows[*at].to == visit.end);
            for (arrow, child) in into.zip(&visit.children) {
                let child = &self.tree.visits[child.0];
                if child.axes.is_some() {
                    let last = self.tree.space(child.space).tuples.iter().filter_map(|tuple| tuple.last().copied());
                    found.entry(arrow).or_default().extend(last);
                }
            }
        }
        found
    }
}

/// On the rows of the first dataset that is asked about.
fn entropy_of(classes: &JointClasses, datasets: usize) -> f64 {
    let all = 0..u32::try_from(classes.count()).unwrap_or(u32::MAX);
    let counts = |data| all.clone().map(move |class| classes.members(class, crate::hypothesis::DataIx(data)).len());
    let asked = (0..datasets).find(|data| counts(*data).any(|count| count > 0));
    asked.map_or(0.0, |data| entropy(counts(data)))
}

/// In bits, of a distribution given by counts.
#[must_use]
pub fn entropy(counts: impl IntoIterator<Item = usize>) -> f64 {
    let counts: Vec<f64> = counts.into_iter().filter(|count| *count > 0).map(|count| count as f64).collect();
    let all: f64 = counts.iter().sum();
    counts.iter().map(|count| count / all * (all / count).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_classes() {
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        close(entropy([8]), 0.0);
        close(entropy([4, 4]), 1.0);
        close(entropy([1; 8]), 3.0);
        // 1/2 · 1 + 1/4 · 2 + 1/8 · 3 + 1/8 · 3
        close(entropy([4, 2, 1, 1, 0]), 1.75);
        close(entropy([]), 0.0);
        assert!(entropy([3, 1, 4]) > entropy([3, 5]) && entropy([3, 5]) > entropy([8]), "a finer class keeps more");
    }
}
