//! What a hypothesis means, held against a reference scrub, known answers and invariants.

mod support;

#[path = "semantics/differential.rs"]
mod differential;
