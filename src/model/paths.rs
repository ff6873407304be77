//! Paths of data through a graph. `Shape` and `Size` read no values, so no path goes through them.

use super::graph::{Graph, NodeId, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// The graph's arrows, both ways.
#[derive(Debug, Clone)]
pub struct Paths<'a> {
    graph: &'a Graph,
    consumers: Vec<Vec<NodeId>>,
}

impl<'a> Paths<'a> {
    #[must_use]
    pub fn new(graph: &'a Graph) -> Self {
        let mut consumers = vec![Vec::new(); graph.tensors.len()];
        for (id, node) in graph.nodes_with_ids() {
            for input in node.inputs.iter().flatten().collect::<BTreeSet<_>>() {
                if let Some(list) = consumers.get_mut(input.0 as usize) {
                    list.push(id);
                }
            }
        }
        Paths { graph, consumers }
    }

    /// The nodes that read a tensor, in topological order.
    #[must_use]
    pub fn consumers(&self, tensor: TensorId) -> &[NodeId] {
        self.consumers.get(tensor.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// All tensors whose values the tensor's value is computed from, itself included.
    #[must_use]
    pub fn upstream(&self, tensor: TensorId) -> BTreeSet<TensorId> {
        let mut seen = BTreeSet::new();
        let mut open = vec![tensor];
        while let Some(tensor) = open.pop() {
            if !seen.insert(tensor) {
                continue;
            }
            if let Some(node) = self.graph.producer(tensor).filter(|node| carries_values(&node.op)) {
                open.extend(node.inputs.iter().flatten());
            }
        }
        seen
    }

    /// All tensors whose values are computed from those of `tensors`, themselves included.
    #[must_use]
    pub fn downstream(&self, tensors: &[TensorId]) -> BTreeSet<TensorId> {
        let mut seen = BTreeSet::new();
        let mut open = tensors.to_vec();
        while let Some(tensor) = open.pop() {
            if seen.insert(tensor) {
                open.extend(self.steps(tensor).map(|(_, output)| output));
            }
        }
        seen
    }

    /// A path of data from `from` to one of `to` that meets none of `blocked` in between, as the
    /// nodes it goes through. The ends may be blocked themselves.
    ///
    /// # Errors
    /// There is none: the blocked tensors that stand in the way, nearest to `from` on each path;
    /// empty if no data flows from `from` to `to` at all.
    pub fn direct(
        &self,
        from: TensorId,
        to: &[TensorId],
        blocked: &BTreeSet<TensorId>,
    ) -> Result<Vec<NodeId>, BTreeSet<TensorId>> {
        let mut came: BTreeMap<TensorId, (NodeId, TensorId)> = BTreeMap::new();
        let mut met = BTreeSet::new();
        let mut open = std::collections::VecDeque::from([from]);
        while let Some(tensor) = open.pop_front() {
            for (node, output) in self.steps(tensor) {
                if output == from || came.contains_key(&output) {
                    continue;
                }
                came.insert(output, (node, tensor));
                if to.contains(&output) {
                    return Ok(walk_back(&came, output));
                }
                if blocked.contains(&output) {
                    met.insert(output);
                } else {
                    open.push_back(output);
                }
            }
        }
        let useful: BTreeSet<TensorId> = to.iter().flat_map(|target| self.upstream(*target)).collect();
        Err(met.intersection(&useful).copied().collect())
    }

    /// One step further: each node that reads the values of a tensor, with each of its outputs.
    fn steps(&self, tensor: TensorId) -> impl Iterator<Item = (NodeId, TensorId)> + '_ {
        self.consumers(tensor)
            .iter()
            .filter(|node| carries_values(&self.graph.node(**node).op))
            .flat_map(|node| self.graph.node(*node).outputs.iter().flatten().map(|output| (*node, *output)))
    }
}

/// False for operators that read only the shape of their input.
#[must_use]
pub fn carries_values(op: &str) -> bool {
    !matches!(op, "Shape" | "Size")
}

fn walk_back(came: &BTreeMap<TensorId, (NodeId, TensorId)>, end: TensorId) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = end;
    while let Some((node, before)) = came.get(&at) {
        nodes.push(*node);
        at = *before;
    }
    nodes.reverse();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::graph;

    fn names(graph: &Graph, tensors: &BTreeSet<TensorId>) -> Vec<String> {
        tensors.iter().map(|tensor| graph.tensor(*tensor).name.clone()).collect()
    }

    #[test]
    fn blocked_tensors_cut_paths_and_are_named() {
        let graph = graph(&["x"], &["a = Relu(x)", "b = Relu(a)", "c = Add(a, b)", "d = Relu(b)"], &["c", "d"]);
        let id = |name: &str| graph.find(name).expect("a tensor of the graph");
        let paths = Paths::new(&graph);
        let blocked = BTreeSet::from([id("b")]);
        assert_eq!(paths.direct(id("a"), &[id("c")], &blocked), Ok(vec![NodeId(2)]));
        let met = paths.direct(id("a"), &[id("d")], &blocked).expect_err("every path meets b");
        assert_eq!(names(&graph, &met), ["b"]);
        assert_eq!(paths.direct(id("d"), &[id("c")], &blocked), Err(BTreeSet::new()));
        assert!(paths.direct(id("a"), &[id("b")], &blocked).is_ok(), "the target itself does not block");
    }

    #[test]
    fn shapes_carry_no_values() {
        let graph = graph(&["x", "y"], &["s = Shape(x)", "r = Reshape(y, s)"], &["r"]);
        let id = |name: &str| graph.find(name).expect("a tensor of the graph");
        let paths = Paths::new(&graph);
        assert!(paths.direct(id("x"), &[id("r")], &BTreeSet::new()).is_err());
        assert_eq!(names(&graph, &paths.upstream(id("r"))), ["y", "s", "r"]);
        assert_eq!(names(&graph, &paths.downstream(&[id("y")])), ["y", "r"]);
    }
}
