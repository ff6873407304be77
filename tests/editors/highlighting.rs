//! Editors see every token as what it is.

use super::checking::read;
use super::classes::{Class, difference, of_capture, of_scope, of_tree};
use super::corpus;
use super::generated::TEXT_MATE;
use super::textmate::TextMate;
use ansatz::format::format;
use ansatz::source::FileId;
use ansatz::syntax::parse;
use std::ops::Range;
use std::path::Path;
use tree_sitter::{Language, Parser, Query, QueryCursor, StreamingIterator};

type Named = Vec<(Range<usize>, Option<Class>)>;

/// The correct texts of the repository, and the same as they are laid out.
fn texts() -> Vec<(String, String)> {
    let mut texts = corpus::correct();
    let laid: Vec<_> = texts
        .iter()
        .filter_map(|(name, text)| Some((format!("{name}, laid out"), format(FileId(0), text).ok()?)))
        .collect();
    texts.extend(laid);
    texts
}

/// The texts that are seen otherwise than they are, with the first place of each.
fn differing(texts: Vec<(String, String)>, see: impl Fn(&str) -> Named) -> impl Iterator<Item = String> {
    texts.into_iter().filter_map(move |(name, text)| {
        let tokens = of_tree(&parse(FileId(0), &text).tree);
        difference(&text, &tokens, &see(&text)).map(|difference| format!("{name}, {difference}"))
    })
}

fn by_text_mate(grammar: &TextMate, text: &str) -> Named {
    grammar.scopes(text).into_iter().map(|(range, scope)| (range, of_scope(&scope))).collect()
}

fn by_query(query: &Query, text: &str) -> Named {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(query, tree.root_node(), text.as_bytes());
    let mut found = Vec::new();
    while let Some((matched, at)) = captures.next() {
        let capture = matched.captures()[*at];
        let name = query.capture_names()[capture.index as usize];
        found.push((matched.pattern_index, capture.node.byte_range(), of_capture(name)));
    }
    // Later patterns count.
    found.sort_by_key(|(pattern, ..)| *pattern);
    found.into_iter().map(|(_, range, class)| (range, class)).collect()
}

fn language() -> Language {
    tree_sitter_ansatz::LANGUAGE.into()
}

#[test]
fn text_mate_sees_every_token_as_what_it_is() {
    let grammar = TextMate::read(&read(Path::new(TEXT_MATE)));
    let found: Vec<_> = differing(texts(), |text| by_text_mate(&grammar, text)).collect();
    assert!(found.is_empty(), "{} texts:\n{}", found.len(), found.join("\n"));
}

#[test]
fn highlights_of_tree_sitter_name_every_token_as_what_it_is() {
    let query = Query::new(&language(), tree_sitter_ansatz::HIGHLIGHTS_QUERY).unwrap();
    let found: Vec<_> = differing(texts(), |text| by_query(&query, text)).collect();
    assert!(found.is_empty(), "{} texts:\n{}", found.len(), found.join("\n"));
}

/// A grammar that lacks a word sees some text otherwise, whichever common word it is.
#[test]
fn a_word_that_is_lost_shows_in_the_texts() {
    let text = read(Path::new(TEXT_MATE));
    for word in ["computes", "swap", "if", "vocabulary"] {
        let without = text.replace(&format!("|{word}|"), "|zzz|");
        assert_ne!(text, without);
        let grammar = TextMate::read(&without);
        let first = differing(corpus::correct(), |text| by_text_mate(&grammar, text)).next();
        assert!(first.is_some_and(|found| found.contains(word)), "{word}");
    }
}

/// What a text looks like: strings and comments may hold anything, and words of the language are names
/// where names stand.
#[test]
fn words_are_seen_by_their_place() {
    let grammar = TextMate::read(&read(Path::new(TEXT_MATE)));
    let query = Query::new(&language(), tree_sitter_ansatz::HIGHLIGHTS_QUERY).unwrap();
    let text = "feature pool : int = mean + rank // node \"a\"\nfeature zero = \"// \\\" node\" == seed\n";
    let keywords = |named: &Named| {
        let words = named.iter().filter(|(_, class)| *class == Some(Class::Keyword));
        words.map(|(range, _)| text[range.clone()].to_owned()).collect::<Vec<_>>()
    };
    for named in [by_text_mate(&grammar, text), by_query(&query, text)] {
        assert_eq!(keywords(&named), ["feature", "feature"]);
    }
}

/// Every block that is written over several lines can be folded, and every declaration is in the list.
#[test]
fn queries_find_blocks_and_declarations() {
    for query in [tree_sitter_ansatz::INDENTS_QUERY, tree_sitter_ansatz::LOCALS_QUERY] {
        Query::new(&language(), query).unwrap();
    }
    let text = read(Path::new("examples/brackets/claims.ansatz"));
    let found = |query: &str, capture: &str| captured(&Query::new(&language(), query).unwrap(), capture, &text);
    let blocks = text.lines().filter(|line| line.trim_end().ends_with('{')).count();
    let folds = found(tree_sitter_ansatz::FOLDS_QUERY, "fold");
    assert_eq!(folds.iter().filter(|fold| fold.contains('\n')).count(), blocks);
    let names = found(tree_sitter_ansatz::TAGS_QUERY, "name");
    for declared in ["model", "data", "feature", "behaviour", "hypothesis"] {
        for line in text.lines().filter_map(|line| line.strip_prefix(&format!("{declared} "))) {
            let name = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            assert!(names.iter().any(|other| other == name), "{name}");
        }
    }
}

/// The texts of all captures of a name.
fn captured(query: &Query, name: &str, text: &str) -> Vec<String> {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(query, tree.root_node(), text.as_bytes());
    let mut found = Vec::new();
    while let Some((matched, at)) = captures.next() {
        let capture = matched.captures()[*at];
        if query.capture_names()[capture.index as usize] == name {
            found.push(text[capture.node.byte_range()].to_owned());
        }
    }
    found
}
