//! What a walk backwards through the model carries along, and what it finds.

use super::map::Map;
use crate::hypothesis::Part;
use crate::model::{Dependence, Region};
use std::sync::Arc;

/// A model with what is known of its operators.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    pub map: Map<'a>,
    pub dependence: &'a Dependence<'a>,
}

/// What an arrow still has to meet before its source counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Live {
    /// No path of it leads on from here.
    Dead,
    /// The attention sum whose terms it claims.
    AtSum,
    /// One of its gates.
    AtGate,
    /// Nothing more.
    Open,
}

/// Where a walk stands: what is left of each arrow, and whose scheme fills what is unclaimed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    pub arrows: Vec<Live>,
    /// 0 is the end's own; n is its n-th port's, counted from 1.
    pub scheme: usize,
}

/// Index of a state of one walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateIx(pub usize);

/// How a walk comes to a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// It begins here.
    Start,
    /// From below, in a state.
    In(StateIx),
}

/// What a part of a tensor is on a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The scrubbed value of the arrow with this place among the end's arrows.
    Source(usize),
    /// The numbers that an estimate puts there.
    Replaced,
    /// Its operator, evaluated in this state.
    Computed(StateIx),
    /// Nothing above is claimed: its clean value on the datum of a scheme.
    Clean(usize),
    /// The same under a scheme that fills component by component: this component.
    Component(Part, usize),
}

/// A box with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub region: Region,
    pub outcome: Outcome,
}

/// An input of an operator in one state; with `terms`, for these terms of its sum only.
#[derive(Debug, Clone)]
pub struct Reading {
    pub state: StateIx,
    pub terms: Option<Arc<Vec<bool>>>,
}

/// Two arrows that claim one path: their places among the end's arrows, and where they meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub arrow: usize,
    pub other: usize,
    /// The part of the first one's source that lies on the other's path.
    pub at: Part,
}
