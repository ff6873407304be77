//! Regions: box-shaped parts of a tensor, such as one head or some positions.

use std::fmt;

/// The range of one axis; `None` for all of it.
type Cut = Option<(usize, usize)>;

/// A box in a tensor: for each axis the half-open range of indices, or all of it.
///
/// Axis 0 is the batch and always whole. Ordered and comparable, so that regions can be keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    axes: Vec<Cut>,
}

impl Region {
    /// All of a tensor with this many axes.
    #[must_use]
    pub fn whole(rank: usize) -> Region {
        Region { axes: vec![None; rank] }
    }

    /// The same region cut to `start..end` along one axis. A cut that takes the whole axis of
    /// `size` is no cut.
    #[must_use]
    pub fn cut(mut self, axis: usize, start: usize, end: usize, size: usize) -> Region {
        if let Some(place) = self.axes.get_mut(axis) {
            *place = if start == 0 && end == size { None } else { Some((start, end)) };
        }
        self
    }

    /// The same box in a tensor of this shape, with no cut where it takes a whole axis.
    #[must_use]
    pub fn normal(mut self, shape: &[usize]) -> Region {
        for (cut, size) in self.axes.iter_mut().zip(shape) {
            *cut = cut.filter(|(start, end)| *start > 0 || end < size);
        }
        self
    }

    #[must_use]
    pub fn rank(&self) -> usize {
        self.axes.len()
    }

    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.axes.iter().all(Option::is_none)
    }

    /// The range along an axis of this size.
    #[must_use]
    pub fn range(&self, axis: usize, size: usize) -> (usize, usize) {
        self.axes.get(axis).copied().flatten().unwrap_or((0, size))
    }

    /// The cuts, as (axis, start, end).
    pub fn cuts(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.axes.iter().enumerate().filter_map(|(axis, range)| range.map(|(start, end)| (axis, start, end)))
    }

    /// True if the two boxes share an element.
    #[must_use]
    pub fn overlaps(&self, other: &Region) -> bool {
        self.beside(other).all(|pair| match pair {
            (Some((a, b)), Some((c, d))) => a < d && c < b,
            _ => true,
        })
    }

    /// True if every element of `other` lies in this box.
    #[must_use]
    pub fn contains(&self, other: &Region) -> bool {
        self.beside(other).all(|pair| match pair {
            (None, _) => true,
            (Some((a, b)), Some((c, d))) => a <= c && d <= b,
            (Some(_), None) => false,
        })
    }

    /// The part shared by both boxes, if any.
    #[must_use]
    pub fn intersection(&self, other: &Region) -> Option<Region> {
        let both = |pair: (Cut, Cut)| match pair {
            (Some((a, b)), Some((c, d))) => Some((a.max(c), b.min(d))),
            (one, other) => one.or(other),
        };
        self.overlaps(other).then(|| Region { axes: self.beside(other).map(both).collect() })
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn hull(&self, other: &Region) -> Region {
        let both = |pair: (Cut, Cut)| match pair {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            _ => None,
        };
        Region { axes: self.beside(other).map(both).collect() }
    }

    /// What of this box lies outside of a box within it, as disjoint boxes, in a tensor of this
    /// shape.
    #[must_use]
    pub fn minus(&self, inside: &Region, shape: &[usize]) -> Vec<Region> {
        let mut found = Vec::new();
        let mut rest = self.clone();
        for (axis, size) in shape.iter().enumerate().skip(1) {
            let ((from, to), (start, end)) = (rest.range(axis, *size), inside.range(axis, *size));
            for (a, b) in [(from, start.min(to)), (end.max(from), to)] {
                if a < b {
                    found.push(rest.clone().cut(axis, a, b, *size));
                }
            }
            rest = rest.cut(axis, start, end, *size);
        }
        found
    }

    /// Both boxes axis by axis; a box with fewer axes takes all of those that it lacks.
    fn beside<'a>(&'a self, other: &'a Region) -> impl Iterator<Item = (Cut, Cut)> + 'a {
        let cut = |region: &Region, axis: usize| region.axes.get(axis).copied().flatten();
        (0..self.rank().max(other.rank())).map(move |axis| (cut(self, axis), cut(other, axis)))
    }

    /// The sizes of the box within a tensor of this shape.
    #[must_use]
    pub fn shape(&self, shape: &[usize]) -> Vec<usize> {
        let length = |(axis, size): (usize, &usize)| {
            let (start, end) = self.range(axis, *size);
            end.min(*size).saturating_sub(start)
        };
        shape.iter().enumerate().map(length).collect()
    }
}

/// `[:, 0, :, 5..9]`; nothing for a whole tensor.
impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() {
            return Ok(());
        }
        let parts = self.axes.iter().map(|range| match range {
            None => ":".to_owned(),
            Some((start, end)) if *end == start + 1 => start.to_string(),
            Some((start, end)) => format!("{start}..{end}"),
        });
        write!(out, "[{}]", parts.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_meet_only_where_every_axis_meets() {
        let head = |h: usize| Region::whole(4).cut(1, h, h + 1, 2);
        let late = Region::whole(4).cut(2, 3, 8, 8);
        assert!(!head(0).overlaps(&head(1)));
        assert!(head(0).overlaps(&late));
        assert_eq!(head(0).intersection(&late).map(|region| region.to_string()), Some("[:, 0, 3..8, :]".to_owned()));
        assert!(Region::whole(4).contains(&late) && !late.contains(&Region::whole(4)));
        assert_eq!(late.shape(&[7, 2, 8, 3]), [7, 2, 5, 3]);
        assert_eq!(head(0).hull(&head(1)).shape(&[7, 2, 8, 3]), [7, 2, 8, 3]);
    }
}
