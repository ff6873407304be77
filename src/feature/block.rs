//! Values of a block of rows while they are computed, with the faults that were met.

use super::ratio::Ratio;
use crate::data::Scalar;

/// Elements in row-major order. `Int` carries int, token and category.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Real(Vec<f64>),
    Ratio(Vec<Ratio>),
}

/// Runs the same expression on the vector of any data.
macro_rules! on_data {
    ($data:expr, $values:ident => $body:expr) => {
        match $data {
            Data::Bool($values) => $body,
            Data::Int($values) => $body,
            Data::Real($values) => $body,
            Data::Ratio($values) => $body,
        }
    };
}

impl Data {
    #[must_use]
    pub fn len(&self) -> usize {
        on_data!(self, values => values.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No elements, for a scalar.
    #[must_use]
    pub fn empty(scalar: Scalar) -> Data {
        match scalar {
            Scalar::Bool => Data::Bool(Vec::new()),
            Scalar::Int | Scalar::Token | Scalar::Category => Data::Int(Vec::new()),
            Scalar::Real => Data::Real(Vec::new()),
            Scalar::Ratio => Data::Ratio(Vec::new()),
        }
    }

    /// The elements at these indices, all of which exist.
    pub(super) fn gather(&self, indices: &[usize]) -> Data {
        fn pick<T: Copy>(values: &[T], indices: &[usize]) -> Vec<T> {
            indices.iter().map(|at| values[*at]).collect()
        }
        match self {
            Data::Bool(values) => Data::Bool(pick(values, indices)),
            Data::Int(values) => Data::Int(pick(values, indices)),
            Data::Real(values) => Data::Real(pick(values, indices)),
            Data::Ratio(values) => Data::Ratio(pick(values, indices)),
        }
    }

    /// These elements, then those of data of the same scalar.
    pub(super) fn append(&mut self, other: &Data) {
        match (self, other) {
            (Data::Bool(values), Data::Bool(more)) => values.extend_from_slice(more),
            (Data::Int(values), Data::Int(more)) => values.extend_from_slice(more),
            (Data::Real(values), Data::Real(more)) => values.extend_from_slice(more),
            (Data::Ratio(values), Data::Ratio(more)) => values.extend_from_slice(more),
            _ => unreachable!("the checker gives both sides one scalar"),
        }
    }

    pub(super) fn bools(&self) -> &[bool] {
        match self {
            Data::Bool(values) => values,
            _ => unreachable!("the checker has made sure of a bool"),
        }
    }

    pub(super) fn ints(&self) -> &[i64] {
        match self {
            Data::Int(values) => values,
            _ => unreachable!("the checker has made sure of an int"),
        }
    }

    pub(super) fn reals(&self) -> &[f64] {
        match self {
            Data::Real(values) => values,
            _ => unreachable!("the checker has made sure of a real"),
        }
    }
}

/// How elements lie: rows outermost, then the axes in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// `None` for a value that is the same on every row, which is then held once.
    pub rows: Option<usize>,
    pub dims: Vec<String>,
    pub sizes: Vec<usize>,
}

impl Layout {
    /// Elements of one row.
    pub fn width(&self) -> usize {
        self.sizes.iter().product()
    }

    pub fn len(&self) -> usize {
        self.rows.unwrap_or(1) * self.width()
    }

    /// For every element of this layout, in order, its place in a value that is `strides` apart
    /// along each axis and `row_stride` from row to row.
    pub fn places(&self, row_stride: usize, strides: &[usize]) -> Vec<usize> {
        let mut of_row = vec![0_usize];
        for (size, stride) in self.sizes.iter().zip(strides) {
            of_row = of_row.iter().flat_map(|start| (0..*size).map(move |at| start + at * stride)).collect();
        }
        let rows = self.rows.unwrap_or(1);
        (0..rows).flat_map(|row| of_row.iter().map(move |place| row * row_stride + place)).collect()
    }

    /// Distance between neighbours along each axis of this layout.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides: Vec<usize> = Vec::with_capacity(self.sizes.len());
        let mut stride = 1;
        for size in self.sizes.iter().rev() {
            strides.push(stride);
            stride *= size;
        }
        strides.reverse();
        strides
    }

    /// Distance from row to row.
    pub fn row_stride(&self) -> usize {
        self.rows.map_or(0, |_| self.width())
    }
}

/// The number of a fault, 0 for none.
pub(super) type FaultId = u32;

/// The values of one expression on a block of rows.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub layout: Layout,
    pub data: Data,
    /// For each element the fault that it stands for; absent where there is none.
    pub faults: Option<Vec<FaultId>>,
}

impl Block {
    /// The fault of an element, 0 for none.
    pub fn fault(&self, at: usize) -> FaultId {
        self.faults.as_ref().and_then(|faults| faults.get(at)).copied().unwrap_or(0)
    }

    /// The elements at these places as a block of another layout.
    pub fn gather(&self, places: &[usize], layout: Layout) -> Block {
        let faults = self.faults.as_ref().map(|faults| places.iter().map(|at| faults[*at]).collect());
        Block { layout, data: self.data.gather(places), faults }
    }

    /// This block spread over a layout that has all its axes.
    pub fn spread(&self, layout: &Layout) -> Block {
        if self.data.len() == 1 {
            return self.gather(&vec![0; layout.len()], layout.clone());
        }
        let own = self.layout.strides();
        let stride_of = |dim: &String| {
            let axis = self.layout.dims.iter().position(|own| own == dim);
            axis.and_then(|axis| own.get(axis)).copied().unwrap_or(0)
        };
        let strides: Vec<usize> = layout.dims.iter().map(stride_of).collect();
        let row_stride = if self.layout.rows.is_some() { self.layout.row_stride() } else { 0 };
        self.gather(&layout.places(row_stride, &strides), layout.clone())
    }

    /// This block followed by another of the same scalar; the layout is that of a flat list.
    pub fn followed_by(&self, other: &Block) -> Block {
        let mut data = self.data.clone();
        data.append(&other.data);
        let faults = (self.faults.is_some() || other.faults.is_some()).then(|| {
            let own = (0..self.data.len()).map(|at| self.fault(at));
            own.chain((0..other.data.len()).map(|at| other.fault(at))).collect()
        });
        let layout = Layout { rows: None, dims: Vec::new(), sizes: vec![data.len()] };
        Block { layout, data, faults }
    }
}
