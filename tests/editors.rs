//! The grammars of editors say the same as the grammar of the language. `make bless` writes the files
//! that are made from it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read the environment and write files")]

#[path = "support/checking.rs"]
mod checking;
#[path = "editors/classes.rs"]
mod classes;
#[path = "format/corpus.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod corpus;
#[path = "editors/derive.rs"]
mod derive;
#[path = "editors/generated.rs"]
mod generated;
#[path = "editors/highlighting.rs"]
mod highlighting;
#[path = "editors/kept_equal.rs"]
mod kept_equal;
#[path = "editors/outline.rs"]
mod outline;
#[path = "editors/overlay.rs"]
mod overlay;
#[path = "editors/pattern.rs"]
mod pattern;
#[path = "editors/pest.rs"]
mod pest;
#[path = "support/random.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod random;
#[path = "editors/rule.rs"]
mod rule;
#[path = "editors/same_tree.rs"]
mod same_tree;
#[path = "editors/textmate.rs"]
mod textmate;
#[path = "editors/words.rs"]
mod words;
