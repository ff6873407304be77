//! `Einsum`: products over labelled axes, two operands at a time, as batched matrix products.

use super::element::{Real, array, bounded, data, product, refused};
use super::fault::{Fault, Outcome};
use super::matmul::{Factor, matmul};
use super::operands::{Kernel, Operands, Operator, Request, one, operator};
use super::reduce::reshaped;
use super::runs::{strides, walk};
use crate::diagnostics::messages::execution::Misfit;
use crate::engine::Value;
use ndarray::ArrayD;
use std::collections::{BTreeMap, BTreeSet};

pub const OPERATORS: &[Operator] = &[operator("Einsum", 1, 64, kernel)];

/// One axis of an operand or of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Letter(char),
    /// An axis that `...` stands for, counted from the last.
    Dots(usize),
}

/// One side of an equation before the ranks of the operands are known.
#[derive(Debug, Clone, Default)]
struct Term {
    before: Vec<char>,
    /// `None` without `...`, otherwise the letters behind it.
    after: Option<Vec<char>>,
}

#[derive(Debug, Clone)]
struct Equation {
    operands: Vec<Term>,
    result: Option<Term>,
}

/// A tensor with a label for each axis, no label twice.
struct Labelled<T> {
    array: ArrayD<T>,
    labels: Vec<Label>,
}

fn kernel(request: &mut Request<'_>) -> Outcome<Kernel> {
    let text = request.attributes.text("equation").unwrap_or_default();
    let fault = || Fault::Attribute { name: "equation".to_string(), value: text.clone() };
    let equation = parse(&text).filter(|equation| equation.operands.len() == request.given.len()).ok_or_else(fault)?;
    Ok(Box::new(move |operands| match operands.get(0)? {
        Value::F32(_) => one(einsum::<f32>(operands, &equation)?),
        Value::F64(_) => one(einsum::<f64>(operands, &equation)?),
        other => Err(refused(other)),
    }))
}

fn parse(text: &str) -> Option<Equation> {
    let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let (left, right) = match plain.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (plain.as_str(), None),
    };
    let operands = left.split(',').map(term).collect::<Option<Vec<_>>>()?;
    let result = match right {
        Some(right) => Some(term(right)?),
        None => None,
    };
    Some(Equation { operands, result })
}

fn term(text: &str) -> Option<Term> {
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic()).then(|| part.chars().collect());
    match text.split_once("...") {
        Some((before, after)) => Some(Term { before: letters(before)?, after: Some(letters(after)?) }),
        None => Some(Term { before: letters(text)?, after: None }),
    }
}

impl Term {
    /// The labels of a tensor with `dots` axes in the place of `...`.
    fn labels(&self, dots: usize) -> Vec<Label> {
        let letters = |list: &[char]| list.iter().map(|letter| Label::Letter(*letter)).collect::<Vec<_>>();
        let mut out = letters(&self.before);
        if let Some(after) = &self.after {
            out.extend((0..dots).rev().map(Label::Dots));
            out.extend(letters(after));
        }
        out
    }

    fn letters(&self) -> usize {
        self.before.len() + self.after.as_ref().map_or(0, Vec::len)
    }
}

fn einsum<T: Real + Factor>(operands: &Operands<'_>, equation: &Equation) -> Outcome<ArrayD<T>> {
    let arrays = (0..operands.len()).map(|index| operands.array::<T>(index)).collect::<Outcome<Vec<_>>>()?;
    let mut sides = Vec::new();
    let mut dots = 0;
    for (term, array) in equation.operands.iter().zip(&arrays) {
        let rank = array.ndim();
        let own = rank.checked_sub(term.letters()).filter(|own| *own == 0 || term.after.is_some());
        let own = own.ok_or_else(|| Misfit::Rank { wanted: term.letters(), found: array.shape().to_vec() })?;
        dots = dots.max(own);
        sides.push(term.labels(own));
    }
    let result = match &equation.result {
        Some(term) => term.labels(dots),
        None => implied(&sides, dots),
    };
    let sizes = sizes(&sides, &arrays)?;
    let known = |label: &Label| sizes.contains_key(label);
    if !result.iter().all(known) || result.iter().collect::<BTreeSet<_>>().len() != result.len() {
        return Err(Fault::Form("with a result label that is not in the operands, or twice in the result"));
    }
    let mut parts = arrays.iter().zip(&sides).map(|(array, labels)| single(array, labels, &sizes));
    let mut sum = parts.next().ok_or(Fault::Form("without operands"))??;
    for (at, part) in parts.enumerate() {
        let needed: BTreeSet<Label> = result.iter().chain(sides[at + 2..].iter().flatten()).copied().collect();
        sum = contract(sum, part?, &needed)?;
    }
    let kept: BTreeSet<Label> = result.iter().copied().collect();
    Ok(ordered(&sum_out(sum, &kept)?, &result))
}

/// Without `->`: the dots, then the labels that occur once, in alphabetical order.
fn implied(sides: &[Vec<Label>], dots: usize) -> Vec<Label> {
    let mut count: BTreeMap<Label, usize> = BTreeMap::new();
    sides.iter().flatten().for_each(|label| *count.entry(*label).or_default() += 1);
    let once = count.into_iter().filter(|(label, count)| *count == 1 && matches!(label, Label::Letter(_)));
    (0..dots).rev().map(Label::Dots).chain(once.map(|(label, _)| label)).collect()
}

/// The size of each label; size 1 fits any other.
fn sizes<T: Real>(sides: &[Vec<Label>], arrays: &[&ArrayD<T>]) -> Outcome<BTreeMap<Label, usize>> {
    let mut sizes: BTreeMap<Label, usize> = BTreeMap::new();
    for (labels, array) in sides.iter().zip(arrays) {
        for (label, size) in labels.iter().zip(array.shape()) {
            let known = sizes.entry(*label).or_insert(*size);
            if *known == 1 {
                *known = *size;
            }
            if *size != 1 && *size != *known {
                let found = arrays.iter().map(|array| array.shape().to_vec()).collect();
                return Err(Misfit::Sizes { what: "axes with one label must have one size", found }.into());
            }
        }
    }
    Ok(sizes)
}

/// An operand with each label once: diagonals of repeated labels, axes of size 1 repeated.
fn single<T: Real>(source: &ArrayD<T>, labels: &[Label], sizes: &BTreeMap<Label, usize>) -> Outcome<Labelled<T>> {
    let own = strides(source.shape());
    let mut unique: Vec<Label> = Vec::new();
    let mut steps: Vec<usize> = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let step = if source.shape()[at] == 1 { 0 } else { own[at] };
        match unique.iter().position(|known| known == label) {
            Some(known) => steps[known] += step,
            None => {
                unique.push(*label);
                steps.push(step);
            }
        }
    }
    let dims: Vec<usize> = unique.iter().map(|label| sizes[label]).collect();
    bounded::<T>(&dims)?;
    let array = if dims == source.shape() { source.clone() } else { walk(data(source), 0, &dims, &steps) };
    Ok(Labelled { array, labels: unique })
}

/// Sums over all labels that are not in `kept`.
fn sum_out<T: Real>(source: Labelled<T>, kept: &BTreeSet<Label>) -> Outcome<Labelled<T>> {
    let (labels, gone): (Vec<Label>, Vec<Label>) = source.labels.iter().partition(|label| kept.contains(label));
    if gone.is_empty() {
        return Ok(source);
    }
    let order: Vec<Label> = labels.iter().chain(&gone).copied().collect();
    let rows = ordered(&source, &order);
    let dims = &rows.shape()[..labels.len()];
    let length = product(&rows.shape()[labels.len()..]);
    let sum = |row: &[T]| T::narrow(row.iter().map(|x| x.wide()).sum());
    let sums = match length {
        0 => vec![T::zero(); bounded::<T>(dims)?],
        _ => data(&rows).chunks_exact(length).map(sum).collect(),
    };
    Ok(Labelled { array: array(dims, sums), labels })
}

/// The same tensor with its axes in another order.
fn ordered<T: Real>(source: &Labelled<T>, order: &[Label]) -> ArrayD<T> {
    if source.labels == order {
        return source.array.clone();
    }
    let place = |label: &Label| source.labels.iter().position(|own| own == label).expect("the label is there");
    super::runs::permute(&source.array, &order.iter().map(place).collect::<Vec<_>>())
}

/// The product of two tensors, summed over the labels that nobody needs afterwards.
fn contract<T: Real + Factor>(left: Labelled<T>, right: Labelled<T>, needed: &BTreeSet<Label>) -> Outcome<Labelled<T>> {
    let theirs = |labels: &[Label]| labels.iter().chain(needed).copied().collect::<BTreeSet<Label>>();
    let (of_left, of_right) = (theirs(&left.labels), theirs(&right.labels));
    let (left, right) = (sum_out(left, &of_right)?, sum_out(right, &of_left)?);
    let shared = |label: &&Label| right.labels.contains(label);
    let batch: Vec<Label> = left.labels.iter().filter(shared).filter(|l| needed.contains(l)).copied().collect();
    let inner: Vec<Label> = left.labels.iter().filter(shared).filter(|l| !needed.contains(l)).copied().collect();
    let only_left: Vec<Label> = left.labels.iter().filter(|l| !right.labels.contains(l)).copied().collect();
    let only_right: Vec<Label> = right.labels.iter().filter(|l| !left.labels.contains(l)).copied().collect();
    let joined = |parts: [&[Label]; 3]| parts.concat();
    let left_array = ordered(&left, &joined([&batch, &only_left, &inner]));
    let right_array = ordered(&right, &joined([&batch, &inner, &only_right]));
    let split = |dims: &[usize], at: [usize; 2]| {
        [product(&dims[..at[0]]), product(&dims[at[0]..at[1]]), product(&dims[at[1]..])]
    };
    let (b, l, i) = (batch.len(), only_left.len(), inner.len());
    let dims: Vec<usize> = left_array.shape()[..b + l].iter().chain(&right_array.shape()[b + i..]).copied().collect();
    let left_sizes = split(left_array.shape(), [b, b + l]);
    let right_sizes = split(right_array.shape(), [b, b + i]);
    let result = if b == 0 {
        matmul(&reshaped(left_array, &left_sizes[1..])?, &reshaped(right_array, &right_sizes[1..])?)?
    } else {
        matmul(&reshaped(left_array, &left_sizes)?, &reshaped(right_array, &right_sizes)?)?
    };
    Ok(Labelled { array: reshaped(result, &dims)?, labels: joined([&batch, &only_left, &only_right]) })
}
