//! All addresses of a tensor, for who looks for one that other tensors have too but for a number.

use super::address::{Leaving, Naming, by_operator, outwards, taken};
use super::graph::TensorId;
use super::infer::Model;
use super::paths::Paths;
use std::collections::BTreeMap;

/// Of the operators that read a tensor, so many are asked for their modules.
const READERS: usize = 64;

/// Answers for one model; modules are looked at once.
#[derive(Debug)]
pub struct AllAddresses<'m> {
    model: &'m Model,
    naming: Naming<'m>,
    paths: Paths<'m>,
    /// `module/Op_2` of each tensor that is the only output of its operator.
    places: BTreeMap<TensorId, String>,
    /// The only value that enters each module that was asked for.
    entering: BTreeMap<String, Option<TensorId>>,
}

impl<'m> AllAddresses<'m> {
    #[must_use]
    pub fn new(model: &'m Model) -> Self {
        let graph = &model.graph;
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for node in &graph.nodes {
            let Some(module) = node.module.as_deref().filter(|module| !module.is_empty()) else { continue };
            let count = counts.entry((module, &node.op)).or_default();
            if let [Some(output)] = *node.outputs.as_slice() {
                places.insert(output, by_operator(module, &node.op, *count));
            }
            *count += 1;
        }
        let naming = Naming {
            taken: taken(graph),
            modules: super::modules(graph),
            leaving: Leaving::new(model),
            known: BTreeMap::new(),
        };
        AllAddresses { model, naming, paths: Paths::new(graph), places, entering: BTreeMap::new() }
    }

    /// The addresses that [`super::resolve_site`] takes to exactly this tensor, those that say most of it
    /// first: modules that give it, its place among the operators of its module, modules that read it, its name.
    pub fn of(&mut self, tensor: TensorId) -> Vec<String> {
        let graph = &self.model.graph;
        let mut found = Vec::new();
        if let Some(module) = graph.producer(tensor).and_then(|node| node.module.as_deref()) {
            for path in outwards(module).filter(|path| !path.is_empty()) {
                if self.naming.by_path(path) == Some(tensor) {
                    found.push(path.to_owned());
                }
            }
        }
        found.extend(self.places.get(&tensor).filter(|place| self.naming.is_free(place)).cloned());
        let readers = self.paths.consumers(tensor).iter().take(READERS);
        let modules = readers.filter_map(|reader| graph.node(*reader).module.as_deref());
        let mut paths: Vec<&str> = modules.flat_map(outwards).filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            let address = format!("{path}/input");
            if self.naming.is_free(&address) && self.only_entering(path) == Some(tensor) {
                found.push(address);
            }
        }
        found.push(graph.tensor(tensor).name.clone());
        found
    }

    fn only_entering(&mut self, path: &str) -> Option<TensorId> {
        if let Some(known) = self.entering.get(path) {
            return *known;
        }
        let only = match self.naming.leaving.entering(path).as_slice() {
            [tensor] => Some(*tensor),
            _ => None,
        };
        self.entering.insert(path.to_owned(), only);
        only
    }
}
