//! Element types and sizes of tensors, from the shape inference of the library, without weights.

use super::{OnnxRuntime, session};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model as messages;
use crate::model::{DeclaredDim, Graph, GraphInput, Probed, ShapeProbe, TensorId};
use std::collections::BTreeMap;

/// Float initialisers with more elements become inputs: shapes do not depend on their values.
const LARGE: usize = 64;

/// What the library infers of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// ONNX element type code; 0 for values that are no tensors.
    pub element: i32,
    /// `None` where the library cannot say.
    pub sizes: Option<Vec<usize>>,
}

impl OnnxRuntime {
    /// Element type and sizes of each output, from a session that is created and never run.
    /// The inputs of the graph should have sizes at every axis.
    ///
    /// # Errors
    /// A6005: the library refuses the graph.
    pub fn infer(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Inferred>, Box<Diagnostic>> {
        let light = weightless(graph);
        let computed: Vec<TensorId> =
            outputs.iter().copied().filter(|output| graph.tensor(*output).producer.is_some()).collect();
        let mut known: BTreeMap<TensorId, Inferred> = BTreeMap::new();
        if !computed.is_empty() {
            let session = session::create(&self.environment, &light, &computed)?;
            let by_name: BTreeMap<&str, Inferred> =
                session.outputs().iter().map(|outlet| (outlet.name(), inferred(outlet.dtype()))).collect();
            for tensor in computed {
                known.extend(by_name.get(graph.tensor(tensor).name.as_str()).map(|fact| (tensor, fact.clone())));
            }
        }
        let unknown = Inferred { element: 0, sizes: None };
        let fact = |tensor: &TensorId| known.get(tensor).cloned().or_else(|| given(&light, *tensor));
        Ok(outputs.iter().map(|tensor| fact(tensor).unwrap_or_else(|| unknown.clone())).collect())
    }
}

/// Batches are primes that no other size is likely to be a multiple of.
impl ShapeProbe for OnnxRuntime {
    fn batch_sizes(&self) -> [usize; 2] {
        [101, 103]
    }

    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>> {
        let found = self.infer(graph, outputs)?;
        let probed = |(inferred, output): (Inferred, &TensorId)| match inferred.sizes {
            Some(sizes) => Ok(Probed { element: inferred.element, sizes }),
            None => Err(Box::new(messages::unknown_shape(&graph.tensor(*output).name))),
        };
        found.into_iter().zip(outputs).map(probed).collect()
    }
}

fn inferred(value: &ort::value::ValueType) -> Inferred {
    let sizes = value.tensor_shape().and_then(|dims| dims.iter().map(|dim| usize::try_from(*dim).ok()).collect());
    Inferred { element: session::element_code(value), sizes }
}

/// The facts of an input or initialiser.
fn given(graph: &Graph, tensor: TensorId) -> Option<Inferred> {
    if let Some(initializer) = graph.initializers.get(&tensor) {
        let sizes = initializer.proto.dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
        return Some(Inferred { element: initializer.proto.data_type.unwrap_or(0), sizes });
    }
    let input = graph.inputs.iter().find(|input| input.tensor == tensor)?;
    let size = |dim: &DeclaredDim| match dim {
        DeclaredDim::Size(size) => usize::try_from(*size).ok(),
        DeclaredDim::Free(_) => None,
    };
    Some(Inferred { element: input.element, sizes: input.dims.iter().map(size).collect() })
}

/// The same graph with its large float initialisers as inputs.
fn weightless(graph: &Graph) -> Graph {
    let mut light = graph.clone();
    for (tensor, initializer) in &graph.initializers {
        let proto = &initializer.proto;
        let dims: Option<Vec<u64>> = proto.dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        let Some(dims) = dims else { continue };
        let count = dims.iter().try_fold(1_u64, |count, dim| count.checked_mul(*dim)).unwrap_or(u64::MAX);
        let float = matches!(proto.data_type, Some(1 | 11));
        if float && count > LARGE as u64 {
            light.initializers.remove(tensor);
            let dims = dims.into_iter().map(DeclaredDim::Size).collect();
            light.inputs.push(GraphInput { tensor: *tensor, element: proto.data_type.unwrap_or(1), dims });
        }
    }
    light
}
