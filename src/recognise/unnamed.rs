//! What could not be named: every operator with weights, and every softmax, that lies in no part that was recognised.

use super::Structure;
use super::attention::is_softmax;
use super::layers::{Known, Part};
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

/// Why something has no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A branch of the stream that is neither one attention nor an MLP.
    Branch,
    /// The heads of an attention have no axis of their own in a tensor by rows.
    Heads,
    /// What heads read cannot be told apart.
    Queries,
    Keys,
    Values,
    /// A tensor with rows and positions in one axis.
    NoRows,
    /// A softmax of no attention.
    Softmax,
    /// An operator with weights in no part.
    Weights,
    /// There is no address for it that can be written.
    Address,
    /// Layers have no address in common.
    Shared,
    /// The checker refuses it.
    Refused,
    /// The graph is too large to be looked at as a whole.
    TooLarge,
}

/// Something without a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unnamed {
    pub layer: Option<usize>,
    pub why: Why,
    /// What it would be called.
    pub called: String,
    /// The tensor that it is, or that it ends in.
    pub tensor: Option<TensorId>,
}

/// All that a structure leaves out, by layer.
#[must_use]
pub fn unnamed(view: &View<'_>, structure: &Structure) -> Vec<Unnamed> {
    let mut found = Vec::new();
    let mut known: BTreeSet<NodeId> = structure.embeddings().map(|embedding| embedding.node).collect();
    known.extend(structure.ends.unembed);
    if structure.ends.pooled.is_some() {
        known.extend(&structure.ends.between);
    }
    known.extend(structure.hidden.iter().flat_map(|hidden| hidden.multiplies.iter()));
    for (at, layer) in structure.layers.iter().enumerate() {
        let mut mlps = 0;
        for part in layer.known() {
            mlps += usize::from(matches!(part.part, Part::Mlp(_)));
            in_branch(view, at, part, mlps, &mut known, &mut found);
        }
    }
    for (id, node) in view.nodes().filter(|(id, _)| !known.contains(id)) {
        let why = match () {
            () if is_softmax(view, node) => Why::Softmax,
            () if view.multiplied(node).is_some() => Why::Weights,
            () => continue,
        };
        let tensor = node.outputs.first().copied().flatten();
        found.push(Unnamed { layer: layer_of(structure, id), why, called: node.op.clone(), tensor });
    }
    if !view.was_enough() {
        found.push(Unnamed { layer: None, why: Why::TooLarge, called: String::new(), tensor: None });
    }
    found.sort();
    found
}

/// The layer in one of whose branches an operator lies.
fn layer_of(structure: &Structure, id: NodeId) -> Option<usize> {
    structure.layers.iter().position(|layer| layer.known().any(|known| known.branch.nodes.contains(&id)))
}

fn in_branch(
    view: &View<'_>,
    at: usize,
    known: &Known,
    mlps: usize,
    nodes: &mut BTreeSet<NodeId>,
    found: &mut Vec<Unnamed>,
) {
    let output = known.branch.output;
    let mut say = |why: Why, called: &str, tensor: TensorId| {
        found.push(Unnamed { layer: Some(at), why, called: called.to_owned(), tensor: Some(tensor) });
    };
    match &known.part {
        Part::Attention { heads, softmax, out } => {
            nodes.extend(out);
            nodes.insert(*softmax);
            let Some(heads) = heads else {
                say(Why::Heads, "heads", output);
                // What lies in an attention that is named as a whole is no part of its own.
                return nodes.extend(&known.branch.nodes);
            };
            let attention = &heads.attention;
            let operands = attention.queries_and_keys.map_or([None, None], |[q, k]| [Some(q), Some(k)]);
            let ports = [
                (&heads.q, Why::Queries, "q", operands[0].unwrap_or(attention.scores)),
                (&heads.k, Why::Keys, "k", operands[1].unwrap_or(attention.scores)),
                (&heads.v, Why::Values, "v", attention.values),
            ];
            for (reads, why, called, operand) in ports {
                match reads {
                    Some(reads) => nodes.extend(reads.multiplies),
                    None => say(why, called, operand),
                }
            }
            if view.with_rows(output).is_none() {
                say(Why::NoRows, "attn_out", output);
            }
        }
        Part::Mlp(mlp) => {
            nodes.extend(&mlp.multiplies);
            if mlps > 1 {
                say(Why::Branch, "mlp", output);
            } else if view.with_rows(output).is_none() {
                say(Why::NoRows, "mlp", output);
            }
        }
        Part::Other => {
            let inside = known.branch.nodes.iter().filter(|id| view.multiplied(view.graph.node(**id)).is_some());
            nodes.extend(inside);
            nodes.extend(known.branch.nodes.iter().filter(|id| is_softmax(view, view.graph.node(**id))));
            say(Why::Branch, "branch", output);
        }
    }
}
