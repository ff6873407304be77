//! Rows while they are made: drawn, computed, thrown away, kept.

use super::recipe::Column as Wanted;
use crate::data::{Array, Column, ColumnValues, Dataset, Scalar};
use crate::feature::{Data, FeatureValues};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::BTreeMap;

/// An array with a row for each try of a batch.
pub fn array<T>(rows: usize, sizes: &[usize], values: Vec<T>) -> ArrayD<T> {
    let shape: Vec<usize> = std::iter::once(rows).chain(sizes.iter().copied()).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values).expect("each row has a value for each element")
}

/// A number for each row, under a name of its own.
pub fn numbers(values: Vec<i64>) -> Column {
    let values = ColumnValues::Int(array(values.len(), &[], values));
    Column { scalar: Scalar::Int, dims: Vec::new(), values }
}

/// The values of an expression as a column.
pub fn computed(wanted: &Wanted, values: FeatureValues, rows: usize) -> Column {
    let values = match values.data {
        Data::Bool(found) => ColumnValues::Bool(array(rows, &values.sizes, found)),
        Data::Int(found) => ColumnValues::Int(array(rows, &values.sizes, found)),
        Data::Real(found) => ColumnValues::Real(array(rows, &values.sizes, found)),
        Data::Ratio(_) => unreachable!("a column cannot be declared as a ratio"),
    };
    Column { scalar: wanted.ty.scalar, dims: wanted.ty.dims.clone(), values }
}

/// Rows with these columns.
pub fn dataset(columns: BTreeMap<String, Column>, rows: usize, like: &Dataset) -> Dataset {
    Dataset {
        name: like.name.clone(),
        path: like.path.clone(),
        hash: String::new(),
        rows,
        columns,
        sizes: like.sizes.clone(),
    }
}

/// Some of the rows.
pub fn select(batch: &Dataset, rows: &[usize]) -> Dataset {
    let of = |column: &Column| {
        let values = match &column.values {
            ColumnValues::Int(values) => ColumnValues::Int(values.select(Axis(0), rows)),
            ColumnValues::Real(values) => ColumnValues::Real(values.select(Axis(0), rows)),
            ColumnValues::Bool(values) => ColumnValues::Bool(values.select(Axis(0), rows)),
        };
        Column { scalar: column.scalar, dims: column.dims.clone(), values }
    };
    let columns = batch.columns.iter().map(|(name, column)| (name.clone(), of(column))).collect();
    dataset(columns, rows.len(), batch)
}

/// The values of a column over all rows that are kept.
#[derive(Debug)]
pub enum Kept {
    Int(Vec<i64>),
    Real(Vec<f64>),
    Bool(Vec<bool>),
}

impl Kept {
    pub fn new(scalar: Scalar) -> Kept {
        match scalar {
            Scalar::Bool => Kept::Bool(Vec::new()),
            Scalar::Real | Scalar::Ratio => Kept::Real(Vec::new()),
            Scalar::Int | Scalar::Token | Scalar::Category => Kept::Int(Vec::new()),
        }
    }

    /// Adds the values of a row.
    pub fn push(&mut self, values: &ColumnValues, row: usize) {
        match (self, values) {
            (Kept::Int(kept), ColumnValues::Int(values)) => kept.extend(values.index_axis(Axis(0), row)),
            (Kept::Real(kept), ColumnValues::Real(values)) => kept.extend(values.index_axis(Axis(0), row)),
            (Kept::Bool(kept), ColumnValues::Bool(values)) => kept.extend(values.index_axis(Axis(0), row)),
            _ => unreachable!("a column has one scalar"),
        }
    }

    pub fn into_array(self, rows: usize, sizes: &[usize]) -> Array {
        match self {
            Kept::Int(values) => Array::Int(array(rows, sizes, values)),
            Kept::Real(values) => Array::Real(array(rows, sizes, values)),
            Kept::Bool(values) => Array::Bool(array(rows, sizes, values)),
        }
    }
}

/// A row of some columns as a hash: equal rows have equal ones.
pub fn key<'a>(columns: impl Iterator<Item = &'a ColumnValues>, row: usize) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = Vec::new();
    for values in columns {
        bytes.clear();
        match values {
            ColumnValues::Int(values) => {
                values.index_axis(Axis(0), row).iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            ColumnValues::Real(values) => {
                values.index_axis(Axis(0), row).iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            ColumnValues::Bool(values) => {
                values.index_axis(Axis(0), row).iter().for_each(|value| bytes.push(u8::from(*value)));
            }
        }
        hasher.update(&(bytes.len() as u64).to_le_bytes()).update(&bytes);
    }
    *hasher.finalize().as_bytes()
}
