//! Nodes: their regions, and what they compute.

use super::claim::{Computes, DataIx, Node, NodeIx, Part};
use super::claims::Stating;
use super::model::Component;
use super::region;
use crate::diagnostics::messages::{claims as messages, structure};
use crate::elaborate::integer as constant;
use crate::feature::{Typed, check_claim};
use crate::model::Region;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind};

/// A region of a node: its component by place in the model map, and the box.
type Bound = (usize, Region);

impl<'a> Stating<'a, '_> {
    pub fn node(&mut self, node: &ast::Node) -> Option<NodeIx> {
        let regions = self.regions(node);
        let claim = match &node.computes {
            ast::Computes::Feature(expr) => Some(check_claim(expr, self.context.scope, self.sink)),
            _ => None,
        };
        let data = node.from.as_ref().map(|name| self.dataset(name));
        let regions = regions?;
        let (computes, place) = self.computes(node, claim, &regions)?;
        let data = match data {
            Some(data) => self.other_data(node, data?, &computes)?,
            None => DataIx::default(),
        };
        let estimate = match &node.estimate {
            Some(estimate) => Some(self.estimate(node, estimate, &regions)?),
            None => None,
        };
        let index = NodeIx(self.stated.claims.nodes.len());
        let parts: Vec<Part> = regions.iter().filter_map(|bound| self.part(bound)).collect();
        let unclaimed = self.stated.claims.unclaimed;
        let name = node.name.name.text.clone();
        self.stated.claims.nodes.push(Node { name, parts, computes, data, unclaimed, ports: Vec::new(), estimate });
        self.stated.components.push(regions.into_iter().map(|(at, _)| at).collect());
        self.stated.spans.nodes.push((node.name.span, place));
        Some(index)
    }

    pub fn member(&self, bound: &Bound) -> Option<&'a Component> {
        self.context.model.components.get(bound.0)
    }

    pub fn part(&self, (at, region): &Bound) -> Option<Part> {
        let component = self.context.model.components.get(*at)?;
        Some(Part { tensor: component.tensor, region: region.clone() })
    }

    /// All regions of a node; they may not share elements.
    fn regions(&mut self, node: &ast::Node) -> Option<Vec<Bound>> {
        let resolve = |written| region::resolve(written, self.context.model, self.sink);
        let found: Vec<Option<Bound>> = node.regions.iter().map(resolve).collect();
        let found: Vec<Bound> = found.into_iter().collect::<Option<_>>()?;
        for (at, one) in found.iter().enumerate() {
            let (Some(part), Some(written)) = (self.part(one), node.regions.get(at)) else { continue };
            for (other, first) in found.iter().zip(&node.regions).take(at) {
                let shares = self
                    .part(other)
                    .is_some_and(|other| other.tensor == part.tensor && other.region.overlaps(&part.region));
                if shares {
                    let name = &node.name.name.text;
                    return self.fail(messages::parts_overlap(written.span, name, first.span));
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }

    fn computes(
        &mut self,
        node: &ast::Node,
        claim: Option<Option<Vec<Typed>>>,
        regions: &[Bound],
    ) -> Option<(Computes, Span)> {
        match (&node.computes, claim) {
            (ast::Computes::Exact(span), _) => Some((Computes::Exact, *span)),
            (ast::Computes::Any(span), _) => Some((Computes::Any, *span)),
            (ast::Computes::Zero(span), _) => {
                self.floats(node, regions, "zero")?;
                Some((Computes::Constant(0.0), *span))
            }
            (ast::Computes::Constant(expr, span), _) => {
                let value = self.number(expr)?;
                self.floats(node, regions, "constant")?;
                Some((Computes::Constant(value), *span))
            }
            (ast::Computes::Mean { over, span }, _) => {
                self.floats(node, regions, "mean")?;
                Some((self.mean(over.as_ref(), regions)?, *span))
            }
            (ast::Computes::Feature(expr), claim) => {
                let computes = self.claimed(claim??, expr.span, regions, node)?;
                Some((computes, expr.span))
            }
        }
    }

    /// A claim without axes holds for all regions; one with an axis that all of them have holds
    /// for each of their elements along it.
    fn claimed(&mut self, parts: Vec<Typed>, span: Span, regions: &[Bound], node: &ast::Node) -> Option<Computes> {
        let mut axes: Vec<String> = parts.iter().flat_map(|part| part.ty.dims.clone()).collect();
        axes.sort();
        axes.dedup();
        if axes.is_empty() {
            return Some(Computes::Feature(self.add_feature(parts, span)));
        }
        let mut found = Vec::new();
        for (bound, written) in regions.iter().zip(&node.regions) {
            let dims = &self.member(bound)?.dims;
            let axis = match axes.as_slice() {
                [only] => dims.iter().skip(1).position(|dim| dim == only).map(|at| at + 1),
                _ => None,
            };
            let Some(axis) = axis else {
                let own: Vec<String> = dims.iter().skip(1).cloned().collect();
                let text = written.component.text.as_str();
                return self.fail(structure::axes_differ(span, &axes, text, &own, written.span));
            };
            found.push(axis);
        }
        self.same_elements(&found, regions, node)?;
        Some(Computes::Elementwise { feature: self.add_feature(parts, span), axes: found })
    }

    /// The regions of a claim for each element have the same elements.
    fn same_elements(&mut self, axes: &[usize], regions: &[Bound], node: &ast::Node) -> Option<()> {
        let mut first = None;
        for ((bound, axis), written) in regions.iter().zip(axes).zip(&node.regions) {
            let size = self.context.model.shape(self.member(bound)?.tensor).get(*axis).copied().unwrap_or(0);
            let range = bound.1.range(*axis, size);
            let (known, place) = *first.get_or_insert((range, written.span));
            if known != range {
                return self.fail(messages::parts_of_other_positions(written.span, range, place, known));
            }
        }
        Some(())
    }

    /// A dataset that another is drawn from must be of use to what is computed.
    fn other_data(&mut self, node: &ast::Node, data: DataIx, computes: &Computes) -> Option<DataIx> {
        let Some(name) = &node.from else { return Some(data) };
        let word = match computes {
            Computes::Exact => "exact",
            Computes::Constant(_) => "constant",
            _ => return Some(data),
        };
        if data == DataIx::default() {
            return Some(data);
        }
        self.fail(messages::nothing_drawn(name.span, &name.text, word))
    }

    /// A number that is known before the run.
    pub fn number(&mut self, expr: &Expr) -> Option<f64> {
        if expr.kind == ExprKind::Error {
            return None;
        }
        match constant::number(expr).filter(|value| (*value as f32).is_finite()) {
            Some(value) => Some(value),
            None => self.fail(messages::not_a_number(expr.span)),
        }
    }

    /// Numbers can only take the place of real activations.
    fn floats(&mut self, node: &ast::Node, regions: &[Bound], word: &str) -> Option<()> {
        for (bound, written) in regions.iter().zip(&node.regions) {
            let component = self.member(bound)?;
            if !self.context.model.is_float(component.tensor) {
                let model = self.context.model;
                let real = |found: &&Component| found.cuts && model.is_float(found.tensor);
                let behind = model.components.iter().find(real).map(Component::label);
                let (label, own) = (model.label(component.tensor), component.label());
                return self.fail(messages::ablates_integers(
                    written.component.span,
                    word,
                    &own,
                    &label,
                    behind.as_deref(),
                ));
            }
        }
        Some(())
    }

    /// `mean`, `mean over FEATURE`, `mean over DIM`, `mean over (FEATURE, DIM)`.
    fn mean(&mut self, over: Option<&Expr>, regions: &[Bound]) -> Option<Computes> {
        let Some(over) = over else {
            return Some(Computes::Mean { over: None, along: vec![None; regions.len()] });
        };
        let parts = match &over.kind {
            ExprKind::Tuple(parts) => parts.as_slice(),
            _ => std::slice::from_ref(over),
        };
        let (dims, features): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(|part| self.is_dim(part));
        if let [_, second, ..] = dims.as_slice() {
            return self.fail(messages::mean_over_two_dims(second.span));
        }
        let mut along = vec![None; regions.len()];
        if let Some(Expr { kind: ExprKind::Name(name), span }) = dims.first() {
            for (bound, place) in regions.iter().zip(&mut along) {
                let component = self.member(bound)?;
                *place = component.dims.iter().skip(1).position(|dim| dim == name).map(|at| at + 1);
                if place.is_none() {
                    let own = component.dims.get(1..).unwrap_or_default();
                    return self.fail(messages::mean_over_absent_dim(*span, name, &component.label(), own));
                }
            }
        }
        let over = if features.is_empty() { None } else { Some(self.groups(&features, over.span)?) };
        Some(Computes::Mean { over, along })
    }

    /// A name of a dim that no feature or column hides.
    pub fn is_dim(&self, expr: &Expr) -> bool {
        let scope = self.context.scope;
        matches!(&expr.kind, ExprKind::Name(name)
            if scope.dims.contains_key(name) && !scope.features.contains_key(name) && !scope.values.contains_key(name))
    }

    /// A feature without axes that sorts rows into groups.
    pub fn groups(&mut self, parts: &[&Expr], span: Span) -> Option<super::claim::FeatureIx> {
        let mut found = Vec::new();
        for part in parts {
            found.extend(check_claim(part, self.context.scope, self.sink)?);
        }
        if let Some(part) = found.iter().find(|part| !part.ty.dims.is_empty()) {
            return self.fail(messages::group_with_axes(part.span, &part.ty.dims));
        }
        Some(self.add_feature(found, span))
    }
}
