//! Behaviours: one number for each example, or one for each element of it that counts.

use super::check::check_expr;
use super::declarations::{as_declared, declared_type};
use super::eval::FeatureValues;
use super::scope::{Purpose, Scope};
use super::typed::{Kind, Typed, reads, reads_clean};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::types as messages;
use crate::syntax::ast;
use std::collections::BTreeSet;

/// A behaviour. Over a dataset it is the sum of all its elements that count, over their number.
#[derive(Debug, Clone)]
pub struct Measured {
    /// A real number, with axes where there is one for each position. 0 where the mask is false:
    /// what does not count is not computed either, so that it can neither fail nor be infinite.
    pub value: Typed,
    /// Which elements count: a bool with axes among those of the value; all of them if absent.
    pub mask: Option<Typed>,
}

impl Measured {
    /// The columns and outputs that it reads.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<String> {
        reads(&self.value)
    }

    /// Whether it reads outputs of the untouched model on the reference.
    #[must_use]
    pub fn reads_clean(&self) -> bool {
        reads_clean(&self.value)
    }
}

/// Checks a behaviour. Without a declared type it must be one real number for each example.
pub fn check_behaviour(behaviour: &ast::Behaviour, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Measured> {
    let declared = declared_type(behaviour.ty.as_ref(), scope, sink);
    let mask = behaviour.mask.as_ref().map(|mask| check_mask(mask, scope, sink));
    let value = check_expr(&behaviour.expr, scope, Purpose::Behaviour, sink)?;
    let declared = declared?;
    let value = match &declared {
        Some((declared, place)) => as_declared(value, declared, *place, sink)?,
        None => value,
    };
    if value.ty.scalar != Scalar::Real || (declared.is_none() && !value.ty.dims.is_empty()) {
        sink.push(messages::behaviour_not_a_number(behaviour.expr.span, &value.ty));
        return None;
    }
    let Some(mask) = mask else { return Some(Measured { value, mask: None }) };
    let mask = mask?;
    if value.ty.dims.is_empty() {
        sink.push(messages::mask_without_axes(mask.span));
        return None;
    }
    if !mask.ty.dims.iter().all(|dim| value.ty.dims.contains(dim)) {
        let (left, right) = ((value.span, value.ty.dims.as_slice()), (mask.span, mask.ty.dims.as_slice()));
        sink.push(messages::axes_do_not_align(mask.span, left, right));
        return None;
    }
    Some(Measured { value: counted(value, mask.clone()), mask: Some(mask) })
}

/// A bool of the datum alone: which elements count must not depend on what the model does.
fn check_mask(mask: &ast::Expr, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    let mut findings = Vec::new();
    let found = check_expr(mask, scope, Purpose::Behaviour, &mut findings);
    let reads_output = found.as_ref().is_some_and(|found| reads(found).iter().any(|name| scope.reads_output(name)));
    if reads_output {
        sink.push(messages::mask_reads_output(mask.span));
        return None;
    }
    let found = check_expr(mask, scope, Purpose::Feature, sink)?;
    if found.ty.scalar != Scalar::Bool {
        sink.push(messages::mismatch(found.span, &found.ty, "a bool"));
        return None;
    }
    Some(found)
}

/// The value where the mask is true, and 0 elsewhere.
fn counted(value: Typed, mask: Typed) -> Typed {
    let (ty, span) = (value.ty.clone(), value.span);
    let zero = Typed::new(Kind::Real(0.0), ValueType::without_axes(Scalar::Real), span);
    let kind = Kind::If { condition: Box::new(mask), then: Box::new(value), otherwise: Box::new(zero) };
    Typed::new(kind, ty, span)
}

/// For each row how many of `width` elements count, by the mask on these rows; all without one.
#[must_use]
pub fn weights(mask: Option<&FeatureValues>, rows: usize, width: usize) -> Vec<f64> {
    let Some(values) = mask else { return vec![width as f64; rows] };
    let own = values.width().max(1);
    // An element of the mask stands for all elements of the value along axes that the mask lacks.
    let each = width as f64 / own as f64;
    values.data.bools().chunks(own).map(|row| each * row.iter().filter(|counts| **counts).count() as f64).collect()
}
