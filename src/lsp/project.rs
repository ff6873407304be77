//! A text with all that it uses: files, from the editor where they are open, and parts of the library.

use super::documents::{Document, identity};
use super::position::Lines;
use crate::elaborate::LIBRARY;
use crate::files::{self, Stamp};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Used};
use crate::syntax::{Parsed, SyntaxKind, decode, parse};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// At most this many files are followed, as many as the checker follows.
const MOST_FILES: usize = 1_000;

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file of the user.
    User,
    /// A part of the library, by its place in [`LIBRARY`].
    Library(usize),
}

/// One parsed text.
#[derive(Debug)]
pub struct Unit {
    pub id: FileId,
    pub origin: Origin,
    /// Where it lies; for the library, where it can be looked at.
    pub path: Option<PathBuf>,
    /// The name of the document, if it is open.
    pub uri: Option<String>,
    pub text: Arc<str>,
    pub lines: Lines,
    pub parsed: Parsed,
    /// The names that stand in it, in order: what is neither a keyword nor a string nor a comment.
    pub words: Vec<Span>,
}

impl Unit {
    fn new(id: FileId, origin: Origin, text: Arc<str>) -> Unit {
        let parsed = parse(id, &text);
        let is_word = |kind: SyntaxKind| matches!(kind, SyntaxKind::Ident);
        let words = parsed.tree.tokens().filter(|token| is_word(token.kind()));
        let words = words.map(|token| Span::new(id, token.range())).collect();
        Unit { id, origin, path: None, uri: None, lines: Lines::of(&text), parsed, words, text }
    }

    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Where a name stands within a part of the text that may have more around it, such as parentheses.
    #[must_use]
    pub fn word_in(&self, span: Span, name: &str) -> Option<Span> {
        if self.slice(span) == name {
            return Some(span);
        }
        let first = self.words.partition_point(|word| word.start < span.start);
        let inside = self.words.get(first..)?.iter().take_while(|word| word.end <= span.end);
        inside.copied().find(|word| self.slice(*word) == name)
    }
}

/// What a parsed text was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Open(u64),
    Disk(Option<Stamp>),
    Library,
}

/// Parsed texts, each once for every version of it.
#[derive(Debug, Default)]
pub struct Units {
    ids: BTreeMap<String, FileId>,
    known: BTreeMap<FileId, (Version, Arc<Unit>)>,
    /// The folder in which the library can be looked at.
    pub library: Option<PathBuf>,
}

/// A text and all that it uses.
#[derive(Debug, Clone)]
pub struct Project {
    /// The main text first, then those that are used, as they are met.
    pub units: Vec<Arc<Unit>>,
    /// By text the texts that its `use` lines lead to, by place of the line.
    pub uses: BTreeMap<FileId, Vec<Option<FileId>>>,
    /// By text the parts of the library whose names it sees.
    pub sees: BTreeMap<FileId, Vec<usize>>,
}

impl Project {
    #[must_use]
    pub fn unit(&self, id: FileId) -> Option<&Arc<Unit>> {
        self.units.iter().find(|unit| unit.id == id)
    }

    #[must_use]
    pub fn main(&self) -> Option<&Arc<Unit>> {
        self.units.first()
    }

    /// A part of the library, if something uses it.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<&Arc<Unit>> {
        self.units.iter().find(|unit| unit.origin == Origin::Library(place))
    }
}

impl Units {
    /// The text of a document with all that it uses.
    pub fn project(&mut self, document: &Document, open: &BTreeMap<String, Document>) -> Project {
        let name = document.identity();
        let main = match self.library_part(document.path.as_deref()) {
            Some(place) => self.part(place),
            None => Some(self.opened(&name, document)),
        };
        let main = main.unwrap_or_else(|| self.opened(&name, document));
        let mut project = Project { units: Vec::new(), uses: BTreeMap::new(), sees: BTreeMap::new() };
        let mut waiting = vec![main];
        while let Some(unit) = waiting.pop() {
            if project.unit(unit.id).is_some() || project.units.len() > MOST_FILES {
                continue;
            }
            let used = self.used(&unit, open);
            project.uses.insert(unit.id, used.iter().map(|used| used.as_ref().map(|unit| unit.id)).collect());
            let parts = used.iter().flatten().filter_map(|unit| match unit.origin {
                Origin::Library(place) => Some(place),
                Origin::User => None,
            });
            project.sees.insert(unit.id, parts.collect());
            let maps = unit.parsed.file.models.iter().filter_map(part_of_map);
            let maps: Vec<Arc<Unit>> = maps.filter_map(|place| self.part(place)).collect();
            project.units.push(unit);
            waiting.extend(used.into_iter().rev().flatten().chain(maps));
        }
        project
    }

    /// The part of the library that a path shows.
    #[must_use]
    pub fn library_part(&self, path: Option<&Path>) -> Option<usize> {
        let (folder, path) = (self.library.as_deref()?, path?);
        LIBRARY.iter().position(|part| folder.join(library_file(part.name)) == path)
    }

    fn used(&mut self, unit: &Unit, open: &BTreeMap<String, Document>) -> Vec<Option<Arc<Unit>>> {
        let folder = unit.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let mut one = |used: &ast::Use| match &used.what {
            Used::Library(words) => {
                let name = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
                self.part(LIBRARY.iter().position(|part| part.name == name)?)
            }
            Used::File(path) if path.value.is_empty() || unit.origin != Origin::User => None,
            Used::File(path) => self.file(&folder.join(&path.value), open),
        };
        unit.parsed.file.uses.iter().map(&mut one).collect()
    }

    fn id(&mut self, name: &str) -> FileId {
        let next = FileId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        *self.ids.entry(name.to_owned()).or_insert(next)
    }

    fn opened(&mut self, name: &str, document: &Document) -> Arc<Unit> {
        let version = Version::Open(document.revision);
        let make = |id: FileId| Unit {
            path: document.path.clone(),
            uri: Some(document.uri.as_str().to_owned()),
            ..Unit::new(id, Origin::User, Arc::clone(&document.text))
        };
        self.at(name, version, make)
    }

    fn file(&mut self, path: &Path, open: &BTreeMap<String, Document>) -> Option<Arc<Unit>> {
        let name = identity(path);
        if let Some(document) = open.get(&name) {
            return Some(self.opened(&name, document));
        }
        let version = Version::Disk(files::stamp(path));
        let id = self.id(&name);
        if let Some((known, unit)) = self.known.get(&id)
            && *known == version
        {
            return Some(Arc::clone(unit));
        }
        let text = files::read(path, files::SOURCE_LIMIT).and_then(|bytes| decode(&name, &bytes)).ok()?;
        let real = PathBuf::from(&name);
        let make = |id: FileId| Unit { path: Some(real), ..Unit::new(id, Origin::User, Arc::from(text)) };
        Some(self.at(&name, version, make))
    }

    /// A part of the library.
    pub fn part(&mut self, place: usize) -> Option<Arc<Unit>> {
        let part = LIBRARY.get(place)?;
        let path = self.library.as_deref().map(|folder| folder.join(library_file(part.name)));
        let make = |id: FileId| Unit { path, ..Unit::new(id, Origin::Library(place), Arc::from(part.text)) };
        Some(self.at(part.name, Version::Library, make))
    }

    fn at(&mut self, name: &str, version: Version, make: impl FnOnce(FileId) -> Unit) -> Arc<Unit> {
        let id = self.id(name);
        match self.known.get(&id) {
            Some((known, unit)) if *known == version => Arc::clone(unit),
            _ => {
                let unit = Arc::new(make(id));
                self.known.insert(id, (version, Arc::clone(&unit)));
                unit
            }
        }
    }
}

/// The file in which a part of the library can be looked at: `std.features.ansatz`.
#[must_use]
pub fn library_file(part: &str) -> String {
    format!("{part}.ansatz")
}

/// The part of the library that a model takes its map from by its whole name.
fn part_of_map(model: &ast::Model) -> Option<usize> {
    let (_, before) = model.map.as_ref()?.path.split_last()?;
    let name = before.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
    LIBRARY.iter().position(|part| part.name == name)
}
