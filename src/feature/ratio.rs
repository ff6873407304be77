//! Exact fractions of two ints.

use std::cmp::Ordering;
use std::fmt;

/// A reduced fraction with a positive denominator, or the one undefined value `0/0`, which every
/// fraction with denominator 0 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    numerator: i64,
    denominator: i64,
}

impl Ratio {
    /// The value of all fractions with denominator 0.
    pub const UNDEFINED: Ratio = Ratio { numerator: 0, denominator: 0 };

    /// The reduced fraction; `None` if it does not fit 64 bits (`ratio(-2^63, -1)`).
    #[must_use]
    pub fn new(numerator: i64, denominator: i64) -> Option<Ratio> {
        if denominator == 0 {
            return Some(Ratio::UNDEFINED);
        }
        let divisor = i128::from(greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs()));
        let sign = if denominator < 0 { -1 } else { 1 };
        Some(Ratio {
            numerator: i64::try_from(sign * i128::from(numerator) / divisor).ok()?,
            denominator: i64::try_from(sign * i128::from(denominator) / divisor).ok()?,
        })
    }

    #[must_use]
    pub fn whole(number: i64) -> Ratio {
        Ratio { numerator: number, denominator: 1 }
    }

    /// Numerator and denominator.
    #[must_use]
    pub fn parts(self) -> (i64, i64) {
        (self.numerator, self.denominator)
    }

    /// The order of the two fractions; the undefined value has none, not even with itself.
    #[must_use]
    pub fn order(self, other: Ratio) -> Option<Ordering> {
        if self == Ratio::UNDEFINED || other == Ratio::UNDEFINED {
            return None;
        }
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        let right = i128::from(other.numerator) * i128::from(self.denominator);
        Some(left.cmp(&right))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            0 => out.write_str("undefined"),
            denominator => write!(out, "{}/{denominator}", self.numerator),
        }
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_reduced_and_their_sign_stands_above() {
        assert_eq!(Ratio::new(6, -4).unwrap().parts(), (-3, 2));
        assert_eq!(Ratio::new(0, -7).unwrap().parts(), (0, 1));
        assert_eq!(Ratio::new(5, 0), Ratio::new(-3, 0));
        assert_eq!(Ratio::new(i64::MIN, -1), None);
        assert_eq!(Ratio::new(i64::MIN, i64::MIN), Ratio::new(1, 1));
    }

    #[test]
    fn order_is_exact_and_undefined_has_none() {
        let near = Ratio::new(i64::MAX - 1, i64::MAX).unwrap();
        assert_eq!(near.order(Ratio::whole(1)), Some(Ordering::Less));
        assert_eq!(Ratio::UNDEFINED.order(Ratio::UNDEFINED), None);
    }
}
