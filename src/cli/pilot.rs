//! What a pilot says, as text and as JSON.

use crate::diagnostics::clean;
use crate::estimate::Estimate;
use crate::hypothesis::{Expectation, Metric};
use crate::run::{Forecast, Needed};
use serde_json::{Value, json};
use std::fmt::Write;

/// The forecasts for people. `budget` is the most references of a run.
#[must_use]
pub fn text(forecasts: &[Forecast<'_>], budget: usize) -> String {
    let mut out = String::new();
    let references = forecasts.iter().map(|one| one.references).max().unwrap_or(0);
    let _ = writeln!(out, "pilot of {references} references: what it takes, roughly");
    for forecast in forecasts {
        one(&mut out, forecast, budget);
    }
    out
}

fn one(out: &mut String, forecast: &Forecast<'_>, budget: usize) {
    let most = budget.min(forecast.rows);
    let _ = writeln!(out, "  hypothesis {}: {}", clean(forecast.name), recovered(forecast.recovered));
    if let Some((width, needed)) = forecast.precision {
        let _ = writeln!(out, "     precision {width}: {}", told(needed, most));
    }
    for (clause, needed) in &forecast.expectations {
        let _ = writeln!(out, "     {}: {}", bounded(clause), told(*needed, most));
    }
}

fn recovered(found: Option<Estimate>) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    found.map_or_else(
        || "recovered is undefined".to_owned(),
        |found| format!("{} recovered ({} .. {})", percent(found.value), percent(found.low), percent(found.high)),
    )
}

fn bounded(clause: &Expectation) -> String {
    let from = match (clause.metric, clause.baseline.hypothesis()) {
        (Metric::Recovered, Some(_)) => format!(" from {}", clean(clause.baseline.shown())),
        _ => String::new(),
    };
    format!("{}{from} {} {}", clause.metric.name(), clause.comparison.sign(), clause.bound)
}

fn told(needed: Option<Needed>, most: usize) -> String {
    let Some(Needed { fixed, look, at_least }) = needed else {
        return "cannot be foreseen".to_owned();
    };
    let more = if at_least { "more than " } else { "" };
    let later = if at_least { " or later" } else { "" };
    match () {
        () if fixed > most => format!("{more}{fixed} references; this run has {most} at most"),
        () if look > most => format!("{more}{fixed} references with `--n`; without, not within {most}"),
        () => format!("{more}{fixed} references with `--n`; without, a run stops at {look}{later}"),
    }
}

/// The same for programs.
#[must_use]
pub fn json(forecasts: &[Forecast<'_>]) -> Value {
    let needed = |needed: Option<Needed>| {
        needed.map(|needed| json!({"n": needed.fixed, "look": needed.look, "at_least": needed.at_least}))
    };
    let interval = |found: Estimate| json!({"value": found.value, "low": found.low, "high": found.high});
    let clause = |(clause, found): &(&Expectation, Option<Needed>)| {
        json!({
            "metric": clause.metric.name(),
            "baseline": (clause.metric == Metric::Recovered).then(|| clause.baseline.shown()),
            "comparison": clause.comparison.sign(),
            "bound": clause.bound,
            "needed": needed(*found),
        })
    };
    let one = |forecast: &Forecast<'_>| {
        json!({
            "name": forecast.name,
            "references": forecast.references,
            "rows": forecast.rows,
            "recovered": forecast.recovered.map(interval),
            "precision": forecast.precision.map(|(width, found)| json!({"half_width": width, "needed": needed(found)})),
            "expectations": forecast.expectations.iter().map(clause).collect::<Vec<_>>(),
        })
    };
    forecasts.iter().map(one).collect()
}
