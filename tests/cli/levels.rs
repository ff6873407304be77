//! Comments that allow findings, levels of the command line, of files and of `ansatz.toml`.

use super::formats::findings_hold;
use super::program::{Folder, HEAD, Ran};

/// A feature that is the same for all rows: A4102, a warning.
const TRIVIAL: &str = "hypothesis trivial explains loss {\n    node late = heads(1, 0)  computes first_is_start\n    late -> loss\n}\n\
                       feature first_is_start : bool = tokens[0] == \"[start]\"\n";

/// A class of one: A4103, an error about the data.
fn lonely() -> Folder {
    let folder = Folder::with(&single(""));
    let row = |first: u8, second: u8| {
        format!("{{\"tokens\": [0, {first}, {second}, 2, 1, 1, 1, 1], \"label\": {}}}\n", first % 2)
    };
    folder.write("tiny.jsonl", [(3, 3), (3, 4), (4, 3), (4, 4)].map(|(first, second)| row(first, second)).concat());
    folder
}

fn single(comment: &str) -> String {
    format!(
        "data tiny for micro = jsonl(\"tiny.jsonl\") {{\n    tokens\n    label : category\n}}\n\
         hypothesis single explains loss on tiny {{\n{comment}    node late = heads(1, 0) computes (tokens[1], tokens[2])\n    late -> loss\n}}\n"
    )
}

fn with(items: &str) -> Folder {
    Folder::with(items)
}

fn above(comment: &str) -> String {
    TRIVIAL.replace("    node late", &format!("    {comment}\n    node late"))
}

fn codes(ran: &Ran) -> Vec<String> {
    let found = ran.json();
    let list = found["diagnostics"].as_array().unwrap();
    list.iter().filter(|one| one["suppressed"].is_null()).map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

fn told(folder: &Folder, arguments: &str) -> Vec<String> {
    codes(&folder.run(&format!("check a.ansatz --format json {arguments}")))
}

#[test]
fn a_comment_above_a_line_or_at_its_end_allows_what_is_found_there() {
    assert_eq!(told(&with(TRIVIAL), ""), ["A4102"]);
    let reason = "// ansatz: allow A4102: every string begins so, which is the point";
    for text in [
        above(reason),
        above(&format!("{reason}\n\n    // and another comment")),
        TRIVIAL.replace("first_is_start\n    late", &format!("first_is_start {reason}\n    late")),
        above(&reason.replace("A4102", "feature-constant")),
    ] {
        let folder = with(&text);
        assert_eq!(told(&folder, ""), [""; 0], "{text}");
        let found = folder.run("check a.ansatz --format json").ended(0).json();
        findings_hold(&found);
        let suppressed = &found["diagnostics"][0]["suppressed"];
        assert_eq!(suppressed["by"], "line");
        assert_eq!(suppressed["reason"], "every string begins so, which is the point");
        assert_eq!(folder.run("check a.ansatz").ended(0).stderr, "");
    }
}

#[test]
fn comments_that_say_nothing_true_are_told_of() {
    for (comment, code) in [
        ("// ansatz: allow A4102", "A9702"),
        ("// ansatz: allow A4102:   ", "A9702"),
        ("// ansatz: allow A4109: so", "A9202"),
        ("// ansatz: allow A1001: so", "A9205"),
        ("// ansatz: allow : so", "A9701"),
        ("// ansatz: allow", "A9701"),
        ("// ansatz: alow A4102: so", "A9701"),
        ("// ansatz:", "A9701"),
        ("// ansatz: warn A4102", "A9701"),
        ("// ansatz: file warn A4102", "A9701"),
    ] {
        assert_eq!(told(&with(&above(comment)), ""), [code, "A4102"], "{comment}");
    }
    // A string, and a comment that only mentions it.
    for text in ["// see ansatz: allow\n", "/// ansatz: allow x\nfeature f : bool = true\n"] {
        assert_eq!(told(&with(text), ""), [""; 0], "{text}");
    }
}

#[test]
fn a_comment_that_allows_nothing_is_told_of_and_can_be_removed() {
    let text = TRIVIAL.replace("    late", "    // ansatz: allow A4102: at another line\n    late");
    let folder = with(&text);
    assert_eq!(told(&folder, ""), ["A4102", "A9703"]);
    folder.run("check a.ansatz --fix").ended(0);
    assert_eq!(folder.read("a.ansatz"), format!("{HEAD}{text}").into_bytes(), "comments are never lost unasked");
    folder.run("check a.ansatz --fix --unsafe-fixes").ended(0);
    assert_eq!(folder.read("a.ansatz"), format!("{HEAD}{TRIVIAL}").into_bytes());
    // At the end of a line only the comment and the space before it go.
    let folder = with(&TRIVIAL.replace("late -> loss", "late -> loss  // ansatz: allow A4102: no"));
    folder.run("check a.ansatz --fix --unsafe-fixes").ended(0);
    assert_eq!(folder.read("a.ansatz"), format!("{HEAD}{TRIVIAL}").into_bytes());
    // What only runs find, and what errors hide, is not told of.
    for text in [
        "// ansatz: allow A7008: few rows\nfeature f : bool = true\n",
        "// ansatz: allow A4102: so\nfeature f : bool = gone\n",
    ] {
        assert!(!told(&with(text), "").contains(&"A9703".to_owned()), "{text}");
    }
}

#[test]
fn an_allowed_error_is_run_and_the_report_says_so() {
    let folder = lonely();
    assert!(folder.run("run a.ansatz").ended(2).stderr.contains("A4103"));
    folder.write("a.ansatz", format!("{HEAD}{}", single("    // ansatz: allow A4103: four strings, all different\n")));
    let ran = folder.run("run a.ansatz").ended(0);
    assert!(!ran.stderr.contains("A4103"), "{ran:?}");
    assert!(ran.stdout.contains("allowed: A4103 at a.ansatz:"), "{ran:?}");
    assert!(ran.stdout.contains(": four strings, all different"), "{ran:?}");
    let report = folder.run("run a.ansatz --format json").ended(0).json();
    super::formats::report_holds(&report);
    assert_eq!(report["allowed"][0]["code"], "A4103");
    assert_eq!(report["allowed"][0]["reason"], "four strings, all different");
    folder.write("a.ansatz", format!("{HEAD}{}", single("")));
    let report = folder.run("run a.ansatz --allow A4103 --format json").ended(0);
    assert!(report.stderr.contains("[A4103] Warning"), "without a reason it stays in sight: {report:?}");
    assert!(report.json()["allowed"][0]["reason"].is_null());
}

#[test]
fn the_command_line_comes_before_the_file_and_the_file_before_the_settings() {
    let folder = with(TRIVIAL);
    let severity = |folder: &Folder, arguments: &str| {
        let found = folder.run(&format!("check a.ansatz --format json {arguments}")).json();
        let one = &found["diagnostics"][0];
        if one["suppressed"].is_null() { one["severity"].as_str().unwrap().to_owned() } else { "allowed".to_owned() }
    };
    assert_eq!(severity(&folder, ""), "warning");
    folder.write("ansatz.toml", "[lints]\nA4102 = \"error\"\n");
    assert_eq!(severity(&folder, ""), "error");
    folder.run("check a.ansatz").ended(2);
    folder.write("ansatz.toml", "[lints]\nfeature-constant = \"allow\"\n");
    assert_eq!(severity(&folder, ""), "allowed");
    folder.write("a.ansatz", format!("// ansatz: file deny A4102\n{HEAD}{TRIVIAL}"));
    assert_eq!(severity(&folder, ""), "error");
    folder.write("a.ansatz", format!("// ansatz: file deny A4102\n// ansatz: file warn A4102: later\n{HEAD}{TRIVIAL}"));
    assert_eq!(severity(&folder, ""), "warning");
    folder.write("a.ansatz", format!("// ansatz: file allow A4102: known\n{HEAD}{TRIVIAL}"));
    assert_eq!(severity(&folder, ""), "allowed");
    assert_eq!(severity(&folder, "--warn A4102"), "warning");
    assert_eq!(severity(&folder, "--deny A4102 --allow A4102"), "error", "the strictest counts");
}

#[test]
fn settings_are_found_above_the_file_up_to_the_repository() {
    let folder = with("");
    std::fs::create_dir_all(folder.path("deep/er")).unwrap();
    folder.write("deep/er/b.ansatz", "feature f : bool = true\n");
    folder.write(
        "ansatz.toml",
        "format = \"jsonl\"\nthreads = 1\nmemory = \"1G\"\ncolor = \"never\"\nengine = \"reference\"\n",
    );
    assert_eq!(folder.run("check deep/er/b.ansatz").ended(0).stdout, "");
    assert!(folder.run("check deep/er/b.ansatz --format full").ended(0).stdout.contains("no mistakes"));
    std::fs::create_dir(folder.path("deep/.git")).unwrap();
    assert!(folder.run("check deep/er/b.ansatz").ended(0).stdout.contains("no mistakes"));
}

#[test]
fn settings_set_limits_where_the_command_line_does_not() {
    let folder = with(super::program::CLAIMS);
    folder.write("ansatz.toml", "memory = \"1K\"\n");
    assert!(folder.run("run a.ansatz").ended(2).stderr.contains("A5001"));
    folder.run("run a.ansatz --memory 1G").ended(0);
}

#[test]
fn what_is_wrong_with_settings_has_its_place() {
    let folder = with("feature f : bool = true\n");
    for (text, code, place) in [
        ("[lints\n", "A9711", "1:"),
        ("memori = \"1G\"\n", "A9712", "1:1"),
        ("[lint]\nA4101 = \"warn\"\n", "A9712", "1:2"),
        ("threads = 4\nmemory = 12\n", "A9713", "2:10"),
        ("threads = 0\n", "A9713", "1:11"),
        ("threads = 1.5\n", "A9713", "1:11"),
        ("engine = \"referense\"\n", "A9713", "1:10"),
        ("lints = 3\n", "A9713", "1:9"),
        ("[lints]\nA4101 = true\n", "A9713", "2:9"),
        ("[lints]\nA4101 = \"fatal\"\n", "A9713", "2:9"),
        ("[lints]\nA4191 = \"warn\"\n", "A9202", "2:1"),
        ("[lints]\nA1001 = \"warn\"\n", "A9205", "2:1"),
        ("a = 1\na = 2\n", "A9711", "2:1"),
    ] {
        folder.write("ansatz.toml", text);
        let ran = folder.run("check a.ansatz --format concise").ended(2);
        assert!(
            ran.stdout.starts_with(&format!("ansatz.toml:{place}")) && ran.stdout.contains(code),
            "{text}: {ran:?}"
        );
        for command in ["run", "plan", "validate", "search", "calibrate", "report", "dump --stage ast"] {
            assert!(folder.run(&format!("{command} a.ansatz")).ended(2).stderr.contains(code), "{command}: {text}");
        }
    }
    folder.write("ansatz.toml", [0xff, 0xfe]);
    assert!(folder.run("check a.ansatz").ended(2).stderr.contains("A0002"));
    std::fs::remove_file(folder.path("ansatz.toml")).unwrap();
    std::fs::create_dir(folder.path("ansatz.toml")).unwrap();
    let ran = folder.run("check a.ansatz").ended(2);
    assert!(ran.stderr.contains("A9002") && ran.stderr.contains("directory"), "{ran:?}");
}

#[test]
fn each_file_has_the_settings_of_its_own_folder() {
    let folder = with(TRIVIAL);
    std::fs::create_dir(folder.path("strict")).unwrap();
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("strict/b.ansatz", text.replace("\"micro.", "\"../micro."));
    folder.write("strict/ansatz.toml", "[lints]\nA4102 = \"error\"\n");
    let ran = folder.run("check a.ansatz strict/b.ansatz --format concise").ended(2);
    assert!(ran.stdout.contains("a.ansatz:") && ran.stdout.contains("warning[A4102]"), "{ran:?}");
    assert!(ran.stdout.contains("strict/b.ansatz") && ran.stdout.contains("error[A4102]"), "{ran:?}");
    folder.write("strict/ansatz.toml", "oops\n");
    let ran = folder.run("check a.ansatz strict/b.ansatz --format concise").ended(2);
    assert!(ran.stdout.contains("strict/ansatz.toml:1:") && ran.stdout.contains("warning[A4102]"), "{ran:?}");
}
