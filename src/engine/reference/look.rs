//! Element types and sizes of tensors, by running the graph on plain values, one tensor after the other.

use super::Reference;
use super::interpreter::{Interpreter, LOOK_LIMIT};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model as messages;
use crate::engine::Value;
use crate::model::{Graph, Probed, ShapeProbe, TensorId, plain_feeds};
use std::collections::{BTreeMap, BTreeSet};

/// The engine, where only types and sizes are asked for: values are let go of as early as in a run, and take at most
/// `LOOK_LIMIT` bytes at once.
#[derive(Debug, Clone, Copy)]
pub struct Looking<'a>(pub &'a Reference);

impl ShapeProbe for Looking<'_> {
    fn batch_sizes(&self) -> [usize; 2] {
        [2, 3]
    }

    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>> {
        let ends = ends(graph, outputs);
        let interpreter = Interpreter::within(LOOK_LIMIT, graph, &ends, &self.0.weights)?;
        let feeds = plain_feeds(graph);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let of = |value: &Value| Probed { element: value.dtype().to_onnx(), sizes: value.shape().to_vec() };
        let mut seen: BTreeMap<TensorId, Probed> = BTreeMap::new();
        interpreter.run_hooked(&feeds, &mut |tensor, value| {
            seen.insert(tensor, of(&value));
            value
        })?;
        let found = |output: &TensorId| {
            let probed = seen.get(output).cloned().or_else(|| interpreter.constant(*output).map(of));
            probed.ok_or_else(|| Box::new(messages::unknown_shape(&graph.tensor(*output).name)))
        };
        outputs.iter().map(found).collect()
    }
}

/// Those that nothing reads, and those that depend on no input and are computed before: all others are seen as they pass.
fn ends(graph: &Graph, outputs: &[TensorId]) -> Vec<TensorId> {
    let mut constant: BTreeSet<TensorId> = graph.initializers.keys().copied().collect();
    let mut read: BTreeSet<TensorId> = BTreeSet::new();
    for node in graph.cone(outputs).iter().map(|id| graph.node(*id)) {
        read.extend(node.inputs.iter().flatten());
        if node.inputs.iter().flatten().all(|input| constant.contains(input)) {
            constant.extend(node.outputs.iter().flatten());
        }
    }
    outputs.iter().copied().filter(|output| constant.contains(output) || !read.contains(output)).collect()
}
