//! One hypothesis made ready to plan: unfolded, lowered, drawn.

use super::Settings;
use super::blame::{self, Relaxed};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{planning, statistics};
use crate::engine::DType;
use crate::hypothesis::{Baseline, Behaviour, BoundModel, DataIx, JointClasses, ModelInputs, Ready, Shuffled};
use crate::lower::{Draw, DrawId, Ground, Program, Role, Rule, SpaceId, Walks, lower, row_shape, treeify};
use crate::model::{Dependence, Graph};
use crate::plan::Item;
use crate::replay::Replay;
use crate::sample::{self, ClassTable, Materials, Rows};
use std::collections::BTreeMap;

/// A hypothesis with its program and its draws.
#[derive(Debug)]
pub struct Prepared<'a> {
    pub ready: &'a Ready,
    pub program: Program,
    pub draws: Rows,
    /// The same program with the draws of one claim exact, for blame.
    pub relaxed: Vec<Relaxed>,
    /// The draw of the baseline `shuffled`, where it is sampled.
    pub baseline: Option<DrawId>,
    /// Whether the number of its references was given, so that all of them are run.
    pub as_asked: bool,
}

impl Prepared<'_> {
    /// What the planner is given.
    #[must_use]
    pub fn item(&self, keep_outputs: bool) -> Item<'_> {
        self.with(&self.draws, keep_outputs)
    }

    /// The items of its claims.
    pub fn relaxed_items(&self) -> impl Iterator<Item = Item<'_>> {
        self.relaxed.iter().map(|relaxed| Item { baseline: None, ..self.with(&relaxed.draws, false) })
    }

    fn with<'s>(&'s self, draws: &'s Rows, keep_outputs: bool) -> Item<'s> {
        Item {
            name: &self.ready.stated.claims.name,
            program: &self.program,
            draws,
            outputs: &self.ready.stated.claims.outputs,
            keep_outputs,
            baseline: self.baseline,
            reads_clean: self.ready.measured.reads_clean(),
        }
    }
}

impl sample::Classes for JointClasses {
    fn class_of(&self, row: u32) -> u32 {
        self.of_row[row as usize]
    }

    fn members(&self, class: u32, data: DataIx) -> &[u32] {
        JointClasses::members(self, class, data)
    }
}

/// The sampling classes of a hypothesis, as draws and means want them.
#[must_use]
pub fn class_table(ready: &Ready) -> ClassTable<'_> {
    ready.classes.iter().map(|(key, classes)| (*key, classes as &dyn sample::Classes)).collect()
}

/// Lowers a hypothesis and makes its draws, or takes them from a file.
///
/// # Errors
/// Too many visits, fewer than two references, or replayed draws that do not fit.
pub fn prepare<'a>(
    ready: &'a Ready,
    model: &BoundModel,
    datasets: &[&Dataset],
    settings: Settings,
    replay: Option<&mut Replay>,
) -> Result<Prepared<'a>, Box<Diagnostic>> {
    let claims = &ready.stated.claims;
    let map = model.map();
    let shape = |tensor| Some(row_shape(map, tensor));
    let dependence = Dependence::new(map.graph, &shape);
    let ground = Ground { map, dependence: &dependence };
    let walks = Walks::new(ground, claims);
    let mut tree = treeify(ground, claims, &walks).map_err(|too_many| {
        Box::new(planning::too_many_visits(&claims.name, ready.stated.spans.name, too_many.limit))
    })?;
    let baseline = sampled_baseline(ready, map.graph).map(|draw| {
        tree.draws.push(draw);
        DrawId(tree.draws.len() - 1)
    });
    let n = settings.most().min(datasets.first().map_or(0, |dataset| dataset.rows));
    // A row number of four bytes for each draw of each reference.
    let is_blamed = settings.blame && ready.reported && !ready.baselines.is_empty();
    let relaxed = if is_blamed { blame::claims_of(&tree, claims) } else { BTreeMap::new() };
    let needed = 4 * (tree.count_draws() + 1) as u64 * n as u64 * (relaxed.len() + 1) as u64;
    if needed > settings.limits.memory {
        return Err(Box::new(planning::memory_too_small(settings.limits.memory, needed)));
    }
    let classes = class_table(ready);
    let rows: Vec<usize> = datasets.iter().map(|dataset| dataset.rows).collect();
    let own = rows.first().copied().unwrap_or(0);
    let materials = Materials { seed: settings.seed, rows: &rows, classes: &classes, pairs: &ready.pairs };
    let replayed = replay.is_some();
    let as_asked = replayed || settings.n.is_some();
    let draws = match replay {
        Some(replay) => replay.rows(&claims.name, &tree, materials)?,
        None => {
            let n = settings.most();
            let references = sample::references(settings.seed, own, n);
            sample::draw(&tree, &references, materials)
        }
    };
    if draws.references() < 2 {
        if replayed {
            return Err(Box::new(statistics::too_few_replayed(&claims.name, draws.references())));
        }
        let asked = settings.most();
        return Err(Box::new(statistics::too_few_references(asked, own)));
    }
    let relaxed = relaxed
        .into_iter()
        .map(|(claim, exact)| Relaxed { claim, draws: sample::draw_but(&tree, draws.of(0), materials, &exact) })
        .collect();
    Ok(Prepared { ready, program: lower(ground, claims, &walks, tree), draws, relaxed, baseline, as_asked })
}

/// The draw that pairs outputs with the labels of other rows, where the baseline is asked for and
/// not exact. Its place is that of the outputs: every hypothesis about them has the same.
fn sampled_baseline(ready: &Ready, graph: &Graph) -> Option<Draw> {
    let sampled = matches!(ready.shuffled, Shuffled::Sampled) && ready.baselines.contains(&Baseline::Shuffled);
    let mut names: Vec<&str> =
        ready.stated.claims.outputs.iter().map(|output| graph.tensor(*output).name.as_str()).collect();
    names.sort_unstable();
    let occurrence = names.join(" + ");
    sampled.then_some(Draw {
        role: Role::Baseline,
        occurrence,
        space: SpaceId::ROOT,
        rule: Rule::Uniform(DataIx::default()),
    })
}

/// The columns that feed the model's inputs.
#[must_use]
pub fn inputs<'a>(model: &BoundModel, datasets: &[&'a Dataset]) -> ModelInputs<'a> {
    let column = |input: &crate::hypothesis::BoundValue| {
        let dtype = DType::from_onnx(model.elements[input.tensor.0 as usize]).unwrap_or(DType::I64);
        (input.tensor, (input.name.clone(), dtype))
    };
    ModelInputs { datasets: datasets.to_vec(), columns: model.inputs.iter().map(column).collect() }
}

/// The behaviour of a hypothesis on its dataset; with its exact baseline if it is to be `shuffled`.
#[must_use]
pub fn expression<'a>(ready: &'a Ready, dataset: &'a Dataset, is_shuffled: bool) -> Behaviour<'a> {
    let shuffled = match &ready.shuffled {
        Shuffled::Exact(exact) if is_shuffled => Some(exact.as_ref()),
        _ => None,
    };
    Behaviour { measured: &ready.measured, outputs: &ready.outputs, dataset, shuffled, slices: None }
}
