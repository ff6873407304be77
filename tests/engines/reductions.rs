//! Operators that fold axes or normalise along them.

use crate::compare::Op;
use crate::support::graph::{f32s, i64s, noise};
use ansatz::engine::Value;

fn ints(list: &[i64]) -> Value {
    i64s(&[list.len()], list)
}

#[test]
fn axes_are_folded() {
    let x = f32s(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let fold = |name: &str, axes: &[i64]| Op::new(name, &[x.clone(), ints(axes)]).with("keepdims", 0).one();
    assert_eq!(fold("ReduceSum", &[0]), f32s(&[3], &[5.0, 7.0, 9.0]));
    assert_eq!(fold("ReduceSum", &[1]), f32s(&[2], &[6.0, 15.0]));
    assert_eq!(fold("ReduceMean", &[-1]), f32s(&[2], &[2.0, 5.0]));
    assert_eq!(fold("ReduceMax", &[0, 1]), f32s(&[], &[6.0]));
    assert_eq!(fold("ReduceMin", &[0]), f32s(&[3], &[1.0, 2.0, 3.0]));
    assert_eq!(fold("ReduceProd", &[1]), f32s(&[2], &[6.0, 120.0]));
    assert_eq!(fold("ReduceSumSquare", &[1]), f32s(&[2], &[14.0, 77.0]));
    let all = Op::new("ReduceSum", std::slice::from_ref(&x)).one();
    assert_eq!(all, f32s(&[1, 1], &[21.0]));
    let none = Op::new("ReduceSum", &[x.clone(), ints(&[])]).with("noop_with_empty_axes", 1).one();
    assert_eq!(none, x);
    let whole = Op::new("ReduceSum", &[i64s(&[3], &[1, 2, 3]), ints(&[0])]).one();
    assert_eq!(whole, i64s(&[1], &[6]));
}

#[test]
fn folds_agree_with_onnxruntime() {
    let names = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSumSquare", "ReduceL2"];
    for name in names {
        for axes in [&[0][..], &[1], &[2], &[0, 2], &[1, 2], &[0, 1, 2]] {
            Op::new(name, &[noise(&[3, 4, 5], 3), ints(axes)]).check();
        }
        if name != "ReduceSum" {
            let old = Op::new(name, &[noise(&[3, 4, 5], 3)]).opset(13).with("axes", [-1]).with("keepdims", 0);
            old.check();
        }
    }
    Op::new("ReduceSum", &[noise(&[3, 4], 3)]).opset(11).with("axes", [1]).check();
    Op::new("ReduceSum", &[f32s(&[2, 0], &[]), ints(&[1])]).check();
}

#[test]
fn the_place_of_the_largest_is_found() {
    let x = f32s(&[2, 3], &[1.0, 7.0, 7.0, 4.0, 2.0, 2.0]);
    let place = |name: &str, last: i64| {
        let op = Op::new(name, std::slice::from_ref(&x)).with("axis", 1).with("select_last_index", last);
        op.with("keepdims", 0).one()
    };
    assert_eq!(place("ArgMax", 0), i64s(&[2], &[1, 0]));
    assert_eq!(place("ArgMax", 1), i64s(&[2], &[2, 0]));
    assert_eq!(place("ArgMin", 0), i64s(&[2], &[0, 1]));
    Op::new("ArgMax", &[noise(&[3, 4, 5], 3)]).with("axis", 1).check();
}

#[test]
fn sums_run_along_an_axis() {
    let run = |exclusive: i64, reverse: i64| {
        let x = f32s(&[4], &[1.0, 2.0, 3.0, 4.0]);
        let op = Op::new("CumSum", &[x, i64s(&[], &[0])]);
        op.with("exclusive", exclusive).with("reverse", reverse).one()
    };
    assert_eq!(run(0, 0), f32s(&[4], &[1.0, 3.0, 6.0, 10.0]));
    assert_eq!(run(1, 0), f32s(&[4], &[0.0, 1.0, 3.0, 6.0]));
    assert_eq!(run(0, 1), f32s(&[4], &[10.0, 9.0, 7.0, 4.0]));
    assert_eq!(run(1, 1), f32s(&[4], &[9.0, 7.0, 4.0, 0.0]));
    for axis in [0, 1, -1] {
        Op::new("CumSum", &[noise(&[3, 4, 5], 1), i64s(&[], &[axis])]).check();
    }
}

#[test]
fn softmax_sums_to_one_on_its_axis() {
    let x = f32s(&[1, 3], &[0.0, 0.0, f32::NEG_INFINITY]);
    assert_eq!(Op::new("Softmax", &[x]).one(), f32s(&[1, 3], &[0.5, 0.5, 0.0]));
    for name in ["Softmax", "LogSoftmax"] {
        for axis in [0, 1, 2, -1] {
            Op::new(name, &[noise(&[3, 4, 5], 2)]).with("axis", axis).check();
            Op::new(name, &[noise(&[3, 4, 5], 2)]).opset(11).with("axis", axis).check();
        }
        Op::new(name, &[noise(&[3, 4, 5], 2)]).check();
        Op::new(name, &[noise(&[3, 4, 5], 2)]).opset(11).check();
        Op::new(name, &[f32s(&[2], &[1000.0, -1000.0])]).check();
    }
}

#[test]
fn rows_are_normalised() {
    let x = f32s(&[1, 2], &[1.0, 3.0]);
    let scale = [x.clone(), f32s(&[2], &[2.0, 2.0])];
    assert_eq!(Op::new("LayerNormalization", &scale).with("epsilon", 0.0_f32).one(), f32s(&[1, 2], &[-2.0, 2.0]));
    let inputs = |dims: &[usize], tail: &[usize]| [noise(dims, 1), noise(tail, 2), noise(tail, 3)];
    Op::new("LayerNormalization", &inputs(&[3, 4, 56], &[56])).check();
    Op::new("LayerNormalization", &inputs(&[3, 4, 5], &[4, 5])).with("axis", 1).check();
    let [x, scale, _] = inputs(&[3, 4, 56], &[56]);
    Op::new("LayerNormalization", &[x.clone(), scale.clone()]).with("epsilon", 1e-3_f32).check();
    Op::new("LayerNormalization", &[x.clone(), scale.clone()]).with("axis", -1).outputs(3).check();
    Op::new("RMSNormalization", &[x, scale]).opset(23).check();
}

#[test]
fn channels_are_normalised_with_given_statistics() {
    let per_channel = |seed: u64| noise(&[4], seed);
    let variance = f32s(&[4], &[0.5, 1.0, 2.0, 0.1]);
    for dims in [&[3, 4][..], &[3, 4, 5], &[2, 4, 3, 3]] {
        let inputs = [noise(dims, 1), per_channel(2), per_channel(3), per_channel(4), variance.clone()];
        Op::new("BatchNormalization", &inputs).check();
    }
}
