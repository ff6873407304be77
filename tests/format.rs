//! The layout of texts: what holds for all texts of the repository and for mutants of them, and the style itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;
#[path = "format/corpus.rs"]
mod corpus;
#[path = "format/kept.rs"]
mod kept;
#[path = "format/mutants.rs"]
mod mutants;
#[path = "support/random.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod random;
#[path = "format/style.rs"]
mod style;

use checking::{files_below, read};
use corpus::{SHOWN, correct, texts};
use kept::{Layout, checked};
use std::path::Path;

#[test]
fn all_texts_are_laid_out_or_refused() {
    let mut laid = 0;
    for (name, text) in texts() {
        laid += usize::from(checked(&name, &text) != Layout::Refused);
    }
    assert_eq!(laid, correct().len());
    assert!(laid > 250, "{laid}");
}

/// What is shown to others is written in the style.
#[test]
fn examples_and_the_library_are_laid_out() {
    let shown = SHOWN.iter().flat_map(|folder| files_below(Path::new(folder), ".ansatz"));
    for path in shown {
        let text = read(&path);
        let name = path.display().to_string();
        assert_eq!(checked(&name, &text), Layout::Text(text), "{name}: run `ansatz fmt {name}`");
    }
}

#[test]
fn texts_with_mistakes_are_refused() {
    let with_mistakes = texts().len() - correct().len();
    assert!(with_mistakes > 40, "{with_mistakes}");
    for text in ["", "// nothing", "hypothesis", "feature a = (1", "feature a = \"b", "\u{202e}feature a = 1"] {
        assert_eq!(checked("text", text), Layout::Refused, "{text}");
    }
}
