//! Batches end in any order; what is summed over them is summed in the order of their items.

use std::collections::BTreeMap;

/// Hands on what batches give as soon as everything before has been handed on. The items of a batch
/// follow each other.
#[derive(Debug)]
pub struct InOrder<T> {
    next: usize,
    waiting: BTreeMap<usize, (usize, T)>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        InOrder { next: 0, waiting: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// Takes what the batch with these items gives.
    pub fn take(&mut self, items: &[usize], given: T, act: &mut dyn FnMut(T)) {
        let Some(first) = items.first() else { return };
        self.waiting.insert(*first, (items.len(), given));
        while let Some((items, given)) = self.waiting.remove(&self.next) {
            self.next += items;
            act(given);
        }
    }
}
