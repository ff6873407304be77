//! Sampling classes over the rows of all datasets of a hypothesis, numbered one after the other.

use super::claim::DataIx;
use crate::data::{Column, ColumnValues, Dataset};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::claims as messages;
use crate::feature::{Classes, Typed, classes_of_elements, reads};
use ndarray::{ArrayD, Axis, concatenate};
use std::collections::{BTreeMap, BTreeSet};

/// The class of a row whose dataset the feature is never asked about.
pub const NO_CLASS: u32 = u32::MAX;

/// A partition of the rows of all datasets of a hypothesis. Rows are global: those of dataset 0
/// first, then those of dataset 1, and so on.
#[derive(Debug, Clone)]
pub struct JointClasses {
    /// The class of each row; [`NO_CLASS`] in a dataset that no draw asks about.
    pub of_row: Vec<u32>,
    /// By dataset and class the rows, in row order; empty where a value is absent.
    members: Vec<Vec<Vec<u32>>>,
    described: Classes,
}

impl JointClasses {
    /// The rows of one dataset that are of a class, in row order, as global rows.
    #[must_use]
    pub fn members(&self, class: u32, data: DataIx) -> &[u32] {
        self.members.get(data.0).and_then(|own| own.get(class as usize)).map_or(&[], Vec::as_slice)
    }

    /// The number of classes of all datasets together.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.first().map_or(0, Vec::len)
    }

    /// The value of a class in words.
    #[must_use]
    pub fn describe(&self, class: u32) -> String {
        self.described.describe(class)
    }
}

/// For each dataset the global row that its first row is.
#[must_use]
pub fn offsets(datasets: &[&Dataset]) -> Vec<usize> {
    datasets
        .iter()
        .scan(0, |next, dataset| {
            let first = *next;
            *next += dataset.rows;
            Some(first)
        })
        .collect()
}

/// Sorts the rows of the datasets in `asked` by the value of a claim, or by single elements of it:
/// a partition for each.
///
/// # Errors
/// A fault of evaluation, or a column that the datasets do not share.
pub fn joint(
    claim: &[Typed],
    datasets: &[&Dataset],
    asked: &BTreeSet<DataIx>,
    elements: &[Option<usize>],
) -> Result<Vec<JointClasses>, Box<Diagnostic>> {
    let asked: Vec<usize> = (0..datasets.len()).filter(|at| asked.contains(&DataIx(*at))).collect();
    let found = match asked.as_slice() {
        [only] => classes_of_elements(claim, datasets[*only], elements)?,
        several => {
            // Alone first, so that a fault names the dataset and the row that has it.
            for at in several {
                shared(claim, datasets[several[0]], datasets[*at])?;
                classes_of_elements(claim, datasets[*at], elements)?;
            }
            let parts: Vec<&Dataset> = several.iter().map(|at| datasets[*at]).collect();
            classes_of_elements(claim, &appended(claim, &parts)?, elements)?
        }
    };
    Ok(found.into_iter().map(|classes| spread(classes, datasets, &asked)).collect())
}

/// The same of all datasets: for each element a partition.
///
/// # Errors
/// A fault of evaluation, or a column that the datasets do not share.
pub fn classes_on(
    claim: &[Typed],
    datasets: &[&Dataset],
    elements: &[Option<usize>],
) -> Result<Vec<JointClasses>, Box<Diagnostic>> {
    joint(claim, datasets, &(0..datasets.len()).map(DataIx).collect(), elements)
}

/// A partition of the rows of some datasets as one of the rows of all.
fn spread(mut found: Classes, datasets: &[&Dataset], asked: &[usize]) -> JointClasses {
    let (local, count) = (std::mem::take(&mut found.of_row), found.members.len());
    found.members = Vec::new();
    let mut joint = JointClasses { of_row: Vec::new(), members: Vec::new(), described: found };
    let mut local = local.into_iter();
    for (at, dataset) in datasets.iter().enumerate() {
        let mut members = vec![Vec::new(); count];
        for _ in 0..dataset.rows {
            let class = if asked.contains(&at) { local.next().unwrap_or(NO_CLASS) } else { NO_CLASS };
            if let Some(members) = members.get_mut(class as usize) {
                members.push(u32::try_from(joint.of_row.len()).unwrap_or(u32::MAX));
            }
            joint.of_row.push(class);
        }
        joint.members.push(members);
    }
    joint
}

/// Every column that a claim reads is in both datasets, with one type and one size.
///
/// # Errors
/// A column that is not.
pub fn shared(claim: &[Typed], one: &Dataset, other: &Dataset) -> Result<(), Box<Diagnostic>> {
    for part in claim {
        for name in reads(part) {
            let (Some(own), Some(there)) = (one.columns.get(&name), other.columns.get(&name)) else {
                if !one.columns.contains_key(&name) && !other.columns.contains_key(&name) {
                    continue;
                }
                return Err(Box::new(messages::column_not_shared(part.span, &name, &other.name)));
            };
            let shape = |column: &Column| column.values.shape().get(1..).unwrap_or_default().to_vec();
            if own.scalar != there.scalar || own.dims != there.dims || shape(own) != shape(there) {
                return Err(Box::new(messages::column_not_shared(part.span, &name, &other.name)));
            }
        }
    }
    Ok(())
}

/// The columns that a claim reads, of one dataset after the other.
fn appended(claim: &[Typed], datasets: &[&Dataset]) -> Result<Dataset, Box<Diagnostic>> {
    let mut all = datasets[0].clone();
    all.rows = datasets.iter().map(|dataset| dataset.rows).sum();
    let read: BTreeSet<String> = claim.iter().flat_map(reads).collect();
    let mut columns = BTreeMap::new();
    for name in read {
        let own: Option<Vec<&Column>> = datasets.iter().map(|dataset| dataset.columns.get(&name)).collect();
        let Some(own) = own else { continue };
        let Some(values) = append(&own) else {
            let span = claim.first().map(|part| part.span);
            let finding = span.map(|span| messages::column_not_shared(span, &name, &datasets[0].name));
            return Err(Box::new(finding.expect("a claim has at least one part")));
        };
        columns.insert(name, Column { scalar: own[0].scalar, dims: own[0].dims.clone(), values });
    }
    all.columns = columns;
    Ok(all)
}

fn append(columns: &[&Column]) -> Option<ColumnValues> {
    fn joined<'a, T: Clone + 'a>(arrays: impl Iterator<Item = Option<&'a ArrayD<T>>>) -> Option<ArrayD<T>> {
        let arrays: Vec<&ArrayD<T>> = arrays.collect::<Option<_>>()?;
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        concatenate(Axis(0), &views).ok()
    }
    let values = || columns.iter().map(|column| &column.values);
    let ints = || values().map(|values| if let ColumnValues::Int(array) = values { Some(array) } else { None });
    let reals = || values().map(|values| if let ColumnValues::Real(array) = values { Some(array) } else { None });
    let bools = || values().map(|values| if let ColumnValues::Bool(array) = values { Some(array) } else { None });
    let found = joined(ints()).map(ColumnValues::Int);
    found.or_else(|| joined(reals()).map(ColumnValues::Real)).or_else(|| joined(bools()).map(ColumnValues::Bool))
}
