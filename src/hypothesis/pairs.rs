//! Rows of another dataset that belong to the rows of the hypothesis' own.

use super::claims::Stated;
use super::joint::offsets;
use crate::data::{ColumnValues, Dataset, Scalar};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::claims as messages;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// By draw, for one that is paired, the global row of the partner of each row of dataset 0.
pub fn pairs(stated: &Stated, datasets: &[&Dataset], sink: &mut Vec<Diagnostic>) -> Vec<Option<Vec<u32>>> {
    let first = offsets(datasets);
    let draws = stated.claims.draws.iter().zip(&stated.paired_by).zip(&stated.spans.draws);
    let partner = |((draw, column), span): ((&super::claim::NamedDraw, &Option<String>), &Span)| {
        let other = datasets.get(draw.data.0)?;
        let offset = first.get(draw.data.0).copied().unwrap_or(0);
        paired(*span, column.as_ref()?, datasets.first()?, other, offset, sink)
    };
    draws.map(partner).collect()
}

fn paired(
    span: Span,
    column: &str,
    own: &Dataset,
    other: &Dataset,
    offset: usize,
    sink: &mut Vec<Diagnostic>,
) -> Option<Vec<u32>> {
    let (Some(wanted), Some(there)) = (keys(own, column), keys(other, column)) else {
        sink.push(messages::pair_types(span, column, &other.name));
        return None;
    };
    if wanted.0 != there.0 {
        sink.push(messages::pair_types(span, column, &other.name));
        return None;
    }
    let mut rows: BTreeMap<i64, usize> = BTreeMap::new();
    let mut repeated: BTreeSet<i64> = BTreeSet::new();
    for (row, key) in there.1.iter().enumerate() {
        if *rows.entry(*key).or_insert(row) != row {
            repeated.insert(*key);
        }
    }
    if let Some(shown) = repeated.first() {
        sink.push(messages::pair_not_unique(span, column, &other.name, repeated.len(), &shown.to_string()));
        return None;
    }
    let missing: Vec<i64> = wanted.1.iter().copied().filter(|key| !rows.contains_key(key)).collect();
    if let Some(shown) = missing.first() {
        let count = missing.len();
        sink.push(messages::pair_missing(span, column, &own.name, &other.name, count, &shown.to_string()));
        return None;
    }
    let row = |key: &i64| rows.get(key).and_then(|row| u32::try_from(row + offset).ok()).unwrap_or(u32::MAX);
    Some(wanted.1.iter().map(row).collect())
}

/// One exact value for each row.
fn keys(dataset: &Dataset, column: &str) -> Option<(Scalar, Vec<i64>)> {
    let column = dataset.columns.get(column).filter(|column| column.dims.is_empty())?;
    let keys = match &column.values {
        ColumnValues::Int(values) => values.iter().copied().collect(),
        ColumnValues::Bool(values) => values.iter().map(|value| i64::from(*value)).collect(),
        ColumnValues::Real(_) => return None,
    };
    Some((column.scalar, keys))
}
