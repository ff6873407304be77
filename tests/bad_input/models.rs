//! Model files.

use super::graph::{Attr, GraphBuilder, f32s};
use super::program::{CLAIMS, Folder};
use super::{refused, refused_by_all};
use ansatz::engine::DType;
use ansatz::model::encode;

fn refuse(bytes: impl AsRef<[u8]>, code: &str) {
    let folder = Folder::with(CLAIMS);
    folder.write("micro.onnx", bytes);
    refused_by_all(&folder, "a.ansatz", code);
    refused(&folder, "inspect micro.onnx", code);
    refused(&folder, "inspect micro.onnx --format text x*", code);
}

fn fixture(name: &str) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "a fixture")]
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn missing() {
    let folder = Folder::with(CLAIMS);
    refused(&folder, "run a.ansatz --model micro=none.onnx --draws d.npz", "A9001");
    refused(&folder, "inspect none.onnx", "A9001");
    refused(&folder, "run a.ansatz --model micro=. --draws d.npz", "A9002");
}

#[test]
fn truncated() {
    let whole = fixture("micro.onnx");
    for length in [whole.len() - 1, whole.len() / 2, 1_000, 100] {
        refuse(&whole[..length], "A3004");
    }
    refuse("", "A3003");
}

#[test]
fn another_format() {
    refuse(b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05torch\x94.", "A3003");
    refuse(b"PK\x03\x04\x14\0\0\0\0\0archive/data.pkl", "A3003");
    refuse(fixture("bad/pointer.onnx"), "A3003");
    refuse("<!DOCTYPE html><html>", "A3003");
    refuse(vec![0; 4096], "A3004");
    refuse(fixture("micro.npz"), "A3003");
}

#[test]
fn weights_outside_the_folder() {
    refuse(fixture("bad/outside.onnx"), "A3006");
    // The weights of this one are not there.
    refuse(fixture("micro-external.onnx"), "A3006");
}

#[test]
fn graphs_that_cannot_be_patched() {
    refuse(fixture("bad/random.onnx"), "A3005");
    refuse(fixture("bad/cycle.onnx"), "A3004");
    refuse(fixture("bad/batch-of-4.onnx"), "A3007");
}

/// The file of a model with one float input of 4.
const FLOAT: &str = r#"
model m = onnx("m.onnx") {
    dim batch
    dim d = 4
    input  x : real[batch, d]
    output y : real[batch, d]
}
data rows for m = npz("rows.npz") {
    x
    label : category
}
behaviour loss = cross_entropy(y, label)
hypothesis nothing explains loss {
}
"#;

fn float(bytes: &[u8]) -> Folder {
    let folder = Folder::with("");
    folder.write("m.onnx", bytes);
    folder.write("x.ansatz", FLOAT);
    super::numbers::rows(&folder, 4, 10, |at| at as f32);
    folder
}

#[test]
fn a_model_that_mixes_the_batch() {
    refused_by_all(&float(&fixture("bad/mixes.onnx")), "x.ansatz", "A3008");
}

#[test]
fn an_operator_that_no_engine_has() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    let y = g.named_node("y", "Frobnicate", &[x], &[]);
    g.output(y);
    let found = refused_by_all(&float(&encode(&g.build(), &[y])), "x.ansatz", "A6001");
    assert!(found.stderr.contains("Frobnicate"), "{found:?}");
}

#[test]
fn an_operator_with_wrong_shapes() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    let w = g.initializer("w", f32s(&[3, 4], &[1.0; 12]));
    let y = g.named_node("y", "MatMul", &[x, w], &[]);
    g.output(y);
    let folder = float(&encode(&g.build(), &[y]));
    let ran = folder.run("run x.ansatz --draws d.npz").ended(2);
    assert!(ran.stderr.contains("[A"), "{ran:?}");
}

#[test]
fn a_tensor_without_measure() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    let shape = g.ints(&[1 << 40, 4]);
    let y = g.named_node("y", "Expand", &[x, shape], &[]);
    let z = g.named_node("z", "ConstantOfShape", &[shape], &[("value", Attr::from(f32s(&[1], &[1.0])))]);
    let sum = g.named_node("sum", "Add", &[y, z], &[]);
    g.output(sum);
    let folder = float(&encode(&g.build(), &[sum]));
    let ran = folder.run("run x.ansatz --draws d.npz").ended(2);
    assert!(ran.stderr.contains("[A") && ran.used.as_secs() < 10, "{ran:?}");
}

/// The input as it is: nothing is computed, nothing breaks.
#[test]
fn an_output_that_is_an_input() {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    g.output(x);
    let folder = float(&encode(&g.build(), &[x]));
    let text = FLOAT.replace("output y", "output y = \"x\"");
    folder.write("x.ansatz", text);
    folder.run("run x.ansatz --draws d.npz --per-example p.npz").without_fault();
}
