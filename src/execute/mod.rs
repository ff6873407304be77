//! Carrying out a plan on an engine.

pub mod audit;
mod boxes;
mod gather;
mod join;
mod means;
mod order;
mod pass;
mod run;
mod store;
mod work;

pub use audit::{Swap, Untouched, feeds_at, identity_error};
pub use gather::{Estimator, Gathering};
pub use join::{first_rows, joined_rows};
pub use means::{Means, Summing};
pub use pass::{LANES, Pass};
pub use run::{Begun, Executor};
pub use store::{Capture, Store};
pub use work::{Behaviour, Clean, Inputs, Observed, Score, Scrubbed, Seen, ShuffledPoints, Work};
