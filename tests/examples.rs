//! The example of the README on both exports of its model: every expectation holds.

use std::path::Path;
use std::process::Command;

fn run(export: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets");
    let output = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["run", "--strict", "--format", "json", "--n", "5000"])
        .arg(folder.join("claims.ansatz"))
        .arg(format!("--model=bracket={}", folder.join(export).display()))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{export}: {}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let hypotheses = report["hypotheses"].as_array().expect("a list of hypotheses");
    assert_eq!(hypotheses.len(), 6);
    for found in hypotheses {
        assert_eq!(found["verdict"], "confirmed", "{export}: {found}");
        assert!(found["identity_error"].as_f64().expect("a number") < 1e-5, "{export}: {found}");
    }
}

#[test]
fn claims_hold_on_the_dynamo_export() {
    run("brackets.onnx");
}

#[test]
fn claims_hold_on_the_legacy_export() {
    run("brackets-legacy.onnx");
}

/// The rows about the induction heads: the order of the published table.
#[test]
fn the_induction_rows_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/induction");
    let output = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["run", "--format", "json", "--n", "300"])
        .arg(folder.join("induction.ansatz"))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let recovered = |name: &str| {
        let all = report["hypotheses"].as_array().expect("a list of hypotheses");
        let found = all.iter().find(|found| found["name"] == name).expect("every row is reported");
        assert_eq!(found["verdict"], "confirmed", "{found}");
        found["recovered"]["value"].as_f64().expect("a number")
    };
    let parts = ["values", "queries", "keys", "keys_at_previous"].map(recovered);
    assert!(parts.iter().all(|part| *part <= parts[0]), "values come off best: {parts:?}");
    assert!(parts.iter().all(|part| recovered("naive") < part - 0.1), "the union is far below its parts: {parts:?}");
    assert!(recovered("refined") > recovered("naive") + 0.2);
}

/// What a search writes about our model recovers as much as what we wrote, on rows that it never saw, and
/// leaves out what has nothing to do with brackets.
#[test]
fn a_search_does_as_well_as_we_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets");
    let output = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["search", "--quiet", "--format", "json"])
        .arg(folder.join("search.ansatz"))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let winners = report["searches"][0]["winners"].as_array().expect("a list");
    let best = winners.iter().find(|winner| winner["best"] == true).expect("one is the best");
    assert!(best["held_out"]["joint_low"].as_f64().expect("a number") > 0.97, "{best}");
    assert!(!best["text"].as_str().expect("a text").contains("sixth_opens"), "{best}");
}

/// Claims of deeper.ansatz, each with a bound that few references decide.
const DEEPER: [(&str, &str); 5] = [
    ("counts_by_estimate", ">= 0.80"),
    ("counts_unweighed", "< 0.75"),
    ("nests_by_position", ">= 0.75"),
    ("both", ">= 0.60"),
    ("both_unweighed", "< 0.55"),
];

/// The scrubbed means of DEEPER, from a file that takes them in; all bounds hold at 400 references.
fn deeper(n: usize, export: &str, engine: &str) -> Vec<f64> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let expectations =
        DEEPER.map(|(name, bound)| format!("expect {name} {{\n    recovered(loss) {bound}\n}}\n")).concat();
    let text = format!("use \"{}\"\n{expectations}", examples.join("deeper.ansatz").display());
    let file = folder.path().join("some.ansatz");
    ansatz::files::write(&file, text.as_bytes()).expect("the file can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["run", "--format", "json", "--engine", engine, "--n", &n.to_string()])
        .arg(&file)
        .arg(format!("--model=bracket={}", examples.join(export).display()))
        .output()
        .expect("the program starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let hypotheses = report["hypotheses"].as_array().expect("a list of hypotheses");
    assert_eq!(hypotheses.len(), DEEPER.len(), "only what is expected of runs");
    for found in hypotheses {
        assert!(n < 400 || found["verdict"] == "confirmed", "{export}: {found}");
    }
    hypotheses.iter().map(|found| found["scrubbed"]["value"].as_f64().expect("a number")).collect()
}

#[test]
fn deeper_claims_hold() {
    deeper(400, "brackets.onnx", "auto");
}

/// Both engines and both exports make the same of the same draws.
#[test]
fn deeper_claims_agree_across_engines_and_exports() {
    let plain = deeper(30, "brackets.onnx", "reference");
    for other in [deeper(30, "brackets.onnx", "auto"), deeper(30, "brackets-legacy.onnx", "auto")] {
        for ((name, _), (a, b)) in DEEPER.iter().zip(plain.iter().zip(&other)) {
            assert!((a - b).abs() <= 1e-4 * a.abs().max(1.0), "{name}: {a} and {b}");
        }
    }
}
