//! The baseline `shuffled`: outputs paired with the labels, targets and masks of all rows.

use super::sliced::SliceShares;
use crate::data::{Column, ColumnValues, Dataset, Scalar};
use crate::diagnostics::Diagnostic;
use crate::feature::{Data, FeatureValues, Measured, Output, Source, Split, Typed, evaluate, part_name, split};
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;

/// How the baseline of a behaviour on a dataset is come by.
#[derive(Debug, Clone)]
pub enum Shuffled {
    /// Over every pair of rows.
    Exact(Box<ExactShuffle>),
    /// Over one pair for each reference: all pairs would cost too much.
    Sampled,
    /// Pairs are all alike, for this reason.
    Nothing(String),
}

/// The different values of all that a behaviour compares outputs with, and how often each occurs.
#[derive(Debug, Clone)]
pub struct ExactShuffle {
    value: Typed,
    /// Row k has the k-th of the different values; where positions are apart, of each position.
    table: Dataset,
    /// For row k and each cell the share of the rows of the dataset that have this value.
    shares: Vec<Vec<f64>>,
    cells: Cells,
    /// The share of the elements that count, over all rows of the dataset.
    counted: f64,
}

/// As many evaluations for each row are always made.
const ALWAYS: usize = 64;
/// More are made where all of them together touch at most so many elements.
const ELEMENTS: usize = 1_000_000_000;
/// Rows are evaluated this many at a time.
const ROWS_AT_ONCE: usize = 4_096;

/// How the baseline is come by. `sizes` are those of axes, where known.
///
/// # Errors
/// A fault of evaluation on some row.
pub fn shuffled(
    measured: &Measured,
    dataset: &Dataset,
    sizes: &BTreeMap<String, Option<usize>>,
) -> Result<Shuffled, Box<Diagnostic>> {
    let Some(split) = split(measured) else { return Ok(Shuffled::Sampled) };
    if split.parts.is_empty() {
        return Ok(Shuffled::Nothing("it reads nothing but outputs".to_owned()));
    }
    let widest = widest(&split.value, sizes);
    let limit = (ELEMENTS / dataset.rows.max(1) / widest.max(1)).max(ALWAYS);
    let Some(found) = different(&split, dataset, limit)? else { return Ok(Shuffled::Sampled) };
    if found.counts.iter().all(|cell| cell.len() == 1) {
        let columns: Vec<String> =
            measured.reads().into_iter().filter(|name| dataset.columns.contains_key(name)).collect();
        return Ok(Shuffled::Nothing(format!("{} is the same on every row", columns.join(", "))));
    }
    found.exact(split, dataset).map(|exact| Shuffled::Exact(Box::new(exact)))
}

/// The most elements of a value that the behaviour computes from outputs.
fn widest(value: &Typed, sizes: &BTreeMap<String, Option<usize>>) -> usize {
    let mut most = 1;
    let mut open = vec![value];
    while let Some(part) = open.pop() {
        let known = part.ty.dims.iter().filter_map(|dim| sizes.get(dim).copied().flatten());
        most = most.max(known.fold(1_usize, usize::saturating_mul));
        open.extend(part.kind.operands());
    }
    most
}

/// Which elements of a value belong together: one cell for each index along the separable axes.
#[derive(Debug, Clone)]
struct Cells {
    dims: Vec<String>,
    sizes: Vec<usize>,
}

impl Cells {
    fn count(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The cell of each element of a row with these axes.
    fn of(&self, dims: &[String], sizes: &[usize]) -> Vec<usize> {
        let count: usize = sizes.iter().product();
        let cell = |element: usize| {
            let mut rest = element;
            let mut index: BTreeMap<&str, usize> = BTreeMap::new();
            for (dim, size) in dims.iter().zip(sizes).rev() {
                index.insert(dim, rest % size.max(&1));
                rest /= size.max(&1);
            }
            let along = self.dims.iter().zip(&self.sizes);
            along.fold(0, |cell, (dim, size)| cell * size + index.get(dim.as_str()).copied().unwrap_or(0))
        };
        (0..count).map(cell).collect()
    }
}

/// A part that is read: its scalar, its axes, their sizes, and the cell of each element.
type SplitPart = (Scalar, Vec<String>, Vec<usize>, Vec<usize>);

/// The different values of each cell.
struct Different {
    cells: Cells,
    /// By part its axes, their sizes, and the cell of each element.
    parts: Vec<SplitPart>,
    /// By cell the values as bits, part after part, in order of first appearance, with their counts.
    counts: Vec<Vec<(Vec<u64>, usize)>>,
}

/// Takes the cells, a row, and by cell what the row has there as bits, part after part; says whether
/// to go on.
type TakeRow<'a> = dyn FnMut(&Layout, usize, Vec<Vec<u64>>) -> bool + 'a;

/// The cells, and by part its scalar, its axes, their sizes, and the cell of each element.
pub(super) struct Layout {
    cells: Cells,
    parts: Vec<SplitPart>,
}

/// Goes through the rows of a dataset in order, until told to stop.
pub(super) fn each_row(split: &Split, dataset: &Dataset, take: &mut TakeRow<'_>) -> Result<(), Box<Diagnostic>> {
    let source = Source { dataset, outputs: BTreeMap::new() };
    let all: Vec<usize> = (0..dataset.rows).collect();
    let mut known: Option<Layout> = None;
    for rows in all.chunks(ROWS_AT_ONCE) {
        let values = split.parts.iter().map(|part| evaluate(part, &source, rows)).collect::<Result<Vec<_>, _>>()?;
        let layout = known.get_or_insert_with(|| Layout::of(split, &values));
        for (at, row) in rows.iter().enumerate() {
            let mut keys = vec![Vec::new(); layout.cells.count()];
            for (values, (.., cells)) in values.iter().zip(&layout.parts) {
                for (element, cell) in cells.iter().enumerate() {
                    keys[*cell].push(bits(&values.data, at * cells.len() + element));
                }
            }
            if !take(layout, *row, keys) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// `None` if a cell has more than `limit` values.
fn different(split: &Split, dataset: &Dataset, limit: usize) -> Result<Option<Different>, Box<Diagnostic>> {
    let mut found: Option<Different> = None;
    let mut numbers: Vec<BTreeMap<Vec<u64>, usize>> = Vec::new();
    let mut fits = true;
    each_row(split, dataset, &mut |layout, _, keys| {
        let found = found.get_or_insert_with(|| Different::of(layout));
        numbers.resize(found.cells.count(), BTreeMap::new());
        for (cell, key) in keys.into_iter().enumerate() {
            let next = found.counts[cell].len();
            let number = *numbers[cell].entry(key.clone()).or_insert(next);
            if number == next {
                found.counts[cell].push((key, 0));
            }
            fits &= found.counts[cell].len() <= limit;
            found.counts[cell][number].1 += 1;
        }
        fits
    })?;
    Ok(found.filter(|_| fits))
}

impl Layout {
    fn of(split: &Split, values: &[FeatureValues]) -> Layout {
        let size = |dim: &String| {
            let with = |values: &FeatureValues| values.ty.dims.iter().position(|own| own == dim);
            values.iter().find_map(|values| values.sizes.get(with(values)?).copied()).unwrap_or(1)
        };
        let cells = Cells { dims: split.separable.clone(), sizes: split.separable.iter().map(size).collect() };
        let part = |values: &FeatureValues| {
            let of_elements = cells.of(&values.ty.dims, &values.sizes);
            (values.ty.scalar, values.ty.dims.clone(), values.sizes.clone(), of_elements)
        };
        let parts = values.iter().map(part).collect();
        Layout { cells, parts }
    }
}

impl Different {
    fn of(layout: &Layout) -> Different {
        let counts = vec![Vec::new(); layout.cells.count()];
        Different { cells: layout.cells.clone(), parts: layout.parts.clone(), counts }
    }

    fn exact(self, split: Split, dataset: &Dataset) -> Result<ExactShuffle, Box<Diagnostic>> {
        let rows = self.counts.iter().map(Vec::len).max().unwrap_or(0);
        let share = |row: usize, cell: &Vec<(Vec<u64>, usize)>| {
            cell.get(row).map_or(0.0, |(_, count)| *count as f64 / dataset.rows as f64)
        };
        let shares = (0..rows).map(|row| self.counts.iter().map(|cell| share(row, cell)).collect()).collect();
        let table = Dataset { rows, columns: self.columns(rows), ..without_columns(dataset) };
        let mut exact = ExactShuffle { value: split.value, table, shares, cells: self.cells, counted: 1.0 };
        if let Some(mask) = &split.mask {
            exact.counted = exact.share_that_counts(mask)?;
        }
        Ok(exact)
    }

    /// Each part as a column; where a cell has fewer values, its first stands for the others.
    fn columns(&self, rows: usize) -> BTreeMap<String, Column> {
        // Where the values of a part begin within a key, for each cell.
        let mut begin = vec![0; self.cells.count()];
        let mut columns = BTreeMap::new();
        for (number, (scalar, dims, sizes, cells)) in self.parts.iter().enumerate() {
            let mut values = Vec::with_capacity(rows * cells.len());
            for row in 0..rows {
                let mut at = begin.clone();
                for cell in cells {
                    let keys = &self.counts[*cell];
                    let (key, _) = keys.get(row).unwrap_or(&keys[0]);
                    values.push(key[at[*cell]]);
                    at[*cell] += 1;
                }
            }
            for cell in cells {
                begin[*cell] += 1;
            }
            let shape: Vec<usize> = std::iter::once(rows).chain(sizes.iter().copied()).collect();
            let column = Column { scalar: *scalar, dims: dims.clone(), values: column_values(*scalar, values, &shape) };
            columns.insert(part_name(number), column);
        }
        columns
    }
}

/// The sums of examples with the labels of all rows of the dataset, and of each slice of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShuffledSums {
    /// For each example the mean sum over all rows.
    pub sums: Vec<f64>,
    /// The weight that all examples have.
    pub weight: f64,
    /// For each example and slice the mean sum over the rows of the slice.
    pub of_slices: Vec<Vec<f64>>,
    /// By slice the weight that all examples have.
    pub weights: Vec<f64>,
}

impl ExactShuffle {
    /// Cells with values of their own.
    pub(super) fn count_cells(&self) -> usize {
        self.cells.count()
    }

    /// Different values of the cell that has most of them.
    pub(super) fn len(&self) -> usize {
        self.shares.len()
    }

    /// The sums of examples, over all rows and over those of slices.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    pub fn sums<'o>(
        &'o self,
        outputs: &BTreeMap<&'o str, Output<'o>>,
        examples: usize,
        slices: Option<&SliceShares>,
    ) -> Result<ShuffledSums, Box<Diagnostic>> {
        let count = slices.map_or(0, SliceShares::len);
        let (mut sums, mut of_slices) = (vec![0.0; examples], vec![vec![0.0; count]; examples]);
        let (mut weight, mut weights) = (0.0, vec![0.0; count]);
        for (row, shares) in self.shares.iter().enumerate() {
            let source = Source { dataset: &self.table, outputs: outputs.clone() };
            let values = evaluate(&self.value, &source, &vec![row; examples])?;
            let cells = self.cells.of(&values.ty.dims, &values.sizes);
            let width = values.width() as f64;
            weight = self.counted * width;
            weights = slices.map_or_else(Vec::new, |of| of.counted().iter().map(|share| share * width).collect());
            let reals = values.reals().unwrap_or_default();
            for ((sum, of_slices), own) in sums.iter_mut().zip(&mut of_slices).zip(reals.chunks(cells.len().max(1))) {
                for (cell, value) in cells.iter().zip(own) {
                    // What occurs nowhere stands in the table for its shape alone.
                    if shares[*cell] > 0.0 {
                        *sum += shares[*cell] * value;
                        if let Some(slices) = slices {
                            slices.add(of_slices, (row, *cell), *value);
                        }
                    }
                }
            }
        }
        Ok(ShuffledSums { sums, weight, of_slices, weights })
    }

    /// The share of the elements of the mask that count, over all rows of the dataset.
    fn share_that_counts(&self, mask: &Typed) -> Result<f64, Box<Diagnostic>> {
        let (mut sum, mut elements) = (0.0, 1.0);
        self.each_counted(mask, &mut |row, cell, of| {
            sum += self.shares[row][cell];
            elements = of;
        })?;
        Ok(sum / elements)
    }

    /// Takes the row of the table, the cell, and how many elements the mask has, for each element of it
    /// that counts.
    ///
    /// # Errors
    /// A mask that has no value.
    pub(super) fn each_counted(
        &self,
        mask: &Typed,
        take: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<(), Box<Diagnostic>> {
        let source = Source { dataset: &self.table, outputs: BTreeMap::new() };
        let rows: Vec<usize> = (0..self.table.rows).collect();
        let values = evaluate(mask, &source, &rows)?;
        let cells = self.cells.of(&values.ty.dims, &values.sizes);
        for row in rows {
            for (element, cell) in cells.iter().enumerate() {
                if bits(&values.data, row * cells.len() + element) != 0 {
                    take(row, *cell, cells.len().max(1) as f64);
                }
            }
        }
        Ok(())
    }
}

fn without_columns(dataset: &Dataset) -> Dataset {
    Dataset {
        name: dataset.name.clone(),
        path: dataset.path.clone(),
        hash: dataset.hash.clone(),
        rows: 0,
        columns: BTreeMap::new(),
        sizes: dataset.sizes.clone(),
    }
}

fn bits(data: &Data, at: usize) -> u64 {
    match data {
        Data::Bool(values) => u64::from(values[at]),
        Data::Int(values) => values[at].cast_unsigned(),
        Data::Real(values) => values[at].to_bits(),
        Data::Ratio(_) => unreachable!("a behaviour with such a part is not taken apart"),
    }
}

fn column_values(scalar: Scalar, bits: Vec<u64>, shape: &[usize]) -> ColumnValues {
    fn shaped<T>(values: Vec<T>, shape: &[usize]) -> ArrayD<T> {
        ArrayD::from_shape_vec(IxDyn(shape), values).expect("one value for each element of each row")
    }
    match scalar {
        Scalar::Bool => ColumnValues::Bool(shaped(bits.into_iter().map(|bits| bits != 0).collect(), shape)),
        Scalar::Real => ColumnValues::Real(shaped(bits.into_iter().map(f64::from_bits).collect(), shape)),
        _ => ColumnValues::Int(shaped(bits.into_iter().map(u64::cast_signed).collect(), shape)),
    }
}
