//! The layout of texts: one style, for every text without mistakes.
//!
//! ```text
//! text ─parse─▶ Tree ─build─▶ Doc ─print─▶ text ─check─▶ text
//! ```
//!
//! The layout follows from the tokens, the comments and the empty lines between lines of blocks;
//! all other space of the text is without effect. Nothing is added to the tokens and nothing is taken
//! away; comments stay between the tokens where they are.

mod align;
mod build;
mod check;
mod doc;
mod gaps;
mod print;
mod rows;
mod tokens;

use crate::diagnostics::messages::format as messages;
use crate::diagnostics::{Diagnostic, any_error};
use crate::source::{FileId, Span};
use crate::syntax::{Parsed, Tree, parse};

/// The text in the style of the language. Lines end as the first one does.
///
/// # Errors
/// What is wrong with the text; or, if the new text would not say the same, that this is so.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let Parsed { tree, diagnostics, .. } = parse(file, text);
    if any_error(&diagnostics) {
        return Err(diagnostics);
    }
    let formatted = laid_out(&tree);
    let again = parse(file, &formatted);
    if any_error(&again.diagnostics) || !check::says_the_same(&tree, &again.tree) {
        return Err(vec![messages::not_kept(Span::new(file, check::first_difference(&tree, &again.tree)))]);
    }
    if laid_out(&again.tree) != formatted {
        return Err(vec![messages::not_settled(Span::new(file, 0..text.len().min(1)))]);
    }
    let first = text.find('\n').and_then(|end| text.get(..end));
    Ok(if first.is_some_and(|first| first.ends_with('\r')) { formatted.replace('\n', "\r\n") } else { formatted })
}

fn laid_out(tree: &Tree) -> String {
    let builder = build::Builder { tokens: tokens::Tokens::of(tree) };
    print::print(&builder.file(tree.root()))
}
