//! Operators that lay the same elements out in another way.

use super::question::{Part, Question, Range, Rule, index};

/// The most runs of neighbouring elements that are followed through a reshape.
const MOST_RUNS: usize = 1 << 16;

pub const RULES: &[(&str, Rule)] = &[
    ("Flatten", reshape),
    ("Reshape", reshape),
    ("Squeeze", reshape),
    ("Tile", tile),
    ("Transpose", transpose),
    ("Unsqueeze", reshape),
];

fn transpose(question: &Question<'_>) -> Option<Part> {
    let rank = question.input.len();
    let order: Vec<usize> = match question.node.ints("perm") {
        Some(order) => order.iter().map(|axis| index(*axis, rank)).collect::<Option<_>>()?,
        None => (0..rank).rev().collect(),
    };
    let place = |axis: usize| order.iter().position(|from| *from == axis);
    Some(Part::Box((0..rank).map(|axis| question.wanted(place(axis)?)).collect::<Option<_>>()?))
}

/// Copies stand one behind the other along each axis.
fn tile(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let range = |(size, (start, end)): (&usize, &Range)| {
        let within = start.checked_div(*size)? == (end - 1).checked_div(*size)?;
        Some(if within { (start % size, (end - 1) % size + 1) } else { (0, *size) })
    };
    Some(Part::Box(question.input.iter().zip(&question.want).map(range).collect::<Option<_>>()?))
}

/// In row-major order, axes fall into groups with equally many elements on both sides; within a
/// group the runs of wanted elements are followed.
fn reshape(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let mut ranges = Vec::with_capacity(question.input.len());
    let (mut from, mut to) = (0, 0);
    while from < question.input.len() || to < question.out.len() {
        let (from_end, to_end) = group(&question.input, from, &question.out, to)?;
        let sizes = question.input.get(from..from_end)?;
        ranges.extend(regrouped(sizes, question.out.get(to..to_end)?, question.want.get(to..to_end)?)?);
        (from, to) = (from_end, to_end);
    }
    Some(Part::Box(ranges))
}

/// The ends of the smallest groups of axes from two places on that hold equally many elements.
fn group(left: &[usize], from: usize, right: &[usize], to: usize) -> Option<(usize, usize)> {
    let step = |sizes: &[usize], at: usize| sizes.get(at).map_or((1, at), |size| (*size, at + 1));
    let ((mut a, mut from), (mut b, mut to)) = (step(left, from), step(right, to));
    while a != b {
        if a < b {
            a = a.checked_mul(*left.get(from)?)?;
            from += 1;
        } else {
            b = b.checked_mul(*right.get(to)?)?;
            to += 1;
        }
    }
    Some((from, to))
}

/// The box around the elements of a box when axes of sizes `out` become axes of sizes `sizes`.
fn regrouped(sizes: &[usize], out: &[usize], want: &[Range]) -> Option<Vec<Range>> {
    let whole: Vec<Range> = sizes.iter().map(|size| (0, *size)).collect();
    let cut = |(size, range): &(&usize, &Range)| **range != (0, **size);
    let Some(last) = out.iter().zip(want).collect::<Vec<_>>().iter().rposition(cut) else { return Some(whole) };
    let (outer, inner) = (out.get(..last)?, out.get(last + 1..)?.iter().product::<usize>());
    let (size, (start, end)) = (out.get(last)?, want.get(last)?);
    let runs = want.get(..last)?.iter().map(|(start, end)| end - start).try_fold(1_usize, usize::checked_mul)?;
    if runs > MOST_RUNS {
        return Some(whole);
    }
    let mut found: Option<Vec<Range>> = None;
    for run in 0..runs {
        let row = row(run, outer, want)?;
        let part = around((row * size + start) * inner, (row * size + end) * inner, sizes);
        found = Some(match found {
            None => part,
            Some(found) => found.iter().zip(&part).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect(),
        });
        if found.as_ref() == Some(&whole) {
            break;
        }
    }
    found
}

/// The number of the row over the axes `outer` that is the `run`-th of those wanted.
fn row(mut run: usize, outer: &[usize], want: &[Range]) -> Option<usize> {
    let (mut row, mut stride) = (0, 1);
    for (size, (start, end)) in outer.iter().zip(want).rev() {
        let length = end.checked_sub(*start).filter(|length| *length > 0)?;
        row += (start + run % length) * stride;
        run /= length;
        stride *= size;
    }
    Some(row)
}

/// The box around the elements `start..end` of axes of these sizes in row-major order.
fn around(start: usize, end: usize, sizes: &[usize]) -> Vec<Range> {
    let mut stride = 1;
    let mut ranges = Vec::with_capacity(sizes.len());
    for size in sizes.iter().rev() {
        let (first, last) = (start / stride, (end - 1) / stride);
        ranges.push(if first / size == last / size { (first % size, last % size + 1) } else { (0, *size) });
        stride *= size;
    }
    ranges.reverse();
    ranges
}
