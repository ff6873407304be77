//! The component maps of `std.transformer` on the exports of tests/fixtures/architectures: every export of an
//! architecture binds, runs, and gives what plain forward passes give, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it leaves out"
)]

#[path = "support/checking.rs"]
mod checking;
#[path = "maps/plainly.rs"]
mod plainly;
#[path = "support/runtime.rs"]
mod runtime;

use ansatz::data::{read_npz, write_npz};
use ansatz::hypothesis::Component;
use ndarray::ArrayD;
use plainly::{Part, Plainly};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The exports that every map fits.
const EXPORTS: &[&str] = &["legacy", "dynamo", "sdpa", "fused"];

/// An architecture of the fixtures.
struct Architecture {
    /// The name of the map.
    map: &'static str,
    /// What the model adds to it.
    adds: &'static str,
    /// The name of the files.
    files: &'static str,
    /// The columns of the dataset and the type of the expected logits.
    columns: &'static str,
    expected: &'static str,
    exports: &'static [&'static str],
    /// All axes of the logits but that of examples, the last first.
    axes: &'static [&'static str],
}

const WORDS: &[&str] = &["vocab", "pos"];
const IDS: &str = "tokens = \"input_ids\"";

/// A decoder with the tokens as its only input.
const DECODER: Architecture = Architecture {
    map: "gpt2",
    adds: "",
    files: "gpt2",
    columns: IDS,
    expected: "real[pos, vocab]",
    exports: EXPORTS,
    axes: WORDS,
};

const ARCHITECTURES: [Architecture; 5] = [
    DECODER,
    Architecture { map: "llama", files: "llama", ..DECODER },
    Architecture {
        map: "llama",
        adds: " { input position_ids : int[batch, pos] }",
        files: "llama-positions",
        columns: "tokens = \"input_ids\"\n    position_ids",
        exports: &["dynamo", "fused"],
        ..DECODER
    },
    Architecture {
        map: "bert",
        files: "bert",
        columns: "tokens = \"input_ids\"\n    mask = \"attention_mask\"",
        expected: "real[class]",
        axes: &["class"],
        ..DECODER
    },
    Architecture { map: "attention_only", files: "attention-only", columns: "tokens", ..DECODER },
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/architectures")
}

fn engines() -> Vec<&'static str> {
    let mut engines = vec!["reference"];
    engines.extend(runtime::onnxruntime().map(|_| "onnxruntime"));
    engines
}

impl Architecture {
    fn model(&self, export: &str) -> PathBuf {
        fixtures().join(format!("{}-{export}.onnx", self.files))
    }

    /// The inputs with the logits that PyTorch gives, as one npz; its path.
    #[expect(clippy::disallowed_methods, reason = "tests read and write files themselves")]
    fn rows(&self, folder: &Path) -> PathBuf {
        let read = |name: &str| read_npz(&std::fs::read(fixtures().join(name)).unwrap(), name).unwrap();
        let mut arrays: Vec<_> = read(&format!("{}.npz", self.files)).into_iter().collect();
        arrays.push(("expected".to_owned(), read("expected.npz").remove(self.files).unwrap()));
        let path = folder.join(format!("{}.npz", self.files));
        std::fs::write(&path, write_npz(&arrays).unwrap()).unwrap();
        path
    }

    /// A file with the model, its data, the squared distance of the logits from PyTorch's, and `claims`.
    #[expect(clippy::disallowed_methods, reason = "tests write files themselves")]
    fn file(&self, folder: &Path, export: &str, claims: &str) -> PathBuf {
        let distance = self.axes.iter().fold("(logits - expected) * (logits - expected)".to_owned(), |inner, axis| {
            format!("sum({inner} over {axis})")
        });
        let text = format!(
            "model m = onnx(\"{}\") as std.transformer.{}{}\n\ndata rows for m = npz(\"{}\") {{\n    {}\n    expected : {}\n}}\n\n\
             behaviour distance = {distance}\n\n{claims}\n",
            self.model(export).display(),
            self.map,
            self.adds,
            self.rows(folder).display(),
            self.columns,
            self.expected,
        );
        let path = folder.join("claims.ansatz");
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn ansatz(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ansatz")).args(arguments).arg(file).output().unwrap()
}

/// The scrubbed mean of each hypothesis, by name.
fn run(file: &Path, engine: &str) -> std::collections::BTreeMap<String, f64> {
    let output = ansatz(&["run", "--n", "40", "--format", "json", "--engine", engine], file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = report["hypotheses"].as_array().unwrap().iter();
    all.map(|found| (found["name"].as_str().unwrap().to_owned(), found["scrubbed"]["value"].as_f64().unwrap()))
        .collect()
}

/// Every head as a node, arrows of both kinds, into every port, and terms of the sums over keys.
const EVERYTHING: &str = "hypothesis everything explains distance {
    unclaimed exact
    for l in 0..2, h in 0..4 {
        node z(l, h) = heads(l, h)  computes exact
        z(l, h) -> distance
    }
    node token = embed  computes exact
    token ~> distance except via heads(0, 0), heads(0, 1), heads(0, 2), heads(0, 3), heads(1, 0), heads(1, 1), heads(1, 2), heads(1, 3)
    for h in 0..4 {
        token -> z(0, h).{q, k}
        token -> z(0, h).v where key == query
        for g in 0..4 {
            z(0, g) ~> z(1, h).{q, k}
            z(0, g) ~> z(1, h).v
        }
    }
}";

#[test]
fn every_export_binds_and_runs_as_the_model_itself() {
    for architecture in &ARCHITECTURES {
        for export in architecture.exports {
            let folder = tempfile::tempdir().unwrap();
            let file = architecture.file(folder.path(), export, EVERYTHING);
            let checked = ansatz(&["check"], &file);
            let said =
                format!("{}{}", String::from_utf8_lossy(&checked.stderr), String::from_utf8_lossy(&checked.stdout));
            assert!(checked.status.success(), "{} {export}: {said}", architecture.map);
            // That everything is exact is all there is to say.
            assert_eq!(said.matches("[A").count(), said.matches("[A4101]").count(), "{said}");
            for engine in engines() {
                let found = run(&file, engine)["everything"];
                assert!(found < 1e-6, "{} {export} {engine}: {found} from PyTorch's logits", architecture.map);
            }
        }
    }
}

/// Zero ablation of each head, and of the embedding for one port of a head alone; both are looked for in
/// the graph without addresses of attention.
#[test]
fn heads_and_ports_are_what_plain_passes_say() {
    for architecture in &ARCHITECTURES {
        for export in architecture.exports {
            let folder = tempfile::tempdir().unwrap();
            let mut claims = String::new();
            let mut plain = std::collections::BTreeMap::new();
            let passes = Plainly::new(&architecture.model(export), &architecture.rows(folder.path()));
            for (layer, head) in [(0, 0), (0, 3), (1, 0), (1, 1), (1, 2)] {
                let name = format!("without_{layer}_{head}");
                claims += &format!(
                    "hypothesis {name} explains distance {{\n    unclaimed exact\n    node z = heads({layer}, {head})  computes zero\n    z ~> distance\n}}\n"
                );
                plain.insert(name, passes.without_head(layer, head));
            }
            for (port, part) in [("q", Part::Query), ("k", Part::Key), ("v", Part::Value)] {
                for head in 0..4 {
                    let name = format!("port_{port}_{head}");
                    claims += &format!(
                        "hypothesis {name} explains distance {{\n    unclaimed exact\n    node z = heads(1, {head})  computes exact\n    \
                         node token = embed  computes zero\n    z ~> distance\n    token ~> z.{port}\n}}\n"
                    );
                    plain.insert(name, passes.without_embedding(1, head, part));
                }
            }
            let file = architecture.file(folder.path(), export, &claims);
            for engine in engines() {
                for (name, found) in run(&file, engine) {
                    let expected = plain[&name];
                    assert!(expected > 1e-4, "{} {export} {name}: nothing happens", architecture.map);
                    let apart = (found - expected).abs() / expected.max(1.0);
                    assert!(apart < 1e-3, "{} {export} {engine} {name}: {found}, plainly {expected}", architecture.map);
                }
            }
        }
    }
}

/// The streams are sums of what the components add to them, layer by layer, in every export.
#[test]
fn sites_of_the_stream_add_up() {
    for architecture in &ARCHITECTURES {
        for export in architecture.exports {
            let folder = tempfile::tempdir().unwrap();
            let text = format!(
                "model m = onnx(\"{}\") as std.transformer.{}{}",
                architecture.model(export).display(),
                architecture.map,
                architecture.adds
            );
            let (found, checked) = checking::bound("maps.ansatz", &text, folder.path());
            assert!(found.findings.is_empty(), "{:?}", found.findings);
            let values =
                Plainly::new(&architecture.model(export), &architecture.rows(folder.path())).values(&|_, _| {});
            let bound = checked.models[0].as_ref().unwrap();
            let at = |name: &str, layer: i64| {
                let of = |found: &&Component| found.family == name && found.arguments == [layer];
                bound.components.iter().find(of).map(|found| plainly::real(&values[&found.tensor]).clone())
            };
            for layer in 0..2 {
                let near = |left: &ArrayD<f32>, right: &ArrayD<f32>| {
                    let apart = left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max);
                    assert!(apart < 1e-5, "{} {export} layer {layer}: {apart} apart", architecture.map);
                };
                let [pre, out, post] = ["resid_pre", "attn_out", "resid_post"].map(|name| at(name, layer).unwrap());
                let behind =
                    at("normalized_mid", layer).or_else(|| at("resid_mid", layer)).unwrap_or_else(|| post.clone());
                near(&at("resid_mid", layer).unwrap_or_else(|| post.clone()), &(pre + out));
                near(&post, &at("mlp", layer).map_or_else(|| behind.clone(), |mlp| behind.clone() + mlp));
                if let Some(next) = at("resid_pre", layer + 1) {
                    near(&next, &at("normalized_post", layer).unwrap_or(post));
                }
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests write files themselves")]
fn what_an_export_lacks_is_said_where_the_map_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("claims.ansatz");
    let model = |files: &str, map: &str| format!("model m = onnx(\"{}\") as {map}\n", fixtures().join(files).display());
    let said = |text: String| {
        std::fs::write(&file, text).unwrap();
        let output = ansatz(&["check", "--format", "text"], &file);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (passed, text) = said(model("attention-only-dynamo.onnx", "std.transformer.attention_only(k = \"keys\")"));
    assert!(!passed);
    for part in [
        "A3001",
        "claims.ansatz:1:",
        "called here",
        "blocks.0.attn.keys",
        "std.transformer",
        "in braces behind the map",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let (passed, text) = said(model("llama-dynamo.onnx", "std.transformer.gpt2"));
    assert!(!passed && text.contains("has no module `transformer.h.0`"), "{text}");
    let (passed, text) = said(model("gpt2-dynamo.onnx", "std.transformer.gpt2(tokens = \"ids\")"));
    assert!(!passed && text.contains("the model has no input `ids`"), "{text}");
    // What stands in the model's own braces takes the place of the map's.
    let own =
        " {\n    input input_ids : token[batch, pos]\n    component embed = \"transformer/Add\" : [batch, pos, d]\n}\n";
    let (passed, text) = said(model("gpt2-dynamo.onnx", "std.transformer.gpt2").trim_end().to_owned() + own);
    assert!(passed, "{text}");
}

/// An input of the map that a model does not have is left out where the others are all that it has.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests write files themselves")]
fn an_encoder_without_a_mask_has_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("claims.ansatz");
    let text = "map small(tokens = \"tokens\") {\n    dim batch\n    dim pos\n    dim class\n    input tokens = \"{tokens}\" : token[batch, pos]\n    \
                input mask : int[batch, pos]\n    output logits : real[batch, class]\n}\n";
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/micro.onnx");
    let used = |arguments: &str| {
        let text = format!("{text}model m = onnx(\"{}\") as small{arguments}\n", model.display());
        std::fs::write(&file, text).unwrap();
        let output = ansatz(&["check"], &file);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (passed, said) = used("");
    assert!(passed, "{said}");
    let (passed, said) = used("(tokens = \"words\")");
    assert!(!passed && said.contains("no input `words`") && said.contains("no input `mask`"), "{said}");
}

#[test]
fn maps_are_explained() {
    let explained = |name: &str| {
        let output = ansatz(&["explain"], Path::new(name));
        assert!(output.status.success(), "{name}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let all = explained("std.transformer");
    for architecture in &ARCHITECTURES {
        assert!(all.contains(&format!("\n{}(", architecture.map)), "{all}");
        let own = explained(&format!("std.transformer.{}", architecture.map));
        for part in ["Components:", "Sites:", "resid_pre", "port pattern", "dim d_head"] {
            assert!(own.contains(part), "{part} in {own}");
        }
    }
}
