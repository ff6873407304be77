//! ONNX Runtime as a plain engine, where its library is found: `ORT_DYLIB_PATH`, else `.ort/`.
#![expect(clippy::disallowed_methods, reason = "tests find the library themselves")]

use ansatz::diagnostics::{Diagnostic, messages::model as messages};
use ansatz::engine::{Engine, Session, Value};
use ansatz::model::{Graph, TensorId, encode};
use ort::environment::Environment;
use ort::session::SessionInputValue;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::Tensor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The environment, `None` without library; a failure where `ANSATZ_REQUIRE_ORT` is set.
pub fn environment() -> Option<&'static Environment> {
    static ENVIRONMENT: OnceLock<Option<Environment>> = OnceLock::new();
    let make = || {
        let made = library().and_then(|path| ort::init_from(path).ok()?.build().ok());
        assert!(made.is_some() || std::env::var_os("ANSATZ_REQUIRE_ORT").is_none(), "ONNX Runtime was not found");
        made
    };
    ENVIRONMENT.get_or_init(make).as_ref()
}

fn library() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH") {
        return Some(PathBuf::from(path));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ort");
    let files = folder.read_dir().ok()?.filter_map(Result::ok).map(|entry| entry.path());
    files
        .into_iter()
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime.")))
}

pub struct OrtEngine;

struct OrtSession {
    session: ort::session::Session,
    inputs: Vec<(TensorId, String)>,
    outputs: Vec<String>,
}

fn said(error: impl std::fmt::Display) -> Box<Diagnostic> {
    Box::new(messages::untyped(&error.to_string()))
}

impl Engine for OrtEngine {
    fn name(&self) -> &'static str {
        "onnxruntime"
    }

    fn version(&self) -> String {
        String::new()
    }

    fn compile(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Box<dyn Session>, Box<Diagnostic>> {
        let environment = environment().expect("engines are made only where the library is");
        let make = || -> ort::Result<ort::session::Session> {
            let builder = ort::session::Session::builder(environment)?;
            builder.with_optimization_level(GraphOptimizationLevel::Level1)?.commit_from_memory(&encode(graph, outputs))
        };
        let name = |tensor: TensorId| graph.tensor(tensor).name.clone();
        let session = make().map_err(said)?;
        let needed: Vec<String> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
        let inputs = graph.inputs.iter().map(|input| (input.tensor, name(input.tensor)));
        let inputs = inputs.filter(|(_, name)| needed.contains(name)).collect();
        Ok(Box::new(OrtSession { session, inputs, outputs: outputs.iter().map(|output| name(*output)).collect() }))
    }
}

impl Session for OrtSession {
    fn run(&mut self, feeds: &[(TensorId, &Value)]) -> Result<Vec<Value>, Box<Diagnostic>> {
        let mut fed = Vec::new();
        for (tensor, name) in &self.inputs {
            let (_, value) = feeds.iter().find(|(fed, _)| fed == tensor).expect("every needed input is fed");
            fed.push((name.clone(), tensor_of(value).map_err(said)?));
        }
        let outputs = self.session.run(fed).map_err(said)?;
        let value = |name: &String| {
            let output = &outputs[name.as_str()];
            let float = output.try_extract_array::<f32>().map(|array| Value::F32(array.to_owned()));
            let long = || output.try_extract_array::<i64>().map(|array| Value::I64(array.to_owned()));
            let bool = || output.try_extract_array::<bool>().map(|array| Value::Bool(array.to_owned()));
            let int = || output.try_extract_array::<i32>().map(|array| Value::I32(array.to_owned()));
            let double = || output.try_extract_array::<f64>().map(|array| Value::F64(array.to_owned()));
            float.or_else(|_| long()).or_else(|_| bool()).or_else(|_| int()).or_else(|_| double()).map_err(said)
        };
        self.outputs.iter().map(value).collect()
    }
}

fn tensor_of(value: &Value) -> ort::Result<SessionInputValue<'static>> {
    Ok(match value.clone() {
        Value::F32(array) => Tensor::from_array(array)?.into(),
        Value::F64(array) => Tensor::from_array(array)?.into(),
        Value::I64(array) => Tensor::from_array(array)?.into(),
        Value::I32(array) => Tensor::from_array(array)?.into(),
        Value::Bool(array) => Tensor::from_array(array)?.into(),
    })
}
