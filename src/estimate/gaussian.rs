//! Distances from a cloud of points, and the direction that tells two clouds apart: for many
//! coordinates and few points, so the covariance is shrunk.
//!
//! Coordinates are divided by their standard deviation first. The covariance S of what comes out (divisor:
//! the number of points) is replaced by (1 - s) S + s m I, where m is the mean of its diagonal and s the
//! shrinkage of Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance
//! matrices" (2004), at least [`LEAST_SHRINKAGE`]. All sums are in index order.

/// Below this a covariance of coordinates that depend on each other could not be inverted.
const LEAST_SHRINKAGE: f64 = 1e-4;

/// Points with the same number of coordinates, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    width: usize,
    values: Vec<f64>,
}

impl Points {
    /// `values` holds point after point, each of `width` coordinates; at least one.
    #[must_use]
    pub fn new(width: usize, values: Vec<f64>) -> Points {
        Points { width: width.max(1), values }
    }

    /// Coordinates of a point.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Point after point.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> + '_ {
        self.values.chunks_exact(self.width.max(1))
    }

    /// The points at these places, all of which exist.
    #[must_use]
    pub fn at(&self, places: &[usize]) -> Points {
        let of = |place: &usize| &self.values[place * self.width..(place + 1) * self.width];
        Points { width: self.width, values: places.iter().flat_map(of).copied().collect() }
    }

    fn mean(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for point in self.iter() {
            sums.iter_mut().zip(point).for_each(|(sum, value)| *sum += value);
        }
        sums.iter().map(|sum| sum / self.len().max(1) as f64).collect()
    }

    fn less(&self, mean: &[f64]) -> Points {
        let values = self.iter().flat_map(|point| point.iter().zip(mean).map(|(value, mean)| value - mean));
        Points { width: self.width, values: values.collect() }
    }
}

/// A shrunk covariance, as the lower triangle of its root.
#[derive(Debug, Clone)]
struct Spread {
    /// By coordinate the standard deviation; 1 where nothing varies.
    scales: Vec<f64>,
    /// Row after row, each of `width`.
    root: Vec<f64>,
    shrinkage: f64,
}

impl Spread {
    /// Of points that are less their mean.
    fn of(centred: &Points) -> Spread {
        let (width, size) = (centred.width, centred.len().max(1) as f64);
        let mut squares = vec![0.0; width];
        for point in centred.iter() {
            squares.iter_mut().zip(point).for_each(|(sum, value)| *sum += value * value);
        }
        let scale = |sum: &f64| if *sum > 0.0 { (sum / size).sqrt() } else { 1.0 };
        let scales: Vec<f64> = squares.iter().map(scale).collect();
        let mut covariance = vec![0.0; width * width];
        let mut fourth = 0.0;
        for point in centred.iter() {
            let own: Vec<f64> = point.iter().zip(&scales).map(|(value, scale)| value / scale).collect();
            fourth += own.iter().map(|value| value * value).sum::<f64>().powi(2);
            for (row, value) in own.iter().enumerate() {
                let sums = &mut covariance[row * width..=row * width + row];
                sums.iter_mut().zip(&own).for_each(|(sum, other)| *sum += value * other);
            }
        }
        covariance.iter_mut().for_each(|sum| *sum /= size);
        let shrinkage = shrinkage(&covariance, width, fourth / size, size);
        let trace: f64 = (0..width).map(|at| covariance[at * width + at]).sum();
        let level = if trace > 0.0 { trace / width as f64 } else { 1.0 };
        covariance.iter_mut().for_each(|value| *value *= 1.0 - shrinkage);
        (0..width).for_each(|at| covariance[at * width + at] += shrinkage * level);
        Spread { scales, root: root(covariance, width), shrinkage }
    }

    /// A difference of points in coordinates that have no correlation and variance 1.
    fn whitened(&self, difference: impl Iterator<Item = f64>) -> Vec<f64> {
        let width = self.scales.len();
        let mut found: Vec<f64> = Vec::with_capacity(width);
        for (row, (value, scale)) in difference.zip(&self.scales).enumerate() {
            let line = &self.root[row * width..=row * width + row];
            let known: f64 = line.iter().zip(&found).map(|(factor, value)| factor * value).sum();
            found.push((value / scale - known) / line[row]);
        }
        found
    }
}

/// From the lower triangle of a covariance, and the mean fourth power of the points' lengths.
fn shrinkage(covariance: &[f64], width: usize, fourth: f64, size: f64) -> f64 {
    let (mut squares, mut trace) = (0.0, 0.0);
    for row in 0..width {
        let line = &covariance[row * width..=row * width + row];
        squares += 2.0 * line[..row].iter().map(|value| value * value).sum::<f64>() + line[row] * line[row];
        trace += line[row];
    }
    let apart = squares - trace * trace / width as f64;
    let noise = ((fourth - squares) / size).max(0.0);
    if apart > 0.0 { (noise / apart).clamp(LEAST_SHRINKAGE, 1.0) } else { 1.0 }
}

/// The lower triangle L with L Lᵀ the matrix, whose lower triangle is given; positive definite.
fn root(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    for row in 0..width {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| matrix[row * width + at] * matrix[column * width + at]).sum();
            let left = matrix[row * width + column] - known;
            matrix[row * width + column] = match row == column {
                true => left.max(f64::MIN_POSITIVE).sqrt(),
                false => left / matrix[column * width + column],
            };
        }
    }
    matrix
}

/// A cloud of points, to measure distances from.
#[derive(Debug, Clone)]
pub struct Cloud {
    mean: Vec<f64>,
    spread: Spread,
}

impl Cloud {
    /// Of some points.
    #[must_use]
    pub fn of(points: &Points) -> Cloud {
        let mean = points.mean();
        let spread = Spread::of(&points.less(&mean));
        Cloud { mean, spread }
    }

    /// The squared distance of Mahalanobis.
    #[must_use]
    pub fn distance(&self, point: &[f64]) -> f64 {
        let difference = point.iter().zip(&self.mean).map(|(value, mean)| value - mean);
        self.spread.whitened(difference).iter().map(|value| value * value).sum()
    }

    /// The weight of the multiple of the identity, 0 to 1.
    #[must_use]
    pub fn shrinkage(&self) -> f64 {
        self.spread.shrinkage
    }
}

/// A direction that tells two clouds apart: linear discriminant analysis with the shrunk covariance
/// within them.
#[derive(Debug, Clone)]
pub struct Probe {
    middle: Vec<f64>,
    /// Between the means, whitened.
    between: Vec<f64>,
    spread: Spread,
}

impl Probe {
    /// From points of either cloud, of the same coordinates.
    #[must_use]
    pub fn of(negatives: &Points, positives: &Points) -> Probe {
        let means = (negatives.mean(), positives.mean());
        let mut within = negatives.less(&means.0);
        within.values.extend(positives.less(&means.1).values);
        let spread = Spread::of(&within);
        let between = spread.whitened(means.1.iter().zip(&means.0).map(|(one, other)| one - other));
        let middle = means.0.iter().zip(&means.1).map(|(one, other)| (one + other) / 2.0).collect();
        Probe { middle, between, spread }
    }

    /// How far a point lies towards the positives; 0 half way.
    #[must_use]
    pub fn score(&self, point: &[f64]) -> f64 {
        let difference = point.iter().zip(&self.middle).map(|(value, middle)| value - middle);
        self.spread.whitened(difference).iter().zip(&self.between).map(|(value, other)| value * other).sum()
    }
}
