//! How the rows of a value in the unrolled graph stand for the tuples of a visit. A visit whose
//! node is claimed position by position has one value for each position. Where an operator treats
//! positions alike and apart, all of them are computed at once, folded along the position's own
//! axis; where it mixes them, each has rows of its own.

use super::spaces::ABSENT;
use std::collections::BTreeMap;

/// Index of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub usize);

/// The tuples that rows, and positions along a folded axis, stand for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    /// Rows for each reference.
    pub rows: usize,
    /// Positions of the folded axis; 1 if there is none.
    pub positions: usize,
    /// Tuples, row by row, position after position; [`ABSENT`] where nothing is asked for.
    pub tuples: Vec<u32>,
}

/// A table, and the axis of the tensor at hand that its positions run along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layout {
    pub table: TableId,
    pub axis: Option<usize>,
}

impl Table {
    /// One row for each tuple.
    #[must_use]
    pub fn expanded(tuples: Vec<u32>) -> Table {
        Table { rows: tuples.len(), positions: 1, tuples }
    }

    /// The tuples of all rows at one position.
    #[must_use]
    pub fn at(&self, position: usize) -> Vec<u32> {
        let tuple = |row: usize| self.tuples.get(row * self.positions + position).copied().unwrap_or(ABSENT);
        (0..self.rows).map(tuple).collect()
    }

    /// The same rows, with another tuple in the place of each.
    #[must_use]
    pub fn mapped(&self, tuple: impl Fn(u32) -> u32) -> Table {
        let mapped = |known: &u32| if *known == ABSENT { ABSENT } else { tuple(*known) };
        Table { tuples: self.tuples.iter().map(mapped).collect(), ..*self }
    }

    /// Every tuple that is asked for, each once, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<u32> {
        let mut found: Vec<u32> = self.tuples.iter().copied().filter(|tuple| *tuple != ABSENT).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// All tables of a lowering, each once.
#[derive(Debug, Default)]
pub struct Tables {
    all: Vec<Table>,
    known: BTreeMap<Table, TableId>,
}

impl Tables {
    pub fn add(&mut self, table: Table) -> TableId {
        if let Some(known) = self.known.get(&table) {
            return *known;
        }
        let id = TableId(self.all.len());
        self.all.push(table.clone());
        self.known.insert(table, id);
        id
    }

    #[must_use]
    pub fn get(&self, id: TableId) -> &Table {
        &self.all[id.0]
    }
}
