//! The residual stream: sums of a tensor and of what is computed from it, each going on from the one before.

use super::norms::follows;
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a step adds to the stream.
#[derive(Debug, Clone)]
pub struct Branch {
    /// What is added.
    pub output: TensorId,
    /// All operators between the stream and what is added.
    pub nodes: BTreeSet<NodeId>,
}

/// One sum of the stream.
#[derive(Debug, Clone)]
pub struct Step {
    pub before: TensorId,
    /// `before` plus what all branches give.
    pub after: TensorId,
    /// More than one where they stand side by side.
    pub branches: Vec<Branch>,
    /// Whether `before` is a normalisation of what the step before it gives.
    pub normalized: bool,
}

/// The longest row of steps of which each goes on from the one before, in order; empty where nothing is
/// added to what it is computed from.
#[must_use]
pub fn stream(view: &View<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = view.nodes().filter_map(|(id, _)| step(view, id)).collect();
    let sums: BTreeMap<TensorId, usize> = steps.iter().enumerate().map(|(at, step)| (step.after, at)).collect();
    let sources: BTreeSet<TensorId> = sums.keys().copied().collect();
    let mut previous: Vec<Option<usize>> = Vec::new();
    let mut length: Vec<usize> = Vec::new();
    for at in 0..steps.len() {
        let Some(step) = steps.get_mut(at) else { break };
        let found = follows(view, step.before, &sources);
        step.normalized = found.is_some_and(|found| found.normalized);
        let known = found.and_then(|found| sums.get(&found.source).copied()).filter(|known| *known < at);
        length.push(known.and_then(|known| length.get(known).copied()).unwrap_or(0) + 1);
        previous.push(known);
    }
    let longest = length.iter().max().copied().unwrap_or(0);
    let mut at = length.iter().rposition(|length| *length == longest);
    let mut chosen = BTreeSet::new();
    while let Some(found) = at {
        chosen.insert(found);
        at = previous.get(found).copied().flatten();
    }
    steps.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, step)| step).collect()
}

/// A sum as a step: one of its terms is computed from the other, by more than numbers of its own.
fn step(view: &View<'_>, id: NodeId) -> Option<Step> {
    let node = view.graph.node(id);
    let after = node.outputs.first().copied().flatten()?;
    let [Some(left), Some(right)] = *node.inputs.as_slice() else { return None };
    let shaped = |term: TensorId| view.is_live(term) && view.dims(term) == view.dims(after);
    let streams = view.is_float(after) && view.dims(after).len() >= 2;
    if node.op != "Add" || left == right || !streams || !shaped(left) || !shaped(right) {
        return None;
    }
    // Topological order says which of the two can be computed from the other.
    let place = |term: TensorId| view.graph.tensor(term).producer;
    let (before, added) = if place(left) < place(right) { (left, right) } else { (right, left) };
    let branches = branches(view, before, added)?;
    Some(Step { before, after, branches, normalized: false })
}

/// What is added, as one branch, or as several that stand side by side.
fn branches(view: &View<'_>, before: TensorId, added: TensorId) -> Option<Vec<Branch>> {
    let mut found = Vec::new();
    let mut open = vec![added];
    while let Some(output) = open.pop() {
        let between = view.between(before, output).filter(|between| between.reached)?;
        match side_by_side(view, before, output) {
            Some(terms) => open.extend(terms),
            None if multiplies(view, &between.nodes) => found.push(Branch { output, nodes: between.nodes }),
            None => return None,
        }
    }
    found.sort_by_key(|branch| branch.output);
    Some(found)
}

/// The two terms of a sum that both come from the stream, neither from the other, and that both multiply by weights.
fn side_by_side(view: &View<'_>, before: TensorId, output: TensorId) -> Option<[TensorId; 2]> {
    let (_, node) = view.made_by(output).filter(|(_, node)| node.op == "Add")?;
    let [Some(left), Some(right)] = *node.inputs.as_slice() else { return None };
    let alike = |term: TensorId| view.is_live(term) && view.dims(term) == view.dims(output);
    if left == right || !alike(left) || !alike(right) {
        return None;
    }
    let nodes = |term: TensorId| {
        let between = view.between(before, term).filter(|between| between.reached)?;
        multiplies(view, &between.nodes).then_some(between.nodes)
    };
    let apart = !view.reaches(left, right) && !view.reaches(right, left);
    let (one, other) = (nodes(left)?, nodes(right)?);
    // What both need is computed once, a normalisation at most: else they are parts of one thing.
    let shared = one.intersection(&other).copied().collect();
    (apart && !multiplies(view, &shared)).then_some([left, right])
}

/// Whether any of the operators multiplies by weights, or multiplies two live tensors.
fn multiplies(view: &View<'_>, nodes: &BTreeSet<NodeId>) -> bool {
    nodes.iter().any(|id| {
        let node = view.graph.node(*id);
        view.multiplied(node).is_some() || node.op == "MatMul"
    })
}
