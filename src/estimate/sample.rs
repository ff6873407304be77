//! What estimates of the same references share.

use super::sequence::beyond;
use super::unseen::{self, Rare, Reach};
use super::{Baseline, Estimate, Inputs, Looks, Point, SAME, covariance, ratio, residuals};

/// What the numbers of a hypothesis depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varies {
    /// By construction they are the model's own.
    Nothing,
    /// The row of the reference alone.
    Rows,
    /// Draws too.
    Draws,
}

/// What all estimates of one sample share.
pub(super) struct Sample {
    pub n: usize,
    /// Residuals of the model's mean.
    pub model: Vec<f64>,
    /// The share of the rows that are no reference.
    pub unseen: f64,
    pub cluster: usize,
    pub looks: Looks,
    varies: Varies,
    /// From the smallest to the largest value of a reference.
    pub range: f64,
    /// How far from the model's a value of a reference can be.
    pub reach: Reach,
    /// By cluster, whether a reference of it counts.
    counting: Vec<bool>,
    /// Clusters with a reference that counts, and references that count.
    pub contributing: (usize, usize),
}

impl Sample {
    pub fn new(inputs: Inputs<'_>) -> Sample {
        let n = inputs.model.len().min(inputs.scrubbed.len());
        let cluster = inputs.cluster.max(1);
        let counts = |point: &&Point| point.weight > 0.0;
        let counting: Vec<bool> =
            inputs.model.chunks(cluster).map(|chunk| chunk.iter().any(|point| counts(&point))).collect();
        let clusters = counting.iter().filter(|counts| **counts).count();
        let (range, reach) = reach(inputs);
        Sample {
            n,
            model: residuals(inputs.model),
            unseen: (1.0 - n as f64 / (inputs.rows.max(1) as f64)).max(0.0),
            cluster,
            looks: inputs.looks,
            varies: inputs.varies,
            range,
            reach,
            counting,
            contributing: (clusters, inputs.model.iter().filter(counts).count()),
        }
    }

    /// Of one quantity of rows without end, in clusters.
    pub fn alone(points: &[Point], cluster: usize, looks: Looks) -> Sample {
        Sample::new(Inputs {
            model: points,
            scrubbed: points,
            baseline: Baseline::Exact(0.0),
            rows: usize::MAX,
            cluster,
            looks,
            varies: Varies::Draws,
        })
    }

    /// The mean that recovered is measured from, and its residuals.
    pub fn baseline(&self, baseline: Baseline<'_>) -> (f64, Vec<f64>) {
        match baseline {
            Baseline::Exact(value) => (value, vec![0.0; self.n]),
            Baseline::Sampled(points) => (ratio(points), residuals(points)),
        }
    }

    /// An estimate that depends on the rows alone: the model's mean.
    pub fn of_rows(&self, value: f64) -> Estimate {
        let sampled = covariance(&self.model, &self.model) / self.n as f64;
        self.around(value, (self.unseen * sampled, sampled), self.contributing.1)
    }

    /// An estimate with its residuals, which depend on rows and draws.
    pub fn clustered(&self, value: f64, residuals: &[f64]) -> Estimate {
        let sums: Vec<f64> = residuals.chunks(self.cluster).map(|chunk| chunk.iter().sum()).collect();
        let groups = sums.len() as f64;
        let size = self.n as f64;
        let sampled = groups * covariance(&sums, &sums) / (size * size);
        let (of_model, of_both) = (covariance(&self.model, &self.model), covariance(&self.model, residuals));
        let by_row = if of_model > 0.0 { of_both * of_both / of_model } else { 0.0 };
        let variance = sampled - (1.0 - self.unseen) * by_row / size;
        self.around(value, (variance, sampled), self.contributing.0)
    }

    /// The same, wide enough for what few references that differ may hide.
    pub fn guarded(&self, value: f64, residuals: &[f64], reach: Reach) -> Estimate {
        self.clustered(value, residuals).allowing(self.rare(residuals, reach, Varies::Draws))
    }

    /// Whether few clusters differ in their residuals, and what they hide then.
    pub fn rare(&self, residuals: &[f64], reach: Reach, varies: Varies) -> Option<Rare> {
        let open = match varies {
            Varies::Nothing => 0.0,
            Varies::Rows => self.unseen,
            Varies::Draws => 1.0,
        };
        if open == 0.0 {
            return None;
        }
        let each = self.contributing.0 as f64 / self.n as f64;
        let sums = residuals.chunks(self.cluster).zip(&self.counting).filter(|(_, counts)| **counts);
        let sums: Vec<f64> = sums.map(|(chunk, _)| each * chunk.iter().sum::<f64>()).collect();
        let found = unseen::rare(&sums, reach, beyond(self.looks, self.n), SAME)?;
        Some(Rare { down: open * found.down, up: open * found.up, ..found })
    }

    /// What references that differ in `scrubbed`, or in how far it is from the model, hide where they
    /// are few; both are residuals.
    pub fn hidden(&self, scrubbed: &[f64], moved: &[f64]) -> Hidden {
        let own = if self.varies == Varies::Nothing { Varies::Rows } else { self.varies };
        let both = [(moved, self.varies), (scrubbed, own)];
        let found = both.map(|(residuals, varies)| {
            let rare = self.rare(residuals, self.reach, varies)?;
            let spread = self.clustered(0.0, residuals).high;
            Some((rare, spread))
        });
        let mut all = found.into_iter().flatten();
        let few = found.iter().flatten().map(|(rare, _)| rare.differing).min();
        let Some((mut rare, mut spread)) = all.next() else { return Hidden::default() };
        for (other, own) in all {
            (rare.down, rare.up) = (rare.down.max(other.down), rare.up.max(other.up));
            spread = spread.min(own);
        }
        Hidden { few: few.filter(|_| self.varies != Varies::Nothing), down: rare.down, up: rare.up, spread }
    }

    /// The interval for a variance, beside that of references drawn with replacement.
    fn around(&self, value: f64, (variance, sampled): (f64, f64), observations: usize) -> Estimate {
        let variance = variance.max(0.0);
        let error = variance.sqrt();
        let shrinkage = if sampled > 0.0 { variance / sampled } else { 1.0 };
        let half = self.looks.half_width(self.n, observations, shrinkage) * error;
        Estimate { value, low: value - half, high: value + half, error }
    }
}

/// What few references that differ may hide of a mean: how far below and above, and half the width of the
/// interval that their spread gives.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hidden {
    pub few: Option<usize>,
    down: f64,
    up: f64,
    spread: f64,
}

impl Hidden {
    /// In other units.
    pub fn over(self, unit: f64) -> Hidden {
        let Reach { down, up } = Reach { down: self.down, up: self.up }.over(unit);
        Hidden { down, up, spread: self.spread / unit.abs(), ..self }
    }

    /// What is hidden takes the place of what the spread of these references gives.
    pub fn widen(self, found: Estimate) -> Estimate {
        let half = found.high - found.value;
        let rest = (half * half - self.spread * self.spread).max(0.0);
        let wide = |hidden: f64| if hidden > 0.0 { (hidden * hidden + rest).sqrt().max(half) } else { half };
        Estimate { low: found.value - wide(self.down), high: found.value + wide(self.up), ..found }
    }
}

/// The range of the values that were seen, and how far from the model's they reach: a reference that was
/// not seen is taken to be no further off. Where the baseline is exact its single values were not seen.
fn reach(inputs: Inputs<'_>) -> (f64, Reach) {
    let ends = |points: &[Point]| {
        let values = points.iter().filter(|point| point.weight > 0.0).map(|point| point.value());
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (model, scrubbed) = (ends(inputs.model), ends(inputs.scrubbed));
    let baseline = match inputs.baseline {
        // The mean over pairs of outputs and labels, of which half can be right: the others are twice as far off.
        Baseline::Exact(value) => {
            let wrong = 2.0 * value - ratio(inputs.model);
            (value.min(wrong), value.max(wrong))
        }
        Baseline::Sampled(points) => ends(points),
    };
    // A baseline that is not a number counts for nothing.
    let (low, high) = [model, scrubbed, baseline]
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), ends| (low.min(ends.0), high.max(ends.1)));
    (high - low, Reach { down: model.1 - low, up: high - model.0 })
}
