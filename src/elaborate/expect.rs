//! Variants: `expect H with { ... }` is about an unnamed refinement of H.

use super::{print, refine};
use crate::diagnostics::Diagnostic;
use crate::syntax::ast::{Expect, Hypothesis, Ident, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// Expectations about hypotheses by name.
#[derive(Debug, Default)]
pub struct Expects {
    /// The variants as hypotheses.
    pub variants: Vec<Hypothesis>,
    pub expects: Vec<Expect>,
    /// The hypotheses that expectations name.
    pub needed: BTreeSet<String>,
}

/// Gives each variant a name and writes it out; equal variants are one.
pub fn all(items: Vec<Expect>, hypotheses: &[Hypothesis], sink: &mut Vec<Diagnostic>) -> Expects {
    let mut by_name: BTreeMap<&str, &Hypothesis> = BTreeMap::new();
    for item in hypotheses {
        by_name.entry(&item.name.name.text).or_insert(item);
    }
    let mut found = Expects::default();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for mut item in items {
        for clause in &item.clauses {
            found.needed.extend(clause.baseline.as_ref().map(|baseline| baseline.name.text.clone()));
        }
        let base = by_name.get(item.hypothesis.name.text.as_str());
        match (item.variant.take(), base) {
            (Some((body, span)), Some(base)) => {
                let statements = print::body(&body);
                let text = match statements.as_str() {
                    "" => base.name.name.text.clone(),
                    statements => format!("{} with {{ {statements} }}", base.name.name.text),
                };
                if !statements.is_empty() && known.insert(text.clone()) {
                    let name = Ident { text: text.clone(), span };
                    let name = Reference { name, arguments: Vec::new(), span };
                    let docs = item.docs.clone();
                    let refines = Some(item.hypothesis.clone());
                    let own = Hypothesis { docs, name, body, refines, span, ..(*base).clone() };
                    found.variants.push(refine::refined(base, &own, sink));
                } else if statements.is_empty() {
                    found.needed.insert(text.clone());
                }
                item.hypothesis.name.text = text;
            }
            _ => {
                found.needed.insert(item.hypothesis.name.text.clone());
            }
        }
        found.expects.push(item);
    }
    found
}
