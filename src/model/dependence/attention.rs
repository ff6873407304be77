//! The `Attention` operator of opset 23: of keys and values, those that the mask leaves to the
//! queries that are wanted.

use super::known::Property;
use super::mask::{Mask, bounded};
use super::question::{Part, Question, Range, Rule, aligned};
use ndarray::{ArrayD, IxDyn};
use std::rc::Rc;

pub const RULES: &[(&str, Rule)] = &[("Attention", attention)];

/// Heads, positions and width of an input or of the output.
struct Heads {
    heads: usize,
    positions: usize,
    width: usize,
    /// `[batch, position, head * width]` instead of `[batch, head, position, width]`.
    flat: bool,
}

impl Heads {
    fn new(shape: &[usize], heads: Option<usize>) -> Option<Heads> {
        match *shape {
            [_, heads, positions, width] => Some(Heads { heads, positions, width, flat: false }),
            [_, positions, size] => {
                let heads = heads.filter(|heads| *heads > 0 && size.is_multiple_of(*heads))?;
                Some(Heads { heads, positions, width: size / heads, flat: true })
            }
            _ => None,
        }
    }

    /// The box that holds these heads, positions and places within a head.
    fn part(&self, rows: usize, heads: Range, positions: Range, width: Range) -> Part {
        Part::Box(if self.flat {
            let one = heads.1 == heads.0 + 1;
            let (first, last) = if one { width } else { (0, self.width) };
            vec![(0, rows), positions, (heads.0 * self.width + first, (heads.1 - 1) * self.width + last)]
        } else {
            vec![(0, rows), heads, positions, width]
        })
    }
}

fn attention(question: &Question<'_>) -> Option<Part> {
    // Keys of earlier runs and scores as outputs are not followed.
    if question.slot > 0 || question.at > 3 || (4..7).any(|at| question.node.input(at).is_some()) {
        return None;
    }
    let heads = |name: &str| question.node.int(name).and_then(|heads| usize::try_from(heads).ok());
    let query = Heads::new(&question.shape_of(0)?, heads("q_num_heads"))?;
    let key = Heads::new(&question.shape_of(1)?, heads("kv_num_heads"))?;
    let value = Heads::new(&question.shape_of(2)?, heads("kv_num_heads"))?;
    let out = Heads::new(&question.out, Some(query.heads))?;
    let (of_heads, of_queries, of_width) = wanted(&out, &question.want)?;
    let rows = question.input.first().copied()?;
    let shared = query.heads.checked_div(key.heads).filter(|shared| *shared > 0)?;
    let of_key_heads = (of_heads.0 / shared, (of_heads.1 - 1) / shared + 1);
    match question.at {
        0 => return Some(query.part(rows, of_heads, of_queries, (0, query.width))),
        3 => {
            let scores = [rows, query.heads, query.positions, key.positions];
            let want = [(0, rows), of_heads, of_queries, (0, key.positions)];
            return Some(Part::Box(aligned(&question.input, &scores, &want)?));
        }
        _ => {}
    }
    let mut keys = (0, key.positions);
    if let Some(mask) = hidden(question, query.positions, key.positions)? {
        let all = [(0, rows), of_heads, of_queries, keys];
        match mask.hull_of_others(&all) {
            Some(rest) => keys = *rest.get(3)?,
            None => return Some(Part::Nothing),
        }
    }
    Some(match question.at {
        1 => key.part(rows, of_key_heads, keys, (0, key.width)),
        _ => value.part(rows, of_key_heads, keys, of_width),
    })
}

/// Heads, positions and places within a head that are wanted of the output.
fn wanted(out: &Heads, want: &[Range]) -> Option<(Range, Range, Range)> {
    match *want {
        [_, heads, positions, width] => Some((heads, positions, width)),
        [_, positions, (start, end)] => {
            let (first, last) = (start.checked_div(out.width)?, (end - 1).checked_div(out.width)?);
            let width = if first == last { (start % out.width, (end - 1) % out.width + 1) } else { (0, out.width) };
            Some(((first, last + 1), positions, width))
        }
        _ => None,
    }
}

/// The keys that are hidden from each query by what is constant; not where that is all of them.
/// The inner `None` means that nothing is hidden.
fn hidden(question: &Question<'_>, queries: usize, keys: usize) -> Option<Option<Mask>> {
    let input = question.node.input(3);
    let veiled = input.is_some_and(|mask| question.known.veiled(mask) || question.constants.live(mask));
    let written = [Property::Hidden, Property::False].map(|property| question.property(3, property));
    let written: Option<Rc<Mask>> = written.into_iter().flatten().next().filter(|_| !veiled && question.known.masks());
    let causal = if question.known.masks() && question.int("is_causal", 0) != 0 {
        bounded(&[queries, keys])?;
        Mask::new(ArrayD::from_shape_fn(IxDyn(&[1, 1, queries, keys]), |at| at[3] > at[2]))
    } else {
        None
    };
    let both = match (written, causal) {
        (Some(written), Some(causal)) => written.combined(&causal, 4, |a, b| a || b),
        (Some(written), None) => written.lifted(4),
        (None, causal) => causal,
    };
    Some(both.and_then(|mask| mask.without_full_rows(3, keys)))
}
