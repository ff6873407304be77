//! Products of matrices, in all the forms that models use.

use crate::compare::Op;
use crate::support::graph::{Attr, GraphBuilder, f32s, i64s, noise};
use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};
use ndarray::s;

#[test]
fn matrices_are_multiplied() {
    let product = Op::new("MatMul", &[f32s(&[1, 2], &[1.0, 2.0]), f32s(&[2, 2], &[3.0, 4.0, 5.0, 6.0])]).one();
    assert_eq!(product, f32s(&[1, 2], &[13.0, 16.0]));
    let shapes: &[(&[usize], &[usize])] = &[
        (&[3, 4], &[4, 5]),
        (&[2, 3, 4], &[4, 5]),
        (&[2, 3, 4], &[2, 4, 5]),
        (&[2, 1, 3, 4], &[1, 6, 4, 5]),
        (&[3, 4], &[2, 4, 5]),
        (&[2, 3, 4], &[1, 1, 4, 5]),
        (&[4], &[4, 5]),
        (&[3, 4], &[4]),
        (&[4], &[4]),
        (&[2, 3, 4], &[4]),
        (&[0, 4], &[4, 5]),
        (&[3, 0], &[0, 5]),
        (&[1, 300], &[300, 1]),
    ];
    for (left, right) in shapes {
        Op::new("MatMul", &[noise(left, 1), noise(right, 2)]).check();
    }
    let whole = Op::new("MatMul", &[i64s(&[1, 2], &[1, 2]), i64s(&[2, 1], &[3, -4])]).one();
    assert_eq!(whole, i64s(&[1, 1], &[-5]));
}

#[test]
fn gemm_scales_transposes_and_adds() {
    let a = f32s(&[1, 2], &[1.0, 2.0]);
    let b = f32s(&[2, 1], &[3.0, 4.0]);
    let sum = Op::new("Gemm", &[a, b, f32s(&[1], &[10.0])]).with("alpha", 2.0_f32).with("beta", 0.5_f32).one();
    assert_eq!(sum, f32s(&[1, 1], &[27.0]));
    for (left, right) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let a = noise(if left == 1 { &[4, 3] } else { &[3, 4] }, 1);
        let b = noise(if right == 1 { &[5, 4] } else { &[4, 5] }, 2);
        for c in [&[5][..], &[3, 1], &[3, 5], &[]] {
            let op = Op::new("Gemm", &[a.clone(), b.clone(), noise(c, 3)]);
            op.with("transA", left).with("transB", right).check();
        }
        Op::new("Gemm", &[a, b]).with("transA", left).with("transB", right).check();
    }
}

#[test]
fn einsum_contracts_what_the_result_does_not_name() {
    let einsum = |equation: &str, shapes: &[&[usize]]| {
        let inputs: Vec<Value> = shapes.iter().zip(1..).map(|(dims, seed)| noise(dims, seed)).collect();
        Op::new("Einsum", &inputs).with("equation", equation).one()
    };
    assert_eq!(einsum("bpd,hdk->bhpk", &[&[2, 3, 4], &[5, 4, 6]]).shape(), [2, 5, 3, 6]);
    einsum("bhqk,bhkd->bqhd", &[&[2, 3, 4, 5], &[2, 3, 5, 6]]);
    einsum("bhpk,hkd->bpd", &[&[2, 3, 4, 5], &[3, 5, 6]]);
    einsum("bqhd,bkhd->bhqk", &[&[2, 3, 2, 4], &[2, 5, 2, 4]]);
    einsum("ij->ji", &[&[3, 4]]);
    einsum("ij->i", &[&[3, 4]]);
    einsum("ii->i", &[&[3, 3]]);
    einsum("i,j->ij", &[&[3], &[4]]);
    einsum("i,i->", &[&[3], &[3]]);
    einsum("ij,jk", &[&[3, 4], &[4, 5]]);
    einsum("...ij,jk->...ik", &[&[2, 3, 4], &[4, 5]]);
    einsum("...ij,...jk->...ik", &[&[2, 3, 4], &[1, 4, 5]]);
    einsum("ij,jk,kl->il", &[&[3, 4], &[4, 5], &[5, 2]]);
    einsum("bi,bj,bk->bijk", &[&[2, 3], &[2, 4], &[2, 5]]);
}

/// The bits of a row must not depend on the rows it is computed with.
fn same_in_all_batches(op: &str, inner: usize, other: Value, attributes: &[(&str, Attr)]) {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "?", "?"]);
    let w = g.initializer("w", other);
    let product = g.node(op, &[x, w], attributes);
    let mut session = Reference::new().compile(&g.build(), &[product]).expect("compiles");
    let Value::F32(all) = noise(&[64, 1, inner], 1) else { unreachable!("noise is float") };
    let mut run = |from: usize, to: usize| {
        let part = all.slice(s![from..to, .., ..]).to_owned().into_dyn();
        let outputs = session.run(&[(x, &Value::F32(part))]).expect("runs");
        let [Value::F32(product)] = outputs.as_slice() else { panic!("one float output") };
        product.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let whole = run(0, 64);
    for size in [1, 2, 3, 7, 8, 13, 64] {
        let parts: Vec<u32> = (0..64).step_by(size).flat_map(|at| run(at, (at + size).min(64))).collect();
        assert!(whole == parts, "{op} with {inner} inner elements differs in batches of {size}");
    }
}

#[test]
fn products_do_not_depend_on_the_number_of_rows() {
    for (inner, columns) in [(56, 56), (56, 224), (28, 42), (300, 7), (768, 3), (3, 1), (600, 1), (1, 9)] {
        same_in_all_batches("MatMul", inner, noise(&[inner, columns], 2), &[]);
        let equation = [("equation", Attr::from("bpd,hdk->bhpk"))];
        same_in_all_batches("Einsum", inner, noise(&[3, inner, columns], 2), &equation);
    }
}
