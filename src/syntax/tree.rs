//! The lossless tree: every byte of the text is in exactly one token, comments and skipped text
//! included. Stored flat, in the order of the text, so that depth costs no stack.

use super::kind::SyntaxKind;
use std::fmt::Write as _;
use std::ops::Range;

/// The tree of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    text: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    kind: SyntaxKind,
    start: u32,
    end: u32,
    /// The entry after all that lies in this one.
    next: u32,
}

/// A place in the tree: a node with children, or a token without.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    index: usize,
}

impl Tree {
    /// A tree of one token, for a text that was not parsed.
    #[must_use]
    pub fn unparsed(text: &str) -> Tree {
        let mut builder = TreeBuilder::new(text);
        builder.open(SyntaxKind::File, 0);
        builder.open(SyntaxKind::ErrorTopLine, 0);
        builder.close(text.len());
        builder.close(text.len());
        builder.finish()
    }

    /// The node of the whole file.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// The text again, put together from the tokens.
    #[must_use]
    pub fn text(&self) -> String {
        self.tokens().map(Node::text).collect()
    }

    /// The tokens in the order of the text, those without width included.
    pub fn tokens(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.entries.len()).map(|index| Node { tree: self, index }).filter(|node| node.is_token())
    }

    /// The nodes and tokens as indented lines: kind, byte range, and the text of tokens.
    #[must_use]
    pub fn dump(&self) -> String {
        let mut out = String::new();
        let mut open: Vec<u32> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            while open.last().is_some_and(|next| *next as usize <= index) {
                open.pop();
            }
            let node = Node { tree: self, index };
            if entry.kind != SyntaxKind::Whitespace {
                let _ =
                    write!(out, "{:width$}{:?} {}..{}", "", entry.kind, entry.start, entry.end, width = 2 * open.len());
                let _ = if node.is_token() { writeln!(out, " {:?}", node.text()) } else { writeln!(out) };
            }
            open.push(entry.next);
        }
        out
    }
}

impl<'t> Node<'t> {
    fn entry(self) -> Entry {
        const NOTHING: Entry = Entry { kind: SyntaxKind::File, start: 0, end: 0, next: 1 };
        self.tree.entries.get(self.index).copied().unwrap_or(NOTHING)
    }

    #[must_use]
    pub fn kind(self) -> SyntaxKind {
        self.entry().kind
    }

    /// The byte range of this node in the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.entry().start as usize..self.entry().end as usize
    }

    /// The source text of this node.
    #[must_use]
    pub fn text(self) -> &'t str {
        self.tree.text.get(self.range()).unwrap_or("")
    }

    /// Whether nothing lies below this node.
    #[must_use]
    pub fn is_token(self) -> bool {
        self.entry().next as usize <= self.index + 1
    }

    /// What lies directly below, in the order of the text, space and comments included.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> {
        let end = self.entry().next as usize;
        let first = Some(self.index + 1).filter(|index| *index < end);
        std::iter::successors(first, move |index| {
            let next = Node { tree: self.tree, index: *index }.entry().next as usize;
            Some(next).filter(|next| *next < end)
        })
        .map(move |index| Node { tree: self.tree, index })
    }

    /// All that lies below, in the order of the text; each node stands before what it holds.
    pub fn descendants(self) -> impl Iterator<Item = Node<'t>> {
        (self.index + 1..self.entry().next as usize).map(move |index| Node { tree: self.tree, index })
    }

    /// The first child of this kind.
    #[must_use]
    pub fn child(self, kind: SyntaxKind) -> Option<Node<'t>> {
        self.children().find(|node| node.kind() == kind)
    }

    /// All children of this kind.
    pub fn children_of(self, kind: SyntaxKind) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |node| node.kind() == kind)
    }

    /// The first token below that has width and is neither space nor comment.
    #[must_use]
    pub fn first_token(self) -> Option<Node<'t>> {
        let is_word = |node: &Node| node.is_token() && !node.kind().is_trivia() && !node.range().is_empty();
        std::iter::once(self).chain(self.descendants()).find(is_word)
    }

    /// The byte range from the first to the last token that is neither space nor comment.
    #[must_use]
    pub fn significant_range(self) -> Range<usize> {
        let mut tokens = std::iter::once(self)
            .chain(self.descendants())
            .filter(|node| node.is_token() && !node.kind().is_trivia() && !node.range().is_empty());
        let Some(first) = tokens.next() else { return self.range().start..self.range().start };
        let end = tokens.last().unwrap_or(first).range().end;
        first.range().start..end
    }
}

/// Builds a tree from openings and closings in the order of the text; fills the gaps with tokens.
#[derive(Debug)]
pub(super) struct TreeBuilder {
    text: String,
    at: usize,
    entries: Vec<Entry>,
    open: Vec<usize>,
}

impl TreeBuilder {
    pub(super) fn new(text: &str) -> Self {
        TreeBuilder { text: text.to_owned(), at: 0, entries: Vec::new(), open: Vec::new() }
    }

    pub(super) fn open(&mut self, kind: SyntaxKind, at: usize) {
        if !self.open.is_empty() {
            self.fill_to(at);
        }
        self.open.push(self.entries.len());
        self.push(kind, at, at);
    }

    pub(super) fn close(&mut self, at: usize) {
        let Some(index) = self.open.pop() else { return };
        if index + 1 < self.entries.len() || self.open.is_empty() {
            self.fill_to(at);
        }
        self.at = self.at.max(at);
        let next = offset(self.entries.len());
        if let Some(entry) = self.entries.get_mut(index) {
            entry.end = offset(at);
            entry.next = next;
        }
    }

    pub(super) fn finish(self) -> Tree {
        Tree { text: self.text, entries: self.entries }
    }

    fn push(&mut self, kind: SyntaxKind, start: usize, end: usize) {
        let next = offset(self.entries.len() + 1);
        self.entries.push(Entry { kind, start: offset(start), end: offset(end), next });
    }

    /// Tokens for the text up to `to`, of which the grammar told nothing: space and other text apart.
    fn fill_to(&mut self, to: usize) {
        let is_space = |character: char| character.is_whitespace() || character == '\u{feff}';
        while self.at < to {
            let rest = self.text.get(self.at..to).unwrap_or("");
            let space = rest.starts_with(is_space);
            let length = rest.find(|character| is_space(character) != space).unwrap_or(rest.len());
            let (start, end) = (self.at, if length == 0 { to } else { self.at + length });
            self.at = end;
            self.push(if space { SyntaxKind::Whitespace } else { SyntaxKind::Other }, start, end);
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_become_tokens_and_nothing_is_lost() {
        let mut builder = TreeBuilder::new("  a (b ");
        builder.open(SyntaxKind::File, 0);
        builder.open(SyntaxKind::Region, 2);
        builder.open(SyntaxKind::Ident, 2);
        builder.close(3);
        builder.open(SyntaxKind::Ident, 5);
        builder.close(6);
        builder.close(6);
        builder.close(7);
        let tree = builder.finish();
        assert_eq!(tree.text(), "  a (b ");
        let kinds: Vec<_> = tree.root().descendants().map(Node::kind).collect();
        use SyntaxKind::{Ident, Other, Region, Whitespace};
        assert_eq!(kinds, [Whitespace, Region, Ident, Whitespace, Other, Ident, Whitespace]);
        assert_eq!(tree.root().children().count(), 3);
        assert_eq!(tree.root().significant_range(), 2..6);
    }
}
