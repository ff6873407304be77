//! Telling mechanisms apart: `challenge ... distinguishes`.
#![allow(clippy::print_stdout, reason = "a test says what it measured")]

#[path = "support/checking.rs"]
mod checking;

use ansatz::data::row_keys;
use ansatz::engine::reference::Reference;
use ansatz::hypothesis::{Distinction, NodeIx};
use ansatz::plan::Limits;
use ansatz::report::distinguish::{DistinctionReport, report};
use ansatz::run::{DEFAULT_BUDGET, Settings, ready_of};
use ansatz::validate::distinguish::{Reading, Scrubbed, Sets, Told, World, distinguish};
use std::collections::BTreeSet;
use std::path::Path;

fn settings(limits: Limits) -> Settings {
    Settings {
        n: None,
        budget: DEFAULT_BUDGET,
        seed: 0,
        limits,
        keep_outputs: false,
        blame: false,
        reference_points: false,
        panel: false,
    }
}

fn told(text: &str, folder: &Path, limits: Limits) -> Vec<(Told, DistinctionReport)> {
    let (found, checked) = checking::bound("test.ansatz", text, folder);
    assert!(found.findings.iter().all(|finding| !finding.is_error()), "{:?}", found.findings);
    let engine = Reference::new();
    let one = |challenge: &Distinction| {
        let told = distinguish(challenge, &checked, (&engine, settings(limits)), &|_| {});
        let told = told.map_err(|fault| fault.message).expect("it runs");
        let report = report(challenge, &told, &found.sources);
        (told, report)
    };
    checked.distinctions.iter().map(one).collect()
}

const FIXTURES: &str = "tests/fixtures";

/// Strings with the wrong counts and the wrong order, and those that have one of the two right.
const SETS: &str =
    "    trusted   where not equal_count and not never_below\n    anomalous where equal_count != never_below\n";

fn micro(hypotheses: &str, of: &str, rest: &str) -> String {
    format!("use \"micro.ansatz\"\n\n{hypotheses}\nchallenge two of {of} distinguishes {{\n{SETS}{rest}}}\n")
}

const AMPLE: Limits = Limits { memory: 1 << 30, threads: 2 };

/// A hypothesis with what the untouched model gives and what scrubbing gives, row by row.
fn scrubbed(text: &str, seed: u64) -> (Vec<f64>, Scrubbed, usize) {
    let (found, checked) = checking::bound("test.ansatz", text, Path::new(FIXTURES));
    assert!(found.findings.iter().all(|finding| !finding.is_error()), "{:?}", found.codes());
    let challenge = &checked.distinctions[0];
    let ready = ready_of(&checked, &challenge.hypothesis).expect("it is ready");
    let model = checked.models[0].as_ref().expect("it is there");
    let sets = Sets::choose(challenge, &checked, seed);
    let engine = Reference::new();
    let world = World::new((challenge, &checked), (ready, model, &sets), (&engine, seed, AMPLE), &|_| {});
    let world = world.map_err(|fault| fault.message).expect("features have values");
    let reading = Reading::of(&world, false).map_err(|fault| fault.message).expect("it runs");
    let scrubbed = world.scrub(&ready.stated.claims).map_err(|fault| fault.message).expect("it runs");
    (reading.behaviour, scrubbed, sets.trusted_fitted().len())
}

/// Without claims the outputs are those of the drawn row; all labels of the two sets are 0. So with one draw
/// every value is the loss of some fitted trusted row, and with many the mean is near the mean over those.
#[test]
fn all_draws_are_fitted_trusted_rows() {
    let nothing = "hypothesis nothing explains loss on strings {\n}\n";
    let (model, once, fitted) = scrubbed(&micro(nothing, "nothing", "    draws 1\n"), 3);
    let drawn = |value: &f64| model[..fitted].iter().any(|own| (own - value).abs() < 1e-6);
    assert!(once.means.iter().all(drawn), "{:?}", once.means);
    assert!(once.means.iter().any(|value| (value - once.means[0]).abs() > 1e-4), "draws differ from row to row");
    assert!(!model.iter().all(drawn), "the test could not fail");
    let (_, often, _) = scrubbed(&micro(nothing, "nothing", "    draws 400\n"), 3);
    let mean = model[..fitted].iter().sum::<f64>() / fitted as f64;
    let square = model[..fitted].iter().map(|own| (own - mean).powi(2)).sum::<f64>() / fitted as f64;
    let error = (square / 400.0).sqrt();
    assert!(often.means.iter().all(|value| (value - mean).abs() < 5.0 * error), "{mean} {error} {:?}", often.means);
}

/// With every draw exact, scrubbing changes nothing; with a claim whose class no trusted row has, the row
/// itself is drawn, and counted.
#[test]
fn a_class_without_trusted_rows_draws_the_row_itself() {
    let exact = "hypothesis all explains loss on strings {\n    unclaimed exact\n}\n";
    let (model, found, _) = scrubbed(&micro(exact, "all", "    draws 2\n"), 0);
    assert!(found.means.iter().zip(&model).all(|(one, other)| (one - other).abs() < 1e-5));
    let counts = "hypothesis counts explains loss on strings {\n    node count = heads(1, 0)  computes equal_count\n\n    unclaimed exact\n    count -> loss\n}\n";
    let (model, found, _) = scrubbed(&micro(counts, "counts", "    draws 2\n"), 0);
    let own: Vec<usize> = (0..found.own.len()).filter(|row| found.own[*row] == 1.0).collect();
    assert!(found.own.iter().all(|share| *share == 0.0 || *share == 1.0), "one claim, drawn or not");
    assert!(!own.is_empty() && own.len() < model.len());
    assert!(own.iter().all(|row| (found.means[*row] - model[*row]).abs() < 1e-5), "there scrubbing changes nothing");
    let others = (0..model.len()).filter(|row| found.own[*row] == 0.0);
    assert!(others.into_iter().any(|row| (found.means[row] - model[row]).abs() > 1e-4), "elsewhere it does");
}

/// What one node gives is a patch of that node alone: a hypothesis that says so in the language gives the
/// same numbers.
#[test]
fn direct_contributions_are_those_of_a_written_patch() {
    let patch = "hypothesis patch explains loss on strings {\n    node count = heads(1, 0)  computes any\n\n    unclaimed exact\n    count -> loss\n}\n";
    let text = micro(patch, "patch", "    draws 3\n");
    let (model, written, _) = scrubbed(&text, 1);
    let (_, checked) = checking::bound("test.ansatz", &micro(patch, "base", "    draws 3\n"), Path::new(FIXTURES));
    let challenge = &checked.distinctions[0];
    let ready = ready_of(&checked, "base").expect("it is ready");
    let bound = checked.models[0].as_ref().expect("it is there");
    let sets = Sets::choose(challenge, &checked, 1);
    let engine = Reference::new();
    let world = World::new((challenge, &checked), (ready, bound, &sets), (&engine, 1, AMPLE), &|_| {});
    let world = world.map_err(|fault| fault.message).expect("features have values");
    let found = world.scrub(&world.patched(NodeIx(0))).map_err(|fault| fault.message).expect("it runs");
    assert_eq!(found.means, written.means);
    assert!(found.means.iter().zip(&model).any(|(one, other)| (one - other).abs() > 1e-4), "a patch does something");
}

/// No row is both fitted and scored, no input is there twice, and the seed decides which half is which.
#[test]
fn halves_are_disjoint() {
    let (_, checked) = checking::bound("test.ansatz", &micro("", "base", ""), Path::new(FIXTURES));
    let inputs = |seed: u64| {
        let sets = Sets::choose(&checked.distinctions[0], &checked, seed);
        let keys = row_keys(&sets.pooled, &["tokens"]);
        let parts = [sets.trusted_fitted(), sets.trusted_scored(), sets.anomalous_fitted(), sets.anomalous_scored()];
        assert_eq!(parts.iter().map(ExactSizeIterator::len).sum::<usize>(), sets.pooled.rows);
        parts.map(|part| keys[part].iter().copied().collect::<BTreeSet<[u8; 32]>>())
    };
    let (one, other) = (inputs(0), inputs(1));
    let all: BTreeSet<&[u8; 32]> = one.iter().flatten().collect();
    assert_eq!(all.len(), one.iter().map(BTreeSet::len).sum::<usize>(), "an input is there twice");
    assert_ne!(one[0], other[0]);
    assert_eq!(one.iter().flatten().collect::<BTreeSet<_>>(), other.iter().flatten().collect::<BTreeSet<_>>());
}

/// Memory and threads change no number.
#[test]
fn cuts_change_nothing() {
    let text = micro("", "base", "    draws 2\n    expect auroc(mahalanobis) >= 0.99\n");
    let report = |memory: u64, threads: usize| {
        let found = told(&text, Path::new(FIXTURES), Limits { memory, threads });
        serde_json::to_string(&found[0].1).expect("it can be written")
    };
    let whole = report(1 << 30, 1);
    assert_eq!(whole, report(1 << 30, 3));
    assert_eq!(whole, report(3 << 20, 2));
    assert!(whole.contains("random_components") && whole.contains("\"verdict\""), "{whole}");
}

/// What the text says of every score and control, in no more than 100 columns.
#[test]
fn the_text_says_everything() {
    let text = micro("", "base", "    draws 2\n    expect precision(effect) in supervised < 0.1\n");
    let found = told(&text, Path::new(FIXTURES), AMPLE);
    let text = ansatz::report::distinguish::text(&found[0].1);
    println!("{text}");
    for said in ["effect", "direct", "  count", "mahalanobis", "outputs", "all components", "random sets", "refuted"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

/// The example: one hypothesis knows both ways in which a string is rejected, the other knows one.
#[test]
fn the_example_holds() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets/distinguish.ansatz");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["validate", "--strict", "--format", "json"])
        .arg(file)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/validation.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let auroc = |challenge: usize, score: &str| {
        let scores = report["challenges"][challenge]["scores"].as_array().expect("scores").iter();
        let found = scores.into_iter().find(|found| found["name"] == score).expect("it is there");
        found["trusted"]["auroc"]["value"].as_f64().expect("a number")
    };
    assert!(auroc(1, "effect") > auroc(0, "effect") + 0.05, "what is not explained stands out");
    // Whatever is claimed, activations tell these sets apart: the control says so.
    assert_eq!(report["challenges"][0]["controls"]["random_components"]["sets"], 20);
}
