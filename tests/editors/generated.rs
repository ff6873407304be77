//! The files that are made from the pest grammar.

use super::checking::read;
use super::derive::{Grammar, derive};
use super::pest::Pest;
use std::path::{Path, PathBuf};
use tree_sitter_generate::{ABI_VERSION_MAX, OptLevel, generate_parser_in_directory};

/// The folder of the tree-sitter grammar.
pub const FOLDER: &str = "editors/tree-sitter-ansatz";

/// The grammar for editors that read TextMate's.
pub const TEXT_MATE: &str = "editors/vscode/syntaxes/ansatz.tmLanguage.json";

/// The files of the pest grammar, in the order in which the parser names them.
const GRAMMARS: [&str; 7] = ["ansatz", "hypothesis", "generate", "challenge", "expr", "token", "recover"];

/// The text of the pest grammar.
pub fn pest_text() -> String {
    GRAMMARS.iter().map(|name| read(Path::new(&format!("grammar/{name}.pest")))).collect()
}

/// The tree-sitter grammar that the pest grammar gives.
pub fn grammar() -> Grammar {
    derive(&Pest::read(&pest_text()))
}

/// All files that are made from a grammar: where they are kept, and their text.
pub fn files(grammar: &Grammar) -> Vec<(PathBuf, String)> {
    let folder = Path::new(FOLDER);
    let source = folder.join("src");
    let mut files =
        vec![(folder.join("grammar.js"), grammar.to_js()), (source.join("grammar.json"), grammar.to_json())];
    let made = tempfile::tempdir().expect("a folder for a while");
    parser_in(made.path(), grammar);
    for name in ["parser.c", "node-types.json", "tree_sitter/parser.h"] {
        files.push((source.join(name), read(&made.path().join("src").join(name))));
    }
    files
}

/// Lets tree-sitter make a parser in a folder.
fn parser_in(folder: &Path, grammar: &Grammar) {
    let source = folder.join("src");
    std::fs::create_dir_all(&source).expect("a folder for a while");
    // The version of the parser stands in it.
    std::fs::copy(Path::new(FOLDER).join("tree-sitter.json"), folder.join("tree-sitter.json")).expect("the version");
    let path = source.join("grammar.json");
    std::fs::write(&path, grammar.to_json()).expect("a file for a while");
    generate(folder, &path, None);
}

fn generate(folder: &Path, grammar: &Path, javascript: Option<&str>) {
    let mut notes = Vec::new();
    let (version, optimised, elsewhere) = (ABI_VERSION_MAX, OptLevel::default(), None::<&Path>);
    generate_parser_in_directory(
        folder,
        elsewhere,
        Some(grammar),
        version,
        None,
        javascript,
        true,
        optimised,
        &mut notes,
    )
    .unwrap_or_else(|error| panic!("tree-sitter refuses the grammar: {error}"));
    assert!(notes.is_empty(), "tree-sitter remarks: {notes:?}");
}

/// The `grammar.json` that `grammar.js` gives, where Node is at hand.
pub fn evaluated() -> Option<String> {
    let node = std::process::Command::new("node").arg("--version").output();
    node.ok().filter(|output| output.status.success())?;
    let made = tempfile::tempdir().expect("a folder for a while");
    for name in ["grammar.js", "tree-sitter.json"] {
        std::fs::copy(Path::new(FOLDER).join(name), made.path().join(name)).expect("a file for a while");
    }
    generate(made.path(), &made.path().join("grammar.js"), Some("node"));
    Some(read(&made.path().join("src/grammar.json")))
}
