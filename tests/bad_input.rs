//! Hostile and broken input, from end to end: a coded error, exit 2, no panic, no hang, nothing
//! written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/graph.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod graph;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

#[path = "bad_input/archives.rs"]
mod archives;
#[path = "bad_input/data.rs"]
mod data;
#[path = "bad_input/models.rs"]
mod models;
#[path = "bad_input/numbers.rs"]
mod numbers;
#[path = "bad_input/text.rs"]
mod text;

use program::{Folder, Ran};

/// Everything that a run could be asked to write.
const FILES: &str = "--draws d.npz --per-example p.npz";

/// Runs a command that has to be refused with this code, and leave the folder as it was.
fn refused(folder: &Folder, arguments: &str, code: &str) -> Ran {
    let before = folder.names();
    let ran = folder.run(arguments).ended(2);
    let shown: String = ran.stderr.chars().take(2_000).collect();
    assert!(ran.stderr.contains(&format!("[{code}]")), "`{arguments}` gives another code than {code}:\n{shown}");
    assert!(ran.stdout.is_empty(), "`{arguments}`");
    assert!(ran.used.as_secs() < 10, "`{arguments}` computed for {:?}", ran.used);
    assert_eq!(folder.names(), before, "`{arguments}`");
    ran
}

/// The same for `run` with all files asked for, and for `check`.
fn refused_by_all(folder: &Folder, file: &str, code: &str) -> Ran {
    refused(folder, &format!("check {file}"), code);
    refused(folder, &format!("plan {file}"), code);
    refused(folder, &format!("run {file} {FILES}"), code)
}
