//! Masks that are looked up by the numbers of rows, as exports of `transformers` 5 have them.

use crate::case::loaded;
use crate::models::{close, gives_what_is_expected, model, outputs};
use crate::program::Folder;
use crate::support::graph::{GraphBuilder, f32s, i64s, numbers};
use crate::support::random::Random;
use crate::support::{engines, fixture};
use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};
use ansatz::model::{Graph, Model, TensorId, batch_mixing};

const KINDS: [&str; 2] = ["legacy", "dynamo"];

#[test]
fn indexed_exports_give_what_pytorch_gives() {
    for engine in engines() {
        for kind in KINDS {
            gives_what_is_expected(&format!("bert-indexed-{kind}"), "bert-indexed", engine.as_ref());
        }
    }
}

#[test]
fn no_row_number_is_left_behind_a_lookup() {
    for kind in KINDS {
        let model = model(&format!("bert-indexed-{kind}"), &Reference::new());
        assert_eq!(batch_mixing(&model.graph, &model.facts).mixing, [], "{kind}");
        let cone = model.graph.cone(&model.graph.outputs);
        assert!(cone.iter().all(|id| model.graph.node(*id).op != "GatherND"), "{kind}");
    }
}

/// How the numbers of rows and the places in them become indices.
#[derive(Debug, Clone, Copy)]
enum Way {
    Tuples,
    TuplesTurned,
    Flat,
}

/// `x[rows, places]`, with `change` applied to the numbers of the rows.
fn lookup(
    way: Way,
    keys: &[i64],
    stride: i64,
    change: impl Fn(&mut GraphBuilder, TensorId, TensorId) -> TensorId,
) -> Graph {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "8"]);
    let shape = g.node("Shape", &[x], &[("start", 0.into()), ("end", 1.into())]);
    let batch = g.node("Squeeze", &[shape], &[]);
    let (zero, one) = (g.constant(i64s(&[], &[0])), g.constant(i64s(&[], &[1])));
    let rows = g.node("Range", &[zero, batch, one], &[]);
    let rows = change(&mut g, rows, batch);
    let behind = g.ints(&[1]);
    let rows = g.node("Unsqueeze", &[rows, behind], &[]);
    let keys = g.constant(i64s(&[1, keys.len()], keys));
    let y = match way {
        Way::Flat => {
            let stride = g.constant(i64s(&[1], &[stride]));
            let start = g.node("Mul", &[rows, stride], &[]);
            let places = g.node("Add", &[keys, start], &[]);
            let all = g.ints(&[-1]);
            let flat = g.node("Reshape", &[x, all], &[]);
            g.node("Gather", &[flat, places], &[("axis", 0.into())])
        }
        Way::Tuples | Way::TuplesTurned => {
            let both = g.node("Add", &[rows, keys], &[]);
            let shape = g.node("Shape", &[both], &[]);
            let last = g.ints(&[-1]);
            let parts = [rows, keys].map(|part| {
                let spread = g.node("Expand", &[part, shape], &[]);
                g.node("Unsqueeze", &[spread, last], &[])
            });
            let parts = if matches!(way, Way::TuplesTurned) { [parts[1], parts[0]] } else { parts };
            let tuples = g.node("Concat", &parts, &[("axis", (-1).into())]);
            g.node("GatherND", &[x, tuples], &[])
        }
    };
    g.output(y);
    g.build()
}

/// The model, if nothing in it mixes examples.
fn accepted(graph: Graph) -> Option<Model> {
    let model = loaded(graph, &Reference::new()).ok()?;
    batch_mixing(&model.graph, &model.facts).mixing.is_empty().then_some(model)
}

/// Runs examples together and one by one.
fn assert_apart(model: &Model, engine: &dyn Engine, what: &str) {
    let x = model.graph.inputs[0].tensor;
    let data = numbers(40, 3);
    let run = |from: usize, to: usize| {
        let feeds = [(x, f32s(&[to - from, 8], &data[from * 8..to * 8]))];
        outputs(engine, model, &feeds, &model.graph.outputs).remove(0)
    };
    let Value::F32(together) = run(0, 5) else { panic!("floats go in") };
    for row in 0..5 {
        let part = together.slice_axis(ndarray::Axis(0), ndarray::Slice::from(row..=row)).to_owned();
        close(&run(row, row + 1), &Value::F32(part), what);
    }
}

#[test]
fn lookups_of_the_own_row_are_taken() {
    for way in [Way::Tuples, Way::Flat] {
        for keys in [&[0, 1, 2, 3, 4, 5, 6, 7][..], &[3], &[7, 0, 0]] {
            let model = accepted(lookup(way, keys, 8, |_, rows, _| rows)).expect("rows do not mix");
            let x: Vec<f32> = numbers(16, 5);
            for engine in engines() {
                let feeds = [(model.graph.inputs[0].tensor, f32s(&[2, 8], &x))];
                let found = outputs(engine.as_ref(), &model, &feeds, &model.graph.outputs);
                let wanted: Vec<f32> = (0..2)
                    .flat_map(|row| keys.iter().map(move |key| row * 8 + *key as usize))
                    .map(|at| x[at])
                    .collect();
                close(&found[0], &f32s(&[2, keys.len()], &wanted), "a lookup");
                assert_apart(&model, engine.as_ref(), "a lookup");
            }
        }
    }
}

#[test]
fn lookups_of_other_rows_are_refused() {
    type Change = fn(&mut GraphBuilder, TensorId, TensorId) -> TensorId;
    let changes: [(&str, Change); 6] = [
        ("shifted", |g, rows, _| {
            let by = g.ints(&[-1]);
            g.node("Add", &[rows, by], &[])
        }),
        ("reversed", |g, rows, batch| {
            let one = g.ints(&[1]);
            let last = g.node("Sub", &[batch, one], &[]);
            g.node("Sub", &[last, rows], &[])
        }),
        ("reversed by negative numbers", |g, rows, _| {
            let below = g.ints(&[-1]);
            let turned = g.node("Mul", &[rows, below], &[]);
            g.node("Add", &[turned, below], &[])
        }),
        ("all the first", |g, rows, _| {
            let none = g.ints(&[0]);
            g.node("Mul", &[rows, none], &[])
        }),
        ("halved", |g, rows, _| {
            let two = g.ints(&[2]);
            g.node("Div", &[rows, two], &[])
        }),
        ("from a list", |g, rows, _| {
            let list = g.ints(&(0..1000).rev().collect::<Vec<i64>>());
            g.node("Gather", &[list, rows], &[])
        }),
    ];
    for (name, change) in changes {
        for way in [Way::Tuples, Way::Flat] {
            assert!(accepted(lookup(way, &[0, 3], 8, change)).is_none(), "{name} {way:?}");
        }
    }
    let same = |_: &mut GraphBuilder, rows: TensorId, _: TensorId| rows;
    assert!(accepted(lookup(Way::TuplesTurned, &[0, 1], 8, same)).is_none(), "rows as places");
    for (keys, stride) in [(&[0, 3][..], 7), (&[0, 3], 1), (&[0, 8], 8), (&[-1, 3], 8)] {
        assert!(accepted(lookup(Way::Flat, keys, stride, same)).is_none(), "{keys:?} {stride}");
    }
    // As many rows as there are examples in no other batch.
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "8"]);
    let tuples = g.constant(i64s(&[3, 2], &[0, 1, 1, 1, 2, 1]));
    let y = g.node("GatherND", &[x, tuples], &[]);
    g.output(y);
    assert!(accepted(g.build()).is_none());
}

#[test]
fn whatever_is_taken_leaves_examples_apart() {
    let mut taken = 0;
    for seed in 0..300 {
        let random = std::cell::RefCell::new(Random::new(seed));
        let below = |size: usize| random.borrow_mut().below(size);
        let way = [Way::Tuples, Way::Tuples, Way::TuplesTurned, Way::Flat, Way::Flat][below(5)];
        let keys: Vec<i64> = (0..=below(3)).map(|_| below(10) as i64 - 1).collect();
        let stride = [8, 8, 8, 4][below(4)];
        let graph = lookup(way, &keys, stride, |g, rows, batch| {
            let mut rows = rows;
            for _ in 0..below(4) {
                let number = g.ints(&[below(4) as i64 - 1]);
                let other = [number, number, batch][below(3)];
                let op = ["Add", "Sub", "Mul"][below(3)];
                rows = g.node(op, &[rows, other], &[]);
            }
            rows
        });
        if let Some(model) = accepted(graph) {
            taken += 1;
            assert_apart(&model, &Reference::new(), &format!("seed {seed}"));
        }
    }
    assert!((30..200).contains(&taken), "{taken} of 300 were taken");
}

/// Claims on a classifier, some of them by position.
const CLAIMS: &str = r#"
model m = onnx("FILE") {
    dim batch
    dim pos  = 8
    dim d    = 16
    dim head = 4
    dim d_head
    dim query
    dim key

    input  input_ids      : token[batch, pos]
    input  attention_mask : int[batch, pos]
    output logits         : real[batch, class = 3]

    component embed = "bert.embeddings" : [batch, pos, d]
    component heads(l in 0..2, h in 0..head) = "bert.encoder.layer.{l}.attention.self/MatMul_1" : [batch, head, pos, d_head] at head = h {
        port pattern = "bert.encoder.layer.{l}.attention.self/Softmax" : [batch, head, query, key]
    }
}

data d for m = npz("bert.npz") {
    input_ids
    attention_mask
    label : category
}

feature long  : bool      = sum(attention_mask) > 5
feature small : bool[pos] = int(input_ids) < 12
behaviour loss = cross_entropy(logits, label)

hypothesis nothing explains loss { }

hypothesis claims explains loss {
    node late  = heads(1, 0) + heads(1, 2)  computes small
    node early = heads(0, 1)                computes small
    node mask  = attention_mask             computes long
    node first = embed                      computes small

    late  -> loss
    mask  ~> loss except via heads(1, 0), heads(1, 2)
    early -> late.pattern
    mask  -> late
    first -> early
}
"#;

#[test]
fn the_same_claims_give_the_same_numbers() {
    let folder = Folder::with("");
    let copy = |from: &str, to: &str| {
        #[expect(clippy::disallowed_methods, reason = "a fixture is read")]
        let bytes = std::fs::read(fixture("architectures").join(from)).expect("a fixture");
        folder.write(to, bytes);
    };
    copy("bert.npz", "bert.npz");
    for kind in KINDS {
        let numbers = ["bert", "bert-indexed"].map(|name| {
            let file = format!("{name}-{kind}.onnx");
            copy(&file, &file);
            folder.write("a.ansatz", CLAIMS.replace("FILE", &file));
            let json = folder.run("run a.ansatz --format json --seed 5").ended(0).json();
            [0, 1].map(|at| json["hypotheses"][at]["scrubbed"]["value"].as_f64().expect("a number"))
        });
        for at in 0..2 {
            assert!((numbers[0][at] - numbers[1][at]).abs() < 1e-6, "{kind}: {numbers:?}");
        }
        assert!((numbers[0][0] - numbers[0][1]).abs() > 1e-4, "{kind}: {numbers:?}: the claims say something");
    }
}
