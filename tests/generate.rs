//! Data that a file makes itself: the same rows everywhere, all as the block says, and a dataset like
//! any other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;

#[path = "generate/bounds.rs"]
mod bounds;
#[path = "generate/rows.rs"]
mod rows;
#[path = "generate/same_as_file.rs"]
mod same_as_file;

use ansatz::data::{ColumnValues, Dataset};
use ansatz::diagnostics::{Diagnostic, any_error};
use checking::bound;
use std::path::Path;

const START: i64 = 0;
const PAD: i64 = 1;
const END: i64 = 2;
const OPEN: i64 = 3;
const CLOSE: i64 = 4;

/// The findings about a block for the model of the fixtures, and its dataset.
fn tried(head: &str, block: &str) -> (Vec<Diagnostic>, Option<Dataset>) {
    let text = format!("use \"micro.ansatz\"\ndata made for micro = {head} {{\n{block}\n}}\n");
    let (found, checked) = bound("test.ansatz", &text, Path::new("tests/fixtures"));
    (found.findings, checked.datasets.into_iter().flatten().find(|dataset| dataset.name == "made"))
}

/// The dataset of a block without mistakes.
fn made(rows: usize, block: &str) -> Dataset {
    let (findings, dataset) = tried(&format!("generate({rows})"), block);
    assert!(!any_error(&findings), "{findings:?}");
    dataset.expect("a block without mistakes makes data")
}

/// A column of whole numbers, row by row.
fn ints(dataset: &Dataset, column: &str) -> Vec<Vec<i64>> {
    let ColumnValues::Int(values) = &dataset.columns[column].values else { panic!("{column} has no ints") };
    values.outer_iter().map(|row| row.iter().copied().collect()).collect()
}

fn strings(dataset: &Dataset) -> Vec<Vec<i64>> {
    ints(dataset, "tokens")
}
