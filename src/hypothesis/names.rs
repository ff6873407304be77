//! Names of one kind: each once.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{names as messages, types};
use crate::source::Span;
use crate::syntax::ast::{Ident, Text};
use std::collections::BTreeMap;

/// The names of one namespace, with where they are declared.
#[derive(Debug)]
pub struct Declared {
    kind: &'static str,
    spans: BTreeMap<String, Span>,
}

impl Declared {
    /// `kind` is the word for what is declared, such as `feature`.
    #[must_use]
    pub fn new(kind: &'static str) -> Declared {
        Declared { kind, spans: BTreeMap::new() }
    }

    /// Takes a name in; a second one is reported and false.
    pub fn add(&mut self, name: &Ident, sink: &mut Vec<Diagnostic>) -> bool {
        if let Some(first) = self.spans.get(&name.text) {
            sink.push(messages::declared_twice(name.span, self.kind, &name.text, *first));
            return false;
        }
        self.add_silently(name);
        true
    }

    /// Takes in a name of another kind that shares the namespace.
    pub fn add_silently(&mut self, name: &Ident) {
        self.spans.entry(name.text.clone()).or_insert(name.span);
    }
}

/// Repeated words of one vocabulary that are reported.
const REPEATS_SHOWN: usize = 20;

/// Every word of a vocabulary stands for one number.
pub fn words_once(words: &[Text], sink: &mut Vec<Diagnostic>) {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut repeats = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let first = *known.entry(&word.value).or_insert(number);
        if first != number {
            repeats.push(types::word_twice(word.span, &word.value, number, words[first].span, first));
        }
        if repeats.len() == REPEATS_SHOWN {
            break;
        }
    }
    sink.append(&mut repeats);
}
