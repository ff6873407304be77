//! The language server from outside: an editor that speaks to the built program. Nothing here depends on the clock:
//! the editor waits for what it has asked for, and gives up where nothing comes at all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/checking.rs"]
mod checking;

#[path = "lsp/answers.rs"]
mod answers;
#[path = "lsp/broken.rs"]
mod broken;
#[path = "lsp/client.rs"]
mod client;
#[path = "lsp/complete.rs"]
mod complete;
#[path = "lsp/faults.rs"]
mod faults;
#[path = "lsp/findings.rs"]
mod findings;
#[path = "lsp/names.rs"]
mod names;
#[path = "lsp/renamed.rs"]
mod renamed;
