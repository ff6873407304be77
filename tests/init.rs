//! `ansatz init`: what is recognised of the exports of tests/fixtures/architectures and tests/fixtures/init, which map is
//! written, and that the names of the map are what they say, by numbers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it leaves out"
)]
#![expect(clippy::disallowed_methods, reason = "tests read files themselves")]

#[path = "support/checking.rs"]
mod checking;
#[path = "init/command.rs"]
mod command;
#[path = "init/models.rs"]
mod models;
#[path = "init/mutated.rs"]
mod mutated;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "init/recognised.rs"]
mod recognised;
#[path = "support/runtime.rs"]
mod runtime;
#[path = "init/values.rs"]
mod values;
