//! Models that give NaN or infinity: located, never averaged away.

use super::graph::{GraphBuilder, f32s};
use super::program::Folder;
use super::refused;
use ansatz::data::{Array, write_npz};
use ansatz::engine::DType;
use ansatz::model::encode;
use ndarray::{ArrayD, IxDyn};

/// Data for a float input `x` [rows, width], of which `number` gives each element, with labels
/// 0 and 1 in turn.
pub fn rows(folder: &Folder, width: usize, rows: usize, number: impl Fn(usize) -> f32) {
    let elements: Vec<f32> = (0..rows * width).map(number).collect();
    let x = Array::F32(ArrayD::from_shape_vec(IxDyn(&[rows, width]), elements).unwrap());
    let labels: Vec<i64> = (0..rows as i64).map(|row| row % 2).collect();
    let label = Array::Int(ArrayD::from_shape_vec(IxDyn(&[rows]), labels).unwrap());
    folder.write("rows.npz", write_npz(&[("x".to_owned(), x), ("label".to_owned(), label)]).unwrap());
}

const TEXT: &str = r#"
model m = onnx("m.onnx") {
    dim batch
    input  x : real[batch, class = 2]
    output y : real[batch, class]
    component part = "part" : [batch, class]
}
data rows for m = npz("rows.npz") {
    x
    label : category
}
feature sign : bool = label == 0
behaviour loss = cross_entropy(y, label)
"#;

const NOTHING: &str = "hypothesis nothing explains loss {\n}\n";

/// y = operator(x + 0), the sum being the component `part`.
fn model(folder: &Folder, operator: &str) {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "2"]);
    let zero = g.initializer("zero", f32s(&[2], &[0.0; 2]));
    let part = g.named_node("part", "Add", &[x, zero], &[]);
    let y = g.named_node("bad", operator, &[part], &[]);
    let y = g.named_node("y", "Mul", &[y, y], &[]);
    g.output(y);
    folder.write("m.onnx", encode(&g.build(), &[y]));
}

#[test]
fn nan_is_located_by_row_and_operator() {
    for operator in ["Log", "Sqrt"] {
        let folder = Folder::with("");
        folder.write("a.ansatz", format!("{TEXT}{NOTHING}"));
        model(&folder, operator);
        rows(&folder, 2, 40, |at| if at / 2 == 13 || at / 2 == 20 { -1.0 } else { 1.0 + at as f32 });
        let ran = refused(&folder, "run a.ansatz --draws d.npz --per-example p.npz", "A6010");
        for said in ["2 of 40", "row 13", operator, "`bad`"] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
    }
}

#[test]
fn infinity_is_never_averaged() {
    let folder = Folder::with("");
    folder.write("a.ansatz", format!("{TEXT}{NOTHING}"));
    model(&folder, "Exp");
    rows(&folder, 2, 40, |at| if at == 27 { 1e3 } else { at as f32 / 40.0 });
    let ran = refused(&folder, "run a.ansatz --draws d.npz", "A6010");
    assert!(ran.stderr.contains("1 of 40") && ran.stderr.contains("row 13"), "{}", ran.stderr);
}

/// Clean values are fine; the mixture of two rows has a negative root.
#[test]
fn nan_under_a_hypothesis_is_located_too() {
    let folder = Folder::with("");
    let claim = "hypothesis swaps explains loss {\n node p = part computes sign\n p -> loss\n}\n";
    folder.write("a.ansatz", format!("{TEXT}{claim}"));
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "2"]);
    let zero = g.initializer("zero", f32s(&[2], &[0.0; 2]));
    let part = g.named_node("part", "Add", &[x, zero], &[]);
    let rest = g.named_node("rest", "Sub", &[part, x], &[]);
    let root = g.named_node("root", "Sqrt", &[rest], &[]);
    let y = g.named_node("y", "Add", &[root, x], &[]);
    g.output(y);
    folder.write("m.onnx", encode(&g.build(), &[y]));
    rows(&folder, 2, 40, |at| (at * 7 % 11) as f32);
    let ran = refused(&folder, "run a.ansatz --draws d.npz --per-example p.npz", "A6010");
    for said in ["under `swaps`", "Sqrt", "`root`", "rows.npz: row"] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}

#[test]
fn nan_in_the_data_is_refused_before() {
    let folder = Folder::with("");
    folder.write("a.ansatz", format!("{TEXT}{NOTHING}"));
    model(&folder, "Exp");
    rows(&folder, 2, 40, |at| if at == 27 { f32::NAN } else { 0.5 });
    let ran = refused(&folder, "run a.ansatz --draws d.npz", "A2208");
    assert!(ran.stderr.contains("13"), "{}", ran.stderr);
}
