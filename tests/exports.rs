//! One model as its exporters write it, at operator sets 17 to 23, with fixed and open batch: the same
//! draws, and the same scrubbed outputs within 1e-4, whatever the tensors are called.
#![allow(clippy::panic, clippy::disallowed_methods, reason = "a test fails by panicking, and reads files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod program;
mod support;

use ansatz::data::Array;
use program::Folder;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Claims of every kind that a draw's key tells apart, on the model of the fixtures.
const CLAIMS: &str = r#"
hypothesis direct explains loss on strings {
    node count = heads(1, 0)  computes equal_count
    node early = heads(0, 0) + heads(0, 1)  computes balanced
    node first = embed[pos: 1]  computes is_open[pos: 1]
    node tokens_read = tokens  computes step

    count       -> loss
    early       -> count.v
    first       ~> count except via heads(0, 0), heads(0, 1)
    tokens_read -> early
}

hypothesis apart explains loss on strings {
    unclaimed apart
    node nest = mlp(1)  computes never_below
    node late = resid(0)  computes balanced

    nest ~> loss
    late ~> nest
}

hypothesis ports explains loss on strings {
    unclaimed exact
    draw other
    draw second from few
    unclaimed other for ind.pattern
    unclaimed second for ind.v
    pool 2
    node ind = heads(0, 1)  computes exact

    ind ~> loss except via heads(1, 0)
}

hypothesis estimated explains loss on strings {
    node mix = estimate(self with pattern = identity) of heads(0, 1)  rest any  computes balanced
    node terms = embed  computes equal_count

    mix   -> loss
    terms -> mix.v where key <= query
}
"#;

type Arrays = BTreeMap<String, Array>;

/// The draws, and what each example came to.
fn run(folder: &Folder, export: &Path, engine: &str) -> (Arrays, Arrays) {
    let told = "run a.ansatz --n 24 --allow A7001 --draws d.npz --per-example p.npz --quiet";
    let mut command: Command = folder.command(told.split(' '));
    command.arg("--engine").arg(engine).arg(format!("--model=micro={}", export.display()));
    let library = support::runtime::variable("ORT_DYLIB_PATH");
    if !library.is_empty() {
        command.env("ORT_DYLIB_PATH", library);
    }
    let ran = program::finish(command).without_fault();
    assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", export.display());
    (folder.arrays("d.npz"), folder.arrays("p.npz"))
}

fn numbers(array: &Array) -> Vec<f64> {
    match array {
        Array::Real(array) => array.iter().copied().collect(),
        Array::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Array::Int(array) => array.iter().map(|number| *number as f64).collect(),
        other => panic!("{other:?}"),
    }
}

fn folder() -> Folder {
    let folder = Folder::with("");
    let head = std::fs::read_to_string(support::fixture("micro.ansatz")).expect("the fixture is there");
    let (head, _) = head.split_once("hypothesis base").expect("the declarations come first");
    folder.write("a.ansatz", format!("{head}{CLAIMS}"));
    folder.write("few.jsonl", std::fs::read(support::fixture("few.jsonl")).expect("the fixture is there"));
    folder
}

#[test]
fn all_exports_of_a_model_get_the_same_draws_and_figures() {
    let folder = folder();
    let mut exports: Vec<_> = std::fs::read_dir(support::fixture("exports")).expect("the fixtures are there").collect();
    exports.sort_by_key(|entry| entry.as_ref().expect("an entry").file_name());
    assert_eq!(exports.len(), 20);
    let mut engines = vec!["reference"];
    engines.extend(support::runtime::onnxruntime().map(|_| "onnxruntime"));
    let (draws, each) = run(&folder, &folder.path("micro.onnx"), "reference");
    assert!(draws.len() > 20 && each.len() > 8, "{:?} {:?}", draws.keys(), each.keys());
    for export in exports {
        let export = export.expect("an entry").path();
        for engine in &engines {
            let (found, again) = run(&folder, &export, engine);
            let told = || format!("{} on {engine}", export.display());
            assert_eq!(found.keys().collect::<Vec<_>>(), draws.keys().collect::<Vec<_>>(), "{}", told());
            assert!(found == draws, "{}: other draws", told());
            assert_eq!(again.keys().collect::<Vec<_>>(), each.keys().collect::<Vec<_>>(), "{}", told());
            for (name, expected) in &each {
                let pairs = numbers(expected).into_iter().zip(numbers(&again[name]));
                let apart = pairs.fold(0.0_f64, |most, (a, b)| most.max((a - b).abs() / a.abs().max(1.0)));
                assert!(apart < 1e-4, "{}: {name} is {apart:e} apart", told());
            }
        }
    }
}
