//! `ansatz check --fix`: rounds of fixes, and what they leave on disk.

use super::args::{CheckArgs, FileArgs};
use super::check::{Analysis, analyse};
use super::fmt::difference;
use super::loading::Engines;
use super::output::Screen;
use super::overlay::Texts;
use crate::diagnostics::messages::{lints, usage};
use crate::diagnostics::{Applicability, Diagnostic, any_error};
use crate::files;
use crate::fixing::{self, MOST_ROUNDS, Refusals, Round};
use crate::source::{FileId, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Begins files of some editors; it says nothing about UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A file that is mended: as it was read, and as it will be.
#[derive(Debug)]
struct Changed {
    name: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// What was mended in all files of a command.
#[derive(Debug, Default)]
pub struct Mended {
    pub made: usize,
    changed: BTreeMap<PathBuf, Changed>,
    /// Texts of files that are mended and not written.
    pub texts: Texts,
}

/// Mends a file and those of its folder that it uses. Gives what is found afterwards.
pub fn mend(args: &CheckArgs, file: &FileArgs, engines: &Engines, mended: &mut Mended) -> Analysis {
    let most = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let mut refusals = Refusals::default();
    let mut refused: Vec<Diagnostic> = Vec::new();
    let at = |texts: &Texts| analyse(&FileArgs { texts: texts.clone(), ..file.clone() }, engines);
    let mut analysis = at(&mended.texts);
    for _ in 0..MOST_ROUNDS {
        let Analysis { findings, sources, .. } = &analysis;
        let round = fixing::round(findings, sources, most, &|id| may_change(id, sources, file), &mut refusals);
        refused.extend(round.refused.iter().cloned());
        if round.made == 0 {
            break;
        }
        let before = (mended.texts.clone(), analysis);
        let changes = written_over(&round, &before.1.sources, mended);
        analysis = at(&mended.texts);
        if any_error(&analysis.findings) && !any_error(&before.1.findings) {
            // A right file stays right.
            refused.extend(
                before.1.findings.iter().filter(|found| fixing::fix_of(found, most).is_some()).map(lints::refused),
            );
            (mended.texts, analysis) = before;
            break;
        }
        mended.made += round.made;
        keep(changes, mended);
    }
    analysis.findings.extend(refused);
    analysis
}

/// Whether a text is a file in the folder of the one that was named. Parts of the library are none.
fn may_change(id: FileId, sources: &Sources, args: &FileArgs) -> bool {
    let Some(source) = sources.get(id) else { return false };
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (file, folder) = (files::real_path(Path::new(&source.name)), files::real_path(folder));
    let is_below = file.as_ref().zip(folder.as_ref()).is_some_and(|(file, folder)| file.starts_with(folder));
    let is_main = file.is_some() && file == files::real_path(&args.file);
    let is_text = |bytes: Vec<u8>| bytes.strip_prefix(MARK).unwrap_or(&bytes) == source.text.as_bytes();
    (is_main || is_below) && args.texts.read(Path::new(&source.name)).is_ok_and(is_text)
}

/// Puts the texts of a round in the place of files; gives them by real path, as they are and were.
fn written_over(round: &Round, sources: &Sources, mended: &mut Mended) -> Vec<(PathBuf, Changed)> {
    let mut changes = Vec::new();
    for (id, text) in &round.texts {
        let name = sources.get(*id).map_or("", |source| source.name.as_str());
        let (Some(real), Ok(before)) = (files::real_path(Path::new(name)), mended.texts.read(Path::new(name))) else {
            continue;
        };
        let mark = if before.starts_with(MARK) { MARK } else { &[] };
        let after = [mark, text.as_bytes()].concat();
        mended.texts.put(real.clone(), after.clone());
        changes.push((real, Changed { name: name.to_owned(), before, after }));
    }
    changes
}

fn keep(changes: Vec<(PathBuf, Changed)>, mended: &mut Mended) {
    for (real, change) in changes {
        match mended.changed.get_mut(&real) {
            Some(known) => known.after = change.after,
            None => {
                mended.changed.insert(real, change);
            }
        }
    }
}

impl Mended {
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed.values().any(|changed| changed.before != changed.after)
    }

    /// Writes the files, or shows what would change. Each is written whole or not at all, and only if it is
    /// still what was checked.
    ///
    /// # Errors
    /// A file that is another by now, or cannot be written; those before it are written.
    pub fn finish(&self, is_diff: bool, screen: &Screen) -> Result<(), Box<Diagnostic>> {
        for (real, changed) in self.changed.iter().filter(|(_, changed)| changed.before != changed.after) {
            if is_diff {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                screen.result(&difference(&changed.name, &text(&changed.before), &text(&changed.after)));
            } else if files::read(real, files::SOURCE_LIMIT)? == changed.before {
                files::rewrite(real, &changed.after)?;
            } else {
                return Err(Box::new(usage::changed_meanwhile(&changed.name)));
            }
        }
        Ok(())
    }
}

/// What is left of findings, and how much of it `--unsafe-fixes` would mend.
#[must_use]
pub fn left<'a>(findings: impl Iterator<Item = &'a Diagnostic>, is_unsafe: bool) -> (usize, usize) {
    let visible: Vec<&Diagnostic> = findings.filter(|found| found.suppressed.is_none()).collect();
    let later = visible.iter().filter(|found| fixing::fix_of(found, Applicability::Unsafe).is_some()).count();
    (visible.len(), if is_unsafe { 0 } else { later })
}
