//! Expectations: bounds on estimates.

use super::baselines::{Baseline, empty_name};
use super::check::Ready;
use crate::diagnostics::messages::{names, structure};
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison, ExprKind};
use std::collections::BTreeMap;

/// What an expectation can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// (scrubbed - baseline) / (model - baseline).
    Recovered,
    /// The behaviour under the hypothesis.
    Scrubbed,
    /// The behaviour of the untouched model.
    Clean,
    /// The share of interchange interventions that give what is predicted.
    Interchange,
}

impl Metric {
    /// The names of all metrics.
    pub const NAMES: [&'static str; 4] = ["recovered", "scrubbed", "clean", "iia"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Metric> {
        Some(match name {
            "recovered" => Metric::Recovered,
            "scrubbed" => Metric::Scrubbed,
            "clean" => Metric::Clean,
            "iia" => Metric::Interchange,
            _ => return None,
        })
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Metric::Recovered => "recovered",
            Metric::Scrubbed => "scrubbed",
            Metric::Clean => "clean",
            Metric::Interchange => "iia",
        }
    }
}

/// One clause of an `expect` item, about a hypothesis by name.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Or the interchange, for its accuracy.
    pub hypothesis: String,
    pub metric: Metric,
    /// The aligned feature, for the accuracy of an interchange.
    pub feature: Option<String>,
    /// What recovered is measured from; the other metrics need none.
    pub baseline: Baseline,
    pub comparison: Comparison,
    pub bound: f64,
    pub span: Span,
}

/// The name of a hypothesis or of a member of a family, as reports write it: `patch(1, 0)`.
#[must_use]
pub fn reference_name(reference: &ast::Reference) -> String {
    if reference.arguments.is_empty() {
        return reference.name.text.clone();
    }
    let arguments: Vec<String> =
        reference.arguments.iter().filter_map(bound).map(|number| number.to_string()).collect();
    format!("{}({})", reference.name.text, arguments.join(", "))
}

/// The precision that is asked for: the half-width of the interval of recovered, by name of the
/// hypothesis. Where several blocks ask for one, the smallest counts.
pub fn precisions(file: &ast::File, sink: &mut Vec<Diagnostic>) -> BTreeMap<String, f64> {
    let mut found: BTreeMap<String, f64> = BTreeMap::new();
    for item in &file.expects {
        let Some(precision) = &item.precision else { continue };
        let name = reference_name(&item.hypothesis);
        if file.interchanges.iter().any(|interchange| reference_name(&interchange.name) == name) {
            sink.push(structure::precision_of_an_interchange(precision.span, &name));
            continue;
        }
        let written = &precision.half_width;
        match bound(written).filter(|width| *width > 0.0 && width.is_finite()) {
            Some(width) if is_percentage(width, 1.0) => sink.push(structure::precision_in_percent(written.span, width)),
            Some(width) => {
                found.entry(name).and_modify(|known| *known = known.min(width)).or_insert(width);
            }
            None if written.kind == ExprKind::Error => {}
            None => sink.push(structure::precision_not_positive(written.span, bound(written).is_some())),
        }
    }
    found
}

/// Checks all `expect` items. Clauses about a hypothesis that is not ready are left out.
pub fn expectations(file: &ast::File, ready: &[Ready], sink: &mut Vec<Diagnostic>) -> Vec<Expectation> {
    let mut found = Vec::new();
    for item in &file.expects {
        let name = reference_name(&item.hypothesis);
        if let Some(interchange) = file.interchanges.iter().find(|found| reference_name(&found.name) == name) {
            found.extend(item.clauses.iter().filter_map(|clause| of_interchange(clause, interchange, sink)));
            continue;
        }
        let Some(hypothesis) = declared(file, &item.hypothesis, sink) else { continue };
        for clause in &item.clauses {
            found.extend(expectation(clause, hypothesis, (file, ready), sink));
        }
    }
    found
}

/// `iia(FEATURE) >= 0.9`, of an aligned feature.
fn of_interchange(
    clause: &ast::Clause,
    interchange: &ast::Interchange,
    sink: &mut Vec<Diagnostic>,
) -> Option<Expectation> {
    if Metric::from_name(&clause.metric.text) != Some(Metric::Interchange) {
        sink.push(structure::unknown_metric(clause.metric.span, &clause.metric.text, &["iia"]));
        return None;
    }
    let feature = &clause.behaviour;
    let mut aligned = interchange.aligned.iter().map(|aligned| aligned.feature.text.as_str());
    if !aligned.any(|name| name == feature.text) {
        let near = nearest(&feature.text, interchange.aligned.iter().map(|aligned| aligned.feature.text.as_str()));
        sink.push(names::unknown(feature.span, "aligned feature", &feature.text, &near));
        return None;
    }
    if let Some(baseline) = &clause.baseline {
        sink.push(structure::baseline_of_a_mean(baseline.span, Metric::Interchange.name()));
        return None;
    }
    let bound = decidable(clause, sink)?;
    Some(Expectation {
        hypothesis: reference_name(&interchange.name),
        metric: Metric::Interchange,
        feature: Some(feature.text.clone()),
        baseline: Baseline::Shuffled,
        comparison: clause.comparison,
        bound,
        span: clause.span,
    })
}

/// The bound of a clause that an estimate can decide.
fn decidable(clause: &ast::Clause, sink: &mut Vec<Diagnostic>) -> Option<f64> {
    if matches!(clause.comparison, Comparison::Equal | Comparison::NotEqual) {
        sink.push(structure::equality(clause.sign));
        return None;
    }
    let bound = bound(&clause.bound);
    if bound.is_none() && clause.bound.kind != ExprKind::Error {
        sink.push(structure::bound_not_a_number(clause.bound.span));
    }
    let is_share = matches!(Metric::from_name(&clause.metric.text), Some(Metric::Recovered | Metric::Interchange));
    match bound.filter(|bound| is_share && is_percentage(bound.abs(), LARGEST_SHARE)) {
        Some(percent) => {
            sink.push(structure::percentage(clause.bound.span, &clause.metric.text, percent));
            None
        }
        None => bound,
    }
}

/// No share is bounded by more: it would be ten times what there is.
const LARGEST_SHARE: f64 = 10.0;

/// Whether a number is too large for a share and not too large for a percentage. What is larger still is
/// meant to hold whatever comes.
fn is_percentage(number: f64, largest: f64) -> bool {
    number > largest && number <= 100.0
}

/// The hypothesis of a name, or nothing with a finding.
fn declared<'a>(
    file: &'a ast::File,
    reference: &ast::Reference,
    sink: &mut Vec<Diagnostic>,
) -> Option<&'a ast::Hypothesis> {
    let name = reference_name(reference);
    let found = file.hypotheses.iter().find(|hypothesis| reference_name(&hypothesis.name) == name);
    if found.is_none() && !reference.name.text.is_empty() {
        let all: Vec<String> = file.hypotheses.iter().map(|hypothesis| reference_name(&hypothesis.name)).collect();
        let near = nearest(&name, all.iter().map(String::as_str));
        sink.push(names::unknown(reference.span, "hypothesis", &name, &near));
    }
    found
}

fn expectation(
    clause: &ast::Clause,
    hypothesis: &ast::Hypothesis,
    (file, ready): (&ast::File, &[Ready]),
    sink: &mut Vec<Diagnostic>,
) -> Option<Expectation> {
    let metric = Metric::from_name(&clause.metric.text).filter(|metric| *metric != Metric::Interchange);
    if metric.is_none() {
        sink.push(structure::unknown_metric(clause.metric.span, &clause.metric.text, &Metric::NAMES[..3]));
    }
    let (named, explained) = (&clause.behaviour, &hypothesis.behaviour);
    if named.text != explained.text {
        sink.push(structure::other_behaviour(named.span, &named.text, &explained.text, explained.span));
        return None;
    }
    let bound = decidable(clause, sink);
    let name = reference_name(&hypothesis.name);
    let own = ready.iter().find(|ready| ready.stated.claims.name == name);
    let baseline = match &clause.baseline {
        None => Some(Baseline::Shuffled),
        Some(written) => baseline(written, metric, own, (file, ready), sink),
    };
    own?;
    Some(Expectation {
        hypothesis: name,
        metric: metric?,
        feature: None,
        baseline: baseline?,
        comparison: clause.comparison,
        bound: bound?,
        span: clause.span,
    })
}

/// The baseline of a clause: of the same behaviour, of the same model, on the same data.
fn baseline(
    written: &ast::Reference,
    metric: Option<Metric>,
    own: Option<&Ready>,
    (file, ready): (&ast::File, &[Ready]),
    sink: &mut Vec<Diagnostic>,
) -> Option<Baseline> {
    if metric.is_some_and(|metric| metric != Metric::Recovered) {
        sink.push(structure::baseline_of_a_mean(written.span, metric.map_or("", Metric::name)));
        return None;
    }
    let shown = reference_name(written);
    let is_declared = file.hypotheses.iter().any(|hypothesis| reference_name(&hypothesis.name) == shown);
    if !is_declared && shown == Baseline::SHUFFLED {
        return Some(Baseline::Shuffled);
    }
    if !is_declared && shown == Baseline::UNCLAIMED {
        return Some(Baseline::Hypothesis { shown, name: empty_name(own?) });
    }
    let item = declared(file, written, sink)?;
    let (own, other) = (own?, ready.iter().find(|ready| ready.stated.claims.name == reference_name(&item.name))?);
    if own.stated.claims.name == shown {
        sink.push(structure::baseline_is_itself(written.span, &shown));
        return None;
    }
    if (own.model, own.data, &own.behaviour) != (other.model, other.data, &other.behaviour) {
        sink.push(structure::baseline_elsewhere(written.span, &shown, item.name.span));
        return None;
    }
    Some(Baseline::Hypothesis { name: shown.clone(), shown })
}

/// A number that is written down.
pub(super) fn bound(expr: &ast::Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Real(value) => Some(*value),
        ExprKind::Int(value) => Some(*value as f64),
        ExprKind::Negate(inner) => bound(inner).map(|value| -value),
        _ => None,
    }
}
