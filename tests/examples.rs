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
