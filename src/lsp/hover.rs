//! What is shown of a name.

use super::facts::{ComponentFacts, Facts, FeatureFacts};
use super::index::{Occurrence, Space, Symbol};
use super::project::Unit;
use super::view::View;
use crate::diagnostics::clean;
use crate::feature::usage;
use crate::source::Span;
use crate::syntax::SyntaxKind;
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use std::fmt::Write;

/// Declarations longer than this are cut, in characters.
const LONGEST: usize = 400;

/// What is known of the name, the function or the address at a position.
#[must_use]
pub fn hover(view: &View, position: Position) -> Option<Hover> {
    let (text, span) = match view.name_at(position) {
        Some((place, symbol)) => (described(view, place.symbol, symbol), place.span),
        None => of_token(view, view.offset(position))?,
    };
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text });
    Some(Hover { contents, range: Some(view.range(span)) })
}

fn of_token(view: &View, offset: usize) -> Option<(String, Span)> {
    let unit = &view.unit;
    let holds = |token: &crate::syntax::Node<'_>| token.range().contains(&offset);
    let token = unit.parsed.tree.tokens().find(holds)?;
    let span = Span::new(unit.id, token.range());
    match token.kind() {
        SyntaxKind::Ident | SyntaxKind::KwAny => Some((code(usage(token.text())?), span)),
        SyntaxKind::StringLiteral => Some((of_address(&view.facts, token.text().trim_matches('"'))?, span)),
        _ => None,
    }
}

fn of_address(facts: &Facts, address: &str) -> Option<String> {
    let all = facts
        .models
        .iter()
        .flat_map(|(name, model)| model.addresses.iter().chain(&model.ends).map(move |(own, ty)| (name, own, ty)));
    let mut found = all.filter(|(_, own, _)| *own == address);
    found.next().map(|(model, own, ty)| format!("tensor `{}` of `{model}`: `{ty}`", clean(own)))
}

fn code(text: &str) -> String {
    format!("```ansatz\n{text}\n```")
}

/// What a name is: its declarations, what is written above them, and what the last check has found out.
#[must_use]
pub fn described(view: &View, at: usize, symbol: &Symbol) -> String {
    let definitions = view.index.places(at).filter(|place| place.is_definition);
    let mut lines: Vec<String> = definitions.filter_map(|place| declaration(view, place, symbol)).collect();
    lines.dedup();
    let mut out = match lines.is_empty() {
        true => format!("{} `{}`", symbol.space.word(), symbol.name),
        false => code(&lines.join("\n")),
    };
    if !symbol.docs.is_empty() {
        let _ = write!(out, "\n\n{}", symbol.docs);
    }
    let facts = known(&view.facts, symbol);
    if !facts.is_empty() {
        let _ = write!(out, "\n\n{facts}");
    }
    out
}

/// The text of a declaration up to its braces, on one line.
fn declaration(view: &View, place: &Occurrence, symbol: &Symbol) -> Option<String> {
    let unit = view.project.unit(place.span.file)?;
    let item = symbol.item;
    let is_first = item.file == place.span.file && item.range().contains(&(place.span.start as usize));
    // What is only a name is told by its line.
    let range = if is_first && item != place.span { head(unit, symbol.item) } else { line(unit, place.span) };
    let text = unit.text.get(range)?;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = flat.chars().take(LONGEST).collect();
    if short.len() < flat.len() {
        short.push_str(" ...");
    }
    Some(short)
}

fn head(unit: &Unit, item: Span) -> std::ops::Range<usize> {
    let is_brace = |token: &crate::syntax::Node<'_>| {
        token.kind() == SyntaxKind::LBrace && token.range().start >= item.start as usize
    };
    let brace = unit.parsed.tree.tokens().find(is_brace).map_or(usize::MAX, |token| token.range().start);
    item.start as usize..brace.min(item.end as usize)
}

fn line(unit: &Unit, span: Span) -> std::ops::Range<usize> {
    let (before, after) = (unit.text.get(..span.start as usize), unit.text.get(span.end as usize..));
    let start = before.and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let end = after.and_then(|text| text.find('\n')).map_or(unit.text.len(), |at| span.end as usize + at);
    start..end
}

fn known(facts: &Facts, symbol: &Symbol) -> String {
    let name = symbol.name.as_str();
    match symbol.space {
        Space::Component => listed(facts.components.get(name), of_component),
        Space::Feature => listed(facts.features.get(name), of_feature),
        Space::Dim => match facts.dims.get(name).map(Vec::as_slice) {
            None | Some([]) => String::new(),
            Some(sizes) => format!("size {}", sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")),
        },
        Space::Model => facts.models.get(name).map_or_else(String::new, |model| format!("`{}`", clean(&model.path))),
        Space::Data => facts
            .datasets
            .get(name)
            .map_or_else(String::new, |data| format!("{} rows of `{}`", data.rows, clean(&data.path))),
        _ => String::new(),
    }
}

fn listed<T>(found: Option<&Vec<T>>, one: impl Fn(&T) -> String) -> String {
    found.into_iter().flatten().map(one).collect::<Vec<_>>().join("\n\n")
}

fn of_component(found: &ComponentFacts) -> String {
    let mut out = format!("of `{}`, axes `[{}]`", found.model, found.axes.join(", "));
    for (label, address, ty) in &found.members {
        let _ = write!(out, "\n- `{label}`: tensor `{}`, `{ty}`", clean(address));
    }
    if found.count > found.members.len() {
        let _ = write!(out, "\n- and {} more", found.count - found.members.len());
    }
    out
}

fn of_feature(found: &FeatureFacts) -> String {
    let mut out = format!("`{}` on `{}`", found.ty, found.data);
    if let Some(count) = found.count {
        let plural = if count == 1 { "class" } else { "classes" };
        let _ = write!(out, ": {count} {plural} of {} rows", found.rows);
    }
    for (value, rows) in &found.classes {
        let _ = write!(out, "\n- `{}`: {rows}", clean(value));
    }
    if let Some(more) = found.count.map(|count| count - found.classes.len()).filter(|more| *more > 0) {
        let _ = write!(out, "\n- and {more} more");
    }
    out
}
