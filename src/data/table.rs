//! Constants from a file: one array of an npz archive, checked against its declared type.

use super::array::Array;
use super::npz::Npz;
use super::types::{Scalar, ValueType};
use crate::diagnostics::messages::tables as messages;
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use ndarray::ArrayD;

/// A table as the hypothesis file declares it.
#[derive(Debug, Clone)]
pub struct TableSchema<'a> {
    /// The name of the array in the file.
    pub key: &'a str,
    pub ty: &'a ValueType,
    /// For each axis its size, where it is known from elsewhere.
    pub sizes: &'a [Option<usize>],
    /// Where the type is declared.
    pub place: Span,
}

/// Values of a table, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum TableValues {
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Real(Vec<f64>),
}

/// At most this many arrays of a file are listed.
const MOST_LISTED: usize = 20;

/// The array of an npz archive; `place` is where the file names it.
///
/// # Errors
/// Not an archive, or one without the array.
pub fn read_table(bytes: &[u8], path: &str, key: &str, place: Span) -> Result<Array, Box<Diagnostic>> {
    let mut npz = Npz::open(bytes, path)?;
    let keys: Vec<String> = npz.keys().map(ToString::to_string).collect();
    if !keys.iter().any(|known| known == key) {
        let near = nearest(key, keys.iter().map(String::as_str));
        return Err(Box::new(messages::table_missing(place, key, path, &near, &npz.describe(MOST_LISTED))));
    }
    npz.read(key)
}

/// The sizes of the axes and the values, checked.
///
/// # Errors
/// Other axes, sizes or elements than declared; numbers that are not finite.
pub fn table_values(
    schema: &TableSchema<'_>,
    array: &Array,
    path: &str,
) -> Result<(Vec<usize>, TableValues), Box<Diagnostic>> {
    let shape = array.shape();
    if shape.len() != schema.ty.dims.len() {
        return Err(Box::new(messages::table_rank(schema.place, schema.key, schema.ty, shape, path)));
    }
    for ((dim, size), known) in schema.ty.dims.iter().zip(shape).zip(schema.sizes) {
        if let Some(known) = known.filter(|known| known != size) {
            return Err(Box::new(messages::table_size(schema.place, schema.key, dim, *size, known, path)));
        }
        if *size == 0 {
            return Err(Box::new(messages::table_size(schema.place, schema.key, dim, 0, 1, path)));
        }
    }
    Ok((shape.to_vec(), values(schema, array, path)?))
}

fn values(schema: &TableSchema<'_>, array: &Array, path: &str) -> Result<TableValues, Box<Diagnostic>> {
    let wrong = |what: &str| Box::new(messages::table_values(schema.place, schema.key, what, path));
    match (schema.ty.scalar, array) {
        (Scalar::Int, Array::Int(values)) => Ok(TableValues::Int(flat(values))),
        (Scalar::Token | Scalar::Category, Array::Int(values)) => match values.iter().find(|value| **value < 0) {
            Some(value) => Err(wrong(&format!("the negative number {value}"))),
            None => Ok(TableValues::Int(flat(values))),
        },
        (Scalar::Bool, Array::Bool(values)) => Ok(TableValues::Bool(flat(values))),
        (Scalar::Bool, Array::Int(values)) => match values.iter().find(|value| !matches!(value, 0 | 1)) {
            Some(value) => Err(wrong(&format!("the number {value}, which is neither 0 nor 1"))),
            None => Ok(TableValues::Bool(values.iter().map(|value| *value == 1).collect())),
        },
        (Scalar::Real, Array::Int(values)) => Ok(TableValues::Real(values.iter().map(|value| *value as f64).collect())),
        (Scalar::Real, Array::F32(values)) => finite(values.iter().map(|value| f64::from(*value)).collect(), wrong),
        (Scalar::Real, Array::Real(values)) => finite(flat(values), wrong),
        _ => Err(Box::new(messages::table_type(schema.place, schema.key, schema.ty, array.type_name(), path))),
    }
}

fn finite(values: Vec<f64>, wrong: impl Fn(&str) -> Box<Diagnostic>) -> Result<TableValues, Box<Diagnostic>> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(TableValues::Real(values));
    }
    let count = values.iter().filter(|value| !value.is_finite()).count();
    Err(wrong(&format!("NaN or infinity at {count} of {} places", values.len())))
}

fn flat<T: Copy>(values: &ArrayD<T>) -> Vec<T> {
    values.iter().copied().collect()
}
