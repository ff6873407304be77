//! From checked hypotheses to what they give: lower, draw, plan, execute, estimate. This is the
//! whole pipeline behind the checker, one function a stage.

mod estimator;
mod locate;
mod outcome;
mod prepare;

use estimator::Estimates as Estimations;

use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{run as messages, statistics};
use crate::engine::Engine;
use crate::estimate::{Baseline, Estimates, Inputs, Point, estimate, extreme_share, ratio};
use crate::execute::{Behaviour, Estimator, Executor, Observed, Score, Work, identity_error};
use crate::hypothesis::{Behaviour as Expression, BoundModel, Checked, Ready};
use crate::plan::{Limits, Plan, plan};
pub use outcome::{Done, Kept, swapped_nothing, verdicts};
pub use prepare::{Prepared, prepare};

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
}

/// References that a run takes if `--n` does not say otherwise.
pub const DEFAULT_REFERENCES: usize = 10_000;

/// With every draw exact, the outputs may differ from the model's by this much of the largest.
const IDENTITY_LIMIT: f64 = 1e-3;
/// If this many examples make up most of the variance, or there are fewer than 40 times as many,
/// an interval might be too narrow.
const FEW: usize = 5;

/// References on which this is measured.
const IDENTITY_REFERENCES: usize = 64;

/// The hypotheses of one model and one dataset, with their plan.
#[derive(Debug)]
pub struct Group<'a> {
    pub model: &'a BoundModel,
    /// The one that its hypotheses are about.
    pub data: usize,
    /// All that they draw from, that one first.
    pub datasets: Vec<usize>,
    pub prepared: Vec<Prepared<'a>>,
    pub plan: Plan,
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
        let items: Vec<_> = prepared.iter().map(|found| found.item(settings.keep_outputs)).collect();
        let plan = plan(model_bound.map(), &items, loaded[0].rows, settings.limits)?;
        groups.push(Group { model: model_bound, data: datasets[0], datasets, prepared, plan });
    }
    match replay {
        Some(replay) => replay.finish().map(|()| groups),
        None => Ok(groups),
    }
}

/// The datasets of a group, if all of them could be loaded.
fn loaded<'a>(checked: &'a Checked, datasets: &[usize]) -> Option<Vec<&'a Dataset>> {
    datasets.iter().map(|data| checked.datasets[*data].as_ref()).collect()
}

/// Rows and references that carrying out a plan goes through, for progress.
#[must_use]
pub fn steps(group: &Group<'_>) -> usize {
    group.plan.rows + group.prepared.iter().map(|prepared| prepared.draws.references()).sum::<usize>()
}

/// Carries out the plan of one group.
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
) -> Result<Vec<Done>, Fault> {
    let datasets = loaded(checked, &group.datasets).expect("groups are made of loaded datasets");
    let dataset = datasets[0];
    let inputs = prepare::inputs(group.model, &datasets);
    let threads = settings.limits.threads;
    let executor = Executor { map: group.model.map(), engine, inputs: &inputs, threads, progress };
    let expressions: Vec<Expression<'_>> =
        group.prepared.iter().map(|prepared| prepare::expression(prepared.ready, dataset)).collect();
    let (behaviours, of_hypothesis) = behaviours(group, &expressions);
    let classes: Vec<_> = group.prepared.iter().map(|prepared| prepare::class_table(prepared.ready)).collect();
    let of = |prepared: &Prepared<'a>| Estimations { ready: prepared.ready, datasets: &datasets };
    let estimators: Vec<Estimations<'_>> = group.prepared.iter().map(of).collect();
    let works: Vec<Work<'_>> = group
        .prepared
        .iter()
        .zip(&expressions)
        .zip(&of_hypothesis)
        .zip(classes.iter().zip(&estimators))
        .map(|(((prepared, score), behaviour), (classes, estimator))| Work {
            item: prepared.item(settings.keep_outputs),
            score: score as &dyn Score,
            behaviour: *behaviour,
            classes,
            estimator: Some(estimator),
        })
        .collect();
    let observed = executor.run(&group.plan, &behaviours, &works)?;
    let mut done = Vec::new();
    for (index, prepared) in group.prepared.iter().enumerate() {
        let clean = of_hypothesis[index];
        let estimator: &dyn Estimator = &estimators[index];
        done.push(finish(group, (&executor, estimator), prepared, (index, clean), &observed, dataset)?);
    }
    Ok(done)
}

/// The distinct behaviours, and which of them each hypothesis explains.
fn behaviours<'b>(group: &'b Group<'_>, expressions: &'b [Expression<'_>]) -> (Vec<Behaviour<'b>>, Vec<usize>) {
    let mut names: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut of_hypothesis = Vec::new();
    for (prepared, expression) in group.prepared.iter().zip(expressions) {
        let name = prepared.ready.behaviour.as_str();
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            found.push(Behaviour { score: expression, outputs: &prepared.ready.stated.claims.outputs });
            found.len() - 1
        });
        of_hypothesis.push(at);
    }
    (found, of_hypothesis)
}

fn finish(
    group: &Group<'_>,
    (executor, estimator): (&Executor<'_>, &dyn Estimator),
    prepared: &Prepared<'_>,
    (index, clean): (usize, usize),
    observed: &Observed,
    dataset: &crate::data::Dataset,
) -> Result<Done, Fault> {
    let (ready, claims) = (prepared.ready, &prepared.ready.stated.claims);
    let (clean, scrubbed) = (&observed.clean[clean], &observed.scrubbed[index]);
    let references = prepared.draws.of(0);
    let model: Vec<Point> = references.iter().map(|row| clean.model[*row as usize]).collect();
    locate::all_finite((executor, estimator), prepared, dataset, &clean.model, &scrubbed.points)?;
    let checked_rows = &references[..references.len().min(IDENTITY_REFERENCES).min(group.plan.clean_batch)];
    let identity = identity_error(executor, &prepared.program, &claims.outputs, checked_rows, Some(estimator))?;
    if identity > IDENTITY_LIMIT || identity.is_nan() {
        return Err(Box::new(messages::not_the_model(ready.stated.spans.name, &claims.name, identity)));
    }
    let estimates: Estimates = estimate(Inputs {
        model: &model,
        scrubbed: &scrubbed.points,
        baseline: Baseline::Exact(ratio(clean.shuffled.as_deref().unwrap_or_default())),
        rows: dataset.rows,
        cluster: claims.pool,
    });
    let mut remarks = swapped_nothing(prepared, &scrubbed.swaps);
    if estimates.recovered.is_none() {
        let (model, baseline) = (estimates.model.value, estimates.baseline.value);
        remarks.push(statistics::undefined(ready.stated.spans.name, &claims.name, model, baseline));
    }
    let share = extreme_share(&scrubbed.points, FEW);
    let varies = estimates.recovered.is_some_and(|recovered| recovered.error > 1e-9);
    if varies && (scrubbed.points.len() < FEW * 40 || share > 0.5) {
        let n = scrubbed.points.len();
        remarks.push(statistics::few_decide(ready.stated.spans.name, &claims.name, n, FEW, share));
    }
    let kept = scrubbed.outputs.clone().map(|(clean, scrubbed)| Kept { clean, scrubbed });
    Ok(Done {
        name: claims.name.clone(),
        behaviour: ready.behaviour.clone(),
        estimates,
        identity_error: identity,
        references: references.to_vec(),
        model,
        scrubbed: scrubbed.points.clone(),
        output_names: ready.outputs.clone(),
        kept,
        remarks,
    })
}

/// The hypotheses of a group in the order of the file are needed by reports.
#[must_use]
pub fn ready_of<'a>(checked: &'a Checked, name: &str) -> Option<&'a Ready> {
    checked.hypotheses.iter().find(|ready| ready.stated.claims.name == name)
}
