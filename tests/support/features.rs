//! Features by row, as the sampling classes that draws are made from.

use ansatz::hypothesis::{DataIx, FeatureIx};
use ansatz::sample::{ClassTable, Classes};
use std::collections::BTreeMap;

/// The value of a feature on each row, as classes numbered by first appearance.
#[derive(Debug, Clone)]
pub struct Labels {
    class_by_row: Vec<u32>,
    members: Vec<Vec<u32>>,
    /// Of the second dataset, whose rows stand behind the first one's.
    second_members: Vec<Vec<u32>>,
}

impl Labels {
    pub fn new<T: Ord + Copy>(values: &[T]) -> Labels {
        let mut classes: BTreeMap<T, u32> = BTreeMap::new();
        let mut labels = Labels { class_by_row: Vec::new(), members: Vec::new(), second_members: Vec::new() };
        for (row, value) in values.iter().enumerate() {
            let next = u32::try_from(classes.len()).expect("few classes");
            let class = *classes.entry(*value).or_insert(next);
            if class == next && labels.members.len() == next as usize {
                labels.members.push(Vec::new());
                labels.second_members.push(Vec::new());
            }
            labels.class_by_row.push(class);
            labels.members[class as usize].push(u32::try_from(row).expect("few rows"));
        }
        labels
    }

    /// From this row on the rows are those of a second dataset.
    fn split(&mut self, first: u32) {
        for (own, second) in self.members.iter_mut().zip(&mut self.second_members) {
            own.extend(std::mem::take(second));
            (*own, *second) = own.iter().partition(|row| **row < first);
        }
    }

    /// Whether every class has rows of both datasets.
    fn is_in_both(&self) -> bool {
        self.members.iter().chain(&self.second_members).all(|members| !members.is_empty())
    }

    /// Whether two rows have the same value.
    pub fn agree(&self, one: u32, other: u32) -> bool {
        self.class_by_row[one as usize] == self.class_by_row[other as usize]
    }
}

impl Classes for Labels {
    fn class_of(&self, row: u32) -> u32 {
        self.class_by_row[row as usize]
    }

    fn members(&self, class: u32, data: DataIx) -> &[u32] {
        match data.0 {
            0 => &self.members[class as usize],
            _ => &self.second_members[class as usize],
        }
    }
}

/// The features of a test: each as a whole, and by element.
#[derive(Debug, Clone, Default)]
pub struct Features {
    whole: Vec<Labels>,
    elements: Vec<Vec<Labels>>,
}

impl Features {
    pub fn new() -> Features {
        Features::default()
    }

    /// Adds a feature that has one value for each row.
    pub fn add<T: Ord + Copy>(&mut self, values: &[T]) -> FeatureIx {
        self.push(Labels::new(values), Vec::new())
    }

    /// Adds a feature that has a value for each element i of each row: `by_element[i][row]`.
    pub fn add_elementwise<T: Ord + Copy>(&mut self, by_element: &[Vec<T>]) -> FeatureIx {
        let rows = by_element.first().map_or(0, Vec::len);
        let whole: Vec<Vec<T>> = (0..rows).map(|row| by_element.iter().map(|values| values[row]).collect()).collect();
        let whole: Vec<&[T]> = whole.iter().map(Vec::as_slice).collect();
        self.push(Labels::new(&whole), by_element.iter().map(|values| Labels::new(values)).collect())
    }

    fn push(&mut self, whole: Labels, elements: Vec<Labels>) -> FeatureIx {
        self.whole.push(whole);
        self.elements.push(elements);
        FeatureIx(self.whole.len() - 1)
    }

    /// From this row on the rows are those of a second dataset.
    pub fn split(&mut self, first: usize) {
        let first = u32::try_from(first).expect("few rows");
        self.whole.iter_mut().chain(self.elements.iter_mut().flatten()).for_each(|labels| labels.split(first));
    }

    /// Whether every class of a feature, or of each of its elements, has rows of both datasets.
    pub fn is_in_both(&self, feature: FeatureIx, elementwise: bool) -> bool {
        match elementwise {
            false => self.whole[feature.0].is_in_both(),
            true => self.elements[feature.0].iter().all(Labels::is_in_both),
        }
    }

    pub fn count(&self) -> usize {
        self.whole.len()
    }

    /// The classes of a feature, or of one of its elements.
    pub fn labels(&self, feature: FeatureIx, element: Option<usize>) -> &Labels {
        match element {
            None => &self.whole[feature.0],
            Some(at) => &self.elements[feature.0][at],
        }
    }

    /// All classes, as sampling wants them.
    pub fn table(&self) -> ClassTable<'_> {
        let mut table = ClassTable::new();
        for (at, whole) in self.whole.iter().enumerate() {
            table.insert((FeatureIx(at), None), whole);
            for (element, labels) in self.elements[at].iter().enumerate() {
                table.insert((FeatureIx(at), Some(element)), labels);
            }
        }
        table
    }
}
