//! Indexing: one element or a range along an axis.

use super::check::Checker;
use super::typed::{Kind, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::types as messages;
use crate::source::Span;
use crate::syntax::ast::{Expr, Ident, Part, Range};

impl Checker<'_> {
    pub fn index(&mut self, base: &Expr, dim: Option<&Ident>, part: &Part, span: Span) -> Option<Typed> {
        let value = self.expr(base);
        match part {
            Part::One(index) => {
                let index = self.expr(index);
                let index = index.and_then(|index| self.of_scalar(index, Scalar::Int, "an int"));
                let (value, index) = (value?, index?);
                let axis = self.indexed_axis(&value, dim, span)?;
                self.pick(value, axis, index, span)
            }
            Part::Many(range) => {
                let bounds = self.bounds(range);
                let (value, (start, end)) = (value?, bounds?);
                let axis = self.indexed_axis(&value, dim, span)?;
                self.slice(value, axis, (start, end), range.span, span)
            }
        }
    }

    fn indexed_axis(&mut self, value: &Typed, dim: Option<&Ident>, span: Span) -> Option<usize> {
        let named = dim.map(|dim| dim.text.as_str());
        let place = dim.map_or(span, |dim| dim.span);
        self.axis(value, named, "an index", place)
    }

    /// The axis that a function works along: the named one, or the only one.
    pub fn axis(&mut self, value: &Typed, named: Option<&str>, function: &str, place: Span) -> Option<usize> {
        let axis = match named {
            Some(name) => Checker::axis_named(&value.ty, name),
            None => (value.ty.dims.len() == 1).then_some(0),
        };
        match axis {
            Some(axis) => Some(axis),
            None => self.fail(messages::axis_unclear(place, function, named, &value.ty)),
        }
    }

    /// One element along an axis; `index` is an int that can have axes of its own.
    pub fn pick(&mut self, value: Typed, axis: usize, index: Typed, span: Span) -> Option<Typed> {
        let mut rest = value.ty.dims.clone();
        let dim = rest.remove(axis);
        if let Some(constant) = index.constant {
            self.within(constant, &dim, index.span)?;
        }
        let dims = self.align_dims((value.span, &rest), (index.span, &index.ty.dims), span)?;
        let (scalar, vocabulary) = (value.ty.scalar, value.vocabulary.clone());
        let kind = Kind::Pick { axis, value: Box::new(value), index: Box::new(index) };
        Some(Typed::new(kind, ValueType { scalar, dims }, span).with_vocabulary(vocabulary))
    }

    fn within(&mut self, index: i64, dim: &str, span: Span) -> Option<()> {
        let size = self.size_of(dim);
        let inside = usize::try_from(index).is_ok_and(|index| size.is_none_or(|size| index < size));
        if inside { Some(()) } else { self.fail(messages::index_out_of_range(span, index, dim, size)) }
    }

    fn bounds(&mut self, range: &Range) -> Option<(i64, i64)> {
        let (start, end) = (self.expr(&range.start), self.expr(&range.end));
        let mut constant = |value: Option<Typed>| {
            let value = value?;
            let constant = value.constant;
            constant.or_else(|| self.fail(messages::not_constant(value.span, "a bound of a range")))
        };
        let (start, end) = (constant(start), constant(end));
        Some((start?, end?))
    }

    fn slice(&mut self, value: Typed, axis: usize, (start, end): (i64, i64), range: Span, span: Span) -> Option<Typed> {
        if start >= end {
            return self.fail(messages::empty_range(range, start, end));
        }
        let mut dims = value.ty.dims.clone();
        let dim = dims.get_mut(axis)?;
        self.within(start, dim, range)?;
        self.within(end - 1, dim, range)?;
        *dim = format!("{dim}[{start}..{end}]");
        let (scalar, vocabulary) = (value.ty.scalar, value.vocabulary.clone());
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        let kind = Kind::Slice { axis, start, end, value: Box::new(value) };
        Some(Typed::new(kind, ValueType { scalar, dims }, span).with_vocabulary(vocabulary))
    }
}
