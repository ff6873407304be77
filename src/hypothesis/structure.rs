//! The shape of a hypothesis: no circles, nothing that reaches nothing, no two claims to the same
//! elements, and a direct path in the model behind every arrow.

use super::claim::{Arrow, End, Hypothesis, NodeIx};
use super::claims::{Spans, Stated};
use super::model::BoundModel;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::structure::{self as messages, NoPath};
use crate::lower::{Reach, closed, direct_demand, row_shape};
use crate::model::{Paths, Region, TensorId};
use std::collections::BTreeSet;

/// Checks the structure of a stated hypothesis. Unless it is `complete`, some node or arrow has been
/// reported already, and what reaches the root is not known.
pub fn check(stated: &Stated, root: &str, model: &BoundModel, complete: bool, sink: &mut Vec<Diagnostic>) {
    let Stated { claims, spans, .. } = stated;
    let circle = cycle(claims, spans, sink);
    if complete {
        unreached(claims, spans, root, &circle, sink);
    }
    conflicts(claims, spans, root, sink);
    for (arrow, span) in claims.arrows.iter().zip(&spans.arrows) {
        if let Some(why) = no_path(claims, *arrow, model) {
            let from = &claims.node(arrow.from).name;
            sink.push(messages::arrow_without_path(*span, from, end_name(claims, arrow.to, root), &why));
        }
    }
}

fn end_name<'a>(claims: &'a Hypothesis, end: End, root: &'a str) -> &'a str {
    match end {
        End::Root => root,
        End::Node(node) => &claims.node(node).name,
    }
}

/// Reports one circle, if there is one, and gives the nodes that lie on circles or lead into them.
fn cycle(claims: &Hypothesis, spans: &Spans, sink: &mut Vec<Diagnostic>) -> BTreeSet<NodeIx> {
    let nodes: BTreeSet<NodeIx> = (0..claims.nodes.len()).map(NodeIx).collect();
    let mut left = nodes;
    let targets = |node: NodeIx| {
        claims.arrows.iter().filter(move |arrow| arrow.from == node).filter_map(|arrow| match arrow.to {
            End::Node(to) => Some(to),
            End::Root => None,
        })
    };
    while let Some(free) = left.iter().copied().find(|node| !targets(*node).any(|to| left.contains(&to))) {
        left.remove(&free);
    }
    let Some(start) = left.first().copied() else { return left };
    let mut walk = vec![start];
    loop {
        let last = walk.last().copied().unwrap_or(start);
        let Some(next) = targets(last).find(|to| left.contains(to)) else { return left };
        if let Some(first) = walk.iter().position(|node| *node == next) {
            let circle: Vec<&str> =
                walk[first..].iter().chain([&next]).map(|node| claims.node(*node).name.as_str()).collect();
            let closing = claims.arrows.iter().position(|arrow| *arrow == Arrow { from: last, to: End::Node(next) });
            let span = closing.and_then(|at| spans.arrows.get(at).copied()).unwrap_or(spans.name);
            sink.push(messages::cycle(span, &circle));
            return left;
        }
        walk.push(next);
    }
}

fn unreached(claims: &Hypothesis, spans: &Spans, root: &str, circle: &BTreeSet<NodeIx>, sink: &mut Vec<Diagnostic>) {
    let mut reaching: BTreeSet<NodeIx> = BTreeSet::new();
    let mut open = vec![End::Root];
    while let Some(end) = open.pop() {
        for source in claims.sources(end) {
            if reaching.insert(source) {
                open.push(End::Node(source));
            }
        }
    }
    for (index, (name, _)) in spans.nodes.iter().enumerate() {
        let node = NodeIx(index);
        if !reaching.contains(&node) && !circle.contains(&node) {
            sink.push(messages::reaches_nothing(*name, &claims.node(node).name, root));
        }
    }
}

/// Two arrows into one end whose sources share elements.
fn conflicts(claims: &Hypothesis, spans: &Spans, root: &str, sink: &mut Vec<Diagnostic>) {
    for (index, arrow) in claims.arrows.iter().enumerate() {
        let node = claims.node(arrow.from);
        for (earlier, other) in claims.arrows.iter().enumerate().take(index) {
            let with = claims.node(other.from);
            if other.to == arrow.to && with.tensor == node.tensor && with.region.overlaps(&node.region) {
                let to = end_name(claims, arrow.to, root);
                sink.push(messages::arrows_conflict(
                    spans.arrows[index],
                    &node.name,
                    spans.arrows[earlier],
                    &with.name,
                    to,
                ));
                break;
            }
        }
    }
}

/// Why an arrow has no direct path; `None` if it has one.
fn no_path(claims: &Hypothesis, arrow: Arrow, model: &BoundModel) -> Option<NoPath> {
    let source = claims.node(arrow.from).tensor;
    let map = model.map();
    let ends: Vec<(TensorId, Region)> = match arrow.to {
        End::Root => {
            claims.outputs.iter().map(|tensor| (*tensor, Region::whole(row_shape(map, *tensor).len()))).collect()
        }
        End::Node(node) => vec![(claims.node(node).tensor, claims.node(node).region.clone())],
    };
    let targets: Vec<TensorId> = ends.iter().map(|(tensor, _)| *tensor).collect();
    // An output of the model that is a component is its own source.
    let own = ends.iter().any(|(target, region)| *target == source && region.overlaps(&claims.node(arrow.from).region));
    if own && arrow.to == End::Root {
        return None;
    }
    let reach = Reach::from(map, [source]);
    if targets.iter().any(|target| reach.above(map, *target)) {
        let read = direct_demand(map, &ends);
        let reads = read.get(&source).is_some_and(|region| region.overlaps(&claims.node(arrow.from).region));
        return (!reads).then_some(NoPath::OtherParts);
    }
    let paths = Paths::new(map.graph);
    if targets.iter().any(|target| *target != source && paths.upstream(source).contains(target)) {
        return Some(NoPath::Backwards);
    }
    let blocked: BTreeSet<TensorId> = model.regions.keys().copied().filter(|tensor| closed(map, *tensor)).collect();
    let met = paths.direct(source, &targets, &blocked).err().unwrap_or_default();
    let names: Vec<String> = model
        .components
        .iter()
        .filter(|found| met.contains(&found.tensor))
        .map(super::model::Component::label)
        .collect();
    if names.is_empty() { Some(NoPath::Unrelated) } else { Some(NoPath::Blocked(names)) }
}
