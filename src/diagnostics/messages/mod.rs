//! The words of every finding, one file an area, one constructor a code. Constructors take typed
//! data; no other module writes prose about errors.
//!
//! Style: say what is wrong and where, then what to do; no second person; "might" for guesses;
//! names from outside go through [`crate::diagnostics::clean`].

pub mod binding;
pub mod calibrations;
pub mod claims;
pub mod distinctions;
pub mod elaborate;
pub mod execution;
pub mod files;
pub mod foolings;
pub mod format;
mod fused;
pub mod generate;
pub mod git;
pub mod lints;
pub mod lock;
pub mod model;
mod model_file;
pub mod names;
pub mod pasted;
pub mod planning;
pub mod recognise;
pub mod repairs;
pub mod run;
pub mod search;
pub mod settings;
pub mod statistics;
pub mod structure;
pub mod syntax;
mod syntax_hints;
mod syntax_text;
pub mod tables;
pub mod types;
pub mod usage;
pub mod values;
