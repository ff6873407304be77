//! The typed, total array language of features and behaviours.
//!
//! An expression enters as syntax; the checker turns it into a [`Typed`] tree in which every
//! operand has its type and its named axes; the evaluator computes it over the rows of a dataset,
//! and [`classes`] sorts rows by the value of a claim.
//!
//! Axes match by name. Reals are f64 and are summed in index order. Integers are checked: leaving
//! 64 bits is a fault, located by row. A fault counts only where the value is used: the branch of
//! an `if` that is not taken, and the right side of an `and` that is already false, cannot fail.

mod block;
mod check;
mod check_call;
mod check_index;
mod check_loss;
mod check_operator;
mod classes;
mod classification;
mod declarations;
mod eval;
mod eval_axis;
mod eval_element;
mod functions;
mod length;
mod measured;
mod ratio;
mod scope;
mod split;
mod typed;
mod types;

pub use crate::data::{Scalar, ValueType};
pub use block::Data;
pub use check::{check_claim, check_expr};
pub use classes::{Classes, classes, classes_of_elements};
pub use classification::{Classification, classification};
pub use declarations::{check_features, needed_features};
pub use eval::{FeatureValues, Output, Source, clean_key, evaluate};
pub use functions::{FUNCTION_NAMES, axes_of, usage};
pub use length::length;
pub use measured::{Measured, check_behaviour, weights};
pub use ratio::Ratio;
pub use scope::{Named, Purpose, Scope};
pub use split::{Split, part_name, split};
pub use typed::{
    Divergence, Kind, RealFunction, Reduction, Scan, Table, Typed, reading, reads, reads_clean, reads_columns,
};
pub use types::{DeclaredType, resolve_type};
