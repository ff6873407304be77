//! One pass of the untouched model over the rows of a challenge: its behaviour, what it says, and the
//! activations that scores and controls look at.

use super::sketch::{Sketch, numbers};
use super::world::World;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::planning;
use crate::engine::Value;
use crate::estimate::{Point, Points};
use crate::execute::{CleanSide, Inputs, Pass, Score as Scoring, Seen, Side};
use crate::feature::{Classification, classification};
use crate::hypothesis::{Classified, Part};
use crate::model::{Region, TensorId};
use crate::plan::reading_batch;
use crate::sample::Stream;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Fault = Box<Diagnostic>;

/// Random sets of components that are looked at, if there are so many.
const RANDOM: usize = 20;
/// For each of them so many are tried.
const TRIES: usize = 40;

/// What is looked at, by row of the pooled dataset.
#[derive(Debug, Clone)]
pub struct Reading {
    pub behaviour: Vec<f64>,
    /// The class that the model gives, where the behaviour is the loss of a classifier with one label.
    pub said: Option<Vec<u32>>,
    /// What the nodes claim; absent if no claimed activation is a real number.
    pub claimed: Option<Points>,
    /// The outputs that the behaviour reads.
    pub outputs: Points,
    /// All components of the model map.
    pub all: Option<Points>,
    /// As many random components as are claimed, set by set.
    pub random: Vec<Points>,
    /// Components that are claimed, and those there are.
    pub components: (usize, usize),
}

/// The sketches of a reading.
struct Views {
    claimed: Option<Sketch>,
    outputs: Sketch,
    all: Option<Sketch>,
    random: Vec<Sketch>,
    components: (usize, usize),
}

impl Views {
    fn of(world: &World<'_>, looks_inside: bool) -> Views {
        let (ready, model) = (world.ready, world.model);
        let whole = |tensor: &TensorId| Part { tensor: *tensor, region: Region::whole(model.shape(*tensor).len()) };
        let outputs: Vec<Part> = ready.stated.claims.outputs.iter().map(whole).collect();
        let sketch = |parts: &[Part]| Sketch::of(parts, model, world.seed);
        let components: Vec<(usize, Part)> = model
            .components
            .iter()
            .enumerate()
            .filter(|(_, found)| found.cuts && model.is_float(found.tensor))
            .map(|(at, found)| (at, Part { tensor: found.tensor, region: found.region.clone() }))
            .collect();
        let claimed: BTreeSet<Part> = ready
            .stated
            .claims
            .nodes
            .iter()
            .flat_map(|node| node.parts.iter().cloned())
            .filter(|part| model.is_float(part.tensor))
            .collect();
        let claimed: Vec<Part> = claimed.into_iter().collect();
        let touched: BTreeSet<usize> = ready.stated.components.iter().flatten().copied().collect();
        let some = |parts: &[Part]| (looks_inside && !parts.is_empty()).then(|| sketch(parts));
        let all: Vec<Part> = components.iter().map(|(_, part)| part.clone()).collect();
        let random = if looks_inside { random(&touched, &components, world.seed) } else { Vec::new() };
        Views {
            claimed: some(&claimed),
            outputs: sketch(&outputs),
            all: some(&all),
            random: random.iter().map(|parts| sketch(parts)).collect(),
            components: (touched.len(), components.len()),
        }
    }

    fn each(&self) -> impl Iterator<Item = &Sketch> {
        std::iter::once(&self.outputs).chain(&self.claimed).chain(&self.all).chain(&self.random)
    }
}

/// Different sets of as many components as are touched, none of them the touched ones.
fn random(touched: &BTreeSet<usize>, components: &[(usize, Part)], seed: u64) -> Vec<Vec<Part>> {
    let count = touched.len();
    if count == 0 || count >= components.len() {
        return Vec::new();
    }
    let numbers = Stream::new(seed, "random components");
    let mut known = BTreeSet::from([touched.clone()]);
    let mut found = Vec::new();
    let mut next = 0;
    for _ in 0..RANDOM * TRIES {
        if found.len() == RANDOM {
            break;
        }
        let mut left: Vec<usize> = (0..components.len()).collect();
        let mut chosen = BTreeSet::new();
        for _ in 0..count {
            chosen.insert(left.swap_remove(numbers.below(next, left.len())));
            next += 1;
        }
        if known.insert(chosen.iter().map(|at| components[*at].0).collect()) {
            found.push(chosen.iter().map(|at| components[*at].1.clone()).collect());
        }
    }
    found
}

impl Reading {
    /// Runs the model once over all rows; without `looks_inside` only its outputs are read.
    ///
    /// # Errors
    /// Too little memory, a fault of the engine, or a row whose behaviour is no number.
    pub fn of(world: &World<'_>, looks_inside: bool) -> Result<Reading, Fault> {
        let views = Views::of(world, looks_inside);
        let rows = world.sets.pooled.rows;
        let needed = 8 * (rows * views.each().map(|view| view.width).sum::<usize>()) as u64;
        if needed > world.limits.memory {
            return Err(Box::new(planning::memory_too_small(world.limits.memory, needed)));
        }
        let outputs = &world.ready.stated.claims.outputs;
        let graph = world.model.map().graph;
        let is_input = |tensor: &TensorId| graph.inputs.iter().any(|input| input.tensor == *tensor);
        let targets: BTreeSet<TensorId> =
            views.each().flat_map(Sketch::tensors).chain(outputs.iter().copied()).collect();
        let targets: Vec<TensorId> = targets.into_iter().filter(|tensor| !is_input(tensor)).collect();
        let batch = reading_batch(world.model.map(), &targets, world.limits)?;
        let classified = classified(world);
        let pass = Pass {
            engine: world.engine,
            graph,
            outputs: &targets,
            batch,
            threads: world.limits.threads,
            progress: world.progress,
        };
        let numbered = |items: &[usize]| -> Vec<u32> {
            items.iter().map(|item| u32::try_from(*item).unwrap_or(u32::MAX)).collect()
        };
        let feeds = |items: &[usize]| {
            let rows = numbered(items);
            let inputs = graph.inputs.iter().map(|input| input.tensor);
            Ok(inputs.map(|input| (input, world.inputs.value(input, &rows))).collect())
        };
        let finish = |items: &[usize], values: Vec<Value>| {
            let rows = numbered(items);
            let of = |tensor: TensorId| match targets.iter().position(|target| *target == tensor) {
                Some(at) => values[at].clone(),
                None => world.inputs.value(tensor, &rows),
            };
            let read: Vec<Value> = outputs.iter().map(|output| of(*output)).collect();
            let seen = Seen { outputs: &read, clean: Some(&read), rows: &rows, ordinals: &[] };
            let points = world.behaviour().score(&seen)?;
            let sides = classified.as_ref().map(|side| side.clean(&Seen { clean: None, ..seen })).transpose()?;
            let tensors: BTreeSet<TensorId> = views.each().flat_map(Sketch::tensors).collect();
            let read: BTreeMap<TensorId, Vec<f64>> = tensors.into_iter().map(|at| (at, numbers(&of(at)))).collect();
            let vectors = views.each().map(|view| view.vectors(items.len(), &read));
            Ok((points, sides, vectors.collect::<Vec<Vec<f64>>>()))
        };
        let mut found = Collected::new(rows, &views);
        let mut collect = |items: &[usize], (points, sides, vectors): OfBatch| {
            found.take(items, &points, sides, &vectors);
        };
        pass.run(rows, &|item| item, &feeds, &finish, &mut collect)?;
        let found = found.reading(&views);
        world.all_finite(&found.behaviour)?;
        Ok(found)
    }
}

type OfBatch = (Vec<Point>, Option<Vec<CleanSide>>, Vec<Vec<f64>>);

/// Batches, put together.
struct Collected {
    behaviour: Vec<f64>,
    said: Vec<Option<u32>>,
    /// By view the vectors of all rows.
    vectors: Vec<(usize, Vec<f64>)>,
}

impl Collected {
    fn new(rows: usize, views: &Views) -> Collected {
        let vectors = views.each().map(|view| (view.width, vec![0.0; rows * view.width])).collect();
        Collected { behaviour: vec![0.0; rows], said: vec![None; rows], vectors }
    }

    fn take(&mut self, items: &[usize], points: &[Point], sides: Option<Vec<CleanSide>>, vectors: &[Vec<f64>]) {
        for (item, value) in items.iter().zip(super::world::values(points)) {
            self.behaviour[*item] = value;
        }
        for (item, side) in items.iter().zip(sides.unwrap_or_default()) {
            self.said[*item] = if let [class] = side.best.as_slice() { Some(*class) } else { None };
        }
        for ((width, all), own) in self.vectors.iter_mut().zip(vectors) {
            for (item, vector) in items.iter().zip(own.chunks(*width)) {
                all[item * *width..(item + 1) * *width].copy_from_slice(vector);
            }
        }
    }

    fn reading(self, views: &Views) -> Reading {
        let mut points = self.vectors.into_iter().map(|(width, values)| Points::new(width, values));
        let mut next = || points.next().unwrap_or_default();
        let outputs = next();
        let claimed = views.claimed.as_ref().map(|_| next());
        let all = views.all.as_ref().map(|_| next());
        let random = views.random.iter().map(|_| next()).collect();
        let said = self.said.into_iter().collect();
        Reading { behaviour: self.behaviour, said, claimed, outputs, all, random, components: views.components }
    }
}

fn classified<'w>(world: &'w World<'_>) -> Option<Classified<'w>> {
    let found = classification(&world.ready.measured).filter(Classification::is_sound)?;
    Some(Classified { classification: Arc::new(found), outputs: &world.ready.outputs, dataset: &world.sets.pooled })
}

/// How often each value is there, of all.
#[must_use]
pub fn shares<T: Copy + Ord>(said: &[T]) -> BTreeMap<T, f64> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    said.iter().for_each(|class| *counts.entry(*class).or_default() += 1);
    counts.into_iter().map(|(class, count)| (class, count as f64 / said.len() as f64)).collect()
}
