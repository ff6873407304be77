//! Results to standard output, everything else to standard error; closed and full streams.

use super::program::{CLAIMS, Folder, finish};
use std::process::Stdio;

/// The first token is the same in all rows, and so is what is swapped.
const REMARKED: &str = r"
hypothesis start explains loss {
    node start = embed[pos: 0]  computes equal_count

    start -> loss
}
";

#[test]
fn findings_go_to_standard_error_and_as_json_to_standard_output() {
    let folder = Folder::with("feature f : int = no_such_name\n");
    let text = folder.run("check a.ansatz").ended(2);
    assert!(text.stdout.is_empty() && text.stderr.contains("A1001") && text.stderr.contains("no_such_name"));
    let json = folder.run("check a.ansatz --format json").ended(2);
    assert!(json.stderr.is_empty(), "{json:?}");
    assert_eq!(json.json()["diagnostics"][0]["code"], "A1001");
}

#[test]
fn more_references_than_rows_is_remarked() {
    let folder = Folder::with(CLAIMS);
    for command in ["run", "plan"] {
        let ran = folder.run(&format!("{command} a.ansatz --n 300")).ended(0);
        assert!(ran.stderr.contains("--n 300") && ran.stderr.contains("200 rows"), "{ran:?}");
        assert!(!ran.stdout.contains("--n 300"));
        assert!(folder.run(&format!("{command} a.ansatz --n 300 --quiet")).ended(0).stderr.is_empty());
        assert!(folder.run(&format!("{command} a.ansatz --n 200")).ended(0).stderr.is_empty());
    }
    let json = folder.run("run a.ansatz --n 300 --format json").ended(0);
    assert!(json.json()["hypotheses"][0]["n"] == 200 && json.stderr.contains("--n 300"), "{json:?}");
}

#[test]
fn warnings_of_a_run_go_to_standard_error() {
    let folder = Folder::with(CLAIMS);
    let ran = folder.run("run a.ansatz --n 5 --format json").ended(0);
    assert!(ran.stderr.contains("A7004"), "{ran:?}");
    assert_eq!(ran.json()["hypotheses"][0]["recovered"], serde_json::Value::Null);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let folder = Folder::with("feature f : int = no_such_name\n");
    let with = |variables: &[(&str, &str)], option: &str| {
        let mut command = folder.command(["check", "a.ansatz", "--color", option]);
        command.envs(variables.iter().copied());
        finish(command).ended(2).stderr.contains('\u{1b}')
    };
    assert!(!with(&[], "auto"), "standard error is a pipe");
    assert!(with(&[("FORCE_COLOR", "1")], "auto"));
    assert!(!with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], "auto"));
    assert!(with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "")], "auto"), "an empty NO_COLOR is none");
    assert!(with(&[("NO_COLOR", "1")], "always"));
    assert!(!with(&[("FORCE_COLOR", "1")], "never"));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = Folder::with(CLAIMS);
    for arguments in ["dump --stage ast a.ansatz", "explain", "run a.ansatz", "run -h", "inspect micro.onnx"] {
        let mut command = folder.command(arguments.split(' '));
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments}");
    }
    let mut child = folder.command(["check", "none.ansatz"]).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_where_results_are_lost() {
    let full = || Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let folder = Folder::with(CLAIMS);
    for arguments in ["run a.ansatz", "check a.ansatz", "explain A3001", "inspect micro.onnx --format json"] {
        let mut command = folder.command(arguments.split(' '));
        command.stdout(full());
        let ran = finish(command).ended(2);
        assert!(ran.stderr.contains("A9004") && ran.stderr.contains("standard output"), "{arguments}: {ran:?}");
    }
    // Remarks that nobody can read change nothing.
    let mut command = folder.command(["run", "a.ansatz", "--n", "300"]);
    command.stderr(full());
    assert!(finish(command).ended(0).stdout.contains("counts"));
    let mut command = folder.command(["check", "none.ansatz"]);
    command.stderr(full());
    finish(command).ended(2);
}

#[test]
fn many_findings_are_not_all_drawn() {
    let arrows: String = (0..3_000).map(|at| format!(" a{at}b -> loss\n")).collect();
    let folder = Folder::with(&format!("hypothesis h explains loss {{\n{arrows}}}\n"));
    let ran = folder.run("check a.ansatz").ended(2);
    assert!(ran.stderr.contains("and 2950 more") && ran.stderr.len() < 200_000, "{}", ran.stderr.len());
    let all = folder.run("check a.ansatz --format json").ended(2).json();
    assert!(all["diagnostics"].as_array().unwrap().len() >= 3_000);
}

#[test]
fn an_arrow_that_swaps_nothing_is_remarked() {
    let ran = Folder::with(REMARKED).run("run a.ansatz").ended(0);
    assert!(ran.stderr.contains("A7006") && !ran.stdout.contains("A7006"), "{ran:?}");
    assert!(Folder::with(CLAIMS).run("run a.ansatz").ended(0).stderr.is_empty());
}
