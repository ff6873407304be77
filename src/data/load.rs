//! From bytes and a schema to a [`Dataset`].

use super::array::Array;
use super::check::{self, Checked};
use super::dataset::Dataset;
use super::jsonl::read_jsonl;
use super::npz::Npz;
use super::types::ValueType;
use crate::diagnostics::messages::{files, values as messages};
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;
use std::collections::BTreeMap;

/// A column as the hypothesis file declares it.
#[derive(Debug, Clone)]
pub struct ColumnSchema {
    /// The name that expressions use.
    pub name: String,
    /// The name in the data file.
    pub key: String,
    /// Without the axis of rows.
    pub ty: ValueType,
    /// Where the column is declared.
    pub place: Span,
    /// The number of words, for a token column whose vocabulary is known.
    pub vocabulary: Option<u64>,
}

/// What a data file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Npz,
    Jsonl,
}

impl Format {
    /// The names that a declaration can use.
    pub const NAMES: [&str; 2] = ["npz", "jsonl"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Format> {
        match name {
            "npz" => Some(Format::Npz),
            "jsonl" => Some(Format::Jsonl),
            _ => None,
        }
    }
}

/// A data file that has been read into memory.
#[derive(Debug, Clone, Copy)]
pub struct DataFile<'a> {
    /// The name of the dataset in the hypothesis file.
    pub name: &'a str,
    /// The path as shown in findings.
    pub path: &'a str,
    pub format: Format,
    pub bytes: &'a [u8],
}

/// The dataset of a file: every declared column, checked.
///
/// `sizes` gives the axes whose size is known from elsewhere; the others are learned from the
/// first column that has them.
///
/// # Errors
/// Everything that is wrong with the file or that contradicts the schema, as far as it can be told.
pub fn load(
    schema: &[ColumnSchema],
    file: DataFile<'_>,
    sizes: &BTreeMap<String, usize>,
) -> Result<Dataset, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let arrays = match file.format {
        Format::Npz => from_npz(schema, file, &mut findings),
        Format::Jsonl => from_jsonl(schema, file, &mut findings)?,
    };
    let hash = blake3::hash(file.bytes).to_hex().to_string();
    assemble(schema, arrays, Origin { name: file.name, path: file.path, hash }, sizes, findings)
}

/// Where a dataset comes from.
#[derive(Debug)]
pub struct Origin<'a> {
    /// The name of the dataset in the hypothesis file.
    pub name: &'a str,
    /// As shown in findings.
    pub path: &'a str,
    /// BLAKE3 of what it was read from, as hexadecimal digits.
    pub hash: String,
}

/// The dataset of arrays, one for each column of the schema; what is absent is in `findings`.
///
/// # Errors
/// The findings, and everything by which the arrays contradict the schema.
pub fn assemble(
    schema: &[ColumnSchema],
    arrays: Vec<Option<Array>>,
    origin: Origin<'_>,
    sizes: &BTreeMap<String, usize>,
    mut findings: Vec<Diagnostic>,
) -> Result<Dataset, Vec<Diagnostic>> {
    let mut checked = Checked { sizes: sizes.clone(), ..Checked::default() };
    for (column, array) in schema.iter().zip(arrays) {
        if let Some(array) = array {
            check::column(column, array, origin.path, &mut checked, &mut findings);
        }
    }
    check::sizes_present(schema, &checked, origin.path, &mut findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Dataset {
        name: origin.name.to_string(),
        path: origin.path.to_string(),
        hash: origin.hash,
        rows: checked.rows.map_or(0, |(rows, _)| rows),
        columns: checked.columns,
        sizes: checked.sizes,
    })
}

/// The keys that might be meant by one that is absent: those that look like it, or the first.
fn near_key<'a>(key: &str, keys: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    let near = nearest(key, keys.clone());
    if near.is_empty() { keys.take(1).collect() } else { near }
}

/// One array, or `None` with a finding, for each column of the schema.
fn from_npz(schema: &[ColumnSchema], file: DataFile<'_>, findings: &mut Vec<Diagnostic>) -> Vec<Option<Array>> {
    let mut npz = match Npz::open(file.bytes, file.path) {
        Ok(npz) => npz,
        Err(finding) => {
            findings.push(*finding);
            return Vec::new();
        }
    };
    let keys: Vec<String> = npz.keys().map(ToString::to_string).collect();
    let mut read = |column: &ColumnSchema, findings: &mut Vec<Diagnostic>| {
        if !keys.contains(&column.key) {
            let near = near_key(&column.key, keys.iter().map(String::as_str));
            let listed = npz.describe(messages::MOST_LISTED);
            findings.push(messages::column_missing(
                column.place,
                &column.name,
                &column.key,
                file.path,
                &near,
                &listed,
                keys.len(),
            ));
            return None;
        }
        npz.read(&column.key).map_err(|finding| findings.push(*finding)).ok()
    };
    schema.iter().map(|column| read(column, findings)).collect()
}

fn from_jsonl(
    schema: &[ColumnSchema],
    file: DataFile<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Option<Array>>, Vec<Diagnostic>> {
    if file.bytes.starts_with(b"PK\x03\x04") {
        return Err(vec![files::npz_as_jsonl(file.path)]);
    }
    let mut wanted: Vec<&str> = schema.iter().map(|column| column.key.as_str()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let table = read_jsonl(file.bytes, file.path, &wanted)?;
    if table.rows == 0 {
        return Err(vec![messages::no_rows(file.path)]);
    }
    let mut find = |column: &ColumnSchema| {
        let array = table.arrays.get(&column.key).cloned();
        if array.is_none() {
            let near = near_key(&column.key, table.keys.iter().map(String::as_str));
            let listed: Vec<String> = table.keys.iter().take(messages::MOST_LISTED).map(|key| clean(key)).collect();
            let count = table.keys.len();
            findings.push(messages::column_missing(
                column.place,
                &column.name,
                &column.key,
                file.path,
                &near,
                &listed,
                count,
            ));
        }
        array
    };
    Ok(schema.iter().map(&mut find).collect())
}
