//! How long expressions are, whatever they are called and however they are laid out.

use super::typed::{Kind, Table, Typed};
use crate::data::{Scalar, ValueType};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The distinct parts of some expressions: each operator, function, column and constant once, and one
/// for each number of a table.
///
/// Equal parts count once, wherever they stand. Names of features are free, and so are conversions
/// and parentheses: a feature is as long as what it says.
#[must_use]
pub fn length<'a>(expressions: impl IntoIterator<Item = &'a Typed>) -> usize {
    let mut parts = Parts::default();
    for expression in expressions {
        parts.part(expression);
    }
    parts.length
}

/// Expressions as a graph in which no two nodes are equal.
#[derive(Default)]
struct Parts<'a> {
    /// By what is computed from which parts.
    known: BTreeMap<String, usize>,
    /// By the place of its body in memory.
    features: BTreeMap<*const Typed, usize>,
    tables: Vec<&'a Table>,
    length: usize,
}

impl<'a> Parts<'a> {
    /// The number of a part; equal parts have one number.
    fn part(&mut self, expression: &'a Typed) -> usize {
        match &expression.kind {
            Kind::Convert(value) | Kind::Rename { value, .. } => self.part(value),
            Kind::Feature { body, .. } => {
                let place = Arc::as_ptr(body);
                if let Some(known) = self.features.get(&place) {
                    return *known;
                }
                let found = self.part(body);
                self.features.insert(place, found);
                found
            }
            Kind::Table(table) => {
                let at = self.table(table);
                self.numbered(format!("table {at}"), table.sizes.iter().product())
            }
            // A word and a number are not the same because one stands for the other.
            Kind::Int(number) => self.numbered(format!("{number}: {:?}", expression.ty.scalar), 1),
            kind => {
                let operands = kind.operands().into_iter().map(|operand| stand_in(self.part(operand))).collect();
                self.numbered(format!("{:?}", kind.with_operands(operands)), 1)
            }
        }
    }

    fn numbered(&mut self, told: String, length: usize) -> usize {
        let next = self.known.len();
        *self.known.entry(told).or_insert_with(|| {
            self.length = self.length.saturating_add(length);
            next
        })
    }

    fn table(&mut self, table: &'a Table) -> usize {
        let same = |known: &&Table| known.sizes == table.sizes && known.data == table.data;
        self.tables.iter().position(same).unwrap_or_else(|| {
            self.tables.push(table);
            self.tables.len() - 1
        })
    }
}

/// A part in the place of an operand, told by its number alone.
fn stand_in(part: usize) -> Typed {
    let number = i64::try_from(part).unwrap_or(i64::MAX);
    let ty = ValueType { scalar: Scalar::Int, dims: Vec::new() };
    Typed::new(Kind::Int(number), ty, Span::new(FileId(0), 0..0))
}
