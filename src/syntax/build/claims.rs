//! Declarations of claims: `hypothesis`, `expect`, `interchange`, and `for` around them.

use super::{Builder, documented, names};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    pub(super) fn hypothesis(&mut self, node: Node, docs: String) -> ast::Hypothesis {
        let name = self.declared_reference(node);
        let (behaviour, refines) = self.heading(node);
        ast::Hypothesis {
            docs,
            name,
            behaviour,
            model: node.child(KwOf).map(|word| self.name_after(node, word)),
            data: node.child(KwOn).map(|word| self.name_after(node, word)),
            refines,
            body: self.body(node),
            span: self.span(node),
        }
    }

    /// What the hypothesis explains or refines: the name after the word or after what stands in its
    /// place.
    fn heading(&mut self, node: Node) -> (ast::Ident, Option<ast::Reference>) {
        if let Some(refines) = node.child(Refines) {
            return (self.hole(node), Some(self.reference_in(refines)));
        }
        let is_word = |child: &Node| matches!(child.kind(), KwExplains | MissingExplains | WrongWord);
        // A misspelled `hypothesis` is a `WrongWord` too, before the name.
        let own_name =
            node.children().find(|child| matches!(child.kind(), Ident | ForeignIdent | ReservedName | MissingName));
        let start = own_name.map_or(0, |name| name.range().start);
        match node.children().filter(|child| child.range().start >= start).find(is_word) {
            Some(word) => {
                let name = self.name_after(node, word);
                if words::meant_word(word.text(), &["explains", "refines"]) == Some("refines") {
                    let base = ast::Reference { span: name.span, name, arguments: Vec::new() };
                    return (self.hole(node), Some(base));
                }
                (name, None)
            }
            None => (self.hole(node), None),
        }
    }

    pub(super) fn item_family(&mut self, node: Node) -> ast::ItemFamily {
        let mut family = ast::ItemFamily {
            parameters: self.parameters(node),
            hypotheses: Vec::new(),
            interchanges: Vec::new(),
            challenges: Vec::new(),
            expects: Vec::new(),
            families: Vec::new(),
            span: self.span(node),
        };
        for (item, docs) in documented(node) {
            if words::misspelled(item).is_some_and(|word| word.is_misfit()) {
                continue;
            }
            match item.kind() {
                Hypothesis => family.hypotheses.push(self.hypothesis(item, docs)),
                Interchange => family.interchanges.push(self.interchange(item, docs)),
                Challenge => family.challenges.push(self.challenge(item, docs)),
                Expect => family.expects.push(self.expect(item, docs)),
                ItemFamily => family.families.push(self.item_family(item)),
                _ => {}
            }
        }
        family
    }

    pub(super) fn interchange(&mut self, node: Node, docs: String) -> ast::Interchange {
        let mut interchange = ast::Interchange {
            docs,
            name: self.declared_reference(node),
            model: node.child(KwOf).map(|word| self.name_after(node, word)),
            data: node.child(KwOn).map(|word| self.name_after(node, word)),
            predicts: None,
            aligned: Vec::new(),
            span: self.span(node),
        };
        let mut first = None;
        for line in node.children_of(InterchangeLine) {
            if let Some(predicts) = line.child(Predicts) {
                if let Some(first) = first {
                    self.findings.push(messages::repeated(self.span(predicts), first, "predicts"));
                    continue;
                }
                first = Some(self.span(predicts));
                let feature = self.ident_or_hole(names(predicts).next(), predicts);
                interchange.predicts = Some((feature, self.expr_in(predicts)));
            } else if let Some(align) = line.child(Align) {
                let feature = self.ident_or_hole(names(align).next(), align);
                interchange.aligned.push(ast::Aligned {
                    feature,
                    regions: self.regions(align),
                    span: self.span(align),
                });
            }
        }
        interchange
    }

    pub(super) fn expect(&mut self, node: Node, docs: String) -> ast::Expect {
        let variant = node.child(Variant).map(|variant| {
            let block = variant.child(VariantBlock).unwrap_or(variant);
            (self.body(block), self.span(variant))
        });
        let clauses = node.children_of(ClauseLine).filter_map(|line| line.child(Clause));
        ast::Expect {
            docs,
            hypothesis: self.reference_in(node),
            variant,
            clauses: clauses.map(|clause| self.clause(clause)).collect(),
            precision: self.precision(node),
            span: self.span(node),
        }
    }

    /// The first; more than one are reported.
    fn precision(&mut self, expect: Node) -> Option<ast::Precision> {
        let mut all = expect.children_of(ClauseLine).filter_map(|line| line.child(Precision));
        let first = all.next()?;
        for again in all {
            self.findings.push(messages::repeated(self.span(again), self.span(first), "precision"));
        }
        let half_width = match first.child(Bound) {
            Some(bound) => self.top_expr(bound),
            None => self.error_expr(first),
        };
        Some(ast::Precision { half_width, span: self.span(first) })
    }

    /// A hypothesis, or the word for the empty one.
    pub(super) fn baseline(&mut self, node: Node) -> ast::Reference {
        let Some(word) = node.child(KwUnclaimed) else { return self.reference_in(node) };
        let name = ast::Ident { text: word.text().to_owned(), span: self.span(word) };
        ast::Reference { span: name.span, name, arguments: Vec::new() }
    }

    fn clause(&mut self, node: Node) -> ast::Clause {
        let mut names = names(node);
        let (metric, behaviour) = (names.next(), names.next());
        let comparison = node.children().find_map(super::expr::comparison);
        let sign = node.children().find(|child| super::expr::comparison(*child).is_some());
        let bound = match node.child(Bound) {
            Some(bound) => self.top_expr(bound),
            None => self.error_expr(node),
        };
        ast::Clause {
            metric: self.ident_or_hole(metric, node),
            behaviour: self.ident_or_hole(behaviour, node),
            baseline: node.child(Baseline).map(|baseline| self.baseline(baseline)),
            comparison: comparison.unwrap_or(ast::Comparison::GreaterEqual),
            sign: sign.map_or_else(|| self.span(node), |sign| self.span(sign)),
            bound,
            span: self.span(node),
        }
    }
}
