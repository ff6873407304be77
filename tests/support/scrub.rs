//! The reference scrub: the recursion of causal scrubbing as plainly as possible, with full forward
//! passes only, one reference at a time. It shares nothing with the lowering but the model and the
//! draws, which an oracle gives it.
//!
//! A leaf is a clean pass on its own datum. An opened node is a full forward pass on its unclaimed
//! datum z in which the region of every component but its own is replaced: by clean values on z,
//! and over those, where an arrow starts, by the scrubbed values of the arrow's source. That is the
//! meaning of direct paths: whatever comes from a source without passing another component gets
//! through, whatever passes one is stopped there.
//!
//! Draws are asked for by role, occurrence, positions and the reference's ordinal. An occurrence is
//! the chain of places from the root: the sorted names of the behaviour's outputs joined by ` + `, then
//! for each arrow walked ` <- TENSOR[region] (direct)`, where the region is the source's (the
//! whole one, also for per-position claims), in the form `[:, 0, 1..3]`, and left out if it is all
//! of the tensor. Positions are the indices of the per-position claims on the chain.

use super::case::{Case, Override, Values};
use super::random::Random;
use super::scores::one_row;
use ansatz::engine::Value;
use ansatz::hypothesis::{Computes, End, FeatureIx, Hypothesis, NodeIx, Scheme};
use ansatz::model::{Region, TensorId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What a draw is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawKey {
    /// `claim` or `unclaimed`.
    pub role: &'static str,
    pub occurrence: String,
    pub positions: Vec<usize>,
}

/// Gives the row of a draw for the reference of an ordinal; `None` for a draw that is not made.
pub type Oracle<'a> = dyn Fn(&DrawKey, usize) -> Option<u32> + 'a;

/// A hypothesis about a case, with draws from outside.
pub struct Scrub<'a> {
    case: &'a Case,
    hypothesis: &'a Hypothesis,
    oracle: &'a Oracle<'a>,
    clean: RefCell<BTreeMap<u32, Values>>,
    asked: RefCell<BTreeSet<DrawKey>>,
}

/// Where on the walk from the root we are, for which reference.
#[derive(Debug, Clone)]
struct Walk {
    ordinal: usize,
    occurrence: String,
    positions: Vec<usize>,
}

impl<'a> Scrub<'a> {
    pub fn new(case: &'a Case, hypothesis: &'a Hypothesis, oracle: &'a Oracle<'a>) -> Scrub<'a> {
        Scrub { case, hypothesis, oracle, clean: RefCell::default(), asked: RefCell::default() }
    }

    /// The scrubbed outputs for one reference, with a row axis of size 1.
    pub fn outputs(&self, ordinal: usize, reference: u32) -> Vec<Value> {
        let names = self.hypothesis.outputs.iter().map(|output| self.case.graph.tensor(*output).name.clone());
        let occurrence = names.collect::<BTreeSet<String>>().into_iter().collect::<Vec<String>>().join(" + ");
        let walk = Walk { ordinal, occurrence, positions: Vec::new() };
        let values = self.opened(End::Root, &[], reference, &walk);
        self.hypothesis.outputs.iter().map(|output| one_row(&values[output])).collect()
    }

    /// Every draw that was asked for so far.
    pub fn asked(&self) -> BTreeSet<DrawKey> {
        self.asked.borrow().clone()
    }

    /// scrub(n, y): a tensor whose values on the node's region are the scrubbed ones.
    fn scrub(&self, node: NodeIx, region: &Region, datum: u32, walk: &Walk) -> Value {
        let tensor = self.hypothesis.node(node).tensor();
        if self.arrows_into(End::Node(node)).is_empty() {
            return self.clean(datum)[&tensor].clone();
        }
        self.opened(End::Node(node), &[(tensor, region.clone())], datum, walk)[&tensor].clone()
    }

    /// The forward pass of an opened node, or of the root, whose own region is given.
    fn opened(&self, end: End, own: &[(TensorId, Region)], datum: u32, walk: &Walk) -> Values {
        let unclaimed = match self.hypothesis.unclaimed {
            Scheme::Exact => datum,
            _ => self.draw("unclaimed", walk),
        };
        let clean = self.clean(unclaimed);
        let is_own = |tensor: TensorId, region: &Region| match end {
            End::Root => self.hypothesis.outputs.contains(&tensor),
            End::Node(_) => own.iter().any(|(mine, part)| *mine == tensor && part.overlaps(region)),
        };
        let mut overrides = Vec::new();
        for component in &self.case.components {
            // A tensor that depends on no input has no clean value here, and needs none.
            let Some(value) = clean.get(&component.tensor) else { continue };
            if !is_own(component.tensor, &component.region) {
                let (tensor, region) = (component.tensor, component.region.clone());
                overrides.push(Override { tensor, region, value: value.clone() });
            }
        }
        for source in self.arrows_into(end) {
            overrides.extend(self.source(source, datum, walk));
        }
        self.case.forward(unclaimed, &overrides)
    }

    /// The scrubbed values of an arrow's source, as its target sees them.
    fn source(&self, source: NodeIx, target_datum: u32, walk: &Walk) -> Vec<Override> {
        let node = self.hypothesis.node(source);
        let name = &self.case.graph.tensor(node.tensor()).name;
        let walk =
            Walk { occurrence: format!("{} <- {name}{} (direct)", walk.occurrence, node.region()), ..walk.clone() };
        let scrubbed = |region: Region, datum: u32, walk: &Walk| {
            let value = self.scrub(source, &region, datum, walk);
            Override { tensor: node.tensor(), region, value }
        };
        match node.computes {
            Computes::Exact => vec![scrubbed(node.region().clone(), target_datum, &walk)],
            Computes::Any => vec![scrubbed(node.region().clone(), self.draw("claim", &walk), &walk)],
            Computes::Feature(feature) => {
                let datum = self.agreeing("claim", &walk, feature, None, target_datum);
                vec![scrubbed(node.region().clone(), datum, &walk)]
            }
            Computes::Elementwise { feature, ref axes } => {
                let axis = axes[0];
                let size = self.case.shape(node.tensor())[axis];
                let (start, end) = node.region().range(axis, size);
                let element = |at: usize| {
                    let mut walk = walk.clone();
                    walk.positions.push(at);
                    let datum = self.agreeing("claim", &walk, feature, Some(at), target_datum);
                    scrubbed(node.region().clone().cut(axis, at, at + 1, size), datum, &walk)
                };
                (start..end).map(element).collect()
            }
            _ => unreachable!("not generated yet"),
        }
    }

    fn arrows_into(&self, end: End) -> Vec<NodeIx> {
        self.hypothesis.arrows.iter().filter(|arrow| arrow.to == end).map(|arrow| arrow.from).collect()
    }

    fn draw(&self, role: &'static str, walk: &Walk) -> u32 {
        self.made(role, walk).unwrap_or_else(|| self.any_row(walk))
    }

    /// A draw that agrees with a datum; that it does is checked where it is made.
    fn agreeing(&self, role: &'static str, walk: &Walk, feature: FeatureIx, element: Option<usize>, with: u32) -> u32 {
        let Some(row) = self.made(role, walk) else { return self.any_row(walk) };
        let labels = self.case.features.labels(feature, element);
        assert!(labels.agree(row, with), "a draw outside its class: {walk:?}");
        row
    }

    fn made(&self, role: &'static str, walk: &Walk) -> Option<u32> {
        let key = DrawKey { role, occurrence: walk.occurrence.clone(), positions: walk.positions.clone() };
        let row = (self.oracle)(&key, walk.ordinal);
        assert!(row.is_none_or(|row| (row as usize) < self.case.rows()), "a draw outside the dataset: {key:?}");
        self.asked.borrow_mut().insert(key);
        row
    }

    /// In the place of a draw that is not made, since it reaches nothing: any row will do.
    fn any_row(&self, walk: &Walk) -> u32 {
        let mut random = Random::new((walk.ordinal * 31 + walk.occurrence.len()) as u64);
        u32::try_from(random.below(self.case.rows())).expect("few rows")
    }

    /// A clean pass on a row; each is made once.
    fn clean(&self, row: u32) -> Values {
        if let Some(known) = self.clean.borrow().get(&row) {
            return known.clone();
        }
        let values = self.case.forward(row, &[]);
        self.clean.borrow_mut().insert(row, values.clone());
        values
    }
}
