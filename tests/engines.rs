//! The engines: each operator of the reference engine against values worked out by hand, and
//! against ONNX Runtime where the library is there (`ANSATZ_REQUIRE_ORT=1` makes that a must).

#![allow(clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]

mod support;

#[path = "engines/compare.rs"]
mod compare;
#[path = "engines/elementwise.rs"]
mod elementwise;
#[path = "engines/faults.rs"]
mod faults;
#[cfg(feature = "ort-dynamic")]
#[path = "engines/library.rs"]
mod library;
#[path = "engines/moving.rs"]
mod moving;
#[path = "engines/products.rs"]
mod products;
#[path = "engines/programs.rs"]
mod programs;
#[path = "engines/published.rs"]
mod published;
#[path = "engines/reductions.rs"]
mod reductions;
