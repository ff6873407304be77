//! Statements of hypotheses: families unrolled, expressions rewritten, names flattened.

use super::rewrite::{Env, Rewriter};
use crate::diagnostics::messages::elaborate as messages;
use crate::source::Span;
use crate::syntax::ast::{
    Arrow, ArrowEnd, Body, Computes, Drop, Estimate, EstimateKind, Family, Node, Pool, Region, Scheme, Swap, Unclaimed,
};

impl Rewriter<'_> {
    /// A body without families.
    pub fn body(&mut self, body: &Body, env: Env<'_>) -> Body {
        let mut out = Body::default();
        self.body_into(body, env, &mut out);
        out
    }

    fn body_into(&mut self, body: &Body, env: Env<'_>, out: &mut Body) {
        out.draws.extend(body.draws.iter().cloned());
        out.nodes.extend(body.nodes.iter().map(|node| self.node(node, env)));
        out.overrides.extend(body.overrides.iter().map(|node| self.node(node, env)));
        out.arrows.extend(body.arrows.iter().map(|arrow| self.arrow(arrow, env)));
        out.unclaimed.extend(body.unclaimed.iter().map(|unclaimed| self.unclaimed(unclaimed, env)));
        out.pools.extend(body.pools.iter().map(|pool| Pool { size: self.expr(&pool.size, env), span: pool.span }));
        out.drops.extend(body.drops.iter().map(|dropped| self.drop(dropped, env)));
        out.swaps.extend(body.swaps.iter().map(|swap| Swap {
            one: self.reference(&swap.one, env),
            other: self.reference(&swap.other, env),
            span: swap.span,
        }));
        for family in &body.families {
            self.family(family, env, out);
        }
    }

    fn family(&mut self, family: &Family, env: Env<'_>, out: &mut Body) {
        let Some(members) = self.members(&family.parameters, family.span, env) else { return };
        if members.len() > 1 && !self.tells_members_apart(family) {
            return;
        }
        for integers in &members {
            self.body_into(&family.body, Env { integers, ..env }, out);
        }
    }

    /// What is declared in a family has a name for each member.
    fn tells_members_apart(&mut self, family: &Family) -> bool {
        let before = self.sink.len();
        let example = family.parameters.first().map_or("i", |parameter| parameter.name.text.as_str());
        let nodes = family.body.nodes.iter().chain(&family.body.overrides);
        for node in nodes.filter(|node| node.name.arguments.is_empty() && !node.name.name.text.is_empty()) {
            self.sink.push(messages::member_without_index(node.name.span, "node", &node.name.name.text, example));
        }
        for draw in &family.body.draws {
            self.sink.push(messages::draw_in_family(draw.span, &draw.name.text));
        }
        self.sink.len() == before
    }

    fn node(&mut self, node: &Node, env: Env<'_>) -> Node {
        Node {
            name: self.reference(&node.name, env),
            regions: node.regions.iter().map(|region| self.region(region, env)).collect(),
            estimate: node.estimate.as_ref().map(|estimate| self.estimate(estimate, env)),
            computes: self.computes(&node.computes, env),
            from: node.from.clone(),
            span: node.span,
        }
    }

    pub fn region(&mut self, region: &Region, env: Env<'_>) -> Region {
        Region {
            component: region.component.clone(),
            arguments: region.arguments.iter().map(|argument| self.expr(argument, env)).collect(),
            parts: self.at(&region.parts, env),
            span: region.span,
        }
    }

    fn estimate(&mut self, estimate: &Estimate, env: Env<'_>) -> Estimate {
        let kind = match &estimate.kind {
            EstimateKind::Expression(expr) => EstimateKind::Expression(self.expr(expr, env)),
            EstimateKind::Changed { port, value } => {
                EstimateKind::Changed { port: port.clone(), value: self.expr(value, env) }
            }
        };
        Estimate { kind, rest: self.computes(&estimate.rest, env), span: estimate.span }
    }

    fn computes(&mut self, computes: &Computes, env: Env<'_>) -> Computes {
        match computes {
            Computes::Feature(expr) => Computes::Feature(self.expr(expr, env)),
            Computes::Mean { over, span } => {
                Computes::Mean { over: over.as_ref().map(|over| self.expr(over, env)), span: *span }
            }
            Computes::Constant(expr, span) => Computes::Constant(self.expr(expr, env), *span),
            Computes::Exact(_) | Computes::Any(_) | Computes::Zero(_) => computes.clone(),
        }
    }

    fn arrow(&mut self, arrow: &Arrow, env: Env<'_>) -> Arrow {
        let end = |rewriter: &mut Self, end: &ArrowEnd| ArrowEnd {
            node: rewriter.reference(&end.node, env),
            parts: rewriter.at(&end.parts, env),
        };
        Arrow {
            from: end(self, &arrow.from),
            to: end(self, &arrow.to),
            ports: arrow.ports.clone(),
            all_paths: arrow.all_paths,
            except: arrow.except.iter().map(|region| self.region(region, env)).collect(),
            terms: arrow.terms.as_ref().map(|terms| self.expr(terms, env)),
            span: arrow.span,
        }
    }

    fn unclaimed(&mut self, unclaimed: &Unclaimed, env: Env<'_>) -> Unclaimed {
        let scheme = match &unclaimed.scheme {
            Scheme::Named(name) => Scheme::Named(name.clone()),
            Scheme::Mean { over, span } => {
                Scheme::Mean { over: over.as_ref().map(|over| self.expr(over, env)), span: *span }
            }
            Scheme::Constant(expr, span) => Scheme::Constant(self.expr(expr, env), *span),
        };
        let target = unclaimed.target.as_ref().map(|(node, ports)| (self.reference(node, env), ports.clone()));
        Unclaimed { scheme, target, span: unclaimed.span }
    }

    fn drop(&mut self, dropped: &Drop, env: Env<'_>) -> Drop {
        match dropped {
            Drop::Node(node, span) => Drop::Node(self.reference(node, env), *span),
            Drop::Arrow(arrow) => Drop::Arrow(Box::new(self.arrow(arrow, env))),
        }
    }
}

impl Rewriter<'_> {
    /// What only refinements and variants can say.
    pub fn only_plain(&mut self, body: &Body) {
        let drops = body.drops.iter().map(|dropped| match dropped {
            Drop::Node(_, span) => ("drop", *span),
            Drop::Arrow(arrow) => ("drop", arrow.span),
        });
        // The word stands before the statement, with a space between.
        let word = |span: Span| Span { start: span.start.saturating_sub(9), end: span.start, ..span };
        let overrides = body.overrides.iter().map(|node| ("override", word(node.span)));
        let swaps = body.swaps.iter().map(|swap| ("swap", swap.span));
        let found: Vec<_> = drops.chain(overrides).chain(swaps).collect();
        for (word, span) in found {
            self.sink.push(messages::only_in_refinements(span, word));
        }
        for family in &body.families {
            self.only_plain(&family.body);
        }
    }
}
