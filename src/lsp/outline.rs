//! The declarations of a text, as a tree.

use super::view::View;
use crate::source::Span;
use crate::syntax::ast::{self, Ident};
use lsp_types::{DocumentSymbol, FoldingRange, SymbolKind};

/// All declarations with what they hold, in the order of the text.
#[must_use]
pub fn symbols(view: &View) -> Vec<DocumentSymbol> {
    let outline = Outline { view };
    let file = &view.unit.parsed.file;
    let mut found: Vec<DocumentSymbol> = Vec::new();
    let mut add = |kind, name: &Ident, span, children| found.extend(outline.one(kind, name, span, children));
    file.constants.iter().for_each(|item| add(SymbolKind::CONSTANT, &item.name, item.span, Vec::new()));
    file.maps.iter().for_each(|item| add(SymbolKind::NAMESPACE, &item.name, item.span, outline.body(&item.body)));
    file.models.iter().for_each(|item| add(SymbolKind::MODULE, &item.name, item.span, outline.body(&item.body)));
    for item in &file.data {
        let columns =
            item.columns.iter().filter_map(|own| outline.one(SymbolKind::FIELD, &own.name, own.span, Vec::new()));
        add(SymbolKind::STRUCT, &item.name, item.span, columns.collect());
    }
    file.tables.iter().for_each(|item| add(SymbolKind::ARRAY, &item.name, item.span, Vec::new()));
    let function = |is_function: bool| if is_function { SymbolKind::FUNCTION } else { SymbolKind::VARIABLE };
    file.features.iter().for_each(|item| add(function(item.parameters.is_some()), &item.name, item.span, Vec::new()));
    for item in &file.behaviours {
        add(function(item.parameters.is_some()), &item.name, item.span, Vec::new());
    }
    file.searches.iter().for_each(|item| add(SymbolKind::EVENT, &item.name, item.span, Vec::new()));
    file.calibrations.iter().for_each(|item| add(SymbolKind::EVENT, &item.name, item.span, Vec::new()));
    let claims = (&file.hypotheses[..], &file.interchanges[..], &file.challenges[..], &file.families[..]);
    found.extend(outline.claims(claims));
    found.sort_by_key(|symbol| (symbol.range.start, symbol.range.end));
    found
}

/// What can be folded: blocks of several lines.
#[must_use]
pub fn folds(view: &View) -> Vec<FoldingRange> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    for token in view.unit.parsed.tree.tokens() {
        match token.kind() {
            crate::syntax::SyntaxKind::LBrace => open.push(token.range()),
            crate::syntax::SyntaxKind::RBrace => {
                let Some(start) = open.pop() else { continue };
                let range = view.range(Span::new(view.unit.id, start.start..token.range().end));
                if range.end.line > range.start.line {
                    let (start_line, end_line) = (range.start.line, range.end.line.saturating_sub(1));
                    found.push(FoldingRange { start_line, end_line, ..FoldingRange::default() });
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|fold| fold.start_line);
    found
}

type Claims<'a> = (&'a [ast::Hypothesis], &'a [ast::Interchange], &'a [ast::Challenge], &'a [ast::ItemFamily]);

struct Outline<'a> {
    view: &'a View,
}

impl Outline<'_> {
    #[expect(deprecated, reason = "the protocol still has the field")]
    fn one(&self, kind: SymbolKind, name: &Ident, span: Span, children: Vec<DocumentSymbol>) -> Option<DocumentSymbol> {
        if name.text.is_empty() {
            return None;
        }
        // A name lies in its declaration, also where that could not be read to its end.
        let whole = span.to(name.span);
        Some(DocumentSymbol {
            name: name.text.clone(),
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            range: self.view.range(whole),
            selection_range: self.view.range(name.span),
            children: Some(children).filter(|children| !children.is_empty()),
        })
    }

    fn body(&self, body: &ast::ModelBody) -> Vec<DocumentSymbol> {
        let dims = body.dims.iter().map(|own| (SymbolKind::TYPE_PARAMETER, &own.name, own.name.span));
        let inputs = body.inputs.iter().map(|own| (SymbolKind::FIELD, &own.name, own.span));
        let outputs = body.outputs.iter().map(|own| (SymbolKind::FIELD, &own.name, own.span));
        let plain =
            dims.chain(inputs).chain(outputs).filter_map(|(kind, name, span)| self.one(kind, name, span, Vec::new()));
        let components = body.components.iter().filter_map(|own| {
            let ports =
                own.ports.iter().filter_map(|port| self.one(SymbolKind::INTERFACE, &port.name, port.span, Vec::new()));
            self.one(SymbolKind::CLASS, &own.name, own.span, ports.collect())
        });
        plain.chain(components).collect()
    }

    fn claims(&self, (hypotheses, interchanges, challenges, families): Claims<'_>) -> Vec<DocumentSymbol> {
        let of_hypothesis = |item: &ast::Hypothesis| {
            let nodes = nodes(&item.body);
            let nodes = nodes
                .into_iter()
                .filter_map(|node| self.one(SymbolKind::OBJECT, &node.name.name, node.span, Vec::new()));
            self.one(SymbolKind::CLASS, &item.name.name, item.span, nodes.collect())
        };
        let mut found: Vec<DocumentSymbol> = hypotheses.iter().filter_map(of_hypothesis).collect();
        let others = interchanges.iter().map(|item| (&item.name, item.span));
        let others = others.chain(challenges.iter().map(|item| (&item.name, item.span)));
        found.extend(others.filter_map(|(name, span)| self.one(SymbolKind::EVENT, &name.name, span, Vec::new())));
        for family in families {
            let inner =
                (&family.hypotheses[..], &family.interchanges[..], &family.challenges[..], &family.families[..]);
            found.extend(self.claims(inner));
        }
        found
    }
}

/// The nodes of a hypothesis, those of families too.
fn nodes(body: &ast::Body) -> Vec<&ast::Node> {
    let inner = body.families.iter().flat_map(|family| nodes(&family.body));
    body.nodes.iter().chain(&body.overrides).chain(inner).collect()
}
