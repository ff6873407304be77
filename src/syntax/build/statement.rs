//! The statements of hypotheses, variants and families, nodes apart.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    /// The statements that stand directly in a block.
    pub(super) fn body(&mut self, block: Node) -> ast::Body {
        let mut body = ast::Body::default();
        let lines = block.children().filter(|child| matches!(child.kind(), HypothesisLine | VariantLine));
        for statement in lines.filter_map(|line| line.children().next()) {
            if words::misspelled(statement).is_none_or(|word| !word.is_misfit()) {
                self.statement(statement, &mut body);
            }
        }
        body
    }

    fn statement(&mut self, node: Node, body: &mut ast::Body) {
        match node.kind() {
            NodeStatement => body.nodes.extend(self.node(node)),
            Override => body.overrides.extend(node.child(NodeStatement).and_then(|inner| self.node(inner))),
            Arrow => body.arrows.push(self.arrow(node)),
            // Without a scheme it says nothing that later stages could check.
            Unclaimed if node.child(MissingScheme).is_some() => {}
            Unclaimed => body.unclaimed.push(self.unclaimed(node)),
            Draw => body.draws.push(self.draw(node)),
            Pool => body.pools.push(ast::Pool { size: self.expr_in(node), span: self.span(node) }),
            Family => body.families.push(ast::Family {
                parameters: self.parameters(node),
                body: self.body(node),
                span: self.span(node),
            }),
            Drop => body.drops.extend(self.drop_claim(node)),
            Swap => body.swaps.push(self.swap(node)),
            _ => {}
        }
    }

    fn arrow(&mut self, node: Node) -> ast::Arrow {
        let target = node.child(ArrowTarget);
        let except = self.only_one(node, ExceptClause, "except via");
        let terms = self.only_one(node, TermsClause, "where");
        let mut ends = [node.child(ArrowSource), target].map(|end| self.arrow_end(end.unwrap_or(node)));
        if is_backward(node) {
            ends.reverse();
        }
        let [from, to] = ends;
        ast::Arrow {
            from,
            to,
            ports: target.map_or_else(Vec::new, |target| self.ports(target)),
            all_paths: is_all_paths(node),
            except: except.map_or_else(Vec::new, |clause| self.regions(clause)),
            terms: terms.map(|clause| self.expr_in(clause)),
            span: self.span(node),
        }
    }

    /// The clause of this kind; more than one are reported.
    pub(super) fn only_one<'t>(&mut self, node: Node<'t>, kind: SyntaxKind, word: &str) -> Option<Node<'t>> {
        let mut clauses = node.children_of(kind);
        let first = clauses.next()?;
        for again in clauses {
            self.findings.push(messages::repeated(self.span(again), self.span(first), word));
        }
        Some(first)
    }

    fn arrow_end(&mut self, node: Node) -> ast::ArrowEnd {
        let name = self.ident_or_hole(names(node).next(), node);
        ast::ArrowEnd { node: self.with_arguments(name, node), parts: self.region_parts(node) }
    }

    /// The names of `.k` or `.{q, k}`.
    fn ports(&mut self, node: Node) -> Vec<ast::Ident> {
        let Some(ports) = node.child(Ports) else { return Vec::new() };
        self.idents(ports.child(PortGroup).unwrap_or(ports))
    }

    fn unclaimed(&mut self, node: Node) -> ast::Unclaimed {
        let is_name = |child: &Node| matches!(child.kind(), Ident | ForeignIdent | KwAny | KwExact);
        let scheme = if let Some(mean) = node.child(Mean) {
            ast::Scheme::Mean { over: self.mean_over(mean), span: self.span(mean) }
        } else if let Some(constant) = node.child(ConstantValue) {
            ast::Scheme::Constant(self.expr_in(constant), self.span(constant))
        } else {
            ast::Scheme::Named(self.ident_or_hole(node.children().find(is_name), node))
        };
        let target = node.child(UnclaimedTarget).map(|target| (self.reference_in(target), self.ports(target)));
        ast::Unclaimed { scheme, target, span: self.span(node) }
    }

    fn draw(&mut self, node: Node) -> ast::Draw {
        ast::Draw {
            name: self.declared_name(node),
            from: self.dataset_from(node),
            paired_by: node.child(PairedClause).map(|paired| self.ident_or_hole(names(paired).next(), paired)),
            span: self.span(node),
        }
    }

    /// The dataset after `from`.
    pub(super) fn dataset_from(&mut self, node: Node) -> Option<ast::Ident> {
        node.child(FromClause).map(|from| self.ident_or_hole(names(from).next(), from))
    }

    fn drop_claim(&mut self, node: Node) -> Option<ast::Drop> {
        if let Some(arrow) = node.child(Arrow) {
            return Some(ast::Drop::Arrow(Box::new(self.arrow(arrow))));
        }
        node.child(MissingDropped).is_none().then(|| ast::Drop::Node(self.reference_in(node), self.span(node)))
    }

    fn swap(&mut self, node: Node) -> ast::Swap {
        let mut nodes = node.children().filter(|child| matches!(child.kind(), Reference | MissingName));
        let (one, other) = (nodes.next(), nodes.next());
        let mut reference = |end: Option<Node>| match end.filter(|end| end.kind() == Reference) {
            Some(reference) => self.named_reference(reference),
            None => ast::Reference { name: self.hole(node), arguments: Vec::new(), span: self.span(node) },
        };
        ast::Swap { one: reference(one), other: reference(other), span: self.span(node) }
    }
}

/// Whether the arrow is, or is meant to be, one of all paths.
fn is_all_paths(arrow: Node) -> bool {
    let wrong = arrow.child(WrongArrow).map(Node::text);
    arrow.child(AllPaths).is_some() || wrong.and_then(meant_arrow) == Some("~>")
}

/// Whether the arrow is written from the target to the source.
fn is_backward(arrow: Node) -> bool {
    arrow.child(WrongArrow).is_some_and(|wrong| matches!(wrong.text(), "<-" | "<~" | "←"))
}

/// The arrow of Ansatz that is meant by another; none for one in the other direction.
pub(in crate::syntax) fn meant_arrow(written: &str) -> Option<&'static str> {
    match written {
        "<->" | "<-" | "<~" | "←" => None,
        "⇝" | "↝" => Some("~>"),
        _ if written.contains('~') => Some("~>"),
        _ => Some("->"),
    }
}
