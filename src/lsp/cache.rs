//! Models and data that have been read, so that an edit of the text reads none of them again.

use crate::data::{ColumnSchema, Dataset};
use crate::diagnostics::Diagnostic;
use crate::files::{self, Stamp};
use crate::model::{Model, ModelFile, load};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So many checks later, what none of them has used is forgotten.
const KEPT: u64 = 8;

/// What a model file holds, or why it holds none.
pub type Loaded = Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>>;

#[derive(Debug)]
struct Entry<T> {
    value: T,
    /// The files that it was read from, as they were.
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    used: u64,
}

impl<T> Entry<T> {
    fn is_current(&self) -> bool {
        self.stamps.iter().all(|(path, stamp)| files::stamp(path) == *stamp)
    }
}

/// Everything that has been read from files other than texts.
#[derive(Debug, Default)]
pub struct Cache {
    check: u64,
    models: BTreeMap<PathBuf, Entry<Loaded>>,
    /// By hash of the file and what is known of sizes.
    inferred: BTreeMap<String, Entry<(Model, Vec<Diagnostic>)>>,
    /// By path and columns.
    datasets: BTreeMap<(PathBuf, String), Entry<Dataset>>,
    bytes: BTreeMap<PathBuf, Entry<Vec<u8>>>,
}

impl Cache {
    /// A new check: what the last ones did not use is forgotten.
    pub fn begin(&mut self) {
        self.check += 1;
        let oldest = self.check.saturating_sub(KEPT);
        self.models.retain(|_, entry| entry.used >= oldest);
        self.inferred.retain(|_, entry| entry.used >= oldest);
        self.datasets.retain(|_, entry| entry.used >= oldest);
        self.bytes.retain(|_, entry| entry.used >= oldest);
    }

    /// A model, read if its files are not as they were.
    pub fn model(&mut self, path: &Path) -> &Loaded {
        let check = self.check;
        if self.models.get(path).is_none_or(|entry| !entry.is_current()) {
            // What changes while it is read is read again.
            let own = (path.to_owned(), files::stamp(path));
            let value = load(path);
            let folder = path.parent().unwrap_or(Path::new(""));
            let others = value.iter().flat_map(|(file, _)| &file.external_files).map(|name| folder.join(name));
            let others = others.map(|path| (path.clone(), files::stamp(&path)));
            let stamps = std::iter::once(own).chain(others).collect();
            self.models.insert(path.to_owned(), Entry { value, stamps, used: check });
        }
        let entry = self.models.get_mut(path).expect("it has just been put in");
        entry.used = check;
        &entry.value
    }

    /// What has been found out of a model.
    pub fn inferred(
        &mut self,
        key: &str,
        make: impl FnOnce() -> Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>>,
    ) -> Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>> {
        if let Some(entry) = self.inferred.get_mut(key) {
            entry.used = self.check;
            return Ok(entry.value.clone());
        }
        let value = make()?;
        let entry = Entry { value: value.clone(), stamps: Vec::new(), used: self.check };
        self.inferred.insert(key.to_owned(), entry);
        Ok(value)
    }

    /// A dataset whose columns and sizes are these.
    pub fn dataset(
        &mut self,
        path: &Path,
        (schema, sizes): (&[ColumnSchema], &BTreeMap<String, usize>),
        make: impl FnOnce() -> Result<Dataset, Vec<Diagnostic>>,
    ) -> Result<Dataset, Vec<Diagnostic>> {
        let columns = schema.iter().map(|own| (&own.name, &own.key, &own.ty, own.vocabulary));
        let key = (path.to_owned(), format!("{:?} {sizes:?}", columns.collect::<Vec<_>>()));
        if let Some(entry) = self.datasets.get_mut(&key).filter(|entry| entry.is_current()) {
            entry.used = self.check;
            return Ok(entry.value.clone());
        }
        let stamps = vec![(path.to_owned(), files::stamp(path))];
        let value = make()?;
        self.datasets.insert(key, Entry { value: value.clone(), stamps, used: self.check });
        Ok(value)
    }

    /// The bytes of a table.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
        if let Some(entry) = self.bytes.get_mut(path).filter(|entry| entry.is_current()) {
            entry.used = self.check;
            return Ok(entry.value.clone());
        }
        let stamps = vec![(path.to_owned(), files::stamp(path))];
        let value = files::read(path, files::BINARY_LIMIT)?;
        self.bytes.insert(path.to_owned(), Entry { value: value.clone(), stamps, used: self.check });
        Ok(value)
    }
}
