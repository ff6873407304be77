//! Words: the keywords, where they may stand, and what those of later versions stand for.

use super::SyntaxKind;
use super::tree::Node;
use crate::diagnostics::nearest;

/// All reserved words, those of later versions included.
pub const KEYWORDS: &[&str] = &[
    "model",
    "data",
    "feature",
    "behaviour",
    "hypothesis",
    "expect", // declarations
    "dim",
    "input",
    "output",
    "component",
    "port",
    "vocabulary",
    "at",
    "in", // models
    "for",
    "explains",
    "of",
    "on",
    "node",
    "computes",
    "exact",
    "any",
    "unclaimed", // hypotheses
    "if",
    "then",
    "else",
    "and",
    "or",
    "not",
    "true",
    "false", // expressions
    "refines",
    "use",
    "with",
    "table",
    "estimate",
    "draw",
    "site",
    "override",
    "drop",
    "except",
    "via",
    "swap",
    "where",
    "over",
    "as",
    "interchange", // later versions
];

/// The words that start a declaration.
pub(super) const ITEM_WORDS: &[&str] = &["model", "data", "feature", "behaviour", "hypothesis", "expect"];

/// The words that start a statement in the block of this kind of declaration.
pub(super) fn statement_words(block: SyntaxKind) -> &'static [&'static str] {
    match block {
        SyntaxKind::Model => &["dim", "input", "output", "component"],
        SyntaxKind::PortBlock => &["port"],
        SyntaxKind::Hypothesis => &["node", "unclaimed"],
        SyntaxKind::Data | SyntaxKind::Expect => &[],
        _ => ITEM_WORDS,
    }
}

/// The keywords that can stand first in a node of this kind.
fn own_words(kind: SyntaxKind) -> &'static [&'static str] {
    match kind {
        SyntaxKind::Model => &["model"],
        SyntaxKind::Data => &["data"],
        SyntaxKind::MisspelledValue => &["feature", "behaviour"],
        SyntaxKind::Hypothesis => &["hypothesis"],
        SyntaxKind::Expect => &["expect"],
        SyntaxKind::Dim => &["dim"],
        SyntaxKind::MisspelledEntry => &["input", "output"],
        SyntaxKind::Component => &["component"],
        SyntaxKind::Port => &["port"],
        SyntaxKind::NodeStatement => &["node"],
        SyntaxKind::Unclaimed => &["unclaimed"],
        _ => &[],
    }
}

/// A first word that is not a keyword, and what it might have meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misspelled<'t> {
    pub(super) word: Node<'t>,
    /// The keywords that fit the shape of what follows.
    pub(super) fitting: &'static [&'static str],
    /// The nearest keyword of the block.
    pub(super) near: Option<&'static str>,
}

impl Misspelled<'_> {
    /// Whether the word points to another construct than the shape does. Then the shape is a chance
    /// likeness, and nothing inside of it means anything.
    pub(super) fn is_misfit(&self) -> bool {
        self.near.is_some_and(|near| !self.fitting.contains(&near))
    }
}

/// The misspelled first word of a declaration or statement, if it has one.
pub(super) fn misspelled(node: Node<'_>) -> Option<Misspelled<'_>> {
    let fitting = own_words(node.kind());
    let word = node.child(SyntaxKind::WrongWord).filter(|_| !fitting.is_empty())?;
    if word.range().start != node.significant_range().start {
        return None;
    }
    let candidates = match fitting.first() {
        Some(first) if ITEM_WORDS.contains(first) => ITEM_WORDS,
        Some(&"port") => statement_words(SyntaxKind::PortBlock),
        Some(&("node" | "unclaimed")) => statement_words(SyntaxKind::Hypothesis),
        _ => statement_words(SyntaxKind::Model),
    };
    Some(Misspelled { word, fitting, near: nearest(word.text(), candidates.iter().copied()).first().copied() })
}

/// What a construct of a later version is called and what this version has in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaterConstruct {
    pub(super) word: &'static str,
    pub(super) construct: &'static str,
    pub(super) instead: &'static str,
}

/// The construct that a reserved word of a later version starts.
pub(super) fn later_construct(word: &str) -> Option<&'static LaterConstruct> {
    LATER.iter().find(|later| later.word == word)
}

macro_rules! later {
    ($($word:literal $construct:literal $instead:literal;)*) => {
        &[$(LaterConstruct { word: $word, construct: $construct, instead: $instead }),*]
    };
}

const LATER: &[LaterConstruct] = later! {
    "~>" "`~>` (all paths)" "`->` claims the direct paths";
    "." "an arrow into a port (`a -> b.k`)" "`a -> b` claims the paths through all ports";
    "+" "a node of several regions (`head(1, 0) + head(2, 0)`)" "bind one region to each node";
    "=" "a chosen baseline (`baseline = ...`)" "`recovered` uses the shuffled baseline";
    "refines" "`refines`" "write out the whole hypothesis, with `explains`";
    "use" "`use` (imports)" "declare what is needed in this file";
    "with" "`with` (changed hypotheses)" "write the changed hypothesis as one of its own";
    "table" "`table` (constant tables)" "a column of the data can hold the values";
    "estimate" "`estimate` (a split activation)" "bind the region itself";
    "for" "`for` (families of declarations)" "write each declaration out; components take parameters `l in 0..3`";
    "draw" "`draw` (named draws)" "`unclaimed any` draws anew for each node";
    "site" "`site` (regions that do not cut)" "`component` names a region that cuts paths";
    "override" "`override`" "write out the whole hypothesis";
    "drop" "`drop`" "write out the whole hypothesis";
    "except" "`except via` (excluded paths)" "`->` claims the direct paths alone";
    "via" "`via` (excluded paths)" "`->` claims the direct paths alone";
    "swap" "`swap`" "write the swapped hypothesis as one of its own";
    "where" "`where` (conditions)" "all positions and all terms are meant";
    "over" "`over` (sums over a second axis)" "sums run over the position axis";
    "as" "`as` (ready-made maps)" "declare dims, inputs, outputs and components in braces";
    "interchange" "`interchange`" "`hypothesis` states claims that are scrubbed";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_later_word_is_reserved() {
        let words = LATER.iter().map(|later| later.word).filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic()));
        assert!(words.clone().count() > 10);
        for word in words {
            assert!(KEYWORDS.contains(&word), "{word}");
        }
    }
}
