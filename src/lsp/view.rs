//! What a request reads: a text with all that it uses, its names, and what the last check has found out.

use super::facts::Facts;
use super::index::{Index, Occurrence, Symbol};
use super::position::Encoding;
use super::project::{Project, Unit};
use super::{findings, uri};
use crate::source::Span;
use lsp_types::{Location, Position, Range, Uri};
use std::sync::Arc;

/// One text at one moment.
#[derive(Debug, Clone)]
pub struct View {
    pub project: Arc<Project>,
    pub index: Arc<Index>,
    /// Of the last check, which may have seen an older text.
    pub facts: Arc<Facts>,
    pub encoding: Encoding,
    /// The text that is looked at; it is the main one of the project.
    pub unit: Arc<Unit>,
}

impl View {
    /// The byte of a position.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        self.unit.lines.offset(&self.unit.text, position, self.encoding)
    }

    /// The name at a position.
    #[must_use]
    pub fn name_at(&self, position: Position) -> Option<(&Occurrence, &Symbol)> {
        let found = self.index.at(self.unit.id, self.offset(position))?;
        Some((found, self.index.symbol(found)?))
    }

    /// A place in the text that is looked at.
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        self.unit.lines.range(&self.unit.text, span.range(), self.encoding)
    }

    /// A place in any text of the project.
    #[must_use]
    pub fn location(&self, span: Span) -> Option<Location> {
        let unit = self.project.unit(span.file)?;
        let range = unit.lines.range(&unit.text, span.range(), self.encoding);
        Some(Location { uri: uri_of(unit)?, range })
    }
}

/// The name of a text for editors: as they have called it, or its path.
#[must_use]
pub fn uri_of(unit: &Unit) -> Option<Uri> {
    match &unit.uri {
        Some(known) => findings::parsed_uri(known),
        None => uri::of_path(unit.path.as_deref()?),
    }
}
