//! Blocks, and the whole file: lines of their own, with the comments and the empty lines between them.

use super::align::{Cells, align};
use super::build::{Builder, parts_of};
use super::doc::{Doc, STEP, WIDTH};
use super::tokens::Token;
use crate::syntax::{Node, SyntaxKind};

/// Lines of one kind with columns: of the same key they are aligned.
type Key = (SyntaxKind, bool);

/// Where lines stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the file itself: items of different kinds stand apart.
    File,
    Block,
    /// In braces that are a part of a sentence: columns stand as near as words.
    Variant,
}

/// A line, or a block with the lines that it holds.
#[derive(Debug)]
struct Row<'t> {
    node: Node<'t>,
    key: Key,
    doc: Doc<'t>,
    /// If it stands on one line.
    cells: Option<Cells>,
    is_block: bool,
}

impl<'t> Builder<'t> {
    /// The whole file.
    pub(super) fn file(&self, root: Node<'t>) -> Doc<'t> {
        Doc::Concat(self.rows(&parts_of(root), self.tokens.end(), 0, Place::File))
    }

    /// Braces with lines in between, and what stands before them.
    fn block(&self, node: Node<'t>, indent: usize) -> Doc<'t> {
        let mut all = parts_of(node);
        // The ports of a component.
        if let Some(last) = all.last().copied().filter(|last| is_bare_block(*last)) {
            all.pop();
            all.extend(parts_of(last));
        }
        let brace = all.iter().rposition(|part| part.kind() == SyntaxKind::LBrace).unwrap_or(all.len());
        let (head, body) = all.split_at(brace);
        let mut docs = Vec::new();
        if let Some(open) = body.first() {
            docs.push(Doc::Indent(vec![Doc::Fill(self.sequence(node, head, indent))]));
            if !head.is_empty() {
                docs.push(self.before(*open, Doc::Brace));
            }
            docs.push(self.braces(body, indent, Place::Block));
        }
        Doc::Concat(docs)
    }

    fn braces(&self, parts: &[Node<'t>], indent: usize, place: Place) -> Doc<'t> {
        let [_, lines @ .., close] = parts else { return Doc::Concat(Vec::new()) };
        Doc::Block(self.rows(lines, self.tokens.first(*close), indent + STEP, place))
    }

    /// What a variant changes: on one line, if it is one thing.
    pub(super) fn variant(&self, parts: &[Node<'t>], indent: usize) -> Doc<'t> {
        let long = self.braces(parts, indent, Place::Variant);
        let [_, lines @ .., close] = parts else { return long };
        let has_comments = |node: &Node<'t>| !self.tokens.first(*node).comments.is_empty();
        if has_comments(close) || lines.iter().any(has_comments) {
            return long;
        }
        let short = match lines {
            [] => Some("{}".to_owned()),
            [only] => self.row(*only, indent, Place::Variant).cells.map(|cells| format!("{{ {} }}", cells.plain())),
            _ => None,
        };
        match short {
            Some(text) => Doc::Choice(Box::new((Doc::Text(text.into()), long))),
            None => long,
        }
    }

    fn row(&self, node: Node<'t>, indent: usize, place: Place) -> Row<'t> {
        let inner = unwrapped(node);
        let has_colon = inner.kind() == SyntaxKind::MadeColumn && inner.child(SyntaxKind::Colon).is_some();
        let kind = if inner.kind() == SyntaxKind::Output { SyntaxKind::Input } else { inner.kind() };
        let is_block = has_block(inner);
        let doc = if is_block { self.block(inner, indent) } else { Doc::Indent(vec![self.node(inner, indent)]) };
        let spaces = if place == Place::Variant { 1 } else { 2 };
        let cells = Cells::of(&doc, spaces).filter(|cells| !is_block && indent + cells.width() <= WIDTH);
        Row { node, key: (kind, has_colon), doc, cells, is_block }
    }

    /// Lines with all that stands between them; `end` is what follows the last.
    fn rows(&self, nodes: &[Node<'t>], end: &Token<'t>, indent: usize, place: Place) -> Vec<Doc<'t>> {
        let rows: Vec<Row<'t>> = nodes.iter().map(|node| self.row(*node, indent, place)).collect();
        let mut texts = self.aligned(&rows, indent).into_iter();
        let mut docs = Vec::new();
        let mut before: Option<Key> = None;
        for row in rows {
            let token = self.tokens.first(row.node);
            let is_new =
                place == Place::File && before.is_some_and(|before| stand_apart(before, &row)) && !token.is_apart();
            between(token, is_new, &mut docs);
            docs.push(Doc::Hard);
            docs.push(match texts.next().flatten() {
                Some(text) => Doc::Text(text.into()),
                None => row.doc,
            });
            before = Some(row.key);
        }
        between(end, false, &mut docs);
        // Nothing follows an empty line that was kept for a line to come.
        while matches!(docs.last(), Some(Doc::Blank)) {
            docs.pop();
        }
        docs
    }

    /// The texts of lines that stand on one line each.
    fn aligned(&self, rows: &[Row<'t>], indent: usize) -> Vec<Option<String>> {
        let mut texts = Vec::with_capacity(rows.len());
        let mut at = 0;
        while let Some(first) = rows.get(at) {
            let rest = rows.get(at..).unwrap_or_default();
            let mut is_first = true;
            let run: Vec<&Cells> = rest
                .iter()
                .take_while(|row| {
                    let is_apart = !std::mem::take(&mut is_first) && self.tokens.first(row.node).is_apart();
                    row.key == first.key && !is_apart
                })
                .map_while(|row| row.cells.as_ref())
                .collect();
            if run.is_empty() {
                texts.push(None);
                at += 1;
                continue;
            }
            at += run.len();
            texts.extend(align(&run, indent, first.key.0 == SyntaxKind::Dim).into_iter().map(Some));
        }
        texts
    }
}

/// The comments before a line and the empty lines that are kept.
fn between<'t>(token: &Token<'t>, is_new: bool, docs: &mut Vec<Doc<'t>>) {
    let mut is_new = is_new;
    for comment in &token.comments {
        let can_be_apart = comment.own_line && !docs.is_empty();
        if can_be_apart && (comment.blank_before || std::mem::take(&mut is_new)) {
            docs.push(Doc::Blank);
        }
        docs.push(Doc::Comment { text: comment.text, own_line: comment.own_line });
    }
    if !docs.is_empty() && (token.blank_before || is_new) {
        docs.push(Doc::Blank);
    }
}

/// Whether an empty line comes between two items: they are of different kinds, or blocks that are more than a few
/// lines.
fn stand_apart(before: Key, after: &Row<'_>) -> bool {
    let is_short = matches!(after.key.0, SyntaxKind::Expect | SyntaxKind::Interchange);
    before.0 != after.key.0 || (after.is_block && !is_short)
}

/// What a line holds, without nodes around it that hold nothing else.
fn unwrapped(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    loop {
        let parts = parts_of(node);
        match parts.as_slice() {
            [only] if !only.is_token() => node = *only,
            _ => return node,
        }
    }
}

/// Whether a node ends in braces around lines.
fn has_block(node: Node<'_>) -> bool {
    let parts = parts_of(node);
    match parts.last() {
        Some(last) if last.kind() == SyntaxKind::RBrace => !is_list(node, &parts),
        Some(last) => is_bare_block(*last) && last.kind() != SyntaxKind::VariantBlock,
        None => false,
    }
}

/// Whether a node is braces around lines and nothing else.
fn is_bare_block(node: Node<'_>) -> bool {
    let parts = parts_of(node);
    let ends = [parts.first(), parts.last()].map(|end| end.map(|end| end.kind()));
    ends == [Some(SyntaxKind::LBrace), Some(SyntaxKind::RBrace)] && !is_list(node, &parts)
}

/// Whether the braces of a node are around a list, not around lines.
fn is_list(node: Node<'_>, parts: &[Node<'_>]) -> bool {
    use SyntaxKind::{LBrace, PortGroup, TokenSet, Vocabulary};
    let inner = parts.iter().skip_while(|part| part.kind() != LBrace).skip(1);
    let inner: Vec<_> = inner.take(parts.len()).collect();
    matches!(node.kind(), Vocabulary | TokenSet | PortGroup)
        || (inner.len() > 1 && inner.iter().all(|part| part.is_token()))
}
