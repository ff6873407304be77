//! Other names for what a text declares. What a file outside calls so too keeps its name there, by a string.

use super::index::{Index, Owner, Space, Symbol};
use super::navigate::same;
use super::project::Unit;
use super::view::{View, uri_of};
use crate::diagnostics::clean;
use crate::feature::FUNCTION_NAMES;
use crate::source::Span;
use crate::syntax::KEYWORDS;
use lsp_types::{Position, Range, TextEdit, WorkspaceEdit};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Words that can be names, and mean something else where some names stand.
const TAKEN: &[&str] = &[
    "constant",
    "map",
    "mean",
    "zero",
    "from",
    "rest",
    "self",
    "pool",
    "paired",
    "by",
    "predicts",
    "align",
    "baseline",
    "precision",
    "generate",
    "family",
    "let",
    "seed",
    "row",
    "edit",
    "fill",
    "search",
    "calibrate",
    "maximise",
    "per",
    "challenge",
    "fools",
    "distinguishes",
    "rank",
    "draws",
    "budget",
    "success",
    "match",
    "trusted",
    "anomalous",
    "scores",
    "apart",
    "identity",
    "scrubbed",
    "modules",
    "empty",
    "full",
];

/// The port that the terms of attention sums are read from.
const PATTERN: &str = "pattern";

/// The range of the name at a position, if it can be called otherwise.
///
/// # Errors
/// Why it cannot.
pub fn prepare(view: &View, position: Position) -> Result<Range, String> {
    let (place, symbol) = view.name_at(position).ok_or_else(|| "there is no name here".to_owned())?;
    refused(symbol)?;
    Ok(view.range(place.span))
}

fn refused(symbol: &Symbol) -> Result<(), String> {
    if symbol.is_library {
        return Err(format!("`{}` belongs to the library", clean(&symbol.name)));
    }
    is_pattern(symbol, &symbol.name)
}

/// Attention sums are found by the name of a port.
fn is_pattern(symbol: &Symbol, name: &str) -> Result<(), String> {
    match symbol.space == Space::Port && name == PATTERN {
        true => Err(format!(
            "`{PATTERN}` is a word of the language: the terms of a sum are read from the port of this name"
        )),
        false => Ok(()),
    }
}

/// The edits that give the name at a position another one, in all texts that are open or used.
///
/// # Errors
/// The name is none, or taken, or cannot be changed.
pub fn rename(views: &[View], position: Position, name: &str) -> Result<WorkspaceEdit, String> {
    let found = same(views, position);
    if found.is_empty() {
        return Err("there is no name here".to_owned());
    }
    is_name(name)?;
    let mut seen: BTreeSet<(Span, bool)> = BTreeSet::new();
    let mut edits: Vec<(Arc<Unit>, TextEdit)> = Vec::new();
    for (view, at) in &found {
        let symbol = view.index.symbols.get(*at).ok_or_else(|| "there is no name here".to_owned())?;
        refused(symbol)?;
        if symbol.name == name {
            return Ok(WorkspaceEdit::default());
        }
        is_pattern(symbol, name)?;
        // What stands in expressions could be taken for the function.
        if groups(symbol.space).contains(&3) && FUNCTION_NAMES.contains(&name) {
            return Err(format!("`{name}` is a function of the language"));
        }
        is_free(&view.index, *at, symbol, name)?;
        for (span, text) in changes(&view.index, *at, name) {
            let Some(unit) = view.project.unit(span.file) else { continue };
            if seen.insert((span, span.start == span.end)) {
                let range = unit.lines.range(&unit.text, span.range(), view.encoding);
                edits.push((Arc::clone(unit), TextEdit { range, new_text: text }));
            }
        }
    }
    let mut changes: Vec<(lsp_types::Uri, Vec<TextEdit>)> = Vec::new();
    for (unit, edit) in edits {
        let Some(uri) = uri_of(&unit) else { continue };
        match changes.iter_mut().find(|(known, _)| *known == uri) {
            Some((_, list)) => list.push(edit),
            None => changes.push((uri, vec![edit])),
        }
    }
    Ok(WorkspaceEdit { changes: Some(changes.into_iter().collect()), ..WorkspaceEdit::default() })
}

/// What is put in the place of what, for a new name: of its places, and of strings that keep the old one.
#[must_use]
pub fn changes(index: &Index, symbol: usize, name: &str) -> Vec<(Span, String)> {
    let old = index.symbols.get(symbol).map_or("", |symbol| symbol.name.as_str());
    let mut found = Vec::new();
    for place in index.places(symbol) {
        match place.kept {
            // Edits that touch could be taken for edits that overlap.
            Some(kept) if kept.at == place.span.end => {
                found.push((place.span, format!("{name}{}\"{old}\"", kept.before)));
            }
            Some(kept) => {
                let span = Span { file: place.span.file, start: kept.at, end: kept.at };
                found.push((place.span, name.to_owned()));
                found.push((span, format!("{}\"{old}\"", kept.before)));
            }
            None => found.push((place.span, name.to_owned())),
        }
    }
    found
}

fn is_name(name: &str) -> Result<(), String> {
    let shown = clean(name);
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if name.is_empty() || !name.chars().all(is_word) || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!(
            "`{shown}` is not a name: names are letters, digits and `_`, and do not start with a digit"
        ));
    }
    if KEYWORDS.contains(&name) {
        return Err(format!("`{shown}` is a keyword"));
    }
    if TAKEN.contains(&name) {
        return Err(format!("`{shown}` is a word of the language"));
    }
    Ok(())
}

/// Names that could be taken for each other have one of these in common.
fn groups(space: Space) -> &'static [u8] {
    match space {
        Space::Model => &[0],
        Space::Data => &[1],
        Space::Map => &[2],
        Space::Value
        | Space::Feature
        | Space::Table
        | Space::Constant
        | Space::Function
        | Space::Component
        | Space::Dim
        | Space::Parameter
        | Space::Pieces => &[3],
        Space::Behaviour => &[3, 4],
        Space::Node | Space::Draw => &[4],
        Space::Port => &[5],
        Space::Hypothesis | Space::Interchange | Space::Challenge => &[6],
        Space::Search => &[7],
        Space::Calibration => &[8],
    }
}

/// Whether nothing of the new name could be meant in its place.
///
/// # Errors
/// What has the name.
pub fn is_free(index: &Index, at: usize, symbol: &Symbol, name: &str) -> Result<(), String> {
    let own = groups(symbol.space);
    let clashes = |other: &&Symbol| {
        let meets = groups(other.space).iter().any(|group| own.contains(group));
        let apart = match (&symbol.owner, &other.owner) {
            (Owner::Claims(one), Owner::Claims(two)) => one != two,
            (Owner::Local(one), Owner::Local(two)) => !overlap(*one, *two),
            _ => false,
        };
        other.name == name && meets && !apart
    };
    let others = index.symbols.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
    match others.into_iter().find(clashes) {
        Some(other) if other.is_library => Err(format!("`{}` is a {} of the library", clean(name), other.space.word())),
        Some(other) => Err(format!("`{}` is a {} already", clean(name), other.space.word())),
        None => Ok(()),
    }
}

fn overlap(one: Span, other: Span) -> bool {
    one.file == other.file && one.start < other.end && other.start < one.end
}
