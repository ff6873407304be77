//! Intervals cover the truth as often as they say, where the truth can be enumerated.

use super::support::case::Case;
use super::support::claims::Claims;
use super::support::features::Features;
use super::support::models::{column, small, whole};
use super::support::pipeline::{AMPLE, observe, prepare};
use super::support::random::Random;
use super::support::scores::FunctionScore;
use ansatz::engine::reference::Reference;
use ansatz::estimate::{Baseline, Estimate, Estimates, Inputs, Looks, Point, Varies, estimate, mean};
use ansatz::hypothesis::{Computes, DataIx, End, FeatureIx, Hypothesis, Scheme};
use ansatz::lower::{Role, Tree};
use ansatz::sample::{Classes, Materials, Rows, draw, references};
use statrs::distribution::{ContinuousCDF, Normal};

const ROWS: usize = 400;
const SEEDS: u64 = 1000;

/// y = h + u where h is claimed to compute the class of a row, and u is unclaimed.
struct World {
    h: Vec<f64>,
    u: Vec<f64>,
    label: Vec<f64>,
    case: Case,
    hypothesis: Hypothesis,
    tree: Tree,
}

/// Eight classes; h varies within them by `within`, u by `noise`.
fn world(within: f64, noise: f64) -> World {
    let mut random = Random::new(77);
    let class: Vec<usize> = (0..ROWS).map(|_| random.below(8)).collect();
    let centre: Vec<f64> = (0..8).map(|at| f64::from(at) - 3.5).collect();
    let h: Vec<f64> = class.iter().map(|class| centre[*class] + within * (random.unit() - 0.5)).collect();
    let u: Vec<f64> = (0..ROWS).map(|_| noise * (random.unit() - 0.5)).collect();
    let label = class.iter().map(|class| centre[*class] + 0.3 * (random.unit() - 0.5)).collect();
    let mut features = Features::new();
    features.add(&class);
    let floats = |numbers: &[f64]| column(&numbers.iter().map(|number| *number as f32).collect::<Vec<f32>>());
    let case = small(
        &[("given", floats(&h)), ("u", floats(&u))],
        |g, inputs| {
            let h = g.named_node("h", "Identity", &[inputs[0]], &[]);
            let y = g.named_node("y", "Add", &[h, inputs[1]], &[]);
            (vec![y], vec![whole("h", h, 1)])
        },
        features,
    );
    let mut claims = Claims::new(&case, Scheme::Any);
    claims.node("h", Computes::Feature(FeatureIx(0)), End::Root);
    let hypothesis = claims.build();
    let tree = prepare(&case, &hypothesis, 2, 0).program.tree;
    World { h, u, label, case, hypothesis, tree }
}

impl World {
    fn draw(&self, references: &[u32], seed: u64) -> Rows {
        let classes = self.case.features.table();
        draw(&self.tree, references, Materials { seed, rows: &[ROWS], classes: &classes, pairs: &[] })
    }

    /// The behaviour of each reference under its draws, from the tables.
    fn scrubbed(&self, drawn: &Rows, loss: &dyn Fn(f64, f64) -> f64) -> Vec<f64> {
        let index = |role: Role| self.tree.draws.iter().position(|draw| draw.role == role).expect("the draw is there");
        let (claims, unclaimed) = (drawn.of(index(Role::Claim)), drawn.of(index(Role::Unclaimed)));
        let one = |(at, reference): (usize, &u32)| {
            loss(self.h[claims[at] as usize] + self.u[unclaimed[at] as usize], self.label[*reference as usize])
        };
        drawn.of(0).iter().enumerate().map(one).collect()
    }
}

/// The true values, by enumeration over references and draws, and the untouched model by row.
struct Truth {
    scrubbed: f64,
    recovered: f64,
    baseline: f64,
    model: Vec<f64>,
}

fn truth(world: &World, loss: &dyn Fn(f64, f64) -> f64) -> Truth {
    let model: Vec<f64> = (0..ROWS).map(|row| loss(world.h[row] + world.u[row], world.label[row])).collect();
    let mut pairs = 0.0;
    for row in 0..ROWS {
        for label in &world.label {
            pairs += loss(world.h[row] + world.u[row], *label);
        }
    }
    let baseline = pairs / (ROWS * ROWS) as f64;
    let scrubbed = mean(&by_row(world, loss).map(|[mean, _]| mean).collect::<Vec<f64>>());
    let recovered = (scrubbed - baseline) / (mean(&model) - baseline);
    Truth { scrubbed, recovered, baseline, model }
}

/// Row by row the mean and the variance over the draws.
fn by_row(world: &World, loss: &dyn Fn(f64, f64) -> f64) -> impl Iterator<Item = [f64; 2]> {
    let labels = world.case.features.labels(FeatureIx(0), None);
    (0..ROWS).map(move |row| {
        let members = labels.members(labels.class_of(u32::try_from(row).expect("few rows")), DataIx::default());
        let drawn = members.iter().flat_map(|member| world.u.iter().map(move |u| (member, u)));
        let sums = drawn.fold([0.0; 2], |[sum, squares], (member, u)| {
            let found = loss(world.h[*member as usize] + u, world.label[row]);
            [sum + found, squares + found * found]
        });
        let [mean, square] = sums.map(|sum| sum / (members.len() * ROWS) as f64);
        [mean, square - mean * mean]
    })
}

/// How often the intervals of `recovered`, of the scrubbed mean and of the model's mean cover the
/// truth, over all seeds.
fn coverage(world: &World, references_of_one: usize, loss: &dyn Fn(f64, f64) -> f64) -> [f64; 3] {
    let truth = truth(world, loss);
    let covers = |estimate: Estimate, value: f64| u32::from(estimate.low <= value && value <= estimate.high);
    let mut hits = [0; 3];
    for seed in 0..SEEDS {
        let chosen = references(seed, ROWS, references_of_one);
        let drawn = world.draw(&chosen, seed);
        let scrubbed = world.scrubbed(&drawn, loss);
        let model: Vec<f64> = chosen.iter().map(|row| truth.model[*row as usize]).collect();
        let found = paired(&model, &scrubbed, truth.baseline);
        let recovered = found.recovered.expect("the model is far from the baseline");
        hits[0] += covers(recovered, truth.recovered);
        hits[1] += covers(found.scrubbed, truth.scrubbed);
        hits[2] += covers(found.model, mean(&truth.model));
    }
    hits.map(|hits| f64::from(hits) / SEEDS as f64)
}

fn paired(model: &[f64], scrubbed: &[f64], baseline: f64) -> Estimates {
    let points = |values: &[f64]| values.iter().map(|value| Point::one(*value)).collect::<Vec<Point>>();
    let (model, scrubbed) = (points(model), points(scrubbed));
    let baseline = Baseline::Exact(baseline);
    estimate(Inputs {
        model: &model,
        scrubbed: &scrubbed,
        baseline,
        rows: ROWS,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Draws,
    })
}

fn hold(told: &str, found: [f64; 3]) {
    for (share, of) in found.iter().zip(["recovered", "the scrubbed mean", "the model's mean"]) {
        assert!((0.93..=0.97).contains(share), "{told}: the interval of {of} covers {share}");
    }
}

fn squared(y: f64, label: f64) -> f64 {
    (y - label).powi(2)
}

/// Cross-entropy of a logit against a sign.
fn logistic(y: f64, label: f64) -> f64 {
    (-(2.0 * y * label.signum())).exp().ln_1p()
}

#[test]
fn squared_error() {
    hold("squared error", coverage(&world(6.0, 0.5), 60, &squared));
}

#[test]
fn cross_entropy() {
    hold("cross-entropy", coverage(&world(2.0, 6.0), 120, &logistic));
}

/// What intervals of the scrubbed mean cover where every row is a reference. Their variance is that of rows
/// and draws together, less the part that follows the model; the true one is that of the draws alone.
fn of_a_census(world: &World, model: &[f64], loss: &dyn Fn(f64, f64) -> f64) -> f64 {
    let rows: Vec<[f64; 2]> = by_row(world, loss).collect();
    let (means, within) = (
        rows.iter().map(|row| row[0]).collect::<Vec<f64>>(),
        mean(&rows.iter().map(|row| row[1]).collect::<Vec<f64>>()),
    );
    let together = |one: &[f64], other: &[f64]| {
        let (of_one, of_other) = (mean(one), mean(other));
        mean(&one.iter().zip(other).map(|(one, other)| (one - of_one) * (other - of_other)).collect::<Vec<f64>>())
    };
    let follows = together(model, &means).powi(2) / together(model, model);
    let wider = ((within + together(&means, &means) - follows) / within).sqrt();
    let normal = Normal::new(0.0, 1.0).expect("the standard one");
    1.0 - 2.0 * normal.sf(1.966 * wider)
}

/// With every row a reference the model's mean is known exactly, and only the draws vary. How much they do
/// at a row cannot be known from one draw for each: rows are strata with one unit each, and what takes them
/// together overestimates (Cochran, "Sampling Techniques", 1977, section 5A.12). So intervals cover more often
/// than 95 %, by as much as rows differ in what the model's behaviour does not tell of them, and no more.
#[test]
fn a_census_leaves_only_the_draws() {
    let world = world(2.0, 6.0);
    let truth = truth(&world, &logistic);
    let [recovered, scrubbed, _] = coverage(&world, ROWS, &logistic);
    let expected = of_a_census(&world, &truth.model, &logistic);
    println!("of a census: {recovered}, {scrubbed}, where {expected} is to be expected");
    assert!((0.95..0.97).contains(&expected), "{expected}");
    // Three standard errors of a share of so many seeds.
    for found in [recovered, scrubbed] {
        assert!((found - expected).abs() < 0.017, "{recovered}, {scrubbed}, not {expected}");
    }
    let all = references(0, ROWS, ROWS);
    let model: Vec<f64> = all.iter().map(|row| truth.model[*row as usize]).collect();
    let found = paired(&model, &model, truth.baseline).model;
    assert!((found.value - mean(&truth.model)).abs() < 1e-12 && found.error == 0.0);
}

/// The tables that the tests above read are what the engine computes.
#[test]
fn tables_are_what_the_engine_computes() {
    let world = world(2.0, 6.0);
    let prepared = prepare(&world.case, &world.hypothesis, 50, 9);
    let score = FunctionScore::without_alternatives(|y: &[f64], row: u32| squared(y[0], world.label[row as usize]));
    let observed = observe(&world.case, &[&prepared], &score, &Reference::new(), AMPLE);
    let drawn = world.draw(&references(9, ROWS, 50), 9);
    assert_eq!(drawn, prepared.draws);
    for (found, expected) in observed.scrubbed[0].values().iter().zip(world.scrubbed(&drawn, &squared)) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}
