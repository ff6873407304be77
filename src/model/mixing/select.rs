//! Operators that pick, cut, join or repeat along an axis: harmless along every axis but that of the
//! examples.

use super::rules::{Outcome, Rule};
use super::{MixReason, RowAxis, State};

impl Rule<'_> {
    pub fn concat(&self) -> Outcome {
        let inputs: Vec<usize> = (0..self.node.inputs.len()).collect();
        let rank = self.output()?.dims.len();
        let axis = self.axis(self.node.int("axis").unwrap_or(0), rank)?;
        if inputs.iter().any(|at| self.rows(*at).is_some_and(|row| row.axis == axis)) {
            return Err(MixReason::Joins);
        }
        if inputs.iter().any(|at| self.rows(*at).is_none()) {
            return Err(MixReason::Misaligned);
        }
        self.elementwise_of(&inputs)
    }

    pub fn split(&self) -> Outcome {
        self.only_shapes_vary(1)?;
        let row = self.rows(0).ok_or(MixReason::BatchSize)?;
        let axis = self.axis(self.node.int("axis").unwrap_or(0), self.rank(0)?)?;
        if axis == row.axis { Err(MixReason::Selects) } else { Ok(State::Rows(row)) }
    }

    /// Along the axis of the examples only a slice that takes all is harmless.
    pub fn slice(&self) -> Outcome {
        for at in 1..self.node.inputs.len() {
            self.only_shapes_vary(at)?;
        }
        let (row, rank) = (self.rows(0).ok_or(MixReason::BatchSize)?, self.rank(0)?);
        let axes = match self.node.input(3) {
            Some(_) => self.integers(3)?,
            None => (0..rank as i64).collect(),
        };
        let steps = match self.node.input(4) {
            Some(_) => self.integers(4)?,
            None => Vec::new(),
        };
        let whole = self.fact(0)?.dims.get(row.axis) == self.output()?.dims.get(row.axis);
        // Bounds that grow with the batch are harmless only along the batch.
        let bounds_fixed = [1, 2].iter().all(|at| self.state(*at) == State::Constant);
        if !bounds_fixed && (axes.len() != 1 || !whole) {
            return Err(MixReason::BatchSize);
        }
        for (at, axis) in axes.iter().enumerate() {
            let along_rows = self.axis(*axis, rank)? == row.axis;
            if !bounds_fixed && !along_rows {
                return Err(MixReason::BatchSize);
            }
            let forward = steps.get(at).is_none_or(|step| *step == 1);
            if along_rows && !(whole && forward) {
                return Err(MixReason::Selects);
            }
        }
        Ok(State::Rows(row))
    }

    pub fn gather(&self) -> Outcome {
        let axis = self.axis(self.node.int("axis").unwrap_or(0), self.rank(0)?)?;
        match (self.state(0), self.state(1)) {
            (State::Constant, State::Rows(row)) => Ok(State::Rows(RowAxis { axis: axis + row.axis, inner: row.inner })),
            (State::Rows(row), State::Constant) if row.axis == axis => Err(MixReason::Selects),
            (State::Rows(row), State::Constant) if row.axis < axis => Ok(State::Rows(row)),
            (State::Rows(row), State::Constant) => {
                // The gathered axis gives way to all axes of the indices.
                let moved = (row.axis + self.rank(1)?).checked_sub(1).ok_or(MixReason::UnknownShape)?;
                Ok(State::Rows(RowAxis { axis: moved, inner: row.inner }))
            }
            (State::Rows(_), State::Rows(_)) => Err(MixReason::Selects),
            _ => Err(MixReason::BatchSize),
        }
    }

    pub fn gather_elements(&self) -> Outcome {
        let axis = self.axis(self.node.int("axis").unwrap_or(0), self.rank(0)?)?;
        match (self.rows(0), self.rows(1)) {
            (Some(data), Some(indices)) if data == indices && data.axis != axis => Ok(State::Rows(data)),
            _ => Err(MixReason::Selects),
        }
    }

    pub fn gather_nd(&self) -> Outcome {
        let batch_dims =
            usize::try_from(self.node.int("batch_dims").unwrap_or(0)).map_err(|_| MixReason::UnknownShape)?;
        match (self.state(0), self.state(1)) {
            (State::Rows(data), State::Rows(indices)) if data == indices && data.axis < batch_dims => {
                Ok(State::Rows(data))
            }
            (State::Constant, State::Rows(row)) if batch_dims == 0 && row.axis + 1 < self.rank(1)? => {
                Ok(State::Rows(row))
            }
            _ => Err(MixReason::Selects),
        }
    }

    pub fn tile(&self) -> Outcome {
        let row = self.rows(0).ok_or(MixReason::BatchSize)?;
        let repeats = self.integers(1)?;
        if repeats.get(row.axis) == Some(&1) { Ok(State::Rows(row)) } else { Err(MixReason::Selects) }
    }

    pub fn one_hot(&self) -> Outcome {
        if self.state(1) != State::Constant || self.state(2) != State::Constant {
            return Err(MixReason::BatchSize);
        }
        let row = self.rows(0).ok_or(MixReason::BatchSize)?;
        let new = self.axis(self.node.int("axis").unwrap_or(-1), self.output()?.dims.len())?;
        let axis = if new <= row.axis { row.axis + 1 } else { row.axis };
        Ok(State::Rows(RowAxis { axis, inner: row.inner }))
    }
}
