//! What fills what nothing claims, and parts of nodes: wrong numbers and panics that were found by
//! generated hypotheses, each as a small case that is worked out by hand.

use super::support::case::Case;
use super::support::claims::Claims;
use super::support::engines;
use super::support::estimates::estimate;
use super::support::features::Features;
use super::support::graph::GraphBuilder;
use super::support::models::{column, part, small, tabulated, whole};
use super::support::numbers::Block;
use super::support::pipeline::{AMPLE, Prepared, prepare, run};
use super::support::scores::row_numbers;
use ansatz::hypothesis::{
    Arrow, Computes, End, Estimate, EstimateIx, EstimateKind, FeatureIx, Hypothesis, Node, NodeIx, Part, PathKind,
    Rest, Scheme,
};
use ansatz::model::{Region, TensorId};
use std::sync::Arc;

const ROWS: usize = 8;

/// The value of the input of one number per row on a row; all sums of these are exact.
fn x(row: u32) -> f64 {
    f64::from(row) - 2.0
}

fn mean_of(of: impl Fn(f64) -> f64) -> f64 {
    (0..8).map(|row| of(x(row))).sum::<f64>() / 8.0
}

/// e = x · x, h = 3 · x and y = e + h + x, with e and h as components.
fn sums() -> Case {
    let input: Vec<f32> = (0..8).map(|row| x(row) as f32).collect();
    small(
        &[("x", column(&input))],
        |g, inputs| {
            let e = g.named_node("e", "Mul", &[inputs[0], inputs[0]], &[]);
            let three = g.scalar(3.0);
            let h = g.named_node("h", "Mul", &[inputs[0], three], &[]);
            let sum = g.node("Add", &[e, h], &[]);
            let y = g.named_node("y", "Add", &[sum, inputs[0]], &[]);
            (vec![y], vec![whole("e", e, 1), whole("h", h, 1)])
        },
        Features::new(),
    )
}

/// The rows drawn for one role, one for each reference.
fn drawn(prepared: &Prepared, role: &str, position: Option<usize>) -> Vec<u32> {
    let wanted: Vec<usize> = position.into_iter().collect();
    let found: Vec<Vec<u32>> = prepared
        .by_key()
        .into_iter()
        .filter(|(key, _)| key.role == role && key.positions == wanted)
        .map(|(_, rows)| rows)
        .collect();
    assert_eq!(found.len(), 1, "one draw is for {role} {position:?}");
    found.into_iter().flatten().collect()
}

/// Every engine gives what is worked out from the number of a reference and its row.
fn gives(case: &Case, hypothesis: &Hypothesis, expected: impl Fn(&Prepared, usize, u32) -> f64) {
    let prepared = prepare(case, hypothesis, ROWS, 3);
    for engine in engines() {
        let (_, scrubbed) = run(case, &prepared, engine.as_ref(), AMPLE).outputs.expect("outputs are kept");
        for (ordinal, row) in prepared.draws.of(0).iter().enumerate() {
            let (found, expected) = (row_numbers(&scrubbed[0], ordinal)[0], expected(&prepared, ordinal, *row));
            let apart = (found - expected).abs();
            assert!(apart <= 1e-4 * expected.abs().max(1.0), "{} {ordinal}: {found}, not {expected}", engine.name());
        }
    }
}

#[test]
fn means_of_graph_inputs_are_those_of_the_data() {
    let case = sums();
    // What nothing claims: e and x.
    let mut claims = Claims::new(&case, Scheme::Mean(None));
    claims.node("h", Computes::Exact, End::Root);
    gives(&case, &claims.build(), |_, _, row| mean_of(|x| x * x) + 3.0 * x(row) + mean_of(|x| x));
    // A claim about x itself.
    let mut claims = Claims::new(&case, Scheme::Exact);
    claims.node("x", Computes::Mean { over: None, along: vec![None] }, End::Root);
    gives(&case, &claims.build(), |_, _, row| x(row) * x(row) + 3.0 * x(row) + mean_of(|x| x));
}

/// The arrow lives on above e, which it never meets: e is filled, not computed from what fills x.
#[test]
fn components_off_every_claimed_path_are_filled_themselves() {
    let case = sums();
    let claims = |scheme: Scheme| {
        let mut claims = Claims::new(&case, scheme);
        claims.node("h", Computes::Exact, End::Root);
        let mut hypothesis = claims.build();
        hypothesis.arrows[0].paths = PathKind::All;
        hypothesis
    };
    gives(&case, &claims(Scheme::Constant(2.0)), |_, _, row| 2.0 + 3.0 * x(row) + 2.0);
    gives(&case, &claims(Scheme::Mean(None)), |_, _, row| mean_of(|x| x * x) + 3.0 * x(row) + mean_of(|x| x));
    // Drawn for each by itself.
    let apart = prepare(&case, &claims(Scheme::Apart), ROWS, 3);
    let names = apart.by_key().into_keys().filter(|key| key.role == "apart").map(|key| key.occurrence);
    assert_eq!(names.count(), 2, "{:?}", apart.by_key().keys());
}

/// n = 2 · x of four positions, and y = n[0] + 10 n[1] + 100 n[2] + 1000 n[3].
fn positions() -> Case {
    let digits = tabulated(&[ROWS, 4], |at| ((at[0] * 5 + at[1] * 3) % 7) as f32);
    small(
        &[("x", digits)],
        |g, inputs| {
            let two = g.scalar(2.0);
            let n = g.named_node("n", "Mul", &[inputs[0], two], &[]);
            let y = weighted(g, n, &[1.0, 10.0, 100.0, 1000.0]);
            (vec![y], vec![whole("n", n, 2)])
        },
        Features::new(),
    )
}

/// The sum of the elements of each row with these weights.
fn weighted(g: &mut GraphBuilder, of: TensorId, weights: &[f32]) -> TensorId {
    let weights = g.constant(tabulated(&[weights.len()], |at| weights[at[0]]));
    let product = g.node("Mul", &[of, weights], &[]);
    let axis = g.ints(&[1]);
    g.node("ReduceSum", &[product, axis], &[("keepdims", 0.into())])
}

/// The four numbers of n on a row.
fn n_of(case: &Case, row: u32) -> Vec<f64> {
    row_numbers(&case.data.by_input[&case.tensor("x")], row as usize).iter().map(|digit| 2.0 * digit).collect()
}

/// A claim about n of which an arrow takes the first half.
fn half_of_n(case: &Case, computes: Computes) -> Hypothesis {
    let mut claims = Claims::new(case, Scheme::Exact);
    claims.node("n", computes, End::Root);
    let mut hypothesis = claims.build();
    hypothesis.arrows[0].source = vec![Part { tensor: case.tensor("n"), region: Region::whole(2).cut(1, 0, 2, 4) }];
    hypothesis
}

#[test]
fn a_mean_along_an_axis_is_that_of_the_node_where_an_arrow_takes_a_part() {
    let case = positions();
    let hypothesis = half_of_n(&case, Computes::Mean { over: None, along: vec![Some(1)] });
    let all: Vec<f64> = (0..8).flat_map(|row| n_of(&case, row)).collect();
    let first: Vec<f64> = (0..8).flat_map(|row| n_of(&case, row)[..2].to_vec()).collect();
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    assert!((mean(&all) - mean(&first)).abs() > 0.01, "the part has another mean");
    gives(&case, &hypothesis, |_, _, row| {
        let n = n_of(&case, row);
        11.0 * mean(&all) + 100.0 * n[2] + 1000.0 * n[3]
    });
}

#[test]
fn an_estimate_is_that_of_the_node_where_an_arrow_takes_a_part() {
    let case = positions();
    let mut hypothesis = half_of_n(&case, Computes::Exact);
    let kind = EstimateKind::Expression(EstimateIx(1));
    hypothesis.nodes[0].estimate = Some(Estimate { kind, rest: Rest::Any });
    gives(&case, &hypothesis, |prepared, ordinal, row| {
        let estimated =
            |row: u32| estimate(EstimateIx(1), row, &Block { shape: vec![1, 4], numbers: n_of(&case, row) });
        let rest = drawn(prepared, "rest", None)[ordinal];
        let (own, other, clean) = (estimated(row).numbers, estimated(rest).numbers, n_of(&case, rest));
        let n = n_of(&case, row);
        let found = |at: usize| own[at] + clean[at] - other[at];
        found(0) + 10.0 * found(1) + 100.0 * n[2] + 1000.0 * n[3]
    });
}

/// h = p · k with k = x · x and p = x + 1; y = h. The estimate has 2 in the place of p.
#[test]
fn a_changed_estimate_without_arrows_is_evaluated_on_its_own_datum() {
    let input: Vec<f32> = (0..8).map(|row| x(row) as f32).collect();
    let case = small(
        &[("x", column(&input))],
        |g, inputs| {
            let one = g.scalar(1.0);
            let p = g.named_node("p", "Add", &[inputs[0], one], &[]);
            let k = g.named_node("k", "Mul", &[inputs[0], inputs[0]], &[]);
            let h = g.named_node("h", "Mul", &[p, k], &[]);
            let y = g.named_node("y", "Neg", &[h], &[]);
            (vec![y], vec![whole("k", k, 1), whole("h", h, 1)])
        },
        Features::new(),
    );
    for scheme in [Scheme::Apart, Scheme::Mean(None), Scheme::Constant(5.0)] {
        let mut claims = Claims::new(&case, Scheme::Exact);
        claims.node("h", Computes::Exact, End::Root);
        let mut hypothesis = claims.build();
        let port = Part { tensor: case.tensor("p"), region: Region::whole(1) };
        let kind = EstimateKind::Changed { port: port.clone(), value: Arc::new(vec![2.0]) };
        hypothesis.nodes[0].estimate = Some(Estimate { kind, rest: Rest::Any });
        hypothesis.nodes[0].unclaimed = scheme;
        gives(&case, &hypothesis, |prepared, ordinal, row| {
            let (own, rest) = (x(row), x(drawn(prepared, "rest", None)[ordinal]));
            -(2.0 * own * own + (rest + 1.0) * rest * rest - 2.0 * rest * rest)
        });
        // What is read through a port, too.
        hypothesis.nodes[0].ports = vec![(vec![port], scheme)];
        drop(prepare(&case, &hypothesis, ROWS, 3));
    }
}

/// A node of two parts, of two and of four positions (all of them, or the two in the middle), claimed
/// position by position, on data with these digits. h is the first part with its sign changed.
fn joined(digit: fn(usize, usize) -> usize, middle: bool) -> (Case, Hypothesis) {
    let mut features = Features::new();
    let even = |at: usize| (0..ROWS).map(|row| digit(row, at) % 2).collect::<Vec<usize>>();
    features.add_elementwise(&(0..4).map(even).collect::<Vec<_>>());
    let case = small(
        &[("x", tabulated(&[ROWS, 4], |at| digit(at[0], at[1]) as f32))],
        |g, inputs| {
            let k = g.named_node("k", "Identity", &[inputs[0]], &[]);
            let [start, end, axis] = [[0], [2], [1]].map(|list: [i64; 1]| g.ints(&list));
            let m = g.named_node("m", "Slice", &[inputs[0], start, end, axis], &[]);
            let (short, long) = (weighted(g, m, &[1.0, 10.0]), weighted(g, k, &[1e2, 1e3, 1e4, 1e5]));
            let h = g.named_node("h", "Neg", &[m], &[]);
            let (both, turned) = (g.node("Add", &[short, long], &[]), weighted(g, h, &[1.0, 1.0]));
            let y = g.named_node("y", "Add", &[both, turned], &[]);
            let k = if middle { part("k", k, 2, 1, (1, 3), 4) } else { whole("k", k, 2) };
            (vec![y], vec![whole("m", m, 2), k, whole("h", h, 2)])
        },
        features,
    );
    let mut claims = Claims::new(&case, Scheme::Exact);
    claims.node("m", Computes::Elementwise { feature: FeatureIx(0), axes: vec![1, 1] }, End::Root);
    let mut hypothesis = claims.build();
    let k = case.component("k");
    hypothesis.nodes[0].parts.push(Part { tensor: k.tensor, region: k.region.clone() });
    hypothesis.arrows[0].source = hypothesis.nodes[0].parts.clone();
    (case, hypothesis)
}

#[test]
fn a_joined_node_per_position_may_have_parts_of_different_lengths() {
    let digit = |row: usize, at: usize| (row * 5 + at * 3) % 7;
    for (middle, claimed) in [(false, 0..4), (true, 1..3)] {
        let (case, hypothesis) = joined(digit, middle);
        gives(&case, &hypothesis, |prepared, ordinal, row| {
            let at = |position: usize, claimed: bool| {
                let own = if claimed { drawn(prepared, "claim", Some(position))[ordinal] } else { row };
                digit(own as usize, position) as f64
            };
            let one = |position: usize| 10_f64.powi(position as i32 + 2) * at(position, claimed.contains(&position));
            at(0, true) + 10.0 * at(1, true) + (0..4).map(one).sum::<f64>() - at(0, false) - at(1, false)
        });
    }
}

/// All rows are the same, so that the audit compares every position of every part that has it.
#[test]
fn a_joined_node_whose_parts_never_differ_swaps_nothing() {
    for middle in [false, true] {
        let (case, mut hypothesis) = joined(|_, _| 3, middle);
        // h is opened by all of m, so that all of m is held.
        for (name, to) in [("h", End::Root), ("m", End::Node(NodeIx(1)))] {
            let component = case.component(name);
            let node = Node::new(name, component.tensor, component.region.clone(), Computes::Any);
            let from = NodeIx(hypothesis.nodes.len());
            hypothesis.arrows.push(Arrow::new(from, &node, to, PathKind::Direct));
            hypothesis.nodes.push(Node { unclaimed: Scheme::Exact, ..node });
        }
        let prepared = prepare(&case, &hypothesis, ROWS, 3);
        for engine in engines() {
            let swaps = run(&case, &prepared, engine.as_ref(), AMPLE).swaps;
            let parts = swaps.iter().filter(|swap| prepared.program.tree.visits[swap.visit.0].axes.is_some());
            let differed: Vec<usize> = parts.map(|swap| swap.differed).collect();
            assert_eq!(differed, [0], "{}", engine.name());
        }
    }
}
