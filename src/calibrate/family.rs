//! A family of hypotheses: some that are given, and what becomes of them by changes of their claims.

use crate::elaborate::print;
use crate::hypothesis::{BoundModel, Calibration, Weakening};
use crate::random::Stream;
use crate::syntax::ast::{Body, Computes, Expr, ExprKind, Hypothesis, Node, Region, Scheme, Unclaimed};
use std::collections::BTreeSet;

/// For each hypothesis that is wanted so many are drawn, since some are written alike and some cannot
/// be checked.
const DRAWN_FOR_EACH: usize = 20;

/// A hypothesis of a family.
#[derive(Debug, Clone)]
pub struct Member {
    /// The hypothesis that it was made of.
    pub from: String,
    /// What was done to it, in order; empty for one that was given.
    pub changes: Vec<String>,
    pub body: Body,
}

impl Member {
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        print::statements(&self.body)
    }

    /// All statements in one line: what tells members apart.
    #[must_use]
    pub fn text(&self) -> String {
        self.statements().join("; ")
    }
}

/// What a change makes of a body, and how it is told.
type Changed = (String, Body);

/// The given hypotheses, the one without claims, and others made of them: by as many changes as a
/// number up to `changes` says, each of a kind and then of a form chosen at random. No two are written
/// alike. `given` are the starts of the calibration; there are more than are wanted, since not all of
/// them can be checked.
#[must_use]
pub fn family(of: &Calibration, given: &[&Hypothesis], model: &BoundModel, seed: u64) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut keep = |member: Member| {
        if seen.insert(member.text()) {
            found.push(member);
        }
        found.len()
    };
    for (own, name) in given.iter().zip(&of.starts) {
        keep(Member { from: name.clone(), changes: Vec::new(), body: own.body.clone() });
    }
    if let (Some(own), Some(name)) = (given.first(), of.starts.first()) {
        let body = Body { pools: own.body.pools.clone(), ..Body::default() };
        keep(Member { from: name.clone(), changes: vec!["no claims".to_owned()], body });
    }
    let stream = Stream::new(seed, "calibration");
    let varied: Vec<usize> = (0..given.len()).filter(|at| !given[*at].body.nodes.is_empty()).collect();
    if varied.is_empty() {
        return found;
    }
    // A number for each choice: which hypothesis, how often, and kind and form of each change.
    let choices = 2 + 2 * of.changes as u64;
    for attempt in 0..(of.size * DRAWN_FOR_EACH) as u64 {
        let chosen = |at: u64, size: usize| stream.below(attempt * choices + at, size);
        let own = varied[chosen(0, varied.len())];
        let mut member = Member { from: of.starts[own].clone(), changes: Vec::new(), body: given[own].body.clone() };
        for change in 0..=chosen(1, of.changes) as u64 {
            let by_kind: Vec<Vec<Changed>> = of
                .vary
                .iter()
                .map(|kind| changed(*kind, &member.body, &given[own].behaviour.text, (&of.claims, model)))
                .filter(|all| !all.is_empty())
                .collect();
            if by_kind.is_empty() {
                break;
            }
            let kind = &by_kind[chosen(2 + 2 * change, by_kind.len())];
            let (told, body) = kind[chosen(3 + 2 * change, kind.len())].clone();
            member.changes.push(told);
            member.body = body;
        }
        if keep(member) >= 2 * of.size {
            break;
        }
    }
    found
}

/// Everything that one change of a kind can make of a body.
fn changed(kind: Weakening, body: &Body, root: &str, (claims, model): (&[Computes], &BoundModel)) -> Vec<Changed> {
    match kind {
        Weakening::Remove => (0..body.arrows.len()).map(|at| removed(body, at, root)).collect(),
        Weakening::Coarsen => each_node(body, &coarser),
        Weakening::Refine => each_node(body, &|node| finer(node, claims)),
        Weakening::Replace => each_node(body, &|node| others(node, claims)),
        Weakening::Move => moved(body, model),
    }
}

/// Without one arrow, and without what then leads nowhere.
fn removed(body: &Body, at: usize, root: &str) -> Changed {
    let mut found = body.clone();
    let gone = found.arrows.remove(at);
    loop {
        let leads: BTreeSet<String> = found.arrows.iter().map(|arrow| print::reference(&arrow.from.node)).collect();
        let dead: Vec<String> = found
            .nodes
            .iter()
            .map(|node| print::reference(&node.name))
            .filter(|name| !leads.contains(name) && name != root)
            .collect();
        if dead.is_empty() {
            break;
        }
        let is_dead = |name: &crate::syntax::ast::Reference| dead.contains(&print::reference(name));
        found.nodes.retain(|node| !is_dead(&node.name));
        found.arrows.retain(|arrow| !is_dead(&arrow.to.node));
        found.unclaimed.retain(|own: &Unclaimed| own.target.as_ref().is_none_or(|(name, _)| !is_dead(name)));
    }
    // A draw that nothing names any more would be refused.
    let names: BTreeSet<String> = found
        .unclaimed
        .iter()
        .filter_map(|own| match &own.scheme {
            Scheme::Named(name) => Some(name.text.clone()),
            _ => None,
        })
        .collect();
    found.draws.retain(|draw| names.contains(&draw.name.text));
    (format!("without {}", print::arrow(&gone)), found)
}

/// What other claims of one node make of a body.
fn each_node(body: &Body, of: &dyn Fn(&Computes) -> Vec<Computes>) -> Vec<Changed> {
    let mut found = Vec::new();
    for (at, node) in body.nodes.iter().enumerate() {
        for computes in of(&node.computes) {
            let told = format!("{} computes {}", print::reference(&node.name), print::computes(&computes));
            let mut own = body.clone();
            own.nodes[at] = Node { computes, ..node.clone() };
            found.push((told, own));
        }
    }
    found
}

/// A claim without one of its parts, or without all.
fn coarser(computes: &Computes) -> Vec<Computes> {
    let (span, parts) = match computes {
        Computes::Feature(Expr { kind: ExprKind::Tuple(parts), span }) => (*span, parts.as_slice()),
        Computes::Feature(expr) => (expr.span, &[][..]),
        Computes::Exact(span) => (*span, &[][..]),
        _ => return Vec::new(),
    };
    let fewer = (0..parts.len()).map(|gone| {
        let mut kept = parts.to_vec();
        kept.remove(gone);
        match <[Expr; 1]>::try_from(kept) {
            Ok([alone]) => Computes::Feature(alone),
            Err(kept) => Computes::Feature(Expr { kind: ExprKind::Tuple(kept), span }),
        }
    });
    fewer.chain([Computes::Any(span)]).collect()
}

/// A claim with another part, or all of the datum.
fn finer(computes: &Computes, claims: &[Computes]) -> Vec<Computes> {
    let features = claims.iter().filter_map(|claim| match claim {
        Computes::Feature(expr) => Some(expr),
        _ => None,
    });
    match computes {
        Computes::Any(_) => features.cloned().map(Computes::Feature).collect(),
        Computes::Feature(own) => {
            let parts = match &own.kind {
                ExprKind::Tuple(parts) => parts.clone(),
                _ => vec![own.clone()],
            };
            let known: Vec<String> = parts.iter().map(print::expr).collect();
            let more = features.filter(|expr| !known.contains(&print::expr(expr))).map(|expr| {
                let parts = parts.iter().chain([expr]).cloned().collect();
                Computes::Feature(Expr { kind: ExprKind::Tuple(parts), span: own.span })
            });
            more.chain([Computes::Exact(own.span)]).collect()
        }
        _ => Vec::new(),
    }
}

/// Other claims in place of one.
fn others(computes: &Computes, claims: &[Computes]) -> Vec<Computes> {
    if !matches!(computes, Computes::Feature(_)) {
        return Vec::new();
    }
    let own = print::computes(computes);
    claims.iter().filter(|claim| print::computes(claim) != own).cloned().collect()
}

/// One node at another member of its component's family.
fn moved(body: &Body, model: &BoundModel) -> Vec<Changed> {
    let mut found = Vec::new();
    for (at, node) in body.nodes.iter().enumerate().filter(|(_, node)| node.estimate.is_none()) {
        for (part, region) in node.regions.iter().enumerate() {
            let same = model.components.iter().filter(|known| known.family == region.component.text);
            for member in same.filter(|member| !member.arguments.is_empty()) {
                let int = |value: &i64| Expr { kind: ExprKind::Int(*value), span: region.span };
                let arguments = member.arguments.iter().map(int).collect();
                let other = Region { arguments, ..region.clone() };
                let text = print::region(&other);
                if node.regions.iter().any(|known| print::region(known) == text) {
                    continue;
                }
                let told = format!("{} at {text}", print::reference(&node.name));
                let mut own = body.clone();
                own.nodes[at].regions[part] = other;
                found.push((told, own));
            }
        }
    }
    found
}
