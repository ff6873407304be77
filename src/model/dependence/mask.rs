//! Marks on the elements of a tensor, such as "zero whatever the data".

use super::question::Range;
use ndarray::{ArrayD, Axis, Dimension, IxDyn, Slice, Zip};

/// The most elements that a mask may have.
pub const MOST_ELEMENTS: usize = 1 << 24;

/// A mark for each element of a tensor. The mask has the rank of the tensor; where an axis of the
/// mask has size 1, the marks are the same along it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    marks: ArrayD<bool>,
}

impl Mask {
    /// `None` where nothing is marked, which is as good as no mask.
    pub fn new(marks: ArrayD<bool>) -> Option<Mask> {
        marks.iter().any(|mark| *mark).then_some(Mask { marks })
    }

    pub fn shape(&self) -> &[usize] {
        self.marks.shape()
    }

    /// The same marks for a tensor with axes put in front, along which it is spread.
    pub fn lifted(&self, rank: usize) -> Option<Mask> {
        let more = rank.checked_sub(self.marks.ndim())?;
        let dims: Vec<usize> = std::iter::repeat_n(1, more).chain(self.shape().iter().copied()).collect();
        self.resized(&dims)
    }

    /// Marks of two tensors that are spread to one shape of this rank, combined one by one.
    pub fn combined(&self, other: &Mask, rank: usize, both: impl Fn(bool, bool) -> bool) -> Option<Mask> {
        let (left, right) = (self.lifted(rank)?, other.lifted(rank)?);
        let dims = left.shape().iter().zip(right.shape()).map(|(a, b)| if *a == 1 { *b } else { *a });
        let dims: Vec<usize> = dims.collect();
        bounded(&dims)?;
        let left = left.marks.broadcast(IxDyn(&dims))?;
        let right = right.marks.broadcast(IxDyn(&dims))?;
        Mask::new(Zip::from(&left).and(&right).map_collect(|a, b| both(*a, *b)))
    }

    /// The marks with their axes in another order.
    pub fn permuted(&self, order: &[usize]) -> Option<Mask> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let fits = sorted.iter().copied().eq(0..self.marks.ndim());
        fits.then(|| Mask { marks: self.marks.clone().permuted_axes(IxDyn(order)).as_standard_layout().into_owned() })
    }

    /// The marks of a tensor of shape `from` when its elements are laid out as `to`.
    pub fn reshaped(&self, from: &[usize], to: &[usize]) -> Option<Mask> {
        let kept = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
        let (front, tail) = self.shape().split_at_checked(from.len().checked_sub(kept)?)?;
        if front.iter().all(|size| *size == 1) {
            let dims: Vec<usize> = std::iter::repeat_n(1, to.len() - kept).chain(tail.iter().copied()).collect();
            return self.resized(&dims);
        }
        bounded(from)?;
        let full = Mask { marks: self.marks.broadcast(IxDyn(from))?.as_standard_layout().into_owned() };
        full.resized(to)
    }

    /// The marks of a part; axes along which the marks are the same stay as they are.
    pub fn cut(&self, ranges: &[Range]) -> Option<Mask> {
        let part = self.marks.slice_each_axis(|axis| self.slice(axis.axis, ranges));
        Mask::new(part.as_standard_layout().into_owned())
    }

    /// The marks without those rows of an axis that are marked all along.
    pub fn without_full_rows(&self, axis: usize, size: usize) -> Option<Mask> {
        if self.shape().get(axis).copied()? != size {
            return None;
        }
        let full = self.marks.map_axis(Axis(axis), |row| row.iter().all(|mark| *mark)).insert_axis(Axis(axis));
        let full = full.broadcast(self.marks.raw_dim())?.to_owned();
        Mask::new(Zip::from(&self.marks).and(&full).map_collect(|mark, full| *mark && !full))
    }

    /// The smallest box around the elements of a box that are not marked; `None` if all are.
    pub fn hull_of_others(&self, ranges: &[Range]) -> Option<Vec<Range>> {
        if self.marks.ndim() != ranges.len() {
            return Some(ranges.to_vec());
        }
        let part = self.marks.slice_each_axis(|axis| self.slice(axis.axis, ranges));
        let mut found: Option<Vec<Range>> = None;
        for (place, _) in part.indexed_iter().filter(|(_, mark)| !**mark) {
            match &mut found {
                None => found = Some(place.slice().iter().map(|at| (*at, at + 1)).collect()),
                Some(found) => {
                    for (range, at) in found.iter_mut().zip(place.slice()) {
                        *range = (range.0.min(*at), range.1.max(at + 1));
                    }
                }
            }
        }
        let place = |((found, range), size): ((&Range, &Range), &usize)| {
            if *size == 1 { *range } else { (range.0 + found.0, range.0 + found.1) }
        };
        Some(found?.iter().zip(ranges).zip(self.shape()).map(place).collect())
    }

    fn slice(&self, axis: Axis, ranges: &[Range]) -> Slice {
        let size = self.marks.len_of(axis);
        match ranges.get(axis.index()) {
            Some((start, end)) if size > 1 => Slice::from((*start).min(size)..(*end).clamp((*start).min(size), size)),
            _ => Slice::from(..),
        }
    }

    fn resized(&self, dims: &[usize]) -> Option<Mask> {
        Some(Mask { marks: self.marks.clone().into_shape_with_order(IxDyn(dims)).ok()? })
    }
}

/// The number of elements, if it is not too large for a mask.
pub fn bounded(dims: &[usize]) -> Option<usize> {
    let count = dims.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))?;
    (count <= MOST_ELEMENTS).then_some(count)
}
