//! Types and dims of every tensor, sites, batch mixing and repair, on the fixtures.

mod support;

use ansatz::diagnostics::Diagnostic;
use ansatz::engine::{Engine, Value};
use ansatz::model::{
    ByRunning, DimSizes, FactDim, MixReason, Model, ModelFile, SiteError, TensorId, at_batch, batch_mixing, from_proto,
    infer, load, resolve_site,
};
use support::{codes, engines, fixture, input, int, ints, model, node, weight};

type Inferred = Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>>;

fn infer_with(file: ModelFile, engine: &dyn Engine) -> Inferred {
    infer(file, &ByRunning(engine), engine, &DimSizes::default())
}

fn fixture_model(name: &str, engine: &dyn Engine) -> Model {
    infer_with(load(&fixture(name)).expect("a good model").0, engine).expect("a good model").0
}

fn of_proto(proto: ansatz::model::onnx::ModelProto, engine: &dyn Engine) -> Inferred {
    let (graph, _) = from_proto(proto, "test.onnx").expect("a good graph");
    let (path, hash, external_files) = ("test.onnx".to_owned(), String::new(), Vec::new());
    infer_with(ModelFile { path, hash, external_files, graph }, engine)
}

fn facts_of(model: &Model, tensor: TensorId) -> String {
    model.facts.get(tensor).map_or_else(String::new, ToString::to_string)
}

#[test]
fn every_tensor_has_a_type_and_dims() {
    for engine in engines() {
        for name in ["micro.onnx", "micro-legacy.onnx"] {
            let model = fixture_model(name, engine.as_ref());
            for id in model.graph.cone(&model.graph.outputs) {
                for tensor in model.graph.node(id).inputs.iter().flatten() {
                    let fact = model.facts.get(*tensor).expect("a fact for every tensor in use");
                    assert!(!fact.dims.contains(&FactDim::Unclear), "{name} {fact}");
                }
            }
            assert_eq!(facts_of(&model, model.graph.inputs[0].tensor), "int64[batch, 8]");
            assert_eq!(facts_of(&model, model.graph.outputs[0]), "float32[batch, 2]");
        }
    }
}

#[test]
fn both_probes_see_the_same() {
    let Some(probe) = support::runtime::onnxruntime() else { return };
    for engine in engines() {
        for name in ["micro.onnx", "micro-legacy.onnx", "micro-batch1.onnx"] {
            let by_running = fixture_model(name, engine.as_ref());
            let file = load(&fixture(name)).expect("a good model").0;
            let (typed, _) = infer(file, &probe, engine.as_ref(), &DimSizes::default()).expect("a good model");
            assert_eq!(by_running.facts, typed.facts, "{name} {}", engine.name());
        }
    }
}

#[test]
fn sites_are_found_by_module_in_both_exports() {
    let cases = [
        ("embed", "float32[batch, 8, 8]", "Add"),
        ("blocks.0.attn.core", "float32[batch, 2, 8, 4]", "MatMul"),
        ("/blocks.1/attn/core", "float32[batch, 2, 8, 4]", "MatMul"),
        ("blocks.1.attn", "float32[batch, 8, 8]", "Add"),
        ("blocks/0/mlp", "float32[batch, 8, 8]", "Add"),
        ("blocks.0", "float32[batch, 8, 8]", "Add"),
        ("blocks.0.attn.core/Softmax", "float32[batch, 2, 8, 8]", "Softmax"),
        ("blocks.0.attn.core/MatMul_1", "float32[batch, 2, 8, 4]", "MatMul"),
        ("blocks.0/attn/Transpose_1", "float32[batch, 2, 8, 4]", "Transpose"),
        ("logits", "float32[batch, 2]", "Gemm"),
    ];
    for engine in engines() {
        for name in ["micro.onnx", "micro-legacy.onnx", "micro-batch1.onnx"] {
            let model = fixture_model(name, engine.as_ref());
            for (address, facts, op) in cases {
                let tensor =
                    resolve_site(&model, address).unwrap_or_else(|error| panic!("{name} {address}: {error:?}"));
                assert_eq!(facts_of(&model, tensor), facts, "{name} {address}");
                assert_eq!(model.graph.producer(tensor).map(|node| node.op.as_str()), Some(op), "{name} {address}");
            }
            let input = resolve_site(&model, "tokens").expect("an input");
            assert!(model.graph.producer(input).is_none());
        }
    }
}

#[test]
fn every_listed_address_leads_back() {
    for engine in engines() {
        let model = fixture_model("micro.onnx", engine.as_ref());
        for (tensor, _) in model.facts.iter() {
            let address = ansatz::model::address_of(&model.graph, tensor);
            assert_eq!(resolve_site(&model, &address), Ok(tensor), "{address}");
        }
    }
}

#[test]
fn unknown_sites_suggest_what_is_near() {
    for engine in engines() {
        let model = fixture_model("micro.onnx", engine.as_ref());
        let Err(SiteError::Unknown { suggestions, .. }) = resolve_site(&model, "blocks.0.attn.cor") else {
            panic!("unknown")
        };
        assert_eq!(suggestions[0].address, "blocks.0.attn.core");
        assert_eq!(suggestions[0].facts, "float32[batch, 2, 8, 4]");
        let Err(SiteError::Unknown { inside, .. }) = resolve_site(&model, "blocks.7.attn") else { panic!("unknown") };
        assert_eq!(inside, Some(("blocks".to_owned(), vec!["0".to_owned(), "1".to_owned()])));
        let fewer = resolve_site(&model, "blocks.0.attn.core/MatMul_2");
        assert!(matches!(fewer, Err(SiteError::FewerOperators { count: 2, .. })), "{fewer:?}");
    }
}

#[test]
fn a_module_with_two_outputs_is_ambiguous() {
    let named = |name: &str, op: &str, inputs: &[&str], outputs: &[&str]| {
        let mut made = node(op, inputs, outputs);
        made.name = Some(name.to_owned());
        made
    };
    let nodes = vec![
        named("/m/Relu", "Relu", &["x"], &["a"]),
        named("/m/Neg", "Neg", &["x"], &["b"]),
        named("/Add", "Add", &["a", "b"], &["y"]),
    ];
    for engine in engines() {
        let (model, _) = of_proto(support::model(nodes.clone(), vec![]), engine.as_ref()).expect("a good model");
        let Err(SiteError::Ambiguous { candidates }) = resolve_site(&model, "m") else { panic!("ambiguous") };
        let addresses: Vec<&str> = candidates.iter().map(|candidate| candidate.address.as_str()).collect();
        assert_eq!(addresses, ["m/Relu", "m/Neg"]);
    }
}

#[test]
fn the_fixtures_keep_examples_apart() {
    for engine in engines() {
        for name in ["micro.onnx", "micro-legacy.onnx", "micro-batch1.onnx"] {
            let model = fixture_model(name, engine.as_ref());
            let axes = batch_mixing(&model.graph, &model.facts);
            assert_eq!(axes.mixing, [], "{name}");
            for (tensor, fact) in model.facts.iter() {
                assert_eq!(axes.get(tensor).map(|row| row.axis), fact.batch_axis(), "{name} {fact}");
            }
        }
    }
}

/// Runs a batch, and again with one example replaced: of each tensor nothing may change but the rows
/// that the pass gives to this example.
fn only_own_rows_change(model: &Model, engine: &dyn Engine) {
    let axes = batch_mixing(&model.graph, &model.facts);
    let read = |id| model.graph.node(id).outputs.iter().flatten().copied();
    let computed: Vec<TensorId> = model
        .graph
        .cone(&model.graph.outputs)
        .into_iter()
        .flat_map(read)
        .filter(|id| model.facts.get(*id).is_some())
        .collect();
    let run = |second: i64| {
        let rows = [[0, 3, 4, 3, 4, 2, 1, 1], [0, 3, second, 4, 4, 2, 1, 1], [0, 4, 2, 1, 1, 1, 1, 1]];
        let tokens = Value::I64(ndarray::Array2::from(rows.to_vec()).into_dyn());
        let graph = at_batch(&model.graph, &model.batch, rows.len());
        let mut session = engine.compile(&graph, &computed).expect("the model compiles");
        session.run(&[(model.graph.inputs[0].tensor, &tokens)]).expect("the model runs")
    };
    let mut changed_somewhere = false;
    for ((tensor, before), after) in computed.iter().zip(run(3)).zip(run(4)) {
        let own = axes.get(*tensor);
        let mut difference = before.clone();
        if let (Value::F32(before), Value::F32(after), Value::F32(changed)) = (&before, &after, &mut difference) {
            changed.zip_mut_with(&(before - after), |changed, difference| *changed = difference.abs());
            for (index, changed) in changed.indexed_iter().filter(|(_, changed)| **changed > 0.0) {
                let row = own.expect("a tensor without rows never changes");
                assert_eq!(index[row.axis] / row.inner % 3, 1, "{} {changed}", model.graph.tensor(*tensor).name);
                changed_somewhere = true;
            }
        }
    }
    assert!(changed_somewhere, "the replaced example must change something");
}

#[test]
fn examples_do_not_reach_each_others_rows() {
    for engine in engines() {
        for name in ["micro.onnx", "micro-legacy.onnx", "micro-batch1.onnx"] {
            only_own_rows_change(&fixture_model(name, engine.as_ref()), engine.as_ref());
        }
    }
}

#[test]
fn a_mean_over_the_batch_is_found() {
    let mut mean = node("ReduceMean", &["x"], &["m"]);
    mean.attribute = vec![ints("axes", &[0]), int("keepdims", 1)];
    let mut proto = model(vec![mean, node("Sub", &["x", "m"], &["y"])], vec![]);
    proto.opset_import[0].version = Some(17);
    for engine in engines() {
        let (model, _) = of_proto(proto.clone(), engine.as_ref()).expect("a good model");
        let mixing = batch_mixing(&model.graph, &model.facts).mixing;
        assert_eq!(mixing.len(), 1);
        assert_eq!((mixing[0].reason, model.graph.node(mixing[0].node).op.as_str()), (MixReason::Across, "ReduceMean"));
    }
}

#[test]
fn an_export_for_one_example_is_repaired_with_a_warning() {
    for engine in engines() {
        let file = load(&fixture("micro-batch1.onnx")).expect("a good model").0;
        let (model, warnings) = infer_with(file, engine.as_ref()).expect("repaired");
        assert_eq!(codes(&warnings), ["A3011"]);
        assert_eq!(facts_of(&model, model.graph.outputs[0]), "float32[batch, 2]");
    }
}

#[test]
fn what_cannot_be_repaired_is_refused() {
    // The sum over all axes joins the examples, and no rewritten target helps.
    let mut sum = node("ReduceSum", &["x"], &["s"]);
    sum.attribute.push(int("keepdims", 1));
    let mut proto = model(vec![sum, node("Add", &["x", "s"], &["y"])], vec![]);
    if let Some(graph) = proto.graph.as_mut() {
        graph.input = vec![input("x", 1, &[1, 4])];
    }
    let mut four = proto.clone();
    if let Some(graph) = four.graph.as_mut() {
        graph.input = vec![input("x", 1, &[4, 4])];
    }
    for engine in engines() {
        assert_eq!(codes(&of_proto(proto.clone(), engine.as_ref()).expect_err("mixes")), ["A3007"]);
        assert_eq!(codes(&of_proto(four.clone(), engine.as_ref()).expect_err("a batch of four")), ["A3007"]);
    }
}

#[test]
fn the_bad_fixtures_have_one_mistake_each() {
    for engine in engines() {
        let file = |name: &str| load(&fixture(&format!("bad/{name}.onnx"))).expect("only later stages object").0;
        assert_eq!(codes(&infer_with(file("batch-of-4"), engine.as_ref()).expect_err("fixed")), ["A3007"]);
        assert_eq!(codes(&infer_with(file("open-length"), engine.as_ref()).expect_err("open")), ["A3010"]);
        let (mixes, _) = infer_with(file("mixes"), engine.as_ref()).expect("a good model");
        assert_eq!(batch_mixing(&mixes.graph, &mixes.facts).mixing.len(), 1);
        let (two, _) = infer_with(file("two-outputs"), engine.as_ref()).expect("a good model");
        assert!(matches!(resolve_site(&two, "m"), Err(SiteError::Ambiguous { .. })));
        assert!(resolve_site(&two, "m/Relu").is_ok());
    }
}

#[test]
fn open_axes_need_sizes() {
    let mut proto = model(vec![node("MatMul", &["x", "w"], &["y"])], vec![weight("w", &[4, 2])]);
    if let Some(graph) = proto.graph.as_mut() {
        graph.input = vec![input("x", 1, &[0, 5, 4])];
        if let Some(ansatz::model::onnx::type_proto::Value::TensorType(tensor)) =
            graph.input[0].r#type.as_mut().and_then(|declared| declared.value.as_mut())
        {
            tensor.shape.as_mut().expect("a shape").dim[1].value = None;
        }
    }
    for engine in engines() {
        assert_eq!(codes(&of_proto(proto.clone(), engine.as_ref()).expect_err("an open axis")), ["A3010"]);
        let (graph, _) = from_proto(proto.clone(), "test.onnx").expect("a good graph");
        let mut sizes = DimSizes::default();
        sizes.by_axis.insert((graph.inputs[0].tensor, 1), 6);
        let (path, hash, external_files) = ("test.onnx".to_owned(), String::new(), Vec::new());
        let file = ModelFile { path, hash, external_files, graph };
        let (model, _) = infer(file, &ByRunning(engine.as_ref()), engine.as_ref(), &sizes).expect("sized");
        assert_eq!(facts_of(&model, model.graph.outputs[0]), "float32[batch, 6, 2]");
    }
}

#[test]
fn what_a_module_reads_has_an_address() {
    let engine = engines().remove(0);
    let bound = |name: &str| {
        let file = load(&fixture(&format!("architectures/{name}.onnx"))).expect("a good model").0;
        infer_with(file, engine.as_ref()).expect("a good model").0
    };
    for export in ["gpt2-legacy", "gpt2-dynamo", "gpt2-sdpa"] {
        let model = bound(export);
        let found = |address: &str| resolve_site(&model, address).expect("an address");
        // The stream between two blocks, and before the first.
        assert_eq!(found("transformer.h.1.ln_1/input"), found("transformer.h.0/Add_1"));
        assert_eq!(found("transformer/h.1/ln_1/input"), found("transformer.h.0"));
        assert_eq!(found("transformer.h.0/input"), found("transformer/Add"));
        // `Split` has no module in exports of the dynamo exporter.
        assert_eq!(found("transformer.h.0.attn"), found("transformer.h.0.attn.c_proj/Reshape_1"));
        assert_eq!(found("transformer.h.0.attn/input"), found("transformer.h.0.ln_1"));
        assert!(matches!(resolve_site(&model, "transformer.h.7/input"), Err(SiteError::Unknown { .. })));
    }
    let legacy = bound("gpt2-legacy");
    assert!(matches!(resolve_site(&legacy, "transformer.wpe/input"), Err(SiteError::NothingEnters { .. })));
    let llama = bound("llama-dynamo");
    assert!(resolve_site(&llama, "model.layers/input").is_ok());
    let bert = bound("bert-dynamo");
    assert!(matches!(resolve_site(&bert, "bert.encoder/input"), Err(SiteError::Ambiguous { .. })));
}
