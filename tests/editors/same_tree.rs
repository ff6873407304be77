//! tree-sitter makes the same tree of a text as the parser of the language.

use super::corpus;
use super::derive::{Grammar, is_mistake};
use super::generated::{grammar, pest_text};
use super::outline::{Outline, has_error, of_pest, of_tree_sitter};
use super::pest::Pest;
use super::random::Random;
use ansatz::source::FileId;
use ansatz::syntax::{Node, Tree, parse};
use std::collections::BTreeSet;
use std::ops::Range;

fn has_mistake(tree: &Tree) -> bool {
    tree.root().descendants().any(|node| node.kind().is_mistake())
}

fn difference(text: &str, tree: &Tree, grammar: &Grammar) -> Option<String> {
    of_pest(tree, text, grammar).difference(&of_tree_sitter(text))
}

/// Kinds, byte ranges and nesting of all nodes and tokens, comments included.
#[test]
fn correct_texts_have_the_same_tree() {
    let grammar = grammar();
    let texts = corpus::correct();
    let mut differing = Vec::new();
    for (name, text) in &texts {
        let found = difference(text, &parse(FileId(0), text).tree, &grammar);
        differing.extend(found.map(|difference| format!("{name}\n{difference}")));
    }
    assert!(texts.len() > 400, "{}", texts.len());
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n\n"));
}

/// Comparing the trees of these texts compares all of both grammars.
#[test]
fn correct_texts_hold_every_rule_and_every_token() {
    let pest = Pest::read(&pest_text());
    let mut seen = BTreeSet::new();
    for (_, text) in corpus::correct() {
        seen.extend(parse(FileId(0), &text).tree.root().descendants().map(|node| node.kind().rule_name()));
    }
    let derived = grammar();
    let rules =
        derived.rules.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with('_') && *name != "file");
    let tokens = pest.order.iter().map(String::as_str);
    let tokens = tokens.filter(|name| pest.is_token(name) && !is_mistake(name) && pest.fixed_text(name).is_some());
    // Reserved words as one token stand only in mistakes.
    let absent: Vec<&str> = rules.chain(tokens).filter(|name| !seen.contains(name) && *name != "keyword").collect();
    assert!(absent.is_empty(), "{absent:?}");
}

/// A text with one token left out, doubled, or exchanged for another of the text.
fn mutant(text: &str, words: &[Range<usize>], random: &mut Random) -> String {
    let (at, other) = (random.pick(words).clone(), random.pick(words).clone());
    let new = match random.below(3) {
        0 => String::new(),
        1 => format!("{0} {0}", &text[at.clone()]),
        _ => format!(" {} ", &text[other]),
    };
    format!("{}{new}{}", &text[..at.start], &text[at.end..])
}

/// Of texts with a token left out, doubled or exchanged, those that are correct still have the same tree,
/// and nearly all others are wrong for tree-sitter, too: what it lets pass are words that the parser of the
/// language takes for the start of another line.
#[test]
fn changed_texts_are_right_or_wrong_for_both() {
    let grammar = grammar();
    let mut random = Random::new(6);
    let (mut same, mut wrong, mut unseen) = (0, 0, Vec::new());
    for (name, text) in corpus::items() {
        let tree = parse(FileId(0), &text).tree;
        let words: Vec<_> = tree.tokens().filter(|token| !token.kind().is_trivia()).map(Node::range).collect();
        for _ in 0..4 {
            let text = mutant(&text, &words, &mut random);
            let tree = parse(FileId(0), &text).tree;
            if has_mistake(&tree) {
                wrong += 1;
                unseen.extend((!has_error(&text)).then(|| format!("{name}\n{text}")));
            } else {
                same += 1;
                let found = difference(&text, &tree, &grammar);
                assert_eq!(found, None, "{name}\n{text}");
            }
        }
    }
    assert!(same > 500 && wrong > 2000, "{same} correct, {wrong} wrong");
    assert!(unseen.len() * 100 < wrong, "{} of {wrong}:\n{}", unseen.len(), unseen.join("\n\n"));
}

/// What is wrong for the parser of the language by its tokens is wrong for tree-sitter.
#[test]
fn mistakes_are_errors() {
    let texts = [
        "feature = 1",
        "feature a 1",
        "feature model = 1",
        "feature a = (1",
        "feature a = 1 +",
        "feature a = \"b",
        "hypothesis h explains l {",
        "hypothesis h explains l { node = x computes y }",
        "hypothesis h explains l { a => b }",
        "data d = npz(\"d.npz\") { where }",
        "expect h { recovered(l) >= }",
        "featur a = 1",
    ];
    for text in texts {
        assert!(has_mistake(&parse(FileId(0), text).tree) && has_error(text), "{text}");
    }
}

/// An outline shows where two trees part.
#[test]
fn a_difference_is_told() {
    let outline =
        |nodes: &[&str]| Outline { nodes: nodes.iter().map(|node| (*node).to_owned()).collect(), comments: vec![] };
    assert_eq!(outline(&["a 0..1"]).difference(&outline(&["a 0..1"])), None);
    let told = outline(&["a 0..1", "b 1..2"]).difference(&outline(&["a 0..1", "c 1..2"])).unwrap();
    assert!(told.contains("b 1..2") && told.contains("c 1..2"), "{told}");
}
