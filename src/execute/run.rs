//! Carrying out a plan: one clean pass over the dataset, then the unrolled graph of each
//! hypothesis over its references.

use super::gather::{Estimator, Gathering};
use super::means::{Means, Summing};
use super::pass::Pass;
use super::store::Store;
use crate::diagnostics::Diagnostic;
use crate::engine::{Engine, Value};
use crate::estimate::Point;
use crate::lower::{DrawId, Map, Operand, Program, Source};
use crate::map_array;
use crate::model::TensorId;
use crate::plan::{HypothesisPlan, Item, Plan, gathered_rows};
use crate::sample::ClassTable;
use ndarray::Axis;
use std::collections::{BTreeMap, BTreeSet};

type Fault = Box<Diagnostic>;

/// The inputs of the model, by dataset row.
pub trait Inputs: Sync {
    /// Rows of the dataset that hypotheses are about.
    fn rows(&self) -> usize;
    /// Rows of all datasets, those of others behind.
    fn all_rows(&self) -> usize {
        self.rows()
    }
    /// The value of a graph input on some rows, rows along axis 0.
    fn value(&self, input: TensorId, rows: &[u32]) -> Value;
}

/// What a behaviour is computed from, example by example.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The outputs that the behaviour reads, in its order; examples along axis 0.
    pub outputs: &'a [Value],
    /// The same of the untouched model for `rows`, if the behaviour reads them.
    pub clean: Option<&'a [Value]>,
    /// By example the dataset row that everything else is taken from: labels, targets, masks.
    pub rows: &'a [u32],
    /// By example the ordinal of the reference; empty in a clean pass, which has no references.
    pub ordinals: &'a [usize],
}

/// A behaviour: a number, or a weighted sum over positions, for each example.
pub trait Score: Sync {
    /// One point for each example.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    fn score(&self, seen: &Seen<'_>) -> Result<Vec<Point>, Fault>;
    /// For each example the mean point of its outputs with the labels of every row of the dataset
    /// (`rows` and `clean` are not read): the baseline `shuffled`, exactly. `None` where that would
    /// cost too much, or where nobody asks for it.
    ///
    /// # Errors
    /// A value that the behaviour cannot be computed from.
    fn shuffled(&self, seen: &Seen<'_>) -> Result<Option<Vec<Point>>, Fault>;
    /// Whether it reads outputs of the untouched model on the reference.
    fn reads_clean(&self) -> bool {
        false
    }
}

/// One hypothesis to run: the item it was planned as, and its behaviour.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub item: Item<'a>,
    pub score: &'a dyn Score,
    /// Which entry of [`Observed::clean`] belongs to it.
    pub behaviour: usize,
    /// The classes that means are taken over.
    pub classes: &'a ClassTable<'a>,
    pub estimator: Option<&'a dyn Estimator>,
}

/// The behaviours that the clean pass computes, with the outputs they read.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Behaviour<'a> {
    pub score: &'a dyn Score,
    pub outputs: &'a [TensorId],
    /// Rows whose outputs are to be paired with the labels of another, sorted: the baseline
    /// `shuffled` where it is sampled, and reads no outputs of the untouched model.
    pub pairs: &'a [(u32, u32)],
}

/// What a run has seen.
#[derive(Debug)]
pub struct Observed {
    /// For each behaviour.
    pub clean: Vec<Clean>,
    /// For each hypothesis.
    pub scrubbed: Vec<Scrubbed>,
}

/// A behaviour of the untouched model, by dataset row.
#[derive(Debug, Clone)]
pub struct Clean {
    pub model: Vec<Point>,
    /// Mean over all rows of the dataset of the behaviour of this row's outputs with that row's
    /// labels: the mean of this is the exact `shuffled` baseline. `None` if it is not exact.
    pub shuffled: Option<Vec<Point>>,
    /// The outputs of the first row of each pair with the labels of the second.
    pub paired: BTreeMap<(u32, u32), Point>,
}

/// A behaviour under a hypothesis, by reference.
#[derive(Debug, Clone)]
pub struct Scrubbed {
    pub points: Vec<Point>,
    /// The untouched model's outputs of the reference with the labels and the clean outputs of the
    /// row of the baseline's draw, if the item has one and the behaviour reads clean outputs.
    pub baseline: Option<Vec<Point>>,
    /// Clean and scrubbed outputs by reference, if they were to be kept.
    pub outputs: Option<(Vec<Value>, Vec<Value>)>,
    pub swaps: Vec<super::audit::Swap>,
}

impl Scrubbed {
    /// The mean of each reference.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value()).collect()
    }
}

/// The behaviour of a batch, its mean with the labels of all rows, and pairs of the batch.
type Scored = (Vec<Point>, Option<Vec<Point>>, Vec<((u32, u32), Point)>);
/// The behaviour of a batch of references, its baseline, and the outputs if they are kept.
type OfBatch = (Vec<Point>, Option<Vec<Point>>, Option<Vec<Value>>);
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

impl Executor<'_> {
    /// Runs all hypotheses about one model on one dataset.
    ///
    /// # Errors
    /// A fault of the engine, or a behaviour that cannot be computed.
    pub fn run(&self, plan: &Plan, behaviours: &[Behaviour<'_>], works: &[Work<'_>]) -> Result<Observed, Fault> {
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
        let means = summing.finish();
        let mut scrubbed = Vec::new();
        for ((work, planned), means) in works.iter().zip(&plan.hypotheses).zip(&means) {
            let shared = plan.resident.then_some(&store);
            scrubbed.push(self.scrub(work, planned, plan.clean_batch, (shared, means))?);
        }
        Ok(Observed { clean, scrubbed })
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
        let mut found: Vec<Clean> = behaviours
            .iter()
            .map(|_| Clean { model: vec![Point::NONE; rows.len()], shuffled: None, paired: BTreeMap::new() })
            .collect();
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
            for (clean, (model, shuffled, paired)) in found.iter_mut().zip(scored) {
                clean.paired.extend(paired);
                for (item, point) in items.iter().zip(model) {
                    clean.model[*item] = point;
                }
                let Some(shuffled) = shuffled else { continue };
                let all = clean.shuffled.get_or_insert_with(|| vec![Point::NONE; rows.len()]);
                for (item, point) in items.iter().zip(shuffled) {
                    all[*item] = point;
                }
            }
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

    /// One hypothesis over all its references, in chunks whose captures are held at once.
    fn scrub(
        &self,
        work: &Work<'_>,
        plan: &HypothesisPlan,
        clean_batch: usize,
        (shared, means): (Option<&Store>, &Means),
    ) -> Result<Scrubbed, Fault> {
        let total = work.item.draws.references();
        let mut points = vec![Point::NONE; total];
        let mut baseline = baseline_draw(work).map(|_| vec![Point::NONE; total]);
        let mut kept: Vec<(Vec<usize>, Vec<Value>, Vec<Value>)> = Vec::new();
        let mut swaps = super::audit::swaps(work.item.program);
        for start in (0..total).step_by(plan.chunk.max(1)) {
            let chunk = start..(start + plan.chunk).min(total);
            let own;
            let store = match shared {
                Some(store) => store,
                None => {
                    let rows = gathered_rows(&work.item, chunk.clone());
                    let mut store = Store::new(&plan.captures, &rows, self.inputs.all_rows());
                    self.clean(clean_batch, &rows, &[], &mut store, None)?;
                    own = store;
                    &own
                }
            };
            super::audit::count(&mut swaps, &work.item.program.tree, store, work.item.draws, chunk.clone());
            self.scrub_chunk(work, plan.batch, (store, means), chunk, &mut |items, (scores, of_baseline, outputs)| {
                for (item, point) in items.iter().zip(scores) {
                    points[*item] = point;
                }
                if let (Some(all), Some(own)) = (&mut baseline, of_baseline) {
                    items.iter().zip(own).for_each(|(item, point)| all[*item] = point);
                }
                if let Some(outputs) = outputs {
                    kept.push((items.to_vec(), clean_outputs(work, store, DrawId::REFERENCE, items), outputs));
                }
            })?;
        }
        let outputs = work.item.keep_outputs.then(|| in_ordinal_order(kept));
        Ok(Scrubbed { points, baseline, outputs, swaps })
    }

    fn scrub_chunk(
        &self,
        work: &Work<'_>,
        batch: usize,
        (store, means): (&Store, &Means),
        chunk: std::ops::Range<usize>,
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
            let clean = work.score.reads_clean().then(|| clean_outputs(work, store, DrawId::REFERENCE, &items));
            let seen = Seen { outputs: &outputs, clean: clean.as_deref(), rows: &rows, ordinals: &items };
            let scores = work.score.score(&seen)?;
            let baseline = baseline_draw(work).map(|draw| paired(work, store, draw, &items)).transpose()?;
            Ok((scores, baseline, work.item.keep_outputs.then_some(outputs)))
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
    Ok((behaviour.score.score(&seen)?, behaviour.score.shuffled(&seen)?, paired))
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

/// Clean and scrubbed outputs of batches as one, in the order of the references.
fn in_ordinal_order(batches: Vec<(Vec<usize>, Vec<Value>, Vec<Value>)>) -> (Vec<Value>, Vec<Value>) {
    let items: Vec<usize> = batches.iter().flat_map(|(items, _, _)| items.iter().copied()).collect();
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|at| items[*at]);
    let (clean, scrubbed): (Vec<_>, Vec<_>) = batches.into_iter().map(|(_, clean, scrubbed)| (clean, scrubbed)).unzip();
    let ordered = |values: Vec<Value>| -> Vec<Value> {
        values.into_iter().map(|value| map_array!(value, array => array.select(Axis(0), &order))).collect()
    };
    (ordered(joined(clean)), ordered(joined(scrubbed)))
}

/// Values of batches, joined along axis 0.
fn joined(batches: Vec<Vec<Value>>) -> Vec<Value> {
    let mut batches = batches.into_iter();
    let Some(mut all) = batches.next() else { return Vec::new() };
    for batch in batches {
        for (whole, part) in all.iter_mut().zip(batch) {
            append(whole, &part);
        }
    }
    all
}

fn append(whole: &mut Value, part: &Value) {
    macro_rules! append {
        ($($kind:ident),*) => {
            match (whole, part) {
                $((Value::$kind(whole), Value::$kind(part)) => {
                    whole.append(Axis(0), part.view()).expect("batches of one tensor have one shape");
                })*
                _ => unreachable!("a tensor has one element type"),
            }
        };
    }
    append!(F32, F64, I64, I32, Bool);
}

/// Values of one tensor, joined along axis 0.
#[must_use]
pub fn joined_rows(values: Vec<Value>) -> Value {
    let all = joined(values.into_iter().map(|value| vec![value]).collect());
    all.into_iter().next().expect("there is a row")
}

/// A value with axis 0 cut to the first rows.
#[must_use]
pub fn first_rows(value: &Value, rows: usize) -> Value {
    map_array!(value, array => array.slice_axis(Axis(0), ndarray::Slice::from(0..rows)).to_owned())
}
