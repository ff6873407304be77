//! What the columns of datasets hold: their names alone do not say.

use crate::data::{ColumnValues, Dataset};
use ndarray::ArrayD;
use std::collections::BTreeMap;

/// Hashes of columns, each made once.
#[derive(Debug, Default)]
pub struct Columns {
    /// By hash of the file and name of the column.
    known: BTreeMap<(String, String), String>,
}

impl Columns {
    /// The hash of a column of all datasets that have it; `None` where none does, as for an output.
    pub fn held(&mut self, datasets: &[&Dataset], name: &str) -> Option<String> {
        let mut found: Vec<String> = datasets.iter().filter_map(|dataset| self.of(dataset, name)).collect();
        let own = (!found.is_empty()).then(|| found.remove(0))?;
        found.sort();
        found.insert(0, own);
        Some(found.join(" and "))
    }

    fn of(&mut self, dataset: &Dataset, name: &str) -> Option<String> {
        let column = dataset.columns.get(name)?;
        let key = (dataset.hash.clone(), format!("{} {name}", dataset.name));
        let hash = self.known.entry(key).or_insert_with(|| hash(&column.values));
        Some(format!("{hash}: {}[{}]", column.scalar.name(), column.dims.join(", ")))
    }
}

fn hash(values: &ColumnValues) -> String {
    match values {
        ColumnValues::Int(values) => of_numbers(values, |value| value.to_le_bytes()),
        ColumnValues::Real(values) => of_numbers(values, |value| value.to_le_bytes()),
        ColumnValues::Bool(values) => of_numbers(values, |value| i64::from(*value).to_le_bytes()),
    }
}

fn of_numbers<T>(values: &ArrayD<T>, bytes: impl Fn(&T) -> [u8; 8]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut block: Vec<u8> = Vec::with_capacity(1 << 16);
    for size in values.shape() {
        block.extend((*size as u64).to_le_bytes());
    }
    for value in values {
        block.extend(bytes(value));
        if block.len() >= 1 << 16 {
            hasher.update(&block);
            block.clear();
        }
    }
    hasher.update(&block);
    hasher.finalize().to_hex()[..32].to_owned()
}
