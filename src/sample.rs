//! Counter-based randomness: every draw is a hash of what it is for, so that it depends neither on
//! the order of evaluation nor on any other draw.

use crate::hypothesis::{DataIx, FeatureIx};
use crate::lower::{ABSENT, Datum, Draw, DrawId, Role, Rule, Space, Tree};
pub use crate::random::Stream;
use crate::random::{below, number};
use std::collections::BTreeMap;

/// The rows that share a value of a feature. Rows are counted through all datasets of a
/// hypothesis: those of the first, then those of the second, and so on.
pub trait Classes: Sync {
    /// The class of a row.
    fn class_of(&self, row: u32) -> u32;
    /// The rows of a class in one dataset, in row order.
    fn members(&self, class: u32, data: DataIx) -> &[u32];
}

/// Sampling classes by feature, and by element for per-position claims.
pub type ClassTable<'a> = BTreeMap<(FeatureIx, Option<usize>), &'a dyn Classes>;

/// What draws are made from.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Materials<'a> {
    pub seed: u64,
    /// Rows of each dataset.
    pub rows: &'a [usize],
    pub classes: &'a ClassTable<'a>,
    /// For each named draw that is paired, the row that belongs to each row of the first dataset.
    pub pairs: &'a [Option<Vec<u32>>],
}

/// For each draw of a tree the chosen row of each reference and each tuple of positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    by_draw: Vec<Vec<u32>>,
    /// By draw the number of tuples.
    widths: Vec<usize>,
}

impl Rows {
    /// Rows given from outside: for each draw its number of tuples, and the rows, reference by
    /// reference and tuple after tuple; draw 0 holds the references.
    #[must_use]
    pub fn new(draws: Vec<(usize, Vec<u32>)>) -> Rows {
        let (widths, by_draw) = draws.into_iter().unzip();
        Rows { by_draw, widths }
    }

    /// Adds a draw, given by its tuples: for each the rows of all references.
    pub fn push_columns(&mut self, columns: &[Vec<u32>]) {
        let references = columns.first().map_or(0, Vec::len);
        let rows = (0..references).flat_map(|reference| columns.iter().map(move |column| column[reference]));
        self.by_draw.push(rows.collect());
        self.widths.push(columns.len());
    }

    /// The rows of one draw, reference by reference, tuple after tuple.
    #[must_use]
    pub fn of(&self, draw: usize) -> &[u32] {
        self.by_draw.get(draw).map_or(&[], Vec::as_slice)
    }

    /// Tuples of positions of one draw.
    #[must_use]
    pub fn width(&self, draw: usize) -> usize {
        self.widths.get(draw).copied().unwrap_or(1)
    }

    /// The row of one reference at one tuple.
    #[must_use]
    pub fn at(&self, draw: DrawId, reference: usize, tuple: u32) -> u32 {
        self.by_draw[draw.0][reference * self.widths[draw.0] + tuple as usize]
    }

    /// The rows of all references at one tuple.
    #[must_use]
    pub fn column(&self, draw: usize, tuple: usize) -> Vec<u32> {
        self.of(draw).iter().skip(tuple).step_by(self.width(draw).max(1)).copied().collect()
    }

    /// The draws of the first references.
    #[must_use]
    pub fn first(&self, references: usize) -> Rows {
        let of =
            |(rows, width): (&Vec<u32>, &usize)| rows[..rows.len().min(references.saturating_mul(*width))].to_vec();
        Rows { by_draw: self.by_draw.iter().zip(&self.widths).map(of).collect(), widths: self.widths.clone() }
    }

    /// The number of references.
    #[must_use]
    pub fn references(&self) -> usize {
        self.of(0).len()
    }
}

/// The first `n` rows of a keyed permutation of `0..rows`: each at most once, and a smaller `n`
/// gives a prefix of a larger one.
#[must_use]
pub fn references(seed: u64, rows: usize, n: usize) -> Vec<u32> {
    let key = stream(seed, Role::Reference, "", &[]);
    let mut order: Vec<(u64, u32)> =
        (0..u32::try_from(rows).unwrap_or(u32::MAX)).map(|row| (number(&key, u64::from(row)), row)).collect();
    order.sort_unstable();
    order.truncate(n);
    order.into_iter().map(|(_, row)| row).collect()
}

/// All rows in an order that depends on what it is for.
#[must_use]
pub fn shuffled(seed: u64, purpose: &str, rows: usize) -> Vec<u32> {
    let stream = Stream::new(seed, purpose);
    let mut order: Vec<(u64, u32)> =
        (0..u32::try_from(rows).unwrap_or(u32::MAX)).map(|row| (stream.at(u64::from(row)), row)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, row)| row).collect()
}

/// Makes every draw of a tree for every reference. Draws stand behind the draws they are given.
#[must_use]
pub fn draw(tree: &Tree, references: &[u32], materials: Materials<'_>) -> Rows {
    draw_but(tree, references, materials, &BTreeMap::new())
}

/// The same, but that some draws are the rows of data: no other number that draws are made from
/// changes.
#[must_use]
pub fn draw_but(tree: &Tree, references: &[u32], materials: Materials<'_>, given: &BTreeMap<DrawId, Datum>) -> Rows {
    let mut rows = Rows { by_draw: Vec::with_capacity(tree.draws.len()), widths: Vec::new() };
    for (at, draw) in tree.draws.iter().enumerate() {
        let space = tree.space(draw.space);
        let chosen = match given.get(&DrawId(at)) {
            Some(datum) => (0..references.len() * space.len())
                .map(|place| given_row(&rows, datum, place / space.len(), place % space.len()))
                .collect(),
            None => chosen(draw, space, references, tree.pool.max(1), &rows, materials),
        };
        rows.by_draw.push(chosen);
        rows.widths.push(space.len());
    }
    rows
}

fn chosen(
    draw: &Draw,
    space: &Space,
    references: &[u32],
    pool: usize,
    before: &Rows,
    materials: Materials<'_>,
) -> Vec<u32> {
    let mut found = vec![0; references.len() * space.len()];
    for (at, tuple) in space.tuples.iter().enumerate() {
        let key = stream(materials.seed, draw.role, &draw.occurrence, tuple);
        for (ordinal, reference) in references.iter().enumerate() {
            let u = number(&key, (ordinal / pool) as u64);
            found[ordinal * space.len() + at] = match &draw.rule {
                Rule::Reference => *reference,
                Rule::Uniform(data) => uniform(u, *data, materials.rows),
                Rule::Paired(name) => {
                    let pairs = materials.pairs.get(name.0).and_then(Option::as_ref);
                    pairs.and_then(|pairs| pairs.get(*reference as usize)).copied().unwrap_or(*reference)
                }
                Rule::Agree { feature, elementwise, given, data } => {
                    let element = elementwise.then(|| tuple.last().copied()).flatten();
                    let classes = *materials.classes.get(&(*feature, element)).expect("claims have their classes");
                    agreeing(u, given_row(before, given, ordinal, at), classes, *data)
                }
            };
        }
    }
    found
}

/// The row of a datum for one reference and one tuple of its visit.
#[must_use]
pub fn given_row(rows: &Rows, datum: &Datum, reference: usize, tuple: usize) -> u32 {
    let own = datum.lookup.get(tuple).copied().unwrap_or(ABSENT);
    rows.at(datum.draw, reference, own)
}

fn uniform(u: u64, data: DataIx, rows: &[usize]) -> u32 {
    let before: usize = rows.iter().take(data.0).sum();
    let own = rows.get(data.0).copied().unwrap_or(0);
    u32::try_from(before + below(u, own)).unwrap_or(u32::MAX)
}

fn agreeing(u: u64, given: u32, classes: &dyn Classes, data: DataIx) -> u32 {
    let members = classes.members(classes.class_of(given), data);
    members.get(below(u, members.len())).copied().unwrap_or(given)
}

/// The key of one draw's stream: a hash of all of its key but the reference's ordinal.
fn stream(seed: u64, role: Role, occurrence: &str, positions: &[usize]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("ansatz 2026-11 draws 1");
    hasher.update(&seed.to_le_bytes());
    let mut text = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    text(role.word().as_bytes());
    text(occurrence.as_bytes());
    let positions: Vec<u8> = positions.iter().flat_map(|at| (*at as u64).to_le_bytes()).collect();
    text(&positions);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_a_permutation_with_prefixes() {
        let all = references(7, 100, 100);
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u32>>());
        assert_eq!(references(7, 100, 30), all[..30]);
        assert_ne!(references(8, 100, 100), all);
    }

    #[test]
    fn numbers_stay_below_and_reach_every_member() {
        assert_eq!(below(u64::MAX, 5), 4);
        assert_eq!(below(0, 5), 0);
        let key = stream(0, Role::Claim, "a", &[]);
        let mut counts = [0_u32; 5];
        for ordinal in 0..5_000 {
            counts[below(number(&key, ordinal), 5)] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }

    /// The published numbers of this scheme; they may never change within a version of the scheme.
    #[test]
    fn golden_numbers() {
        let key = stream(1, Role::Claim, "logits <- z[:, 0, :, :] (direct)", &[3]);
        let numbers: Vec<u64> = (0..3).map(|ordinal| number(&key, ordinal)).collect();
        assert_eq!(numbers, GOLDEN);
    }

    const GOLDEN: [u64; 3] = [13_685_710_788_611_317_182, 17_582_281_651_125_736_393, 2_229_535_817_180_524_226];
}
