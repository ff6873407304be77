//! Telling mechanisms apart: two sets of rows on which the model gives the same output in different ways,
//! and how well the nodes of a hypothesis rank the rows of one above those of the other.

mod reading;
mod score;
mod sets;
mod sketch;
mod told;
mod world;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::distinctions as messages;
use crate::engine::Engine;
use crate::estimate::{Estimate, Points, Ranking, Verdict, verdict};
use crate::hypothesis::{Checked, Distinction, Measure, RankingBound, Score, Setting};
use crate::run::{Settings, ready_of};
pub use reading::Reading;
use score::{Rule, ranked};
use sets::MOST;
pub use sets::{Counts, Sets};
pub use told::Agreement;
use world::direct_nodes;
pub use world::{Scrubbed, World};

type Fault = Box<Diagnostic>;

/// The rankings of one score or control.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// As it is asked for: `effect`; a node of `direct` has its name.
    pub name: String,
    /// Fitted on trusted rows alone.
    pub trusted: Ranking,
    /// Fitted on rows of both sets.
    pub supervised: Ranking,
}

impl Ranked {
    #[must_use]
    pub fn of(&self, setting: Setting) -> Ranking {
        if setting == Setting::Trusted { self.trusted } else { self.supervised }
    }
}

/// What a challenge gives.
#[derive(Debug, Clone)]
pub struct Told {
    /// Trusted, anomalous.
    pub counts: [Counts; 2],
    /// Rows that are fitted on and rows that are scored: trusted ones, then anomalous ones of the
    /// supervised setting. Where only trusted rows are fitted, all anomalous ones are scored.
    pub halves: [(usize, usize); 2],
    pub draws: usize,
    pub scores: Vec<Ranked>,
    /// By node what it alone adds to the behaviour.
    pub nodes: Vec<Ranked>,
    /// Of the outputs that the behaviour reads: a control.
    pub outputs: Ranked,
    /// Of all components of the model map, where activations are looked at: another.
    pub all_components: Option<Ranked>,
    /// Sets of as many random components as are claimed.
    pub random: Vec<Ranked>,
    /// Components that are claimed, and those there are.
    pub components: (usize, usize),
    pub agreement: Agreement,
    /// By set the share of the claims' draws that were the row itself, for want of a trusted row of its
    /// class; `None` if nothing was scrubbed.
    pub own: Option<[f64; 2]>,
    /// Findings about the sets.
    pub remarks: Vec<Diagnostic>,
}

impl Told {
    /// What an expectation is about.
    #[must_use]
    pub fn estimate(&self, bound: &RankingBound) -> Option<Estimate> {
        let found = self.scores.iter().find(|found| found.name == bound.score.name())?.of(bound.setting);
        Some(if bound.measure == Measure::Auroc { found.auroc } else { found.precision })
    }

    /// What is said of an expectation.
    #[must_use]
    pub fn verdict(&self, bound: &RankingBound) -> Verdict {
        let found = self.estimate(bound);
        found.map_or(Verdict::Undecided, |found| verdict(found, bound.comparison, bound.bound))
    }
}

/// How many steps of progress a challenge takes.
#[must_use]
pub fn steps(challenge: &Distinction, checked: &Checked) -> usize {
    let sets = [&challenge.trusted, &challenge.anomalous];
    let taken: Vec<usize> = sets.iter().map(|set| set.distinct.len().min(MOST)).collect();
    let rows: usize = taken.iter().sum();
    let nodes = ready_of(checked, &challenge.hypothesis).map_or(0, |ready| direct_nodes(ready).len());
    let scrubs = |score: &Score| match score {
        Score::Effect => 1,
        Score::Direct => nodes,
        Score::Mahalanobis => 0,
    };
    rows + challenge.scores.iter().map(scrubs).sum::<usize>() * challenge.draws * rows
}

/// Carries out a challenge.
///
/// # Errors
/// A row without a number, too little memory, a fault of the engine.
pub fn distinguish(
    challenge: &Distinction,
    checked: &Checked,
    (engine, settings): (&dyn Engine, Settings),
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Told, Fault> {
    let ready = ready_of(checked, &challenge.hypothesis).expect("a challenge is of a hypothesis that is ready");
    let model = checked.models[ready.model].as_ref().expect("a hypothesis that is ready has its model");
    let sets = Sets::choose(challenge, checked, settings.seed);
    let tools = (engine, settings.seed, settings.limits);
    let world = World::new((challenge, checked), (ready, model, &sets), tools, progress)?;
    let asked = |score: Score| challenge.scores.contains(&score);
    let reading = Reading::of(&world, asked(Score::Mahalanobis))?;
    let mut told = Told {
        counts: sets.counts,
        halves: [
            (sets.trusted_fitted().len(), sets.trusted_scored().len()),
            (sets.anomalous_fitted().len(), sets.anomalous_scored().len()),
        ],
        draws: challenge.draws,
        scores: Vec::new(),
        nodes: Vec::new(),
        outputs: both("outputs", &reading.outputs, Rule::Distance, &sets),
        all_components: None,
        random: Vec::new(),
        components: reading.components,
        agreement: Agreement::of(&reading, &sets, ready),
        own: None,
        remarks: Vec::new(),
    };
    if asked(Score::Effect) {
        effect(&world, &reading, &mut told)?;
    }
    if asked(Score::Direct) {
        direct(&world, &reading, &mut told)?;
    }
    activations(&world, &reading, &mut told);
    told.remarks = remarks(challenge, &told.agreement);
    Ok(told)
}

fn both(name: &str, points: &Points, rule: Rule, sets: &Sets) -> Ranked {
    let of = |setting| ranked(points, rule, setting, sets);
    Ranked { name: name.to_owned(), trusted: of(Setting::Trusted), supervised: of(Setting::Supervised) }
}

fn effect(world: &World<'_>, reading: &Reading, told: &mut Told) -> Result<(), Fault> {
    let scrubbed = world.scrub(&world.ready.stated.claims)?;
    let effects: Vec<f64> =
        scrubbed.means.iter().zip(&reading.behaviour).map(|(scrubbed, model)| scrubbed - model).collect();
    told.scores.push(both(Score::Effect.name(), &Points::new(1, effects), Rule::Absolute, world.sets));
    told.own = Some([0, 1].map(|set| crate::estimate::mean(&scrubbed.own[world.sets.of(set)])));
    Ok(())
}

fn direct(world: &World<'_>, reading: &Reading, told: &mut Told) -> Result<(), Fault> {
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for node in direct_nodes(world.ready) {
        let patched = world.scrub(&world.patched(node))?.means;
        let added: Vec<f64> = reading.behaviour.iter().zip(&patched).map(|(model, patched)| model - patched).collect();
        let name = &world.ready.stated.claims.node(node).name;
        told.nodes.push(both(name, &Points::new(1, added.clone()), Rule::Largest, world.sets));
        columns.push(added);
    }
    let width = columns.len();
    let values = (0..world.sets.pooled.rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    told.scores.push(both(Score::Direct.name(), &Points::new(width, values), Rule::Largest, world.sets));
    Ok(())
}

fn activations(world: &World<'_>, reading: &Reading, told: &mut Told) {
    let one = |name: &str, points: &Points| both(name, points, Rule::Distance, world.sets);
    if let Some(claimed) = &reading.claimed {
        told.scores.push(one(Score::Mahalanobis.name(), claimed));
        told.all_components = reading.all.as_ref().map(|all| one("all components", all));
        told.random.extend(reading.random.iter().map(|points| one("random components", points)));
    }
}

fn remarks(challenge: &Distinction, agreement: &Agreement) -> Vec<Diagnostic> {
    let differ = agreement.figures().map(|figures| messages::outputs_differ(challenge.anomalous.span, &figures));
    differ.into_iter().collect()
}
