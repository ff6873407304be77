//! Checks, one at a time, beside everything else.

use super::cache::Cache;
use super::check::{Host, check};
use super::documents::Document;
use super::facts::Facts;
use super::findings::{Places, Shown, shown};
use super::position::Encoding;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Deep expressions recurse, as in the command line.
const STACK: usize = 256 << 20;

/// A text to check.
#[derive(Debug)]
pub struct Job {
    pub document: Document,
    /// The texts that take the place of files.
    pub open: BTreeMap<String, Document>,
    pub encoding: Encoding,
    /// The number of the moment at which it was asked for.
    pub revision: u64,
}

/// What came of a check.
#[derive(Debug)]
pub struct Done {
    pub uri: String,
    pub revision: u64,
    /// What was found; the message of a fault of the checker.
    pub found: Result<(Vec<Shown>, Facts), String>,
}

/// Starts the thread; what it has done goes to `done`.
///
/// # Errors
/// The system has no thread left.
pub fn start(host: Arc<dyn Host>, done: impl Fn(Done) + Send + 'static) -> std::io::Result<Sender<Job>> {
    let (sender, jobs) = channel();
    let work = move || work(host.as_ref(), &jobs, &done);
    std::thread::Builder::new().name("check".to_owned()).stack_size(STACK).spawn(work)?;
    Ok(sender)
}

fn work(host: &dyn Host, jobs: &Receiver<Job>, done: &dyn Fn(Done)) {
    let mut cache = Cache::default();
    while let Ok(job) = jobs.recv() {
        let one = catch_unwind(AssertUnwindSafe(|| {
            let found = check(&job.document, &job.open, host, &mut cache);
            let places =
                Places { main: &job.document, sources: &found.sources, open: &job.open, encoding: job.encoding };
            (shown(&found.findings, &places), found.facts)
        }));
        let found = one.map_err(|fault| {
            // What was half read is not trusted.
            cache = Cache::default();
            fault_message(fault.as_ref())
        });
        done(Done { uri: job.document.uri.as_str().to_owned(), revision: job.revision, found });
    }
}

/// What a panic says.
#[must_use]
pub fn fault_message(fault: &(dyn Any + Send)) -> String {
    let text = fault.downcast_ref::<&str>().copied();
    let owned = fault.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no reason given").to_owned()
}
