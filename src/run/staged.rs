//! A group at work: the untouched model first, then the references of each hypothesis, as many at a
//! time as are asked for.

use super::blame::{self, Claim, Together};
use super::classified::Said;
use super::compare::Observation;
use super::estimator::Estimates as Estimations;
use super::finish::{self, Executed};
use super::points::{self, Seen};
use super::sequential::Course;
use super::slices::{self, Sliced};
use super::{Group, Prepared, Settings, locate, prepare};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::estimate::{Point, largest_two, measured_together};
use crate::execute::{Begun, Behaviour, Executor, Scrubbed, Untouched, Work};
use crate::hypothesis::{Baseline, Behaviour as Expression, Checked, Classified, ModelInputs};
use crate::plan::Item;
use crate::sample::{ClassTable, Materials, draw_but};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Fault = Box<Diagnostic>;

/// What a group is carried out with.
pub struct Tools<'g, 'a> {
    pub group: &'g Group<'a>,
    datasets: Vec<&'a Dataset>,
    inputs: ModelInputs<'a>,
    /// By hypothesis.
    expressions: Vec<Expression<'a>>,
    /// By the name of the behaviour.
    sliced: BTreeMap<String, Sliced>,
    /// Of each distinct behaviour the first hypothesis about it, and the rows that its sampled
    /// baseline pairs.
    behaviours: Vec<(usize, Vec<(u32, u32)>)>,
    settings: Settings,
}

impl<'g, 'a> Tools<'g, 'a> {
    /// # Errors
    /// A fault of evaluation on some row.
    pub fn new(group: &'g Group<'a>, checked: &'a Checked, settings: Settings) -> Result<Tools<'g, 'a>, Fault> {
        let datasets = super::loaded(checked, &group.datasets).expect("groups are made of loaded datasets");
        let all = &group.prepared;
        let is_shuffled = |behaviour: &str| {
            let mut own = all.iter().filter(|prepared| prepared.ready.behaviour == behaviour);
            own.any(|prepared| prepared.ready.baselines.contains(&Baseline::Shuffled))
        };
        let sliced = slices::of_behaviours(group, checked, datasets[0])?;
        let expression = |one: &Prepared<'a>| {
            let name = &one.ready.behaviour;
            let slices = sliced[name].shares.clone();
            let side = one.classification.as_ref().map(|classification| Classified {
                classification: Arc::clone(classification),
                outputs: &one.ready.outputs,
                dataset: datasets[0],
            });
            Expression { slices, side, ..prepare::expression(one.ready, datasets[0], is_shuffled(name)) }
        };
        let mut pairs = pairs(group);
        let mut behaviours: Vec<(usize, Vec<(u32, u32)>)> = Vec::new();
        for (at, prepared) in all.iter().enumerate() {
            let name = &prepared.ready.behaviour;
            if behaviours.iter().all(|(first, _)| all[*first].ready.behaviour != *name) {
                behaviours.push((at, pairs.remove(name).unwrap_or_default()));
            }
        }
        Ok(Tools {
            group,
            expressions: all.iter().map(expression).collect(),
            sliced,
            inputs: prepare::inputs(group.model, &datasets),
            datasets,
            behaviours,
            settings,
        })
    }

    /// The place of the behaviour of a hypothesis.
    fn behaviour(&self, index: usize) -> usize {
        let name = |at: usize| &self.group.prepared[at].ready.behaviour;
        let place = self.behaviours.iter().position(|(first, _)| name(*first) == name(index));
        place.expect("every behaviour has its place")
    }

    fn behaviours(&self) -> Vec<Behaviour<'_>> {
        let mut found = Vec::new();
        for (first, pairs) in &self.behaviours {
            let outputs = &self.group.prepared[*first].ready.stated.claims.outputs;
            found.push(Behaviour { score: &self.expressions[*first], outputs, pairs });
        }
        found
    }

    /// The items of hypotheses and of their claims, each with its hypothesis, as the plan has them.
    fn items(&self) -> Vec<(usize, Item<'_>)> {
        let all = || self.group.prepared.iter().enumerate();
        let whole = all().map(|(index, prepared)| (index, prepared.item(self.settings.keep_outputs)));
        let relaxed = all().flat_map(|(index, prepared)| prepared.relaxed_items().map(move |item| (index, item)));
        whole.chain(relaxed).collect()
    }

    /// By hypothesis the classes of each of its variations.
    fn tables(&self) -> Vec<Vec<ClassTable<'_>>> {
        let all = self.group.prepared.iter().zip(&self.group.varieties);
        all.map(|(prepared, varieties)| varieties.tables(prepared.ready)).collect()
    }
}

/// A group whose untouched model is known, and what was seen of its hypotheses.
pub struct Running<'t, 'g, 'a> {
    pub tools: &'t Tools<'g, 'a>,
    executor: Executor<'t>,
    begun: Begun,
    /// By behaviour what its classifier says of the rows of the dataset.
    said: Vec<Option<Arc<Said>>>,
    classes: Vec<ClassTable<'a>>,
    seen: Vec<Scrubbed>,
}

impl<'t, 'g, 'a> Running<'t, 'g, 'a> {
    /// The clean pass. It takes all rows, though few may be reached: the exact baseline is a mean
    /// over all of them, and so are means that are put in the place of activations. Where neither is
    /// asked for, rows that no stage reaches could be left out; a pass over them costs one plain
    /// forward pass at most.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn begin(
        tools: &'t Tools<'g, 'a>,
        engine: &'t dyn Engine,
        progress: &'t (dyn Fn(usize) + Sync),
    ) -> Result<Running<'t, 'g, 'a>, Fault> {
        let threads = tools.settings.limits.threads;
        let executor = Executor { map: tools.group.model.map(), engine, inputs: &tools.inputs, threads, progress };
        let classes: Vec<_> =
            tools.group.prepared.iter().map(|prepared| prepare::class_table(prepared.ready)).collect();
        let estimators = estimators(tools);
        let own = tools.items().into_iter();
        let own = own.map(|(index, item)| work(tools, (index, item), &classes[index], &estimators[index]));
        let tables = tools.tables();
        let varied = varied(tools, &tables, &estimators).into_iter().filter(|_| tools.group.apart.is_none());
        let works: Vec<Work<'_>> = own.chain(varied).collect();
        let begun = executor.begin(&tools.group.plan, &tools.behaviours(), &works)?;
        let nothing = |(at, work): (usize, &Work<'_>)| executor.scrub(&begun, &tools.group.plan, (at, work), 0..0);
        let seen = works.iter().take(tools.group.prepared.len()).enumerate().map(nothing).collect::<Result<_, _>>()?;
        let said = tools.behaviours.iter().zip(&begun.clean).map(|((first, _), clean)| {
            let classification = tools.group.prepared[*first].classification.as_ref()?;
            Some(Arc::new(Said::of(classification, &clean.sides)))
        });
        let said = said.collect();
        Ok(Running { tools, executor, begun, said, classes, seen })
    }

    /// References of a hypothesis that were run.
    #[must_use]
    pub fn references(&self, index: usize) -> usize {
        self.seen[index].points.len()
    }

    /// Runs references of a hypothesis until there are so many, or all.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that is not a finite number.
    pub fn extend(&mut self, index: usize, references: usize) -> Result<(), Fault> {
        let prepared = &self.tools.group.prepared[index];
        let (start, end) = (self.references(index), references.min(prepared.draws.references()));
        if end <= start {
            return Ok(());
        }
        let next = self.scrub(index, (index, prepared.item(self.tools.settings.keep_outputs)), start..end)?;
        self.seen[index].append(next);
        self.all_finite(index, &self.seen[index].points)
    }

    /// References of the item at a place of the plan, which belongs to a hypothesis.
    fn scrub(
        &self,
        index: usize,
        (at, item): (usize, Item<'_>),
        references: std::ops::Range<usize>,
    ) -> Result<Scrubbed, Fault> {
        let estimator = estimator(self.tools, index);
        let work = work(self.tools, (index, item), &self.classes[index], &estimator);
        self.executor.scrub(&self.begun, &self.tools.group.plan, (at, &work), references)
    }

    fn all_finite(&self, index: usize, points: &[Point]) -> Result<(), Fault> {
        let (prepared, clean) = (&self.tools.group.prepared[index], &self.begun.clean[self.tools.behaviour(index)]);
        let estimator = estimator(self.tools, index);
        locate::all_finite((&self.executor, &estimator), prepared, self.tools.datasets[0], &clean.model, points)
    }

    /// What was seen of a hypothesis up to now; what is run and checked at the end is left out.
    #[must_use]
    pub fn observation(&self, index: usize, course: &Course) -> Observation<'a> {
        finish::observation(self.executed(index), course)
    }

    fn executed(&self, index: usize) -> Executed<'_, 'a> {
        let clean = &self.begun.clean[self.tools.behaviour(index)];
        let (group, dataset) = (self.tools.group, self.tools.datasets[0]);
        let sliced = &self.tools.sliced[&group.prepared[index].ready.behaviour];
        let said = self.said[self.tools.behaviour(index)].as_ref();
        Executed { group, index, clean, scrubbed: &self.seen[index], dataset, sliced, said }
    }

    /// What was seen of a hypothesis, checked, with the blame of its claims over the references that
    /// were run.
    ///
    /// # Errors
    /// A fault of the engine, a behaviour that is not a finite number or of which nothing counts, or a
    /// plan that does not give the model's outputs.
    pub fn finish(&self, index: usize, course: &Course, untouched: &mut Untouched) -> Result<Observation<'a>, Fault> {
        let estimator = estimator(self.tools, index);
        let tools = (&self.executor, &estimator as &dyn crate::execute::Estimator, untouched);
        let found = finish::finish(self.executed(index), course, tools)?;
        let found = Observation { relaxed: self.relaxed(index)?, ..found };
        Ok(Observation { together: self.together(index, &found)?, ..found })
    }

    /// What the variations of each hypothesis give.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn varied(&self) -> Result<Vec<Seen>, Fault> {
        let (group, executor) = (self.tools.group, &self.executor);
        let (estimators, tables) = (estimators(self.tools), self.tools.tables());
        let works = varied(self.tools, &tables, &estimators);
        match &group.apart {
            Some(plan) => {
                let begun = executor.begin(plan, &[], &works)?;
                points::run((executor, &begun, plan), (&group.varieties, 0), &works)
            }
            None => {
                let first = self.tools.items().len();
                points::run((executor, &self.begun, &group.plan), (&group.varieties, first), &works)
            }
        }
    }

    /// The behaviour with the draws of two claims exact, on the first references: those that have the
    /// greatest effect on the others.
    fn together(&self, index: usize, found: &Observation<'_>) -> Result<Option<Together>, Fault> {
        let prepared = &self.tools.group.prepared[index];
        let stated = &prepared.ready.stated.claims;
        let pool = stated.pool.max(1);
        let n = measured_together(found.references.len(), found.looks, pool);
        let rest: Vec<&[Point]> = found.relaxed.iter().map(|(_, points)| &points[n..]).collect();
        let Some(places) = largest_two(&found.scrubbed[n..], &rest).filter(|_| n >= 2) else { return Ok(None) };
        let claims = places.map(|at| found.relaxed[at].0);
        let mut all = blame::claims_of(&prepared.program.tree, stated);
        let mut exact = all.remove(&claims[0]).unwrap_or_default();
        exact.extend(all.remove(&claims[1]).unwrap_or_default());
        let rows: Vec<usize> = self.tools.datasets.iter().map(|dataset| dataset.rows).collect();
        let seed = self.tools.settings.seed;
        let materials = Materials { seed, rows: &rows, classes: &self.classes[index], pairs: &prepared.ready.pairs };
        let draws = draw_but(&prepared.program.tree, &found.references[..n], materials, &exact);
        let item = Item { draws: &draws, baseline: None, side: false, ..prepared.item(false) };
        let estimator = estimator(self.tools, index);
        let work = work(self.tools, (index, item), &self.classes[index], &estimator);
        let seen = self.executor.scrub_unplanned(&self.begun, &self.tools.group.plan, (index, &work), 0..n)?;
        let is_finite = seen.points.iter().all(|point| point.is_finite());
        Ok(is_finite.then_some(Together { claims, points: seen.points }))
    }

    /// The behaviour with the draws of one claim exact, claim by claim.
    fn relaxed(&self, index: usize) -> Result<Vec<(Claim, Vec<Point>)>, Fault> {
        let all = &self.tools.group.prepared;
        let first = all.len() + all[..index].iter().map(|one| one.relaxed.len()).sum::<usize>();
        let mut found = Vec::new();
        for (at, (relaxed, item)) in all[index].relaxed.iter().zip(all[index].relaxed_items()).enumerate() {
            let seen = self.scrub(index, (first + at, item), 0..self.references(index))?;
            self.all_finite(index, &seen.points)?;
            found.push((relaxed.claim, seen.points));
        }
        Ok(found)
    }
}

fn estimator<'t, 'a>(tools: &'t Tools<'_, 'a>, index: usize) -> Estimations<'t>
where
    'a: 't,
{
    Estimations { ready: tools.group.prepared[index].ready, datasets: &tools.datasets }
}

fn estimators<'t>(tools: &'t Tools<'_, '_>) -> Vec<Estimations<'t>> {
    (0..tools.group.prepared.len()).map(|index| estimator(tools, index)).collect()
}

/// The variations of all hypotheses.
fn varied<'w>(
    tools: &'w Tools<'_, '_>,
    tables: &'w [Vec<ClassTable<'w>>],
    estimators: &'w [Estimations<'w>],
) -> Vec<Work<'w>> {
    let mut found = Vec::new();
    for (index, (prepared, varieties)) in tools.group.prepared.iter().zip(&tools.group.varieties).enumerate() {
        let items = varieties.items(prepared.ready).zip(&tables[index]);
        found.extend(items.map(|(item, classes)| work(tools, (index, item), classes, &estimators[index])));
    }
    found
}

fn work<'w>(
    tools: &'w Tools<'_, '_>,
    (index, item): (usize, Item<'w>),
    classes: &'w ClassTable<'w>,
    estimator: &'w Estimations<'w>,
) -> Work<'w> {
    let behaviour = tools.behaviour(index);
    Work { item, score: &tools.expressions[index], behaviour, classes, estimator: Some(estimator) }
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
