//! Sampling classes that no feature of the file has.

use super::{Kind, OwnClasses, Variation};
use crate::hypothesis::{ClassMap, DataIx, Hypothesis, JointClasses, NO_CLASS};
use crate::sample::{self, Classes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A partition of the rows of all datasets of a hypothesis, rows counted through all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    of_row: Vec<u32>,
    /// By dataset and class the rows, in row order.
    members: Vec<Vec<Vec<u32>>>,
}

impl Partition {
    /// From the class of each row, and the rows of each dataset. [`NO_CLASS`] is of no class.
    #[must_use]
    pub fn new(of_row: Vec<u32>, rows: &[usize]) -> Partition {
        let count = of_row.iter().filter(|class| **class != NO_CLASS).max().map_or(0, |last| *last as usize + 1);
        let mut left = of_row.iter().enumerate();
        let of_dataset = |rows: &usize| {
            let mut members = vec![Vec::new(); count];
            for (row, class) in left.by_ref().take(*rows) {
                if let Some(members) = members.get_mut(*class as usize) {
                    members.push(u32::try_from(row).unwrap_or(u32::MAX));
                }
            }
            members
        };
        let members = rows.iter().map(of_dataset).collect();
        Partition { of_row, members }
    }

    /// Rows that are of one class in both: the class of a tuple of two features.
    #[must_use]
    pub fn of_both(one: &dyn Classes, other: &dyn Classes, rows: &[usize]) -> Partition {
        let mut numbers: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let total = u32::try_from(rows.iter().sum::<usize>()).unwrap_or(u32::MAX);
        let class = |row: u32| {
            let pair = (one.class_of(row), other.class_of(row));
            if pair.0 == NO_CLASS || pair.1 == NO_CLASS {
                return NO_CLASS;
            }
            let next = u32::try_from(numbers.len()).unwrap_or(NO_CLASS);
            *numbers.entry(pair).or_insert(next)
        };
        Partition::new((0..total).map(class).collect(), rows)
    }

    /// The number of classes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.first().map_or(0, Vec::len)
    }
}

impl Classes for Partition {
    fn class_of(&self, row: u32) -> u32 {
        self.of_row.get(row as usize).copied().unwrap_or(NO_CLASS)
    }

    fn members(&self, class: u32, data: DataIx) -> &[u32] {
        self.members.get(data.0).and_then(|own| own.get(class as usize)).map_or(&[], Vec::as_slice)
    }
}

/// The hypothesis with the features of other rows: one permutation of the rows of each dataset, the
/// same for all features, so that features keep what they have to do with each other and lose what
/// they have to do with the model. `None` if it has no features.
#[must_use]
pub fn permuted(hypothesis: &Hypothesis, classes: &ClassMap, rows: &[usize], seed: u64) -> Option<Variation> {
    if classes.is_empty() {
        return None;
    }
    let mut from: Vec<u32> = Vec::new();
    for (data, rows) in rows.iter().enumerate() {
        let first = u32::try_from(from.len()).unwrap_or(u32::MAX);
        from.extend(sample::shuffled(seed, &format!("permuted {data}"), *rows).into_iter().map(|row| first + row));
    }
    let moved = |classes: &JointClasses| {
        let of_row = from.iter().map(|row| classes.of_row.get(*row as usize).copied().unwrap_or(NO_CLASS));
        Arc::new(Partition::new(of_row.collect(), rows)) as Arc<dyn Classes + Send>
    };
    let own: OwnClasses = classes.iter().map(|(key, classes)| (*key, moved(classes))).collect();
    Some(Variation { classes: own, ..Variation::new(Kind::Permuted, hypothesis.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_agree_on_both() {
        let one = Partition::new(vec![0, 0, 1, 1, NO_CLASS], &[4, 1]);
        let other = Partition::new(vec![0, 1, 0, 0, 0], &[4, 1]);
        let both = Partition::of_both(&one, &other, &[4, 1]);
        assert_eq!(both.of_row, [0, 1, 2, 2, NO_CLASS]);
        assert_eq!(both.members(2, DataIx(0)), [2, 3]);
        assert_eq!(both.members(0, DataIx(1)), [] as [u32; 0]);
        assert_eq!(both.count(), 3);
    }
}
