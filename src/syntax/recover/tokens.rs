//! Mistakes of one token: absent, or another than the right one.

use super::{Reporter, Spot, expected};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind::*;
use crate::syntax::build::{meant_arrow, meant_operator};
use crate::syntax::tree::Node;

impl<'t> Reporter<'t, '_> {
    pub(super) fn token_mistake(&mut self, node: Node<'t>, parent: Node<'t>) {
        let spot = self.spot_of(node);
        if !self.is_new(&spot, node) || self.lacks_both_operands(node, spot) {
            return;
        }
        let finding = if node.range().is_empty() {
            self.absent_token(node, parent, spot)
        } else {
            let known = match (node.kind(), parent.kind()) {
                (WrongOperator, Clause) if node.text() == "=" => None,
                (WrongBracket | WrongParen, _) => {
                    Some(messages::wrong_brackets(spot.span, self.span(parent), parent.text()))
                }
                _ => wrong_token(node, spot.span).or_else(|| self.needless(node, parent, spot)),
            };
            known.unwrap_or_else(|| self.absent_token(node, parent, spot))
        };
        let place = expected::place(node.kind(), parent, self.kind_before(spot));
        self.push(spot, messages::hinted(finding, place, spot.found.text()));
    }

    /// Whether the operator before an absent operand has been reported, since its other operand is
    /// absent too.
    fn lacks_both_operands(&self, node: Node<'t>, spot: Spot<'t>) -> bool {
        let is_operator = matches!(self.kind_before(spot), Some(Plus | Star | Slash | Percent));
        node.kind() == MissingExpr
            && is_operator
            && self.reported.is_some()
            && self.reported == spot.token.checked_sub(1)
    }

    fn absent_token(&self, node: Node<'t>, parent: Node<'t>, spot: Spot<'t>) -> Diagnostic {
        let (span, found) = (spot.span, spot.found);
        if let Some(word) = expected::word_at(node.kind()) {
            return messages::missing_word(span, word, found);
        }
        match node.kind() {
            MissingElse => messages::missing_else(span, found),
            MissingNode => messages::missing_node(span, found),
            MissingKeyword => messages::missing_keyword(span, self.text.get(span.range()).unwrap_or("")),
            MissingComma | MissingDimComma | MissingParameterComma | MissingArgumentComma | MissingNameComma => {
                messages::missing_comma(span, self.comma(spot), expected::in_brackets(parent.kind()), found)
            }
            MissingFormat => {
                let wanted = format!("`{}(...)`", expected::path_format(self.owner_of(parent)));
                messages::unexpected(span, &[&wanted], found)
            }
            BarePath => messages::bare_path(span, expected::path_format(self.owner_of(parent)), node.text()),
            kind => {
                let named = self.kind_before(spot).and_then(|before| expected::name_after(before, parent.kind()));
                match named.filter(|_| kind == MissingName) {
                    Some(name) => messages::unexpected(span, &[name], found),
                    None => messages::unexpected(span, expected::at(kind, parent.kind()), found),
                }
            }
        }
    }

    /// Whole parts that have no place where they stand.
    fn needless(&self, node: Node<'t>, parent: Node<'t>, spot: Spot<'t>) -> Option<Diagnostic> {
        let expected = match (node.kind(), parent.kind()) {
            (NeedlessType, Constant | Table) => vec!["`=`"],
            (NeedlessType | NeedlessDefault, list) => expected::in_brackets(list).to_vec(),
            (NeedlessKeyword, _) => vec!["an expression"],
            (NeedlessPort, ArrowSource) => vec!["an arrow"],
            (LateIndex, Table) => vec!["`:`"],
            (NeedlessPort | LateIndex, _) => vec!["the next statement"],
            (NeedlessSum, _) => vec!["`rest`", "`computes`", "the next statement"],
            _ => return None,
        };
        let all = self.span(node);
        Some(match node.kind() {
            NeedlessKeyword => messages::needless_part(spot.span, all, &expected, spot.found.text()),
            NeedlessType | NeedlessDefault if parent.kind() != Table => {
                messages::needless_part(spot.span, all, &expected, spot.found.text())
            }
            _ => messages::unexpected(spot.span, &expected, spot.found),
        })
    }

    /// Where a comma before a token is put, and how: behind the token before it.
    fn comma(&self, spot: Spot) -> (Span, &'static str) {
        let before = spot.token.checked_sub(1).and_then(|at| self.tokens.get(at));
        let at = before.map_or(spot.span.start as usize, |token| token.range().end);
        let has_space = self.text.get(at..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
        (Span::new(self.file, at..at), if has_space { "," } else { ", " })
    }
}

/// The finding for a token in place of the right one, where the token alone says what is right.
fn wrong_token(node: Node, span: Span) -> Option<Diagnostic> {
    let text = node.text();
    Some(match node.kind() {
        WrongAssign => messages::wrong_token(span, "=", text),
        WrongColon => messages::wrong_token(span, ":", text),
        WrongIn => messages::wrong_word(span, "in", text),
        WrongOf => messages::wrong_word(span, "of", text),
        WrongBy => messages::wrong_word(span, "by", text),
        WrongComma | WrongList => messages::wrong_word(span, ",", text),
        WrongSlice => messages::slice(span, text),
        WrongArguments => {
            let values: Vec<&str> = node.children().filter(is_end).map(Node::text).collect();
            let name = node.children().find(|child| child.kind() == Ident).map_or("", Node::text);
            messages::named_arguments(Span::new(span.file, node.significant_range()), name, &values)
        }
        WrongBar => messages::wrong_operator(span, text, "|"),
        WrongSum => messages::needless_separator(span, text),
        WrongPlus => messages::wrong_join(span, text),
        WrongDots => messages::inclusive_range(span, text),
        WrongRange => {
            let list = node.child(Arguments);
            let ends: Vec<&str> = list.into_iter().flat_map(Node::children).filter(is_end).map(Node::text).collect();
            messages::range_function(Span::new(span.file, node.significant_range()), &ends)
        }
        WrongArrow => match meant_arrow(text) {
            Some(arrow) => messages::wrong_operator(span, text, arrow),
            None => messages::backward_arrow(span, text),
        },
        WrongNot => messages::wrong_operator(span, text, "not"),
        WrongOperator => messages::wrong_operator(span, text, meant_operator(text)),
        ReservedName | ReservedColumn => messages::reserved_word(span, text),
        ForeignIdent => messages::foreign_name(span, text),
        BadNumber => messages::bad_number(span, text),
        BareFile => messages::bare_file(span, text),
        _ => return None,
    })
}

fn is_end(node: &Node) -> bool {
    node.kind() == Expr
}
