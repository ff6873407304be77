//! The models of `examples/truth`, whose mechanisms are known: true claims hold, wrong ones are
//! refuted, and every claim recovers what the independent implementation says in mechanisms.json.

#[path = "support/runtime.rs"]
#[allow(dead_code, clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]
mod runtime;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Passes over the data behind each figure of mechanisms.json.
const ROUNDS: f64 = 8.0;
/// Figures of mechanisms.json have four digits.
const ROUNDED: f64 = 5e-5;
/// Standard errors that two estimates of one figure may be apart: about 170 claims are compared.
const APART: f64 = 4.0;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/truth")
}

fn text(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    std::fs::read_to_string(folder().join(name)).expect("the file is there")
}

fn ansatz(arguments: &[&str], file: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--format", "json"])
        .arg(folder().join(file))
        .output()
        .expect("the program starts")
}

fn engines() -> Vec<&'static str> {
    let mut engines = vec!["reference"];
    engines.extend(runtime::onnxruntime().map(|_| "onnxruntime"));
    engines
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The claims on a model in mechanisms.json, in order: those that hold, then those that are wrong.
fn figures(name: &str) -> Vec<(String, f64)> {
    let all: Value = serde_json::from_str(&text("mechanisms.json")).expect("mechanisms.json is JSON");
    let claims = ["true", "survives", "wrong"].map(|kind| list(&all[name], kind));
    assert!(claims[2].len() >= 10, "{name} has ten wrong claims");
    let title = |claim: &Value| claim["claim"].as_str().expect("a title").to_owned();
    claims.concat().iter().map(|claim| (title(claim), number(&claim["recovered"]))).collect()
}

/// The titles in a hypothesis file: the notes above its hypotheses and its variants.
fn titles(name: &str) -> Vec<String> {
    let text = text(&format!("{name}.ansatz"));
    let lines: Vec<&str> = text.lines().collect();
    let claims = lines.windows(2).filter(|pair| {
        pair[1].starts_with("hypothesis ") || pair[1].starts_with("expect ") && pair[1].contains(" with {")
    });
    claims.map(|pair| pair[0].trim_start_matches("/// ").to_owned()).collect()
}

/// Every expectation holds on every engine, and every figure is that of mechanisms.json.
fn holds(name: &str) {
    let figures = figures(name);
    assert_eq!(titles(name), figures.iter().map(|(title, _)| title.clone()).collect::<Vec<_>>(), "{name}");
    for engine in engines() {
        let arguments = ["run", "--strict", "--n", "1000", "--engine", engine];
        let output = ansatz(&arguments, &format!("{name}.ansatz"));
        assert!(output.status.success(), "{name} on {engine}: {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let reported = list(&report, "hypotheses");
        assert_eq!(reported.len(), figures.len(), "{name} on {engine}");
        for (found, (title, independent)) in reported.iter().zip(&figures) {
            let said = format!("{name} on {engine}, {title}: {found}");
            assert_eq!(found["verdict"], "confirmed", "{said}");
            assert!(number(&found["identity_error"]) < 1e-5, "{said}");
            let range = number(&found["baseline"]["value"]) - number(&found["model"]["value"]);
            let error = number(&found["scrubbed"]["stderr"]) / range * (1.0 + 1.0 / ROUNDS).sqrt();
            let apart = (number(&found["recovered"]["value"]) - independent).abs();
            assert!(apart <= APART * error + ROUNDED, "{said}\nindependent: {independent}");
        }
        for found in list(&report, "interchanges") {
            assert_eq!(found["verdict"], "confirmed", "{name} on {engine}: {found}");
        }
    }
}

#[test]
fn count() {
    holds("count");
}

#[test]
fn repeat() {
    holds("repeat");
}

#[test]
fn induction() {
    holds("induction");
}

#[test]
fn sorted() {
    holds("sorted");
}

#[test]
fn reverse() {
    holds("reverse");
}

#[test]
fn both() {
    holds("both");
}

#[test]
fn redundant() {
    holds("redundant");
}

#[test]
fn majority() {
    holds("majority");
}

#[test]
fn largest() {
    holds("largest");
}

/// What no draw could refute is found before anything runs.
#[test]
fn claims_that_are_too_strong_are_refused() {
    let output = ansatz(&["check"], "untestable.ansatz");
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).expect("findings are JSON");
    let findings: Vec<(&str, &str)> = list(&report, "diagnostics")
        .iter()
        .map(|finding| (finding["code"].as_str().expect("a code"), finding["severity"].as_str().expect("a severity")))
        .collect();
    assert_eq!(findings, [("A4103", "error"), ("A7001", "error"), ("A4104", "warning")]);
}
