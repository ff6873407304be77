//! A94xx: files of a revision.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};

declare_codes! {
    NO_GIT = "A9401" "git-missing" Error "git is needed and cannot be started";
    UNREADABLE = "A9402" "revision-unreadable" Error "git has no such file in this revision";
}

#[must_use]
pub fn no_git(why: &str) -> Diagnostic {
    Diagnostic::new(&NO_GIT, format!("git cannot be started: {}", clean(why)), Place::Nowhere)
        .help("install git; or write the old file to a folder and name it: `ansatz diff old/a.ansatz a.ansatz`")
}

/// `why` is in git's own words.
#[must_use]
pub fn unreadable(object: &str, why: &str) -> Diagnostic {
    let message = format!("git does not give `{}`", clean(object));
    let found = Diagnostic::new(&UNREADABLE, message, Place::File { path: clean(object) });
    let found = why.lines().take(3).fold(found, |found, line| found.note(clean(line)));
    found
        .help("`REVISION:PATH` has the path from the top of the repository, or from here if it begins with `./`")
        .help("`ansatz diff REVISION FILE` compares a file with itself in a revision")
}
