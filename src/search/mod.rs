//! Searching for hypotheses with the score as the target.
//!
//! A [`Candidate`] is a hypothesis as a tree of claims; it is always run as the text that it stands
//! for, through the whole pipeline, so that what a search reports is what its files say. Candidates of
//! one round are run together: they share the clean pass, the captures and, by the keys of draws, the
//! random numbers. Rows that are held out are never looked at before the search has ended.

mod acdc;
mod candidate;
mod circuit;
mod frontier;
mod memory;
mod opening;
mod report;
mod runner;
mod split;
mod strategy;

pub use acdc::{CircuitScorer, Pruned, Tested, acdc};
pub use candidate::{Candidate, Chain, Step, Written};
pub use circuit::{Circuit, Edge};
pub use frontier::{Winner, circuit, frontier, widened};
pub use memory::{Known, read as read_progress, write as write_progress};
pub use report::{
    ChallengeOutcome, EdgeReport, FullReport, HeldOut, RatioOutcome, Rows, SCHEMA, SearchReport, Searches,
    WinnerReport, ended, json, strategy, text, told, told_so_far,
};
pub use runner::{Ground, Measured, Runner, SoFar, header};
pub use split::{Split, parts, same_inputs, split};
pub use strategy::{Ended, Found, Scored, Scorer, objective, search};
