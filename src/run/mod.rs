//! From checked hypotheses to what they give: lower, draw, plan, execute, estimate. This is the
//! whole pipeline behind the checker, one function a stage.

mod blame;
mod classified;
mod compare;
mod difference;
mod estimator;
mod finish;
mod interchange;
mod locate;
mod outcome;
mod panel;
mod pilot;
mod points;
mod prepare;
mod sequential;
mod size;
mod slices;
mod staged;
mod varied;

pub use blame::{Blame, Claim, Interaction, Together, claims_of};
pub use compare::{Observation, Shuffle, compared};
pub use difference::{Moved, moved};
pub use interchange::interchanges;
pub use locate::first_bad;

use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::hypothesis::{BoundModel, Checked, Ready};
use crate::plan::{Limits, Plan, plan};
use crate::replay;
use crate::sample::Rows;
pub use classified::Classes;
pub use estimator::Estimates as Estimations;
pub use outcome::{Against, Done, Interchanged, Kept, interchange_verdicts, swapped_nothing, verdicts};
pub use panel::{Flag, Panel, SlicePanel};
pub use pilot::{Forecast, Needed, PILOT_REFERENCES, forecasts, pilot_settings};
pub use points::{Changed, Changes, Random, ReferencePoints, Seen};
pub use prepare::{Prepared, class_table, expression, inputs, prepare};
pub use sequential::{FIRST_LOOK, Stopped, next_look};
pub use size::{Size, entropy};
use std::collections::{BTreeMap, BTreeSet};
pub use varied::LARGEST_FAMILY;
use varied::{Varieties, varieties};

type Fault = Box<Diagnostic>;

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// References, if their number is fixed before.
    pub n: Option<usize>,
    /// The most references where it is not.
    pub budget: usize,
    pub seed: u64,
    pub limits: Limits,
    /// Keep outputs for each example.
    pub keep_outputs: bool,
    /// Run each hypothesis again for each of its claims, with the draws of this claim exact.
    pub blame: bool,
    /// Run variations of each hypothesis, to hold its score against.
    pub reference_points: bool,
    /// Compare outputs with the untouched model's, however large they are.
    pub panel: bool,
}

impl Settings {
    /// References that are drawn, of which a run may take fewer.
    #[must_use]
    pub fn most(&self) -> usize {
        self.n.unwrap_or(self.budget)
    }
}

/// The most references that a run takes if nobody says otherwise.
pub const DEFAULT_BUDGET: usize = 10_000;

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
    /// The first of the groups that this one is run together with, since some of their hypotheses are
    /// measured from others of them. They share the memory.
    pub tied: usize,
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
    let tied = tied(checked, &keys);
    let mut groups = Vec::new();
    for ((model, datasets), tied_to) in keys.iter().cloned().zip(tied.iter().copied()) {
        let sharing = tied.iter().filter(|other| **other == tied_to).count();
        let limits = Limits { memory: settings.limits.memory / sharing as u64, ..settings.limits };
        let settings = Settings { limits, ..settings };
        let Some(model_bound) = &checked.models[model] else { continue };
        let Some(loaded) = loaded(checked, &datasets) else { continue };
        let mut prepared = Vec::new();
        for ready in checked.hypotheses.iter().filter(|ready| key(ready) == (model, datasets.clone())) {
            prepared.push(prepare(ready, model_bound, &loaded, settings, replay.as_deref_mut())?);
        }
        let varieties = varieties(&prepared, model_bound, &loaded, settings);
        let (plan, apart) = planned(model_bound, &prepared, &varieties, (loaded[0].rows, settings))?;
        groups.push(Group {
            model: model_bound,
            data: datasets[0],
            datasets,
            prepared,
            varieties,
            plan,
            apart,
            tied: tied_to,
        });
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

/// For each group the first of those that it is tied to by baselines.
fn tied(checked: &Checked, keys: &[(usize, Vec<usize>)]) -> Vec<usize> {
    let place = |ready: &Ready| keys.iter().position(|key| *key == (ready.model, ready.datasets.clone()));
    let mut found: Vec<usize> = (0..keys.len()).collect();
    for ready in &checked.hypotheses {
        let others = ready.baselines.iter().filter_map(|baseline| ready_of(checked, baseline.hypothesis()?));
        for (one, other) in others.filter_map(|other| Some((place(ready)?, place(other)?))) {
            let (kept, merged) = (found[one].min(found[other]), found[one].max(found[other]));
            found.iter_mut().filter(|own| **own == merged).for_each(|own| *own = kept);
        }
    }
    found
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

/// Carries out the plans of all groups; [`compared`] makes estimates of what they give. Groups that hold
/// baselines of each other are run together.
///
/// # Errors
/// A fault of the engine, a behaviour that is not a finite number, or a plan that does not give
/// the model's outputs.
pub fn execute<'a>(
    groups: &[Group<'a>],
    checked: &'a Checked,
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Observation<'a>>, Fault> {
    let tied: BTreeSet<usize> = groups.iter().map(|group| group.tied).collect();
    let mut found = Vec::new();
    for own in tied {
        let groups: Vec<&Group<'a>> = groups.iter().filter(|group| group.tied == own).collect();
        found.extend(sequential::observe(&groups, checked, engine, settings, progress)?);
    }
    Ok(found)
}

/// The draws of the references that were run, as a file.
///
/// # Errors
/// The archive cannot be packed.
pub fn drawn(groups: &[Group<'_>], observed: &[Observation<'_>]) -> Result<Vec<u8>, Fault> {
    let name = |ready: &Ready| ready.stated.claims.name.clone();
    let run: BTreeMap<String, usize> = observed.iter().map(|one| (name(one.ready), one.references.len())).collect();
    let all: Vec<&Prepared<'_>> = groups.iter().flat_map(|group| &group.prepared).collect();
    let draws: Vec<Rows> =
        all.iter().map(|one| one.draws.first(run.get(&name(one.ready)).copied().unwrap_or(0))).collect();
    let one = all.iter().zip(&draws);
    let list: Vec<_> = one
        .map(|(prepared, drawn)| (prepared.ready.stated.claims.name.as_str(), &prepared.program.tree, drawn))
        .collect();
    replay::write(&list)
}

/// The hypotheses of a group in the order of the file are needed by reports.
#[must_use]
pub fn ready_of<'a>(checked: &'a Checked, name: &str) -> Option<&'a Ready> {
    checked.hypotheses.iter().find(|ready| ready.stated.claims.name == name)
}
