//! The tree to a document: nodes without lines of their own. Blocks are in [`super::rows`].

use super::doc::{Bracket, Doc, Gap};
use super::gaps;
use super::tokens::{Token, Tokens};
use crate::syntax::{Node, SyntaxKind};

/// What is known of the whole text.
#[derive(Debug)]
pub(super) struct Builder<'t> {
    pub(super) tokens: Tokens<'t>,
}

/// The children that are neither space nor comment.
pub(super) fn parts_of(node: Node<'_>) -> Vec<Node<'_>> {
    node.children().filter(|child| child.first_token().is_some()).collect()
}

impl<'t> Builder<'t> {
    /// A node inside a line.
    pub(super) fn node(&self, node: Node<'t>, indent: usize) -> Doc<'t> {
        use SyntaxKind::*;
        if node.is_token() {
            return Doc::text(node.text());
        }
        let parts = parts_of(node);
        match node.kind() {
            IfExpr => self.condition(node, &parts, indent),
            Expr | AdjacentExpr | Bound | Mask | RowCondition | Count => self.operators(node, &parts, indent),
            Pieces => Doc::Group(self.sequence(node, &parts, indent)),
            VariantBlock => self.variant(&parts, indent),
            _ => Doc::Fill(self.sequence(node, &parts, indent)),
        }
    }

    /// Neighbours with what stands between them.
    pub(super) fn sequence(&self, parent: Node<'t>, parts: &[Node<'t>], indent: usize) -> Vec<Doc<'t>> {
        let mut docs = Vec::new();
        let mut before: Option<Node<'t>> = None;
        let mut at = 0;
        while let Some(part) = parts.get(at).copied() {
            if let Some(before) = before {
                docs.push(self.gap_before(part, gaps::gap(parent, before, part)));
            }
            let rest = parts.get(at + 1..).unwrap_or_default();
            let alternatives = rest.first().filter(|next| is_alternatives(parent, part, **next));
            if let Some(end) = closing(part.kind()).and_then(|end| rest.iter().position(|part| part.kind() == end)) {
                let (inner, close) = (rest.get(..end).unwrap_or_default(), rest.get(end).copied());
                docs.push(self.list(parent, part, inner, close.unwrap_or(part), indent));
                before = close;
                at += end + 2;
            } else if let Some(next) = alternatives {
                let mut hanging =
                    vec![Doc::text(part.text()), self.gap_before(*next, gaps::gap(parent, part, *next).flat())];
                hanging.extend(self.sequence(*next, &parts_of(*next), indent));
                docs.push(Doc::Hang(vec![Doc::Group(hanging)]));
                before = Some(*next);
                at += 2;
            } else {
                docs.push(self.node(part, indent));
                before = Some(part);
                at += 1;
            }
        }
        docs
    }

    pub(super) fn gap_before(&self, after: Node<'t>, gap: Gap) -> Doc<'t> {
        self.before(after, Doc::Gap(gap))
    }

    /// What stands before a node: comments and the end of the line, if it has comments.
    pub(super) fn before(&self, after: Node<'t>, plain: Doc<'t>) -> Doc<'t> {
        let mut comments = comments(self.tokens.first(after));
        if comments.is_empty() {
            return plain;
        }
        comments.push(Doc::Hard);
        Doc::Concat(comments)
    }

    fn list(&self, parent: Node<'t>, open: Node<'t>, inner: &[Node<'t>], close: Node<'t>, indent: usize) -> Doc<'t> {
        let is_wide = open.kind() == SyntaxKind::LBrace && parent.kind() != SyntaxKind::PortGroup;
        let lead = inner.first().map_or_else(Vec::new, |first| comments(self.tokens.first(*first)));
        let body = match parent.kind() {
            SyntaxKind::Vocabulary | SyntaxKind::TokenSet => self.spaced(inner, indent),
            _ => self.sequence(parent, inner, indent),
        };
        Doc::Bracket(Box::new(Bracket {
            open: Doc::text(open.text()),
            lead,
            body,
            tail: comments(self.tokens.first(close)),
            close: Doc::text(close.text()),
            spaces: usize::from(is_wide && !inner.is_empty()),
        }))
    }

    /// Neighbours of a list without commas.
    fn spaced(&self, parts: &[Node<'t>], indent: usize) -> Vec<Doc<'t>> {
        let mut docs = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                docs.push(self.gap_before(*part, Gap { spaces: 1, column: None, breaks: true }));
            }
            docs.push(self.node(*part, indent));
        }
        docs
    }

    /// A row of operands and operators: lines end before the loosest operators.
    fn operators(&self, parent: Node<'t>, parts: &[Node<'t>], indent: usize) -> Doc<'t> {
        let Some(loosest) = parts.iter().filter_map(|part| strength(part.kind())).min() else {
            return Doc::Fill(self.sequence(parent, parts, indent));
        };
        let mut docs = Vec::new();
        let mut start = 0;
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| strength(part.kind()) == Some(loosest)) {
            let Some(operand) = parts.get(start..at) else { continue };
            docs.push(self.operators(parent, operand, indent));
            docs.push(self.gap_before(*part, Gap { spaces: 1, column: None, breaks: true }));
            docs.push(Doc::text(part.text()));
            if let Some(next) = parts.get(at + 1) {
                docs.push(self.gap_before(*next, Gap { spaces: 1, column: None, breaks: false }));
            }
            start = at + 1;
        }
        docs.push(self.operators(parent, parts.get(start..).unwrap_or_default(), indent));
        Doc::Group(docs)
    }

    /// `if ... then ... else ...`: one line for each condition.
    fn condition(&self, parent: Node<'t>, parts: &[Node<'t>], indent: usize) -> Doc<'t> {
        let mut docs = Vec::new();
        self.conditions(parent, parts, indent, &mut docs);
        Doc::Group(docs)
    }

    fn conditions(&self, parent: Node<'t>, parts: &[Node<'t>], indent: usize, docs: &mut Vec<Doc<'t>>) {
        let at = parts.iter().position(|part| part.kind() == SyntaxKind::KwElse).unwrap_or(parts.len());
        let (head, tail) = parts.split_at(at);
        docs.push(Doc::Fill(self.sequence(parent, head, indent)));
        let [word, rest @ ..] = tail else { return };
        let soft = self.gap_before(*word, Gap { spaces: 1, column: None, breaks: true });
        let chained = rest.first().and_then(|value| only_condition(*value));
        match (rest.first(), chained) {
            (Some(value), Some(next)) => {
                let space = self.gap_before(*value, Gap { spaces: 1, column: None, breaks: false });
                docs.extend([soft, Doc::text(word.text()), space]);
                self.conditions(next, &parts_of(next), indent, docs);
            }
            _ => {
                let mut last = vec![soft];
                last.extend(self.sequence(parent, tail, indent));
                docs.push(Doc::Fill(last));
            }
        }
    }
}

impl Gap {
    /// The same where no line can end.
    fn flat(self) -> Gap {
        Gap { breaks: false, ..self }
    }
}

/// The comments before a token, without the end of the last line.
pub(super) fn comments<'t>(token: &Token<'t>) -> Vec<Doc<'t>> {
    token.comments.iter().map(|comment| Doc::Comment { text: comment.text, own_line: comment.own_line }).collect()
}

/// The bracket that closes one of this kind.
fn closing(open: SyntaxKind) -> Option<SyntaxKind> {
    match open {
        SyntaxKind::LParen => Some(SyntaxKind::RParen),
        SyntaxKind::LBracket => Some(SyntaxKind::RBracket),
        SyntaxKind::LBrace => Some(SyntaxKind::RBrace),
        _ => None,
    }
}

/// Alternatives behind a `=`: their bars stand below it.
fn is_alternatives(parent: Node<'_>, part: Node<'_>, next: Node<'_>) -> bool {
    use SyntaxKind::{Assign, Bar, MadeColumn, PieceFamily, Pieces};
    matches!(parent.kind(), MadeColumn | PieceFamily)
        && part.kind() == Assign
        && next.kind() == Pieces
        && next.child(Bar).is_some()
}

/// How tightly an operator binds.
fn strength(operator: SyntaxKind) -> Option<u8> {
    use SyntaxKind::*;
    Some(match operator {
        KwOr => 0,
        KwAnd => 1,
        Less | LessEqual | Greater | GreaterEqual | EqualEqual | NotEqual => 2,
        Plus | Minus => 3,
        Star | Slash | Percent => 4,
        _ => return None,
    })
}

/// The condition that an expression is, without brackets.
fn only_condition(expr: Node<'_>) -> Option<Node<'_>> {
    let mut node = expr;
    loop {
        if node.kind() == SyntaxKind::IfExpr {
            return Some(node);
        }
        let parts = parts_of(node);
        let [only] = parts.as_slice() else { return None };
        node = *only;
    }
}
