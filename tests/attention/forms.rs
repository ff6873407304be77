//! Every form of the operator gives what the standard says.

use crate::case::{BATCH, Case, Mask, dtype, loaded};
use crate::plain::{attention, wide};
use crate::support::graph::{GraphBuilder, f64s, noise};
use crate::support::runtime::onnxruntime;
use crate::support::{codes, engines, int};
use ansatz::engine::reference::Reference;
use ansatz::engine::{DType, Engine, Value};
use ansatz::model::{Dependence, Graph, Region, TensorId};
use ndarray::ArrayD;
use std::collections::BTreeSet;

const CASES: u64 = 400;

fn run(
    engine: &dyn Engine,
    graph: &Graph,
    feeds: &[(TensorId, Value)],
    outputs: &[TensorId],
) -> Result<Vec<Value>, String> {
    let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(id, value)| (*id, value)).collect();
    engine.compile(graph, outputs).and_then(|mut session| session.run(&feeds)).map_err(|error| error.message)
}

/// The first place where outputs are not as expected, if there is one.
fn difference(case: &Case, found: &[Value], expected: &[ArrayD<f64>]) -> Option<String> {
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        if found.shape() != expected.shape() || found.dtype() != dtype(case) {
            return Some(format!("output {at} is {:?} {:?}, not {:?}", found.dtype(), found.shape(), expected.shape()));
        }
        let found = wide(found);
        let near = |a: f64, b: f64| a == b || (a - b).abs() <= 2e-5 * b.abs().max(1.0);
        let place = found.iter().zip(expected).position(|(a, b)| !near(*a, *b));
        if let Some(place) = place {
            return Some(format!("output {at} differs at {place}:\n{found}\nnot\n{expected}"));
        }
    }
    None
}

#[test]
fn what_is_taken_apart_is_what_the_standard_says() {
    let engines = engines();
    for seed in 0..CASES {
        let case = Case::drawn(seed);
        let expected = attention(&case);
        let (_, feeds, outputs) = case.graph();
        let model = case.loaded().unwrap_or_else(|findings| panic!("{seed}: {case:?}\n{findings:?}"));
        assert!(model.graph.nodes.iter().all(|node| node.op != "Attention"));
        for engine in &engines {
            let found = run(engine.as_ref(), &model.graph, &feeds, &outputs)
                .unwrap_or_else(|why| panic!("{seed} {}: {why}\n{case:?}", engine.name()));
            let wrong = difference(&case, &found, &expected);
            assert!(wrong.is_none(), "{seed} {}: {}\n{case:?}", engine.name(), wrong.unwrap_or_default());
        }
    }
}

/// Before 1.32 ONNX Runtime gave NaN where all keys are hidden, as the standard did then.
fn with_zero_for_nan(value: &Value) -> Value {
    match value {
        Value::F32(array) => Value::F32(array.mapv(|x| if x.is_nan() { 0.0 } else { x })),
        Value::F64(array) => Value::F64(array.mapv(|x| if x.is_nan() { 0.0 } else { x })),
        other => other.clone(),
    }
}

/// ONNX Runtime (1.32) places a single query behind all keys, where the standard places it behind those
/// of earlier runs. Before 1.32 it placed queries at the front where the numbers of keys are given, as
/// the standard did then.
fn is_placed_otherwise(case: &Case) -> bool {
    let single = case.past.is_some() && case.queries == 1 && case.new_keys > 1;
    case.opset == 24 && case.causal && (single || case.lengths.is_some())
}

#[test]
fn the_kernel_of_onnxruntime_says_the_same() {
    let Some(runtime) = onnxruntime() else { return };
    let mut agreed = 0;
    for seed in 0..CASES {
        let case = Case::drawn(seed);
        let (graph, feeds, outputs) = case.graph();
        // What the kernel does not have, it refuses.
        let Ok(found) = run(&runtime, &graph, &feeds, &outputs) else { continue };
        let model = case.loaded().unwrap_or_else(|findings| panic!("{seed}: {findings:?}"));
        let ours = run(&Reference::new(), &model.graph, &feeds, &outputs).unwrap_or_else(|why| panic!("{seed}: {why}"));
        let ours = ours.iter().map(wide).collect::<Vec<_>>();
        let found: Vec<Value> = found.iter().map(with_zero_for_nan).collect();
        match difference(&case, &found, &ours) {
            None => agreed += 1,
            Some(wrong) => assert!(is_placed_otherwise(&case), "{seed}: {wrong}\n{case:?}"),
        }
    }
    assert!(agreed > CASES / 2, "only {agreed} cases were compared");
}

/// The code and the message for a use of the operator that cannot be taken apart.
fn refused(case: &Case) -> String {
    let findings = case.loaded().expect_err("the operator is refused");
    assert_eq!(codes(&findings), ["A3013"], "{findings:?}");
    findings[0].message.clone()
}

#[test]
fn what_cannot_be_taken_apart_is_a_coded_error() {
    let plain = Case::plain();
    assert!(plain.loaded().is_ok());
    let mask = |value: Value| Case { mask: Some(Mask { value, constant: false }), ..plain.clone() };
    let floats = |dims: &[usize]| noise(dims, 5);
    let cases = [
        (Case { scale: Some(-1.0), ..plain.clone() }, "`scale` is -1"),
        (Case { scale: Some(f32::NAN), ..plain.clone() }, "`scale` is NaN"),
        (Case { softcap: Some(-1.0), ..plain.clone() }, "`softcap` is -1"),
        (Case { precision: Some(10), ..plain.clone() }, "`softmax_precision` is 10"),
        (Case { mode: 4, ..plain.clone() }, "`qk_matmul_output_mode` is 4"),
        (Case { heads: true, ..plain.clone() }, "`Q` must have 3 axes"),
        (Case { query: floats(&[BATCH, 3, 8]), ..plain.clone() }, "`Q` must have 4 axes"),
        (Case { query: floats(&[BATCH, 3, 3, 4]), ..plain.clone() }, "multiple of that of keys"),
        (Case { query: floats(&[BATCH, 2, 3, 5]), ..plain.clone() }, "must fit each other"),
        (Case { value: floats(&[BATCH, 2, 4, 4]), ..plain.clone() }, "must fit each other"),
        (Case { value: f64s(&[BATCH, 2, 3, 4], &[0.0; BATCH * 24]), ..plain.clone() }, "element types"),
        (Case { past: Some((floats(&[BATCH, 2, 1, 4]), floats(&[BATCH, 2, 2, 4]))), ..plain.clone() }, "past keys"),
        (mask(floats(&[3, 4])), "the mask must fit the scores"),
        (mask(floats(&[3, 2])), "the mask must fit the scores"),
        (mask(floats(&[4, 3])), "the mask must fit the scores"),
        (Case { opset: 24, ..mask(floats(&[3, 1])) }, "a mask of one key"),
    ];
    for (case, words) in cases {
        let message = refused(&case);
        assert!(message.contains(words), "{message} lacks {words}");
    }
    let unknown = |name: &'static str, value: i64| {
        let (mut graph, ..) = plain.graph();
        let node = graph.nodes.first_mut().expect("the operator");
        let mut attributes = node.attributes.to_vec();
        attributes.push(int(name, value));
        node.attributes = attributes.into();
        loaded(graph, &Reference::new()).expect_err("the operator is refused")
    };
    assert!(unknown("left_window_size", 2)[0].message.contains("`left_window_size` is not known"));
    assert!(unknown("q_num_heads", 2)[0].message.contains("must come together"));
}

#[test]
fn huge_masks_are_refused_quickly() {
    // A few bytes that ask for a mask of 2^40 elements.
    let mut g = GraphBuilder::new(23);
    let x = g.input("x", DType::F32, &["batch", "1", "1", "1"]);
    let size = g.ints(&[1, 1, 1 << 20, 1]);
    let x = g.node("Expand", &[x, size], &[]);
    let y = g.node("Attention", &[x, x, x], &[("is_causal", 1.into())]);
    g.output(y);
    let findings = loaded(g.build(), &Reference::new()).expect_err("the operator is refused");
    assert_eq!(codes(&findings), ["A3013"]);
}

#[test]
fn new_names_are_stable_and_do_not_collide() {
    let (mut graph, _, outputs) = Case { causal: true, ..Case::plain() }.graph();
    let query = graph.inputs[0].tensor;
    graph.tensors[query.0 as usize].name = "y.pattern".to_owned();
    let names = |graph: Graph| -> Vec<String> {
        let model = loaded(graph, &Reference::new()).expect("a good model");
        assert_eq!(model.graph.outputs, outputs);
        model.graph.tensors.iter().map(|tensor| tensor.name.clone()).collect()
    };
    let found = names(graph.clone());
    assert_eq!(found, names(graph));
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{found:?}");
    for name in ["y", "y.scores", "y.masked", "y.pattern", "y.pattern_"] {
        assert!(found.iter().any(|found| found == name), "{name} is not among {found:?}");
    }
}

#[test]
fn keys_that_are_causally_hidden_are_not_read() {
    let case = Case { causal: true, ..Case::plain() };
    let model = case.loaded().expect("a good model");
    let shape = |tensor: TensorId| model.facts.get(tensor).and_then(|fact| fact.shape(1));
    let [query, key, value] = [0, 1, 2].map(|at| model.graph.inputs[at].tensor);
    let second = Region::whole(4).cut(1, 0, 1, 2).cut(2, 1, 2, 3).cut(3, 2, 3, 4);
    let read = Dependence::new(&model.graph, &shape).reads(&[(model.graph.outputs[0], second)], &|_| true);
    let shown = |tensor: TensorId| read.get(&tensor).map(ToString::to_string);
    assert_eq!(shown(query).as_deref(), Some("[:, 0, 1, :]"));
    assert_eq!(shown(key).as_deref(), Some("[:, 0, 0..2, :]"));
    assert_eq!(shown(value).as_deref(), Some("[:, 0, 0..2, 2]"));
}
