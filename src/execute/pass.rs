//! Running a graph over many items in batches on several threads. What comes out depends on
//! neither the batches nor the threads.

use crate::diagnostics::Diagnostic;
use crate::engine::{Engine, Session, Value};
use crate::map_array;
use crate::model::{Graph, TensorId};
use ndarray::{Axis, Slice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

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
    ///
    /// # Errors
    /// The first batch that fails, by the order of items.
    pub fn run<T: Send>(
        &self,
        total: usize,
        feeds: &Feeds<'_>,
        finish: &Finish<'_, T>,
        collect: &mut dyn FnMut(&[usize], T),
    ) -> Result<(), Fault> {
        let batches: Vec<Vec<usize>> =
            (0..total).collect::<Vec<_>>().chunks(self.batch.max(2)).map(<[usize]>::to_vec).collect();
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
                    Ok(done) => collect(&batches[index], done),
                    Err(fault) if failed.as_ref().is_none_or(|(first, _)| index < *first) => {
                        next.store(batches.len(), Ordering::SeqCst);
                        failed = Some((index, fault));
                    }
                    Err(_) => {}
                }
                (self.progress)(batches[index].len());
            }
        });
        failed.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    fn work<T>(
        &self,
        batches: &[Vec<usize>],
        next: &AtomicUsize,
        feeds: &Feeds<'_>,
        finish: &Finish<'_, T>,
        send: &mpsc::SyncSender<(usize, Result<T, Fault>)>,
    ) {
        let mut session: Option<Box<dyn Session>> = None;
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(items) = batches.get(index) else { return };
            let result = self.batch(&mut session, items, feeds).and_then(|outputs| finish(items, outputs));
            let stop = result.is_err();
            if send.send((index, result)).is_err() || stop {
                return;
            }
        }
    }

    /// One batch. A single item is run twice side by side: ONNX Runtime rounds a product with a
    /// single row differently, and results may not depend on how items fall into batches.
    fn batch(
        &self,
        session: &mut Option<Box<dyn Session>>,
        items: &[usize],
        feeds: &Feeds<'_>,
    ) -> Result<Vec<Value>, Fault> {
        if self.outputs.is_empty() {
            return Ok(Vec::new());
        }
        let session = match session {
            Some(session) => session,
            None => session.insert(self.engine.compile(self.graph, self.outputs)?),
        };
        let doubled = match items {
            &[only] => Some([only, only]),
            _ => None,
        };
        let feeds = feeds(doubled.as_ref().map_or(items, |pair| pair.as_slice()))?;
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let outputs = session.run(&feeds)?;
        Ok(match doubled {
            Some(_) => outputs.into_iter().map(first_row).collect(),
            None => outputs,
        })
    }
}

fn first_row(value: Value) -> Value {
    map_array!(value, array => match array.ndim() {
        0 => array,
        _ => array.slice_axis(Axis(0), Slice::from(0..1)).to_owned(),
    })
}
