//! The hypothesis with one claim changed: what an adversary could do, and what an author might have
//! missed.

use super::{Change, Kind, Partition, Variation, is_sound};
use crate::data::Dataset;
use crate::feature::{Kind as Expression, Typed};
use crate::hypothesis::{
    Arrow, BoundModel, ClassMap, Computes, End, FeatureIx, Hypothesis, JointClasses, NodeIx, Ready, Scheme, Stated,
    classes_on,
};
use crate::lower::Ground;
use crate::sample::Classes;
use crate::source::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a hypothesis stands: its data, its model, and other claims about the same data.
#[expect(missing_debug_implementations, reason = "holds what Ground holds")]
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub datasets: &'a [&'a Dataset],
    pub model: &'a BoundModel,
    pub ground: Ground<'a>,
    /// Hypotheses about the same model and data, this one among them.
    pub others: &'a [&'a Ready],
}

/// Every hypothesis that differs from this one in one claim: an arrow dropped, a class made coarser or
/// finer, a draw split. In the order of the file.
#[must_use]
pub fn changes(ready: &Ready, around: Around<'_>) -> Vec<Variation> {
    let stated = &ready.stated;
    let claims = &stated.claims;
    let mut found = Vec::new();
    for arrow in 0..claims.arrows.len() {
        found.push(without(claims, arrow));
        found.extend(ports_apart(claims, arrow, around));
    }
    for node in (0..claims.nodes.len()).map(NodeIx) {
        found.extend(coarser(ready, node, around));
        found.extend(finer(ready, node, around));
        found.extend(parts_apart(claims, node, around));
    }
    let ends = std::iter::once(End::Root).chain((0..claims.nodes.len()).map(|node| End::Node(NodeIx(node))));
    found.extend(ends.filter_map(|end| apart(claims, end)));
    found
}

fn changed(change: Change, claims: Hypothesis) -> Variation {
    Variation::new(Kind::Changed(change), claims)
}

fn without(claims: &Hypothesis, arrow: usize) -> Variation {
    let mut other = claims.clone();
    other.arrows.remove(arrow);
    changed(Change::Without(arrow), other)
}

/// Of one port each; of a source's draw each its own.
fn ports_apart(claims: &Hypothesis, at: usize, around: Around<'_>) -> Option<Variation> {
    let arrow = claims.arrows.get(at)?;
    if arrow.gates.len() < 2 || draws_nothing(claims, arrow.from) {
        return None;
    }
    let mut other = claims.clone();
    let single = arrow.gates.iter().map(|gate| Arrow { gates: vec![gate.clone()], ..arrow.clone() });
    other.arrows.splice(at..=at, single);
    is_sound(&other, around.model, around.ground).then(|| changed(Change::PortsApart(at), other))
}

/// Whether a node is given no row of its own.
fn draws_nothing(claims: &Hypothesis, node: NodeIx) -> bool {
    matches!(claims.node(node).computes, Computes::Exact | Computes::Mean { .. } | Computes::Constant(_))
}

/// Each part of a leaf is a node of its own.
fn parts_apart(claims: &Hypothesis, at: NodeIx, around: Around<'_>) -> Option<Variation> {
    let node = claims.node(at);
    let is_leaf = claims.arrows_into(End::Node(at)).next().is_none();
    if node.parts.len() < 2 || !is_leaf || node.estimate.is_some() || draws_nothing(claims, at) {
        return None;
    }
    let mut other = claims.clone();
    let first = other.nodes.len();
    for (part, own) in node.parts.iter().enumerate() {
        let mut single = node.clone();
        single.parts = vec![own.clone()];
        if let Computes::Elementwise { feature, axes } = &node.computes {
            single.computes = Computes::Elementwise { feature: *feature, axes: vec![*axes.get(part)?] };
        }
        other.nodes.push(single);
    }
    let of_parts = |arrow: Arrow| {
        if arrow.from != at {
            return vec![arrow];
        }
        let one = |(part, own): (usize, &crate::hypothesis::Part)| {
            let inside =
                |source: &&crate::hypothesis::Part| source.tensor == own.tensor && own.region.contains(&source.region);
            let source: Vec<_> = arrow.source.iter().filter(inside).cloned().collect();
            (!source.is_empty()).then(|| Arrow { from: NodeIx(first + part), source, ..arrow.clone() })
        };
        node.parts.iter().enumerate().filter_map(one).collect()
    };
    other.arrows = std::mem::take(&mut other.arrows).into_iter().flat_map(of_parts).collect();
    is_sound(&other, around.model, around.ground).then(|| changed(Change::PartsApart(at), other))
}

/// What is unclaimed of an end that draws one row for all of it.
fn apart(claims: &Hypothesis, end: End) -> Option<Variation> {
    let is_opened = end == End::Root || claims.arrows_into(end).next().is_some();
    if !is_opened || claims.scheme(end) != Scheme::Any {
        return None;
    }
    let mut other = claims.clone();
    match end {
        End::Root => other.unclaimed = Scheme::Apart,
        End::Node(node) => other.nodes[node.0].unclaimed = Scheme::Apart,
    }
    Some(changed(Change::Apart(end), other))
}

/// The feature of a node's claim.
fn feature_of(claims: &Hypothesis, node: NodeIx) -> Option<FeatureIx> {
    match claims.node(node).computes {
        Computes::Feature(feature) | Computes::Elementwise { feature, .. } => Some(feature),
        _ => None,
    }
}

fn coarser(ready: &Ready, node: NodeIx, around: Around<'_>) -> Vec<Variation> {
    let claims = &ready.stated.claims;
    let mut found = Vec::new();
    let Some(feature) = feature_of(claims, node) else {
        return found;
    };
    let mut nothing = claims.clone();
    nothing.nodes[node.0].computes = Computes::Any;
    found.push(changed(Change::Nothing(node), nothing));
    let parts = &ready.stated.features[feature.0];
    for left_out in 0..if parts.len() > 1 { parts.len() } else { 0 } {
        let mut fewer = parts.clone();
        fewer.remove(left_out);
        found.extend(evaluated(ready, node, &fewer, around, Change::WithoutPart(node, left_out)));
    }
    found
}

fn finer(ready: &Ready, node: NodeIx, around: Around<'_>) -> Vec<Variation> {
    let stated = &ready.stated;
    let mut found: Vec<Variation> = Vec::new();
    let Some(feature) = feature_of(&stated.claims, node) else { return found };
    if let [only] = stated.features[feature.0].as_slice()
        && let Some(operands) = operands(only)
    {
        found.extend(evaluated(ready, node, &operands, around, Change::Operands(node)));
    }
    let rows: Vec<usize> = around.datasets.iter().map(|dataset| dataset.rows).collect();
    let own: Vec<(Option<usize>, &JointClasses)> = classes_of(&ready.classes, feature);
    let mut known: Vec<Vec<Partition>> = Vec::new();
    for (span, other) in candidates(around.others) {
        let both: Vec<Partition> = own.iter().map(|(_, own)| Partition::of_both(*own, other, &rows)).collect();
        let splits = both.iter().zip(&own).any(|(both, (_, own))| both.count() > own.count());
        if !splits || known.contains(&both) {
            continue;
        }
        let pairs = own.iter().map(|(element, _)| *element).zip(both.clone());
        let classes = pairs.map(|(element, both)| (element, Arc::new(both) as Arc<dyn Classes + Send>));
        found.push(with_classes(stated, node, classes.collect(), Change::Also(node, span)));
        known.push(both);
    }
    found
}

/// `a and b`, `a or b`: the two of them.
fn operands(expression: &Typed) -> Option<Vec<Typed>> {
    match &expression.kind {
        Expression::Logic { left, right, .. } => Some(vec![(**left).clone(), (**right).clone()]),
        Expression::Feature { body, .. } => operands(body),
        _ => None,
    }
}

/// The classes without positions that claims about these data have, each once, with its place.
fn candidates<'a>(others: &[&'a Ready]) -> Vec<(Span, &'a JointClasses)> {
    let mut found: Vec<(Span, &JointClasses)> = Vec::new();
    for ready in others {
        for ((feature, element), classes) in &ready.classes {
            let is_new = !found.iter().any(|(_, known)| known.of_row == classes.of_row);
            if let (None, true, Some(span)) = (element, is_new, ready.stated.spans.features.get(feature.0)) {
                found.push((*span, classes));
            }
        }
    }
    found
}

fn classes_of(classes: &ClassMap, feature: FeatureIx) -> Vec<(Option<usize>, &JointClasses)> {
    classes.iter().filter(|((own, _), _)| *own == feature).map(|((_, element), found)| (*element, found)).collect()
}

/// With another feature in a node's claim; `None` where it cannot be evaluated on the data.
fn evaluated(ready: &Ready, node: NodeIx, parts: &[Typed], around: Around<'_>, change: Change) -> Option<Variation> {
    let feature = feature_of(&ready.stated.claims, node)?;
    let elements: Vec<Option<usize>> =
        classes_of(&ready.classes, feature).into_iter().map(|(element, _)| element).collect();
    // An element of a feature that lacks the axis has no class of its own.
    if elements != [None] && parts.iter().all(|part| part.ty.dims.is_empty()) {
        return None;
    }
    let found = classes_on(parts, around.datasets, &elements).ok()?;
    let classes = elements.into_iter().zip(found);
    let classes = classes.map(|(element, found)| (element, Arc::new(found) as Arc<dyn Classes + Send>));
    Some(with_classes(&ready.stated, node, classes.collect(), change))
}

fn with_classes(
    stated: &Stated,
    node: NodeIx,
    classes: BTreeMap<Option<usize>, Arc<dyn Classes + Send>>,
    change: Change,
) -> Variation {
    let mut other = stated.claims.clone();
    let own = FeatureIx(stated.features.len());
    match &mut other.nodes[node.0].computes {
        Computes::Feature(feature) | Computes::Elementwise { feature, .. } => *feature = own,
        _ => {}
    }
    let classes = classes.into_iter().map(|(element, classes)| ((own, element), classes)).collect();
    Variation { classes, ..changed(change, other) }
}
