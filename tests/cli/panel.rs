//! The panel against a plain computation from the numbers of each example.

use super::program::{CLAIMS, Folder};
use ansatz::data::Array;
use serde_json::Value;

fn reals(array: &Array) -> Vec<f64> {
    match array {
        Array::Real(array) => array.iter().copied().collect(),
        Array::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Array::Int(array) => array.iter().map(|number| *number as f64).collect(),
        other => panic!("{other:?}"),
    }
}

fn mean(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn cross_entropy(logits: &[f64], label: f64) -> f64 {
    let chosen = if label == 0.0 { logits[0] } else { logits[1] };
    logits.iter().map(|logit| (logit - chosen).exp()).sum::<f64>().ln()
}

fn close(told: &Value, expected: f64, of: &str) {
    let told = told.as_f64().unwrap_or_else(|| panic!("{of}: {told} is no number, but {expected}"));
    assert!((told - expected).abs() < 1e-8, "{of}: {told} is not {expected}");
}

/// Of a panel: how examples move, from their values and the baseline.
fn changes_hold(change: &Value, model: &[f64], scrubbed: &[f64], baseline: f64) {
    let gap = mean(model.iter().copied()) - baseline;
    let moved: Vec<f64> = model.iter().zip(scrubbed).map(|(model, scrubbed)| scrubbed - model).collect();
    close(&change["mean"]["value"], mean(moved.iter().map(|change| change.abs())), "the mean change");
    if change["share"].is_null() {
        return;
    }
    let toward: Vec<f64> = moved.iter().map(|change| change / gap).collect();
    let share = |is: &dyn Fn(f64) -> bool| mean(toward.iter().map(|change| f64::from(u8::from(is(*change)))));
    close(&change["share"]["value"], mean(toward.iter().map(|change| change.abs())), "the share");
    close(&change["gained"]["value"], mean(toward.iter().map(|change| change.max(0.0))), "gained");
    close(&change["lost"]["value"], mean(toward.iter().map(|change| (-change).max(0.0))), "lost");
    close(&change["better"]["value"], share(&|change| change > 1e-5), "better");
    close(&change["worse"]["value"], share(&|change| change < -1e-5), "worse");
    close(&change["same"]["value"], share(&|change| change.abs() <= 1e-5), "the same");
}

/// Some features more: one with a class of few rows, one with many values.
const FEATURES: &str = "
feature many  : int  = 16 * count(tokens[pos: 4..8] == \"(\") + count(tokens == \"(\")
feature rare  : bool = count(tokens == \"(\") == 0
";

#[test]
fn examples_and_slices_are_what_a_plain_computation_gives() {
    let folder = Folder::with(&format!("{FEATURES}{CLAIMS}"));
    let report = folder.run("run a.ansatz --seed 3 --per-example p.npz --format json").ended(0).json();
    super::formats::report_holds(&report);
    let (each, data) = (folder.arrays("p.npz"), folder.arrays("micro.npz"));
    let (labels, tokens) = (reals(&data["label"]), reals(&data["tokens"]));
    let opens = |row: usize| tokens[8 * row..8 * row + 8].iter().filter(|token| **token == 3.0).count();
    let closes = |row: usize| tokens[8 * row..8 * row + 8].iter().filter(|token| **token == 4.0).count();
    for found in report["hypotheses"].as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        let rows: Vec<usize> = reals(&each[&format!("{name}/row")]).iter().map(|row| *row as usize).collect();
        assert_eq!(rows.len(), labels.len(), "every row is a reference");
        let [model, scrubbed] = ["clean", "scrubbed"].map(|which| reals(&each[&format!("{name}/loss/{which}")]));
        let outputs = reals(&each[&format!("{name}/outputs/logits/clean")]);
        // Outputs of every row with the labels of some.
        let zero = |is_of: &dyn Fn(usize) -> bool| {
            let own: Vec<f64> = (0..labels.len()).filter(|row| is_of(*row)).map(|row| labels[row]).collect();
            mean(outputs.chunks(2).flat_map(|logits| own.iter().map(|label| cross_entropy(logits, *label))))
        };
        let panel = &found["panel"];
        changes_hold(&panel["change"], &model, &scrubbed, zero(&|_| true));
        let slices = panel["slices"].as_array().unwrap();
        for slice in slices {
            let value = slice["value"].as_str().unwrap();
            let is_of = |row: usize| match slice["by"].as_str().unwrap() {
                "label" => labels[row].to_string() == value,
                "equal_count" => (opens(row) == closes(row)).to_string() == value,
                "rare" => (opens(row) == 0).to_string() == value,
                "many" => {
                    let late = tokens[8 * row + 4..8 * row + 8].iter().filter(|token| **token == 3.0).count();
                    let mut ends = value.split(" to ").map(|end| end.parse::<usize>().unwrap());
                    let first = ends.next().unwrap();
                    (first..=ends.next().unwrap_or(first)).contains(&(16 * late + opens(row)))
                }
                other => panic!("{other}"),
            };
            let own: Vec<usize> = (0..rows.len()).filter(|at| is_of(rows[*at])).collect();
            assert_eq!((slice["n"].as_u64(), slice["rows"].as_u64()), (Some(own.len() as u64), Some(own.len() as u64)));
            if own.len() < 10 {
                assert!(slice["model"].is_null() && slice["recovered"].is_null(), "{slice}");
                continue;
            }
            let [model, scrubbed] = [&model, &scrubbed].map(|values| mean(own.iter().map(|at| values[*at])));
            let baseline = zero(&is_of);
            close(&slice["model"], model, value);
            close(&slice["scrubbed"], scrubbed, value);
            close(&slice["baseline"], baseline, value);
            if !slice["recovered"].is_null() {
                close(&slice["recovered"]["value"], (scrubbed - baseline) / (model - baseline), value);
            }
        }
        // Each row is of one slice of each kind.
        for by in ["label", "equal_count", "rare", "many"] {
            let own = slices.iter().filter(|slice| slice["by"] == by);
            assert_eq!(own.map(|slice| slice["n"].as_u64().unwrap()).sum::<u64>(), labels.len() as u64, "{by}");
        }
        let ranges = slices.iter().filter(|slice| slice["by"] == "many").count();
        assert!((2..=5).contains(&ranges), "{ranges}");
    }
}

/// Where the baseline is sampled, that of a slice has the references that were paired with its labels.
#[test]
fn the_sampled_baseline_of_a_slice_is_that_of_its_labels() {
    let claims = CLAIMS.replace("explains loss", "explains far").replace("-> loss", "-> far");
    let far = "behaviour far = kl(clean(logits), logits)\n";
    let folder = Folder::with(&format!("{far}{claims}"));
    let run = "run a.ansatz --n 300 --draws d.npz --per-example p.npz --format json";
    let report = folder.run(run).ended(0).json();
    let (each, draws, data) = (folder.arrays("p.npz"), folder.arrays("d.npz"), folder.arrays("micro.npz"));
    let tokens = reals(&data["tokens"]);
    let equal = |row: f64| {
        let own = &tokens[8 * row as usize..8 * row as usize + 8];
        [3.0, 4.0].map(|token| own.iter().filter(|own| **own == token).count()).windows(2).all(|two| two[0] == two[1])
    };
    let rows = reals(&each["nothing/row"]);
    let paired = draws.iter().find(|(name, _)| name.starts_with("nothing/baseline")).expect("a sampled baseline");
    let paired = reals(paired.1);
    let outputs = reals(&each["nothing/outputs/logits/clean"]);
    let of_row = |row: f64| rows.iter().position(|own| *own == row).map(|at| &outputs[2 * at..2 * at + 2]);
    let probabilities = |logits: &[f64]| [0.0, 1.0].map(|label| (-cross_entropy(logits, label)).exp());
    let slices = report["hypotheses"][0]["panel"]["slices"].as_array().unwrap();
    for slice in slices.iter().filter(|slice| slice["by"] == "equal_count") {
        let is_of = |row: f64| equal(row).to_string() == slice["value"].as_str().unwrap();
        let mut told = Vec::new();
        for (at, other) in paired.iter().enumerate().filter(|(_, other)| is_of(**other)) {
            // Only where the other row is a reference too, its outputs are known here.
            let clean = of_row(*other).map(probabilities).expect("every row is a reference");
            let own = probabilities(&outputs[2 * at..2 * at + 2]);
            told.push(clean.iter().zip(own).map(|(p, q)| p * (p / q).ln()).sum::<f64>());
        }
        close(&slice["baseline"], mean(told), "the baseline");
    }
}

#[test]
fn the_text_has_the_panel_on_request() {
    let folder = Folder::with(CLAIMS);
    let (without, with) = (folder.run("run a.ansatz --n 200"), folder.run("run a.ansatz --n 200 --panel"));
    assert!(!without.stdout.contains("mean |scrubbed - model|"));
    assert_eq!(with.stdout.matches("mean |scrubbed - model|").count(), 2, "{}", with.stdout);
    assert!(with.stdout.contains("  equal_count = true "), "{}", with.stdout);
    for line in with.stdout.lines() {
        assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line}");
    }
}
