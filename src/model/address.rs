//! The address of every tensor: by module where the exporter says it, so that exports of one model
//! agree on it, whatever they call their tensors.

use super::graph::{Graph, Node, NodeId, TensorId};
use super::infer::Model;
use super::paths::Paths;
use std::collections::{BTreeMap, BTreeSet};

/// Operators that give their first input in another form.
const FORMS: &[&str] = &["Cast", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];

/// What enters and leaves each module of a model.
#[derive(Debug)]
pub(super) struct Leaving<'m> {
    model: &'m Model,
    /// What is computed from a graph input.
    dependent: BTreeSet<TensorId>,
    /// What the outputs need.
    cone: BTreeSet<NodeId>,
    /// The module of each node by index.
    homes: Vec<Option<String>>,
    /// What is computed inside of each module and read outside, in the order of the graph.
    across: BTreeMap<String, Vec<TensorId>>,
}

impl<'m> Leaving<'m> {
    pub fn new(model: &'m Model) -> Self {
        let graph = &model.graph;
        let paths = Paths::new(graph);
        let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
        let dependent = paths.downstream(&inputs);
        let cone = graph.cone(&graph.outputs).into_iter().collect();
        let homes = homes(graph, &paths);
        let across = across(graph, &paths, &cone, &homes);
        Leaving { model, dependent, cone, homes, across }
    }

    /// The values of a module, given by its dotted path: computed inside from a graph input and read
    /// outside.
    pub fn of(&self, path: &str) -> Vec<TensorId> {
        let found = self.meant(self.across.get(path).cloned().unwrap_or_default());
        let made: Vec<TensorId> = found.iter().copied().filter(|tensor| !self.passes(*tensor, path)).collect();
        if made.is_empty() { found } else { made }
    }

    /// Whether a value of a module is what the module was given, in another form. Exporters compute such
    /// values once for all modules that need them, in the first of these.
    fn passes(&self, mut tensor: TensorId, path: &str) -> bool {
        let graph = &self.model.graph;
        while let Some(id) = graph.tensor(tensor).producer.filter(|node| self.holds(*node, path)) {
            let node = graph.node(id);
            let fixed = |at: usize| node.input(at).is_none_or(|input| !self.dependent.contains(&input));
            let form = match node.op.as_str() {
                // A mask of truth values as one of numbers.
                "Where" => fixed(1) && fixed(2),
                op => FORMS.contains(&op),
            };
            match node.input(0) {
                Some(input) if form => tensor = input,
                _ => return false,
            }
        }
        true
    }

    /// What a module is given: read inside, and a graph input or computed outside from one.
    pub fn entering(&self, path: &str) -> Vec<TensorId> {
        let graph = &self.model.graph;
        let inside = self.cone.iter().filter(|node| self.holds(**node, path));
        let read: BTreeSet<TensorId> =
            inside.flat_map(|node| graph.node(*node).inputs.iter().flatten().copied()).collect();
        let outside = |tensor: &TensorId| graph.tensor(*tensor).producer.is_none_or(|node| !self.holds(node, path));
        self.meant(read.into_iter().filter(outside).collect())
    }

    /// Whether an operator belongs to a module or one of its submodules.
    fn holds(&self, node: NodeId, path: &str) -> bool {
        self.homes.get(node.0 as usize).and_then(Option::as_deref).is_some_and(|home| lies_in(home, path))
    }

    /// Of the tensors that cross the bounds of a module, those that depend on a graph input. Real ones
    /// are preferred, since masks and indices that pass through are seldom meant.
    fn meant(&self, mut crossing: Vec<TensorId>) -> Vec<TensorId> {
        crossing.retain(|tensor| self.dependent.contains(tensor));
        let real = |tensor: &TensorId| self.model.facts.get(*tensor).is_some_and(super::Fact::is_float);
        let reals: Vec<TensorId> = crossing.iter().copied().filter(real).collect();
        if reals.is_empty() { crossing } else { reals }
    }
}

/// The module of each node. One whose module the file does not say (the dynamo exporter forgets that
/// of `Split`) lies in the innermost that all readers of its results lie in.
fn homes(graph: &Graph, paths: &Paths<'_>) -> Vec<Option<String>> {
    let mut homes: Vec<Option<String>> = graph.nodes.iter().map(|node| node.module.clone()).collect();
    for (id, node) in graph.nodes_with_ids().collect::<Vec<_>>().into_iter().rev() {
        if node.module.is_some() || node.outputs.iter().flatten().any(|output| graph.outputs.contains(output)) {
            continue;
        }
        let readers = node.outputs.iter().flatten().flat_map(|output| paths.consumers(*output));
        let modules: Option<Vec<&str>> = readers.map(|reader| homes[reader.0 as usize].as_deref()).collect();
        let shared = modules.and_then(|modules| modules.into_iter().reduce(shared_module).map(str::to_owned));
        homes[id.0 as usize] = shared;
    }
    homes
}

/// What leaves each module: computed inside, and an output of the graph or read outside by what the
/// outputs need.
fn across(
    graph: &Graph,
    paths: &Paths<'_>,
    cone: &BTreeSet<NodeId>,
    homes: &[Option<String>],
) -> BTreeMap<String, Vec<TensorId>> {
    let mut found: BTreeMap<String, Vec<TensorId>> = BTreeMap::new();
    for (node, home) in graph.nodes.iter().zip(homes) {
        let Some(home) = home else { continue };
        for output in node.outputs.iter().flatten() {
            let readers = || paths.consumers(*output).iter().filter(|reader| cone.contains(reader));
            let inside = |path: &str| {
                let reads_inside =
                    |reader: &NodeId| homes[reader.0 as usize].as_deref().is_some_and(|module| lies_in(module, path));
                !graph.outputs.contains(output) && readers().all(reads_inside)
            };
            // What is read inside of a module only is so for those around it.
            for path in outwards(home).take_while(|path| !inside(path)) {
                found.entry(path.to_owned()).or_default().push(*output);
            }
        }
    }
    found
}

/// The innermost module that two lie in.
fn shared_module<'a>(one: &'a str, other: &str) -> &'a str {
    outwards(one).find(|path| lies_in(other, path)).unwrap_or("")
}

/// A module, the one around it, and so on.
pub(super) fn outwards(module: &str) -> impl Iterator<Item = &str> {
    let ends = module.rmatch_indices('.').map(|(at, _)| at);
    std::iter::once(module.len()).chain(ends).filter_map(|end| module.get(..end))
}

/// Whether a module is another one or lies in it.
fn lies_in(module: &str, path: &str) -> bool {
    module.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// True for nodes of the module itself and of its submodules.
pub(super) fn is_inside(node: &Node, path: &str) -> bool {
    node.module.as_deref().is_some_and(|module| lies_in(module, path))
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

pub(super) fn by_operator(module: &str, op: &str, count: usize) -> String {
    if count == 0 { format!("{module}/{op}") } else { format!("{module}/{op}_{count}") }
}

/// Names that mean something else, and come before modules and operators.
pub(super) fn taken(graph: &Graph) -> BTreeSet<&str> {
    graph
        .tensors
        .iter()
        .map(|tensor| tensor.name.as_str())
        .chain(graph.nodes.iter().map(|node| node.name.as_str()))
        .collect()
}

/// What modules and places mean.
#[derive(Debug)]
pub(super) struct Naming<'m> {
    pub taken: BTreeSet<&'m str>,
    pub modules: BTreeSet<String>,
    pub leaving: Leaving<'m>,
    /// The only value of each module that was asked for.
    pub known: BTreeMap<String, Option<TensorId>>,
}

impl Naming<'_> {
    /// The innermost module, from that of its operator, whose only value a tensor is.
    fn by_module(&mut self, tensor: TensorId, module: &str) -> Option<String> {
        outwards(module).find(|path| self.by_path(path) == Some(tensor)).map(str::to_owned)
    }

    /// The only value of a module, if its path means nothing else.
    pub fn by_path(&mut self, path: &str) -> Option<TensorId> {
        if !self.known.contains_key(path) {
            let only = match self.leaving.of(path).as_slice() {
                [tensor] => Some(*tensor),
                _ => None,
            };
            self.known.insert(path.to_owned(), only);
        }
        self.known.get(path).copied().flatten().filter(|_| !self.taken.contains(path))
    }

    /// Whether `module/Op` is not the name or the module of something else.
    pub fn is_free(&self, place: &str) -> bool {
        let path = place.replace('/', ".");
        !self.taken.contains(place) && !self.modules.contains(&path)
    }
}
