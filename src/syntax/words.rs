//! Words: the keywords, where they may stand, and what others might have meant.

use super::SyntaxKind;
use super::tree::Node;
use crate::diagnostics::nearest;

/// All reserved words.
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
    "use",
    "table",
    "interchange",
    "as",
    "site", // files and maps
    "refines",
    "with",
    "override",
    "drop",
    "swap",
    "draw",
    "estimate",
    "except",
    "via",
    "where",
    "over", // claims
];

/// The words that start a declaration.
pub(super) const ITEM_WORDS: &[&str] = &[
    "model",
    "data",
    "feature",
    "behaviour",
    "hypothesis",
    "expect",
    "use",
    "constant",
    "map",
    "table",
    "interchange",
    "search",
    "calibrate",
    "challenge",
    "for",
];

/// The words that start a statement in the block of this kind of declaration.
pub(super) fn statement_words(block: SyntaxKind) -> &'static [&'static str] {
    match block {
        SyntaxKind::Model | SyntaxKind::Map => &["dim", "input", "output", "component", "site"],
        SyntaxKind::PortBlock => &["port"],
        SyntaxKind::Hypothesis | SyntaxKind::Family | SyntaxKind::Variant | SyntaxKind::VariantBlock => {
            &["node", "unclaimed", "draw", "pool", "for", "override", "drop", "swap"]
        }
        SyntaxKind::ItemFamily => &["hypothesis", "interchange", "challenge", "expect", "for"],
        SyntaxKind::Interchange => &["predicts", "align"],
        SyntaxKind::Search => &["over", "computes", "port", "maximise"],
        SyntaxKind::Calibrate => &["computes"],
        SyntaxKind::Expect => &["precision"],
        SyntaxKind::Challenge => &[
            "rank",
            "draws",
            "budget",
            "success",
            "match",
            "trusted",
            "anomalous",
            "scores",
            "from",
            "where",
            "expect",
        ],
        SyntaxKind::Data => &[],
        SyntaxKind::Generated => &["family", "let", "where", "seed"],
        _ => ITEM_WORDS,
    }
}

/// The words that start a line of the block that begins with a word: `model`, `hypothesis`; of a file, where it is empty.
#[must_use]
pub fn words_of_block(head: &str) -> &'static [&'static str] {
    statement_words(match head {
        "" => SyntaxKind::File,
        "model" | "map" => SyntaxKind::Model,
        "component" | "site" => SyntaxKind::PortBlock,
        "hypothesis" | "with" | "for" => SyntaxKind::Hypothesis,
        "interchange" => SyntaxKind::Interchange,
        "search" => SyntaxKind::Search,
        "calibrate" => SyntaxKind::Calibrate,
        "expect" => SyntaxKind::Expect,
        "challenge" => SyntaxKind::Challenge,
        "data" => SyntaxKind::Generated,
        _ => return &[],
    })
}

/// The keywords that can stand first in a node of this kind.
fn own_words(kind: SyntaxKind) -> &'static [&'static str] {
    match kind {
        SyntaxKind::Model => &["model"],
        SyntaxKind::Data | SyntaxKind::Generated => &["data"],
        SyntaxKind::Use => &["use"],
        SyntaxKind::Table => &["table"],
        SyntaxKind::MisspelledValue => &["feature", "behaviour", "constant"],
        SyntaxKind::Hypothesis => &["hypothesis"],
        SyntaxKind::Interchange => &["interchange"],
        SyntaxKind::Search => &["search"],
        SyntaxKind::Calibrate => &["calibrate"],
        SyntaxKind::Expect => &["expect"],
        SyntaxKind::Challenge => &["challenge"],
        SyntaxKind::Variant => &["with"],
        SyntaxKind::Dim => &["dim"],
        SyntaxKind::MisspelledEntry => &["input", "output"],
        SyntaxKind::Component => &["component", "site"],
        SyntaxKind::Port => &["port"],
        SyntaxKind::NodeStatement => &["node"],
        SyntaxKind::Unclaimed => &["unclaimed"],
        SyntaxKind::Override => &["override"],
        SyntaxKind::Drop => &["drop"],
        SyntaxKind::Predicts => &["predicts"],
        _ => &[],
    }
}

/// The word of Ansatz for one that other languages have.
const HABITS: &[(&str, &str)] = &[
    ("import", "use"),
    ("include", "use"),
    ("require", "use"),
    ("const", "constant"),
    ("let", "feature"),
    ("def", "feature"),
    ("fn", "feature"),
    ("function", "feature"),
    ("dataset", "data"),
    ("array", "table"),
];

/// The word among `candidates` that might have been meant by `word`.
pub(super) fn meant_word(word: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let habit = HABITS.iter().find(|(other, _)| *other == word).map(|(_, own)| *own);
    let habit = habit.filter(|own| candidates.contains(own));
    habit.or_else(|| nearest(word, candidates.iter().copied()).first().copied())
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
        Some(&"with") => fitting,
        Some(&"predicts") => statement_words(SyntaxKind::Interchange),
        Some(&"port") => statement_words(SyntaxKind::PortBlock),
        Some(&("node" | "unclaimed" | "override" | "drop")) => statement_words(SyntaxKind::Hypothesis),
        _ => statement_words(SyntaxKind::Model),
    };
    Some(Misspelled { word, fitting, near: meant_word(word.text(), candidates) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_languages_mean_ours_where_those_may_stand() {
        assert_eq!(meant_word("import", ITEM_WORDS), Some("use"));
        assert_eq!(meant_word("hypotheis", ITEM_WORDS), Some("hypothesis"));
    }
}
