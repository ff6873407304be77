//! Dependence against finite differences: what a rule says is not read never changes a result, and
//! where a rule is tight, all that it says is read does.

#![allow(clippy::panic, clippy::print_stdout, reason = "helpers of tests fail and speak like tests")]

mod support;

#[path = "dependence/along.rs"]
mod along;
#[path = "dependence/case.rs"]
mod case;
#[path = "dependence/complete.rs"]
mod complete;
#[path = "dependence/folds.rs"]
mod folds;
#[path = "dependence/masks.rs"]
mod masks;
#[path = "dependence/models.rs"]
mod models;
#[path = "dependence/moving.rs"]
mod moving;
#[path = "dependence/network.rs"]
mod network;
#[path = "dependence/nonsense.rs"]
mod nonsense;
#[path = "dependence/pointwise.rs"]
mod pointwise;
#[path = "dependence/products.rs"]
mod products;
#[path = "dependence/values.rs"]
mod values;
