//! Tables: constants from files, read once and entered into the scope of each model.

use super::loader::Loader;
use crate::data::{Array, TableSchema, TableValues, read_table, table_values};
use crate::diagnostics::{Diagnostic, Label, Place};
use crate::feature::{Data, Scope, Table, resolve_type};
use crate::syntax::ast;
use std::sync::Arc;

/// The file of a table.
#[derive(Debug, Clone)]
pub struct TableFile {
    pub name: String,
    /// The path as shown.
    pub path: String,
    /// BLAKE3 of the bytes of the file, as hexadecimal digits.
    pub hash: String,
    array: Array,
}

/// Reads the tables of a file, by place of the item; `None` where that failed.
pub fn read(file: &ast::File, loader: &dyn Loader, sink: &mut Vec<Diagnostic>) -> Vec<Option<TableFile>> {
    let mut one = |item: &ast::Table| match read_one(item, loader) {
        Ok(found) => found,
        Err(finding) => {
            sink.push(at_path(*finding, item));
            None
        }
    };
    file.tables.iter().map(&mut one).collect()
}

fn read_one(item: &ast::Table, loader: &dyn Loader) -> Result<Option<TableFile>, Box<Diagnostic>> {
    let name = &item.name.text;
    if name.is_empty() || item.path.value.is_empty() {
        return Ok(None);
    }
    let (path, bytes) = loader.table(item)?;
    let place = item.key.as_ref().map_or(item.path.span, |key| key.span);
    let array = read_table(&bytes, &path, key(item), place)?;
    let hash = blake3::hash(&bytes).to_hex().to_string();
    Ok(Some(TableFile { name: name.clone(), path, hash, array }))
}

fn key(item: &ast::Table) -> &str {
    item.key.as_ref().map_or(&item.name.text, |key| &key.value)
}

/// A finding about the file as a whole, pointed at its path in the text.
fn at_path(mut finding: Diagnostic, item: &ast::Table) -> Diagnostic {
    if !matches!(finding.primary.place, Place::Source(_)) {
        let place = Place::Source(item.path.span);
        let found = std::mem::replace(&mut finding.primary, Label { place, text: String::new() });
        if !found.text.is_empty() {
            finding.secondary.insert(0, found);
        }
    }
    finding
}

/// Enters tables into a scope whose axes are known: their values, and the axes that they bring.
pub fn enter(file: &ast::File, files: &[Option<TableFile>], scope: &mut Scope, sink: &mut Vec<Diagnostic>) {
    for (item, found) in file.tables.iter().zip(files) {
        if item.name.text.is_empty() {
            continue;
        }
        let table = found.as_ref().and_then(|found| table(item, found, scope, sink));
        if let Some(table) = &table {
            for (dim, size) in table.ty.dims.iter().zip(&table.sizes) {
                scope.dims.entry(dim.clone()).or_default().get_or_insert(*size);
            }
        }
        scope.tables.insert(item.name.text.clone(), table.map(Arc::new));
    }
}

fn table(item: &ast::Table, found: &TableFile, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Table> {
    // The parser reports a table without a type, and one that is not npz.
    let written = item.ty.as_ref()?;
    let declared = resolve_type(written, sink)?;
    let known = |dim: &String| declared.sizes.get(dim).copied().or_else(|| scope.dims.get(dim).copied().flatten());
    let sizes: Vec<Option<usize>> = declared.ty.dims.iter().map(known).collect();
    let schema = TableSchema { key: key(item), ty: &declared.ty, sizes: &sizes, place: written.span };
    let (sizes, values) =
        table_values(&schema, &found.array, &found.path).map_err(|finding| sink.push(*finding)).ok()?;
    let data = match values {
        TableValues::Bool(values) => Data::Bool(values),
        TableValues::Int(values) => Data::Int(values),
        TableValues::Real(values) => Data::Real(values),
    };
    Some(Table { name: item.name.text.clone(), ty: declared.ty, sizes, data })
}
