//! Carrying out a plan: one clean pass over the dataset, then the unrolled graph of each
//! hypothesis over its references.

use super::gather::Gathering;
use super::join::in_ordinal_order;
use super::means::{Means, Summing};
use super::order::InOrder;
use super::pass::Pass;
use super::side::{CleanSide, ScrubbedSide, Side};
use super::store::Store;
use super::work::{Behaviour, Clean, Inputs, Observed, Scrubbed, Seen, ShuffledPoints, Work};
use crate::diagnostics::Diagnostic;
use crate::engine::{Engine, Value};
use crate::estimate::Point;
use crate::lower::{DrawId, Map, Operand, Program, Source};
use crate::map_array;
use crate::model::TensorId;
use crate::plan::{Plan, gathered_rows};
use ndarray::Axis;
use std::collections::BTreeSet;
use std::ops::Range;

type Fault = Box<Diagnostic>;

/// The behaviour of a batch, its mean with the labels of all rows, and pairs of the batch.
type Scored = (Vec<Point>, Option<ShuffledPoints>, Vec<((u32, u32), Point)>, Vec<CleanSide>);
/// The behaviour of a batch of references, its baseline, and the outputs if they are kept.
type OfBatch = (Vec<Point>, Option<Vec<Point>>, Option<Vec<Value>>, Option<Vec<ScrubbedSide>>);
/// Takes them.
type Take<'a> = dyn FnMut(&[usize], OfBatch) + 'a;

/// The means to carry out a plan.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Executor<'a> {
    pub map: Map<'a>,
    pub engine: &'a dyn Engine,
    pub inputs: &'a dyn Inputs,
    pub threads: usize,
    /// Told how many rows or references are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What is known of the untouched model once its rows have been gone through: all that hypotheses
/// have in common.
#[derive(Debug)]
pub struct Begun {
    /// For each behaviour.
    pub clean: Vec<Clean>,
    /// Captured values, where those of all hypotheses are held at once.
    store: Option<Store>,
    /// For each hypothesis.
    means: Vec<Means>,
}

/// References whose captures are held at once where the plan does not say.
const UNPLANNED: usize = 256;

impl Executor<'_> {
    /// Runs all hypotheses about one model on one dataset, with all of their references.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn run(&self, plan: &Plan, behaviours: &[Behaviour<'_>], works: &[Work<'_>]) -> Result<Observed, Fault> {
        let begun = self.begin(plan, behaviours, works)?;
        let scrub =
            |(at, work): (usize, &Work<'_>)| self.scrub(&begun, plan, (at, work), 0..work.item.draws.references());
        let scrubbed = works.iter().enumerate().map(scrub).collect::<Result<_, Fault>>()?;
        Ok(Observed { clean: begun.clean, scrubbed })
    }

    /// Goes through the rows of the dataset with the untouched model.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn begin(&self, plan: &Plan, behaviours: &[Behaviour<'_>], works: &[Work<'_>]) -> Result<Begun, Fault> {
        let rows: Vec<u32> = (0..u32::try_from(self.inputs.rows()).unwrap_or(u32::MAX)).collect();
        let all = self.inputs.all_rows();
        let mut store = match plan.resident {
            true => Store::new(&plan.captures, &plan.captured_rows, all),
            false => Store::new(&[], &[], all),
        };
        let programs: Vec<_> = works.iter().map(|work| (work.item.program, work.classes)).collect();
        let mut summing = Summing::new(self.map, &programs, all);
        let clean = self.clean(plan.clean_batch, &rows, behaviours, &mut store, Some(&mut summing))?;
        if plan.resident {
            let others: Vec<u32> =
                plan.captured_rows.iter().copied().filter(|row| *row as usize >= rows.len()).collect();
            self.clean(plan.clean_batch, &others, &[], &mut store, None)?;
        }
        Ok(Begun { clean, store: plan.resident.then_some(store), means: summing.finish() })
    }

    /// A clean pass over rows: behaviours by row, and captured values into the store.
    fn clean(
        &self,
        batch: usize,
        rows: &[u32],
        behaviours: &[Behaviour<'_>],
        store: &mut Store,
        mut summing: Option<&mut Summing>,
    ) -> Result<Vec<Clean>, Fault> {
        let read: BTreeSet<TensorId> =
            behaviours.iter().flat_map(|behaviour| behaviour.outputs.iter().copied()).collect();
        let is_input = |tensor: &TensorId| self.map.graph.inputs.iter().any(|input| input.tensor == *tensor);
        let (given, captured): (Vec<TensorId>, Vec<TensorId>) = store.tensors().partition(is_input);
        for input in given {
            for chunk in rows.chunks(4096) {
                store.put(input, chunk, self.inputs.value(input, chunk));
            }
        }
        let averaged: BTreeSet<TensorId> =
            summing.as_ref().map_or_else(BTreeSet::new, |summing| summing.tensors().collect());
        let mut targets: BTreeSet<TensorId> = read.iter().chain(&captured).copied().collect();
        targets.extend(averaged.iter().filter(|tensor| !is_input(tensor)));
        let targets: Vec<TensorId> = targets.into_iter().collect();
        let mut found: Vec<Clean> = behaviours.iter().map(|_| Clean::of(rows.len())).collect();
        let mut slices = InOrder::default();
        if targets.is_empty() {
            return Ok(found);
        }
        let pass = self.pass(self.map.graph, &targets, batch);
        let feeds = |items: &[usize]| Ok(self.model_feeds(&select(rows, items)));
        let finish = |items: &[usize], outputs: Vec<Value>| {
            let scored =
                behaviours.iter().map(|behaviour| clean_scores(behaviour, &targets, &outputs, &select(rows, items)));
            Ok((scored.collect::<Result<Vec<_>, Fault>>()?, outputs))
        };
        let mut collect = |items: &[usize], (scored, outputs): (Vec<Scored>, Vec<Value>)| {
            let mut of_slices = Vec::new();
            for (clean, (model, shuffled, paired, sides)) in found.iter_mut().zip(scored) {
                clean.paired.extend(paired);
                for (item, point) in items.iter().zip(model) {
                    clean.model[*item] = point;
                }
                let own = shuffled.as_ref().map_or_else(Vec::new, |shuffled| shuffled.of_slices.clone());
                of_slices.push((own, sides));
                let Some(shuffled) = shuffled else { continue };
                let all = clean.shuffled.get_or_insert_with(|| vec![Point::NONE; rows.len()]);
                for (item, point) in items.iter().zip(shuffled.whole) {
                    all[*item] = point;
                }
            }
            slices.take(items, of_slices, &mut |of_behaviours| add_slices(&mut found, of_behaviours));
            let rows = select(rows, items);
            if let Some(summing) = &mut summing {
                let found = targets.iter().zip(&outputs).filter(|(tensor, _)| averaged.contains(tensor));
                let found = found.map(|(tensor, value)| (*tensor, value.clone()));
                let given = averaged.iter().filter(|tensor| is_input(tensor));
                let given = given.map(|tensor| (*tensor, self.inputs.value(*tensor, &rows)));
                summing.add(&rows, found.chain(given).collect());
            }
            for (tensor, value) in targets.iter().zip(outputs) {
                store.put(*tensor, &rows, value);
            }
        };
        pass.run(rows.len(), &|item| rows[item] as usize, &feeds, &finish, &mut collect)?;
        Ok(found)
    }

    fn model_feeds(&self, rows: &[u32]) -> Vec<(TensorId, Value)> {
        let inputs = self.map.graph.inputs.iter().map(|input| input.tensor);
        inputs.map(|input| (input, self.inputs.value(input, rows))).collect()
    }

    fn pass<'b>(&'b self, graph: &'b crate::model::Graph, outputs: &'b [TensorId], batch: usize) -> Pass<'b> {
        Pass { engine: self.engine, graph, outputs, batch, threads: self.threads, progress: self.progress }
    }

    /// Some references of the hypothesis at a place of the plan, in chunks whose captures are held at
    /// once. What it gives has no bit from where the range begins or ends.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn scrub(
        &self,
        begun: &Begun,
        plan: &Plan,
        (at, work): (usize, &Work<'_>),
        references: Range<usize>,
    ) -> Result<Scrubbed, Fault> {
        let store = begun.store.as_ref();
        self.scrub_with((store, begun), plan, (at, work), (references, plan.hypotheses[at].chunk))
    }

    /// The same with other draws than the plan knows of. Where they reach rows that are not held, what
    /// they need is captured anew, for few references at a time.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn scrub_unplanned(
        &self,
        begun: &Begun,
        plan: &Plan,
        (at, work): (usize, &Work<'_>),
        references: Range<usize>,
    ) -> Result<Scrubbed, Fault> {
        let rows = gathered_rows(&work.item, references.clone());
        match begun.store.as_ref().filter(|store| store.holds_all(&rows)) {
            None => {
                let chunk = plan.hypotheses[at].chunk.min(UNPLANNED);
                self.scrub_with((None, begun), plan, (at, work), (references, chunk))
            }
            shared => self.scrub_with((shared, begun), plan, (at, work), (references, plan.hypotheses[at].chunk)),
        }
    }

    fn scrub_with(
        &self,
        (store, begun): (Option<&Store>, &Begun),
        plan: &Plan,
        (at, work): (usize, &Work<'_>),
        (references, chunk): (Range<usize>, usize),
    ) -> Result<Scrubbed, Fault> {
        let (planned, means) = (&plan.hypotheses[at], &begun.means[at]);
        let shared = store;
        let first = references.start;
        let mut points = vec![Point::NONE; references.len()];
        let mut baseline = baseline_draw(work).map(|_| points.clone());
        let mut sides = side(work).map(|_| vec![ScrubbedSide::default(); references.len()]);
        let mut kept: Vec<(Vec<usize>, Vec<Value>, Vec<Value>)> = Vec::new();
        let mut swaps = super::audit::swaps(work.item.program);
        for start in references.clone().step_by(chunk.max(1)) {
            let chunk = start..(start + chunk).min(references.end);
            let own;
            let store = match shared {
                Some(store) => store,
                None => {
                    let rows = gathered_rows(&work.item, chunk.clone());
                    let mut store = Store::new(&planned.captures, &rows, self.inputs.all_rows());
                    self.clean(plan.clean_batch, &rows, &[], &mut store, None)?;
                    own = store;
                    &own
                }
            };
            super::audit::count(&mut swaps, &work.item.program.tree, store, work.item.draws, chunk.clone());
            self.scrub_chunk(work, planned.batch, (store, means), chunk, &mut |items,
                                                                               (
                scores,
                of_baseline,
                outputs,
                of_sides,
            )| {
                for (item, point) in items.iter().zip(scores) {
                    points[*item - first] = point;
                }
                if let (Some(all), Some(own)) = (&mut baseline, of_baseline) {
                    items.iter().zip(own).for_each(|(item, point)| all[*item - first] = point);
                }
                if let (Some(all), Some(own)) = (&mut sides, of_sides) {
                    items.iter().zip(own).for_each(|(item, side)| all[*item - first] = side);
                }
                if let Some(outputs) = outputs {
                    kept.push((items.to_vec(), clean_outputs(work, store, DrawId::REFERENCE, items), outputs));
                }
            })?;
        }
        let outputs = work.item.keep_outputs.then(|| in_ordinal_order(kept));
        Ok(Scrubbed { points, baseline, outputs, swaps, sides })
    }

    fn scrub_chunk(
        &self,
        work: &Work<'_>,
        batch: usize,
        (store, means): (&Store, &Means),
        chunk: Range<usize>,
        take: &mut Take<'_>,
    ) -> Result<(), Fault> {
        let program = work.item.program;
        let computed = program.computed();
        let pass = self.pass(&program.graph, &computed, batch);
        let shift = |items: &[usize]| -> Vec<usize> { items.iter().map(|item| item + chunk.start).collect() };
        let (map, draws, estimator) = (self.map, work.item.draws, work.estimator);
        let gathering = Gathering { map, program, store, draws, means, estimator, untouched: false };
        let feeds = |items: &[usize]| gathering.feeds(&shift(items));
        let references = work.item.draws.of(0);
        let finish = |items: &[usize], outputs: Vec<Value>| {
            let items = shift(items);
            let outputs = in_order(program, outputs, &|source| gathering.value(source, &items))?;
            let rows: Vec<u32> = items.iter().map(|item| references[*item]).collect();
            let is_read = work.score.reads_clean() || side(work).is_some();
            let clean = is_read.then(|| clean_outputs(work, store, DrawId::REFERENCE, &items));
            let beside = Seen { outputs: &outputs, clean: clean.as_deref(), rows: &rows, ordinals: &items };
            let sides = side(work).map(|side| side.scrubbed(&beside)).transpose()?;
            let seen = Seen { clean: clean.as_deref().filter(|_| work.score.reads_clean()), ..beside };
            let scores = work.score.score(&seen)?;
            let baseline = baseline_draw(work).map(|draw| paired(work, store, draw, &items)).transpose()?;
            Ok((scores, baseline, work.item.keep_outputs.then_some(outputs), sides))
        };
        let ids = |item: usize| item + chunk.start;
        let mut collect = |items: &[usize], seen| take(&shift(items), seen);
        pass.run(chunk.len(), &ids, &feeds, &finish, &mut collect)
    }
}

/// The outputs of a behaviour in their order: computed ones, and those that are only gathered.
pub(super) fn in_order(
    program: &Program,
    computed: Vec<Value>,
    gather: &dyn Fn(&Source) -> Result<Value, Fault>,
) -> Result<Vec<Value>, Fault> {
    let mut computed = computed.into_iter();
    let value = |output: &Operand| match output {
        Operand::Tensor(_) => Ok(computed.next().expect("one value for each computed output")),
        Operand::Feed(feed) => gather(&program.feeds[feed.0].source),
    };
    program.outputs.iter().map(value).collect()
}

fn clean_scores(
    behaviour: &Behaviour<'_>,
    targets: &[TensorId],
    outputs: &[Value],
    rows: &[u32],
) -> Result<Scored, Fault> {
    let pick = |output: &TensorId| {
        let at = targets.iter().position(|target| target == output).expect("outputs are among the targets");
        outputs[at].clone()
    };
    let outputs: Vec<Value> = behaviour.outputs.iter().map(pick).collect();
    let clean = behaviour.score.reads_clean().then_some(outputs.as_slice());
    let seen = Seen { outputs: &outputs, clean, rows, ordinals: &[] };
    let paired = pairs_of(behaviour, &outputs, rows)?;
    let sides = behaviour.score.side().map_or_else(|| Ok(Vec::new()), |side| side.clean(&seen))?;
    Ok((behaviour.score.score(&seen)?, behaviour.score.shuffled_by_slice(&seen)?, paired, sides))
}

/// Adds what the examples of a batch give in each slice, behaviour by behaviour.
fn add_slices(found: &mut [Clean], of_behaviours: Vec<(Vec<Vec<Point>>, Vec<CleanSide>)>) {
    for (clean, (examples, sides)) in found.iter_mut().zip(of_behaviours) {
        sides.into_iter().for_each(|side| clean.sides.push(side));
        for points in examples {
            clean.of_slices.resize(points.len(), Point::NONE);
            clean.of_slices.iter_mut().zip(points).for_each(|(sum, point)| *sum = sum.plus(point, 1.0));
        }
    }
}

/// Two rows, with the behaviour of the outputs of the first and the labels of the second.
type Pair = ((u32, u32), Point);

/// The pairs of a behaviour whose first row is in a batch.
fn pairs_of(behaviour: &Behaviour<'_>, outputs: &[Value], rows: &[u32]) -> Result<Vec<Pair>, Fault> {
    let of_row = |(at, row): (usize, &u32)| {
        let start = behaviour.pairs.partition_point(|(first, _)| first < row);
        let own = behaviour.pairs.get(start..).unwrap_or_default().iter().take_while(move |(first, _)| first == row);
        own.map(move |pair| (at, *pair)).collect::<Vec<_>>()
    };
    let (places, pairs): (Vec<usize>, Vec<(u32, u32)>) = rows.iter().enumerate().flat_map(of_row).unzip();
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let chosen: Vec<Value> =
        outputs.iter().map(|value| map_array!(value, array => array.select(Axis(0), &places))).collect();
    let others: Vec<u32> = pairs.iter().map(|(_, other)| *other).collect();
    let points = behaviour.score.score(&Seen { outputs: &chosen, clean: None, rows: &others, ordinals: &[] })?;
    Ok(pairs.into_iter().zip(points).collect())
}

/// What is measured beside the behaviour, where it was planned.
fn side<'a>(work: &Work<'a>) -> Option<&'a dyn Side> {
    work.score.side().filter(|_| work.item.side)
}

/// The baseline's draw, where the scrubbed pass scores it.
fn baseline_draw(work: &Work<'_>) -> Option<DrawId> {
    work.item.baseline.filter(|_| work.score.reads_clean())
}

/// Clean outputs of references with labels and clean outputs of the rows of a draw.
fn paired(work: &Work<'_>, store: &Store, draw: DrawId, items: &[usize]) -> Result<Vec<Point>, Fault> {
    let drawn = work.item.draws.of(draw.0);
    let rows: Vec<u32> = items.iter().map(|item| drawn[*item]).collect();
    let outputs = clean_outputs(work, store, DrawId::REFERENCE, items);
    let clean = clean_outputs(work, store, draw, items);
    work.score.score(&Seen { outputs: &outputs, clean: Some(&clean), rows: &rows, ordinals: items })
}

/// Outputs of the untouched model on the rows of a draw.
fn clean_outputs(work: &Work<'_>, store: &Store, draw: DrawId, items: &[usize]) -> Vec<Value> {
    let rows = select(work.item.draws.of(draw.0), items);
    work.item.outputs.iter().map(|output| store.rows(*output, &rows)).collect()
}

fn select(rows: &[u32], items: &[usize]) -> Vec<u32> {
    items.iter().map(|item| rows[*item]).collect()
}
