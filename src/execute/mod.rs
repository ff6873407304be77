mod boxes;
mod pass;
mod store;

pub use pass::Pass;
pub use store::{Capture, Store};
