//! Intervals of changes, of slices and of differences of shares cover the truth as often as they say.

use super::{Measured, POSITIONS, ROWS, SEEDS, World};
use crate::random::Random;
use ansatz::estimate::{
    Baseline, Estimate, Inputs, Looks, Point, Slice, SliceBaseline, Varies, changes, clustered_proportion, difference,
    estimate,
};
use ansatz::sample::references;

/// What one seed sees: the rows of references, and the draw of each.
struct Sampled {
    rows: Vec<usize>,
    draws: Vec<usize>,
    /// Rows whose labels a sampled baseline takes.
    others: Vec<usize>,
}

impl Sampled {
    fn new(seed: u64, n: usize, pool: usize) -> Sampled {
        let rows = references(seed, ROWS, n).iter().map(|row| *row as usize).collect();
        Sampled::of(seed, rows, pool)
    }

    /// References of rows without end: no share of them is known already.
    fn endless(seed: u64, n: usize, pool: usize) -> Sampled {
        let mut random = Random::new(seed + 5000);
        Sampled::of(seed, (0..n).map(|_| random.below(ROWS)).collect(), pool)
    }

    fn of(seed: u64, rows: Vec<usize>, pool: usize) -> Sampled {
        let mut random = Random::new(seed + 1000);
        let n = rows.len();
        let shared: Vec<usize> = (0..n.div_ceil(pool)).map(|_| random.below(ROWS)).collect();
        let draws = (0..n).map(|ordinal| shared[ordinal / pool]).collect();
        let others = (0..n).map(|_| random.below(ROWS)).collect();
        Sampled { rows, draws, others }
    }

    fn each(&self, of: &dyn Fn(usize, usize) -> Point) -> Vec<Point> {
        self.rows.iter().zip(&self.draws).map(|(row, draw)| of(*row, *draw)).collect()
    }
}

/// Counts how often intervals cover, by name.
#[derive(Default)]
pub struct Covered(Vec<(String, u32)>);

impl Covered {
    pub fn add(&mut self, name: &str, found: Estimate, truth: f64) {
        let hit = u32::from(found.low <= truth && truth <= found.high);
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, hits)) => *hits += hit,
            None => self.0.push((name.to_owned(), hit)),
        }
    }

    /// No less often, but perhaps more: intervals that are conservative.
    pub fn hold_at_least(&self, told: &str, least: f64) {
        let shares: Vec<f64> = self.0.iter().map(|(_, hits)| f64::from(*hits) / SEEDS as f64).collect();
        println!("{told}: {shares:?}");
        for ((name, _), share) in self.0.iter().zip(shares) {
            assert!(share >= least, "{told}: the interval of {name} covers {share}");
        }
    }

    pub fn hold(&self, told: &str) {
        for (name, hits) in &self.0 {
            let share = f64::from(*hits) / SEEDS as f64;
            println!("{told}: the interval of {name} covers {share}");
            assert!((0.93..=0.97).contains(&share), "{told}: the interval of {name} covers {share}");
        }
    }
}

/// The hypothesis is sometimes nearer to the values than the model.
fn scrubbed(world: &World, row: usize, draw: usize) -> Point {
    world.point(row, &|at| world.values[row][at] + 0.35 * world.level[draw] + 0.1 * world.level[row])
}

/// Another behaviour of the same computations: the positions that are nearly right.
fn hits(world: &World, row: usize, off: f64) -> Point {
    let hit = |at: &usize| (off + 0.4 * world.values[row][*at]).abs() < 0.5;
    let count = world.counts[row];
    Point { sum: (0..count).filter(hit).count() as f64, weight: count as f64 }
}

fn changes_cover(told: &str, n: usize, pool: usize) {
    let world = World::new();
    let scrubbed = |row: usize, draw: usize| scrubbed(&world, row, draw);
    let gap = world.truth(&|row, _| world.model(row)) - 4.0;
    let moved = |of: &dyn Fn(f64) -> f64| {
        world.truth(&|row, draw| Point {
            sum: of(scrubbed(row, draw).sum - world.model(row).sum),
            weight: world.counts[row] as f64,
        })
    };
    let mean = moved(&|change| change.abs());
    let (gained, lost) = (moved(&|change| (-change).max(0.0)) / -gap, moved(&|change| change.max(0.0)) / -gap);
    let mut better = Point::NONE;
    for row in (0..ROWS).filter(|row| world.counts[*row] > 0) {
        for draw in 0..ROWS {
            let is_better = scrubbed(row, draw).sum < world.model(row).sum;
            better = better.plus(Point::one(f64::from(u8::from(is_better))), 1.0);
        }
    }
    let mut covered = Covered::default();
    for seed in 0..SEEDS {
        let sampled = Sampled::endless(seed, n, pool);
        let (model, scrubbed) = (sampled.each(&|row, _| world.model(row)), sampled.each(&scrubbed));
        let baseline = Baseline::Exact(4.0);
        let found = changes(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: usize::MAX,
            cluster: pool,
            looks: Looks::Once,
            varies: Varies::Draws,
        });
        let against = found.against.expect("the model is far from the baseline");
        covered.add("the mean change", found.mean, mean);
        covered.add("its share", against.share, mean / -gap);
        covered.add("gained", against.gained, gained);
        covered.add("lost", against.lost, lost);
        covered.add("better", against.better, better.value());
        covered.add("worse", against.worse, 1.0 - better.value());
    }
    covered.hold(told);
}

#[test]
fn changes_of_single_examples() {
    changes_cover("changes", 200, 1);
}

#[test]
fn changes_under_pooled_draws() {
    changes_cover("changes, pools of four", 600, 4);
}

/// Slices of long and of short examples.
fn slices_cover(told: &str, n: usize, pool: usize, measured: Measured) {
    let world = World::new();
    for is_long in [false, true] {
        let is_of = |row: usize| (world.counts[row] > POSITIONS / 2) == is_long;
        let only = |of: Point, row: usize| if is_of(row) { of } else { Point::NONE };
        let scrubbed_truth = world.truth(&|row, draw| only(world.scrubbed(row, draw), row));
        let model_truth = world.truth(&|row, _| only(world.model(row), row));
        let baseline_truth = world.truth(&|row, other| only(world.shuffled(row, other), other));
        let truth = (scrubbed_truth - baseline_truth) / (model_truth - baseline_truth);
        let mut covered = Covered::default();
        for seed in 0..SEEDS {
            let sampled = Sampled::new(seed, n, pool);
            let model = sampled.each(&|row, _| world.model(row));
            let scrubbed = sampled.each(&|row, draw| world.scrubbed(row, draw));
            let whole = Baseline::Exact(baseline_truth);
            let inputs = Inputs {
                model: &model,
                scrubbed: &scrubbed,
                baseline: whole,
                rows: ROWS,
                cluster: pool,
                looks: Looks::Once,
                varies: Varies::Draws,
            };
            let is_member: Vec<bool> = sampled.rows.iter().map(|row| is_of(*row)).collect();
            let pairs = sampled.rows.iter().zip(&sampled.others);
            let baseline = match measured {
                Measured::Exact => SliceBaseline::Exact(baseline_truth),
                _ => SliceBaseline::Sampled(
                    pairs.map(|(row, other)| only(world.shuffled(*row, *other), *other)).collect(),
                ),
            };
            let rows = (0..ROWS).filter(|row| is_of(*row)).count();
            let slice = Slice::of(inputs, &is_member, &baseline, rows);
            assert!(slice.is_enough());
            let found = estimate(slice.inputs());
            covered.add("recovered", found.recovered.expect("the model is far from the baseline"), truth);
            covered.add("the scrubbed mean", found.scrubbed, scrubbed_truth);
        }
        covered.hold(&format!("{told}, long: {is_long}"));
    }
}

#[test]
fn slices_with_an_exact_baseline() {
    slices_cover("slices", 180, 1, Measured::Exact);
}

#[test]
fn slices_with_a_sampled_baseline() {
    slices_cover("slices, a sampled baseline", 180, 1, Measured::Shuffled);
}

#[test]
fn slices_under_pooled_draws() {
    slices_cover("slices, pools of four", 280, 4, Measured::Exact);
}

/// Two logits at each position that counts, of the model and under the hypothesis.
fn logits(world: &World, row: usize, draw: usize) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    let one = move |at: usize| {
        let model = [2.0 * world.values[row][at], 1.5 + world.level[row]];
        (model, [model[0] + world.level[draw], model[1] - 0.5 * world.level[draw]])
    };
    (0..world.counts[row]).map(one)
}

/// The divergence from the model's distribution of two classes to the hypothesis' one, in nats.
fn divergence((model, scrubbed): ([f64; 2], [f64; 2])) -> f64 {
    let chances = |[one, other]: [f64; 2]| [1.0 / (1.0 + (other - one).exp()), 1.0 / (1.0 + (one - other).exp())];
    let pairs = chances(model).into_iter().zip(chances(scrubbed));
    pairs.map(|(model, scrubbed)| model * (model / scrubbed).ln()).sum()
}

fn distance((model, scrubbed): ([f64; 2], [f64; 2])) -> f64 {
    model.iter().zip(scrubbed).map(|(model, scrubbed)| (model - scrubbed).powi(2)).sum()
}

/// The mean squared distance of the model's logits from their means.
fn variance(world: &World) -> f64 {
    let all: Vec<[f64; 2]> = (0..ROWS).flat_map(|row| logits(world, row, row).map(|(model, _)| model)).collect();
    let of_class = |class: usize| {
        let mean = all.iter().map(|logits| logits[class]).sum::<f64>() / all.len() as f64;
        all.iter().map(|logits| (logits[class] - mean).powi(2)).sum::<f64>() / all.len() as f64
    };
    of_class(0) + of_class(1)
}

fn figures_of_logits_cover(told: &str, n: usize, pool: usize) {
    let world = World::new();
    let summed = |row: usize, draw: usize, of: &dyn Fn(([f64; 2], [f64; 2])) -> f64| Point {
        sum: logits(&world, row, draw).map(of).sum(),
        weight: world.counts[row] as f64,
    };
    let variance = variance(&world);
    let divergence_truth = world.truth(&|row, draw| summed(row, draw, &divergence));
    let r2_truth = 1.0 - world.truth(&|row, draw| summed(row, draw, &distance)) / variance;
    let mut covered = Covered::default();
    for seed in 0..SEEDS {
        let sampled = Sampled::new(seed, n, pool);
        let model = sampled.each(&|row, _| summed(row, row, &divergence));
        let mean = |of: &dyn Fn(([f64; 2], [f64; 2])) -> f64| {
            let scrubbed = sampled.each(&|row, draw| summed(row, draw, of));
            let inputs = Inputs {
                model: &model,
                scrubbed: &scrubbed,
                baseline: Baseline::Exact(f64::NAN),
                rows: ROWS,
                cluster: pool,
                looks: Looks::Once,
                varies: Varies::Draws,
            };
            estimate(inputs).scrubbed
        };
        covered.add("the divergence", mean(&divergence), divergence_truth);
        covered.add("R2", mean(&distance).r2(variance), r2_truth);
    }
    covered.hold(told);
}

#[test]
fn figures_of_logits() {
    figures_of_logits_cover("logits", 120, 1);
}

#[test]
fn figures_of_logits_under_pooled_draws() {
    figures_of_logits_cover("logits, pools of four", 280, 4);
}

#[test]
fn two_behaviours_of_the_same_draws() {
    let world = World::new();
    let model_hits = |row: usize, _: usize| hits(&world, row, 0.2 * world.level[row]);
    let scrubbed_hits = |row: usize, draw: usize| hits(&world, row, 0.5 * world.level[draw]);
    let share = |model: &dyn Fn(usize, usize) -> Point, scrubbed: &dyn Fn(usize, usize) -> Point, zero: f64| {
        let model = world.truth(model);
        (world.truth(scrubbed) - zero) / (model - zero)
    };
    let losses = share(&|row, _| world.model(row), &|row, draw| world.scrubbed(row, draw), 4.0);
    let truth = losses - share(&model_hits, &scrubbed_hits, 0.0);
    let mut covered = Covered::default();
    for seed in 0..SEEDS {
        let sampled = Sampled::endless(seed, 100, 1);
        let (model, scrubbed) =
            (sampled.each(&|row, _| world.model(row)), sampled.each(&|row, draw| world.scrubbed(row, draw)));
        let (hits, scrubbed_hits) = (sampled.each(&model_hits), sampled.each(&scrubbed_hits));
        let with = |zero: f64| Baseline::Exact(zero);
        let one = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: with(4.0),
            rows: usize::MAX,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let other = Inputs {
            model: &hits,
            scrubbed: &scrubbed_hits,
            baseline: with(0.0),
            rows: usize::MAX,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        covered.add("the difference", difference(one, other).expect("both are defined"), truth);
    }
    covered.hold("two behaviours");
}

/// Shares of trials that come in clusters.
#[test]
fn clustered_shares() {
    let mut covered = Covered::default();
    let truth = 0.3;
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut trials = Vec::new();
        for _ in 0..60 {
            // Half of the clusters are nearly sure of their trials.
            let chance = [0.05, 0.55][random.below(2)];
            trials.extend((0..5).map(|_| Some(random.unit() < chance)));
        }
        covered.add("a share", clustered_proportion(&trials, 5, Looks::Once), truth);
    }
    covered.hold("clustered shares");
}
