//! What several integration tests share. Each test file uses a part of it.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod graph;
