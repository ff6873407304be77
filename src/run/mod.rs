//! From checked hypotheses to what they give: lower, draw, plan, execute, estimate. This is the
//! whole pipeline behind the checker, one function a stage.

mod blame;
mod compare;
mod estimator;
mod finish;
mod interchange;
mod locate;
mod outcome;
mod points;
mod prepare;
mod varied;

pub use blame::{Blame, Claim, claims_of};
pub use compare::{Observation, Shuffle, compared};
use estimator::Estimates as Estimations;
pub use interchange::interchanges;

use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::execute::{Behaviour, Estimator, Executor, Observed, Score, Untouched, Work};
use crate::hypothesis::{Baseline, Behaviour as Expression, BoundModel, Checked, Ready};
use crate::plan::{Limits, Plan, plan};
pub use outcome::{Against, Done, Interchanged, Kept, interchange_verdicts, swapped_nothing, verdicts};
pub use points::{Changed, Changes, Random, ReferencePoints};
pub use prepare::{Prepared, prepare};
use std::collections::{BTreeMap, BTreeSet};
use varied::{Varieties, varieties};

type Fault = Box<Diagnostic>;

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// References; all rows up to 10,000 if not given.
    pub n: Option<usize>,
    pub seed: u64,
    pub limits: Limits,
    /// Keep outputs for each example.
    pub keep_outputs: bool,
    /// Run each hypothesis again for each of its claims, with the draws of this claim exact.
    pub blame: bool,
    /// Run variations of each hypothesis, to hold its score against.
    pub reference_points: bool,
}

/// References that a run takes if `--n` does not say otherwise.
pub const DEFAULT_REFERENCES: usize = 10_000;

/// The hypotheses of one model and one dataset, with their plan.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
pub struct Group<'a> {
    pub model: &'a BoundModel,
    /// The one that its hypotheses are about.
    pub data: usize,
    /// All that they draw from, that one first.
    pub datasets: Vec<usize>,
    pub prepared: Vec<Prepared<'a>>,
    /// By hypothesis its variations, where reference points were asked for.
    pub varieties: Vec<Varieties>,
    /// For all hypotheses, all claims that are blamed, and all variations if their captures fit.
    pub plan: Plan,
    /// For the variations, where their captures do not fit beside the others.
    pub apart: Option<Plan>,
}

/// Lowers, draws and plans everything, by model and dataset.
///
/// # Errors
/// A hypothesis that cannot be planned, or draws that do not fit.
pub fn groups<'a>(
    checked: &'a Checked,
    settings: Settings,
    mut replay: Option<&mut crate::replay::Replay>,
) -> Result<Vec<Group<'a>>, Fault> {
    let key = |ready: &Ready| (ready.model, ready.datasets.clone());
    let mut keys: Vec<(usize, Vec<usize>)> = checked.hypotheses.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut groups = Vec::new();
    for (model, datasets) in keys {
        let Some(model_bound) = &checked.models[model] else { continue };
        let Some(loaded) = loaded(checked, &datasets) else { continue };
        let mut prepared = Vec::new();
        for ready in checked.hypotheses.iter().filter(|ready| key(ready) == (model, datasets.clone())) {
            prepared.push(prepare(ready, model_bound, &loaded, settings, replay.as_deref_mut())?);
        }
        let varieties = varieties(&prepared, model_bound, &loaded, settings);
        let (plan, apart) = planned(model_bound, &prepared, &varieties, (loaded[0].rows, settings))?;
        groups.push(Group { model: model_bound, data: datasets[0], datasets, prepared, varieties, plan, apart });
    }
    match replay {
        Some(replay) => replay.finish().map(|()| groups),
        None => Ok(groups),
    }
}

/// The plan of a group, and that of its variations where they would crowd out what is held of the
/// hypotheses.
fn planned(
    model: &BoundModel,
    prepared: &[Prepared<'_>],
    varieties: &[Varieties],
    (rows, settings): (usize, Settings),
) -> Result<(Plan, Option<Plan>), Fault> {
    let whole = prepared.iter().map(|found| found.item(settings.keep_outputs));
    let own: Vec<_> = whole.chain(prepared.iter().flat_map(Prepared::relaxed_items)).collect();
    let varied: Vec<_> =
        prepared.iter().zip(varieties).flat_map(|(found, varieties)| varieties.items(found.ready)).collect();
    if varied.is_empty() {
        return Ok((plan(model.map(), &own, rows, settings.limits)?, None));
    }
    let all: Vec<_> = own.iter().chain(&varied).copied().collect();
    match plan(model.map(), &all, rows, settings.limits) {
        Ok(together) if together.resident => Ok((together, None)),
        _ => {
            let apart = plan(model.map(), &varied, rows, settings.limits)?;
            Ok((plan(model.map(), &own, rows, settings.limits)?, Some(apart)))
        }
    }
}

/// The datasets of a group, if all of them could be loaded.
fn loaded<'a>(checked: &'a Checked, datasets: &[usize]) -> Option<Vec<&'a Dataset>> {
    datasets.iter().map(|data| checked.datasets[*data].as_ref()).collect()
}

/// Rows and references that carrying out a plan goes through, for progress.
#[must_use]
pub fn steps(group: &Group<'_>) -> usize {
    let runs = |prepared: &Prepared<'_>| prepared.draws.references() * (1 + prepared.relaxed.len());
    let varied = group.varieties.iter().map(|varieties| varieties.references * varieties.all.len());
    let apart = group.apart.as_ref().map_or(0, |plan| plan.rows);
    group.plan.rows + group.prepared.iter().map(runs).sum::<usize>() + varied.sum::<usize>() + apart
}

/// Carries out the plan of one group; [`compared`] makes estimates of what all groups give.
///
/// # Errors
/// A fault of the engine, a behaviour that is not a finite number, or a plan that does not give
/// the model's outputs.
pub fn execute<'a>(
    group: &Group<'a>,
    checked: &Checked,
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Observation<'a>>, Fault> {
    let datasets = loaded(checked, &group.datasets).expect("groups are made of loaded datasets");
    let dataset = datasets[0];
    let inputs = prepare::inputs(group.model, &datasets);
    let threads = settings.limits.threads;
    let executor = Executor { map: group.model.map(), engine, inputs: &inputs, threads, progress };
    let is_shuffled = |behaviour: &str| {
        let mut own = group.prepared.iter().filter(|prepared| prepared.ready.behaviour == behaviour);
        own.any(|prepared| prepared.ready.baselines.contains(&Baseline::Shuffled))
    };
    let expressions: Vec<Expression<'_>> = group
        .prepared
        .iter()
        .map(|prepared| prepare::expression(prepared.ready, dataset, is_shuffled(&prepared.ready.behaviour)))
        .collect();
    let pairs = pairs(group);
    let (behaviours, of_hypothesis) = behaviours(group, &expressions, &pairs);
    let classes: Vec<_> = group.prepared.iter().map(|prepared| prepare::class_table(prepared.ready)).collect();
    let of = |prepared: &Prepared<'a>| Estimations { ready: prepared.ready, datasets: &datasets };
    let estimators: Vec<Estimations<'_>> = group.prepared.iter().map(of).collect();
    let work = |index: usize, item| Work {
        item,
        score: &expressions[index] as &dyn Score,
        behaviour: of_hypothesis[index],
        classes: &classes[index],
        estimator: Some(&estimators[index]),
    };
    let whole = group.prepared.iter().map(|prepared| prepared.item(settings.keep_outputs)).enumerate();
    let relaxed = group.prepared.iter().map(Prepared::relaxed_items).enumerate();
    let relaxed = relaxed.flat_map(|(index, items)| items.map(move |item| (index, item)));
    let own: Vec<Work<'_>> = whole.chain(relaxed).map(|(index, item)| work(index, item)).collect();
    let tables: Vec<Vec<_>> =
        group.prepared.iter().zip(&group.varieties).map(|(one, varieties)| varieties.tables(one.ready)).collect();
    let varied = tables.iter().zip(&group.varieties).enumerate().flat_map(|(index, (tables, varieties))| {
        let items = varieties.items(group.prepared[index].ready).zip(tables);
        items.map(move |(item, classes)| Work { classes, ..work(index, item) })
    });
    let varied: Vec<Work<'_>> = varied.collect();
    let together: Vec<Work<'_>> = own.iter().chain(varied.iter().filter(|_| group.apart.is_none())).copied().collect();
    let begun = executor.begin(&group.plan, &behaviours, &together)?;
    let scrub = |(at, work): (usize, &Work<'_>)| {
        executor.scrub(&begun, &group.plan, (at, work), 0..work.item.draws.references())
    };
    let scrubbed = own.iter().enumerate().map(scrub).collect::<Result<Vec<_>, Fault>>()?;
    let seen = match &group.apart {
        Some(plan) => {
            let begun = executor.begin(plan, &[], &varied)?;
            points::run((&executor, &begun, plan), (&group.varieties, 0), &varied)?
        }
        None => points::run((&executor, &begun, &group.plan), (&group.varieties, own.len()), &varied)?,
    };
    let observed = Observed { clean: begun.clean, scrubbed };
    let mut done = Vec::new();
    let mut untouched = Untouched::default();
    for ((index, prepared), seen) in group.prepared.iter().enumerate().zip(seen) {
        let clean = &observed.clean[of_hypothesis[index]];
        let estimator: &dyn Estimator = &estimators[index];
        let executed = finish::Executed { group, index, clean, observed: &observed, dataset, estimator };
        done.push(Observation { seen, ..finish::finish(executed, prepared.ready, &executor, &mut untouched)? });
    }
    Ok(done)
}

/// By behaviour the rows that its sampled baseline pairs with the labels of others.
fn pairs(group: &Group<'_>) -> BTreeMap<String, Vec<(u32, u32)>> {
    let mut found: BTreeMap<String, BTreeSet<(u32, u32)>> = BTreeMap::new();
    for prepared in &group.prepared {
        let Some(draw) = prepared.baseline.filter(|_| !prepared.ready.measured.reads_clean()) else { continue };
        let pairs = prepared.draws.of(0).iter().copied().zip(prepared.draws.of(draw.0).iter().copied());
        found.entry(prepared.ready.behaviour.clone()).or_default().extend(pairs);
    }
    found.into_iter().map(|(name, pairs)| (name, pairs.into_iter().collect())).collect()
}

/// The distinct behaviours, and which of them each hypothesis explains.
fn behaviours<'b>(
    group: &'b Group<'_>,
    expressions: &'b [Expression<'_>],
    pairs: &'b BTreeMap<String, Vec<(u32, u32)>>,
) -> (Vec<Behaviour<'b>>, Vec<usize>) {
    let mut names: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut of_hypothesis = Vec::new();
    for (prepared, expression) in group.prepared.iter().zip(expressions) {
        let name = prepared.ready.behaviour.as_str();
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            let pairs = pairs.get(name).map_or(&[][..], Vec::as_slice);
            found.push(Behaviour { score: expression, outputs: &prepared.ready.stated.claims.outputs, pairs });
            found.len() - 1
        });
        of_hypothesis.push(at);
    }
    (found, of_hypothesis)
}

/// The hypotheses of a group in the order of the file are needed by reports.
#[must_use]
pub fn ready_of<'a>(checked: &'a Checked, name: &str) -> Option<&'a Ready> {
    checked.hypotheses.iter().find(|ready| ready.stated.claims.name == name)
}
