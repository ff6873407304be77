//! The tree-sitter grammar of Ansatz, and its queries.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_ansatz() -> *const ();
}

/// The language, for `tree_sitter::Parser::set_language`.
// SAFETY: the function is that of the parser which build.rs compiles; tree-sitter generated it.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_ansatz) };

/// What is of which class for highlighting.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");

/// What can be folded.
pub const FOLDS_QUERY: &str = include_str!("../../queries/folds.scm");

/// What is written further in than what it stands in.
pub const INDENTS_QUERY: &str = include_str!("../../queries/indents.scm");

/// Where names are declared and used.
pub const LOCALS_QUERY: &str = include_str!("../../queries/locals.scm");

/// What a list of the declarations of a file shows.
pub const TAGS_QUERY: &str = include_str!("../../queries/tags.scm");

/// The kinds of nodes and the kinds of their children, as JSON.
pub const NODE_TYPES: &str = include_str!("../../src/node-types.json");
