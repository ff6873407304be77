//! Normalisations, whether one operator or written out, and other steps from one stream tensor to the next that add
//! nothing to it.

use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

/// Operators that normalise.
const WHOLE: &[&str] = &["LayerNormalization", "RMSNormalization", "BatchNormalization", "InstanceNormalization"];
/// Operators of normalisations that are written out.
const PARTS: &[&str] = &[
    "Add",
    "Cast",
    "Div",
    "Dropout",
    "Identity",
    "Mul",
    "Pow",
    "ReduceL2",
    "ReduceMean",
    "ReduceSum",
    "ReduceSumSquare",
    "Reciprocal",
    "Reshape",
    "Sqrt",
    "Sub",
];
/// The most operators of one that is written out.
const MOST: usize = 40;

/// How a tensor follows from an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follows {
    pub source: TensorId,
    /// It is normalised; else it is the same in another form or times a constant.
    pub normalized: bool,
}

/// A tensor as a normalisation, or another form, of one of `sources`; `None` if it is anything else.
#[must_use]
pub fn follows(view: &View<'_>, tensor: TensorId, sources: &BTreeSet<TensorId>) -> Option<Follows> {
    let (mut seen, mut open) = (BTreeSet::from([tensor]), vec![tensor]);
    let (mut reduced, mut root, mut whole, mut sums) = (false, false, false, false);
    let mut met: Option<TensorId> = None;
    while let Some(tensor) = open.pop() {
        if sources.contains(&tensor) {
            if met.is_some_and(|met| met != tensor) {
                return None;
            }
            met = Some(tensor);
            continue;
        }
        let (_, node) = view.made_by(tensor)?;
        if seen.len() > MOST || !view.goes_on() {
            return None;
        }
        let op = node.op.as_str();
        let is_whole = WHOLE.contains(&op);
        if !is_whole && !PARTS.contains(&op) {
            return None;
        }
        whole |= is_whole;
        reduced |= op.starts_with("Reduce");
        root |= matches!(op, "Sqrt" | "ReduceL2" | "Pow");
        let live = node.inputs.iter().flatten().filter(|input| view.is_live(**input));
        sums |= !is_whole && live.clone().count() > 1;
        open.extend(live.filter(|input| seen.insert(**input)));
    }
    let normalized = whole || (reduced && root);
    // A sum or product of a tensor with itself that is no normalisation is something else.
    let source = met.filter(|_| normalized || !sums)?;
    Some(Follows { source, normalized })
}

/// The normalisation of a tensor: what is furthest behind it and nothing else.
#[must_use]
pub fn normalization_of(view: &View<'_>, tensor: TensorId) -> Option<TensorId> {
    let sources = BTreeSet::from([tensor]);
    let (mut seen, mut open) = (BTreeSet::<NodeId>::new(), vec![tensor]);
    let mut best: Option<(NodeId, TensorId)> = None;
    while let Some(tensor) = open.pop() {
        for (id, node) in view.readers(tensor) {
            if seen.len() > MOST || !seen.insert(id) {
                continue;
            }
            let Some(output) = node.outputs.first().copied().flatten() else { continue };
            if !WHOLE.contains(&node.op.as_str()) && !PARTS.contains(&node.op.as_str()) {
                continue;
            }
            open.push(output);
            let same = view.dims(output) == view.dims(*sources.first()?);
            let is_form = view.form_of(output).is_some();
            let normal = || follows(view, output, &sources).is_some_and(|found| found.normalized);
            if same && !is_form && best.is_none_or(|(known, _)| known < id) && normal() {
                best = Some((id, output));
            }
        }
    }
    best.map(|(_, output)| output)
}
