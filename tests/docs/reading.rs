//! What docs/reading-a-report.md shows is what the program prints: tables and blocks of its reports, and
//! pictures that are drawn from their JSON.

use super::shown;
use serde_json::Value;
use std::fmt::Write;
use std::process::Command;

const PAGE: &str = "docs/reading-a-report.md";
const FOLDER: &str = "examples/reading";
/// Terminals, and the reports themselves, are that wide.
const WIDTH: usize = 100;

/// What is kept of an output.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// From the line that starts with this to the next empty one.
    Paragraph(&'static str),
    /// From the line that starts with this to the one that starts with the other.
    Until(&'static str, &'static str),
    /// The line that starts with this, and those up to the next empty one that have one of these.
    Lines(&'static str, &'static [&'static str]),
}

fn ansatz(arguments: &str) -> String {
    ended(arguments, 0)
}

/// What is printed by a command that ends with a code.
fn ended(arguments: &str, code: i32) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    assert_eq!(run.status.code(), Some(code), "ansatz {arguments}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("results are UTF-8")
}

fn kept(output: &str, keep: Keep) -> String {
    let (Keep::Paragraph(start) | Keep::Lines(start, _) | Keep::Until(start, _)) = keep;
    let end = |line: &str| match keep {
        Keep::Until(_, end) => line.starts_with(end),
        _ => line.is_empty(),
    };
    let paragraph: Vec<&str> =
        output.lines().skip_while(|line| !line.starts_with(start)).take_while(|line| !end(line)).collect();
    assert!(!paragraph.is_empty(), "no line starts with {start:?} in\n{output}");
    let Keep::Lines(_, wanted) = keep else { return paragraph.join("\n") };
    let has = |line: &str, want: &&str| line.contains(*want);
    for want in wanted {
        assert!(paragraph.iter().skip(1).any(|line| has(line, want)), "no line has {want:?} in\n{output}");
    }
    let rest = paragraph.iter().skip(1).filter(|line| wanted.iter().any(|want| has(line, want)));
    let mut lines: Vec<&str> = paragraph.iter().take(1).chain(rest).copied().collect();
    lines.push("  ...");
    lines.join("\n")
}

/// The block of the page with this command is what it prints, but for what is not kept.
fn is_real(command: &str, keep: &[Keep]) {
    is_real_of((PAGE, command, 0), keep);
}

/// The same of a page, for a command that ends with a code.
pub fn is_real_of((page, command, code): (&str, &str, i32), keep: &[Keep]) {
    let output = ended(command, code);
    let parts: Vec<String> = keep.iter().map(|keep| kept(&output, *keep)).collect();
    let first = format!("$ ansatz {command}");
    let block = format!("{first}\n{}", parts.join("\n\n"));
    assert!(block.lines().all(|line| line.chars().count() <= WIDTH), "{block}");
    shown(page, &format!("{first}\n"), &block);
}

pub const TABLE: Keep = Keep::Paragraph("hypothesis ");

#[test]
fn copies_all_recover_everything() {
    is_real(
        "run examples/reading/copies.ansatz --n 800 --size --reference-points",
        &[
            TABLE,
            Keep::Lines("size ", &["---", "three_voters", "not_the"]),
            Keep::Lines("not_the_third:", &["random explanations", "at most"]),
        ],
    );
}

#[test]
fn two_mistakes_hide_each_other() {
    is_real(
        "run examples/reading/twice.ansatz --n 800 --blame",
        &[TABLE, Keep::Lines("both_wrong:", &["one -> gate", "two -> gate", "one by one", "    ("])],
    );
}

#[test]
fn a_slice_tells_features_apart() {
    is_real(
        "run examples/reading/twins.ansatz --n 512 --panel",
        &[TABLE, Keep::Lines("first_x_here:", &["slice   ", "label =", "apart ="])],
    );
}

#[test]
fn opposite_errors_are_flagged() {
    is_real(
        "run examples/reading/cancel.ansatz --n 800 --panel",
        &[
            TABLE,
            Keep::Lines(
                "which_are_more:",
                &[
                    "mean |", "|model", "gained", "lost", "accuracy", "R2", "slice   ", "lead = 1", "lead = 5",
                    "lead = 8",
                ],
            ),
        ],
    );
}

/// On ONNX Runtime, where it is found: the model is trained, and its numbers are not round.
#[test]
fn meaningless_features_recover_as_much() {
    if super::runtime::onnxruntime().is_some() {
        is_real(
            "run examples/reading/unrelated.ansatz --n 800 --reference-points",
            &[TABLE, Keep::Lines("unrelated:", &["without any", "permuted", "random explanations", "at most"])],
        );
        let report = ansatz(&format!("run {FOLDER}/unrelated.ansatz --n 800 --reference-points --format json"));
        let report: Value = serde_json::from_str(&report).expect("the report is JSON");
        shown(PAGE, "unrelated, on its first references:", &on_one_axis(&report["hypotheses"][0]["reference_points"]));
    }
}

#[test]
fn one_line_has_all_the_blame() {
    is_real(
        "run examples/reading/near.ansatz --n 800 --blame",
        &[TABLE, Keep::Lines("one_wrong:", &["-> test (", "-> loss (", "-> total.v (", "-> step ("])],
    );
}

/// Hypotheses of the examples, and what is known of them.
const KNOWN: [(&str, &str, &str); 6] = [
    ("cancel", "which_are_more", "wrong: it says by how much, too"),
    ("copies", "three_voters", "true"),
    ("copies", "not_the_third", "wrong: the third counts, too"),
    ("twins", "first_x_here", "wrong: it looks for y"),
    ("unrelated", "unrelated", "worthless: a meaningless feature"),
    ("near", "one_wrong", "four claims of five are true"),
];
/// Columns of the picture for 100 %, and for what lies beyond.
const WHOLE: usize = 36;
const BEYOND: usize = 2;

/// A line from 0 % to a little more than 100 %: `|   --o--   |`.
fn drawn(recovered: &Value) -> String {
    let column = |name: &str| {
        let share = recovered[name].as_f64().expect("recovered has a value and an interval");
        (share * WHOLE as f64).round().clamp(0.0, (WHOLE + BEYOND) as f64) as usize
    };
    let (low, value, high) = (column("low"), column("value"), column("high"));
    let sign = |at: usize| match at {
        _ if at == value => 'o',
        _ if (low..=high).contains(&at) => '-',
        0 | WHOLE => '|',
        _ => ' ',
    };
    (0..=WHOLE + BEYOND).map(sign).collect()
}

/// A hypothesis and what it can be held against; of random explanations the range and the middle.
fn on_one_axis(points: &Value) -> String {
    let random: Vec<f64> = points["random"]["recovered"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|share| share.as_f64().expect("a number"))
        .collect();
    let middle = random[random.len() / 2];
    let random = serde_json::json!({ "low": random[0], "value": middle, "high": random[random.len() - 1] });
    let mut block =
        format!("unrelated, on its first references:\n\n{:26}0 %{:>width$}\n", "", "100 %", width = WHOLE + 2);
    for (told, share) in [
        ("its claims", &points["own"]),
        ("permuted features", &points["permuted"]),
        ("100 random ones", &random),
        ("without any claim", &points["empty"]),
    ] {
        let value = share["value"].as_f64().expect("a number");
        let _ = writeln!(block, "{told:17} {:5.1} %  {}", 100.0 * value, drawn(share).trim_end());
    }
    block
}

/// The intervals of the examples, the highest score first.
#[test]
fn scores_and_truth_are_in_different_orders() {
    let mut found: Vec<(f64, String)> = Vec::new();
    for (file, name, known) in KNOWN {
        let report = ansatz(&format!("run {FOLDER}/{file}.ansatz --n 800 --format json"));
        let report: Value = serde_json::from_str(&report).expect("the report is JSON");
        let all = report["hypotheses"].as_array().expect("a list");
        let own = all.iter().find(|one| one["name"] == name).expect("the hypothesis is there");
        let recovered = &own["recovered"];
        let value = recovered["value"].as_f64().expect("a number");
        found.push((value, format!("{name:14}  {:5.1} %  {} {known}", 100.0 * value, drawn(recovered))));
    }
    assert!(found.iter().any(|(value, line)| *value > 0.9 && line.contains("wrong")), "{found:?}");
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let first = format!("ansatz run FILE --n 800, for each FILE of {FOLDER}:");
    let mut block = format!("{first}\n\n{:25}0 %{:>width$}\n", "", "100 %", width = WHOLE + 2);
    for (_, line) in found {
        let _ = writeln!(block, "{line}");
    }
    assert!(block.lines().all(|line| line.chars().count() <= WIDTH), "{block}");
    shown(PAGE, &first, &block);
}
