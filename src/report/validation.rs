//! What challenges gave: the report of `ansatz validate`.

use super::distinguish::DistinctionReport;
use super::read::{Word, word};
use super::worst::{InputReport, ValueReport, inputs_of, values_of};
use super::{EngineUsed, Hashed, HashedData, Interval, family};
use crate::estimate::{Estimate, LEVEL, RateRatio, Verdict};
use crate::hypothesis::{Checked, RateBound};
use crate::source::Sources;
use crate::validate::fool::{Against, Fooled, Found, PERMUTATIONS};
use serde::{Deserialize, Deserializer, Serialize};

/// The version of the JSON form.
pub const VALIDATION_SCHEMA: &str = "ansatz-validation/1";
/// Found inputs in the JSON form of one challenge.
const FOUND: usize = 100;

/// The result of `ansatz validate`.
#[derive(Debug, Serialize)]
pub struct ValidationReport {
    pub schema: &'static str,
    pub challenges: Vec<ChallengeReport>,
    pub seed: u64,
    pub provenance: ValidationProvenance,
}

/// One challenge.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ChallengeReport {
    Fools(Box<FoolsReport>),
    Distinguishes(Box<DistinctionReport>),
}

impl ChallengeReport {
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            ChallengeReport::Fools(found) => &found.name,
            ChallengeReport::Distinguishes(found) => &found.name,
        }
    }

    /// The worst of its verdicts; `none` if nothing is expected.
    #[must_use]
    pub fn worst(&self) -> &'static str {
        match self {
            ChallengeReport::Fools(found) => found.worst,
            ChallengeReport::Distinguishes(found) => found.verdict,
        }
    }
}

fn some_word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'static str>, D::Error> {
    word(from).map(Some)
}

/// A challenge that looks for inputs which fool the model.
#[derive(Debug, Serialize, Deserialize)]
pub struct FoolsReport {
    pub name: String,
    /// For a member of a family its name without arguments, and these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    pub hypothesis: String,
    pub behaviour: String,
    pub source: SourceReport,
    /// Scrubs of each candidate; `null` where the ranking reads none.
    pub draws: Option<usize>,
    pub budget: usize,
    pub tried: usize,
    pub hits: usize,
    /// The share of the tried that fooled the model.
    pub rate: Interval,
    pub controls: Vec<ControlReport>,
    /// Of permuted rankings the share, with the ranking itself, that find as many.
    pub permutation_p: f64,
    pub permutations: usize,
    #[serde(rename = "verdict", deserialize_with = "word")]
    pub worst: Word,
    pub expectations: Vec<BoundReport>,
    /// The first of them, in the order of the ranking.
    pub found: Vec<FoundReport>,
}

/// Where candidates come from.
#[derive(Debug, Serialize, Deserialize)]
pub struct SourceReport {
    pub data: String,
    pub rows: usize,
    pub duplicates: usize,
    /// Rows of the hypothesis' own dataset, which are left out.
    pub known: usize,
    /// Whether the hypothesis was made for these rows.
    pub own: bool,
    pub distinct: usize,
    /// Those that pass the filter.
    pub candidates: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ControlReport {
    #[serde(deserialize_with = "word")]
    pub name: Word,
    /// Of all permuted rankings together.
    pub n: usize,
    pub hits: usize,
    pub rate: Option<Interval>,
    /// What of the tried it is compared with.
    pub tried: usize,
    pub tried_hits: usize,
    pub ratio: Option<RatioReport>,
}

/// `null` for what is not bounded, or not known.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RatioReport {
    pub value: Option<f64>,
    pub low: f64,
    pub high: Option<f64>,
    pub level: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct BoundReport {
    #[serde(deserialize_with = "word")]
    pub measure: Word,
    #[serde(default, deserialize_with = "some_word", skip_serializing_if = "Option::is_none")]
    pub of: Option<Word>,
    #[serde(deserialize_with = "word")]
    pub comparison: Word,
    pub bound: f64,
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub file: String,
    pub line: u32,
}

/// An input that fooled the model.
#[derive(Debug, Serialize, Deserialize)]
pub struct FoundReport {
    /// Its row in the dataset, from 0.
    pub row: usize,
    /// Its place in the ranking, from 0.
    pub place: usize,
    pub rank: f64,
    pub margin: Option<f64>,
    /// The behaviour of the untouched model.
    pub model: f64,
    pub scrubbed: Option<f64>,
    pub inputs: Vec<InputReport>,
    pub values: Vec<ValueReport>,
}

/// What is needed to get the same numbers again.
#[derive(Debug, Serialize)]
pub struct ValidationProvenance {
    pub ansatz: String,
    pub engine: EngineUsed,
    pub file: Hashed,
    pub models: Vec<Hashed>,
    pub data: Vec<HashedData>,
    pub tables: Vec<Hashed>,
    pub command: Vec<String>,
}

/// The report of one challenge that fools.
#[must_use]
pub fn fools(fooled: &Fooled<'_>, checked: &Checked, sources: &Sources) -> FoolsReport {
    let challenge = fooled.challenge;
    let dataset = checked.datasets.get(challenge.data).and_then(Option::as_ref);
    let candidates = &challenge.candidates;
    let verdicts = fooled.verdicts();
    let worst = verdicts.iter().map(|(_, verdict)| *verdict).max();
    let member = family::member(&challenge.name);
    FoolsReport {
        name: challenge.name.clone(),
        family: member.as_ref().map(|(family, _)| (*family).to_owned()),
        arguments: member.map(|(_, arguments)| arguments),
        docs: challenge.docs.clone(),
        hypothesis: challenge.hypothesis.clone(),
        behaviour: challenge.behaviour.clone(),
        source: SourceReport {
            data: dataset.map(|dataset| dataset.name.clone()).unwrap_or_default(),
            rows: candidates.rows,
            duplicates: candidates.duplicates,
            known: candidates.known,
            own: challenge.data == challenge.own_data,
            distinct: candidates.source.len(),
            candidates: candidates.passing.len(),
        },
        draws: challenge.scrubbed.is_some().then_some(challenge.draws),
        budget: challenge.budget,
        tried: fooled.tried.len(),
        hits: fooled.found.len(),
        rate: interval(fooled.rate),
        controls: fooled.against.iter().map(control).collect(),
        permutation_p: fooled.p,
        permutations: PERMUTATIONS,
        worst: worst.map_or("none", Verdict::word),
        expectations: verdicts.iter().map(|(clause, verdict)| expectation(clause, *verdict, sources)).collect(),
        found: fooled.found.iter().take(FOUND).map(|found| example(found, fooled, checked)).collect(),
    }
}

fn interval(found: Estimate) -> Interval {
    Interval { value: found.value, low: found.low, high: found.high, level: LEVEL }
}

fn control(against: &Against) -> ControlReport {
    let ratio = |ratio: RateRatio| RatioReport { value: ratio.value, low: ratio.low, high: ratio.high, level: LEVEL };
    ControlReport {
        name: against.control.name(),
        n: against.n,
        hits: against.hits,
        rate: against.rate.map(interval),
        tried: against.tried,
        tried_hits: against.tried_hits,
        ratio: against.ratio.map(ratio),
    }
}

fn expectation(clause: &RateBound, verdict: Verdict, sources: &Sources) -> BoundReport {
    let file = sources.get(sources.written(clause.span.file));
    BoundReport {
        measure: if clause.of.is_some() { "ratio" } else { "rate" },
        of: clause.of.map(crate::hypothesis::Control::name),
        comparison: clause.comparison.sign(),
        bound: clause.bound,
        verdict: verdict.word(),
        file: file.map(|file| file.name.clone()).unwrap_or_default(),
        line: file.map_or(0, |file| file.line_column(clause.span.start).line),
    }
}

fn example(found: &Found, fooled: &Fooled<'_>, checked: &Checked) -> FoundReport {
    let challenge = fooled.challenge;
    let dataset = checked.datasets.get(challenge.data).and_then(Option::as_ref);
    let model = checked.models.get(challenge.model).and_then(Option::as_ref);
    let row = found.row as usize;
    let shown = dataset.zip(model);
    FoundReport {
        row,
        place: found.place,
        rank: found.rank,
        margin: found.margin,
        model: found.behaviour,
        scrubbed: found.scrubbed,
        inputs: shown.map_or_else(Vec::new, |(dataset, model)| inputs_of(dataset, model, row)),
        values: shown.map_or_else(Vec::new, |(dataset, model)| values_of(dataset, model, row)),
    }
}

/// The JSON form, one object, with a line feed behind it.
#[must_use]
pub fn validation_json(report: &ValidationReport) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("a report holds nothing that JSON cannot");
    text.push('\n');
    text
}
