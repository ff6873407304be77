//! Runs that stop when they are decided: how often they are wrong, and that they decide at all. A
//! world without a model, large enough for every look of a run, whose truth is known.

use super::random::Random;
use ansatz::estimate::{Baseline, Estimate, Estimates, Inputs, Looks, Point, Varies, Verdict, estimate, gain, verdict};
use ansatz::run::{FIRST_LOOK, next_look};
use ansatz::syntax::ast::Comparison;

const RUNS: u64 = 1000;
const BUDGET: usize = 10_000;

/// Skewed losses. What is scrubbed adds a product of a number of the row and one of the draw, so that
/// its mean over all rows and draws is known.
struct World {
    model: Vec<f64>,
    own: Vec<f64>,
    drawn: Vec<f64>,
}

/// Parts of the distance to the model: what is scrubbed, what is relaxed, and what is sampled as the
/// baseline.
const SCRUBBED: f64 = 0.4;
const RELAXED: f64 = 0.3;
const BASELINE: f64 = 2.0;

impl World {
    fn new(rows: usize) -> World {
        let mut random = Random::new(11);
        let mut skewed = |scale: f64| -> Vec<f64> { (0..rows).map(|_| scale * random.unit().powi(3)).collect() };
        World { model: skewed(0.4), own: skewed(2.0), drawn: skewed(4.0) }
    }

    fn point(&self, row: usize, draw: usize, part: f64) -> Point {
        Point::one(self.model[row] + part * self.own[row] * self.drawn[draw])
    }

    fn mean(&self, part: f64) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        mean(&self.model) + part * mean(&self.own) * mean(&self.drawn)
    }

    fn recovered(&self, part: f64) -> f64 {
        (self.mean(part) - self.mean(BASELINE)) / (self.mean(0.0) - self.mean(BASELINE))
    }
}

/// What a run is measured and decided by.
#[derive(Clone, Copy)]
struct Rule {
    looks: Looks,
    bound: f64,
    /// Half the width at which it stops, too.
    precision: Option<f64>,
    sampled: bool,
    pool: usize,
}

/// How a run ended.
struct Ended {
    n: usize,
    verdict: Verdict,
    estimates: Estimates,
    gain: Estimate,
}

/// References and draws, in an order of their own for each seed.
struct Drawn {
    order: Vec<usize>,
    /// Of what is scrubbed, shared by the references of a pool.
    draws: Vec<usize>,
    /// Of the baseline, which has draws of its own.
    others: Vec<usize>,
}

impl Drawn {
    fn new(seed: u64, rows: usize, pool: usize) -> Drawn {
        let mut random = Random::new(seed + 77);
        let mut order: Vec<usize> = (0..rows).collect();
        for at in 0..BUDGET {
            let other = at + random.below(rows - at);
            order.swap(at, other);
        }
        order.truncate(BUDGET);
        let draws = (0..BUDGET.div_ceil(pool)).map(|_| random.below(rows)).collect();
        Drawn { order, draws, others: (0..BUDGET).map(|_| random.below(rows)).collect() }
    }
}

fn run(world: &World, seed: u64, rule: Rule) -> Ended {
    let rows = world.model.len();
    let Drawn { order, draws, others } = Drawn::new(seed, rows, rule.pool);
    let of = |part: f64, n: usize| -> Vec<Point> {
        (0..n).map(|at| world.point(order[at], draws[at / rule.pool], part)).collect()
    };
    let mut n = FIRST_LOOK;
    loop {
        let baseline: Vec<Point> = (0..n).map(|at| world.point(order[at], others[at], BASELINE)).collect();
        let zero = match rule.sampled {
            true => Baseline::Sampled(&baseline),
            false => Baseline::Exact(world.mean(BASELINE)),
        };
        let (model, scrubbed) = (of(0.0, n), of(SCRUBBED, n));
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: zero,
            rows,
            cluster: rule.pool,
            looks: rule.looks,
            varies: Varies::Draws,
        };
        let estimates = estimate(inputs);
        let recovered = estimates.recovered.expect("the model is far from the baseline");
        let verdict = verdict(recovered, Comparison::GreaterEqual, rule.bound);
        let is_narrow = rule.precision.is_none_or(|most| (recovered.high - recovered.low) / 2.0 <= most);
        if n == BUDGET || (verdict != Verdict::Undecided && is_narrow) {
            let gain = gain(inputs, &of(RELAXED, n)).expect("the model is far from the baseline");
            return Ended { n, verdict, estimates, gain };
        }
        n = next_look(n, BUDGET);
    }
}

fn runs(world: &World, rule: Rule) -> Vec<Ended> {
    (0..RUNS).map(|seed| run(world, seed, rule)).collect()
}

fn share(ended: &[Ended], of: impl Fn(&Ended) -> bool) -> f64 {
    ended.iter().filter(|one| of(one)).count() as f64 / ended.len() as f64
}

fn at_the_boundary(world: &World) -> Rule {
    let looks = Looks::From(FIRST_LOOK);
    Rule { looks, bound: world.recovered(SCRUBBED), precision: None, sampled: false, pool: 1 }
}

/// Where the true value is the bound, every decision is wrong in one direction or the other.
#[test]
fn at_the_boundary_few_runs_decide() {
    let world = World::new(20_000);
    let rule = at_the_boundary(&world);
    let decided = |rule: Rule| share(&runs(&world, rule), |one| one.verdict != Verdict::Undecided);
    for (told, rule) in [
        ("an exact baseline", rule),
        ("a sampled baseline", Rule { sampled: true, ..rule }),
        ("pools of eight", Rule { pool: 8, ..rule }),
    ] {
        let found = decided(rule);
        println!("{told}: {:.1} % of runs at the boundary decide", 100.0 * found);
        assert!(found <= 0.05, "{told}: {found} of runs at the boundary decide");
    }
    // What a confidence sequence is for: the intervals of one look, looked at five times.
    let peeking = decided(Rule { looks: Looks::Once, ..rule });
    println!("intervals of one look: {:.1} %", 100.0 * peeking);
    assert!(peeking > 0.08, "{peeking}");
}

/// All rows are references in the end: their number is no longer what independent ones would be.
#[test]
fn at_the_boundary_few_runs_decide_down_to_the_last_row() {
    let world = World::new(BUDGET);
    let found = share(&runs(&world, at_the_boundary(&world)), |one| one.verdict != Verdict::Undecided);
    println!("all rows: {:.1} % of runs at the boundary decide", 100.0 * found);
    assert!(found <= 0.05, "{found}");
}

#[test]
fn away_from_the_boundary_runs_decide_early_and_rightly() {
    let world = World::new(20_000);
    let rule = at_the_boundary(&world);
    for (by, verdict) in [(-0.05, Verdict::Confirmed), (0.05, Verdict::Refuted)] {
        let ended = runs(&world, Rule { bound: rule.bound + by, ..rule });
        let (right, mean) = (share(&ended, |one| one.verdict == verdict), ended.iter().map(|one| one.n).sum::<usize>());
        let mean = mean as f64 / RUNS as f64;
        println!("the bound is off by {by}: {:.1} % decide rightly, after {mean} references", 100.0 * right);
        assert!(right >= 0.99 && mean < 0.6 * BUDGET as f64, "{by}: {right}, {mean}");
    }
}

/// Wherever a run stops, every interval of its report covers the truth.
#[test]
fn intervals_cover_where_runs_stop() {
    let world = World::new(20_000);
    let rule = at_the_boundary(&world);
    let covers = |estimate: Estimate, truth: f64| estimate.low <= truth && truth <= estimate.high;
    for (told, rule) in [
        ("decided", Rule { bound: rule.bound - 0.02, ..rule }),
        ("decided, a sampled baseline", Rule { bound: rule.bound + 0.02, sampled: true, ..rule }),
        ("precise", Rule { bound: -10.0, precision: Some(0.02), ..rule }),
    ] {
        let ended = runs(&world, rule);
        let gap = world.mean(0.0) - world.mean(BASELINE);
        let gained = (world.mean(RELAXED) - world.mean(SCRUBBED)) / gap;
        let found = [
            share(&ended, |one| one.estimates.recovered.is_some_and(|own| covers(own, world.recovered(SCRUBBED)))),
            share(&ended, |one| covers(one.estimates.scrubbed, world.mean(SCRUBBED))),
            share(&ended, |one| covers(one.estimates.model, world.mean(0.0))),
            share(&ended, |one| covers(one.estimates.baseline, world.mean(BASELINE))),
            share(&ended, |one| covers(one.gain, gained)),
        ];
        let early = share(&ended, |one| one.n < BUDGET);
        println!("{told}: coverage {found:?}, {:.1} % stop early", 100.0 * early);
        assert!(found.iter().all(|found| *found >= 0.95), "{told}: {found:?}");
        assert!(early > 0.3, "{told}: {early}");
    }
}
