//! Operators on single elements, with one operand or with several that are broadcast.

use crate::compare::Op;
use crate::support::graph::{bools, f32s, f64s, i32s, i64s, noise, numbers};
use ansatz::engine::Value;

/// Floats at which functions behave differently, and some between.
fn points() -> Value {
    f32s(&[2, 4], &[-3.5, -1.0, -0.25, 0.0, 0.3, 0.9, 2.0, 7.25])
}

fn positive() -> Value {
    f32s(&[5], &[0.001, 0.25, 1.0, 2.5, 900.0])
}

fn at(name: &str, inputs: &[f32]) -> Vec<f32> {
    let Value::F32(out) = Op::new(name, &[f32s(&[inputs.len()], inputs)]).opset(20).one() else {
        panic!("{name} gives floats")
    };
    out.iter().copied().collect()
}

#[test]
fn functions_of_one_float_have_their_known_values() {
    assert_eq!(at("Abs", &[-2.0, 3.0]), [2.0, 3.0]);
    assert_eq!(at("Ceil", &[-1.5, 0.2]), [-1.0, 1.0]);
    assert_eq!(at("Floor", &[-1.5, 0.2]), [-2.0, 0.0]);
    assert_eq!(at("Neg", &[-2.0, 3.0]), [2.0, -3.0]);
    assert_eq!(at("Reciprocal", &[4.0, -0.5]), [0.25, -2.0]);
    assert_eq!(at("Relu", &[-4.0, 0.5]), [0.0, 0.5]);
    assert_eq!(at("Sign", &[-4.0, 0.0, 9.0]), [-1.0, 0.0, 1.0]);
    assert_eq!(at("Sqrt", &[0.0, 9.0]), [0.0, 3.0]);
    assert_eq!(at("Exp", &[0.0]), [1.0]);
    assert_eq!(at("Log", &[1.0]), [0.0]);
    assert_eq!(at("Sigmoid", &[0.0]), [0.5]);
    assert_eq!(at("Tanh", &[0.0]), [0.0]);
    assert_eq!(at("Cos", &[0.0]), [1.0]);
    assert_eq!(at("Sin", &[0.0]), [0.0]);
    assert_eq!(at("Erf", &[0.0]), [0.0]);
    assert_eq!(at("Softplus", &[200.0]), [200.0]);
    assert_eq!(at("Gelu", &[0.0, 100.0]), [0.0, 100.0]);
    assert_eq!(at("Identity", &[4.0]), [4.0]);
}

#[test]
fn functions_of_one_float_agree_with_onnxruntime() {
    for name in [
        "Abs",
        "Ceil",
        "Cos",
        "Erf",
        "Exp",
        "Floor",
        "Gelu",
        "Identity",
        "LeakyRelu",
        "Neg",
        "Reciprocal",
        "Relu",
        "Sigmoid",
        "Sign",
        "Sin",
        "Softplus",
        "Tanh",
    ] {
        Op::new(name, &[noise(&[3, 50], 7)]).opset(20).check();
        if name != "Reciprocal" {
            Op::new(name, &[points()]).opset(20).check();
        }
    }
    for name in ["Log", "Sqrt", "Reciprocal"] {
        Op::new(name, &[positive()]).check();
    }
    Op::new("Gelu", &[points()]).opset(20).with("approximate", "tanh").check();
    Op::new("LeakyRelu", &[points()]).with("alpha", 0.25_f32).check();
    Op::new("Relu", &[f32s(&[1], &[f32::NAN])]).check();
}

#[test]
fn whole_numbers_and_truths_have_functions_too() {
    assert_eq!(Op::new("Abs", &[i64s(&[2], &[-5, 4])]).one(), i64s(&[2], &[5, 4]));
    assert_eq!(Op::new("Neg", &[i64s(&[2], &[-5, 4])]).one(), i64s(&[2], &[5, -4]));
    assert_eq!(Op::new("Not", &[bools(&[2], &[true, false])]).one(), bools(&[2], &[false, true]));
    assert_eq!(Op::new("IsNaN", &[f32s(&[2], &[f32::NAN, 1.0])]).one(), bools(&[2], &[true, false]));
    assert_eq!(Op::new("Sqrt", &[f64s(&[1], &[2.25])]).one(), f64s(&[1], &[1.5]));
}

#[test]
fn clip_has_bounds_as_inputs_or_attributes() {
    let x = f32s(&[3], &[-2.0, 0.5, 2.0]);
    let clip = Op::new("Clip", &[x.clone(), f32s(&[], &[-1.0]), f32s(&[], &[1.0])]);
    assert_eq!(clip.one(), f32s(&[3], &[-1.0, 0.5, 1.0]));
    let upper = Op::new("Clip", std::slice::from_ref(&x)).without_input().input(f32s(&[], &[1.0]));
    assert_eq!(upper.one(), f32s(&[3], &[-2.0, 0.5, 1.0]));
    let old = Op::new("Clip", &[x]).opset(10).with("min", 0.0_f32);
    assert_eq!(old.one(), f32s(&[3], &[0.0, 0.5, 2.0]));
}

#[test]
fn dropout_drops_nothing_after_training() {
    let x = noise(&[2, 3], 1);
    assert_eq!(Op::new("Dropout", &[x.clone(), f32s(&[], &[0.5])]).one(), x);
    let both = Op::new("Dropout", &[x, f32s(&[], &[0.5]), bools(&[], &[false])]).outputs(2).check();
    assert_eq!(both[1], bools(&[2, 3], &[true; 6]));
}

#[test]
fn sums_broadcast_in_every_direction() {
    let ten = |n: usize| (0..n).map(|x| x as f32 * 10.0).collect::<Vec<_>>();
    let sum = Op::new("Add", &[f32s(&[2, 1], &[1.0, 2.0]), f32s(&[3], &ten(3))]).one();
    assert_eq!(sum, f32s(&[2, 3], &[1.0, 11.0, 21.0, 2.0, 12.0, 22.0]));
    let shapes: &[(&[usize], &[usize])] = &[
        (&[4, 3, 5], &[4, 3, 5]),
        (&[4, 3, 5], &[5]),
        (&[4, 3, 5], &[]),
        (&[], &[4, 3, 5]),
        (&[4, 3, 5], &[4, 3, 1]),
        (&[4, 3, 5], &[4, 1, 5]),
        (&[1, 3, 1], &[4, 1, 5]),
        (&[4, 1, 1, 5], &[3, 1]),
        (&[2, 1, 3, 1, 2], &[1, 4, 1, 5, 1]),
        (&[0, 3], &[1, 3]),
    ];
    for (left, right) in shapes {
        for name in ["Add", "Sub", "Mul", "Div"] {
            Op::new(name, &[noise(left, 3), noise(right, 4)]).check();
        }
    }
}

#[test]
fn whole_numbers_are_divided_towards_zero() {
    let (a, b) = (i64s(&[4], &[7, -7, 7, -7]), i64s(&[4], &[2, 2, -2, -2]));
    assert_eq!(Op::new("Div", &[a.clone(), b.clone()]).one(), i64s(&[4], &[3, -3, -3, 3]));
    assert_eq!(Op::new("Mod", &[a.clone(), b.clone()]).one(), i64s(&[4], &[1, 1, -1, -1]));
    assert_eq!(Op::new("Mod", &[a, b]).with("fmod", 1).one(), i64s(&[4], &[1, -1, 1, -1]));
    let floats = [f32s(&[2], &[5.5, -5.5]), f32s(&[2], &[2.0, 2.0])];
    assert_eq!(Op::new("Mod", &floats).with("fmod", 1).one(), f32s(&[2], &[1.5, -1.5]));
    for name in ["Add", "Sub", "Mul"] {
        Op::new(name, &[i64s(&[3], &[5, -6, 7]), i64s(&[1], &[3])]).check();
        Op::new(name, &[i32s(&[3], &[5, -6, 7]), i32s(&[1], &[3])]).check();
        Op::new(name, &[f64s(&[3], &[5.0, -6.0, 7.0]), f64s(&[1], &[3.0])]).check();
    }
}

#[test]
fn powers_keep_the_type_of_the_base() {
    assert_eq!(Op::new("Pow", &[f32s(&[3], &[1.0, -2.0, 3.0]), f32s(&[], &[2.0])]).one(), f32s(&[3], &[1.0, 4.0, 9.0]));
    assert_eq!(Op::new("Pow", &[f32s(&[2], &[2.0, -2.0]), i64s(&[], &[3])]).one(), f32s(&[2], &[8.0, -8.0]));
    assert_eq!(Op::new("Pow", &[i64s(&[2], &[2, 10]), i64s(&[2], &[10, 3])]).one(), i64s(&[2], &[1024, 1000]));
    Op::new("Pow", &[positive(), f32s(&[], &[0.5])]).check();
    Op::new("Pow", &[positive(), f32s(&[], &[-1.5])]).check();
}

#[test]
fn several_operands_are_combined() {
    let list = [f32s(&[2], &[1.0, 5.0]), f32s(&[2], &[4.0, 2.0]), f32s(&[1], &[3.0])];
    assert_eq!(Op::new("Max", &list).one(), f32s(&[2], &[4.0, 5.0]));
    assert_eq!(Op::new("Min", &list).one(), f32s(&[2], &[1.0, 2.0]));
    assert_eq!(Op::new("Sum", &list).one(), f32s(&[2], &[8.0, 10.0]));
    assert_eq!(Op::new("Mean", &[f32s(&[1], &[1.0]), f32s(&[1], &[4.0])]).one(), f32s(&[1], &[2.5]));
    let nan = [f32s(&[2], &[f32::NAN, 1.0]), f32s(&[2], &[1.0, f32::NAN])];
    for name in ["Max", "Min"] {
        let Value::F32(out) = Op::new(name, &nan).one() else { panic!("floats") };
        assert!(out.iter().all(|x| x.is_nan()), "{name} passes what is no number");
    }
    assert_eq!(Op::new("Max", &[i64s(&[2], &[1, 5]), i64s(&[2], &[4, 2])]).one(), i64s(&[2], &[4, 5]));
}

#[test]
fn comparisons_give_truths() {
    let (a, b) = (f32s(&[3], &[1.0, 2.0, 3.0]), f32s(&[1], &[2.0]));
    let truth = |name: &str, wanted: [bool; 3]| {
        assert_eq!(Op::new(name, &[a.clone(), b.clone()]).one(), bools(&[3], &wanted), "{name}");
        let whole = [i64s(&[3], &[1, 2, 3]), i64s(&[1], &[2])];
        assert_eq!(Op::new(name, &whole).one(), bools(&[3], &wanted), "{name}");
    };
    truth("Less", [true, false, false]);
    truth("LessOrEqual", [true, true, false]);
    truth("Equal", [false, true, false]);
    truth("Greater", [false, false, true]);
    truth("GreaterOrEqual", [false, true, true]);
    let truths = [bools(&[2, 2], &[true, true, false, false]), bools(&[2], &[true, false])];
    assert_eq!(Op::new("And", &truths).one(), bools(&[2, 2], &[true, false, false, false]));
    assert_eq!(Op::new("Or", &truths).one(), bools(&[2, 2], &[true, true, true, false]));
    assert_eq!(Op::new("Xor", &truths).one(), bools(&[2, 2], &[false, true, true, false]));
    assert_eq!(Op::new("Equal", &truths).one(), bools(&[2, 2], &[true, false, false, true]));
}

#[test]
fn where_takes_from_either_side() {
    let pick = |condition: &[usize], yes: &[usize], no: &[usize]| {
        let truths: Vec<bool> = numbers(condition.iter().product(), 9).iter().map(|x| *x > 0.0).collect();
        Op::new("Where", &[bools(condition, &truths), noise(yes, 1), noise(no, 2)]).check();
    };
    pick(&[4, 5], &[4, 5], &[4, 5]);
    pick(&[1, 1, 5, 5], &[2, 3, 5, 5], &[]);
    pick(&[1, 1, 5, 5], &[], &[2, 3, 5, 5]);
    pick(&[4, 1], &[4, 5], &[4, 5]);
    pick(&[], &[3], &[3, 1]);
    pick(&[5], &[4, 1], &[1]);
    let value = Op::new("Where", &[bools(&[2], &[true, false]), i64s(&[2], &[1, 2]), i64s(&[1], &[9])]).one();
    assert_eq!(value, i64s(&[2], &[1, 9]));
}
