//! Whole graphs: folding, freeing, hooks, and the two engines side by side.

use crate::compare::{close, run};
use crate::support::graph::{GraphBuilder, f32s, i64s, noise};
use crate::support::runtime::onnxruntime;
use ansatz::engine::reference::{Interpreter, Reference};
use ansatz::engine::{DType, Engine, Value};
use ansatz::model::{Graph, TensorId};

/// One block of a small transformer; `tokens` is its input.
pub fn block() -> (Graph, TensorId, TensorId) {
    let mut g = GraphBuilder::new(18);
    let tokens = g.input("tokens", DType::I64, &["batch", "6"]);
    let table = g.initializer("table", noise(&[10, 8], 1));
    let x = g.node("Gather", &[table, tokens], &[]);
    let scale = g.initializer("scale", noise(&[8], 2));
    let normal = g.node("LayerNormalization", &[x, scale], &[]);
    let heads = |g: &mut GraphBuilder, seed: u64, order: [i64; 4]| {
        let w = g.constant(noise(&[8, 8], seed));
        let flat = g.node("MatMul", &[normal, w], &[]);
        let shape = g.ints(&[0, 0, 2, 4]);
        let split = g.node("Reshape", &[flat, shape], &[]);
        g.node("Transpose", &[split], &[("perm", order.into())])
    };
    let query = heads(&mut g, 3, [0, 2, 1, 3]);
    let key = heads(&mut g, 4, [0, 2, 3, 1]);
    let value = heads(&mut g, 5, [0, 2, 1, 3]);
    let scores = g.node("MatMul", &[query, key], &[]);
    let half = g.scalar(2.0);
    let root = g.node("Sqrt", &[half], &[]);
    let scores = g.node("Div", &[scores, root], &[]);
    let pattern = g.named_node("pattern", "Softmax", &[scores], &[]);
    let mixed = g.node("MatMul", &[pattern, value], &[]);
    let back = g.node("Transpose", &[mixed], &[("perm", [0, 2, 1, 3].into())]);
    let shape = g.ints(&[0, 0, 8]);
    let flat = g.node("Reshape", &[back, shape], &[]);
    let sum = g.node("Add", &[x, flat], &[]);
    let twice = g.named_node("twice", "Mul", &[sum, sum], &[]);
    g.output(twice);
    (g.build(), tokens, twice)
}

fn ids(batch: usize) -> Value {
    let list: Vec<i64> = (0..batch as i64 * 6).map(|at| at * 7 % 10).collect();
    i64s(&[batch, 6], &list)
}

#[test]
fn both_engines_run_a_block() {
    let (graph, tokens, _) = block();
    let outputs: Vec<TensorId> = graph.nodes.iter().flat_map(|node| node.outputs.iter().flatten()).copied().collect();
    let ours = run(&Reference::new(), &graph, &[(tokens, ids(5))], &outputs);
    let Some(runtime) = onnxruntime() else { return };
    let theirs = run(&runtime, &graph, &[(tokens, ids(5))], &outputs);
    for ((ours, theirs), output) in ours.iter().zip(&theirs).zip(&outputs) {
        close(ours, theirs, 1e-5, &graph.tensor(*output).name);
    }
    assert!(!runtime.version().is_empty());
}

#[test]
fn the_block_gives_the_same_bits_in_all_batches() {
    let (graph, tokens, output) = block();
    let whole = run(&Reference::new(), &graph, &[(tokens, ids(5))], &[output]);
    let Value::F32(whole) = &whole[0] else { panic!("floats") };
    for (at, row) in whole.outer_iter().enumerate() {
        let Value::I64(all) = ids(5) else { panic!("whole numbers") };
        let part = all.slice(ndarray::s![at..=at, ..]).to_owned().into_dyn();
        let alone = run(&Reference::new(), &graph, &[(tokens, Value::I64(part))], &[output]);
        let Value::F32(alone) = &alone[0] else { panic!("floats") };
        assert!(alone.iter().zip(row.iter()).all(|(a, b)| a.to_bits() == b.to_bits()), "row {at}");
    }
}

#[test]
fn hooks_see_what_depends_on_inputs_and_nothing_else() {
    let (graph, tokens, output) = block();
    let interpreter = Interpreter::compile(&graph, &[output]).expect("compiles");
    let feeds = ids(3);
    let plain = interpreter.run(&[(tokens, &feeds)]).expect("runs");
    let mut seen = Vec::new();
    let hooked = interpreter.run_hooked(&[(tokens, &feeds)], &mut |id, value| {
        seen.push(graph.tensor(id).name.clone());
        value
    });
    assert_eq!(hooked.expect("runs"), plain);
    assert_eq!(seen.first().map(String::as_str), Some("tokens"));
    assert_eq!(seen.last().map(String::as_str), Some("twice"));
    assert!(!seen.iter().any(|name| name.starts_with("sqrt")), "a constant needs no hook: {seen:?}");
    assert_eq!(seen.len(), graph.nodes.len() - 1 + 1);
}

#[test]
fn hooks_replace_values() {
    let (graph, tokens, output) = block();
    let interpreter = Interpreter::compile(&graph, &[output]).expect("compiles");
    let (mine, other) = (ids(1), i64s(&[1, 6], &[9; 6]));
    let wanted = interpreter.run(&[(tokens, &other)]).expect("runs");
    let swapped = interpreter
        .run_hooked(&[(tokens, &mine)], &mut |id, value| if id == tokens { other.clone() } else { value })
        .expect("runs");
    assert_eq!(swapped, wanted);
    let zeroed = interpreter
        .run_hooked(&[(tokens, &mine)], &mut |id, value| match value {
            Value::F32(array) if id == output => Value::F32(array * 0.0),
            value => value,
        })
        .expect("runs");
    assert_eq!(zeroed, [f32s(&[1, 6, 8], &[0.0; 48])]);
}

#[test]
fn outputs_may_be_inputs_constants_or_named_twice() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "2"]);
    let w = g.initializer("w", f32s(&[2], &[1.0, 2.0]));
    let doubled = g.node("Add", &[w, w], &[]);
    let sum = g.node("Add", &[x, doubled], &[]);
    let fed = f32s(&[1, 2], &[10.0, 20.0]);
    let wanted = [f32s(&[1, 2], &[12.0, 24.0]), fed.clone(), f32s(&[2], &[1.0, 2.0]), f32s(&[2], &[2.0, 4.0])];
    let outputs = [sum, x, w, doubled];
    assert_eq!(run(&Reference::new(), &g.build(), &[(x, fed.clone())], &outputs), wanted);
    let twice = run(&Reference::new(), &g.build(), &[(x, fed.clone())], &[sum, sum]);
    assert_eq!(twice, [wanted[0].clone(), wanted[0].clone()]);
    let Some(runtime) = onnxruntime() else { return };
    assert_eq!(run(&runtime, &g.build(), &[(x, fed.clone())], &outputs), wanted);
    assert_eq!(run(&runtime, &g.build(), &[(x, fed.clone())], &[sum, sum]), twice);
    assert_eq!(run(&runtime, &g.build(), &[(x, fed.clone())], &[x, w]), wanted[1..3]);
}
