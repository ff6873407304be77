//! What a run says: one value, as text and as versioned JSON.

mod text;

use crate::estimate::{LEVEL, Verdict};
use crate::hypothesis::{Checked, Expectation};
use crate::run::{Done, verdicts};
use crate::source::Sources;
use crate::syntax::ast::Comparison;
use serde::Serialize;
pub use text::text;

/// The version of the JSON form.
pub const SCHEMA: &str = "ansatz-report/1";

/// The result of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub hypotheses: Vec<HypothesisReport>,
    pub provenance: Provenance,
}

#[derive(Debug, Clone, Serialize)]
pub struct HypothesisReport {
    pub name: String,
    pub behaviour: String,
    /// `null` if the model cannot be told from the baseline.
    pub recovered: Option<Interval>,
    pub baseline: Baseline,
    pub model: Mean,
    pub scrubbed: MeanWithError,
    pub n: usize,
    pub seed: u64,
    pub identity_error: f64,
    /// The worst of its expectations; `none` if it has none.
    pub verdict: &'static str,
    pub expectations: Vec<ExpectationReport>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Baseline {
    pub name: &'static str,
    pub value: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Mean {
    pub value: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct MeanWithError {
    pub value: f64,
    pub stderr: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct ExpectationReport {
    pub metric: &'static str,
    pub comparison: &'static str,
    pub bound: f64,
    pub verdict: &'static str,
    pub line: u32,
}

/// What is needed to get the same numbers again.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    pub ansatz: &'static str,
    pub engine: EngineUsed,
    pub file: Hashed,
    pub models: Vec<Hashed>,
    pub data: Vec<HashedData>,
    /// BLAKE3 of what was drawn: every row of every draw, by hypothesis.
    pub draws: String,
    pub replayed: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct EngineUsed {
    pub name: &'static str,
    pub version: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Hashed {
    pub name: String,
    pub path: String,
    pub blake3: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct HashedData {
    pub name: String,
    pub path: String,
    pub blake3: String,
    pub rows: usize,
}

/// Puts the report together; hypotheses in the order of the file.
#[must_use]
pub fn report(done: &[Done], checked: &Checked, sources: &Sources, seed: u64, provenance: Provenance) -> Report {
    let one = |done: &Done| hypothesis(done, &checked.expectations, sources, seed);
    Report { schema: SCHEMA, hypotheses: done.iter().map(one).collect(), provenance }
}

fn hypothesis(done: &Done, expectations: &[Expectation], sources: &Sources, seed: u64) -> HypothesisReport {
    let verdicts = verdicts(done, expectations);
    let worst = verdicts.iter().map(|(_, verdict)| *verdict).max();
    let expectation = |(expectation, verdict): &(&Expectation, Verdict)| ExpectationReport {
        metric: expectation.metric.name(),
        comparison: symbol(expectation.comparison),
        bound: expectation.bound,
        verdict: verdict.word(),
        line: sources.get(expectation.span.file).map_or(0, |file| file.line_column(expectation.span.start).line),
    };
    let estimates = &done.estimates;
    HypothesisReport {
        name: done.name.clone(),
        behaviour: done.behaviour.clone(),
        recovered: estimates.recovered.map(|found| Interval {
            value: found.value,
            low: found.low,
            high: found.high,
            level: LEVEL,
        }),
        baseline: Baseline { name: "shuffled", value: estimates.baseline.value },
        model: Mean { value: estimates.model.value },
        scrubbed: MeanWithError { value: estimates.scrubbed.value, stderr: estimates.scrubbed.error },
        n: estimates.n,
        seed,
        identity_error: done.identity_error,
        verdict: worst.map_or("none", Verdict::word),
        expectations: verdicts.iter().map(expectation).collect(),
    }
}

/// A comparison as it is written.
#[must_use]
pub fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
    }
}

/// The JSON form, one object, with a line feed behind it.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("a report holds nothing that JSON cannot");
    text.push('\n');
    text
}
