//! Declarations of one kind: each name once.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::names as messages;
use crate::source::Span;
use crate::syntax::ast::Ident;
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
