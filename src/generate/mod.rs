//! Data that a file makes itself: `data NAME for MODEL = generate(ROWS) { ... }`.
//!
//! The block, checked against the inputs of its model, becomes a [`Recipe`]; a recipe becomes columns
//! of rows. Every choice is a hash of the seed of the block and of its place among the choices, so that
//! the rows depend on nothing but the text and the data that it takes rows from. Tries, steps and
//! lengths are bounded.

mod batch;
mod check;
mod count;
mod draw;
mod ends;
mod lookup;
mod make;
mod pieces;
mod recipe;
mod steps;

pub use check::{Context, check, check_condition};
pub use lookup::{RowSource, sources};
pub use make::{Made, make};
pub use recipe::Recipe;
