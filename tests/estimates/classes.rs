//! Intervals of accuracy and agreement, and of what is recovered of them, where nearly all examples are
//! right.

use super::SEEDS;
use super::panel::Covered;
use super::random::Random;
use ansatz::estimate::{Baseline, Inputs, Looks, Point, Slice, SliceBaseline, Varies, shares};

/// Examples without end, of `positions` each, with draws that `pool` of them share.
#[derive(Clone, Copy)]
struct World {
    /// How often the model is right.
    accuracy: f64,
    positions: usize,
    pool: usize,
}

/// How often the hypothesis changes what is said, under one half of the draws.
const CHANGED: f64 = 0.1;
/// What is right by chance.
const CHANCE: f64 = 0.5;

impl World {
    /// The model's hits, the hypothesis' hits, and those on which they agree.
    fn sample(self, seed: u64, n: usize) -> [Vec<Point>; 3] {
        let mut random = Random::new(seed + 400);
        let bends: Vec<bool> = (0..n.div_ceil(self.pool)).map(|_| random.below(2) == 0).collect();
        let mut found = [const { Vec::new() }; 3];
        for at in 0..n {
            // Half of the errors of an example come at all its positions.
            let wrong_at_all = random.unit() < (1.0 - self.accuracy) / 2.0;
            let mut hits = [0.0; 3];
            for _ in 0..self.positions {
                let model = !(wrong_at_all || random.unit() < self.wrong_alone());
                let scrubbed = model != (bends[at / self.pool] && random.unit() < CHANGED);
                for (hits, is_hit) in hits.iter_mut().zip([model, scrubbed, model == scrubbed]) {
                    *hits += f64::from(u8::from(is_hit));
                }
            }
            for (found, hits) in found.iter_mut().zip(hits) {
                found.push(Point { sum: hits, weight: self.positions as f64 });
            }
        }
        found
    }

    /// Such that the accuracy is what it is.
    fn wrong_alone(self) -> f64 {
        1.0 - self.accuracy / (1.0 - (1.0 - self.accuracy) / 2.0)
    }

    fn truths(self) -> [f64; 3] {
        let changed = CHANGED / 2.0;
        [self.accuracy, self.accuracy * (1.0 - changed) + (1.0 - self.accuracy) * changed, 1.0 - changed]
    }
}

fn cover(world: World, n: usize, looks: Looks) -> Covered {
    let [of_model, of_scrubbed, of_agreement] = world.truths();
    let share = |scrubbed: f64, model: f64| (scrubbed - CHANCE) / (model - CHANCE);
    let mut covered = Covered::default();
    for seed in 0..SEEDS {
        let [model, scrubbed, agreement] = world.sample(seed, n);
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Exact(CHANCE),
            rows: usize::MAX,
            cluster: world.pool,
            looks,
            varies: Varies::Draws,
        };
        let found = shares(inputs);
        covered.add("accuracy.model", found.model, of_model);
        covered.add("accuracy.scrubbed", found.scrubbed, of_scrubbed);
        let recovered = found.recovered.expect("the model is far from chance");
        covered.add("accuracy.recovered", recovered, share(of_scrubbed, of_model));
        let always: Vec<Point> = model.iter().map(|point| Point { sum: point.weight, ..*point }).collect();
        let found = shares(Inputs { model: &always, scrubbed: &agreement, ..inputs });
        covered.add("agreement.scrubbed", found.scrubbed, of_agreement);
        let recovered = found.recovered.expect("the model is far from chance");
        covered.add("agreement.recovered", recovered, share(of_agreement, 1.0));
    }
    covered
}

/// Exact numbers of hits are few: where few examples are wrong the intervals cover more often than they
/// say. They never cover less often.
#[test]
fn accuracy_and_agreement() {
    for accuracy in [0.9, 0.98, 0.99] {
        for n in [100, 300, 1000] {
            let told = format!("accuracy {accuracy}, n = {n}");
            cover(World { accuracy, positions: 1, pool: 1 }, n, Looks::Once).hold_at_least(&told, 0.93);
        }
    }
    cover(World { accuracy: 0.8, positions: 1, pool: 1 }, 1000, Looks::Once).hold("accuracy 0.8");
}

#[test]
fn accuracy_of_positions_and_under_pooled_draws() {
    for accuracy in [0.9, 0.98, 0.99] {
        for n in [100, 300, 1000] {
            let told = |what: &str| format!("{what}, accuracy {accuracy}, n = {n}");
            cover(World { accuracy, positions: 5, pool: 1 }, n, Looks::Once).hold_at_least(&told("positions"), 0.93);
            cover(World { accuracy, positions: 1, pool: 4 }, n, Looks::Once).hold_at_least(&told("pools"), 0.93);
        }
    }
}

/// At the first look of a run that goes on, wider.
#[test]
fn accuracy_of_a_run_that_is_looked_at() {
    for accuracy in [0.9, 0.99] {
        let world = World { accuracy, positions: 1, pool: 1 };
        cover(world, 1000, Looks::From(1000)).hold_at_least("the first look", 0.95);
    }
}

/// A fifth of the examples.
#[test]
fn accuracy_of_a_slice() {
    for (accuracy, n) in [(0.8, 500), (0.9, 500), (0.98, 500), (0.98, 100), (0.9, 100)] {
        let world = World { accuracy, positions: 1, pool: 1 };
        let [of_model, of_scrubbed, _] = world.truths();
        let mut covered = Covered::default();
        for seed in 0..SEEDS {
            let [model, scrubbed, _] = world.sample(seed, n);
            let whole = Inputs {
                model: &model,
                scrubbed: &scrubbed,
                baseline: Baseline::Exact(0.3),
                rows: usize::MAX / (2 * n),
                cluster: 1,
                looks: Looks::Once,
                varies: Varies::Draws,
            };
            let is_member: Vec<bool> = (0..n).map(|at| at % 5 == 0).collect();
            let slice = Slice::of(whole, &is_member, &SliceBaseline::Exact(CHANCE), usize::MAX / (10 * n));
            let found = shares(slice.inputs());
            covered.add("accuracy.scrubbed", found.scrubbed, of_scrubbed);
            covered.add("accuracy.model", found.model, of_model);
            let Some(recovered) = found.recovered else { continue };
            covered.add("accuracy.recovered", recovered, (of_scrubbed - CHANCE) / (of_model - CHANCE));
        }
        covered.hold_at_least(&format!("slices, accuracy {accuracy}, n = {n}"), 0.93);
    }
}
