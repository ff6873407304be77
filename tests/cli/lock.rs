//! Locks: what is written, and what a locked run finds.

use super::program::{CLAIMS, Folder, HEAD};
use serde_json::Value;

const EXPECTED: &str = "\nexpect counts {\n    scrubbed(loss) > 0.0\n}\n";

fn locked() -> Folder {
    let folder = Folder::with(&format!("{CLAIMS}{EXPECTED}"));
    folder.run("run a.ansatz --n 60 --seed 3 --lock").ended(0);
    folder
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

fn edit(folder: &Folder, name: &str, from: &str, to: &str) {
    let before = text(folder, name);
    assert!(before.contains(from), "{name} has no {from}");
    folder.write(name, before.replace(from, to));
}

/// A locked run ends with this code, and says this.
fn finds(folder: &Folder, code: i32, said: &[&str]) {
    let ran = folder.run("run a.ansatz --locked").ended(code);
    let told = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in said {
        assert!(told.contains(said), "no {said}, on however many lines: {ran:?}");
    }
}

#[test]
fn what_is_locked_holds() {
    let folder = locked();
    let lock: Value = serde_json::from_slice(&folder.read("ansatz.lock")).unwrap();
    assert_eq!(lock["schema"], "ansatz-lock/1");
    let own = &lock["files"]["a.ansatz"];
    assert_eq!((&own["seed"], &own["n"]), (&3.into(), &60.into()));
    assert_eq!(own["hypotheses"]["counts"]["expectations"]["scrubbed > 0"], "confirmed");
    assert_eq!(own["hypotheses"]["counts"]["n"], 60);
    // The seed and the references of the lock are taken.
    let plain = folder.run("run a.ansatz --n 60 --seed 3 --format json").ended(0);
    let held = folder.run("run a.ansatz --locked --format json").ended(0);
    assert_eq!(held.stdout, plain.stdout);
    assert!(!held.stderr.contains("[A93"), "{held:?}");
    // Locking again changes no byte.
    let before = folder.read("ansatz.lock");
    folder.run("run a.ansatz --n 60 --seed 3 --lock --threads 1").ended(0);
    assert_eq!(folder.read("ansatz.lock"), before);
}

#[test]
fn a_run_that_stops_by_itself_stops_there_again() {
    let folder = locked();
    for sample in ["", "--budget 90"] {
        folder.run(&format!("run a.ansatz --lock {sample}")).ended(0);
        finds(&folder, 0, &[]);
    }
    let lock: Value = serde_json::from_slice(&folder.read("ansatz.lock")).unwrap();
    assert_eq!((&lock["files"]["a.ansatz"]["n"], &lock["files"]["a.ansatz"]["budget"]), (&Value::Null, &90.into()));
    let report = folder.run("run a.ansatz --budget 90 --format json").json();
    let locked = &lock["files"]["a.ansatz"]["hypotheses"]["counts"];
    assert_eq!(
        (&locked["n"], &locked["scrubbed"]),
        (&report["hypotheses"][1]["n"], &report["hypotheses"][1]["scrubbed"]["value"])
    );
}

#[test]
fn names_order_layout_and_the_way_it_is_written_do_not_count() {
    let folder = locked();
    let other = r"
// Another comment.
feature count_of : int     = sum(step)
feature balanced : bool    = count_of == 0

expect counts { scrubbed(loss) > 0.0 }

hypothesis counts explains loss {
    node early(i) = embed computes tokens == 3 + i
    early(0) -> last
    node last = heads(0 + 1, 0) computes balanced
    last -> loss
}
";
    let other =
        other.replace("node early(i) = embed computes tokens == 3 + i", "node early = embed computes tokens == \"(\"");
    let other = other.replace("early(0)", "early");
    folder.write("a.ansatz", format!("{HEAD}{other}\nhypothesis nothing explains loss {{\n}}\n"));
    finds(&folder, 0, &[]);
}

#[test]
fn another_claim_is_found_where_it_stands_and_nothing_is_run() {
    let folder = locked();
    edit(&folder, "a.ansatz", "computes equal_count", "computes exact");
    let ran = folder.run("run a.ansatz --locked").ended(1);
    assert!(ran.stderr.contains("[A9307]") && ran.stderr.contains("hypothesis counts"), "{ran:?}");
    assert!(ran.stdout.is_empty() && !ran.stderr.contains("`nothing`"), "{ran:?}");
    let found = folder.run("run a.ansatz --locked --format json").ended(1).json();
    assert_eq!(found["diagnostics"][0]["code"], "A9307");
    folder.run("run a.ansatz --n 60 --seed 3 --lock").ended(0);
    finds(&folder, 0, &[]);
}

#[test]
fn a_feature_behind_a_name_counts() {
    let folder = locked();
    edit(&folder, "a.ansatz", "= sum(step) == 0", "= sum(step) == 1");
    finds(&folder, 1, &["[A9307]"]);
}

#[test]
fn new_gone_and_renamed_hypotheses_are_found() {
    let folder = locked();
    edit(&folder, "a.ansatz", "hypothesis nothing", "hypothesis none");
    finds(&folder, 1, &["[A9305]", "it was renamed"]);
    edit(
        &folder,
        "a.ansatz",
        "hypothesis none explains loss {",
        "hypothesis none explains loss {\n    unclaimed exact",
    );
    finds(&folder, 1, &["[A9305]", "[A9306]", "`nothing` is in the lock"]);
}

#[test]
fn other_inputs_are_found_by_content() {
    let folder = locked();
    let model = folder.read("micro.onnx");
    folder.write("micro.onnx", folder.read("micro-legacy.onnx"));
    let ran = folder.run("run a.ansatz --locked");
    assert!(ran.code == Some(1) && ran.stderr.contains("[A9304]") || ran.code == Some(2), "{ran:?}");
    folder.write("micro.onnx", model);
    let mut arrays = folder.arrays("micro.npz");
    let label = arrays.get("tokens").unwrap().clone();
    arrays.insert("unused".to_owned(), label);
    folder.write_arrays("micro.npz", arrays);
    finds(&folder, 1, &["[A9304]", "dataset `strings`"]);
    // A name is none of its content.
    let folder = locked();
    edit(&folder, "a.ansatz", "data strings for", "data texts for");
    finds(&folder, 0, &[]);
}

#[test]
fn a_column_of_another_key_is_another_column() {
    let items = "\nhypothesis h explains loss {\n    node late = heads(1, 0) computes label\n    late -> loss\n}\n";
    let folder = Folder::with(items);
    let mut arrays = folder.arrays("micro.npz");
    let label = arrays.get("label").unwrap().clone();
    arrays.insert("other".to_owned(), label);
    folder.write_arrays("micro.npz", arrays);
    folder.run("run a.ansatz --n 20 --lock").ended(0);
    edit(&folder, "a.ansatz", "label : category", "label = \"other\" : category");
    finds(&folder, 0, &[]);
}

#[test]
fn a_moved_score_and_another_verdict_are_found_with_the_report() {
    let folder = locked();
    let lock = text(&folder, "ansatz.lock");
    let value: Value = serde_json::from_str(&lock).unwrap();
    let scrubbed = value["files"]["a.ansatz"]["hypotheses"]["counts"]["scrubbed"].as_f64().unwrap();
    folder.write(
        "ansatz.lock",
        lock.replace(&format!("\"scrubbed\": {scrubbed}"), &format!("\"scrubbed\": {}", scrubbed + 0.001)),
    );
    let ran = folder.run("run a.ansatz --locked").ended(1);
    assert!(ran.stderr.contains("[A9310]") && ran.stdout.contains("recovered"), "{ran:?}");
    assert!(!ran.stderr.contains("[A9309]"), "{ran:?}");
    for (format, said) in [("junit", "A9310"), ("github", "title=A9310")] {
        let ran = folder.run(&format!("run a.ansatz --locked --format {format}")).ended(1);
        assert!(ran.stdout.contains(said), "{ran:?}");
    }
    // Rounding is none: of another engine a little more.
    let near =
        |by: f64| lock.replace(&format!("\"scrubbed\": {scrubbed}"), &format!("\"scrubbed\": {}", scrubbed + by));
    folder.write("ansatz.lock", near(1e-8));
    finds(&folder, 0, &[]);
    folder.write("ansatz.lock", near(1e-5));
    finds(&folder, 1, &["[A9310]"]);
    folder.write("ansatz.lock", near(1e-5).replace("\"name\": \"reference\"", "\"name\": \"abacus\""));
    finds(&folder, 0, &[]);

    folder.write("ansatz.lock", lock.replace("\"confirmed\"", "\"undecided\""));
    finds(&folder, 1, &["[A9309]", "locked as undecided, now confirmed"]);
    folder.write("ansatz.lock", &lock);
    edit(&folder, "a.ansatz", "scrubbed(loss) > 0.0", "scrubbed(loss) > -1.0");
    finds(&folder, 1, &["[A9309]", "not expected"]);
}

#[test]
fn another_number_of_references_is_found() {
    let folder = locked();
    edit(&folder, "ansatz.lock", "\"n\": 60,\n          \"model\"", "\"n\": 61,\n          \"model\"");
    finds(&folder, 1, &["[A9308]", "61 references"]);
}

#[test]
fn interchanges_are_locked_too() {
    let items = "\ninterchange mirror of micro on strings {\n    predicts equal_count by logits[class: 1] > logits[class: 0]\n    \
                 align equal_count = heads(1, 0)\n}\nexpect mirror { iia(equal_count) > 0.0 }\n";
    let folder = Folder::with(items);
    folder.run("run a.ansatz --n 50 --lock").ended(0);
    finds(&folder, 0, &[]);
    edit(&folder, "ansatz.lock", "\"iia > 0\": \"confirmed\"", "\"iia > 0\": \"refuted\"");
    finds(&folder, 1, &["[A9309]"]);
    edit(&folder, "a.ansatz", "= heads(1, 0)", "= heads(1, 1)");
    finds(&folder, 1, &["[A9307]"]);
}

#[test]
fn several_files_share_a_lock() {
    let folder = locked();
    folder.write("b.ansatz", format!("{HEAD}{CLAIMS}"));
    folder.run("run b.ansatz --n 20 --lock").ended(0);
    finds(&folder, 0, &[]);
    folder.run("run b.ansatz --locked").ended(0);
    folder.write("c.ansatz", format!("{HEAD}{CLAIMS}"));
    let ran = folder.run("run c.ansatz --locked").ended(2);
    assert!(ran.stderr.contains("[A9301]") && ran.stderr.contains("a.ansatz, b.ansatz"), "{ran:?}");
}

#[test]
fn a_lock_that_is_none_is_an_error() {
    let folder = Folder::with(CLAIMS);
    finds(&folder, 2, &["[A9301]", "ansatz.lock"]);
    let whole = locked();
    let lock = text(&whole, "ansatz.lock");
    let cases = [
        (String::new(), "A9302"),
        ("[]".to_owned(), "A9302"),
        ("{\"schema\": 1}".to_owned(), "A9302"),
        ("[".repeat(100_000), "A9302"),
        ("{\"schema\": \"ansatz-lock/2\", \"more\": {}}".to_owned(), "A9303"),
        ("{\"schema\": \"\\u001b[31m\"}".to_owned(), "A9303"),
        (lock.replace("\"seed\": 3", "\"seed\": -3"), "A9302"),
        (lock.replace("\"seed\": 3,", ""), "A9302"),
        (lock.replace("\"n\": 60,\n      \"budget\"", "\"budget\""), "A9302"),
        (lock.replace("\"seed\": 3,", "\"seed\": 3, \"seed\": 3,"), "A9302"),
        (lock.replace("\"seed\": 3,", "\"seed\": 3, \"more\": 3,"), "A9302"),
        (lock.replace("\"counts\": {", "\"counts\": 5, \"counts\": {"), "A9302"),
        (lock.replace("\"nothing\": {", "\"counts\": {"), "A9302"),
        (lock.replace("\"scrubbed\": ", "\"scrubbed\": 1e999, \"x\": "), "A9302"),
        (lock[..lock.len() / 2].to_owned(), "A9302"),
        (format!("<<<<<<< HEAD\n{lock}"), "A9302"),
    ];
    for (text, code) in cases {
        whole.write("ansatz.lock", &text);
        for how in ["--locked", "--lock"] {
            let ran = whole.run(&format!("run a.ansatz {how}")).ended(2);
            assert!(ran.stderr.contains(code) && !ran.stderr.contains('\u{1b}'), "{text:.60}: {ran:?}");
        }
        assert_eq!(whole.read("ansatz.lock"), text.as_bytes(), "what is not understood is not written over");
    }
}

#[test]
fn a_lock_is_no_place_for_draws_and_goes_with_no_replay() {
    let folder = locked();
    folder.run("run a.ansatz --draws d.npz").ended(0);
    assert!(folder.run("run a.ansatz --lock --draws ansatz.lock").ended(2).stderr.contains("A9204"));
    for wrong in
        ["--lock --locked", "--locked --n 5", "--locked --seed 1", "--lock --replay d.npz", "--locked --replay d.npz"]
    {
        folder.run(&format!("run a.ansatz {wrong}")).ended(2);
    }
}
