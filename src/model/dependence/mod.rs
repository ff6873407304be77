//! Dependence: which part of each input an operator reads to compute a part of its output. Boxes go
//! in, boxes come out, never too small: an operator that is not known reads all of its inputs.
//!
//! Read backwards over a graph ([`reads`]) this is demand; asked axis by axis
//! ([`Dependence::along`]) it says where positions mix.

mod rules;

use super::graph::{Graph, NodeId, TensorId};
use super::paths::carries_values;
use super::region::Region;
use std::collections::BTreeMap;

/// Gives the sizes of a tensor's axes for one row (axis 0 may also have any other number of rows);
/// `None` if they are not known.
pub type Shape<'a> = dyn Fn(TensorId) -> Option<Vec<usize>> + 'a;

/// How the elements of an output along one of its axes read an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Along {
    /// Element j reads only index j of this axis of the input, and the same box of the other axes
    /// for all j.
    Same(usize),
    /// Every element reads the same box of the input, so that no axis of the input runs along with
    /// this one: weights, what is spread, a contracted axis.
    Absent,
    /// Anything else, or not known.
    Mixed,
}

/// The dependence of one graph's operators.
pub struct Dependence<'a> {
    graph: &'a Graph,
    shape: &'a Shape<'a>,
}

impl std::fmt::Debug for Dependence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dependence").finish_non_exhaustive()
    }
}

impl<'a> Dependence<'a> {
    #[must_use]
    pub fn new(graph: &'a Graph, shape: &'a Shape<'a>) -> Self {
        Dependence { graph, shape }
    }

    /// The box of input number `at` of `node` that the box `region` of its output `output` can
    /// depend on through values; `None` if it depends on nothing of it (`Shape` reads no values; a
    /// box is empty; the input is left out).
    #[must_use]
    pub fn input(&self, node: NodeId, output: TensorId, region: &Region, at: usize) -> Option<Region> {
        let node = self.graph.node(node);
        let input = node.input(at)?;
        if !carries_values(&node.op) {
            return None;
        }
        let rank = (self.shape)(input).map_or(0, |shape| shape.len());
        let rule = rules::Rule { graph: self.graph, node, shape: self.shape, output, region };
        Some(rule.input(at, input).unwrap_or_else(|| Region::whole(rank)))
    }

    /// How the elements of an output along `axis` read input number `at`.
    #[must_use]
    pub fn along(&self, node: NodeId, output: TensorId, axis: usize, at: usize) -> Along {
        let _ = (node, output, axis, at);
        Along::Mixed
    }
}

/// The box of each tensor that the targets depend on; tensors that do not matter are absent.
/// `enters` tells whether dependence goes on through the operator that computes a tensor.
#[must_use]
pub fn reads(
    graph: &Graph,
    shape: &Shape<'_>,
    targets: &[(TensorId, Region)],
    enters: &dyn Fn(TensorId) -> bool,
) -> BTreeMap<TensorId, Region> {
    let dependence = Dependence::new(graph, shape);
    let mut wanted: BTreeMap<TensorId, Region> = BTreeMap::new();
    for (tensor, region) in targets {
        want(&mut wanted, *tensor, region.clone());
    }
    let nodes: Vec<NodeId> = graph.nodes_with_ids().map(|(id, _)| id).collect();
    for id in nodes.into_iter().rev() {
        let node = graph.node(id);
        for output in node.outputs.iter().flatten() {
            if !enters(*output) && !targets.iter().any(|(target, _)| target == output) {
                continue;
            }
            let Some(region) = wanted.get(output).cloned() else { continue };
            for (at, input) in node.inputs.iter().enumerate() {
                let Some(part) = dependence.input(id, *output, &region, at) else { continue };
                input.iter().for_each(|input| want(&mut wanted, *input, part.clone()));
            }
        }
    }
    wanted
}

fn want(wanted: &mut BTreeMap<TensorId, Region>, tensor: TensorId, region: Region) {
    wanted.entry(tensor).and_modify(|known| *known = known.hull(&region)).or_insert(region);
}
