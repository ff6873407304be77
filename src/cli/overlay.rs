//! Texts that stand for files which are not written yet.

use crate::diagnostics::Diagnostic;
use crate::files;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bytes by the real path of the file that they stand for.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<PathBuf, Vec<u8>>);

impl Texts {
    /// What stands for a file, or else the file.
    ///
    /// # Errors
    /// Those of [`files::read`].
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
        let known = files::real_path(path).and_then(|real| self.0.get(&real));
        known.map_or_else(|| files::read(path, files::SOURCE_LIMIT), |bytes| Ok(bytes.clone()))
    }

    /// From here on `bytes` stand for a file, by its real path.
    pub fn put(&mut self, real: PathBuf, bytes: Vec<u8>) {
        self.0.insert(real, bytes);
    }
}
