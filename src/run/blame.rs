//! Blame: each claim's draws alone are made exact, all other draws being what they were. What is
//! recovered more, or less, is laid at this claim.
//!
//! A claim is an arrow's class, what an opened node (or one of its ports) leaves unclaimed, a named
//! draw, or the rest of an estimate. Means and numbers draw nothing, and have no blame. The program is
//! that of the hypothesis: only the rows differ that it is run on.

use super::compare::Observation;
use crate::estimate::{Baseline, Estimate, Estimates, Inputs, Looks, Point, estimate, excess, gain};
use crate::hypothesis::{DrawIx, End, Hypothesis, NodeIx};
use crate::lower::{Datum, DrawId, Fill, Role, Rule, Tree, Visit};
use crate::sample::Rows;
use std::collections::BTreeMap;

/// What can be blamed, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// By its place in the hypothesis.
    Arrow(usize),
    /// What is not claimed of an end, or of what its port of this place reads.
    Unclaimed(End, Option<usize>),
    Named(DrawIx),
    Rest(NodeIx),
}

/// A claim whose draws are exact, with all draws then.
#[derive(Debug)]
pub struct Relaxed {
    pub claim: Claim,
    pub draws: Rows,
}

/// What is laid at a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blame {
    pub claim: Claim,
    /// With its draws exact.
    pub recovered: Option<Estimate>,
    /// What that adds, paired by reference; `None` where recovered is undefined.
    pub gain: Option<Estimate>,
}

/// Two claims, relaxed together.
#[derive(Debug, Clone)]
pub struct Together {
    pub claims: [Claim; 2],
    /// For the first references.
    pub points: Vec<Point>,
}

/// What two claims cost together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    pub claims: [Claim; 2],
    /// The first ones, on which it is measured.
    pub references: usize,
    /// What is recovered more with the draws of both exact.
    pub gain: Option<Estimate>,
    /// What that is more than their gains one by one.
    pub excess: Option<Estimate>,
}

/// For each claim of a hypothesis the data that its draws have when they are exact.
#[must_use]
pub fn claims_of(tree: &Tree, hypothesis: &Hypothesis) -> BTreeMap<Claim, BTreeMap<DrawId, Datum>> {
    let mut found: BTreeMap<Claim, BTreeMap<DrawId, Datum>> = BTreeMap::new();
    let mut add = |claim: Claim, draw: DrawId, exact: Datum| {
        found.entry(claim).or_default().insert(draw, exact);
    };
    for visit in &tree.visits {
        of_arrows(tree, hypothesis, visit, &mut add);
        for (at, fill) in visit.fills.iter().enumerate() {
            let claim = Claim::Unclaimed(visit.end, at.checked_sub(1));
            match fill {
                Fill::Row(datum) => match &tree.draws[datum.draw.0] {
                    draw if draw.role == Role::Unclaimed => add(claim, datum.draw, visit.datum.clone()),
                    _ => {}
                },
                Fill::Apart(parts) => {
                    parts.iter().for_each(|(_, datum)| add(claim, datum.draw, visit.datum.clone()));
                }
                Fill::Mean(_) | Fill::Constant(_) => {}
            }
        }
        if let (Some(rest), End::Node(node)) = (&visit.rest, visit.end)
            && tree.draws[rest.draw.0].role == Role::Rest
        {
            add(Claim::Rest(node), rest.draw, visit.datum.clone());
        }
    }
    for (at, draw) in tree.draws.iter().enumerate().filter(|(_, draw)| draw.role == Role::Named) {
        let reference = Datum { draw: DrawId::REFERENCE, lookup: vec![0] };
        if let Some(name) = named(draw.occurrence.as_str(), hypothesis) {
            add(Claim::Named(name), DrawId(at), reference);
        }
    }
    found
}

fn named(occurrence: &str, hypothesis: &Hypothesis) -> Option<DrawIx> {
    let name = occurrence.strip_prefix("draw ")?;
    hypothesis.draws.iter().position(|draw| draw.name == name).map(DrawIx)
}

/// The draws that arrows into a visit make, each with the datum of the visit.
fn of_arrows(tree: &Tree, hypothesis: &Hypothesis, visit: &Visit, add: &mut impl FnMut(Claim, DrawId, Datum)) {
    let into = (0..hypothesis.arrows.len()).filter(|at| hypothesis.arrows[*at].to == visit.end);
    for (arrow, child) in into.zip(&visit.children) {
        let child = &tree.visits[child.0];
        let draw = child.datum.draw;
        let own = tree.draws[draw.0].role == Role::Claim && draw != visit.datum.draw;
        if !own {
            continue;
        }
        let exact = match &tree.draws[draw.0].rule {
            Rule::Agree { given, .. } => given.clone(),
            _ => visit.datum.clone(),
        };
        add(Claim::Arrow(arrow), draw, exact);
    }
}

/// The blame of each claim of one hypothesis, measured from its first baseline.
#[must_use]
pub fn blame(one: &Observation<'_>, baseline: Baseline<'_>, cluster: usize) -> Vec<Blame> {
    let inputs = Inputs {
        model: &one.model,
        scrubbed: &one.scrubbed,
        baseline,
        rows: one.rows,
        cluster,
        looks: one.looks,
        varies: one.varies,
    };
    let of = |(claim, relaxed): &(Claim, Vec<Point>)| {
        let Estimates { recovered, .. } = estimate(Inputs { scrubbed: relaxed, ..inputs });
        Blame { claim: *claim, recovered, gain: gain(inputs, relaxed) }
    };
    one.relaxed.iter().map(of).collect()
}

/// What the two claims with the greatest effect cost together, measured from the first baseline.
#[must_use]
pub fn interaction(one: &Observation<'_>, baseline: Baseline<'_>, cluster: usize) -> Option<Interaction> {
    let together = one.together.as_ref()?;
    let n = together.points.len();
    let baseline = match baseline {
        Baseline::Sampled(points) => Baseline::Sampled(&points[..n]),
        exact @ Baseline::Exact(_) => exact,
    };
    // How many they are does not depend on what was seen.
    let inputs = Inputs {
        model: &one.model[..n],
        scrubbed: &one.scrubbed[..n],
        baseline,
        rows: one.rows,
        cluster,
        looks: Looks::Once,
        varies: one.varies,
    };
    if n.div_ceil(cluster.max(1)) < 2 {
        return None;
    }
    let alone = |claim: Claim| one.relaxed.iter().find(|(own, _)| *own == claim).map(|(_, points)| &points[..n]);
    let alone = [alone(together.claims[0])?, alone(together.claims[1])?];
    Some(Interaction {
        claims: together.claims,
        references: n,
        gain: gain(inputs, &together.points),
        excess: excess(inputs, alone, &together.points),
    })
}
