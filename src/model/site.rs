//! Addresses: how a hypothesis names a tensor, and what to say when it names none or several.

use super::address::{Addresses, Leaving, is_inside};
use super::graph::{Graph, Node, TensorId};
use super::infer::Model;
use crate::diagnostics::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// At most this many candidates are listed.
const LISTED: usize = 8;

/// A tensor that an address might mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// An address that names exactly this tensor.
    pub address: String,
    /// Element type and dims, as `float32[batch, 8]`; the kind of thing where there are none.
    pub facts: String,
}

/// Why an address names no tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteError {
    /// Nothing has this name.
    Unknown {
        /// Names that lie near, nearest first.
        suggestions: Vec<Candidate>,
        /// The longest known module that the address starts with, and what lies in it.
        inside: Option<(String, Vec<String>)>,
    },
    /// Several tensors leave the module, or the operator has several outputs.
    Ambiguous { candidates: Vec<Candidate> },
    /// The module exists, but nothing that is computed in it from an input is read outside.
    NothingLeaves { module: String },
    /// The module has fewer operators of this type: how many, and those it has.
    FewerOperators { module: String, op: String, count: usize, others: Vec<String> },
}

/// The tensor that an address names. Tried in this order: the exact name of a tensor (inputs and
/// outputs of the graph are tensors); the exact name of a node; a module path, dotted or with
/// slashes, for the one real tensor that is computed inside the module from an input and read
/// outside; a module path, a slash and an operator type, for that module's first operator of the
/// type, or with `_2` its third, submodules not counted.
///
/// # Errors
/// No tensor or several, with what might have been meant.
pub fn resolve_site(model: &Model, address: &str) -> Result<TensorId, SiteError> {
    let graph = &model.graph;
    if let Some(tensor) = graph.find(address) {
        return Ok(tensor);
    }
    if let Some(node) = graph.nodes.iter().find(|node| !node.name.is_empty() && node.name == address) {
        return only(model, &node.outputs.iter().flatten().copied().collect::<Vec<_>>());
    }
    let path = dotted(address);
    if !path.is_empty() && graph.nodes.iter().any(|node| is_inside(node, &path)) {
        let leaving = Leaving::new(model).of(&path);
        return if leaving.is_empty() { Err(SiteError::NothingLeaves { module: path }) } else { only(model, &leaving) };
    }
    match by_operator(graph, address) {
        Some(Ok(outputs)) => only(model, &outputs),
        Some(Err(error)) => Err(error),
        None => Err(unknown(model, address)),
    }
}

/// The dotted module paths of the model, each with all its parents, in order of name.
#[must_use]
pub fn modules(graph: &Graph) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for module in graph.nodes.iter().filter_map(|node| node.module.as_deref()).filter(|module| !module.is_empty()) {
        let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
        found.extend(ends.filter_map(|end| module.get(..end)).map(str::to_owned));
    }
    found
}

fn dotted(address: &str) -> String {
    address.trim_matches('/').replace('/', ".")
}

fn only(model: &Model, tensors: &[TensorId]) -> Result<TensorId, SiteError> {
    match tensors {
        [tensor] => Ok(*tensor),
        _ => Err(SiteError::Ambiguous { candidates: candidates(model, tensors) }),
    }
}

fn candidates(model: &Model, tensors: &[TensorId]) -> Vec<Candidate> {
    let addresses = Addresses::new(model);
    let candidate =
        |tensor: &TensorId| Candidate { address: addresses.of(*tensor).to_owned(), facts: facts(model, *tensor) };
    tensors.iter().take(LISTED).map(candidate).collect()
}

fn facts(model: &Model, tensor: TensorId) -> String {
    model.facts.get(tensor).map_or_else(|| "not needed for the outputs".to_owned(), ToString::to_string)
}

/// `module/Op` or `module/Op_2`; `None` if the address does not have this form or the module has no
/// operator of the type.
fn by_operator(graph: &Graph, address: &str) -> Option<Result<Vec<TensorId>, SiteError>> {
    let trimmed = address.trim_matches('/');
    let (module, operator) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
    let module = dotted(module);
    let (op, index) = match operator.rsplit_once('_') {
        Some((op, digits)) if digits.parse::<usize>().is_ok() => (op, digits.parse().unwrap_or(usize::MAX)),
        _ => (operator, 0),
    };
    let own = || graph.nodes.iter().filter(|node| node.module.as_deref() == Some(&module));
    let of_type: Vec<&Node> = own().filter(|node| node.op == op).collect();
    match of_type.get(index) {
        Some(node) => Some(Ok(node.outputs.iter().flatten().copied().collect())),
        None if of_type.is_empty() => None,
        None => {
            let others: BTreeSet<String> = own().map(|node| node.op.clone()).collect();
            let others = others.into_iter().take(LISTED).collect();
            Some(Err(SiteError::FewerOperators { module, op: op.to_owned(), count: of_type.len(), others }))
        }
    }
}

fn unknown(model: &Model, address: &str) -> SiteError {
    let graph = &model.graph;
    let modules = modules(graph);
    let path = dotted(address);
    // Names of very different length cannot be near, and large models have many.
    let alike = |name: &&str| name.len().abs_diff(address.len()) <= address.len() / 2 + 1;
    let mut suggestions: Vec<Candidate> = nearest(&path, modules.iter().map(String::as_str).filter(alike))
        .into_iter()
        .map(|module| module_candidate(model, module))
        .collect();
    let computed =
        graph.tensors.iter().filter(|tensor| tensor.producer.is_some_and(|node| graph.node(node).op != "Constant"));
    let inputs = graph.inputs.iter().map(|input| graph.tensor(input.tensor));
    for name in nearest(address, computed.chain(inputs).map(|tensor| tensor.name.as_str()).filter(alike)) {
        let Some(tensor) = graph.find(name) else { continue };
        let facts = model.facts.get(tensor).map_or_else(String::new, ToString::to_string);
        suggestions.push(Candidate { address: name.to_owned(), facts });
    }
    suggestions.truncate(3);
    let ends: Vec<usize> = path.match_indices('.').map(|(at, _)| at).collect();
    let known = ends.iter().rev().filter_map(|end| path.get(..*end)).find(|prefix| modules.contains(*prefix));
    let inside = known.map(|prefix| (prefix.to_owned(), contents(graph, prefix)));
    SiteError::Unknown { suggestions, inside }
}

fn module_candidate(model: &Model, module: &str) -> Candidate {
    let facts = match Leaving::new(model).of(module).as_slice() {
        [tensor] => facts(model, *tensor),
        tensors => format!("a module with {} outputs", tensors.len()),
    };
    Candidate { address: module.to_owned(), facts }
}

/// The submodules and operators that lie directly in a module.
fn contents(graph: &Graph, module: &str) -> Vec<String> {
    let mut found: BTreeMap<&str, ()> = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| is_inside(node, module) && node.op != "Constant") {
        let rest = node.module.as_deref().and_then(|own| own.strip_prefix(module)).unwrap_or("");
        let child = rest.trim_start_matches('.').split('.').next().filter(|child| !child.is_empty());
        found.insert(child.unwrap_or(&node.op), ());
    }
    found.into_keys().take(LISTED * 2).map(str::to_owned).collect()
}
