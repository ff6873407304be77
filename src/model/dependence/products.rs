//! Products that are summed over axes: `MatMul`, `Gemm`, `Einsum`. Where one operand is zero for all
//! data (an attention pattern under a constant mask), the others are not read.

use super::known::Property;
use super::question::{Part, Question, Range, Rule, aligned};
use std::collections::BTreeMap;

pub const RULES: &[(&str, Rule)] = &[("Einsum", einsum), ("Gemm", gemm), ("MatMul", matmul)];

/// One axis of an operand or of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Letter(char),
    /// An axis that `...` stands for, counted from the last.
    Dots(usize),
}

/// Rows, columns and the axis that is summed over, of a product of matrices.
const ROW: Label = Label::Letter('r');
const INNER: Label = Label::Letter('i');
const COLUMN: Label = Label::Letter('c');

/// An operand with a label for each axis.
struct Operand {
    labels: Vec<Label>,
    shape: Vec<usize>,
}

fn matmul(question: &Question<'_>) -> Option<Part> {
    let operand = |at: usize, own: [Label; 2], alone: usize| {
        let shape = question.shape_of(at)?;
        let labels = match shape.len() {
            0 => return None,
            1 => own.get(alone..=alone)?.to_vec(),
            rank => (0..rank - 2).rev().map(Label::Dots).chain(own).collect(),
        };
        Some(Operand { labels, shape })
    };
    let operands = [operand(0, [ROW, INNER], 1)?, operand(1, [INNER, COLUMN], 0)?];
    let kept = [(0, ROW), (1, COLUMN)].into_iter().filter(|(at, _)| operands[*at].shape.len() > 1);
    let kept: Vec<Label> = kept.map(|(_, label)| label).collect();
    let batch = question.out.len().checked_sub(kept.len())?;
    let result: Vec<Label> = (0..batch).rev().map(Label::Dots).chain(kept).collect();
    contracted(question, &operands, &result)
}

fn gemm(question: &Question<'_>) -> Option<Part> {
    if question.at == 2 {
        return Some(Part::Box(aligned(&question.input, &question.out, &question.want)?));
    }
    let operand = |at: usize, own: [Label; 2], transposed: &str| {
        let shape = question.shape_of(at)?;
        let labels = if question.int(transposed, 0) != 0 { [own[1], own[0]] } else { own };
        Some(Operand { labels: labels.to_vec(), shape })
    };
    let operands = [operand(0, [ROW, INNER], "transA")?, operand(1, [INNER, COLUMN], "transB")?];
    contracted(question, &operands, &[ROW, COLUMN])
}

fn einsum(question: &Question<'_>) -> Option<Part> {
    let plain: String = question.node.text("equation")?.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (left, right) = match plain.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (plain.as_str(), None),
    };
    let mut operands = Vec::new();
    let mut dots = 0;
    for (at, text) in left.split(',').enumerate() {
        let shape = question.shape_of(at)?;
        let own = shape.len().checked_sub(text.chars().filter(|letter| *letter != '.').count())?;
        dots = dots.max(own);
        operands.push(Operand { labels: labels(text, own), shape });
    }
    let result = match right {
        Some(text) => labels(text, dots),
        None => implied(&operands, dots),
    };
    contracted(question, &operands, &result)
}

/// The labels of a side of an equation, with `dots` axes in the place of `...`.
fn labels(text: &str, dots: usize) -> Vec<Label> {
    let letters = |part: &str| part.chars().map(Label::Letter).collect::<Vec<_>>();
    match text.split_once("...") {
        None => letters(text),
        Some((before, after)) => {
            letters(before).into_iter().chain((0..dots).rev().map(Label::Dots)).chain(letters(after)).collect()
        }
    }
}

/// Without `->`: the dots, then the letters that occur once, in alphabetical order.
fn implied(operands: &[Operand], dots: usize) -> Vec<Label> {
    let mut count: BTreeMap<Label, usize> = BTreeMap::new();
    operands.iter().flat_map(|operand| &operand.labels).for_each(|label| *count.entry(*label).or_default() += 1);
    let once = count.into_iter().filter(|(label, count)| *count == 1 && matches!(label, Label::Letter(_)));
    (0..dots).rev().map(Label::Dots).chain(once.map(|(label, _)| label)).collect()
}

/// Axes of the result as wanted, all of those that are summed over, without what is zero elsewhere.
fn contracted(question: &Question<'_>, operands: &[Operand], result: &[Label]) -> Option<Part> {
    let fits = |operand: &Operand| operand.labels.len() == operand.shape.len();
    if result.len() != question.out.len() || !operands.iter().all(fits) {
        return None;
    }
    let mut ranges: BTreeMap<Label, Range> = BTreeMap::new();
    for (label, size) in operands.iter().flat_map(|operand| operand.labels.iter().zip(&operand.shape)) {
        let range = ranges.entry(*label).or_insert((0, *size));
        range.1 = range.1.max(*size);
    }
    let sizes: BTreeMap<Label, usize> = ranges.iter().map(|(label, (_, size))| (*label, *size)).collect();
    for (label, range) in result.iter().zip(&question.want) {
        ranges.insert(*label, *range);
    }
    for (at, other) in operands.iter().enumerate().filter(|(at, _)| *at != question.at) {
        if !narrowed(question, at, other, &sizes, &mut ranges)? {
            return Some(Part::Nothing);
        }
    }
    let own = operands.get(question.at)?;
    Some(Part::Box(own.ranges(&sizes, &ranges)?))
}

/// Narrows the ranges to where an operand may be other than zero; false if that is nowhere.
fn narrowed(
    question: &Question<'_>,
    at: usize,
    operand: &Operand,
    sizes: &BTreeMap<Label, usize>,
    ranges: &mut BTreeMap<Label, Range>,
) -> Option<bool> {
    // Zeros of weights say nothing about positions, and a claim on what they ignore is no mistake.
    let live = question.node.input(at).is_some_and(|input| question.constants.live(input));
    let Some(zeros) = question.property(at, Property::Zero).filter(|_| live) else { return Some(true) };
    let Some(rest) = zeros.hull_of_others(&operand.ranges(sizes, ranges)?) else { return Some(false) };
    for ((label, size), range) in operand.labels.iter().zip(&operand.shape).zip(rest) {
        if sizes.get(label) == Some(size) {
            let known = ranges.get_mut(label)?;
            *known = (known.0.max(range.0), known.1.min(range.1));
        }
    }
    Some(ranges.values().all(|(start, end)| start < end))
}

impl Operand {
    /// The ranges of the operand's axes; one of size 1 is spread.
    fn ranges(&self, sizes: &BTreeMap<Label, usize>, ranges: &BTreeMap<Label, Range>) -> Option<Vec<Range>> {
        let range = |(label, size): (&Label, &usize)| {
            if sizes.get(label) == Some(size) { ranges.get(label).copied() } else { Some((0, *size)) }
        };
        self.labels.iter().zip(&self.shape).map(range).collect()
    }
}
