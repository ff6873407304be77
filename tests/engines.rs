//! The engines: each operator of the reference engine against values worked out by hand, and
//! against ONNX Runtime where the library is there.

mod support;

use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};
use support::graph::{GraphBuilder, f32s, noise};

#[test]
fn a_layer_norm_of_a_product_and_a_sum() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "2"]);
    let w = g.initializer("w", f32s(&[2, 2], &[1.0, 2.0, 3.0, 4.0]));
    let product = g.node("MatMul", &[x, w], &[]);
    let bias = g.initializer("b", f32s(&[2], &[0.5, -0.5]));
    let sum = g.node("Add", &[product, bias], &[]);
    let scale = g.initializer("scale", f32s(&[2], &[2.0, 2.0]));
    let norm = g.node("LayerNormalization", &[sum, scale, bias], &[("epsilon", 0.0_f32.into())]);
    let mut session = Reference::new().compile(&g.build(), &[sum, norm]).expect("compiles");
    let outputs = session.run(&[(x, &f32s(&[1, 2], &[1.0, 1.0]))]).expect("runs");
    assert_eq!(outputs, [f32s(&[1, 2], &[4.5, 5.5]), f32s(&[1, 2], &[-1.5, 1.5])]);
}

#[test]
fn products_do_not_depend_on_the_number_of_rows() {
    for (inner, columns) in [(56, 56), (56, 224), (28, 42), (300, 7), (768, 3), (3, 1), (600, 1)] {
        let mut g = GraphBuilder::new(18);
        let x = g.input("x", DType::F32, &["batch", "?"]);
        let w = g.initializer("w", noise(&[inner, columns], 2));
        let product = g.node("MatMul", &[x, w], &[]);
        let mut session = Reference::new().compile(&g.build(), &[product]).expect("compiles");
        let Value::F32(all) = noise(&[64, inner], 1) else { unreachable!("noise is float") };
        let mut run = |rows: std::ops::Range<usize>| {
            let part = all.slice(ndarray::s![rows, ..]).to_owned().into_dyn();
            let outputs = session.run(&[(x, &Value::F32(part))]).expect("runs");
            let [Value::F32(product)] = outputs.as_slice() else { panic!("one float output") };
            product.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        let whole = run(0..64);
        for size in [1, 2, 3, 7, 64] {
            let parts: Vec<u32> = (0..64).step_by(size).flat_map(|at| run(at..(at + size).min(64))).collect();
            assert!(whole == parts, "products with {inner} x {columns} differ in batches of {size}");
        }
    }
}
