//! How many symbols it takes to write the claims of a hypothesis down.

use super::claim::{Computes, DataIx, End, EstimateKind, Hypothesis, Node, Rest, Scheme};
use super::claims::Stated;
use crate::feature::length;
use crate::syntax::ast::{self, Expr, ExprKind};

/// The symbols of a complete hypothesis: names, numbers, signs and operators, not keywords,
/// brackets and commas. What is drawn from, and what only repeats a default, is not counted.
///
/// Features count by their distinct parts, once for all claims together ([`length`]).
#[must_use]
pub fn symbols(stated: &Stated, item: &ast::Hypothesis) -> usize {
    let claims = &stated.claims;
    let nodes = claims.nodes.iter().zip(&item.body.nodes).map(|(node, written)| of_node(node, written));
    let arrows = item.body.arrows.iter().map(of_arrow);
    let draws =
        claims.draws.iter().map(|draw| 1 + usize::from(draw.data != DataIx::default()) + usize::from(draw.paired));
    let features = length(stated.features.iter().flatten().chain(&stated.estimates));
    nodes.chain(arrows).chain(draws).sum::<usize>() + of_schemes(stated, claims) + features
}

/// Its name, its regions, what it computes.
fn of_node(node: &Node, written: &ast::Node) -> usize {
    let computes = match node.computes {
        Computes::Mean { over: Some(_), .. } => 2,
        _ => 1,
    };
    let estimate = node.estimate.as_ref().map_or(0, |estimate| {
        let changed = match (&estimate.kind, written.estimate.as_ref().map(|written| &written.kind)) {
            (EstimateKind::Changed { .. }, Some(ast::EstimateKind::Changed { value, .. })) => 1 + of_expr(value),
            _ => 0,
        };
        1 + changed + usize::from(estimate.rest != Rest::Any)
    });
    1 + written.regions.iter().map(of_region).sum::<usize>()
        + computes
        + usize::from(node.data != DataIx::default())
        + estimate
}

/// A component is one symbol, whatever its arguments.
fn of_region(region: &ast::Region) -> usize {
    1 + of_cuts(&region.parts)
}

/// The dim with its index, or with its range.
fn of_cuts(cuts: &[ast::At]) -> usize {
    let one = |at: &ast::At| match at.part {
        ast::Part::One(_) => 2,
        ast::Part::Many(_) => 3,
    };
    cuts.iter().map(one).sum()
}

/// Its two ends and its sign, ports, exceptions, terms.
fn of_arrow(arrow: &ast::Arrow) -> usize {
    3 + of_cuts(&arrow.from.parts)
        + of_cuts(&arrow.to.parts)
        + arrow.ports.len()
        + arrow.except.iter().map(of_region).sum::<usize>()
        + arrow.terms.as_ref().map_or(0, of_expr)
}

/// What is not as it would be without a word.
fn of_schemes(stated: &Stated, claims: &Hypothesis) -> usize {
    let of = |scheme: Scheme| if matches!(scheme, Scheme::Mean(Some(_))) { 2 } else { 1 };
    let root = if claims.unclaimed == Scheme::Any { 0 } else { of(claims.unclaimed) };
    let opened = |node: usize| claims.arrows.iter().any(|arrow| arrow.to == End::Node(super::NodeIx(node)));
    let own = claims.nodes.iter().enumerate().filter(|(at, node)| opened(*at) && node.unclaimed != claims.unclaimed);
    let own: usize = own.map(|(_, node)| 1 + of(node.unclaimed)).sum();
    let ports = claims.nodes.iter().flat_map(|node| &node.ports).map(|(_, scheme)| 1 + of(*scheme));
    let names: usize = stated.port_names.iter().map(|(_, names)| names.len()).sum();
    root + own + ports.sum::<usize>() + names
}

/// An expression over positions that stands in a statement.
fn of_expr(value: &Expr) -> usize {
    let all = |parts: &[&Expr]| parts.iter().map(|part| of_expr(part)).sum::<usize>();
    1 + match &value.kind {
        ExprKind::Call { arguments, .. } | ExprKind::Tuple(arguments) => arguments.iter().map(of_expr).sum(),
        ExprKind::Index { base, part, .. } => {
            of_expr(base)
                + match part.as_ref() {
                    ast::Part::One(_) => 1,
                    ast::Part::Many(_) => 2,
                }
        }
        ExprKind::Negate(inner) | ExprKind::Not(inner) => of_expr(inner),
        ExprKind::Arithmetic { left, right, .. }
        | ExprKind::Compare { left, right, .. }
        | ExprKind::Logic { left, right, .. } => all(&[left, right]),
        ExprKind::If { condition, then, otherwise } => all(&[condition, then, otherwise]),
        ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Name(_) => 0,
        ExprKind::Error => 0,
    }
}
