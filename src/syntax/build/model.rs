//! `model` and `map`: dims, inputs, outputs, components, types.

use super::expr::is_expr;
use super::{Builder, documented, names, string_child};
use crate::diagnostics::messages::syntax as messages;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;
use crate::syntax::words;

impl Builder<'_> {
    pub(super) fn model(&mut self, node: Node, docs: String) -> ast::Model {
        let name = self.declared_name(node);
        let (format, path) = self.source(node);
        if !matches!(format.text.as_str(), "" | "onnx") {
            self.findings.push(messages::unknown_format(format.span, "onnx", &format.text));
        }
        let map = node.child(MapUse).map(|used| self.map_use(used));
        ast::Model { docs, name, path, map, body: self.model_body(node), span: self.span(node) }
    }

    pub(super) fn map(&mut self, node: Node, docs: String) -> ast::Map {
        let name = self.declared_name(node);
        let list = node.child(MapParameters).into_iter().flat_map(|list| list.children_of(MapParameter));
        let parameters = list.map(|parameter| {
            let name = self.ident_or_hole(names(parameter).next(), parameter);
            (name, parameter.child(Expr).map(|default| self.top_expr(default)))
        });
        let parameters = parameters.collect();
        ast::Map { docs, name, parameters, body: self.model_body(node), span: self.span(node) }
    }

    fn map_use(&mut self, node: Node) -> ast::MapUse {
        let path = match node.child(LibraryPath) {
            Some(path) => self.idents(path),
            None => vec![self.hole(node)],
        };
        let list = node.child(NamedArguments).into_iter().flat_map(|list| list.children_of(NamedArgument));
        let arguments = list
            .map(|argument| (self.ident_or_hole(names(argument).next(), argument), self.expr_in(argument)))
            .collect();
        ast::MapUse { path, arguments, span: self.span(node) }
    }

    fn model_body(&mut self, node: Node) -> ast::ModelBody {
        let mut body = ast::ModelBody::default();
        for (line, docs) in documented(node).filter(|(line, _)| line.kind() == ModelLine) {
            if let Some(statement) = line.children().next() {
                self.model_statement(statement, docs, &mut body);
            }
        }
        body
    }

    fn model_statement(&mut self, node: Node, docs: String, body: &mut ast::ModelBody) {
        let misspelled = words::misspelled(node);
        if misspelled.is_some_and(|word| word.is_misfit()) {
            return;
        }
        let near = misspelled.and_then(|word| word.near);
        match node.kind() {
            Dim => {
                let name = self.declared_name(node);
                body.dims.push(ast::DimDecl { name, size: self.size(node) });
            }
            Output => body.outputs.push(self.output(node)),
            MisspelledEntry if near == Some("output") => body.outputs.push(self.output(node)),
            Input | MisspelledEntry => body.inputs.push(self.input(node)),
            Component => {
                let cuts = node.child(KwSite).is_none() && near != Some("site");
                body.components.push(self.component(node, cuts, docs));
            }
            _ => {}
        }
    }

    fn input(&mut self, node: Node) -> ast::Input {
        let vocabulary = node.child(Vocabulary);
        ast::Input {
            name: self.declared_name(node),
            tensor: string_child(node).map(|string| self.text(string)),
            ty: self.type_of(node),
            vocabulary: vocabulary.map(|vocabulary| {
                let strings =
                    vocabulary.children().filter(|child| matches!(child.kind(), StringLiteral | UnterminatedString));
                strings.map(|string| self.text(string)).collect()
            }),
            span: self.span(node),
        }
    }

    fn output(&mut self, node: Node) -> ast::Output {
        ast::Output {
            name: self.declared_name(node),
            tensor: string_child(node).map(|string| self.text(string)),
            ty: self.type_of(node),
            span: self.span(node),
        }
    }

    fn type_of(&mut self, owner: Node) -> ast::Type {
        match owner.child(ValueType) {
            Some(node) => self.value_type(node),
            None => ast::Type { scalar: self.hole(owner), dims: Vec::new(), span: self.span(owner) },
        }
    }

    pub(super) fn value_type(&mut self, node: Node) -> ast::Type {
        let scalar = self.ident_or_hole(names(node).next(), node);
        ast::Type { scalar, dims: self.dims_of(node), span: self.span(node) }
    }

    fn dims_of(&mut self, owner: Node) -> Vec<ast::Dim> {
        let entries = owner.child(Dims).into_iter().flat_map(|dims| dims.children_of(DimEntry));
        entries
            .map(|entry| ast::Dim {
                name: names(entry).next().map(|name| self.ident_or_hole(Some(name), entry)),
                size: self.size(entry),
                span: self.span(entry),
            })
            .collect()
    }

    fn component(&mut self, node: Node, cuts: bool, docs: String) -> ast::Component {
        let ports = node.child(PortBlock).into_iter().flat_map(|block| block.children_of(PortLine));
        ast::Component {
            docs,
            cuts,
            name: self.declared_name(node),
            parameters: node.child(Parameters).map_or_else(Vec::new, |list| self.parameters(list)),
            site: self.site(node),
            dims: self.dims_of(node),
            at: self.at(node),
            ports: ports.filter_map(|line| self.port(line.child(Port)?)).collect(),
            span: self.span(node),
        }
    }

    /// The parts that the `at` of a component or port names.
    fn at(&mut self, node: Node) -> Vec<ast::At> {
        let parts = node.child(AtClause).into_iter().flat_map(|clause| clause.children_of(AtPart));
        parts.map(|part| self.at_part(part)).collect()
    }

    fn site(&mut self, node: Node) -> ast::Text {
        match string_child(node) {
            Some(string) => self.text(string),
            None => self.text_hole(node),
        }
    }

    fn port(&mut self, node: Node) -> Option<ast::Port> {
        if words::misspelled(node).is_some_and(|word| word.is_misfit()) {
            return None;
        }
        let (name, site) = (self.declared_name(node), self.site(node));
        Some(ast::Port { name, site, dims: self.dims_of(node), at: self.at(node), span: self.span(node) })
    }

    /// The `l in 0..3` that stand directly in a list or at the head of a `for`.
    pub(super) fn parameters(&mut self, owner: Node) -> Vec<ast::Parameter> {
        owner.children_of(Parameter).map(|parameter| self.parameter(parameter)).collect()
    }

    fn parameter(&mut self, node: Node) -> ast::Parameter {
        let name = self.ident_or_hole(names(node).next(), node);
        let mut ends = node.children().filter(is_expr).map(|end| self.top_expr(end));
        let start = ends.next();
        let end = ends.next();
        drop(ends);
        let start = start.unwrap_or_else(|| self.error_expr(node));
        let end = end.unwrap_or_else(|| self.error_expr(node));
        let span = start.span.to(end.span);
        ast::Parameter { name, range: ast::Range { start, end, span } }
    }

    fn at_part(&mut self, node: Node) -> ast::At {
        ast::At { dim: self.ident_or_hole(names(node).next(), node), part: self.part(node, 0) }
    }
}
