//! The operations on the file system, one function each. An operation that a signal interrupts is tried again. In
//! builds for tests each of them can be made to fail (see `faults`).
#![expect(clippy::disallowed_methods, reason = "this is where IO lives")]

#[cfg(debug_assertions)]
use super::faults;
use std::collections::BTreeSet;
use std::fs::{self, DirEntry, Metadata, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// Builds for users have no faults.
#[cfg(not(debug_assertions))]
mod faults {
    pub fn before() -> std::io::Result<()> {
        Ok(())
    }

    pub fn transfer(length: usize) -> std::io::Result<usize> {
        Ok(length)
    }
}

fn again<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match faults::before().and_then(|()| operation()) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

pub fn metadata(path: &Path) -> io::Result<Metadata> {
    again(|| fs::metadata(path))
}

pub fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    again(|| fs::canonicalize(path))
}

pub fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    again(|| fs::read_dir(folder)).map(|entries| entries.map(|entry| again(|| Ok(())).and(entry)))
}

pub fn create_folders(path: &Path) -> io::Result<()> {
    again(|| fs::create_dir_all(path))
}

pub fn remove(path: &Path) -> io::Result<()> {
    again(|| fs::remove_file(path))
}

/// A file that is read.
#[derive(Debug)]
pub struct Reader(fs::File);

pub fn open(path: &Path) -> io::Result<Reader> {
    again(|| fs::File::open(path)).map(Reader)
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = faults::transfer(buffer.len())?;
        self.0.read(&mut buffer[..length])
    }
}

/// The drafts that are there; whoever removes them holds them until the process ends.
static DRAFTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn drafts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every draft for good: from here on none can be begun or published.
pub fn discard_drafts() {
    let drafts = drafts();
    for path in drafts.iter() {
        let _ = fs::remove_file(path);
    }
    std::mem::forget(drafts);
}

/// A file in the making, removed where it is not published.
#[derive(Debug)]
pub struct Draft {
    /// `None` once it is published.
    file: Option<NamedTempFile>,
    path: PathBuf,
}

/// A draft in this folder. The user's mask decides who may read it, as with any file that a program makes.
pub fn draft(folder: &Path) -> io::Result<Draft> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ansatz-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut drafts = drafts();
    let file = again(|| builder.tempfile_in(folder))?;
    let path = file.path().to_owned();
    drafts.insert(path.clone());
    Ok(Draft { file: Some(file), path })
}

impl Draft {
    fn file(&mut self) -> &mut NamedTempFile {
        self.file.as_mut().expect("publishing takes the draft itself")
    }

    /// Writes all of it, down to the disk.
    pub fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        again(|| self.file().as_file().sync_all())
    }

    pub fn permit(&mut self, allowed: &Permissions) -> io::Result<()> {
        again(|| self.file().as_file().set_permissions(allowed.clone()))
    }

    /// Puts the draft in the place of the file of this path, if there is one.
    pub fn publish(mut self, path: &Path) -> io::Result<()> {
        let mut drafts = drafts();
        again(|| Ok(()))?;
        let Some(file) = self.file.take() else { return Ok(()) };
        let published = file.persist(path).map(|_| ()).map_err(|error| error.error);
        drafts.remove(&self.path);
        published
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            drafts().remove(&self.path);
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = faults::transfer(bytes.len())?;
        self.file().write(&bytes[..length])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}
