//! Challenges: what a hypothesis is good for.

use super::{Comparison, Expr, Ident, Reference};
use crate::source::Span;

/// `challenge NAME of HYPOTHESIS fools { ... }` or `... distinguishes { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    pub docs: String,
    pub name: Reference,
    pub hypothesis: Reference,
    pub aim: Aim,
    /// `draws 8`: how often each row is scrubbed.
    pub draws: Option<Expr>,
    pub expected: Vec<Expected>,
    pub span: Span,
}

/// What is done with the hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub enum Aim {
    Fools(Box<Fools>),
    Distinguishes(Box<Distinguishes>),
}

/// Inputs that fool the model are looked for. What is absent is `None`; of what stands twice, the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Fools {
    /// `from DATA`: the candidates.
    pub from: Option<Ident>,
    /// `where EXPR`: which of them.
    pub filter: Option<Expr>,
    /// `rank by EXPR`: greatest first.
    pub rank: Option<Expr>,
    /// `budget 500`: how many are tried.
    pub budget: Option<Expr>,
    /// `success EXPR`: when a candidate fools the model.
    pub success: Option<Expr>,
    /// `match EXPR, EXPR`: what the matched control has in common with what is tried. Empty if not said.
    pub matched: Vec<Expr>,
}

/// Two sets of inputs are told apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Distinguishes {
    pub trusted: Option<ChallengedSet>,
    pub anomalous: Option<ChallengedSet>,
    /// `scores direct, effect`: empty for all that there are.
    pub scores: Vec<Ident>,
}

/// `trusted where EXPR from DATA`: at least one of the two.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengedSet {
    pub filter: Option<Expr>,
    pub from: Option<Ident>,
    pub span: Span,
}

/// `expect ratio(matched) >= 10` or `expect auroc(effect) in supervised >= 0.8`
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub measure: Ident,
    /// What stands in parentheses.
    pub of: Option<Ident>,
    /// What stands after `in`.
    pub setting: Option<Ident>,
    pub comparison: Comparison,
    /// Where the sign of the comparison stands.
    pub sign: Span,
    pub bound: Expr,
    pub span: Span,
}
