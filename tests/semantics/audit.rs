//! What a run says of its own swaps.

use super::support::case::Case;
use super::support::claims::Claims;
use super::support::features::Features;
use super::support::models::{column, noise_column, small, whole};
use super::support::pipeline::{AMPLE, prepare, run};
use ansatz::engine::reference::Reference;
use ansatz::execute::Swap;
use ansatz::hypothesis::{Computes, End, Hypothesis, Scheme};

const ROWS: usize = 20;

fn swaps(case: &Case, hypothesis: &Hypothesis, n: usize) -> Vec<Swap> {
    run(case, &prepare(case, hypothesis, n, 2), &Reference::new(), AMPLE).swaps
}

/// h = sign(x), which is 1 on all of the data, and y = h + other.
fn constant_component(other: bool) -> Case {
    let x: Vec<f32> = (0..ROWS).map(|row| 1.0 + row as f32).collect();
    small(
        &[("x", column(&x)), ("u", noise_column(ROWS, 1))],
        |g, inputs| {
            let h = g.named_node("h", "Sign", &[inputs[0]], &[]);
            let y = if other {
                g.named_node("y", "Add", &[h, inputs[1]], &[])
            } else {
                g.named_node("y", "Neg", &[h], &[])
            };
            (vec![y], vec![whole("h", h, 1)])
        },
        Features::new(),
    )
}

/// A source with the same value on all rows swaps nothing, whether or not other paths are drawn too,
/// for many references and for few.
#[test]
fn a_source_that_never_differs_swaps_nothing() {
    for (other, n) in [(true, ROWS), (true, 3), (false, ROWS), (false, 3)] {
        let case = constant_component(other);
        let mut claims = Claims::new(&case, Scheme::Any);
        claims.node("h", Computes::Any, End::Root);
        let swaps = swaps(&case, &claims.build(), n);
        assert_eq!((swaps[0].references, swaps[0].differed), (n, 0), "with another path: {other}");
        assert!(swaps[0].own_row <= n / 2);
    }
}

/// h = x + u, opened by a free draw of x, all else exact: the arrow from h to the root brings values
/// that differ from what they replace, although both are of the reference's row.
#[test]
fn an_opened_source_on_its_own_row_can_differ() {
    let case = small(
        &[("x", noise_column(ROWS, 3)), ("u", noise_column(ROWS, 4))],
        |g, inputs| {
            let h = g.named_node("h", "Add", &[inputs[0], inputs[1]], &[]);
            let y = g.named_node("y", "Exp", &[h], &[]);
            (vec![y], vec![whole("h", h, 1)])
        },
        Features::new(),
    );
    let mut claims = Claims::new(&case, Scheme::Exact);
    let h = claims.node("h", Computes::Exact, End::Root);
    claims.node("x", Computes::Any, End::Node(h));
    let prepared = prepare(&case, &claims.build(), ROWS, 2);
    let found = run(&case, &prepared, &Reference::new(), AMPLE);
    let (clean, scrubbed) = found.outputs.expect("outputs were to be kept");
    assert_ne!(clean, scrubbed, "the hypothesis changes the output");
    for swap in &found.swaps {
        let child = &prepared.program.tree.visits[swap.visit.0];
        assert!(swap.differed > 0, "said to have swapped nothing: {child:?}");
    }
}
