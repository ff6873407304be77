//! Rows sorted by the value of a claim: the classes that donors are drawn from.

use super::block::Data;
use super::eval::{FeatureValues, Source, evaluate};
use super::ratio::Ratio;
use super::typed::Typed;
use crate::data::{Dataset, Scalar};
use crate::diagnostics::messages::{types, values as messages};
use crate::diagnostics::{Diagnostic, clean};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows are evaluated this many at a time.
const ROWS_AT_ONCE: usize = 4_096;
/// At most this many elements of a value with axes are written out.
const MOST_SHOWN: usize = 12;

/// A partition of the rows of a dataset.
#[derive(Debug, Clone)]
pub struct Classes {
    /// The class of each row; classes are numbered in order of first appearance.
    pub of_row: Vec<u32>,
    /// The rows of each class, in row order; never empty.
    pub members: Vec<Vec<u32>>,
    /// The value of each class: the elements of all parts in order, a ratio as two numbers.
    keys: Vec<Vec<i64>>,
    parts: Vec<Part>,
}

/// One part of a tuple.
#[derive(Debug, Clone)]
struct Part {
    scalar: Scalar,
    /// `None` for a single element.
    elements: Option<usize>,
    vocabulary: Option<Arc<Vec<String>>>,
}

/// Sorts the rows of a dataset by the value of a claim; a tuple agrees if all parts do.
///
/// With `element`, a part that has one axis counts with this element of it, and parts without axes
/// as they are. Without, a part with axes counts as a whole.
///
/// # Errors
/// A part that is real, or has no such element; a fault of evaluation on any row.
pub fn classes(claim: &[Typed], dataset: &Dataset, element: Option<usize>) -> Result<Classes, Box<Diagnostic>> {
    let found = classes_of_elements(claim, dataset, &[element])?;
    Ok(found.into_iter().next().expect("one partition for each element"))
}

/// The same for several elements; the claim is evaluated once.
///
/// # Errors
/// As [`classes`].
pub fn classes_of_elements(
    claim: &[Typed],
    dataset: &Dataset,
    elements: &[Option<usize>],
) -> Result<Vec<Classes>, Box<Diagnostic>> {
    if let Some(part) = claim.iter().find(|part| !part.ty.scalar.is_discrete()) {
        return Err(Box::new(types::not_discrete(part.span, &part.ty)));
    }
    let source = Source { dataset, outputs: BTreeMap::new() };
    let none = || Classes { of_row: Vec::new(), members: Vec::new(), keys: Vec::new(), parts: Vec::new() };
    let mut found: Vec<(Classes, BTreeMap<Vec<i64>, u32>)> =
        elements.iter().map(|_| (none(), BTreeMap::new())).collect();
    let all: Vec<usize> = (0..dataset.rows).collect();
    for rows in all.chunks(ROWS_AT_ONCE) {
        let values = claim.iter().map(|part| evaluate(part, &source, rows)).collect::<Result<Vec<_>, _>>()?;
        for ((classes, numbers), element) in found.iter_mut().zip(elements) {
            classes.add_block(claim, &values, rows, *element, numbers)?;
        }
    }
    Ok(found.into_iter().map(|(classes, _)| classes).collect())
}

impl Classes {
    fn add_block(
        &mut self,
        claim: &[Typed],
        values: &[FeatureValues],
        rows: &[usize],
        element: Option<usize>,
        numbers: &mut BTreeMap<Vec<i64>, u32>,
    ) -> Result<(), Box<Diagnostic>> {
        for (part, values) in claim.iter().zip(values) {
            if let Some(element) = element.filter(|element| !has_element(values, *element)) {
                return Err(Box::new(messages::no_such_element(part.span, &part.ty, element)));
            }
        }
        if self.parts.is_empty() {
            self.parts = claim.iter().zip(values).map(|(part, values)| part_of(part, values, element)).collect();
        }
        for (at, row) in rows.iter().enumerate() {
            let key: Vec<i64> = values.iter().flat_map(|values| key_of(values, at, element)).collect();
            self.add(u32::try_from(*row).unwrap_or(u32::MAX), key, numbers);
        }
        Ok(())
    }

    fn add(&mut self, row: u32, key: Vec<i64>, numbers: &mut BTreeMap<Vec<i64>, u32>) {
        let next = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let class = match numbers.get(&key) {
            Some(class) => *class,
            None => {
                numbers.insert(key.clone(), next);
                self.members.push(Vec::new());
                self.keys.push(key);
                next
            }
        };
        self.of_row.push(class);
        if let Some(members) = self.members.get_mut(class as usize) {
            members.push(row);
        }
    }

    /// The value of a class in words: `true`, `(true, 3)`; empty if there is no such class.
    #[must_use]
    pub fn describe(&self, class: u32) -> String {
        let Some(key) = self.keys.get(class as usize) else { return String::new() };
        let mut numbers = key.iter().copied();
        let parts: Vec<String> = self.parts.iter().map(|part| part.describe(&mut numbers)).collect();
        match parts.as_slice() {
            [part] => part.clone(),
            _ => format!("({})", parts.join(", ")),
        }
    }
}

impl Part {
    fn describe(&self, numbers: &mut impl Iterator<Item = i64>) -> String {
        let Some(elements) = self.elements else { return self.describe_one(numbers) };
        let mut all: Vec<String> = (0..elements).map(|_| self.describe_one(numbers)).collect();
        if all.len() > MOST_SHOWN {
            all.truncate(MOST_SHOWN);
            all.push("...".to_string());
        }
        format!("[{}]", all.join(", "))
    }

    fn describe_one(&self, numbers: &mut impl Iterator<Item = i64>) -> String {
        let number = numbers.next().unwrap_or_default();
        let word = || {
            let words = self.vocabulary.as_ref()?;
            words.get(usize::try_from(number).ok()?)
        };
        match self.scalar {
            Scalar::Bool => (number != 0).to_string(),
            Scalar::Ratio => match Ratio::new(number, numbers.next().unwrap_or_default()) {
                Some(ratio) => ratio.to_string(),
                None => String::new(),
            },
            _ => word().map_or_else(|| number.to_string(), |word| format!("\"{}\"", clean(word))),
        }
    }
}

fn has_element(values: &FeatureValues, element: usize) -> bool {
    match values.sizes.as_slice() {
        [] => true,
        [size] => element < *size,
        _ => false,
    }
}

fn part_of(part: &Typed, values: &FeatureValues, element: Option<usize>) -> Part {
    let whole = element.is_none() && !values.sizes.is_empty();
    Part { scalar: part.ty.scalar, elements: whole.then(|| values.width()), vocabulary: part.vocabulary.clone() }
}

/// The elements that count for the row at a place of the list, as numbers.
fn key_of(values: &FeatureValues, at: usize, element: Option<usize>) -> Vec<i64> {
    let width = values.width();
    let places = match element {
        Some(element) if !values.sizes.is_empty() => at * width + element..at * width + element + 1,
        _ => at * width..(at + 1) * width,
    };
    match &values.data {
        Data::Bool(bools) => bools[places].iter().map(|value| i64::from(*value)).collect(),
        Data::Int(ints) => ints[places].to_vec(),
        Data::Ratio(ratios) => ratios[places].iter().flat_map(|ratio| <[i64; 2]>::from(ratio.parts())).collect(),
        Data::Real(_) => Vec::new(),
    }
}
