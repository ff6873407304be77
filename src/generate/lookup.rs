//! Rows of other data as pieces.

use crate::data::{ColumnValues, Dataset};
use crate::source::Span;
use crate::syntax::ast::{Content, Expr, Generator, Ident, PieceKind};

/// The tokens of the rows of another dataset that can be drawn.
#[derive(Debug, Clone)]
pub struct RowSource {
    /// Row after row.
    tokens: Vec<i64>,
    /// Of one row.
    width: usize,
    /// At least one.
    chosen: Vec<u32>,
}

impl RowSource {
    /// These rows of a column of tokens; `None` where the column is not there or there is no row.
    #[must_use]
    pub fn new(dataset: &Dataset, column: &str, chosen: Vec<u32>) -> Option<RowSource> {
        let ColumnValues::Int(values) = &dataset.columns.get(column)?.values else { return None };
        let width = values.shape().iter().skip(1).product();
        let inside = chosen.iter().all(|row| (*row as usize) < dataset.rows);
        let tokens: Vec<i64> = values.iter().copied().collect();
        (inside && !chosen.is_empty()).then_some(RowSource { tokens, width, chosen })
    }

    /// The number of rows to draw from.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Never: there is at least one row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The tokens of one of the rows.
    #[must_use]
    pub fn row(&self, at: usize) -> &[i64] {
        let row = self.chosen.get(at).map_or(0, |row| *row as usize);
        self.tokens.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }
}

/// A `row of DATA.COLUMN where EXPR`, and the column that it is drawn for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub data: &'a Ident,
    pub column: &'a Ident,
    pub condition: Option<&'a Expr>,
    /// Where the piece stands.
    pub span: Span,
}

/// What a generator takes rows of, in the order of the text.
#[must_use]
pub fn sources(generator: &Generator) -> Vec<Asked<'_>> {
    let of_families = generator.families.iter().map(|family| &family.pieces);
    let of_columns = generator.columns.iter().filter_map(|content| match content {
        Content::Drawn(pieces) => Some(pieces),
        Content::Computed(_) => None,
    });
    let all = of_families.chain(of_columns).flat_map(crate::syntax::ast::Pieces::all);
    all.filter_map(|piece| match &piece.kind {
        PieceKind::Row { data, column, condition } => {
            Some(Asked { data, column, condition: condition.as_ref(), span: piece.span })
        }
        _ => None,
    })
    .collect()
}
