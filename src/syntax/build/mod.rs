//! The tree to abstract syntax. Holes (absent names, strings, expressions) have been reported by
//! `recover`; they become empty names, empty strings and `ExprKind::Error`.

mod expr;
mod hypothesis;
mod literal;
mod model;

use super::SyntaxKind::*;
use super::ast;
use super::findings::Findings;
use super::tree::{Node, Tree};
use super::words;
use crate::diagnostics::messages::syntax as messages;
use crate::source::{FileId, Span};
pub(super) use expr::meant_operator;

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
        for (node, docs) in documented(root) {
            if words::misspelled(node).is_some_and(|word| word.is_misfit()) {
                continue;
            }
            match node.kind() {
                Model => file.models.push(self.model(node, docs)),
                Data => file.data.push(self.data(node, docs)),
                ValueLine => self.value_line(node, docs, &mut file),
                Hypothesis => file.hypotheses.push(self.hypothesis(node, docs)),
                Expect => file.expects.push(self.expect(node, docs)),
                _ => {}
            }
        }
        file
    }

    fn value_line(&mut self, line: Node, docs: String, file: &mut ast::File) {
        for node in line.children() {
            let is_behaviour = match node.kind() {
                Feature => false,
                Behaviour => true,
                MisspelledValue => match words::misspelled(node) {
                    Some(word) if word.is_misfit() => continue,
                    Some(word) => word.near == Some("behaviour"),
                    None => false,
                },
                _ => continue,
            };
            let name = self.declared_name(node);
            let ty = node.child(ValueType).map(|node| self.value_type(node));
            let (expr, span) = (self.expr_in(node), self.span(node));
            if is_behaviour {
                file.behaviours.push(ast::Behaviour { docs, name, parameters: None, ty, mask: None, expr, span });
            } else {
                file.features.push(ast::Feature { docs, name, parameters: None, ty, expr, span });
            }
            return;
        }
    }

    fn data(&mut self, node: Node, docs: String) -> ast::Data {
        let mut names = names(node);
        let name = self.ident_or_hole(names.next(), node);
        let model = node.child(KwFor).map(|word| self.name_after(node, word));
        let (format, path) = self.source(node);
        if format.text == "onnx" {
            self.findings.push(messages::unknown_format(format.span, "npz", &format.text));
        }
        let columns = node.children_of(Column).map(|column| self.column(column)).collect();
        ast::Data { docs, name, model, format, path, columns, span: self.span(node) }
    }

    fn column(&mut self, node: Node) -> ast::Column {
        let name = node.child(ReservedColumn).or_else(|| names(node).next());
        ast::Column {
            name: self.ident_or_hole(name, node),
            key: string_child(node).map(|string| self.text(string)),
            ty: node.child(ValueType).map(|ty| self.value_type(ty)),
            span: self.span(node),
        }
    }

    /// The format and the path of `npz("path")`.
    fn source(&mut self, owner: Node) -> (ast::Ident, ast::Text) {
        let Some(source) = owner.child(Source) else { return (self.hole(owner), self.text_hole(owner)) };
        let path = source.child(BarePath).and_then(string_child).or_else(|| string_child(source));
        let path = match path {
            Some(path) => self.text(path),
            None => self.text_hole(source),
        };
        (self.ident_or_hole(names(source).next(), source), path)
    }

    /// The name that a declaration gives, which might be a keyword or absent.
    fn declared_name(&mut self, node: Node) -> ast::Ident {
        let is_name = |child: &Node| matches!(child.kind(), Ident | ForeignIdent | ReservedName | MissingName);
        let name = node.children().find(is_name).filter(|name| name.kind() != MissingName);
        self.ident_or_hole(name, node)
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
