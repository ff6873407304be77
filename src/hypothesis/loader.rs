//! What the checker asks the world around it.

use crate::data::{ColumnSchema, DataFile, Dataset, Format, load};
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::model::{DimSizes, Model, ModelFile, ShapeProbe, infer};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// Where models and data come from: the files that the text names, or others bound in their place.
pub trait Loader {
    /// # Errors
    /// The file cannot be read or is not a model that Ansatz takes.
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>>;
    /// The path as shown, and the bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>>;
    /// The path as shown, and the bytes, of a table.
    ///
    /// # Errors
    /// The file cannot be read.
    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>>;
    /// Whether a model or dataset of this name was bound to another file.
    fn is_bound(&self, name: &str) -> bool;
    fn probe(&self) -> &dyn ShapeProbe;
    fn engine(&self) -> &dyn Engine;

    /// What is found out of a loaded model by looking at it. A loader that is asked again may keep it.
    ///
    /// # Errors
    /// Those of [`infer`].
    fn inferred(&self, loaded: ModelFile, sizes: &DimSizes) -> Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>> {
        infer(loaded, self.probe(), self.engine(), sizes)
    }

    /// The dataset of a file. A loader that is asked again may keep it.
    ///
    /// # Errors
    /// Those of [`Loader::data`] and of [`load`].
    fn dataset(
        &self,
        item: &ast::Data,
        format: Format,
        schema: &[ColumnSchema],
        sizes: &BTreeMap<String, usize>,
    ) -> Result<Dataset, Vec<Diagnostic>> {
        let (path, bytes) = self.data(item).map_err(|finding| vec![*finding])?;
        let file = DataFile { name: &item.name.text, path: &path, format, bytes: &bytes };
        load(schema, file, sizes)
    }
}
