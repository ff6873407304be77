//! Nodes and arrows as written to a [`Hypothesis`]: regions, features, and the structure of arrows.

use super::claim::{Arrow, Computes, End, FeatureIx, Hypothesis, Node, NodeIx, PathKind, Scheme};
use super::model::BoundModel;
use super::names::Declared;
use super::region;
use crate::diagnostics::messages::{names, structure};
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Scope, Typed, check_claim};
use crate::model::TensorId;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// What a hypothesis is stated about.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub model: &'a BoundModel,
    pub scope: &'a Scope,
    /// The outputs that the behaviour reads.
    pub outputs: &'a [TensorId],
    /// The names of all behaviours of the file.
    pub behaviours: &'a [&'a str],
}

/// Where the parts of a hypothesis stand in the text.
#[derive(Debug, Clone)]
pub struct Spans {
    pub name: Span,
    pub behaviour: Span,
    /// By node: its name, and what it computes.
    pub nodes: Vec<(Span, Span)>,
    /// By arrow.
    pub arrows: Vec<Span>,
}

/// A hypothesis with the features its nodes claim, by [`FeatureIx`].
#[derive(Debug, Clone)]
pub struct Stated {
    pub claims: Hypothesis,
    pub features: Vec<Vec<Typed>>,
    pub spans: Spans,
    /// Nodes of arrows that could not be bound: where they lead is not known.
    pub in_doubt: BTreeSet<NodeIx>,
}

impl Stated {
    /// Whether every node and arrow as written is there.
    #[must_use]
    pub fn is_complete(&self, item: &ast::Hypothesis) -> bool {
        self.claims.nodes.len() == item.body.nodes.len() && self.claims.arrows.len() == item.body.arrows.len()
    }
}

/// Binds a hypothesis. Everything that could be bound is there, whatever was reported.
pub fn state(item: &ast::Hypothesis, context: Context<'_>, sink: &mut Vec<Diagnostic>) -> Stated {
    let mut stating = Stating {
        context,
        sink,
        stated: Stated {
            claims: Hypothesis::new(&item.name.name.text, context.outputs.to_vec(), Scheme::Any),
            features: Vec::new(),
            spans: Spans {
                name: item.name.span,
                behaviour: item.behaviour.span,
                nodes: Vec::new(),
                arrows: Vec::new(),
            },
            in_doubt: BTreeSet::new(),
        },
        by_name: BTreeMap::new(),
    };
    stating.unclaimed(item);
    stating.nodes(item);
    stating.arrows(item);
    stating.stated
}

struct Stating<'a, 'b> {
    context: Context<'a>,
    sink: &'b mut Vec<Diagnostic>,
    stated: Stated,
    /// Nodes by name; `None` for one that was declared but could not be bound.
    by_name: BTreeMap<String, Option<NodeIx>>,
}

impl Stating<'_, '_> {
    fn unclaimed(&mut self, item: &ast::Hypothesis) {
        let mut first: Option<Span> = None;
        for unclaimed in &item.body.unclaimed {
            if let Some(first) = first {
                self.sink.push(structure::unclaimed_twice(unclaimed.span, first));
                continue;
            }
            first = Some(unclaimed.span);
            let ast::Scheme::Named(scheme) = &unclaimed.scheme else { continue };
            self.stated.claims.unclaimed = match scheme.text.as_str() {
                "any" => Scheme::Any,
                "exact" => Scheme::Exact,
                other => {
                    self.sink.push(structure::unknown_scheme(scheme.span, other));
                    Scheme::Any
                }
            };
        }
    }

    fn nodes(&mut self, item: &ast::Hypothesis) {
        let mut declared = Declared::new("node");
        declared.add_silently(&item.behaviour);
        for node in &item.body.nodes {
            if !declared.add(&node.name.name, self.sink) {
                continue;
            }
            let bound = self.node(node);
            self.by_name.insert(node.name.name.text.clone(), bound);
        }
    }

    fn node(&mut self, node: &ast::Node) -> Option<NodeIx> {
        let region = region::resolve(node.regions.first()?, self.context.model, self.sink);
        let claim = match &node.computes {
            ast::Computes::Feature(expr) => Some((check_claim(expr, self.context.scope, self.sink)?, expr.span)),
            _ => None,
        };
        let (component, region) = region?;
        let (computes, place) = match (&node.computes, claim) {
            (ast::Computes::Exact(span), _) => (Computes::Exact, *span),
            (ast::Computes::Any(span), _) => (Computes::Any, *span),
            (_, Some((parts, span))) => (self.feature(parts, span, &component.dims, node)?, span),
            _ => return None,
        };
        let index = NodeIx(self.stated.claims.nodes.len());
        let tensor = component.tensor;
        let mut bound = Node::new(&node.name.name.text, tensor, region, computes);
        bound.unclaimed = self.stated.claims.unclaimed;
        self.stated.claims.nodes.push(bound);
        self.stated.spans.nodes.push((node.name.span, place));
        Some(index)
    }

    /// A claim without axes holds for the whole region; one with an axis of the region holds for
    /// each of its elements.
    fn feature(&mut self, parts: Vec<Typed>, span: Span, dims: &[String], node: &ast::Node) -> Option<Computes> {
        let mut axes: Vec<String> = parts.iter().flat_map(|part| part.ty.dims.clone()).collect();
        axes.sort();
        axes.dedup();
        let feature = FeatureIx(self.stated.features.len());
        let axis = match axes.as_slice() {
            [] => None,
            [only] => dims.iter().skip(1).position(|dim| dim == only).map(|at| at + 1),
            _ => None,
        };
        let computes = match (axes.is_empty(), axis) {
            (true, _) => Computes::Feature(feature),
            (false, Some(axis)) => Computes::Elementwise { feature, axes: vec![axis] },
            (false, None) => {
                let own: Vec<String> = dims.iter().skip(1).cloned().collect();
                let written = node.regions.first()?;
                let text = written.component.text.as_str();
                self.sink.push(structure::axes_differ(span, &axes, text, &own, written.span));
                return None;
            }
        };
        self.stated.features.push(parts);
        Some(computes)
    }

    fn arrows(&mut self, item: &ast::Hypothesis) {
        for arrow in &item.body.arrows {
            let from = self.source(arrow, item);
            let to = self.target(arrow, item);
            let (Some(from), Some(to)) = (from, to) else {
                let ends = [from, to.and_then(End::node)];
                self.stated.in_doubt.extend(ends.into_iter().flatten());
                continue;
            };
            let found = Arrow::new(from, self.stated.claims.node(from), to, PathKind::Direct);
            if let Some(first) = self.stated.claims.arrows.iter().position(|other| *other == found) {
                let first = self.stated.spans.arrows[first];
                self.sink.push(structure::arrow_twice(
                    arrow.span,
                    &arrow.from.node.name.text,
                    &arrow.to.node.name.text,
                    first,
                ));
                continue;
            }
            self.stated.claims.arrows.push(found);
            self.stated.spans.arrows.push(arrow.span);
        }
    }

    fn source(&mut self, arrow: &ast::Arrow, item: &ast::Hypothesis) -> Option<NodeIx> {
        if let Some(node) = self.by_name.get(&arrow.from.node.name.text) {
            return *node;
        }
        if self.context.behaviours.contains(&arrow.from.node.name.text.as_str()) {
            self.sink.push(structure::arrow_from_root(arrow.from.node.span, &arrow.from.node.name.text));
            return None;
        }
        self.unknown(&arrow.from.node.name, &item.behaviour.text);
        None
    }

    fn target(&mut self, arrow: &ast::Arrow, item: &ast::Hypothesis) -> Option<End> {
        let name = arrow.to.node.name.text.as_str();
        if let Some(node) = self.by_name.get(name) {
            return node.map(End::Node);
        }
        if name == item.behaviour.text {
            return Some(End::Root);
        }
        if self.context.behaviours.contains(&name) {
            let root = &item.behaviour;
            self.sink.push(structure::not_the_root(arrow.to.node.span, name, &root.text, root.span));
            return None;
        }
        self.unknown(&arrow.to.node.name, &item.behaviour.text);
        None
    }

    fn unknown(&mut self, name: &ast::Ident, root: &str) {
        let known = self.by_name.keys().map(String::as_str).chain([root]);
        let near = nearest(&name.text, known);
        let meant = near.iter().filter_map(|near| self.by_name.get(*near).copied().flatten());
        self.stated.in_doubt.extend(meant);
        self.sink.push(names::unknown(name.span, "node", &name.text, &near));
    }
}
