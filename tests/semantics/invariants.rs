//! What may change nothing, and what may change only what it speaks of.

use super::support::case::Case;
use super::support::claims::Claims;
use super::support::engines;
use super::support::hypotheses::Generator;
use super::support::models;
use super::support::pipeline::{AMPLE, Cuts, Prepared, executor, observe, prepare, prepare_on, run, staged, try_plan};
use super::support::random::Random;
use super::support::scores::{FunctionScore, mixed, row_numbers};
use super::support::scrub::DrawKey;
use ansatz::engine::Value;
use ansatz::engine::reference::Reference;
use ansatz::estimate::{Baseline, Inputs, Looks, Point, Varies, estimate, mean};
use ansatz::execute::{Untouched, identity_error};
use ansatz::hypothesis::{Arrow, Computes, End, FeatureIx, Hypothesis, NodeIx, Scheme};
use ansatz::sample::{Classes, Materials, Rows, draw, given_row, references};
use std::collections::BTreeMap;

fn cases() -> Vec<Case> {
    vec![models::arithmetic(), models::micro(false), models::shapes(), models::tangle(3)]
}

/// Some hypotheses about a case.
fn some(case: &Case, seeds: std::ops::Range<u64>) -> Vec<Hypothesis> {
    let generator = Generator::new(case);
    seeds.map(|seed| generator.generate(seed, 40)).collect()
}

fn scrubbed_outputs(case: &Case, prepared: &Prepared, cuts: Cuts) -> (Vec<Value>, Vec<Value>, Vec<f64>) {
    let found = run(case, prepared, &Reference::new(), cuts);
    let values = found.values();
    let (clean, scrubbed) = found.outputs.expect("outputs were to be kept");
    (clean, scrubbed, values)
}

#[test]
fn all_exact_is_the_untouched_model() {
    for case in cases() {
        for mut hypothesis in some(&case, 0..12) {
            hypothesis.unclaimed = Scheme::Exact;
            // A sum that is taken apart is rounded otherwise.
            hypothesis.arrows.iter_mut().for_each(|arrow| arrow.terms = None);
            for node in &mut hypothesis.nodes {
                node.unclaimed = Scheme::Exact;
                node.ports.clear();
                node.estimate = None;
                node.computes = Computes::Exact;
            }
            let (clean, scrubbed, _) = scrubbed_outputs(&case, &prepare(&case, &hypothesis, 9, 0), AMPLE);
            assert_eq!(clean, scrubbed, "{}: {hypothesis:#?}", case.name);
        }
    }
}

#[test]
fn references_in_stages_are_those_of_one_run() {
    for case in cases() {
        for hypothesis in some(&case, 20..26) {
            let prepared = prepare(&case, &hypothesis, 4, 0);
            let whole = run(&case, &prepared, &Reference::new(), AMPLE);
            let n = whole.points.len();
            let ends = [n / 3, n / 3, n / 2 + 1];
            let stages = staged(&case, &prepared, &Reference::new(), AMPLE, &ends);
            assert_eq!(whole.points, stages.points, "{}: {hypothesis:#?}", case.name);
            assert_eq!(whole.outputs, stages.outputs, "{}: {hypothesis:#?}", case.name);
            assert_eq!(whole.swaps, stages.swaps, "{}: {hypothesis:#?}", case.name);
        }
    }
}

/// Whether all that a hypothesis does is to take values from other rows.
fn swaps_only(hypothesis: &Hypothesis) -> bool {
    let takes = |scheme: &Scheme| !matches!(scheme, Scheme::Mean(_) | Scheme::Constant(_));
    takes(&hypothesis.unclaimed)
        && hypothesis.arrows.iter().all(|arrow| arrow.terms.is_none())
        && hypothesis.nodes.iter().all(|node| {
            takes(&node.unclaimed)
                && node.ports.iter().all(|(_, scheme)| takes(scheme))
                && node.estimate.is_none()
                && !matches!(node.computes, Computes::Mean { .. } | Computes::Constant(_))
        })
}

/// Whatever is claimed: with every draw set to the reference, nothing is swapped.
#[test]
fn draws_that_are_the_reference_swap_nothing() {
    let engines = engines();
    for case in cases() {
        for hypothesis in some(&case, 20..60).into_iter().filter(swaps_only) {
            let mut prepared = prepare(&case, &hypothesis, 9, 0);
            let references = prepared.draws.of(0).to_vec();
            prepared.draws = all_reference(&prepared, &references);
            let (clean, scrubbed, _) = scrubbed_outputs(&case, &prepared, AMPLE);
            assert_eq!(clean, scrubbed, "{}: {hypothesis:#?}", case.name);
            for engine in &engines {
                let executor = executor(&case, engine.as_ref(), 1);
                let outputs = &prepared.hypothesis.outputs;
                let error = identity_error(
                    &executor,
                    &prepared.program,
                    outputs,
                    &references,
                    (None, &mut Untouched::default()),
                )
                .expect("the check runs");
                assert!(error <= if engine.name() == "reference" { 0.0 } else { 1e-5 }, "{}: {error:e}", engine.name());
            }
        }
    }
}

/// Numbers do not depend on how the work is cut: the same bits for any batch, chunk and number of
/// threads. ONNX Runtime rounds sums over axes whose rows do not start at a vector's boundary (and
/// `Log`, `Sin`, `Softplus`) by where a row lies in the batch: this holds because every item has a
/// lane of its own.
#[test]
fn cuts_change_no_bit() {
    let engines = engines();
    for case in cases() {
        for (seed, hypothesis) in some(&case, 40..44).into_iter().enumerate() {
            let prepared = prepare(&case, &hypothesis, 19, 1);
            for engine in &engines {
                let whole = run(&case, &prepared, engine.as_ref(), AMPLE);
                let mut cuts = Vec::new();
                for batch in [2, 3, 7, 128] {
                    cuts.push(Cuts { batch: Some(batch), threads: 1 + batch % 4, ..AMPLE });
                }
                for (chunk, threads) in [(1, 1), (2, 2), (5, 3), (18, 4), (19, 1)] {
                    cuts.push(Cuts { chunk: Some(chunk), threads, ..AMPLE });
                }
                for cuts in cuts {
                    let other = run(&case, &prepared, engine.as_ref(), cuts);
                    let told = format!("{} on {}, {cuts:?}, hypothesis {seed}", engine.name(), case.name);
                    assert!(whole.outputs == other.outputs, "outputs differ: {told}");
                    assert!(whole.points == other.points, "values differ: {told}");
                    assert!(whole.swaps == other.swaps, "swaps are counted otherwise: {told}");
                }
            }
        }
    }
}

/// From the least memory that the planner takes upwards, in chunks or not: nothing changes.
#[test]
fn memory_changes_no_bit() {
    let case = models::shapes();
    let mut chunked = 0;
    for hypothesis in some(&case, 50..56) {
        let prepared = prepare(&case, &hypothesis, 36, 1);
        let whole = scrubbed_outputs(&case, &prepared, AMPLE);
        let growing = std::iter::successors(Some(1000_u64), |memory| Some(memory + memory / 6)).take(50);
        for (step, memory) in growing.enumerate() {
            let cuts = Cuts { memory, threads: 1, chunk: (step % 2 == 0).then_some(7), ..AMPLE };
            let Some(plan) = try_plan(&case, &[&prepared], cuts) else { continue };
            chunked += usize::from(!plan.resident && plan.hypotheses[0].chunk < 36);
            assert_eq!(whole, scrubbed_outputs(&case, &prepared, cuts), "{cuts:?}");
        }
    }
    assert!(chunked >= 5, "only {chunked} plans were cut into chunks");
}

/// The order of nodes and arrows and the names of nodes are not part of what a hypothesis says.
#[test]
fn order_and_names_change_nothing() {
    for case in cases() {
        for (seed, hypothesis) in some(&case, 60..68).into_iter().enumerate() {
            let other = reordered(&hypothesis, seed as u64);
            let (one, other) = (prepare(&case, &hypothesis, 9, 5), prepare(&case, &other, 9, 5));
            assert_eq!(one.by_key(), other.by_key());
            assert_eq!(scrubbed_outputs(&case, &one, AMPLE), scrubbed_outputs(&case, &other, AMPLE));
        }
    }
}

pub(super) fn reordered(hypothesis: &Hypothesis, seed: u64) -> Hypothesis {
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..hypothesis.nodes.len()).collect();
    random.shuffle(&mut order);
    let place = |node: NodeIx| NodeIx(order.iter().position(|old| *old == node.0).expect("a permutation"));
    let end = |end: End| match end {
        End::Root => End::Root,
        End::Node(node) => End::Node(place(node)),
    };
    let mut other = hypothesis.clone();
    other.name = "renamed".to_owned();
    other.nodes = order.iter().map(|old| hypothesis.nodes[*old].clone()).collect();
    for (at, node) in other.nodes.iter_mut().enumerate() {
        node.name = format!("another {at}");
    }
    other.arrows = hypothesis
        .arrows
        .iter()
        .map(|arrow| Arrow { from: place(arrow.from), to: end(arrow.to), ..arrow.clone() })
        .collect();
    random.shuffle(&mut other.arrows);
    other
}

/// The order in which a behaviour reads outputs is not part of the key of a draw.
#[test]
fn the_order_of_outputs_changes_no_draw() {
    let case = models::shapes();
    for mut hypothesis in some(&case, 70..74) {
        hypothesis.outputs = case.outputs.clone();
        let one = prepare(&case, &hypothesis, 9, 5);
        hypothesis.outputs.reverse();
        let other = prepare(&case, &hypothesis, 9, 5);
        let rows = |prepared: &Prepared| prepared.by_key().into_values().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(rows(&one), rows(&other));
    }
}

/// Every draw the reference's own row.
fn all_reference(prepared: &Prepared, references: &[u32]) -> Rows {
    let tree = &prepared.program.tree;
    let draw = |draw: &ansatz::lower::Draw| {
        let width = tree.space(draw.space).len();
        (width, references.iter().flat_map(|row| vec![*row; width]).collect())
    };
    Rows::new(tree.draws.iter().map(draw).collect())
}

/// The interval of u that each draw of each reference shows: its place in its class.
fn seen_numbers(case: &Case, prepared: &Prepared) -> BTreeMap<DrawKey, Vec<(f64, f64)>> {
    use ansatz::lower::Rule;
    let tree = &prepared.program.tree;
    let by_key = prepared.by_key();
    let mut found = BTreeMap::new();
    for (index, draw) in tree.draws.iter().enumerate().skip(1) {
        for (tuple, positions) in tree.space(draw.space).tuples.iter().enumerate() {
            let key =
                DrawKey { role: draw.role.word(), occurrence: draw.occurrence.clone(), positions: positions.clone() };
            let rows = &by_key[&key];
            let interval = |(ordinal, row): (usize, &u32)| {
                let (at, size) = match &draw.rule {
                    Rule::Agree { feature, elementwise, given, data } => {
                        let element = elementwise.then(|| positions.last().copied()).flatten();
                        let labels = case.features.labels(*feature, element);
                        let given = given_row(&prepared.draws, given, ordinal, tuple);
                        let members = labels.members(labels.class_of(given), *data);
                        (members.iter().position(|member| member == row).expect("a draw in its class"), members.len())
                    }
                    _ => (*row as usize, case.rows()),
                };
                (at as f64 / size as f64, (at + 1) as f64 / size as f64)
            };
            assert_eq!(&prepared.draws.column(index, tuple), rows);
            found.insert(key, rows.iter().enumerate().map(interval).collect());
        }
    }
    found
}

/// Common random numbers: whatever else is claimed, a draw that is there in both has the same u.
#[test]
fn other_claims_change_no_number() {
    for case in cases() {
        for (seed, hypothesis) in some(&case, 80..88).into_iter().enumerate() {
            let before = seen_numbers(&case, &prepare(&case, &hypothesis, 9, 5));
            let mut kept = 0;
            for (what, other) in changed(&case, &hypothesis, seed as u64) {
                let after = seen_numbers(&case, &prepare(&case, &other, 9, 5));
                for (key, one) in &before {
                    let Some(other) = after.get(key) else { continue };
                    kept += 1;
                    let meet = one.iter().zip(other).all(|((a, b), (c, d))| a < d && c < b);
                    assert!(meet, "{what} changed the number of {key:?}");
                }
            }
            assert!(kept >= before.len(), "few draws were compared");
        }
    }
}

/// A hypothesis with one claim changed, dropped or added.
fn changed(case: &Case, hypothesis: &Hypothesis, seed: u64) -> Vec<(&'static str, Hypothesis)> {
    let mut random = Random::new(seed);
    let at = random.below(hypothesis.nodes.len());
    let with = |computes: Computes| {
        let mut other = hypothesis.clone();
        other.nodes[at].computes = computes;
        other
    };
    let mut renamed = hypothesis.clone();
    renamed.nodes[at].name = "another".to_owned();
    let mut dropped = hypothesis.clone();
    dropped.arrows.remove(random.below(dropped.arrows.len()));
    let mut unclaimed = hypothesis.clone();
    unclaimed.unclaimed = match unclaimed.unclaimed {
        Scheme::Any => Scheme::Exact,
        _ => Scheme::Any,
    };
    let feature = FeatureIx(random.below(case.features.count()));
    vec![
        ("renaming a node", renamed),
        ("relaxing a claim", with(Computes::Any)),
        ("making a claim exact", with(Computes::Exact)),
        ("another feature", with(Computes::Feature(feature))),
        ("dropping an arrow", dropped),
        ("another rule for the unclaimed", unclaimed),
    ]
}

#[test]
fn fewer_references_are_a_prefix() {
    let all = references(3, 40, 40);
    assert_eq!(references(3, 40, 17), all[..17]);
    for case in [models::micro(false), models::shapes()] {
        for hypothesis in some(&case, 90..94) {
            let (few, many) = (prepare(&case, &hypothesis, 10, 2), prepare(&case, &hypothesis, 25, 2));
            for index in 0..few.program.tree.draws.len() {
                assert_eq!(few.draws.of(index), &many.draws.of(index)[..10 * many.draws.width(index)]);
            }
            let (_, _, some) = scrubbed_outputs(&case, &few, AMPLE);
            let (_, _, all) = scrubbed_outputs(&case, &many, AMPLE);
            assert_eq!(some, all[..10]);
        }
    }
}

/// The empty hypothesis takes all outputs from one row for each reference.
#[test]
fn the_empty_hypothesis_takes_all_outputs_from_one_row() {
    for case in cases() {
        let prepared = prepare(&case, &Claims::new(&case, Scheme::Any).build(), 12, 4);
        let by_key = prepared.by_key();
        assert_eq!(by_key.len(), 1, "one draw: the root's");
        let rows = by_key.values().next().expect("there is one").clone();
        let (_, scrubbed, _) = scrubbed_outputs(&case, &prepared, AMPLE);
        for (ordinal, row) in rows.iter().enumerate() {
            let clean = case.forward(*row, &[]);
            for (output, value) in case.outputs.iter().zip(&scrubbed) {
                assert_eq!(row_numbers(&clean[output], 0), row_numbers(value, ordinal));
            }
        }
        let exact = prepare(&case, &Claims::new(&case, Scheme::Exact).build(), 12, 4);
        let (clean, scrubbed, _) = scrubbed_outputs(&case, &exact, AMPLE);
        assert_eq!(clean, scrubbed);
        assert!(exact.by_key().is_empty(), "nothing is drawn");
    }
}

#[test]
fn means_are_summed_in_ordinal_order() {
    let values: Vec<f64> = (0..1000).map(|at| if at % 3 == 0 { 1e16 } else { -3.0e15 + f64::from(at) * 0.7 }).collect();
    let mut sum = 0.0;
    for value in &values {
        sum += value;
    }
    let backwards: f64 = values.iter().rev().sum();
    assert!(sum.to_bits() != backwards.to_bits(), "the order matters for these numbers");
    let points: Vec<Point> = values.iter().map(|value| Point::one(*value)).collect();
    let baseline = Baseline::Exact(0.0);
    let found = estimate(Inputs {
        model: &points,
        scrubbed: &points,
        baseline,
        rows: 5000,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Draws,
    });
    assert_eq!(found.model.value.to_bits(), (sum / 1000.0).to_bits());
    assert_eq!(found.scrubbed.value.to_bits(), (sum / 1000.0).to_bits());
}

/// A row that is there twice is drawn twice as often, as a reference, freely and in its class.
#[test]
fn a_duplicate_row_counts_twice() {
    let case = models::arithmetic();
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("a", Computes::Feature(FeatureIx(0)), End::Root);
    let tree = prepare(&case, &claims.build(), 2, 0).program.tree;
    // Rows 0 and 1 are one string, row 2 another; all three are in one class, row 3 is not.
    let strings = ["x", "x", "y", "z"];
    let mut features = super::support::features::Features::new();
    features.add(&[true, true, true, false]);
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let seeds = 6000;
    for seed in 0..seeds {
        let first = references(seed, 4, 1);
        *counts.entry(("reference", strings[first[0] as usize])).or_default() += 1;
        let classes = features.table();
        let drawn = draw(&tree, &[2], Materials { seed, rows: &[4], classes: &classes, pairs: &[] });
        for (index, draw) in tree.draws.iter().enumerate().skip(1) {
            *counts.entry((draw.role.word(), strings[drawn.of(index)[0] as usize])).or_default() += 1;
        }
    }
    let share = |role: &'static str, string: &'static str| {
        f64::from(counts.get(&(role, string)).copied().unwrap_or(0)) / seeds as f64
    };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.025, "{found} is not about {expected}");
    for role in ["reference", "unclaimed"] {
        near(share(role, "x"), 0.5);
        near(share(role, "y"), 0.25);
        near(share(role, "z"), 0.25);
    }
    near(share("claim", "x"), 2.0 / 3.0);
    near(share("claim", "y"), 1.0 / 3.0);
    near(share("claim", "z"), 0.0);
}

/// Draws of different seeds, references, places, roles and positions have nothing to do with each
/// other.
#[test]
fn draws_are_independent() {
    let case = models::micro(false);
    let mut claims = Claims::new(&case, Scheme::Any);
    let elementwise = Computes::Elementwise { feature: FeatureIx(1), axes: vec![1] };
    let head = claims.node("head(1, 0)", Computes::Any, End::Root);
    let mlp = claims.node("mlp(0)", elementwise, End::Node(head));
    claims.node("embed", Computes::Any, End::Node(mlp));
    let hypothesis = claims.build();
    let references: Vec<u32> = (0..2000).map(|ordinal| ordinal % 40).collect();
    let prepared = prepare_on(&case, &hypothesis, &references, 7);
    let again = prepare_on(&case, &hypothesis, &references, 8);
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for numbers in [seen_numbers(&case, &prepared), seen_numbers(&case, &again)] {
        columns.extend(numbers.into_values().map(|drawn| drawn.iter().map(|(a, b)| f64::midpoint(*a, *b)).collect()));
    }
    assert!(columns.len() > 30);
    for (index, one) in columns.iter().enumerate() {
        let mean = one.iter().sum::<f64>() / 2000.0;
        assert!((mean - 0.5).abs() < 0.035, "draw {index} has mean {mean}");
        let shifted: Vec<f64> = one.iter().cycle().skip(1).take(2000).copied().collect();
        for other in columns.iter().skip(index + 1).chain([&shifted]) {
            let correlation = correlation(one, other);
            assert!(correlation.abs() < 0.11, "draws are correlated: {correlation}");
        }
    }
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (one_mean, other_mean) = (mean(one), mean(other));
    let product = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum()
    };
    let scale = product(one, one_mean, one, one_mean) * product(other, other_mean, other, other_mean);
    product(one, one_mean, other, other_mean) / scale.sqrt()
}

/// Hypotheses that are planned and run together, sharing what they capture, give what they give
/// alone.
#[test]
fn hypotheses_run_together_as_they_run_alone() {
    for case in [models::micro(false), models::arithmetic()] {
        let mut hypotheses = some(&case, 100..106);
        hypotheses.iter_mut().for_each(|hypothesis| hypothesis.outputs.clone_from(&case.outputs));
        let prepared: Vec<Prepared> = hypotheses.iter().map(|hypothesis| prepare(&case, hypothesis, 15, 6)).collect();
        let all: Vec<&Prepared> = prepared.iter().collect();
        let score = FunctionScore::new(case.rows(), mixed);
        for cuts in [AMPLE, Cuts { chunk: Some(4), threads: 2, ..AMPLE }] {
            let together = observe(&case, &all, &score, &Reference::new(), cuts);
            for (one, found) in prepared.iter().zip(&together.scrubbed) {
                let alone = run(&case, one, &Reference::new(), AMPLE);
                assert!(alone.outputs == found.outputs && alone.points == found.points, "{cuts:?}");
            }
        }
    }
}

/// The clean pass gives the behaviour of every row, and of every row's outputs with every other
/// row's labels: the mean over all ordered pairs is the exact `shuffled` baseline.
#[test]
fn the_shuffled_baseline_is_the_mean_over_all_pairs() {
    let case = models::micro(false);
    let prepared = prepare(&case, &Claims::new(&case, Scheme::Any).build(), 2, 0);
    let score = FunctionScore::new(case.rows(), mixed);
    let found = observe(&case, &[&prepared], &score, &Reference::new(), AMPLE).clean.remove(0);
    let rows: Vec<u32> = (0..u32::try_from(case.rows()).expect("few rows")).collect();
    let outputs = |row: u32| row_numbers(&case.forward(row, &[])[&case.outputs[0]], 0);
    let mut pairs = 0.0;
    for row in &rows {
        let outputs = outputs(*row);
        assert_eq!(found.model[*row as usize], Point::one(mixed(&outputs, *row)));
        pairs += rows.iter().map(|other| mixed(&outputs, *other)).sum::<f64>();
    }
    let expected = pairs / (rows.len() * rows.len()) as f64;
    let shuffled: Vec<f64> = found.shuffled.expect("it is cheap").iter().map(|point| point.value()).collect();
    assert!((mean(&shuffled) - expected).abs() < 1e-12);
}
