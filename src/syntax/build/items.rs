//! Declarations without claims: `use`, `constant`, `table`, `data`, `feature`, `behaviour`.

use super::{Builder, names, string_child};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    /// A declaration without a block of its own.
    pub(super) fn item_line(&mut self, line: Node, docs: String, file: &mut ast::File) {
        for node in line.children() {
            let misspelled = words::misspelled(node);
            if misspelled.is_some_and(|word| word.is_misfit()) {
                continue;
            }
            let near = misspelled.and_then(|word| word.near);
            match node.kind() {
                Use => file.uses.extend(self.used(node)),
                Constant => file.constants.push(self.constant(node, docs)),
                Table => file.tables.push(self.table(node, docs)),
                Behaviour => file.behaviours.push(self.behaviour(node, docs)),
                Feature => file.features.push(self.feature(node, docs)),
                MisspelledValue if near == Some("behaviour") => file.behaviours.push(self.behaviour(node, docs)),
                MisspelledValue if near == Some("constant") => file.constants.push(self.constant(node, docs)),
                MisspelledValue => file.features.push(self.feature(node, docs)),
                _ => continue,
            }
            return;
        }
    }

    fn used(&mut self, node: Node) -> Option<ast::Use> {
        let span = self.span(node);
        let what = if let Some(string) = string_child(node) {
            let text = self.text(string);
            let looks_like_library = text.value.starts_with("std.") && !text.value.contains(['/', '\\']);
            if looks_like_library && !text.value.ends_with(".ansatz") {
                self.findings.push(messages::quoted_library(text.span, &text.value));
                let part = |name: &str| ast::Ident { text: name.to_owned(), span: text.span };
                ast::Used::Library(text.value.split('.').map(part).collect())
            } else {
                ast::Used::File(text)
            }
        } else {
            let path = node.child(LibraryPath)?;
            ast::Used::Library(self.idents(path))
        };
        Some(ast::Use { what, span })
    }

    fn constant(&mut self, node: Node, docs: String) -> ast::Constant {
        ast::Constant { docs, name: self.declared_name(node), value: self.expr_in(node), span: self.span(node) }
    }

    fn table(&mut self, node: Node, docs: String) -> ast::Table {
        let name = self.declared_name(node);
        let (format, path) = self.source(node);
        if !matches!(format.text.as_str(), "" | "npz") {
            self.findings.push(messages::unknown_format(format.span, "npz", &format.text));
        }
        let mut strings = node.child(TableSource).into_iter().flat_map(|source| source.children_of(StringLiteral));
        let key = strings.nth(1).map(|string| self.text(string));
        let ty = node.child(ValueType).map(|ty| self.value_type(ty));
        ast::Table { docs, name, format, path, key, ty, span: self.span(node) }
    }

    fn feature(&mut self, node: Node, docs: String) -> ast::Feature {
        ast::Feature {
            docs,
            name: self.declared_name(node),
            parameters: self.value_parameters(node),
            ty: node.child(ValueType).map(|ty| self.value_type(ty)),
            expr: self.expr_in(node),
            span: self.span(node),
        }
    }

    fn behaviour(&mut self, node: Node, docs: String) -> ast::Behaviour {
        let mask = node.child(WhereClause).and_then(|clause| clause.child(Mask));
        ast::Behaviour {
            docs,
            name: self.declared_name(node),
            parameters: self.value_parameters(node),
            ty: node.child(ValueType).map(|ty| self.value_type(ty)),
            mask: mask.map(|mask| self.top_expr(mask)),
            expr: self.expr_in(node),
            span: self.span(node),
        }
    }

    fn value_parameters(&mut self, node: Node) -> Option<Vec<ast::Ident>> {
        node.child(NameList).map(|list| self.idents(list))
    }

    pub(super) fn data(&mut self, node: Node, docs: String) -> ast::Data {
        let mut names = names(node);
        let name = self.ident_or_hole(names.next(), node);
        let model = node.child(KwFor).map(|word| self.name_after(node, word));
        let (format, path) = self.source(node);
        if format.text == "onnx" {
            self.findings.push(messages::unknown_format(format.span, "npz", &format.text));
        }
        let columns = node.children_of(Column).map(|column| self.column(column)).collect();
        ast::Data { docs, name, model, format, path, columns, generator: None, span: self.span(node) }
    }

    fn column(&mut self, node: Node) -> ast::Column {
        let name = node.child(ReservedColumn).or_else(|| names(node).next());
        ast::Column {
            name: self.ident_or_hole(name, node),
            key: string_child(node).map(|string| self.text(string)),
            ty: node.child(ValueType).or_else(|| node.child(WrongKey)?.child(ValueType)).map(|ty| self.value_type(ty)),
            span: self.span(node),
        }
    }

    /// The format and the path of `npz("path")`.
    pub(super) fn source(&mut self, owner: Node) -> (ast::Ident, ast::Text) {
        let Some(source) = owner.child(Source).or_else(|| owner.child(TableSource)) else {
            return (self.hole(owner), self.text_hole(owner));
        };
        let path = source.child(BarePath).and_then(string_child).or_else(|| string_child(source));
        let path = match path {
            Some(path) => self.text(path),
            None => self.text_hole(source),
        };
        (self.ident_or_hole(names(source).next(), source), path)
    }
}
