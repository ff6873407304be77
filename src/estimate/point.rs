//! The behaviour of one example.

/// The behaviour of one example: a sum with its weight. A behaviour with one value for each example
/// has weight 1; one with a value for each position has the sum over the positions that count, and
/// their number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub sum: f64,
    pub weight: f64,
}

impl Point {
    /// Nothing that counts.
    pub const NONE: Point = Point { sum: 0.0, weight: 0.0 };

    /// A single value.
    #[must_use]
    pub fn one(value: f64) -> Point {
        Point { sum: value, weight: 1.0 }
    }

    /// The mean over what counts; NaN where nothing does.
    #[must_use]
    pub fn value(self) -> f64 {
        self.sum / self.weight
    }

    /// This point and `share` of another.
    #[must_use]
    pub fn plus(self, other: Point, share: f64) -> Point {
        Point { sum: self.sum + share * other.sum, weight: self.weight + share * other.weight }
    }

    /// Whether both numbers are finite.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.sum.is_finite() && self.weight.is_finite()
    }
}

/// The sum of all sums over the sum of all weights, in order in f64; NaN if nothing counts.
#[must_use]
pub fn ratio(points: &[Point]) -> f64 {
    points.iter().fold(Point::NONE, |sum, point| sum.plus(*point, 1.0)).value()
}

/// What each example adds to the error of [`ratio`], to first order: `(sum - ratio * weight)` over
/// the mean weight. The numbers add up to 0.
#[must_use]
pub fn residuals(points: &[Point]) -> Vec<f64> {
    let total = points.iter().fold(Point::NONE, |sum, point| sum.plus(*point, 1.0));
    let mean_weight = total.weight / (points.len().max(1) as f64);
    let ratio = total.value();
    points.iter().map(|point| (point.sum - ratio * point.weight) / mean_weight).collect()
}
