//! Telling mechanisms apart: `challenge ... distinguishes`.
#![allow(clippy::print_stdout, reason = "a test says what it measured")]

#[path = "support/checking.rs"]
mod checking;

use ansatz::engine::reference::Reference;
use ansatz::hypothesis::Distinction;
use ansatz::plan::Limits;
use ansatz::report::distinguish::{DistinctionReport, report};
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

fn told(text: &str, folder: &Path, limits: Limits) -> Vec<(Told, DistinctionReport)> {
    let (found, checked) = checking::bound("test.ansatz", text, folder);
    assert!(found.findings.iter().all(|finding| !finding.is_error()), "{:?}", found.findings);
    let engine = Reference::new();
    let one = |challenge: &Distinction| {
        let told = distinguish(challenge, &checked, (&engine, settings(limits)), &|_| {});
        let told = told.map_err(|fault| fault.message).expect("it runs");
        let report = report(challenge, &told, &found.sources);
        (told, report)
    };
    checked.distinctions.iter().map(one).collect()
}

#[test]
fn brackets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brackets");
    let text = std::fs::read_to_string(folder.join("distinguish.ansatz")).expect("the example is there");
    let found = told(&text, &folder, Limits { memory: 1 << 30, threads: 2 });
    for (told, report) in found {
        print!("{}", ansatz::report::distinguish::text(&report));
        println!("{:?}", told.own);
    }
}
