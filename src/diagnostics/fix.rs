//! Edits that mend a finding. Whoever offers one says whether it is safe: there is no default.

use super::{Diagnostic, Help, clean};
use crate::source::Span;

/// Replacements of text that together mend a finding. All lie in one file, and none overlaps another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub edits: Vec<Edit>,
    pub applicability: Applicability,
}

/// A replacement of one piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

/// Whether a fix can be made without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The meaning stays, or is restored beyond doubt: what is absent, a habit of another language, a name
    /// that is misspelt and near to one other.
    Safe,
    /// What is claimed becomes something else, one of several is picked, or text is lost.
    Unsafe,
}

impl Applicability {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        }
    }
}

/// Names shorter than this, in characters, differ by too much where they differ by a letter.
const SHORTEST: usize = 4;

/// Whether `written` can only be a slip for `near`: upper and lower case, or a letter in four. Names that
/// differ in their digits are names of different things.
#[must_use]
pub fn is_misspelling(written: &str, near: &str) -> bool {
    let (written, near) = (written.to_lowercase(), near.to_lowercase());
    let digits = |name: &str| -> String { name.chars().filter(char::is_ascii_digit).collect() };
    let length = written.chars().count().min(near.chars().count());
    let is_near = length >= SHORTEST && strsim::damerau_levenshtein(&written, &near) <= length / SHORTEST;
    written == near || (is_near && digits(&written) == digits(&near))
}

impl Diagnostic {
    /// Advice with an edit that keeps the meaning, or restores it beyond doubt.
    #[must_use]
    pub fn safe_fix(self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.with_fix(text, vec![Edit { span, replacement: replacement.into() }], Applicability::Safe)
    }

    /// Advice with an edit that changes what is claimed, picks one of several, or deletes.
    #[must_use]
    pub fn unsafe_fix(self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.with_fix(text, vec![Edit { span, replacement: replacement.into() }], Applicability::Unsafe)
    }

    /// Advice with edits of one file, which are made together.
    #[must_use]
    pub fn with_fix(mut self, text: impl Into<String>, edits: Vec<Edit>, applicability: Applicability) -> Self {
        self.helps.push(Help { text: text.into(), fix: Some(Fix { edits, applicability }) });
        self
    }

    /// A name for each of `near` in the place of the one that is `written`. Safe if there is one, and the
    /// written one can only be a slip.
    #[must_use]
    pub fn meant(self, span: Span, written: &str, near: &[&str]) -> Self {
        self.meant_as(span, written, near, str::to_owned)
    }

    /// The same for names that stand in the text as `shown` says.
    #[must_use]
    pub fn meant_as(self, span: Span, written: &str, near: &[&str], shown: impl Fn(&str) -> String) -> Self {
        let is_safe = matches!(near, [only] if is_misspelling(written, only));
        near.iter().fold(self, |found, near| {
            let text = format!("`{}` might be meant", clean(near));
            match is_safe {
                true => found.safe_fix(text, span, shown(near)),
                false => found.unsafe_fix(text, span, shown(near)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_names() {
        for (written, near) in
            [("recoverd", "recovered"), ("behavoiur", "behaviour"), ("Loss", "loss"), ("T", "t"), ("nodee", "node")]
        {
            assert!(is_misspelling(written, near), "{written} {near}");
        }
        for (written, near) in
            [("k", "q"), ("head1", "head2"), ("mlp", "mlq"), ("resid1", "resid"), ("first", "second")]
        {
            assert!(!is_misspelling(written, near), "{written} {near}");
        }
    }
}
