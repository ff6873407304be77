//! Operators that fold axes, run along them or normalise over them.

use super::known::Property;
use super::question::{Part, Question, Range, Rule, aligned, hull, index};

pub const RULES: &[(&str, Rule)] = &[
    ("ArgMax", arg),
    ("ArgMin", arg),
    ("BatchNormalization", batch_norm),
    ("CumSum", cumulative_sum),
    ("LayerNormalization", norm),
    ("LogSoftmax", softmax),
    ("RMSNormalization", norm),
    ("ReduceL2", reduce),
    ("ReduceMax", reduce),
    ("ReduceMean", reduce),
    ("ReduceMin", reduce),
    ("ReduceProd", reduce),
    ("ReduceSum", reduce),
    ("ReduceSumSquare", reduce),
    ("Softmax", softmax),
    ("Trilu", triangle),
];

/// Axes from an attribute or, since opset 13 or 18, from an input.
fn reduce(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let listed = match question.node.input(1) {
        Some(_) => question.integers(1)?.0,
        None => question.node.ints("axes").unwrap_or_default().to_vec(),
    };
    let rank = question.input.len();
    let gone: Vec<usize> = match listed.as_slice() {
        [] if question.int("noop_with_empty_axes", 0) != 0 => return question.except(|_| false),
        [] => (0..rank).collect(),
        listed => listed.iter().map(|axis| index(*axis, rank)).collect::<Option<_>>()?,
    };
    folded(question, &gone)
}

fn arg(question: &Question<'_>) -> Option<Part> {
    folded(question, &[index(question.int("axis", 0), question.input.len())?])
}

/// All of the axes that are folded, the others as wanted.
fn folded(question: &Question<'_>, gone: &[usize]) -> Option<Part> {
    let keep = question.int("keepdims", 1) != 0;
    let mut behind = question.want.iter();
    let mut ranges = Vec::with_capacity(question.input.len());
    for (axis, size) in question.input.iter().enumerate() {
        ranges.push(match gone.contains(&axis) {
            true if keep => behind.next().map(|_| (0, *size))?,
            true => (0, *size),
            false => *behind.next()?,
        });
    }
    Some(Part::Box(ranges))
}

/// All of the axis that is normalised; before opset 13 also all axes behind it. What is hidden by a
/// constant mask is zero in the result of a softmax, and leaves the rest as it is.
fn softmax(question: &Question<'_>) -> Option<Part> {
    let rank = question.input.len();
    let joined = question.opset < 13;
    let axis = question.int("axis", if joined { 1 } else { -1 });
    let axis = if joined && i64::try_from(rank) == Ok(axis) { rank } else { index(axis, rank)? };
    let Some(Part::Box(rows)) = question.except(|other| other == axis || joined && other > axis) else { return None };
    let zeros = question.node.outputs.first().copied().flatten().filter(|_| question.node.op == "Softmax");
    let Some(mask) = zeros.and_then(|output| question.known.of(question.constants, output, Property::Zero)) else {
        return Some(Part::Box(rows));
    };
    Some(mask.hull_of_others(&rows).map_or(Part::Nothing, Part::Box))
}

/// All axes from `axis` on; scale and shift are spread to the input, and statistics do not read them.
fn norm(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        let read = question.slot == 0;
        return if read {
            Some(Part::Box(aligned(&question.input, &question.out, &question.want)?))
        } else {
            Some(Part::Nothing)
        };
    }
    let from = index(question.int("axis", -1), question.input.len())?;
    question.except(|axis| axis >= from)
}

/// One statistic for each channel, which is axis 1.
fn batch_norm(question: &Question<'_>) -> Option<Part> {
    if question.at == 0 {
        return question.except(|_| false);
    }
    Some(Part::Box(vec![question.wanted(1)?]))
}

/// From the one end of the axis up to the last element that is wanted.
fn cumulative_sum(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let listed = question.integers(1)?.0;
    let [axis] = listed.as_slice() else { return None };
    let axis = index(*axis, question.input.len())?;
    let own = usize::from(question.int("exclusive", 0) != 0);
    let (start, end) = question.wanted(axis)?;
    let size = question.input.get(axis).copied()?;
    let run = if question.int("reverse", 0) != 0 { (start + own, size) } else { (0, end - own) };
    let Some(Part::Box(mut ranges)) = question.except(|_| false) else { return None };
    *ranges.get_mut(axis)? = run;
    Some(Part::Box(ranges))
}

/// What lies in the triangle that is kept.
fn triangle(question: &Question<'_>) -> Option<Part> {
    if question.at > 0 {
        return Some(Part::Everything);
    }
    let Some(Part::Box(mut ranges)) = question.except(|_| false) else { return None };
    let diagonal = match question.node.input(1) {
        None => 0,
        Some(_) => match question.integers(1).as_ref().map(|(list, _)| list.as_slice()) {
            Some([diagonal]) => *diagonal,
            _ => return Some(Part::Box(ranges)),
        },
    };
    let upper = question.int("upper", 1) != 0;
    let [.., rows, columns] = ranges.as_mut_slice() else { return None };
    let kept = |row: usize| kept_columns(row, *columns, diagonal, upper);
    let all: Vec<(usize, Range)> = (rows.0..rows.1).filter_map(|row| Some((row, kept(row)?))).collect();
    let Some(inside) = hull(all.iter().map(|(row, _)| *row)) else { return Some(Part::Nothing) };
    let ends = all.iter().flat_map(|(_, (start, end))| [*start, end - 1]);
    (*rows, *columns) = (inside, hull(ends)?);
    Some(Part::Box(ranges))
}

/// Those of the columns that a triangle keeps of a row.
fn kept_columns(row: usize, columns: Range, diagonal: i64, upper: bool) -> Option<Range> {
    let edge = i64::try_from(row).ok()?.saturating_add(diagonal);
    let (start, end) = if upper {
        (columns.0.max(usize::try_from(edge.max(0)).ok()?), columns.1)
    } else {
        (columns.0, columns.1.min(usize::try_from(edge.saturating_add(1).max(0)).ok()?))
    };
    (start < end).then_some((start, end))
}
