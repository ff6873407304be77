//! The program from outside: exit codes, streams, formats, files. On the reference engine, but
//! where a test is about engines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/program.rs"]
mod program;

#[path = "cli/checked.rs"]
mod checked;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/draws.rs"]
mod draws;
#[path = "cli/ends.rs"]
mod ends;
#[path = "cli/fixing.rs"]
mod fixing;
#[path = "cli/fmt.rs"]
mod fmt;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/levels.rs"]
mod levels;
#[path = "cli/lock.rs"]
mod lock;
#[path = "cli/looking.rs"]
mod looking;
#[path = "cli/panel.rs"]
mod panel;
#[path = "cli/per_example.rs"]
mod per_example;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/sequential.rs"]
mod sequential;
#[path = "cli/streams.rs"]
mod streams;
