//! Estimates over a part of the references.

use super::{Baseline, Inputs, Looks, Point, Varies};

/// Of fewer references, or of fewer points of a sampled baseline, a slice has no interval: losses are
/// skewed, and it would miss the truth too often (logistic losses: 11 % with 10 references, 6 % with
/// 30). References that share their draws count once.
pub const LEAST: usize = 30;

/// What was seen of a slice. Clusters without a reference of the slice are left out; references of
/// other slices that share a cluster with one of its own stay, without weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    model: Vec<Point>,
    scrubbed: Vec<Point>,
    baseline: SliceBaseline,
    rows: usize,
    cluster: usize,
    looks: Looks,
    varies: Varies,
    counting: usize,
}

/// What recovered is measured from within a slice.
#[derive(Debug, Clone, PartialEq)]
pub enum SliceBaseline {
    Exact(f64),
    /// A point for each reference, those of other slices without weight.
    Sampled(Vec<Point>),
}

impl Slice {
    /// The references with `is_member`; `rows` is how many rows of the dataset are of the slice.
    #[must_use]
    pub fn of(inputs: Inputs<'_>, is_member: &[bool], baseline: &SliceBaseline, rows: usize) -> Slice {
        let cluster = inputs.cluster.max(1);
        let counts = |at: usize| match baseline {
            SliceBaseline::Sampled(points) => points[at].weight > 0.0,
            SliceBaseline::Exact(_) => false,
        };
        let is_of = |at: &usize| is_member[*at] || counts(*at);
        let all: Vec<usize> = (0..inputs.model.len().min(inputs.scrubbed.len())).collect();
        let kept: Vec<usize> = all.chunks(cluster).filter(|own| own.iter().any(is_of)).flatten().copied().collect();
        let of_members = |points: &[Point]| -> Vec<Point> {
            kept.iter().map(|at| if is_member[*at] { points[*at] } else { Point::NONE }).collect()
        };
        let members = kept.iter().filter(|at| is_member[**at]).count();
        let model = of_members(inputs.model);
        Slice {
            counting: model.iter().filter(|point| point.weight > 0.0).count(),
            scrubbed: of_members(inputs.scrubbed),
            model,
            baseline: match baseline {
                SliceBaseline::Exact(value) => SliceBaseline::Exact(*value),
                SliceBaseline::Sampled(points) => SliceBaseline::Sampled(kept.iter().map(|at| points[*at]).collect()),
            },
            // The share of the slice's rows that are references stays what it is.
            rows: (rows * kept.len()).div_ceil(members.max(1)),
            cluster,
            varies: inputs.varies,
            looks: match inputs.looks {
                Looks::Once => Looks::Once,
                // A slice grows as the whole does.
                Looks::From(first) => Looks::From((first * kept.len()).div_ceil(all.len().max(1))),
            },
        }
    }

    /// References of the slice that count.
    #[must_use]
    pub fn counting(&self) -> usize {
        self.counting
    }

    /// Whether there are enough references for estimates, which count only once where they share draws.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let observations = |points: &[Point]| {
            points.chunks(self.cluster).filter(|own| own.iter().any(|point| point.weight > 0.0)).count()
        };
        let sampled = match &self.baseline {
            SliceBaseline::Exact(_) => LEAST,
            SliceBaseline::Sampled(points) => observations(points),
        };
        observations(&self.model).min(sampled) >= LEAST
    }

    /// What estimates take.
    #[must_use]
    pub fn inputs(&self) -> Inputs<'_> {
        let baseline = match &self.baseline {
            SliceBaseline::Exact(value) => Baseline::Exact(*value),
            SliceBaseline::Sampled(points) => Baseline::Sampled(points),
        };
        let Slice { model, scrubbed, rows, cluster, looks, varies, .. } = self;
        Inputs { model, scrubbed, baseline, rows: *rows, cluster: *cluster, looks: *looks, varies: *varies }
    }
}

#[cfg(test)]
mod tests {
    use super::super::estimate;
    use super::*;

    fn points(of: &dyn Fn(usize) -> f64, n: usize) -> Vec<Point> {
        (0..n).map(|at| Point::one(of(at))).collect()
    }

    /// A slice is what its references alone would give.
    #[test]
    fn a_slice_is_its_references() {
        let (model, scrubbed) = (points(&|at| (at % 5) as f64 * 0.1, 120), points(&|at| (at % 7) as f64 * 0.3, 120));
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Exact(9.0),
            rows: 200,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let is_member: Vec<bool> = (0..120).map(|at| at % 3 == 0).collect();
        let slice = Slice::of(inputs, &is_member, &SliceBaseline::Exact(4.0), 70);
        assert!(slice.is_enough() && slice.counting() == 40);
        let own = |all: &[Point]| -> Vec<Point> { all.iter().step_by(3).copied().collect() };
        let (model, scrubbed) = (own(&model), own(&scrubbed));
        let alone = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Exact(4.0),
            rows: 70,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        assert_eq!(estimate(slice.inputs()), estimate(alone));
    }

    /// A cluster stays whole: the others of it have no weight.
    #[test]
    fn clusters_stay_together() {
        let (model, scrubbed) = (points(&|at| at as f64 * 0.01, 40), points(&|at| at as f64 * 0.02, 40));
        let sampled = Baseline::Sampled(&scrubbed);
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: sampled,
            rows: 400,
            cluster: 4,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let is_member: Vec<bool> = (0..40).map(|at| at < 14).collect();
        let slice = Slice::of(inputs, &is_member, &SliceBaseline::Exact(4.0), 140);
        assert_eq!((slice.inputs().model.len(), slice.inputs().rows, slice.counting()), (16, 160, 14));
        assert_eq!(slice.inputs().model[14], Point::NONE);
        let few = Slice::of(inputs, &[false; 40], &SliceBaseline::Exact(4.0), 0);
        assert!(!few.is_enough() && few.inputs().model.is_empty());
    }
}
