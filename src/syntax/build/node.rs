//! `node`: regions, what they compute, estimates.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    /// A binding; `None` where its first word shows that it is none.
    pub(super) fn node(&mut self, node: Node) -> Option<ast::Node> {
        if words::misspelled(node).is_some_and(|word| word.is_misfit()) {
            return None;
        }
        let estimate = node.child(Estimate);
        let mut regions = self.regions(estimate.unwrap_or(node));
        if regions.is_empty() {
            let (component, span) = (self.hole(node), self.span(node));
            regions.push(ast::Region { component, arguments: Vec::new(), parts: Vec::new(), span });
        }
        let computes = match estimate {
            Some(estimate) if node.child(KwComputes).is_none() => ast::Computes::Exact(self.span(estimate)),
            _ => self.computation(node),
        };
        Some(ast::Node {
            name: self.declared_reference(node),
            regions,
            estimate: estimate.map(|estimate| self.estimate(estimate)),
            computes,
            from: self.dataset_from(node),
            span: self.span(node),
        })
    }

    /// What stands after `computes`.
    fn computation(&mut self, node: Node) -> ast::Computes {
        if let Some(word) = node.child(KwExact) {
            ast::Computes::Exact(self.span(word))
        } else if let Some(word) = node.child(KwAny) {
            ast::Computes::Any(self.span(word))
        } else if let Some(word) = node.child(Zero) {
            ast::Computes::Zero(self.span(word))
        } else if let Some(mean) = node.child(Mean) {
            ast::Computes::Mean { over: self.mean_over(mean), span: self.span(mean) }
        } else if let Some(constant) = node.child(ConstantValue) {
            ast::Computes::Constant(self.expr_in(constant), self.span(constant))
        } else {
            ast::Computes::Feature(self.expr_in(node))
        }
    }

    pub(super) fn mean_over(&mut self, mean: Node) -> Option<ast::Expr> {
        mean.child(Expr).map(|over| self.top_expr(over))
    }

    fn estimate(&mut self, node: Node) -> ast::Estimate {
        let kind = match node.child(Changed) {
            Some(changed) => {
                let port = names(changed).next();
                let port = self.ident_or_hole(port, changed);
                ast::EstimateKind::Changed { port, value: self.expr_in(changed) }
            }
            None => ast::EstimateKind::Expression(self.expr_in(node)),
        };
        let span = self.span(node);
        let rest = node.child(Rest).filter(|rest| rest.child(MissingRest).is_none());
        let rest = rest.map_or(ast::Computes::Any(span), |rest| self.computation(rest));
        ast::Estimate { kind, rest, span }
    }

    /// The regions that stand directly in a node.
    pub(super) fn regions(&mut self, node: Node) -> Vec<ast::Region> {
        node.children_of(Region).map(|region| self.region(region)).collect()
    }

    fn region(&mut self, node: Node) -> ast::Region {
        let component = self.ident_or_hole(names(node).next(), node);
        let list = node.child(Arguments).or_else(|| node.child(WrongArguments));
        let arguments = list.map_or_else(Vec::new, |list| self.exprs(list, 1));
        ast::Region { component, arguments, parts: self.region_parts(node), span: self.span(node) }
    }

    /// The parts of `[pos: 1, head: 0..2]`.
    pub(super) fn region_parts(&mut self, node: Node) -> Vec<ast::At> {
        let parts: Vec<Node> = node.child(Index).into_iter().flat_map(|index| index.children_of(IndexPart)).collect();
        let is_unnamed = |part: &&Node| names(**part).next().is_none() && !part.significant_range().is_empty();
        if let Some(part) = parts.iter().find(is_unnamed) {
            let could_be_arguments = node.kind() == Region && node.child(Arguments).is_none();
            let written = part.text().trim_end();
            self.findings.push(messages::unnamed_part(self.span(*part), written, could_be_arguments));
        }
        parts.into_iter().map(|part| self.region_part(part)).collect()
    }

    fn region_part(&mut self, node: Node) -> ast::At {
        let dim = names(node).next();
        ast::At { dim: self.ident_or_hole(dim, node), part: self.part(node, 1) }
    }
}
