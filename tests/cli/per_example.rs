//! The file of `--per-example` against the report, the draws and the data.

use super::program::{CLAIMS, Folder};
use ansatz::data::Array;

fn reals(array: &Array) -> Vec<f64> {
    match array {
        Array::Real(array) => array.iter().copied().collect(),
        Array::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Array::Int(array) => array.iter().map(|number| *number as f64).collect(),
        other => panic!("{other:?}"),
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The loss of two logits for a label.
fn cross_entropy(logits: &[f64], label: f64) -> f64 {
    let chosen = if label == 0.0 { logits[0] } else { logits[1] };
    logits.iter().map(|logit| (logit - chosen).exp()).sum::<f64>().ln()
}

#[test]
fn examples_agree_with_the_report_the_draws_and_the_data() {
    let folder = Folder::with(CLAIMS);
    let told = "--draws d.npz --per-example p.npz --format json";
    let report = folder.run(&format!("run a.ansatz --n 150 --seed 3 {told}")).ended(0).json();
    let (each, draws, data) = (folder.arrays("p.npz"), folder.arrays("d.npz"), folder.arrays("micro.npz"));
    let labels = reals(&data["label"]);
    for found in report["hypotheses"].as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        let row = reals(&each[&format!("{name}/row")]);
        assert_eq!(row, reals(&draws[&format!("{name}/reference")]));
        for (which, key) in [("clean", "model"), ("scrubbed", "scrubbed")] {
            let losses = &each[&format!("{name}/loss/{which}")];
            let outputs = &each[&format!("{name}/outputs/logits/{which}")];
            assert_eq!((losses.shape(), outputs.shape()), (&[150][..], &[150, 2][..]));
            let (losses, outputs) = (reals(losses), reals(outputs));
            let told = found[key]["value"].as_f64().unwrap();
            assert_eq!(reals(&each[&format!("{name}/loss/weight")]), [1.0; 150]);
            assert!((mean(&losses) - told).abs() < 1e-12, "{name} {which}: {} and {told}", mean(&losses));
            for (at, loss) in losses.iter().enumerate() {
                let again = cross_entropy(&outputs[2 * at..2 * at + 2], labels[row[at] as usize]);
                assert!((loss - again).abs() < 1e-9, "{name} {which} {at}: {loss} and {again}");
            }
        }
    }
    assert_eq!(each.len(), 2 * 6, "{:?}", each.keys());
    // Nothing claimed: every output is that of the row drawn, as the model gives it there.
    let clean = reals(&each["nothing/outputs/logits/clean"]);
    let scrubbed = reals(&each["nothing/outputs/logits/scrubbed"]);
    let row = reals(&each["nothing/row"]);
    for (at, drawn) in reals(&draws["nothing/unclaimed/logits"]).iter().enumerate() {
        if let Some(same) = row.iter().position(|row| row == drawn) {
            assert_eq!(scrubbed[2 * at..2 * at + 2], clean[2 * same..2 * same + 2]);
        }
    }
}

/// Of references that count with different weights, and of some that do not count at all.
#[test]
fn weights_lead_from_the_examples_of_a_behaviour_with_positions_to_the_report() {
    let each_position = "behaviour open : real[pos] where opens and position(pos) > 2 = logits[1] * (position(pos) + 1)\n\n\
        hypothesis counts explains open {\n    node late = heads(1, 0) computes equal_count\n    late -> open\n}\n";
    let folder = Folder::with(each_position);
    let report = folder.run("run a.ansatz --n 150 --per-example p.npz --format json").ended(0).json();
    let (each, data) = (folder.arrays("p.npz"), folder.arrays("micro.npz"));
    let tokens = reals(&data["tokens"]);
    let row = reals(&each["counts/row"]);
    let counted = |row: f64| (3..8).filter(|at| tokens[8 * row as usize + at] == 3.0).count() as f64;
    let weight = reals(&each["counts/open/weight"]);
    assert_eq!(weight, row.iter().map(|row| counted(*row)).collect::<Vec<f64>>());
    assert!(weight.contains(&0.0) && weight.iter().any(|weight| *weight > 1.0));
    for (which, key) in [("clean", "model"), ("scrubbed", "scrubbed")] {
        let values = reals(&each[&format!("counts/open/{which}")]);
        let counting = || values.iter().zip(&weight).filter(|(_, weight)| **weight > 0.0);
        let sum: f64 = counting().map(|(value, weight)| value * weight).sum();
        let told = report["hypotheses"][0][key]["value"].as_f64().unwrap();
        assert!((sum / weight.iter().sum::<f64>() - told).abs() < 1e-9, "{which}: {sum} and {told}");
    }
}
