//! Operators that cut, join, pick and place elements.

use super::question::{Part, Question, Range, Rule, hull, index};
use crate::model::graph::Node;

/// The most indices that are looked at one by one.
const MOST_INDICES: usize = 1 << 20;

pub const RULES: &[(&str, Rule)] = &[
    ("Concat", concat),
    ("Gather", gather),
    ("GatherElements", gather_elements),
    ("GatherND", gather_nd),
    ("ScatterND", scatter_nd),
    ("Slice", slice),
    ("Split", split),
];

/// An index of a list counts its indices; negative ones count from the end of an axis.
type Indices = (Vec<i64>, Vec<usize>);

/// The input holds a part of the axis along which inputs are joined.
fn concat(question: &Question<'_>) -> Option<Part> {
    let axis = index(question.node.int("axis")?, question.input.len())?;
    let before = (0..question.at).map(|at| question.shape_of(at)?.get(axis).copied());
    let offset = before.sum::<Option<usize>>()?;
    let (start, end) = question.wanted(axis)?;
    let own = (start.saturating_sub(offset), end.saturating_sub(offset).min(*question.input.get(axis)?));
    replaced(question, axis, own)
}

/// The output holds a part of the axis that is split.
fn split(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let axis = index(question.int("axis", 0), question.input.len())?;
    let size = *question.input.get(axis)?;
    let listed = match question.node.input(1) {
        Some(_) => Some(question.integers(1)?.0),
        None => question.node.ints("split").map(<[i64]>::to_vec),
    };
    let offset = match listed {
        Some(listed) => usize::try_from(listed.get(..question.slot)?.iter().sum::<i64>()).ok()?,
        None => {
            let last = question.node.outputs.iter().rposition(Option::is_some)?;
            let parts = question.node.int("num_outputs").and_then(|parts| usize::try_from(parts).ok());
            size.div_ceil(parts.unwrap_or(last + 1).max(1)).checked_mul(question.slot)?
        }
    };
    let (start, end) = question.wanted(axis)?;
    replaced(question, axis, (offset.checked_add(start)?, offset.checked_add(end)?.min(size)))
}

/// As wanted, but for one axis; input and output have the same axes.
fn replaced(question: &Question<'_>, axis: usize, range: Range) -> Option<Part> {
    let Some(Part::Box(mut ranges)) = question.except(|other| other == axis) else { return None };
    *ranges.get_mut(axis)? = range;
    Some(Part::Box(ranges))
}

fn slice(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let cuts = offsets(question.node, &question.input, |at| Some(question.integers(at)?.0))?;
    let range = |((offset, step), (start, end)): (&(usize, i64), &Range)| {
        let place = |at: usize| {
            let along = i128::try_from(at).ok()? * i128::from(*step);
            usize::try_from(i128::try_from(*offset).ok()? + along).ok()
        };
        hull([place(*start)?, place(*end - 1)?].into_iter())
    };
    let ranges: Vec<Range> = cuts.iter().zip(&question.want).map(range).collect::<Option<_>>()?;
    (ranges.len() == question.input.len()).then_some(Part::Box(ranges))
}

/// First index and step of each axis of a slice. `integers` gives the constant inputs.
pub fn offsets(
    node: &Node,
    shape: &[usize],
    integers: impl Fn(usize) -> Option<Vec<i64>>,
) -> Option<Vec<(usize, i64)>> {
    let list = |at: usize, name: &str| match node.input(at) {
        Some(_) => integers(at).map(Some),
        None => Some(node.ints(name).map(<[i64]>::to_vec)),
    };
    let starts = list(1, "starts")??;
    let axes = list(3, "axes")?.unwrap_or_else(|| (0..).take(starts.len()).collect());
    let steps = list(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    let mut cuts = vec![(0, 1); shape.len()];
    for ((start, axis), step) in starts.iter().zip(&axes).zip(&steps) {
        let axis = index(*axis, shape.len())?;
        let size = i64::try_from(*shape.get(axis)?).ok()?;
        let start = if *start < 0 { start.saturating_add(size) } else { *start };
        let first = start.clamp(0, if *step < 0 { (size - 1).max(0) } else { size });
        *cuts.get_mut(axis)? = (usize::try_from(first).ok()?, *step);
    }
    Some(cuts)
}

/// The axes of the indices stand in the place of the axis that is gathered.
fn gather(question: &Question<'_>) -> Option<Part> {
    let data = question.shape_of(0)?;
    let axis = index(question.int("axis", 0), data.len())?;
    let picked = axis..axis + question.shape_of(1)?.len();
    let box_of_indices = question.want.get(picked.clone())?;
    if question.at > 0 {
        return Some(Part::Box(box_of_indices.to_vec()));
    }
    let along = match question.integers(1) {
        Some(indices) => hull_of(&indices, box_of_indices, *data.get(axis)?)?,
        None => (0, *data.get(axis)?),
    };
    let mut ranges = question.want.get(..axis)?.to_vec();
    ranges.push(along);
    ranges.extend(question.want.get(picked.end..)?);
    Some(Part::Box(ranges))
}

/// For each index its element on one axis, at the index's own place on all others.
fn gather_elements(question: &Question<'_>) -> Option<Part> {
    let data = question.shape_of(0)?;
    let axis = index(question.int("axis", 0), data.len())?;
    if question.at > 0 {
        return Some(Part::Box(question.want.clone()));
    }
    let along = match question.integers(1) {
        Some(indices) => hull_of(&indices, &question.want, *data.get(axis)?)?,
        None => (0, *data.get(axis)?),
    };
    let mut ranges = question.want.clone();
    *ranges.get_mut(axis)? = along;
    Some(Part::Box(ranges))
}

/// Tuples of indices along the last axis of the second input name slices of the first.
fn gather_nd(question: &Question<'_>) -> Option<Part> {
    let (data, shape) = (question.shape_of(0)?, question.shape_of(1)?);
    let batch = usize::try_from(question.int("batch_dims", 0)).ok()?;
    let (depth, tuples) = shape.split_last()?;
    let places = question.want.get(..tuples.len())?;
    if question.at > 0 {
        let mut ranges = places.to_vec();
        ranges.push((0, *depth));
        return Some(Part::Box(ranges));
    }
    let mut ranges = places.get(..batch)?.to_vec();
    let indices = question.integers(1);
    for (at, size) in data.get(batch..batch.checked_add(*depth)?)?.iter().enumerate() {
        ranges.push(match &indices {
            Some(indices) => {
                let mut part = places.to_vec();
                part.push((at, at + 1));
                hull_of(indices, &part, *size)?
            }
            None => (0, *size),
        });
    }
    ranges.extend(question.want.get(tuples.len()..)?);
    Some(Part::Box(ranges))
}

/// The target stays in its place; where updates go depends on the indices.
fn scatter_nd(question: &Question<'_>) -> Option<Part> {
    match question.at {
        0 => question.except(|_| false),
        _ => Some(Part::Everything),
    }
}

/// The range around the indices in a box, along an axis of this size.
fn hull_of((list, shape): &Indices, part: &[Range], size: usize) -> Option<Range> {
    if part.len() != shape.len() || list.len() > MOST_INDICES {
        return None;
    }
    let inside = |at: usize| {
        let mut rest = at;
        shape.iter().zip(part).rev().all(|(size, (start, end))| {
            let place = rest % size;
            rest /= size;
            (*start..*end).contains(&place)
        })
    };
    let places = list.iter().enumerate().filter(|(at, _)| inside(*at)).map(|(_, at)| index(*at, size));
    hull(places.collect::<Option<Vec<usize>>>()?.into_iter())
}
