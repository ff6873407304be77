//! What is said of a search, and of a calibration.

use super::{Computes, Expr, Ident, Reference, Region};
use crate::source::Span;

/// `search NAME explains BEHAVIOUR of MODEL on DATA { over heads  computes f, g  maximise recovered(loss)  budget 500 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub docs: String,
    pub name: Ident,
    pub behaviour: Ident,
    pub model: Option<Ident>,
    pub data: Option<Ident>,
    /// `over REGION, REGION`: what nodes may be bound to.
    pub over: Vec<Region>,
    /// `computes EXPR, exact, any`: what nodes may compute.
    pub computes: Vec<SearchedClaim>,
    /// `port q, k`: where arrows may enter nodes.
    pub ports: Vec<Ident>,
    /// `maximise METRIC(BEHAVIOUR, baseline = NAME)`
    pub objective: Option<Objective>,
    /// `WORD VALUE, VALUE per WORD`
    pub settings: Vec<SearchSetting>,
    pub span: Span,
}

/// What a node may compute, by its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchedClaim {
    pub computes: Computes,
    pub span: Span,
}

/// `METRIC(BEHAVIOUR, baseline = NAME)`
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    pub metric: Ident,
    pub behaviour: Ident,
    pub baseline: Option<Reference>,
    pub span: Span,
}

/// `WORD VALUE, VALUE per WORD`
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSetting {
    pub word: Ident,
    pub values: Vec<Expr>,
    pub per: Option<Ident>,
    pub span: Span,
}

impl Search {
    /// Settings whose values are words, not numbers.
    pub const WORDS: [&'static str; 5] = ["allow", "start", "strategy", "minimise", "challenge"];
}

/// `calibrate NAME { computes f, g  against NAME  changes 2 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrate {
    pub docs: String,
    pub name: Ident,
    /// `computes EXPR, exact, any`: what changed nodes may compute.
    pub computes: Vec<SearchedClaim>,
    /// `WORD VALUE, VALUE`
    pub settings: Vec<SearchSetting>,
    pub span: Span,
}

impl Calibrate {
    /// Settings whose values are names, not numbers.
    pub const NAMES: [&'static str; 4] = ["start", "vary", "truth", "against"];
    /// Settings that name hypotheses.
    pub const HYPOTHESES: [&'static str; 2] = ["start", "truth"];
}
