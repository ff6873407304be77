//! The only place that touches the file system. Reads are bounded and of regular files; writes go
//! to a temporary file beside the target and are renamed when complete.
#![expect(clippy::disallowed_methods, reason = "this is where IO lives")]

use crate::diagnostics::messages::files as messages;
use crate::diagnostics::{Diagnostic, nearest};
use std::fs;
use std::io::{ErrorKind, Read, Write};
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
    let metadata = fs::metadata(path).map_err(|error| Box::new(said(path, &error)))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a directory" } else { "it is not a regular file" };
        return Err(Box::new(messages::unreadable(&name, what)));
    }
    if metadata.len() > limit {
        return Err(Box::new(messages::too_large(&name, metadata.len(), limit)));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| Box::new(said(path, &error)))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Box::new(said(path, &error)))?;
    match bytes.len() as u64 {
        length if length > limit => Err(Box::new(messages::too_large(&name, length, limit))),
        _ => Ok(bytes),
    }
}

/// The real path of a file, all links resolved; `None` if there is none.
#[must_use]
pub fn real_path(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// The real path that a file has or would have; `None` if its folder is not there.
#[must_use]
pub fn real_target(path: &Path) -> Option<PathBuf> {
    real_path(path).or_else(|| Some(real_path(folder_of(path))?.join(path.file_name()?)))
}

/// True if the path leads to a regular file.
#[must_use]
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
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
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let names = entries.take(10_000).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The number of names (hard links) a file has; 1 where the system cannot say.
#[must_use]
pub fn link_count(path: &Path) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).map_or(1, |metadata| metadata.nlink())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        1
    }
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
/// Its folder is missing, or the path is that of a folder or a device.
pub fn can_write(path: &Path) -> Result<(), Box<Diagnostic>> {
    let why = match (fs::metadata(folder_of(path)), fs::metadata(path)) {
        (Ok(folder), _) if !folder.is_dir() => "its folder is none",
        (Err(_), _) => "its folder is not there",
        (_, Ok(old)) if old.is_dir() => "it is a directory",
        (_, Ok(old)) if !old.is_file() => "it is not a regular file",
        _ => return Ok(()),
    };
    Err(Box::new(messages::not_written(&path.display().to_string(), why)))
}

/// Makes a folder, if it is not there.
///
/// # Errors
/// Something else is there, or it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), Box<Diagnostic>> {
    let fail = |error: std::io::Error| Box::new(messages::not_written(&path.display().to_string(), &error.to_string()));
    fs::create_dir_all(path).map_err(fail)
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
    match fs::remove_file(path) {
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
    let allowed = fs::metadata(path).map_err(|error| Box::new(said(path, &error)))?.permissions();
    if allowed.readonly() {
        return Err(Box::new(messages::not_written(&path.display().to_string(), "it may only be read")));
    }
    put(path, bytes, Some(allowed))
}

fn put(path: &Path, bytes: &[u8], allowed: Option<fs::Permissions>) -> Result<(), Box<Diagnostic>> {
    can_write(path)?;
    let name = path.display().to_string();
    let fail = |error: &std::io::Error| Box::new(messages::not_written(&name, &error.to_string()));
    let mut builder = tempfile::Builder::new();
    // As any other file that a program makes: the user's mask decides who may read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // A link is followed, so that it stays one.
    let real = real_path(path);
    let path = real.as_deref().unwrap_or(path);
    let mut file = builder.tempfile_in(folder_of(path)).map_err(|error| fail(&error))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| fail(&error))?;
    if let Some(allowed) = allowed {
        file.as_file().set_permissions(allowed).map_err(|error| fail(&error))?;
    }
    file.persist(path).map_err(|error| fail(&error.error))?;
    Ok(())
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
        for entry in fs::read_dir(&folder).map_err(|error| fail(&error))? {
            let entry = entry.map_err(|error| fail(&error))?;
            let name = entry.file_name();
            let is_hidden = name.to_string_lossy().starts_with('.');
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !is_hidden {
                open.push(entry.path());
            } else if !is_folder && !is_hidden && name.to_string_lossy().ends_with(ending) && exists(&entry.path()) {
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

/// True if the path leads to a folder.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn said(path: &Path, error: &std::io::Error) -> Diagnostic {
    let name = path.display().to_string();
    match error.kind() {
        ErrorKind::NotFound => messages::missing(&name, near(path).as_deref()),
        _ => messages::unreadable(&name, &error.to_string()),
    }
}

/// The file of the same folder whose name is nearest to a name that is not there.
fn near(path: &Path) -> Option<String> {
    let (name, folder) = (path.file_name()?.to_str()?, folder_of(path));
    let names = list_folder(folder);
    let near = nearest(name, names.iter().map(String::as_str));
    near.into_iter().find(|near| exists(&folder.join(near))).map(str::to_owned)
}
