//! Everything that is reported of a run that stops by itself holds where it stops: not the headline
//! alone, by which it stops, but also what is measured on the same references.

use super::SEEDS;
use super::panel::Covered;
use super::random::Random;
use ansatz::estimate::{
    Baseline, Inputs, Looks, Point, Slice, SliceBaseline, Varies, Verdict, changes, difference, distance, estimate,
    shares, value_range, verdict,
};
use ansatz::run::{FIRST_LOOK, next_look};
use ansatz::syntax::ast::Comparison;

const ROWS: usize = 12_000;
const BUDGET: usize = 8_000;
/// What a draw adds to the loss, in units of the row, each as often as the others.
const SHIFTS: [f64; 8] = [-0.4, -0.2, 0.0, 0.0, 0.3, 0.6, 1.2, 2.4];
/// What is lost by guessing, and how often a guess is right.
const GUESSED: f64 = 2.5;
const CHANCE: f64 = 0.5;
/// The mean squared distance of the model's logits from their means.
const VARIANCE: f64 = 8.0;

struct Row {
    model: f64,
    own: f64,
    is_right: bool,
    is_of_slice: bool,
}

struct World(Vec<Row>);

/// What one reference gives with one draw: the points of everything that is reported.
struct Given {
    model: Point,
    scrubbed: Point,
    model_hit: Point,
    hit: Point,
    agrees: Point,
    divergence: Point,
    squares: Point,
}

impl World {
    fn new() -> World {
        let mut random = Random::new(33);
        let row = |_| Row {
            model: 0.3 * random.unit(),
            own: 0.3 + 1.4 * random.unit().powi(2),
            is_right: random.chance(0.9),
            is_of_slice: random.chance(0.2),
        };
        World((0..ROWS).map(row).collect())
    }

    fn given(&self, row: usize, level: usize) -> Given {
        let Row { model, own, is_right, .. } = self.0[row];
        let point = |hit: bool| Point::one(f64::from(u8::from(hit)));
        let shift = SHIFTS[level] * own;
        // Where the loss rises most another class is said.
        let says_other = shift > 1.0;
        Given {
            model: Point::one(model),
            scrubbed: Point::one(model + shift),
            model_hit: point(is_right),
            hit: point(is_right != says_other),
            agrees: point(!says_other),
            divergence: Point::one(shift.abs() / 2.0),
            squares: Point::one(shift * shift),
        }
    }

    /// The mean over rows and draws, of the slice alone or of all.
    fn mean(&self, is_slice: bool, of: &dyn Fn(&Given) -> f64) -> f64 {
        let rows = (0..ROWS).filter(|row| !is_slice || self.0[*row].is_of_slice);
        let all = rows.flat_map(|row| (0..SHIFTS.len()).map(move |level| (row, level)));
        let sum = all.fold(Point::NONE, |sum, (row, level)| sum.plus(Point::one(of(&self.given(row, level))), 1.0));
        sum.value()
    }

    fn truths(&self) -> Truths {
        let all = |of: &dyn Fn(&Given) -> f64| self.mean(false, of);
        let change = |given: &Given| given.scrubbed.sum - given.model.sum;
        let share = |scrubbed: f64, model: f64, zero: f64| (scrubbed - zero) / (model - zero);
        let of_loss = |is_slice: bool| {
            share(self.mean(is_slice, &|own| own.scrubbed.sum), self.mean(is_slice, &|own| own.model.sum), GUESSED)
        };
        let of_hits = |is_slice: bool| {
            share(self.mean(is_slice, &|own| own.hit.sum), self.mean(is_slice, &|own| own.model_hit.sum), CHANCE)
        };
        let gap = GUESSED - all(&|own| own.model.sum);
        let number = |is: bool| f64::from(u8::from(is));
        Truths(vec![
            ("recovered", of_loss(false)),
            ("the mean change", all(&|own| change(own).abs())),
            ("its share", all(&|own| change(own).abs()) / gap),
            ("gained", all(&|own| (-change(own)).max(0.0)) / gap),
            ("lost", all(&|own| change(own).max(0.0)) / gap),
            ("better", all(&|own| number(change(own) < -1e-9))),
            ("worse", all(&|own| number(change(own) > 1e-9))),
            ("same", all(&|own| number(change(own).abs() < 1e-9))),
            ("accuracy.model", all(&|own| own.model_hit.sum)),
            ("accuracy.scrubbed", all(&|own| own.hit.sum)),
            ("accuracy.recovered", of_hits(false)),
            ("agreement.scrubbed", all(&|own| own.agrees.sum)),
            ("agreement.recovered", share(all(&|own| own.agrees.sum), 1.0, CHANCE)),
            ("the divergence", all(&|own| own.divergence.sum)),
            ("R2", 1.0 - all(&|own| own.squares.sum) / VARIANCE),
            ("loss and accuracy apart", of_loss(false) - of_hits(false)),
            ("slice.recovered", of_loss(true)),
            ("slice.scrubbed", self.mean(true, &|own| own.scrubbed.sum)),
            ("slice.accuracy.scrubbed", self.mean(true, &|own| own.hit.sum)),
            ("slice.accuracy.recovered", of_hits(true)),
        ])
    }
}

/// By name.
struct Truths(Vec<(&'static str, f64)>);

impl Truths {
    fn of(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).expect("every figure has its truth").1
    }
}

/// The references of one run, in order, with what each gives.
struct Drawn {
    given: Vec<Given>,
    is_member: Vec<bool>,
    pool: usize,
}

impl Drawn {
    fn new(world: &World, seed: u64, pool: usize) -> Drawn {
        let mut random = Random::new(seed + 77);
        let mut order: Vec<usize> = (0..ROWS).collect();
        for at in 0..BUDGET {
            let other = at + random.below(ROWS - at);
            order.swap(at, other);
        }
        let levels: Vec<usize> = (0..BUDGET.div_ceil(pool)).map(|_| random.below(SHIFTS.len())).collect();
        let given = (0..BUDGET).map(|at| world.given(order[at], levels[at / pool])).collect();
        Drawn { given, is_member: order[..BUDGET].iter().map(|row| world.0[*row].is_of_slice).collect(), pool }
    }

    fn points(&self, n: usize, of: impl Fn(&Given) -> Point) -> Vec<Point> {
        self.given[..n].iter().map(of).collect()
    }

    fn with<T>(&self, n: usize, of: impl FnOnce(Inputs<'_>) -> T) -> T {
        let (model, scrubbed) = (self.points(n, |own| own.model), self.points(n, |own| own.scrubbed));
        of(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Exact(GUESSED),
            rows: ROWS,
            cluster: self.pool,
            looks: Looks::From(FIRST_LOOK),
            varies: Varies::Draws,
        })
    }

    /// Everything that is reported of the first references.
    fn report(&self, n: usize, slice_rows: usize, mut tell: impl FnMut(&str, ansatz::estimate::Estimate)) {
        let [model_hits, hits, agrees] =
            [|own: &Given| own.model_hit, |own: &Given| own.hit, |own: &Given| own.agrees].map(|of| self.points(n, of));
        let always = vec![Point::one(1.0); n];
        let (divergence, squares) = (self.points(n, |own| own.divergence), self.points(n, |own| own.squares));
        self.with(n, |inputs| {
            tell("recovered", estimate(inputs).recovered.expect("far from guessing"));
            let found = changes(inputs);
            tell("the mean change", found.mean);
            let against = found.against.expect("far from guessing");
            tell("its share", against.share);
            tell("gained", against.gained);
            tell("lost", against.lost);
            tell("better", against.better);
            tell("worse", against.worse);
            tell("same", against.same);
            let accuracy = Inputs { model: &model_hits, scrubbed: &hits, baseline: Baseline::Exact(CHANCE), ..inputs };
            let found = shares(accuracy);
            tell("accuracy.model", found.model);
            tell("accuracy.scrubbed", found.scrubbed);
            tell("accuracy.recovered", found.recovered.expect("far from chance"));
            let found = shares(Inputs { model: &always, scrubbed: &agrees, ..accuracy });
            tell("agreement.scrubbed", found.scrubbed);
            tell("agreement.recovered", found.recovered.expect("far from chance"));
            tell("the divergence", distance(accuracy, &divergence, value_range(inputs)));
            tell("R2", distance(accuracy, &squares, 2.0 * VARIANCE).r2(VARIANCE));
            tell("loss and accuracy apart", difference(inputs, accuracy).expect("both are defined"));
            let is_member = &self.is_member[..n];
            let slice = Slice::of(inputs, is_member, &SliceBaseline::Exact(GUESSED), slice_rows);
            let found = estimate(slice.inputs());
            tell("slice.recovered", found.recovered.expect("far from guessing"));
            tell("slice.scrubbed", found.scrubbed);
            let slice = Slice::of(accuracy, is_member, &SliceBaseline::Exact(CHANCE), slice_rows);
            let found = shares(slice.inputs());
            tell("slice.accuracy.scrubbed", found.scrubbed);
            tell("slice.accuracy.recovered", found.recovered.expect("far from chance"));
        });
    }
}

/// How a run stops: by a bound this far from the truth, and by half a width.
#[derive(Clone, Copy)]
struct Rule {
    told: &'static str,
    off: f64,
    precision: f64,
    pool: usize,
}

fn stops(drawn: &Drawn, bound: f64, precision: f64) -> usize {
    let is_reached = |n: usize| {
        let found = drawn.with(n, estimate);
        let recovered = found.recovered.expect("far from guessing");
        let is_decided = verdict(recovered, Comparison::GreaterEqual, bound) != Verdict::Undecided;
        found.few.is_none() && is_decided && (recovered.high - recovered.low) / 2.0 <= precision
    };
    let mut n = FIRST_LOOK;
    while n < BUDGET && !is_reached(n) {
        n = next_look(n, BUDGET);
    }
    n
}

fn cover(rule: Rule) {
    let world = World::new();
    let truths = world.truths();
    let slice_rows = world.0.iter().filter(|row| row.is_of_slice).count();
    let (mut covered, mut ends) = (Covered::default(), std::collections::BTreeMap::new());
    for seed in 0..SEEDS {
        let drawn = Drawn::new(&world, seed, rule.pool);
        let n = stops(&drawn, truths.of("recovered") + rule.off, rule.precision);
        *ends.entry(n).or_insert(0_u64) += 1;
        drawn.report(n, slice_rows, |name, found| covered.add(name, found, truths.of(name)));
    }
    println!("{}: references at the end {ends:?}", rule.told);
    // The rule stops runs at looks that depend on what was seen.
    assert!(ends.len() > 1 && ends.values().all(|count| *count < 9 * SEEDS / 10), "{ends:?}");
    covered.hold_at_least(rule.told, 0.95);
}

#[test]
fn everything_covers_where_a_run_is_decided() {
    cover(Rule { told: "confirmed", off: -0.025, precision: f64::INFINITY, pool: 1 });
    cover(Rule { told: "refuted", off: 0.025, precision: f64::INFINITY, pool: 1 });
}

#[test]
fn everything_covers_where_a_run_is_precise() {
    cover(Rule { told: "precise", off: -10.0, precision: 0.0225, pool: 1 });
}

#[test]
fn everything_covers_where_a_run_with_pools_is_decided() {
    cover(Rule { told: "pools of four", off: -0.05, precision: f64::INFINITY, pool: 4 });
}
