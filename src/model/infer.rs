//! Facts without guessing: the graph is looked at with two batch sizes, and what differs is the batch.

use super::batch::{self, Batch, DimSizes, InputAxis};
use super::facts::{Fact, FactDim, Facts};
use super::graph::{DeclaredDim, Graph, GraphInput, TensorId};
use super::load::ModelFile;
use super::{repair, rows, tensor, unfuse};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution;
use crate::diagnostics::messages::model::{self as messages, NodeLabel, Unsupported};
use crate::engine::{DType, Engine, Value};
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeSet;

/// The largest tensor of one example, in bytes.
pub const TENSOR_LIMIT: u64 = 4 << 30;

/// A model that hypotheses can be bound to.
#[derive(Debug, Clone)]
pub struct Model {
    /// The path as given; for messages.
    pub path: String,
    /// blake3 of the file and of the files with its weights, in hex.
    pub hash: String,
    /// The other files that its weights came from, relative to its folder.
    pub external_files: Vec<String>,
    /// Inputs have sizes at every axis but the batch.
    pub graph: Graph,
    pub facts: Facts,
    /// The batch axes of the inputs; an input that is not listed is shared by all examples.
    pub batch: Vec<InputAxis>,
}

/// Looks at a graph whose inputs have sizes at every axis.
pub trait ShapeProbe {
    /// Two batch sizes, such that no other dim is likely to differ as they do.
    fn batch_sizes(&self) -> [usize; 2];

    /// Element type and sizes of each output.
    ///
    /// # Errors
    /// The graph cannot be run or typed.
    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>>;
}

/// What a probe has seen of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// ONNX element type code.
    pub element: i32,
    pub sizes: Vec<usize>,
}

/// The probe that any engine can do: run the graph on zeros (integers), ones (reals) and false.
#[derive(Clone, Copy)]
pub struct ByRunning<'a>(pub &'a dyn Engine);

impl std::fmt::Debug for ByRunning<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ByRunning({})", self.0.name())
    }
}

impl ShapeProbe for ByRunning<'_> {
    fn batch_sizes(&self) -> [usize; 2] {
        [2, 3]
    }

    fn probe(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Vec<Probed>, Box<Diagnostic>> {
        let feeds = plain_feeds(graph);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let values = self.0.compile(graph, outputs)?.run(&feeds)?;
        Ok(values
            .iter()
            .map(|value| Probed { element: value.dtype().to_onnx(), sizes: value.shape().to_vec() })
            .collect())
    }
}

/// The sizes of an input that has no open axis.
pub(super) fn input_sizes(input: &GraphInput) -> Option<Vec<usize>> {
    input
        .dims
        .iter()
        .map(|dim| if let DeclaredDim::Size(size) = dim { usize::try_from(*size).ok() } else { None })
        .collect()
}

/// Ones, zeros or false for every input that has a size at each axis.
#[must_use]
pub fn plain_feeds(graph: &Graph) -> Vec<(TensorId, Value)> {
    graph.inputs.iter().filter_map(|input| Some((input.tensor, plain(input)?))).collect()
}

fn plain(input: &GraphInput) -> Option<Value> {
    let shape = IxDyn(&input_sizes(input)?);
    Some(match DType::from_onnx(input.element)? {
        DType::F32 => Value::F32(ArrayD::ones(shape)),
        DType::F64 => Value::F64(ArrayD::ones(shape)),
        DType::I64 => Value::I64(ArrayD::zeros(shape)),
        DType::I32 => Value::I32(ArrayD::zeros(shape)),
        DType::Bool => Value::Bool(ArrayD::from_elem(shape, false)),
    })
}

/// Finds the batch and the facts of every tensor that the outputs need. Operators that hold a whole
/// mechanism are taken apart, and rows that are looked up by their own numbers are read as they are. A model that was exported
/// for a batch of one is rewritten for any batch, if `engine` confirms that this changes nothing;
/// a warning says so.
///
/// # Errors
/// A fixed batch (`A3007`), an axis without size (`A3010`), an element type that is not carried
/// (`A3005`), an `Attention` or `RotaryEmbedding` that cannot be taken
/// apart (`A3013`), or what the probe or the engine says.
pub fn infer(
    file: ModelFile,
    probe: &dyn ShapeProbe,
    engine: &dyn Engine,
    sizes: &DimSizes,
) -> Result<(Model, Vec<Diagnostic>), Vec<Diagnostic>> {
    let ModelFile { path, hash, external_files, mut graph } = file;
    let found = batch::find_batch(&graph);
    let axes = match &found {
        Batch::Free(axes) | Batch::One(axes) => axes.clone(),
        Batch::Several(input, size) => return Err(vec![messages::fixed_batch(&path, &graph, *input, *size)]),
    };
    batch::size_axes(&mut graph, &axes, sizes)
        .map_err(|open| open.iter().map(|axis| messages::unsized_axis(&path, &graph, axis)).collect::<Vec<_>>())?;
    let looked_at: &[usize] = if matches!(found, Batch::One(_)) { &[1] } else { &probe.batch_sizes() };
    if let Some(apart) = unfuse::unfuse(&graph, &axes, looked_at, probe, &path)? {
        graph = apart;
    }
    let mut warnings = Vec::new();
    if matches!(found, Batch::One(_)) {
        let repaired = repair::repair(&graph, &axes, probe, engine);
        let (rewritten, nodes) = repaired.map_err(|why| vec![messages::not_repaired(&path, &graph, &axes, &why)])?;
        warnings.push(messages::repaired(&path, nodes));
        graph = rewritten;
    }
    let mut facts = facts_of(&graph, &axes, probe, &path)?;
    if let Some(by_row) = rows::by_row(&graph, &facts) {
        graph = by_row;
        facts = facts_of(&graph, &axes, probe, &path)?;
    }
    batch::set_batch(&mut graph, &axes, &DeclaredDim::Free("batch".to_owned()));
    Ok((Model { path, hash, external_files, graph, facts, batch: axes }, warnings))
}

fn facts_of(graph: &Graph, batch: &[InputAxis], probe: &dyn ShapeProbe, path: &str) -> Result<Facts, Vec<Diagnostic>> {
    facts(graph, batch, probe, path).map_err(|error| vec![*error])
}

/// The facts of all tensors that the graph's outputs need, where only `batch` is open.
///
/// # Errors
/// As [`infer`].
pub fn facts(graph: &Graph, batch: &[InputAxis], probe: &dyn ShapeProbe, path: &str) -> Result<Facts, Box<Diagnostic>> {
    let computed = computed(graph);
    let [first, second] = probe.batch_sizes();
    let seen = probe.probe(&batch::at_batch(graph, batch, first), &computed)?;
    let again = probe.probe(&batch::at_batch(graph, batch, second), &computed)?;
    let mut facts = Facts::default();
    for ((id, probed), other) in computed.iter().zip(&seen).zip(&again) {
        let dtype = DType::from_onnx(probed.element).ok_or_else(|| refused(graph, *id, probed.element, path))?;
        let dims = if probed.sizes.len() == other.sizes.len() {
            let pairs = probed.sizes.iter().zip(&other.sizes);
            pairs.map(|(size, other)| FactDim::from_two((first, *size), (second, *other))).collect()
        } else {
            vec![FactDim::Unclear; probed.sizes.len()]
        };
        let fact = Fact { dtype, dims };
        if let (Some(node), Some(sizes)) = (graph.producer(*id), enormous(&fact)) {
            return Err(Box::new(execution::tensor_too_large(&NodeLabel::of(graph, node), &sizes, TENSOR_LIMIT)));
        }
        facts.insert(*id, fact);
    }
    given(graph, batch, &mut facts);
    Ok(facts)
}

/// The sizes of a tensor that no engine would be asked for, even with one example.
fn enormous(fact: &Fact) -> Option<Vec<usize>> {
    let sizes = fact.shape(1)?;
    let bytes = sizes.iter().try_fold(fact.dtype.size() as u64, |bytes, size| bytes.checked_mul(*size as u64));
    bytes.is_none_or(|bytes| bytes > TENSOR_LIMIT).then_some(sizes)
}

/// The tensors that nodes compute and that the outputs need.
pub(super) fn computed(graph: &Graph) -> Vec<TensorId> {
    let cone = graph.cone(&graph.outputs);
    let mut read: BTreeSet<TensorId> = graph.outputs.iter().copied().collect();
    for node in &cone {
        read.extend(graph.node(*node).inputs.iter().flatten());
    }
    read.into_iter().filter(|tensor| graph.tensor(*tensor).producer.is_some()).collect()
}

/// Facts of inputs and initialisers, which need no probe.
fn given(graph: &Graph, batch: &[InputAxis], facts: &mut Facts) {
    for input in &graph.inputs {
        let dim = |(axis, dim): (usize, &DeclaredDim)| match dim {
            _ if batch.contains(&(input.tensor, axis)) => FactDim::Batch { multiple: 1 },
            DeclaredDim::Size(size) => usize::try_from(*size).map_or(FactDim::Unclear, FactDim::Fixed),
            DeclaredDim::Free(_) => FactDim::Unclear,
        };
        if let Some(dtype) = DType::from_onnx(input.element) {
            facts.insert(input.tensor, Fact { dtype, dims: input.dims.iter().enumerate().map(dim).collect() });
        }
    }
    for (id, initializer) in &graph.initializers {
        let dims = initializer.proto.dims.iter().filter_map(|dim| usize::try_from(*dim).ok());
        if let Some(dtype) = DType::from_onnx(initializer.proto.data_type()) {
            facts.insert(*id, Fact { dtype, dims: dims.map(FactDim::Fixed).collect() });
        }
    }
}

fn refused(graph: &Graph, id: TensorId, element: i32, path: &str) -> Box<Diagnostic> {
    let what = Unsupported::Element(graph.tensor(id).name.clone(), tensor::element_name(element));
    let label = graph.producer(id).map(|node| NodeLabel::of(graph, node));
    Box::new(messages::unsupported(path, label.as_ref(), &what))
}
