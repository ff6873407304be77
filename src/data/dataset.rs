//! A dataset whose columns have been checked against their declarations.

use super::types::Scalar;
use ndarray::{ArrayD, Axis};
use std::collections::BTreeMap;

/// The rows that references and donors are drawn from.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The name in the hypothesis file.
    pub name: String,
    /// The path as shown in findings.
    pub path: String,
    /// BLAKE3 of the bytes of the file, as hexadecimal digits.
    pub hash: String,
    /// At least 1.
    pub rows: usize,
    /// By declared name, not by the file's key.
    pub columns: BTreeMap<String, Column>,
    /// The size of every axis that was given or that a column shows.
    pub sizes: BTreeMap<String, usize>,
}

impl Dataset {
    /// The dataset of these rows alone, in this order.
    ///
    /// # Panics
    /// A row that is not there.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Dataset {
        let rows: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        let column = |column: &Column| Column {
            values: match &column.values {
                ColumnValues::Int(array) => ColumnValues::Int(array.select(Axis(0), &rows)),
                ColumnValues::Real(array) => ColumnValues::Real(array.select(Axis(0), &rows)),
                ColumnValues::Bool(array) => ColumnValues::Bool(array.select(Axis(0), &rows)),
            },
            ..column.clone()
        };
        let columns = self.columns.iter().map(|(name, own)| (name.clone(), column(own))).collect();
        Dataset { rows: rows.len(), columns, ..self.clone() }
    }
}

/// One column; axis 0 of the values is the row, the others are `dims`.
#[derive(Debug, Clone)]
pub struct Column {
    pub scalar: Scalar,
    pub dims: Vec<String>,
    pub values: ColumnValues,
}

/// Values in row-major layout. Ints carry `int`, `token` and `category`.
#[derive(Debug, Clone)]
pub enum ColumnValues {
    Int(ArrayD<i64>),
    Real(ArrayD<f64>),
    Bool(ArrayD<bool>),
}

impl ColumnValues {
    /// Rows first, then the sizes of the column's dims.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            ColumnValues::Int(array) => array.shape(),
            ColumnValues::Real(array) => array.shape(),
            ColumnValues::Bool(array) => array.shape(),
        }
    }
}
