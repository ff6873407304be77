//! Per-position claims, nested in each other, against values worked out by hand.

use super::support::case::Case;
use super::support::claims::Claims;
use super::support::engines;
use super::support::features::Features;
use super::support::models::{small, tabulated, whole};
use super::support::pipeline::{AMPLE, Prepared, prepare, run};
use super::support::random::Random;
use super::support::scores::row_numbers;
use super::support::scrub::DrawKey;
use ansatz::engine::Value;
use ansatz::hypothesis::{Computes, End, FeatureIx, NodeIx, Scheme};
use ansatz::model::{Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

const ROWS: usize = 60;
const REFERENCES: usize = 40;
/// Per-position features of two values each.
const F: FeatureIx = FeatureIx(0);
const G: FeatureIx = FeatureIx(1);

/// Three positions: m[i] = x[i], n[i] = m[i] + 10 · m[i+1] (cyclic), y = n[0] + 100 n[1] + 10000 n[2].
fn three_positions() -> Case {
    let mut random = Random::new(5);
    let digits: Vec<f32> = (0..ROWS * 3).map(|_| random.below(8) as f32).collect();
    let x = tabulated(&[ROWS, 3], |at| digits[at[0] * 3 + at[1]]);
    let by_position = |of: &dyn Fn(f32) -> bool| -> Vec<Vec<bool>> {
        (0..3).map(|at| (0..ROWS).map(|row| of(digits[row * 3 + at])).collect()).collect()
    };
    let mut features = Features::new();
    features.add_elementwise(&by_position(&|digit| digit < 4.0));
    features.add_elementwise(&by_position(&|digit| digit % 2.0 == 0.0));
    small(
        &[("x", x)],
        |g, inputs| {
            let m = g.named_node("m", "Identity", &[inputs[0]], &[]);
            let turn = g.constant(tabulated(&[3, 3], |at| if (at[1] + 1) % 3 == at[0] { 10.0 } else { 0.0 }));
            let turned = g.node("MatMul", &[m, turn], &[]);
            let n = g.named_node("n", "Add", &[m, turned], &[]);
            let weights = g.constant(tabulated(&[3], |at| 100.0_f32.powi(i32::try_from(at[0]).expect("small"))));
            let weighted = g.node("Mul", &[n, weights], &[]);
            let axis = g.ints(&[1]);
            let y = g.full_node(&["y"], "ReduceSum", &[Some(weighted), Some(axis)], &[("keepdims", 0.into())])[0];
            (vec![y], vec![whole("m", m, 2), whole("n", n, 2)])
        },
        features,
    )
}

fn per_position(feature: FeatureIx) -> Computes {
    Computes::Elementwise { feature, axes: vec![1] }
}

/// n for each position, opened by m for each position.
fn nested(case: &Case, inner: Computes) -> Prepared {
    let mut claims = Claims::new(case, Scheme::Any);
    let n: NodeIx = claims.node("n", per_position(F), End::Root);
    claims.node("m", inner, End::Node(n));
    prepare(case, &claims.build(), REFERENCES, 3)
}

/// The row that was drawn for a claim at some positions.
fn claimed(prepared: &Prepared, occurrence: &str, positions: &[usize], ordinal: usize) -> u32 {
    let key = DrawKey { role: "claim", occurrence: occurrence.to_owned(), positions: positions.to_vec() };
    prepared.by_key()[&key][ordinal]
}

const N: &str = "y <- n (direct)";
const M: &str = "y <- n (direct) <- m (direct)";

fn digit(case: &Case, row: u32, at: usize) -> f64 {
    let x: TensorId = case.tensor("x");
    row_numbers(&case.data.by_input[&x], row as usize)[at]
}

fn outputs(case: &Case, prepared: &Prepared) -> Vec<Vec<f64>> {
    let read = |values: &[Value]| (0..REFERENCES).map(|ordinal| row_numbers(&values[0], ordinal)[0]).collect();
    let one = |engine: &dyn ansatz::engine::Engine| read(&run(case, prepared, engine, AMPLE).outputs.expect("kept").1);
    engines().iter().map(|engine| one(engine.as_ref())).collect()
}

/// Every pair of positions has a draw of its own: for each i that n is at, and each j of m.
#[test]
fn nested_claims_draw_for_each_pair_of_positions() {
    let case = three_positions();
    let prepared = nested(&case, per_position(G));
    let expected = |ordinal: usize| -> f64 {
        let n_at = |i: usize| {
            let m_at = |j: usize| digit(&case, claimed(&prepared, M, &[i, j], ordinal), j);
            m_at(i) + 10.0 * m_at((i + 1) % 3)
        };
        n_at(0) + 100.0 * n_at(1) + 10000.0 * n_at(2)
    };
    for values in outputs(&case, &prepared) {
        for (ordinal, value) in values.iter().enumerate() {
            assert_eq!(*value, expected(ordinal));
        }
    }
}

/// Two positions of one reference may be in the same class for the outer claim and yet need
/// different draws inside: the inner claim agrees with the datum of its own position. Grouping
/// positions by the outer class alone gets this wrong.
#[test]
fn the_claims_inside_split_positions_that_the_outer_claim_does_not() {
    let case = three_positions();
    let prepared = nested(&case, per_position(G));
    let agree =
        |feature: FeatureIx, at: usize, one: u32, other: u32| case.features.labels(feature, Some(at)).agree(one, other);
    let mut split = 0;
    for (ordinal, reference) in prepared.draws.of(0).iter().enumerate() {
        let own: Vec<u32> = (0..3).map(|i| claimed(&prepared, N, &[i], ordinal)).collect();
        for (i, datum) in own.iter().enumerate() {
            assert!(agree(F, i, *reference, *datum), "n at {i} agrees with the reference at {i}");
            for j in 0..3 {
                let inner = claimed(&prepared, M, &[i, j], ordinal);
                assert!(agree(G, j, *datum, inner), "m at {j} under n at {i} agrees with the datum of n at {i}");
                let outer = |at: usize| digit(&case, *reference, at) < 4.0;
                let same_class = i > 0 && outer(0) == outer(i);
                split += usize::from(same_class && !agree(G, j, own[0], *datum));
            }
        }
    }
    assert!(split > 20, "the data tell the two apart {split} times");
}

/// A claim without positions below one with positions is drawn for each of them all the same.
#[test]
fn a_whole_claim_inside_a_per_position_claim_has_a_draw_for_each_position() {
    let case = three_positions();
    let prepared = nested(&case, Computes::Feature(G));
    let mut different = 0;
    for values in outputs(&case, &prepared) {
        for (ordinal, value) in values.iter().enumerate() {
            let rows: Vec<u32> = (0..3).map(|i| claimed(&prepared, M, &[i], ordinal)).collect();
            for (i, row) in rows.iter().enumerate() {
                let datum = claimed(&prepared, N, &[i], ordinal);
                assert!(case.features.labels(G, None).agree(datum, *row));
            }
            different += usize::from(rows[0] != rows[1]);
            let n_at = |i: usize| digit(&case, rows[i], i) + 10.0 * digit(&case, rows[i], (i + 1) % 3);
            assert_eq!(*value, n_at(0) + 100.0 * n_at(1) + 10000.0 * n_at(2));
        }
    }
    assert!(different > 10);
}

/// Elements have the same absolute index in the region, the feature and the draw's positions.
#[test]
fn positions_of_a_slice_are_absolute() {
    let case = three_positions();
    let mut hypothesis = Claims::new(&case, Scheme::Exact);
    hypothesis.node("n", per_position(F), End::Root);
    let mut hypothesis = hypothesis.build();
    let region = hypothesis.nodes[0].region().clone().cut(1, 1, 3, 3);
    hypothesis.nodes[0].parts[0].region = region.clone();
    hypothesis.arrows[0].source[0].region = region;
    let prepared = prepare(&case, &hypothesis, REFERENCES, 3);
    let occurrence = "y <- n[:, 1..3] (direct)";
    for values in outputs(&case, &prepared) {
        for (ordinal, value) in values.iter().enumerate() {
            let reference = prepared.draws.of(0)[ordinal];
            let row = |i: usize| if i == 0 { reference } else { claimed(&prepared, occurrence, &[i], ordinal) };
            for i in 1..3 {
                assert!(case.features.labels(F, Some(i)).agree(reference, row(i)));
            }
            let n_at = |i: usize| digit(&case, row(i), i) + 10.0 * digit(&case, row(i), (i + 1) % 3);
            assert_eq!(*value, n_at(0) + 100.0 * n_at(1) + 10000.0 * n_at(2));
        }
    }
}

/// Two arrows take different parts of one node: each has the positions below that its own part reads.
#[test]
fn each_part_of_a_node_has_the_positions_that_it_reads() {
    let case = three_positions();
    let mut claims = Claims::new(&case, Scheme::Any);
    let m = claims.node("m", Computes::Any, End::Root);
    claims.node("n", per_position(F), End::Node(m));
    let mut hypothesis = claims.build();
    // The second is the input, of which each element of m reads one.
    let x = case.graph.find("x").expect("the input");
    hypothesis.nodes[1].parts[0].tensor = x;
    hypothesis.arrows[1].source[0].tensor = x;
    let mut second = hypothesis.arrows[0].clone();
    hypothesis.arrows[0].source[0].region = Region::whole(2).cut(1, 0, 1, 3);
    second.source[0].region = Region::whole(2).cut(1, 1, 3, 3);
    hypothesis.arrows.push(second);
    let prepared = prepare(&case, &hypothesis, REFERENCES, 3);
    let mut positions: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for key in prepared.by_key().into_keys().filter(|key| !key.positions.is_empty()) {
        positions.entry(key.occurrence).or_default().extend(key.positions);
    }
    let found: Vec<Vec<usize>> = positions.into_values().map(|found| found.into_iter().collect()).collect();
    assert_eq!(found, [vec![0], vec![1, 2]]);
}
