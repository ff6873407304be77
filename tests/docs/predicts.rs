//! What docs/what-scores-predict.md shows of the truth models is what the program finds.

use super::{blessed, shown};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const PAGE: &str = "docs/what-scores-predict.md";
const MODELS: [&str; 9] =
    ["both", "count", "induction", "largest", "majority", "redundant", "repeat", "reverse", "sorted"];

fn calibrated(name: &str, more: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["--quiet", "calibrate", &format!("examples/calibrate/{name}.ansatz"), "--engine", "reference"])
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    assert_eq!(run.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("results are UTF-8")
}

fn of<'v>(calibration: &'v Value, objective: &str) -> &'v Value {
    let all = calibration["objectives"].as_array().expect("a list");
    all.iter().find(|own| own["name"] == objective).expect("a truth is stated")
}

fn rho(objective: &Value, metric: &str) -> [f64; 3] {
    let all = objective["predictors"].as_array().expect("a list");
    let own = all.iter().find(|own| own["metric"] == metric).expect("it is defined");
    ["rho", "low", "high"].map(|word| own[word].as_f64().expect("a number"))
}

#[test]
fn the_table_of_the_truth_models_is_real() {
    let mut out =
        String::from("model      correct             complete            arrows: complete  alike at 99 % and more\n");
    let mut medians: [Vec<f64>; 3] = Default::default();
    for name in MODELS {
        let found: Value = serde_json::from_str(&calibrated(name, &["--format", "json"])).expect("JSON");
        let own = &found["calibrations"][0];
        let (correct, complete) = (of(own, "truth: correct"), of(own, "truth: complete"));
        let [first, second] = [rho(correct, "recovered"), rho(complete, "recovered")];
        let arrows = rho(complete, "arrows");
        let told = |[value, low, high]: [f64; 3]| format!("{value:.2} ({low:.2} .. {high:.2})");
        let full = of(own, "truth: alike")["bins"].as_array().and_then(|bins| bins.last()).expect("there are bins");
        let share = |word: &str| full[word].as_f64().expect("a number");
        let n = &full["n"];
        let _ = writeln!(
            out,
            "{name:<10} {:<19} {:<19} {:<17} {:.2} .. {:.2}, median {:.2} ({n})",
            told(first),
            told(second),
            format!("{:.2}", arrows[0]),
            share("least"),
            share("most"),
            share("median"),
        );
        // What the page says in words.
        assert!(first[1] > 0.0, "{name}: a score tells what is correct: {first:?}");
        assert!(share("least") < 0.4 && share("most") > 0.999, "{name}: a full score can be had by little: {full}");
        for (all, one) in medians.iter_mut().zip([first, second, arrows]) {
            all.push(one[0]);
        }
    }
    let median = |all: &mut Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let [correct, complete, arrows] = medians.each_mut().map(median);
    let _ = writeln!(out, "{:<10} {correct:<19.2} {complete:<19.2} {arrows:.2}", "median");
    assert!(out.lines().all(|line| line.len() <= 100), "{out}");
    shown(PAGE, "model      correct", &out);
}

#[test]
fn one_of_them_in_full() {
    let output = calibrated("both", &[]);
    let lines: Vec<&str> = output
        .lines()
        .skip_while(|line| !line.starts_with("  truth: correct"))
        .take_while(|line| !line.is_empty())
        .collect();
    let first = "$ ansatz calibrate examples/calibrate/both.ansatz --engine reference";
    shown(PAGE, &format!("{first}\n"), &format!("{first}\n  ...\n{}", lines.join("\n")));
}

#[test]
fn its_picture_is_what_is_drawn() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    calibrated("both", &["-o", &folder.path().display().to_string()]);
    let drawn = ansatz::files::read(&folder.path().join("both.truth_correct.svg"), 1 << 20).expect("it is drawn");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/what-scores-predict-both.svg");
    if blessed() {
        ansatz::files::write(&path, &drawn).expect("it can be written");
    }
    let kept = ansatz::files::read(&path, 1 << 20).expect("`make bless` draws it");
    assert!(kept == drawn, "`make bless` draws it anew");
}
