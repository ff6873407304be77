//! The end of the stream: the last normalisation, what is taken of it, and the product that gives the outputs.

use super::norms::normalization_of;
use super::view::View;
use crate::model::{NodeId, TensorId};
use std::collections::BTreeSet;

/// Between the last product and an output.
const BEHIND: &[&str] =
    &["Add", "Cast", "Div", "Identity", "LogSoftmax", "Mul", "Reshape", "Sigmoid", "Softmax", "Squeeze", "Tanh"];

/// What stands behind the last layer.
#[derive(Debug, Clone, Default)]
pub struct Ends {
    pub final_norm: Option<TensorId>,
    /// What the last product reads, where it has lost the positions.
    pub pooled: Option<TensorId>,
    /// The operator of the last product.
    pub unembed: Option<NodeId>,
    /// What multiplies by weights between the stream and that.
    pub between: BTreeSet<NodeId>,
}

/// What stands behind the last tensor of the stream.
#[must_use]
pub fn ends(view: &View<'_>, last: TensorId) -> Ends {
    let mut found = Ends { final_norm: normalization_of(view, last), ..Ends::default() };
    let from = view.with_rows(last).unwrap_or(last);
    found.final_norm = found.final_norm.or_else(|| normalization_of(view, from));
    let stream = found.final_norm.unwrap_or(last);
    let outputs = view.graph.outputs.iter().copied();
    let Some((unembed, read)) = outputs.filter_map(|output| product_before(view, output)).next() else { return found };
    let Some(between) = view.between(last, read) else { return found };
    if read != last && !between.reached {
        return found;
    }
    found.unembed = Some(unembed);
    let weighs = |id: &NodeId| view.multiplied(view.graph.node(*id)).is_some();
    found.between = between.nodes.into_iter().filter(weighs).collect();
    let fewer = view.dims(read).len() < view.dims(stream).len();
    found.pooled = Some(read).filter(|read| fewer && view.by_row(*read));
    found
}

fn product_before(view: &View<'_>, output: TensorId) -> Option<(NodeId, TensorId)> {
    let mut tensor = output;
    for _ in 0..8 {
        if let Some((id, node)) = view.projection(tensor) {
            return Some((id, view.multiplied(node)?));
        }
        let (_, node) = view.made_by(tensor).filter(|(_, node)| BEHIND.contains(&node.op.as_str()))?;
        tensor = view.only_live(node)?;
    }
    None
}
