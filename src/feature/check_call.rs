//! Calls: which arguments each function takes and what it gives.

use super::check::Checker;
use super::functions::{Entry, FUNCTION_NAMES, Function, elsewhere, function};
use super::typed::{Kind, RealFunction, Reduction, Scan, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::types as messages;
use crate::diagnostics::nearest;
use crate::source::Span;
use crate::syntax::ast::{Arithmetic, Comparison, Expr, ExprKind, Ident};

impl Checker<'_> {
    pub fn call(&mut self, name: &Ident, arguments: &[Expr], span: Span) -> Option<Typed> {
        if name.text.is_empty() {
            return None;
        }
        let Some(entry) = function(&name.text) else {
            return self.unknown_function(name);
        };
        if entry.only_in_behaviours() && self.purpose == super::Purpose::Feature {
            return self.fail(messages::only_in_behaviours(name.span, entry.name));
        }
        if arguments.len() < entry.least || arguments.len() > entry.most {
            return self.fail(messages::argument_count(span, entry.usage, arguments.len()));
        }
        match (entry.function, arguments) {
            (Function::Reduce(reduction), [value, axis @ ..]) => {
                self.reduce(entry, reduction, value, axis.first(), span)
            }
            (Function::Scan(scan), [value, axis @ ..]) => self.scan(entry, scan, value, axis.first(), span),
            (Function::Softmax { log }, [value, axis @ ..]) => self.softmax(entry, log, value, axis.first(), span),
            (Function::Shift, [value, by, fill, axis @ ..]) => self.shift(entry, value, by, fill, axis.first(), span),
            (Function::Length, [value]) => self.length(entry, value, span),
            (Function::Position, [dim]) => self.position(entry, dim, span),
            (Function::Absolute, [value]) => {
                let value = self.expr(value)?;
                let value = self.number(value)?;
                let ty = value.ty.clone();
                Some(Typed::new(Kind::Absolute(Box::new(value)), ty, span))
            }
            (Function::Real(function), [value]) => self.real_function(function, value, span),
            (Function::ToInt, [value]) => self.int_call(value, span),
            (Function::ToReal, [value]) => self.real_call(value, span),
            (Function::Ratio, [numerator, denominator]) => self.ratio(numerator, denominator, span),
            (Function::BinaryCrossEntropy, [logit, label]) => self.binary_cross_entropy(logit, label, span),
            (Function::CrossEntropy, [logits, label, axis @ ..]) => {
                self.cross_entropy(entry, logits, label, axis.first(), span)
            }
            (Function::Accuracy, [logits, label, axis @ ..]) => self.accuracy(entry, logits, label, axis.first(), span),
            (Function::LogitDifference, [logits, a, b, axis @ ..]) => {
                self.logit_difference(entry, logits, (a, b), axis.first(), span)
            }
            _ => self.fail(messages::argument_count(span, entry.usage, arguments.len())),
        }
    }

    fn unknown_function(&mut self, name: &Ident) -> Option<Typed> {
        let scope = self.scope;
        let named = name.text.as_str();
        let is_value =
            scope.features.contains_key(named) || scope.values.contains_key(named) || scope.outputs.contains_key(named);
        let finding = if is_value {
            messages::not_a_function(name.span, named)
        } else {
            let near = elsewhere(named).map_or_else(|| nearest(named, FUNCTION_NAMES), |known| vec![known]);
            messages::unknown_function(name.span, named, &near)
        };
        self.fail(finding)
    }

    /// The axis a call works along: the one it names, or the only one of the value.
    fn call_axis(&mut self, entry: &Entry, value: &Typed, named: Option<&Expr>, span: Span) -> Option<usize> {
        match named {
            None => self.axis(value, None, entry.name, span),
            Some(Expr { kind: ExprKind::Name(name), span }) => self.axis(value, Some(name), entry.name, *span),
            Some(Expr { kind: ExprKind::Error, .. }) => None,
            Some(other) => self.fail(messages::not_an_axis(other.span, entry.usage)),
        }
    }

    fn reduce(
        &mut self,
        entry: &Entry,
        reduction: Reduction,
        value: &Expr,
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let value = self.expr(value)?;
        let value = match reduction {
            Reduction::All | Reduction::Any | Reduction::Count => self.of_scalar(value, Scalar::Bool, "a bool")?,
            _ => self.number(value)?,
        };
        let axis = self.call_axis(entry, &value, axis, span)?;
        let value = if reduction == Reduction::Mean { value.converted(Scalar::Real) } else { value };
        let scalar = match reduction {
            Reduction::All | Reduction::Any => Scalar::Bool,
            Reduction::Count | Reduction::ArgMax | Reduction::ArgMin => Scalar::Int,
            _ => value.ty.scalar,
        };
        let mut dims = value.ty.dims.clone();
        dims.remove(axis);
        let kind = Kind::Reduce { reduction, axis, value: Box::new(value) };
        Some(Typed::new(kind, ValueType { scalar, dims }, span))
    }

    fn scan(&mut self, entry: &Entry, scan: Scan, value: &Expr, axis: Option<&Expr>, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        let value = self.number(value)?;
        let axis = self.call_axis(entry, &value, axis, span)?;
        let ty = value.ty.clone();
        Some(Typed::new(Kind::Scan { scan, axis, value: Box::new(value) }, ty, span))
    }

    fn shift(
        &mut self,
        entry: &Entry,
        value: &Expr,
        by: &Expr,
        fill: &Expr,
        axis: Option<&Expr>,
        span: Span,
    ) -> Option<Typed> {
        let by = self.expr(by);
        let pair = self.pair(value, fill);
        let by = by.and_then(|by| by.constant.or_else(|| self.fail(messages::not_constant(by.span, "`by`"))));
        let ((value, fill), by) = (pair?, by?);
        let (value, fill) = self.joined(value, fill, span, "`shift` cannot mix")?;
        let axis = self.call_axis(entry, &value, axis, span)?;
        if !fill.ty.dims.iter().all(|dim| value.ty.dims.contains(dim)) {
            let (left, right) = ((value.span, value.ty.dims.as_slice()), (fill.span, fill.ty.dims.as_slice()));
            return self.fail(messages::axes_do_not_align(span, left, right));
        }
        let (ty, vocabulary) = (value.ty.clone(), value.vocabulary.clone());
        let kind = Kind::Shift { axis, by, value: Box::new(value), fill: Box::new(fill) };
        Some(Typed::new(kind, ty, span).with_vocabulary(vocabulary))
    }

    /// `length(x)` of a value with one axis, or `length(pos)` of an axis.
    fn length(&mut self, entry: &Entry, value: &Expr, span: Span) -> Option<Typed> {
        let dim = match &value.kind {
            ExprKind::Name(name) if self.scope.dims.contains_key(name) && !self.is_value(name) => name.clone(),
            _ => {
                let value = self.expr(value)?;
                let axis = self.axis(&value, None, entry.name, span)?;
                value.ty.dims.get(axis)?.clone()
            }
        };
        let kind = self.size_of(&dim).and_then(|size| i64::try_from(size).ok()).map_or(Kind::Length(dim), Kind::Int);
        Some(Typed::new(kind, ValueType::without_axes(Scalar::Int), span))
    }

    fn is_value(&self, name: &str) -> bool {
        self.scope.features.contains_key(name) || self.scope.values.contains_key(name)
    }

    fn position(&mut self, entry: &Entry, dim: &Expr, span: Span) -> Option<Typed> {
        match &dim.kind {
            ExprKind::Error => None,
            ExprKind::Name(name) if self.scope.dims.contains_key(name) => {
                let ty = ValueType::new(Scalar::Int, &[name]);
                Some(Typed::new(Kind::Position(name.clone()), ty, span))
            }
            ExprKind::Name(name) => {
                let near = nearest(name, self.scope.dims.keys().map(String::as_str));
                self.fail(crate::diagnostics::messages::names::unknown(dim.span, "axis", name, &near))
            }
            _ => self.fail(messages::not_an_axis(dim.span, entry.usage)),
        }
    }

    fn int_call(&mut self, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        match value.ty.scalar {
            Scalar::Bool | Scalar::Int | Scalar::Token | Scalar::Category => {
                Some(Typed { span, ..value.converted(Scalar::Int) })
            }
            _ => self.fail(messages::mismatch(value.span, &value.ty, "a bool, int, token or category")),
        }
    }

    fn real_call(&mut self, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        match value.ty.scalar {
            Scalar::Bool => Some(Typed { span, ..value.converted(Scalar::Int).converted(Scalar::Real) }),
            Scalar::Int | Scalar::Real => Some(Typed { span, ..value.converted(Scalar::Real) }),
            _ => self.fail(messages::mismatch(value.span, &value.ty, "a bool, int or real")),
        }
    }

    fn ratio(&mut self, numerator: &Expr, denominator: &Expr, span: Span) -> Option<Typed> {
        let (numerator, denominator) = (self.expr(numerator), self.expr(denominator));
        let numerator = numerator.and_then(|value| self.of_scalar(value, Scalar::Int, "an int"));
        let denominator = denominator.and_then(|value| self.of_scalar(value, Scalar::Int, "an int"));
        let (numerator, denominator) = (numerator?, denominator?);
        let dims = self.align(&numerator, &denominator, span)?;
        let kind = Kind::Ratio { numerator: Box::new(numerator), denominator: Box::new(denominator) };
        Some(Typed::new(kind, ValueType { scalar: Scalar::Ratio, dims }, span))
    }

    fn real_value(&mut self, value: &Expr) -> Option<Typed> {
        let value = self.expr(value)?;
        Some(self.number(value)?.converted(Scalar::Real))
    }

    fn real_function(&mut self, function: RealFunction, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.real_value(value)?;
        let ty = value.ty.clone();
        Some(Typed::new(Kind::Real1 { function, value: Box::new(value) }, ty, span))
    }

    fn softmax(&mut self, entry: &Entry, log: bool, value: &Expr, axis: Option<&Expr>, span: Span) -> Option<Typed> {
        let value = self.real_value(value)?;
        let axis = self.call_axis(entry, &value, axis, span)?;
        let log_softmax = log_softmax(value, axis, span);
        if log {
            return Some(log_softmax);
        }
        let ty = log_softmax.ty.clone();
        Some(Typed::new(Kind::Real1 { function: RealFunction::Exp, value: Box::new(log_softmax) }, ty, span))
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
    fn cross_entropy(
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
        let picked = self.pick(log_softmax(logits, axis, span), axis, label, span)?;
        // Subtracted from 0 instead of negated, so that no loss is -0.
        let zero = Typed::new(Kind::Real(0.0), ValueType::without_axes(Scalar::Real), span);
        Some(subtract(zero, picked, span))
    }

    /// `real(argmax(logits) == label)`
    fn accuracy(
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
    fn logit_difference(
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

    fn binary_cross_entropy(&mut self, logit: &Expr, label: &Expr, span: Span) -> Option<Typed> {
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
