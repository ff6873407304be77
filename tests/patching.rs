//! The files of examples/patching against plain scripts: full passes of the model through the engine's own
//! sessions, with tensors of the export, known by their names there, replaced by hand.
#![allow(clippy::panic, clippy::disallowed_methods, reason = "a test fails by panicking, and reads files")]

mod support;

use ansatz::data::{Array, read_npz};
use ansatz::engine::{Engine, Value};
use ansatz::model::{DeclaredDim, Graph, GraphInput, TensorId, load};
use ndarray::{Array1, ArrayD, Axis, Slice};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{engines, random::Random};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// The report of a file of examples/patching.
fn report(file: &str, options: &[&str]) -> Json {
    let output = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["run", "--format", "json"])
        .arg(example("patching").join(file))
        .args(options)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// What a hypothesis has scrubbed and recovered.
fn found(report: &Json, name: &str) -> (f64, Option<f64>) {
    let all = report["hypotheses"].as_array().expect("a list of hypotheses");
    let one = all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} is reported"));
    (one["scrubbed"]["value"].as_f64().expect("a number"), one["recovered"]["value"].as_f64())
}

/// A model that is run whole, but for tensors that are replaced.
struct Model {
    graph: Graph,
    engine: Box<dyn Engine>,
}

impl Model {
    fn new(path: &Path) -> Model {
        let (file, _) = load(path).expect("the model loads");
        Model { graph: file.graph, engine: engines().pop().expect("there is an engine") }
    }

    fn tensor(&self, name: &str) -> TensorId {
        self.graph.find(name).unwrap_or_else(|| panic!("the export has a tensor {name}"))
    }

    /// Tensors of a full pass in which others have the values given.
    fn pass(&self, tokens: &ArrayD<i64>, replaced: &[(&str, &ArrayD<f32>)], wanted: &[&str]) -> Vec<ArrayD<f32>> {
        let mut graph = self.graph.clone();
        let mut feeds = vec![(graph.inputs[0].tensor, Value::I64(tokens.clone()))];
        for (name, value) in replaced {
            let tensor = self.tensor(name);
            graph.tensors[tensor.0 as usize].producer = None;
            let dims = value.shape().iter().skip(1).map(|size| DeclaredDim::Size(*size as u64));
            let dims = std::iter::once(DeclaredDim::Free("batch".to_owned())).chain(dims).collect();
            graph.inputs.push(GraphInput { tensor, element: 1, dims });
            feeds.push((tensor, Value::F32((*value).clone())));
        }
        let wanted: Vec<TensorId> = wanted.iter().map(|name| self.tensor(name)).collect();
        let mut session = self.engine.compile(&graph, &wanted).expect("the model compiles");
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let real = |value: Value| match value {
            Value::F32(array) => array,
            other => panic!("{:?}", other.dtype()),
        };
        session.run(&feeds).expect("the model runs").into_iter().map(real).collect()
    }
}

fn ints(path: &Path, column: &str) -> ArrayD<i64> {
    let arrays = read_npz(&std::fs::read(path).expect("the data are there"), "data").expect("an npz");
    match &arrays[column] {
        Array::Int(array) => array.clone(),
        other => panic!("{column} is {other:?}"),
    }
}

/// The prompts and the model that they are for.
struct Prompts {
    model: Model,
    clean: ArrayD<i64>,
    corrupted: ArrayD<i64>,
}

/// What heads put together, what their keys and values are, layer by layer.
const HEADS: [&str; 2] = ["matmul_1", "matmul_3"];
const LATER_KEYS: &str = "transpose_6";
const LATER_VALUES: &str = "transpose_8";

impl Prompts {
    fn new() -> Prompts {
        let path = example("patching").join("prompts.npz");
        let (clean, corrupted) = (ints(&path, "clean"), ints(&path, "corrupted"));
        Prompts { model: Model::new(&example("induction/induction.onnx")), clean, corrupted }
    }

    /// The mean logit difference of B and D behind the last token.
    fn prefers_b(&self, logits: &ArrayD<f32>) -> f64 {
        let one = |row: usize| {
            let logit =
                |at: usize| f64::from(logits[[row, 95, usize::try_from(self.clean[[row, at]]).expect("a token")]]);
            logit(31) - logit(42)
        };
        (0..self.clean.shape()[0]).map(one).sum::<f64>() / self.clean.shape()[0] as f64
    }

    fn patched(&self, tokens: &ArrayD<i64>, replaced: &[(&str, &ArrayD<f32>)]) -> f64 {
        self.prefers_b(&self.model.pass(tokens, replaced, &["logits"])[0])
    }
}

/// A tensor of heads with that of one head, at some positions, taken from another.
fn with_head(of: &ArrayD<f32>, from: &ArrayD<f32>, head: usize, positions: Option<usize>) -> ArrayD<f32> {
    let mut mixed = of.clone();
    let positions = positions.map_or(Slice::from(..), |at| Slice::from(at..at + 1));
    let mut target = mixed.index_axis_mut(Axis(1), head);
    let source = from.index_axis(Axis(1), head);
    target.slice_axis_mut(Axis(1), positions).assign(&source.slice_axis(Axis(1), positions));
    mixed
}

fn close(what: &str, (scrubbed, recovered): (f64, Option<f64>), plain: f64, (zero, all): (f64, f64)) {
    assert!((scrubbed - plain).abs() < 1e-4 * all.abs(), "{what}: {scrubbed}, by a plain script {plain}");
    let share = (plain - zero) / (all - zero);
    assert!((recovered.expect("a share") - share).abs() < 1e-4, "{what}: {recovered:?}, by a plain script {share}");
}

#[test]
fn heads_by_position_are_those_of_a_plain_loop() {
    let prompts = Prompts::new();
    let clean = prompts.model.pass(&prompts.clean, &[], &["logits", HEADS[0], HEADS[1]]);
    let corrupted = prompts.model.pass(&prompts.corrupted, &[], &["logits", HEADS[0], HEADS[1]]);
    let bounds = (prompts.prefers_b(&corrupted[0]), prompts.prefers_b(&clean[0]));
    for position in [31, 95] {
        let (first, last) = (format!("first={position}"), format!("last={}", position + 1));
        let report = report("heads_by_position.ansatz", &["--set", &first, "--set", &last]);
        assert_eq!(report["hypotheses"].as_array().unwrap().len(), 1 + 2 * 8);
        for (layer, name) in HEADS.into_iter().enumerate() {
            for head in 0..8 {
                let restored = with_head(&corrupted[1 + layer], &clean[1 + layer], head, Some(position));
                let plain = prompts.patched(&prompts.corrupted, &[(name, &restored)]);
                let what = format!("restore({layer}, {head}, {position})");
                close(&what, found(&report, &what), plain, bounds);
            }
        }
    }
}

#[test]
fn paths_are_those_of_a_plain_loop() {
    let prompts = Prompts::new();
    let clean = prompts.model.pass(&prompts.clean, &[], &["logits", HEADS[0], LATER_KEYS, LATER_VALUES]);
    let corrupted = prompts.model.pass(&prompts.corrupted, &[], &["logits", HEADS[0]]);
    let bounds = (prompts.prefers_b(&clean[0]), prompts.prefers_b(&corrupted[0]));
    let report = report("paths.ansatz", &[]);
    for sender in [0, 4, 6] {
        // Between the two layers there is nothing but the sum: all paths are direct.
        let sent = with_head(&clean[1], &corrupted[1], sender, None);
        let read = prompts.model.pass(&prompts.clean, &[(HEADS[0], &sent)], &[LATER_KEYS, LATER_VALUES]);
        for receiver in 0..8 {
            for (family, port, at) in [("keys", LATER_KEYS, 0), ("values", LATER_VALUES, 1)] {
                let received = with_head(&clean[2 + at], &read[at], receiver, None);
                let plain = prompts.patched(&prompts.clean, &[(port, &received)]);
                let what = format!("{family}({sender}, {receiver})");
                close(&what, found(&report, &what), plain, bounds);
            }
        }
    }
}

#[test]
fn ablations_are_those_of_a_plain_loop() {
    let prompts = Prompts::new();
    let clean = prompts.model.pass(&prompts.clean, &[], &["logits", HEADS[0], HEADS[1]]);
    let corrupted = prompts.model.pass(&prompts.corrupted, &[], &["logits"]);
    let bounds = (prompts.prefers_b(&corrupted[0]), prompts.prefers_b(&clean[0]));
    let report = report("ablations.ansatz", &[]);
    for (layer, name) in HEADS.into_iter().enumerate() {
        let heads = &clean[1 + layer];
        let mean = heads.mapv(f64::from).mean_axis(Axis(0)).expect("there are prompts").mapv(|mean| mean as f32);
        let mean = mean.broadcast(heads.shape()).expect("one for each prompt").to_owned();
        for (family, instead) in [("mean_of", mean), ("zero_at", ArrayD::zeros(heads.shape()))] {
            for head in 0..8 {
                let plain = prompts.patched(&prompts.clean, &[(name, &with_head(heads, &instead, head, None))]);
                let what = format!("{family}({layer}, {head})");
                close(&what, found(&report, &what), plain, bounds);
            }
        }
    }
}

/// As many `(` as `)`; and no suffix has more `(`.
fn mechanism(tokens: &ndarray::ArrayView1<'_, i64>) -> [bool; 2] {
    let step = |token: &i64| match token {
        3 => 1,
        4 => -1,
        _ => 0,
    };
    let steps: Vec<i64> = tokens.iter().map(step).collect();
    let heights = (0..steps.len()).map(|from| steps[from..].iter().sum::<i64>());
    [steps.iter().sum::<i64>() == 0, heights.into_iter().all(|height| height <= 0)]
}

/// Pairs of our own, drawn as the language says: the accuracies agree as two samples of one share do.
#[test]
fn interchange_accuracies_are_those_of_a_plain_loop() {
    const PAIRS: usize = 5000;
    let model = Model::new(&example("brackets/brackets.onnx"));
    let tokens = ints(&example("brackets/parens.npz"), "tokens");
    let mut random = Random::new(7);
    let mut sample = || -> ArrayD<i64> {
        let rows: Vec<usize> = (0..PAIRS).map(|_| random.below(tokens.shape()[0])).collect();
        tokens.select(Axis(0), &rows)
    };
    let (base, source) = (sample(), sample());
    let held = |tokens: &ArrayD<i64>| -> Vec<[bool; 2]> {
        tokens.axis_iter(Axis(0)).map(|row| mechanism(&row.into_dimensionality().expect("one axis"))).collect()
    };
    let (of_base, of_source) = (held(&base), held(&source));
    let cores = ["matmul_1", "matmul_3", "matmul_5"];
    let (in_base, in_source) = (model.pass(&base, &[], &cores), model.pass(&source, &[], &cores));
    let report = report("interchanges.ansatz", &["--n", "5000"]);
    for (layer, core) in cores.into_iter().enumerate() {
        for head in 0..2 {
            let mixed = with_head(&in_base[layer], &in_source[layer], head, None);
            let logits = &model.pass(&base, &[(core, &mixed)], &["logits"])[0];
            let says: Array1<bool> = (0..PAIRS).map(|row| logits[[row, 1]] > logits[[row, 0]]).collect();
            for (part, family) in ["counting", "nesting"].into_iter().enumerate() {
                let predicted = |row: usize| of_source[row][part] && of_base[row][1 - part];
                let hits = (0..PAIRS).filter(|row| says[*row] == predicted(*row)).count();
                let plain = hits as f64 / PAIRS as f64;
                let name = format!("{family}({layer}, {head})");
                let all = report["interchanges"].as_array().expect("a list");
                let one = all.iter().find(|one| one["name"] == name).expect("every head is reported");
                let accuracy = one["accuracy"]["value"].as_f64().expect("a number");
                // Four and a half standard errors of the difference of two samples.
                let most = 4.5 * (2.0 * plain * (1.0 - plain) / PAIRS as f64).sqrt();
                assert!((accuracy - plain).abs() < most, "{name}: {accuracy}, by a plain script {plain}");
            }
        }
    }
}
