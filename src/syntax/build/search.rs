//! `search` and `calibrate`, and the lines of their blocks.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::ast;
use crate::syntax::tree::Node;

impl Builder<'_> {
    pub(super) fn search(&mut self, node: Node, docs: String) -> ast::Search {
        let mut search = ast::Search {
            docs,
            name: self.declared_name(node),
            behaviour: match node.child(KwExplains) {
                Some(word) => self.name_after(node, word),
                None => self.hole(node),
            },
            model: node.child(KwOf).map(|word| self.name_after(node, word)),
            data: node.child(KwOn).map(|word| self.name_after(node, word)),
            over: Vec::new(),
            computes: Vec::new(),
            ports: Vec::new(),
            objective: None,
            settings: Vec::new(),
            span: self.span(node),
        };
        for line in self.different_lines(node, SearchLine) {
            self.search_line(&mut search, line);
        }
        search
    }

    pub(super) fn calibrate(&mut self, node: Node, docs: String) -> ast::Calibrate {
        let (mut computes, mut settings) = (Vec::new(), Vec::new());
        for line in self.different_lines(node, CalibrateLine) {
            match line.kind() {
                SearchedClaims => computes = self.searched_claims(line),
                SearchSetting => settings.push(self.setting(line)),
                _ => {}
            }
        }
        ast::Calibrate { docs, name: self.declared_name(node), computes, settings, span: self.span(node) }
    }

    /// The lines of a block, of those that begin with the same word the first.
    fn different_lines<'t>(&mut self, node: Node<'t>, kind: SyntaxKind) -> Vec<Node<'t>> {
        let mut words: Vec<(String, Span)> = Vec::new();
        let mut found = Vec::new();
        for line in node.children_of(kind) {
            let Some(line) = line.children().find(|child| !child.kind().is_trivia()) else { continue };
            let word = line.first_token().map_or("", |token| token.text()).to_owned();
            match words.iter().find(|(known, _)| *known == word) {
                Some((_, first)) => self.findings.push(messages::repeated(self.span(line), *first, &word)),
                None => {
                    words.push((word, self.span(line)));
                    found.push(line);
                }
            }
        }
        found
    }

    fn search_line(&mut self, search: &mut ast::Search, line: Node) {
        match line.kind() {
            SearchedOver => search.over = self.regions(line),
            SearchedClaims => search.computes = self.searched_claims(line),
            SearchedPorts => search.ports = self.idents(line),
            Objective => search.objective = line.child(ObjectiveMetric).map(|metric| self.objective(metric)),
            SearchSetting => search.settings.push(self.setting(line)),
            _ => {}
        }
    }

    fn setting(&mut self, line: Node) -> ast::SearchSetting {
        let mut own = names(line);
        let (word, per) = (own.next(), own.next());
        ast::SearchSetting {
            word: self.ident_or_hole(word, line),
            values: self.exprs(line, 0),
            per: per.map(|per| self.ident_or_hole(Some(per), line)),
            span: self.span(line),
        }
    }

    fn searched_claims(&mut self, line: Node) -> Vec<ast::SearchedClaim> {
        line.children_of(SearchedClaim).map(|one| self.searched(one)).collect()
    }

    /// What a node may compute.
    fn searched(&mut self, node: Node) -> ast::SearchedClaim {
        let word = |kind| node.child(kind).map(|word| self.span(word));
        let computes = match (word(KwExact), word(KwAny)) {
            (Some(exact), _) => ast::Computes::Exact(exact),
            (_, Some(any)) => ast::Computes::Any(any),
            _ => ast::Computes::Feature(self.expr_in(node)),
        };
        ast::SearchedClaim { computes, span: self.span(node) }
    }

    fn objective(&mut self, node: Node) -> ast::Objective {
        let mut own = names(node);
        let (metric, behaviour) = (own.next(), own.next());
        ast::Objective {
            metric: self.ident_or_hole(metric, node),
            behaviour: self.ident_or_hole(behaviour, node),
            baseline: node.child(Baseline).map(|baseline| self.baseline(baseline)),
            span: self.span(node),
        }
    }
}
