//! The engine that needs a library: its errors and its shape inference.

use crate::programs::block;
use crate::support::graph::{GraphBuilder, i64s};
use crate::support::runtime::onnxruntime;
use ansatz::engine::{DType, Engine};
use ansatz::model::{Probed, ShapeProbe};

#[test]
fn onnxruntime_names_the_node_that_fails() {
    let Some(runtime) = onnxruntime() else { return };
    let (graph, tokens, output) = block();
    let mut session = runtime.compile(&graph, &[output]).expect("compiles");
    let failed = session.run(&[(tokens, &i64s(&[1, 6], &[99; 6]))]).expect_err("no such row");
    assert_eq!(failed.code.id, "A6005");
    assert!(failed.message.contains("(Gather)"), "{}", failed.message);
    let missing = session.run(&[]).expect_err("not fed");
    assert!(missing.message.contains("`tokens`"), "{}", missing.message);
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["2"]);
    let odd = g.node("NoSuchOperator", &[x], &[]);
    assert!(runtime.compile(&g.build(), &[odd]).is_err());
}

#[test]
fn the_library_infers_types_and_sizes_without_weights() {
    let Some(runtime) = onnxruntime() else { return };
    let (mut graph, _, output) = block();
    graph.inputs[0].dims[0] = ansatz::model::DeclaredDim::Size(101);
    let pattern = graph.find("pattern").expect("is there");
    let facts = runtime.probe(&graph, &[pattern, output]).expect("inferred");
    assert_eq!(facts[0], Probed { element: 1, sizes: vec![101, 2, 6, 6] });
    assert_eq!(facts[1], Probed { element: 1, sizes: vec![101, 6, 8] });
}
