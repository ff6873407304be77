//! Operators that read each element in its place, spread or not.

use crate::case::Case;
use crate::support::graph::{bools, f32s, f64s, i64s, noise, numbers};
use ansatz::engine::Value;

const OF_ONE: [&str; 15] = [
    "Abs",
    "Cos",
    "Erf",
    "Exp",
    "Gelu",
    "Identity",
    "LeakyRelu",
    "Neg",
    "Reciprocal",
    "Relu",
    "Sigmoid",
    "Sin",
    "Softplus",
    "Tanh",
    "Sign",
];
const OF_TWO: [&str; 4] = ["Add", "Sub", "Mul", "Div"];
const OF_MANY: [&str; 4] = ["Sum", "Mean", "Max", "Min"];
const ORDERS: [&str; 5] = ["Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"];

fn positive(dims: &[usize], seed: u64) -> Value {
    let count = dims.iter().product();
    f32s(dims, &numbers(count, seed).iter().map(|x| x.abs() + 0.9).collect::<Vec<_>>())
}

fn truths(dims: &[usize], seed: u64) -> Value {
    let count = dims.iter().product();
    bools(dims, &numbers(count, seed).iter().map(|x| *x > 0.0).collect::<Vec<_>>())
}

fn wholes(dims: &[usize], seed: u64, below: i64) -> Value {
    let count = dims.iter().product();
    i64s(dims, &numbers(count, seed).iter().map(|x| (x.abs() * below as f32) as i64).collect::<Vec<_>>())
}

pub fn cases() -> Vec<Case> {
    [of_one(), of_two(), truth(), settings(), choices()].concat()
}

fn of_one() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for op in OF_ONE {
        cases.extend([&[2, 3, 4][..], &[2, 5], &[3]].map(|dims| {
            let case = Case::new(op).data(noise(dims, 7));
            if ["Relu", "Sign"].contains(&op) { case } else { case.tight() }
        }));
    }
    for op in ["Log", "Sqrt"] {
        cases.push(Case::new(op).data(positive(&[2, 3, 2], 4)).tight());
    }
    for op in ["Ceil", "Floor", "IsNaN"] {
        cases.push(Case::new(op).data(noise(&[2, 3, 2], 4)));
    }
    cases.push(Case::new("Cast").data(noise(&[2, 3], 1)).with("to", 11).tight());
    cases.push(Case::new("Cast").data(noise(&[2, 3], 1)).with("to", 9));
    cases.push(Case::new("Cast").data(wholes(&[2, 3], 1, 5)).below(5).with("to", 1).tight());
    cases.push(Case::new("CastLike").data(wholes(&[2, 3], 1, 5)).below(5).data(noise(&[2], 1)).tight());
    cases.push(Case::new("Gelu").data(noise(&[2, 3], 1)).with("approximate", "tanh").tight());
    cases.push(Case::new("Not").data(truths(&[2, 4], 1)).tight());
    cases.push(Case::new("Identity").data(truths(&[2, 4], 1)).tight());
    cases
}

fn of_two() -> Vec<Case> {
    let shapes: [(&[usize], &[usize]); 7] = [
        (&[2, 3, 4], &[2, 3, 4]),
        (&[2, 3, 4], &[2, 1, 4]),
        (&[2, 1, 4], &[2, 3, 1]),
        (&[2, 3, 4], &[1, 3, 4]),
        (&[2, 3, 4], &[3, 4]),
        (&[2, 3, 4], &[4]),
        (&[2, 3, 4], &[]),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for (left, right) in shapes {
        for op in OF_TWO {
            let both = Case::new(op).data(noise(left, 1)).data(noise(right, 2));
            cases.push(if right.len() == 3 { both.tight() } else { both.tight_in(&[0]) });
            cases.push(Case::new(op).data(noise(left, 1)).weight(positive(right, 2)).tight());
            cases.push(Case::new(op).weight(positive(right, 2)).data(noise(left, 1)).tight());
        }
        cases.push(Case::new("Pow").data(positive(left, 1)).weight(positive(right, 2)).tight());
        let seven = i64s(right, &vec![7; right.iter().product()]);
        cases.push(Case::new("Mod").data(wholes(left, 1, 50)).fixed(seven).below(50).tight());
        for op in OF_MANY {
            let case = Case::new(op).data(noise(left, 1)).data(noise(right, 2)).weight(noise(right, 3));
            cases.push(if ["Sum", "Mean"].contains(&op) { case.tight_in(&[0, 2]) } else { case });
        }
        for op in ORDERS {
            cases.push(Case::new(op).data(wholes(left, 1, 3)).data(wholes(right, 2, 3)).below(3));
        }
    }
    cases.push(Case::new("Sum").data(noise(&[2, 3], 1)).tight());
    cases.push(Case::new("Add").data(f64s(&[1, 2], &[0.1, 0.2])).weight(f64s(&[2], &[0.3, 0.4])).tight());
    cases
}

fn truth() -> Vec<Case> {
    let mut cases = vec![Case::new("Xor").data(truths(&[2, 3, 2], 1)).weight(truths(&[3, 1], 2)).tight()];
    for op in ["And", "Or"] {
        cases.push(Case::new(op).data(truths(&[2, 3, 2], 1)).data(truths(&[2, 3, 1], 2)));
        // What a constant decides is not read.
        cases.push(Case::new(op).data(truths(&[2, 3, 3], 1)).fixed(bools(&[3, 3], &triangle(3))).tight());
        let row = [true, false, false];
        let rest = if op == "And" { row } else { row.map(|truth| !truth) };
        cases.push(Case::new(op).data(truths(&[2, 3], 1)).fixed(bools(&[3], &rest)).tight());
        cases.push(Case::new(op).data(truths(&[2, 3], 1)).fixed(bools(&[], &[op == "Or"])).tight());
    }
    cases
}

pub fn triangle(size: usize) -> Vec<bool> {
    (0..size * size).map(|at| at % size <= at / size).collect()
}

fn settings() -> Vec<Case> {
    let bound = |x: f32| f32s(&[], &[x]);
    vec![
        Case::new("Clip").data(noise(&[2, 3, 2], 1)).weight(bound(-0.4)).weight(bound(0.4)),
        Case::new("Clip").data(noise(&[2, 3, 2], 1)).without_input().weight(bound(9.0)),
        Case::new("Dropout").data(noise(&[2, 3], 1)).outputs(2).tight(),
        Case::new("Dropout").data(noise(&[2, 3], 1)).fixed(bound(0.5)).fixed(bools(&[], &[false])).tight(),
        Case::new("Expand").data(noise(&[2, 1, 3], 1)).ints(&[2, 4, 3]).tight(),
        Case::new("Expand").data(noise(&[2, 3], 1)).ints(&[1, 1]).tight(),
        Case::new("Expand").weight(noise(&[3, 1], 1)).ints(&[2, 3, 4]).tight(),
        Case::new("Expand").weight(noise(&[], 1)).ints(&[2, 3]).tight(),
    ]
}

fn choices() -> Vec<Case> {
    let two = |case: Case| case.data(noise(&[2, 3, 3], 1)).data(noise(&[2, 3, 1], 2));
    vec![
        two(Case::new("Where").data(truths(&[2, 3, 3], 3))),
        two(Case::new("Where").data(truths(&[2, 1, 3], 3))),
        two(Case::new("Where").fixed(bools(&[3, 3], &triangle(3)))).tight(),
        Case::new("Where")
            .fixed(bools(&[3], &[true, true, false]))
            .data(noise(&[2, 3], 1))
            .data(noise(&[2, 3], 2))
            .tight(),
        Case::new("Where").fixed(bools(&[], &[true])).data(noise(&[2, 3], 1)).weight(noise(&[3], 2)).tight(),
        Case::new("Where")
            .fixed(bools(&[1, 3, 1], &[false, true, false]))
            .data(noise(&[2, 3, 2], 1))
            .weight(noise(&[2], 2)),
    ]
}

#[test]
fn elements_are_read_in_their_place() {
    cases().iter().for_each(Case::check);
}

#[test]
fn a_constant_condition_chooses_what_is_read() {
    let case = Case::new("Where").fixed(bools(&[4], &[false, true, true, false]));
    let case = case.data(noise(&[2, 4], 1)).data(noise(&[2, 4], 2));
    assert_eq!(case.reads(&[], 1).as_deref(), Some("[:, 1..3]"));
    assert_eq!(case.reads(&[(1, 0, 1)], 1), None);
    assert_eq!(case.reads(&[(1, 0, 2)], 2).as_deref(), Some("[:, 0]"));
}
