//! A92xx: what the command line asks for.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};

declare_codes! {
    UNKNOWN_BINDING = "A9201" "unknown-binding" Error "a binding names nothing of the file";
    UNKNOWN_CODE = "A9202" "unknown-code" Error "there is no such diagnostic code";
    NOTHING_TO_RUN = "A9203" "nothing-to-run" Error "a file has no hypothesis";
}

#[must_use]
pub fn unknown_binding(kind: &str, name: &str, near: &[&str], all: &[&str]) -> Diagnostic {
    let message = format!("--{kind} binds `{}`, which the file does not declare", clean(name));
    let found = Diagnostic::new(&UNKNOWN_BINDING, message, Place::Nowhere);
    match (near, all) {
        ([near, ..], _) => found.help(format!("`{}` might be meant", clean(near))),
        ([], []) => found.note("the file declares none"),
        ([], all) => found.note(format!("declared: {}", clean(&all.join(", ")))),
    }
}

#[must_use]
pub fn unknown_code(name: &str, near: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(&UNKNOWN_CODE, format!("there is no code `{}`", clean(name)), Place::Nowhere);
    match near {
        [] => found.help("`ansatz explain` lists all codes"),
        near => found.help(format!("near: {}", near.join(", "))),
    }
}

#[must_use]
pub fn nothing_to_run(path: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&NOTHING_TO_RUN, format!("`{path}` declares no hypothesis"), Place::File { path })
        .help("for example `hypothesis nothing explains loss { }`, which claims that nothing matters")
}
