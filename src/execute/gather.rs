//! What enters an unrolled graph: feeds put together from clean values, means and numbers.

use super::boxes::{Buffer, Run, runs};
use super::means::Means;
use super::store::Store;
use crate::diagnostics::Diagnostic;
use crate::engine::{DType, Value};
use crate::hypothesis::EstimateIx;
use crate::lower::{ABSENT, Filling, Gathered, Map, Piece, Program, Source, row_shape};
use crate::model::{FactDim, Region, TensorId};
use crate::sample::Rows;
use ndarray::{ArrayD, IxDyn};

type Fault = Box<Diagnostic>;

/// Estimates of activations.
pub trait Estimator: Sync {
    /// The estimate on some rows: float32 [rows, shape of its region without the first axis]. `own`
    /// holds the clean activation of the region on these rows, of the same shape.
    ///
    /// # Errors
    /// A value that the estimate cannot be computed from.
    fn estimate(&self, estimate: EstimateIx, rows: &[u32], own: &Value) -> Result<Value, Fault>;
}

/// Where everything that is gathered comes from.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Gathering<'a> {
    pub map: Map<'a>,
    pub program: &'a Program,
    pub store: &'a Store,
    pub draws: &'a Rows,
    pub means: &'a Means,
    pub estimator: Option<&'a dyn Estimator>,
    /// Ablations give the clean value on the reference instead: with all draws the reference, what
    /// comes out is the untouched model.
    pub untouched: bool,
}

impl Gathering<'_> {
    /// What enters the graph for some references (indices into the draws).
    ///
    /// # Errors
    /// An estimate that cannot be computed.
    pub fn feeds(&self, references: &[usize]) -> Result<Vec<(TensorId, Value)>, Fault> {
        let entering = self.program.feeds.iter().filter_map(|feed| feed.input.map(|input| (input, &feed.source)));
        entering.map(|(input, source)| Ok((input, self.value(source, references)?))).collect()
    }

    /// The value of one feed.
    ///
    /// # Errors
    /// An estimate that cannot be computed.
    pub fn value(&self, source: &Source, references: &[usize]) -> Result<Value, Fault> {
        match source {
            Source::Shape { dims, rows } => Ok(sizes(dims, references.len() * rows)),
            Source::Places { rows, positions, expanded, table } => {
                Ok(places((*rows, *positions), *expanded, table, references.len()))
            }
            Source::Rows { tensor, rows, pieces } => self.rows(*tensor, *rows, pieces, references),
        }
    }

    fn rows(&self, tensor: TensorId, rows: usize, pieces: &[Piece], references: &[usize]) -> Result<Value, Fault> {
        let mut shape = row_shape(self.map, tensor);
        let dtype = self.dtype(tensor);
        let to_size: usize = shape.iter().skip(1).product();
        let mut out = Buffer::new(dtype, to_size * references.len() * rows);
        for piece in pieces {
            let target = Target { tensor, shape: &shape, region: &piece.region, rows, references };
            self.fill(&mut out, target, &piece.filling)?;
        }
        if let Some(first) = shape.first_mut() {
            *first = references.len() * rows;
        }
        Ok(out.into_value(&shape))
    }

    fn fill(&self, out: &mut Buffer, target: Target<'_>, filling: &Filling) -> Result<(), Fault> {
        match filling {
            Filling::Row(row) => self.fill_rows(out, target, row),
            _ if self.untouched && !matches!(filling, Filling::Numbers { .. }) => {
                let reference = Gathered { draw: crate::lower::DrawId::REFERENCE, lookup: vec![0; target.rows] };
                self.fill_rows(out, target, &reference);
            }
            Filling::Mean { mean, of } => {
                for (place, row) in self.each(target, of.as_ref()) {
                    let (held, values) = self.means.of(*mean, row);
                    let runs = target.runs(held);
                    out.copy(values, &runs, (0, 0), (place, target.size()));
                }
            }
            Filling::Constant(bits) => {
                let whole = Region::whole(target.shape.len());
                let runs = runs(target.shape, target.region, &whole, &whole);
                (0..target.places()).for_each(|place| out.set(f64::from_bits(*bits), &runs, (place, target.size())));
            }
            Filling::Numbers { at, of } => {
                let values = Buffer::F32(self.program.numbers[*at].to_vec()).like(out);
                let runs = target.runs(of);
                (0..target.places()).for_each(|place| out.copy(&values, &runs, (0, 0), (place, target.size())));
            }
            Filling::Estimate { estimate, of, own, rest } => {
                self.estimated(out, target, (*estimate, of), (own, rest))?;
            }
        }
        Ok(())
    }

    fn fill_rows(&self, out: &mut Buffer, target: Target<'_>, row: &Gathered) {
        let (held, buffer) = self.store.held(target.tensor).expect("every gathered tensor is captured");
        let runs = target.runs(held);
        let from_size = held.shape(target.shape).iter().skip(1).product();
        for (place, row) in self.each(target, Some(row)) {
            let Some(row) = row else { continue };
            let slot = self.store.slot(row).expect("every gathered row is captured");
            out.copy(buffer, &runs, (slot, from_size), (place, target.size()));
        }
    }

    /// An estimate on one row, and what is left of the clean value on another.
    fn estimated(
        &self,
        out: &mut Buffer,
        target: Target<'_>,
        (estimate, of): (EstimateIx, &Region),
        (own, rest): (&Gathered, &Gathered),
    ) -> Result<(), Fault> {
        let estimator = self.estimator.expect("a program with estimates is run with their expressions");
        let places: Vec<(usize, u32, u32)> = self
            .each(target, Some(own))
            .zip(self.each(target, Some(rest)))
            .filter_map(|((place, own), (_, rest))| Some((place, own?, rest?)))
            .collect();
        let own: Vec<u32> = places.iter().map(|(_, own, _)| *own).collect();
        let rest: Vec<u32> = places.iter().map(|(_, _, rest)| *rest).collect();
        let (clean_own, clean_rest) = (self.clean(target, of, &own), self.clean(target, of, &rest));
        let estimate_own = estimator.estimate(estimate, &own, &clean_own)?;
        let estimate_rest = estimator.estimate(estimate, &rest, &clean_rest)?;
        let sum = Buffer::from_value(estimate_own).plus_rest(
            &Buffer::from_value(clean_rest),
            &Buffer::from_value(estimate_rest),
            // On one datum the two estimates cancel, to the last bit.
            &places.iter().map(|(_, own, rest)| own == rest).collect::<Vec<bool>>(),
        );
        let sum = sum.like(out);
        let runs = target.runs(of);
        let size: usize = of.shape(target.shape).iter().skip(1).product();
        for (at, (place, _, _)) in places.iter().enumerate() {
            out.copy(&sum, &runs, (at, size), (*place, target.size()));
        }
        Ok(())
    }

    /// Clean values of a region on some rows.
    fn clean(&self, target: Target<'_>, of: &Region, rows: &[u32]) -> Value {
        let (held, buffer) = self.store.held(target.tensor).expect("every gathered tensor is captured");
        let mut shape = of.shape(target.shape);
        let size: usize = shape.iter().skip(1).product();
        let from_size: usize = held.shape(target.shape).iter().skip(1).product();
        let runs = runs(target.shape, of, held, of);
        let mut found = Buffer::new(self.dtype(target.tensor), size * rows.len());
        for (at, row) in rows.iter().enumerate() {
            let slot = self.store.slot(*row).expect("every gathered row is captured");
            found.copy(buffer, &runs, (slot, from_size), (at, size));
        }
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        found.into_value(&shape)
    }

    fn dtype(&self, tensor: TensorId) -> DType {
        DType::from_onnx(self.map.elements[tensor.0 as usize]).unwrap_or(DType::F32)
    }

    /// Every row of a feed with the dataset row that it takes; `None` where it takes none.
    fn each<'b>(
        &'b self,
        target: Target<'b>,
        row: Option<&'b Gathered>,
    ) -> impl Iterator<Item = (usize, Option<u32>)> + 'b {
        target.references.iter().enumerate().flat_map(move |(index, reference)| {
            (0..target.rows).map(move |at| {
                let tuple = row.and_then(|row| row.lookup.get(at).copied()).filter(|tuple| *tuple != ABSENT);
                let found = row.zip(tuple).map(|(row, tuple)| self.draws.at(row.draw, *reference, tuple));
                (index * target.rows + at, found)
            })
        })
    }
}

/// The box of a feed that a piece fills.
#[derive(Clone, Copy)]
struct Target<'a> {
    tensor: TensorId,
    /// Of the tensor; axis 0 is the row.
    shape: &'a [usize],
    region: &'a Region,
    /// Rows for each reference.
    rows: usize,
    references: &'a [usize],
}

impl Target<'_> {
    /// Elements of one row.
    fn size(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Rows in all.
    fn places(&self) -> usize {
        self.rows * self.references.len()
    }

    /// The runs from a buffer that holds a box of each row.
    fn runs(&self, held: &Region) -> Vec<Run> {
        runs(self.shape, self.region, held, &Region::whole(self.shape.len()))
    }
}

fn places((rows, positions): (usize, usize), expanded: usize, table: &[u32], references: usize) -> Value {
    let mut numbers = Vec::with_capacity(references * rows * positions);
    for reference in 0..references {
        for (at, tuple) in table.iter().enumerate() {
            let row = if *tuple == ABSENT { 0 } else { reference * expanded + *tuple as usize };
            numbers.push(i64::try_from(row * positions + at % positions).unwrap_or(0));
        }
    }
    let shape = IxDyn(&[references * rows, positions]);
    Value::I64(ArrayD::from_shape_vec(shape, numbers).expect("one number for each position of each row"))
}

fn sizes(dims: &[FactDim], rows: usize) -> Value {
    let size = |dim: &FactDim| dim.at(rows).unwrap_or(0);
    let numbers: Vec<i64> = dims.iter().map(|dim| i64::try_from(size(dim)).unwrap_or(i64::MAX)).collect();
    Value::I64(ArrayD::from_shape_vec(IxDyn(&[dims.len()]), numbers).expect("one number a dim"))
}
