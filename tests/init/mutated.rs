//! Graphs that are almost transformers, and graphs that are none: nothing is guessed, nothing panics, nothing hangs.

use crate::models::{EXPORTS, Export, declared, made};
use ansatz::engine::reference::Reference;
use ansatz::model::{ByRunning, DimSizes, FactDim, Graph, ModelFile, TensorId, infer, load};
use ansatz::recognise::Why;
use std::collections::BTreeMap;
use std::time::Instant;

fn export(files: &str) -> &'static Export {
    EXPORTS.iter().find(|model| model.files == files).unwrap()
}

fn file(files: &str, name: &str) -> ModelFile {
    load(&export(files).path(name)).unwrap().0
}

/// Without the names of modules each layer is named by itself: its tensors share no address.
#[test]
fn nameless_exports_have_names_layer_by_layer() {
    for name in ["legacy", "dynamo"] {
        let mut file = file("architectures/gpt2", name);
        file.graph.nodes.iter_mut().for_each(|node| node.module = None);
        for (at, tensor) in file.graph.tensors.iter_mut().enumerate().filter(|(_, tensor)| tensor.producer.is_some()) {
            if !["logits"].contains(&tensor.name.as_str()) {
                tensor.name = format!("t_{}", at * 7919 % 10_007);
            }
        }
        let made = made(&file, "m.onnx", &Reference::new()).unwrap();
        let names = declared(&made.written.text).join(" ");
        assert_eq!(
            names,
            "embed heads_0 heads_1 mlp_0 mlp_1 neurons_0 neurons_1 attn_out_0 attn_out_1 resid_pre_0 resid_pre_1 resid_mid_0 \
             resid_mid_1 resid_post_0 resid_post_1 final_norm"
        );
        assert!(made.written.unnamed.is_empty(), "{:?}", made.written.left);
    }
}

#[test]
fn a_gate_of_heads_is_said() {
    for name in ["legacy", "dynamo"] {
        let made = export("init/gated").made(name).unwrap();
        let gates: Vec<(Option<usize>, Why)> =
            made.written.unnamed.iter().map(|thing| (thing.layer, thing.why)).collect();
        assert_eq!(gates, [(Some(0), Why::Weights), (Some(1), Why::Weights)]);
        assert!(made.written.text.contains("gate"), "{}", made.written.text);
    }
}

#[test]
fn a_block_that_is_neither_attention_nor_mlp_is_said() {
    for name in ["legacy", "dynamo"] {
        let made = export("init/strange").made(name).unwrap();
        let blocks: Vec<(Option<usize>, Why)> =
            made.written.unnamed.iter().map(|thing| (thing.layer, thing.why)).collect();
        assert_eq!(blocks, [(Some(0), Why::Branch), (Some(1), Why::Branch)]);
        assert!(made.written.text.contains("2 things have no name"), "{}", made.written.text);
    }
}

/// Of an attention whose softmax is another operator nothing is claimed.
#[test]
fn without_a_softmax_there_is_no_attention() {
    let mut file = file("architectures/gpt2", "dynamo");
    file.graph.nodes.iter_mut().filter(|node| node.op == "Softmax").for_each(|node| {
        node.op = "Sigmoid".to_owned();
        node.attributes = std::sync::Arc::default();
    });
    let made = made(&file, "m.onnx", &Reference::new()).unwrap();
    assert!(!made.written.structure.has_attention());
    assert!(!declared(&made.written.text).iter().any(|name| name.starts_with("heads")));
    assert_eq!(made.written.unnamed.iter().filter(|thing| thing.why == Why::Branch).count(), 2);
}

/// Inputs of operators are exchanged for earlier tensors of their shape, and operators for others.
#[test]
fn rewired_graphs_are_taken_or_refused() {
    let started = Instant::now();
    for (files, name) in [("architectures/gpt2", "dynamo"), ("architectures/llama", "dynamo"), ("init/neox", "dynamo")]
    {
        for seed in 0..12_u64 {
            let mut file = file(files, name);
            rewire(&mut file, seed);
            let Ok(made) = made(&file, "m.onnx", &Reference::new()) else { continue };
            assert!(made.written.bound.is_some(), "{files} {seed}");
        }
    }
    assert!(started.elapsed().as_secs() < 300);
}

fn rewire(file: &mut ModelFile, seed: u64) {
    let engine = Reference::new();
    let (model, _) = infer(file.clone(), &ByRunning(&engine), &engine, &DimSizes::default()).unwrap();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap()
    };
    let mut alike: BTreeMap<Vec<FactDim>, Vec<TensorId>> = BTreeMap::new();
    for (tensor, fact) in model.facts.iter().filter(|(_, fact)| fact.is_float()) {
        alike.entry(fact.dims.clone()).or_default().push(tensor);
    }
    let graph: &mut Graph = &mut file.graph;
    for _ in 0..=seed % 5 {
        let at = draw(graph.nodes.len());
        let slot = draw(graph.nodes[at].inputs.len());
        let Some(Some(old)) = graph.nodes[at].inputs.get(slot).copied() else { continue };
        let Some(fact) = model.facts.get(old) else { continue };
        let others = alike.get(&fact.dims).map_or(&[][..], Vec::as_slice);
        let earlier = |tensor: &TensorId| graph.tensor(*tensor).producer.is_none_or(|node| (node.0 as usize) < at);
        let others: Vec<TensorId> =
            others.iter().copied().filter(|tensor| (tensor.0 as usize) < graph.tensors.len()).filter(earlier).collect();
        if !others.is_empty() {
            graph.nodes[at].inputs[slot] = Some(others[draw(others.len())]);
        }
        let swapped = match graph.nodes[at].op.as_str() {
            "Add" => "Mul",
            "Mul" => "Add",
            "Tanh" => "Softmax",
            other => other,
        };
        graph.nodes[at].op = swapped.to_owned();
    }
}

/// Names that are markup, escapes and braces: they stay inside of strings and never reach a screen as they are.
#[test]
fn hostile_names_stay_inside_of_strings() {
    let mut file = file("architectures/gpt2", "dynamo");
    file.graph.nodes.iter_mut().for_each(|node| node.module = None);
    let names = ["a\"b", "c\\d", "line\nbreak", "\u{202e}bidi", "\u{1b}[31m", "{l}", "<b>", "ünïcode"];
    for (at, tensor) in file.graph.tensors.iter_mut().enumerate() {
        tensor.name = format!("{}{at}", names[at % names.len()]);
    }
    let made = made(&file, "we\"ird\n.onnx", &Reference::new()).unwrap();
    let text = &made.written.text;
    assert!(text.chars().all(|letter| letter == '\n' || (!letter.is_control() && letter != '\u{202e}')), "{text}");
    let braces = made.written.unnamed.iter().filter(|thing| thing.why == Why::Address).count();
    assert!(braces > 0 && made.written.names > 10, "{text}");
}

/// Sums of sums: every one could be a step of the stream.
#[test]
fn a_long_chain_of_sums_does_not_hang() {
    let mut file = file("init/perceptron", "dynamo");
    let graph = &mut file.graph;
    let first = graph.inputs[0].tensor;
    let (mut before, mut last) = (first, first);
    for at in 0..2_000 {
        let output = graph.add_tensor(format!("sum_{at}"));
        let mut node = graph.nodes[0].clone();
        node.op = "Add".to_owned();
        node.name = format!("n_{at}");
        node.inputs = vec![Some(before), Some(last)];
        node.outputs = vec![Some(output)];
        node.attributes = std::sync::Arc::default();
        graph.add_node(node);
        (before, last) = (last, output);
    }
    graph.outputs.push(last);
    let started = Instant::now();
    let _ = made(&file, "m.onnx", &Reference::new());
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}
