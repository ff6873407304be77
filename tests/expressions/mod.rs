//! Expressions and declarations from text, by the real parser, and bracket strings to run them on.
#![allow(dead_code, reason = "each test file uses a part of it")]

use ansatz::data::{Column, ColumnValues, Dataset};
use ansatz::diagnostics::Diagnostic;
use ansatz::feature::{
    FeatureValues, Named, Purpose, Scalar, Scope, Source, Typed, ValueType, check_expr, check_features, evaluate,
};
use ansatz::source::FileId;
use ansatz::syntax::ast::{Behaviour, Expr, Feature, File};
use ansatz::syntax::parse;
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands before an expression so that it is a file: spans of the expression begin here.
pub const BEFORE: &str = "feature f = ";

/// One expression; the text is the test's own and must be correct.
pub fn expression(text: &str) -> Expr {
    feature(&format!("f = {text}")).expr
}

/// `name : type = expression`, the type optional.
pub fn feature(text: &str) -> Feature {
    file(&format!("feature {text}\n")).features.remove(0)
}

pub fn behaviour(text: &str) -> Behaviour {
    file(&format!("behaviour {text}\n")).behaviours.remove(0)
}

fn file(text: &str) -> File {
    let parsed = parse(FileId(0), text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.file
}

pub const WORDS: [&str; 5] = ["[start]", "[pad]", "[end]", "(", ")"];
pub const LENGTH: usize = 8;

/// `[start]`, the string, `[end]`, padding.
pub fn tokens_of(string: &str) -> Vec<i64> {
    let inner = string.chars().map(|character| if character == '(' { 3 } else { 4 });
    let mut tokens: Vec<i64> = std::iter::once(0).chain(inner).chain([2]).collect();
    tokens.resize(LENGTH, 1);
    tokens
}

pub fn int_column(scalar: Scalar, dims: &[&str], shape: &[usize], values: Vec<i64>) -> Column {
    let dims = dims.iter().map(ToString::to_string).collect();
    Column { scalar, dims, values: ColumnValues::Int(ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()) }
}

pub fn brackets(strings: &[&str]) -> Dataset {
    let rows = strings.len();
    let tokens = strings.iter().flat_map(|string| tokens_of(string)).collect();
    let label = (0..rows as i64).map(|row| row % 2).collect();
    let weight = ArrayD::from_shape_fn(IxDyn(&[rows]), |at| at[0] as f64 * 0.5);
    let weight = Column { scalar: Scalar::Real, dims: Vec::new(), values: ColumnValues::Real(weight) };
    Dataset {
        name: "d".to_string(),
        path: "d.npz".to_string(),
        hash: String::new(),
        rows,
        columns: BTreeMap::from([
            ("tokens".to_string(), int_column(Scalar::Token, &["pos"], &[rows, LENGTH], tokens)),
            ("label".to_string(), int_column(Scalar::Category, &[], &[rows], label)),
            ("size".to_string(), int_column(Scalar::Int, &[], &[rows], (0..rows as i64).collect())),
            ("weight".to_string(), weight),
        ]),
        sizes: BTreeMap::from([("pos".to_string(), LENGTH)]),
    }
}

pub fn scope() -> Scope {
    let named = |scalar, dims: &[&str]| Some(Named::new(ValueType::new(scalar, dims)));
    let words = Arc::new(WORDS.iter().map(ToString::to_string).collect::<Vec<_>>());
    let tokens = Named { vocabulary: Some(words), ..Named::new(ValueType::new(Scalar::Token, &["pos"])) };
    Scope {
        values: BTreeMap::from([
            ("tokens".to_string(), Some(tokens)),
            ("plain".to_string(), named(Scalar::Token, &["pos"])),
            ("label".to_string(), named(Scalar::Category, &[])),
            ("size".to_string(), named(Scalar::Int, &[])),
            ("weight".to_string(), named(Scalar::Real, &[])),
            ("keyed".to_string(), named(Scalar::Int, &["key"])),
            ("grid".to_string(), named(Scalar::Int, &["pos", "key"])),
            ("broken".to_string(), None),
        ]),
        dims: BTreeMap::from([
            ("pos".to_string(), Some(LENGTH)),
            ("key".to_string(), None),
            ("class".to_string(), Some(2)),
        ]),
        outputs: BTreeMap::from([("logits".to_string(), named(Scalar::Real, &["class"]))]),
        ..Scope::default()
    }
}

pub fn features(scope: &mut Scope, texts: &[&str]) -> Vec<Diagnostic> {
    let mut sink = Vec::new();
    let features: Vec<_> = texts.iter().map(|text| feature(text)).collect();
    check_features(&features, scope, &mut sink);
    sink
}

/// The features of the bracket claims, out of order.
pub fn with_bracket_features() -> Scope {
    let mut scope = scope();
    let found = features(
        &mut scope,
        &[
            "never_below : bool = all(height <= 0)",
            "height : int[pos] = suffix_sum(step)",
            "step : int[pos] = if tokens == \"(\" then 1 else if tokens == \")\" then -1 else 0",
            "equal_count : bool = sum(step) == 0",
            "opens_first : bool = tokens[1] == \"(\"",
        ],
    );
    assert_eq!(found, []);
    scope
}

pub fn checked(text: &str, scope: &Scope) -> Typed {
    let mut sink = Vec::new();
    let typed = check_expr(&expression(text), scope, Purpose::Feature, &mut sink);
    assert_eq!(sink, [], "{text}");
    typed.unwrap()
}

/// The values on all rows.
pub fn values_on(text: &str, scope: &Scope, data: &Dataset) -> Result<FeatureValues, Box<Diagnostic>> {
    let rows: Vec<usize> = (0..data.rows).collect();
    evaluate(&checked(text, scope), &Source { dataset: data, outputs: BTreeMap::new() }, &rows)
}
