//! A graph without its weights, for questions about types and shapes alone.

use super::graph::{DeclaredDim, Graph, GraphInput};
use super::tensor::element_count;
use crate::engine::DType;

/// Smaller constants stay: they might be shapes, axes or scales that shapes depend on.
const SMALL: usize = 64;

/// The graph with its large real constants turned into inputs of the same type and dims.
#[must_use]
pub fn weightless(graph: &Graph) -> Graph {
    let mut light = graph.clone();
    light.initializers.retain(|tensor, initializer| {
        let proto = &initializer.proto;
        let real = matches!(DType::from_onnx(proto.data_type()), Some(DType::F32 | DType::F64));
        let large = element_count(&proto.dims).is_ok_and(|count| count > SMALL);
        if real && large {
            let dims = proto.dims.iter().map(|dim| DeclaredDim::Size(dim.unsigned_abs())).collect();
            light.inputs.push(GraphInput { tensor: *tensor, element: proto.data_type(), dims });
        }
        !(real && large)
    });
    light
}
