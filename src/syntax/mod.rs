//! Text to abstract syntax. Parsing never fails: it gives a tree, what could be recovered of the
//! declarations, and findings.
//!
//! ```text
//! bytes ─decode─▶ text ─prescan─▶ masked text ─grammar─▶ Tree ─build──▶ ast::File ┐
//!                     │                                   └───recover─▶ findings ─┴▶ Parsed
//!                     └ hidden characters, depth, what is pasted           │
//!                                                          repair ◀────────┘ edits, tried by parsing again
//! ```

pub mod ast;
mod build;
mod decode;
mod findings;
mod grammar;
mod kind;
mod opaque;
mod pasted;
mod prescan;
mod recover;
mod repair;
mod tree;
mod words;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::syntax as messages;
use crate::source::{FileId, Span};
pub use decode::decode;
use findings::Findings;
pub use kind::SyntaxKind;
pub use tree::{Node, Tree};
pub use words::{KEYWORDS, words_of_block};

/// What a text gives. Where there are findings, `file` holds what could be recovered: absent names
/// are empty, absent expressions are [`ast::ExprKind::Error`], and whole declarations might lack.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Every byte of the text, comments and mistakes included.
    pub tree: Tree,
    pub file: ast::File,
    /// In the order of the text; empty if and only if the text is correct.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses one text. Never fails and never panics; the work is bounded by the length of the text.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let mut findings = Findings::default();
    let Some(masked) = prescan::scan(file, text, &mut findings) else {
        return Parsed::unparsed(file, text, findings);
    };
    let readings = pasted::find(file, text, &masked, &mut findings);
    let Ok(tree) = grammar::parse(text, &masked) else {
        findings.push(messages::too_much_work(Span::new(file, 0..text.len().min(1))));
        return Parsed::unparsed(file, text, findings);
    };
    let built = match readings.as_slice() {
        [] => understood(file, text, &tree, &mut findings),
        readings => {
            // What is foreign is read as what it stands for; the tree stays that of the text.
            let (plain, masked) = (pasted::read(text, readings), pasted::read(&masked, readings));
            match grammar::parse(&plain, &masked) {
                Ok(tree) => understood(file, &plain, &tree, &mut findings),
                Err(_) => ast::File::default(),
            }
        }
    };
    if findings.is_empty() && built == ast::File::default() {
        findings.push(messages::nothing_declared(Span::new(file, text.len()..text.len())));
    }
    Parsed { tree, file: built, diagnostics: findings.into_list(file) }
}

/// The same, with edits for the first mistakes that have none: they are tried, which takes a few dozen times as long
/// where there are mistakes. Texts that are long are tried less.
#[must_use]
pub fn parse_with_edits(file: FileId, text: &str) -> Parsed {
    let mut parsed = parse(file, text);
    repair::repair(file, text, &mut parsed.diagnostics);
    parsed
}

/// What a tree means, with its mistakes.
fn understood(file: FileId, text: &str, tree: &Tree, findings: &mut Findings) -> ast::File {
    recover::report(file, text, tree, findings);
    build::build(file, text, tree, findings)
}

impl Parsed {
    fn unparsed(file: FileId, text: &str, findings: Findings) -> Parsed {
        let diagnostics = findings.into_list(file);
        Parsed { tree: Tree::unparsed(text), file: ast::File::default(), diagnostics }
    }
}
