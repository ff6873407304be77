//! Rows from a recipe, within a number of tries.

use super::batch::{self, Kept};
use super::draw::{Choices, Drawer, Reason};
use super::recipe::{Drawn, How, Recipe, Step};
use crate::data::{Array, Column, ColumnSchema, ColumnValues, Dataset, Origin, assemble, write_npz};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::generate::{self as messages, Thrown};
use crate::feature::{Data, FeatureValues, Source, Typed, evaluate};
use crate::random::Stream;
use ndarray::Axis;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are drawn and judged together, and values of a batch at most.
const BATCH: usize = 1_024;
const BATCH_VALUES: usize = 1 << 20;
/// Tries for each row that is asked for, and in all at least.
const TRIES_OF_ROW: u64 = 100;
const LEAST_TRIES: u64 = 50_000;
/// After so many tries without a new row, and so many for each row that is there, no more come.
const PATIENCE: u64 = 50_000;
const PATIENCE_OF_ROW: u64 = 100;
/// Steps of drawing in all.
const MOST_STEPS: u64 = 200_000_000;
/// The place of a try among all, as a column that nobody can declare.
const TRY: &str = "the try";
/// At most this many tokens of a row are shown.
const MOST_SHOWN: usize = 60;

/// A generated dataset, and what is to be said about it.
#[derive(Debug)]
pub struct Made {
    pub dataset: Dataset,
    /// That there are fewer rows than asked for.
    pub warning: Option<Diagnostic>,
}

/// The dataset of a recipe: all rows different in the inputs of the model, in the order in which they
/// were drawn. `schema` has the columns of the recipe; `sizes` are those of all axes of the model.
///
/// # Errors
/// No row was found; an expression fails on a row; a computed column holds what its type excludes.
pub fn make(
    recipe: &Recipe,
    schema: &[ColumnSchema],
    sizes: &BTreeMap<String, usize>,
) -> Result<Made, Vec<Diagnostic>> {
    let like = Dataset {
        name: recipe.name.clone(),
        path: format!("{} (generated)", recipe.name),
        hash: String::new(),
        rows: 0,
        columns: BTreeMap::new(),
        sizes: sizes.clone(),
    };
    let mut maker = Maker::new(recipe, &like);
    maker.all().map_err(|finding| vec![*finding])?;
    let (rows, thrown) = (maker.rows, maker.thrown);
    if rows == 0 {
        return Err(vec![nothing(recipe, &thrown)]);
    }
    let named = recipe.columns.iter().zip(maker.kept);
    let arrays: Vec<(String, Array)> =
        named.map(|(column, kept)| (column.name.clone(), kept.into_array(rows, &column.sizes))).collect();
    // The hash of the archive that holds the same rows, so that a file of them is the same data.
    let hash = write_npz(&arrays).map_err(|finding| vec![*finding])?;
    let hash = blake3::hash(&hash).to_hex().to_string();
    let arrays = arrays.into_iter().map(|(_, array)| Some(array)).collect();
    let origin = Origin { name: &recipe.name, path: &like.path, hash };
    let dataset = assemble(schema, arrays, origin, sizes, Vec::new())?;
    let fewer = || messages::fewer(recipe.rows_span, &recipe.name, (rows, recipe.rows), &thrown);
    Ok(Made { dataset, warning: (rows < recipe.rows).then(fewer) })
}

/// The place is the condition that most rows fail, or else where rows are drawn.
fn nothing(recipe: &Recipe, thrown: &Thrown) -> Diagnostic {
    let worst = thrown.conditions.iter().filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count);
    let drawn = recipe.drawn.first().map_or(recipe.rows_span, |drawn| drawn.span);
    messages::nothing(worst.map_or(drawn, |(span, _)| *span), &recipe.name, thrown)
}

struct Maker<'r> {
    recipe: &'r Recipe,
    like: &'r Dataset,
    stream: Stream,
    thrown: Thrown,
    /// Of the rows that are kept, by the inputs of the model.
    known: BTreeSet<[u8; 32]>,
    /// By column.
    kept: Vec<Kept>,
    rows: usize,
    /// The tries up to the last new row.
    last_new: u64,
    steps: u64,
}

impl<'r> Maker<'r> {
    fn new(recipe: &'r Recipe, like: &'r Dataset) -> Maker<'r> {
        let conditions = recipe.conditions.iter().map(|span| (*span, 0)).collect();
        Maker {
            recipe,
            like,
            stream: Stream::new(recipe.seed, "generated rows"),
            thrown: Thrown { conditions, ..Thrown::default() },
            known: BTreeSet::new(),
            kept: recipe.columns.iter().map(|column| Kept::new(column.ty.scalar)).collect(),
            rows: 0,
            last_new: 0,
            steps: 0,
        }
    }

    /// Draws until there are enough rows, or none come any more.
    fn all(&mut self) -> Result<(), Box<Diagnostic>> {
        let width: usize = self.recipe.columns.iter().map(super::recipe::Column::width).sum();
        let most = BATCH.min(BATCH_VALUES / width.max(1)).max(1);
        let tries = most.min(self.recipe.rows.saturating_mul(2).max(64));
        let most_tries = (self.recipe.rows as u64).saturating_mul(TRIES_OF_ROW).max(LEAST_TRIES);
        loop {
            let patience = PATIENCE + PATIENCE_OF_ROW * self.rows as u64;
            let since = self.thrown.tries - self.last_new;
            let is_over = self.thrown.tries >= most_tries || since >= patience || self.steps >= MOST_STEPS;
            if is_over || self.rows >= self.recipe.rows {
                return Ok(());
            }
            let batch = self.drawn(tries);
            let mut batch = self.unknown(batch);
            for step in &self.recipe.steps {
                batch = self.step(step, batch)?;
            }
            self.keep(&batch);
        }
    }

    /// The rows of so many tries, without those that came to nothing.
    fn drawn(&mut self, tries: usize) -> Dataset {
        let mut places: Vec<i64> = Vec::new();
        let mut numbers: Vec<Vec<i64>> = vec![Vec::new(); self.recipe.numbers.len()];
        let mut columns: Vec<Kept> =
            self.recipe.drawn.iter().map(|drawn| Kept::new(self.recipe.columns[drawn.column].ty.scalar)).collect();
        for _ in 0..tries {
            let place = self.thrown.tries;
            self.thrown.tries += 1;
            match self.row(place) {
                Ok((own, values)) => {
                    places.extend(i64::try_from(place));
                    numbers.iter_mut().zip(own).for_each(|(column, number)| column.push(number));
                    columns.iter_mut().zip(&values).for_each(|(column, values)| column.push(values, 0));
                }
                Err(reason) => self.throw(reason),
            }
        }
        let rows = places.len();
        let mut found = BTreeMap::from([(TRY.to_owned(), batch::numbers(places))]);
        let named = self.recipe.number_names.iter().cloned().zip(numbers);
        found.extend(named.map(|(name, values)| (name, batch::numbers(values))));
        for (drawn, values) in self.recipe.drawn.iter().zip(columns) {
            let column = &self.recipe.columns[drawn.column];
            let values = match values.into_array(rows, &column.sizes) {
                Array::Int(values) => ColumnValues::Int(values),
                Array::Real(values) => ColumnValues::Real(values),
                Array::Bool(_) | Array::F32(_) => unreachable!("tokens and numbers are drawn"),
            };
            let values = Column { scalar: column.ty.scalar, dims: column.ty.dims.clone(), values };
            found.insert(column.name.clone(), values);
        }
        batch::dataset(found, rows, self.like)
    }

    /// The numbers of one try, and its drawn columns, each with one row.
    fn row(&mut self, place: u64) -> Result<(Vec<i64>, Vec<ColumnValues>), Reason> {
        let mut choices = Choices::new(&self.stream, place);
        let found = Self::drawn_by(self.recipe, &mut choices);
        self.steps += choices.steps;
        Ok((choices.numbers, found?))
    }

    fn drawn_by(recipe: &Recipe, choices: &mut Choices<'_>) -> Result<Vec<ColumnValues>, Reason> {
        for (start, end) in &recipe.numbers {
            let number = choices.within((start, end))?;
            choices.numbers.push(number);
        }
        recipe.drawn.iter().map(|drawn| Self::column(recipe, drawn, choices)).collect()
    }

    fn column(recipe: &Recipe, drawn: &Drawn, choices: &mut Choices<'_>) -> Result<ColumnValues, Reason> {
        let width = recipe.columns[drawn.column].width();
        Ok(match &drawn.how {
            How::Tokens { families, alternatives } => {
                let tokens = Drawer::new(families, width, choices).column(alternatives)?;
                ColumnValues::Int(batch::array(1, &[width], tokens))
            }
            How::Reals { from, to } => {
                let values = (0..width).map(|_| choices.real(*from, *to)).collect();
                ColumnValues::Real(batch::array(1, &[width], values))
            }
            How::Ints { from, to } => {
                let values = (0..width).map(|_| choices.within((from, to))).collect::<Result<Vec<i64>, Reason>>()?;
                ColumnValues::Int(batch::array(1, &[width], values))
            }
        })
    }

    fn throw(&mut self, reason: Reason) {
        let thrown = &mut self.thrown;
        let count = match reason {
            Reason::TooLong => &mut thrown.too_long,
            Reason::TooShort => &mut thrown.too_short,
            Reason::Endless => &mut thrown.endless,
            Reason::Counts => &mut thrown.counts,
            Reason::Edits => &mut thrown.edits,
            Reason::Ranges => &mut thrown.ranges,
        };
        *count += 1;
    }

    /// Without the rows that are kept already, where all inputs are drawn: nothing more needs to be computed.
    fn unknown(&mut self, batch: Dataset) -> Dataset {
        let Some(inputs) = self.inputs(&batch) else { return batch };
        let is_new = |row: &usize| !self.known.contains(&batch::key(inputs.iter().copied(), *row));
        let new: Vec<usize> = (0..batch.rows).filter(is_new).collect();
        self.thrown.again += (batch.rows - new.len()) as u64;
        batch::select(&batch, &new)
    }

    /// The columns that the model reads; `None` where one is not there yet.
    fn inputs<'b>(&self, batch: &'b Dataset) -> Option<Vec<&'b ColumnValues>> {
        let inputs = self.recipe.columns.iter().filter(|column| column.is_input);
        inputs.map(|column| batch.columns.get(&column.name).map(|found| &found.values)).collect()
    }

    fn step(&mut self, step: &Step, mut batch: Dataset) -> Result<Dataset, Box<Diagnostic>> {
        match step {
            Step::Column(at, expression) => {
                let values = self.evaluated(expression, &batch)?;
                let wanted = &self.recipe.columns[*at];
                batch.columns.insert(wanted.name.clone(), batch::computed(wanted, values, batch.rows));
                Ok(batch)
            }
            Step::Condition(at, expression) => {
                let values = self.evaluated(expression, &batch)?;
                let Data::Bool(holds) = &values.data else { unreachable!("a condition is a bool") };
                let rows: Vec<usize> =
                    holds.iter().enumerate().filter(|(_, holds)| **holds).map(|(at, _)| at).collect();
                if let Some((_, count)) = self.thrown.conditions.get_mut(*at) {
                    *count += (batch.rows - rows.len()) as u64;
                }
                Ok(batch::select(&batch, &rows))
            }
        }
    }

    /// An expression over all rows; where it fails, with the first row on which it does.
    fn evaluated(&self, expression: &Typed, batch: &Dataset) -> Result<FeatureValues, Box<Diagnostic>> {
        let rows: Vec<usize> = (0..batch.rows).collect();
        let source = Source { dataset: batch, outputs: BTreeMap::new() };
        evaluate(expression, &source, &rows).map_err(|finding| {
            let failing = rows.iter().find(|row| evaluate(expression, &source, &[**row]).is_err());
            match failing {
                Some(row) => Box::new(messages::on_row(*finding, &self.shown(batch, *row))),
                None => finding,
            }
        })
    }

    /// The tokens of a row in words, and the numbers of `let`.
    fn shown(&self, batch: &Dataset, row: usize) -> String {
        let mut parts: Vec<String> = Vec::new();
        for column in self.recipe.columns.iter().filter(|column| column.is_input) {
            let Some(ColumnValues::Int(values)) = batch.columns.get(&column.name).map(|found| &found.values) else {
                continue;
            };
            let word = |token: &i64| {
                let words = column.vocabulary.as_deref();
                let word = words.zip(usize::try_from(*token).ok()).and_then(|(words, token)| words.get(token));
                word.cloned().unwrap_or_else(|| token.to_string())
            };
            let values = values.index_axis(Axis(0), row);
            parts.push(values.iter().take(MOST_SHOWN).map(word).collect::<Vec<_>>().join(" "));
        }
        for name in &self.recipe.number_names {
            if let Some(ColumnValues::Int(values)) = batch.columns.get(name).map(|found| &found.values) {
                parts.extend(values.iter().nth(row).map(|value| format!("{name} = {value}")));
            }
        }
        parts.join("; ")
    }

    /// Takes in the rows that are new, as many as are asked for.
    fn keep(&mut self, batch: &Dataset) {
        let Some(inputs) = self.inputs(batch) else { return };
        for row in 0..batch.rows {
            if self.rows >= self.recipe.rows {
                return;
            }
            if !self.known.insert(batch::key(inputs.iter().copied(), row)) {
                self.thrown.again += 1;
                continue;
            }
            for (kept, column) in self.kept.iter_mut().zip(&self.recipe.columns) {
                if let Some(found) = batch.columns.get(&column.name) {
                    kept.push(&found.values, row);
                }
            }
            self.rows += 1;
            if let Some(ColumnValues::Int(places)) = batch.columns.get(TRY).map(|found| &found.values) {
                let place = places.iter().nth(row).and_then(|place| u64::try_from(*place).ok());
                self.last_new = place.map_or(self.last_new, |place| place + 1);
            }
        }
    }
}
