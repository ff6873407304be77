//! One try to draw a row. Pieces are drawn without recursion, within a number of steps.

use super::count::Count;
use super::recipe::{Alternatives, Item, Part, Whole};
use crate::random::Stream;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Steps of one column: so many, and for each of its positions so many more.
const STEPS: usize = 1_000;
const STEPS_OF_POSITION: usize = 64;
/// Numbers of one try lie apart from those of the next by so many.
const NUMBERS_OF_TRY: u64 = 1 << 32;

/// Why a try came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    TooLong,
    TooShort,
    Endless,
    Counts,
    Edits,
    Ranges,
}

/// The choices of one try, one after the other.
#[derive(Debug)]
pub struct Choices<'a> {
    stream: &'a Stream,
    next: u64,
    /// The numbers of `let`.
    pub numbers: Vec<i64>,
    pub steps: u64,
}

impl<'a> Choices<'a> {
    /// Those of the try of this place.
    pub fn new(stream: &'a Stream, place: u64) -> Choices<'a> {
        Choices { stream, next: place.wrapping_mul(NUMBERS_OF_TRY), numbers: Vec::new(), steps: 0 }
    }

    /// A number below `size`, uniform.
    fn below(&mut self, size: usize) -> usize {
        if size <= 1 {
            return 0;
        }
        self.next = self.next.wrapping_add(1);
        self.stream.below(self.next, size)
    }

    /// A whole number of a range, the end excluded.
    pub fn within(&mut self, (start, end): (&Count, &Count)) -> Result<i64, Reason> {
        let start = start.value(&self.numbers, &[]).ok_or(Reason::Counts)?;
        let end = end.value(&self.numbers, &[]).ok_or(Reason::Counts)?;
        let size = end.checked_sub(start).ok_or(Reason::Counts)?;
        let size = usize::try_from(size).ok().filter(|size| *size > 0).ok_or(Reason::Ranges)?;
        Ok(start + i64::try_from(self.below(size)).unwrap_or(0))
    }

    /// A real number between two, one of 2^53 that lie evenly; each operation is exact everywhere.
    pub fn real(&mut self, from: f64, to: f64) -> f64 {
        self.next = self.next.wrapping_add(1);
        let unit = (self.stream.at(self.next) >> 11) as f64 / (1_u64 << 53) as f64;
        from + unit * (to - from)
    }
}

/// What is still to be drawn of a column.
enum Task<'r> {
    OneOf(&'r Alternatives, Arguments),
    Sequence(&'r [Part], Arguments),
    Times(&'r Item, i64, Arguments),
    /// Edits what was drawn from this place on.
    Edit {
        from: usize,
        places: i64,
        tokens: Option<&'r [i64]>,
    },
}

/// Of the family whose pieces are drawn.
type Arguments = Rc<[i64]>;

/// Draws one column of tokens.
pub struct Drawer<'r, 'c, 's> {
    pub families: &'r [Alternatives],
    pub length: usize,
    pub choices: &'c mut Choices<'s>,
    fill: Option<i64>,
    tokens: Vec<i64>,
    open: Vec<Task<'r>>,
}

impl<'r, 'c, 's> Drawer<'r, 'c, 's> {
    pub fn new(families: &'r [Alternatives], length: usize, choices: &'c mut Choices<'s>) -> Drawer<'r, 'c, 's> {
        Drawer { families, length, choices, fill: None, tokens: Vec::with_capacity(length), open: Vec::new() }
    }

    /// `length` tokens, or why there are none.
    pub fn column(mut self, alternatives: &'r [Whole]) -> Result<Vec<i64>, Reason> {
        let Some(whole) = alternatives.get(self.choices.below(alternatives.len())) else { return Ok(Vec::new()) };
        self.fill = whole.fill;
        self.open.push(Task::Sequence(&whole.parts, Rc::from([])));
        let most = self.length.saturating_mul(STEPS_OF_POSITION).saturating_add(STEPS);
        let mut steps = 0;
        while let Some(task) = self.open.pop() {
            steps += 1;
            self.choices.steps += 1;
            if steps > most {
                return Err(Reason::Endless);
            }
            self.task(task)?;
        }
        match self.fill {
            Some(fill) => self.tokens.resize(self.length, fill),
            None if self.tokens.len() < self.length => return Err(Reason::TooShort),
            None => {}
        }
        Ok(self.tokens)
    }

    fn task(&mut self, task: Task<'r>) -> Result<(), Reason> {
        match task {
            Task::OneOf(alternatives, arguments) => {
                let chosen = alternatives.get(self.choices.below(alternatives.len()));
                self.open.extend(chosen.map(|parts| Task::Sequence(parts, arguments)));
            }
            Task::Sequence(parts, arguments) => {
                let Some((first, rest)) = parts.split_first() else { return Ok(()) };
                let times = match &first.count {
                    None => 1,
                    Some(count) => self.count(count, &arguments)?,
                };
                if !rest.is_empty() {
                    self.open.push(Task::Sequence(rest, Rc::clone(&arguments)));
                }
                self.open.push(Task::Times(&first.item, times, arguments));
            }
            Task::Times(_, 0, _) => {}
            Task::Times(item, times, arguments) => {
                if times > 1 {
                    self.open.push(Task::Times(item, times - 1, Rc::clone(&arguments)));
                }
                self.item(item, &arguments)?;
            }
            Task::Edit { from, places, tokens } => self.edit(from, places, tokens)?,
        }
        Ok(())
    }

    fn count(&self, count: &Count, arguments: &[i64]) -> Result<i64, Reason> {
        count.value(&self.choices.numbers, arguments).filter(|count| *count >= 0).ok_or(Reason::Counts)
    }

    fn item(&mut self, item: &'r Item, arguments: &Arguments) -> Result<(), Reason> {
        match item {
            Item::Nothing => Ok(()),
            Item::Token(token) => self.put(*token),
            Item::OneOf(tokens) => {
                let at = self.choices.below(tokens.len());
                tokens.get(at).map_or(Ok(()), |token| self.put(*token))
            }
            Item::Family(at, counts) => {
                let value = |count: &Count| count.value(&self.choices.numbers, arguments).ok_or(Reason::Counts);
                let given = counts.iter().map(value).collect::<Result<Vec<i64>, Reason>>()?;
                self.open.extend(self.families.get(*at).map(|found| Task::OneOf(found, given.into())));
                Ok(())
            }
            Item::Group(alternatives) => {
                self.open.push(Task::OneOf(alternatives, Rc::clone(arguments)));
                Ok(())
            }
            Item::Row(source) => {
                let row = source.row(self.choices.below(source.len()));
                let end = row.iter().rposition(|token| Some(*token) != self.fill).map_or(0, |last| last + 1);
                row.iter().take(end).try_for_each(|token| self.put(*token))
            }
            Item::Edit { alternatives, places, tokens } => {
                let places = self.count(places, arguments)?;
                self.open.push(Task::Edit { from: self.tokens.len(), places, tokens: tokens.as_deref() });
                self.open.push(Task::OneOf(alternatives, Rc::clone(arguments)));
                Ok(())
            }
        }
    }

    fn put(&mut self, token: i64) -> Result<(), Reason> {
        if self.tokens.len() >= self.length {
            return Err(Reason::TooLong);
        }
        self.tokens.push(token);
        Ok(())
    }

    /// Replaces tokens at so many different places, each by another token: of those that are given, where
    /// one of these stands; else of those that occur in the piece.
    fn edit(&mut self, from: usize, places: i64, tokens: Option<&[i64]>) -> Result<(), Reason> {
        let piece = self.tokens.get(from..).unwrap_or_default();
        let own: BTreeSet<i64> = piece.iter().copied().collect();
        let choices: Vec<i64> = tokens.map_or_else(|| own.into_iter().collect(), <[i64]>::to_vec);
        let is_editable = |token: &i64| choices.len() > 1 && choices.binary_search(token).is_ok();
        let mut editable: Vec<usize> =
            (from..).zip(piece).filter(|(_, token)| is_editable(token)).map(|(at, _)| at).collect();
        let places = usize::try_from(places).ok().filter(|places| *places <= editable.len()).ok_or(Reason::Edits)?;
        for taken in 0..places {
            let chosen = taken + self.choices.below(editable.len() - taken);
            editable.swap(taken, chosen);
            let (Some(at), others) = (editable.get(taken), choices.len() - 1) else { return Err(Reason::Edits) };
            let drawn = self.choices.below(others);
            let Some(token) = self.tokens.get_mut(*at) else { return Err(Reason::Edits) };
            let own = choices.binary_search(token).unwrap_or(others);
            let other = if drawn >= own { drawn + 1 } else { drawn };
            *token = choices.get(other).copied().ok_or(Reason::Edits)?;
        }
        Ok(())
    }
}
