//! Models from files: the fixtures, and the published bracket classifier where
//! `ANSATZ_PUBLISHED_BRACKETS` names its folder.

use crate::compare::{close, run};
use crate::support::fixture;
use crate::support::graph::i64s;
use crate::support::runtime::{onnxruntime, variable};
use ansatz::engine::Value;
use ansatz::engine::reference::Reference;
use ansatz::model::{DeclaredDim, Graph, TensorId, load};
use std::path::{Path, PathBuf};

fn graph(path: &Path) -> Graph {
    let (file, _) = load(path).unwrap_or_else(|findings| panic!("{}: {findings:?}", path.display()));
    file.graph
}

/// Token ids for the only input of a graph, as many rows as asked for.
fn tokens(graph: &Graph, rows: usize, vocabulary: i64) -> (TensorId, Value) {
    let input = &graph.inputs[0];
    let DeclaredDim::Size(length) = input.dims[1] else { panic!("the length is fixed") };
    let count = rows * length as usize;
    let list: Vec<i64> = (0..count as i64).map(|at| (at * at + at / 5) % vocabulary).collect();
    (input.tensor, i64s(&[rows, length as usize], &list))
}

/// Compares every tensor of a model on both engines.
fn compare_all(path: &Path, rows: usize, vocabulary: i64) {
    let graph = graph(path);
    let feeds = [tokens(&graph, rows, vocabulary)];
    let cone = graph.cone(&graph.outputs);
    let outputs: Vec<TensorId> =
        cone.iter().flat_map(|node| graph.node(*node).outputs.iter().flatten()).copied().collect();
    let ours = run(&Reference::new(), &graph, &feeds, &outputs);
    let Some(runtime) = onnxruntime() else { return };
    let theirs = run(&runtime, &graph, &feeds, &outputs);
    for ((ours, theirs), output) in ours.iter().zip(&theirs).zip(&outputs) {
        close(ours, theirs, 2e-5, &graph.tensor(*output).name);
    }
}

#[test]
fn engines_agree_on_every_tensor_of_the_fixtures() {
    for name in ["micro.onnx", "micro-legacy.onnx", "micro-external.onnx"] {
        compare_all(&fixture(name), 7, 5);
    }
}

#[test]
fn engines_agree_on_every_tensor_of_the_published_classifier() {
    let folder = variable("ANSATZ_PUBLISHED_BRACKETS");
    if folder.is_empty() {
        println!("ANSATZ_PUBLISHED_BRACKETS is not set: the published model is not tested");
        return;
    }
    compare_all(&PathBuf::from(folder).join("brackets.onnx"), 64, 5);
}
