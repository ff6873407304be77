//! Telling mechanisms apart: `challenge ... distinguishes`.
#![allow(clippy::print_stdout, reason = "a test says what it measured")]

#[path = "support/checking.rs"]
mod checking;

use ansatz::engine::reference::Reference;
use ansatz::plan::Limits;
use ansatz::run::{DEFAULT_BUDGET, Settings};
use ansatz::validate::distinguish::{Told, distinguish};
use std::path::Path;

fn settings(limits: Limits) -> Settings {
    Settings {
        n: None,
        budget: DEFAULT_BUDGET,
        seed: 0,
        limits,
        keep_outputs: false,
        blame: false,
        reference_points: false,
        panel: false,
    }
}

fn told(text: &str, folder: &Path, limits: Limits) -> Vec<Told> {
    let (found, checked) = checking::bound("test.ansatz", text, folder);
    assert!(found.findings.iter().all(|finding| !finding.is_error()), "{:?}", found.findings);
    let engine = Reference::new();
    let one = |challenge| distinguish(challenge, &checked, (&engine, settings(limits)), &|_| {});
    checked.distinctions.iter().map(|challenge| one(challenge).map_err(|fault| fault.message).expect("it runs")).collect()
}

#[test]
fn brackets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets");
    let text = std::fs::read_to_string(folder.join("distinguish.ansatz")).expect("the example is there");
    let found = told(&text, &folder, Limits { memory: 1 << 30, threads: 2 });
    for told in found {
        println!("{:?} {:?} own {:?}\n{:?}", told.counts, told.halves, told.own, told.agreement);
        for ranked in told.scores.iter().chain(&told.nodes).chain(&told.controls).chain(&told.random) {
            let of = |r: ansatz::estimate::Ranking| format!("{:.3} ({:.3} .. {:.3}) {:.3} ({:.3} .. {:.3})", r.auroc.value, r.auroc.low, r.auroc.high, r.precision.value, r.precision.low, r.precision.high);
            println!("{:20} {}   | {}", ranked.name, of(ranked.trusted), of(ranked.supervised));
        }
    }
}
