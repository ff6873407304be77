//! One column against its declaration: element type, axes, rows, and the values themselves.

use super::array::Array;
use super::dataset::{Column, ColumnValues};
use super::load::ColumnSchema;
use super::types::Scalar;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::values::{self as messages, BadValues};
use ndarray::ArrayD;
use std::collections::BTreeMap;

/// What is known after the columns so far.
#[derive(Debug, Default)]
pub struct Checked {
    pub columns: BTreeMap<String, Column>,
    /// Given sizes, and those that columns showed.
    pub sizes: BTreeMap<String, usize>,
    /// The number of rows, and the key of the column that showed it.
    pub rows: Option<(usize, String)>,
}

/// Checks a column and adds it, or reports why not.
pub fn column(schema: &ColumnSchema, array: Array, path: &str, checked: &mut Checked, findings: &mut Vec<Diagnostic>) {
    let before = findings.len();
    axes(schema, array.shape(), path, checked, findings);
    if findings.len() > before {
        return;
    }
    match values(schema, array, path) {
        Ok(values) => {
            let column = Column { scalar: schema.ty.scalar, dims: schema.ty.dims.clone(), values };
            checked.columns.insert(schema.name.clone(), column);
        }
        Err(finding) => findings.push(*finding),
    }
}

/// Reports a dataset without rows, and axes without elements.
pub fn sizes_present(schema: &[ColumnSchema], checked: &Checked, path: &str, findings: &mut Vec<Diagnostic>) {
    match checked.rows {
        Some((0, _)) => findings.push(messages::no_rows(path)),
        None if schema.is_empty() => findings.push(messages::no_columns(path)),
        _ => {}
    }
    for column in schema {
        if let Some(dim) = column.ty.dims.iter().find(|dim| checked.sizes.get(*dim) == Some(&0)) {
            findings.push(messages::empty_axis(column.place, dim, &column.key, path));
        }
    }
}

fn axes(schema: &ColumnSchema, shape: &[usize], path: &str, checked: &mut Checked, findings: &mut Vec<Diagnostic>) {
    let wrong_rank = || messages::column_rank(schema.place, &schema.key, &schema.ty, shape, path);
    let Some((rows, sizes)) = shape.split_first() else {
        findings.push(wrong_rank());
        return;
    };
    if sizes.len() != schema.ty.dims.len() {
        findings.push(wrong_rank());
        return;
    }
    for (dim, size) in schema.ty.dims.iter().zip(sizes) {
        let known = *checked.sizes.entry(dim.clone()).or_insert(*size);
        if known != *size {
            findings.push(messages::column_size(schema.place, &schema.key, dim, *size, known, path));
        }
    }
    match &checked.rows {
        None => checked.rows = Some((*rows, schema.key.clone())),
        Some((known, first)) if known != rows => {
            findings.push(messages::rows_differ(schema.place, &schema.key, *rows, first, *known, path));
        }
        Some(_) => {}
    }
}

fn values(schema: &ColumnSchema, array: Array, path: &str) -> Result<ColumnValues, Box<Diagnostic>> {
    let found = array.type_name();
    let mismatch = || Box::new(messages::column_type(schema.place, &schema.key, &schema.ty, found, path));
    match (schema.ty.scalar, array) {
        (Scalar::Int, Array::Int(values)) => Ok(ColumnValues::Int(values)),
        (Scalar::Token, Array::Int(values)) => {
            let limit = schema.vocabulary.map_or(i64::MAX, |words| i64::try_from(words).unwrap_or(i64::MAX));
            match bad_values(&values, |value| *value < 0 || *value >= limit) {
                Some(bad) => {
                    Err(Box::new(messages::token_outside(schema.place, &schema.key, schema.vocabulary, &bad, path)))
                }
                None => Ok(ColumnValues::Int(values)),
            }
        }
        (Scalar::Category, Array::Int(values)) => match bad_values(&values, |value| *value < 0) {
            Some(bad) => Err(Box::new(messages::category_negative(schema.place, &schema.key, &bad, path))),
            None => Ok(ColumnValues::Int(values)),
        },
        (Scalar::Bool, Array::Bool(values)) => Ok(ColumnValues::Bool(values)),
        (Scalar::Bool, Array::Int(values)) => match bad_values(&values, |value| !matches!(value, 0 | 1)) {
            Some(bad) => Err(Box::new(messages::not_boolean(schema.place, &schema.key, &bad, path))),
            None => Ok(ColumnValues::Bool(values.mapv(|value| value == 1))),
        },
        (Scalar::Real, Array::Int(values)) => Ok(ColumnValues::Real(values.mapv(|value| value as f64))),
        (Scalar::Real, Array::F32(values)) => finite(schema, values.mapv(f64::from), path),
        (Scalar::Real, Array::Real(values)) => finite(schema, values, path),
        _ => Err(mismatch()),
    }
}

fn finite(schema: &ColumnSchema, values: ArrayD<f64>, path: &str) -> Result<ColumnValues, Box<Diagnostic>> {
    match bad_values(&values, |value| !value.is_finite()) {
        Some(bad) => Err(Box::new(messages::not_finite(schema.place, &schema.key, &bad, path))),
        None => Ok(ColumnValues::Real(values)),
    }
}

/// The first bad element with its row and position, and how many there are.
fn bad_values<T: ToString>(values: &ArrayD<T>, is_bad: impl Fn(&T) -> bool) -> Option<BadValues> {
    let first = values.iter().position(&is_bad)?;
    let count = values.iter().filter(|value| is_bad(value)).count() as u64;
    let mut rest = first;
    let mut position: Vec<usize> = Vec::new();
    for size in values.shape().iter().rev() {
        position.push(rest % size);
        rest /= size;
    }
    position.reverse();
    let row = position.first().map_or(0, |row| *row as u64);
    let value = values.iter().nth(first).map_or_else(String::new, ToString::to_string);
    Some(BadValues { row, position: position.split_off(1.min(position.len())), value, count })
}
