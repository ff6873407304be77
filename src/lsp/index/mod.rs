//! What every name of a text and of all that it uses means: one list of names, and of places where they stand. Built
//! by the scopes of the language (`elaborate/scope.rs`, `hypothesis/check.rs`); a test renames every name of every
//! example and finds that nothing has changed.

mod claims;
mod expressions;
mod generated;
mod items;
mod models;

use super::project::{Origin, Project, Unit};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Ident};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a name is a name of. Names of one space are told apart by their text and by where they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    Model,
    Data,
    Map,
    /// Inputs, outputs and columns: one of a name that several have, since columns feed inputs.
    Value,
    Feature,
    Table,
    Constant,
    /// Features and behaviours with arguments.
    Function,
    Behaviour,
    /// Components and sites.
    Component,
    Port,
    Dim,
    Hypothesis,
    Interchange,
    Challenge,
    Search,
    Calibration,
    Node,
    Draw,
    /// Of functions, maps, components, families; and numbers of generated data.
    Parameter,
    /// `family` of generated data.
    Pieces,
}

impl Space {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Space::Model => "model",
            Space::Data => "data",
            Space::Map => "map",
            Space::Value => "value",
            Space::Feature => "feature",
            Space::Table => "table",
            Space::Constant => "constant",
            Space::Function => "function",
            Space::Behaviour => "behaviour",
            Space::Component => "component",
            Space::Port => "port",
            Space::Dim => "dim",
            Space::Hypothesis => "hypothesis",
            Space::Interchange => "interchange",
            Space::Challenge => "challenge",
            Space::Search => "search",
            Space::Calibration => "calibration",
            Space::Node => "node",
            Space::Draw => "draw",
            Space::Parameter => "parameter",
            Space::Pieces => "family",
        }
    }
}

/// Where a name holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// In all files of the user.
    User,
    /// In a part of the library, and in files that use it.
    Part(usize),
    /// In a hypothesis and all that refine it, by the name of the first.
    Claims(String),
    /// Within this part of a text.
    Local(Span),
}

/// A name with its meaning.
#[derive(Debug, Clone)]
pub struct Symbol {
    pub space: Space,
    pub owner: Owner,
    pub name: String,
    /// What is written above its first declaration.
    pub docs: String,
    /// Where its first declaration stands, all of it.
    pub item: Span,
    /// Whether the library declares it.
    pub is_library: bool,
}

/// One place where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    pub span: Span,
    /// The place in [`Index::symbols`].
    pub symbol: usize,
    pub is_definition: bool,
    /// Where the file outside has this name too: what has to be written, and where, if it is called otherwise here.
    pub kept: Option<Kept>,
}

/// A string with the old name that a new name needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// The byte before which it is put in.
    pub at: u32,
    /// What stands before the string.
    pub before: &'static str,
}

/// All names of a project.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub symbols: Vec<Symbol>,
    /// In the order of the texts.
    pub occurrences: Vec<Occurrence>,
    /// The first hypothesis of each chain of refinements, by name.
    pub roots: BTreeMap<String, String>,
}

impl Index {
    /// Looks all names of a project up.
    #[must_use]
    pub fn of(project: &Project) -> Index {
        let mut builder = Builder {
            project,
            index: Index::default(),
            declared: BTreeMap::new(),
            seen: BTreeSet::new(),
            taken_maps: BTreeSet::new(),
        };
        let units: Vec<&Arc<Unit>> = project.units.iter().collect();
        builder.index.roots = items::roots(&units);
        for unit in &units {
            builder.declare_items(&Here::new(unit));
        }
        for unit in &units {
            builder.declare_bodies(&Here::new(unit));
        }
        for unit in &units {
            builder.walk(&Here::new(unit));
        }
        let mut index = builder.index;
        index.occurrences.sort();
        index
    }

    /// The name that stands at a byte of a text, or ends there.
    #[must_use]
    pub fn at(&self, file: FileId, offset: usize) -> Option<&Occurrence> {
        let offset = u32::try_from(offset).ok()?;
        let touches = |found: &&Occurrence| found.span.file == file && found.span.start <= offset;
        let first = self.occurrences.partition_point(|found| (found.span.file, found.span.end) < (file, offset));
        let near: Vec<&Occurrence> = self.occurrences.get(first..)?.iter().take_while(touches).collect();
        near.iter().find(|found| found.span.end > offset).or(near.first()).copied()
    }

    #[must_use]
    pub fn symbol(&self, occurrence: &Occurrence) -> Option<&Symbol> {
        self.symbols.get(occurrence.symbol)
    }

    /// All places of a name.
    pub fn places(&self, symbol: usize) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |found| found.symbol == symbol)
    }
}

/// Where a walk over a text is.
#[derive(Debug, Clone)]
struct Here<'u> {
    unit: &'u Arc<Unit>,
    owner: Owner,
    /// Parameters that hold here, the innermost last.
    locals: Vec<(String, usize)>,
    /// Families of pieces that hold here.
    pieces: Vec<(String, usize)>,
    /// The hypothesis whose nodes hold here.
    root: Option<String>,
    /// Whether names are axes before they are anything else.
    means_axes: bool,
}

impl<'u> Here<'u> {
    fn new(unit: &'u Arc<Unit>) -> Here<'u> {
        let owner = match unit.origin {
            Origin::User => Owner::User,
            Origin::Library(place) => Owner::Part(place),
        };
        Here { unit, owner, locals: Vec::new(), pieces: Vec::new(), root: None, means_axes: false }
    }

    fn file(&self) -> &'u ast::File {
        &self.unit.parsed.file
    }

    /// The same place, where a name stands for an axis.
    fn of_axes(&self) -> Here<'u> {
        Here { means_axes: true, ..self.clone() }
    }
}

struct Builder<'p> {
    project: &'p Project,
    index: Index,
    declared: BTreeMap<(Owner, Space, String), usize>,
    seen: BTreeSet<(Span, usize)>,
    /// The maps of the library that a model takes, by their names.
    taken_maps: BTreeSet<Span>,
}

/// A declaration: its name, its text, and what is written above it.
#[derive(Clone, Copy)]
struct Declared<'a> {
    name: &'a Ident,
    item: Span,
    docs: &'a str,
}

impl Builder<'_> {
    /// A place of a name, if it is written there.
    fn place(&mut self, here: &Here<'_>, name: &Ident, symbol: usize, is_definition: bool, kept: Option<Kept>) {
        if name.text.is_empty() || name.span.file != here.unit.id {
            return;
        }
        let Some(span) = here.unit.word_in(name.span, &name.text) else { return };
        if self.seen.insert((span, symbol)) {
            self.index.occurrences.push(Occurrence { span, symbol, is_definition, kept });
        }
    }

    /// The name of this space and owner, made if it is new, with its declaration.
    fn declare(&mut self, here: &Here<'_>, owner: Owner, space: Space, declared: Declared<'_>) -> usize {
        self.declare_kept(here, owner, space, declared, None)
    }

    fn declare_kept(
        &mut self,
        here: &Here<'_>,
        owner: Owner,
        space: Space,
        declared: Declared<'_>,
        kept: Option<Kept>,
    ) -> usize {
        let key = (owner.clone(), space, declared.name.text.clone());
        let known = self.declared.get(&key).copied();
        let symbol = known.unwrap_or_else(|| self.new_symbol(owner, space, declared));
        self.declared.insert(key, symbol);
        let is_library = here.unit.origin != Origin::User;
        if let Some(found) = self.index.symbols.get_mut(symbol) {
            found.is_library |= is_library;
        }
        self.place(here, declared.name, symbol, true, kept);
        symbol
    }

    fn new_symbol(&mut self, owner: Owner, space: Space, declared: Declared<'_>) -> usize {
        let Declared { name, item, docs } = declared;
        let (name, docs) = (name.text.clone(), docs.to_owned());
        self.index.symbols.push(Symbol { space, owner, name, docs, item, is_library: false });
        self.index.symbols.len() - 1
    }

    /// A name that holds within a part of the text alone.
    fn local(&mut self, here: &Here<'_>, space: Space, name: &Ident, within: Span) -> (String, usize) {
        let declared = Declared { name, item: name.span, docs: "" };
        let symbol = self.new_symbol(Owner::Local(within), space, declared);
        if let Some(found) = self.index.symbols.get_mut(symbol) {
            found.is_library = here.unit.origin != Origin::User;
        }
        self.place(here, name, symbol, true, None);
        (name.text.clone(), symbol)
    }

    fn known(&self, owner: &Owner, space: Space, name: &str) -> Option<usize> {
        self.declared.get(&(owner.clone(), space, name.to_owned())).copied()
    }

    /// The first of these spaces that has the name in an owner.
    fn first_of(&self, owner: &Owner, spaces: &[Space], name: &str) -> Option<usize> {
        spaces.iter().find_map(|space| self.known(owner, *space, name))
    }

    /// The same in the parts of the library that a text uses.
    fn in_library(&self, here: &Here<'_>, spaces: &[Space], name: &str) -> Option<usize> {
        let parts = self.project.sees.get(&here.unit.id)?;
        parts.iter().find_map(|part| self.first_of(&Owner::Part(*part), spaces, name))
    }

    /// A use of a name of the user's files, or else of the library.
    fn refer(&mut self, here: &Here<'_>, name: &Ident, spaces: &[Space]) {
        let own = self.first_of(&here.owner, spaces, &name.text);
        if let Some(symbol) = own.or_else(|| self.in_library(here, spaces, &name.text)) {
            self.place(here, name, symbol, false, None);
        }
    }
}
