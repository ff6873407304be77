//! References that differ are rare: what looks like no error at all, and how rarely that decides
//! wrongly.

use super::random::Random;
use ansatz::estimate::{Baseline, Inputs, Looks, Point, Varies, Verdict, estimate, verdict};
use ansatz::run::{FIRST_LOOK, next_look};
use ansatz::sample::references;
use ansatz::syntax::ast::Comparison;

const RUNS: u64 = 1000;
const ROWS: usize = 10_000;
/// The loss of the model everywhere, that of guessing, and that of being wrong.
const RIGHT: f64 = 0.001;
const GUESSED: f64 = 0.7;
const WRONG: f64 = 1.4;

/// The first rows go wrong with every other draw.
#[derive(Clone, Copy)]
struct World {
    bad: usize,
}

impl World {
    fn scrubbed(self, row: usize, draw: usize) -> f64 {
        if row < self.bad && draw.is_multiple_of(2) { WRONG } else { RIGHT }
    }

    fn recovered(self) -> f64 {
        let wrong = self.bad as f64 / ROWS as f64 / 2.0;
        let scrubbed = RIGHT + wrong * (WRONG - RIGHT);
        (scrubbed - GUESSED) / (RIGHT - GUESSED)
    }
}

/// What a run says of each bound, and after how many references: those of which some are rare go on.
fn run(world: World, seed: u64, bounds: [f64; 2], fixed: Option<usize>) -> [(Verdict, usize); 2] {
    let mut random = Random::new(seed + 31);
    let order = references(seed, ROWS, fixed.unwrap_or(ROWS));
    let one = |row: &u32| Point::one(world.scrubbed(*row as usize, random.below(ROWS)));
    let scrubbed: Vec<Point> = order.iter().map(one).collect();
    let model = vec![Point::one(RIGHT); scrubbed.len()];
    let mut n = fixed.unwrap_or(FIRST_LOOK);
    let mut ended = [None; 2];
    loop {
        let found = estimate(Inputs {
            model: &model[..n],
            scrubbed: &scrubbed[..n],
            baseline: Baseline::Exact(GUESSED),
            rows: ROWS,
            cluster: 1,
            looks: if fixed.is_some() { Looks::Once } else { Looks::From(FIRST_LOOK) },
            varies: Varies::Draws,
        });
        let recovered = found.recovered.expect("the model is far from guessing");
        let is_last = n == scrubbed.len();
        for (ended, bound) in ended.iter_mut().zip(bounds) {
            let said = verdict(recovered, Comparison::GreaterEqual, bound);
            if ended.is_none() && (is_last || (said != Verdict::Undecided && found.few.is_none())) {
                *ended = Some((said, n));
            }
        }
        if let [Some(one), Some(other)] = ended {
            return [one, other];
        }
        n = next_look(n, scrubbed.len());
    }
}

#[test]
fn runs_that_see_few_errors_or_none_seldom_decide_wrongly() {
    for bad in [1, 5, 20, 100] {
        let world = World { bad };
        let truth = world.recovered();
        // The truth itself, and a bound that is just not reached.
        let bounds = [truth, 1.0 - 1e-5];
        for fixed in [None, Some(1_000)] {
            let ended: Vec<_> = (0..RUNS).map(|seed| run(world, seed, bounds, fixed)).collect();
            let share = |wrong: usize| wrong as f64 / RUNS as f64;
            let at_truth = share(ended.iter().filter(|ended| ended[0].0 != Verdict::Undecided).count());
            let above = share(ended.iter().filter(|ended| ended[1].0 == Verdict::Confirmed).count());
            println!("{bad} of {ROWS} rows, n = {fixed:?}: wrong {at_truth} at the truth, {above} just above");
            assert!(at_truth <= 0.05, "{bad}, {fixed:?}: {at_truth}");
            assert!(above <= 0.05, "{bad}, {fixed:?}: {above}");
        }
    }
}

/// A bound that leaves room for what may be unseen is confirmed, with all the references there are.
#[test]
fn what_never_differs_is_confirmed_late() {
    let ended = run(World { bad: 0 }, 1, [0.99, 0.9999], None);
    assert_eq!(ended, [(Verdict::Confirmed, ROWS), (Verdict::Undecided, ROWS)]);
    // Where many differ nothing changes: one look is enough.
    let ended = run(World { bad: ROWS }, 1, [0.5, -0.5], None);
    assert_eq!(ended, [(Verdict::Refuted, FIRST_LOOK), (Verdict::Confirmed, FIRST_LOOK)]);
}

/// By construction a hypothesis without draws gives what it gives: the model's own, or at all rows what
/// each of them gives.
#[test]
fn what_cannot_differ_is_known() {
    let model = vec![Point::one(RIGHT); 500];
    let of = |varies: Varies, rows: usize| {
        estimate(Inputs {
            model: &model,
            scrubbed: &model,
            baseline: Baseline::Exact(GUESSED),
            rows,
            cluster: 1,
            looks: Looks::Once,
            varies,
        })
    };
    let width = |found: ansatz::estimate::Estimates| {
        let recovered = found.recovered.expect("the model is far from guessing");
        (recovered.low, found.few)
    };
    assert_eq!(width(of(Varies::Nothing, ROWS)), (1.0, None));
    assert_eq!(width(of(Varies::Rows, 500)), (1.0, None));
    let (low, few) = width(of(Varies::Draws, 500));
    // 1 - 0.025^(1 / 500): twice what guessing loses is the furthest.
    assert!((1.0 - low - 2.0 * 0.007_350_6).abs() < 1e-6 && few == Some(0), "{low}");
    let (partly, few) = width(of(Varies::Rows, 1_000));
    assert!((1.0 - partly - 0.007_350_6).abs() < 1e-6 && few == Some(0), "{partly}");
}
