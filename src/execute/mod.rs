//! Carrying out a plan on an engine.

pub mod audit;
mod boxes;
mod pass;
mod run;
mod store;

pub use audit::{Swap, feeds_at, identity_error};
pub use pass::{LANES, Pass};
pub use run::{Behaviour, Clean, Executor, Inputs, Observed, Score, Scrubbed, Seen, Work, computed, first_rows};
pub use store::{Capture, Store};
