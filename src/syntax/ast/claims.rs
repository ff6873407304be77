//! The statements of hypotheses.

use super::{At, Expr, Ident, Parameter, Reference};
use crate::source::Span;

/// The statements of a hypothesis, of a refinement, of a variant (`with { ... }`), or of a `for`
/// around statements. In source order within each kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    pub nodes: Vec<Node>,
    pub arrows: Vec<Arrow>,
    pub unclaimed: Vec<Unclaimed>,
    pub draws: Vec<Draw>,
    pub pools: Vec<Pool>,
    pub families: Vec<Family>,
    /// `override node ...`: takes the place of a node of the base.
    pub overrides: Vec<Node>,
    pub drops: Vec<Drop>,
    pub swaps: Vec<Swap>,
}

/// `for i in 0..42 { ... }` around statements.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    pub parameters: Vec<Parameter>,
    pub body: Body,
    pub span: Span,
}

/// `drop node NAME` with its arrows, or `drop a -> b`.
#[derive(Debug, Clone, PartialEq)]
pub enum Drop {
    Node(Reference, Span),
    Arrow(Box<Arrow>),
}

/// `swap a, b`: exchanges what two nodes compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Swap {
    pub one: Reference,
    pub other: Reference,
    pub span: Span,
}

/// `node NAME = REGION + REGION computes WHAT from DATA`, or
/// `node NAME = estimate(EXPR) of REGION rest exact`
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub name: Reference,
    /// At least one.
    pub regions: Vec<Region>,
    pub estimate: Option<Estimate>,
    pub computes: Computes,
    /// The dataset that its data are drawn from, if not that of the hypothesis.
    pub from: Option<Ident>,
    pub span: Span,
}

/// What an activation is split into: an estimate, and the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub kind: EstimateKind,
    /// What of the node's own datum the rest agrees on: `any` if not said.
    pub rest: Computes,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum EstimateKind {
    Expression(Expr),
    /// `self with pattern = identity`: recomputed with a port replaced.
    Changed {
        port: Ident,
        value: Expr,
    },
}

/// `heads(1, 0)` or `embed[pos: 1]`
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub component: Ident,
    pub arguments: Vec<Expr>,
    pub parts: Vec<At>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Computes {
    /// All of the datum.
    Exact(Span),
    /// Nothing of the datum.
    Any(Span),
    Feature(Expr),
    /// Mean ablation: `mean`, `mean over FEATURE`, `mean over DIM`.
    Mean {
        over: Option<Expr>,
        span: Span,
    },
    Zero(Span),
    /// `constant 0.5`
    Constant(Expr, Span),
}

/// `a -> b.k except via c where key == query - 1`
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    pub from: ArrowEnd,
    pub to: ArrowEnd,
    /// `b.k` or `b.{q, k}`; empty for all.
    pub ports: Vec<Ident>,
    /// `~>`: all paths, not only direct ones.
    pub all_paths: bool,
    pub except: Vec<Region>,
    /// The terms of an attention sum that are claimed.
    pub terms: Option<Expr>,
    pub span: Span,
}

/// `a` or `a[pos: 1]`
#[derive(Debug, Clone, PartialEq)]
pub struct ArrowEnd {
    pub node: Reference,
    pub parts: Vec<At>,
}

/// `unclaimed any`, `unclaimed exact for b`, `unclaimed c for b.{q, k}`
#[derive(Debug, Clone, PartialEq)]
pub struct Unclaimed {
    pub scheme: Scheme,
    /// The node, or the behaviour, that it holds for; all that say nothing themselves if absent.
    pub target: Option<(Reference, Vec<Ident>)>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Scheme {
    /// `any`, `exact`, `apart`, `zero`, a named draw, or a name that is none of these.
    Named(Ident),
    Mean {
        over: Option<Expr>,
        span: Span,
    },
    Constant(Expr, Span),
}

/// `draw NAME from DATA paired by COLUMN`
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    pub name: Ident,
    pub from: Option<Ident>,
    pub paired_by: Option<Ident>,
    pub span: Span,
}

/// `pool 8`: so many references share each draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    pub size: Expr,
    pub span: Span,
}
