//! Hypotheses as they are bound, as text: what `ansatz dump --stage hypothesis` prints.

use crate::hypothesis::{
    Arrow, BoundModel, Checked, Computes, End, Hypothesis, Interchange, JointClasses, Node, Part, PathKind, Ready,
    Scheme,
};
use std::fmt::Write;

/// Nodes and arrows of all hypotheses and interchanges.
#[must_use]
pub fn text(checked: &Checked) -> String {
    let mut out = String::new();
    for ready in &checked.hypotheses {
        let Some(model) = &checked.models[ready.model] else { continue };
        hypothesis(ready, model, &mut out);
    }
    for found in &checked.interchanges {
        let Some(model) = &checked.models[found.model] else { continue };
        interchange(found, model, &mut out);
    }
    out
}

fn hypothesis(ready: &Ready, model: &BoundModel, out: &mut String) {
    let claims = &ready.stated.claims;
    let _ = writeln!(
        out,
        "hypothesis {} explains {}, unclaimed {}",
        claims.name,
        ready.behaviour,
        scheme(claims.unclaimed)
    );
    if claims.pool > 1 {
        let _ = writeln!(out, "  pool {}", claims.pool);
    }
    for (draw, paired) in claims.draws.iter().zip(&ready.stated.paired_by) {
        let paired = paired.as_ref().map_or_else(String::new, |column| format!(" paired by {column}"));
        let _ = writeln!(out, "  draw from dataset {}{paired}", draw.data.0);
    }
    for node in &claims.nodes {
        let _ = writeln!(out, "  {}", node_text(node, ready, model));
    }
    for arrow in &claims.arrows {
        let _ = writeln!(out, "  {}", arrow_text(arrow, claims, &ready.behaviour, model));
    }
}

fn interchange(found: &Interchange, model: &BoundModel, out: &mut String) {
    let claims = &found.stated.claims;
    let _ = writeln!(out, "interchange {} predicts {}", claims.name, found.predicts);
    for node in &claims.nodes {
        let _ = writeln!(out, "  align {} = {}", node.name, parts(&node.parts, model));
    }
}

fn node_text(node: &Node, ready: &Ready, model: &BoundModel) -> String {
    let computes = match &node.computes {
        Computes::Exact => "exact".to_owned(),
        Computes::Any => "any".to_owned(),
        Computes::Feature(feature) => {
            let count = ready.classes.get(&(*feature, None)).map_or(0, JointClasses::count);
            format!("a feature with {count} classes")
        }
        Computes::Elementwise { axes, .. } => format!("a feature for each element of axis {axes:?}"),
        Computes::Mean { over, along } => {
            let over = if over.is_some() { " over a feature" } else { "" };
            let along: Vec<String> = along.iter().flatten().map(|axis| format!(" along axis {axis}")).collect();
            format!("mean{over}{}", along.concat())
        }
        Computes::Constant(value) => format!("constant {value}"),
    };
    let bound = parts(&node.parts, model);
    let estimate = if node.estimate.is_some() { "estimate of " } else { "" };
    let from = if node.data.0 > 0 { format!(" from dataset {}", node.data.0) } else { String::new() };
    let ports: Vec<String> =
        node.ports.iter().map(|(ports, own)| format!(", {} by {}", scheme(*own), parts(ports, model))).collect();
    format!(
        "node {} = {estimate}{bound} computes {computes}{from}, unclaimed {}{}",
        node.name,
        scheme(node.unclaimed),
        ports.concat()
    )
}

fn arrow_text(arrow: &Arrow, claims: &Hypothesis, root: &str, model: &BoundModel) -> String {
    let from = claims.node(arrow.from);
    let (to, whole): (&str, &[Part]) = match arrow.to {
        End::Root => (root, &[]),
        End::Node(node) => (&claims.node(node).name, &claims.node(node).parts),
    };
    let sign = if arrow.paths == PathKind::All { "~>" } else { "->" };
    let some = |word: &str, found: &[Part]| {
        if found.is_empty() { String::new() } else { format!(", {word} {}", parts(found, model)) }
    };
    let source = if arrow.source == from.parts { String::new() } else { some("from", &arrow.source) };
    let target = if arrow.target == whole { String::new() } else { some("into", &arrow.target) };
    let terms = arrow.terms.as_ref().map_or_else(String::new, |terms| {
        let claimed = terms.claimed.iter().filter(|claimed| **claimed).count();
        format!(", {claimed} of {} terms", terms.claimed.len())
    });
    let conditions = format!("{}{}{terms}", some("through", &arrow.gates), some("except via", &arrow.except));
    format!("{} {sign} {to}{source}{target}{conditions}", from.name)
}

fn parts(parts: &[Part], model: &BoundModel) -> String {
    let name = |part: &Part| format!("{}{}", model.model.graph.tensor(part.tensor).name, part.region);
    parts.iter().map(name).collect::<Vec<_>>().join(" + ")
}

fn scheme(scheme: Scheme) -> String {
    match scheme {
        Scheme::Any => "any".to_owned(),
        Scheme::Exact => "exact".to_owned(),
        Scheme::Apart => "apart".to_owned(),
        Scheme::Mean(None) => "mean".to_owned(),
        Scheme::Mean(Some(_)) => "mean over a feature".to_owned(),
        Scheme::Constant(value) => format!("constant {value}"),
        Scheme::Named(draw) => format!("draw {}", draw.0),
    }
}
