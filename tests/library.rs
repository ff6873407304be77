//! The library: every function of `std.features` and `std.behaviours` against a plain
//! implementation, on random data.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_wrap, reason = "a test fails by panicking")]

mod expressions;
#[path = "support/random.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod random;

use ansatz::data::Dataset;
use ansatz::diagnostics::Diagnostic;
use ansatz::elaborate::{LIBRARY, Outside, Read, elaborate};
use ansatz::engine::Value;
use ansatz::execute::{Score, Seen};
use ansatz::feature::{
    Data, FeatureValues, Named, Scalar, Scope, Source, ValueType, check_behaviour, check_features, evaluate,
};
use ansatz::hypothesis::Behaviour;
use ansatz::source::{FileId, SourceFile, Sources};
use ansatz::syntax::{ast, parse};
use expressions::int_column;
use ndarray::{ArrayD, IxDyn};
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ROWS: usize = 60;
const LENGTH: usize = 9;
const WORDS: usize = 4;

struct Nowhere;

impl Outside for Nowhere {
    fn read(&self, _: &Path) -> Result<Read, Box<Diagnostic>> {
        panic!("no file is used")
    }

    fn main_identity(&self) -> String {
        "test".to_string()
    }

    fn modules(&self, _: &ast::Model) -> Option<Vec<String>> {
        None
    }

    fn inputs(&self, _: &ast::Model) -> Option<Vec<String>> {
        None
    }
}

/// A file that uses the library, with calls of its functions expanded.
fn expanded(text: &str) -> ast::File {
    let mut sources = Sources::new();
    let text = format!("use std.features\nuse std.behaviours\n{text}\n");
    let id = sources.add(SourceFile::new("test.ansatz", text.as_str()));
    let parsed = parse(id, &text);
    let mut sink = parsed.diagnostics.clone();
    let file = elaborate(id, &parsed.file, &[], &Nowhere, &mut sources, &mut sink);
    assert!(sink.is_empty(), "{text}: {sink:?}");
    file
}

/// `x` are few words in random order, `b` and `c` bools, `n` whole numbers: all with an axis `pos`.
fn data() -> Dataset {
    let mut random = Random::new(11);
    let mut column = |scalar, limit: usize| {
        let values = (0..ROWS * LENGTH).map(|_| random.below(limit) as i64).collect();
        int_column(scalar, &["pos"], &[ROWS, LENGTH], values)
    };
    let columns = BTreeMap::from([
        ("x".to_string(), column(Scalar::Token, WORDS)),
        ("n".to_string(), column(Scalar::Int, 3)),
        ("m".to_string(), column(Scalar::Int, 2)),
    ]);
    let label = int_column(Scalar::Category, &[], &[ROWS], (0..ROWS as i64).map(|row| row % 2).collect());
    let columns = columns.into_iter().chain([("label".to_string(), label)]).collect();
    let sizes = BTreeMap::from([("pos".to_string(), LENGTH)]);
    Dataset { name: "d".into(), path: "d.npz".into(), hash: String::new(), rows: ROWS, columns, sizes }
}

fn scope() -> Scope {
    let named = |scalar, dims: &[&str]| Some(Named::new(ValueType::new(scalar, dims)));
    Scope {
        values: BTreeMap::from([
            ("x".to_string(), named(Scalar::Token, &["pos"])),
            ("n".to_string(), named(Scalar::Int, &["pos"])),
            ("m".to_string(), named(Scalar::Int, &["pos"])),
            ("label".to_string(), named(Scalar::Category, &[])),
        ]),
        dims: BTreeMap::from([
            ("pos".to_string(), Some(LENGTH)),
            ("class".to_string(), Some(2)),
            ("word".to_string(), Some(WORDS)),
        ]),
        outputs: BTreeMap::from([
            ("logits".to_string(), named(Scalar::Real, &["class"])),
            ("scores".to_string(), named(Scalar::Real, &["pos", "word"])),
        ]),
        ..Scope::default()
    }
}

fn value(expression: &str) -> FeatureValues {
    let file = expanded(&format!("feature f = {expression}"));
    let (mut scope, mut sink) = (scope(), Vec::new());
    check_features(&file.features, &mut scope, &mut sink);
    assert!(sink.is_empty(), "{expression}: {sink:?}");
    let body = scope.features["f"].clone().unwrap();
    let (data, rows) = (data(), (0..ROWS).collect::<Vec<usize>>());
    evaluate(&body, &Source { dataset: &data, outputs: BTreeMap::new() }, &rows).unwrap()
}

fn ints(values: &FeatureValues) -> Vec<i64> {
    match &values.data {
        Data::Int(values) => values.clone(),
        Data::Bool(values) => values.iter().map(|value| i64::from(*value)).collect(),
        other => panic!("{other:?}"),
    }
}

/// One row: words, and the bools `n == 1` and `m == 1`.
struct Row<'a> {
    x: &'a [i64],
    b: Vec<bool>,
    c: Vec<bool>,
}

/// A function of one row and a position, for every position.
type By = fn(&Row<'_>, usize) -> i64;

fn last(row: &Row<'_>, at: usize) -> i64 {
    (0..at).rev().find(|other| row.x[*other] == row.x[at]).map_or(-1, |other| other as i64)
}

fn last_true(row: &Row<'_>, at: usize) -> i64 {
    (0..=at).rev().find(|other| row.b[*other]).map_or(-1, |other| other as i64)
}

fn counted(flags: &[bool]) -> i64 {
    flags.iter().filter(|flag| **flag).count() as i64
}

/// The name of a function, a call of it, and what it gives at a position.
const BY_POSITION: &[(&str, &str, By)] = &[
    ("previous", "previous(x, 3)", |row, at| if at > 0 { row.x[at - 1] } else { 3 }),
    ("following", "following(x, 3)", |row, at| row.x.get(at + 1).copied().unwrap_or(3)),
    ("earlier", "earlier(x, 2, 3)", |row, at| if at > 1 { row.x[at - 2] } else { 3 }),
    ("later", "later(x, 2, 3)", |row, at| row.x.get(at + 2).copied().unwrap_or(3)),
    ("repeats", "repeats(x, 2)", |row, at| i64::from(at >= 2 && row.x[at] == row.x[at - 2])),
    ("positions", "positions(x)", |_, at| at as i64),
    ("is_first", "is_first(x)", |_, at| i64::from(at == 0)),
    ("is_last", "is_last(x)", |_, at| i64::from(at == LENGTH - 1)),
    ("is_between", "is_between(x, 2, 5)", |_, at| i64::from((2..5).contains(&at))),
    ("last_true_here", "last_true_here(n == 1)", last_true),
    ("held", "held(x, n == 1, 3)", |row, at| usize::try_from(last_true(row, at)).map_or(3, |from| row.x[from])),
    ("count_here", "count_here(n == 1)", |row, at| counted(&row.b[..=at])),
    ("count_before", "count_before(n == 1)", |row, at| counted(&row.b[..at])),
    ("count_behind", "count_behind(n == 1)", |row, at| counted(&row.b[at + 1..])),
    ("prefix_any", "prefix_any(n == 1)", |row, at| i64::from(row.b[..=at].contains(&true))),
    ("prefix_all", "prefix_all(n == 1)", |row, at| i64::from(!row.b[..=at].contains(&false))),
    ("suffix_any", "suffix_any(n == 1)", |row, at| i64::from(row.b[at..].contains(&true))),
    ("suffix_all", "suffix_all(n == 1)", |row, at| i64::from(!row.b[at..].contains(&false))),
    ("balance", "balance(n == 1, m == 1)", |row, at| counted(&row.b[..=at]) - counted(&row.c[..=at])),
    ("balance_behind", "balance_behind(n == 1, m == 1)", |row, at| counted(&row.b[at..]) - counted(&row.c[at..])),
    ("occurrences", "occurrences(x)", |row, at| row.x.iter().filter(|word| **word == row.x[at]).count() as i64),
    ("occurrences_before", "occurrences_before(x)", |row, at| {
        row.x[..at].iter().filter(|word| **word == row.x[at]).count() as i64
    }),
    ("occurs_before", "occurs_before(x)", |row, at| i64::from(row.x[..at].contains(&row.x[at]))),
    ("is_duplicate", "is_duplicate(x)", |row, at| {
        i64::from(row.x.iter().enumerate().any(|(other, word)| other != at && *word == row.x[at]))
    }),
    ("last_occurrence", "last_occurrence(x)", last),
    ("first_occurrence", "first_occurrence(x)", |row, at| {
        row.x.iter().position(|word| *word == row.x[at]).unwrap() as i64
    }),
    ("distance_back", "distance_back(x)", |row, at| {
        usize::try_from(last(row, at)).map_or(0, |other| (at - other) as i64)
    }),
    ("after_last_occurrence", "after_last_occurrence(x, 3)", |row, at| {
        usize::try_from(last(row, at)).map_or(3, |other| row.x[other + 1])
    }),
    ("run_length", "run_length(x)", |row, at| {
        (0..=at).rev().take_while(|other| row.x[*other] == row.x[at]).count() as i64
    }),
    ("is_earlier", "count(is_earlier(x), elsewhere)", |_, at| at as i64),
    ("is_same", "count(is_same(x), elsewhere)", |row, at| {
        row.x.iter().filter(|word| **word == row.x[at]).count() as i64
    }),
];

/// The same for functions with one value for each row.
/// A feature, how it is called, and the same in plain loops.
type Naive = (&'static str, &'static str, fn(&Row<'_>) -> i64);

const BY_ROW: &[Naive] = &[
    ("first_true", "first_true(n == 1)", |row| row.b.iter().position(|flag| *flag).unwrap_or(LENGTH) as i64),
    ("last_true", "last_true(n == 1)", |row| last_true(row, LENGTH - 1)),
    ("has_duplicates", "has_duplicates(x)", |row| i64::from(row.x.iter().collect::<BTreeSet<_>>().len() < row.x.len())),
    ("distinct", "distinct(x)", |row| row.x.iter().collect::<BTreeSet<_>>().len() as i64),
];

fn column(data: &Dataset, name: &str) -> Vec<i64> {
    let ansatz::data::ColumnValues::Int(values) = &data.columns[name].values else { panic!() };
    values.iter().copied().collect()
}

#[test]
fn features_are_what_they_say() {
    let data = data();
    let (x, n, m) = (column(&data, "x"), column(&data, "n"), column(&data, "m"));
    let row = |at: usize| {
        let own = at * LENGTH..(at + 1) * LENGTH;
        let is_one = |values: &[i64]| values.iter().map(|value| *value == 1).collect();
        Row { x: &x[own.clone()], b: is_one(&n[own.clone()]), c: is_one(&m[own]) }
    };
    for (_, call, plain) in BY_POSITION {
        let found = ints(&value(call));
        let expected: Vec<i64> = (0..ROWS)
            .flat_map(|at| (0..LENGTH).map(move |position| (at, position)))
            .map(|(at, position)| plain(&row(at), position))
            .collect();
        assert_eq!(found, expected, "{call}");
    }
    for (_, call, plain) in BY_ROW {
        assert_eq!(ints(&value(call)), (0..ROWS).map(|at| plain(&row(at))).collect::<Vec<i64>>(), "{call}");
    }
}

/// Names of things in a part of the library.
fn names(part: &str) -> BTreeSet<String> {
    let text = LIBRARY.iter().find(|found| found.name == part).unwrap().text;
    let file = parse(FileId(0), text).file;
    let features = file.features.iter().map(|item| (&item.name, &item.docs));
    let behaviours = file.behaviours.iter().map(|item| (&item.name, &item.docs));
    features
        .chain(behaviours)
        .map(|(name, docs)| {
            assert!(docs.trim().len() > 10, "{} is not documented", name.text);
            name.text.clone()
        })
        .collect()
}

#[test]
fn every_function_has_its_test_and_its_documentation() {
    let tested = BY_POSITION.iter().map(|(name, ..)| *name).chain(BY_ROW.iter().map(|(name, ..)| *name));
    assert_eq!(names("std.features"), tested.map(str::to_string).collect());
    let tested = BEHAVIOURS.iter().map(|(name, ..)| (*name).to_string());
    assert_eq!(names("std.behaviours"), tested.collect());
}

/// Log-probabilities.
fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let all: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
    let total: f64 = all.iter().map(|logit| logit.exp()).sum::<f64>().ln();
    all.iter().map(|logit| logit - total).collect()
}

/// Outputs of one example, those of the untouched model, and what the datum holds.
struct Example<'a> {
    logits: &'a [f32],
    clean: &'a [f32],
    label: usize,
    x: &'a [i64],
    n: &'a [i64],
}

fn best(logits: &[f32]) -> usize {
    (0..logits.len()).rev().max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap()
}

fn divergence(p: &[f32], q: &[f32]) -> f64 {
    let (p, q) = (log_softmax(p), log_softmax(q));
    p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum()
}

fn variation(p: &[f32], q: &[f32]) -> f64 {
    let (p, q) = (log_softmax(p), log_softmax(q));
    p.iter().zip(&q).map(|(p, q)| (p.exp() - q.exp()).abs()).sum::<f64>() / 2.0
}

/// The sum and the number of the positions that count.
fn over(positions: impl Iterator<Item = usize>, value: impl Fn(usize) -> f64) -> (f64, f64) {
    positions.fold((0.0, 0.0), |(sum, count), at| (sum + value(at), count + 1.0))
}

impl Example<'_> {
    fn here(&self, at: usize) -> &[f32] {
        &self.logits[at * WORDS..(at + 1) * WORDS]
    }

    fn clean_here(&self, at: usize) -> &[f32] {
        &self.clean[at * WORDS..(at + 1) * WORDS]
    }

    fn loss(&self, at: usize, target: i64) -> f64 {
        -log_softmax(self.here(at))[usize::try_from(target).unwrap()]
    }

    fn hit(&self, at: usize, target: i64) -> f64 {
        f64::from(u8::from(best(self.here(at)) as i64 == target))
    }
}

/// The name of a behaviour, a call of it, and what it gives for an example.
type OfExample = fn(&Example<'_>) -> (f64, f64);
const BEHAVIOURS: &[(&str, &str, OfExample)] = &[
    ("classification_loss", "classification_loss(logits, label)", |one| (-log_softmax(one.logits)[one.label], 1.0)),
    ("classification_accuracy", "classification_accuracy(logits, label)", |one| {
        (f64::from(u8::from(best(one.logits) == one.label)), 1.0)
    }),
    ("binary_margin", "binary_margin(logits, label)", |one| {
        (f64::from(one.logits[one.label]) - f64::from(one.logits[1 - one.label]), 1.0)
    }),
    ("answer_margin", "answer_margin(logits, 1, 0)", |one| (f64::from(one.logits[1]) - f64::from(one.logits[0]), 1.0)),
    ("divergence", "divergence(logits)", |one| (divergence(one.clean, one.logits), 1.0)),
    ("variation", "variation(logits)", |one| (variation(one.clean, one.logits), 1.0)),
    ("agreement", "agreement(logits)", |one| (f64::from(u8::from(best(one.clean) == best(one.logits))), 1.0)),
    ("next_loss", "next_loss(scores, x)", |one| over(0..LENGTH - 1, |at| one.loss(at, one.x[at + 1]))),
    ("next_loss_where", "next_loss_where(scores, x, n == 1)", |one| {
        over((0..LENGTH - 1).filter(|at| one.n[*at] == 1), |at| one.loss(at, one.x[at + 1]))
    }),
    ("next_accuracy", "next_accuracy(scores, x)", |one| over(0..LENGTH - 1, |at| one.hit(at, one.x[at + 1]))),
    ("position_loss", "position_loss(scores, x)", |one| over(0..LENGTH, |at| one.loss(at, one.x[at]))),
    ("position_accuracy", "position_accuracy(scores, x)", |one| over(0..LENGTH, |at| one.hit(at, one.x[at]))),
    ("position_divergence", "position_divergence(scores, word)", |one| {
        over(0..LENGTH, |at| divergence(one.clean_here(at), one.here(at)))
    }),
    ("position_variation", "position_variation(scores, word)", |one| {
        over(0..LENGTH, |at| variation(one.clean_here(at), one.here(at)))
    }),
];

fn random_logits(width: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..ROWS * width).map(|_| (random.unit() * 6.0 - 3.0) as f32).collect()
}

#[test]
fn behaviours_are_what_they_say() {
    let data = data();
    let (x, n, label) = (column(&data, "x"), column(&data, "n"), column(&data, "label"));
    let rows: Vec<u32> = (0..u32::try_from(ROWS).unwrap()).collect();
    for (name, call, plain) in BEHAVIOURS {
        let file = expanded(&format!("behaviour b = {call}"));
        let mut sink = Vec::new();
        let measured = check_behaviour(&file.behaviours[0], &scope(), &mut sink);
        let measured = measured.unwrap_or_else(|| panic!("{call}: {sink:?}"));
        let (output, width) = if call.contains("scores") { ("scores", LENGTH * WORDS) } else { ("logits", 2) };
        let shape: Vec<usize> = if width == 2 { vec![ROWS, 2] } else { vec![ROWS, LENGTH, WORDS] };
        let (logits, clean) = (random_logits(width, 1), random_logits(width, 2));
        let value = |values: &[f32]| Value::F32(ArrayD::from_shape_vec(IxDyn(&shape), values.to_vec()).unwrap());
        let (outputs, names) = ([value(&logits)], [output.to_string()]);
        let clean_outputs = [value(&clean)];
        let score = Behaviour {
            measured: &measured,
            outputs: &names,
            dataset: &data,
            shuffled: None,
            slices: None,
            side: None,
        };
        let seen = Seen { outputs: &outputs, clean: Some(&clean_outputs), rows: &rows, ordinals: &[] };
        for (at, point) in score.score(&seen).unwrap().iter().enumerate() {
            let example = Example {
                logits: &logits[at * width..(at + 1) * width],
                clean: &clean[at * width..(at + 1) * width],
                label: usize::try_from(label[at]).unwrap(),
                x: &x[at * LENGTH..(at + 1) * LENGTH],
                n: &n[at * LENGTH..(at + 1) * LENGTH],
            };
            let (sum, weight) = plain(&example);
            assert!((point.sum - sum).abs() < 1e-9 && point.weight == weight, "{name}: {point:?}, not {sum} {weight}");
        }
    }
}
