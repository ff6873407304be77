//! Element types and sizes of tensors, from the shape inference of the library, without weights.

use super::{OnnxRuntime, session};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model as messages;
use crate::engine::reference::check_constants;
use crate::model::{Graph, Probed, ShapeProbe, TensorId, encode, weightless};
use std::collections::BTreeMap;

impl ShapeProbe for OnnxRuntime {
    /// Primes that no other dim is likely to be a multiple of.
    fn batch_sizes(&self) -> [usize; 2] {
        [101, 103]
    }

    /// From a session that is created and never run: constant folding makes every dim concrete.
    /// The outputs must be computed by nodes.
    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>> {
        let (labels, light) = (session::labels(graph, outputs), weightless(graph));
        // The library folds constants without asking how large they grow.
        check_constants(&light, outputs)?;
        let session = session::create(&self.environment, &encode(&light, outputs), &labels)?;
        let mut seen: BTreeMap<&str, Probed> = BTreeMap::new();
        for output in session.outputs() {
            let shape = output.dtype().tensor_shape();
            let sizes = shape.and_then(|dims| dims.iter().map(|dim| usize::try_from(*dim).ok()).collect());
            if let Some(sizes) = sizes {
                seen.insert(output.name(), Probed { element: session::element_code(output.dtype()), sizes });
            }
        }
        let found = |output: &TensorId| {
            let name = &graph.tensor(*output).name;
            seen.get(name.as_str()).cloned().ok_or_else(|| Box::new(messages::unknown_shape(name)))
        };
        outputs.iter().map(found).collect()
    }
}
