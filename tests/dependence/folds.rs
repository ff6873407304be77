//! Operators that fold axes, run along them or normalise over them.

use crate::case::Case;
use crate::support::graph::{f32s, i64s, noise};

const FOLDS: [&str; 7] =
    ["ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"];

pub fn cases() -> Vec<Case> {
    [reductions(), softmaxes(), norms(), runs()].concat()
}

fn reductions() -> Vec<Case> {
    let mut cases = Vec::new();
    for op in FOLDS {
        let tight = |case: Case| if ["ReduceMax", "ReduceMin"].contains(&op) { case } else { case.tight() };
        for axes in [&[1][..], &[-1], &[1, 2], &[2, 1]] {
            for keep in [0, 1] {
                cases.push(tight(Case::new(op).data(noise(&[2, 3, 4], 1)).ints(axes).with("keepdims", keep)));
            }
        }
        cases.push(tight(Case::new(op).opset(13).data(noise(&[2, 3, 4], 1)).with("keepdims", 0).with("axes", [-1])));
        cases.push(tight(Case::new(op).data(noise(&[1, 3, 2], 1))));
        cases.push(tight(Case::new(op).weight(noise(&[3, 2], 1)).ints(&[0])));
    }
    cases.push(Case::new("ReduceSum").data(noise(&[2, 3], 1)).ints(&[]).with("noop_with_empty_axes", 1).tight());
    for op in ["ArgMax", "ArgMin"] {
        for (axis, keep) in [(1, 1), (1, 0), (-1, 0)] {
            cases.push(Case::new(op).data(noise(&[2, 3, 4], 1)).with("axis", axis).with("keepdims", keep));
        }
        cases.push(Case::new(op).weight(noise(&[3, 4], 1)));
    }
    cases
}

fn softmaxes() -> Vec<Case> {
    let mut cases = Vec::new();
    for op in ["Softmax", "LogSoftmax"] {
        cases.push(Case::new(op).data(noise(&[2, 3, 4], 1)).tight());
        cases.push(Case::new(op).data(noise(&[2, 3, 4], 1)).opset(12).tight());
        for axis in [1, 2, -2] {
            cases.push(Case::new(op).data(noise(&[2, 3, 4], 1)).with("axis", axis).tight());
            cases.push(Case::new(op).data(noise(&[2, 3, 2, 2], 1)).with("axis", axis).opset(11).tight());
        }
        cases.push(Case::new(op).data(noise(&[2, 3], 1)).with("axis", 2).opset(11));
    }
    cases
}

fn norms() -> Vec<Case> {
    let mut cases = Vec::new();
    for (op, shifts) in [("LayerNormalization", 2), ("RMSNormalization", 1)] {
        for (axis, tail) in [(-1, &[4][..]), (2, &[4]), (1, &[3, 4]), (-1, &[3, 4])] {
            let case = Case::new(op).opset(23).data(noise(&[2, 3, 4], 1)).with("axis", axis);
            cases.push((0..shifts).fold(case, |case, at| case.weight(noise(tail, at + 2))).tight());
        }
    }
    let case = Case::new("LayerNormalization").data(noise(&[2, 3, 4], 1)).weight(noise(&[4], 2));
    cases.push(case.clone().tight());
    cases.push(case.outputs(3));
    let statistic = |seed: u64| noise(&[3], seed);
    let variance = f32s(&[3], &[4.0, 5.0, 6.0]);
    for dims in [&[2, 3][..], &[2, 3, 4], &[2, 3, 2, 2]] {
        let case = Case::new("BatchNormalization").data(noise(dims, 1)).weight(statistic(2)).weight(statistic(3));
        cases.push(case.weight(statistic(4)).weight(variance.clone()).tight());
    }
    cases
}

fn runs() -> Vec<Case> {
    let mut cases = Vec::new();
    for axis in [1, -1, 2] {
        for (exclusive, reverse) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let case = Case::new("CumSum").data(noise(&[2, 3, 4], 1)).fixed(i64s(&[], &[axis]));
            cases.push(case.with("exclusive", exclusive).with("reverse", reverse).tight());
        }
    }
    cases.push(Case::new("CumSum").data(noise(&[2, 3], 1)).weight(i64s(&[1], &[1])).below(2));
    for upper in [0, 1] {
        for diagonal in [-9, -1, 0, 1, 9] {
            let case = Case::new("Trilu").data(noise(&[2, 3, 4], 1)).fixed(i64s(&[], &[diagonal]));
            cases.push(case.with("upper", upper).tight());
        }
        cases.push(Case::new("Trilu").data(noise(&[2, 4, 3], 1)).with("upper", upper));
        cases.push(Case::new("Trilu").weight(noise(&[4, 3], 1)).with("upper", upper));
        cases.push(Case::new("Trilu").data(noise(&[2, 4, 3], 1)).data(i64s(&[], &[0])).with("upper", upper));
    }
    cases
}

#[test]
fn axes_that_are_folded_are_read_whole() {
    cases().iter().for_each(Case::check);
}

#[test]
fn a_sum_runs_up_to_what_is_wanted() {
    let case = Case::new("CumSum").data(noise(&[2, 5], 1)).fixed(i64s(&[], &[1]));
    assert_eq!(case.reads(&[(1, 2, 3)], 0).as_deref(), Some("[:, 0..3]"));
    assert_eq!(case.clone().with("exclusive", 1).reads(&[(1, 0, 1)], 0), None);
    assert_eq!(case.with("reverse", 1).reads(&[(1, 2, 3)], 0).as_deref(), Some("[:, 2..5]"));
}

#[test]
fn a_triangle_is_read_where_it_is_kept() {
    let case = Case::new("Trilu").data(noise(&[2, 4, 4], 1)).with("upper", 0);
    assert_eq!(case.reads(&[(1, 2, 3)], 0).as_deref(), Some("[:, 2, 0..3]"));
    assert_eq!(case.reads(&[(1, 0, 1), (2, 2, 4)], 0), None);
}
