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
use std::path::{Path, PathBuf};
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

/// The draws, and what each example came to, with an export in the place of the file's own.
fn run(folder: &Folder, model: &str, export: &Path, engine: &str) -> (Arrays, Arrays) {
    let told = "run a.ansatz --n 24 --allow A7001 --draws d.npz --per-example p.npz --quiet";
    let mut command: Command = folder.command(told.split(' '));
    command.arg("--engine").arg(engine).arg(format!("--model={model}={}", export.display()));
    let library = support::runtime::variable("ORT_DYLIB_PATH");
    if !library.is_empty() {
        command.env("ORT_DYLIB_PATH", library);
    }
    let ran = program::finish(command).without_fault();
    assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", export.display());
    (folder.arrays("d.npz"), folder.arrays("p.npz"))
}

/// Every export gives, on every engine, the draws of the first on the reference engine, and its numbers
/// within 1e-4.
fn all_alike(folder: &Folder, model: &str, exports: &[PathBuf]) {
    let mut engines = vec!["reference"];
    engines.extend(support::runtime::onnxruntime().map(|_| "onnxruntime"));
    let (draws, each) = run(folder, model, &exports[0], "reference");
    assert!(draws.len() > 8 && each.len() > 3, "{:?} {:?}", draws.keys(), each.keys());
    for export in exports {
        for engine in &engines {
            let (found, again) = run(folder, model, export, engine);
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
    let found = std::fs::read_dir(support::fixture("exports")).expect("the fixtures are there");
    let mut exports: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    exports.sort();
    assert_eq!(exports.len(), 20);
    exports.insert(0, folder.path("micro.onnx"));
    all_alike(&folder, "micro", &exports);
}

/// Claims about transformers by the maps of the library: terms of attention, ports, and every scheme.
const ARCHITECTURE_CLAIMS: &str = r#"
feature small : bool[pos] = int(tokens) < 12

hypothesis terms explains loss {
    node late  = heads(1, 0) + heads(1, 2)  computes small
    node early = heads(0, 1)                computes exact
    node first = embed                      computes small

    late  -> loss
    early -> late.pattern
    first -> late.v where key == query
}

hypothesis apart explains loss {
    unclaimed apart
    node late = heads(1, 3)  computes small
    node into = embed        computes small

    late ~> loss
    into ~> late.{q, k}
}

hypothesis ports explains loss {
    unclaimed exact
    draw other
    unclaimed other for late.pattern
    node late = heads(1, 2)  computes exact

    late ~> loss
}
"#;

/// Means of what nothing claims; tokens are all that such models are given.
const MEANS: &str = r#"
hypothesis averaged explains loss {
    unclaimed mean
    node late = heads(1, 1)  computes exact
    node into = resid_mid(0) computes small

    late ~> loss
    into -> late.v
}
"#;

/// The exports with fused operators too.
fn transformers(name: &str, map: &str, columns: &str, claims: &str, exports: &[&str]) {
    let folder = Folder::with("");
    let file = |name: &str| support::fixture("architectures").join(name);
    folder.write("rows.npz", std::fs::read(file(&format!("{name}.npz"))).expect("a fixture"));
    let files: Vec<PathBuf> = exports.iter().map(|export| file(&format!("{name}-{export}.onnx"))).collect();
    let head = format!("model m = onnx(\"{}\") as {map}\n", files[0].display());
    let data = format!("data rows for m = npz(\"rows.npz\") {{\n    tokens = \"input_ids\"\n    {columns}\n}}\n");
    folder.write("a.ansatz", format!("{head}{data}{claims}{ARCHITECTURE_CLAIMS}"));
    all_alike(&folder, "m", &files);
}

const EXPORTS: [&str; 4] = ["legacy", "dynamo", "sdpa", "fused"];
const NEXT: &str = "behaviour loss = mean(cross_entropy(logits, shift(tokens, -1, 0)) over pos)\n";

#[test]
fn fused_exports_of_bert_are_like_the_others() {
    let columns = "mask = \"attention_mask\"\n    label : int";
    transformers("bert", "std.transformer.bert", columns, "behaviour loss = cross_entropy(logits, label)\n", &EXPORTS);
}

#[test]
fn fused_exports_of_llama_are_like_the_others() {
    transformers("llama", "std.transformer.llama", "", &format!("{NEXT}{MEANS}"), &EXPORTS);
}

/// The rotation is an operator of its own where positions are an input.
#[test]
fn exports_with_a_fused_rotation_are_like_the_others() {
    let map = "std.transformer.llama { input position_ids : int[batch, pos] }";
    transformers("llama-positions", map, "position_ids", NEXT, &["dynamo", "fused"]);
}

#[test]
fn fused_exports_of_gpt2_are_like_the_others() {
    transformers("gpt2", "std.transformer.gpt2", "", &format!("{NEXT}{MEANS}"), &EXPORTS);
}
