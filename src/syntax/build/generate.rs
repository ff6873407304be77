//! Generated data: `data NAME for MODEL = generate(ROWS) { ... }`.

use super::{Builder, names};
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast;
use crate::syntax::tree::Node;

impl Builder<'_> {
    pub(super) fn generated(&mut self, node: Node, docs: String) -> ast::Data {
        let mut heads = names(node);
        let name = self.ident_or_hole(heads.next(), node);
        let model = node.child(KwFor).map(|word| self.name_after(node, word));
        let made = node.child(Made).unwrap_or(node);
        let mut generator = ast::Generator {
            rows: self.expr_in(made),
            families: Vec::new(),
            numbers: Vec::new(),
            columns: Vec::new(),
            conditions: Vec::new(),
            seed: None,
            span: self.span(made),
        };
        let mut columns = Vec::new();
        for line in node.children_of(MadeLine).flat_map(Node::children) {
            match line.kind() {
                PieceFamily => generator.families.push(self.piece_family(line)),
                LetLine => generator.numbers.extend(self.parameters(line)),
                Condition => generator.conditions.push(self.expr_in(line)),
                SeedLine => self.seed(line, &mut generator.seed),
                MadeColumn => {
                    let (column, content) = self.made_column(line);
                    columns.push(column);
                    generator.columns.push(content);
                }
                _ => {}
            }
        }
        let format = ast::Ident { text: "generate".to_owned(), span: generator.span };
        let (path, span) = (self.text_hole(made), self.span(node));
        ast::Data { docs, name, model, format, path, columns, generator: Some(Box::new(generator)), span }
    }

    fn seed(&mut self, line: Node, seed: &mut Option<ast::Expr>) {
        let found = self.expr_in(line);
        match seed {
            Some(first) => self.findings.push(messages::repeated(self.span(line), first.span, "seed")),
            None => *seed = Some(found),
        }
    }

    fn piece_family(&mut self, node: Node) -> ast::PieceFamily {
        ast::PieceFamily {
            name: self.declared_name(node),
            parameters: node.child(FamilyNames).map_or_else(Vec::new, |list| self.idents(list)),
            pieces: self.pieces_in(node),
            span: self.span(node),
        }
    }

    fn made_column(&mut self, node: Node) -> (ast::Column, ast::Content) {
        let ty = node.child(ValueType).map(|ty| self.value_type(ty));
        let content = match &ty {
            Some(_) => ast::Content::Computed(self.expr_in(node)),
            None => ast::Content::Drawn(self.pieces_in(node)),
        };
        let name = node.child(ReservedColumn).or_else(|| names(node).next());
        (ast::Column { name: self.ident_or_hole(name, node), key: None, ty, span: self.span(node) }, content)
    }

    /// The pieces that stand in a node; a hole where they are absent.
    fn pieces_in(&mut self, owner: Node) -> ast::Pieces {
        match owner.child(Pieces) {
            Some(node) => self.pieces(node),
            None => {
                let span = self.span(owner);
                let hole = ast::Piece { kind: ast::PieceKind::Error, count: None, span };
                ast::Pieces { alternatives: vec![vec![hole]], span }
            }
        }
    }

    fn pieces(&mut self, node: Node) -> ast::Pieces {
        let sequence = |builder: &mut Self, sequence: Node| {
            sequence.children_of(Piece).map(|piece| builder.piece(piece)).collect::<Vec<ast::Piece>>()
        };
        let mut alternatives: Vec<Vec<ast::Piece>> =
            node.children_of(Sequence).map(|found| sequence(self, found)).collect();
        if node.child(MissingPiece).is_some() {
            alternatives.push(vec![ast::Piece { kind: ast::PieceKind::Error, count: None, span: self.span(node) }]);
        }
        ast::Pieces { alternatives, span: self.span(node) }
    }

    fn piece(&mut self, node: Node) -> ast::Piece {
        let is_atom = |child: &Node| !child.kind().is_trivia() && !matches!(child.kind(), Star | Count | MissingExpr);
        let kind = node.children().find(is_atom).map_or(ast::PieceKind::Error, |atom| self.piece_kind(atom));
        let count = node.child(Star).map(|_| match node.child(Count) {
            Some(count) => self.top_expr(count),
            None => self.error_expr(node),
        });
        ast::Piece { kind, count, span: self.span(node) }
    }

    fn piece_kind(&mut self, node: Node) -> ast::PieceKind {
        match node.kind() {
            StringLiteral | UnterminatedString | Int | Real | BadNumber => {
                self.token(node).map_or(ast::PieceKind::Error, ast::PieceKind::Token)
            }
            AnyToken => ast::PieceKind::Any(self.token_set(node)),
            RowPiece => {
                let mut heads = names(node);
                let (data, column) = (heads.next(), heads.next());
                let condition = node.child(RowWhere).map(|clause| match clause.child(RowCondition) {
                    Some(condition) => self.top_expr(condition),
                    None => self.error_expr(clause),
                });
                let (data, column) = (self.ident_or_hole(data, node), self.ident_or_hole(column, node));
                ast::PieceKind::Row { data, column, condition }
            }
            EditPiece => ast::PieceKind::Edit {
                pieces: self.pieces_in(node),
                places: self.expr_in(node),
                tokens: node.child(AnyToken).map(|any| self.token_set(any)),
            },
            FillPiece => {
                let token = node.children().find_map(|child| self.token(child));
                token.map_or(ast::PieceKind::Error, ast::PieceKind::Fill)
            }
            PieceGroup => ast::PieceKind::Group(self.pieces_in(node)),
            FamilyUse => {
                let name = self.ident_or_hole(names(node).next(), node);
                let arguments = node.child(Arguments).map_or_else(Vec::new, |list| self.exprs(list, 1));
                ast::PieceKind::Family { name, arguments }
            }
            _ => ast::PieceKind::Error,
        }
    }

    /// The tokens of `any { ... }`; `None` for a bare `any`.
    fn token_set(&mut self, any: Node) -> Option<Vec<ast::TokenName>> {
        let set = any.child(TokenSet)?;
        Some(set.children().filter_map(|child| self.token(child)).collect())
    }

    fn token(&mut self, node: Node) -> Option<ast::TokenName> {
        let span: Span = self.span(node);
        match node.kind() {
            StringLiteral | UnterminatedString => Some(ast::TokenName::Word(self.text(node))),
            Int => self.int(node).map(|number| ast::TokenName::Number(number, span)),
            Real => {
                self.findings.push(messages::not_whole(span, node.text()));
                None
            }
            _ => None,
        }
    }
}
