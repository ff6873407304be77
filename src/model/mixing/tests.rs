//! One operator at a time, on graphs written by hand.

use super::{MixReason, batch_mixing};
use crate::engine::Value;
use crate::model::graph::Graph;
use crate::model::testing::{set_constant, typed_graph};
use ndarray::arr1;

/// The axis and the inner repeat of the last output, or the reason why examples are mixed.
fn outcome_with(given: &[&str], lines: &[&str], constants: &[(&str, &[i64])]) -> Result<(usize, usize), MixReason> {
    let (mut graph, facts) = typed_graph(given, lines);
    for (name, values) in constants {
        set_constant(&mut graph, name, &Value::I64(arr1(values).into_dyn()));
    }
    outcome(&graph, &facts)
}

fn outcome(graph: &Graph, facts: &crate::model::Facts) -> Result<(usize, usize), MixReason> {
    let axes = batch_mixing(graph, facts);
    match (axes.mixing.first(), axes.get(graph.outputs[0])) {
        (Some(mixing), _) => Err(mixing.reason),
        (None, Some(row)) => Ok((row.axis, row.inner)),
        (None, None) => panic!("the output holds no examples"),
    }
}

fn check(given: &[&str], line: &str, expected: Result<(usize, usize), MixReason>) {
    assert_eq!(outcome_with(given, &[line], &[]), expected, "{line}");
}

#[test]
fn elementwise_operators_need_the_examples_along_one_axis() {
    check(&["x[b,8]"], "y[b,8] = Relu(x)", Ok((0, 1)));
    check(&["x[b,8]", "c[8]"], "y[b,8] = Add(c, x)", Ok((0, 1)));
    check(&["x[b,8]", "z[b,1]"], "y[b,8] = Mul(x, z)", Ok((0, 1)));
    check(&["x[b,8,8]", "z[8,b]"], "y[b,8,b] = Add(x, z)", Err(MixReason::Misaligned));
    check(&["x[b,1]", "z[b]"], "y[b,b] = Greater(x, z)", Err(MixReason::Misaligned));
    check(&["m[b,1]", "x[b,8]", "c[8]"], "y[b,8] = Where(m, x, c)", Ok((0, 1)));
}

#[test]
fn reductions_and_norms_must_not_run_over_the_examples() {
    check(&["x[b,8,4]"], "y[b,8,1] = ReduceMean(x) axes=-1 keepdims=1", Ok((0, 1)));
    check(&["x[8,b,4]"], "y[b,4] = ReduceSum(x) axes=0 keepdims=0", Ok((0, 1)));
    check(&["x[b,8]"], "y[1,8] = ReduceMax(x) axes=0 keepdims=1", Err(MixReason::Across));
    check(&["x[b,8]"], "y[] = ReduceMin(x) keepdims=0", Err(MixReason::Across));
    check(&["x[b,8]"], "y[b] = ArgMax(x) axis=1 keepdims=0", Ok((0, 1)));
    check(&["x[b,8]"], "y[8] = ArgMax(x) keepdims=0", Err(MixReason::Across));
    check(&["x[b,8]"], "y[b,8] = Softmax(x)", Ok((0, 1)));
    check(&["x[b,8]"], "y[b,8] = Softmax(x) axis=0", Err(MixReason::Across));
    check(&["x[8,b]"], "y[8,b] = Softmax(x)", Err(MixReason::Across));
    check(&["x[b,8,4]", "c[4]"], "y[b,8,4] = LayerNormalization(x, c)", Ok((0, 1)));
    check(&["x[8,b,4]", "c[4]"], "y[8,b,4] = LayerNormalization(x, c) axis=1", Err(MixReason::Across));
    check(&["x[8,b]"], "y[8,b] = Trilu(x)", Err(MixReason::Across));
}

#[test]
fn products_must_not_contract_the_examples() {
    check(&["x[b,8,4]", "w[4,5]"], "y[b,8,5] = MatMul(x, w)", Ok((0, 1)));
    check(&["q[b,2,8,4]", "k[b,2,4,8]"], "y[b,2,8,8] = MatMul(q, k)", Ok((0, 1)));
    check(&["x[b,4]", "z[4,b]"], "y[b,b] = MatMul(x, z)", Err(MixReason::Misaligned));
    check(&["x[4,b]", "z[b,4]"], "y[4,4] = MatMul(x, z)", Err(MixReason::Across));
    check(&["x[8,b]", "w[5,8]"], "y[5,b] = MatMul(w, x)", Ok((1, 1)));
    check(&["x[b,8]", "w[8]"], "y[b] = MatMul(x, w)", Ok((0, 1)));
    check(&["x[b,3,8,8]", "w[16,3,4,4]"], "y[b,16,5,5] = Conv(x, w)", Ok((0, 1)));
    check(&["x[3,b,8,8]", "w[16,5,4,4]"], "y[3,16,5,5] = Conv(x, w)", Err(MixReason::Across));
    check(&["x[b,3,8,8]", "w[b,3,4,4]"], "y[b,b,5,5] = Conv(x, w)", Err(MixReason::Misaligned));
    check(&["x[b,4]", "w[5,4]"], "y[b,5] = Gemm(x, w) transB=1", Ok((0, 1)));
    check(&["x[b,4]", "w[5,4]"], "y[5,b] = Gemm(w, x) transB=1", Ok((1, 1)));
    check(&["x[4,b]", "w[4,5]"], "y[b,5] = Gemm(x, w) transA=1", Ok((0, 1)));
    check(&["x[b,4]", "z[b,5]"], "y[4,5] = Gemm(x, z) transA=1", Err(MixReason::Across));
    check(&["q[b,8,4]", "k[b,8,4]"], "y[b,8,8] = Einsum(q, k) equation=bqd,bkd->bqk", Ok((0, 1)));
    check(&["q[b,8,4]", "k[b,8,4]"], "y[8,8] = Einsum(q, k) equation=bqd,bkd->qk", Err(MixReason::Across));
    check(&["q[b,8]", "k[b,8]"], "y[b,b] = Einsum(q, k) equation=xd,yd->xy", Err(MixReason::Misaligned));
}

#[test]
fn reshapes_keep_the_examples_only_in_row_major_order() {
    check(&["x[b,8,4]", "s[2]"], "y[8b,4] = Reshape(x, s)", Ok((0, 8)));
    check(&["x[b,8,4]", "s[2]"], "y[b,32] = Reshape(x, s)", Ok((0, 1)));
    check(&["x[b,4]", "a[1]"], "y[b,1,4] = Unsqueeze(x, a)", Ok((0, 1)));
    check(&["x[8,b,4]", "s[3]"], "y[8,2b,2] = Reshape(x, s)", Ok((1, 2)));
    check(&["x[8,b,4]", "s[2]"], "y[4b,8] = Reshape(x, s)", Err(MixReason::Scatters));
    let there_and_back = ["a[8b,4] = Reshape(x, s)", "c[8b,4] = Relu(a)", "y[b,8,4] = Reshape(c, t)"];
    assert_eq!(outcome_with(&["x[b,8,4]", "s[2]", "t[3]"], &there_and_back, &[]), Ok((0, 1)));
    let over_positions = ["a[8b,4] = Reshape(x, s)", "y[8b,4] = Softmax(a) axis=0"];
    assert_eq!(outcome_with(&["x[b,8,4]", "s[2]"], &over_positions, &[]), Err(MixReason::Across));
    // Positions first: the examples lie apart, and meet again only after the way back.
    let apart = ["t[8,b,4] = Transpose(x) perm=1,0,2", "a[8b,4] = Reshape(t, s)", "y[8b,4] = Add(a, f)"];
    let merged = ["f[8b,4] = Reshape(x, s)"];
    let lines: Vec<&str> = merged.into_iter().chain(apart).collect();
    assert_eq!(outcome_with(&["x[b,8,4]", "s[2]"], &lines, &[]), Err(MixReason::Misaligned));
}

#[test]
fn selections_must_leave_the_examples_alone() {
    check(&["x[b,8]", "e[5,4]"], "y[b,8,4] = Gather(e, x)", Ok((0, 1)));
    check(&["x[b,8,4]", "i[]"], "y[b,4] = Gather(x, i) axis=1", Ok((0, 1)));
    check(&["x[8,b,4]", "i[]"], "y[b,4] = Gather(x, i) axis=0", Ok((0, 1)));
    check(&["x[b,8]", "i[1]"], "y[1,8] = Gather(x, i)", Err(MixReason::Selects));
    check(&["x[b,8]", "i[b]"], "y[b,8] = Gather(x, i)", Err(MixReason::Selects));
    check(&["x[b,8]", "i[b,1]"], "y[b,1] = GatherElements(x, i) axis=1", Ok((0, 1)));
    check(&["x[b,8]", "i[b,2]"], "y[b] = GatherND(x, i)", Err(MixReason::Selects));
    check(&["x[b,8]"], "y[b,4], z[b,4] = Split(x) axis=1", Ok((0, 1)));
    check(&["x[b,8]"], "y[b,8], z[b,8] = Split(x) axis=0", Err(MixReason::Selects));
    check(&["x[b,8]", "z[b,8]"], "y[b,16] = Concat(x, z) axis=1", Ok((0, 1)));
    check(&["x[b,8]", "z[b,8]"], "y[2b,8] = Concat(x, z) axis=0", Err(MixReason::Joins));
    check(&["x[b,8]", "u[b,8]"], "y[b,8] = ScatterND(x, u, u)", Err(MixReason::UnknownOperator));
    check(&["x[b,8]"], "y[b,8] = Unheard(x)", Err(MixReason::UnknownOperator));
}

#[test]
fn operators_with_constant_arguments_read_them() {
    let along =
        |op: &str, axis: i64| outcome_with(&["x[b,8]", "a[1]"], &[&format!("y[b,8] = {op}(x, a)")], &[("a", &[axis])]);
    assert_eq!(along("CumSum", 1), Ok((0, 1)));
    assert_eq!(along("CumSum", -2), Err(MixReason::Across));
    let slice = |axis: i64, step: i64, out: &str| {
        let line = format!("y[{out}] = Slice(x, s, e, a, t)");
        let constants: [(&str, &[i64]); 4] = [("s", &[0]), ("e", &[i64::MAX]), ("a", &[axis]), ("t", &[step])];
        outcome_with(&["x[b,8]", "s[1]", "e[1]", "a[1]", "t[1]"], &[&line], &constants)
    };
    assert_eq!(slice(1, 1, "b,8"), Ok((0, 1)));
    assert_eq!(slice(0, 1, "b,8"), Ok((0, 1)));
    assert_eq!(slice(0, -1, "b,8"), Err(MixReason::Selects));
    let tile = |repeats: &'static [i64], out: &str| {
        outcome_with(&["x[b,8]", "r[2]"], &[&format!("y[{out}] = Tile(x, r)")], &[("r", repeats)])
    };
    assert_eq!(tile(&[1, 3], "b,24"), Ok((0, 1)));
    assert_eq!(tile(&[3, 1], "3b,8"), Err(MixReason::Selects));
}

#[test]
fn the_size_of_the_batch_may_shape_but_not_be_a_value() {
    let given = &["x[b,8]", "i[1]", "c[1,8]", "d[1]"];
    let shapes = ["s[2] = Shape(x)", "e[b,8] = Expand(c, s)", "y[b,8] = Add(x, e)"];
    assert_eq!(outcome_with(given, &shapes, &[]), Ok((0, 1)));
    let value = ["s[2] = Shape(x)", "n[1] = Gather(s, i)", "y[b,8] = Div(x, n)"];
    assert_eq!(outcome_with(given, &value, &[("i", &[0])]), Err(MixReason::BatchSize));
    assert_eq!(outcome_with(given, &value, &[("i", &[1])]), Ok((0, 1)), "the other dim is fixed");
    let place = [
        "s[2] = Shape(x)",
        "n[] = Gather(s, i)",
        "r[b] = Range(d, n, d)",
        "u[b,1] = Unsqueeze(r, d)",
        "y[b,8] = Add(x, u)",
    ];
    assert_eq!(outcome_with(given, &place, &[("i", &[0])]), Err(MixReason::BatchSize));
}

#[test]
fn only_the_first_operator_on_a_path_is_reported() {
    let lines = ["m[8] = ReduceMean(x) axes=0 keepdims=0", "n[8] = Softmax(m) axis=0", "y[b,8] = Sub(x, n)"];
    let (graph, facts) = typed_graph(&["x[b,8]"], &lines);
    assert_eq!(batch_mixing(&graph, &facts).mixing.len(), 1);
}
