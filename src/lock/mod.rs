//! The lock of a folder: what the hypothesis files in it were bound to, what they meant and what they
//! gave when this was accepted. `ansatz run --lock` writes it, `ansatz run --locked` holds to it.
//!
//! Reports and meanings enter; a [`Lock`] leaves, and comes back from text. The text is JSON, one
//! value a line, sorted by name, so that a change of it can be reviewed. Its form is described in
//! `docs/ci.md`.

mod hold;
mod read;

use crate::meaning::{Meaning, MeaningOf};
use crate::report::{ExpectationReport, HypothesisReport, InterchangeReport, Interval, Report};
pub use hold::{Inputs, scores, statements, tolerance};
pub use read::{LIMIT, parse};
use read::{Sorted, some_or_null};
use serde::{Deserialize, Serialize};

/// The version of the form.
pub const SCHEMA: &str = "ansatz-lock/1";
/// The name of the file, beside the hypothesis files that it locks.
pub const FILE_NAME: &str = "ansatz.lock";

/// All that is locked in a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    schema: String,
    /// By name of the hypothesis file.
    files: Sorted<Locked>,
}

/// One hypothesis file as it was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The version of Ansatz.
    pub ansatz: String,
    pub engine: Engine,
    pub seed: u64,
    /// The references that were asked for; `null` for the default.
    #[serde(deserialize_with = "some_or_null")]
    pub n: Option<u64>,
    /// By name the BLAKE3 of the files.
    pub models: Sorted<String>,
    pub data: Sorted<String>,
    pub tables: Sorted<String>,
    pub hypotheses: Sorted<Hypothesis>,
    pub interchanges: Sorted<Interchange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypothesis {
    /// BLAKE3 of what it claims.
    pub meaning: String,
    /// BLAKE3 of the model and the datasets that it is about.
    pub about: String,
    /// References that were run.
    pub n: u64,
    pub model: f64,
    pub scrubbed: f64,
    /// What recovered is measured from.
    #[serde(deserialize_with = "some_or_null")]
    pub baseline: Option<Baseline>,
    #[serde(deserialize_with = "some_or_null")]
    pub recovered: Option<Score>,
    /// By expectation the verdict.
    pub expectations: Sorted<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub name: String,
    pub value: f64,
}

/// A score with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interchange {
    pub meaning: String,
    pub about: String,
    pub features: Sorted<Exchanged>,
}

/// What an interchange gave for one aligned feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchanged {
    pub n: u64,
    pub accuracy: Score,
    pub expectations: Sorted<String>,
}

impl Default for Lock {
    fn default() -> Lock {
        Lock { schema: SCHEMA.to_owned(), files: Sorted::default() }
    }
}

impl Lock {
    /// What is locked of a hypothesis file, by its name.
    #[must_use]
    pub fn of(&self, file: &str) -> Option<&Locked> {
        self.files.0.get(file)
    }

    /// The names of the files that are locked.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.files.0.keys().map(String::as_str).collect()
    }

    /// Takes what a file gave in the place of what was locked of it.
    pub fn accept(&mut self, file: &str, locked: Locked) {
        self.files.0.insert(file.to_owned(), locked);
    }

    /// The text of the lock file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a lock holds nothing that JSON cannot");
        text.push('\n');
        text
    }
}

/// What is to be locked of a file that has been run: `asked` references, by the seed of the report.
#[must_use]
pub fn locked(report: &Report, meanings: &[Meaning], seed: u64, asked: Option<u64>) -> Locked {
    let provenance = &report.provenance;
    let meant = |name: &str, kind: MeaningOf| meanings.iter().find(|found| found.kind == kind && found.name == name);
    let hypotheses = report
        .hypotheses
        .iter()
        .filter_map(|found| Some((found.name.clone(), hypothesis(found, meant(&found.name, MeaningOf::Hypothesis)?))));
    let hypotheses = hypotheses.collect();
    let mut interchanges: Sorted<Interchange> = Sorted::default();
    for found in &report.interchanges {
        let Some(meant) = meant(&found.name, MeaningOf::Interchange) else { continue };
        let (meaning, about) = (meant.hash(), hold::about(meant));
        let empty = || Interchange { meaning, about, features: Sorted::default() };
        let own = interchanges.0.entry(found.name.clone()).or_insert_with(empty);
        own.features.0.insert(found.feature.clone(), exchanged(found));
    }
    Locked {
        ansatz: provenance.ansatz.to_owned(),
        engine: Engine { name: provenance.engine.name.to_owned(), version: provenance.engine.version.clone() },
        seed,
        n: asked,
        models: provenance.models.iter().map(|found| (found.name.clone(), found.blake3.clone())).collect(),
        data: provenance.data.iter().map(|found| (found.name.clone(), found.blake3.clone())).collect(),
        tables: provenance.tables.iter().map(|found| (found.name.clone(), found.blake3.clone())).collect(),
        hypotheses,
        interchanges,
    }
}

fn hypothesis(found: &HypothesisReport, meant: &Meaning) -> Hypothesis {
    Hypothesis {
        meaning: meant.hash(),
        about: hold::about(meant),
        n: found.n as u64,
        model: found.model.value,
        scrubbed: found.scrubbed.value,
        baseline: found.baseline.as_ref().map(|own| Baseline { name: own.name.clone(), value: own.value }),
        recovered: found.recovered.map(score),
        expectations: verdicts(&found.expectations),
    }
}

fn exchanged(found: &InterchangeReport) -> Exchanged {
    Exchanged { n: found.n as u64, accuracy: score(found.accuracy), expectations: verdicts(&found.expectations) }
}

fn score(found: Interval) -> Score {
    Score { value: found.value, low: found.low, high: found.high }
}

/// Verdicts by expectation, without the name of what it is about: `recovered >= 0.9`.
fn verdicts(expectations: &[ExpectationReport]) -> Sorted<String> {
    let clause = |found: &ExpectationReport| {
        let from = found.baseline.as_ref().map_or_else(String::new, |from| format!(" from {}", from.name));
        (format!("{}{from} {} {}", found.metric, found.comparison, found.bound), found.verdict.to_owned())
    };
    expectations.iter().map(clause).collect()
}
