//! The check of one text, as `ansatz check` does it, with what has been read before.

use super::cache::Cache;
use super::documents::{Document, identity};
use super::facts::Facts;
use crate::data::{ColumnSchema, DataFile, Dataset, Format, load};
use crate::diagnostics::{Diagnostic, settle};
use crate::elaborate::{Outside, Read, elaborate};
use crate::engine::Engine;
use crate::files;
use crate::hypothesis::{self, Loader};
use crate::lints::{Levels, Lints};
use crate::model::{DimSizes, Graph, Model, ModelFile, ShapeProbe, infer, modules};
use crate::source::{SourceFile, Sources};
use crate::syntax::{ast, parse};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a check needs of the program around it.
pub trait Host: Send + Sync {
    /// What computes.
    fn engine(&self) -> &dyn Engine;
    /// What looks at models.
    fn probe(&self) -> Box<dyn ShapeProbe + '_>;
    /// The levels that the settings of a project give for a file of it, and what is wrong with them.
    fn levels(&self, file: &Path) -> (Levels, Vec<Diagnostic>);
}

/// What was found in one text and in those that it uses.
#[derive(Debug)]
pub struct Checked {
    pub sources: Sources,
    /// In order.
    pub findings: Vec<Diagnostic>,
    pub facts: Facts,
}

/// Checks a text. `open` are the texts that take the place of files, by [`identity`].
pub fn check(document: &Document, open: &BTreeMap<String, Document>, host: &dyn Host, cache: &mut Cache) -> Checked {
    cache.begin();
    let mut sources = Sources::new();
    let name =
        document.path.as_ref().map_or_else(|| document.uri.as_str().to_owned(), |path| path.display().to_string());
    let file = sources.add(SourceFile::new(name, document.text.to_string()));
    let parsed = parse(file, &document.text);
    let mut findings = parsed.diagnostics;
    let folder = document.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let files = Files { folder, document, open, host, probe: host.probe(), cache: RefCell::new(cache) };
    let elaborated = elaborate(file, &parsed.file, &[], &files, &mut sources, &mut findings);
    let checked = hypothesis::check(&elaborated, &files, &mut findings);
    let (levels, wrong) = document.path.as_deref().map(|path| host.levels(path)).unwrap_or_default();
    findings.extend(wrong);
    let lints = Lints::new(Levels::new(), levels, &sources, &mut findings);
    lints.apply(&mut findings, &sources);
    lints.unused(&mut findings, &sources);
    findings.retain(|finding| finding.suppressed.is_none());
    settle(&mut findings, &sources);
    let facts = Facts::of(&elaborated, &checked);
    Checked { sources, findings, facts }
}

struct Files<'a> {
    folder: PathBuf,
    document: &'a Document,
    open: &'a BTreeMap<String, Document>,
    host: &'a dyn Host,
    probe: Box<dyn ShapeProbe + 'a>,
    cache: RefCell<&'a mut Cache>,
}

impl Files<'_> {
    fn of_graph<T>(&self, model: &ast::Model, about: impl Fn(&Graph) -> T) -> Option<T> {
        let path = self.folder.join(&model.path.value);
        self.cache.borrow_mut().model(&path).as_ref().ok().map(|(file, _)| about(&file.graph))
    }
}

impl Outside for Files<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        let whole = self.folder.join(path);
        let (identity, name) = (identity(&whole), whole.display().to_string());
        let bytes = match self.open.get(&identity) {
            Some(document) => document.text.as_bytes().to_vec(),
            None => files::read(&whole, files::SOURCE_LIMIT)?,
        };
        Ok(Read { identity, name, bytes })
    }

    fn main_identity(&self) -> String {
        self.document.identity()
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.of_graph(model, |graph| modules(graph).into_iter().collect())
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.of_graph(model, |graph| graph.input_names().map(str::to_owned).collect())
    }
}

impl Loader for Files<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        self.cache.borrow_mut().model(&self.folder.join(&item.path.value)).clone()
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.folder.join(&item.path.value);
        Ok((path.display().to_string(), files::read(&path, files::BINARY_LIMIT)?))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.folder.join(&item.path.value);
        Ok((path.display().to_string(), self.cache.borrow_mut().bytes(&path)?))
    }

    fn is_bound(&self, _: &str) -> bool {
        false
    }

    fn probe(&self) -> &dyn ShapeProbe {
        self.probe.as_ref()
    }

    fn engine(&self) -> &dyn Engine {
        self.host.engine()
    }

    fn inferred(&self, loaded: ModelFile, sizes: &DimSizes) -> Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>> {
        let key = format!("{} {} {sizes:?}", loaded.path, loaded.hash);
        let make = || infer(loaded, self.probe(), self.engine(), sizes);
        self.cache.borrow_mut().inferred(&key, make)
    }

    fn dataset(
        &self,
        item: &ast::Data,
        format: Format,
        schema: &[ColumnSchema],
        sizes: &BTreeMap<String, usize>,
    ) -> Result<Dataset, Vec<Diagnostic>> {
        let path = self.folder.join(&item.path.value);
        let make = || {
            let (path, bytes) = self.data(item).map_err(|finding| vec![*finding])?;
            let file = DataFile { name: &item.name.text, path: &path, format, bytes: &bytes };
            load(schema, file, sizes)
        };
        let found = self.cache.borrow_mut().dataset(&path, (schema, sizes), make)?;
        // Two names can stand for one file.
        Ok(Dataset { name: item.name.text.clone(), ..found })
    }
}
