//! What the lowered form must be, whatever it computes.

use super::support::claims::Claims;
use super::support::features::Features;
use super::support::graph::i64s;
use super::support::hypotheses::Generator;
use super::support::models::{self, noise_column, small, whole};
use super::support::pipeline::{AMPLE, prepare, run};
use ansatz::engine::reference::Reference;
use ansatz::hypothesis::{Computes, End, Scheme};
use std::collections::BTreeMap;

/// Names of values, and names of nodes that have one: ONNX Runtime refuses a graph with two alike.
#[test]
fn names_of_an_unrolled_graph_are_its_own() {
    for case in [models::shapes(), models::micro(true), models::tangle(3)] {
        let generator = Generator::new(&case);
        for seed in 0..30 {
            let hypothesis = generator.generate(seed, 60);
            let graph = prepare(&case, &hypothesis, 2, 0).program.graph;
            let values = graph.tensors.iter().map(|tensor| tensor.name.as_str());
            assert_eq!(repeated(values), [""; 0], "names of several values, {} {seed}", case.name);
            let nodes = graph.nodes.iter().map(|node| node.name.as_str()).filter(|name| !name.is_empty());
            assert_eq!(repeated(nodes), [""; 0], "names of several nodes, {} {seed}", case.name);
        }
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *by_name.entry(name).or_default() += 1;
    }
    by_name.into_iter().filter(|(_, times)| *times > 1).map(|(name, _)| name).collect()
}

/// Two outputs that share operators: one copy serves both.
#[test]
fn what_outputs_share_is_copied_once() {
    let case = small(
        &[("x", noise_column(10, 1))],
        |g, inputs| {
            let h = g.named_node("h", "Tanh", &[inputs[0]], &[]);
            let shared = g.named_node("shared", "Exp", &[h], &[]);
            let one = g.named_node("one", "Neg", &[shared], &[]);
            let other = g.named_node("other", "Abs", &[shared], &[]);
            (vec![one, other], vec![whole("h", h, 1)])
        },
        Features::new(),
    );
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Any, End::Root);
    let program = prepare(&case, &claims.build(), 2, 0).program;
    assert_eq!(models::count(&program.graph, "Exp"), 1);
}

/// `Size` reads only sizes, as `Shape` does: no path leads through it, and no value is needed.
#[test]
fn sizes_pass_no_values() {
    let x = noise_column(10, 1);
    let case = small(
        &[("x", x)],
        |g, inputs| {
            let h = g.named_node("h", "Tanh", &[inputs[0]], &[]);
            let shape = g.node("Shape", &[h], &[]);
            let rows = g.full_node(&["rows"], "ReduceSum", &[Some(shape)], &[("keepdims", 0.into())])[0];
            let size = g.node("Size", &[h], &[]);
            let ratio = g.node("Sub", &[size, rows], &[]);
            let ratio = g.node("Cast", &[ratio], &[("to", 1.into())]);
            let y = g.named_node("y", "Add", &[h, ratio], &[]);
            (vec![y], vec![whole("h", h, 1)])
        },
        Features::new(),
    );
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Exact, End::Root);
    let prepared = prepare(&case, &claims.build(), 5, 0);
    let (clean, scrubbed) = run(&case, &prepared, &Reference::new(), AMPLE).outputs.expect("outputs were to be kept");
    assert_eq!(clean, scrubbed);
}

/// A behaviour that reads a component's own tensor: the shortest direct path there is.
#[test]
fn an_output_that_is_a_source_takes_its_scrubbed_value() {
    let case = small(
        &[("x", noise_column(10, 1))],
        |g, inputs| {
            let h = g.named_node("h", "Tanh", &[inputs[0]], &[]);
            let y = g.named_node("y", "Exp", &[h], &[]);
            (vec![y, h], vec![whole("h", h, 1)])
        },
        Features::new(),
    );
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Exact, End::Root);
    let prepared = prepare(&case, &claims.build(), 5, 0);
    let (clean, scrubbed) = run(&case, &prepared, &Reference::new(), AMPLE).outputs.expect("outputs were to be kept");
    assert_eq!(clean, scrubbed);
}

/// Parts of a feed that no output reads still pass through operators: an integer division must not
/// find zeros there that no row of the data has.
#[test]
fn parts_that_are_not_read_divide_nothing_by_zero() {
    let case = small(
        &[("x", i64s(&[4, 2], &[1, 2, 3, 4, 5, 6, 7, 8]))],
        |g, inputs| {
            let h = g.named_node("h", "Identity", &[inputs[0]], &[]);
            let hundred = g.constant(i64s(&[], &[100]));
            let share = g.node("Div", &[hundred, h], &[]);
            let first = g.constant(i64s(&[], &[0]));
            let y = g.named_node("y", "Gather", &[share, first], &[("axis", 1.into())]);
            (vec![y], vec![whole("h", h, 2)])
        },
        Features::new(),
    );
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Exact, End::Root);
    let prepared = prepare(&case, &claims.build(), 4, 0);
    let (clean, scrubbed) = run(&case, &prepared, &Reference::new(), AMPLE).outputs.expect("outputs were to be kept");
    assert_eq!(clean, scrubbed);
}
