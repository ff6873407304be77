//! Generated hypotheses: every draw and every scrubbed output as the reference scrub has them.

use super::support::case::Case;
use super::support::engines;
use super::support::hypotheses::{Traits, generate};
use super::support::models;
use super::support::paths::Paths;
use super::support::pipeline::{AMPLE, Prepared, prepare, run};
use super::support::scores::{mixed, numbers, row_numbers};
use super::support::scrub::{DrawKey, Scrub};
use ansatz::engine::{Engine, Value};
use ansatz::estimate::Point;
use ansatz::execute::Scrubbed;
use ansatz::hypothesis::Hypothesis;
use std::collections::BTreeSet;

/// References of each hypothesis.
const REFERENCES: usize = 8;

/// The scrubbed outputs of each reference as the reference scrub has them.
fn by_reference(case: &Case, prepared: &Prepared) -> Vec<Vec<Value>> {
    let by_key = prepared.by_key();
    let oracle = |key: &DrawKey, ordinal: usize| by_key.get(key).map(|rows| rows[ordinal]);
    let scrub = Scrub::new(case, &prepared.hypothesis, &oracle);
    let references = prepared.draws.of(0);
    let outputs =
        references.iter().enumerate().map(|(ordinal, reference)| scrub.outputs(ordinal, *reference)).collect();
    let made: BTreeSet<DrawKey> = by_key.keys().cloned().collect();
    assert!(made.is_subset(&scrub.asked()), "draws that are made and not needed");
    outputs
}

/// The largest difference between two lists, relative to the largest number of the first, at least 1.
fn apart(expected: &[f64], found: &[f64]) -> f64 {
    assert_eq!(expected.len(), found.len());
    let scale = expected.iter().fold(1.0_f64, |most, number| most.max(number.abs()));
    expected.iter().zip(found).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / scale
}

fn check(case: &Case, prepared: &Prepared, expected: &[Vec<Value>], found: &Scrubbed, tolerance: f64, told: &str) {
    let (_, scrubbed) = found.outputs.as_ref().expect("outputs were to be kept");
    for (ordinal, expected) in expected.iter().enumerate() {
        let mut all = Vec::new();
        for (output, expected) in scrubbed.iter().zip(expected) {
            let row = row_numbers(output, ordinal);
            let apart = apart(&numbers(expected), &row);
            assert!(apart <= tolerance, "{told}: reference {ordinal} is {apart:e} apart\n{}", dump(case, prepared));
            all.extend(row);
        }
        let value = mixed(&all, prepared.draws.of(0)[ordinal]);
        assert!(Point::one(value) == found.points[ordinal], "{told}: the behaviour of reference {ordinal}");
    }
}

fn dump(case: &Case, prepared: &Prepared) -> String {
    format!("{:#?}\n{}", prepared.hypothesis, prepared.program.dump(&case.graph))
}

fn hold(case: &Case, hypothesis: &Hypothesis, seed: u64, engines: &[Box<dyn Engine>]) {
    let prepared = prepare(case, hypothesis, REFERENCES, seed);
    let expected = by_reference(case, &prepared);
    for engine in engines {
        // The reference engine computes each row by itself, in the same order as a full pass does.
        let tolerance = if engine.name() == "reference" { 0.0 } else { 1e-5 };
        let found = run(case, &prepared, engine.as_ref(), AMPLE);
        let told = format!("{} on {}, hypothesis {seed}", engine.name(), case.name);
        check(case, &prepared, &expected, &found, tolerance, &told);
    }
}

fn hold_many(case: &Case, seeds: std::ops::Range<u64>, most: usize) -> Vec<Traits> {
    let (paths, engines) = (Paths::new(case), engines());
    let mut found = Vec::new();
    for seed in seeds {
        let (hypothesis, traits) = generate(case, &paths, seed, most);
        hold(case, &hypothesis, seed, &engines);
        found.push(traits);
    }
    found
}

/// That the hypotheses of a case have in them what they are there to test.
fn assert_variety(case: &Case, found: &[Traits], several_outputs: bool) {
    let count = |of: fn(&Traits) -> bool| found.iter().filter(|traits| of(traits)).count();
    let counts = [
        ("four arrows below the root", count(|traits| traits.depth >= 4)),
        ("a node with two arrows", count(|traits| traits.diamond)),
        ("a per-position leaf", count(|traits| traits.elementwise_leaf)),
        ("an opened per-position node", count(|traits| traits.elementwise_opened)),
        ("a per-position claim under another", count(|traits| traits.elementwise_nested)),
        ("a part of a component", count(|traits| traits.sliced)),
        ("a node that cuts no paths", count(|traits| traits.site)),
        ("an exact unclaimed rule", count(|traits| traits.unclaimed_exact)),
        ("an exact claim", count(|traits| traits.exact)),
        ("an empty claim", count(|traits| traits.any)),
        ("a feature", count(|traits| traits.feature)),
        ("several outputs", if several_outputs { count(|traits| traits.outputs > 1) } else { usize::MAX }),
    ];
    for (what, times) in counts {
        assert!(times >= 2, "{}: {what} in {times} of {} hypotheses", case.name, found.len());
    }
}

#[test]
fn arithmetic() {
    let case = models::arithmetic();
    assert_variety(&case, &hold_many(&case, 0..80, 80), true);
}

#[test]
fn a_transformer() {
    let case = models::micro(false);
    assert_variety(&case, &hold_many(&case, 100..160, 80), false);
}

#[test]
fn a_transformer_of_the_legacy_exporter() {
    hold_many(&models::micro(true), 200..220, 80);
}

#[test]
fn shapes() {
    let case = models::shapes();
    assert_variety(&case, &hold_many(&case, 300..380, 80), true);
}

#[test]
fn tangles() {
    let mut found = Vec::new();
    for seed in 0..25 {
        found.extend(hold_many(&models::tangle(seed), seed * 10..seed * 10 + 3, 40));
    }
    assert_variety(&models::tangle(0), &found, true);
}
