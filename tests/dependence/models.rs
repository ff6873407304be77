//! Models from files: what is not read does not matter, tensor by tensor.

use crate::network::Network;
use crate::support::fixture;
use crate::support::graph::i64s;
use ansatz::engine::reference::Reference;
use ansatz::model::{ByRunning, DeclaredDim, DimSizes, infer, load};
use std::path::Path;

fn hold(path: &Path, picks: usize) {
    let (file, _) = load(path).unwrap_or_else(|findings| panic!("{}: {findings:?}", path.display()));
    let input = &file.graph.inputs[0];
    let DeclaredDim::Size(length) = input.dims[1] else { panic!("the length is fixed") };
    let rows = if input.dims[0] == DeclaredDim::Size(1) { 1 } else { 2 };
    let count = rows * length as usize;
    let list: Vec<i64> = (0..count as i64).map(|at| (at * at + at / 5) % 5).collect();
    let feeds = vec![(input.tensor, i64s(&[rows, length as usize], &list))];
    let held = Network::new(file.graph, feeds).hold(picks);
    assert!(held > 100, "{}: only {held} boxes do not depend on each other", path.display());
}

#[test]
fn nothing_else_matters_in_the_fixtures() {
    for name in ["micro.onnx", "micro-legacy.onnx", "micro-external.onnx", "micro-batch1.onnx"] {
        hold(&fixture(name), 4);
    }
}

#[test]
fn nothing_else_matters_where_attention_was_taken_apart() {
    let engine = Reference::new();
    for name in ["attention-only", "gpt2"] {
        let (file, _) = load(&fixture(&format!("architectures/{name}-fused.onnx"))).expect("a good model");
        let (model, _) = infer(file, &ByRunning(&engine), &engine, &DimSizes::default()).expect("a good model");
        let tokens: Vec<i64> = (0..16).map(|at| (at * at + at / 5) % 24).collect();
        let feeds = vec![(model.graph.inputs[0].tensor, i64s(&[2, 8], &tokens))];
        let held = Network::new(model.graph, feeds).hold(2);
        assert!(held > 100, "{name}: only {held} boxes do not depend on each other");
    }
}

#[test]
fn nothing_else_matters_in_the_examples() {
    for name in ["brackets.onnx", "brackets-legacy.onnx"] {
        hold(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets").join(name), 3);
    }
}
