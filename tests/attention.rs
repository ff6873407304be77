//! The operators `Attention` and `RotaryEmbedding`: taken apart when a model is loaded, against the standard worked out with
//! plain loops, and against the kernel of ONNX Runtime where the library is there.

#![allow(clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]

mod support;

#[path = "support/program.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod program;

#[path = "attention/case.rs"]
mod case;
#[path = "attention/forms.rs"]
mod forms;
#[path = "attention/indexed.rs"]
mod indexed;
#[path = "attention/models.rs"]
mod models;
#[path = "attention/plain.rs"]
mod plain;
#[path = "attention/rotary.rs"]
mod rotary;
