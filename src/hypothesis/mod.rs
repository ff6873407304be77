//! From syntax to claims: names, types, binding to the model, structure, and lints on the data.

mod arrows;
mod baselines;
mod behaviour;
mod bind;
mod candidates;
mod check;
mod claim;
mod claims;
mod classified;
mod components;
mod distinction;
mod estimates;
mod expect;
mod family;
mod fooling;
mod fooling_expr;
mod generated;
mod interchange;
mod joint;
mod lint;
mod model;
mod names;
mod nodes;
mod pairs;
mod pathless;
mod region;
mod row_sets;
mod scopes;
mod searched_places;
mod searched_start;
mod searches;
mod shuffled;
mod sliced;
mod slices;
mod statements;
mod structure;
mod symbols;
mod tables;
mod tabulate;
mod terms;
mod unclaimed;
mod uses;

pub use baselines::Baseline;
pub use behaviour::{Behaviour, ModelInputs, evaluated};
pub use candidates::Candidates;
pub use check::{Checked, Loader, Ready, check, recheck};
pub use claim::{
    Arrow, Computes, DataIx, DrawIx, End, Estimate, EstimateIx, EstimateKind, FeatureIx, Hypothesis, NamedDraw, Node,
    NodeIx, Part, PathKind, Rest, Scheme, Terms,
};
pub use claims::{Spans, Stated};
pub use classified::Classified;
pub use distinction::{Distinction, Measure, RankingBound, RowSet, Score, Setting};
pub use expect::{Expectation, Metric, reference_name};
pub use fooling::{Control, Fooling, FoolingSpans, RateBound, SCRUBBED};
pub use interchange::{Interchange, counterfactual};
pub use joint::{JointClasses, NO_CLASS, classes_on, shared};
pub use lint::ClassMap;
pub use model::{BoundModel, BoundValue, Component, Port, live};
pub use searches::{Move, Price, SearchMetric, SearchSpace, SearchTree, SearchedClaim, Start, Strategy, Unit};
pub use shuffled::{ExactShuffle, Shuffled, shuffled};
pub use sliced::SliceShares;
pub use slices::{SlicedBy, Slicing, slicings};
pub use tables::TableFile;
