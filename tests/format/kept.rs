//! What a layout must keep, told from the outside.

use super::corpus::{Piece, pieces};
use ansatz::diagnostics::any_error;
use ansatz::format::format;
use ansatz::source::FileId;
use ansatz::syntax::{Tree, ast, parse};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    Text(String),
    /// The text has mistakes.
    Refused,
}

/// The layout of a text, which keeps all that it must, or the refusal of one that is wrong.
pub fn checked(name: &str, text: &str) -> Layout {
    let before = parse(FileId(0), text);
    let found = format(FileId(0), text);
    if any_error(&before.diagnostics) {
        let findings = found.expect_err(name);
        assert!(findings == before.diagnostics, "{name}: {findings:?}");
        return Layout::Refused;
    }
    let laid = found.unwrap_or_else(|findings| panic!("{name}: {findings:?}\n{text}"));
    let after = parse(FileId(0), &laid);
    assert!(!any_error(&after.diagnostics), "{name}: {:?}\n{laid}", after.diagnostics);
    assert_eq!(words(&before.tree), words(&after.tree), "{name}\n{text}\n{laid}");
    assert_eq!(meaning(&before.file), meaning(&after.file), "{name}\n{text}\n{laid}");
    assert_eq!(format(FileId(0), &laid).as_ref(), Ok(&laid), "{name}, again\n{text}");
    lines_are_tidy(name, &laid);
    Layout::Text(laid)
}

fn lines_are_tidy(name: &str, laid: &str) {
    assert!(laid.ends_with('\n') && !laid.ends_with("\n\n") && !laid.starts_with('\n'), "{name}\n{laid:?}");
    assert!(!laid.contains("\n\n\n"), "{name}: two empty lines\n{laid}");
    for line in laid.lines() {
        assert!(!line.ends_with([' ', '\t']), "{name}: space at the end of {line:?}");
        let indent = line.len() - line.trim_start().len();
        assert!(!line[..indent].contains('\t'), "{name}: {line:?}");
    }
}

/// Tokens and comments in their order.
pub fn words(tree: &Tree) -> Vec<Piece> {
    let words = pieces(tree).into_iter().filter(|piece| !matches!(piece, Piece::Space(_)));
    words
        .map(|piece| match piece {
            Piece::Comment(text) => Piece::Comment(text.trim_end().to_owned()),
            piece => piece,
        })
        .collect()
}

/// The abstract syntax without places.
pub fn meaning(file: &ast::File) -> String {
    let debug = format!("{file:?}");
    let mut parts = debug.split("Span { file: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // `FileId(0), start: 1, end: 2 }` and what follows.
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}
