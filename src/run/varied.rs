//! Variations of a hypothesis made ready to run: its reference points.

use super::Settings;
use super::prepare::{Prepared, class_table};
use crate::data::Dataset;
use crate::hypothesis::{BoundModel, Ready};
use crate::lower::{Ground, Program, Walks, lower, row_shape, treeify};
use crate::model::Dependence;
use crate::plan::{Item, forward_flops, program_flops};
use crate::sample::{self, ClassTable, Materials, Rows};
use crate::vary::{Around, Kind, OwnClasses, Variation, changes, permuted, random_places};

/// Random explanations that a score is ranked among.
pub const RANDOM: usize = 100;
/// Variations are run on at least so many references, for fewer give no rank that means anything.
const LEAST: usize = 32;
/// On so many, if that takes no longer than the run of the hypothesis.
const ENOUGH: usize = 100;
const MOST: usize = 500;
/// No more members of one family get reference points.
pub const LARGEST_FAMILY: usize = 12;

/// A variation with its program and its draws.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
pub struct Varied {
    pub kind: Kind,
    pub classes: OwnClasses,
    pub program: Program,
    /// For [`Varieties::references`] references; for a change as many again follow.
    pub draws: Rows,
}

/// The variations of one hypothesis.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Default)]
pub struct Varieties {
    /// References that each is run on: the first ones of the hypothesis.
    pub references: usize,
    pub all: Vec<Varied>,
}

impl Varieties {
    /// By variation the sampling classes: those of the hypothesis, and its own in their place.
    #[must_use]
    pub fn tables<'s>(&'s self, ready: &'s Ready) -> Vec<ClassTable<'s>> {
        self.all.iter().map(|varied| classes_of(ready, &varied.classes)).collect()
    }

    /// What the planner is given.
    pub fn items<'s>(&'s self, ready: &'s Ready) -> impl Iterator<Item = Item<'s>> {
        self.all.iter().map(|varied| Item {
            name: &ready.stated.claims.name,
            program: &varied.program,
            draws: &varied.draws,
            outputs: &ready.stated.claims.outputs,
            keep_outputs: false,
            baseline: None,
            reads_clean: ready.measured.reads_clean(),
            side: false,
        })
    }
}

fn classes_of<'a>(ready: &'a Ready, own: &'a OwnClasses) -> ClassTable<'a> {
    let mut table = class_table(ready);
    table.extend(own.iter().map(|(key, classes)| (*key, &**classes as &dyn sample::Classes)));
    table
}

/// Lowers and draws the variations of each hypothesis that is to have reference points.
#[must_use]
pub fn varieties(
    prepared: &[Prepared<'_>],
    model: &BoundModel,
    datasets: &[&Dataset],
    settings: Settings,
) -> Vec<Varieties> {
    if !settings.reference_points {
        return prepared.iter().map(|_| Varieties::default()).collect();
    }
    let map = model.map();
    let shape = |tensor| Some(row_shape(map, tensor));
    let dependence = Dependence::new(map.graph, &shape);
    let ground = Ground { map, dependence: &dependence };
    let others: Vec<&Ready> = prepared.iter().map(|one| one.ready).filter(|ready| ready.reported).collect();
    let around = Around { datasets, model, ground, others: &others };
    let of = |one: &Prepared<'_>| match has_points(one.ready, &others) {
        true => of_one(one, around, settings),
        false => Varieties::default(),
    };
    prepared.iter().map(of).collect()
}

/// Whether there is something to vary, and the hypothesis is no member of a large family.
fn has_points(ready: &Ready, others: &[&Ready]) -> bool {
    let family = |ready: &Ready| ready.stated.claims.name.split('(').next().unwrap_or_default().to_owned();
    let own = family(ready);
    let is_member = ready.stated.claims.name.ends_with(')');
    let members = others.iter().filter(|other| family(other) == own).count();
    ready.reported && !ready.baselines.is_empty() && !(is_member && members > LARGEST_FAMILY)
}

fn of_one(one: &Prepared<'_>, around: Around<'_>, settings: Settings) -> Varieties {
    let ready = one.ready;
    let claims = &ready.stated.claims;
    let rows: Vec<usize> = around.datasets.iter().map(|dataset| dataset.rows).collect();
    let mut found = vec![Variation::empty(claims)];
    found.extend(permuted(claims, &ready.classes, &rows, settings.seed));
    found.extend(random_places(&ready.stated, around.model, around.ground, (RANDOM, settings.seed)));
    found.extend(changes(ready, around));
    let programs: Vec<(Variation, Program)> =
        found.into_iter().filter_map(|variation| lowered(variation, around.ground)).collect();
    let references = references(one, &programs, around);
    let all = programs.into_iter().map(|(variation, program)| {
        let Variation { kind, classes, .. } = variation;
        let n = if matches!(kind, Kind::Changed(_)) { 2 * references } else { references };
        let table = classes_of(ready, &classes);
        let materials = Materials { seed: settings.seed, rows: &rows, classes: &table, pairs: &ready.pairs };
        let draws = sample::draw(&program.tree, &one.draws.of(0)[..n], materials);
        Varied { kind, classes, program, draws }
    });
    let all: Vec<Varied> = all.collect();
    Varieties { references, all }
}

/// `None` where a variation would be too large.
fn lowered(variation: Variation, ground: Ground<'_>) -> Option<(Variation, Program)> {
    let claims = &variation.claims;
    let walks = Walks::new(ground, claims);
    let tree = treeify(ground, claims, &walks).ok()?;
    let program = lower(ground, claims, &walks, tree);
    Some((variation, program))
}

/// As many references as take all variations together one plain pass over those of the hypothesis. Where
/// that is less than [`ENOUGH`], they may take as long as the run of the hypothesis: its references, and
/// its share of the pass over all rows. In whole pools; half of the references at most, so that what a
/// change is chosen on and what it is measured on are two things.
fn references(one: &Prepared<'_>, programs: &[(Variation, Program)], around: Around<'_>) -> usize {
    let map = around.ground.map;
    let n = one.draws.references();
    let each: u64 = programs.iter().map(|(_, program)| program_flops(map, program)).sum();
    let rows = around.datasets.first().map_or(0, |dataset| dataset.rows) / around.others.len().max(1);
    let forward = forward_flops(map, &one.ready.stated.claims.outputs);
    let run =
        program_flops(map, &one.program).saturating_mul(n as u64).saturating_add(forward.saturating_mul(rows as u64));
    let affordable = |flops: u64| usize::try_from(flops / each.max(1)).unwrap_or(usize::MAX);
    let plain = affordable(forward.saturating_mul(n as u64));
    let pool = one.ready.stated.claims.pool.max(1);
    plain.max(affordable(run).min(ENOUGH)).clamp(LEAST, MOST).min(n / 2) / pool * pool
}
