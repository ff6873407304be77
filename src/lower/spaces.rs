//! Spaces of positions: what the per-position nodes on a walk from the root range over.

use std::collections::BTreeMap;

/// Index of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(pub usize);

impl SpaceId {
    /// The space without positions: one tuple, which is empty.
    pub const ROOT: SpaceId = SpaceId(0);
}

/// Tuples of positions, one position for each per-position node on the way from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    pub tuples: Vec<Vec<usize>>,
    /// For each tuple the tuple of the parent that it extends.
    pub parents: Vec<u32>,
    index: BTreeMap<(u32, usize), u32>,
}

/// Where no tuple is.
pub const ABSENT: u32 = u32::MAX;

impl Space {
    #[must_use]
    pub fn len(&self) -> usize {
        self.tuples.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tuples.is_empty()
    }

    /// The tuple that extends a tuple of the parent by a position; [`ABSENT`] if there is none.
    #[must_use]
    pub fn child(&self, parent: u32, position: usize) -> u32 {
        self.index.get(&(parent, position)).copied().unwrap_or(ABSENT)
    }

    /// Every tuple by its number.
    #[must_use]
    pub fn identity(&self) -> Vec<u32> {
        (0..self.len()).map(number).collect()
    }
}

/// All spaces of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spaces {
    all: Vec<Space>,
}

impl Default for Spaces {
    fn default() -> Spaces {
        let root = Space { tuples: vec![Vec::new()], parents: vec![0], index: BTreeMap::new() };
        Spaces { all: vec![root] }
    }
}

impl Spaces {
    #[must_use]
    pub fn get(&self, id: SpaceId) -> &Space {
        &self.all[id.0]
    }

    /// The space of a per-position node below another space: for each tuple the positions it reads.
    pub fn extend(&mut self, parent: SpaceId, positions: &[Vec<usize>]) -> SpaceId {
        let mut space = Space { tuples: Vec::new(), parents: Vec::new(), index: BTreeMap::new() };
        for (tuple, own) in positions.iter().enumerate() {
            for position in own {
                let index = number(space.tuples.len());
                let above = &self.all[parent.0].tuples[tuple];
                space.tuples.push(above.iter().copied().chain([*position]).collect());
                space.parents.push(number(tuple));
                space.index.insert((number(tuple), *position), index);
            }
        }
        self.all.push(space);
        SpaceId(self.all.len() - 1)
    }
}

/// A tuple's number, of which there are never as many as 2^32.
#[must_use]
pub fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(ABSENT)
}
