//! Carrying out a plan on an engine.

pub mod audit;
mod boxes;
mod gather;
mod means;
mod pass;
mod run;
mod store;

pub use audit::{Swap, Untouched, feeds_at, identity_error};
pub use gather::{Estimator, Gathering};
pub use means::{Means, Summing};
pub use pass::{LANES, Pass};
pub use run::{Behaviour, Clean, Executor, Inputs, Observed, Score, Scrubbed, Seen, Work, first_rows, joined_rows};
pub use store::{Capture, Store};
