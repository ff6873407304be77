//! What Ansatz has to say about its inputs: one type for every stage, built from typed data in
//! `messages`, rendered in `render`. Errors carry data; prose is written in `messages` alone.

mod codes;
mod followers;
pub mod messages;
mod render;
mod suggest;
pub mod templates;

use crate::source::Span;
pub use codes::{ALLOWABLE, CODES, Code, find_code, page};
pub use followers::settle;
pub use render::{Style, concise, json, line_of, sort, terminal};
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

/// A replacement of text that mends the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub span: Span,
    pub replacement: String,
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

    /// Advice with the edit that carries it out.
    #[must_use]
    pub fn fix(mut self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        let fix = Fix { span, replacement: replacement.into() };
        self.helps.push(Help { text: text.into(), fix: Some(fix) });
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
            help.fix = near.map(|name| Fix { span, replacement: format!("{}{name}", templates::FOLDER) });
        }
        let found = std::mem::replace(&mut self.primary, Label { place: Place::Source(span), text: String::new() });
        if matches!(found.place, Place::Model { .. } | Place::Data { row: Some(_), .. }) || !found.text.is_empty() {
            self.secondary.insert(0, found);
        }
        self
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// True if any finding is an error.
#[must_use]
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
