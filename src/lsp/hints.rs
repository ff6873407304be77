//! What the text does not say, between its words: sizes of components, types and classes of features.

use super::facts::{ComponentFacts, FeatureFacts};
use super::view::View;
use crate::source::Span;
use crate::syntax::ast;
use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, Position, Range};

/// The hints of a range.
#[must_use]
pub fn hints(view: &View, range: Range) -> Vec<InlayHint> {
    let file = &view.unit.parsed.file;
    let bodies = file.models.iter().map(|item| &item.body).chain(file.maps.iter().map(|item| &item.body));
    let components = bodies.flat_map(|body| &body.components).filter_map(|item| component(view, item));
    let features = file.features.iter().filter(|item| item.parameters.is_none()).filter_map(|item| feature(view, item));
    let inside = |hint: &InlayHint| range.start <= hint.position && hint.position <= range.end;
    components.chain(features).filter(inside).collect()
}

fn component(view: &View, item: &ast::Component) -> Option<InlayHint> {
    let [found] = view.facts.components.get(&item.name.text)?.as_slice() else { return None };
    let last = item.dims.last()?.span.end as usize;
    let close = view.unit.text.get(last..)?.find(']')? + last + 1;
    Some(hint(view, close, &sizes(found)))
}

/// `2 x 8 x 4`, examples left out.
fn sizes(found: &ComponentFacts) -> String {
    let size = |axis: &String| axis.rsplit_once(" = ").map_or_else(|| axis.clone(), |(_, size)| size.to_owned());
    let sizes: Vec<String> = found.axes.iter().skip(1).map(size).collect();
    match found.count {
        1 => sizes.join(" x "),
        count => format!("{count} of {}", sizes.join(" x ")),
    }
}

fn feature(view: &View, item: &ast::Feature) -> Option<InlayHint> {
    let all = view.facts.features.get(&item.name.text)?;
    let first = all.first()?;
    let (at, prefix) = match &item.ty {
        Some(ty) => (ty.span.end, String::new()),
        None => (item.name.span.end, format!(": {}", first.ty)),
    };
    let classes = |found: &FeatureFacts| {
        let count = found.count?;
        let plural = if count == 1 { "class" } else { "classes" };
        Some(format!("{count} {plural}"))
    };
    // On several datasets one number would be about one of them.
    let classes = if all.len() == 1 { classes(first) } else { None };
    let parts: Vec<String> = std::iter::once(prefix).filter(|part| !part.is_empty()).chain(classes).collect();
    (!parts.is_empty()).then(|| hint(view, at as usize, &parts.join(", ")))
}

fn hint(view: &View, at: usize, text: &str) -> InlayHint {
    let position: Position = view.range(Span::new(view.unit.id, at..at)).start;
    InlayHint {
        position,
        label: InlayHintLabel::String(text.to_owned()),
        kind: Some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}
