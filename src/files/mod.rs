//! The only place that touches the file system. Reads are bounded and of regular files; writes go
//! to a temporary file beside the target and are renamed when complete.
mod disk;
#[cfg(debug_assertions)]
pub mod faults;

use crate::diagnostics::messages::files as messages;
use crate::diagnostics::{Diagnostic, nearest};
pub use disk::discard_drafts;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The largest hypothesis file, in bytes.
pub const SOURCE_LIMIT: u64 = 8 << 20;
/// The largest model file, external data file or dataset, in bytes.
pub const BINARY_LIMIT: u64 = 2 << 30;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Missing, not a regular file, unreadable, or too large.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Box<Diagnostic>> {
    let name = path.display().to_string();
    let metadata = disk::metadata(path).map_err(|error| Box::new(said(path, &error)))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a directory" } else { "it is not a regular file" };
        return Err(Box::new(messages::unreadable(&name, what)));
    }
    if metadata.len() > limit {
        return Err(Box::new(messages::too_large(&name, metadata.len(), limit)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default().saturating_add(1));
    let file = disk::open(path).map_err(|error| Box::new(said(path, &error)))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Box::new(said(path, &error)))?;
    match bytes.len() as u64 {
        length if length > limit => Err(Box::new(messages::too_large(&name, length, limit))),
        _ => Ok(bytes),
    }
}

/// Reads a file that need not be there; `None` if it is not.
///
/// # Errors
/// As [`read`], of a path that leads to something.
pub fn read_if_there(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
    match disk::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read(path, limit).map(Some),
    }
}

/// The real path of a file, all links resolved; `None` if there is none.
#[must_use]
pub fn real_path(path: &Path) -> Option<PathBuf> {
    disk::canonicalize(path).ok()
}

/// The real path of a file that is there.
///
/// # Errors
/// There is none, or it cannot be found out.
pub fn resolved(path: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    disk::canonicalize(path).map_err(|error| Box::new(said(path, &error)))
}

/// The real path of a file, `None` if it is not there.
///
/// # Errors
/// It cannot be found out.
pub fn resolved_if_there(path: &Path) -> Result<Option<PathBuf>, Box<Diagnostic>> {
    match disk::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some).map_err(|error| Box::new(said(path, &error))),
    }
}

/// The real path that a file has or would have.
///
/// # Errors
/// Its folder is not there, or it cannot be found out.
pub fn real_target(path: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    match (disk::canonicalize(path), path.file_name()) {
        (Err(error), Some(name)) if error.kind() == ErrorKind::NotFound => Ok(resolved(folder_of(path))?.join(name)),
        (found, _) => found.map_err(|error| Box::new(said(path, &error))),
    }
}

/// True if the path leads to a regular file.
#[must_use]
pub fn exists(path: &Path) -> bool {
    disk::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// When it was written, in nanoseconds since 1970.
    written: u128,
    /// In bytes.
    length: u64,
}

/// The stamp of a file; `None` if there is no regular file.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where IO lives")]
pub fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let written = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    Some(Stamp { written, length: metadata.len() })
}

/// A folder of this process alone, which goes with it.
///
/// # Errors
/// It cannot be made.
pub fn private_folder() -> Result<tempfile::TempDir, Box<Diagnostic>> {
    let fail = |error: std::io::Error| Box::new(messages::not_written("a folder for a while", &error.to_string()));
    tempfile::Builder::new().prefix("ansatz-").tempdir().map_err(fail)
}

/// The names in a folder, sorted, at most 10,000; empty if it cannot be read.
#[must_use]
pub fn list_folder(path: &Path) -> Vec<String> {
    let Ok(entries) = disk::entries(path) else { return Vec::new() };
    let names = entries.take(10_000).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The number of names (hard links) a file has; 1 on systems that do not count them.
///
/// # Errors
/// The system cannot say.
pub fn link_count(path: &Path) -> Result<u64, Box<Diagnostic>> {
    let metadata = disk::metadata(path).map_err(|error| Box::new(said(path, &error)))?;
    #[cfg(unix)]
    let count = std::os::unix::fs::MetadataExt::nlink(&metadata);
    #[cfg(not(unix))]
    let count = u64::from(metadata.is_file()).max(1);
    Ok(count)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Finds, before any work is done, what would keep a file from being written.
///
/// # Errors
/// Its folder is missing, the path is that of a folder or a device, or none of this can be found out.
pub fn can_write(path: &Path) -> Result<(), Box<Diagnostic>> {
    let is_missing = |error: &std::io::Error| error.kind() == ErrorKind::NotFound;
    let why = match (disk::metadata(folder_of(path)), disk::metadata(path)) {
        (Ok(folder), _) if !folder.is_dir() => "its folder is none".to_owned(),
        (Err(error), _) if is_missing(&error) => "its folder is not there".to_owned(),
        (_, Ok(old)) if old.is_dir() => "it is a directory".to_owned(),
        (_, Ok(old)) if !old.is_file() => "it is not a regular file".to_owned(),
        (Err(error), _) => error.to_string(),
        (_, Err(error)) if !is_missing(&error) => error.to_string(),
        _ => return Ok(()),
    };
    Err(Box::new(messages::not_written(&path.display().to_string(), &why)))
}

/// Makes a folder, if it is not there.
///
/// # Errors
/// Something else is there, or it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), Box<Diagnostic>> {
    let fail = |error: std::io::Error| Box::new(messages::not_written(&path.display().to_string(), &error.to_string()));
    disk::create_folders(path).map_err(fail)
}

/// Writes a file whole or not at all.
///
/// # Errors
/// The folder is missing or not writable, the path is that of a device, or the disk is full; the
/// old file is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
    put(path, bytes, None)
}

/// Removes a file, if it is there.
///
/// # Errors
/// It may not be removed.
pub fn remove(path: &Path) -> Result<(), Box<Diagnostic>> {
    match disk::remove(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Box::new(messages::not_written(&path.display().to_string(), &error.to_string())))
        }
        _ => Ok(()),
    }
}

/// Writes a file that is there anew, whole or not at all; who may do what with it stays as it is.
///
/// # Errors
/// Those of [`write()`]; and if the file is not there or may only be read.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
    let allowed = disk::metadata(path).map_err(|error| Box::new(said(path, &error)))?.permissions();
    if allowed.readonly() {
        return Err(Box::new(messages::not_written(&path.display().to_string(), "it may only be read")));
    }
    put(path, bytes, Some(allowed))
}

fn put(path: &Path, bytes: &[u8], allowed: Option<fs::Permissions>) -> Result<(), Box<Diagnostic>> {
    can_write(path)?;
    let name = path.display().to_string();
    let fail = |error: &std::io::Error| Box::new(messages::not_written(&name, &error.to_string()));
    // A link is followed, so that it stays one.
    let path = match disk::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(fail(&error)),
    };
    let mut draft = disk::draft(folder_of(&path)).map_err(|error| fail(&error))?;
    draft.fill(bytes).map_err(|error| fail(&error))?;
    if let Some(allowed) = allowed {
        draft.permit(&allowed).map_err(|error| fail(&error))?;
    }
    draft.publish(&path).map_err(|error| fail(&error))
}

/// How many files are taken from a folder.
const FILES_LIMIT: usize = 100_000;

/// All files below a folder whose names end in `ending`, sorted. Names that begin with a dot are left out, and links
/// to folders are not followed.
///
/// # Errors
/// A folder cannot be read.
pub fn files_below(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        let fail = |error: &std::io::Error| Box::new(said(&folder, error));
        for entry in disk::entries(&folder).map_err(|error| fail(&error))? {
            let entry = entry.map_err(|error| fail(&error))?;
            let name = entry.file_name();
            let is_hidden = name.to_string_lossy().starts_with('.');
            if is_hidden {
                continue;
            }
            if entry.file_type().map_err(|error| fail(&error))?.is_dir() {
                open.push(entry.path());
            } else if name.to_string_lossy().ends_with(ending)
                && is_file(&entry.path()).map_err(|error| fail(&error))?
            {
                found.push(entry.path());
            }
        }
        if found.len() > FILES_LIMIT {
            return Err(Box::new(messages::unreadable(&folder.display().to_string(), "it has too many files")));
        }
    }
    found.sort();
    Ok(found)
}

/// A link that leads nowhere is none.
fn is_file(path: &Path) -> std::io::Result<bool> {
    match disk::metadata(path) {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// True if the path leads to a folder.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    disk::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn said(path: &Path, error: &std::io::Error) -> Diagnostic {
    let name = path.display().to_string();
    match error.kind() {
        ErrorKind::NotFound => messages::missing(&name, near(path).as_deref()),
        _ => messages::unreadable(&name, &error.to_string()),
    }
}

/// How the files of trained models end that are not exported.
const CHECKPOINTS: [&str; 5] = ["pt", "pth", "bin", "ckpt", "safetensors"];

/// The file of the same folder whose name is nearest to a name that is not there.
fn near(path: &Path) -> Option<String> {
    let (name, folder) = (path.file_name()?.to_str()?, folder_of(path));
    // A path of another system.
    let name = name.rsplit('\\').next().unwrap_or(name);
    let names = list_folder(folder);
    // A checkpoint that has been exported under its name.
    let exported = path.extension().filter(|ending| CHECKPOINTS.iter().any(|own| *ending == *own));
    let model = exported.and_then(|_| path.with_extension("onnx").file_name()?.to_str().map(str::to_owned));
    if let Some(model) = model.filter(|model| exists(&folder.join(model))) {
        return Some(model);
    }
    let near = nearest(name, names.iter().map(String::as_str));
    near.into_iter().find(|near| exists(&folder.join(near))).map(str::to_owned)
}
