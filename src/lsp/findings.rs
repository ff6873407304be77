//! Findings as editors take them.

use super::documents::Document;
use super::position::{Encoding, Lines};
use super::uri;
use crate::diagnostics::{Applicability, Diagnostic, Edit, Label, Place, Severity};
use crate::elaborate::LIBRARY;
use crate::source::{SourceFile, Sources, Span};
use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range, TextEdit, Uri};
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

/// What editors show as the origin of findings.
pub const SOURCE: &str = "ansatz";

/// One finding, where it is shown, with the edits that would mend it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub uri: Uri,
    pub diagnostic: lsp_types::Diagnostic,
    pub fixes: Vec<ShownFix>,
}

/// Edits of one text that mend a finding.
#[derive(Debug, Clone)]
pub struct ShownFix {
    pub title: String,
    pub uri: Uri,
    pub edits: Vec<TextEdit>,
    /// It can be made without asking.
    pub is_safe: bool,
}

/// Where texts are, for findings in them.
pub struct Places<'a> {
    pub main: &'a Document,
    pub sources: &'a Sources,
    pub open: &'a BTreeMap<String, Document>,
    pub encoding: Encoding,
}

/// All findings of a check.
#[must_use]
pub fn shown(findings: &[Diagnostic], places: &Places<'_>) -> Vec<Shown> {
    findings.iter().map(|finding| places.shown(finding)).collect()
}

impl Places<'_> {
    fn shown(&self, finding: &Diagnostic) -> Shown {
        let found = match &finding.primary.place {
            Place::Source(span) => self.nearest(*span),
            _ => None,
        };
        let (uri, range) = found.unwrap_or_else(|| (self.main.uri.clone(), Range::default()));
        let severity = match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        };
        let diagnostic = lsp_types::Diagnostic {
            range,
            severity: Some(severity),
            code: Some(NumberOrString::String(finding.code.id.to_owned())),
            code_description: None,
            source: Some(SOURCE.to_owned()),
            message: message(finding),
            related_information: Some(self.related(finding)).filter(|found| !found.is_empty()),
            tags: None,
            data: None,
        };
        Shown { uri, diagnostic, fixes: self.fixes(finding) }
    }

    fn fixes(&self, finding: &Diagnostic) -> Vec<ShownFix> {
        let fixes = finding.helps.iter().filter_map(|help| {
            let fix = help.fix.as_ref()?;
            let located = |edit: &Edit| {
                let (uri, range) = self.location(edit.span)?;
                Some((uri, TextEdit { range, new_text: edit.replacement.clone() }))
            };
            let (uris, edits): (Vec<Uri>, Vec<TextEdit>) =
                fix.edits.iter().map(located).collect::<Option<Vec<_>>>()?.into_iter().unzip();
            let is_safe = fix.applicability == Applicability::Safe;
            Some(ShownFix { title: title(&help.text), uri: uris.into_iter().next()?, edits, is_safe })
        });
        fixes.collect()
    }

    fn related(&self, finding: &Diagnostic) -> Vec<DiagnosticRelatedInformation> {
        let of_label = |label: &Label| match label.place {
            Place::Source(span) => Some((span, label.text.clone())),
            _ => None,
        };
        let labels = finding.secondary.iter().filter_map(of_label);
        let calls = match finding.primary.place {
            Place::Source(span) => self.sources.calls(span.file),
            _ => Vec::new(),
        };
        let calls = calls.into_iter().map(|span| (span, "called here".to_owned()));
        let all = labels.chain(calls).filter_map(|(span, message)| {
            let (uri, range) = self.location(span)?;
            Some(DiagnosticRelatedInformation { location: Location { uri, range }, message })
        });
        all.collect()
    }

    /// A place in a file of the user: the one that is meant, or the call of the library that leads to it.
    fn nearest(&self, span: Span) -> Option<(Uri, Range)> {
        std::iter::once(span).chain(self.sources.calls(span.file)).find_map(|span| self.location(span))
    }

    /// A place as editors name it; `None` for the library.
    fn location(&self, span: Span) -> Option<(Uri, Range)> {
        let file = self.sources.get(span.file)?;
        let uri = self.uri(file)?;
        Some((uri, Lines::of(&file.text).range(&file.text, span.range(), self.encoding)))
    }

    fn uri(&self, file: &SourceFile) -> Option<Uri> {
        if LIBRARY.iter().any(|part| part.name == file.name) {
            return None;
        }
        let main = self.main.path.as_deref().map(|path| path.display().to_string());
        if file.name == self.main.uri.as_str() || main.is_some_and(|main| main == file.name) {
            return Some(self.main.uri.clone());
        }
        let identity = super::documents::identity(Path::new(&file.name));
        match self.open.get(&identity) {
            Some(document) => Some(document.uri.clone()),
            None => uri::of_path(Path::new(&identity)),
        }
    }
}

/// The message with all that a terminal shows beside it.
fn message(finding: &Diagnostic) -> String {
    let mut out = finding.message.clone();
    let mut line = |what: &str, text: &str| {
        if !text.is_empty() {
            out.push('\n');
            out.push_str(what);
            out.push_str(text);
        }
    };
    line("", &finding.primary.text);
    for label in &finding.secondary {
        match &label.place {
            Place::Model { what, facts, .. } => line("", &format!("{}: {what} {facts}", label.text)),
            Place::Data { path, row: Some(row) } => line("", &format!("{}: {path}, row {row}", label.text)),
            _ => {}
        }
    }
    finding.notes.iter().for_each(|note| line("Note: ", note));
    finding.helps.iter().for_each(|help| line("Help: ", &help.text));
    out
}

/// The first letter of advice large, as editors show titles.
fn title(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A URI that is known to be one.
#[must_use]
pub fn parsed_uri(text: &str) -> Option<Uri> {
    Uri::from_str(text).ok()
}
