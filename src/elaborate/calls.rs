//! Calls of functions, expanded in place.

use super::rewrite::{Env, Rewriter, placed};
use super::scope::{FunctionIx, Meaning};
use crate::diagnostics::messages::elaborate as messages;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Ident};
use std::collections::BTreeMap;

/// Calls within bodies of functions go at most this deep.
const DEEPEST: usize = 32;

/// A call of a behaviour, expanded.
#[derive(Debug)]
pub struct Called {
    pub expr: Expr,
    pub mask: Option<Expr>,
    pub ty: Option<ast::Type>,
}

impl Rewriter<'_> {
    /// A call: of a function of the language as it is, of one that is declared by what it says.
    pub fn call(&mut self, function: &Ident, arguments: &[Expr], span: Span, env: Env<'_>) -> Expr {
        let error = Expr { kind: ExprKind::Error, span };
        match self.scopes.meaning(&function.text, env.file) {
            Some(Meaning::Function(at)) => {
                if let Some(mask) = self.scopes.functions[at].mask {
                    let usage = self.scopes.functions[at].usage();
                    self.sink.push(messages::masked_inside(span, &usage, mask.span));
                    return error;
                }
                self.expanded(at, arguments, span, env).map_or(error, |called| called.expr)
            }
            Some(Meaning::LibraryFeature(part, at)) => {
                let declared = self.scopes.part(part).and_then(|unit| unit.file.features.get(at));
                if let Some(declared) = declared {
                    self.sink.push(messages::value_called(span, &function.text, declared.name.span));
                }
                error
            }
            Some(Meaning::Broken) => error,
            meaning => {
                let builtin = crate::feature::FUNCTION_NAMES.contains(&function.text.as_str());
                let value = self.scopes.values.get(&function.text).copied();
                if let (false, Some(declared)) = (builtin, value.filter(|_| meaning.is_none())) {
                    self.sink.push(messages::value_called(span, &function.text, declared));
                    return error;
                }
                let arguments = arguments.iter().map(|argument| self.expr(argument, env)).collect();
                let function = Ident { text: function.text.clone(), span: placed(function.span, env) };
                Expr { kind: ExprKind::Call { function, arguments }, span }
            }
        }
    }

    /// What a call of a declared function stands for. `None` with a finding.
    pub fn expanded(&mut self, at: FunctionIx, arguments: &[Expr], span: Span, env: Env<'_>) -> Option<Called> {
        let function = self.scopes.functions[at];
        let usage = function.usage();
        if arguments.len() != function.parameters.len() {
            let finding = messages::wrong_arguments(span, &usage, arguments.len(), function.name.span);
            return self.fail(finding);
        }
        if env.open.contains(&at) {
            return self.fail(messages::recursion(span, &usage, function.name.span));
        }
        if env.open.len() >= DEEPEST {
            self.give_up();
            return self.fail(messages::calls_too_deep(span, DEEPEST));
        }
        let arguments: Vec<Expr> = arguments.iter().map(|argument| self.expr(argument, env)).collect();
        let names = function.parameters.iter().map(|parameter| parameter.text.as_str());
        let arguments: BTreeMap<&str, Expr> = names.zip(arguments).collect();
        let open: Vec<FunctionIx> = env.open.iter().copied().chain([at]).collect();
        let body = Env {
            file: function.file(),
            place: self.sources.add_call(function.file(), span),
            integers: &BTreeMap::new(),
            arguments: &arguments,
            open: &open,
        };
        let mask = function.mask.map(|mask| self.expr(mask, body));
        let ty = function.ty.cloned();
        Some(Called { expr: self.expr(function.expr, body), mask, ty })
    }
}
