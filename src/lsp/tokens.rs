//! The colours of a text: what each word is.

use super::index::Space;
use super::view::View;
use crate::source::Span;
use crate::syntax::SyntaxKind;
use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensFullOptions,
    SemanticTokensLegend, SemanticTokensOptions,
};
use std::collections::BTreeMap;

/// The kinds of words, by number.
const TYPES: [SemanticTokenType; 13] = [
    SemanticTokenType::KEYWORD,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::COMMENT,
    SemanticTokenType::OPERATOR,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::CLASS,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::TYPE,
    SemanticTokenType::EVENT,
];
/// The numbers of what stands in `TYPES`.
const KEYWORD: u32 = 0;
const STRING: u32 = 1;
const NUMBER: u32 = 2;
const COMMENT: u32 = 3;
const OPERATOR: u32 = 4;
const FUNCTION: u32 = 8;
const TYPE: u32 = 11;

/// What the server can tell.
#[must_use]
pub fn options() -> SemanticTokensOptions {
    let token_modifiers = vec![SemanticTokenModifier::DECLARATION, SemanticTokenModifier::DEFAULT_LIBRARY];
    SemanticTokensOptions {
        legend: SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers },
        full: Some(SemanticTokensFullOptions::Bool(true)),
        ..SemanticTokensOptions::default()
    }
}

/// All words of a text with what they are.
#[must_use]
pub fn tokens(view: &View) -> SemanticTokens {
    let unit = &view.unit;
    let mut by_place: BTreeMap<(u32, u32), (u32, u32)> = BTreeMap::new();
    for place in view.index.occurrences.iter().filter(|place| place.span.file == unit.id) {
        let Some(symbol) = view.index.symbol(place) else { continue };
        let modifiers = u32::from(place.is_definition) | u32::from(symbol.is_library) << 1;
        by_place.insert((place.span.start, place.span.end), (of_space(symbol.space), modifiers));
    }
    let mut data = Vec::new();
    let mut last = (0, 0);
    for token in unit.parsed.tree.tokens().filter(|token| !token.range().is_empty()) {
        let span = Span::new(unit.id, token.range());
        let known = by_place.get(&(span.start, span.end)).copied();
        let Some((token_type, token_modifiers_bitset)) =
            known.or_else(|| Some((of_token(token.kind(), token.text())?, 0)))
        else {
            continue;
        };
        let range = view.range(span);
        // A word of an editor stands on one line.
        if range.start.line != range.end.line {
            continue;
        }
        let delta_line = range.start.line - last.0;
        let delta_start = if delta_line == 0 { range.start.character - last.1 } else { range.start.character };
        let length = range.end.character - range.start.character;
        data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset });
        last = (range.start.line, range.start.character);
    }
    SemanticTokens { result_id: None, data }
}

fn of_space(space: Space) -> u32 {
    match space {
        Space::Model | Space::Data | Space::Map => 5,
        Space::Component | Space::Hypothesis | Space::Interchange => 6,
        Space::Value
        | Space::Feature
        | Space::Table
        | Space::Constant
        | Space::Behaviour
        | Space::Node
        | Space::Draw => 7,
        Space::Function | Space::Pieces => FUNCTION,
        Space::Parameter => 9,
        Space::Port | Space::Dim => 10,
        Space::Challenge | Space::Search | Space::Calibration => 12,
    }
}

fn of_token(kind: SyntaxKind, text: &str) -> Option<u32> {
    use SyntaxKind as K;
    Some(match kind {
        K::StringLiteral | K::UnterminatedString => STRING,
        K::Int | K::Real => NUMBER,
        K::Comment | K::FileDoc | K::ItemDoc | K::LineComment => COMMENT,
        K::ArrowToken | K::AllPaths | K::Plus | K::Minus | K::Star | K::Slash | K::Percent | K::Less | K::LessEqual => {
            OPERATOR
        }
        K::Greater | K::GreaterEqual | K::EqualEqual | K::NotEqual | K::Assign | K::DotDot | K::Bar => OPERATOR,
        K::Ident if crate::data::Scalar::NAMES.contains(&text) => TYPE,
        K::Ident if crate::feature::FUNCTION_NAMES.contains(&text) => FUNCTION,
        K::Keyword => KEYWORD,
        // Tokens of words, not nodes around them: their kinds are named after the word.
        other if is_word(other) && text.chars().all(|character| character.is_ascii_lowercase()) => KEYWORD,
        _ => return None,
    })
}

/// Whether a kind is that of a word of the language.
fn is_word(kind: SyntaxKind) -> bool {
    let name = format!("{kind:?}");
    name.starts_with("Kw") || name.starts_with("Soft")
}
