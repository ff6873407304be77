//! Expectations: bounds on estimates.

use super::check::Ready;
use crate::diagnostics::messages::{names, structure};
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison, ExprKind};

/// What an expectation can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// (scrubbed - baseline) / (model - baseline).
    Recovered,
    /// The behaviour under the hypothesis.
    Scrubbed,
    /// The behaviour of the untouched model.
    Clean,
}

impl Metric {
    /// The names of all metrics.
    pub const NAMES: [&'static str; 3] = ["recovered", "scrubbed", "clean"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Metric> {
        Some(match name {
            "recovered" => Metric::Recovered,
            "scrubbed" => Metric::Scrubbed,
            "clean" => Metric::Clean,
            _ => return None,
        })
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Metric::Recovered => "recovered",
            Metric::Scrubbed => "scrubbed",
            Metric::Clean => "clean",
        }
    }
}

/// One clause of an `expect` item, about a hypothesis by name.
#[derive(Debug, Clone)]
pub struct Expectation {
    pub hypothesis: String,
    pub metric: Metric,
    pub comparison: Comparison,
    pub bound: f64,
    pub span: Span,
}

/// Checks all `expect` items.
pub fn expectations(file: &ast::File, ready: &[Ready], sink: &mut Vec<Diagnostic>) -> Vec<Expectation> {
    let mut found = Vec::new();
    for item in &file.expects {
        let name = &item.hypothesis.name;
        let Some(hypothesis) = file.hypotheses.iter().find(|hypothesis| hypothesis.name.name.text == name.text) else {
            let near = nearest(&name.text, file.hypotheses.iter().map(|hypothesis| hypothesis.name.name.text.as_str()));
            sink.push(names::unknown(name.span, "hypothesis", &name.text, &near));
            continue;
        };
        for clause in &item.clauses {
            found.extend(expectation(clause, hypothesis, sink));
        }
    }
    found.retain(|clause| ready.iter().any(|ready| ready.stated.claims.name == clause.hypothesis));
    found
}

fn expectation(clause: &ast::Clause, hypothesis: &ast::Hypothesis, sink: &mut Vec<Diagnostic>) -> Option<Expectation> {
    let metric = Metric::from_name(&clause.metric.text);
    if metric.is_none() {
        sink.push(structure::unknown_metric(clause.metric.span, &clause.metric.text, &Metric::NAMES));
    }
    let (named, explained) = (&clause.behaviour, &hypothesis.behaviour);
    if named.text != explained.text {
        sink.push(structure::other_behaviour(named.span, &named.text, &explained.text, explained.span));
        return None;
    }
    if matches!(clause.comparison, Comparison::Equal | Comparison::NotEqual) {
        sink.push(structure::equality(clause.span));
        return None;
    }
    let bound = bound(&clause.bound);
    if bound.is_none() && clause.bound.kind != ExprKind::Error {
        sink.push(structure::bound_not_a_number(clause.bound.span));
    }
    Some(Expectation {
        hypothesis: hypothesis.name.name.text.clone(),
        metric: metric?,
        comparison: clause.comparison,
        bound: bound?,
        span: clause.span,
    })
}

fn bound(expr: &ast::Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Real(value) => Some(*value),
        ExprKind::Int(value) => Some(*value as f64),
        ExprKind::Negate(inner) => bound(inner).map(|value| -value),
        _ => None,
    }
}
