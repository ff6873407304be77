//! The address of every tensor: by module where the exporter says it, so that exports of one model
//! agree on it, whatever they call their tensors.

use super::graph::{Graph, Node, NodeId, TensorId};
use super::infer::Model;
use super::paths::Paths;
use std::collections::{BTreeMap, BTreeSet};

/// What leaves each module of a model.
#[derive(Debug)]
pub(super) struct Leaving<'m> {
    model: &'m Model,
    paths: Paths<'m>,
    /// What is computed from a graph input.
    dependent: BTreeSet<TensorId>,
    /// What the outputs need.
    cone: BTreeSet<NodeId>,
    /// The nodes of each module itself, submodules not counted.
    own: BTreeMap<&'m str, Vec<NodeId>>,
}

impl<'m> Leaving<'m> {
    pub fn new(model: &'m Model) -> Self {
        let graph = &model.graph;
        let paths = Paths::new(graph);
        let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
        let dependent = paths.downstream(&inputs);
        let cone = graph.cone(&graph.outputs).into_iter().collect();
        let mut own: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
        for (id, node) in graph.nodes_with_ids() {
            if let Some(module) = node.module.as_deref() {
                own.entry(module).or_default().push(id);
            }
        }
        Leaving { model, paths, dependent, cone, own }
    }

    /// The values of a module, given by its dotted path: computed inside from a graph input and read
    /// outside. Real tensors are preferred, since masks and indices that pass through are seldom meant.
    pub fn of(&self, path: &str) -> Vec<TensorId> {
        let graph = &self.model.graph;
        let below = format!("{path}.");
        let submodules = self.own.range(below.as_str()..).take_while(|(module, _)| module.starts_with(&below));
        let of_module = self.own.get(path).into_iter().chain(submodules.map(|(_, nodes)| nodes)).flatten();
        let mut crossing: Vec<TensorId> = of_module
            .flat_map(|node| graph.node(*node).outputs.iter().flatten().copied())
            .filter(|tensor| self.dependent.contains(tensor) && self.is_read_outside(*tensor, path))
            .collect();
        crossing.sort_unstable();
        let real = |tensor: &TensorId| self.model.facts.get(*tensor).is_some_and(super::Fact::is_float);
        let reals: Vec<TensorId> = crossing.iter().copied().filter(real).collect();
        if reals.is_empty() { crossing } else { reals }
    }

    fn is_read_outside(&self, tensor: TensorId, path: &str) -> bool {
        let graph = &self.model.graph;
        let reads = |node: &NodeId| self.cone.contains(node) && !is_inside(graph.node(*node), path);
        graph.outputs.contains(&tensor) || self.paths.consumers(tensor).iter().any(reads)
    }
}

/// True for nodes of the module itself and of its submodules.
pub(super) fn is_inside(node: &Node, path: &str) -> bool {
    node.module
        .as_deref()
        .and_then(|module| module.strip_prefix(path))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// An address for each tensor of a model, which [`super::resolve_site`] takes to exactly this tensor.
///
/// Graph inputs and outputs have their names. Else it is the innermost module whose only value the
/// tensor is (`blocks.0.attn.core`); else its place among the operators of its module
/// (`blocks.0.attn/Softmax`, `blocks.0.attn/Reshape_2`); else the tensor's own name. Exports of one
/// model by different exporters agree on the first two, and on the third where they write the same
/// operators.
#[derive(Debug, Clone)]
pub struct Addresses {
    of: Vec<String>,
}

impl Addresses {
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let graph = &model.graph;
        let mut naming = Naming {
            taken: taken(graph),
            modules: super::modules(graph),
            leaving: Leaving::new(model),
            known: BTreeMap::new(),
        };
        let mut addresses = Self::names(graph);
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for node in &graph.nodes {
            let Some(module) = node.module.as_deref().filter(|module| !module.is_empty()) else { continue };
            let count = counts.entry((module, &node.op)).or_default();
            let outputs: Vec<TensorId> = node.outputs.iter().flatten().copied().collect();
            for output in outputs.iter().filter(|output| !graph.outputs.contains(output)) {
                let place = || (outputs.len() == 1).then(|| by_operator(module, &node.op, *count));
                let found = naming.by_module(*output, module).or_else(|| place().filter(|place| naming.is_free(place)));
                if let (Some(found), Some(slot)) = (found, addresses.of.get_mut(output.0 as usize)) {
                    *slot = found;
                }
            }
            *count += 1;
        }
        addresses
    }

    /// Every tensor by its own name.
    #[must_use]
    pub fn names(graph: &Graph) -> Self {
        Addresses { of: graph.tensors.iter().map(|tensor| tensor.name.clone()).collect() }
    }

    /// Of a tensor of the graph.
    #[must_use]
    pub fn of(&self, tensor: TensorId) -> &str {
        self.of.get(tensor.0 as usize).map_or("", String::as_str)
    }
}

fn by_operator(module: &str, op: &str, count: usize) -> String {
    if count == 0 { format!("{module}/{op}") } else { format!("{module}/{op}_{count}") }
}

/// Names that mean something else, and come before modules and operators.
fn taken(graph: &Graph) -> BTreeSet<&str> {
    graph
        .tensors
        .iter()
        .map(|tensor| tensor.name.as_str())
        .chain(graph.nodes.iter().map(|node| node.name.as_str()))
        .collect()
}

struct Naming<'m> {
    taken: BTreeSet<&'m str>,
    modules: BTreeSet<String>,
    leaving: Leaving<'m>,
    /// The only value of each module that was asked for.
    known: BTreeMap<String, Option<TensorId>>,
}

impl Naming<'_> {
    /// The innermost module, from that of its operator, whose only value a tensor is.
    fn by_module(&mut self, tensor: TensorId, module: &str) -> Option<String> {
        let ends = module.rmatch_indices('.').map(|(at, _)| at);
        let paths = std::iter::once(module.len()).chain(ends).filter_map(|end| module.get(..end));
        for path in paths {
            if !self.known.contains_key(path) {
                let only = match self.leaving.of(path).as_slice() {
                    [tensor] => Some(*tensor),
                    _ => None,
                };
                self.known.insert(path.to_owned(), only);
            }
            if self.known.get(path) == Some(&Some(tensor)) && !self.taken.contains(path) {
                return Some(path.to_owned());
            }
        }
        None
    }

    /// Whether `module/Op` is not the name or the module of something else.
    fn is_free(&self, place: &str) -> bool {
        let path = place.replace('/', ".");
        !self.taken.contains(place) && !self.modules.contains(&path)
    }
}
