//! Intervals of weighted means, of pooled draws and of sampled baselines cover the truth as often
//! as they say: a small world without a model, in which the truth can be enumerated.
#![allow(clippy::print_stdout, reason = "a test says what it measured")]

#[path = "support/random.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod random;
#[path = "estimates/sequential.rs"]
mod sequential;

#[path = "estimates/anytime.rs"]
mod anytime;
#[path = "estimates/classes.rs"]
mod classes;
#[path = "estimates/clusters.rs"]
mod clusters;
#[path = "estimates/interaction.rs"]
mod interaction;
#[path = "estimates/panel.rs"]
mod panel;
#[path = "estimates/rare.rs"]
mod rare;
#[path = "estimates/small.rs"]
mod small;

use ansatz::estimate::{Baseline, Estimate, Inputs, Looks, Point, Varies, difference, estimate, gain, proportion};
use ansatz::sample::references;
use random::Random;

const ROWS: usize = 300;
const POSITIONS: usize = 12;
const SEEDS: u64 = 1000;

/// Examples with a value and a mask at each position; long examples have larger values, so that the
/// mean over positions is not the mean over examples.
struct World {
    values: Vec<[f64; POSITIONS]>,
    counts: Vec<usize>,
    /// One number for each row, the same at every position: what a shared draw brings along.
    level: Vec<f64>,
}

impl World {
    fn new() -> World {
        let mut random = Random::new(5);
        let counts: Vec<usize> = (0..ROWS).map(|_| random.below(POSITIONS + 1)).collect();
        let value = |random: &mut Random, count: usize| (count as f64 / 6.0) + random.unit();
        let values = counts.iter().map(|count| std::array::from_fn(|_| value(&mut random, *count))).collect();
        let level = (0..ROWS).map(|_| random.unit() * 2.0 - 1.0).collect();
        World { values, counts, level }
    }

    /// Squared distance between the value that is computed and the one of the reference, summed
    /// over the positions that the mask of the reference counts.
    fn point(&self, reference: usize, computed: &dyn Fn(usize) -> f64) -> Point {
        let count = self.counts[reference];
        let one = |at: usize| (computed(at) - self.values[reference][at]).powi(2);
        Point { sum: (0..count).map(one).sum(), weight: count as f64 }
    }

    /// The model is a little off.
    fn model(&self, row: usize) -> Point {
        self.point(row, &|at| self.values[row][at] + 0.3 * self.level[row] + 0.2)
    }

    /// Another model is nearer.
    fn better(&self, row: usize) -> Point {
        self.point(row, &|at| self.values[row][at] + 0.1 * self.level[row] + 0.1)
    }

    /// The level comes from the draw.
    fn scrubbed(&self, row: usize, draw: usize) -> Point {
        self.point(row, &|at| self.values[row][at] + 0.6 * self.level[draw] + 0.3 * self.level[row])
    }

    /// The level comes from the draw in part.
    fn relaxed(&self, row: usize, draw: usize) -> Point {
        self.point(row, &|at| self.values[row][at] + 0.25 * self.level[draw] + 0.3 * self.level[row])
    }

    /// Everything comes from the draw.
    fn unclaimed(&self, row: usize, draw: usize) -> Point {
        self.point(row, &|at| self.values[draw][at] + self.level[draw])
    }

    /// Outputs of the row, with the values and the mask of the draw.
    fn shuffled(&self, row: usize, draw: usize) -> Point {
        self.point(draw, &|at| self.values[row][at] + 0.3 * self.level[row] + 0.2)
    }

    /// The mean over all rows and draws.
    fn truth(&self, point: &dyn Fn(usize, usize) -> Point) -> f64 {
        let pairs = (0..ROWS).flat_map(|row| (0..ROWS).map(move |draw| (row, draw)));
        pairs.fold(Point::NONE, |sum, (row, draw)| sum.plus(point(row, draw), 1.0)).value()
    }
}

/// How the baseline comes about.
#[derive(Clone, Copy, PartialEq)]
enum Measured {
    /// Its value is known.
    Exact,
    /// A hypothesis, with the draws that the scrubbed one has.
    SameDraws,
    /// Labels of other rows, drawn for this alone.
    Shuffled,
}

/// How often the intervals of recovered, of the scrubbed mean, of the baseline, of a gain, of the model's mean, and
/// of the difference to a share of another model from another baseline cover the truth.
fn coverage(world: &World, n: usize, pool: usize, measured: Measured) -> [f64; 6] {
    let scrubbed_truth = world.truth(&|row, draw| world.scrubbed(row, draw));
    let model_truth = world.truth(&|row, _| world.model(row));
    let baseline_truth = match measured {
        Measured::Shuffled => world.truth(&|row, draw| world.shuffled(row, draw)),
        _ => world.truth(&|row, draw| world.unclaimed(row, draw)),
    };
    let recovered_truth = (scrubbed_truth - baseline_truth) / (model_truth - baseline_truth);
    let relaxed_truth = world.truth(&|row, draw| world.relaxed(row, draw));
    let gain_truth = (relaxed_truth - scrubbed_truth) / (model_truth - baseline_truth);
    let (better_truth, zero_truth) =
        (world.truth(&|row, _| world.better(row)), world.truth(&|row, draw| world.unclaimed(row, draw)));
    let other_truth = (relaxed_truth - zero_truth) / (better_truth - zero_truth);
    let covers = |estimate: Estimate, value: f64| u32::from(estimate.low <= value && value <= estimate.high);
    let mut hits = [0; 6];
    for seed in 0..SEEDS {
        let mut random = Random::new(seed + 1000);
        let rows: Vec<usize> = references(seed, ROWS, n).iter().map(|row| *row as usize).collect();
        let shared: Vec<usize> = (0..n.div_ceil(pool)).map(|_| random.below(ROWS)).collect();
        let draw = |ordinal: usize| shared[ordinal / pool];
        let model: Vec<Point> = rows.iter().map(|row| world.model(*row)).collect();
        let each = |point: &dyn Fn(usize, usize) -> Point| -> Vec<Point> {
            rows.iter().enumerate().map(|(ordinal, row)| point(*row, draw(ordinal))).collect()
        };
        let scrubbed = each(&|row, draw| world.scrubbed(row, draw));
        let sampled = match measured {
            Measured::Shuffled => rows.iter().map(|row| world.shuffled(*row, random.below(ROWS))).collect(),
            _ => each(&|row, draw| world.unclaimed(row, draw)),
        };
        let baseline = match measured {
            Measured::Exact => Baseline::Exact(baseline_truth),
            _ => Baseline::Sampled(&sampled),
        };
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: ROWS,
            cluster: pool,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let found = estimate(inputs);
        let relaxed = each(&|row, draw| world.relaxed(row, draw));
        let gained = gain(inputs, &relaxed).expect("the model is far from the baseline");
        let recovered = found.recovered.expect("the model is far from the baseline");
        hits[0] += covers(recovered, recovered_truth);
        hits[1] += covers(found.scrubbed, scrubbed_truth);
        hits[2] += covers(found.baseline, baseline_truth);
        hits[3] += covers(gained, gain_truth);
        hits[4] += covers(found.model, model_truth);
        let better: Vec<Point> = rows.iter().map(|row| world.better(*row)).collect();
        let zero = each(&|row, draw| world.unclaimed(row, draw));
        let other = Inputs { model: &better, scrubbed: &relaxed, baseline: Baseline::Sampled(&zero), ..inputs };
        let apart = difference(other, inputs).expect("both models are far from their baselines");
        hits[5] += covers(apart, other_truth - recovered_truth);
        // Of one model from one baseline it is the gain.
        let same = difference(Inputs { scrubbed: &relaxed, ..inputs }, inputs).expect("far from the baseline");
        assert!((same.value - gained.value).abs() < 1e-9 && (same.error - gained.error).abs() < 1e-9);
    }
    hits.map(|hits| f64::from(hits) / SEEDS as f64)
}

fn hold(told: &str, n: usize, pool: usize, measured: Measured) {
    let found = coverage(&World::new(), n, pool, measured);
    let names = ["recovered", "the scrubbed mean", "the baseline", "the gain", "the model's mean", "the difference"];
    println!("{told}: {found:?} of {names:?}");
    for (share, of) in found.iter().zip(names) {
        // A known baseline has an interval of no width around the truth.
        let exact = of == "the baseline" && measured == Measured::Exact;
        assert!(exact || (0.93..=0.97).contains(share), "{told}: the interval of {of} covers {share}");
    }
}

#[test]
fn weighted_means() {
    hold("an exact baseline", 80, 1, Measured::Exact);
}

#[test]
fn another_hypothesis_as_the_baseline() {
    hold("a hypothesis as the baseline", 80, 1, Measured::SameDraws);
}

#[test]
fn a_shuffled_baseline_that_is_sampled() {
    hold("a sampled baseline", 80, 1, Measured::Shuffled);
}

#[test]
fn pooled_draws() {
    // 70 pools: with few dozen the skewness of the losses shows, as it does without pools.
    hold("pools of four", 280, 4, Measured::Exact);
    hold("pools of four, a hypothesis as the baseline", 280, 4, Measured::SameDraws);
}

/// What clusters are for: without them the intervals of pooled draws are far too narrow.
#[test]
fn pooled_draws_are_not_independent() {
    let world = World::new();
    let truth = world.truth(&|row, draw| world.scrubbed(row, draw));
    let mut hits = 0;
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let shared: Vec<usize> = (0..20).map(|_| random.below(ROWS)).collect();
        let rows = references(seed, ROWS, 160);
        let model: Vec<Point> = rows.iter().map(|row| world.model(*row as usize)).collect();
        let one = |(ordinal, row): (usize, &u32)| world.scrubbed(*row as usize, shared[ordinal / 8]);
        let scrubbed: Vec<Point> = rows.iter().enumerate().map(one).collect();
        let baseline = Baseline::Exact(9.0);
        let found = estimate(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: ROWS,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        })
        .scrubbed;
        hits += u32::from(found.low <= truth && truth <= found.high);
    }
    assert!(f64::from(hits) / (SEEDS as f64) < 0.85, "{hits}");
}

/// What scipy makes of the same samples (tests/fixtures/intervals/intervals.py).
#[test]
fn intervals_are_those_of_scipy() {
    let found: serde_json::Value =
        serde_json::from_str(include_str!("fixtures/intervals/intervals.json")).expect("the fixture is JSON");
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    for sample in found["samples"].as_array().expect("a list") {
        let points = |name: &str| -> Vec<Point> {
            sample[name].as_array().expect("a list").iter().map(|value| Point::one(number(value))).collect()
        };
        let [model, scrubbed, baseline, other] = ["model", "scrubbed", "baseline", "other"].map(points);
        // So many rows that no correction for a finite population is left.
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Sampled(&baseline),
            rows: 1_000_000_000,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let estimates = estimate(inputs);
        let ours = [
            ("mean", estimates.scrubbed, 1e-6),
            ("recovered", estimates.recovered.expect("far from the baseline"), 0.06),
            ("gain", gain(inputs, &other).expect("far from the baseline"), 0.06),
        ];
        for (what, ours, within) in ours {
            let theirs = &sample[what];
            let width = number(&theirs["high"]) - number(&theirs["low"]);
            let told = format!("{} of {}: {ours:?}, scipy {theirs}", what, sample["name"]);
            assert!((ours.value - number(&theirs["value"])).abs() < 1e-9, "{told}");
            for (ours, theirs) in [(ours.low, &theirs["low"]), (ours.high, &theirs["high"])] {
                assert!((ours - number(theirs)).abs() < within * width, "{told}");
            }
        }
    }
    for share in found["shares"].as_array().expect("a list") {
        let whole = |name: &str| usize::try_from(share[name].as_u64().expect("a count")).expect("small");
        let ours = proportion(whole("hits"), whole("n"));
        let apart = (ours.low - number(&share["low"])).abs().max((ours.high - number(&share["high"])).abs());
        assert!(apart < 1e-9, "{ours:?}, scipy {share}");
    }
}
