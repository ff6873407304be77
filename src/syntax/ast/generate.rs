//! Data that a file makes itself.

use super::{Expr, Ident, Parameter, Text};
use crate::source::Span;

/// What stands in `generate(ROWS) { ... }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Generator {
    /// At most so many rows.
    pub rows: Expr,
    pub families: Vec<PieceFamily>,
    /// `let n in 1..19`: whole numbers that are drawn for each row, in this order.
    pub numbers: Vec<Parameter>,
    /// By place of the column in the data.
    pub columns: Vec<Content>,
    /// `where EXPR`: what holds for every row.
    pub conditions: Vec<Expr>,
    pub seed: Option<Expr>,
    /// Where `generate(ROWS)` stands.
    pub span: Span,
}

/// What a generated column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Drawn(Pieces),
    /// Computed from the other columns.
    Computed(Expr),
}

/// `family NAME(n) = PIECES`
#[derive(Debug, Clone, PartialEq)]
pub struct PieceFamily {
    pub name: Ident,
    pub parameters: Vec<Ident>,
    pub pieces: Pieces,
    pub span: Span,
}

/// Sequences of pieces with `|` between them: one of them is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Pieces {
    pub alternatives: Vec<Vec<Piece>>,
    pub span: Span,
}

/// A part of a sequence of tokens, drawn `count` times.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub kind: PieceKind,
    pub count: Option<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PieceKind {
    Token(TokenName),
    /// `any`, or `any { "a" "b" }`
    Any(Option<Vec<TokenName>>),
    /// `NAME(ARGUMENTS)`
    Family {
        name: Ident,
        arguments: Vec<Expr>,
    },
    Group(Pieces),
    /// `row of DATA.COLUMN where EXPR`
    Row {
        data: Ident,
        column: Ident,
        condition: Option<Expr>,
    },
    /// `edit(PIECES, PLACES, any { ... })`; the tokens are `Some(None)` for a bare `any`.
    Edit {
        pieces: Pieces,
        places: Expr,
        tokens: Option<Option<Vec<TokenName>>>,
    },
    /// `fill "TOKEN"`
    Fill(TokenName),
    /// Something that did not parse and has been reported.
    Error,
}

/// A token by its word, or by its number.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenName {
    Word(Text),
    Number(i64, Span),
}

impl TokenName {
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            TokenName::Word(text) => text.span,
            TokenName::Number(_, span) => *span,
        }
    }
}

impl Pieces {
    /// All pieces, those inside of others too, in the order of the text.
    #[must_use]
    pub fn all(&self) -> Vec<&Piece> {
        let mut found = Vec::new();
        let mut open: Vec<&Piece> = self.alternatives.iter().rev().flat_map(|sequence| sequence.iter().rev()).collect();
        while let Some(piece) = open.pop() {
            found.push(piece);
            if let PieceKind::Group(pieces) | PieceKind::Edit { pieces, .. } = &piece.kind {
                open.extend(pieces.alternatives.iter().rev().flat_map(|sequence| sequence.iter().rev()));
            }
        }
        found
    }
}
