//! The tokens of a tree with the comments before each.

use crate::syntax::{Node, SyntaxKind, Tree};

/// A token that is neither space nor comment.
#[derive(Debug)]
pub(super) struct Token<'t> {
    start: usize,
    /// In the order of the text, since the token before.
    pub(super) comments: Vec<Comment<'t>>,
    /// An empty line lies between the token, and the comment or token before it.
    pub(super) blank_before: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Comment<'t> {
    /// Without the space at its end.
    pub(super) text: &'t str,
    /// It does not stand behind something else on its line.
    pub(super) own_line: bool,
    pub(super) blank_before: bool,
}

/// All tokens in the order of the text; the last has no width and stands at the end.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    list: Vec<Token<'t>>,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(tree: &'t Tree) -> Tokens<'t> {
        let mut list = Vec::new();
        let mut comments = Vec::new();
        let mut line_ends = 0;
        let mut is_start = true;
        for node in tree.tokens() {
            match node.kind() {
                SyntaxKind::Whitespace => line_ends += node.text().matches('\n').count(),
                kind if kind.is_trivia() && !node.range().is_empty() => {
                    let own_line = line_ends > 0 || is_start;
                    comments.push(Comment { text: trimmed(node), own_line, blank_before: line_ends > 1 });
                    line_ends = 0;
                    is_start = false;
                }
                _ if node.range().is_empty() => {}
                _ => {
                    let comments = std::mem::take(&mut comments);
                    list.push(Token { start: node.range().start, comments, blank_before: line_ends > 1 });
                    line_ends = 0;
                    is_start = false;
                }
            }
        }
        list.push(Token { start: tree.root().range().end, comments, blank_before: false });
        Tokens { list }
    }

    /// The token that a node begins with; the end, if it has none.
    pub(super) fn first(&self, node: Node<'_>) -> &Token<'t> {
        let start = node.first_token().map_or(usize::MAX, |token| token.range().start);
        let at = self.list.partition_point(|token| token.start < start);
        self.list.get(at).unwrap_or_else(|| self.end())
    }

    /// The end of the text.
    pub(super) fn end(&self) -> &Token<'t> {
        self.list.last().expect("the end is always there")
    }
}

impl Token<'_> {
    /// Whether an empty line lies anywhere between the token before and this one.
    pub(super) fn is_apart(&self) -> bool {
        self.blank_before || self.comments.iter().any(|comment| comment.blank_before)
    }
}

/// The text of a comment as it is kept.
pub(super) fn trimmed(comment: Node<'_>) -> &str {
    comment.text().trim_end_matches([' ', '\t', '\r'])
}
