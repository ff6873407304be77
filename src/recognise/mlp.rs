//! MLPs: two products with weights around a nonlinearity, gated or not.

use super::norms::follows;
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Operators that work element by element and are not linear.
const BENDS: &[&str] = &[
    "Abs",
    "Celu",
    "Clip",
    "Elu",
    "Erf",
    "Exp",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Max",
    "Min",
    "Mish",
    "PRelu",
    "Pow",
    "Relu",
    "Selu",
    "Sigmoid",
    "Sign",
    "Softplus",
    "Softsign",
    "Swish",
    "Tanh",
    "ThresholdedRelu",
];
/// Operators that belong to nonlinearities that are written out.
const PLAIN: &[&str] = &[
    "Add", "Cast", "Div", "Dropout", "Greater", "Identity", "Less", "Mul", "Neg", "Reshape", "Slice", "Split", "Sqrt",
    "Sub", "Where",
];
/// Between the last product of an MLP and the stream.
const BEHIND: &[&str] = &["Add", "Cast", "Dropout", "Identity", "Mul", "Reshape"];
/// The most operators of a nonlinearity.
const MOST: usize = 64;

/// The parts of an MLP.
#[derive(Debug, Clone)]
pub struct Mlp {
    /// The last product's operator, and all others that multiply by weights.
    pub multiplies: BTreeSet<NodeId>,
    /// What the last product reads.
    pub hidden: TensorId,
    /// What the nonlinearity reads.
    pub before: Vec<TensorId>,
    /// What a nonlinearity is multiplied with, where the MLP is gated.
    pub up: Option<TensorId>,
}

/// The last product with weights before a tensor.
#[must_use]
pub fn last_product(view: &View<'_>, output: TensorId) -> Option<(NodeId, TensorId)> {
    let mut tensor = output;
    for _ in 0..16 {
        if let Some((id, node)) = view.projection(tensor) {
            return Some((id, view.multiplied(node)?));
        }
        let (_, node) = view.made_by(tensor)?;
        let input = view.only_live(node)?;
        tensor = match node.op.as_str() {
            op if BEHIND.contains(&op) => input,
            "LayerNormalization" | "RMSNormalization" => input,
            _ => return normalized(view, tensor),
        };
    }
    None
}

/// The same through a normalisation that is written out.
fn normalized(view: &View<'_>, tensor: TensorId) -> Option<(NodeId, TensorId)> {
    let sources: BTreeSet<TensorId> = view
        .nodes()
        .filter(|(_, node)| view.multiplied(node).is_some())
        .filter_map(|(_, node)| node.outputs.first().copied().flatten())
        .collect();
    let source = follows(view, tensor, &sources)?.source;
    let (id, node) = view.projection(source)?;
    Some((id, view.multiplied(node)?))
}

/// The MLP that ends in a tensor; `None` if it is none.
#[must_use]
pub fn mlp(view: &View<'_>, output: TensorId) -> Option<Mlp> {
    let (last, hidden) = last_product(view, output)?;
    let found = bent(view, hidden)?;
    if !found.bends || found.starts.is_empty() || found.starts.len() > 2 {
        return None;
    }
    let mut multiplies: BTreeSet<NodeId> = found.starts.values().copied().collect();
    multiplies.insert(last);
    let starts: Vec<TensorId> = found.starts.keys().copied().collect();
    let (before, up) = match starts.as_slice() {
        [_] => (starts, None),
        [left, right] => gated(view, hidden, *left, *right)?,
        _ => return None,
    };
    Some(Mlp { multiplies, hidden, before, up })
}

/// What lies between products and a tensor.
#[derive(Debug)]
pub struct Bent {
    /// The products by what they give.
    pub starts: BTreeMap<TensorId, NodeId>,
    /// Whether anything in between is not linear.
    pub bends: bool,
}

/// The products that a tensor is computed from element by element; `None` if it is computed otherwise.
#[must_use]
pub fn bent(view: &View<'_>, hidden: TensorId) -> Option<Bent> {
    let mut found = Bent { starts: BTreeMap::new(), bends: false };
    let (mut seen, mut open) = (BTreeSet::from([hidden]), vec![hidden]);
    while let Some(tensor) = open.pop() {
        if let Some((id, _)) = view.projection(tensor) {
            found.starts.insert(tensor, id);
            continue;
        }
        let (_, node) = view.made_by(tensor)?;
        let op = node.op.as_str();
        if seen.len() > MOST || !view.goes_on() || !(BENDS.contains(&op) || PLAIN.contains(&op)) {
            return None;
        }
        let live: Vec<TensorId> = node.inputs.iter().flatten().copied().filter(|input| view.is_live(*input)).collect();
        found.bends |= BENDS.contains(&op) || (op == "Mul" && live.len() > 1);
        open.extend(live.into_iter().filter(|input| seen.insert(*input)));
    }
    Some(found)
}

/// Of two products the one that goes through the nonlinearity, and the other.
fn gated(
    view: &View<'_>,
    hidden: TensorId,
    left: TensorId,
    right: TensorId,
) -> Option<(Vec<TensorId>, Option<TensorId>)> {
    let (_, node) = view.made_by(hidden).filter(|(_, node)| node.op == "Mul")?;
    let factors: Vec<TensorId> = node.inputs.iter().flatten().copied().collect();
    if factors.contains(&left) && !factors.contains(&right) {
        return Some((vec![right], Some(left)));
    }
    if factors.contains(&right) && !factors.contains(&left) {
        return Some((vec![left], Some(right)));
    }
    None
}
