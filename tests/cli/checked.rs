//! The forms in which `ansatz check` writes findings, against their schemas, and how many it shows.

use super::formats::{findings_hold, value_holds_with};
use super::program::{CLAIMS, Folder, HEAD, Ran};
use serde_json::{Value, json};

const SARIF: &str = include_str!("../fixtures/sarif-schema-2.1.0.json");

/// What GitLab takes as a code quality report.
fn gitlab_schema() -> Value {
    let line = json!({"type": "integer", "minimum": 1});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": false,
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "pattern": "^A[0-9]{4}$"},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "positions"],
                    "additionalProperties": false,
                    "properties": {
                        "path": {"type": "string", "pattern": "^[^/].*"},
                        "positions": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {
                                "type": "object",
                                "required": ["line", "column"],
                                "properties": {"line": line.clone(), "column": line}
                            }}
                        }
                    }
                }
            }
        }
    })
}

/// An error, one with a fix and another place, and a warning that is allowed.
const WRONG: &str = "feature equal_count : bool = true\nfeature f : bool = equal_cuont\n\
                     feature always : bool = tokens[0] == \"[start]\"\nhypothesis t explains loss {\n    \
                     // ansatz: allow A4102: meant so\n    node a = heads(1, 0) computes always\n    a -> loss\n}\n";

fn sarif_holds(log: &Value) {
    let schema: Value = serde_json::from_str(SARIF).unwrap();
    let validator = jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(log).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{log:#}");
}

fn wrong() -> Folder {
    Folder::with(WRONG)
}

#[test]
fn sarif_keeps_to_its_schema() {
    let folder = wrong();
    let log = folder.run("check a.ansatz --format sarif").ended(2).json();
    sarif_holds(&log);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let codes: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(codes, ["A1002", "A1001", "A4102"]);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# A"));
    }
    assert_eq!(results[0]["relatedLocations"][0]["message"]["text"], "first here");
    let region = &results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(region["insertedContent"]["text"], "equal_count");
    assert_eq!(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a.ansatz");
    for other in [CLAIMS, "", "hypothesis {"] {
        folder.write("b.ansatz", format!("{HEAD}{other}"));
        sarif_holds(&folder.run("check b.ansatz --format sarif").json());
    }
    for gone in ["none.ansatz", "a.ansatz --model micro=none.onnx", "a.ansatz --allow A0000"] {
        sarif_holds(&folder.run(&format!("check {gone} --format sarif")).ended(2).json());
    }
}

#[test]
fn what_is_allowed_is_a_suppression_in_sarif_and_absent_where_there_is_no_word_for_it() {
    let folder = Folder::with(&WRONG.lines().skip(2).map(|line| format!("{line}\n")).collect::<String>());
    let log = folder.run("check a.ansatz --format sarif").ended(0).json();
    sarif_holds(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["suppressions"], json!([{"kind": "inSource", "justification": "meant so"}]));
    for format in ["concise", "github", "full"] {
        let ran = folder.run(&format!("check a.ansatz --format {format}")).ended(0);
        assert!(!ran.stdout.contains("A4102") && !ran.stderr.contains("A4102"), "{ran:?}");
    }
    assert_eq!(folder.run("check a.ansatz --format gitlab").ended(0).stdout, "[]\n");
}

#[test]
fn gitlab_reports_keep_to_their_schema() {
    let folder = wrong();
    let report = folder.run("check a.ansatz --format gitlab").ended(2).json();
    value_holds_with(&gitlab_schema(), &report);
    assert_eq!(report.as_array().unwrap().len(), 2);
    let gone = folder.run("check none.ansatz --format gitlab").ended(2).json();
    value_holds_with(&gitlab_schema(), &gone);
    // A finding keeps its fingerprint where lines move; two that say the same have two.
    let prints = |report: &Value| -> Vec<String> {
        report.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    folder.write("a.ansatz", format!("\n\n{}", String::from_utf8(folder.read("a.ansatz")).unwrap()));
    assert_eq!(prints(&folder.run("check a.ansatz --format gitlab").json()), prints(&report));
    folder.write("b.ansatz", format!("{HEAD}feature a : bool = gone\nfeature b : bool = gone\n"));
    let twice = prints(&folder.run("check b.ansatz --format gitlab").json());
    assert!(twice.len() == 2 && twice[0] != twice[1], "{twice:?}");
}

#[test]
fn lines_are_lines() {
    let folder = wrong();
    let ran = folder.run("check a.ansatz --format concise").ended(2);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    assert!(lines[0].starts_with("a.ansatz:2") && lines[0].contains(": error[A1002]: the feature"), "{ran:?}");
    assert_eq!(ran.stderr, "");
    let object = folder.run("check a.ansatz --format json").ended(2).json();
    let lines: Vec<Value> = folder
        .run("check a.ansatz --format jsonl")
        .ended(2)
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&Value::Array(lines), &object["diagnostics"]);
    findings_hold(&object);
}

#[test]
fn junit_has_a_suite_for_each_file() {
    let folder = wrong();
    folder.write("good.ansatz", "feature f : bool = true\n");
    let ran = folder.run("check a.ansatz good.ansatz --format junit").ended(2);
    assert_eq!(ran.stdout.matches("<testsuite ").count(), 2, "{ran:?}");
    assert_eq!(ran.stdout.matches("<failure ").count(), 2, "{ran:?}");
    assert!(ran.stdout.contains("<testcase name=\"good.ansatz\"/>"), "{ran:?}");
}

#[test]
fn text_is_another_name_for_full() {
    let folder = wrong();
    let (text, full) = (folder.run("check a.ansatz --format text"), folder.run("check a.ansatz --format full"));
    assert_eq!((&text.stdout, &text.stderr), (&full.stdout, &full.stderr));
    assert!(!folder.run("check --help").ended(0).stdout.contains("- text"));
}

#[test]
fn findings_can_be_written_to_a_file_but_not_over_an_input() {
    let folder = wrong();
    for format in ["full", "concise", "json", "sarif", "junit", "gitlab", "jsonl"] {
        let direct = folder.run(&format!("check a.ansatz --format {format}")).ended(2);
        let ran = folder.run(&format!("check a.ansatz --format {format} -o out")).ended(2);
        assert_eq!(ran.stdout, "");
        let wanted = if format == "full" { direct.stderr } else { direct.stdout };
        assert_eq!(String::from_utf8(folder.read("out")).unwrap(), wanted, "{format}");
    }
    let before = folder.read("a.ansatz");
    for arguments in ["a.ansatz -o a.ansatz", "a.ansatz b.ansatz -o ./b.ansatz", "a.ansatz -o gone/x"] {
        folder.write("b.ansatz", &before);
        let ran = folder.run(&format!("check {arguments}")).ended(2);
        assert!(["A9204", "A9004", "A9001"].iter().any(|code| ran.stderr.contains(code)), "{ran:?}");
        assert_eq!((folder.read("a.ansatz"), folder.read("b.ansatz")), (before.clone(), before.clone()));
    }
}

/// How many findings a run drew.
fn drawn(ran: &Ran) -> usize {
    ran.stderr.matches("] Error:").count() + ran.stderr.matches("] Warning:").count()
}

#[test]
fn people_are_shown_fifty_findings_and_programs_all() {
    let items: String = (0..80).map(|at| format!("feature f{at} : bool = gone_{at}_{at}\n")).collect();
    let folder = Folder::with(&items);
    let ran = folder.run("check a.ansatz").ended(2);
    assert_eq!(drawn(&ran), 50);
    assert!(ran.stderr.ends_with("and 30 more; `check --format json` lists all of them\n"), "{ran:?}");
    let ran = folder.run("check a.ansatz --format concise").ended(2);
    assert_eq!(ran.stdout.lines().count(), 51);
    for (format, key) in [("json", "diagnostics"), ("sarif", "runs")] {
        let found = folder.run(&format!("check a.ansatz --format {format}")).json();
        let list = if key == "runs" { &found["runs"][0]["results"] } else { &found[key] };
        assert_eq!(list.as_array().unwrap().len(), 80);
    }
}

#[test]
fn one_cause_is_told_once() {
    // A name that nothing has, read eighty times.
    let items: String = (0..80).map(|at| format!("feature f{at} : bool = oops_here\n")).collect();
    let ran = Folder::with(&items).run("check a.ansatz").ended(2);
    assert_eq!(drawn(&ran), 1, "{ran:?}");
    assert!(ran.stderr.contains("the same on lines") && ran.stderr.contains("and 71 more"), "{ran:?}");
    // A feature that is wrong itself, and eighty that read it.
    let followers: String = (0..80).map(|at| format!("feature f{at} : bool = base and f{}\n", at + 1)).collect();
    let ran = Folder::with(&format!("feature base : bool = oops_here\n{followers}feature f80 : bool = base\n"))
        .run("check a.ansatz")
        .ended(2);
    assert_eq!(drawn(&ran), 1, "{ran:?}");
    // A model that is not there, and everything that it was to have.
    let folder = Folder::with(CLAIMS);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("a.ansatz", text.replace("micro.onnx", "gone.onnx"));
    assert_eq!(drawn(&folder.run("check a.ansatz").ended(2)), 1);
    // A brace that is absent in the middle of a long file.
    let claims: String = (0..30)
        .map(|at| CLAIMS.replace("counts", &format!("counts{at}")).replace("nothing", &format!("nothing{at}")))
        .collect();
    let torn = claims.replacen("node first = embed        computes opens", "node first = embed( computes opens", 1);
    assert!(drawn(&Folder::with(&torn).run("check a.ansatz").ended(2)) <= 2);
}
