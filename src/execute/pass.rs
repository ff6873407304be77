//! Running a graph over many items in batches on several threads. What comes out depends on
//! neither the batches nor the threads.

use crate::diagnostics::Diagnostic;
use crate::engine::{Engine, Session, Value};
use crate::map_array;
use crate::model::{Graph, TensorId};
use ndarray::Axis;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Batches are whole lines of this many items, and an item always stands in the lane of its id:
/// ONNX Runtime rounds some sums and functions by where a row begins within a vector of the
/// machine, and a product with a single row by itself, and results may not depend on how items
/// fall into batches. 16 rows of any size end on a vector's boundary.
pub const LANES: usize = 16;

/// A graph and how to cut the work.
#[expect(missing_debug_implementations, reason = "holds an engine")]
pub struct Pass<'a> {
    pub engine: &'a dyn Engine,
    pub graph: &'a Graph,
    pub outputs: &'a [TensorId],
    /// Items of one run; at least 2.
    pub batch: usize,
    pub threads: usize,
    /// Told how many items are done, each time some are.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

type Fault = Box<Diagnostic>;
/// What to feed for a batch of items.
type Feeds<'a> = dyn Fn(&[usize]) -> Result<Vec<(TensorId, Value)>, Fault> + Sync + 'a;
/// What to make of the outputs of a batch, on the thread that computed them.
type Finish<'a, T> = dyn Fn(&[usize], Vec<Value>) -> Result<T, Fault> + Sync + 'a;

impl Pass<'_> {
    /// Runs items `0..total`; `collect` takes what `finish` makes of each batch, in any order.
    /// `ids` tells items apart beyond this pass: see [`LANES`].
    ///
    /// # Errors
    /// The first batch that fails, by the order of items.
    pub fn run<T: Send>(
        &self,
        total: usize,
        ids: &dyn Fn(usize) -> usize,
        feeds: &Feeds<'_>,
        finish: &Finish<'_, T>,
        collect: &mut dyn FnMut(&[usize], T),
    ) -> Result<(), Fault> {
        let batches = batches(total, ids, self.batch);
        let next = AtomicUsize::new(0);
        let threads = self.threads.clamp(1, batches.len().max(1));
        let mut failed: Option<(usize, Fault)> = None;
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::sync_channel::<(usize, Result<T, Fault>)>(threads);
            for _ in 0..threads {
                let (send, next, batches) = (send.clone(), &next, &batches);
                scope.spawn(move || self.work(batches, next, feeds, finish, &send));
            }
            drop(send);
            for (index, result) in receive {
                match result {
                    Ok(done) => collect(&batches[index].items, done),
                    Err(fault) if failed.as_ref().is_none_or(|(first, _)| index < *first) => {
                        next.store(batches.len(), Ordering::SeqCst);
                        failed = Some((index, fault));
                    }
                    Err(_) => {}
                }
                (self.progress)(batches[index].items.len());
            }
        });
        failed.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    fn work<T>(
        &self,
        batches: &[Batch],
        next: &AtomicUsize,
        feeds: &Feeds<'_>,
        finish: &Finish<'_, T>,
        send: &mpsc::SyncSender<(usize, Result<T, Fault>)>,
    ) {
        let mut session: Option<Box<dyn Session>> = None;
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(batch) = batches.get(index) else { return };
            let result = self.batch(&mut session, batch, feeds).and_then(|outputs| finish(&batch.items, outputs));
            let stop = result.is_err();
            if send.send((index, result)).is_err() || stop {
                return;
            }
        }
    }

    /// The outputs of one batch, without those of items that only fill lanes.
    fn batch(
        &self,
        session: &mut Option<Box<dyn Session>>,
        batch: &Batch,
        feeds: &Feeds<'_>,
    ) -> Result<Vec<Value>, Fault> {
        if self.outputs.is_empty() {
            return Ok(Vec::new());
        }
        let session = match session {
            Some(session) => session,
            None => session.insert(self.engine.compile(self.graph, self.outputs)?),
        };
        let feeds = feeds(&batch.filled)?;
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let outputs = session.run(&feeds)?;
        if batch.items.len() == batch.filled.len() {
            return Ok(outputs);
        }
        Ok(outputs.into_iter().map(|value| selected(value, &batch.places)).collect())
    }
}

/// Items of one run.
struct Batch {
    /// The items, each once.
    items: Vec<usize>,
    /// Where in `filled` each stands.
    places: Vec<usize>,
    /// What is run: the items in their lanes, lanes without item filled by another one.
    filled: Vec<usize>,
}

/// Cuts items into batches of whole lines of [`LANES`]. An item stands in the lane of its id, so
/// that where its values begin within a vector of the machine does not depend on its neighbours.
fn batches(total: usize, ids: &dyn Fn(usize) -> usize, batch: usize) -> Vec<Batch> {
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); LANES];
    for item in 0..total {
        lanes[ids(item) % LANES].push(item);
    }
    let lines = lanes.iter().map(Vec::len).max().unwrap_or(0);
    let of_batch = batch.div_ceil(LANES).max(1);
    let starts = (0..lines).step_by(of_batch);
    starts.map(|start| filled(&lanes, start..(start + of_batch).min(lines))).collect()
}

fn filled(lanes: &[Vec<usize>], lines: std::ops::Range<usize>) -> Batch {
    let slots: Vec<Option<usize>> =
        lines.flat_map(|line| lanes.iter().map(move |lane| lane.get(line).copied())).collect();
    let any = slots.iter().flatten().next().copied().unwrap_or(0);
    let (places, items) = slots.iter().enumerate().filter_map(|(place, item)| Some((place, (*item)?))).unzip();
    Batch { items, places, filled: slots.iter().map(|item| item.unwrap_or(any)).collect() }
}

fn selected(value: Value, rows: &[usize]) -> Value {
    map_array!(value, array => match array.ndim() {
        0 => array,
        _ => array.select(Axis(0), rows),
    })
}
