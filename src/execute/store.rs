//! Clean values held by dataset row.

use super::boxes::{Buffer, Run, runs};
use crate::engine::{DType, Value};
use crate::model::{Region, TensorId};
use std::collections::BTreeMap;

/// A tensor to hold: the box that is read, the shape (axis 0 any), the element type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    pub tensor: TensorId,
    pub region: Region,
    /// The sizes of the tensor's axes; axis 0 is the row and counts as 1.
    pub shape: Vec<usize>,
    pub dtype: DType,
}

impl Capture {
    /// Elements of one row.
    #[must_use]
    pub fn row_size(&self) -> usize {
        self.region.shape(&self.shape).iter().product()
    }

    /// Bytes of one row.
    #[must_use]
    pub fn row_bytes(&self) -> u64 {
        (self.row_size() * self.dtype.size()) as u64
    }
}

/// Clean values of some rows of the dataset.
#[derive(Debug)]
pub struct Store {
    /// By dataset row the place in the buffers; `ABSENT` for rows that are not held.
    slots: Vec<u32>,
    held: BTreeMap<TensorId, Held>,
}

#[derive(Debug)]
struct Held {
    capture: Capture,
    buffer: Buffer,
}

const ABSENT: u32 = u32::MAX;

impl Store {
    /// Room for these rows of a dataset of `dataset_rows` rows.
    #[must_use]
    pub fn new(captures: &[Capture], rows: &[u32], dataset_rows: usize) -> Store {
        let mut slots = vec![ABSENT; dataset_rows];
        for (slot, row) in rows.iter().enumerate() {
            slots[*row as usize] = u32::try_from(slot).unwrap_or(ABSENT);
        }
        let hold = |capture: &Capture| {
            let buffer = Buffer::new(capture.dtype, capture.row_size() * rows.len());
            (capture.tensor, Held { capture: capture.clone(), buffer })
        };
        Store { slots, held: captures.iter().map(hold).collect() }
    }

    /// The tensors held.
    pub fn tensors(&self) -> impl Iterator<Item = TensorId> + '_ {
        self.held.keys().copied()
    }

    /// Takes in the values of a tensor on some rows; rows without room are passed over.
    pub fn put(&mut self, tensor: TensorId, rows: &[u32], value: Value) {
        let Some(held) = self.held.get_mut(&tensor) else { return };
        let source = Buffer::from_value(value);
        let whole = Region::whole(held.capture.shape.len());
        let runs = runs(&held.capture.shape, &held.capture.region, &whole, &held.capture.region);
        let from_size: usize = held.capture.shape.iter().product();
        let to_size = held.capture.row_size();
        for (index, row) in rows.iter().enumerate() {
            let slot = self.slots[*row as usize];
            if slot != ABSENT {
                held.buffer.copy(&source, &runs, (index, from_size), (slot as usize, to_size));
            }
        }
    }

    /// The box of a tensor that is held, and its values: slot after slot.
    #[must_use]
    pub fn held(&self, tensor: TensorId) -> Option<(&Region, &Buffer)> {
        self.held.get(&tensor).map(|held| (&held.capture.region, &held.buffer))
    }

    /// Where a row's values are; `None` if it is not held.
    #[must_use]
    pub fn slot(&self, row: u32) -> Option<usize> {
        self.slots.get(row as usize).filter(|slot| **slot != ABSENT).map(|slot| *slot as usize)
    }

    /// Clean values of a whole tensor on some rows.
    #[must_use]
    pub fn rows(&self, tensor: TensorId, rows: &[u32]) -> Value {
        let held = self.held.get(&tensor).expect("every kept output is captured");
        let size = held.capture.row_size();
        let whole = &held.capture.region;
        let runs = runs(&held.capture.shape, whole, whole, whole);
        let mut out = Buffer::new(held.capture.dtype, size * rows.len());
        for (at, row) in rows.iter().enumerate() {
            let slot = self.slot(*row).expect("every kept row is captured");
            out.copy(&held.buffer, &runs, (slot, size), (at, size));
        }
        let mut shape = held.capture.region.shape(&held.capture.shape);
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        out.into_value(&shape)
    }

    /// Whether values are held for all of these rows.
    #[must_use]
    pub fn holds_all(&self, rows: &[u32]) -> bool {
        rows.iter().all(|row| self.slots.get(*row as usize).is_some_and(|slot| *slot != ABSENT))
    }

    /// Whether values of a tensor are held for both rows.
    #[must_use]
    pub fn holds(&self, tensor: TensorId, rows: (u32, u32)) -> bool {
        let held = |row: u32| self.slots.get(row as usize).is_some_and(|slot| *slot != ABSENT);
        self.held.contains_key(&tensor) && held(rows.0) && held(rows.1)
    }

    /// Whether a part of a tensor has the same values on two rows of the dataset.
    #[must_use]
    pub fn same(&self, tensor: TensorId, part: &Region, rows: (u32, u32)) -> bool {
        let Some(held) = self.held.get(&tensor) else { return false };
        // Parts of one node need not have as many positions.
        if part.cuts().any(|(axis, start, _)| held.capture.shape.get(axis).is_none_or(|size| start >= *size)) {
            return true;
        }
        // What lies outside of the box that is held is never read.
        let Some(part) = part.intersection(&held.capture.region) else { return true };
        let runs: Vec<Run> = runs(&held.capture.shape, &part, &held.capture.region, &held.capture.region);
        let (one, other) = (self.slots[rows.0 as usize], self.slots[rows.1 as usize]);
        held.buffer.same(&runs, held.capture.row_size(), one as usize, other as usize)
    }
}
