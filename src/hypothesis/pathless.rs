//! Why an arrow has no path in the model.

use super::claim::{Arrow, End, Hypothesis, Part, PathKind};
use super::model::{BoundModel, Component};
use crate::diagnostics::messages::structure::NoPath;
use crate::lower::{Reach, closed};
use crate::model::{Paths, Region, TensorId};
use std::collections::BTreeSet;

/// An arrow without a path, with how many others are so for the same reason.
#[derive(Debug)]
pub struct Grouped {
    pub arrow: usize,
    pub why: NoPath,
    pub others: usize,
}

/// Arrows without paths; those from one family that one other family stands in the way of are one
/// finding, since it is the map that is wrong.
pub fn grouped(pathless: &[Option<NoPath>], told: &[usize], model: &BoundModel) -> Vec<Grouped> {
    let mut found: Vec<(Option<BTreeSet<&str>>, Grouped)> = Vec::new();
    for arrow in told {
        let Some(why) = pathless.get(*arrow).and_then(Option::as_ref) else { continue };
        let family = match why {
            NoPath::Blocked(names) => Some(names.iter().map(|name| family_of(name, model)).collect::<BTreeSet<_>>()),
            _ => None,
        };
        let known =
            found.iter_mut().find(|(other, _)| family.as_ref().is_some_and(|own| own.len() == 1) && *other == family);
        match known {
            Some((_, first)) => first.others += 1,
            None => found.push((family, Grouped { arrow: *arrow, why: why.clone(), others: 0 })),
        }
    }
    found.into_iter().map(|(_, grouped)| grouped).collect()
}

fn family_of<'a>(label: &'a str, model: &'a BoundModel) -> &'a str {
    let found = model.components.iter().find(|component| component.label() == label);
    found.map_or(label, |component| component.family.as_str())
}

/// Why an arrow that has no path has none.
pub fn no_path(claims: &Hypothesis, arrow: &Arrow, model: &BoundModel) -> NoPath {
    let map = model.map();
    let ends = ends(claims, arrow, model);
    let targets: Vec<TensorId> = ends.iter().map(|part| part.tensor).collect();
    let sources: BTreeSet<TensorId> = arrow.source.iter().map(|part| part.tensor).collect();
    let paths = Paths::new(map.graph);
    let above: BTreeSet<TensorId> = targets.iter().flat_map(|target| paths.upstream(*target)).collect();
    let connected = sources.iter().any(|source| above.contains(source) && !targets.contains(source));
    let reach = Reach::from(map, sources.iter().copied());
    if arrow.paths == PathKind::All && connected || targets.iter().any(|target| reach.above(map, *target)) {
        return NoPath::OtherParts;
    }
    let below: BTreeSet<TensorId> = sources.iter().flat_map(|source| paths.upstream(*source)).collect();
    if targets.iter().any(|target| !sources.contains(target) && below.contains(target)) {
        return NoPath::Backwards;
    }
    let blocked: BTreeSet<TensorId> = model.regions.keys().copied().filter(|tensor| closed(map, *tensor)).collect();
    let met: BTreeSet<TensorId> =
        sources.iter().flat_map(|source| paths.direct(*source, &targets, &blocked).err().unwrap_or_default()).collect();
    let names: Vec<String> = model
        .components
        .iter()
        .filter(|found| found.cuts && met.contains(&found.tensor))
        .map(Component::label)
        .collect();
    if names.is_empty() { NoPath::Unrelated } else { NoPath::Blocked(names) }
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
