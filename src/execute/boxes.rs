//! Copying boxes of rows between dense buffers, as runs of contiguous elements.

use crate::engine::{DType, Value};
use crate::model::Region;
use ndarray::{ArrayD, IxDyn};

/// A run of contiguous elements within one row of the source and of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    from: usize,
    to: usize,
    length: usize,
}

/// The runs that copy `part` of a tensor from a buffer that holds the box `source` of each row to
/// one that holds the box `target`. `shape` is the tensor's, axis 0 (the rows) ignored; both boxes
/// hold all of `part`.
#[must_use]
pub fn runs(shape: &[usize], part: &Region, source: &Region, target: &Region) -> Vec<Run> {
    let axes: Vec<Axis> = (1..shape.len()).map(|axis| Axis::new(shape[axis], axis, part, source, target)).collect();
    let whole = |axis: &Axis| axis.length == axis.source && axis.length == axis.target;
    let tail = axes.iter().rev().take_while(|axis| whole(axis)).count();
    let split = axes.len().saturating_sub(tail + 1);
    let (outer, inner) = axes.split_at(split.min(axes.len()));
    let length: usize = inner.iter().map(|axis| axis.length).product();
    let step = |of: &dyn Fn(&Axis) -> usize, from: usize| axes.iter().skip(from + 1).map(of).product::<usize>();
    let offset = |at: &dyn Fn(&Axis) -> usize, of: &dyn Fn(&Axis) -> usize| -> usize {
        axes.iter().enumerate().map(|(index, axis)| at(axis) * step(of, index)).sum()
    };
    let first = Run {
        from: offset(&|axis| axis.from, &|axis| axis.source),
        to: offset(&|axis| axis.to, &|axis| axis.target),
        length,
    };
    let mut found = vec![first];
    for (index, axis) in outer.iter().enumerate() {
        let (from, to) = (step(&|axis| axis.source, index), step(&|axis| axis.target, index));
        let moved = |run: &Run, by: usize| Run { from: run.from + by * from, to: run.to + by * to, ..*run };
        found = found.iter().flat_map(|run| (0..axis.length).map(move |by| moved(run, by))).collect();
    }
    found.retain(|run| run.length > 0);
    found
}

/// One axis of a copy: the sizes of both boxes, and where the part begins in each.
struct Axis {
    source: usize,
    target: usize,
    from: usize,
    to: usize,
    length: usize,
}

impl Axis {
    fn new(size: usize, axis: usize, part: &Region, source: &Region, target: &Region) -> Axis {
        let (start, end) = part.range(axis, size);
        let (source, target) = (source.range(axis, size), target.range(axis, size));
        Axis {
            source: source.1 - source.0,
            target: target.1 - target.0,
            from: start.saturating_sub(source.0),
            to: start.saturating_sub(target.0),
            length: end.saturating_sub(start),
        }
    }
}

/// Rows of one element type, side by side.
#[derive(Debug, Clone, PartialEq)]
pub enum Buffer {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
}

/// Runs the same expression on two buffers or values of one element type.
macro_rules! on_pair {
    ($left:expr, $right:expr, $a:ident, $b:ident => $body:expr, otherwise $other:expr) => {
        match ($left, $right) {
            (Buffer::F32($a), Buffer::F32($b)) => $body,
            (Buffer::F64($a), Buffer::F64($b)) => $body,
            (Buffer::I64($a), Buffer::I64($b)) => $body,
            (Buffer::I32($a), Buffer::I32($b)) => $body,
            (Buffer::Bool($a), Buffer::Bool($b)) => $body,
            _ => $other,
        }
    };
}

impl Buffer {
    /// Zeros.
    #[must_use]
    pub fn new(dtype: DType, length: usize) -> Buffer {
        match dtype {
            DType::F32 => Buffer::F32(vec![0.0; length]),
            DType::F64 => Buffer::F64(vec![0.0; length]),
            DType::I64 => Buffer::I64(vec![0; length]),
            DType::I32 => Buffer::I32(vec![0; length]),
            DType::Bool => Buffer::Bool(vec![false; length]),
        }
    }

    /// The elements of a value in row-major order.
    #[must_use]
    pub fn from_value(value: Value) -> Buffer {
        fn flat<T: Clone>(array: ArrayD<T>) -> Vec<T> {
            if array.is_standard_layout() {
                let (elements, offset) = array.into_raw_vec_and_offset();
                if offset.unwrap_or(0) == 0 {
                    return elements;
                }
                return elements[offset.unwrap_or(0)..].to_vec();
            }
            array.iter().cloned().collect()
        }
        match value {
            Value::F32(array) => Buffer::F32(flat(array)),
            Value::F64(array) => Buffer::F64(flat(array)),
            Value::I64(array) => Buffer::I64(flat(array)),
            Value::I32(array) => Buffer::I32(flat(array)),
            Value::Bool(array) => Buffer::Bool(flat(array)),
        }
    }

    /// The buffer as a tensor of this shape.
    #[must_use]
    pub fn into_value(self, shape: &[usize]) -> Value {
        fn shaped<T>(elements: Vec<T>, shape: &[usize]) -> ArrayD<T> {
            ArrayD::from_shape_vec(IxDyn(shape), elements).expect("a buffer is made for its shape")
        }
        match self {
            Buffer::F32(elements) => Value::F32(shaped(elements, shape)),
            Buffer::F64(elements) => Value::F64(shaped(elements, shape)),
            Buffer::I64(elements) => Value::I64(shaped(elements, shape)),
            Buffer::I32(elements) => Value::I32(shaped(elements, shape)),
            Buffer::Bool(elements) => Value::Bool(shaped(elements, shape)),
        }
    }

    /// Copies runs from row `from_row` of `source` (rows of `from_size` elements) to row `to_row`
    /// of this buffer (rows of `to_size` elements).
    pub fn copy(&mut self, source: &Buffer, runs: &[Run], from: (usize, usize), to: (usize, usize)) {
        let ((from_row, from_size), (to_row, to_size)) = (from, to);
        on_pair!(self, source, target, source => {
            for run in runs {
                let (from, to) = (from_row * from_size + run.from, to_row * to_size + run.to);
                target[to..to + run.length].clone_from_slice(&source[from..from + run.length]);
            }
        }, otherwise unreachable!("a tensor has one element type"));
    }

    /// Sets runs of one row to a number.
    pub fn set(&mut self, number: f64, runs: &[Run], (row, size): (usize, usize)) {
        let one = Buffer::from_numbers(self.dtype(), &[number]);
        on_pair!(self, &one, target, one => {
            for run in runs {
                let to = row * size + run.to;
                target[to..to + run.length].fill(one[0]);
            }
        }, otherwise unreachable!("a number of the buffer's own type"));
    }

    /// Adds runs of one row to numbers.
    pub fn add_to(&self, sums: &mut [f64], runs: &[Run], (row, size): (usize, usize)) {
        for run in runs {
            for at in 0..run.length {
                sums[run.to + at] += self.number(row * size + run.from + at);
            }
        }
    }

    /// The element type.
    #[must_use]
    pub fn dtype(&self) -> DType {
        match self {
            Buffer::F32(_) => DType::F32,
            Buffer::F64(_) => DType::F64,
            Buffer::I64(_) => DType::I64,
            Buffer::I32(_) => DType::I32,
            Buffer::Bool(_) => DType::Bool,
        }
    }

    /// One element as a number.
    #[must_use]
    pub fn number(&self, at: usize) -> f64 {
        match self {
            Buffer::F32(elements) => f64::from(elements[at]),
            Buffer::F64(elements) => elements[at],
            Buffer::I64(elements) => elements[at] as f64,
            Buffer::I32(elements) => f64::from(elements[at]),
            Buffer::Bool(elements) => f64::from(u8::from(elements[at])),
        }
    }

    /// Numbers as elements of a type.
    #[must_use]
    pub fn from_numbers(dtype: DType, numbers: &[f64]) -> Buffer {
        match dtype {
            DType::F32 => Buffer::F32(numbers.iter().map(|number| *number as f32).collect()),
            DType::F64 => Buffer::F64(numbers.to_vec()),
            DType::I64 => Buffer::I64(numbers.iter().map(|number| *number as i64).collect()),
            DType::I32 => Buffer::I32(numbers.iter().map(|number| *number as i32).collect()),
            DType::Bool => Buffer::Bool(numbers.iter().map(|number| *number != 0.0).collect()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Buffer::F32(elements) => elements.len(),
            Buffer::F64(elements) => elements.len(),
            Buffer::I64(elements) => elements.len(),
            Buffer::I32(elements) => elements.len(),
            Buffer::Bool(elements) => elements.len(),
        }
    }

    /// The same numbers in another buffer's element type.
    #[must_use]
    pub fn like(self, other: &Buffer) -> Buffer {
        if self.dtype() == other.dtype() {
            return self;
        }
        let numbers: Vec<f64> = (0..self.len()).map(|at| self.number(at)).collect();
        Buffer::from_numbers(other.dtype(), &numbers)
    }

    /// Row by row `self + (clean - estimate)`, and just `clean` where the row is the same one.
    #[must_use]
    pub fn plus_rest(&self, clean: &Buffer, estimate: &Buffer, same: &[bool]) -> Buffer {
        let size = self.len() / same.len().max(1);
        let sum = |at: usize| {
            let clean = clean.number(at);
            if same[at / size] { clean } else { self.number(at) + (clean - estimate.number(at)) }
        };
        Buffer::from_numbers(clean.dtype(), &(0..size * same.len()).map(sum).collect::<Vec<f64>>())
    }

    /// True if two rows of this buffer agree bit for bit on the runs' source elements.
    #[must_use]
    pub fn same(&self, runs: &[Run], size: usize, row: usize, other: usize) -> bool {
        on_pair!(self, self, left, right => runs.iter().all(|run| {
            let (a, b) = (row * size + run.from, other * size + run.from);
            left[a..a + run.length] == right[b..b + run.length]
        }), otherwise false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_copied_to_their_places() {
        let shape = [9, 2, 3, 2];
        let source = Region::whole(4).cut(2, 1, 3, 3);
        let part = Region::whole(4).cut(1, 1, 2, 2).cut(2, 2, 3, 3);
        let target = Region::whole(4);
        let runs = runs(&shape, &part, &source, &target);
        // Source rows hold [2, 2, 2] elements: head, position 1..3, channel.
        let held = Buffer::I64((0..16).collect());
        let mut out = Buffer::new(DType::I64, 24);
        out.copy(&held, &runs, (1, 8), (1, 12));
        // Row 1, head 1, position 2 (second held), channels 0 and 1.
        let mut expected = vec![0; 24];
        expected[12 + 6 + 4] = 8 + 4 + 2;
        expected[12 + 6 + 5] = 8 + 4 + 2 + 1;
        assert_eq!(out, Buffer::I64(expected));
    }

    #[test]
    fn whole_rows_are_one_run() {
        let whole = Region::whole(3);
        assert_eq!(runs(&[5, 4, 3], &whole, &whole, &whole), [Run { from: 0, to: 0, length: 12 }]);
        let vector = Region::whole(1);
        assert_eq!(runs(&[5], &vector, &vector, &vector), [Run { from: 0, to: 0, length: 1 }]);
    }
}
