//! What the reference engine refuses, and what it says.

use crate::compare::Op;
use crate::support::graph::{GraphBuilder, bools, f32s, i64s, noise};
use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};

fn ints(list: &[i64]) -> Value {
    i64s(&[list.len()], list)
}

fn code(op: &Op<'_>) -> &'static str {
    op.refused().code.id
}

#[test]
fn an_operator_that_is_not_there_is_named_with_its_neighbours() {
    let refused = Op::new("Softmx", &[noise(&[2], 1)]).refused();
    assert_eq!(refused.code.id, "A6001");
    assert!(refused.message.contains("`out0/Softmx` (Softmx)"), "{}", refused.message);
    assert!(refused.notes.iter().any(|note| note.contains("Softmax")), "{:?}", refused.notes);
}

#[test]
fn unknown_attributes_and_values_are_refused() {
    assert_eq!(code(&Op::new("Relu", &[noise(&[2], 1)]).with("slope", 1)), "A6001");
    assert_eq!(code(&Op::new("Gelu", &[noise(&[2], 1)]).with("approximate", "fast")), "A6001");
    assert_eq!(code(&Op::new("Einsum", &[noise(&[2], 1)]).with("equation", "i->?")), "A6001");
    assert_eq!(code(&Op::new("MatMul", &[noise(&[2], 1)])), "A6001");
    let training = [noise(&[2], 1), f32s(&[], &[0.5]), bools(&[], &[true])];
    assert_eq!(code(&Op::new("Dropout", &training)), "A6001");
    assert_eq!(code(&Op::new("Cast", &[noise(&[2], 1)]).with("to", 10)), "A6002");
    assert_eq!(code(&Op::new("Add", &[bools(&[1], &[true]), bools(&[1], &[true])])), "A6002");
    assert_eq!(code(&Op::new("Sin", &[ints(&[1])])), "A6002");
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    for op in [
        Op::new("Add", &[noise(&[2], 1), noise(&[3], 1)]),
        Op::new("MatMul", &[noise(&[2, 3], 1), noise(&[2, 3], 1)]),
        Op::new("MatMul", &[noise(&[], 1), noise(&[2, 3], 1)]),
        Op::new("Reshape", &[noise(&[2, 3], 1), ints(&[4, -1])]),
        Op::new("Reshape", &[noise(&[2, 3], 1), ints(&[-1, -1])]),
        Op::new("Reshape", &[noise(&[2, 3], 1), ints(&[i64::MAX, i64::MAX, -1])]),
        Op::new("Reshape", &[noise(&[2, 3], 1), ints(&[7])]),
        Op::new("Squeeze", &[noise(&[2, 3], 1), ints(&[0])]),
        Op::new("Unsqueeze", &[noise(&[2, 3], 1), ints(&[0, 0])]),
        Op::new("Transpose", &[noise(&[2, 3], 1)]).with("perm", [0, 0]),
        Op::new("Transpose", &[noise(&[2, 3], 1)]).with("perm", [0]),
        Op::new("Softmax", &[noise(&[2, 3], 1)]).with("axis", 2),
        Op::new("Softmax", &[noise(&[2, 3], 1)]).with("axis", i64::MIN),
        Op::new("Gather", &[noise(&[2, 3], 1), ints(&[2])]),
        Op::new("Gather", &[noise(&[2, 3], 1), ints(&[i64::MIN])]),
        Op::new("GatherElements", &[noise(&[2, 3], 1), i64s(&[3, 1], &[0, 0, 0])]).with("axis", 1),
        Op::new("GatherND", &[noise(&[2, 3], 1), i64s(&[1, 3], &[0, 0, 0])]),
        Op::new("ScatterND", &[noise(&[2, 3], 1), i64s(&[1, 1], &[0]), noise(&[1, 2], 1)]),
        Op::new("Concat", &[noise(&[2, 3], 1), noise(&[3, 2], 1)]).with("axis", 0),
        Op::new("Split", &[noise(&[5], 1), ints(&[2, 2])]).outputs(2),
        Op::new("Split", &[noise(&[5], 1), ints(&[i64::MAX, i64::MAX, 7])]).outputs(3),
        Op::new("Slice", &[noise(&[5], 1), ints(&[0]), ints(&[1, 2])]),
        Op::new("Slice", &[noise(&[5], 1), ints(&[0]), ints(&[1]), ints(&[0]), ints(&[0])]),
        Op::new("Tile", &[noise(&[5], 1), ints(&[1, 1])]),
        Op::new("Expand", &[noise(&[5], 1), ints(&[3])]),
        Op::new("ConstantOfShape", &[ints(&[-1])]),
        Op::new("Range", &[i64s(&[], &[0]), i64s(&[], &[1]), i64s(&[], &[0])]),
        Op::new("Range", &[f32s(&[], &[0.0]), f32s(&[], &[1.0]), f32s(&[], &[0.0])]),
        Op::new("Range", &[ints(&[]), ints(&[1]), ints(&[0])]),
        Op::new("ReduceMax", &[f32s(&[0], &[])]),
        Op::new("ArgMax", &[f32s(&[0], &[])]),
        Op::new("Trilu", &[noise(&[3], 1)]),
        Op::new("Einsum", &[noise(&[3], 1), noise(&[4], 1)]).with("equation", "i,i->"),
        Op::new("Einsum", &[noise(&[3], 1)]).with("equation", "ij->"),
        Op::new("LayerNormalization", &[noise(&[2, 3], 1), noise(&[4], 1)]),
        Op::new("Gemm", &[noise(&[2], 1), noise(&[2, 2], 1)]),
    ] {
        let refused = op.refused();
        assert_eq!(refused.code.id, "A6003", "{}: {}", op.name, refused.message);
        assert!(refused.message.contains(op.name), "{}", refused.message);
    }
}

#[test]
fn sizes_are_checked_before_memory_is_taken() {
    let column = |n: usize| f32s(&[n, 1], &vec![0.0; n]);
    let row = |n: usize| f32s(&[1, n], &vec![0.0; n]);
    for op in [
        Op::new("ConstantOfShape", &[ints(&[1 << 40])]),
        Op::new("ConstantOfShape", &[ints(&[1 << 40, 1 << 40])]),
        Op::new("ConstantOfShape", &[ints(&[0, 1 << 40, 1 << 40])]),
        Op::new("Expand", &[noise(&[1], 1), ints(&[1 << 31, 4])]),
        Op::new("Reshape", &[noise(&[0], 1), ints(&[0, i64::MAX, i64::MAX])]),
        Op::new("Reshape", &[noise(&[0], 1), ints(&[0, 1 << 40])]),
        Op::new("Reshape", &[noise(&[1], 1), ints(&[1; 100])]),
        Op::new("Unsqueeze", &[noise(&[1], 1), ints(&(0..100).collect::<Vec<_>>())]),
        Op::new("Tile", &[noise(&[2], 1), ints(&[i64::MAX])]),
        Op::new("Tile", &[noise(&[2], 1), ints(&[1 << 40])]),
        Op::new("Range", &[i64s(&[], &[0]), i64s(&[], &[i64::MAX]), i64s(&[], &[1])]),
        Op::new("Range", &[i64s(&[], &[i64::MIN]), i64s(&[], &[i64::MAX]), i64s(&[], &[1])]),
        Op::new("Add", &[column(1 << 16), row(1 << 16)]),
        Op::new("Less", &[column(1 << 18), row(1 << 18)]),
        Op::new("MatMul", &[column(1 << 16), row(1 << 16)]),
        Op::new("Where", &[bools(&[1], &[true]), column(1 << 16), row(1 << 16)]),
    ] {
        assert_eq!(code(&op), "A6004", "{}", op.name);
    }
    let einsum = Op::new("Einsum", &[noise(&[1 << 16], 1), noise(&[1 << 16], 1)]).with("equation", "i,j->ij");
    assert_eq!(code(&einsum), "A6004");
}

#[test]
fn division_of_whole_numbers_by_zero_is_a_fault() {
    for name in ["Div", "Mod"] {
        assert_eq!(code(&Op::new(name, &[ints(&[1]), ints(&[0])])), "A6005", "{name}");
    }
    let overflow = Op::new("Div", &[ints(&[i64::MIN]), ints(&[-1])]).reference();
    assert_eq!(overflow, [ints(&[i64::MIN])]);
    let overflow = Op::new("Mod", &[ints(&[i64::MIN]), ints(&[-1])]).reference();
    assert_eq!(overflow, [ints(&[0])]);
}

#[test]
fn inputs_must_be_fed_as_declared() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("tokens", DType::F32, &["batch", "4"]);
    let y = g.node("Relu", &[x], &[]);
    let mut session = Reference::new().compile(&g.build(), &[y]).expect("compiles");
    let missing = session.run(&[]).expect_err("not fed");
    assert_eq!((missing.code.id, missing.message.contains("`tokens`")), ("A6005", true), "{}", missing.message);
    assert_eq!(session.run(&[(x, &ints(&[1]))]).expect_err("type").code.id, "A6002");
    let shape = session.run(&[(x, &noise(&[2, 3], 1))]).expect_err("shape");
    assert_eq!((shape.code.id, shape.message.contains("[batch, 4]")), ("A6003", true), "{}", shape.message);
    assert!(session.run(&[(x, &noise(&[2, 4], 1))]).is_ok());
}
