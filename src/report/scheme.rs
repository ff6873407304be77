//! Where a hypothesis takes from what it does not claim, in words: numbers under different schemes
//! do not mean the same.

use crate::diagnostics::clean;
use crate::hypothesis::{Checked, Computes, DataIx, DrawIx, NodeIx, Ready, Scheme};
use serde::{Deserialize, Serialize};

/// The scheme of one hypothesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeReport {
    /// Of the behaviour, and of every node that says nothing itself: `any`, `exact`, `apart`, `zero`, `mean`,
    /// `constant 0.5`, or the name of a draw.
    pub unclaimed: String,
    /// Nodes and ports with another one.
    pub of_nodes: Vec<NodeScheme>,
    /// Nodes whose value is replaced by a mean or a number.
    pub ablations: Vec<NodeScheme>,
    /// One row for each reference, shared by all that name it.
    pub draws: Vec<DrawReport>,
    /// How many references share each draw.
    pub pool: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeScheme {
    /// A node, or with its name some of its ports: `ind.{q, k}`.
    pub node: String,
    pub scheme: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawReport {
    pub name: String,
    pub data: String,
    /// Whether the row is the one that belongs to the reference's.
    pub paired: bool,
}

/// The scheme of a checked hypothesis.
#[must_use]
pub fn scheme(ready: &Ready, checked: &Checked) -> SchemeReport {
    let claims = &ready.stated.claims;
    let name = |draw: DrawIx| claims.draws.get(draw.0).map(|draw| draw.name.clone()).unwrap_or_default();
    let node = |node: usize, port: Option<usize>, scheme: Scheme| NodeScheme {
        node: ready.stated.spelled(NodeIx(node), port),
        scheme: word(scheme, &name),
    };
    let mut of_nodes = Vec::new();
    let mut ablations = Vec::new();
    for (at, found) in claims.nodes.iter().enumerate() {
        let opened = claims.arrows.iter().any(|arrow| arrow.to.node().is_some_and(|to| to.0 == at));
        if opened && found.unclaimed != claims.unclaimed {
            of_nodes.push(node(at, None, found.unclaimed));
        }
        of_nodes.extend(found.ports.iter().enumerate().map(|(port, (_, scheme))| node(at, Some(port), *scheme)));
        let ablated = match &found.computes {
            Computes::Mean { over: None, .. } => "mean".to_owned(),
            Computes::Mean { over: Some(_), .. } => "mean over a feature".to_owned(),
            Computes::Constant(number) => number_word(*number),
            _ => continue,
        };
        ablations.push(NodeScheme { node: found.name.clone(), scheme: ablated });
    }
    let draw = |(at, draw): (usize, &crate::hypothesis::NamedDraw)| DrawReport {
        name: name(DrawIx(at)),
        data: data_name(draw.data, ready, checked),
        paired: draw.paired,
    };
    SchemeReport {
        unclaimed: word(claims.unclaimed, &name),
        of_nodes,
        ablations,
        draws: claims.draws.iter().enumerate().map(draw).collect(),
        pool: claims.pool.max(1),
    }
}

fn word(scheme: Scheme, name: &dyn Fn(DrawIx) -> String) -> String {
    match scheme {
        Scheme::Any => "any".to_owned(),
        Scheme::Exact => "exact".to_owned(),
        Scheme::Apart => "apart".to_owned(),
        Scheme::Mean(None) => "mean".to_owned(),
        Scheme::Mean(Some(_)) => "mean over a feature".to_owned(),
        Scheme::Constant(number) => number_word(number),
        Scheme::Named(draw) => name(draw),
    }
}

fn number_word(number: f64) -> String {
    if number == 0.0 { "zero".to_owned() } else { format!("constant {number}") }
}

fn data_name(data: DataIx, ready: &Ready, checked: &Checked) -> String {
    let dataset = ready.datasets.get(data.0).and_then(|place| checked.datasets.get(*place)?.as_ref());
    dataset.map_or_else(|| format!("dataset {}", data.0), |dataset| dataset.name.clone())
}

impl SchemeReport {
    /// One line, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = vec![match self.unclaimed.as_str() {
            "any" => "unclaimed any: one draw for each opened node, shared by all it leaves unclaimed".to_owned(),
            "apart" => "unclaimed apart: a draw for each unclaimed component of each opened node".to_owned(),
            "exact" => "unclaimed exact: the node's own datum".to_owned(),
            other => format!("unclaimed {}", clean(other)),
        }];
        let of = |found: &NodeScheme| format!("{} for {}", clean(&found.scheme), clean(&found.node));
        parts.extend(self.of_nodes.iter().map(of));
        parts.extend(self.ablations.iter().map(|found| format!("{} is {}", clean(&found.node), found.scheme)));
        parts.extend(self.draws.iter().map(|draw| {
            let how = if draw.paired { "paired with the reference" } else { "one row for each reference" };
            format!("{} from {}, {how}", clean(&draw.name), clean(&draw.data))
        }));
        if self.pool > 1 {
            parts.push(format!("pool {}: so many references share each draw", self.pool));
        }
        parts.join("; ")
    }
}
