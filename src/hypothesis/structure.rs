//! The shape of a hypothesis: no circles, nothing that reaches nothing, no two claims to the same
//! path, and a path in the model behind every arrow.

use super::claim::{Arrow, End, EstimateKind, Hypothesis, NodeIx, Part, PathKind, Scheme};
use super::claims::Stated;
use super::model::BoundModel;
use super::pathless::{Grouped, grouped, no_path};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::claims as claim_messages;
use crate::diagnostics::messages::structure::{self as messages, NoPath};
use crate::lower::{Conflict, Ground, Walk};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the structure of a stated hypothesis, as far as it could be bound.
pub fn check(stated: &Stated, root: &str, model: &BoundModel, ground: Ground<'_>, sink: &mut Vec<Diagnostic>) {
    let Stated { claims, spans, .. } = stated;
    // Without outputs the behaviour has a mistake of its own, and nothing can be said of its paths.
    let known = |end: End| end != End::Root || !claims.outputs.is_empty();
    let ends: BTreeSet<End> =
        claims.arrows.iter().map(|arrow| arrow.to).chain([End::Root]).filter(|end| known(*end)).collect();
    let walks: BTreeMap<End, Walk<'_>> = ends.iter().map(|end| (*end, Walk::of(ground, claims, *end))).collect();
    let pathless: Vec<Option<NoPath>> =
        (0..claims.arrows.len()).map(|arrow| pathless(claims, arrow, &walks, model, ground)).collect();
    let (stuck, circle) = circle(claims);
    if let Some(first) = circle.first() {
        let wrong = circle.iter().find(|arrow| pathless[**arrow].is_some()).unwrap_or(first);
        let names = circle.iter().chain([first]).map(|arrow| claims.node(claims.arrows[*arrow].from).name.as_str());
        sink.push(messages::cycle(spans.arrows[*wrong], &names.collect::<Vec<_>>()));
    }
    // Where text could not be read, an arrow might be missing.
    if !sink.iter().any(|finding| finding.code.id.starts_with("A0")) {
        let doubtful = pathless.iter().zip(&claims.arrows).filter(|(why, _)| why.is_some());
        let ends = doubtful.flat_map(|(_, arrow)| [Some(arrow.from), arrow.to.node()]).flatten().collect();
        unreached(stated, root, (&stuck, ends), sink);
    }
    for (end, walk) in &walks {
        conflicts(stated, *end, walk, (root, model), sink);
        ablations(stated, *end, walk, model, sink);
    }
    let told: Vec<usize> = (0..claims.arrows.len()).filter(|arrow| !circle.contains(arrow)).collect();
    for Grouped { arrow, why, others } in grouped(&pathless, &told, model) {
        let (from, to) = (&claims.node(claims.arrows[arrow].from).name, claims.arrows[arrow].to);
        let to = end_name(claims, to, root);
        sink.push(messages::arrow_without_path(spans.arrows[arrow], from, to, &why, others));
    }
    for (index, arrow) in claims.arrows.iter().enumerate().filter(|(index, _)| pathless[*index].is_none()) {
        exceptions(stated, index, arrow, root, ground, sink);
        into_estimates(stated, index, arrow, sink);
    }
}

fn end_name<'a>(claims: &'a Hypothesis, end: End, root: &'a str) -> &'a str {
    match end {
        End::Root => root,
        End::Node(node) => &claims.node(node).name,
    }
}

/// Why an arrow binds no path; `None` if it binds one, or if only another arrow takes it away.
fn pathless(
    claims: &Hypothesis,
    index: usize,
    walks: &BTreeMap<End, Walk<'_>>,
    model: &BoundModel,
    ground: Ground<'_>,
) -> Option<NoPath> {
    let arrow = claims.arrows.get(index)?;
    let walk = walks.get(&arrow.to)?;
    let place = claims.arrows.iter().take(index).filter(|other| other.to == arrow.to).count();
    if walk.sources(place).next().is_some() || binds(claims, arrow, ground) {
        return None;
    }
    let whole = Arrow { terms: None, ..arrow.clone() };
    if arrow.terms.is_some() && binds(claims, &whole, ground) {
        return Some(NoPath::NoSum);
    }
    let bare = Arrow { gates: Vec::new(), except: Vec::new(), terms: None, ..arrow.clone() };
    if (!arrow.gates.is_empty() || !arrow.except.is_empty()) && binds(claims, &bare, ground) {
        let ungated = Arrow { gates: Vec::new(), terms: None, ..arrow.clone() };
        return Some(if binds(claims, &ungated, ground) { NoPath::OtherPorts } else { NoPath::AllExcluded });
    }
    Some(no_path(claims, arrow, model))
}

/// Whether an arrow has a path where it is the only one.
fn binds(claims: &Hypothesis, arrow: &Arrow, ground: Ground<'_>) -> bool {
    let alone = Hypothesis { arrows: vec![arrow.clone()], ..claims.clone() };
    Walk::of(ground, &alone, arrow.to).sources(0).next().is_some()
}

/// The nodes that lie on circles or lead into them, and the arrows of one circle in order.
fn circle(claims: &Hypothesis) -> (BTreeSet<NodeIx>, Vec<usize>) {
    let mut stuck: BTreeSet<NodeIx> = (0..claims.nodes.len()).map(NodeIx).collect();
    let next = |node: NodeIx, stuck: &BTreeSet<NodeIx>| {
        claims
            .arrows
            .iter()
            .position(|arrow| arrow.from == node && arrow.to.node().is_some_and(|to| stuck.contains(&to)))
    };
    while let Some(free) = stuck.iter().copied().find(|node| next(*node, &stuck).is_none()) {
        stuck.remove(&free);
    }
    let mut walk: Vec<usize> = Vec::new();
    let mut at = stuck.first().copied();
    while let Some(node) = at {
        if let Some(start) = walk.iter().position(|arrow| claims.arrows[*arrow].from == node) {
            return (stuck, walk.split_off(start));
        }
        let Some(arrow) = next(node, &stuck) else { break };
        walk.push(arrow);
        at = claims.arrows[arrow].to.node();
    }
    (stuck, Vec::new())
}

/// `doubtful` are the ends of arrows without a path: another arrow might be meant.
fn unreached(
    stated: &Stated,
    root: &str,
    (stuck, doubtful): (&BTreeSet<NodeIx>, BTreeSet<NodeIx>),
    sink: &mut Vec<Diagnostic>,
) {
    let Stated { claims, spans, in_doubt, .. } = stated;
    let mut reaching: BTreeSet<NodeIx> = in_doubt.union(&doubtful).copied().collect();
    let mut open: Vec<End> = reaching.clone().iter().map(|node| End::Node(*node)).chain([End::Root]).collect();
    while let Some(end) = open.pop() {
        for source in claims.sources(end) {
            if reaching.insert(source) {
                open.push(End::Node(source));
            }
        }
    }
    for (index, (name, _)) in spans.nodes.iter().enumerate() {
        let node = NodeIx(index);
        if !reaching.contains(&node) && !stuck.contains(&node) {
            sink.push(messages::reaches_nothing(*name, &claims.node(node).name, root));
        }
    }
}

/// Two arrows into one end that claim one path, once for each pair.
fn conflicts(
    stated: &Stated,
    end: End,
    walk: &Walk<'_>,
    (root, model): (&str, &BoundModel),
    sink: &mut Vec<Diagnostic>,
) {
    let Stated { claims, spans, .. } = stated;
    let own: Vec<usize> = (0..claims.arrows.len()).filter(|arrow| claims.arrows[*arrow].to == end).collect();
    let mut met: BTreeMap<(usize, usize), Vec<&Part>> = BTreeMap::new();
    for Conflict { arrow, other, at } in walk.conflicts() {
        let (Some(near), Some(far)) = (own.get(*arrow).copied(), own.get(*other).copied()) else { continue };
        met.entry((near, far)).or_default().push(at);
    }
    for ((near, far), at) in &met {
        let (near, far) = (*near, *far);
        if near > far && met.contains_key(&(far, near)) {
            continue;
        }
        let name = |index: usize| claims.node(claims.arrows[index].from).name.as_str();
        let shared = claims.arrows[near].source.iter().any(|part| {
            let theirs = claims.arrows[far].source.iter();
            theirs.into_iter().any(|other| other.tensor == part.tensor && other.region.overlaps(&part.region))
        });
        let to = end_name(claims, end, root);
        if shared {
            let (first, again) = (near.min(far), near.max(far));
            sink.push(messages::arrows_conflict(
                spans.arrows[again],
                name(again),
                spans.arrows[first],
                name(first),
                to,
            ));
        } else {
            let except: Option<BTreeSet<String>> = at.iter().map(|part| model.describe(part)).collect();
            let except = except.map(|regions| regions.into_iter().collect::<Vec<_>>().join(", "));
            let fix = except.filter(|_| claims.arrows[far].terms.is_none());
            let has_exceptions = !claims.arrows[far].except.is_empty();
            let places = (spans.arrows[far], spans.arrows[near]);
            let names = (name(far), name(near));
            sink.push(messages::source_on_path(places, names, to, fix.as_deref(), has_exceptions));
        }
    }
}

/// Numbers can take the place of real activations only.
fn ablations(stated: &Stated, end: End, walk: &Walk<'_>, model: &BoundModel, sink: &mut Vec<Diagnostic>) {
    let claims = &stated.claims;
    let ports = end.node().map_or(&[][..], |node| &claims.node(node).ports);
    let schemes: Vec<Scheme> =
        std::iter::once(claims.scheme(end)).chain(ports.iter().map(|(_, scheme)| *scheme)).collect();
    for (part, scheme) in walk.components() {
        let replaces = matches!(schemes.get(scheme), Some(Scheme::Mean(_) | Scheme::Constant(_)));
        if !replaces || model.is_float(part.tensor) {
            continue;
        }
        let own = |(node, _): &&(Option<NodeIx>, Span)| node.is_some() && *node == end.node();
        let all = |(node, _): &&(Option<NodeIx>, Span)| node.is_none();
        let ablations = &stated.spans.ablations;
        let place = ablations.iter().find(own).or_else(|| ablations.iter().find(all));
        let span = place.map_or(stated.spans.name, |(_, span)| *span);
        let label = model.describe(&part).unwrap_or_default();
        sink.push(claim_messages::ablation_reaches_integers(span, &label));
        return;
    }
}

/// Exceptions that no path of an arrow meets.
fn exceptions(
    stated: &Stated,
    index: usize,
    arrow: &Arrow,
    root: &str,
    ground: Ground<'_>,
    sink: &mut Vec<Diagnostic>,
) {
    let claims = &stated.claims;
    for (part, span) in arrow.except.iter().zip(&stated.spans.exceptions[index]) {
        let below = Arrow { source: vec![part.clone()], except: Vec::new(), ..arrow.clone() };
        let met = arrow.paths == PathKind::All && binds(claims, &below, ground) && above(claims, arrow, part, ground);
        if !met {
            let from = &claims.node(arrow.from).name;
            sink.push(claim_messages::exception_unmet(*span, from, end_name(claims, arrow.to, root)));
        }
    }
}

/// Whether the source of an arrow lies above a part.
fn above(claims: &Hypothesis, arrow: &Arrow, part: &super::claim::Part, ground: Ground<'_>) -> bool {
    let shares = |source: &super::claim::Part| source.tensor == part.tensor && source.region.overlaps(&part.region);
    // The walk of an arrow ends at its source, whatever it excludes there.
    if arrow.source.iter().any(shares) {
        return false;
    }
    let way = Arrow { target: Vec::new(), gates: Vec::new(), except: Vec::new(), terms: None, ..arrow.clone() };
    let mut alone = Hypothesis { arrows: vec![way], ..claims.clone() };
    let End::Node(node) = arrow.to else {
        alone.arrows[0].to = End::Node(NodeIx(alone.nodes.len()));
        let computes = super::claim::Computes::Any;
        alone.nodes.push(super::claim::Node::new("", part.tensor, part.region.clone(), computes));
        return Walk::of(ground, &alone, alone.arrows[0].to).sources(0).next().is_some();
    };
    alone.nodes[node.0].parts = vec![part.clone()];
    alone.nodes[node.0].ports = Vec::new();
    alone.nodes[node.0].estimate = None;
    Walk::of(ground, &alone, arrow.to).sources(0).next().is_some()
}

/// An estimate by an expression reads no activations that an arrow could change.
fn into_estimates(stated: &Stated, index: usize, arrow: &Arrow, sink: &mut Vec<Diagnostic>) {
    let End::Node(node) = arrow.to else { return };
    let target = stated.claims.node(node);
    if let Some(EstimateKind::Expression(_)) = target.estimate.as_ref().map(|estimate| &estimate.kind) {
        let declared = stated.spans.nodes[node.0].0;
        sink.push(claim_messages::estimate_with_arrow(stated.spans.arrows[index], &target.name, declared));
    }
}
