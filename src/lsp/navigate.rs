//! From a name to its declaration and to its uses.

use super::view::View;
use crate::source::{FileId, Span};
use crate::syntax::ast::Used;
use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location, Position};
use std::collections::BTreeSet;

/// Where the name at a position is declared; for a `use`, what it takes in.
#[must_use]
pub fn definition(view: &View, position: Position) -> Vec<Location> {
    let Some((place, _)) = view.name_at(position) else { return used(view, view.offset(position)) };
    let places = view.index.places(place.symbol).filter(|place| place.is_definition);
    places.filter_map(|place| view.location(place.span)).collect()
}

/// The start of a file or of a part of the library that is used here.
fn used(view: &View, offset: usize) -> Vec<Location> {
    let uses = view.unit.parsed.file.uses.iter().zip(view.project.uses.get(&view.unit.id).into_iter().flatten());
    let here = |span: Span| span.range().contains(&offset) || span.end as usize == offset;
    let found = uses.filter(|(used, _)| match &used.what {
        Used::File(path) => here(path.span),
        Used::Library(_) => here(used.span),
    });
    found.filter_map(|(_, target)| view.location(Span::new((*target)?, 0..0))).collect()
}

/// The symbols of several texts that are one: those declared or used at the same place.
#[must_use]
pub fn same(views: &[View], position: Position) -> Vec<(&View, usize)> {
    let Some((first, rest)) = views.split_first() else { return Vec::new() };
    let Some((place, _)) = first.name_at(position) else { return Vec::new() };
    let mut known: BTreeSet<(FileId, Span)> = spans(first, place.symbol);
    let mut found = vec![(first, place.symbol)];
    for view in rest {
        let other = view.index.occurrences.iter().find(|other| known.contains(&(other.span.file, other.span)));
        if let Some(other) = other {
            known.extend(spans(view, other.symbol));
            found.push((view, other.symbol));
        }
    }
    found
}

fn spans(view: &View, symbol: usize) -> BTreeSet<(FileId, Span)> {
    view.index.places(symbol).map(|place| (place.span.file, place.span)).collect()
}

/// All places of the name at a position, in all open texts and in those that they use.
#[must_use]
pub fn references(views: &[View], position: Position, with_declarations: bool) -> Vec<Location> {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    let mut found = Vec::new();
    for (view, symbol) in same(views, position) {
        for place in view.index.places(symbol).filter(|place| with_declarations || !place.is_definition) {
            if seen.insert(place.span) {
                found.extend(view.location(place.span));
            }
        }
    }
    found
}

/// All places of the name at a position in its own text.
#[must_use]
pub fn highlights(view: &View, position: Position) -> Vec<DocumentHighlight> {
    let Some((place, _)) = view.name_at(position) else { return Vec::new() };
    let own = view.index.places(place.symbol).filter(|place| place.span.file == view.unit.id);
    let one = |place: &super::index::Occurrence| {
        let kind = if place.is_definition { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        DocumentHighlight { range: view.range(place.span), kind: Some(kind) }
    };
    own.map(one).collect()
}
