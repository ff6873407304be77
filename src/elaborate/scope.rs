//! What names mean in each file: constants, functions, and values of the library.

use super::constants;
use super::files::{Loaded, Origin, Unit};
use super::functions::{self, Function};
use super::{LIBRARY, Settings};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::names;
use crate::source::{FileId, Span};
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// A place in the list of functions.
pub type FunctionIx = usize;

/// What a name in an expression means, where it is not a plain value of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Constant(i64),
    /// A constant with a mistake, which has been reported.
    Broken,
    Function(FunctionIx),
    /// A feature of the library: its part by place, and its place there.
    LibraryFeature(usize, usize),
}

/// The names of all files.
#[derive(Debug)]
pub struct Scopes<'a> {
    pub loaded: &'a Loaded,
    pub functions: Vec<Function<'a>>,
    /// By part of the library, or `None` for the user's files together.
    names: BTreeMap<Option<usize>, BTreeMap<String, Meaning>>,
    /// By file: whose names it sees, and which parts of the library it uses.
    views: BTreeMap<FileId, (Option<usize>, Vec<usize>)>,
    /// Names of values that the user declares: features, behaviours, inputs, outputs, columns.
    pub values: BTreeMap<String, Span>,
}

impl<'a> Scopes<'a> {
    pub fn new(loaded: &'a Loaded, settings: &Settings, sink: &mut Vec<Diagnostic>) -> Scopes<'a> {
        let mut scopes = Scopes {
            loaded,
            functions: Vec::new(),
            names: BTreeMap::new(),
            views: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        let user: Vec<&Unit> = loaded.user().collect();
        for unit in &loaded.units {
            let owner = if let Origin::Library(place) = unit.origin { Some(place) } else { None };
            scopes.views.insert(unit.id, (owner, unit.library.clone()));
            if let Some(place) = owner {
                scopes.add(Some(place), &[unit], &[], sink);
            }
        }
        for unit in &user {
            scopes.values_of(&unit.file);
        }
        scopes.add(None, &user, settings, sink);
        scopes
    }

    fn add(&mut self, owner: Option<usize>, units: &[&'a Unit], settings: &Settings, sink: &mut Vec<Diagnostic>) {
        let mut names: BTreeMap<String, Meaning> = BTreeMap::new();
        let mut declared: BTreeMap<&str, Span> = BTreeMap::new();
        let constants: Vec<&ast::Constant> = units.iter().flat_map(|unit| &unit.file.constants).collect();
        for item in &constants {
            once("constant", &item.name, &mut declared, sink);
        }
        for (name, value) in constants::values(&constants, settings, sink) {
            names.insert(name, value.map_or(Meaning::Broken, Meaning::Constant));
        }
        for function in units.iter().flat_map(|unit| functions::of(&unit.file)) {
            if functions::is_sound(&function, sink) && once("function", function.name, &mut declared, sink) {
                names.insert(function.name.text.clone(), Meaning::Function(self.functions.len()));
                self.functions.push(function);
            }
        }
        if let (Some(place), [unit]) = (owner, units) {
            for (at, feature) in unit.file.features.iter().enumerate().filter(|(_, found)| found.parameters.is_none()) {
                names.insert(feature.name.text.clone(), Meaning::LibraryFeature(place, at));
            }
        } else {
            self.values_once(&declared, sink);
        }
        self.names.insert(owner, names);
    }

    fn values_of(&mut self, file: &ast::File) {
        let features = file.features.iter().filter(|item| item.parameters.is_none()).map(|item| &item.name);
        let behaviours = file.behaviours.iter().filter(|item| item.parameters.is_none()).map(|item| &item.name);
        let bodies = file.models.iter().map(|item| &item.body).chain(file.maps.iter().map(|item| &item.body));
        let of_models = bodies.flat_map(|body| {
            body.inputs.iter().map(|input| &input.name).chain(body.outputs.iter().map(|output| &output.name))
        });
        let columns = file.data.iter().flat_map(|item| item.columns.iter().map(|column| &column.name));
        let tables = file.tables.iter().map(|item| &item.name);
        for name in features.chain(behaviours).chain(of_models).chain(columns).chain(tables) {
            self.values.entry(name.text.clone()).or_insert(name.span);
        }
    }

    /// A constant or a function of the name of a value would hide it.
    fn values_once(&self, declared: &BTreeMap<&str, Span>, sink: &mut Vec<Diagnostic>) {
        for (name, span) in declared {
            if let Some(first) = self.values.get(*name) {
                sink.push(names::declared_twice(*span, "name", name, *first));
            }
        }
    }

    /// What a name means in a file: what the user declares hides the library.
    pub fn meaning(&self, name: &str, file: FileId) -> Option<Meaning> {
        let (owner, library) = self.views.get(&file)?;
        let own = self.names.get(owner).and_then(|names| names.get(name));
        if own.is_some() || (owner.is_none() && self.values.contains_key(name)) {
            return own.copied();
        }
        library.iter().find_map(|part| self.names.get(&Some(*part)).and_then(|names| names.get(name)).copied())
    }

    /// The parts of the library that a file uses.
    pub fn library_of(&self, file: FileId) -> &[usize] {
        self.views.get(&file).map_or(&[], |(_, library)| library)
    }

    /// All names of constants that a file sees.
    pub fn constants(&self, file: FileId) -> BTreeSet<&str> {
        let Some((owner, library)) = self.views.get(&file) else { return BTreeSet::new() };
        let owners = std::iter::once(*owner).chain(library.iter().map(|part| Some(*part)));
        owners
            .filter_map(|owner| self.names.get(&owner))
            .flatten()
            .filter(|(_, meaning)| matches!(meaning, Meaning::Constant(_) | Meaning::Broken))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The unit of a part of the library.
    pub fn part(&self, place: usize) -> Option<&'a Unit> {
        self.loaded.units.iter().find(|unit| unit.origin == Origin::Library(place))
    }

    /// A feature of the library under a name that nothing of the user has.
    pub fn library_name(&self, place: usize, name: &str) -> String {
        let taken =
            self.values.contains_key(name) || self.names.get(&None).is_some_and(|names| names.contains_key(name));
        if taken { format!("{}.{name}", LIBRARY.get(place).map_or("std", |part| part.name)) } else { name.to_owned() }
    }
}

fn once<'a>(
    kind: &str,
    name: &'a ast::Ident,
    declared: &mut BTreeMap<&'a str, Span>,
    sink: &mut Vec<Diagnostic>,
) -> bool {
    if name.text.is_empty() {
        return false;
    }
    if let Some(first) = declared.get(name.text.as_str()) {
        sink.push(names::declared_twice(name.span, kind, &name.text, *first));
        return false;
    }
    declared.insert(&name.text, name.span);
    true
}
