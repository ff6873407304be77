//! The array language: values, faults and classes on hand-made strings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod expressions;

use ansatz::diagnostics::Diagnostic;
use ansatz::feature::{Data, Output, Scalar, Scope, Source, check_behaviour, check_claim, classes, evaluate};
use expressions::{
    BEFORE, behaviour, brackets, checked, expression, features, int_column, scope, values_on, with_bracket_features,
};
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;

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

fn behaviour_values(text: &str, logits: &[f32], rows: &[usize]) -> Result<Vec<f64>, Box<Diagnostic>> {
    let mut sink = Vec::new();
    let typed =
        check_behaviour(&behaviour(text), &with_bracket_features(), &mut sink).unwrap_or_else(|| panic!("{sink:?}"));
    let data = brackets(&["()", ")("]);
    let array = ArrayD::from_shape_vec(IxDyn(&[rows.len(), 2]), logits.to_vec()).unwrap();
    let outputs = BTreeMap::from([("logits", Output::F32(array.view()))]);
    evaluate(&typed.value, &Source { dataset: &data, outputs }, rows).map(|values| values.reals().unwrap().to_vec())
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
    (found.code.id.to_string(), format!("{BEFORE}{text}")[span.range()].to_string(), row)
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
    let values = evaluate(&typed.value, &Source { dataset: &data, outputs }, &rows).unwrap();
    let expected: Vec<f64> = (0..20_000).map(|at| f64::from(2 * at + 1 + 19_999 - at)).collect();
    assert_eq!(values.reals().unwrap(), expected);
    let found = classes(&[checked("sum(step)", &scope)], &data, None).unwrap();
    assert_eq!(found.members.iter().map(Vec::len).sum::<usize>(), 20_000);
    assert_eq!(found.of_row[..4], [0, 0, 1, 0]);
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
