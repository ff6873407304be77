//! What a hypothesis is good for.

pub mod distinguish;
