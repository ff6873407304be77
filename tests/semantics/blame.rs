//! Blame: the draws of one claim are exact, and no other number changes that draws are made from.

use super::differential::hold;
use super::support::case::Case;
use super::support::hypotheses::Generator;
use super::support::models;
use super::support::pipeline::{AMPLE, Prepared, prepare, run};
use super::support::scores::row_numbers;
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::hypothesis::{Computes, DataIx, End, Hypothesis, Rest, Scheme};
use ansatz::lower::Rule;
use ansatz::run::{Claim, claims_of};
use ansatz::sample::{Materials, draw_but};
use std::collections::BTreeMap;

const REFERENCES: usize = 6;

/// A hypothesis once for each of its claims, with the draws of this claim exact.
fn relaxed(case: &Case, prepared: &Prepared, seed: u64) -> BTreeMap<Claim, Prepared> {
    let tree = &prepared.program.tree;
    let (rows, classes, pairs) = (case.rows_by_data(), case.features.table(), case.pairs(&prepared.hypothesis));
    let materials = Materials { seed, rows: &rows, classes: &classes, pairs: &pairs };
    let one = |(claim, exact)| {
        let draws = draw_but(tree, prepared.draws.of(0), materials, &exact);
        (claim, Prepared { draws, ..prepared.clone() })
    };
    claims_of(tree, &prepared.hypothesis).into_iter().map(one).collect()
}

/// The hypothesis that says the same in the language, where there is one.
fn stated(hypothesis: &Hypothesis, claim: Claim) -> Option<Hypothesis> {
    let mut other = hypothesis.clone();
    match claim {
        Claim::Unclaimed(End::Root, None) => other.unclaimed = Scheme::Exact,
        Claim::Unclaimed(End::Node(node), None) => other.nodes[node.0].unclaimed = Scheme::Exact,
        Claim::Unclaimed(End::Node(node), Some(port)) => other.nodes[node.0].ports[port].1 = Scheme::Exact,
        Claim::Rest(node) => other.nodes[node.0].estimate.as_mut()?.rest = Rest::Exact,
        Claim::Arrow(at) => {
            let from = hypothesis.arrows[at].from;
            let alone = hypothesis.arrows.iter().filter(|arrow| arrow.from == from).count() == 1;
            let whole = matches!(hypothesis.node(from).computes, Computes::Any | Computes::Feature(_));
            if !alone || !whole {
                return None;
            }
            other.nodes[from.0].computes = Computes::Exact;
        }
        Claim::Unclaimed(End::Root, Some(_)) | Claim::Named(_) => return None,
    }
    Some(other)
}

fn outputs(case: &Case, prepared: &Prepared) -> Vec<f64> {
    let found = run(case, prepared, &Reference::new(), AMPLE).outputs.expect("outputs were to be kept").1;
    (0..REFERENCES).flat_map(|ordinal| found.iter().flat_map(move |output| row_numbers(output, ordinal))).collect()
}

/// How often each kind of claim was held against the hypothesis that states it.
fn hold_stated(case: &Case, seeds: std::ops::Range<u64>, counts: &mut BTreeMap<&'static str, usize>) {
    let generator = Generator::new(case);
    for seed in seeds {
        let hypothesis = generator.generate(seed, 40);
        let prepared = prepare(case, &hypothesis, REFERENCES, seed);
        for (claim, relaxed) in relaxed(case, &prepared, seed) {
            let Some(other) = stated(&hypothesis, claim) else { continue };
            let expected = outputs(case, &prepare(case, &other, REFERENCES, seed));
            let found = outputs(case, &relaxed);
            let scale = expected.iter().fold(1.0_f64, |most, number| most.max(number.abs()));
            let close = |(a, b): (&f64, &f64)| a == b || (a - b).abs() <= 2e-6 * scale;
            assert!(expected.iter().zip(&found).all(close), "{}, seed {seed}, {claim:?}: {hypothesis:#?}", case.name);
            let kind = match claim {
                Claim::Arrow(_) => "arrow",
                Claim::Unclaimed(_, None) => "unclaimed",
                Claim::Unclaimed(..) => "port",
                Claim::Named(_) => "draw",
                Claim::Rest(_) => "rest",
            };
            *counts.entry(kind).or_default() += 1;
        }
    }
}

#[test]
fn a_claim_that_is_blamed_is_as_if_it_were_exact() {
    let mut counts = BTreeMap::new();
    for case in [models::arithmetic(), models::shapes(), models::micro(false)] {
        hold_stated(&case, 500..520, &mut counts);
    }
    for (kind, least) in [("arrow", 10), ("unclaimed", 10), ("port", 3), ("rest", 3)] {
        assert!(counts.get(kind).is_some_and(|count| *count >= least), "few claims of a kind: {counts:?}");
    }
}

/// The draws of one claim are exact, the others are made from the same numbers; what comes out is what
/// the reference scrub makes of them.
#[test]
fn programs_are_run_on_relaxed_draws() {
    let engines: [Box<dyn Engine>; 1] = [Box::new(Reference::new())];
    let mut named = 0;
    for case in [models::arithmetic(), models::shapes(), models::micro(false)] {
        for seed in 520..545 {
            let hypothesis = Generator::new(&case).generate(seed, 40);
            // What is exact is a row of the first dataset, which the reference scrub takes for a mistake
            // where the claim draws from another.
            let first = |data: DataIx| data == DataIx::default();
            if !hypothesis.nodes.iter().all(|node| first(node.data))
                || !hypothesis.draws.iter().all(|draw| first(draw.data))
            {
                continue;
            }
            let prepared = prepare(&case, &hypothesis, REFERENCES, seed);
            for (claim, relaxed) in relaxed(&case, &prepared, seed) {
                // The reference scrub looks paired rows up by itself.
                let is_paired = matches!(claim, Claim::Named(draw) if hypothesis.draws[draw.0].paired);
                let held = hold(&case, &relaxed, &engines);
                assert!(is_paired || held.is_ok(), "{}, seed {seed}, {claim:?}: {held:?}", case.name);
                let exact = &claims_of(&prepared.program.tree, &prepared.hypothesis)[&claim];
                for (at, draw) in prepared.program.tree.draws.iter().enumerate() {
                    let free = !exact.keys().any(|id| id.0 == at) && !matches!(draw.rule, Rule::Agree { .. });
                    assert!(!free || prepared.draws.of(at) == relaxed.draws.of(at), "{claim:?} changes another draw");
                }
                if let Claim::Named(_) = claim {
                    named += 1;
                    let draw = exact.keys().next().expect("one draw");
                    assert_eq!(relaxed.draws.of(draw.0), relaxed.draws.of(0));
                }
            }
        }
    }
    assert!(named >= 3, "only {named} named draws");
}
