//! Which rows hold the same values.

use super::dataset::{ColumnValues, Dataset};
use ndarray::{ArrayD, Axis};

/// For each row a hash of its values in the named columns: rows with one hash hold the same values.
/// Columns that the dataset lacks count as empty.
#[must_use]
pub fn row_keys(dataset: &Dataset, columns: &[&str]) -> Vec<[u8; 32]> {
    fn add<T>(array: &ArrayD<T>, row: usize, hasher: &mut blake3::Hasher, bytes: impl Fn(&T) -> [u8; 8]) {
        array.index_axis(Axis(0), row).iter().for_each(|value| _ = hasher.update(&bytes(value)));
    }
    let values: Vec<&ColumnValues> =
        columns.iter().filter_map(|name| dataset.columns.get(*name)).map(|column| &column.values).collect();
    let key = |row: usize| {
        let mut hasher = blake3::Hasher::new();
        for values in &values {
            match values {
                ColumnValues::Int(array) => add(array, row, &mut hasher, |value| value.to_le_bytes()),
                // 0 and -0 are the same value.
                ColumnValues::Real(array) => add(array, row, &mut hasher, |value| (value + 0.0).to_le_bytes()),
                ColumnValues::Bool(array) => add(array, row, &mut hasher, |value| u64::from(*value).to_le_bytes()),
            }
        }
        *hasher.finalize().as_bytes()
    };
    (0..dataset.rows).map(key).collect()
}
