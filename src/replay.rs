//! Draws as a file: one int64 array for each draw of each hypothesis, so that any result can be
//! audited, and compared with an independent implementation.
//!
//! Array names: `HYPOTHESIS/reference` holds the references' rows; `HYPOTHESIS/ROLE/OCCURRENCE`
//! holds the rows of a draw, `ROLE` being `claim` or `unclaimed`; a per-position draw has
//! `@I.J...` behind it, the indices of the per-position nodes from the root on.

use crate::data::{Array, read_npz, write_npz};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::run as messages;
use crate::lower::{Draw, Role, Rule, Tree};
use crate::sample::{ClassTable, Materials, Rows, given_row};
use ndarray::{ArrayD, IxDyn};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the array of a draw at one tuple of positions.
#[must_use]
pub fn array_name(hypothesis: &str, draw: &Draw, tuple: &[usize]) -> String {
    if draw.role == Role::Reference {
        return format!("{hypothesis}/{}", draw.role.word());
    }
    let positions: Vec<String> = tuple.iter().map(ToString::to_string).collect();
    let behind = if positions.is_empty() { String::new() } else { format!("@{}", positions.join(".")) };
    format!("{hypothesis}/{}/{}{behind}", draw.role.word(), draw.occurrence)
}

/// The bytes of a file with the draws of some hypotheses, by name.
///
/// # Errors
/// The archive cannot be packed.
pub fn write(hypotheses: &[(&str, &Tree, &Rows)]) -> Result<Vec<u8>, Box<Diagnostic>> {
    let mut arrays = Vec::new();
    for (name, tree, rows) in hypotheses {
        for (index, draw) in tree.draws.iter().enumerate() {
            for (at, tuple) in tree.space(draw.space).tuples.iter().enumerate() {
                let numbers: Vec<i64> = rows.column(index, at).into_iter().map(i64::from).collect();
                arrays.push((array_name(name, draw, tuple), vector(numbers)));
            }
        }
    }
    write_npz(&arrays)
}

fn vector(numbers: Vec<i64>) -> Array {
    let length = numbers.len();
    Array::Int(ArrayD::from_shape_vec(IxDyn(&[length]), numbers).expect("one axis of the vector's length"))
}

/// Draws read from a file.
#[derive(Debug)]
pub struct Replay {
    path: String,
    arrays: BTreeMap<String, Array>,
    used: BTreeSet<String>,
}

impl Replay {
    /// # Errors
    /// The bytes are not an npz archive of numbers.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Replay, Box<Diagnostic>> {
        let arrays = read_npz(bytes, path)?;
        Ok(Replay { path: path.to_owned(), arrays, used: BTreeSet::new() })
    }

    /// The draws of one hypothesis, checked against its claims.
    ///
    /// # Errors
    /// An array that is missing or of another shape, a row outside the dataset, or one that does
    /// not agree.
    pub fn rows(&mut self, hypothesis: &str, tree: &Tree, materials: Materials<'_>) -> Result<Rows, Box<Diagnostic>> {
        let all: usize = materials.rows.iter().sum();
        let mut found = Rows::default();
        for draw in &tree.draws {
            let space = tree.space(draw.space);
            // References are rows of the dataset that the hypothesis is about.
            let limit = if draw.role == Role::Reference { materials.rows.first().copied().unwrap_or(0) } else { all };
            let wanted = (draw.role != Role::Reference).then(|| found.references());
            let mut columns = Vec::with_capacity(space.len());
            for (at, tuple) in space.tuples.iter().enumerate() {
                let name = array_name(hypothesis, draw, tuple);
                let column = self.array(&name, wanted, limit)?;
                self.agrees(&name, draw, (at, tuple), &column, &found, materials.classes)?;
                columns.push(column);
            }
            found.push_columns(&columns);
        }
        Ok(found)
    }

    /// Every row agrees with the one that it was drawn for.
    fn agrees(
        &self,
        name: &str,
        draw: &Draw,
        (at, tuple): (usize, &[usize]),
        column: &[u32],
        before: &Rows,
        classes: &ClassTable<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let Rule::Agree { feature, elementwise, given, .. } = &draw.rule else { return Ok(()) };
        let element = elementwise.then(|| tuple.last().copied()).flatten();
        let classes = *classes.get(&(*feature, element)).expect("every claimed feature has its classes");
        for (reference, row) in column.iter().enumerate() {
            let given = given_row(before, given, reference, at);
            if classes.class_of(*row) != classes.class_of(given) {
                return Err(Box::new(messages::replay_disagrees(&self.path, name, reference, *row, given)));
            }
        }
        Ok(())
    }

    fn array(&mut self, name: &str, wanted: Option<usize>, rows: usize) -> Result<Vec<u32>, Box<Diagnostic>> {
        let Some(array) = self.arrays.get(name) else {
            return Err(Box::new(messages::replay_lacks(&self.path, name)));
        };
        self.used.insert(name.to_owned());
        let numbers = match array {
            Array::Int(numbers) if numbers.ndim() == 1 && wanted.is_none_or(|wanted| wanted == numbers.len()) => {
                numbers
            }
            other => {
                let wanted = wanted.unwrap_or(other.shape().first().copied().unwrap_or(0));
                return Err(Box::new(messages::replay_shape(&self.path, name, other.shape(), wanted)));
            }
        };
        let row = |(at, row): (usize, &i64)| {
            let inside = u32::try_from(*row).ok().filter(|row| (*row as usize) < rows);
            inside.ok_or_else(|| Box::new(messages::replay_outside(&self.path, name, at, *row, rows)))
        };
        numbers.iter().enumerate().map(row).collect()
    }

    /// # Errors
    /// An array that no hypothesis has used.
    pub fn finish(&self) -> Result<(), Box<Diagnostic>> {
        match self.arrays.keys().find(|name| !self.used.contains(*name)) {
            Some(name) => Err(Box::new(messages::replay_unknown(&self.path, name))),
            None => Ok(()),
        }
    }
}
