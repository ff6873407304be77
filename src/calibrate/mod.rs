//! What do scores predict? A family of hypotheses of which both is known: what the panel says of each,
//! and how well it does at something else, such as finding inputs that fool the model, telling two
//! mechanisms apart, or being like the hypothesis that is known to be true.

mod family;
mod likeness;
mod measure;
mod memory;
mod plot;
mod predicts;
mod report;

pub use family::{Member, family};
pub use likeness::{Claims, Likeness, claims, likeness, similarity};
pub use measure::{Base, Ground, Known, METRICS, Measured, Told, measure};
pub use memory::{read as read_progress, write as write_progress};
pub use plot::plot;
pub use predicts::{Apart, Bin, Objective, Predictor, apart, objectives};
pub use report::{ApartReport, CalibrationReport, Calibrations, MemberReport, ObjectiveReport, SCHEMA, json, text};
