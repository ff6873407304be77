//! Operators that hold a whole mechanism, taken apart into the operators that they stand for, so that
//! what happens inside of them has addresses and every later pass sees ordinary operators.
//!
//! Shapes are needed for that: where heads are split, which mask is causal. They come from a stand-in
//! of the graph, in which each such operator is replaced by something plain with outputs of the same
//! shape.

mod attention;
mod bias;
mod form;
mod rotary;
mod seen;

use super::batch::{InputAxis, at_batch};
use super::graph::{DeclaredDim, Graph, Node, NodeId, TensorId};
use super::infer::{Probed, ShapeProbe, input_sizes};
use super::rewrite::Builder;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::model::{self as messages, FusedFault, NodeLabel};
use seen::{Inputs, Seen};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes of an operator that is taken apart.
#[derive(Debug)]
enum Settings {
    Attention(form::Settings),
    Rotary(rotary::Settings),
}

/// What the operators depend on that are written for it.
#[derive(Debug)]
enum Form {
    Attention(form::Form),
    Rotary(rotary::Form),
}

impl Settings {
    fn read(node: &Node) -> Result<Self, FusedFault> {
        match node.op.as_str() {
            ATTENTION => form::Settings::read(node).map(Settings::Attention),
            _ => rotary::Settings::read(node).map(Settings::Rotary),
        }
    }

    fn form(&self, graph: &Graph, node: &Node, seen: &BTreeMap<TensorId, Seen>) -> Result<Form, FusedFault> {
        match self {
            Settings::Attention(settings) => {
                form::Form::new(graph, settings, &Inputs::new(&form::INPUTS, node, seen)).map(Form::Attention)
            }
            Settings::Rotary(settings) => {
                rotary::Form::new(settings, &Inputs::new(&rotary::INPUTS, node, seen)).map(Form::Rotary)
            }
        }
    }
}

const ATTENTION: &str = "Attention";
const ROTARY: &str = "RotaryEmbedding";

/// The graph with every `Attention` and `RotaryEmbedding` that its outputs need taken apart; `None` if there is none. Every
/// axis but `batch` has a size. `sizes` are batch sizes to look at the graph with.
///
/// # Errors
/// A use of the operator that cannot be taken apart (`A3013`), or what the probe says.
pub fn unfuse(
    graph: &Graph,
    batch: &[InputAxis],
    sizes: &[usize],
    probe: &dyn ShapeProbe,
    path: &str,
) -> Result<Option<Graph>, Vec<Diagnostic>> {
    let fused: Vec<NodeId> =
        graph.cone(&graph.outputs).into_iter().filter(|id| is_fused(graph, graph.node(*id))).collect();
    if fused.is_empty() {
        return Ok(None);
    }
    let settings = each(graph, &fused, path, |_, node| Settings::read(node))?;
    let stand_in = rebuilt(graph, |builder, id, node| {
        match settings.get(&id)? {
            Settings::Attention(settings) => attention::stand_in(builder, node, settings),
            Settings::Rotary(_) => rotary::stand_in(builder, node),
        }
        Some(())
    });
    let seen = look(&stand_in, &fused_inputs(graph, &fused), batch, sizes, probe).map_err(|error| vec![*error])?;
    let forms = each(graph, &fused, path, |id, node| {
        settings.get(&id).expect("settings of every fused node").form(graph, node, &seen)
    })?;
    Ok(Some(rebuilt(graph, |builder, id, node| {
        match (settings.get(&id)?, forms.get(&id)?) {
            (Settings::Attention(settings), Form::Attention(form)) => {
                attention::taken_apart(builder, node, settings, form);
            }
            (_, Form::Rotary(form)) => rotary::taken_apart(builder, node, form),
            (Settings::Rotary(_), Form::Attention(_)) => return None,
        }
        Some(())
    })))
}

/// These operators came with operator set 23; an older file cannot mean them.
fn is_fused(graph: &Graph, node: &Node) -> bool {
    matches!(node.op.as_str(), ATTENTION | ROTARY) && graph.opset >= 23
}

/// Something about each node, or all that is wrong with them.
fn each<T>(
    graph: &Graph,
    nodes: &[NodeId],
    path: &str,
    of: impl Fn(NodeId, &Node) -> Result<T, FusedFault>,
) -> Result<BTreeMap<NodeId, T>, Vec<Diagnostic>> {
    let (mut found, mut findings) = (BTreeMap::new(), Vec::new());
    for id in nodes {
        let node = graph.node(*id);
        match of(*id, node) {
            Ok(item) => drop(found.insert(*id, item)),
            Err(fault) => findings.push(messages::fused_operator(path, &NodeLabel::of(graph, node), &fault)),
        }
    }
    if findings.is_empty() { Ok(found) } else { Err(findings) }
}

fn fused_inputs(graph: &Graph, nodes: &[NodeId]) -> BTreeSet<TensorId> {
    nodes.iter().flat_map(|id| graph.node(*id).inputs.iter().flatten()).copied().collect()
}

/// A graph with the same tensors, in which `replace` writes what stands for a node, or leaves it.
fn rebuilt(graph: &Graph, replace: impl Fn(&mut Builder, NodeId, &Node) -> Option<()>) -> Graph {
    let mut builder = Builder::new(graph);
    for (id, node) in graph.nodes_with_ids() {
        if replace(&mut builder, id, node).is_none() {
            builder.keep(node);
        }
    }
    builder.graph
}

/// Types and sizes of tensors at the first batch size, and where they differ at the others.
fn look(
    graph: &Graph,
    tensors: &BTreeSet<TensorId>,
    batch: &[InputAxis],
    sizes: &[usize],
    probe: &dyn ShapeProbe,
) -> Result<BTreeMap<TensorId, Seen>, Box<Diagnostic>> {
    let computed: Vec<TensorId> =
        tensors.iter().copied().filter(|tensor| graph.tensor(*tensor).producer.is_some()).collect();
    let mut found: BTreeMap<TensorId, Seen> = BTreeMap::new();
    for size in sizes {
        let sized = at_batch(graph, batch, *size);
        let probed = if computed.is_empty() { Vec::new() } else { probe.probe(&sized, &computed)? };
        let given = tensors.iter().filter_map(|tensor| Some((*tensor, given(&sized, *tensor)?)));
        for (tensor, probed) in computed.iter().copied().zip(probed).chain(given) {
            match found.get_mut(&tensor) {
                Some(seen) => seen.compare(&probed),
                None => drop(found.insert(tensor, Seen::new(probed))),
            }
        }
    }
    Ok(found)
}

/// Type and sizes of what no node computes: an input or a constant.
fn given(graph: &Graph, tensor: TensorId) -> Option<Probed> {
    if let Some(found) = graph.initializers.get(&tensor) {
        let sizes = found.proto.dims.iter().map(|dim| usize::try_from(*dim).ok()).collect::<Option<_>>()?;
        return Some(Probed { element: found.proto.data_type(), sizes });
    }
    let input = graph.inputs.iter().find(|input| input.tensor == tensor)?;
    debug_assert!(!input.dims.iter().any(|dim| matches!(dim, DeclaredDim::Free(_))), "all axes have sizes");
    Some(Probed { element: input.element, sizes: input_sizes(input)? })
}
