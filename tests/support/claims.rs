//! Hypotheses in a few lines.

use super::case::Case;
use ansatz::hypothesis::{Arrow, Computes, End, Hypothesis, Node, NodeIx, Unclaimed};

/// A hypothesis that is written node by node.
#[derive(Debug, Clone)]
pub struct Claims<'a> {
    case: &'a Case,
    hypothesis: Hypothesis,
}

impl<'a> Claims<'a> {
    /// About all outputs of the case.
    pub fn new(case: &'a Case, unclaimed: Unclaimed) -> Claims<'a> {
        let hypothesis = Hypothesis {
            name: "written".to_owned(),
            outputs: case.outputs.clone(),
            unclaimed,
            nodes: Vec::new(),
            arrows: Vec::new(),
        };
        Claims { case, hypothesis }
    }

    /// A node that is a component, with its arrow.
    pub fn node(&mut self, component: &str, computes: Computes, to: End) -> NodeIx {
        let component = self.case.component(component);
        self.hypothesis.nodes.push(Node {
            name: format!("node of {}", component.name),
            tensor: component.tensor,
            region: component.region.clone(),
            computes,
        });
        let index = NodeIx(self.hypothesis.nodes.len() - 1);
        self.arrow(index, to);
        index
    }

    pub fn arrow(&mut self, from: NodeIx, to: End) {
        self.hypothesis.arrows.push(Arrow { from, to });
    }

    pub fn build(&self) -> Hypothesis {
        self.hypothesis.clone()
    }
}
