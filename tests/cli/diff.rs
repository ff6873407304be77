//! `ansatz diff`: files against files and revisions.

use super::program::{CLAIMS, Folder, HEAD, Ran, finish};
use serde_json::Value;
use std::process::Command;

const SCHEMA: &str = include_str!("../../docs/diff.schema.json");

/// `a.ansatz` and `b.ansatz`, which is `a.ansatz` with these edits.
fn edited(edits: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(CLAIMS);
    let text = edits.iter().fold(format!("{HEAD}{CLAIMS}"), |text, (from, to)| {
        assert!(text.contains(from), "no {from}");
        text.replace(from, to)
    });
    folder.write("b.ansatz", text);
    folder
}

fn json(folder: &Folder, arguments: &str) -> Value {
    let found = folder.run(&format!("diff {arguments} --format json")).ended(0).json();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&found).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{found:#}");
    found
}

fn own<'a>(found: &'a Value, name: &str) -> &'a Value {
    found["hypotheses"].as_array().unwrap().iter().find(|own| own["name"] == name).unwrap()
}

#[test]
fn layout_and_names_are_no_difference() {
    let folder = edited(&[("late", "last"), ("first -> last", "first  ->  last  // so"), ("opens", "opened")]);
    let ran = folder.run("diff a.ansatz b.ansatz").ended(0);
    assert!(ran.stdout.starts_with("unchanged: nothing, counts\n"), "{ran:?}");
    assert!(
        json(&folder, "a.ansatz a.ansatz")["hypotheses"]
            .as_array()
            .unwrap()
            .iter()
            .all(|own| own["state"] == "unchanged")
    );
}

#[test]
fn added_removed_and_renamed_hypotheses_are_told() {
    let folder = edited(&[("hypothesis counts", "hypothesis counted")]);
    let found = json(&folder, "a.ansatz b.ansatz");
    assert_eq!(
        (&own(&found, "counted")["state"], &own(&found, "counted")["was"]),
        (&"renamed".into(), &"counts".into())
    );
    let folder = edited(&[
        ("hypothesis nothing explains loss {\n}\n", ""),
        ("hypothesis counts", "hypothesis more explains loss {\n    unclaimed exact\n}\n\nhypothesis counts"),
    ]);
    let found = json(&folder, "a.ansatz b.ansatz");
    assert_eq!(own(&found, "more")["state"], "added");
    assert_eq!(own(&found, "nothing")["state"], "removed");
    assert_eq!(own(&found, "counts")["state"], "unchanged");
    let ran = folder.run("diff a.ansatz b.ansatz").ended(0);
    assert!(ran.stdout.contains("added: more\n") && ran.stdout.contains("removed: nothing\n"), "{ran:?}");
}

fn claims(found: &Value, name: &str) -> Vec<[String; 3]> {
    let text = |claim: &Value, key: &str| claim[key].as_str().unwrap().to_owned();
    let all = own(found, name)["claims"].as_array().unwrap();
    all.iter().map(|claim| [text(claim, "change"), text(claim, "what"), text(claim, "about")]).collect()
}

/// Edits, and what is told of them.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [[String; 3]]);

#[test]
fn a_difference_is_told_once_with_both_lines() {
    let node = [["changed", "node", "late"].map(str::to_owned)];
    let cases: [Case<'_>; 4] = [
        (&[("computes equal_count", "computes exact")], &node),
        // Behind the same words.
        (&[("= sum(step) == 0", "= sum(step) == 1")], &node),
        // Arrows that only lead elsewhere with their node are not told of.
        (&[("= heads(1, 0)", "= heads(0, 1)")], &node),
        (&[("late  -> loss", "late  ~> loss")], &[["changed", "arrow", "late to the behaviour"].map(str::to_owned)]),
    ];
    for (edits, wanted) in cases {
        let found = json(&edited(edits), "a.ansatz b.ansatz --no-run");
        assert_eq!(claims(&found, "counts"), wanted, "{edits:?}");
        assert!(found.get("run").is_none() && own(&found, "counts").get("score").is_none());
    }
    let folder = edited(&[("computes equal_count", "computes exact")]);
    let found = json(&folder, "a.ansatz b.ansatz --no-run");
    let claim = &own(&found, "counts")["claims"][0];
    assert_eq!(claim["before"]["text"], "node late = heads(1, 0) computes equal_count");
    assert_eq!(claim["after"]["text"], "node late = heads(1, 0) computes exact");
    assert_eq!(claim["before"]["line"], claim["after"]["line"]);
    let ran = folder.run("diff a.ansatz b.ansatz --no-run").ended(0);
    for line in ["changed: counts", "changed node late", "- a.ansatz:31: node late", "+ b.ansatz:31: node late"] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    let folder = edited(&[("= sum(step) == 0", "= sum(step) == 1")]);
    let ran = folder.run("diff a.ansatz b.ansatz --no-run").ended(0);
    assert!(ran.stdout.contains("means (sum(") && ran.stdout.contains("== 1)"), "{ran:?}");
}

#[test]
fn claims_that_come_and_go_are_told() {
    let folder = edited(&[("    node first = embed        computes opens\n", ""), ("    first -> late\n", "")]);
    let found = json(&folder, "a.ansatz b.ansatz --no-run");
    let told = claims(&found, "counts");
    assert!(told.contains(&["removed", "node", "first"].map(str::to_owned)), "{told:?}");
    assert!(told.contains(&["removed", "arrow", "first to late"].map(str::to_owned)), "{told:?}");
    let back = claims(&json(&folder, "b.ansatz a.ansatz --no-run"), "counts");
    assert_eq!(back.len(), told.len());
    assert!(back.iter().all(|claim| claim[0] == "added"), "{back:?}");
}

#[test]
fn the_score_moves_by_what_two_runs_differ_by() {
    let folder = edited(&[("computes equal_count", "computes exact")]);
    let behaviour = |name: &str| {
        let text = String::from_utf8(folder.read(name)).unwrap();
        folder.write(name, text.replace("cross_entropy(logits, label)", "logits[class: 0]"));
    };
    behaviour("a.ansatz");
    behaviour("b.ansatz");
    let sampled = "--n 150 --seed 5";
    let unclaimed = |name: &str| {
        let text = String::from_utf8(folder.read(name)).unwrap();
        folder.write(name, format!("{text}\nexpect counts {{ recovered(loss, baseline = nothing) < 2.0 }}\n"));
    };
    unclaimed("a.ansatz");
    unclaimed("b.ansatz");
    let found = json(&folder, &format!("a.ansatz b.ansatz {sampled}"));
    let score = &own(&found, "counts")["score"];
    let ran = |name: &str| {
        let report = folder.run(&format!("run {name} {sampled} --format json")).ended(0).json();
        own(&report, "counts").clone()
    };
    let (before, after) = (ran("a.ansatz"), ran("b.ansatz"));
    assert_eq!(score["before"], before["recovered"]);
    assert_eq!(score["after"], after["recovered"]);
    assert_eq!(score["n"], serde_json::json!([150, 150]));
    assert_eq!(score["comparable"], true);
    if let (Some(old), Some(new)) = (before["recovered"]["value"].as_f64(), after["recovered"]["value"].as_f64()) {
        let moved = &score["difference"];
        assert!((moved["value"].as_f64().unwrap() - (new - old)).abs() < 1e-9, "{score:#}");
        assert!(moved["low"].as_f64() < moved["high"].as_f64());
    }
    // What did not change was not run.
    assert!(own(&found, "nothing").get("score").is_none());
    let text = folder.run(&format!("diff a.ansatz b.ansatz {sampled}")).ended(0);
    assert!(text.stdout.contains("recovered (from nothing)"), "{text:?}");
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 100), "{text:?}");
}

#[test]
fn other_data_are_not_paired() {
    let folder = edited(&[("micro.npz", "other.npz")]);
    let mut arrays = folder.arrays("micro.npz");
    let tokens = arrays.get("tokens").unwrap().clone();
    arrays.insert("more".to_owned(), tokens);
    folder.write_arrays("other.npz", arrays);
    let found = json(&folder, "a.ansatz b.ansatz --n 50");
    let counts = own(&found, "counts");
    assert_eq!(claims(&found, "counts"), [["changed", "data", ""].map(str::to_owned)]);
    assert_eq!((&counts["score"]["difference"], &counts["score"]["comparable"]), (&Value::Null, &false.into()));
}

#[test]
fn interchanges_are_compared() {
    let items = "\ninterchange mirror of micro on strings {\n    predicts equal_count by logits[class: 1] > logits[class: 0]\n    \
                 align equal_count = heads(1, 0)\n}\n";
    let folder = Folder::with(items);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("b.ansatz", text.replace("= heads(1, 0)", "= heads(1, 1)"));
    let found = json(&folder, "a.ansatz b.ansatz --n 40");
    let own = own(&found, "mirror");
    assert_eq!((&own["kind"], &own["state"]), (&"interchange".into(), &"changed".into()));
    assert!(own["accuracies"][0]["before"]["value"].is_number() && own["accuracies"][0]["after"]["value"].is_number());
}

#[test]
fn markdown_keeps_names_inside() {
    let folder = edited(&[("computes equal_count", "computes exact  // ``` <b> | x")]);
    let ran = folder.run("diff a.ansatz b.ansatz --n 50 --format markdown").ended(0);
    assert!(ran.stdout.contains("| `counts` | **changed** |"), "{ran:?}");
    assert!(ran.stdout.contains("```diff\n@@ changed node late @@\n- a.ansatz:31:"), "{ran:?}");
    assert_eq!(ran.stdout.matches("```").count(), 2, "{ran:?}");
}

#[test]
fn wrong_files_are_2() {
    let folder = edited(&[("computes equal_count", "computes no_such_feature")]);
    let ran = folder.run("diff a.ansatz b.ansatz").ended(2);
    assert!(ran.stderr.contains("A1001") && ran.stderr.contains("b.ansatz:"), "{ran:?}");
    folder.run("diff b.ansatz a.ansatz").ended(2);
    folder.run("diff a.ansatz none.ansatz").ended(2);
    folder.run("diff a.ansatz").ended(2);
    folder.run("diff a.ansatz b.ansatz --n 0").ended(2);
    let found = folder.run("diff a.ansatz b.ansatz --format json").ended(2).json();
    assert_eq!(found["schema"], "ansatz-diagnostics/2");
}

fn git(folder: &Folder, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder.path("")).args(["-c", "user.name=t", "-c", "user.email=t@t.t"]).args(arguments);
    let ran = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// A repository with a commit of `sub/a.ansatz`, which uses `sub/parts/features.ansatz`; both are edited since.
fn repository() -> Folder {
    let folder = Folder::with("");
    std::fs::create_dir_all(folder.path("sub/parts")).unwrap();
    let head = HEAD.replace("\"micro", "\"../micro").replace("feature equal_count : bool      = sum(step) == 0\n", "");
    let text = format!("use \"parts/features.ansatz\"\n{head}{CLAIMS}");
    folder.write("sub/a.ansatz", &text);
    folder.write("sub/parts/features.ansatz", "feature equal_count : bool = sum(step) == 0\n");
    git(&folder, &["init", "-q", "."]);
    git(&folder, &["add", "sub"]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    folder.write("sub/parts/features.ansatz", "feature equal_count : bool = sum(step) == 1\n");
    folder
}

fn within(folder: &Folder, sub: &str, arguments: &[&str]) -> Ran {
    let mut command = folder.command(arguments);
    command.current_dir(folder.path(sub));
    finish(command).without_fault()
}

#[test]
fn revisions_are_read_with_what_they_use() {
    let folder = repository();
    for (sub, before, after) in [
        ("", "HEAD:sub/a.ansatz", "sub/a.ansatz"),
        ("", "HEAD", "sub/a.ansatz"),
        ("", "HEAD:./sub/a.ansatz", "sub/a.ansatz"),
        ("sub", "HEAD:sub/a.ansatz", "a.ansatz"),
        ("sub", "HEAD:./a.ansatz", "a.ansatz"),
        ("sub", "HEAD", "a.ansatz"),
        ("sub", ":./a.ansatz", "a.ansatz"),
        ("sub/parts", "HEAD:../a.ansatz", "../a.ansatz"),
    ] {
        let ran = within(&folder, sub, &["diff", before, after, "--no-run", "--format", "json"]).ended(0).json();
        assert_eq!(claims(&ran, "counts"), [["changed", "node", "late"].map(str::to_owned)], "{before} {after}");
        let claim = &own(&ran, "counts")["claims"][0];
        assert!(claim["before"]["meaning"].as_str().unwrap().ends_with("== 0)"), "{claim:#}");
        assert!(claim["after"]["meaning"].as_str().unwrap().ends_with("== 1)"), "{claim:#}");
    }
    let same = within(&folder, "", &["diff", "HEAD:sub/a.ansatz", "HEAD:sub/a.ansatz"]).ended(0);
    assert!(same.stdout.starts_with("unchanged: nothing, counts\n"), "{same:?}");
    let moved = within(&folder, "", &["diff", "HEAD", "sub/a.ansatz", "--n", "50"]).ended(0);
    assert!(moved.stdout.contains("changed: counts"), "{moved:?}");
}

#[test]
fn what_git_does_not_have_is_an_error() {
    let folder = repository();
    for before in [
        "HEAD:none.ansatz",
        "nobranch:sub/a.ansatz",
        "nobranch",
        "HEAD:sub",
        "HEAD:../out.ansatz",
        "-x:sub/a.ansatz",
        "$(touch pwned):sub/a.ansatz",
        "--output=pwned:sub/a.ansatz",
    ] {
        let ran = within(&folder, "", &["diff", "--no-run", "--", before, "sub/a.ansatz"]).ended(2);
        assert!(ran.stderr.contains("[A9402]"), "{before}: {ran:?}");
    }
    assert!(!folder.names().contains(&"pwned".to_owned()));
    // The used file is missing in the revision.
    git(&folder, &["rm", "-q", "--cached", "sub/parts/features.ansatz"]);
    git(&folder, &["commit", "-q", "-m", "second"]);
    let ran = within(&folder, "", &["diff", "HEAD", "sub/a.ansatz"]).ended(2);
    assert!(ran.stderr.contains("features.ansatz"), "{ran:?}");
    let outside = Folder::with(CLAIMS);
    let mut command = outside.command(["diff", "HEAD", "a.ansatz"]);
    command.env("GIT_CEILING_DIRECTORIES", outside.path("").parent().unwrap().parent().unwrap());
    assert!(finish(command).ended(2).stderr.contains("[A9402]"));
    let mut command = folder.command(["diff", "HEAD", "sub/a.ansatz"]);
    command.env("PATH", "");
    assert!(finish(command).ended(2).stderr.contains("[A9401]"));
}

#[test]
fn several_files_are_checked_at_once() {
    let folder = edited(&[("computes equal_count", "computes no_such_feature")]);
    folder.write("c.ansatz", format!("{HEAD}{CLAIMS}"));
    folder.run("check a.ansatz c.ansatz").ended(0);
    let ran = folder.run("check a.ansatz b.ansatz c.ansatz").ended(2);
    assert!(ran.stdout.contains("a.ansatz: 2 hypotheses") && ran.stdout.contains("c.ansatz: 2 hypotheses"), "{ran:?}");
    let found = folder.run("check a.ansatz b.ansatz c.ansatz --format json").ended(2).json();
    assert_eq!(found["diagnostics"].as_array().unwrap().len(), 1);
}
