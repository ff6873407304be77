//! Functions of logits: losses, accuracies and distances, which only behaviours use.

use super::check::Checker;
use super::functions::Entry;
use super::typed::{Divergence, Kind, RealFunction, Reduction, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::{names, types as messages};
use crate::diagnostics::{Place, nearest};
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Comparison, Expr, ExprKind};

impl Checker<'_> {
    pub fn softmax(
        &mut self,
        entry: &Entry,
        log: bool,
        value: &Expr,
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let value = self.real_value(value)?;
        let axis = self.call_axis(entry, &value, axis, span)?;
        let log_softmax = log_softmax(value, axis, span);
        if log {
            return Some(log_softmax);
        }
        let ty = log_softmax.ty.clone();
        Some(Typed::new(Kind::Real1 { function: RealFunction::Exp, value: Box::new(log_softmax) }, ty, span))
    }

    /// Two arguments that both have a wrong type are one mistake where they fit the other way round.
    fn exchanged(&mut self, first: &Expr, second: &Expr) {
        let (ExprKind::Name(one), ExprKind::Name(other)) = (&first.kind, &second.kind) else { return };
        self.sink.pop();
        let all = Span { end: second.span.end, ..first.span };
        if let Some(finding) = self.sink.pop() {
            self.sink.push(finding.unsafe_fix("the other way round", all, format!("{other}, {one}")));
        }
    }

    /// A label or class number, as an int.
    fn class_number(&mut self, label: &Expr) -> Option<Typed> {
        let label = self.expr(label)?;
        match label.ty.scalar {
            Scalar::Int | Scalar::Token | Scalar::Category => Some(label.converted(Scalar::Int)),
            _ => self.fail(messages::mismatch(label.span, &label.ty, "a category, token or int")),
        }
    }

    /// The axis of the classes: the named one, or the only one of the logits that the label lacks.
    fn class_axis(
        &mut self,
        entry: &Entry,
        logits: &Typed,
        label: &Typed,
        named: Option<&Expr>,
        span: Span,
    ) -> Option<usize> {
        if named.is_some() || logits.ty.dims.len() == 1 {
            return self.call_axis(entry, logits, named, span);
        }
        let dims = logits.ty.dims.iter().enumerate();
        let mut free = dims.filter(|(_, dim)| !label.ty.dims.contains(dim)).map(|(axis, _)| axis);
        match (free.next(), free.next()) {
            (Some(axis), None) => Some(axis),
            _ => self.fail(messages::axis_unclear(span, entry.name, None, &logits.ty)),
        }
    }

    /// `-log_softmax(logits)[label]`
    pub fn cross_entropy(
        &mut self,
        entry: &Entry,
        logits: &Expr,
        label: &Expr,
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let (values, first) = (label, logits);
        let (logits, label) = (self.real_value(logits), self.class_number(label));
        if let ((None, None), [.., one, _]) = ((&logits, &label), self.sink.as_slice())
            && one.primary.place == Place::Source(first.span)
        {
            self.exchanged(first, values);
        }
        let (logits, label) = (logits?, label?);
        let axis = self.class_axis(entry, &logits, &label, axis, span)?;
        let picked = self.pick(log_softmax(logits, axis, span), axis, label, span)?;
        // Subtracted from 0 instead of negated, so that no loss is -0.
        let zero = Typed::new(Kind::Real(0.0), ValueType::without_axes(Scalar::Real), span);
        Some(subtract(zero, picked, span))
    }

    /// `real(argmax(logits) == label)`
    pub fn accuracy(
        &mut self,
        entry: &Entry,
        logits: &Expr,
        label: &Expr,
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let (logits, label) = (self.real_value(logits), self.class_number(label));
        let (logits, label) = (logits?, label?);
        let axis = self.class_axis(entry, &logits, &label, axis, span)?;
        let mut dims = logits.ty.dims.clone();
        dims.remove(axis);
        let kind = Kind::Reduce { reduction: Reduction::ArgMax, axis, value: Box::new(logits) };
        let best = Typed::new(kind, ValueType { scalar: Scalar::Int, dims }, span);
        let dims = self.align(&best, &label, span)?;
        let kind = Kind::Compare { comparison: Comparison::Equal, left: Box::new(best), right: Box::new(label) };
        let hit = Typed::new(kind, ValueType { scalar: Scalar::Bool, dims }, span);
        Some(hit.converted(Scalar::Int).converted(Scalar::Real))
    }

    /// `logits[a] - logits[b]`
    pub fn logit_difference(
        &mut self,
        entry: &Entry,
        logits: &Expr,
        (a, b): (&Expr, &Expr),
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let (logits, a, b) = (self.real_value(logits), self.class_number(a), self.class_number(b));
        let (logits, a, b) = (logits?, a?, b?);
        let axis = self.class_axis(entry, &logits, &a, axis, span)?;
        let (left, right) = (self.pick(logits.clone(), axis, a, span), self.pick(logits, axis, b, span));
        let (left, right) = (left?, right?);
        self.align(&left, &right, span)?;
        Some(subtract(left, right, span))
    }

    pub fn binary_cross_entropy(&mut self, logit: &Expr, label: &Expr, span: Span) -> Option<Typed> {
        let (logit, label) = (self.real_value(logit), self.expr(label));
        let (logit, label) = (logit?, label?);
        if !matches!(label.ty.scalar, Scalar::Bool | Scalar::Category | Scalar::Int) {
            return self.fail(messages::mismatch(label.span, &label.ty, "a bool or category"));
        }
        let label = label.converted(Scalar::Int);
        let dims = self.align(&logit, &label, span)?;
        let kind = Kind::BinaryCrossEntropy { logit: Box::new(logit), label: Box::new(label) };
        Some(Typed::new(kind, ValueType { scalar: Scalar::Real, dims }, span))
    }

    /// Of two logits with the same axis of classes; the other axes of one are among those of the other.
    pub fn divergence(
        &mut self,
        entry: &Entry,
        divergence: Divergence,
        (left, right): (&Expr, &Expr),
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let (left, right) = (self.real_value(left), self.real_value(right));
        let (left, right) = (left?, right?);
        let of_left = self.call_axis(entry, &left, axis, span)?;
        let dim = left.ty.dims.get(of_left)?.clone();
        let Some(of_right) = right.ty.dims.iter().position(|other| *other == dim) else {
            let place = right.span;
            return self.fail(messages::axis_unclear(place, entry.name, Some(&dim), &right.ty));
        };
        let without = |value: &Typed, axis: usize| {
            let mut dims = value.ty.dims.clone();
            dims.remove(axis);
            dims
        };
        let (of_rest, of_other) = (without(&left, of_left), without(&right, of_right));
        let dims = self.align_dims((left.span, &of_rest), (right.span, &of_other), span)?;
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = Kind::Divergence { divergence, axes: (of_left, of_right), left, right };
        Some(Typed::new(kind, ValueType { scalar: Scalar::Real, dims }, span))
    }

    /// `clean(logits)`: an output by name.
    pub fn clean(&mut self, entry: &Entry, output: &Expr, span: Span) -> Option<Typed> {
        let name = match &output.kind {
            ExprKind::Error => return None,
            ExprKind::Name(name) if name.is_empty() => return None,
            ExprKind::Name(name) => name,
            _ => return self.fail(messages::not_an_output(output.span, entry.usage)),
        };
        match self.scope.outputs.get(name) {
            Some(named) => Some(Typed::new(Kind::Clean(name.clone()), named.as_ref()?.ty.clone(), span)),
            None if self.is_value(name) => self.fail(messages::not_an_output(output.span, entry.usage)),
            None => {
                let near = nearest(name, self.scope.outputs.keys().map(String::as_str));
                self.fail(names::unknown(output.span, "output", name, &near))
            }
        }
    }
}

fn log_softmax(value: Typed, axis: usize, span: Span) -> Typed {
    let ty = value.ty.clone();
    Typed::new(Kind::LogSoftmax { axis, value: Box::new(value) }, ty, span)
}

/// The difference of two reals whose axes align.
fn subtract(left: Typed, right: Typed, span: Span) -> Typed {
    let longer = if left.ty.dims.len() >= right.ty.dims.len() { &left } else { &right };
    let ty = longer.ty.clone();
    let kind = Kind::Arithmetic { operator: Arithmetic::Subtract, left: Box::new(left), right: Box::new(right) };
    Typed::new(kind, ty, span)
}
