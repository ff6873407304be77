//! Datasets: columns of discrete or real values, one row a datum.
//!
//! Bytes of an npz archive or of JSON lines enter with a schema; a [`Dataset`] leaves, in which
//! every declared column is there, has its type and its axes, and holds only legal values.
//! Nothing here reads files, executes pickled objects, or trusts a length that a file declares.

mod array;
mod check;
mod dataset;
mod jsonl;
mod keys;
mod load;
mod npy;
mod npy_header;
mod npz;
mod table;
mod types;
mod write;

pub use array::{Array, ELEMENT_LIMIT};
pub use dataset::{Column, ColumnValues, Dataset};
pub use keys::row_keys;
pub use load::{ColumnSchema, DataFile, Format, Origin, assemble, load};
pub use npz::read_npz;
pub use table::{TableSchema, TableValues, read_table, table_values};
pub use types::{Scalar, ValueType};
pub use write::write_npz;
