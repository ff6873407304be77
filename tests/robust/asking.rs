//! Models that loop for ever, ask for more memory than there is, or draw at random: refused by `check`, on both engines,
//! within an address space of 4 GiB.

use super::graph::{Attr, GraphBuilder, f32s};
use super::in_shell;
use super::program::{Folder, Ran, finish};
use ansatz::data::{Array, write_npz};
use ansatz::engine::DType;
use ansatz::model::encode;
use ansatz::model::onnx::{AttributeProto, GraphProto, ModelProto};
use ndarray::{ArrayD, IxDyn};
use prost::Message;

const TEXT: &str = r#"
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

/// In KiB, for `ulimit -v`.
const MEMORY: u32 = 4 << 20;

fn folder(model: &[u8]) -> Folder {
    let folder = Folder::with("");
    folder.write("m.onnx", model);
    folder.write("x.ansatz", TEXT);
    let x = ArrayD::from_shape_fn(IxDyn(&[40, 4]), |at| (at[0] * 4 + at[1]) as f32 / 100.0);
    let label = ArrayD::from_shape_fn(IxDyn(&[40]), |at| at[0] as i64 % 4);
    let arrays = [("x".to_owned(), Array::F32(x)), ("label".to_owned(), Array::Int(label))];
    folder.write("rows.npz", write_npz(&arrays).unwrap());
    folder
}

fn limited(folder: &Folder, arguments: &str) -> Ran {
    finish(in_shell(folder, &format!("ulimit -v {MEMORY}"), arguments)).without_fault()
}

/// Those that are there.
fn engines() -> Vec<&'static str> {
    let found = !Folder::with("").run("check a.ansatz --engine onnxruntime").stderr.contains("[A6006]");
    assert!(found || std::env::var("ANSATZ_REQUIRE_ORT").is_err(), "ONNX Runtime is required");
    if found { vec!["reference", "onnxruntime"] } else { vec!["reference"] }
}

/// A model is refused with this code, on each engine, before any of its weights is used.
fn refused(model: &[u8], codes: &[&str]) {
    let folder = folder(model);
    for engine in engines() {
        for command in ["check x.ansatz", "run x.ansatz --draws d.npz"] {
            let ran = limited(&folder, &format!("{command} --engine {engine}")).ended(2);
            assert!(codes.iter().any(|code| ran.stderr.contains(&format!("[{code}]"))), "{engine} {codes:?}: {ran:?}");
            assert!(ran.used.as_secs() < 10, "{engine}: {:?}", ran.used);
        }
    }
    assert!(!folder.names().contains(&"d.npz".to_owned()));
}

/// A model that adds something to its input, made by these nodes.
fn adding(make: impl FnOnce(&mut GraphBuilder, ansatz::model::TensorId) -> ansatz::model::TensorId) -> Vec<u8> {
    let mut g = GraphBuilder::new(17);
    let x = g.input("x", DType::F32, &["batch", "4"]);
    let more = make(&mut g, x);
    let y = g.named_node("y", "Add", &[x, more], &[]);
    g.output(y);
    encode(&g.build(), &[y])
}

#[test]
fn terabytes_are_refused() {
    let axis = [("axes", Attr::from([0_i64])), ("keepdims", Attr::from(0_i64))];
    let huge = [1_i64 << 40, 1, 4];
    refused(
        &adding(|g, x| {
            let s = g.ints(&huge);
            let z = g.node("Expand", &[x, s], &[]);
            g.node("ReduceMean", &[z], &axis)
        }),
        &["A6004"],
    );
    refused(
        &adding(|g, x| {
            let (s, axes) = (g.ints(&[1 << 40, 1, 1]), g.ints(&[0]));
            let u = g.node("Unsqueeze", &[x, axes], &[]);
            let z = g.node("Tile", &[u, s], &[]);
            g.node("ReduceMean", &[z], &axis)
        }),
        &["A6004"],
    );
    refused(
        &adding(|g, _| {
            let s = g.ints(&[1 << 40, 4]);
            let z = g.node("ConstantOfShape", &[s], &[]);
            g.node("ReduceMean", &[z], &axis)
        }),
        &["A6004"],
    );
    refused(
        &adding(|g, _| {
            let ends = [0.0, 1e38, 1e-38].map(|end| g.scalar(end));
            let z = g.node("Range", &ends, &[]);
            g.node("ReduceMean", &[z], &[("keepdims", Attr::from(0_i64))])
        }),
        &["A6004"],
    );
}

/// Forty doublings of something small, and many constants each of which would be allowed.
#[test]
fn many_steps_to_terabytes_are_refused() {
    let axis = [("axes", Attr::from([0_i64])), ("keepdims", Attr::from(0_i64))];
    refused(
        &adding(|g, x| {
            let axes = g.ints(&[0]);
            let mut grown = g.node("Unsqueeze", &[x, axes], &[]);
            for _ in 0..40 {
                grown = g.node("Concat", &[grown, grown], &[("axis", Attr::from(0_i64))]);
            }
            g.node("ReduceMean", &[grown], &axis)
        }),
        &["A6004", "A6005"],
    );
    refused(
        &adding(|g, x| {
            let shape = g.ints(&[50_000_000, 4]);
            let mut sum = x;
            for at in 0..20 {
                let value = f32s(&[1], &[at as f32]);
                let constant = g.node("ConstantOfShape", &[shape], &[("value", Attr::from(value))]);
                let mean = g.node("ReduceMean", &[constant], &axis);
                sum = g.node("Add", &[sum, mean], &[]);
            }
            sum
        }),
        &["A6004"],
    );
}

/// A size that is computed from the data.
#[test]
fn sizes_that_data_ask_for_are_refused() {
    let model = adding(|g, x| {
        let greatest = g.node("ReduceMax", &[x], &[("axes", Attr::from([0_i64, 1])), ("keepdims", Attr::from(0_i64))]);
        let many = g.scalar(1e12);
        let size = g.node("Mul", &[greatest, many], &[]);
        let size = g.node("Cast", &[size], &[("to", Attr::from(7_i64))]);
        let axes = g.ints(&[0]);
        let shape = g.node("Unsqueeze", &[size, axes], &[]);
        let ones = g.node("ConstantOfShape", &[shape], &[]);
        g.node("ReduceMean", &[ones], &[("keepdims", Attr::from(0_i64))])
    });
    refused(&model, &["A6004", "A3012"]);
}

#[test]
fn more_nodes_than_a_model_has_are_refused() {
    let model = adding(|g, x| (0..60_000).fold(x, |last, _| g.node("Relu", &[last], &[])));
    refused(&model, &["A3005"]);
}

/// The same model with the node that computes the sum replaced by another one.
fn with_node(op: &str, body: Option<GraphProto>) -> Vec<u8> {
    let mut model = ModelProto::decode(adding(|_, x| x).as_slice()).unwrap();
    let node = &mut model.graph.as_mut().unwrap().node[0];
    node.op_type = Some(op.to_owned());
    let attribute =
        |body| AttributeProto { name: Some("body".to_owned()), r#type: Some(5), g: Some(body), ..Default::default() };
    node.attribute = body.map(attribute).into_iter().collect();
    model.encode_to_vec()
}

#[test]
fn loops_are_refused() {
    for op in ["Loop", "Scan", "If"] {
        let ran = {
            let model = with_node(op, Some(GraphProto::default()));
            refused(&model, &["A3005"]);
            limited(&folder(&model), "check x.ansatz")
        };
        assert!(ran.stderr.contains("loop"), "{ran:?}");
    }
}

#[test]
fn random_operators_are_refused() {
    for op in ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"] {
        refused(&with_node(op, None), &["A3005"]);
    }
    let dropout = adding(|g, x| {
        let (ratio, training) =
            (g.scalar(0.5), g.constant(ansatz::engine::Value::Bool(ArrayD::from_elem(IxDyn(&[]), true))));
        g.node("Dropout", &[x, ratio, training], &[])
    });
    refused(&dropout, &["A3005"]);
}

/// What is fine stays fine within the same limits.
#[test]
fn an_honest_model_is_run() {
    let folder = folder(&adding(|g, x| g.node("Relu", &[x], &[])));
    for engine in engines() {
        limited(&folder, &format!("run x.ansatz --engine {engine} --memory 512M --threads 2")).ended(0);
    }
}
