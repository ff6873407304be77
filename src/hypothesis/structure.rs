//! The shape of a hypothesis: no circles, nothing that reaches nothing, no two claims to the same
//! elements, and a direct path in the model behind every arrow.

use super::claim::{Arrow, End, Hypothesis, NodeIx, Part, PathKind};
use super::claims::{Spans, Stated};
use super::model::BoundModel;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::structure::{self as messages, NoPath};
use crate::lower::{Reach, closed, demand, direct_demand, row_shape};
use crate::model::{Paths, Region, TensorId};
use std::collections::BTreeSet;

/// Checks the structure of a stated hypothesis, as far as it could be bound.
pub fn check(stated: &Stated, root: &str, model: &BoundModel, sink: &mut Vec<Diagnostic>) {
    let Stated { claims, spans, .. } = stated;
    // Without outputs the behaviour has a mistake of its own, and nothing can be said of its paths.
    let known = |arrow: &Arrow| arrow.to != End::Root || !claims.outputs.is_empty();
    let pathless: Vec<Option<NoPath>> =
        claims.arrows.iter().map(|arrow| known(arrow).then(|| no_path(claims, arrow, model)).flatten()).collect();
    let (stuck, circle) = circle(claims);
    if let Some(first) = circle.first() {
        let wrong = circle.iter().find(|arrow| pathless[**arrow].is_some()).unwrap_or(first);
        let names = circle.iter().chain([first]).map(|arrow| claims.node(claims.arrows[*arrow].from).name.as_str());
        sink.push(messages::cycle(spans.arrows[*wrong], &names.collect::<Vec<_>>()));
    }
    // Where text could not be read, an arrow might be missing.
    if !sink.iter().any(|finding| finding.code.id.starts_with("A0")) {
        unreached(stated, root, &stuck, sink);
    }
    conflicts(claims, spans, root, sink);
    for (index, why) in pathless.iter().enumerate() {
        let arrow = &claims.arrows[index];
        if let Some(why) = why.as_ref().filter(|_| !circle.contains(&index)) {
            let from = &claims.node(arrow.from).name;
            sink.push(messages::arrow_without_path(spans.arrows[index], from, end_name(claims, arrow.to, root), why));
        }
    }
}

fn end_name<'a>(claims: &'a Hypothesis, end: End, root: &'a str) -> &'a str {
    match end {
        End::Root => root,
        End::Node(node) => &claims.node(node).name,
    }
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

fn unreached(stated: &Stated, root: &str, stuck: &BTreeSet<NodeIx>, sink: &mut Vec<Diagnostic>) {
    let Stated { claims, spans, in_doubt, .. } = stated;
    let mut reaching: BTreeSet<NodeIx> = in_doubt.clone();
    let mut open: Vec<End> = in_doubt.iter().map(|node| End::Node(*node)).chain([End::Root]).collect();
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

/// Two arrows into one end whose sources share elements, and whose paths can be the same.
fn conflicts(claims: &Hypothesis, spans: &Spans, root: &str, sink: &mut Vec<Diagnostic>) {
    for (index, arrow) in claims.arrows.iter().enumerate() {
        for (earlier, other) in claims.arrows.iter().enumerate().take(index) {
            if other.to == arrow.to && share(&arrow.source, &other.source) && meet(arrow, other) {
                let to = end_name(claims, arrow.to, root);
                sink.push(messages::arrows_conflict(
                    spans.arrows[index],
                    &claims.node(arrow.from).name,
                    spans.arrows[earlier],
                    &claims.node(other.from).name,
                    to,
                ));
                break;
            }
        }
    }
}

/// Whether two lists of parts share elements.
fn share(one: &[Part], other: &[Part]) -> bool {
    one.iter().any(|part| other.iter().any(|with| with.tensor == part.tensor && with.region.overlaps(&part.region)))
}

/// Whether the targets and the gates of two arrows let one path through.
fn meet(one: &Arrow, other: &Arrow) -> bool {
    let both = |one: &[Part], other: &[Part]| one.is_empty() || other.is_empty() || share(one, other);
    both(&one.target, &other.target) && both(&one.gates, &other.gates)
}

/// Why an arrow has no path of its kind; `None` if it has one.
fn no_path(claims: &Hypothesis, arrow: &Arrow, model: &BoundModel) -> Option<NoPath> {
    let map = model.map();
    let ends = ends(claims, arrow, model);
    // An output of the model that is a component is its own source.
    if arrow.to == End::Root && share(&arrow.source, &ends) {
        return None;
    }
    let targets: Vec<TensorId> = ends.iter().map(|part| part.tensor).collect();
    let sources: BTreeSet<TensorId> = arrow.source.iter().map(|part| part.tensor).collect();
    let paths = Paths::new(map.graph);
    let above: BTreeSet<TensorId> = targets.iter().flat_map(|target| paths.upstream(*target)).collect();
    let connected = sources.iter().any(|source| above.contains(source) && !targets.contains(source));
    let direct = arrow.paths == PathKind::Direct;
    let reach = Reach::from(map, sources.iter().copied());
    if (!direct && connected) || targets.iter().any(|target| reach.above(map, *target)) {
        let boxes: Vec<(TensorId, Region)> = ends.into_iter().map(|part| (part.tensor, part.region)).collect();
        let read = match arrow.paths {
            PathKind::Direct => direct_demand(map, &boxes),
            PathKind::All => demand(map.graph, &|tensor| Some(row_shape(map, tensor)), &boxes, &|_| true),
        };
        let reads = |part: &Part| read.get(&part.tensor).is_some_and(|region| region.overlaps(&part.region));
        return (!arrow.source.iter().any(reads)).then_some(NoPath::OtherParts);
    }
    let below: BTreeSet<TensorId> = sources.iter().flat_map(|source| paths.upstream(*source)).collect();
    if targets.iter().any(|target| !sources.contains(target) && below.contains(target)) {
        return Some(NoPath::Backwards);
    }
    let blocked: BTreeSet<TensorId> = model.regions.keys().copied().filter(|tensor| closed(map, *tensor)).collect();
    let met: BTreeSet<TensorId> =
        sources.iter().flat_map(|source| paths.direct(*source, &targets, &blocked).err().unwrap_or_default()).collect();
    let names: Vec<String> = model
        .components
        .iter()
        .filter(|found| found.cuts && met.contains(&found.tensor))
        .map(super::model::Component::label)
        .collect();
    if names.is_empty() || !direct { Some(NoPath::Unrelated) } else { Some(NoPath::Blocked(names)) }
}

/// The parts that the paths of an arrow end in.
fn ends(claims: &Hypothesis, arrow: &Arrow, model: &BoundModel) -> Vec<Part> {
    match arrow.to {
        End::Node(_) if !arrow.target.is_empty() => arrow.target.clone(),
        End::Node(node) => claims.node(node).parts.clone(),
        End::Root => {
            let whole = |tensor: &TensorId| Part { tensor: *tensor, region: Region::whole(model.shape(*tensor).len()) };
            claims.outputs.iter().map(whole).collect()
        }
    }
}
