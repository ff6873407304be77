//! What a run says: one value, as text and as versioned JSON.

pub mod allowed;
mod blame;
pub mod distinguish;
mod family;
pub mod github;
pub mod gitlab;
mod graph;
mod interchanges;
pub mod junit;
mod panel;
mod points;
mod read;
pub mod sarif;
mod scheme;
mod size;
mod stopped;
mod text;
mod validation;
mod validation_text;
mod worst;

use crate::estimate::{Estimate, LEVEL, Looks, Verdict};
use crate::hypothesis::{Checked, Expectation, Metric};
use crate::run::{Against, Done, Interchanged, interchange_verdicts, verdicts};
use crate::source::Sources;
use allowed::AllowedReport;
pub use blame::{BlameReport, InteractionReport};
pub use family::{is_tabulated, member};
pub use graph::{ArrowReport, ComponentReport, GraphReport, MapReport, NodeReport};
pub use panel::{FlagReport, PanelReport, SliceReport};
pub use points::{ChangeReport, ChangesReport, PointsReport, RandomReport, missing as missing_points};
use read::word;
pub use read::{Word, read};
pub use scheme::{DrawReport, NodeScheme, SchemeReport};
use serde::{Deserialize, Serialize};
pub use size::{BitsReport, ClaimBits, FrontierReport, SizeReport, Touched};
pub use text::{folded, number, percent, text};
pub use validation::{
    BoundReport, ChallengeReport, ControlReport, FoolsReport, FoundReport, RatioReport, SourceReport,
    VALIDATION_SCHEMA, ValidationProvenance, ValidationReport, fools, validation_json,
};
pub use validation_text::validation_text;
pub use worst::{ExampleReport, InputReport, ValueReport};

/// The version of the JSON form.
pub const SCHEMA: &str = "ansatz-report/2";

/// The result of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    #[serde(deserialize_with = "word")]
    pub schema: Word,
    pub hypotheses: Vec<HypothesisReport>,
    pub interchanges: Vec<InterchangeReport>,
    /// The components of the models that hypotheses are about.
    pub maps: Vec<MapReport>,
    /// Whether all percentages are measured from one baseline; otherwise they are not comparable.
    pub comparable: bool,
    /// Which hypotheses recover the most for their size.
    pub frontier: Vec<FrontierReport>,
    pub provenance: Provenance,
    /// Findings that somebody allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<AllowedReport>,
    /// What text shows that it does not always show.
    #[serde(skip)]
    pub shown: Shown,
}

/// Parts of the text that are shown where they are asked for; JSON always has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Sizes of hypotheses.
    pub size: bool,
    /// The panel of each hypothesis.
    pub panel: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HypothesisReport {
    pub name: String,
    /// For a member of a family its name without arguments, and these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<i64>>,
    /// What the file says of it; empty if nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    pub behaviour: String,
    /// `null` if the model cannot be told from the baseline, or there is none.
    pub recovered: Option<Interval>,
    /// The first that expectations name; `shuffled` if there are none.
    pub baseline: Option<Baseline>,
    pub scheme: SchemeReport,
    pub model: Interval,
    pub scrubbed: MeanWithError,
    pub n: usize,
    /// Why no more references were run.
    #[serde(deserialize_with = "word")]
    pub stopped: Word,
    /// Whether its intervals are confidence sequences: valid though the run chose where to stop.
    pub anytime: bool,
    /// How many references differ from the others, where so few do that intervals allow for some that
    /// were not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few_differ: Option<usize>,
    /// The elements of the references that count: positions for a behaviour with positions.
    pub counted: f64,
    pub seed: u64,
    pub identity_error: f64,
    /// How much it claims.
    pub size: SizeReport,
    /// The worst of its expectations; `none` if it has none.
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub expectations: Vec<ExpectationReport>,
    pub panel: PanelReport,
    /// What each claim costs, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blame: Option<Vec<BlameReport>>,
    /// Its nodes and arrows; none for members of families that stand in tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<GraphReport>,
    /// Where it is furthest from the model; none for members of families that stand in tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<Vec<ExampleReport>>,
    /// What the two claims with the greatest effect cost together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<InteractionReport>,
    /// What its score can be held against, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_points: Option<PointsReport>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Baseline {
    pub name: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
    /// 0 where it is exact.
    pub stderr: f64,
    pub sampled: bool,
}

/// Interchange interventions on one aligned feature.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InterchangeReport {
    pub name: String,
    /// The family it is a member of, and the arguments that tell it from the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<i64>>,
    pub feature: String,
    /// The share of pairs on which the model gives what the high-level model predicts.
    pub accuracy: Interval,
    /// The same of the untouched model on the base: what an exchange without effect would give.
    pub without: Interval,
    pub n: usize,
    /// The sampling seed.
    pub seed: u64,
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub expectations: Vec<ExpectationReport>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MeanWithError {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
    pub stderr: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExpectationReport {
    #[serde(deserialize_with = "word")]
    pub metric: Word,
    /// What `recovered` is measured from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    #[serde(deserialize_with = "word")]
    pub comparison: Word,
    pub bound: f64,
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub file: String,
    pub line: u32,
}

/// What is needed to get the same numbers again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provenance {
    pub ansatz: String,
    pub engine: EngineUsed,
    pub file: Hashed,
    pub models: Vec<Hashed>,
    pub data: Vec<HashedData>,
    pub tables: Vec<Hashed>,
    /// BLAKE3 of what was drawn: every row of every draw, by hypothesis.
    pub draws: String,
    pub replayed: bool,
    /// What runs it again, word by word; what changes no number is left out.
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EngineUsed {
    #[serde(deserialize_with = "word")]
    pub name: Word,
    pub version: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hashed {
    pub name: String,
    pub path: String,
    pub blake3: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HashedData {
    pub name: String,
    pub path: String,
    pub blake3: String,
    pub rows: usize,
}

/// Puts the report together; hypotheses in the order of the file.
#[must_use]
pub fn report(
    (done, interchanged): (&[Done], &[Interchanged]),
    checked: &Checked,
    sources: &Sources,
    seed: u64,
    provenance: Provenance,
) -> Report {
    let hypotheses: Vec<HypothesisReport> =
        done.iter().filter_map(|done| hypothesis(done, checked, sources, seed)).collect();
    let mut names: Vec<&str> =
        hypotheses.iter().filter_map(|found| Some(found.baseline.as_ref()?.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let comparable = names.len() < 2;
    let interchange = |found: &Interchanged| interchange(found, &checked.expectations, sources, seed);
    let interchanges = interchanged.iter().map(interchange).collect();
    let maps = graph::maps(checked);
    let frontier = size::frontiers(&hypotheses, checked);
    let shown = Shown::default();
    Report {
        schema: SCHEMA,
        hypotheses,
        interchanges,
        maps,
        comparable,
        frontier,
        provenance,
        allowed: Vec::new(),
        shown,
    }
}

fn hypothesis(done: &Done, checked: &Checked, sources: &Sources, seed: u64) -> Option<HypothesisReport> {
    let ready = checked.hypotheses.iter().find(|ready| ready.stated.claims.name == done.name)?;
    let verdicts = verdicts(done, &checked.expectations);
    let worst = verdicts.iter().map(|(_, verdict)| *verdict).max();
    let of_clause = |clause: &Expectation| {
        let against = done.against.iter().find(|against| against.baseline == clause.baseline);
        against.filter(|_| clause.metric == Metric::Recovered).map(baseline)
    };
    let clauses = verdicts.iter().map(|(clause, verdict)| expectation(clause, *verdict, of_clause(clause), sources));
    let estimates = &done.estimates;
    let member = family::member(&done.name);
    let arguments = member.as_ref().map(|(_, arguments)| arguments.clone());
    let is_listed = !is_tabulated(arguments.as_ref());
    Some(HypothesisReport {
        name: done.name.clone(),
        family: member.as_ref().map(|(family, _)| (*family).to_owned()),
        arguments,
        docs: ready.docs.clone(),
        behaviour: done.behaviour.clone(),
        recovered: estimates.recovered.map(interval),
        baseline: done.against.first().map(baseline),
        scheme: scheme::scheme(ready, checked),
        model: interval(estimates.model),
        scrubbed: mean_with_error(estimates.scrubbed),
        n: estimates.n,
        stopped: done.stopped.words(),
        anytime: done.looks != Looks::Once,
        few_differ: estimates.few,
        counted: done.model.iter().map(|point| point.weight).sum(),
        seed,
        identity_error: done.identity_error,
        size: size::size(done, ready, checked, sources),
        verdict: worst.map_or("none", Verdict::word),
        expectations: clauses.collect(),
        panel: panel::panel(done),
        interaction: done.interaction.as_ref().map(|found| blame::interaction(found, ready, checked, sources)),
        reference_points: done.points.as_ref().map(|found| points::points(found, ready, checked, sources)),
        blame: (!done.blame.is_empty()).then(|| blame::blame(done, ready, checked, sources)),
        graph: is_listed.then(|| graph::graph(ready, checked, sources)).flatten(),
        worst: is_listed.then(|| worst::worst(done, ready, checked)).flatten(),
    })
}

fn interval(found: Estimate) -> Interval {
    Interval { value: found.value, low: found.low, high: found.high, level: LEVEL }
}

fn mean_with_error(found: Estimate) -> MeanWithError {
    let Estimate { value, low, high, error } = found;
    MeanWithError { value, low, high, level: LEVEL, stderr: error }
}

fn baseline(against: &Against) -> Baseline {
    let MeanWithError { value, low, high, level, stderr } = mean_with_error(against.estimates.baseline);
    let name = against.baseline.shown().to_owned();
    Baseline { name, value, low, high, level, stderr, sampled: against.sampled }
}

fn expectation(
    clause: &Expectation,
    verdict: Verdict,
    baseline: Option<Baseline>,
    sources: &Sources,
) -> ExpectationReport {
    let file = sources.get(sources.written(clause.span.file));
    ExpectationReport {
        metric: clause.metric.name(),
        baseline,
        comparison: clause.comparison.sign(),
        bound: clause.bound,
        verdict: verdict.word(),
        file: file.map(|file| file.name.clone()).unwrap_or_default(),
        line: file.map_or(0, |file| file.line_column(clause.span.start).line),
    }
}

fn interchange(found: &Interchanged, expectations: &[Expectation], sources: &Sources, seed: u64) -> InterchangeReport {
    let member = family::member(&found.name);
    let verdicts = interchange_verdicts(found, expectations);
    let worst = verdicts.iter().map(|(_, verdict)| *verdict).max();
    InterchangeReport {
        name: found.name.clone(),
        family: member.as_ref().map(|(family, _)| (*family).to_owned()),
        arguments: member.map(|(_, arguments)| arguments),
        feature: found.feature.clone(),
        accuracy: interval(found.accuracy()),
        without: interval(found.without()),
        n: found.n,
        seed,
        verdict: worst.map_or("none", Verdict::word),
        expectations: verdicts.iter().map(|(clause, verdict)| expectation(clause, *verdict, None, sources)).collect(),
    }
}

/// The JSON form, one object, with a line feed behind it.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("a report holds nothing that JSON cannot");
    text.push('\n');
    text
}
