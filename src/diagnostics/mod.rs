//! What Ansatz has to say about its inputs: one type for every stage, built from typed data in
//! `messages`, rendered in `render`. Errors carry data; prose is written in `messages` alone.

mod codes;
mod fix;
mod followers;
pub mod messages;
mod render;
mod suggest;
pub mod templates;

use crate::source::Span;
pub use codes::{ALLOWABLE, CODES, Code, find_code, page};
pub use fix::{Applicability, Edit, Fix, is_misspelling};
pub use followers::settle;
pub use render::{Style, as_written, concise, json, line_of, sort, terminal};
pub use suggest::{clean, is_hidden, nearest, shown_whole};

/// One finding, with everything a user needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    pub severity: Severity,
    /// One line that is complete on its own.
    pub message: String,
    pub primary: Label,
    pub secondary: Vec<Label>,
    pub notes: Vec<String>,
    pub helps: Vec<Help>,
    /// Who allowed it, if somebody did: then it is no more than a record.
    pub suppressed: Option<Suppression>,
}

/// How bad a finding is. Only errors stop the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A place with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub place: Place,
    pub text: String,
}

/// Where a finding is: each of the three inputs (text, graph, data) can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Source(Span),
    /// A file as a whole: a model, a dataset, a replay.
    File {
        path: String,
    },
    /// A node or tensor of a model: `what` names it, `facts` is one line about it.
    Model {
        path: String,
        what: String,
        facts: String,
    },
    /// A dataset, and a row of it if one row is meant.
    Data {
        path: String,
        row: Option<u64>,
    },
    Nowhere,
}

/// Advice, with an edit where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    pub text: String,
    pub fix: Option<Fix>,
}

/// Why a finding is not told of: somebody allowed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub by: AllowedBy,
    /// In the words of who allowed it. A comment always has one.
    pub reason: Option<String>,
}

/// Where a finding was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedBy {
    /// A comment at its line.
    Line,
    /// A comment at the head of its file.
    File,
    CommandLine,
    /// `ansatz.toml`.
    Settings,
}

impl AllowedBy {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AllowedBy::Line => "line",
            AllowedBy::File => "file",
            AllowedBy::CommandLine => "command line",
            AllowedBy::Settings => "ansatz.toml",
        }
    }
}

impl Diagnostic {
    /// A finding with the code's own severity and no further labels.
    #[must_use]
    pub fn new(code: &'static Code, message: impl Into<String>, place: Place) -> Self {
        Diagnostic {
            code,
            severity: code.severity,
            message: message.into(),
            primary: Label { place, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            suppressed: None,
        }
    }

    /// A finding at a place in the text.
    #[must_use]
    pub fn at(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic::new(code, message, Place::Source(span))
    }

    /// The words beside the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// A second place that explains the first, such as a declaration.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { place: Place::Source(span), text: text.into() });
        self
    }

    #[must_use]
    pub fn also_at(mut self, place: Place, text: impl Into<String>) -> Self {
        self.secondary.push(Label { place, text: text.into() });
        self
    }

    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(Help { text: text.into(), fix: None });
        self
    }

    /// A finding about a file as a whole, pointed at the place in the text that names the file.
    #[must_use]
    pub fn pointed(mut self, span: Span) -> Self {
        if matches!(self.primary.place, Place::Source(_)) {
            return self;
        }
        for help in self.helps.iter_mut().filter(|help| help.fix.is_none() && self.code.id == "A9001") {
            let near = help.text.split('`').nth(1).and_then(|path| path.rsplit('/').next());
            let edit = |name: &str| Edit { span, replacement: format!("{}{name}", templates::FOLDER) };
            help.fix = near.map(|name| Fix { edits: vec![edit(name)], applicability: Applicability::Unsafe });
        }
        let found = std::mem::replace(&mut self.primary, Label { place: Place::Source(span), text: String::new() });
        if matches!(found.place, Place::Model { .. } | Place::Data { row: Some(_), .. }) || !found.text.is_empty() {
            self.secondary.insert(0, found);
        }
        self
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error && self.suppressed.is_none()
    }
}

/// True if any finding is an error.
#[must_use]
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
