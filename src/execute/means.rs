//! Means of clean values over the dataset, for ablations. Rows are added in their order, in f64,
//! whatever order batches end in.

use super::boxes::{Buffer, runs};
use crate::engine::{DType, Value};
use crate::hypothesis::FeatureIx;
use crate::lower::{Map, Mean, MeanIx, Program, row_shape};
use crate::model::{Region, TensorId};
use crate::sample::ClassTable;
use std::collections::BTreeMap;

/// The sums of one mean: for each class.
#[derive(Debug)]
struct Sums {
    mean: Mean,
    shape: Vec<usize>,
    dtype: DType,
    /// The class of each row; `None` if all rows are one.
    classes: Option<Vec<u32>>,
    by_class: BTreeMap<u32, (usize, Vec<f64>)>,
}

/// Rows that follow each other, with the values of some tensors.
type Batch = (Vec<u32>, Vec<(TensorId, Value)>);

/// Sums that grow with a clean pass.
#[derive(Debug, Default)]
pub struct Summing {
    sums: Vec<Sums>,
    /// Where the means of each program begin.
    starts: Vec<usize>,
    /// The next row to add, and what came before its turn.
    next: usize,
    waiting: BTreeMap<usize, Batch>,
}

/// The means of one program.
#[derive(Debug, Default)]
pub struct Means {
    all: Vec<MeanValues>,
}

#[derive(Debug)]
struct MeanValues {
    region: Region,
    classes: Option<Vec<u32>>,
    by_class: BTreeMap<u32, Buffer>,
    /// Of a class without rows.
    none: Buffer,
}

impl Summing {
    /// Room for the means of some programs; `rows` are those of all datasets.
    #[must_use]
    pub fn new(map: Map<'_>, programs: &[(&Program, &ClassTable<'_>)], rows: usize) -> Summing {
        let mut found = Summing::default();
        for (program, classes) in programs {
            found.starts.push(found.sums.len());
            for mean in &program.means {
                let by_row = mean.over.map(|feature| classes_of(classes, feature, rows));
                found.sums.push(Sums {
                    shape: row_shape(map, mean.tensor),
                    dtype: DType::from_onnx(map.elements[mean.tensor.0 as usize]).unwrap_or(DType::F32),
                    mean: mean.clone(),
                    classes: by_row,
                    by_class: BTreeMap::new(),
                });
            }
        }
        found
    }

    /// The tensors that are averaged.
    pub fn tensors(&self) -> impl Iterator<Item = TensorId> + '_ {
        self.sums.iter().map(|sums| sums.mean.tensor)
    }

    /// Takes in a batch whose rows follow each other.
    pub fn add(&mut self, rows: &[u32], values: Vec<(TensorId, Value)>) {
        let Some(first) = rows.first() else { return };
        self.waiting.insert(*first as usize, (rows.to_vec(), values));
        while let Some((rows, values)) = self.waiting.remove(&self.next) {
            self.next += rows.len();
            for (tensor, value) in values {
                let buffer = Buffer::from_value(value);
                let own = self.sums.iter_mut().filter(|sums| sums.mean.tensor == tensor);
                own.for_each(|sums| sums.add(&rows, &buffer));
            }
        }
    }

    /// The means, program by program.
    #[must_use]
    pub fn finish(self) -> Vec<Means> {
        let ends: Vec<usize> = self.starts.iter().skip(1).copied().chain([self.sums.len()]).collect();
        let mut all: Vec<Option<MeanValues>> = self.sums.into_iter().map(|sums| Some(sums.finish())).collect();
        let own =
            |(start, end): (usize, usize)| Means { all: all[start..end].iter_mut().filter_map(Option::take).collect() };
        self.starts.into_iter().zip(ends).map(own).collect()
    }
}

fn classes_of(classes: &ClassTable<'_>, feature: FeatureIx, rows: usize) -> Vec<u32> {
    let classes = *classes.get(&(feature, None)).expect("every claimed feature has its classes");
    (0..u32::try_from(rows).unwrap_or(u32::MAX)).map(|row| classes.class_of(row)).collect()
}

impl Sums {
    fn add(&mut self, rows: &[u32], values: &Buffer) {
        let whole = Region::whole(self.shape.len());
        let runs = runs(&self.shape, &self.mean.region, &whole, &self.mean.region);
        let size: usize = self.shape.iter().skip(1).product();
        let own: usize = self.mean.region.shape(&self.shape).iter().skip(1).product();
        for (at, row) in rows.iter().enumerate() {
            let class = self.classes.as_ref().map_or(0, |classes| classes[*row as usize]);
            let (count, sums) = self.by_class.entry(class).or_insert_with(|| (0, vec![0.0; own]));
            *count += 1;
            values.add_to(sums, &runs, (at, size));
        }
    }

    fn finish(self) -> MeanValues {
        let shape = self.mean.region.shape(&self.shape);
        let mean = |(count, mut sums): (usize, Vec<f64>)| {
            sums.iter_mut().for_each(|sum| *sum /= count as f64);
            if let Some(axis) = self.mean.along {
                spread(&mut sums, &shape, axis);
            }
            Buffer::from_numbers(self.dtype, &sums)
        };
        let none = Buffer::from_numbers(self.dtype, &vec![f64::NAN; shape.iter().skip(1).product()]);
        let by_class = self.by_class.into_iter().map(|(class, sums)| (class, mean(sums))).collect();
        MeanValues { region: self.mean.region.clone(), classes: self.classes, by_class, none }
    }
}

/// Puts the mean along an axis in the place of each element. Axis 0 of the shape is the row.
fn spread(values: &mut [f64], shape: &[usize], axis: usize) {
    let inner: usize = shape.iter().skip(axis + 1).product();
    let size = shape.get(axis).copied().unwrap_or(1);
    for block in values.chunks_mut((inner * size).max(1)) {
        for offset in 0..inner {
            let own = (0..size).map(|at| at * inner + offset);
            let mean = own.clone().map(|at| block[at]).sum::<f64>() / size as f64;
            own.for_each(|at| block[at] = mean);
        }
    }
}

impl Means {
    /// The region of a mean and its values, for the class of a row.
    #[must_use]
    pub fn of(&self, mean: MeanIx, row: Option<u32>) -> (&Region, &Buffer) {
        let found = &self.all[mean.0];
        let class = match (&found.classes, row) {
            (Some(classes), Some(row)) => classes.get(row as usize).copied().unwrap_or(0),
            _ => 0,
        };
        (&found.region, found.by_class.get(&class).unwrap_or(&found.none))
    }
}
