//! Ansatz: hypotheses about neural networks as text, checked against the model and refuted by data.
//!
//! The flow of values, stage by stage, is drawn in `ARCHITECTURE.md`.

pub mod calibrate;
pub mod cli;
pub mod data;
pub mod diagnostics;
pub mod diff;
pub mod elaborate;
pub mod engine;
pub mod estimate;
pub mod execute;
pub mod feature;
pub mod files;
pub mod fixing;
pub mod format;
pub mod generate;
pub mod hypothesis;
pub mod lints;
pub mod lock;
pub mod lower;
pub mod lsp;
pub mod meaning;
pub mod model;
pub mod page;
pub mod plan;
pub mod random;
pub mod recognise;
pub mod replay;
pub mod report;
pub mod run;
pub mod sample;
pub mod search;
pub mod source;
pub mod syntax;
pub mod validate;
pub mod vary;
