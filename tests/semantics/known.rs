//! Conformance: tiny arithmetic with known answers. The behaviour is the squared difference between
//! the scrubbed output and what the model gives on the reference.

use super::support::case::{Case, Component};
use super::support::claims::Claims;
use super::support::engines;
use super::support::features::Features;
use super::support::graph::GraphBuilder;
use super::support::models::{column, small, whole};
use super::support::pipeline::{AMPLE, observe, prepare};
use super::support::random::Random;
use super::support::scores::{FunctionScore, row_numbers};
use ansatz::estimate::mean;
use ansatz::execute::Inputs;
use ansatz::hypothesis::{Computes, End, FeatureIx, Hypothesis, Scheme};
use ansatz::model::TensorId;

const ROWS: usize = 1500;
const A: FeatureIx = FeatureIx(0);
const B: FeatureIx = FeatureIx(1);
const SUM: FeatureIx = FeatureIx(2);

/// Whole numbers 0 to 9, independent, as float columns.
fn digits(seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..ROWS).map(|_| random.below(10) as f32).collect()
}

/// Twice the variance of digits on the data: the mean squared difference of two of them drawn by
/// themselves.
fn spread(digits: &[f32]) -> f64 {
    let numbers: Vec<f64> = digits.iter().map(|digit| f64::from(*digit)).collect();
    let centre = mean(&numbers);
    2.0 * numbers.iter().map(|number| (number - centre).powi(2)).sum::<f64>() / numbers.len() as f64
}

/// A model of two columns `a` and `b`, with features `a`, `b` and `a + b`.
fn model_of(
    a: &[f32],
    b: &[f32],
    build: impl FnOnce(&mut GraphBuilder, TensorId, TensorId) -> (TensorId, Vec<Component>),
) -> Case {
    let exact = |numbers: &[f32]| numbers.iter().map(|number| (number * 1000.0) as i64).collect::<Vec<i64>>();
    let mut features = Features::new();
    features.add(&exact(a));
    features.add(&exact(b));
    features.add(&exact(&a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f32>>()));
    let inputs = [("a", column(a)), ("b", column(b))];
    let build = |g: &mut GraphBuilder, inputs: &[TensorId]| {
        let (output, components) = build(g, inputs[0], inputs[1]);
        (vec![output], components)
    };
    small(&inputs, build, features)
}

/// The mean squared change of the output, the same on all engines.
fn loss(case: &Case, hypothesis: &Hypothesis) -> f64 {
    let rows: Vec<u32> = (0..u32::try_from(case.data.rows()).expect("few rows")).collect();
    let clean = case.forward_batch(&rows);
    let clean: Vec<f64> = rows.iter().map(|row| row_numbers(&clean[&case.outputs[0]], *row as usize)[0]).collect();
    let change = |outputs: &[f64], row: u32| (outputs[0] - clean[row as usize]).powi(2);
    let score = FunctionScore::without_alternatives(change);
    let prepared = prepare(case, hypothesis, case.rows(), 1);
    let losses: Vec<f64> = engines()
        .iter()
        .map(|engine| mean(&observe(case, &[&prepared], &score, engine.as_ref(), AMPLE).scrubbed[0].values()))
        .collect();
    assert!(losses.iter().all(|loss| (loss - losses[0]).abs() <= 1e-6 * losses[0].abs()), "{losses:?}");
    losses[0]
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.12 * expected, "{found} is not about {expected}");
}

/// h = a · b and y = h + a.
fn product() -> Case {
    model_of(&digits(1), &digits(2), |g, a, b| {
        let h = g.named_node("h", "Mul", &[a, b], &[]);
        let y = g.named_node("y", "Add", &[h, a], &[]);
        (y, vec![whole("h", h, 1)])
    })
}

#[test]
fn identical() {
    let case = product();
    let mut claims = Claims::new(&case, Scheme::Any);
    let h = claims.node("h", Computes::Exact, End::Root);
    let a = claims.node("a", Computes::Exact, End::Root);
    claims.arrow(a, End::Node(h));
    claims.node("b", Computes::Exact, End::Node(h));
    assert_eq!(loss(&case, &claims.build()), 0.0);
}

/// The inputs named one by one, each computing all that the node above needs of it.
#[test]
fn explicit_inputs() {
    let case = product();
    let mut claims = Claims::new(&case, Scheme::Any);
    let h = claims.node("h", Computes::Exact, End::Root);
    claims.node("a", Computes::Feature(A), End::Root);
    claims.node("a", Computes::Feature(A), End::Node(h));
    claims.node("b", Computes::Feature(B), End::Node(h));
    assert_eq!(loss(&case, &claims.build()), 0.0);
}

/// y = h + a with h = a: what h carries is in the residual as well, which nothing claims.
#[test]
fn spread_over_residual() {
    let a = digits(1);
    let case = model_of(&a, &digits(2), |g, a, _| {
        let h = g.named_node("h", "Identity", &[a], &[]);
        let y = g.named_node("y", "Add", &[h, a], &[]);
        (y, vec![whole("h", h, 1)])
    });
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Feature(A), End::Root);
    let loss = loss(&case, &claims.build());
    assert!(loss > 1.0);
    near(loss, spread(&a));
}

/// y = (h + k) / 2 with h = k = a, and only h is claimed.
#[test]
fn spread_over_two_nodes() {
    let a = digits(1);
    let case = model_of(&a, &digits(2), |g, a, _| {
        let h = g.named_node("h", "Identity", &[a], &[]);
        let k = g.named_node("k", "Identity", &[a], &[]);
        let sum = g.node("Add", &[h, k], &[]);
        let half = g.scalar(0.5);
        let y = g.named_node("y", "Mul", &[sum, half], &[]);
        (y, vec![whole("h", h, 1), whole("k", k, 1)])
    });
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Feature(A), End::Root);
    let one = loss(&case, &claims.build());
    assert!(one > 0.1);
    near(one, spread(&a) / 4.0);
    claims.node("k", Computes::Feature(A), End::Root);
    assert_eq!(loss(&case, &claims.build()), 0.0);
}

/// y = a + factor · b, claimed to compute a.
fn deviation(factor: f32) -> f64 {
    let b = digits(2);
    let case = model_of(&digits(1), &b, |g, a, b| {
        let factor = g.scalar(factor);
        let scaled = g.node("Mul", &[b, factor], &[]);
        let h = g.named_node("h", "Add", &[a, scaled], &[]);
        let y = g.named_node("y", "Identity", &[h], &[]);
        (y, vec![whole("h", h, 1)])
    });
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Feature(A), End::Root);
    let loss = loss(&case, &claims.build());
    near(loss, spread(&b) * f64::from(factor * factor));
    loss
}

#[test]
fn large_deviation() {
    assert!(deviation(3.0) > 1.0);
}

#[test]
fn tiny_deviation() {
    assert!(deviation(0.01) < 0.01);
}

/// h = a + b and k = a - b: the b's cancel in y = h + k, unless they are drawn one by one.
#[test]
fn intermediates_cancel() {
    let b = digits(2);
    let case = model_of(&digits(1), &b, |g, a, b| {
        let h = g.named_node("h", "Add", &[a, b], &[]);
        let k = g.named_node("k", "Sub", &[a, b], &[]);
        let y = g.named_node("y", "Add", &[h, k], &[]);
        (y, vec![whole("h", h, 1), whole("k", k, 1)])
    });
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Feature(A), End::Root);
    claims.node("k", Computes::Feature(A), End::Root);
    let loss = loss(&case, &claims.build());
    assert!(loss > 1.0);
    near(loss, spread(&b));
}

/// h = a and k = b in y = 10 h + k, each claimed to compute the other's input.
#[test]
fn swapped_intermediates() {
    let (a, b) = (digits(1), digits(2));
    let case = model_of(&a, &b, |g, a, b| {
        let h = g.named_node("h", "Identity", &[a], &[]);
        let k = g.named_node("k", "Identity", &[b], &[]);
        let ten = g.scalar(10.0);
        let scaled = g.node("Mul", &[h, ten], &[]);
        let y = g.named_node("y", "Add", &[scaled, k], &[]);
        (y, vec![whole("h", h, 1), whole("k", k, 1)])
    });
    let claimed = |of_h: FeatureIx, of_k: FeatureIx| {
        let mut claims = Claims::new(&case, Scheme::Any);
        claims.node("h", Computes::Feature(of_h), End::Root);
        claims.node("k", Computes::Feature(of_k), End::Root);
        loss(&case, &claims.build())
    };
    assert_eq!(claimed(A, B), 0.0);
    let swapped = claimed(B, A);
    assert!(swapped > 1.0);
    near(swapped, 100.0 * spread(&a) + spread(&b));
}

/// On the data b is a, so y = h - k is 0; drawn one by one they differ, drawn together they do not.
#[test]
fn data_correlation() {
    let a = digits(1);
    let case = model_of(&a, &a, |g, a, b| {
        let h = g.named_node("h", "Identity", &[a], &[]);
        let k = g.named_node("k", "Identity", &[b], &[]);
        let y = g.named_node("y", "Sub", &[h, k], &[]);
        (y, vec![whole("h", h, 1), whole("k", k, 1)])
    });
    let empty = Claims::new(&case, Scheme::Any);
    assert_eq!(loss(&case, &empty.build()), 0.0);
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Any, End::Root);
    claims.node("k", Computes::Any, End::Root);
    let apart = loss(&case, &claims.build());
    assert!(apart > 1.0);
    near(apart, spread(&a));
    // One claim of two: what is left is one draw that does not know of the claim's.
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Any, End::Root);
    near(loss(&case, &claims.build()), spread(&a));
}

/// y = a + b, of which b is not spoken of.
#[test]
fn unspecified_nodes() {
    let b = digits(2);
    let case = model_of(&digits(1), &b, |g, a, b| {
        let y = g.named_node("y", "Add", &[a, b], &[]);
        (y, Vec::new())
    });
    let unclaimed = |unclaimed: Scheme| {
        let mut claims = Claims::new(&case, unclaimed);
        claims.node("a", Computes::Exact, End::Root);
        loss(&case, &claims.build())
    };
    let random = unclaimed(Scheme::Any);
    assert!(random > 1.0);
    near(random, spread(&b));
    assert_eq!(unclaimed(Scheme::Exact), 0.0);
}

/// h = a + b and y = h, where h computes a + b: the class keeps the sum, whatever the parts are. Once
/// h is opened its parts are drawn one by one, given its own datum, and the sum is lost.
#[test]
fn parts_of_an_opened_node_follow_its_own_datum() {
    let (a, b) = (digits(1), digits(2));
    let case = model_of(&a, &b, |g, a, b| {
        let h = g.named_node("h", "Add", &[a, b], &[]);
        let y = g.named_node("y", "Identity", &[h], &[]);
        (y, vec![whole("h", h, 1)])
    });
    let mut claims = Claims::new(&case, Scheme::Any);
    let h = claims.node("h", Computes::Feature(SUM), End::Root);
    assert_eq!(loss(&case, &claims.build()), 0.0);
    claims.node("a", Computes::Feature(A), End::Node(h));
    claims.node("b", Computes::Feature(B), End::Node(h));
    assert_eq!(loss(&case, &claims.build()), 0.0, "both parts agree with the datum of h, whose sum is the reference's");
    let mut claims = Claims::new(&case, Scheme::Any);
    let h = claims.node("h", Computes::Feature(SUM), End::Root);
    claims.node("a", Computes::Feature(A), End::Node(h));
    near(loss(&case, &claims.build()), spread(&b));
}
