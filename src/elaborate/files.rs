//! The files that a file uses: each is read and parsed once, whatever uses it.

use super::library::{LIBRARY, find};
use crate::diagnostics::messages::elaborate as messages;
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::ast::{self, Used};
use crate::syntax::{decode, parse};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// At most this many files belong to one hypothesis.
const MOST_FILES: usize = 1_000;

/// What elaboration takes from outside.
pub trait Outside {
    /// A used file, by its path relative to the folder of the main file.
    ///
    /// # Errors
    /// The file cannot be read.
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>>;

    /// What tells the main file from others, as [`Read::identity`].
    fn main_identity(&self) -> String;

    /// The dotted module paths of a model. `None` if it cannot be loaded, which is reported where
    /// the model is checked.
    fn modules(&self, model: &ast::Model) -> Option<Vec<String>>;

    /// The names of a model's inputs. `None` as for [`Outside::modules`].
    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>>;
}

/// A file that has been read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The same for every path to one file.
    pub identity: String,
    /// The path as shown in findings.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Main,
    /// A file of the user.
    User,
    /// A part of the library, by its place in [`LIBRARY`].
    Library(usize),
}

/// One file with what it uses directly.
#[derive(Debug)]
pub struct Unit {
    pub id: FileId,
    pub origin: Origin,
    pub file: ast::File,
    /// Parts of the library, by place, in the order of their uses.
    pub library: Vec<usize>,
}

/// All files, those that are used before those that use them; the main file is last of the user's.
#[derive(Debug)]
pub struct Loaded {
    pub units: Vec<Unit>,
}

impl Loaded {
    /// The files of the user, the main one last.
    pub fn user(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(|unit| !matches!(unit.origin, Origin::Library(_)))
    }
}

/// Reads and parses everything that a file uses, directly or not.
pub fn load(
    main: FileId,
    parsed: &ast::File,
    outside: &dyn Outside,
    sources: &mut Sources,
    sink: &mut Vec<Diagnostic>,
) -> Loaded {
    let mut loader = Loader {
        outside,
        sources,
        sink,
        known: BTreeMap::from([(outside.main_identity(), ())]),
        parts: BTreeMap::new(),
        units: Vec::new(),
    };
    loader.unit(main, Origin::Main, parsed.clone(), Path::new(""));
    Loaded { units: loader.units }
}

struct Loader<'a> {
    outside: &'a dyn Outside,
    sources: &'a mut Sources,
    sink: &'a mut Vec<Diagnostic>,
    /// Files of the user by identity.
    known: BTreeMap<String, ()>,
    /// Parts of the library that are there.
    parts: BTreeMap<usize, ()>,
    units: Vec<Unit>,
}

/// A file that waits for those that it uses: with the number of uses followed.
struct Open {
    unit: Unit,
    folder: PathBuf,
    followed: usize,
}

impl Loader<'_> {
    /// Depth first without recursion, so that a long chain of files costs no stack.
    fn unit(&mut self, id: FileId, origin: Origin, file: ast::File, folder: &Path) {
        let unit = Unit { id, origin, file, library: Vec::new() };
        let mut open = vec![Open { unit, folder: folder.to_owned(), followed: 0 }];
        while let Some(top) = open.last_mut() {
            let Some(used) = top.unit.file.uses.get(top.followed).cloned() else {
                let parts: Vec<usize> = top.unit.file.models.iter().filter_map(part_of_map).collect();
                self.units.extend(open.pop().map(|done| done.unit));
                // No part with maps uses another.
                let parts: Vec<Open> = parts.into_iter().filter_map(|place| self.part(place)).collect();
                self.units.extend(parts.into_iter().map(|part| part.unit));
                continue;
            };
            top.followed += 1;
            let next = match &used.what {
                Used::Library(words) => self.library(words, used.span, &mut top.unit),
                Used::File(path) => self.file(path, used.span, &top.folder.clone(), top.unit.origin),
            };
            open.extend(next);
        }
    }

    fn library(&mut self, words: &[ast::Ident], span: Span, unit: &mut Unit) -> Option<Open> {
        let name = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".");
        if words.iter().any(|word| word.text.is_empty()) {
            return None;
        }
        let Some(place) = find(&name) else {
            let near = nearest(&name, LIBRARY.iter().map(|part| part.name));
            let all: Vec<&str> = LIBRARY.iter().map(|part| part.name).collect();
            self.sink.push(messages::no_such_part(span, &name, &near, &all));
            return None;
        };
        if !unit.library.contains(&place) {
            unit.library.push(place);
        }
        self.part(place)
    }

    /// A part of the library, unless it is there.
    fn part(&mut self, place: usize) -> Option<Open> {
        if self.parts.insert(place, ()).is_some() {
            return None;
        }
        let part = LIBRARY.get(place)?;
        let id = self.sources.add(SourceFile::new(part.name, part.text));
        let parsed = parse(id, part.text);
        self.sink.extend(parsed.diagnostics);
        let unit = Unit { id, origin: Origin::Library(place), file: parsed.file, library: Vec::new() };
        Some(Open { unit, folder: PathBuf::new(), followed: 0 })
    }

    fn file(&mut self, path: &ast::Text, span: Span, folder: &Path, origin: Origin) -> Option<Open> {
        if path.value.is_empty() {
            return None;
        }
        if let Origin::Library(_) = origin {
            self.sink.push(messages::file_in_library(span));
            return None;
        }
        if self.known.len() >= MOST_FILES {
            self.sink.push(messages::too_many_files(span, MOST_FILES));
            return None;
        }
        let whole = folder.join(&path.value);
        let read = match self.outside.read(&whole) {
            Ok(read) => read,
            Err(finding) => {
                self.sink.push(finding.pointed(path.span));
                return None;
            }
        };
        if self.known.insert(read.identity, ()).is_some() {
            return None;
        }
        let text = match decode(&read.name, &read.bytes) {
            Ok(text) => text,
            Err(finding) => {
                self.sink.push(finding.pointed(path.span));
                return None;
            }
        };
        let id = self.sources.add(SourceFile::new(read.name, text.clone()));
        let parsed = parse(id, &text);
        self.sink.extend(parsed.diagnostics);
        let folder = whole.parent().unwrap_or(Path::new("")).to_owned();
        let file = relative(parsed.file, &folder);
        Some(Open { unit: Unit { id, origin: Origin::User, file, library: Vec::new() }, folder, followed: 0 })
    }
}

/// The part of the library that a model takes its map from by its whole name, which needs no `use`.
fn part_of_map(model: &ast::Model) -> Option<usize> {
    let (_, before) = model.map.as_ref()?.path.split_last()?;
    find(&before.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("."))
}

/// A file whose paths lead from the folder of the main file.
fn relative(mut file: ast::File, folder: &Path) -> ast::File {
    let paths = file.models.iter_mut().map(|item| &mut item.path);
    let paths = paths.chain(file.data.iter_mut().map(|item| &mut item.path));
    for path in paths.chain(file.tables.iter_mut().map(|item| &mut item.path)) {
        // An empty path is one that the text lacks; that has been reported.
        if !path.value.is_empty() {
            path.value = folder.join(&path.value).display().to_string();
        }
    }
    file
}
