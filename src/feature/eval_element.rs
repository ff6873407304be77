//! Evaluation element by element.

use super::block::{Block, Data, FaultId, Layout};
use super::eval::{Evaluator, fitted};
use super::ratio::Ratio;
use super::typed::{Kind, RealFunction, Typed};
use crate::data::Scalar;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::values::RowFault;
use crate::syntax::ast::{Arithmetic, Comparison, Logic};
use std::cmp::Ordering;
use std::rc::Rc;

impl Evaluator<'_, '_> {
    pub fn element_wise(&mut self, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        match &expression.kind {
            Kind::Convert(value) => self.convert(value, expression),
            Kind::Negate(value) | Kind::Not(value) | Kind::Absolute(value) | Kind::Real1 { value, .. } => {
                self.unary(value, expression)
            }
            Kind::If { condition, then, otherwise } => self.choose(condition, then, otherwise, expression),
            Kind::Arithmetic { left, right, .. }
            | Kind::Compare { left, right, .. }
            | Kind::Logic { left, right, .. }
            | Kind::Ratio { numerator: left, denominator: right }
            | Kind::BinaryCrossEntropy { logit: left, label: right } => self.binary(left, right, expression),
            _ => unreachable!("`eval` handles the other kinds"),
        }
    }

    fn convert(&mut self, value: &Typed, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let block = self.eval(value)?;
        let data = match (&block.data, expression.ty.scalar) {
            (Data::Int(values), Scalar::Real) => Data::Real(values.iter().map(|value| *value as f64).collect()),
            (Data::Int(values), Scalar::Ratio) => {
                Data::Ratio(values.iter().map(|value| Ratio::whole(*value)).collect())
            }
            (Data::Bool(values), Scalar::Int) => Data::Int(values.iter().map(|value| i64::from(*value)).collect()),
            (data, _) => data.clone(),
        };
        Ok(Block { layout: block.layout.clone(), data, faults: block.faults.clone() })
    }

    fn unary(&mut self, value: &Typed, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let block = self.eval(value)?;
        let mut overflow = Vec::new();
        let data = match (&expression.kind, &block.data) {
            (Kind::Not(_), Data::Bool(values)) => Data::Bool(values.iter().map(|value| !value).collect()),
            (Kind::Negate(_), Data::Real(values)) => Data::Real(values.iter().map(|value| -value).collect()),
            (Kind::Absolute(_), Data::Real(values)) => Data::Real(values.iter().map(|value| value.abs()).collect()),
            (Kind::Negate(_), Data::Int(values)) => Data::Int(checked(values, i64::checked_neg, &mut overflow)),
            (Kind::Absolute(_), Data::Int(values)) => Data::Int(checked(values, i64::checked_abs, &mut overflow)),
            (Kind::Real1 { function, .. }, Data::Real(values)) => {
                Data::Real(values.iter().map(|value| real_function(*function, *value)).collect())
            }
            _ => unreachable!("the checker gives each operator its scalar"),
        };
        let mut faults = block.faults.clone();
        if !overflow.is_empty() {
            let id = self.note_fault(expression.span, RowFault::Overflow);
            mark(&mut faults, data.len(), &overflow, id);
        }
        Ok(Block { layout: block.layout.clone(), data, faults })
    }

    /// Both operands spread over the axes of the result.
    fn both(
        &mut self,
        left: &Typed,
        right: &Typed,
        expression: &Typed,
    ) -> Result<(Rc<Block>, Rc<Block>, Layout), Box<Diagnostic>> {
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        let layout = self.layout(&expression.ty.dims, &[&left, &right], expression.span)?;
        Ok((fitted(&left, &layout), fitted(&right, &layout), layout))
    }

    fn binary(&mut self, left: &Typed, right: &Typed, expression: &Typed) -> Result<Block, Box<Diagnostic>> {
        let (left, right, layout) = self.both(left, right, expression)?;
        if let Kind::Logic { operator, .. } = &expression.kind {
            return Ok(logic(*operator, &left, &right, layout));
        }
        // Places of new faults, all of one kind, for an operator has one way to fail.
        let mut failed = Vec::new();
        let data = match &expression.kind {
            Kind::Arithmetic { operator, .. } => arithmetic(*operator, &left.data, &right.data, &mut failed),
            Kind::Compare { comparison, .. } => Data::Bool(compare(*comparison, &left.data, &right.data)),
            Kind::Ratio { .. } => {
                let pairs = left.data.ints().iter().zip(right.data.ints());
                Data::Ratio(noting(pairs, |(a, b)| Ratio::new(*a, *b), Ratio::UNDEFINED, &mut failed))
            }
            Kind::BinaryCrossEntropy { .. } => {
                let pairs = left.data.reals().iter().zip(right.data.ints());
                Data::Real(noting(pairs, |(logit, label)| binary_loss(*logit, *label), f64::NAN, &mut failed))
            }
            _ => unreachable!("`element_wise` handles the other kinds"),
        };
        let mut faults = merged(&left, &right);
        if !failed.is_empty() {
            let id = self.note_fault(expression.span, fault_of(expression));
            mark(&mut faults, data.len(), &failed, id);
        }
        Ok(Block { layout, data, faults })
    }

    fn choose(
        &mut self,
        condition: &Typed,
        then: &Typed,
        otherwise: &Typed,
        expression: &Typed,
    ) -> Result<Block, Box<Diagnostic>> {
        let (condition, then, otherwise) = (self.eval(condition)?, self.eval(then)?, self.eval(otherwise)?);
        let layout = self.layout(&expression.ty.dims, &[&condition, &then, &otherwise], expression.span)?;
        let condition = fitted(&condition, &layout);
        let (then, otherwise) = (fitted(&then, &layout), fitted(&otherwise, &layout));
        let count = layout.len();
        let chosen = |(at, yes): (usize, &bool)| if *yes { at } else { count + at };
        let places: Vec<usize> = condition.data.bools().iter().enumerate().map(chosen).collect();
        let mut block = then.followed_by(&otherwise).gather(&places, layout);
        block.faults = overlaid(condition.faults.as_deref(), block.faults);
        Ok(block)
    }
}

fn fault_of(expression: &Typed) -> RowFault {
    match &expression.kind {
        Kind::BinaryCrossEntropy { .. } => RowFault::LabelNotBinary,
        Kind::Arithmetic { operator: Arithmetic::Remainder, .. } => RowFault::RemainderByZero,
        _ => RowFault::Overflow,
    }
}

/// The results of a function that can fail, and the places where it did.
fn noting<T, R: Copy>(
    values: impl Iterator<Item = T>,
    function: impl Fn(T) -> Option<R>,
    instead: R,
    failed: &mut Vec<usize>,
) -> Vec<R> {
    let result = |(at, value)| {
        function(value).unwrap_or_else(|| {
            failed.push(at);
            instead
        })
    };
    values.enumerate().map(result).collect()
}

fn checked(values: &[i64], function: fn(i64) -> Option<i64>, failed: &mut Vec<usize>) -> Vec<i64> {
    noting(values.iter(), |value| function(*value), 0, failed)
}

/// Sets a fault at places that have none yet.
fn mark(faults: &mut Option<Vec<FaultId>>, count: usize, places: &[usize], id: FaultId) {
    let faults = faults.get_or_insert_with(|| vec![0; count]);
    for place in places {
        if let Some(fault @ 0) = faults.get_mut(*place) {
            *fault = id;
        }
    }
}

/// Faults of which the first list counts before the second.
fn overlaid(first: Option<&[FaultId]>, second: Option<Vec<FaultId>>) -> Option<Vec<FaultId>> {
    match (first, second) {
        (None, second) => second,
        (Some(first), None) => Some(first.to_vec()),
        (Some(first), Some(second)) => {
            Some(first.iter().zip(second).map(|(a, b)| if *a == 0 { b } else { *a }).collect())
        }
    }
}

fn merged(left: &Block, right: &Block) -> Option<Vec<FaultId>> {
    overlaid(left.faults.as_deref(), right.faults.clone())
}

/// The right side counts, and can fail, only where the left side leaves the result open.
fn logic(operator: Logic, left: &Block, right: &Block, layout: Layout) -> Block {
    let open = operator == Logic::And;
    let pairs = left.data.bools().iter().zip(right.data.bools());
    let values: Vec<bool> = pairs.map(|(a, b)| if *a == open { *b } else { *a }).collect();
    let right_faults = right.faults.as_ref().map(|faults| {
        let used = |(fault, a): (&FaultId, &bool)| if *a == open { *fault } else { 0 };
        faults.iter().zip(left.data.bools()).map(used).collect::<Vec<FaultId>>()
    });
    Block { layout, data: Data::Bool(values), faults: overlaid(left.faults.as_deref(), right_faults) }
}

fn arithmetic(operator: Arithmetic, left: &Data, right: &Data, failed: &mut Vec<usize>) -> Data {
    match (left, right) {
        (Data::Int(left), Data::Int(right)) => {
            let function = match operator {
                Arithmetic::Add => i64::checked_add,
                Arithmetic::Subtract => i64::checked_sub,
                Arithmetic::Multiply => i64::checked_mul,
                Arithmetic::Divide => unreachable!("division is of reals"),
                Arithmetic::Remainder => remainder,
            };
            Data::Int(noting(left.iter().zip(right), |(a, b)| function(*a, *b), 0, failed))
        }
        (left, right) => {
            let function = |(a, b): (&f64, &f64)| match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Remainder => unreachable!("a remainder is of ints"),
            };
            Data::Real(left.reals().iter().zip(right.reals()).map(function).collect())
        }
    }
}

/// The remainder with the sign of the divisor; `None` for divisor 0.
fn remainder(a: i64, b: i64) -> Option<i64> {
    let remainder = i128::from(a).checked_rem(i128::from(b))?;
    let floored = if remainder != 0 && (remainder < 0) != (b < 0) { remainder + i128::from(b) } else { remainder };
    i64::try_from(floored).ok()
}

fn compare(comparison: Comparison, left: &Data, right: &Data) -> Vec<bool> {
    match (left, right) {
        (Data::Bool(left), Data::Bool(right)) => {
            left.iter().zip(right).map(|(a, b)| holds(comparison, Some(a.cmp(b)), a == b)).collect()
        }
        (Data::Int(left), Data::Int(right)) => {
            left.iter().zip(right).map(|(a, b)| holds(comparison, Some(a.cmp(b)), a == b)).collect()
        }
        (Data::Ratio(left), Data::Ratio(right)) => {
            left.iter().zip(right).map(|(a, b)| holds(comparison, a.order(*b), a == b)).collect()
        }
        (left, right) => {
            let pairs = left.reals().iter().zip(right.reals());
            pairs.map(|(a, b)| holds(comparison, a.partial_cmp(b), a == b)).collect()
        }
    }
}

/// Without an order only `!=` and `==` can hold: NaN equals nothing, an undefined ratio itself.
fn holds(comparison: Comparison, order: Option<Ordering>, equal: bool) -> bool {
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => order.is_some_and(Ordering::is_lt),
        Comparison::LessEqual => order.is_some_and(Ordering::is_le),
        Comparison::Greater => order.is_some_and(Ordering::is_gt),
        Comparison::GreaterEqual => order.is_some_and(Ordering::is_ge),
    }
}

fn real_function(function: RealFunction, value: f64) -> f64 {
    match function {
        RealFunction::Log => value.ln(),
        RealFunction::Exp => value.exp(),
        RealFunction::SquareRoot => value.sqrt(),
        RealFunction::Sigmoid if value >= 0.0 => 1.0 / (1.0 + (-value).exp()),
        RealFunction::Sigmoid => value.exp() / (1.0 + value.exp()),
    }
}

/// `-log(sigmoid(logit))` for label 1, `-log(1 - sigmoid(logit))` for label 0.
fn binary_loss(logit: f64, label: i64) -> Option<f64> {
    let against = match label {
        0 => logit,
        1 => -logit,
        _ => return None,
    };
    // max would drop a NaN.
    let positive = if against > 0.0 || against.is_nan() { against } else { 0.0 };
    Some(positive + (-logit.abs()).exp().ln_1p())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_have_the_sign_of_the_divisor() {
        assert_eq!(remainder(-7, 3), Some(2));
        assert_eq!(remainder(7, -3), Some(-2));
        assert_eq!(remainder(i64::MIN, -1), Some(0));
        assert_eq!(remainder(1, 0), None);
    }

    #[test]
    fn binary_losses_neither_overflow_nor_hide_nan() {
        assert_eq!(binary_loss(1e6, 0), Some(1e6));
        assert_eq!(binary_loss(1e6, 1), Some(0.0));
        assert!((binary_loss(0.0, 1).unwrap() - std::f64::consts::LN_2).abs() < 1e-15);
        assert!(binary_loss(f64::NAN, 1).unwrap().is_nan());
        assert_eq!(binary_loss(0.0, 2), None);
    }
}
