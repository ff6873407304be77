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
