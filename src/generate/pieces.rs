//! Pieces of tokens: words to numbers, names to families.

use super::check::Context;
use super::count::{Count, Names, count};
use super::recipe::{Alternatives, How, Item, Part, Whole};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::{elaborate, generate as messages, names, types};
use crate::diagnostics::{Diagnostic, clean, nearest};
use crate::source::Span;
use crate::syntax::ast::{self, Piece, PieceFamily, PieceKind, Pieces, TokenName};
use std::collections::BTreeSet;
use std::sync::Arc;

/// At most this many words of a vocabulary are listed.
const MOST_WORDS: usize = 12;

/// Checks the pieces of one column.
#[derive(Debug)]
pub struct PieceChecker<'a, 's> {
    context: Context<'a>,
    ty: &'a ValueType,
    words: Option<&'a [String]>,
    numbers: &'a [&'a str],
    /// Of the family whose pieces are checked.
    parameters: Vec<&'a str>,
    sink: &'s mut Vec<Diagnostic>,
    complete: bool,
}

impl<'a, 's> PieceChecker<'a, 's> {
    /// `words` are those of the column's vocabulary.
    pub fn new(
        context: Context<'a>,
        ty: &'a ValueType,
        words: Option<&'a [String]>,
        numbers: &'a [&'a str],
        sink: &'s mut Vec<Diagnostic>,
    ) -> PieceChecker<'a, 's> {
        PieceChecker { context, ty, words, numbers, parameters: Vec::new(), sink, complete: true }
    }

    /// The pieces of the column, with all families.
    pub fn column(mut self, pieces: &'a Pieces) -> Option<How> {
        let families: Vec<Alternatives> = self.families().iter().map(|family| self.family(family)).collect();
        self.parameters.clear();
        let alternatives: Vec<Whole> = pieces.alternatives.iter().map(|sequence| self.whole(sequence)).collect();
        self.complete.then_some(How::Tokens { families, alternatives })
    }

    fn families(&self) -> &'a [PieceFamily] {
        &self.context.generator.families
    }

    fn family(&mut self, family: &'a PieceFamily) -> Alternatives {
        self.parameters = family.parameters.iter().map(|parameter| parameter.text.as_str()).collect();
        self.alternatives(&family.pieces)
    }

    fn whole(&mut self, sequence: &'a [Piece]) -> Whole {
        let (last, before) = match sequence.split_last() {
            Some((Piece { kind: PieceKind::Fill(token), count: None, .. }, before)) => (Some(token), before),
            _ => (None, sequence),
        };
        let parts = self.sequence(before);
        Whole { parts, fill: last.and_then(|token| self.token(token)) }
    }

    fn alternatives(&mut self, pieces: &'a Pieces) -> Alternatives {
        pieces.alternatives.iter().map(|sequence| self.sequence(sequence)).collect()
    }

    fn sequence(&mut self, sequence: &'a [Piece]) -> Vec<Part> {
        sequence.iter().filter_map(|piece| self.part(piece)).collect()
    }

    fn part(&mut self, piece: &'a Piece) -> Option<Part> {
        let count = piece.count.as_ref().map(|expr| self.count(expr));
        let item = self.item(piece);
        self.complete &= item.is_some() && count != Some(None);
        Some(Part { item: item?, count: count.flatten() })
    }

    fn count(&mut self, expr: &ast::Expr) -> Option<Count> {
        let found = count(expr, Names { numbers: self.numbers, parameters: &self.parameters }, self.sink);
        if let Some(value) = found.as_ref().and_then(Count::constant).filter(|value| *value < 0) {
            self.sink.push(messages::out_of_bounds(expr.span, "the number of times", value, (0, i64::MAX)));
            return None;
        }
        found
    }

    fn item(&mut self, piece: &'a Piece) -> Option<Item> {
        Some(match &piece.kind {
            PieceKind::Error => return None,
            PieceKind::Token(TokenName::Word(word)) if word.value.is_empty() => Item::Nothing,
            PieceKind::Token(token) => Item::Token(self.token(token)?),
            PieceKind::Any(tokens) => Item::OneOf(self.set(tokens.as_deref(), piece.span)?),
            PieceKind::Family { name, arguments } => return self.family_use(name, arguments, piece.span),
            PieceKind::Group(pieces) => Item::Group(self.alternatives(pieces)),
            PieceKind::Row { .. } => Item::Row(Arc::clone(self.context.sources.get(&piece.span)?)),
            PieceKind::Edit { pieces, places, tokens } => {
                let alternatives = self.alternatives(pieces);
                let places = self.count(places);
                let tokens = match tokens {
                    Some(tokens) => Some(self.set(tokens.as_deref(), piece.span)?),
                    None => None,
                };
                Item::Edit { alternatives, places: places?, tokens }
            }
            PieceKind::Fill(_) => return self.fail(messages::fill_not_last(piece.span)),
        })
    }

    fn fail<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.sink.push(finding);
        None
    }

    fn family_use(&mut self, name: &ast::Ident, arguments: &[ast::Expr], span: Span) -> Option<Item> {
        if name.text.is_empty() {
            return None;
        }
        let families = self.families();
        let Some(at) = families.iter().position(|family| family.name.text == name.text) else {
            if name.text == "uniform" {
                return self.fail(messages::uniform_alone(span));
            }
            let known = families.iter().map(|family| family.name.text.as_str());
            let found = names::unknown(name.span, "family", &name.text, &nearest(&name.text, known));
            let is_number = self.numbers.contains(&name.text.as_str()) || self.parameters.contains(&name.text.as_str());
            let found = if is_number { messages::number_as_family(found, &name.text) } else { found };
            return self.fail(found);
        };
        let family = families.get(at)?;
        let counts: Vec<Option<Count>> = arguments
            .iter()
            .map(|argument| {
                let names = Names { numbers: self.numbers, parameters: &self.parameters };
                count(argument, names, self.sink)
            })
            .collect();
        if counts.len() != family.parameters.len() {
            let parameters: Vec<&str> = family.parameters.iter().map(|parameter| parameter.text.as_str()).collect();
            let usage = match parameters.as_slice() {
                [] => family.name.text.clone(),
                _ => format!("{}({})", family.name.text, parameters.join(", ")),
            };
            return self.fail(elaborate::wrong_arguments(span, &usage, counts.len(), family.name.span));
        }
        Some(Item::Family(at, counts.into_iter().collect::<Option<Vec<Count>>>()?))
    }

    /// Sorted tokens of `any { ... }`, or the whole vocabulary.
    fn set(&mut self, tokens: Option<&[TokenName]>, span: Span) -> Option<Vec<i64>> {
        let Some(tokens) = tokens else {
            let Some(words) = self.words else { return self.fail(messages::any_of_what(span)) };
            return Some((0..words.len()).filter_map(|word| i64::try_from(word).ok()).collect());
        };
        if tokens.is_empty() {
            return self.fail(messages::empty_set(span));
        }
        let found: Vec<Option<i64>> = tokens.iter().map(|token| self.token(token)).collect();
        let found = found.into_iter().collect::<Option<BTreeSet<i64>>>()?;
        Some(found.into_iter().collect())
    }

    /// The number of a token of the column.
    fn token(&mut self, token: &TokenName) -> Option<i64> {
        let found = match token {
            TokenName::Number(number, span) => self.numbered(*number, *span),
            TokenName::Word(word) => self.word(&word.value, word.span),
        };
        self.complete &= found.is_some();
        found
    }

    fn numbered(&mut self, number: i64, span: Span) -> Option<i64> {
        let words = self.words.map(<[String]>::len);
        let most = words.map_or(i64::MAX, |words| i64::try_from(words).unwrap_or(i64::MAX));
        if number >= most {
            return self.fail(types::number_outside_vocabulary(span, number, words));
        }
        Some(number)
    }

    fn word(&mut self, word: &str, span: Span) -> Option<i64> {
        let Some(words) = self.words else {
            return self.fail(match self.ty.scalar {
                Scalar::Token => types::no_vocabulary(span, word),
                _ => types::stray_text(span),
            });
        };
        let found = words.iter().position(|known| known == word).and_then(|at| i64::try_from(at).ok());
        if found.is_none() {
            let near = nearest(word, words.iter().map(String::as_str));
            let listed: Vec<String> = words.iter().take(MOST_WORDS).map(|word| clean(word)).collect();
            return self.fail(types::unknown_word(span, word, &near, &listed, words.len()));
        }
        found
    }
}
