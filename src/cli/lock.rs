//! `ansatz run --lock` and `--locked`: the lock file beside a hypothesis file.

use super::args::RunArgs;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::lock as messages;
use crate::files;
use crate::hypothesis::Checked;
use crate::lock::{self, FILE_NAME, Inputs, LIMIT, Lock, Locked, Sample};
use crate::meaning::{Meaning, meanings};
use crate::report::Report;
use std::path::{Path, PathBuf};

type Fault = Box<Diagnostic>;

/// What a run has to do with a lock.
#[derive(Debug)]
pub enum Locking {
    Not,
    /// Writes what comes out, beside what is locked of other files.
    Writes {
        path: PathBuf,
        lock: Lock,
    },
    /// Holds to what is locked.
    Holds {
        path: PathBuf,
        locked: Box<Locked>,
    },
}

impl Locking {
    /// Reads the lock as far as the command needs it.
    ///
    /// # Errors
    /// A lock that is to hold and is not there, or one that cannot be understood.
    pub fn begin(args: &RunArgs) -> Result<Locking, Fault> {
        if !args.lock && !args.locked {
            return Ok(Locking::Not);
        }
        let path = path(args);
        let shown = path.display().to_string();
        if args.lock {
            let lock = read(&path, &shown)?.unwrap_or_default();
            return Ok(Locking::Writes { path, lock });
        }
        let missing = || messages::missing(&shown, &args.file.file.display().to_string(), None);
        let lock = read(&path, &shown)?.ok_or_else(missing)?;
        match lock.of(&key(args)) {
            Some(locked) => Ok(Locking::Holds { path, locked: Box::new(locked.clone()) }),
            None => Err(Box::new(messages::missing(&shown, &key(args), Some(&lock.names())))),
        }
    }

    /// The arguments of the run, with the sample that is locked.
    #[must_use]
    pub fn sampled(&self, args: &RunArgs) -> RunArgs {
        let mut args = args.clone();
        if let Locking::Holds { locked, .. } = self {
            (args.sample.seed, args.sample.n, args.sample.budget) = (locked.seed, locked.n, locked.budget);
        }
        args
    }

    /// What does not hold before anything has run.
    #[must_use]
    pub fn before(&self, checked: &Checked) -> Vec<Diagnostic> {
        match self {
            Locking::Holds { path, locked } => {
                lock::statements(locked, &inputs(checked), &meanings(checked), &path.display().to_string())
            }
            _ => Vec::new(),
        }
    }

    /// What does not hold of a report; or writes the lock.
    ///
    /// # Errors
    /// The lock cannot be written.
    pub fn behind(self, args: &RunArgs, report: &Report, checked: &Checked) -> Result<Vec<Diagnostic>, Fault> {
        let sample = Sample { seed: args.sample.seed, n: args.sample.n, budget: args.sample.budget };
        let now = |meanings: &[Meaning]| lock::locked(report, meanings, sample);
        match self {
            Locking::Not => Ok(Vec::new()),
            Locking::Writes { path, mut lock } => {
                lock.accept(&key(args), now(&meanings(checked)));
                files::write(&path, lock.text().as_bytes())?;
                Ok(Vec::new())
            }
            Locking::Holds { locked, .. } => {
                let meanings = meanings(checked);
                Ok(lock::scores(&locked, &now(&meanings), &meanings))
            }
        }
    }
}

/// Where the lock of a hypothesis file is.
#[must_use]
pub fn path(args: &RunArgs) -> PathBuf {
    args.file.file.parent().unwrap_or(Path::new("")).join(FILE_NAME)
}

/// What a hypothesis file is called in the lock.
fn key(args: &RunArgs) -> String {
    args.file.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `None` if it is not there.
fn read(path: &Path, shown: &str) -> Result<Option<Lock>, Fault> {
    files::read_if_there(path, LIMIT)?.map(|bytes| lock::parse(shown, &bytes)).transpose()
}

fn inputs(checked: &Checked) -> Inputs {
    let models = checked.models.iter().flatten();
    let models = models.map(|found| ("model", found.name.clone(), found.model.path.clone(), found.model.hash.clone()));
    let data = checked.datasets.iter().flatten();
    let data = data.map(|found| ("dataset", found.name.clone(), found.path.clone(), found.hash.clone()));
    let tables = checked.tables.iter().flatten();
    let tables = tables.map(|found| ("table", found.name.clone(), found.path.clone(), found.hash.clone()));
    Inputs { files: models.chain(data).chain(tables).collect() }
}
