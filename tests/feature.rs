//! The array language: types and their mistakes, values, faults and classes.

mod expressions;

use ansatz::data::{Column, ColumnValues, Dataset};
use ansatz::diagnostics::Diagnostic;
use ansatz::feature::{
    Data, FeatureValues, Named, Output, Purpose, Scalar, Scope, Source, Typed, ValueType, check_behaviour, check_claim,
    check_expr, check_features, classes, evaluate, reads,
};
use expressions::{behaviour, expression, feature};
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;
use std::sync::Arc;

const WORDS: [&str; 5] = ["[start]", "[pad]", "[end]", "(", ")"];
const LENGTH: usize = 8;

/// `[start]`, the string, `[end]`, padding.
fn tokens_of(string: &str) -> Vec<i64> {
    let inner = string.chars().map(|character| if character == '(' { 3 } else { 4 });
    let mut tokens: Vec<i64> = std::iter::once(0).chain(inner).chain([2]).collect();
    tokens.resize(LENGTH, 1);
    tokens
}

fn int_column(scalar: Scalar, dims: &[&str], shape: &[usize], values: Vec<i64>) -> Column {
    let dims = dims.iter().map(ToString::to_string).collect();
    Column { scalar, dims, values: ColumnValues::Int(ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()) }
}

fn brackets(strings: &[&str]) -> Dataset {
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

fn scope() -> Scope {
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

fn features(scope: &mut Scope, texts: &[&str]) -> Vec<Diagnostic> {
    let mut sink = Vec::new();
    let features: Vec<_> = texts.iter().map(|text| feature(text)).collect();
    check_features(&features, scope, &mut sink);
    sink
}

/// The features of the bracket claims, out of order.
fn with_bracket_features() -> Scope {
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

fn checked(text: &str, scope: &Scope) -> Typed {
    let mut sink = Vec::new();
    let typed = check_expr(&expression(text), scope, Purpose::Feature, &mut sink);
    assert_eq!(sink, [], "{text}");
    typed.unwrap()
}

fn values_on(text: &str, scope: &Scope, data: &Dataset) -> Result<FeatureValues, Box<Diagnostic>> {
    let rows: Vec<usize> = (0..data.rows).collect();
    evaluate(&checked(text, scope), &Source { dataset: data, outputs: BTreeMap::new() }, &rows)
}

/// The value on one string.
fn value(text: &str, string: &str) -> Data {
    values_on(text, &with_bracket_features(), &brackets(&[string])).unwrap_or_else(|found| panic!("{found:?}")).data
}

#[test]
fn bracket_features_are_those_of_the_design() {
    assert_eq!(value("step", "())"), Data::Int(vec![0, 1, -1, -1, 0, 0, 0, 0]));
    assert_eq!(value("height", "())"), Data::Int(vec![-1, -1, -2, -1, 0, 0, 0, 0]));
    for (string, equal, never, opens) in [
        ("()", true, true, true),
        ("(())", true, true, true),
        (")(", true, false, false),
        ("())", false, true, true),
        ("(()", false, false, true),
        ("))", false, true, false),
        ("())(", true, false, true),
    ] {
        assert_eq!(value("equal_count", string), Data::Bool(vec![equal]), "{string}");
        assert_eq!(value("never_below", string), Data::Bool(vec![never]), "{string}");
        assert_eq!(value("opens_first", string), Data::Bool(vec![opens]), "{string}");
    }
}

#[test]
fn functions_give_their_values() {
    let ints = |values: &[i64]| Data::Int(values.to_vec());
    for (text, expected) in [
        ("count(tokens == \"(\")", ints(&[2])),
        ("length(pos) + length(tokens)", ints(&[16])),
        ("position(pos)", ints(&[0, 1, 2, 3, 4, 5, 6, 7])),
        ("prefix_sum(step)", ints(&[0, 1, 2, 1, 1, 1, 1, 1])),
        ("prefix_max(prefix_sum(step))", ints(&[0, 1, 2, 2, 2, 2, 2, 2])),
        ("suffix_min(prefix_sum(step))", ints(&[0, 1, 1, 1, 1, 1, 1, 1])),
        ("shift(step, 1, 9)", ints(&[9, 0, 1, 1, -1, 0, 0, 0])),
        ("shift(step, -2, 9)", ints(&[1, -1, 0, 0, 0, 0, 9, 9])),
        ("shift(step, -9223372036854775807, 9)", ints(&[9; 8])),
        ("step[1..4]", ints(&[1, 1, -1])),
        ("sum(step[1..4], pos)", ints(&[1])),
        ("step[1..4] + step[1..4]", ints(&[2, 2, -2])),
        ("argmax(step)", ints(&[1])),
        ("argmin(step)", ints(&[3])),
        ("max(step) - min(step)", ints(&[2])),
        ("prod(step[pos: 1..4] * 3)", ints(&[-27])),
        ("abs(-3) + int(true) + int(tokens[1])", ints(&[7])),
        ("-7 % 3", ints(&[2])),
        ("step[pos: length(pos) - 5]", ints(&[-1])),
        ("position(pos)[argmin(step)]", ints(&[3])),
        ("tokens[if position(pos) > 0 then position(pos) - 1 else 0]", ints(&[0, 0, 3, 3, 4, 2, 1, 1])),
        ("ratio(2, -4) == ratio(-1, 2)", Data::Bool(vec![true])),
        ("ratio(1, 0) == ratio(-5, 0) and not (ratio(1, 0) < 1) and not (ratio(1, 0) >= 1)", Data::Bool(vec![true])),
        ("ratio(1, 3) < ratio(1, 2) and ratio(4, 2) == 2", Data::Bool(vec![true])),
        (
            "tokens[0] == 0 and tokens[0] != \"(\" and shift(tokens, 1, \"[pad]\")[0] == \"[pad]\"",
            Data::Bool(vec![true]),
        ),
        ("any(tokens == \")\") or 1 / 0 > 5", Data::Bool(vec![true])),
        ("1 / 4 + 1", Data::Real(vec![1.25])),
        ("mean(step)", Data::Real(vec![0.125])),
        ("real(true) + weight", Data::Real(vec![1.0])),
        ("if label == 0 then 0.5 else size", Data::Real(vec![0.5])),
    ] {
        assert_eq!(value(text, "(()"), expected, "{text}");
    }
}

fn findings(text: &str, purpose: Purpose) -> Vec<(String, String)> {
    let mut sink = Vec::new();
    let scope = with_bracket_features();
    let typed = check_expr(&expression(text), &scope, purpose, &mut sink);
    assert_eq!(typed.is_none(), !sink.is_empty() || text.contains("broken"), "{text}");
    let at = |finding: &Diagnostic| match &finding.primary.place {
        ansatz::diagnostics::Place::Source(span) => text[span.range()].to_string(),
        other => panic!("{other:?}"),
    };
    sink.iter().map(|finding| (finding.code.id.to_string(), at(finding))).collect()
}

#[test]
fn mistakes_are_found_at_their_places() {
    for (text, code, place) in [
        ("sum(step) + true", "A2001", "true"),
        ("tokens + 1", "A2001", "tokens"),
        ("label * 2", "A2001", "label"),
        ("not size", "A2001", "size"),
        ("size and true", "A2001", "size"),
        ("if size then 1 else 2", "A2001", "size"),
        ("if true then 1 else false", "A2001", "if true then 1 else false"),
        ("1 < 2 < 3", "A2001", "1 < 2"),
        ("tokens == size", "A2001", "tokens == size"),
        ("tokens < \")\"", "A2001", "tokens"),
        ("ratio(1, 2) == 0.5", "A2001", "ratio(1, 2) == 0.5"),
        ("ratio(1, 2) + 1", "A2001", "ratio(1, 2)"),
        ("weight % 2", "A2001", "weight"),
        ("\"(\" == \"(\"", "A2001", "\"(\""),
        ("label == \"(\"", "A2001", "\"(\""),
        ("1 + (1, 2)", "A2001", "(1, 2)"),
        ("int(weight)", "A2001", "weight"),
        ("tokens[weight]", "A2001", "weight"),
        ("sums(step)", "A2002", "sums"),
        ("step(1)", "A2002", "step"),
        ("exp(weight) > 1", "A2002", "exp"),
        ("shift(step)", "A2003", "shift(step)"),
        ("shift(step, size, 0)", "A2003", "size"),
        ("sum(step, 1)", "A2003", "1"),
        ("step[size..4]", "A2003", "size"),
        ("step + keyed", "A2004", "step + keyed"),
        ("step[1..5] + step", "A2004", "step[1..5] + step"),
        ("step[1..5] + step[2..6]", "A2004", "step[1..5] + step[2..6]"),
        ("step[-1]", "A2005", "-1"),
        ("step[8]", "A2005", "8"),
        ("step[pos: length(pos)]", "A2005", "length(pos)"),
        ("step[1..9]", "A2005", "1..9"),
        ("step[3..3]", "A2005", "3..3"),
        ("step[1..5][4]", "A2005", "4"),
        ("tokens == \"((\"", "A2006", "\"((\""),
        ("plain == \"(\"", "A2006", "\"(\""),
        ("tokens == 5", "A2006", "5"),
        ("tokens == -1", "A2006", "-1"),
        ("logits[0] > 0", "A2010", "logits"),
        ("sum(size)", "A2013", "sum(size)"),
        ("sum(grid)", "A2013", "sum(grid)"),
        ("sum(step, key)", "A2013", "key"),
        ("size[0]", "A2013", "size[0]"),
        ("stepp", "A1001", "stepp"),
        ("pos + 1", "A1001", "pos"),
        ("position(poss)", "A1001", "poss"),
    ] {
        let expected = (code.to_string(), place.to_string());
        let found = findings(text, Purpose::Feature);
        assert!(found.contains(&expected), "{text}: {found:?}");
        let one_place_each = if text == "\"(\" == \"(\"" { 2 } else { 1 };
        assert_eq!(found.len(), one_place_each, "{text}: {found:?}");
    }
}

#[test]
fn one_run_finds_all_mistakes_and_none_twice() {
    let found = findings("if stepp == 1 then tokens + 1 else sum(size)", Purpose::Feature);
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["A1001", "A2001", "A2013"]);
    assert_eq!(findings("broken + true + broken(1)", Purpose::Feature).len(), 2);
    assert_eq!(findings("broken[0] == 1 and all(broken)", Purpose::Feature), []);
}

#[test]
fn suggestions_can_be_applied() {
    let mut sink = Vec::new();
    check_expr(&expression("tokens == \"[strt]\""), &scope(), Purpose::Feature, &mut sink);
    let fix = sink[0].helps[0].fix.clone().unwrap();
    assert_eq!((fix.span.range(), fix.replacement.as_str()), (10..18, "\"[start]\""));
}

#[test]
fn features_are_checked_in_any_order_and_cycles_are_found() {
    let mut scope = scope();
    let found = features(
        &mut scope,
        &[
            "a : int = b + 1",
            "b = c",
            "c = a",
            "d = a + 1",
            "e = e",
            "f : int[pos] = 1",
            "g : bool[nope] = true",
            "h : float = 1",
        ],
    );
    let mut codes: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["A1001", "A2001", "A2009", "A2009", "A2012"]);
    let cycle = found.iter().find(|finding| finding.message.contains("`b`")).unwrap();
    assert!(cycle.message.ends_with("`a` reads `b` reads `c` reads `a`"), "{}", cycle.message);
    assert!(scope.features.values().all(Option::is_none));
}

#[test]
fn claims_are_discrete_and_may_be_tuples() {
    let scope = with_bracket_features();
    let mut sink = Vec::new();
    assert_eq!(check_claim(&expression("(equal_count, sum(step))"), &scope, &mut sink).unwrap().len(), 2);
    assert_eq!(sink, []);
    assert!(check_claim(&expression("(equal_count, weight)"), &scope, &mut sink).is_none());
    assert_eq!(sink[0].code.id, "A2007");
}

#[test]
fn behaviours_are_one_real_number() {
    let scope = with_bracket_features();
    for (text, code) in [
        ("b = cross_entropy(logits, label)", None),
        ("b : real = logits[1] - logits[0]", None),
        ("b : real = size", None),
        ("b = size", Some("A2008")),
        ("b = logits", Some("A2008")),
        ("b = equal_count", Some("A2008")),
        ("b = logit_difference(logits, 1, 2)", Some("A2005")),
        ("b = cross_entropy(logits, weight)", Some("A2001")),
        ("b = cross_entropy(size, label)", Some("A2013")),
        ("b : int = 1.5", Some("A2001")),
    ] {
        let mut sink = Vec::new();
        let typed = check_behaviour(&behaviour(text), &scope, &mut sink);
        assert_eq!(sink.first().map(|finding| finding.code.id), code, "{text}");
        assert_eq!(typed.is_some(), code.is_none(), "{text}");
    }
}

fn behaviour_values(text: &str, logits: &[f32], rows: &[usize]) -> Result<Vec<f64>, Box<Diagnostic>> {
    let mut sink = Vec::new();
    let typed =
        check_behaviour(&behaviour(text), &with_bracket_features(), &mut sink).unwrap_or_else(|| panic!("{sink:?}"));
    let data = brackets(&["()", ")("]);
    let array = ArrayD::from_shape_vec(IxDyn(&[rows.len(), 2]), logits.to_vec()).unwrap();
    let outputs = BTreeMap::from([("logits", Output::F32(array.view()))]);
    evaluate(&typed, &Source { dataset: &data, outputs }, rows).map(|values| values.reals().unwrap().to_vec())
}

#[test]
fn behaviours_pair_outputs_with_rows() {
    // Rows 0 and 1 have the labels 0 and 1; outputs go by place, columns by row.
    let loss =
        behaviour_values("b = cross_entropy(logits, label)", &[2.0, 0.0, 2.0, 0.0, 1e9, 0.0], &[0, 1, 0]).unwrap();
    let low = (1.0 + (-2.0_f64).exp()).ln();
    assert!((loss[0] - low).abs() < 1e-15 && (loss[1] - (low + 2.0)).abs() < 1e-15, "{loss:?}");
    assert_eq!(loss[2].to_bits(), 0.0_f64.to_bits());
    let binary =
        behaviour_values("b = binary_cross_entropy(logits[1] - logits[0], label)", &[0.0, 2.0, 0.0, 2.0], &[0, 1]);
    assert!((binary.unwrap()[0] - (low + 2.0)).abs() < 1e-15);
    let hits = behaviour_values("b = accuracy(logits, label)", &[1.0, 1.0, 1.0, 1.0, 0.0, 3.0], &[0, 1, 1]);
    assert_eq!(hits.unwrap(), [1.0, 0.0, 1.0], "ties take the first class");
    let difference =
        behaviour_values("b = logit_difference(logits, label, 1 - int(label))", &[3.0, 1.0, 3.0, 1.0], &[0, 1]);
    assert_eq!(difference.unwrap(), [2.0, -2.0]);
    let same = behaviour_values("b = sum(softmax(logits)) + real(equal_count)", &[3.0, 1.0], &[1]).unwrap();
    assert!((same[0] - 2.0).abs() < 1e-15);
    let nan = behaviour_values("b = cross_entropy(logits, label)", &[f32::NAN, 1.0], &[0]).unwrap();
    assert!(nan[0].is_nan());
}

fn fault(text: &str) -> (String, String, u64) {
    let data = brackets(&["()", ")(", "(("]);
    let found = *values_on(text, &with_bracket_features(), &data).unwrap_err();
    let ansatz::diagnostics::Place::Source(span) = &found.primary.place else { panic!("{found:?}") };
    let row = match found.secondary.first().map(|label| &label.place) {
        Some(ansatz::diagnostics::Place::Data { row: Some(row), .. }) => *row,
        _ => u64::MAX,
    };
    (found.code.id.to_string(), text[span.range()].to_string(), row)
}

#[test]
fn faults_name_expression_and_row() {
    let case = |code: &str, place: &str, row| (code.to_string(), place.to_string(), row);
    assert_eq!(fault("1 + size * 4611686018427387904"), case("A2101", "size * 4611686018427387904", 2));
    assert_eq!(fault("abs(-9223372036854775807 - size)"), case("A2101", "abs(-9223372036854775807 - size)", 1));
    assert_eq!(fault("sum(step * 0 + 9223372036854775807)"), case("A2101", "sum(step * 0 + 9223372036854775807)", 0));
    assert_eq!(fault("5 % (1 - size)"), case("A2102", "5 % (1 - size)", 1));
    assert_eq!(fault("step[size + 6]"), case("A2103", "size + 6", 2));
    assert_eq!(fault("step[size - 1]"), case("A2103", "size - 1", 0));
    assert_eq!(fault("1 % 0"), case("A2102", "1 % 0", u64::MAX));
    let nan = behaviour_values("b = accuracy(logits, label)", &[0.0, 1.0, f32::NAN, 1.0], &[0, 1]).unwrap_err();
    assert_eq!(nan.code.id, "A2104");
    let label =
        behaviour_values("b = binary_cross_entropy(logits[0], 2 * int(label))", &[0.0; 4], &[0, 1]).unwrap_err();
    assert_eq!(label.code.id, "A2105");
    let outside = behaviour_values("b = cross_entropy(logits, 2 * int(label))", &[0.0; 4], &[0, 1]).unwrap_err();
    assert_eq!(outside.code.id, "A2103");
}

#[test]
fn faults_count_only_where_the_value_is_used() {
    let data = brackets(&["()", ")(", "(("]);
    let scope = with_bracket_features();
    let value = |text| values_on(text, &scope, &data).map(|values| values.data);
    assert_eq!(value("if size > 0 then 10 % size else -1").unwrap(), Data::Int(vec![-1, 0, 0]));
    assert_eq!(value("size == 0 or 10 % size == 0").unwrap(), Data::Bool(vec![true, true, true]));
    assert_eq!(value("size > 0 and 10 % size == 0").unwrap(), Data::Bool(vec![false, true, true]));
    assert_eq!(value("10 % size == 0 and size > 0").unwrap_err().code.id, "A2102");
    assert_eq!(
        value("all(if position(pos) < 7 then step[position(pos) + 1] < 2 else true)").unwrap(),
        Data::Bool(vec![true; 3])
    );
}

#[test]
fn data_of_other_axes_or_without_a_column_are_coded() {
    let scope = with_bracket_features();
    let mut data = brackets(&["()"]);
    data.columns.insert("size".to_string(), int_column(Scalar::Int, &["pos"], &[1, 2], vec![1, 2]));
    assert_eq!(values_on("size", &scope, &data).unwrap_err().code.id, "A2106");
    assert_eq!(values_on("keyed", &scope, &data).unwrap_err().code.id, "A2106");
    let typed = checked("label", &scope);
    let source = Source { dataset: &data, outputs: BTreeMap::new() };
    assert_eq!(evaluate(&typed, &source, &[0, 5]).unwrap_err().code.id, "A2106");
    assert_eq!(evaluate(&typed, &source, &[]).unwrap().data, Data::Int(vec![]));
    // A shorter axis than the one that the index was checked against.
    let typed = checked("tokens[7] == \"(\" or tokens[6..8] == 1", &scope_without_sizes());
    let mut short = brackets(&["()"]);
    short.columns.insert("tokens".to_string(), int_column(Scalar::Token, &["pos"], &[1, 3], vec![0, 3, 2]));
    let source = Source { dataset: &short, outputs: BTreeMap::new() };
    assert_eq!(evaluate(&typed, &source, &[0]).unwrap_err().code.id, "A2103");
}

fn scope_without_sizes() -> Scope {
    let mut scope = scope();
    scope.dims.values_mut().for_each(|size| *size = None);
    scope
}

#[test]
fn reads_go_through_features() {
    let scope = with_bracket_features();
    let names: Vec<String> = reads(&checked("never_below and label == 1", &scope)).into_iter().collect();
    assert_eq!(names, ["label", "tokens"]);
}

#[test]
fn classes_are_numbered_by_first_appearance() {
    let scope = with_bracket_features();
    let data = brackets(&["))", "()", ")(", "(())", "(("]);
    let mut sink = Vec::new();
    let claim = check_claim(&expression("(equal_count, sum(step))"), &scope, &mut sink).unwrap();
    let found = classes(&claim, &data, None).unwrap();
    assert_eq!(found.of_row, [0, 1, 1, 1, 2]);
    assert_eq!(found.members, [vec![0], vec![1, 2, 3], vec![4]]);
    let described: Vec<String> = (0..4).map(|class| found.describe(class)).collect();
    assert_eq!(described, ["(false, -2)", "(true, 0)", "(false, 2)", ""]);

    let per_position = check_claim(&expression("(tokens, true)"), &scope, &mut sink).unwrap();
    let first = classes(&per_position, &data, Some(1)).unwrap();
    assert_eq!(first.of_row, [0, 1, 0, 1, 1]);
    assert_eq!(first.describe(0), "(\")\", true)");
    assert_eq!(classes(&per_position, &data, Some(8)).unwrap_err().code.id, "A2106");
    assert_eq!(classes(&per_position, &data, None).unwrap().members.len(), 5);

    let share = check_claim(&expression("ratio(count(tokens == \"(\"), count(tokens == \")\"))"), &scope, &mut sink);
    let found = classes(&share.unwrap(), &data, None).unwrap();
    assert_eq!(found.of_row, [0, 1, 1, 1, 2]);
    assert_eq!((found.describe(1), found.describe(2)), ("1/1".to_string(), "undefined".to_string()));
    let real = checked("weight", &scope);
    assert_eq!(classes(&[real], &data, None).unwrap_err().code.id, "A2007");
}

#[test]
fn many_rows_are_cut_into_blocks_without_a_trace() {
    let strings: Vec<&str> = ["()", ")(", "(("].into_iter().cycle().take(20_000).collect();
    let data = brackets(&strings);
    let scope = with_bracket_features();
    let values = values_on("size + sum(step) * 0", &scope, &data).unwrap();
    assert_eq!(values.data, Data::Int((0..20_000).collect()));
    let rows: Vec<usize> = (0..20_000).rev().collect();
    let logits = ArrayD::from_shape_fn(IxDyn(&[20_000, 2]), |at| (at[0] * 2 + at[1]) as f64);
    let mut sink = Vec::new();
    let typed = check_behaviour(&behaviour("b = logits[1] + size"), &scope, &mut sink).unwrap();
    let outputs = BTreeMap::from([("logits", Output::F64(logits.view()))]);
    let values = evaluate(&typed, &Source { dataset: &data, outputs }, &rows).unwrap();
    let expected: Vec<f64> = (0..20_000).map(|at| f64::from(2 * at + 1 + 19_999 - at)).collect();
    assert_eq!(values.reals().unwrap(), expected);
    let found = classes(&[checked("sum(step)", &scope)], &data, None).unwrap();
    assert_eq!(found.members.iter().map(Vec::len).sum::<usize>(), 20_000);
    assert_eq!(found.of_row[..4], [0, 0, 1, 0]);
}

#[test]
fn deep_and_shared_expressions_neither_overflow_nor_explode() {
    let mut scope = scope();
    // Sixty features that each read the one before twice: 2^60 paths.
    let texts: Vec<String> =
        (1..60).map(|at| format!("f{at} = (f{} + f{}) % 7", at - 1, at - 1)).chain(["f0 = size".to_string()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(features(&mut scope, &texts), []);
    let typed = checked("f59", &scope);
    assert_eq!(reads(&typed).len(), 1);
    assert!(values_on("f59 + f58", &scope, &brackets(&["()"])).is_ok());
    // A chain of 20,000 features ends in a code.
    let texts: Vec<String> =
        (0..20_000).map(|at| format!("f{at} = 1 + f{}", at + 1)).chain(["f20000 = 1".to_string()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = features(&mut scope, &texts);
    assert_eq!(found.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A2011"]);
    // So does deep syntax.
    let mut expr = expression("1");
    for _ in 0..1_000 {
        let span = expr.span;
        expr = ansatz::syntax::ast::Expr { kind: ansatz::syntax::ast::ExprKind::Negate(Box::new(expr)), span };
    }
    let mut sink = Vec::new();
    assert!(check_expr(&expr, &scope, Purpose::Feature, &mut sink).is_none());
    assert_eq!(sink.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A2011"]);
}

#[test]
fn the_deepest_legal_expression_is_evaluated() {
    let mut scope = scope();
    let texts: Vec<String> =
        (0..450).map(|at| format!("f{at} = 1 + f{}", at + 1)).chain(["f450 = size".to_string()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(features(&mut scope, &texts), []);
    assert_eq!(values_on("f0", &scope, &brackets(&["()"])).unwrap().data, Data::Int(vec![450]));
}
