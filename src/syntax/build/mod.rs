//! The tree to abstract syntax. Holes (absent names, strings, expressions) have been reported by
//! `recover`; they become empty names, empty strings and `ExprKind::Error`.

mod challenge;
mod claims;
mod expr;
mod generate;
mod items;
mod literal;
mod model;
mod node;
mod search;
mod statement;

use super::SyntaxKind::*;
use super::ast;
use super::findings::Findings;
use super::tree::{Node, Tree};
use super::words;
use crate::source::{FileId, Span};
pub(super) use expr::meant_operator;
pub(super) use statement::meant_arrow;

/// The abstract syntax of a tree, with findings about what the grammar cannot know.
pub(super) fn build(file: FileId, text: &str, tree: &Tree, findings: &mut Findings) -> ast::File {
    Builder { file, text, findings }.file(tree.root())
}

struct Builder<'f> {
    file: FileId,
    text: &'f str,
    findings: &'f mut Findings,
}

impl Builder<'_> {
    fn file(&mut self, root: Node) -> ast::File {
        let mut file = ast::File::default();
        let misplaced = root.descendants().filter(|node| node.kind() == MisplacedItem);
        for (node, docs) in documented(root).chain(misplaced.flat_map(documented)) {
            if words::misspelled(node).is_some_and(|word| word.is_misfit()) {
                continue;
            }
            match node.kind() {
                Model => file.models.push(self.model(node, docs)),
                Map => file.maps.push(self.map(node, docs)),
                Data => file.data.push(self.data(node, docs)),
                Generated => file.data.push(self.generated(node, docs)),
                ItemLine => self.item_line(node, docs, &mut file),
                Hypothesis => file.hypotheses.push(self.hypothesis(node, docs)),
                Interchange => file.interchanges.push(self.interchange(node, docs)),
                Challenge => file.challenges.push(self.challenge(node, docs)),
                Expect => file.expects.push(self.expect(node, docs)),
                Calibrate => file.calibrations.push(self.calibrate(node, docs)),
                Search => file.searches.push(self.search(node, docs)),
                ItemFamily => file.families.push(self.item_family(node)),
                _ => {}
            }
        }
        file
    }

    /// The name that a declaration gives, which might be a keyword or absent.
    fn declared_name(&mut self, node: Node) -> ast::Ident {
        let is_name = |child: &Node| matches!(child.kind(), Ident | ForeignIdent | ReservedName | MissingName);
        let name = node.children().find(is_name).filter(|name| name.kind() != MissingName);
        self.ident_or_hole(name, node)
    }

    /// The names that stand directly in a node, each as an identifier.
    fn idents(&mut self, node: Node) -> Vec<ast::Ident> {
        let is_name = |child: &Node| matches!(child.kind(), Ident | ForeignIdent | MissingName);
        let name = |name: Node| match name.kind() {
            MissingName => self.hole(node),
            _ => self.ident_or_hole(Some(name), node),
        };
        node.children().filter(is_name).map(name).collect()
    }

    /// A declared name, with the arguments that stand directly in the same node.
    fn declared_reference(&mut self, node: Node) -> ast::Reference {
        let name = self.declared_name(node);
        self.with_arguments(name, node)
    }

    /// The `NAME(ARGUMENTS)` that stands in a node, or a hole.
    fn reference_in(&mut self, owner: Node) -> ast::Reference {
        match owner.child(Reference) {
            Some(node) => self.named_reference(node),
            None => ast::Reference { name: self.hole(owner), arguments: Vec::new(), span: self.span(owner) },
        }
    }

    fn named_reference(&mut self, node: Node) -> ast::Reference {
        let name = self.ident_or_hole(names(node).next(), node);
        self.with_arguments(name, node)
    }

    fn with_arguments(&mut self, name: ast::Ident, node: Node) -> ast::Reference {
        let list = node.child(Arguments);
        let span = list.map_or(name.span, |list| name.span.to(self.span(list)));
        ast::Reference { name, arguments: list.map_or_else(Vec::new, |list| self.exprs(list, 1)), span }
    }

    /// The name that stands directly after a keyword.
    fn name_after(&mut self, node: Node, word: Node) -> ast::Ident {
        let mut after = node.children().filter(|child| child.range().start >= word.range().end);
        let next = after.find(|child| !child.kind().is_trivia());
        self.ident_or_hole(next.filter(|next| matches!(next.kind(), Ident | ForeignIdent)), node)
    }

    fn ident_or_hole(&mut self, name: Option<Node>, owner: Node) -> ast::Ident {
        name.map_or_else(|| self.hole(owner), |name| ast::Ident { text: name.text().to_owned(), span: self.span(name) })
    }

    /// A name that is absent, and reported as such.
    fn hole(&self, owner: Node) -> ast::Ident {
        ast::Ident { text: String::new(), span: self.span(owner) }
    }

    fn text_hole(&self, owner: Node) -> ast::Text {
        ast::Text { value: String::new(), span: self.span(owner) }
    }

    /// The place of a node, without the space and comments at its ends.
    fn span(&self, node: Node) -> Span {
        Span::new(self.file, node.significant_range())
    }
}

/// The children that are neither space nor comment, each with the item documentation before it.
fn documented<'t>(parent: Node<'t>) -> impl Iterator<Item = (Node<'t>, String)> {
    let mut docs: Vec<&str> = Vec::new();
    parent.children().filter_map(move |node| {
        if node.kind() == Comment {
            let doc = node.child(ItemDoc).map(|doc| doc.text().trim_start_matches('/'));
            docs.extend(doc.map(|doc| doc.strip_prefix(' ').unwrap_or(doc).trim_end()));
            return None;
        }
        (!node.kind().is_trivia()).then(|| (node, std::mem::take(&mut docs).join("\n")))
    })
}

/// The names that stand directly in a node.
fn names<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    node.children().filter(|child| matches!(child.kind(), Ident | ForeignIdent | ReservedName))
}

/// The string that stands directly in a node.
fn string_child(node: Node<'_>) -> Option<Node<'_>> {
    node.children().find(|child| matches!(child.kind(), StringLiteral | UnterminatedString))
}
