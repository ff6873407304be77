//! Types and shapes of every tensor from ONNX Runtime, without running anything: a session is made
//! from the graph without its weights, and asked for the types of its outputs.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model as messages;
use crate::model::{Graph, Probed, ShapeProbe, TensorId, encode, weightless};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{TensorElementType, ValueType};
use std::collections::BTreeMap;

/// The probe by ONNX Runtime. Batches are primes that no other dim is likely to be a multiple of.
#[derive(Debug, Clone, Copy)]
pub struct OnnxRuntimeProbe<'a>(pub &'a Environment);

impl ShapeProbe for OnnxRuntimeProbe<'_> {
    fn batch_sizes(&self) -> [usize; 2] {
        [101, 103]
    }

    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>> {
        let said = |error: ort::Error| Box::new(messages::untyped(&error.to_string()));
        let bytes = encode(&weightless(graph), outputs);
        let session = session(self.0, &bytes).map_err(said)?;
        let mut seen = BTreeMap::new();
        for output in session.outputs() {
            let ValueType::Tensor { ty, shape, .. } = output.dtype() else { continue };
            let sizes: Option<Vec<usize>> = shape.iter().map(|size| usize::try_from(*size).ok()).collect();
            if let Some(sizes) = sizes {
                seen.insert(output.name(), Probed { element: element_code(*ty), sizes });
            }
        }
        outputs
            .iter()
            .map(|output| {
                let name = &graph.tensor(*output).name;
                seen.get(name.as_str()).cloned().ok_or_else(|| Box::new(messages::unknown_shape(name)))
            })
            .collect()
    }
}

fn session(environment: &Environment, bytes: &[u8]) -> ort::Result<Session> {
    // Constant folding is what makes every dim concrete.
    let builder = Session::builder(environment)?.with_optimization_level(GraphOptimizationLevel::Level1)?;
    let mut builder = builder.with_intra_threads(1)?;
    builder.commit_from_memory(bytes)
}

/// The code of an element type in ONNX files; 0 for those that ONNX does not have.
fn element_code(element: TensorElementType) -> i32 {
    match element {
        TensorElementType::Float32 => 1,
        TensorElementType::Uint8 => 2,
        TensorElementType::Int8 => 3,
        TensorElementType::Uint16 => 4,
        TensorElementType::Int16 => 5,
        TensorElementType::Int32 => 6,
        TensorElementType::Int64 => 7,
        TensorElementType::String => 8,
        TensorElementType::Bool => 9,
        TensorElementType::Float16 => 10,
        TensorElementType::Float64 => 11,
        TensorElementType::Uint32 => 12,
        TensorElementType::Uint64 => 13,
        TensorElementType::Bfloat16 => 16,
        _ => 0,
    }
}
