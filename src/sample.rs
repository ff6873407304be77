//! Counter-based randomness: every draw is a hash of what it is for, so that it depends neither on
//! the order of evaluation nor on any other draw.

use crate::hypothesis::FeatureIx;
use crate::lower::{Draw, Role, Rule, Tree};
use std::collections::BTreeMap;

/// The rows that share a value of a feature.
pub trait Classes {
    /// The class of a row.
    fn class_of(&self, row: u32) -> u32;
    /// The rows of a class in row order; never empty for a class that a row has.
    fn members(&self, class: u32) -> &[u32];
}

/// Sampling classes by feature, and by element for per-position claims.
pub type ClassTable<'a> = BTreeMap<(FeatureIx, Option<usize>), &'a dyn Classes>;

/// For each draw of a tree the chosen row of each reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    by_draw: Vec<Vec<u32>>,
}

impl Rows {
    /// Rows given from outside, one list for each draw; draw 0 holds the references.
    #[must_use]
    pub fn new(by_draw: Vec<Vec<u32>>) -> Rows {
        Rows { by_draw }
    }

    /// The rows of one draw, by reference.
    #[must_use]
    pub fn of(&self, draw: usize) -> &[u32] {
        self.by_draw.get(draw).map_or(&[], Vec::as_slice)
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

/// Makes every draw of a tree for every reference.
///
/// `rows` is the size of the dataset. Draws stand behind the draws they are given.
#[must_use]
pub fn draw(tree: &Tree, references: &[u32], rows: usize, seed: u64, classes: &ClassTable<'_>) -> Rows {
    let mut by_draw: Vec<Vec<u32>> = Vec::with_capacity(tree.draws.len());
    for draw in &tree.draws {
        let chosen = match draw.rule {
            Rule::Reference => references.to_vec(),
            Rule::Uniform => uniform(draw, references.len(), rows, seed),
            Rule::Agree { feature, element, given } => {
                let classes = *classes.get(&(feature, element)).expect("every claimed feature has its classes");
                agreeing(draw, &by_draw[given.0], seed, classes)
            }
        };
        by_draw.push(chosen);
    }
    Rows { by_draw }
}

fn uniform(draw: &Draw, references: usize, rows: usize, seed: u64) -> Vec<u32> {
    let key = stream(seed, draw.role, &draw.occurrence, &draw.positions);
    let pick = |ordinal: usize| u32::try_from(below(number(&key, ordinal as u64), rows)).unwrap_or(0);
    (0..references).map(pick).collect()
}

fn agreeing(draw: &Draw, given: &[u32], seed: u64, classes: &dyn Classes) -> Vec<u32> {
    let key = stream(seed, draw.role, &draw.occurrence, &draw.positions);
    let pick = |(ordinal, row): (usize, &u32)| {
        let members = classes.members(classes.class_of(*row));
        members.get(below(number(&key, ordinal as u64), members.len())).copied().unwrap_or(*row)
    };
    given.iter().enumerate().map(pick).collect()
}

/// floor(u·size) for u = number / 2^64.
fn below(number: u64, size: usize) -> usize {
    let product = u128::from(number) * (size as u128);
    usize::try_from(product >> 64).unwrap_or(0)
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

/// The `ordinal`-th number of a stream, uniform over 64 bits.
fn number(key: &[u8; 32], ordinal: u64) -> u64 {
    let hash = blake3::keyed_hash(key, &ordinal.to_le_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
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
