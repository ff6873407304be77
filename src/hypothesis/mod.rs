//! From syntax to claims: names, types, binding to the model, structure, and lints on the data.

mod claim;

pub use claim::{Arrow, Computes, End, FeatureIx, Hypothesis, Node, NodeIx, Unclaimed};
