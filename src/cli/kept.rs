//! What searches and calibrations keep in a folder, so that the same command goes on where one was
//! stopped.

use super::args::FileArgs;
use super::loading::Engines;
use crate::diagnostics::Diagnostic;
use crate::files;
use crate::format::format;
use crate::hypothesis::Checked;
use crate::source::{FileId, Sources};
use std::path::{Component, Path, PathBuf};

type Fault = Box<Diagnostic>;

/// Everything that numbers about a file depend on, the files that it uses among it, in one text.
pub fn key((args, seed): (&FileArgs, u64), sources: &Sources, checked: &Checked, engines: &Engines) -> String {
    let engine = engines.engine();
    let mut parts: Vec<String> = vec![
        env!("CARGO_PKG_VERSION").to_owned(),
        format!("{} {}", engine.name(), engine.version()),
        seed.to_string(),
        format!("{:?} {:?} {:?} {:?}", args.set, args.allow, args.warn, args.levels),
    ];
    parts.extend(sources.iter().map(|file| file.text.clone()));
    parts.extend(checked.models.iter().flatten().map(|model| model.model.hash.clone()));
    parts.extend(checked.datasets.iter().flatten().map(|data| data.hash.clone()));
    parts.extend(checked.tables.iter().flatten().map(|table| table.hash.clone()));
    blake3::hash(parts.join("\u{0}").as_bytes()).to_hex().to_string()
}

/// Where progress is kept, if anywhere.
pub struct Keep {
    path: Option<PathBuf>,
    pub key: String,
}

impl Keep {
    /// In a file of this name, in a folder that is made if it is not there.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn new(folder: Option<&Path>, name: &str, key: String) -> Result<Keep, Fault> {
        let path = folder.map(|folder| folder.join(format!("{name}.progress.json")));
        if let Some(folder) = folder {
            files::make_folder(folder)?;
        }
        if let Some(path) = &path {
            files::can_write(path)?;
        }
        Ok(Keep { path, key })
    }

    /// What is there, if anything.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.path.as_ref().map_or(Ok(None), |path| files::read_if_there(path, files::BINARY_LIMIT))
    }

    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Fault> {
        self.path.as_ref().map_or(Ok(()), |path| files::write(path, bytes))
    }
}

/// Laid out as `ansatz fmt` does it.
pub fn laid_out(text: &str) -> String {
    format(FileId(0), text).unwrap_or_else(|_| text.to_owned())
}

/// A text in a folder that has what a file declares: `header` uses the file by its name, and what this
/// gives by the path from the folder.
///
/// # Errors
/// One of the two is gone.
pub fn header_in(folder: &Path, file: &Path, header: &str) -> Result<String, Fault> {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let path = relative(folder, file)?;
    Ok(header.replacen(&format!("\"{name}\""), &format!("\"{path}\""), 1))
}

/// The path from a folder to a file, with `/`.
fn relative(folder: &Path, file: &Path) -> Result<String, Fault> {
    let (from, to) = (files::resolved(folder)?, files::resolved(file)?);
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}
