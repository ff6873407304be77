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
use ansatz::execute::Scrubbed;
use ansatz::hypothesis::Hypothesis;
use std::collections::BTreeSet;

/// References of each hypothesis.
const REFERENCES: usize = 8;

/// The scrubbed outputs of each reference as the reference scrub has them.
fn by_reference(case: &Case, prepared: &Prepared) -> Vec<Vec<Value>> {
    let by_key = prepared.by_key();
    let oracle = |key: &DrawKey, ordinal: usize| -> u32 {
        let rows = by_key.get(key);
        rows.unwrap_or_else(|| unreachable!("no draw for {key:?}"))[ordinal]
    };
    let scrub = Scrub::new(case, &prepared.hypothesis, &oracle);
    let references = prepared.draws.of(0);
    let outputs =
        references.iter().enumerate().map(|(ordinal, reference)| scrub.outputs(ordinal, *reference)).collect();
    let made: BTreeSet<DrawKey> = by_key.keys().cloned().collect();
    assert_eq!(scrub.asked(), made, "the draws that are needed and those that are made");
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
        assert!(value == found.values[ordinal], "{told}: the behaviour of reference {ordinal}");
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

#[test]
fn arithmetic() {
    hold_many(&models::arithmetic(), 0..60, 60);
}

#[test]
fn a_transformer() {
    hold_many(&models::micro(false), 100..150, 60);
}

#[test]
fn a_transformer_of_the_legacy_exporter() {
    hold_many(&models::micro(true), 200..220, 60);
}

#[test]
fn shapes() {
    hold_many(&models::shapes(), 300..360, 60);
}

#[test]
fn tangles() {
    for seed in 0..30 {
        hold_many(&models::tangle(seed), seed * 10..seed * 10 + 3, 40);
    }
}

#[test]
fn show_traits() {
    for case in [models::arithmetic(), models::micro(false), models::shapes(), models::tangle(3)] {
        let t = hold_many(&case, 0..100, 200);
        let count = |f: &dyn Fn(&Traits) -> bool| t.iter().filter(|t| f(t)).count();
        println!(
            "{}: visits {} opened {} depth4 {} diamond {} eleaf {} eopen {} enest {} sliced {} site {} out2 {} ux {} exact {} any {} feat {}",
            case.name,
            t.iter().map(|t| t.visits).sum::<usize>(),
            t.iter().map(|t| t.opened).sum::<usize>(),
            count(&|t| t.depth >= 4),
            count(&|t| t.diamond),
            count(&|t| t.elementwise_leaf),
            count(&|t| t.elementwise_opened),
            count(&|t| t.elementwise_nested),
            count(&|t| t.sliced),
            count(&|t| t.site),
            count(&|t| t.outputs > 1),
            count(&|t| t.unclaimed_exact),
            count(&|t| t.exact),
            count(&|t| t.any),
            count(&|t| t.feature)
        );
    }
}
