//! All texts of the repository.

use super::checking::{files_below, read};
use ansatz::diagnostics::any_error;
use ansatz::source::FileId;
use ansatz::syntax::{Tree, parse};
use std::collections::BTreeSet;
use std::path::Path;

/// The folders of what is shown to others.
pub const SHOWN: [&str; 2] = ["examples", "stdlib"];

/// Files and blocks of documents, by name.
pub fn texts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in SHOWN.iter().chain(&["tests"]) {
        for path in files_below(Path::new(folder), ".ansatz") {
            found.push((path.display().to_string(), read(&path)));
        }
    }
    let pages = files_below(Path::new("docs"), ".md").into_iter().chain(files_below(Path::new("examples"), ".md"));
    for path in pages.chain([Path::new("README.md").to_owned()]) {
        let page = read(&path);
        for (at, rest) in page.split("```ansatz").skip(1).enumerate() {
            let block = rest.split_once('\n').map_or("", |(_, block)| block).split("```").next().unwrap_or_default();
            found.push((format!("{}, block {}", path.display(), at + 1), block.to_owned()));
        }
    }
    found
}

/// Those without mistakes of syntax.
pub fn correct() -> Vec<(String, String)> {
    texts().into_iter().filter(|(_, text)| !any_error(&parse(FileId(0), text).diagnostics)).collect()
}

/// Every item of the correct texts as a text of its own, each once.
pub fn items() -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (name, text) in correct() {
        let tree = parse(FileId(0), &text).tree;
        for item in tree.root().children() {
            let range = item.significant_range();
            if !range.is_empty() && seen.insert(text[range.clone()].to_owned()) {
                found.push((format!("{name} at {}", range.start), text[range].to_owned()));
            }
        }
    }
    found
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Token(String),
    Comment(String),
    Space(String),
}

impl Piece {
    pub fn text(&self) -> &str {
        match self {
            Piece::Token(text) | Piece::Comment(text) | Piece::Space(text) => text,
        }
    }
}

/// The pieces of a text, one after the other; there is a space, perhaps an empty one, on both sides of each token
/// and of each comment.
pub fn pieces(tree: &Tree) -> Vec<Piece> {
    let mut pieces = vec![Piece::Space(String::new())];
    for token in tree.tokens().filter(|token| !token.range().is_empty()) {
        let text = token.text().to_owned();
        if token.text().trim().is_empty() {
            if let Some(Piece::Space(space)) = pieces.last_mut() {
                space.push_str(&text);
            }
            continue;
        }
        let is_comment = token.kind().is_trivia();
        pieces.push(if is_comment { Piece::Comment(text) } else { Piece::Token(text) });
        pieces.push(Piece::Space(String::new()));
    }
    pieces
}

pub fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::text).collect()
}
