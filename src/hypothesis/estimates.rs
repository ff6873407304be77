//! Estimates: an activation split into what an expression says and what is left.

use super::claim::{Estimate, EstimateIx, EstimateKind, Part, Rest};
use super::claims::Stating;
use super::model::Component;
use super::tabulate::{self, Axis};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::{claims as messages, types};
use crate::feature::{Kind, Named, Purpose, Typed, check_claim, check_expr};
use crate::model::Region;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind};
use std::sync::Arc;

type Bound = (usize, Region);

impl Stating<'_, '_> {
    pub fn estimate(&mut self, node: &ast::Node, written: &ast::Estimate, regions: &[Bound]) -> Option<Estimate> {
        let rest = self.rest(&written.rest);
        let ablated =
            matches!(node.computes, ast::Computes::Mean { .. } | ast::Computes::Zero(_) | ast::Computes::Constant(..));
        if ablated {
            return self.fail(messages::estimate_of_an_ablation(written.span));
        }
        let [bound] = regions else {
            let place = node.regions.get(1).map_or(written.span, |region| region.span);
            return self.fail(messages::estimate_of_several(place));
        };
        let component = self.member(bound)?;
        if !self.context.model.is_float(component.tensor) {
            let label = self.context.model.label(component.tensor);
            return self.fail(messages::ablates_integers(written.span, "estimate", &component.label(), &label, None));
        }
        let kind = match &written.kind {
            ast::EstimateKind::Expression(expr) => self.expression(expr, component, &bound.1)?,
            ast::EstimateKind::Changed { port, value } => self.changed(port, value, component)?,
        };
        Some(Estimate { kind, rest: rest? })
    }

    fn rest(&mut self, rest: &ast::Computes) -> Option<Rest> {
        match rest {
            ast::Computes::Any(_) => Some(Rest::Any),
            ast::Computes::Exact(_) => Some(Rest::Exact),
            ast::Computes::Feature(expr) => {
                let parts = check_claim(expr, self.context.scope, self.sink)?;
                if let Some(part) = parts.iter().find(|part| !part.ty.dims.is_empty()) {
                    return self.fail(messages::group_with_axes(part.span, &part.ty.dims));
                }
                Some(Rest::Agree(self.add_feature(parts, expr.span)))
            }
            ast::Computes::Zero(span) | ast::Computes::Constant(_, span) | ast::Computes::Mean { span, .. } => {
                self.fail(messages::rest_is_a_datum(*span))
            }
        }
    }

    fn expression(&mut self, expr: &Expr, component: &Component, region: &Region) -> Option<EstimateKind> {
        let dims = axes_of(component, region, &self.context.model.shape(component.tensor));
        let ty = ValueType { scalar: Scalar::Real, dims };
        let mut scope = self.context.scope.clone();
        scope.outputs.clear();
        scope.values.insert("self".to_owned(), Some(Named::new(ty.clone())));
        let typed = check_expr(expr, &scope, Purpose::Behaviour, self.sink)?;
        let scalar = typed.ty.scalar;
        if !matches!(scalar, Scalar::Real | Scalar::Int) {
            return self.fail(types::mismatch(typed.span, &typed.ty, "a real"));
        }
        if let Some(dim) = typed.ty.dims.iter().find(|dim| !ty.dims.contains(dim)) {
            return self.fail(messages::estimate_axes(typed.span, dim, &component.label(), &ty.dims));
        }
        let typed = shaped(typed.converted(Scalar::Real), ty, expr.span);
        self.stated.estimates.push(typed);
        Some(EstimateKind::Expression(EstimateIx(self.stated.estimates.len() - 1)))
    }

    /// `self with PORT = EXPR`: the numbers of the port's region.
    fn changed(&mut self, port: &ast::Ident, value: &Expr, component: &Component) -> Option<EstimateKind> {
        let Some(found) = component.port(&port.text) else {
            let known: Vec<&str> = component.ports.iter().map(|port| port.name.as_str()).collect();
            return self.fail(messages::unknown_port(port.span, &port.text, &[component.label()], &known));
        };
        let Part { tensor, region } = found.part.clone();
        let shape = self.context.model.shape(tensor);
        let sizes = region.shape(&shape);
        let axes: Vec<Axis> = found.dims.iter().cloned().zip(sizes).skip(1).collect();
        let numbers = match &value.kind {
            ExprKind::Name(name) if name == "identity" && !axes.iter().any(|(axis, _)| axis == name) => {
                self.identity(value.span, &axes, port)?
            }
            _ => self.numbers(value, &axes)?,
        };
        let value = Arc::new(numbers.into_iter().map(|number| number as f32).collect::<Vec<f32>>());
        Some(EstimateKind::Changed { port: Part { tensor, region }, value })
    }

    /// 1 where the last two indices are equal, else 0.
    fn identity(&mut self, span: Span, axes: &[Axis], port: &ast::Ident) -> Option<Vec<f64>> {
        let [before @ .., (_, rows), (_, columns)] = axes else {
            return self.fail(messages::identity_needs_two_axes(span, &port.text));
        };
        let blocks: usize = before.iter().map(|(_, size)| size).product();
        let one = |at: usize| if at / columns == at % columns { 1.0 } else { 0.0 };
        Some((0..blocks).flat_map(|_| (0..rows * columns).map(one)).collect())
    }

    fn numbers(&mut self, value: &Expr, axes: &[Axis]) -> Option<Vec<f64>> {
        let typed = tabulate::check(value, axes, self.context.scope, self.sink)?;
        if !matches!(typed.ty.scalar, Scalar::Real | Scalar::Int | Scalar::Bool) {
            return self.fail(types::mismatch(typed.span, &typed.ty, "a number"));
        }
        match tabulate::tabulate(&typed, axes) {
            Ok(values) if values.iter().all(|value| (*value as f32).is_finite()) => Some(values),
            Ok(_) => self.fail(messages::not_a_number(value.span)),
            Err(finding) => self.fail(*finding),
        }
    }
}

/// The axes of a region as those of `x[dim: part]`: one index takes an axis away, a range names it.
pub fn axes_of(component: &Component, region: &Region, shape: &[usize]) -> Vec<String> {
    let cuts: Vec<(usize, usize, usize)> = region.cuts().collect();
    let named = |(axis, dim): (usize, &String)| match cuts.iter().find(|(cut, _, _)| *cut == axis) {
        None => Some(dim.clone()),
        Some((_, start, end)) if end - start == 1 => None,
        Some((_, start, end)) => Some(format!("{dim}[{start}..{end}]")),
    };
    component.dims.iter().enumerate().skip(1).take(shape.len()).filter_map(named).collect()
}

/// An expression with all axes of a type, in its order: those that it lacks are spread.
fn shaped(typed: Typed, ty: ValueType, span: Span) -> Typed {
    if typed.ty == ty {
        return typed;
    }
    let condition = Typed::new(Kind::Bool(true), ValueType::without_axes(Scalar::Bool), span);
    let otherwise = Typed::new(Kind::Read("self".to_owned()), ty.clone(), span);
    let kind = Kind::If { condition: Box::new(condition), then: Box::new(typed), otherwise: Box::new(otherwise) };
    Typed::new(kind, ty, span)
}
