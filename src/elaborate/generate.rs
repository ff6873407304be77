//! Generated data: constants and calls in its expressions.

use super::rewrite::{Env, Rewriter};
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::syntax::ast::{self, Content, Expr, ExprKind, Ident, Piece, PieceKind, Pieces};

impl Rewriter<'_> {
    pub fn data(&mut self, item: &ast::Data, env: Env<'_>) -> ast::Data {
        let generator = item.generator.as_ref().map(|generator| Box::new(self.generator(generator, env)));
        ast::Data { generator, ..item.clone() }
    }

    fn generator(&mut self, generator: &ast::Generator, env: Env<'_>) -> ast::Generator {
        generator.numbers.iter().for_each(|number| self.not_taken(&number.name, env));
        generator.families.iter().flat_map(|family| &family.parameters).for_each(|name| self.not_taken(name, env));
        let content = |rewriter: &mut Self, content: &Content| match content {
            Content::Drawn(pieces) => Content::Drawn(rewriter.pieces(pieces, env)),
            Content::Computed(expr) => Content::Computed(rewriter.expr(expr, env)),
        };
        let families = generator.families.iter();
        let families =
            families.map(|family| ast::PieceFamily { pieces: self.pieces(&family.pieces, env), ..family.clone() });
        let families = families.collect();
        let numbers = generator.numbers.iter();
        let numbers =
            numbers.map(|number| ast::Parameter { range: self.range(&number.range, env), ..number.clone() }).collect();
        ast::Generator {
            rows: self.known(&generator.rows, env),
            families,
            numbers,
            columns: generator.columns.iter().map(|found| content(self, found)).collect(),
            conditions: generator.conditions.iter().map(|condition| self.expr(condition, env)).collect(),
            seed: generator.seed.as_ref().map(|seed| self.known(seed, env)),
            span: generator.span,
        }
    }

    /// A number of the block would be hidden by a constant, a function or a feature, or hide it.
    fn not_taken(&mut self, name: &Ident, env: Env<'_>) {
        if let Some(first) = self.scopes.values.get(&name.text) {
            self.sink.push(names::declared_twice(name.span, "name", &name.text, *first));
        } else if self.scopes.meaning(&name.text, env.file).is_some() {
            self.sink.push(messages::parameter_again(name.span, &name.text));
        }
    }

    /// A whole number that is known before the run; a hole with a finding where it is not.
    fn known(&mut self, expr: &Expr, env: Env<'_>) -> Expr {
        let value = if matches!(expr.kind, ExprKind::Error) { None } else { self.integer(expr, env) };
        Expr { kind: value.map_or(ExprKind::Error, ExprKind::Int), span: expr.span }
    }

    fn pieces(&mut self, pieces: &Pieces, env: Env<'_>) -> Pieces {
        let sequence = |rewriter: &mut Self, sequence: &[Piece]| {
            sequence.iter().map(|piece| rewriter.piece(piece, env)).collect::<Vec<Piece>>()
        };
        let alternatives = pieces.alternatives.iter().map(|found| sequence(self, found)).collect();
        Pieces { alternatives, span: pieces.span }
    }

    fn piece(&mut self, piece: &Piece, env: Env<'_>) -> Piece {
        let kind = match &piece.kind {
            PieceKind::Family { name, arguments } => {
                let arguments = arguments.iter().map(|argument| self.expr(argument, env)).collect();
                PieceKind::Family { name: name.clone(), arguments }
            }
            PieceKind::Group(pieces) => PieceKind::Group(self.pieces(pieces, env)),
            PieceKind::Row { data, column, condition } => {
                let condition = condition.as_ref().map(|condition| self.expr(condition, env));
                PieceKind::Row { data: data.clone(), column: column.clone(), condition }
            }
            PieceKind::Edit { pieces, places, tokens } => PieceKind::Edit {
                pieces: self.pieces(pieces, env),
                places: self.expr(places, env),
                tokens: tokens.clone(),
            },
            other => other.clone(),
        };
        Piece { kind, count: piece.count.as_ref().map(|count| self.expr(count, env)), span: piece.span }
    }
}
