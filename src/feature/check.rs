//! Type checking: one pass over the syntax, every mistake reported at its place.

use super::functions::FUNCTION_NAMES;
use super::scope::{Named, Purpose, Scope};
use super::typed::{Kind, Typed};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::{names, types as messages};
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind};
use std::sync::Arc;

/// The deepest nesting of syntax that is checked.
const SYNTAX_DEPTH: u32 = 256;
/// The deepest nesting of a checked expression, through the features that it reads.
const TYPED_DEPTH: u32 = 1_000;

/// Checks an expression. `None` if it has a mistake, which is then in `sink`, or if it uses
/// something that has already been reported.
pub fn check_expr(expr: &Expr, scope: &Scope, purpose: Purpose, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    Checker { scope, purpose, sink, depth: 0 }.expr(expr)
}

/// Checks what a node computes: one discrete value, or a tuple of them to agree on.
pub fn check_claim(expr: &Expr, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Vec<Typed>> {
    let parts = match &expr.kind {
        ExprKind::Tuple(parts) => parts.as_slice(),
        _ => std::slice::from_ref(expr),
    };
    let checked: Vec<Option<Typed>> =
        parts.iter().map(|part| check_expr(part, scope, Purpose::Feature, sink)).collect();
    let mut discrete = true;
    for part in checked.iter().flatten().filter(|part| !part.ty.scalar.is_discrete()) {
        sink.push(messages::not_discrete(part.span, &part.ty));
        discrete = false;
    }
    checked.into_iter().collect::<Option<Vec<Typed>>>().filter(|_| discrete)
}

pub(super) struct Checker<'a> {
    pub scope: &'a Scope,
    pub purpose: Purpose,
    pub sink: &'a mut Vec<Diagnostic>,
    depth: u32,
}

impl Checker<'_> {
    /// Reports a mistake and gives `None`.
    pub fn fail<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.sink.push(finding);
        None
    }

    pub fn expr(&mut self, expr: &Expr) -> Option<Typed> {
        if self.depth >= SYNTAX_DEPTH {
            return self.fail(messages::too_deep(expr.span, SYNTAX_DEPTH));
        }
        self.depth += 1;
        let typed = self.expr_of_kind(expr);
        self.depth -= 1;
        match typed {
            Some(typed) if typed.depth > TYPED_DEPTH => self.fail(messages::too_deep(expr.span, TYPED_DEPTH)),
            typed => typed,
        }
    }

    fn expr_of_kind(&mut self, expr: &Expr) -> Option<Typed> {
        let span = expr.span;
        let constant = |kind, scalar| Some(Typed::new(kind, ValueType::without_axes(scalar), span));
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Int(value) => constant(Kind::Int(*value), Scalar::Int),
            ExprKind::Real(value) => constant(Kind::Real(*value), Scalar::Real),
            ExprKind::Bool(value) => constant(Kind::Bool(*value), Scalar::Bool),
            ExprKind::Text(_) => self.fail(messages::stray_text(span)),
            ExprKind::Tuple(parts) => {
                for part in parts {
                    self.expr(part);
                }
                self.fail(messages::stray_tuple(span))
            }
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Call { function, arguments } => self.call(function, arguments, span),
            ExprKind::Index { base, dim, part } => self.index(base, dim.as_ref(), part, span),
            ExprKind::Negate(value) => self.negate(value, span),
            ExprKind::Not(value) => self.not(value, span),
            ExprKind::Arithmetic { operator, left, right } => self.arithmetic(*operator, left, right, span),
            ExprKind::Compare { comparison, left, right } => self.compare(*comparison, left, right, span),
            ExprKind::Logic { operator, left, right } => self.logic(*operator, left, right, span),
            ExprKind::If { condition, then, otherwise } => self.choose(condition, then, otherwise, span),
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        if name.is_empty() {
            return None;
        }
        if let Some(feature) = self.scope.features.get(name) {
            let body = feature.as_ref()?;
            let (ty, vocabulary) = (body.ty.clone(), body.vocabulary.clone());
            let kind = Kind::Feature { name: name.to_string(), body: Arc::clone(body) };
            return Some(Typed::new(kind, ty, span).with_vocabulary(vocabulary));
        }
        let read = |named: &Named, kind| {
            Some(Typed::new(kind, named.ty.clone(), span).with_vocabulary(named.vocabulary.clone()))
        };
        if let Some(value) = self.scope.values.get(name) {
            return read(value.as_ref()?, Kind::Read(name.to_string()));
        }
        if let Some(table) = self.scope.tables.get(name) {
            let table = table.as_ref()?;
            return Some(Typed::new(Kind::Table(Arc::clone(table)), table.ty.clone(), span));
        }
        match (self.scope.outputs.get(name), self.purpose) {
            (Some(output), Purpose::Behaviour) => read(output.as_ref()?, Kind::Output(name.to_string())),
            (Some(_), Purpose::Feature) => self.fail(messages::output_in_feature(span, name)),
            (None, _) => self.unknown(name, span),
        }
    }

    fn unknown(&mut self, name: &str, span: Span) -> Option<Typed> {
        let scope = self.scope;
        let known = scope.features.keys().chain(scope.values.keys()).chain(scope.tables.keys());
        let outputs = scope.outputs.keys().filter(|_| self.purpose == Purpose::Behaviour);
        let near = nearest(name, known.chain(outputs).map(String::as_str));
        let mut finding = names::unknown(span, "feature or column", name, &near);
        if let Some(word) = self.word_like(name).filter(|_| near.is_empty()) {
            finding = names::bare_word(finding, span, &word);
        }
        if scope.dims.contains_key(name) {
            finding = finding.help(format!("`{0}` is an axis: `position({0})` gives its indices", clean(name)));
        }
        if FUNCTION_NAMES.contains(&name) {
            finding = names::function_as_value(finding, name);
        }
        self.fail(finding)
    }

    /// The word of a vocabulary that is a name but for its signs: `[pad]` for `pad`.
    fn word_like(&self, name: &str) -> Option<String> {
        let words = self.scope.values.values().flatten().filter_map(|value| value.vocabulary.as_deref());
        let bare = |word: &&String| word.trim_matches(|part: char| !part.is_alphanumeric()).eq_ignore_ascii_case(name);
        words.flatten().find(bare).cloned()
    }

    /// The axis of a value that a written name means: its own name, or that of the axis which it
    /// is a part of.
    pub fn axis_named(ty: &ValueType, name: &str) -> Option<usize> {
        let is_part = |dim: &String| dim.strip_prefix(name).is_some_and(|rest| rest.starts_with('['));
        let exact = ty.dims.iter().position(|dim| dim == name);
        let mut parts = ty.dims.iter().enumerate().filter(|(_, dim)| is_part(dim)).map(|(axis, _)| axis);
        exact.or_else(|| parts.next().filter(|_| parts.next().is_none()))
    }

    /// The size of an axis where it is known, parts of axes included.
    pub fn size_of(&self, dim: &str) -> Option<usize> {
        match dim.strip_suffix(']').and_then(|dim| dim.rsplit_once('[')).and_then(|(_, range)| range.split_once("..")) {
            Some((start, end)) => end.parse::<usize>().ok()?.checked_sub(start.parse().ok()?),
            None => self.scope.dims.get(dim).copied().flatten(),
        }
    }
}
