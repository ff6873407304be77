//! The names of a map are what they say: by the values of the tensors that they are bound to.

use crate::models::{EXPORTS, Export, Made, fixtures};
use ansatz::data::{Array, read_npz};
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::hypothesis::Component;
use ansatz::model::{Region, TensorId};
use ndarray::{ArrayD, Axis, Slice};
use std::collections::BTreeMap;

type Values = BTreeMap<TensorId, ArrayD<f64>>;

/// Exports whose streams are sums of attention and MLP alone.
fn transformers() -> impl Iterator<Item = (&'static Export, &'static str, Made)> {
    let all = EXPORTS.iter().filter(|model| model.files != "init/perceptron");
    all.flat_map(|model| model.exports.iter().filter_map(move |export| Some((model, *export, model.made(export)?))))
}

impl Export {
    /// Rows of inputs, in the order of the graph.
    fn feeds(&self, made: &Made) -> Vec<(TensorId, Value)> {
        let name = if self.files == "micro" { "micro.npz".to_owned() } else { format!("{}.npz", self.files) };
        let arrays = read_npz(&std::fs::read(fixtures().join(&name)).unwrap(), &name).unwrap();
        let graph = &made.model.graph;
        let value = |input: &TensorId| match &arrays[&graph.tensor(*input).name] {
            Array::Int(array) => Value::I64(array.slice_axis(Axis(0), Slice::from(..4)).to_owned()),
            Array::F32(array) => Value::F32(array.slice_axis(Axis(0), Slice::from(..4)).to_owned()),
            other => panic!("{other:?}"),
        };
        graph.inputs.iter().map(|input| (input.tensor, value(&input.tensor))).collect()
    }

    /// The values of tensors.
    fn values(&self, made: &Made, tensors: &[TensorId]) -> Values {
        let feeds = self.feeds(made);
        let given: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let engine = self.engine().unwrap();
        let found = engine.compile(&made.model.graph, tensors).unwrap().run(&given).unwrap();
        tensors.iter().copied().zip(found.iter().map(real)).collect()
    }
}

fn real(value: &Value) -> ArrayD<f64> {
    match value {
        Value::F32(array) => array.mapv(f64::from),
        other => panic!("{}", other.dtype().name()),
    }
}

fn bound(made: &Made) -> &[Component] {
    &made.written.bound.as_ref().unwrap().components
}

fn member(made: &Made, family: &str, layer: i64) -> Option<TensorId> {
    let own = bound(made).iter().find(|found| found.family == family && found.arguments.first() == Some(&layer));
    own.map(|found| found.tensor)
}

fn cut(array: &ArrayD<f64>, region: &Region) -> ArrayD<f64> {
    let cuts = region.cuts();
    cuts.fold(array.clone(), |array, (axis, start, end)| {
        array.slice_axis(Axis(axis), Slice::from(start..end)).to_owned()
    })
}

fn furthest(one: &ArrayD<f64>, other: &ArrayD<f64>) -> f64 {
    assert_eq!(one.shape(), other.shape());
    one.iter().zip(other).map(|(one, other)| (one - other).abs() / (1.0 + one.abs())).fold(0.0, f64::max)
}

#[test]
fn the_stream_is_the_sum_of_what_is_added_to_it() {
    for (model, export, made) in transformers().filter(|(model, ..)| model.files != "init/strange") {
        for layer in 0..2 {
            let part = |family: &str| member(&made, family, layer);
            let (Some(attention), Some(pre), Some(post)) = (part("attn_out"), part("resid_pre"), part("resid_post"))
            else {
                panic!("{} {export}", model.files);
            };
            let others: Vec<TensorId> =
                ["mlp", "resid_mid", "normalized_mid"].iter().filter_map(|family| part(family)).collect();
            let values = model.values(&made, &[vec![attention, pre, post], others].concat());
            let middle = &values[&pre] + &values[&attention];
            if let Some(mid) = part("resid_mid") {
                assert!(furthest(&values[&mid], &middle) < 1e-5, "{} {export}: resid_mid", model.files);
            }
            let goes_on = part("normalized_mid").map_or(&middle, |normal| &values[&normal]);
            let sum = part("mlp").map_or(goes_on.clone(), |mlp| goes_on + &values[&mlp]);
            if part("mlp").is_some() || model.files.ends_with("attention-only") {
                assert!(furthest(&values[&post], &sum) < 1e-5, "{} {export}: resid_post", model.files);
            }
        }
    }
}

#[test]
fn patterns_are_shares_and_mix_the_values() {
    for (model, export, made) in transformers() {
        let heads: Vec<&Component> = bound(&made).iter().filter(|found| found.family == "heads").collect();
        assert!(!heads.is_empty(), "{} {export}", model.files);
        for head in heads {
            let pattern = &head.port("pattern").unwrap().part;
            let shares = cut(&model.values(&made, &[pattern.tensor])[&pattern.tensor], &pattern.region);
            let sums = shares.sum_axis(Axis(shares.ndim() - 1));
            assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{} {export} {}", model.files, head.label());
            assert!(shares.iter().all(|share| *share >= 0.0));
        }
    }
}

/// What the heads of a layer write adds up to the attention: each head alone, and the bias once.
#[test]
fn what_heads_write_adds_up_to_the_attention() {
    for (model, export, made) in transformers().filter(|(model, ..)| !model.needs_onnxruntime) {
        let interpreter = Interpreter::compile(&made.model.graph, &made.model.graph.outputs).unwrap();
        let feeds = model.feeds(&made);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        for layer in 0..2 {
            let (Some(mix), Some(out)) = (member(&made, "heads", layer), member(&made, "attn_out", layer)) else {
                panic!("{} {export}", model.files)
            };
            let heads =
                bound(&made).iter().filter(|found| found.family == "heads" && found.arguments[0] == layer).count();
            // The attention where only these heads are not zero.
            let with = |kept: &dyn Fn(usize) -> bool| {
                let mut found = None;
                let mut hook = |tensor: TensorId, mut value: Value| {
                    if let Value::F32(array) = &mut value {
                        if tensor == mix && array.ndim() == 4 {
                            for head in (0..heads).filter(|head| !kept(*head)) {
                                array.index_axis_mut(Axis(1), head).fill(0.0);
                            }
                        }
                        if tensor == out {
                            found = Some(array.mapv(f64::from));
                        }
                    }
                    value
                };
                interpreter.run_hooked(&feeds, &mut hook).unwrap();
                found.unwrap()
            };
            let (all, none) = (with(&|_| true), with(&|_| false));
            let mut sum = none.clone();
            for head in 0..heads {
                sum = sum + with(&|other| other == head) - &none;
            }
            assert!(heads == 1 || furthest(&all, &sum) < 1e-4, "{} {export} layer {layer}", model.files);
            assert!(heads == 1 || furthest(&all, &none) > 1e-3, "{} {export} layer {layer}", model.files);
        }
    }
}

/// A head is the same whatever stands in the parts of `q`, `k` and `v` that are not its own, and another where its
/// own are changed.
#[test]
fn ports_are_what_each_head_reads_and_no_more() {
    for (model, export, made) in transformers().filter(|(model, ..)| !model.needs_onnxruntime) {
        let interpreter = Interpreter::compile(&made.model.graph, &made.model.graph.outputs).unwrap();
        let feeds = model.feeds(&made);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        for head in bound(&made).iter().filter(|found| found.family == "heads") {
            let parts: Vec<_> = ["q", "k", "v"].iter().map(|name| head.port(name).map(|port| &port.part)).collect();
            let own = |changed: &dyn Fn(TensorId, &mut ArrayD<f32>)| {
                let mut found = None;
                let mut hook = |tensor: TensorId, mut value: Value| {
                    if let Value::F32(array) = &mut value {
                        changed(tensor, array);
                        if tensor == head.tensor {
                            found = Some(cut(&array.mapv(f64::from), &head.region));
                        }
                    }
                    value
                };
                interpreter.run_hooked(&feeds, &mut hook).unwrap();
                found.unwrap()
            };
            let label = format!("{} {export} {}", model.files, head.label());
            let clean = own(&|_, _| {});
            let others = own(&|tensor, array| {
                let before = array.clone();
                let read: Vec<_> = parts.iter().flatten().filter(|part| part.tensor == tensor).collect();
                if read.is_empty() {
                    return;
                }
                array.mapv_inplace(|value| 3.0 - 2.0 * value);
                for part in read {
                    assign(array, &before, &part.region);
                }
            });
            assert!(furthest(&clean, &others) < 1e-6, "{label} reads more than its ports");
            for (name, part) in ["q", "k", "v"].iter().zip(&parts) {
                let part = part.unwrap_or_else(|| panic!("{label} has no {name}"));
                let moved = own(&|tensor, array| {
                    if tensor == part.tensor {
                        let before = array.clone();
                        // Other at each position: what all keys have in common changes no pattern.
                        let count = array.len();
                        array
                            .iter_mut()
                            .enumerate()
                            .for_each(|(at, value)| *value += ((at * 7919) % count) as f32 / count as f32);
                        let moved = std::mem::replace(array, before);
                        assign(array, &moved, &part.region);
                    }
                });
                assert!(furthest(&clean, &moved) > 1e-4, "{label} does not read {name}");
            }
        }
    }
}

fn assign(array: &mut ArrayD<f32>, from: &ArrayD<f32>, region: &Region) {
    let (mut to, mut from) = (array.view_mut(), from.view());
    for (axis, start, end) in region.cuts() {
        to.slice_axis_inplace(Axis(axis), Slice::from(start..end));
        from.slice_axis_inplace(Axis(axis), Slice::from(start..end));
    }
    to.assign(&from);
}

/// Every name that two exports of a model share has the same value in both.
#[test]
fn exporters_agree_on_every_name() {
    for model in EXPORTS.iter().filter(|model| model.files != "micro") {
        let mut first: Option<BTreeMap<String, ArrayD<f64>>> = None;
        for export in model.exports {
            let Some(made) = model.made(export) else { continue };
            let mut parts: BTreeMap<String, (TensorId, Region)> = BTreeMap::new();
            for component in bound(&made)
                .iter()
                .filter(|found| !made.model.graph.inputs.iter().any(|input| input.tensor == found.tensor))
            {
                parts.insert(component.label(), (component.tensor, component.region.clone()));
                for port in
                    component.ports.iter().filter(|port| !["scores", "rot_q", "rot_k"].contains(&port.name.as_str()))
                {
                    parts.insert(
                        format!("{}.{}", component.label(), port.name),
                        (port.part.tensor, port.part.region.clone()),
                    );
                }
            }
            let mut tensors: Vec<TensorId> = parts.values().map(|(tensor, _)| *tensor).collect();
            tensors.sort_unstable();
            tensors.dedup();
            let values = model.values(&made, &tensors);
            let named: BTreeMap<String, ArrayD<f64>> =
                parts.into_iter().map(|(name, (tensor, region))| (name, cut(&values[&tensor], &region))).collect();
            let known = first.get_or_insert_with(|| named.clone());
            assert!(named.keys().eq(known.keys()), "{} {export}", model.files);
            for (name, value) in &named {
                assert!(furthest(value, &known[name]) < 1e-3, "{} {export}: {name}", model.files);
            }
        }
    }
}
