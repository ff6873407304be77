//! Challenges.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::ast::{self, Aim};
use crate::syntax::tree::Node;
use crate::syntax::words;
use std::collections::BTreeMap;

/// The lines of a challenge: all `expect`s, and the first of each other kind, by what it is named.
#[derive(Debug, Default)]
struct Lines<'t> {
    first: BTreeMap<&'static str, Node<'t>>,
    expected: Vec<Node<'t>>,
}

/// The lines that belong to one kind of challenge.
const OF_FOOLS: [&str; 6] = ["from", "where", "rank", "budget", "success", "match"];
const OF_DISTINGUISHES: [&str; 3] = ["trusted", "anomalous", "scores"];

impl Builder<'_> {
    pub(super) fn challenge(&mut self, node: Node, docs: String) -> ast::Challenge {
        let name = self.declared_reference(node);
        let hypothesis = self.reference_in(node);
        let lines = self.challenge_lines(node);
        let fools = is_about_fooling(node, &lines);
        self.report_lines_of_the_other_kind(node, &lines, fools);
        let aim = if fools {
            Aim::Fools(Box::new(self.fools(&lines)))
        } else {
            Aim::Distinguishes(Box::new(self.distinguishes(&lines)))
        };
        ast::Challenge {
            docs,
            name,
            hypothesis,
            aim,
            draws: self.line_value(&lines, "draws"),
            expected: lines.expected.iter().map(|line| self.expectation(*line)).collect(),
            span: self.span(node),
        }
    }

    fn challenge_lines<'t>(&mut self, node: Node<'t>) -> Lines<'t> {
        let mut lines = Lines::default();
        for line in node.children_of(ChallengeLine).filter_map(|line| line.children().next()) {
            if line.kind() == Expectation {
                lines.expected.push(line);
                continue;
            }
            let Some(word) = word_of(line) else { continue };
            match lines.first.get(word) {
                Some(first) => self.findings.push(messages::repeated(self.span(line), self.span(*first), word)),
                None => _ = lines.first.insert(word, line),
            }
        }
        lines
    }

    fn report_lines_of_the_other_kind(&mut self, node: Node, lines: &Lines, fools: bool) {
        // Without a kind the lines said which one is meant, and that it is absent is reported.
        if node.child(SoftFools).is_none() && node.child(SoftDistinguishes).is_none() {
            return;
        }
        let homes = ["in a challenge that `fools`", "in a challenge that `distinguishes`"];
        let (others, home, here): (&[&str], _, _) =
            if fools { (&OF_DISTINGUISHES, homes[1], homes[0]) } else { (&OF_FOOLS, homes[0], homes[1]) };
        for word in others {
            if let Some(span) = lines.first.get(word).and_then(|line| self.first_span(*line)) {
                self.findings.push(messages::misplaced(span, word, home, here));
            }
        }
    }

    fn first_span(&self, node: Node) -> Option<Span> {
        node.first_token().map(|token| self.span(token))
    }

    fn fools(&mut self, lines: &Lines) -> ast::Fools {
        ast::Fools {
            from: lines.first.get("from").map(|line| self.ident_or_hole(names(*line).next(), *line)),
            filter: self.line_value(lines, "where"),
            rank: self.line_value(lines, "rank"),
            budget: self.line_value(lines, "budget"),
            success: self.line_value(lines, "success"),
            matched: lines.first.get("match").map_or_else(Vec::new, |line| self.exprs(*line, 0)),
        }
    }

    fn distinguishes(&mut self, lines: &Lines) -> ast::Distinguishes {
        let mut set = |word: &str| lines.first.get(word).map(|line| self.challenged_set(*line));
        ast::Distinguishes {
            trusted: set("trusted"),
            anomalous: set("anomalous"),
            scores: lines.first.get("scores").map_or_else(Vec::new, |line| self.idents(*line)),
        }
    }

    fn challenged_set(&mut self, node: Node) -> ast::ChallengedSet {
        let filter = self.only_one(node, ChallengeFilter, "where");
        let from = self.only_one(node, FromClause, "from");
        ast::ChallengedSet {
            filter: filter.map(|filter| self.expr_in(filter)),
            from: from.map(|from| self.ident_or_hole(names(from).next(), from)),
            span: self.span(node),
        }
    }

    fn line_value(&mut self, lines: &Lines, word: &str) -> Option<ast::Expr> {
        lines.first.get(word).map(|line| self.expr_in(*line))
    }

    fn expectation(&mut self, node: Node) -> ast::Expected {
        let all: Vec<Node> = names(node).collect();
        let start = |kind| node.child(kind).map(|token| token.range().start);
        let after = |token: Option<usize>, before: Option<usize>| {
            let name = |name: &&Node| {
                token.is_some_and(|start| name.range().start > start)
                    && before.is_none_or(|end| name.range().start < end)
            };
            all.iter().find(name).copied()
        };
        let (paren, word) = (start(LParen), start(KwIn));
        let of = paren.map(|_| self.ident_or_hole(after(paren, word), node));
        let setting = word.map(|_| self.ident_or_hole(after(word, None), node));
        let first = paren.or(word);
        let measure = all.first().filter(|name| first.is_none_or(|start| name.range().start < start));
        let comparison = node.children().find_map(super::expr::comparison);
        let sign = node.children().find(|child| super::expr::comparison(*child).is_some());
        let bound = match node.child(Bound) {
            Some(bound) => self.top_expr(bound),
            None => self.error_expr(node),
        };
        ast::Expected {
            measure: self.ident_or_hole(measure.copied(), node),
            of,
            setting,
            comparison: comparison.unwrap_or(ast::Comparison::GreaterEqual),
            sign: sign.map_or_else(|| self.span(node), |sign| self.span(sign)),
            bound,
            span: self.span(node),
        }
    }
}

/// The word that a line of a challenge starts with.
fn word_of(line: Node) -> Option<&'static str> {
    Some(match line.kind() {
        Candidates => "from",
        ChallengeFilter => "where",
        Rank => "rank",
        Repetitions => "draws",
        SyntaxKind::Budget => "budget",
        Success => "success",
        CommonValues => "match",
        ChallengedSet if line.child(SoftTrusted).is_some() => "trusted",
        ChallengedSet => "anomalous",
        Scores => "scores",
        _ => return None,
    })
}

/// Whether a challenge is one that `fools`; where its word is wrong or absent, its lines say so.
fn is_about_fooling(node: Node, lines: &Lines) -> bool {
    if node.child(SoftFools).is_some() || node.child(SoftDistinguishes).is_some() {
        return node.child(SoftFools).is_some();
    }
    let word = node.children_of(WrongWord).last().map_or("", Node::text);
    match words::meant_word(word, &["fools", "distinguishes"]) {
        Some(meant) => meant == "fools",
        None => !OF_DISTINGUISHES.iter().any(|word| lines.first.contains_key(word)),
    }
}
