//! Boxes for the walk: cutting a box along others, and the attention sums whose terms are claimed.

use super::map::Map;
use super::state::{Entry, Outcome, State};
use crate::hypothesis::{Arrow, Part};
use crate::model::{Node, NodeId, Paths, Region, TensorId};
use std::collections::BTreeMap;

/// Boxes of one tensor, each once.
#[derive(Debug)]
pub struct Bounds {
    tensor: TensorId,
    regions: Vec<Region>,
}

impl Bounds {
    #[must_use]
    pub fn new(tensor: TensorId) -> Bounds {
        Bounds { tensor, regions: Vec::new() }
    }

    /// Takes in those parts that lie in the tensor.
    pub fn extend(&mut self, parts: &[Part]) {
        let tensor = self.tensor;
        parts.iter().filter(|part| part.tensor == tensor).for_each(|part| self.push(part.region.clone()));
    }

    pub fn push(&mut self, region: Region) {
        if !self.regions.contains(&region) {
            self.regions.push(region);
        }
    }

    #[must_use]
    pub fn into_regions(self) -> Vec<Region> {
        self.regions
    }
}

/// A box cut into disjoint boxes, so that each lies wholly inside or wholly outside of each border.
#[must_use]
pub fn split(region: &Region, borders: &[Region], shape: &[usize]) -> Vec<Region> {
    let mut pieces = vec![region.clone()];
    for border in borders {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| match piece.intersection(border) {
                Some(inside) => {
                    let mut both = piece.minus(&inside, shape);
                    both.push(inside);
                    both
                }
                None => vec![piece],
            })
            .collect();
    }
    pieces.sort();
    pieces
}

/// Whether one of some parts holds a piece.
#[must_use]
pub fn holds(parts: &[Part], piece: &Part) -> bool {
    parts.iter().any(|part| part.tensor == piece.tensor && part.region.contains(&piece.region))
}

/// The operators that sum the values weighted by an attention pattern, with the place of the
/// pattern among their inputs.
#[must_use]
pub fn sums_of(map: Map<'_>, pattern: TensorId) -> Vec<(NodeId, usize)> {
    let paths = Paths::new(map.graph);
    let (mut found, mut open) = (Vec::new(), vec![pattern]);
    while let Some(tensor) = open.pop() {
        for id in paths.consumers(tensor) {
            let node = map.graph.node(*id);
            let at = node.inputs.iter().position(|input| *input == Some(tensor)).unwrap_or(0);
            match node.op.as_str() {
                "MatMul" | "Einsum" => found.push((*id, at)),
                // The same numbers under another name.
                "Identity" | "Cast" | "Dropout" if at == 0 => open.extend(node.outputs.first().copied().flatten()),
                "Where" => open.extend(mostly(map, node, tensor)),
                _ => {}
            }
        }
    }
    found
}

/// The output of an operator that puts constants in some places of a tensor, as exporters do where all
/// keys of a query are hidden.
fn mostly(map: Map<'_>, node: &Node, tensor: TensorId) -> Option<TensorId> {
    let output = node.outputs.first().copied().flatten()?;
    let [one, other] = [1, 2].map(|at| node.input(at));
    let constant = |input: Option<TensorId>| input.is_some_and(|input| !map.is_live(input));
    let kept = one == Some(tensor) && constant(other) || other == Some(tensor) && constant(one);
    let dims = |tensor: TensorId| &map.dims[tensor.0 as usize];
    (kept && dims(output) == dims(tensor)).then_some(output)
}

/// The terms of a sum by which of some arrows claim them: for each set that occurs, where it does.
#[must_use]
pub fn subsets(arrows: &[&Arrow], summed: &[(usize, usize)]) -> Vec<(Vec<usize>, Vec<bool>)> {
    let claimed = |arrow: usize| arrows[arrow].terms.as_ref().map(|terms| terms.claimed.as_slice());
    let count = summed.iter().filter_map(|(arrow, _)| claimed(*arrow)).map(<[bool]>::len).max().unwrap_or(0);
    let mut found: BTreeMap<Vec<usize>, Vec<bool>> = BTreeMap::new();
    for term in 0..count {
        let holds = |arrow: usize| claimed(arrow).and_then(|terms| terms.get(term)).copied().unwrap_or(false);
        let set: Vec<usize> = summed.iter().map(|(arrow, _)| *arrow).filter(|arrow| holds(*arrow)).collect();
        let mask = found.entry(set).or_insert_with(|| vec![false; count]);
        if let Some(place) = mask.get_mut(term) {
            *place = true;
        }
    }
    found.into_iter().collect()
}

/// What the walk does at a piece.
#[derive(Debug)]
pub enum Passing {
    Outcome(Outcome),
    On(State),
}

/// Takes a box in under the way in which a tensor is met.
pub fn add(entries: &mut Vec<(Entry, Region)>, entry: Entry, region: Region) {
    match entries.iter_mut().find(|(known, _)| *known == entry) {
        Some((_, known)) => *known = known.hull(&region),
        None => entries.push((entry, region)),
    }
}
