//! What a hypothesis means, held against a reference scrub, known answers and invariants.

mod support;

#[path = "semantics/audit.rs"]
mod audit;
#[path = "semantics/blame.rs"]
mod blame;
#[path = "semantics/coverage.rs"]
mod coverage;
#[path = "semantics/differential.rs"]
mod differential;
#[path = "semantics/filled.rs"]
mod filled;
#[path = "semantics/invariants.rs"]
mod invariants;
#[path = "semantics/known.rs"]
mod known;
#[path = "semantics/lowering.rs"]
mod lowering;
#[path = "semantics/positions.rs"]
mod positions;
