//! Constant masks: what they hide is not read; what may come from data is.

use crate::network::Network;
use crate::support::graph::{Attr, GraphBuilder, bools, f32s, i64s, noise};
use ansatz::engine::{DType, Value};
use ansatz::model::TensorId;

const LENGTH: usize = 5;

fn square(inside: f32, outside: f32) -> Value {
    let element = |at: usize| if at % LENGTH <= at / LENGTH { inside } else { outside };
    f32s(&[LENGTH, LENGTH], &(0..LENGTH * LENGTH).map(element).collect::<Vec<_>>())
}

fn causal() -> Value {
    bools(&[LENGTH, LENGTH], &(0..LENGTH * LENGTH).map(|at| at % LENGTH <= at / LENGTH).collect::<Vec<_>>())
}

/// One head of attention over `x`; `mask` turns scores into what the softmax takes.
fn attention(mask: impl Fn(&mut GraphBuilder, TensorId, TensorId) -> TensorId) -> Network {
    attention_with(mask, |_, pattern| pattern)
}

fn attention_with(
    mask: impl Fn(&mut GraphBuilder, TensorId, TensorId) -> TensorId,
    after: impl Fn(&mut GraphBuilder, TensorId) -> TensorId,
) -> Network {
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "5", "4"]);
    // The mask from data has a row for each example and a column for each key.
    let given = g.input("given", DType::Bool, &["batch", "5"]);
    let [q, k, v] = ["q", "k", "v"].map(|name| {
        let w = g.constant(noise(&[4, 3], name.len() as u64 + u64::from(name.as_bytes()[0])));
        g.named_node(name, "MatMul", &[x, w], &[])
    });
    let turned = g.node("Transpose", &[k], &[("perm", Attr::from([0, 2, 1]))]);
    let scores = g.named_node("scores", "MatMul", &[q, turned], &[]);
    let masked = mask(&mut g, scores, given);
    let pattern = g.named_node("pattern", "Softmax", &[masked], &[("axis", (-1).into())]);
    let pattern = after(&mut g, pattern);
    let z = g.named_node("z", "MatMul", &[pattern, v], &[]);
    g.output(z);
    let truths: Vec<bool> = (0..2 * LENGTH).map(|at| at % LENGTH != 3).collect();
    let feeds = vec![(x, noise(&[2, LENGTH, 4], 1)), (given, bools(&[2, LENGTH], &truths))];
    Network::new(g.build(), feeds)
}

/// Fails unless each query reads the keys and values up to its own, and no others.
fn is_causal(network: &Network) {
    for query in 0..LENGTH {
        let range = match query {
            0 => "0".to_owned(),
            4 => String::new(),
            query => format!("0..{}", query + 1),
        };
        let expected = if range.is_empty() { String::new() } else { format!("[:, {range}, :]") };
        for name in ["v", "k", "x"] {
            assert_eq!(network.reads("z", 1, query, name).as_deref(), Some(expected.as_str()), "{name} for {query}");
        }
        assert_eq!(network.reads("z", 1, query, "q"), Some(format!("[:, {query}, :]")));
    }
    assert!(network.hold(5) > 0);
    let (v, z) = (network.find("v"), network.find("z"));
    for (key, query) in (0..LENGTH).flat_map(|key| (key..LENGTH).map(move |query| (key, query))) {
        let changed = network.with_change(v, 1, key, 0);
        let row = |value: &Value| {
            let Value::F32(array) = value else { panic!("floats") };
            array.index_axis(ndarray::Axis(1), query).to_owned()
        };
        let before = network.with_change(v, 1, key, 1);
        assert_ne!(row(&changed[&z]), row(&before[&z]), "value {key} matters to query {query}");
    }
}

fn reads_all(network: &Network) {
    for query in 0..LENGTH {
        for name in ["v", "k", "x"] {
            assert_eq!(network.reads("z", 1, query, name).as_deref(), Some(""), "{name} for {query}");
        }
    }
    network.hold(5);
}

#[test]
fn without_a_mask_every_key_is_read() {
    reads_all(&attention(|_, scores, _| scores));
}

#[test]
fn masks_that_are_added_hide_keys() {
    for outside in [f32::NEG_INFINITY, f32::MIN, -1e30] {
        is_causal(&attention(|g, scores, _| {
            let mask = g.constant(square(0.0, outside));
            g.node("Add", &[scores, mask], &[])
        }));
        is_causal(&attention(|g, scores, _| {
            let mask = g.constant(square(0.0, -outside));
            g.node("Sub", &[scores, mask], &[])
        }));
    }
    // Not low enough to be sure.
    reads_all(&attention(|g, scores, _| {
        let mask = g.constant(square(0.0, -1e4));
        g.node("Add", &[scores, mask], &[])
    }));
}

#[test]
fn masks_that_choose_hide_keys() {
    for outside in [f32::NEG_INFINITY, f32::MIN] {
        is_causal(&attention(|g, scores, _| {
            let (mask, low) = (g.constant(causal()), g.scalar(outside));
            g.node("Where", &[mask, scores, low], &[])
        }));
        is_causal(&attention(|g, scores, _| {
            let mask = g.constant(causal());
            let (mask, low) = (g.node("Not", &[mask], &[]), g.scalar(outside));
            g.node("Where", &[mask, low, scores], &[])
        }));
    }
    // Not low enough to be sure that values are hidden; but the scores behind it are not read.
    let near = attention(|g, scores, _| {
        let (mask, low) = (g.constant(causal()), g.scalar(-1e4));
        g.node("Where", &[mask, scores, low], &[])
    });
    assert_eq!(near.reads("z", 1, 1, "v").as_deref(), Some(""));
    assert_eq!(near.reads("z", 1, 1, "k").as_deref(), Some("[:, 0..2, :]"));
    near.hold(5);
}

#[test]
fn masks_are_followed_through_what_keeps_them() {
    is_causal(&attention(|g, scores, _| {
        let (mask, half, axes) = (g.constant(square(0.0, f32::MIN)), g.scalar(0.5), g.ints(&[1]));
        let sum = g.node("Add", &[mask, scores], &[]);
        let sum = g.node("Mul", &[half, sum], &[]);
        let sum = g.node("Cast", &[sum], &[("to", 11.into())]);
        let sum = g.node("Cast", &[sum], &[("to", 1.into())]);
        let sum = g.node("Unsqueeze", &[sum, axes], &[]);
        let sum = g.node("Transpose", &[sum], &[("perm", Attr::from([0, 1, 3, 2]))]);
        let sum = g.node("Transpose", &[sum], &[("perm", Attr::from([0, 1, 3, 2]))]);
        let sum = g.node("Squeeze", &[sum, axes], &[]);
        g.node("Identity", &[sum], &[])
    }));
    is_causal(&attention_with(
        |g, scores, _| {
            let mask = g.constant(square(0.0, f32::NEG_INFINITY));
            g.node("Add", &[scores, mask], &[])
        },
        |g, pattern| {
            // As PyTorch writes it: rows without a key would be NaN.
            let (nan, zero) = (g.node("IsNaN", &[pattern], &[]), g.scalar(0.0));
            let pattern = g.node("Where", &[nan, zero, pattern], &[]);
            let two = g.scalar(2.0);
            let pattern = g.node("Mul", &[pattern, two], &[]);
            g.node("Dropout", &[pattern], &[])
        },
    ));
    // A mask on the pattern itself.
    let after = attention_with(
        |_, scores, _| scores,
        |g, pattern| {
            let mask = g.constant(square(1.0, 0.0));
            g.node("Mul", &[pattern, mask], &[])
        },
    );
    assert_eq!(after.reads("z", 1, 1, "v").as_deref(), Some("[:, 0..2, :]"));
    assert_eq!(after.reads("z", 1, 1, "k").as_deref(), Some(""), "the softmax reads all scores");
    assert!(after.hold(5) > 0);
}

#[test]
fn masks_are_computed_where_they_depend_on_sizes_alone() {
    // As the legacy exporter writes them: a triangle that is cut to the sizes of the scores.
    is_causal(&attention(|g, scores, _| {
        let table = g.constant(bools(&[1, 9, 9], &(0..81).map(|at| at % 9 <= at / 9).collect::<Vec<_>>()));
        let sizes = g.node("Shape", &[scores], &[]);
        let (one, axis) = (g.ints(&[1]), g.ints(&[0]));
        let length = g.node("Gather", &[sizes, one], &[("axis", 0.into())]);
        let (rows, columns) = (g.ints(&[1]), g.ints(&[2]));
        let cut = g.node("Slice", &[table, axis, length, rows], &[]);
        let cut = g.node("Slice", &[cut, axis, length, columns], &[]);
        let low = g.scalar(f32::MIN);
        g.node("Where", &[cut, scores, low], &[])
    }));
    // As the newer one does: positions compared, and spread over the batch.
    is_causal(&attention(|g, scores, _| {
        let sizes = g.node("Shape", &[scores], &[]);
        let (one, zero, step) = (g.constant(i64s(&[], &[1])), g.constant(i64s(&[], &[0])), g.constant(i64s(&[], &[1])));
        let length = g.node("Gather", &[sizes, one], &[("axis", 0.into())]);
        let places = g.node("Range", &[zero, length, step], &[]);
        let (column, row) = (g.ints(&[0, 2]), g.ints(&[0, 1]));
        let (queries, keys) = (g.node("Unsqueeze", &[places, column], &[]), g.node("Unsqueeze", &[places, row], &[]));
        let later = g.node("Greater", &[keys, queries], &[]);
        let later = g.node("Expand", &[later, sizes], &[]);
        let (low, none) = (g.scalar(f32::MIN), g.scalar(0.0));
        let mask = g.node("Where", &[later, low, none], &[]);
        g.node("Add", &[scores, mask], &[])
    }));
    is_causal(&attention(|g, scores, _| {
        let (low, shape, one) = (g.scalar(f32::NEG_INFINITY), g.ints(&[5, 5]), g.constant(i64s(&[], &[1])));
        let full = g.node("Expand", &[low, shape], &[]);
        let mask = g.node("Trilu", &[full, one], &[("upper", 1.into())]);
        g.node("Add", &[scores, mask], &[])
    }));
}

#[test]
fn masks_from_data_hide_nothing() {
    let live = |g: &mut GraphBuilder, given: TensorId| {
        let axes = g.ints(&[1]);
        g.node("Unsqueeze", &[given, axes], &[])
    };
    reads_all(&attention(|g, scores, given| {
        let (keep, low) = (live(g, given), g.scalar(f32::MIN));
        g.node("Where", &[keep, scores, low], &[])
    }));
    // Beside a mask from data, which may hide a whole row, a constant one is not enough.
    reads_all(&attention(|g, scores, given| {
        let (keep, low, none) = (live(g, given), g.scalar(f32::MIN), g.scalar(0.0));
        let padding = g.node("Where", &[keep, none, low], &[]);
        let mask = g.constant(square(0.0, f32::MIN));
        let mask = g.node("Max", &[mask, low], &[]);
        let sum = g.node("Add", &[scores, padding], &[]);
        g.node("Add", &[sum, mask], &[])
    }));
    let padded = attention(|g, scores, given| {
        let (keep, causal, low) = (live(g, given), g.constant(causal()), g.scalar(f32::MIN));
        let keep = g.node("And", &[keep, causal], &[]);
        g.node("Where", &[keep, scores, low], &[])
    });
    assert_eq!(padded.reads("z", 1, 1, "v").as_deref(), Some(""));
    padded.hold(5);
}

#[test]
fn floats_that_are_fed_may_be_a_mask() {
    let network = |product: bool| {
        let mut g = GraphBuilder::new(18);
        let x = g.input("x", DType::F32, &["batch", "5", "5"]);
        let v = g.input("v", DType::F32, &["batch", "5", "3"]);
        let scores = if product { g.node("MatMul", &[x, x], &[]) } else { x };
        let mask = g.constant(square(0.0, f32::MIN));
        let sum = g.node("Add", &[scores, mask], &[]);
        let pattern = g.node("Softmax", &[sum], &[]);
        let z = g.named_node("z", "MatMul", &[pattern, v], &[]);
        g.output(z);
        Network::new(g.build(), vec![(x, noise(&[2, 5, 5], 1)), (v, noise(&[2, 5, 3], 2))])
    };
    assert_eq!(network(true).reads("z", 1, 1, "v").as_deref(), Some("[:, 0..2, :]"));
    assert_eq!(network(false).reads("z", 1, 1, "v").as_deref(), Some(""), "x may hide all of a row");
}

#[test]
fn what_is_multiplied_by_zero_has_to_be_there() {
    let network = attention(|g, scores, _| {
        let mask = g.constant(square(0.0, f32::NEG_INFINITY));
        g.node("Add", &[scores, mask], &[])
    });
    let shape = |tensor: TensorId| network.shape(tensor);
    let region = ansatz::model::Region::whole(3).cut(1, 1, 2, LENGTH);
    let targets = [(network.find("z"), region)];
    let read = ansatz::model::Dependence::unmasked(&network.graph, &shape).reads(&targets, &|_| true);
    assert!(read[&network.find("v")].is_whole() && read[&network.find("k")].is_whole());
    assert_eq!(read[&network.find("q")].to_string(), "[:, 1, :]");
}

#[test]
fn rows_without_a_key_read_all() {
    let network = attention(|g, scores, _| {
        let rows: Vec<f32> = (0..25).map(|at| if at / 5 == 2 || at % 5 == 0 { f32::MIN } else { 0.0 }).collect();
        let mask = g.constant(f32s(&[1, 5, 5], &rows));
        g.node("Add", &[scores, mask], &[])
    });
    assert_eq!(network.reads("z", 1, 2, "v").as_deref(), Some(""));
    assert_eq!(network.reads("z", 1, 1, "v").as_deref(), Some("[:, 1..5, :]"));
    network.hold(5);
}

#[test]
fn replaced_scores_know_no_mask() {
    let network = attention(|g, scores, _| {
        let mask = g.constant(square(0.0, f32::MIN));
        g.named_node("masked", "Add", &[scores, mask], &[])
    });
    let shape = |tensor: TensorId| network.shape(tensor);
    for name in ["masked", "pattern"] {
        let replaced = [network.find(name)].into();
        let dependence = ansatz::model::Dependence::replacing(&network.graph, &shape, replaced);
        let z = network.find("z");
        let region = ansatz::model::Region::whole(3).cut(1, 1, 2, LENGTH);
        let read = dependence.reads(&[(z, region)], &|_| true);
        assert!(read[&network.find("v")].is_whole(), "{name}");
    }
}

#[test]
fn positions_are_followed_through_axes_that_they_share() {
    // As GPT-2 has it: examples and positions are rows of one matrix.
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "5", "4"]);
    let (w, flat, back) = (g.constant(noise(&[4, 4], 1)), g.ints(&[-1, 4]), g.ints(&[-1, 5, 4]));
    let rows = g.named_node("rows", "Reshape", &[x, flat], &[]);
    let rows = g.node("Gemm", &[rows, w], &[]);
    let x = g.node("Reshape", &[rows, back], &[]);
    // As `nn.MultiheadAttention` has it: positions before examples.
    let turn = [("perm", Attr::from([1, 0, 2]))];
    let x = g.named_node("turned", "Transpose", &[x], &turn);
    let heads = g.ints(&[5, -1, 2]);
    let x = g.node("Reshape", &[x, heads], &[]);
    let x = g.node("Transpose", &[x], &turn);
    let x = g.node("Relu", &[x], &[]);
    let x = g.node("Transpose", &[x], &turn);
    let merged = g.ints(&[5, -1, 4]);
    let x = g.node("Reshape", &[x, merged], &[]);
    let y = g.named_node("y", "Transpose", &[x], &turn);
    g.output(y);
    let network = Network::new(g.build(), vec![(network_input(&g), noise(&[2, 5, 4], 1))]);
    assert_eq!(network.reads("y", 1, 3, "x").as_deref(), Some("[:, 3, :]"));
    for name in ["rows", "turned"] {
        assert_eq!(network.reads("y", 1, 3, name).as_deref(), Some(""), "no box in {name}, which holds all rows");
    }
    assert!(network.hold(5) > 0);
}

fn network_input(g: &GraphBuilder) -> TensorId {
    g.build().inputs[0].tensor
}

#[test]
fn many_heads_in_one_axis_keep_their_masks() {
    // Heads merged with the batch, as `torch.bmm` has them; a mask for each head.
    let mut g = GraphBuilder::new(18);
    let x = g.input("x", DType::F32, &["batch", "2", "4", "4"]);
    let v = g.input("v", DType::F32, &["batch", "2", "4", "3"]);
    let scores = g.node("MatMul", &[x, x], &[]);
    let hidden = |at: usize| {
        let (head, query, key) = (at / 16, at / 4 % 4, at % 4);
        if head == 0 && key > query || head == 1 && key < query { f32::NEG_INFINITY } else { 0.0 }
    };
    let mask = g.constant(f32s(&[1, 2, 4, 4], &(0..32).map(hidden).collect::<Vec<_>>()));
    let sum = g.node("Add", &[scores, mask], &[]);
    let (three, four) = (g.ints(&[-1, 4, 4]), g.ints(&[-1, 2, 4, 4]));
    let flat = g.node("Reshape", &[sum, three], &[]);
    let pattern = g.node("Softmax", &[flat], &[("axis", 2.into())]);
    let pattern = g.node("Reshape", &[pattern, four], &[]);
    let z = g.named_node("z", "Einsum", &[pattern, v], &[("equation", "bhqk,bhkd->bqhd".into())]);
    g.output(z);
    let feeds = vec![(x, noise(&[2, 2, 4, 4], 1)), (v, noise(&[2, 2, 4, 3], 2))];
    let network = Network::new(g.build(), feeds);
    assert_eq!(network.reads("z", 1, 0, "v").as_deref(), Some(""), "the heads look both ways");
    let shape = |tensor: TensorId| network.shape(tensor);
    let dependence = ansatz::model::Dependence::new(&network.graph, &shape);
    let head = |head: usize| {
        let region = ansatz::model::Region::whole(4).cut(1, 2, 3, 4).cut(2, head, head + 1, 2);
        dependence.reads(&[(z, region)], &|_| true)[&v].to_string()
    };
    assert_eq!([head(0), head(1)], ["[:, 0, 0..3, :]", "[:, 1, 2..4, :]"]);
    assert!(network.hold(4) > 0);
}
