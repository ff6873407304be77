//! `start NAME`: a hypothesis of the file as one that a search can begin with.

use super::expect::reference_name;
use super::searches::{SearchSpace, SearchTree, Start};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::search as messages;
use crate::elaborate::print;
use crate::source::Span;
use crate::syntax::ast::{self, Computes};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes of a hypothesis that a search can begin with, arrow by arrow from the behaviour.
const MOST_NODES: usize = 1_000;

/// Places and claims by their texts.
pub(super) struct Known<'a> {
    pub space: &'a SearchSpace,
    /// The texts of the claims of the space.
    pub claims: Vec<String>,
}

/// What stands in the way, and where.
type Obstacle = (Span, String);

/// The start that a hypothesis is; what cannot be a start is told.
pub(super) fn start(
    known: &Known<'_>,
    hypothesis: &ast::Hypothesis,
    word: &ast::Ident,
    sink: &mut Vec<Diagnostic>,
) -> Option<Start> {
    match tree(known, hypothesis) {
        Ok(tree) => Some(Start::Given(tree)),
        Err((span, why)) => {
            sink.push(messages::no_start(word.span, &reference_name(&hypothesis.name), (span, &why)));
            None
        }
    }
}

fn tree(known: &Known<'_>, hypothesis: &ast::Hypothesis) -> Result<SearchTree, Obstacle> {
    let body = &hypothesis.body;
    if hypothesis.behaviour.text != known.space.behaviour {
        return Err((hypothesis.behaviour.span, "it explains another behaviour".to_owned()));
    }
    for unclaimed in &body.unclaimed {
        let is_any = matches!(&unclaimed.scheme, ast::Scheme::Named(name) if name.text == "any");
        if !is_any {
            return Err((unclaimed.span, "a search leaves what is unclaimed at `any`".to_owned()));
        }
    }
    if let Some(pool) = body.pools.first() {
        return Err((pool.span, "a search has no pools".to_owned()));
    }
    let mut nodes = BTreeMap::new();
    for node in &body.nodes {
        nodes.insert(reference_name(&node.name), (place(known, node)?, claims(known, node)?));
    }
    let mut arrows: BTreeMap<String, Vec<(String, Option<usize>)>> = BTreeMap::new();
    for arrow in &body.arrows {
        let port = port(known, arrow)?;
        arrows.entry(reference_name(&arrow.to.node)).or_default().push((reference_name(&arrow.from.node), port));
    }
    let mut found = SearchTree::new();
    let mut left = vec![(known.space.behaviour.clone(), Vec::<(usize, Option<usize>)>::new())];
    while let Some((target, chain)) = left.pop() {
        for (from, port) in arrows.get(&target).into_iter().flatten() {
            let Some((place, claims)) = nodes.get(from) else { continue };
            let mut chain = chain.clone();
            chain.push((*place, *port));
            if chain.len() > nodes.len() || found.len() >= MOST_NODES {
                return Err((hypothesis.name.span, format!("it has more than {MOST_NODES} nodes, arrow by arrow")));
            }
            found.insert(chain.clone(), claims.clone());
            left.push((from.clone(), chain));
        }
    }
    Ok(found)
}

fn place(known: &Known<'_>, node: &ast::Node) -> Result<usize, Obstacle> {
    let obstacle = |why: &str| Err((node.span, why.to_owned()));
    if node.estimate.is_some() {
        return obstacle("a search has no estimates");
    }
    if node.from.is_some() {
        return obstacle("a search draws from its own data alone");
    }
    let [region] = node.regions.as_slice() else { return obstacle("a node of a search stands at one place") };
    let text = print::region(region);
    match known.space.places.iter().position(|place| *place == text) {
        Some(place) => Ok(place),
        None => obstacle(&format!("`{text}` is no place of the search: see `over`")),
    }
}

fn claims(known: &Known<'_>, node: &ast::Node) -> Result<BTreeSet<usize>, Obstacle> {
    let one = |text: &str| known.claims.iter().position(|claim| claim == text);
    let found = match &node.computes {
        Computes::Exact(_) => Some(BTreeSet::from([one("exact").unwrap_or_else(|| known.space.exact())])),
        Computes::Any(_) => one("any").map(|claim| BTreeSet::from([claim])),
        Computes::Feature(claim) => {
            let whole = one(&print::expr(claim)).map(|claim| BTreeSet::from([claim]));
            whole.or_else(|| match &claim.kind {
                ast::ExprKind::Tuple(parts) => parts.iter().map(|part| one(&print::expr(part))).collect(),
                _ => None,
            })
        }
        _ => None,
    };
    found.ok_or_else(|| (node.span, "what it computes is no claim of the search: see `computes`".to_owned()))
}

fn port(known: &Known<'_>, arrow: &ast::Arrow) -> Result<Option<usize>, Obstacle> {
    let obstacle = |why: &str| Err((arrow.span, why.to_owned()));
    if arrow.all_paths || !arrow.except.is_empty() || arrow.terms.is_some() {
        return obstacle("arrows of a search are direct (`->`), without conditions");
    }
    if !arrow.from.parts.is_empty() || !arrow.to.parts.is_empty() {
        return obstacle("arrows of a search start and end at whole nodes");
    }
    match arrow.ports.as_slice() {
        [] => Ok(None),
        [port] => match known.space.ports.iter().position(|known| *known == port.text) {
            Some(port) => Ok(Some(port)),
            None => obstacle(&format!("`{}` is no port of the search: see `port`", port.text)),
        },
        _ => obstacle("an arrow of a search enters by one port, or by all"),
    }
}
