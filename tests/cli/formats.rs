//! JSON against its schemas, and the text report.

use super::program::{CLAIMS, Folder, HEAD};
use serde_json::Value;

const REPORT: &str = include_str!("../../docs/report.schema.json");
const DIAGNOSTICS: &str = include_str!("../../docs/diagnostics.schema.json");

fn holds(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

fn breaks(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    assert!(!jsonschema::draft202012::is_valid(&schema, value), "{value:#}");
}

#[test]
fn schemas_are_schemas() {
    for schema in [REPORT, DIAGNOSTICS] {
        let schema: Value = serde_json::from_str(schema).unwrap();
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

/// A value keeps to a schema.
pub fn value_holds_with(schema: &Value, value: &Value) {
    holds(&schema.to_string(), value);
}

/// Findings keep to their schema.
pub fn findings_hold(found: &Value) {
    holds(DIAGNOSTICS, found);
}

/// A report keeps to its schema.
pub fn report_holds(report: &Value) {
    holds(REPORT, report);
}

#[test]
fn reports_keep_to_their_schema() {
    let clauses = "scrubbed(loss) > 0.0\n scrubbed(loss) > 1000.0\n recovered(loss) >= 0.5\n scrubbed(loss) <= 0.95\n";
    let folder = Folder::with(&format!("{CLAIMS}\nexpect counts {{ {clauses} }}\n"));
    let report = folder.run("run a.ansatz --format json").ended(1).json();
    holds(REPORT, &report);
    assert_eq!(report["schema"], "ansatz-report/2");
    assert_eq!(report["hypotheses"][1]["expectations"].as_array().unwrap().len(), 4);
    let few = folder.run("run a.ansatz --n 5 --seed 18446744073709551615 --format json").json();
    holds(REPORT, &few);
    assert_eq!(few["hypotheses"][0]["seed"], u64::MAX);
    folder.run("run a.ansatz --draws d.npz").ended(1);
    let replayed = folder.run("run a.ansatz --replay d.npz --format json").ended(1).json();
    holds(REPORT, &replayed);
    assert_eq!(replayed["provenance"]["replayed"], true);
}

#[test]
fn the_schema_of_reports_says_something() {
    let folder = Folder::with(CLAIMS);
    let report = folder.run("run a.ansatz --format json").ended(0).json();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut report = report.clone();
        change(&mut report);
        breaks(REPORT, &report);
    };
    changed(&|report| report["schema"] = "ansatz-report/3".into());
    changed(&|report| report["hypotheses"][0]["n"] = 0.into());
    changed(&|report| report["hypotheses"][0]["verdict"] = "perhaps".into());
    changed(&|report| report["hypotheses"][0]["recovered"]["value"] = Value::Null);
    changed(&|report| report["provenance"]["draws"] = "abc".into());
    changed(&|report| {
        report["provenance"].as_object_mut().unwrap().remove("engine");
    });
    changed(&|report| {
        report.as_object_mut().unwrap().insert("more".to_owned(), 1.into());
    });
}

#[test]
fn findings_keep_to_their_schema() {
    let folder = Folder::with(CLAIMS);
    let wrong = [
        ("feature f : int = no_such_name\nfeature g : int = sume(step)\n", "A1001"),
        ("feature f : int = \n hypothesis { \n", "A0"),
        ("hypothesis h explains loss { node a = heads(5, 0) computes equal_count\n a -> loss }\n", "A3"),
        ("hypothesis h explains loss { node a = embed computes opens\n }\n", "A4"),
    ];
    for (items, code) in wrong {
        folder.write("wrong.ansatz", format!("{HEAD}{items}"));
        let found = folder.run("check wrong.ansatz --format json").ended(2).json();
        holds(DIAGNOSTICS, &found);
        let codes: Vec<&str> =
            found["diagnostics"].as_array().unwrap().iter().filter_map(|item| item["code"].as_str()).collect();
        assert!(codes.iter().any(|found| found.starts_with(code)), "{codes:?}");
    }
    folder.write("short.npz", "PK");
    folder.write("short.onnx", "\u{8}");
    for arguments in [
        "check none.ansatz",
        "check a.ansatz --data strings=short.npz",
        "check a.ansatz --model micro=short.onnx",
        "run a.ansatz --n 1",
        "run a.ansatz --memory 1K",
        "inspect none.onnx",
        "run a.ansatz --data nothing=x.npz",
    ] {
        let found = folder.run(&format!("{arguments} --format json")).ended(2).json();
        holds(DIAGNOSTICS, &found);
        assert!(!found["diagnostics"].as_array().unwrap().is_empty());
    }
    // A file without mistakes gives no JSON of findings but those it has.
    let clean = folder.run("check a.ansatz --format json").ended(0).json();
    holds(DIAGNOSTICS, &clean);
    assert_eq!(clean["diagnostics"].as_array().unwrap().len(), 0);
}

#[test]
fn the_text_report_has_at_most_100_columns() {
    let long = "a_very_long_name_for_a_hypothesis_".repeat(2);
    let items =
        format!("{CLAIMS}\nhypothesis {long} explains loss {{\n}}\nexpect {long} {{ recovered(loss) < 1e300 }}\n");
    let folder = Folder::with(&items);
    let deep = format!("{}micro.onnx", "./".repeat(60));
    for more in ["", " --n 5", " --seed 18446744073709551615", &format!(" --model micro={deep}")] {
        let ran = folder.run(&format!("run a.ansatz{more}")).ended(0);
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{}", ran.stdout);
        let flat: String = ran.stdout.split_whitespace().collect();
        assert!(flat.contains(&long) && ran.stdout.contains("counts"), "{}", ran.stdout);
    }
    let narrow = Folder::with(CLAIMS).run("run a.ansatz").ended(0);
    assert!(narrow.stdout.lines().all(|line| line == line.trim_end()), "no blanks behind lines");
}
