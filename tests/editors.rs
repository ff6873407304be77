//! The grammars of editors say the same as the grammar of the language. `make bless` writes the files
//! that are made from it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;
#[path = "format/corpus.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod corpus;
#[path = "editors/derive.rs"]
mod derive;
#[path = "editors/generated.rs"]
mod generated;
#[path = "editors/outline.rs"]
mod outline;
#[path = "editors/overlay.rs"]
mod overlay;
#[path = "editors/pattern.rs"]
mod pattern;
#[path = "editors/pest.rs"]
mod pest;
#[path = "editors/rule.rs"]
mod rule;

use ansatz::source::FileId;
use ansatz::syntax::parse;
use generated::{files, grammar};

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

#[test]
fn correct_texts_have_the_same_tree() {
    let grammar = grammar();
    let mut differing = Vec::new();
    for (name, text) in corpus::correct() {
        let tree = parse(FileId(0), &text).tree;
        let ours = outline::of_pest(&tree, &text, &grammar);
        if let Some(difference) = ours.difference(&outline::of_tree_sitter(&text)) {
            differing.push(format!("{name}\n{difference}"));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n\n"));
}
