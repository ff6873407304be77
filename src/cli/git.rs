//! Files of a revision, as git has them. Git is asked for blobs only; no shell is involved.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{files as file_messages, git as messages};
use crate::files;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

type Fault = Box<Diagnostic>;

/// A hypothesis file of a revision.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The folder of the working tree.
    top: PathBuf,
    /// What git calls the revision; empty for what is staged.
    name: String,
    /// The path of the file from `top`.
    path: PathBuf,
}

impl Revision {
    /// A file by its path as git takes it: from the top of the working tree, or from the working folder
    /// where it begins with `./` or `../`.
    ///
    /// # Errors
    /// There is no git, or no repository.
    pub fn of_path(name: &str, path: &str) -> Result<Revision, Fault> {
        let (top, prefix) = tree(Path::new("."))?;
        let relative = path.starts_with("./") || path.starts_with("../");
        let path = if relative { prefix.join(path) } else { PathBuf::from(path) };
        Ok(Revision { top, name: name.to_owned(), path: plain(&path) })
    }

    /// A file of the working tree as it was in a revision.
    ///
    /// # Errors
    /// There is no git, or the file lies in no repository.
    pub fn of_file(name: &str, file: &Path) -> Result<Revision, Fault> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (top, prefix) = tree(folder)?;
        let path = prefix.join(file.file_name().unwrap_or_default());
        Ok(Revision { top, name: name.to_owned(), path: plain(&path) })
    }

    /// Where the file is, or would be, in the working tree: models and data are taken from there.
    #[must_use]
    pub fn in_tree(&self) -> PathBuf {
        self.top.join(&self.path)
    }

    /// `HEAD:claims.ansatz`
    #[must_use]
    pub fn shown(&self) -> String {
        self.object(&self.path)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// The revision has no such file, or it is too large.
    pub fn read(&self) -> Result<Vec<u8>, Fault> {
        self.blob(&self.path)
    }

    /// The bytes of a file that it uses, by its path relative to its folder, and how it is called.
    ///
    /// # Errors
    /// As for [`Revision::read`].
    pub fn used(&self, path: &Path) -> Result<(String, Vec<u8>), Fault> {
        let whole = plain(&self.path.parent().unwrap_or(Path::new("")).join(path));
        Ok((self.object(&whole), self.blob(&whole)?))
    }

    fn object(&self, path: &Path) -> String {
        // Git has one separator everywhere.
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        format!("{}:{}", self.name, parts.join("/"))
    }

    fn blob(&self, path: &Path) -> Result<Vec<u8>, Fault> {
        let object = self.object(path);
        // An option, to git.
        if object.starts_with('-') {
            return Err(Box::new(messages::unreadable(&object, "the name of a revision does not begin with `-`")));
        }
        git(&self.top, &["cat-file", "blob", &object], &object)
    }
}

/// The top of the working tree that a folder lies in, and the folder's path from there.
fn tree(folder: &Path) -> Result<(PathBuf, PathBuf), Fault> {
    let asked = ["rev-parse", "--show-toplevel", "--show-prefix"];
    let told = git(folder, &asked, &folder.display().to_string())?;
    let told = String::from_utf8_lossy(&told);
    let mut lines = told.lines();
    let top = PathBuf::from(lines.next().unwrap_or_default());
    Ok((top, PathBuf::from(lines.next().unwrap_or_default())))
}

/// What git writes; `object` is what it was asked for.
fn git(folder: &Path, arguments: &[&str], object: &str) -> Result<Vec<u8>, Fault> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Nothing is fetched, locked or asked.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    command.env("LC_ALL", "C");
    let mut child = command.spawn().map_err(|error| Box::new(messages::no_git(&error.to_string())))?;
    let complaints = child.stderr.take().map(|stream| std::thread::spawn(move || bounded(stream, 1 << 16)));
    let bytes = child.stdout.take().map(|stream| bounded(stream, files::SOURCE_LIMIT + 1)).unwrap_or_default();
    let too_large = bytes.len() as u64 > files::SOURCE_LIMIT;
    if too_large {
        let _ = child.kill();
    }
    let ended = child.wait();
    let complaints = complaints.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if too_large {
        return Err(Box::new(file_messages::too_large(object, bytes.len() as u64, files::SOURCE_LIMIT)));
    }
    match ended {
        Ok(status) if status.success() => Ok(bytes),
        Ok(_) => Err(Box::new(messages::unreadable(object, String::from_utf8_lossy(&complaints).trim()))),
        Err(error) => Err(Box::new(messages::no_git(&error.to_string()))),
    }
}

/// At most so many bytes; the rest is read no more.
fn bounded(stream: impl Read, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.take(limit).read_to_end(&mut bytes);
    bytes
}

/// A path without `.` and without `..` behind a folder.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if found.file_name().is_some() => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}
