//! The trees of both parsers in one form, so that they can be compared.

use super::derive::Grammar;
use ansatz::syntax::{Node, SyntaxKind, Tree};
use std::fmt::Write as _;
use std::ops::Range;
use tree_sitter::{Parser, TreeCursor};

/// What a parser makes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// A line for each node and token that is no comment: depth, kind and byte range, in the order of the text.
    pub nodes: Vec<String>,
    /// Kind and byte range of each comment.
    pub comments: Vec<String>,
}

impl Outline {
    fn node(&mut self, depth: usize, kind: &str, range: &Range<usize>) {
        self.nodes.push(format!("{:width$}{kind} {range:?}", "", width = 2 * depth));
    }

    /// What differs first, in words; none where nothing does.
    pub fn difference(&self, other: &Outline) -> Option<String> {
        let pairs = [(&self.nodes, &other.nodes), (&self.comments, &other.comments)];
        let (ours, theirs) = pairs.into_iter().find(|(ours, theirs)| ours != theirs)?;
        let at = ours.iter().zip(theirs).take_while(|(one, two)| one == two).count();
        let mut out = String::new();
        for line in ours.iter().take(at).skip(at.saturating_sub(4)) {
            let _ = writeln!(out, "  {line}");
        }
        let after = |lines: &[String]| lines.iter().skip(at).take(3).cloned().collect::<Vec<_>>().join("\n  ");
        Some(format!("{out}pest:\n  {}\ntree-sitter:\n  {}", after(ours), after(theirs)))
    }
}

/// The lossless tree. Rules that are hidden in the derived grammar are passed over.
pub fn of_pest(tree: &Tree, text: &str, grammar: &Grammar) -> Outline {
    let mut outline = Outline { nodes: Vec::new(), comments: Vec::new() };
    // The file is all of the text here, and what is written in it there.
    for child in tree.root().children() {
        of_node(child, 1, text, grammar, &mut outline);
    }
    outline
}

fn of_node(node: Node<'_>, depth: usize, text: &str, grammar: &Grammar, outline: &mut Outline) {
    use SyntaxKind::{Comment, EndOfFile, FileDoc, ItemDoc, LineComment, Whitespace};
    let name = node.kind().rule_name();
    let range = node.significant_range();
    match node.kind() {
        Whitespace | EndOfFile => return,
        FileDoc | ItemDoc | LineComment => return outline.comments.push(format!("{name} {:?}", node.range())),
        Comment => {}
        _ if grammar.is_hidden(name) => {}
        _ => {
            let is_word = node.is_token() && grammar.rule(name).is_none();
            let kind = if is_word { text.get(range.clone()).unwrap_or("") } else { name };
            outline.node(depth, kind, &range);
            return node.children().for_each(|child| of_node(child, depth + 1, text, grammar, outline));
        }
    }
    node.children().for_each(|child| of_node(child, depth, text, grammar, outline));
}

/// The tree of tree-sitter. Errors are nodes of the kinds `ERROR` and `MISSING`.
pub fn of_tree_sitter(text: &str) -> Outline {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_ansatz::LANGUAGE.into()).expect("a parser of a version that is known");
    let tree = parser.parse(text, None).expect("a tree of any text");
    let mut outline = Outline { nodes: Vec::new(), comments: Vec::new() };
    let root = tree.root_node();
    if root.is_error() {
        outline.node(0, root.kind(), &root.byte_range());
    }
    let mut cursor = tree.walk();
    if cursor.goto_first_child() {
        below(&mut cursor, 1, &mut outline);
    }
    outline
}

fn below(cursor: &mut TreeCursor<'_>, depth: usize, outline: &mut Outline) {
    loop {
        let node = cursor.node();
        if node.kind().ends_with("_doc") || node.kind() == "line_comment" {
            outline.comments.push(format!("{} {:?}", node.kind(), node.byte_range()));
        } else {
            let kind = if node.is_missing() { "MISSING" } else { node.kind() };
            outline.node(depth, kind, &node.byte_range());
            if cursor.goto_first_child() {
                below(cursor, depth + 1, outline);
                cursor.goto_parent();
            }
        }
        if !cursor.goto_next_sibling() {
            return;
        }
    }
}

/// Whether tree-sitter finds a mistake in the text.
pub fn has_error(text: &str) -> bool {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_ansatz::LANGUAGE.into()).expect("a parser of a version that is known");
    parser.parse(text, None).expect("a tree of any text").root_node().has_error()
}
