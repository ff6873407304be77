//! Calls: which arguments each function takes and what it gives.

use super::check::Checker;
use super::functions::{Entry, FUNCTION_NAMES, Function, elsewhere, function};
use super::typed::{Kind, RealFunction, Reduction, Scan, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::types as messages;
use crate::diagnostics::nearest;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident};

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
            (Function::Divergence(divergence), [left, right, axis @ ..]) => {
                self.divergence(entry, divergence, (left, right), axis.first(), span)
            }
            (Function::Clean, [output]) => self.clean(entry, output, span),
            (Function::Spread, [value, like]) => self.spread(value, like, span),
            (Function::Rename, [value, to]) => self.rename(entry, value, None, to, span),
            (Function::Rename, [value, from, to]) => self.rename(entry, value, Some(from), to, span),
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
    pub fn call_axis(&mut self, entry: &Entry, value: &Typed, named: Option<&Expr>, span: Span) -> Option<usize> {
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

    pub fn is_value(&self, name: &str) -> bool {
        self.scope.features.contains_key(name) || self.scope.values.contains_key(name)
    }

    fn position(&mut self, entry: &Entry, dim: &Expr, span: Span) -> Option<Typed> {
        match &dim.kind {
            ExprKind::Error => None,
            ExprKind::Name(name) if self.scope.dims.contains_key(name) => {
                let ty = ValueType::new(Scalar::Int, &[name]);
                let kind = Kind::Position { dim: name.clone(), size: self.size_of(name) };
                Some(Typed::new(kind, ty, span))
            }
            ExprKind::Name(name) => {
                let near = nearest(name, self.scope.dims.keys().map(String::as_str));
                self.fail(crate::diagnostics::messages::names::unknown(dim.span, "axis", name, &near))
            }
            _ => self.fail(messages::not_an_axis(dim.span, entry.usage)),
        }
    }

    /// A value with one of its axes under another name: that of an axis of the same size, or one that
    /// is used for nothing else.
    fn rename(&mut self, entry: &Entry, value: &Expr, from: Option<&Expr>, to: &Expr, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        let axis = self.call_axis(entry, &value, from, span)?;
        let ExprKind::Name(name) = &to.kind else {
            return if to.kind == ExprKind::Error {
                None
            } else {
                self.fail(messages::not_an_axis(to.span, entry.usage))
            };
        };
        let mut ty = value.ty.clone();
        let dim = ty.dims.get(axis)?.clone();
        if name.is_empty() {
            return None;
        }
        if dim != *name && ty.dims.contains(name) {
            return self.fail(messages::renamed_to_twice(to.span, name, &value.ty));
        }
        let sizes = (self.size_of(&dim), self.size_of(name));
        if let (Some(own), Some(other)) = sizes
            && own != other
        {
            return self.fail(messages::renamed_sizes(to.span, (&dim, own), (name, other)));
        }
        ty.dims[axis].clone_from(name);
        let vocabulary = value.vocabulary.clone();
        let kind = Kind::Rename { axis, value: Box::new(value) };
        Some(Typed::new(kind, ty, span).with_vocabulary(vocabulary))
    }

    /// A value that is the same along the axes of another that it lacks.
    fn spread(&mut self, value: &Expr, like: &Expr, span: Span) -> Option<Typed> {
        let (value, like) = (self.expr(value), self.expr(like));
        let (value, like) = (value?, like?);
        let mut ty = value.ty.clone();
        ty.dims.extend(like.ty.dims.iter().filter(|dim| !value.ty.dims.contains(dim)).cloned());
        let vocabulary = value.vocabulary.clone();
        let kind = Kind::Spread { value: Box::new(value), like: Box::new(like) };
        Some(Typed::new(kind, ty, span).with_vocabulary(vocabulary))
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

    pub fn real_value(&mut self, value: &Expr) -> Option<Typed> {
        let value = self.expr(value)?;
        Some(self.number(value)?.converted(Scalar::Real))
    }

    fn real_function(&mut self, function: RealFunction, value: &Expr, span: Span) -> Option<Typed> {
        let value = self.real_value(value)?;
        let ty = value.ty.clone();
        Some(Typed::new(Kind::Real1 { function, value: Box::new(value) }, ty, span))
    }
}
