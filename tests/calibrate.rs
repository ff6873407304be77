//! Calibrations: that the family is what its file says, that nothing depends on where one was stopped,
//! and what is found where the truth is known.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes its own files")]

#[path = "support/program.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod program;

use program::Folder;
use serde_json::Value;
use std::collections::BTreeSet;

const CLAIMS: &str = r#"
feature opens_first : bool = tokens[1] == "("

hypothesis late explains loss {
    node count = heads(1, 0)  computes equal_count
    node early = heads(0, 1)  computes (equal_count, opens_first)
    node first = embed[pos: 1]  computes opens_first

    early -> count
    first -> early
    count -> loss
}

hypothesis alone explains loss {
    node count = heads(1, 1)  computes opens_first

    count -> loss
}

challenge open of late fools {
    from strings
    rank by scrubbed(loss)
    success loss > 0.7
    draws 2
    budget 30
}

calibrate scores {
    truth late
    start late, alone
    computes equal_count, opens_first
    size 30
    references 60
}
"#;

fn folder(more: &str) -> Folder {
    let folder = Folder::with(CLAIMS);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("a.ansatz", format!("{text}{more}"));
    folder
}

fn schema_holds(found: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../docs/calibration.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(found).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

fn calibrated(folder: &Folder, more: &str) -> Value {
    let found = folder.run(&format!("calibrate a.ansatz --format json {more}")).ended(0).json();
    schema_holds(&found);
    found
}

/// What `ansatz run` says of each member, and `ansatz validate` of its challenge.
#[test]
fn members_are_what_their_file_says() {
    let folder = folder("");
    let found = calibrated(&folder, "-o found");
    let members = found["calibrations"][0]["members"].as_array().unwrap();
    assert_eq!(members.len(), 30);
    let texts: BTreeSet<String> = members.iter().map(|member| member["statements"].to_string()).collect();
    assert_eq!(texts.len(), 30, "each once");
    let changes = |count: usize| members.iter().filter(|own| own["changes"].as_array().unwrap().len() == count).count();
    assert!(changes(0) == 2 && changes(1) > 5 && changes(2) > 5 && changes(3) == 0, "{members:?}");
    let ran = folder.run("run found/scores.family.ansatz --n 60 --format json").ended(0).json();
    let ran = ran["hypotheses"].as_array().unwrap();
    assert_eq!(ran.len(), 30);
    for (member, ran) in members.iter().zip(ran) {
        assert_eq!(member["scores"]["recovered"], ran["recovered"]["value"], "{member}\n{ran}");
        assert_eq!(member["scores"]["arrows"].as_f64().unwrap(), ran["size"]["arrows"].as_f64().unwrap());
    }
    let at = members.iter().position(|member| member["changes"].as_array().unwrap().len() == 2).unwrap();
    let family = String::from_utf8(folder.read("found/scores.family.ansatz")).unwrap();
    let challenge = CLAIMS.split("challenge").nth(1).unwrap().split("calibrate").next().unwrap();
    let challenge = format!("challenge{challenge}").replace("open of late", &format!("own of scores_{at}"));
    folder.write("found/own.ansatz", format!("{family}\n{challenge}"));
    let validated = folder.run("validate found/own.ansatz --format json").ended(0).json();
    assert_eq!(members[at]["successes"]["open: rate"], validated["challenges"][0]["rate"]["value"], "{validated}");
}

#[test]
fn likeness_is_to_the_truth() {
    let found = calibrated(&folder(""), "");
    let members = found["calibrations"][0]["members"].as_array().unwrap();
    let of = |told: &str| {
        let own = members.iter().find(|member| {
            let changes = member["changes"].as_array().unwrap();
            member["from"] == told && changes.is_empty()
                || changes.len() == 1 && changes[0] == told && member["from"] == "late"
        });
        own.map(|own| {
            ["correct", "complete", "alike"].map(|word| own["successes"][format!("truth: {word}")].as_f64().unwrap())
        })
    };
    assert_eq!(of("late"), Some([1.0, 1.0, 1.0]));
    assert_eq!(of("alone"), Some([0.0, 0.0, 0.0]));
    assert_eq!(of("no claims"), Some([1.0, 0.0, 0.0]));
    // Two of the three claims are left.
    if let Some(found) = of("without first -> early") {
        assert_eq!(found, [1.0, 2.0 / 3.0, 2.0 / 3.0]);
    }
}

#[test]
fn nothing_depends_on_threads_and_memory_or_where_it_was_stopped() {
    let folder = folder("");
    let whole = calibrated(&folder, "-o kept --threads 1");
    assert_eq!(calibrated(&folder, "--threads 3 --memory 64M"), whole);
    // As if it had been stopped, and half of what was kept.
    let kept: Value = serde_json::from_slice(&folder.read("kept/scores.progress.json")).unwrap();
    let mut half = kept.clone();
    let members = kept["members"].as_object().unwrap();
    half["members"] = members.iter().step_by(2).map(|(key, value)| (key.clone(), value.clone())).collect();
    folder.write("kept/scores.progress.json", serde_json::to_vec(&half).unwrap());
    assert_eq!(calibrated(&folder, "-o kept"), whole);
    let again: Value = serde_json::from_slice(&folder.read("kept/scores.progress.json")).unwrap();
    assert_eq!(again, kept);
    // What is of another seed, or no progress at all, is not taken.
    assert_ne!(calibrated(&folder, "-o kept --seed 1")["calibrations"], whole["calibrations"]);
    folder.write("kept/scores.progress.json", "{");
    assert_eq!(calibrated(&folder, "-o kept"), whole);
}

/// What was kept is what is reported: the file is read, not written over unread.
#[test]
fn what_was_kept_is_taken() {
    let folder = folder("");
    calibrated(&folder, "-o kept");
    let mut kept: Value = serde_json::from_slice(&folder.read("kept/scores.progress.json")).unwrap();
    for member in kept["members"].as_object_mut().unwrap().values_mut() {
        member["scores"]["recovered"] = 0.125.into();
    }
    folder.write("kept/scores.progress.json", serde_json::to_vec(&kept).unwrap());
    let found = calibrated(&folder, "-o kept");
    assert!(
        found["calibrations"][0]["members"].as_array().unwrap().iter().all(|own| own["scores"]["recovered"] == 0.125)
    );
}

#[test]
fn text_is_narrow_and_pictures_are_there() {
    let folder = folder("");
    let ran = folder.run("calibrate a.ansatz -o found").ended(0);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    assert!(ran.stdout.contains("recovered") && ran.stdout.contains("truth: correct"), "{}", ran.stdout);
    let picture = String::from_utf8(folder.read("found/scores.truth_alike.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.matches("<circle").count() == 30, "{picture}");
}

#[test]
fn mistakes_are_told() {
    let none = Folder::with("");
    assert!(none.run("calibrate a.ansatz").ended(2).stderr.contains("A4705"));
    let other = folder("").run("calibrate a.ansatz --only score").ended(2);
    assert!(other.stderr.contains("A4705") && other.stderr.contains("`scores`"), "{}", other.stderr);
    let few = "\ncalibrate few {\n    start alone\n    truth alone\n    vary remove\n}\n";
    let few = folder(few).run("calibrate a.ansatz --only few").ended(2);
    assert!(few.stderr.contains("A4706"), "{}", few.stderr);
    let flat = "\nchallenge never of late fools {\n    from strings\n    rank by scrubbed(loss)\n    success loss > 1000\n    budget 30\n    draws 1\n}\n\ncalibrate flat {\n    start late\n    against never\n    references 20\n    size 12\n}\n";
    let flat = folder(flat).run("calibrate a.ansatz --only flat").ended(0);
    assert!(flat.stderr.contains("A4707") && flat.stdout.contains("nothing can predict it"), "{flat:?}");
}
