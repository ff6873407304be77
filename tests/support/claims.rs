//! Hypotheses in a few lines.

use super::case::Case;
use ansatz::hypothesis::{Arrow, Computes, End, Hypothesis, Node, NodeIx, PathKind, Scheme};

/// A hypothesis that is written node by node.
#[derive(Debug, Clone)]
pub struct Claims<'a> {
    case: &'a Case,
    hypothesis: Hypothesis,
}

impl<'a> Claims<'a> {
    /// About all outputs of the case.
    pub fn new(case: &'a Case, unclaimed: Scheme) -> Claims<'a> {
        let hypothesis = Hypothesis::new("written", case.outputs.clone(), unclaimed);
        Claims { case, hypothesis }
    }

    /// A node that is a component, with its arrow.
    pub fn node(&mut self, component: &str, computes: Computes, to: End) -> NodeIx {
        let component = self.case.component(component);
        let name = format!("node of {}", component.name);
        let mut node = Node::new(&name, component.tensor, component.region.clone(), computes);
        node.unclaimed = self.hypothesis.unclaimed;
        self.hypothesis.nodes.push(node);
        let index = NodeIx(self.hypothesis.nodes.len() - 1);
        self.arrow(index, to);
        index
    }

    pub fn arrow(&mut self, from: NodeIx, to: End) {
        let arrow = Arrow::new(from, self.hypothesis.node(from), to, PathKind::Direct);
        self.hypothesis.arrows.push(arrow);
    }

    pub fn build(&self) -> Hypothesis {
        self.hypothesis.clone()
    }
}
