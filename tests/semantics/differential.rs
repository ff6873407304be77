//! Generated hypotheses: every draw and every scrubbed output as the reference scrub has them.
#![allow(clippy::panic, clippy::print_stdout, reason = "a test fails by panicking, and says what it tried")]

use super::invariants::reordered;
use super::support::case::Case;
use super::support::engines;
use super::support::hypotheses::Generator;
use super::support::models;
use super::support::pipeline::{AMPLE, Prepared, prepare, run};
use super::support::scores::{mixed, numbers, row_numbers};
use super::support::scrub::{DrawKey, Scrub};
use super::support::shrink::shrink;
use super::support::traits::{Traits, traits};
use ansatz::engine::{Engine, Value};
use ansatz::estimate::Point;
use ansatz::hypothesis::{Arrow, Hypothesis};
use std::collections::{BTreeMap, BTreeSet};

/// References of each hypothesis.
const REFERENCES: usize = 6;

/// The scrubbed outputs of each reference as the reference scrub has them.
fn by_reference(case: &Case, prepared: &Prepared) -> Result<Vec<Vec<Value>>, String> {
    let by_key = prepared.by_key();
    let oracle = |key: &DrawKey, ordinal: usize| by_key.get(key).map(|rows| rows[ordinal]);
    let scrub = Scrub::new(case, &prepared.hypothesis, &oracle);
    let references = prepared.draws.of(0);
    let outputs =
        references.iter().enumerate().map(|(ordinal, reference)| scrub.outputs(ordinal, *reference)).collect();
    let asked = scrub.asked();
    match by_key.keys().find(|key| !asked.contains(*key)) {
        Some(key) => Err(format!("a draw that is made and not needed: {key:?}")),
        None => Ok(outputs),
    }
}

/// The largest difference between two lists, relative to the largest number of the first, at least 1.
fn apart(expected: &[f64], found: &[f64]) -> f64 {
    assert_eq!(expected.len(), found.len());
    let scale = expected.iter().fold(1.0_f64, |most, number| most.max(number.abs()));
    let difference = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { (a - b).abs() };
    // A number that is none is as far away as can be.
    let differences = expected.iter().zip(found).map(difference).map(|by| if by.is_nan() { f64::INFINITY } else { by });
    differences.fold(0.0_f64, f64::max) / scale
}

/// What an engine does otherwise than the reference scrub.
fn compare(case: &Case, prepared: &Prepared, expected: &[Vec<Value>], engine: &dyn Engine) -> Result<(), String> {
    // The reference engine computes each row by itself, in the same order as a full pass does; but sums that
    // are taken apart, of terms or of an estimate and its rest, are rounded elsewhere.
    let apart_by = |arrow: &Arrow| arrow.terms.is_some();
    let claims = &prepared.hypothesis;
    let sums = claims.arrows.iter().any(apart_by) || claims.nodes.iter().any(|node| node.estimate.is_some());
    let tolerance = match engine.name() {
        "reference" if sums => 2e-6,
        "reference" => 0.0,
        _ => 1e-5,
    };
    let found = run(case, prepared, engine, AMPLE);
    let (_, scrubbed) = found.outputs.as_ref().expect("outputs were to be kept");
    for (ordinal, expected) in expected.iter().enumerate() {
        let mut all = Vec::new();
        for (output, expected) in scrubbed.iter().zip(expected) {
            let row = row_numbers(output, ordinal);
            let apart = apart(&numbers(expected), &row);
            if apart > tolerance {
                return Err(format!("{}: reference {ordinal} is {apart:e} apart", engine.name()));
            }
            all.extend(row);
        }
        let value = mixed(&all, prepared.draws.of(0)[ordinal]);
        if Point::one(value) != found.points[ordinal] {
            return Err(format!("{}: the behaviour of reference {ordinal}", engine.name()));
        }
    }
    Ok(())
}

pub(super) fn hold(case: &Case, prepared: &Prepared, engines: &[Box<dyn Engine>]) -> Result<(), String> {
    let expected = by_reference(case, prepared)?;
    engines.iter().try_for_each(|engine| compare(case, prepared, &expected, engine.as_ref()))
}

/// Further seeds, for a wider search by hand: `ANSATZ_SEEDS=1000..2000 cargo test --test semantics`.
fn further_seeds() -> std::ops::Range<u64> {
    let asked = super::support::runtime::variable("ANSATZ_SEEDS");
    if asked.is_empty() {
        return 0..0;
    }
    let (first, last) = asked.split_once("..").expect("ANSATZ_SEEDS is FIRST..LAST");
    first.parse().expect("a number")..last.parse().expect("a number")
}

fn hold_many(case: &Case, seeds: std::ops::Range<u64>, most: usize) -> Vec<Traits> {
    let (generator, engines) = (Generator::new(case), engines());
    let one = |seed: u64| {
        let hypothesis = generator.generate(seed, most);
        let prepare = |hypothesis: &Hypothesis| prepare(case, hypothesis, REFERENCES, seed);
        let prepared = prepare(&hypothesis);
        if let Err(what) = hold(case, &prepared, &engines) {
            let small =
                prepare(&shrink(case, &hypothesis, &|smaller| hold(case, &prepare(smaller), &engines).is_err()));
            panic!("{}, seed {seed}: {what}\n{}", case.name, dump(case, &small));
        }
        let mut found = traits(case, &hypothesis);
        found.extend(mixing(&prepared));
        found
    };
    seeds.chain(further_seeds()).map(one).collect()
}

fn dump(case: &Case, prepared: &Prepared) -> String {
    format!("{:#?}\n{}", prepared.hypothesis, prepared.program.dump(&case.graph))
}

/// Whether a claim by position under another one has several positions for each of it, or one.
fn mixing(prepared: &Prepared) -> Traits {
    let tree = &prepared.program.tree;
    let mut found = Traits::new();
    for parent in tree.visits.iter().filter(|visit| visit.axes.is_some()) {
        for child in parent.children.iter().map(|child| &tree.visits[child.0]).filter(|child| child.axes.is_some()) {
            let (above, own) = (tree.space(parent.space).len(), tree.space(child.space).len());
            found.insert(if own > above { "positions that mix" } else { "positions that do not mix" }.to_owned());
        }
    }
    found
}

/// What hypotheses of every case have in them.
const EVERYWHERE: [&str; 45] = [
    "->",
    "~>",
    "-> into ports",
    "~> into ports",
    "-> from a part of a node",
    "~> from a part of a node",
    "-> to a part of a node",
    "~> except via",
    "a joined node",
    "a node with two arrows",
    "a part of a component",
    "a node that cuts no paths",
    "four arrows below the root",
    "data from another dataset",
    "a pool",
    "a leaf computes exact",
    "a leaf computes any",
    "a leaf computes a feature",
    "a leaf computes a feature by position",
    "a leaf computes a mean",
    "a leaf computes zero",
    "a leaf computes a constant",
    "an opened node computes exact",
    "an opened node computes any",
    "an opened node computes a feature",
    "an opened node computes a feature by position",
    "a per-position claim under a per-position one",
    "another claim under a per-position one",
    "an estimate by an expression, rest any",
    "an estimate by an expression, rest exact",
    "an estimate by an expression, rest of a class",
    "the behaviour has unclaimed any",
    "the behaviour has unclaimed exact",
    "the behaviour has unclaimed apart",
    "the behaviour has unclaimed a mean",
    "the behaviour has unclaimed a mean over a class",
    "the behaviour has unclaimed a constant",
    "the behaviour has unclaimed a draw",
    "a node has unclaimed any",
    "a node has unclaimed exact",
    "a node has unclaimed apart",
    "a node has unclaimed a draw",
    "a draw of the same dataset",
    "a draw of another dataset",
    "a draw that is shared",
];

fn assert_variety(name: &str, found: &[Traits], wanted: &[&str]) {
    let mut counts: BTreeMap<&str, usize> = wanted.iter().map(|wanted| (*wanted, 0)).collect();
    for traits in found {
        for what in traits {
            *counts.entry(what).or_default() += 1;
        }
    }
    println!("{name}: {} hypotheses: {counts:#?}", found.len());
    let few: BTreeSet<&&str> = wanted.iter().filter(|wanted| counts[**wanted] < 2).collect();
    assert!(few.is_empty(), "{name}: few of {} hypotheses have {few:?}", found.len());
}

#[test]
fn arithmetic() {
    let case = models::arithmetic();
    assert_variety("arithmetic", &hold_many(&case, 0..160, 80), &EVERYWHERE);
}

#[test]
fn a_transformer() {
    let case = models::micro(false);
    // 143: a claim into a position that nothing asks for, below which nothing is computed.
    assert_variety("micro", &hold_many(&case, 100..200, 80), &EVERYWHERE);
}

#[test]
fn a_transformer_of_the_legacy_exporter() {
    hold_many(&models::micro(true), 200..220, 80);
}

#[test]
fn shapes() {
    let case = models::shapes();
    assert_variety("shapes", &hold_many(&case, 300..420, 80), &EVERYWHERE);
}

#[test]
fn tangles() {
    let mut found = Vec::new();
    for seed in 0..25 {
        found.extend(hold_many(&models::tangle(seed), seed * 10..seed * 10 + 8, 40));
    }
    assert_variety("tangles", &found, &EVERYWHERE);
}

/// Claims in another order: what is worked out once for several of them must not depend on which is first.
#[test]
fn in_another_order() {
    let (case, engines) = (models::shapes(), engines());
    let generator = Generator::new(&case);
    for seed in 60..100 {
        for hypothesis in [generator.generate(seed, 40), reordered(&generator.generate(seed, 40), seed)] {
            let prepared = prepare(&case, &hypothesis, REFERENCES, seed);
            if let Err(what) = hold(&case, &prepared, &engines) {
                panic!("{}, seed {seed}: {what}\n{}", case.name, dump(&case, &prepared));
            }
        }
    }
}
