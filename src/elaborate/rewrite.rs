//! Expressions with constants, parameters of families and arguments of functions put in their
//! place, and calls of functions expanded.

use super::scope::{FunctionIx, Meaning, Scopes};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::diagnostics::nearest;
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{At, Expr, ExprKind, Ident, Part, Range};
use std::collections::{BTreeMap, BTreeSet};

/// The expressions of one file make at most this many parts in all.
const MOST_PARTS: usize = 1_000_000;

/// Numbers by name.
pub type Integers = BTreeMap<String, i64>;

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub struct Env<'e> {
    /// The file whose names it sees.
    pub file: FileId,
    /// The text that its places are of: the file, or one call of a function in it.
    pub place: FileId,
    /// Parameters of the families around it.
    pub integers: &'e Integers,
    /// Arguments of the function that it is the body of.
    pub arguments: &'e BTreeMap<&'e str, Expr>,
    /// The functions whose bodies are around it.
    pub open: &'e [FunctionIx],
}

/// Rewrites expressions.
#[derive(Debug)]
pub struct Rewriter<'a> {
    pub scopes: &'a Scopes<'a>,
    pub sources: &'a mut Sources,
    pub sink: &'a mut Vec<Diagnostic>,
    /// Features of the library that are used, by part and place, with those that still wait.
    pub library: BTreeSet<(usize, usize)>,
    parts: usize,
    /// Members of families so far.
    pub unrolled: usize,
}

impl<'a> Rewriter<'a> {
    pub fn new(scopes: &'a Scopes<'a>, sources: &'a mut Sources, sink: &'a mut Vec<Diagnostic>) -> Rewriter<'a> {
        Rewriter { scopes, sources, sink, library: BTreeSet::new(), parts: 0, unrolled: 0 }
    }

    /// Reports a mistake and gives `None`.
    pub fn fail<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.sink.push(finding);
        None
    }

    /// Expands nothing more: what follows would only repeat what has been reported.
    pub fn give_up(&mut self) {
        self.parts = MOST_PARTS + 1;
    }

    pub fn expr(&mut self, expr: &Expr, env: Env<'_>) -> Expr {
        let span = placed(expr.span, env);
        self.parts += 1;
        if self.parts > MOST_PARTS {
            if self.parts == MOST_PARTS + 1 {
                self.sink.push(messages::expansion_too_large(span, MOST_PARTS));
            }
            return Expr { kind: ExprKind::Error, span };
        }
        let one = |rewriter: &mut Self, inner: &Expr| Box::new(rewriter.expr(inner, env));
        let kind = match &expr.kind {
            ExprKind::Name(name) => return self.name(name, span, env),
            ExprKind::Call { function, arguments } => return self.call(function, arguments, span, env),
            ExprKind::Index { base, dim, part } => ExprKind::Index {
                base: one(self, base),
                dim: dim.as_ref().map(|dim| self.dim(dim, env)),
                part: Box::new(self.part(part, env)),
            },
            ExprKind::Negate(inner) => ExprKind::Negate(one(self, inner)),
            ExprKind::Not(inner) => ExprKind::Not(one(self, inner)),
            ExprKind::Arithmetic { operator, left, right } => {
                ExprKind::Arithmetic { operator: *operator, left: one(self, left), right: one(self, right) }
            }
            ExprKind::Compare { comparison, left, right } => {
                ExprKind::Compare { comparison: *comparison, left: one(self, left), right: one(self, right) }
            }
            ExprKind::Logic { operator, left, right } => {
                ExprKind::Logic { operator: *operator, left: one(self, left), right: one(self, right) }
            }
            ExprKind::If { condition, then, otherwise } => {
                ExprKind::If { condition: one(self, condition), then: one(self, then), otherwise: one(self, otherwise) }
            }
            ExprKind::Tuple(parts) => ExprKind::Tuple(parts.iter().map(|part| self.expr(part, env)).collect()),
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Error => {
                expr.kind.clone()
            }
        };
        Expr { kind, span }
    }

    pub fn part(&mut self, part: &Part, env: Env<'_>) -> Part {
        match part {
            Part::One(index) => Part::One(self.expr(index, env)),
            Part::Many(range) => Part::Many(self.range(range, env)),
        }
    }

    pub fn range(&mut self, range: &Range, env: Env<'_>) -> Range {
        Range { start: self.expr(&range.start, env), end: self.expr(&range.end, env), span: placed(range.span, env) }
    }

    pub fn at(&mut self, parts: &[At], env: Env<'_>) -> Vec<At> {
        parts.iter().map(|at| At { dim: at.dim.clone(), part: self.part(&at.part, env) }).collect()
    }

    /// A whole number, with constants and parameters in their place. `None` with a finding.
    pub fn integer(&mut self, expr: &Expr, env: Env<'_>) -> Option<i64> {
        let unknown = super::integer::names(expr)
            .find(|name| !env.integers.contains_key(name) && self.scopes.meaning(name, env.file).is_none());
        if let Some(name) = unknown {
            let mut known: Vec<&str> = env.integers.keys().map(String::as_str).collect();
            known.extend(self.scopes.constants(env.file));
            let near = nearest(&name, known.iter().copied());
            let place = super::integer::place_of(expr, &name).unwrap_or(expr.span);
            let finding = names::unknown(placed(place, env), "constant", &name, &near);
            return self.fail(finding);
        }
        let expr = self.expr(expr, env);
        super::integer::evaluate(&expr, &BTreeMap::new(), self.sink)
    }

    /// A dim that a parameter of a function can stand for.
    fn dim(&mut self, dim: &Ident, env: Env<'_>) -> Ident {
        match env.arguments.get(dim.text.as_str()).map(|argument| (&argument.kind, argument.span)) {
            Some((ExprKind::Name(name), span)) => Ident { text: name.clone(), span },
            _ => Ident { text: dim.text.clone(), span: placed(dim.span, env) },
        }
    }

    fn name(&mut self, name: &str, span: Span, env: Env<'_>) -> Expr {
        if let Some(argument) = env.arguments.get(name) {
            return argument.clone();
        }
        if let Some(value) = env.integers.get(name) {
            return Expr { kind: ExprKind::Int(*value), span };
        }
        let kind = match self.scopes.meaning(name, env.file) {
            Some(Meaning::Constant(value)) => ExprKind::Int(value),
            Some(Meaning::Broken) => ExprKind::Error,
            Some(Meaning::Function(at)) => {
                let function = &self.scopes.functions[at];
                self.sink.push(messages::function_not_called(span, &function.usage(), function.name.span));
                ExprKind::Error
            }
            Some(Meaning::LibraryFeature(part, at)) => {
                self.library.insert((part, at));
                ExprKind::Name(self.scopes.library_name(part, name))
            }
            None => ExprKind::Name(name.to_owned()),
        };
        Expr { kind, span }
    }
}

/// The place of something in the text or call that it is expanded in.
pub fn placed(span: Span, env: Env<'_>) -> Span {
    if span.file == env.file { Span { file: env.place, ..span } } else { span }
}
