//! `hypothesis` and `expect`.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    pub(super) fn hypothesis(&mut self, node: Node, docs: String) -> ast::Hypothesis {
        let name = self.declared_name(node);
        let behaviour = self.explained(node);
        let model = node.child(KwOf).map(|word| self.name_after(node, word));
        let data = node.child(KwOn).map(|word| self.name_after(node, word));
        let span = self.span(node);
        let (name, body) = (plain(name), ast::Body::default());
        let mut hypothesis = ast::Hypothesis { docs, name, behaviour, model, data, refines: None, body, span };
        for statement in node.children_of(HypothesisLine).filter_map(|line| line.children().next()) {
            match statement.kind() {
                NodeStatement => hypothesis.body.nodes.extend(self.node(statement)),
                Arrow => hypothesis.body.arrows.push(self.arrow(statement)),
                Unclaimed if words::misspelled(statement).is_none_or(|word| !word.is_misfit()) => {
                    hypothesis.body.unclaimed.push(self.unclaimed(statement));
                }
                _ => {}
            }
        }
        hypothesis
    }

    /// The behaviour: the name after `explains`, or after what stands in its place.
    fn explained(&mut self, node: Node) -> ast::Ident {
        let is_word = |child: &Node| matches!(child.kind(), KwExplains | MissingExplains | WrongWord);
        // A misspelled `hypothesis` is a `WrongWord` too, before the name.
        let own_name =
            node.children().find(|child| matches!(child.kind(), Ident | ForeignIdent | ReservedName | MissingName));
        let start = own_name.map_or(0, |name| name.range().start);
        match node.children().filter(|child| child.range().start >= start).find(is_word) {
            Some(word) => self.name_after(node, word),
            None => self.hole(node),
        }
    }

    fn node(&mut self, node: Node) -> Option<ast::Node> {
        if words::misspelled(node).is_some_and(|word| word.is_misfit()) {
            return None;
        }
        let region = match node.child(Region) {
            Some(region) => self.region(region),
            None => {
                let (component, span) = (self.hole(node), self.span(node));
                ast::Region { component, arguments: Vec::new(), parts: Vec::new(), span }
            }
        };
        let computes = if let Some(word) = node.child(KwExact) {
            ast::Computes::Exact(self.span(word))
        } else if let Some(word) = node.child(KwAny) {
            ast::Computes::Any(self.span(word))
        } else {
            ast::Computes::Feature(self.expr_in(node))
        };
        let name = plain(self.declared_name(node));
        Some(ast::Node { name, regions: vec![region], estimate: None, computes, from: None, span: self.span(node) })
    }

    fn region(&mut self, node: Node) -> ast::Region {
        let component = self.ident_or_hole(names(node).next(), node);
        let arguments = node.child(Arguments).map_or_else(Vec::new, |list| self.exprs(list, 1));
        let index_parts = node.child(Index).into_iter().flat_map(|index| index.children_of(IndexPart));
        let parts = index_parts.map(|part| self.region_part(part)).collect();
        ast::Region { component, arguments, parts, span: self.span(node) }
    }

    fn region_part(&mut self, node: Node) -> ast::At {
        let dim = names(node).next();
        if dim.is_none() && !node.significant_range().is_empty() {
            self.findings.push(messages::unnamed_part(self.span(node), node.text().trim_end()));
        }
        ast::At { dim: self.ident_or_hole(dim, node), part: self.part(node, 1) }
    }

    fn arrow(&mut self, node: Node) -> ast::Arrow {
        let mut ends = names(node);
        let (from, to) = (ends.next(), ends.next());
        let end = |name: ast::Ident| ast::ArrowEnd { node: plain(name), parts: Vec::new() };
        ast::Arrow {
            from: end(self.ident_or_hole(from, node)),
            to: end(self.ident_or_hole(to, node)),
            ports: Vec::new(),
            all_paths: false,
            except: Vec::new(),
            terms: None,
            span: self.span(node),
        }
    }

    fn unclaimed(&mut self, node: Node) -> ast::Unclaimed {
        let is_scheme = |child: &Node| matches!(child.kind(), Ident | ForeignIdent | KwAny | KwExact);
        let scheme = ast::Scheme::Named(self.ident_or_hole(node.children().find(is_scheme), node));
        ast::Unclaimed { scheme, target: None, span: self.span(node) }
    }

    pub(super) fn expect(&mut self, node: Node, docs: String) -> ast::Expect {
        let hypothesis = plain(self.ident_or_hole(names(node).next(), node));
        let clauses = node.children_of(ClauseLine).filter_map(|line| line.child(Clause));
        let clauses = clauses.map(|clause| self.clause(clause)).collect();
        ast::Expect { docs, hypothesis, variant: None, clauses, span: self.span(node) }
    }

    fn clause(&mut self, node: Node) -> ast::Clause {
        let mut names = names(node);
        let (metric, behaviour) = (names.next(), names.next());
        let comparison = node.children().find_map(super::expr::comparison);
        let bound = match node.child(Bound) {
            Some(bound) => self.top_expr(bound),
            None => self.error_expr(node),
        };
        ast::Clause {
            metric: self.ident_or_hole(metric, node),
            behaviour: self.ident_or_hole(behaviour, node),
            baseline: None,
            comparison: comparison.unwrap_or(ast::Comparison::GreaterEqual),
            bound,
            span: self.span(node),
        }
    }
}

fn plain(name: ast::Ident) -> ast::Reference {
    ast::Reference { span: name.span, name, arguments: Vec::new() }
}
