//! What several integration tests share. Each test file uses a part of it.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod case;
pub mod claims;
pub mod data;
pub mod engines;
pub mod features;
pub mod graph;
pub mod hypotheses;
pub mod models;
pub mod paths;
pub mod pipeline;
pub mod random;
pub mod scores;
pub mod scrub;
