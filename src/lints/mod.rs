//! What is made of findings that somebody allowed, wanted as warnings, or wanted as errors. Enters: the
//! findings of a check, comments of the texts, settings. Leaves: the findings, each at its level.

mod comments;

use crate::diagnostics::messages::lints as messages;
use crate::diagnostics::{ALLOWABLE, AllowedBy, Code, Diagnostic, Place, Severity, Suppression, any_error, find_code};
use crate::source::{FileId, Sources};
pub use comments::{Allow, Comments, FileLevel};
use std::collections::BTreeMap;

/// What a finding of a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Allow,
    Warn,
    Error,
}

impl Level {
    /// The words of `ansatz.toml`.
    pub const WORDS: [&'static str; 3] = ["allow", "warn", "error"];

    /// The level of a word of `ansatz.toml`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Level> {
        let place = Level::WORDS.iter().position(|known| *known == word)?;
        [Level::Allow, Level::Warn, Level::Error].get(place).copied()
    }
}

/// Whether a code has levels: warnings have, and errors about the data.
#[must_use]
pub fn has_levels(code: &Code) -> bool {
    code.severity == Severity::Warning || ALLOWABLE.contains(&code.id)
}

/// Why a code cannot be given a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none of this name.
    Unknown,
    /// It is an error in every file.
    AlwaysError(&'static Code),
}

/// The code of a name that can be given a level.
///
/// # Errors
/// There is no such code, or it is always an error.
pub fn code_with_levels(name: &str) -> Result<&'static Code, Refused> {
    match find_code(name) {
        None => Err(Refused::Unknown),
        Some(code) if has_levels(code) => Ok(code),
        Some(code) => Err(Refused::AlwaysError(code)),
    }
}

/// Levels by code, of one origin.
pub type Levels = BTreeMap<&'static str, Level>;

/// Everything that gives findings of one file, and of those that it uses, their levels.
#[derive(Debug, Default)]
pub struct Lints {
    /// Of the command line; these count most.
    pub command_line: Levels,
    /// Of `ansatz.toml`; these count least.
    pub settings: Levels,
    comments: BTreeMap<FileId, Comments>,
}

impl Lints {
    /// With the comments of all texts; what is wrong with them is told.
    #[must_use]
    pub fn new(command_line: Levels, settings: Levels, sources: &Sources, sink: &mut Vec<Diagnostic>) -> Lints {
        let comments = sources.files().map(|(id, file)| (id, comments::read(id, file, sink))).collect();
        Lints { command_line, settings, comments }
    }

    /// Gives findings their levels. What a comment allows is suppressed, and so is a warning that is allowed
    /// elsewhere; an error that is allowed without a reason stays in sight as a warning.
    pub fn apply(&self, findings: &mut [Diagnostic], sources: &Sources) {
        for finding in findings.iter_mut().filter(|finding| has_levels(finding.code)) {
            if let Some(allow) = self.at_line(finding, sources) {
                allow.is_used.set(true);
                let reason = Some(allow.reason.clone());
                finding.suppressed = Some(Suppression { by: AllowedBy::Line, reason });
            } else if let Some((level, by, reason)) = self.level(finding, sources) {
                set(finding, level, by, reason);
            }
        }
    }

    /// Comments that allowed nothing. Where there are errors this cannot be known.
    pub fn unused(&self, findings: &mut Vec<Diagnostic>, sources: &Sources) {
        if any_error(findings) {
            return;
        }
        let allows = self.comments.values().flat_map(|comments| &comments.allows);
        for allow in allows.filter(|allow| !allow.is_used.get() && !allow.codes.iter().any(|code| is_of_runs(code))) {
            let codes: Vec<&str> = allow.codes.iter().map(|code| code.id).collect();
            findings.push(messages::unused(allow.span, allow.whole(sources), &codes));
        }
    }

    /// Codes of errors that are none here, whatever file they are in.
    #[must_use]
    pub fn permitted(&self) -> Vec<String> {
        let of_files = self.comments.values().flat_map(|comments| &comments.levels);
        let mut levels = self.settings.clone();
        levels.extend(of_files.map(|found| (found.code.id, found.level)));
        levels.extend(&self.command_line);
        let lowered = levels.iter().filter(|(code, level)| ALLOWABLE.contains(code) && **level != Level::Error);
        lowered.map(|(code, _)| (*code).to_owned()).collect()
    }

    /// The comment that allows a finding at its line, or at that of a call that it stands in.
    fn at_line(&self, finding: &Diagnostic, sources: &Sources) -> Option<&Allow> {
        let Place::Source(span) = finding.primary.place else { return None };
        let calls = sources.calls(span.file);
        std::iter::once(&span).chain(&calls).find_map(|span| {
            let file = sources.written(span.file);
            let line = sources.get(file)?.line(span.start);
            let allows = &self.comments.get(&file)?.allows;
            allows.iter().find(|allow| allow.line == line && allow.codes.contains(&finding.code))
        })
    }

    fn level(&self, finding: &Diagnostic, sources: &Sources) -> Option<(Level, AllowedBy, Option<String>)> {
        let code = finding.code.id;
        if let Some(level) = self.command_line.get(code) {
            return Some((*level, AllowedBy::CommandLine, None));
        }
        let file = match finding.primary.place {
            Place::Source(span) => Some(sources.written(span.file)),
            _ => self.comments.keys().next().copied(),
        };
        let comments = file.and_then(|file| self.comments.get(&file));
        let of_file = comments.and_then(|comments| comments.levels.iter().rfind(|found| found.code.id == code));
        if let Some(found) = of_file {
            return Some((found.level, AllowedBy::File, found.reason.clone()));
        }
        self.settings.get(code).map(|level| (*level, AllowedBy::Settings, None))
    }
}

/// Findings that only a run, a challenge, a search or a calibration has.
fn is_of_runs(code: &Code) -> bool {
    ["A46", "A47", "A6", "A72"].iter().any(|start| code.id.starts_with(start))
        || ["A7004", "A7005", "A7008"].contains(&code.id)
}

fn set(finding: &mut Diagnostic, level: Level, by: AllowedBy, reason: Option<String>) {
    let is_silenced = reason.is_some() || finding.code.severity == Severity::Warning;
    match level {
        Level::Error => finding.severity = Severity::Error,
        Level::Allow if is_silenced => finding.suppressed = Some(Suppression { by, reason }),
        Level::Allow | Level::Warn => finding.severity = Severity::Warning,
    }
}

impl Allow {
    /// What is deleted with the comment: its line, if nothing else stands there, or the space before it.
    fn whole(&self, sources: &Sources) -> crate::source::Span {
        let Some(file) = sources.get(self.span.file) else { return self.span };
        let before = file.text.get(..self.span.start as usize).unwrap_or("");
        let blank = before.len() - before.trim_end_matches([' ', '\t']).len();
        let is_alone = before.is_empty() || before.trim_end_matches([' ', '\t']).ends_with('\n');
        let has_next = file.text.get(self.span.end as usize..).is_some_and(|rest| rest.starts_with('\n'));
        let end = if is_alone && has_next { self.span.end + 1 } else { self.span.end };
        let blank = u32::try_from(blank).unwrap_or(0);
        crate::source::Span { start: self.span.start - blank, end, ..self.span }
    }
}
