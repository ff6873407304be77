//! Products of tensors: contraction over the examples mixes them, and so does a product of two
//! tensors that hold them along different axes.

use super::rules::{Outcome, Rule};
use super::{MixReason, RowAxis, State};

impl Rule<'_> {
    /// An error if an input depends on the size of the batch.
    fn no_sizes(&self) -> Result<(), MixReason> {
        let sized = (0..self.node.inputs.len()).any(|at| self.state(at) == State::Size);
        if sized { Err(MixReason::BatchSize) } else { Ok(()) }
    }

    pub fn matmul(&self) -> Outcome {
        self.no_sizes()?;
        let (left_rank, right_rank) = (self.rank(0)?, self.rank(1)?);
        let output_rank = self.output()?.dims.len();
        // Counted from the back: 0 is the last axis. A vector has only the contracted axis.
        let back = |row: RowAxis, rank: usize| rank.checked_sub(row.axis + 1).ok_or(MixReason::UnknownShape);
        let left = match self.rows(0) {
            Some(row) if left_rank == 1 || back(row, left_rank)? == 0 => return Err(MixReason::Across),
            Some(row) => Some((back(row, left_rank)?, row.inner)),
            None => None,
        };
        let right = match self.rows(1) {
            Some(row) if right_rank == 1 || back(row, right_rank)? == 1 => return Err(MixReason::Across),
            Some(row) => Some((back(row, right_rank)?, row.inner)),
            None => None,
        };
        let found = match (left, right) {
            (Some(left), Some(right)) if left == right && left.0 >= 2 => left,
            (Some(_), Some(_)) => return Err(MixReason::Misaligned),
            // A vector on one side takes its axis out of the result.
            (Some((at, inner)), None) => (if right_rank == 1 { at - 1 } else { at }, inner),
            (None, Some((at, inner))) => (if left_rank == 1 && at >= 2 { at - 1 } else { at }, inner),
            (None, None) => return Err(MixReason::BatchSize),
        };
        let axis = output_rank.checked_sub(found.0 + 1).ok_or(MixReason::UnknownShape)?;
        Ok(State::Rows(RowAxis { axis, inner: found.1 }))
    }

    pub fn gemm(&self) -> Outcome {
        self.no_sizes()?;
        let transposed = |name: &str| self.node.int(name).unwrap_or(0) != 0;
        let free_axis = |at: usize, free: usize, name: &str| -> Result<Option<usize>, MixReason> {
            let free = if transposed(name) { 1 - free } else { free };
            match self.rows(at) {
                Some(row) if row.axis == free => Ok(Some(row.inner)),
                Some(_) => Err(MixReason::Across),
                None => Ok(None),
            }
        };
        let left = free_axis(0, 0, "transA")?.map(|inner| RowAxis { axis: 0, inner });
        let right = free_axis(1, 1, "transB")?.map(|inner| RowAxis { axis: 1, inner });
        let added = match self.rows(2) {
            Some(row) => {
                let rank = self.rank(2)?;
                let axis = (row.axis + 2).checked_sub(rank).ok_or(MixReason::UnknownShape)?;
                Some(RowAxis { axis, inner: row.inner })
            }
            None => None,
        };
        let mut found = [left, right, added].into_iter().flatten();
        let first = found.next().ok_or(MixReason::BatchSize)?;
        if found.any(|other| other != first) { Err(MixReason::Misaligned) } else { Ok(State::Rows(first)) }
    }

    /// Channels and neighbourhoods are summed over, examples are not: they lie along axis 0, weights have none.
    pub fn conv(&self) -> Outcome {
        let row = self.rows(0).filter(|row| row.axis == 0).ok_or(MixReason::Across)?;
        let weighs = (1..self.node.inputs.len()).all(|at| self.state(at) == State::Constant);
        if weighs { Ok(State::Rows(row)) } else { Err(MixReason::Misaligned) }
    }

    /// The letter of the examples must be the same in all operands that have them, occur once in
    /// each, and stay in the result.
    pub fn einsum(&self) -> Outcome {
        self.no_sizes()?;
        let equation: String = self.node.text("equation").unwrap_or("").split_whitespace().collect();
        let (operands, result) = equation.split_once("->").ok_or(MixReason::UnknownOperator)?;
        if equation.contains("...") {
            return Err(MixReason::UnknownOperator);
        }
        let mut found: Option<(char, usize)> = None;
        for (at, letters) in operands.split(',').enumerate() {
            let Some(row) = self.rows(at) else { continue };
            let letter = letters.chars().nth(row.axis).ok_or(MixReason::UnknownShape)?;
            if letters.matches(letter).count() > 1 || found.is_some_and(|found| found != (letter, row.inner)) {
                return Err(MixReason::Misaligned);
            }
            found = Some((letter, row.inner));
        }
        let (letter, inner) = found.ok_or(MixReason::BatchSize)?;
        let axis = result.chars().position(|other| other == letter).ok_or(MixReason::Across)?;
        Ok(State::Rows(RowAxis { axis, inner }))
    }
}
