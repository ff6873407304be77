//! Model files: good ones are read, bad ones give their code.

mod support;

use ansatz::diagnostics::Diagnostic;
use ansatz::model::onnx::{GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto};
use ansatz::model::{ModelFile, load};
use prost::Message;
use std::path::Path;
use support::{codes, fixture, input, model, node, weight};

type Loaded = Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>>;

fn load_bytes(bytes: &[u8]) -> Loaded {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.onnx");
    ansatz::files::write(&path, bytes).expect("a small file can be written");
    load(&path)
}

fn load_model(model: &ModelProto) -> Loaded {
    load_bytes(&model.encode_to_vec())
}

/// The codes of a model that must not load.
fn refused(model: &ModelProto) -> Vec<&'static str> {
    codes(&load_model(model).expect_err("the model is bad"))
}

fn graph_of(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().expect("test models have a graph")
}

#[test]
fn fixtures_load_with_modules() {
    for (name, q) in [("micro.onnx", "linear"), ("micro-legacy.onnx", "/blocks.0/attn/q/Add_output_0")] {
        let (file, warnings) = load(&fixture(name)).expect("a good model");
        assert_eq!(warnings, [], "{name}");
        assert_eq!(file.hash.len(), 64);
        let q = file.graph.find(q).expect("the query projection");
        assert_eq!(file.graph.producer(q).and_then(|node| node.module.as_deref()), Some("blocks.0.attn.q"), "{name}");
    }
}

#[test]
fn the_bad_fixtures_have_one_mistake_each() {
    for (name, code) in
        [("pointer", "A3003"), ("cycle", "A3004"), ("random", "A3005"), ("outside", "A3006"), ("out-of-order", "A3009")]
    {
        let found = match load(&fixture(&format!("bad/{name}.onnx"))) {
            Ok((_, warnings)) => codes(&warnings),
            Err(findings) => codes(&findings),
        };
        assert_eq!(found, [code], "{name}");
    }
}

#[test]
fn external_weights_are_the_same_weights() {
    let (inside, _) = load(&fixture("micro.onnx")).expect("a good model");
    let (outside, _) = load(&fixture("micro-external.onnx")).expect("weights beside the model");
    assert_eq!(outside.external_files, ["micro-external.onnx.data"]);
    assert_ne!(inside.hash, outside.hash);
    let all = |file: &ModelFile| ansatz::model::encode(&file.graph, &file.graph.outputs);
    assert_eq!(all(&inside), all(&outside));
}

#[test]
fn encoding_keeps_only_what_is_needed_and_reads_back() {
    let (file, _) = load(&fixture("micro.onnx")).expect("a good model");
    let eq = file.graph.find("eq").expect("the padding mask");
    let small = ModelProto::decode(ansatz::model::encode(&file.graph, &[eq]).as_slice()).expect("own bytes decode");
    let graph = small.graph.expect("a graph");
    assert_eq!((graph.node.len(), graph.initializer.len(), graph.input.len()), (1, 1, 1));
    assert!(graph.value_info.is_empty() && graph.output[0].r#type.is_none());
}

#[test]
fn files_that_are_no_models_are_called_what_they_are() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "git-LFS pointer"),
        (b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.", "pickle"),
        (b"PK\x03\x04\x14\x00\x00\x00archive/data.pkl", "PyTorch checkpoint"),
        (b"\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"}}", "safetensors"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"{\"model\": 1}", "JSON"),
        (b"import torch\n", "text"),
        (b"\x1f\x8b\x08\x00rest", "compressed"),
        (b"\x08\x07", "neither a graph"),
    ];
    for (bytes, words) in cases {
        let findings = load_bytes(bytes).expect_err("not a model");
        assert_eq!(codes(&findings), ["A3003"], "{words}");
        assert!(findings[0].message.contains(words), "{}", findings[0].message);
    }
}

#[test]
fn missing_files_and_folders_cannot_be_read() {
    assert_eq!(codes(&load(Path::new("no-such-model.onnx")).expect_err("missing")), ["A9001"]);
    assert_eq!(codes(&load(&fixture("")).expect_err("a folder")), ["A9002"]);
}

#[test]
fn truncated_and_hostile_messages_are_broken_quickly() {
    let whole = model(vec![node("Relu", &["x"], &["y"])], vec![]).encode_to_vec();
    let cut = &whole[..whole.len() - 3];
    let mut bomb = vec![0x08, 0x08, 0x3a];
    bomb.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]);
    let mut deep = NodeProto::default();
    for _ in 0..1000 {
        let mut outer = node("If", &[], &[]);
        let graph = GraphProto { node: vec![deep], ..Default::default() };
        outer.attribute.push(ansatz::model::onnx::AttributeProto { g: Some(graph), ..Default::default() });
        deep = outer;
    }
    for bytes in [cut, &bomb, &model(vec![deep], vec![]).encode_to_vec()] {
        let findings = load_bytes(bytes).expect_err("broken");
        assert_eq!(codes(&findings), ["A3004"]);
        assert!(findings[0].message.len() < 200, "{}", findings[0].message);
    }
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    let mut bomb = node("Relu", &["x"], &["y"]);
    bomb.attribute = vec![ansatz::model::onnx::AttributeProto::default(); 400_000];
    assert_eq!(refused(&model(vec![bomb], vec![])), ["A3005"]);
}

#[test]
fn graphs_that_contradict_themselves_are_broken() {
    let relu = || node("Relu", &["x"], &["y"]);
    let cycle = vec![node("Add", &["x", "b"], &["a"]), node("Relu", &["a"], &["b"]), node("Relu", &["a"], &["y"])];
    let mut cases = vec![
        ("cycle", model(cycle, vec![])),
        ("undefined input", model(vec![node("Add", &["x", "nothing"], &["y"])], vec![])),
        ("duplicate value", model(vec![relu(), relu()], vec![])),
        ("a node computes the input", model(vec![relu(), node("Relu", &["y"], &["x"])], vec![])),
        ("empty graph", model(vec![], vec![])),
        ("unknown output", model(vec![node("Relu", &["x"], &["z"])], vec![])),
    ];
    let mut without_outputs = model(vec![relu()], vec![]);
    graph_of(&mut without_outputs).output.clear();
    let mut without_inputs = model(vec![node("Relu", &["w"], &["y"])], vec![weight("w", &[2])]);
    graph_of(&mut without_inputs).input.clear();
    let mut without_opset = model(vec![relu()], vec![]);
    without_opset.opset_import.clear();
    let mut negative = model(vec![relu()], vec![]);
    graph_of(&mut negative).input = vec![input("x", 1, &[-3])];
    cases.extend([
        ("outputs", without_outputs),
        ("inputs", without_inputs),
        ("opset", without_opset),
        ("dim", negative),
    ]);
    for (what, model) in cases {
        let found = refused(&model);
        assert!(!found.is_empty() && found.iter().all(|code| *code == "A3004"), "{what}: {found:?}");
    }
}

#[test]
fn constants_that_lie_about_their_size_are_broken() {
    let nodes = || vec![node("Add", &["x", "w"], &["y"])];
    for dims in [&[5_i64][..], &[-1], &[1 << 40], &[1 << 40, 1 << 40], &[i64::MAX, 0, 3]] {
        let lying = TensorProto { dims: dims.to_vec(), ..weight("w", &[4]) };
        assert_eq!(refused(&model(nodes(), vec![lying])), ["A3004"], "{dims:?}");
    }
}

#[test]
fn what_ansatz_cannot_follow_is_refused_with_the_node() {
    let mut domain = node("FusedMatMul", &["x"], &["y"]);
    domain.domain = Some("com.microsoft".to_owned());
    domain.name = Some("/blocks.0/mlp/Fused".to_owned());
    let mut dropout = node("Dropout", &["x", "", "training"], &["y"]);
    dropout.attribute.clear();
    let training = TensorProto { data_type: Some(9), raw_data: Some(vec![1].into()), ..weight("training", &[]) };
    let half = TensorProto { data_type: Some(10), raw_data: Some(vec![0; 2].into()), ..weight("w", &[]) };
    let mut newer = model(vec![node("Relu", &["x"], &["y"])], vec![]);
    newer.ir_version = Some(999);
    let mut opset = model(vec![node("Relu", &["x"], &["y"])], vec![]);
    opset.opset_import[0].version = Some(999);
    let cases = [
        ("domain", model(vec![domain], vec![])),
        ("Loop", model(vec![node("Loop", &["x"], &["y"])], vec![])),
        ("random", model(vec![node("RandomNormalLike", &["x"], &["y"])], vec![])),
        ("training", model(vec![dropout], vec![training])),
        ("float16", model(vec![node("Add", &["x", "w"], &["y"])], vec![half])),
        ("file format", newer),
        ("operator set", opset),
    ];
    for (words, model) in cases {
        let findings = load_model(&model).expect_err("refused");
        assert_eq!(codes(&findings), ["A3005"], "{words}");
        let said = format!("{} {:?}", findings[0].message, findings[0].primary.place);
        assert!(said.contains(words), "{words} is not in {said}");
    }
}

#[test]
fn a_weight_that_nothing_reads_may_have_any_type() {
    let half = TensorProto { data_type: Some(10), raw_data: Some(vec![0; 2].into()), ..weight("w", &[]) };
    assert!(load_model(&model(vec![node("Relu", &["x"], &["y"])], vec![half])).is_ok());
}

#[test]
fn nodes_out_of_order_are_sorted_with_a_warning() {
    let nodes = vec![node("Relu", &["a"], &["y"]), node("Relu", &["x"], &["a"])];
    let (file, warnings) = load_model(&model(nodes, vec![])).expect("sorted");
    assert_eq!(codes(&warnings), ["A3009"]);
    let outputs: Vec<&str> = file.graph.nodes.iter().map(|node| name_of(&file, node.outputs[0])).collect();
    assert_eq!(outputs, ["a", "y"]);
}

fn name_of(file: &ModelFile, tensor: Option<ansatz::model::TensorId>) -> &str {
    tensor.map_or("", |tensor| &file.graph.tensor(tensor).name)
}

#[test]
fn names_from_the_file_cannot_write_to_the_screen() {
    let evil = format!("\u{1b}]0;title\u{7}{}", "x".repeat(5_000_000));
    let findings = load_model(&model(vec![node("Add", &["x", &evil], &["y"])], vec![])).expect_err("undefined");
    assert!(findings[0].message.len() < 300 && !findings[0].message.contains('\u{1b}'));
}

/// A model whose weight lies in another file.
fn external(entries: &[(&str, &str)]) -> ModelProto {
    let entry = |(key, value): &(&str, &str)| StringStringEntryProto {
        key: Some((*key).to_owned()),
        value: Some((*value).to_owned()),
    };
    let weight = TensorProto {
        raw_data: None,
        data_location: Some(1),
        external_data: entries.iter().map(entry).collect(),
        ..weight("w", &[4])
    };
    model(vec![node("Add", &["x", "w"], &["y"])], vec![weight])
}

#[cfg(unix)]
mod external_data {
    use super::*;
    use std::os::unix::fs::symlink;

    /// `outside/secret`, `models/inside` and links to both; the model is `models/model.onnx`.
    fn folders() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| root.path().join(name);
        for folder in ["outside", "models", "models/sub"] {
            std::fs::create_dir(at(folder)).expect("a new folder");
        }
        ansatz::files::write(&at("outside/secret"), &[1; 16]).expect("written");
        ansatz::files::write(&at("models/inside"), &[2; 32]).expect("written");
        symlink(at("outside/secret"), at("models/leads-out")).expect("a link");
        symlink("inside", at("models/leads-in")).expect("a link");
        std::fs::hard_link(at("outside/secret"), at("models/second-name")).expect("a hard link");
        root
    }

    fn load_with(entries: &[(&str, &str)]) -> Loaded {
        let root = folders();
        let path = root.path().join("models/model.onnx");
        ansatz::files::write(&path, &external(entries).encode_to_vec()).expect("written");
        load(&path)
    }

    #[test]
    fn data_in_the_folder_is_read() {
        for location in ["inside", "leads-in", "sub/../inside"] {
            let (file, _) = load_with(&[("location", location), ("offset", "8"), ("length", "16")]).expect("contained");
            let weight = file.graph.find("w").and_then(|tensor| file.graph.initializers.get(&tensor));
            let raw = weight.and_then(|weight| weight.proto.raw_data.clone()).expect("data was read in");
            assert_eq!(raw.as_ref(), [2; 16], "{location}");
        }
    }

    #[test]
    fn data_outside_the_folder_is_refused() {
        for location in [
            "../outside/secret",
            "sub/../../outside/secret",
            "/etc/hostname",
            "leads-out",
            "second-name",
            "C:\\secret",
            "..\\outside\\secret",
            "missing",
            "sub",
            "*/_ORT_MEM_ADDR_/*",
            "",
        ] {
            let findings = load_with(&[("location", location)]).expect_err("refused");
            assert_eq!(codes(&findings), ["A3006"], "{location}");
        }
    }

    #[test]
    fn parts_must_lie_in_the_file_and_fit_the_dims() {
        for (offset, length) in [("-1", "16"), ("x", "16"), ("24", "16"), ("99", "16"), ("0", "12"), ("0", "1e3")] {
            let findings = load_with(&[("location", "inside"), ("offset", offset), ("length", length)]);
            assert_eq!(codes(&findings.expect_err("refused")), ["A3006"], "{offset} {length}");
        }
    }

    #[test]
    fn a_cache_of_links_is_followed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir(at("blobs")).expect("a new folder");
        std::fs::create_dir(at("snapshot")).expect("a new folder");
        let bytes = external(&[("location", "model.onnx.data")]).encode_to_vec();
        ansatz::files::write(&at("blobs/aa"), &bytes).expect("written");
        ansatz::files::write(&at("blobs/bb"), &[0; 16]).expect("written");
        symlink("../blobs/aa", at("snapshot/model.onnx")).expect("a link");
        symlink("../blobs/bb", at("snapshot/model.onnx.data")).expect("a link");
        assert!(load(&at("snapshot/model.onnx")).is_ok());
    }
}
