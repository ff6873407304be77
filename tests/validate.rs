//! `ansatz validate`: challenges on the fixtures, on our bracket model, and on the published one where
//! `ANSATZ_PUBLISHED_BRACKETS` names its folder.
#![allow(clippy::panic, reason = "a test fails by panicking")]
mod support;
#[path = "published/tables.rs"]
mod tables;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use support::runtime::variable;

/// Tokens of a string.
const LENGTH: usize = 42;
const SCHEMA: &str = include_str!("../docs/validation.schema.json");

fn validate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("validate")
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn report(arguments: &[&str]) -> (Value, Output) {
    let output = validate(&[arguments, &["--format", "json"]].concat());
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (report, output)
}

fn is_valid(report: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let findings: Vec<String> = validator.iter_errors(report).map(|error| error.to_string()).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// A file beside the fixture in a folder of its own.
fn file(folder: &Path, challenge: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/micro.ansatz");
    let path = folder.join("file.ansatz");
    let text = format!("use \"{}\"\n\nfeature opens : int = sum(int(is_open))\n\n{challenge}", fixtures.display());
    #[expect(clippy::disallowed_methods, reason = "tests write files themselves")]
    std::fs::write(&path, text).expect("a temporary file");
    path.display().to_string()
}

const FIXTURE: &str = "challenge open of base fools {\n    from strings\n    rank by scrubbed(loss) + real(opens)\n    draws 3\n    budget 20\n    match equal_count\n    expect rate >= 0\n    expect ratio(matched) >= 1000\n}\n";

#[test]
fn a_challenge_is_deterministic_and_its_report_is_what_the_schema_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = file(folder.path(), FIXTURE);
    let (first, output) = report(&[&path, "--engine", "reference", "--threads", "1"]);
    is_valid(&first);
    assert_eq!(output.status.code(), Some(1), "a ratio of 1000 is refuted, or there are no successes");
    let (again, _) = report(&[&path, "--engine", "reference", "--threads", "3", "--memory", "200M"]);
    assert_eq!(first["challenges"], again["challenges"]);
    let found = &first["challenges"][0];
    let source = &found["source"];
    assert_eq!((&source["rows"], &source["duplicates"], &source["distinct"]), (&200.into(), &110.into(), &90.into()));
    assert_eq!((&found["tried"], &found["draws"]), (&20.into(), &3.into()));
    let names: Vec<&str> =
        found["controls"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["random", "matched", "confidence", "permuted"]);
    assert_eq!(found["controls"][0]["n"], 90);
    assert_eq!(found["controls"][3]["n"], 400);
    let other = report(&[&path, "--engine", "reference", "--seed", "1"]).0;
    assert_ne!(first["challenges"], other["challenges"]);
}

#[test]
fn text_is_narrow_and_only_chooses() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let more = FIXTURE.replace("open of", "other of");
    let path = file(folder.path(), &format!("{FIXTURE}\n{more}"));
    let text = |arguments: &[&str]| {
        let output = validate(&[&[path.as_str(), "--engine", "reference"], arguments].concat());
        String::from_utf8(output.stdout).expect("text")
    };
    let all = text(&[]);
    assert!(all.lines().all(|line| line.chars().count() <= 100), "{all}");
    assert!(all.contains("open: ") && all.contains("other: ") && all.contains("matched"), "{all}");
    assert!(!text(&["--only", "other"]).contains("open: "));
    let unknown = validate(&[&path, "--only", "opn", "--engine", "reference"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("A9207"));
}

#[test]
fn the_challenges_of_our_bracket_model() {
    let (found, output) = report(&["examples/brackets/challenges.ansatz"]);
    is_valid(&found);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let [few, predicted] = found["challenges"].as_array().expect("a list").as_slice() else { panic!("{found}") };
    // The model makes few errors, and none on these.
    assert!(few["hits"].as_u64() <= Some(15) && few["tried"] == 300, "{few}");
    assert!(predicted["draws"] == 2 && predicted["tried"] == 100, "{predicted}");
}

#[test]
fn inputs_that_fool_the_published_model_are_found() {
    let folder = variable("ANSATZ_PUBLISHED_BRACKETS");
    if folder.is_empty() {
        return;
    }
    let folder = Path::new(&folder);
    let out = tempfile::tempdir().expect("a temporary folder");
    let [phi, adjusted] = tables::tables(folder, out.path());
    let bound = |name: &str, path: &Path| format!("{name}={}", path.display());
    let (model, parens) = (folder.join("brackets.onnx"), folder.join("parens.npz"));
    let (found, output) = report(&[
        "examples/brackets/published-challenges.ansatz",
        "--model",
        &bound("bracket", &model),
        "--data",
        &bound("parens", &parens),
        "--data",
        &bound("phi", &phi),
        "--data",
        &bound("adjusted", &adjusted),
    ]);
    is_valid(&found);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let challenge = &found["challenges"][0];
    assert_eq!(challenge["verdict"], "confirmed", "{challenge}");
    let matched = &challenge["controls"][1];
    assert!(matched["name"] == "matched" && matched["ratio"]["low"].as_f64() >= Some(10.0), "{matched}");
}

/// Comparisons with NaN are false: without a word, such a model would never be fooled.
#[test]
fn what_is_no_number_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let broken = "behaviour broken = log(logits[0]) + cross_entropy(logits, label)\n\nhypothesis other explains broken on strings {\n    node count = heads(1, 0)  computes equal_count\n\n    count -> broken\n}\n\nchallenge open of other fools {\n    from strings\n    rank by opens\n    success broken > 100\n    budget 20\n}\n";
    let path = file(folder.path(), broken);
    let output = validate(&[&path, "--engine", "reference"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("A6010") && told.contains("not a finite number"), "{told}");
}

/// Challenges that were carried out are not carried out again, and a report from those that were kept is
/// the report.
#[test]
fn challenges_go_on_where_they_were_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told = "challenge told of base distinguishes {\n    trusted   where equal_count\n    anomalous where not equal_count\n    draws 2\n    expect auroc(effect) >= 2\n}\n";
    let path = file(folder.path(), &format!("{FIXTURE}\n{}\n{told}", FIXTURE.replace("open of", "other of")));
    let out = folder.path().join("kept").display().to_string();
    let run = |arguments: &[&str]| report(&[&[path.as_str(), "--engine", "reference"], arguments].concat());
    let (whole, output) = run(&[]);
    let (first, _) = run(&["-o", &out]);
    assert_eq!(first["challenges"], whole["challenges"]);
    let kept = Path::new(&out).join("validation.progress.json");
    let read = || -> Value {
        serde_json::from_slice(&ansatz::files::read(&kept, 1 << 24).expect("it is kept")).expect("it is JSON")
    };
    // As if it had been stopped after the first, with another number in it.
    let mut progress = read();
    progress["challenges"].as_array_mut().expect("a list").truncate(1);
    progress["challenges"][0]["budget"] = 7.into();
    let bytes = serde_json::to_vec(&progress).expect("it is JSON");
    ansatz::files::write(&kept, &bytes).expect("it can be written");
    let (again, ended) = run(&["-o", &out]);
    is_valid(&again);
    assert_eq!(again["challenges"][0]["budget"], 7, "it was taken as it was kept");
    assert_eq!((&again["challenges"][1], ended.status.code()), (&whole["challenges"][1], output.status.code()));
    // Another seed asks for other numbers.
    let (other, _) = run(&["-o", &out, "--seed", "3"]);
    assert_ne!(other["challenges"][0]["budget"], 7);
}
