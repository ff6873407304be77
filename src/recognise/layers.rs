//! Layers: the steps of the stream from one attention to the next.

use super::attention::{attention, is_softmax};
use super::heads::{Heads, heads};
use super::mlp::{Mlp, last_product, mlp};
use super::stream::{Branch, Step};
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

/// What a branch of the stream is.
#[derive(Debug, Clone)]
pub enum Part {
    Attention {
        /// `None` where the heads have no tensor of their own.
        heads: Option<Heads>,
        softmax: NodeId,
        /// The product behind the heads.
        out: Option<NodeId>,
    },
    Mlp(Mlp),
    /// Neither one attention nor an MLP.
    Other,
}

/// A branch with what it is.
#[derive(Debug, Clone)]
pub struct Known {
    pub branch: Branch,
    pub part: Part,
}

/// A layer: steps of the stream.
#[derive(Debug, Clone)]
pub struct Layer {
    pub steps: Vec<(Step, Vec<Known>)>,
}

impl Layer {
    /// The branches in order.
    pub fn known(&self) -> impl Iterator<Item = &Known> {
        self.steps.iter().flat_map(|(_, known)| known)
    }

    /// The branch that is the layer's attention.
    #[must_use]
    pub fn attention(&self) -> Option<&Known> {
        self.known().find(|known| matches!(known.part, Part::Attention { .. }))
    }

    /// The first branch that is an MLP.
    #[must_use]
    pub fn mlp(&self) -> Option<(&Known, &Mlp)> {
        self.known().find_map(|known| match &known.part {
            Part::Mlp(mlp) => Some((known, mlp)),
            _ => None,
        })
    }

    /// The stream before the layer.
    #[must_use]
    pub fn pre(&self) -> Option<TensorId> {
        self.steps.first().map(|(step, _)| step.before)
    }

    /// The stream behind the layer.
    #[must_use]
    pub fn post(&self) -> Option<TensorId> {
        self.steps.last().map(|(step, _)| step.after)
    }

    /// The stream behind the attention where another step follows, with what that step goes on from.
    #[must_use]
    pub fn mid(&self) -> Option<(TensorId, &Step)> {
        let is_attention =
            |(_, known): &(Step, Vec<Known>)| known.iter().any(|known| matches!(known.part, Part::Attention { .. }));
        let at = self.steps.iter().position(is_attention)?;
        let (step, _) = self.steps.get(at)?;
        let (next, _) = self.steps.get(at + 1)?;
        Some((step.after, next))
    }
}

/// The layers of a stream: each begins with an attention, or, where there is none at all, is one step.
#[must_use]
pub fn layers(view: &View<'_>, steps: Vec<Step>) -> Vec<Layer> {
    let known: Vec<(Step, Vec<Known>)> = steps.into_iter().map(|step| looked_at(view, step)).collect();
    let attends = |known: &[Known]| known.iter().any(|known| matches!(known.part, Part::Attention { .. }));
    let any = known.iter().any(|(_, known)| attends(known));
    let mut layers: Vec<Layer> = Vec::new();
    for (step, parts) in known {
        let begins = !any || attends(&parts);
        // What stands before the first attention belongs to the first layer.
        let open = layers.last_mut().filter(|layer| !begins || (any && layer.attention().is_none()));
        match open {
            Some(layer) => layer.steps.push((step, parts)),
            None => layers.push(Layer { steps: vec![(step, parts)] }),
        }
    }
    layers
}

fn looked_at(view: &View<'_>, step: Step) -> (Step, Vec<Known>) {
    let mut known = Vec::new();
    for branch in &step.branches {
        known.push(Known { part: part(view, branch), branch: branch.clone() });
    }
    (step, known)
}

fn part(view: &View<'_>, branch: &Branch) -> Part {
    let softmaxes: Vec<NodeId> =
        branch.nodes.iter().copied().filter(|id| is_softmax(view, view.graph.node(*id))).collect();
    match softmaxes.as_slice() {
        [] => mlp(view, branch.output).filter(|mlp| inside(&mlp.multiplies, branch)).map_or(Part::Other, Part::Mlp),
        [softmax] => match attention(view, *softmax) {
            Some(found) => {
                let out = last_product(view, branch.output).map(|(id, _)| id).filter(|id| branch.nodes.contains(id));
                Part::Attention { heads: heads(view, found), softmax: *softmax, out }
            }
            None => Part::Other,
        },
        _ => Part::Other,
    }
}

fn inside(nodes: &BTreeSet<NodeId>, branch: &Branch) -> bool {
    nodes.iter().all(|id| branch.nodes.contains(id))
}
