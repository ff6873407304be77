//! From syntax to claims: names, types, binding to the model, structure, and lints on the data.

mod baselines;
mod behaviour;
mod check;
mod claim;
mod claims;
mod constant;
mod expect;
mod family;
mod lint;
mod model;
mod names;
mod region;
mod shuffled;
mod structure;
mod tables;

pub use baselines::Baseline;
pub use behaviour::{Behaviour, ModelInputs};
pub use check::{Checked, Loader, Ready, check};
pub use claim::{
    Arrow, Computes, DataIx, DrawIx, End, Estimate, EstimateIx, EstimateKind, FeatureIx, Hypothesis, NamedDraw, Node,
    NodeIx, Part, PathKind, Rest, Scheme, Terms,
};
pub use claims::{Spans, Stated};
pub use expect::{Expectation, Metric, reference_name};
pub use lint::ClassMap;
pub use model::{BoundModel, BoundValue, Component, live};
pub use shuffled::{ExactShuffle, Shuffled, shuffled};
pub use tables::TableFile;
