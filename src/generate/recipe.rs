//! A checked generator, without names.

use super::count::Count;
use super::lookup::RowSource;
use crate::data::{Scalar, ValueType};
use crate::feature::Typed;
use crate::source::Span;
use std::sync::Arc;

/// What rows are made from.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The name of the dataset.
    pub name: String,
    /// At most so many rows; at least 1.
    pub rows: usize,
    pub rows_span: Span,
    pub seed: u64,
    /// By place of the `let` its range, the end excluded.
    pub numbers: Vec<(Count, Count)>,
    pub number_names: Vec<String>,
    /// In the order of the text.
    pub columns: Vec<Column>,
    /// The columns that are drawn.
    pub drawn: Vec<Drawn>,
    /// What is computed and asked of the rows, in this order.
    pub steps: Vec<Step>,
    /// By place in the text.
    pub conditions: Vec<Span>,
}

/// A column of the result.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub ty: ValueType,
    /// Sizes of its axes.
    pub sizes: Vec<usize>,
    /// Whether the model reads it.
    pub is_input: bool,
    /// The words by number, for tokens of a known vocabulary.
    pub vocabulary: Option<Arc<Vec<String>>>,
}

impl Column {
    /// Values of one row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.sizes.iter().product()
    }

    #[must_use]
    pub fn is_real(&self) -> bool {
        self.ty.scalar == Scalar::Real
    }
}

/// A column that is drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Its place in [`Recipe::columns`].
    pub column: usize,
    pub span: Span,
    pub how: How,
}

#[derive(Debug, Clone)]
pub enum How {
    Tokens { families: Vec<Alternatives>, alternatives: Vec<Whole> },
    Reals { from: f64, to: f64 },
    Ints { from: Count, to: Count },
}

/// An alternative of a whole column.
#[derive(Debug, Clone)]
pub struct Whole {
    pub parts: Vec<Part>,
    /// What stands behind its end, up to the length of the column.
    pub fill: Option<i64>,
}

/// Sequences of which one is drawn; at least one.
pub type Alternatives = Vec<Vec<Part>>;

/// An item that is drawn so many times.
#[derive(Debug, Clone)]
pub struct Part {
    pub item: Item,
    pub count: Option<Count>,
}

#[derive(Debug, Clone)]
pub enum Item {
    /// `""`
    Nothing,
    Token(i64),
    /// One of these, of which there is at least one.
    OneOf(Vec<i64>),
    /// A family of the column by place, with its arguments.
    Family(usize, Vec<Count>),
    Group(Alternatives),
    Row(Arc<RowSource>),
    /// Sorted tokens, or those that occur in the piece.
    Edit {
        alternatives: Alternatives,
        places: Count,
        tokens: Option<Vec<i64>>,
    },
}

/// What is computed from drawn columns.
#[derive(Debug, Clone)]
pub enum Step {
    /// A column by place in [`Recipe::columns`].
    Column(usize, Typed),
    /// A condition by place in [`Recipe::conditions`].
    Condition(usize, Typed),
}
