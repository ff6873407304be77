//! Operators whose results grow from few values.

use super::question::{Part, Rule};

pub const RULES: &[(&str, Rule)] =
    &[("Constant", |_| Some(Part::Nothing)), ("Shape", |_| Some(Part::Nothing)), ("Size", |_| Some(Part::Nothing))];

/// Operators all of whose elements read all of their inputs.
pub const READS_EVERYTHING: &[&str] = &["ConstantOfShape", "Range"];
