//! Arrows: their ends, and the conditions on their paths.

use super::claim::{Arrow, End, NodeIx, Part, PathKind};
use super::claims::Stating;
use super::region;
use crate::diagnostics::messages::{claims as messages, names, structure};
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;

impl Stating<'_, '_> {
    pub fn arrows(&mut self) {
        for arrow in &self.item.body.arrows {
            let from = self.source(&arrow.from.node.name, arrow);
            let to = self.target(&arrow.to.node.name);
            let found = match (from, to) {
                (Some(from), Some(to)) => self.arrow(arrow, from, to),
                _ => None,
            };
            let Some((found, exceptions)) = found else {
                let ends = [from, to.and_then(End::node)];
                self.stated.in_doubt.extend(ends.into_iter().flatten());
                continue;
            };
            if let Some(first) = self.stated.claims.arrows.iter().position(|other| *other == found) {
                let first = self.stated.spans.arrows[first];
                let ends = (&arrow.from.node.name.text, &arrow.to.node.name.text);
                self.sink.push(structure::arrow_twice(arrow.span, ends.0, ends.1, first));
                continue;
            }
            self.stated.claims.arrows.push(found);
            self.stated.spans.arrows.push(arrow.span);
            self.stated.spans.exceptions.push(exceptions);
        }
    }

    fn arrow(&mut self, written: &ast::Arrow, from: NodeIx, to: End) -> Option<(Arrow, Vec<Span>)> {
        let source = self.parts_of(from, &written.from.parts);
        let target = match to {
            _ if written.to.parts.is_empty() => Some(Vec::new()),
            End::Node(node) => self.parts_of(node, &written.to.parts),
            End::Root => {
                let place = written.to.parts.first().map_or(written.span, |part| part.dim.span);
                self.fail(messages::behaviour_has_no_parts(place, &self.item.behaviour.text))
            }
        };
        let gates = self.gates(to, &written.ports);
        let except = self.exceptions(&written.except);
        let terms = match &written.terms {
            Some(condition) if gates.is_some() => Some(self.terms(written, to, condition)?),
            _ => None,
        };
        let (except, exceptions) = except?.into_iter().unzip();
        let paths = if written.all_paths { PathKind::All } else { PathKind::Direct };
        let arrow = Arrow { from, source: source?, to, target: target?, paths, gates: gates?, except, terms };
        Some((arrow, exceptions))
    }

    /// A node's parts, cut further. Of several parts those that lie outside fall away, unless all do.
    fn parts_of(&mut self, node: NodeIx, cuts: &[ast::At]) -> Option<Vec<Part>> {
        let parts = self.stated.claims.node(node).parts.clone();
        if cuts.is_empty() {
            return Some(parts);
        }
        let mut found = Vec::new();
        let mut findings: Vec<Diagnostic> = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            let component = self.component(node, at)?;
            let shape = self.context.model.shape(part.tensor);
            let mut own = Vec::new();
            match region::cut(cuts, &component.dims, &shape, part.region, &BTreeMap::new(), &mut own) {
                Some(region) => found.push(Part { tensor: part.tensor, region }),
                None if findings.is_empty() => findings = own,
                None => {}
            }
        }
        if found.is_empty() {
            self.sink.append(&mut findings);
            return None;
        }
        Some(found)
    }

    fn gates(&mut self, to: End, ports: &[ast::Ident]) -> Option<Vec<Part>> {
        let Some(first) = ports.first() else { return Some(Vec::new()) };
        match to {
            End::Root => self.fail(messages::behaviour_has_no_ports(first.span, &self.item.behaviour.text)),
            End::Node(node) => self.ports_of(node, ports),
        }
    }

    fn exceptions(&mut self, regions: &[ast::Region]) -> Option<Vec<(Part, Span)>> {
        let mut found = Vec::new();
        let mut complete = true;
        for written in regions {
            let before = self.sink.len();
            let Some(bound) = region::resolve(written, self.context.model, self.sink) else {
                if self.by_name.contains_key(&written.component.text) {
                    let said =
                        self.sink.drain(before..).map(|found| names::node_as_component(found, &written.component.text));
                    let said: Vec<Diagnostic> = said.collect();
                    self.sink.extend(said);
                }
                complete = false;
                continue;
            };
            let cuts = self.member(&bound).is_some_and(|component| component.cuts);
            if !cuts {
                self.sink.push(messages::exception_is_a_site(written.span, &written.component.text));
                complete = false;
            }
            found.extend(self.part(&bound).map(|part| (part, written.span)));
        }
        complete.then_some(found)
    }

    fn source(&mut self, name: &ast::Ident, arrow: &ast::Arrow) -> Option<NodeIx> {
        if let Some(node) = self.by_name.get(&name.text) {
            return *node;
        }
        if self.context.behaviours.contains(&name.text.as_str()) {
            return self.fail(structure::arrow_from_root(
                name.span,
                &name.text,
                (arrow.span, &arrow.to.node.name.text),
            ));
        }
        self.unknown(name);
        None
    }

    fn target(&mut self, name: &ast::Ident) -> Option<End> {
        let text = name.text.as_str();
        if let Some(node) = self.by_name.get(text) {
            return node.map(End::Node);
        }
        let root = &self.item.behaviour;
        if text == root.text {
            return Some(End::Root);
        }
        if self.context.behaviours.contains(&text) {
            return self.fail(structure::not_the_root(name.span, text, &root.text, root.span));
        }
        self.unknown(name);
        None
    }

    /// A node that is not there. Similar ones might be meant, so that they are in doubt.
    pub fn unknown(&mut self, name: &ast::Ident) {
        if name.text.is_empty() {
            return;
        }
        let root = self.item.behaviour.text.as_str();
        let known = self.by_name.keys().map(String::as_str).chain([root]);
        let mut near = nearest(&name.text, known);
        // Arrows end at the behaviour, which reads the outputs.
        if self.context.model.outputs.iter().any(|output| output.name == name.text) {
            near = vec![root];
        }
        let meant = near.iter().filter_map(|near| self.by_name.get(*near).copied().flatten());
        self.stated.in_doubt.extend(meant);
        let mut finding = names::unknown(name.span, "node", &name.text, &near);
        let member = format!("{}(", name.text);
        if let Some(one) = self.by_name.keys().find(|known| known.starts_with(&member)) {
            finding = finding.help(format!("it is a family: one of its nodes is `{one}`"));
        }
        let family = name.text.split('(').next().unwrap_or(&name.text);
        if self.context.model.families.contains_key(family) {
            finding = names::component_as_node(finding, &name.text);
        }
        self.sink.push(finding);
    }
}
