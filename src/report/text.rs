//! The report for people: at most 100 columns, one block a hypothesis.

use super::{ExpectationReport, HypothesisReport, Report};
use crate::diagnostics::clean;
use std::fmt::Write;

/// The report as text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let width = report.hypotheses.iter().map(|found| found.name.chars().count()).max().unwrap_or(0).clamp(10, 30);
    header(report, width, &mut out);
    for found in &report.hypotheses {
        row(found, width, &mut out);
    }
    out.push('\n');
    footer(report, &mut out);
    out
}

fn header(report: &Report, width: usize, out: &mut String) {
    let _ = writeln!(
        out,
        "{:width$}  {:>9}  {:^17}  {:>9}  {:>9}  {:>9}  verdict",
        "hypothesis", "recovered", "95 % interval", "scrubbed", "model", "shuffled"
    );
    let rule = width + 2 + 9 + 2 + 17 + 3 * 11 + 2 + 9;
    let _ = writeln!(out, "{}", "-".repeat(rule.max(report.schema.len())));
}

fn row(found: &HypothesisReport, width: usize, out: &mut String) {
    let (recovered, interval) = match found.recovered {
        Some(recovered) => {
            (percent(recovered.value), format!("{} .. {}", percent(recovered.low), percent(recovered.high)))
        }
        None => ("undefined".to_owned(), String::new()),
    };
    let _ = writeln!(
        out,
        "{:width$}  {recovered:>9}  {interval:^17}  {:>9.4}  {:>9.4}  {:>9.4}  {}",
        clean(&found.name),
        found.scrubbed.value,
        found.model.value,
        found.baseline.value,
        if found.verdict == "none" { "-" } else { found.verdict },
    );
    for expectation in &found.expectations {
        let _ = writeln!(out, "{:width$}  {}", "", expected(expectation, &found.behaviour));
    }
}

fn expected(expectation: &ExpectationReport, behaviour: &str) -> String {
    format!(
        "expected {}({}) {} {}: {} (line {})",
        expectation.metric,
        clean(behaviour),
        expectation.comparison,
        expectation.bound,
        expectation.verdict,
        expectation.line
    )
}

fn footer(report: &Report, out: &mut String) {
    let mut explained: Vec<&str> = report.hypotheses.iter().map(|found| found.behaviour.as_str()).collect();
    explained.dedup();
    let n = report.hypotheses.iter().map(|found| found.n).max().unwrap_or(0);
    let seed = report.hypotheses.first().map_or(0, |found| found.seed);
    let identity = report.hypotheses.iter().map(|found| found.identity_error).fold(0.0, f64::max);
    let engine = &report.provenance.engine;
    let _ = writeln!(
        out,
        "recovered = (scrubbed - shuffled) / (model - shuffled), of {}; n = {n} references, seed {seed}",
        clean(&explained.join(", "))
    );
    let _ =
        writeln!(out, "shuffled: outputs paired with the labels of other examples, exactly, over the whole dataset");
    let _ = writeln!(out, "with every draw exact, outputs differ from the model's by {identity:.1e} at most");
    for data in &report.provenance.data {
        let _ = writeln!(out, "data {}: {} rows, blake3 {}", clean(&data.name), data.rows, short(&data.blake3));
    }
    for model in &report.provenance.models {
        let _ = writeln!(out, "model {}: {}, blake3 {}", clean(&model.name), clean(&model.path), short(&model.blake3));
    }
    let _ = writeln!(out, "engine {} {}; ansatz {}", engine.name, engine.version, report.provenance.ansatz);
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
