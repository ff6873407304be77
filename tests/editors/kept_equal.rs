//! What is made from the pest grammar is as it was made, and a word more or less is noticed.

use super::generated::{FOLDER, TEXT_MATE, evaluated, files, grammar, pest_text};
use super::pest::Pest;
use super::words;
use super::{checking::read, derive::derive};
use fancy_regex::Regex;
use std::path::Path;

#[test]
fn the_files_of_the_parser_are_those_that_the_grammar_gives() {
    for (path, text) in files(&grammar()) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "{} is not what the grammar gives: `make bless` writes it anew", path.display());
    }
}

/// Where Node is at hand: `grammar.js` says what `grammar.json` says.
#[test]
fn both_spellings_of_the_grammar_say_the_same() {
    let Some(json) = evaluated() else { return };
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let (mut ours, mut theirs) = (value(&grammar().to_json()), value(&json));
    // Where tree-sitter looks the format of the file up.
    for side in [&mut ours, &mut theirs] {
        side.as_object_mut().unwrap().retain(|key, _| key != "$schema");
    }
    assert_eq!(ours, theirs);
}

#[test]
fn all_have_the_words_of_the_language_and_no_others() {
    let pest = Pest::read(&pest_text());
    let expected = words::of_pest(&pest);
    assert!(pest.reserved().len() > 40 && pest.soft().len() > 30, "{expected:?}");
    assert_eq!(words::of_text_mate(&read(Path::new(TEXT_MATE))), expected);
    assert_eq!(words::of_query(tree_sitter_ansatz::HIGHLIGHTS_QUERY), expected);
    // The words of the library itself.
    let mut reserved: Vec<&str> = ansatz::syntax::KEYWORDS.to_vec();
    reserved.sort_unstable();
    assert_eq!(pest.reserved(), reserved);
}

/// A word that changes in one of them is noticed, whichever word it is.
#[test]
fn a_word_that_changes_is_noticed() {
    let text = pest_text();
    let text_mate = read(Path::new(TEXT_MATE));
    let kept = read(&Path::new(FOLDER).join("src/grammar.json"));
    let expected = words::of_pest(&Pest::read(&text));
    for (turn, word) in expected.iter().enumerate() {
        // Reading the grammar takes a while.
        if turn % 8 == 0 {
            let changed = Pest::read(&text.replace(&format!("\"{word}\""), "\"exchanged\""));
            assert_ne!(words::of_pest(&changed), expected, "{word}");
            assert_ne!(derive(&changed).to_json(), kept, "{word}");
        }
        // In the expressions: not as the name of a pattern or of a scope.
        let there = Regex::new(&format!(r#"(?<![a-z"\#.]){word}(?![a-z.])"#)).unwrap();
        let without = there.replace_all(&text_mate, "exchanged").into_owned();
        let found = words::of_text_mate(&without);
        assert!(!found.contains(word) && found != expected, "{word}");
    }
}
