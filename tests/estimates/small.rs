//! Small slices, and shares of changes that are none.

use super::SEEDS;
use super::panel::Covered;
use super::random::Random;
use ansatz::estimate::{
    Baseline, Estimates, Inputs, LEAST, Looks, Point, Slice, SliceBaseline, Varies, changes, estimate, shares,
};

/// Losses of one kind: how a number is drawn, and its mean.
struct Losses {
    name: &'static str,
    draw: fn(&mut Random) -> f64,
    mean: f64,
}

/// More and more skewed. The last is the loss of a logit between -2 and 6.
const KINDS: [Losses; 4] = [
    Losses { name: "uniform", draw: Random::unit, mean: 0.5 },
    Losses { name: "squares", draw: |random| (2.0 * random.unit() - 1.0).powi(2), mean: 1.0 / 3.0 },
    Losses { name: "cubes", draw: |random| random.unit().powi(3), mean: 0.25 },
    Losses { name: "logistic", draw: |random| (2.0 - 8.0 * random.unit()).exp().ln_1p(), mean: LOGISTIC },
];
/// (Li2(-exp(-6)) - Li2(-exp(2))) / 8, where Li2 is the dilogarithm.
const LOGISTIC: f64 = 0.438_930_545_5;

/// Parts of the distance: the model, what is drawn, and what the baseline draws.
const MODEL: f64 = 0.3;
const DRAWN: f64 = 0.5;
const BASELINE: f64 = 1.5;

/// References of which every `one_in` is of a slice, until there are `counting` of them.
struct Sampled {
    is_member: Vec<bool>,
    model: Vec<Point>,
    scrubbed: Vec<Point>,
    baseline: Vec<Point>,
}

impl Sampled {
    fn new(losses: &Losses, seed: u64, (counting, one_in): (usize, usize), pool: usize) -> Sampled {
        let mut random = Random::new(seed + 900);
        let mut found = Sampled { is_member: vec![], model: vec![], scrubbed: vec![], baseline: vec![] };
        let mut drawn = 0.0;
        for at in 0..counting * one_in {
            if at % pool == 0 {
                drawn = (losses.draw)(&mut random);
            }
            let (own, other) = ((losses.draw)(&mut random), (losses.draw)(&mut random));
            found.is_member.push(at % one_in == 0);
            found.model.push(Point::one(MODEL * own));
            found.scrubbed.push(Point::one(MODEL * own + DRAWN * drawn));
            found.baseline.push(Point::one(own + BASELINE * other));
        }
        found
    }

    fn inputs<'a>(&'a self, baseline: Baseline<'a>, pool: usize) -> Inputs<'a> {
        Inputs {
            model: &self.model,
            scrubbed: &self.scrubbed,
            baseline,
            rows: 1_000_000_000,
            cluster: pool,
            looks: Looks::Once,
            varies: Varies::Draws,
        }
    }

    fn estimates(&self, sampled: bool, mean: f64, pool: usize) -> Estimates {
        let zero = (1.0 + BASELINE) * mean;
        let only = |(point, is_member): (&Point, &bool)| if *is_member { *point } else { Point::NONE };
        let baseline = match sampled {
            true => SliceBaseline::Sampled(self.baseline.iter().zip(&self.is_member).map(only).collect()),
            false => SliceBaseline::Exact(zero),
        };
        let slice = Slice::of(self.inputs(Baseline::Exact(zero), pool), &self.is_member, &baseline, 100_000_000);
        assert!(slice.is_enough());
        estimate(slice.inputs())
    }
}

/// Slices of as few observations as have an interval, and up to ten more. References of a pool are one.
fn slices_cover(sampled: bool, pool: usize, one_in: usize) {
    let truth = (MODEL + DRAWN - 1.0 - BASELINE) / (MODEL - 1.0 - BASELINE);
    for losses in &KINDS {
        let mut covered = Covered::default();
        for seed in 0..SEEDS {
            let observations = LEAST + usize::try_from(seed % 11).expect("below eleven");
            // Where the slice is everything, all references of a pool are of it.
            let size = if one_in == 1 { observations * pool } else { observations };
            let found = Sampled::new(losses, seed, (size, one_in), pool).estimates(sampled, losses.mean, pool);
            covered.add("recovered", found.recovered.expect("far from the baseline"), truth);
            covered.add("the scrubbed mean", found.scrubbed, (MODEL + DRAWN) * losses.mean);
            covered.add("the model's mean", found.model, MODEL * losses.mean);
        }
        covered.hold(&format!("{}, small slices, pools of {pool}, sampled {sampled}", losses.name));
    }
}

#[test]
fn the_smallest_slices() {
    slices_cover(false, 1, 5);
}

#[test]
fn the_smallest_slices_with_a_sampled_baseline() {
    slices_cover(true, 1, 5);
}

/// Spread over pools, and whole pools.
#[test]
fn the_smallest_slices_under_pooled_draws() {
    slices_cover(false, 4, 5);
    slices_cover(false, 4, 1);
}

/// References of one pool tell as much as one: many of them are not enough.
#[test]
fn few_pools_are_too_few() {
    for (pools, is_enough) in [(LEAST - 1, false), (LEAST, true)] {
        let losses = Sampled::new(&KINDS[0], 3, (4 * pools, 1), 4);
        let inputs = losses.inputs(Baseline::Exact(1.25), 4);
        let baseline = SliceBaseline::Sampled(losses.baseline.clone());
        for baseline in [SliceBaseline::Exact(1.25), baseline] {
            let slice = Slice::of(inputs, &losses.is_member, &baseline, 1_000);
            assert_eq!((slice.counting(), slice.is_enough()), (4 * pools, is_enough));
        }
    }
}

/// Accuracies of the smallest slices.
#[test]
fn accuracies_of_the_smallest_slices() {
    for accuracy in [0.8, 0.95] {
        for n in [LEAST, LEAST + 10] {
            let mut covered = Covered::default();
            for seed in 0..SEEDS {
                let mut random = Random::new(seed + 70);
                let hits: Vec<(bool, bool)> = (0..n).map(|_| (random.chance(accuracy), random.chance(0.8))).collect();
                let point = |hit: bool| Point::one(f64::from(u8::from(hit)));
                let model: Vec<Point> = hits.iter().map(|(model, _)| point(*model)).collect();
                let scrubbed: Vec<Point> = hits.iter().map(|(model, kept)| point(model & kept)).collect();
                let found = shares(Inputs {
                    model: &model,
                    scrubbed: &scrubbed,
                    baseline: Baseline::Exact(0.1),
                    rows: usize::MAX,
                    cluster: 1,
                    looks: Looks::Once,
                    varies: Varies::Draws,
                });
                covered.add("accuracy.model", found.model, accuracy);
                covered.add("accuracy.scrubbed", found.scrubbed, 0.8 * accuracy);
                let truth = (0.8 * accuracy - 0.1) / (accuracy - 0.1);
                covered.add("accuracy.recovered", found.recovered.expect("far from chance"), truth);
            }
            covered.hold_at_least(&format!("accuracy {accuracy}, {n} references"), 0.93);
        }
    }
}

/// A third of the draws changes nothing, a third makes the loss larger, and a third smaller.
#[test]
fn shares_that_stay_the_same() {
    for (n, pool) in [(200, 1), (600, 4)] {
        let mut covered = Covered::default();
        for seed in 0..SEEDS {
            let mut random = Random::new(seed + 40);
            let (mut model, mut scrubbed) = (Vec::new(), Vec::new());
            let mut drawn = 0.0;
            for at in 0..n {
                if at % pool == 0 {
                    drawn = [0.0, 0.8, -0.4][random.below(3)];
                }
                let own = 1.0 + random.unit();
                model.push(Point::one(own));
                // Rounding is no change.
                scrubbed.push(Point::one(own * (1.0 + drawn) + 1e-8 * random.unit()));
            }
            let found = changes(Inputs {
                model: &model,
                scrubbed: &scrubbed,
                baseline: Baseline::Exact(5.0),
                rows: usize::MAX,
                cluster: pool,
                looks: Looks::Once,
                varies: Varies::Draws,
            });
            let against = found.against.expect("far from the baseline");
            for (name, share) in [("same", against.same), ("better", against.better), ("worse", against.worse)] {
                covered.add(name, share, 1.0 / 3.0);
            }
            let gap = 5.0 - 1.5;
            covered.add("the mean change", found.mean, 1.5 * 1.2 / 3.0);
            covered.add("its share", against.share, 1.5 * 1.2 / 3.0 / gap);
            covered.add("gained", against.gained, 1.5 * 0.4 / 3.0 / gap);
            covered.add("lost", against.lost, 1.5 * 0.8 / 3.0 / gap);
        }
        covered.hold(&format!("changes of which a third is none, pools of {pool}"));
    }
}
