//! How like a hypothesis is to one that is known to be true.
//!
//! Both are taken apart into claims: one for each path of arrows from a node to the behaviour, told
//! apart by the places that it passes. A claim says that the node depends on the datum through a
//! partition of the rows, or each of its elements through one of its own. Two claims about the same
//! path are alike as their partitions are: by the information that they share over the information of
//! both together (Rajski 1961; 1 where they are the same, 0 where they are independent), in the mean
//! over elements.

use crate::data::Dataset;
use crate::hypothesis::{Computes, End, FeatureIx, Part, Ready};
use crate::run::entropy;
use std::collections::BTreeMap;

/// Paths of one hypothesis, at most: a graph of few nodes can have very many.
const MOST_PATHS: usize = 10_000;

/// How much of one hypothesis another has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Of its claims the share that the true one has.
    pub correct: f64,
    /// Of the claims of the true one the share that it has.
    pub complete: f64,
    /// Of the claims of either the share that both have.
    pub alike: f64,
}

/// The places that a path passes, from the behaviour on: the parts of each node, and those of the
/// node before that its arrow enters by.
type Path = Vec<(Vec<Part>, Vec<Part>)>;
/// The class of each row.
type Rows = Vec<u32>;
/// For each element, or for all together.
type Partitions = Vec<Rows>;

/// By path what the claim at its end keeps.
pub type Claims = BTreeMap<Path, Partitions>;

/// The claims of a hypothesis on its own dataset; `None` if there are too many.
#[must_use]
pub fn claims(ready: &Ready, data: &Dataset) -> Option<Claims> {
    let stated = &ready.stated.claims;
    let mut found = Claims::new();
    let mut open: Vec<(End, Path)> = vec![(End::Root, Path::new())];
    while let Some((end, path)) = open.pop() {
        for arrow in stated.arrows.iter().filter(|arrow| arrow.to == end) {
            let node = stated.node(arrow.from);
            let mut parts = arrow.source.clone();
            parts.sort();
            let mut target = arrow.target.clone();
            target.sort();
            let mut own = path.clone();
            own.push((parts, target));
            found.insert(own.clone(), kept(&node.computes, ready, data));
            if found.len() > MOST_PATHS {
                return None;
            }
            open.push((End::Node(arrow.from), own));
        }
    }
    Some(found)
}

/// The class of each row of the dataset under a claim; one class for nothing, a class for each row for
/// everything.
fn kept(computes: &Computes, ready: &Ready, data: &Dataset) -> Partitions {
    let rows = data.rows;
    let of = |feature: FeatureIx| -> Partitions {
        let own = ready.classes.range((feature, None)..=(feature, Some(usize::MAX)));
        own.map(|(_, classes)| classes.of_row.iter().take(rows).copied().collect()).collect()
    };
    match computes {
        Computes::Exact => vec![(0..u32::try_from(rows).unwrap_or(u32::MAX)).collect()],
        Computes::Feature(feature) | Computes::Elementwise { feature, .. } => of(*feature),
        Computes::Mean { over: Some(feature), .. } => of(*feature),
        Computes::Any | Computes::Mean { over: None, .. } | Computes::Constant(_) => vec![vec![0; rows]],
    }
}

/// How much of `truth` these claims have. Two hypotheses without claims are alike.
#[must_use]
pub fn likeness(own: &Claims, truth: &Claims) -> Likeness {
    // From 0.0 on: the sum of nothing is -0.0.
    let alike = own.iter().filter_map(|(path, claim)| Some(similarities(claim, truth.get(path)?)));
    let shared = alike.fold(0.0, |sum, value| sum + value);
    let both = own.keys().filter(|path| truth.contains_key(*path)).count();
    let of = |count: usize| if count == 0 { 1.0 } else { shared / count as f64 };
    Likeness { correct: of(own.len()), complete: of(truth.len()), alike: of(own.len() + truth.len() - both) }
}

/// Element by element; what is claimed of all elements together is so of each.
fn similarities(one: &Partitions, other: &Partitions) -> f64 {
    let count = one.len().max(other.len());
    let of = |all: &Partitions, at: usize| all.get(if all.len() == 1 { 0 } else { at }).cloned().unwrap_or_default();
    let all = (0..count).map(|at| similarity(&of(one, at), &of(other, at)));
    if count == 0 { 1.0 } else { all.fold(0.0, |sum, value| sum + value) / count as f64 }
}

/// The information that two partitions share over that of both together; 1 if neither has any.
#[must_use]
pub fn similarity(one: &[u32], other: &[u32]) -> f64 {
    let mut joint: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let (mut left, mut right): (BTreeMap<u32, usize>, BTreeMap<u32, usize>) = (BTreeMap::new(), BTreeMap::new());
    for pair in one.iter().zip(other) {
        *joint.entry((*pair.0, *pair.1)).or_default() += 1;
        *left.entry(*pair.0).or_default() += 1;
        *right.entry(*pair.1).or_default() += 1;
    }
    let together = entropy(joint.into_values());
    if together <= 1e-12 {
        return 1.0;
    }
    let shared = entropy(left.into_values()) + entropy(right.into_values()) - together;
    (shared / together).clamp(0.0, 1.0) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_alike_by_what_they_share() {
        let (halves, quarters): (Rows, Rows) =
            ((0..8).map(|row| row / 4).collect(), (0..8).map(|row| row / 2).collect());
        assert_eq!(similarity(&halves, &halves), 1.0);
        // One bit of two.
        assert!((similarity(&halves, &quarters) - 0.5).abs() < 1e-12);
        let across: Rows = (0..8).map(|row| row % 2).collect();
        assert!(similarity(&halves, &across).abs() < 1e-12);
        assert_eq!(similarity(&[0; 8], &[3; 8]), 1.0);
        assert!(similarity(&[0; 8], &halves).abs() < 1e-12);
    }

    #[test]
    fn elements_are_compared_one_by_one() {
        let (one, other): (Rows, Rows) = ((0..8).map(|row| row / 4).collect(), (0..8).map(|row| row % 2).collect());
        let both = vec![one.clone(), other.clone()];
        assert_eq!(similarities(&both, &both), 1.0);
        // The same bits at other places tell other things.
        assert!(similarities(&both, &vec![other, one.clone()]).abs() < 1e-12);
        assert!((similarities(&both, &vec![one]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn claims_count_on_either_side() {
        let rows: Partitions = vec![(0..8).map(|row| row / 4).collect()];
        let path = |at: u32| -> Path {
            vec![(
                vec![Part { tensor: crate::model::TensorId(at), region: crate::model::Region::whole(1) }],
                Vec::new(),
            )]
        };
        let truth: Claims = [(path(0), rows.clone()), (path(1), rows.clone())].into();
        let half: Claims = [(path(0), rows.clone())].into();
        let wrong: Claims = [(path(0), rows.clone()), (path(2), rows)].into();
        let of = |own: &Claims| likeness(own, &truth);
        assert_eq!(of(&truth), Likeness { correct: 1.0, complete: 1.0, alike: 1.0 });
        assert_eq!(of(&half), Likeness { correct: 1.0, complete: 0.5, alike: 0.5 });
        assert_eq!(of(&wrong), Likeness { correct: 0.5, complete: 0.5, alike: 1.0 / 3.0 });
        assert_eq!(of(&Claims::new()), Likeness { correct: 1.0, complete: 0.0, alike: 0.0 });
    }
}
