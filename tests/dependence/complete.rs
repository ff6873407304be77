//! No operator of the reference engine is forgotten.

use crate::case::Case;
use crate::{folds, moving, pointwise, products};
use ansatz::engine::reference::operator_names;
use ansatz::model::{READS_EVERYTHING, has_rule};
use std::collections::BTreeSet;

/// Operators whose rules must be exact: all that they say is read changes something.
const TIGHT: &[&str] = &[
    "Add",
    "BatchNormalization",
    "Cast",
    "Concat",
    "CumSum",
    "Div",
    "Einsum",
    "Exp",
    "Expand",
    "Gather",
    "Gelu",
    "Gemm",
    "Identity",
    "LayerNormalization",
    "LogSoftmax",
    "MatMul",
    "Mul",
    "Neg",
    "Not",
    "Pow",
    "RMSNormalization",
    "ReduceMean",
    "ReduceSum",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "Sub",
    "Tanh",
    "Tile",
    "Transpose",
    "Unsqueeze",
    "Where",
];

fn cases() -> Vec<Case> {
    [pointwise::cases(), folds::cases(), moving::cases(), products::cases()].concat()
}

#[test]
fn every_operator_has_a_rule_or_reads_everything() {
    for op in operator_names() {
        let listed = READS_EVERYTHING.contains(&op);
        assert!(has_rule(op) != listed, "{op} needs a rule, or a place in the list of those that read everything");
    }
}

#[test]
fn every_operator_is_tested() {
    let tested: BTreeSet<&str> = cases().iter().map(|case| case.op).collect();
    assert_eq!(tested, operator_names().collect::<BTreeSet<_>>());
    let tight: BTreeSet<&str> = cases().iter().filter(|case| !case.tight.is_empty()).map(|case| case.op).collect();
    let missing: Vec<&&str> = TIGHT.iter().filter(|op| !tight.contains(**op)).collect();
    assert!(missing.is_empty(), "{missing:?} must be held to tight boxes");
}
