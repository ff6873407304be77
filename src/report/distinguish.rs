//! What a challenge gives that distinguishes: a value for JSON, and text.

use super::read::{Word, word};
use super::text::{WIDTH, folded, number, percent};
use super::{Interval, interval};
use crate::diagnostics::clean;
use crate::estimate::{Ranking, Verdict, mean};
use crate::hypothesis::{Distinction, Setting};
use crate::source::Sources;
use crate::validate::distinguish::{Ranked, Told};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A challenge that distinguishes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistinctionReport {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    pub hypothesis: String,
    pub trusted: SetReport,
    pub anomalous: SetReport,
    /// How often each row is scrubbed.
    pub draws: usize,
    pub scores: Vec<RankedReport>,
    /// By node with an arrow into the behaviour, what it alone adds.
    pub direct: Vec<RankedReport>,
    pub controls: ControlsReport,
    pub model: ModelReport,
    /// The worst of its expectations; `none` if it has none.
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub expectations: Vec<RankingExpectation>,
}

/// The rows of one set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetReport {
    /// For which its condition holds.
    pub rows: usize,
    /// Of these, with different inputs.
    pub distinct: usize,
    /// Of these, taken.
    pub taken: usize,
    /// Of these, fitted on: trusted rows always, anomalous ones in the supervised setting.
    pub fitted: usize,
    /// The share of the claims' draws that were the row itself, for want of a trusted row of its class;
    /// `null` where nothing was scrubbed.
    pub own_draws: Option<f64>,
}

/// How well something ranks anomalous rows above trusted ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RankedReport {
    pub name: String,
    /// Fitted on trusted rows; all anomalous rows are scored.
    pub trusted: RankingReport,
    /// Fitted on rows of both sets.
    pub supervised: RankingReport,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RankingReport {
    pub auroc: Interval,
    /// Average precision.
    pub precision: Interval,
}

/// What a score has to beat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ControlsReport {
    /// The outputs that the behaviour reads.
    pub outputs: RankedReport,
    /// All components of the model map; `null` where no activations are looked at.
    pub all_components: Option<RankedReport>,
    /// As many random components as are claimed; `null` where there are no others, or they are not looked at.
    pub random_components: Option<RandomReport>,
    /// Components that are claimed.
    pub claimed_components: usize,
}

/// Sets of random components.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RandomReport {
    pub sets: usize,
    pub trusted: RandomRanking,
    pub supervised: RandomRanking,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RandomRanking {
    pub auroc: Spread,
    pub precision: Spread,
    /// Sets with an AUROC of at least that of `mahalanobis`.
    pub as_good: usize,
}

/// Over random sets.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Spread {
    pub mean: f64,
    pub least: f64,
    pub most: f64,
}

/// What the untouched model does on the two sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelReport {
    pub behaviour: String,
    pub trusted: Interval,
    pub anomalous: Interval,
    /// How well the behaviour of the untouched model alone ranks anomalous rows above trusted ones.
    pub auroc: Interval,
    /// By class the share of rows for which the model gives it; empty where it is no classifier.
    pub classes: Vec<ClassShares>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ClassShares {
    pub class: u32,
    pub trusted: f64,
    pub anomalous: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RankingExpectation {
    #[serde(deserialize_with = "word")]
    pub measure: Word,
    #[serde(deserialize_with = "word")]
    pub score: Word,
    #[serde(deserialize_with = "word")]
    pub setting: Word,
    #[serde(deserialize_with = "word")]
    pub comparison: Word,
    pub bound: f64,
    #[serde(deserialize_with = "word")]
    pub verdict: Word,
    pub file: String,
    pub line: u32,
}

/// What a challenge gives, for people and programs.
#[must_use]
pub fn report(challenge: &Distinction, told: &Told, sources: &Sources) -> DistinctionReport {
    let set = |at: usize| SetReport {
        rows: told.counts[at].rows,
        distinct: told.counts[at].distinct,
        taken: told.counts[at].taken,
        fitted: told.halves[at].0,
        own_draws: told.own.map(|own| own[at]),
    };
    let verdicts: Vec<Verdict> = challenge.expected.iter().map(|bound| told.verdict(bound)).collect();
    let expectations = challenge.expected.iter().zip(&verdicts).map(|(bound, verdict)| {
        let file = sources.get(bound.span.file);
        RankingExpectation {
            measure: bound.measure.name(),
            score: bound.score.name(),
            setting: bound.setting.name(),
            comparison: bound.comparison.sign(),
            bound: bound.bound,
            verdict: verdict.word(),
            file: file.map(|file| file.name.clone()).unwrap_or_default(),
            line: file.map_or(0, |file| file.line_column(bound.span.start).line),
        }
    });
    DistinctionReport {
        name: challenge.name.clone(),
        docs: challenge.docs.clone(),
        hypothesis: challenge.hypothesis.clone(),
        trusted: set(0),
        anomalous: set(1),
        draws: told.draws,
        scores: told.scores.iter().map(ranked).collect(),
        direct: told.nodes.iter().map(ranked).collect(),
        controls: controls(told),
        model: model(told),
        verdict: verdicts.iter().max().map_or("none", |worst| worst.word()),
        expectations: expectations.collect(),
    }
}

fn ranked(found: &Ranked) -> RankedReport {
    let of = |found: Ranking| RankingReport { auroc: interval(found.auroc), precision: interval(found.precision) };
    RankedReport { name: found.name.clone(), trusted: of(found.trusted), supervised: of(found.supervised) }
}

fn controls(told: &Told) -> ControlsReport {
    let random = (!told.random.is_empty()).then(|| RandomReport {
        sets: told.random.len(),
        trusted: random(told, Setting::Trusted),
        supervised: random(told, Setting::Supervised),
    });
    ControlsReport {
        outputs: ranked(&told.outputs),
        all_components: told.all_components.as_ref().map(ranked),
        random_components: random,
        claimed_components: told.components.0,
    }
}

fn random(told: &Told, setting: Setting) -> RandomRanking {
    let all = || told.random.iter().map(move |found| found.of(setting));
    let own = told.scores.iter().find(|found| found.name == "mahalanobis").map(|found| found.of(setting).auroc.value);
    RandomRanking {
        auroc: spread(&all().map(|found| found.auroc.value).collect::<Vec<f64>>()),
        precision: spread(&all().map(|found| found.precision.value).collect::<Vec<f64>>()),
        as_good: all().filter(|found| own.is_some_and(|own| found.auroc.value >= own)).count(),
    }
}

fn spread(values: &[f64]) -> Spread {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Spread { mean: mean(values), least, most }
}

fn model(told: &Told) -> ModelReport {
    let found = &told.agreement;
    let classes = found.classes.iter().flatten();
    ModelReport {
        behaviour: found.behaviour.clone(),
        trusted: interval(found.means[0]),
        anomalous: interval(found.means[1]),
        auroc: interval(found.by_behaviour),
        classes: classes
            .map(|(class, [trusted, anomalous])| ClassShares {
                class: *class,
                trusted: *trusted,
                anomalous: *anomalous,
            })
            .collect(),
    }
}

/// Columns of a name, and of a number with its interval.
const NAME: usize = 18;
const VALUE: usize = 18;
/// The outputs tell the sets apart where their AUROC is surely above this.
const TELLS: f64 = 0.7;

/// The same for people.
#[must_use]
pub fn text(found: &DistinctionReport) -> String {
    let mut out = String::new();
    let (name, hypothesis) = (clean(&found.name), clean(&found.hypothesis));
    let rows = |set: &SetReport| match set.taken == set.rows {
        true => format!("{} rows", set.rows),
        false => format!("{} of {} rows", set.taken, set.rows),
    };
    let (trusted, anomalous) = (rows(&found.trusted), rows(&found.anomalous));
    folded(&format!("{name} of {hypothesis} distinguishes: {trusted} trusted, {anomalous} anomalous"), &mut out);
    out.push('\n');
    table(found, &mut out);
    out.push('\n');
    for line in remarks(found) {
        folded(&line, &mut out);
    }
    for expectation in &found.expectations {
        folded(&expected(expectation), &mut out);
    }
    out
}

fn table(found: &DistinctionReport, out: &mut String) {
    let two = 2 * VALUE + 2;
    let _ = writeln!(out, "{:NAME$}  {:two$}  fitted on rows of both sets", "", "fitted on trusted rows");
    let _ = write!(out, "{:NAME$}", "score");
    for title in ["AUROC", "precision", "AUROC", "precision"] {
        let _ = write!(out, "  {title:VALUE$}");
    }
    trimmed(out);
    for score in &found.scores {
        row(&score.name, score, out);
        for node in found.direct.iter().filter(|_| score.name == "direct") {
            row(&format!("  {}", node.name), node, out);
        }
    }
    let _ = writeln!(out, "control");
    row("outputs", &found.controls.outputs, out);
    if let Some(all) = &found.controls.all_components {
        row("all components", all, out);
    }
    if let Some(random) = &found.controls.random_components {
        let spread = |found: Spread| format!("{:.3} {:.3}..{:.3}", found.mean, found.least, found.most);
        let of = |found: RandomRanking| [spread(found.auroc), spread(found.precision)];
        let cells = [of(random.trusted), of(random.supervised)].concat();
        cells_of(&format!("{} random sets", random.sets), &cells, out);
    }
}

fn row(name: &str, found: &RankedReport, out: &mut String) {
    let cell = |found: Interval| format!("{:.3} {:.3}..{:.3}", found.value, found.low, found.high);
    let of = |found: RankingReport| [cell(found.auroc), cell(found.precision)];
    cells_of(name, &[of(found.trusted), of(found.supervised)].concat(), out);
}

fn cells_of(name: &str, cells: &[String], out: &mut String) {
    let name = clean(name);
    let short: String = name.chars().take(NAME - 2).collect();
    let name = if name.chars().count() > NAME { short + ".." } else { name };
    let _ = write!(out, "{name:NAME$}");
    for cell in cells {
        let _ = write!(out, "  {cell:VALUE$}");
    }
    trimmed(out);
}

/// Ends a line without blanks before its end.
fn trimmed(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    debug_assert!(out.lines().last().is_none_or(|line| line.chars().count() <= WIDTH), "a line is too wide");
    out.push('\n');
}

fn remarks(found: &DistinctionReport) -> Vec<String> {
    let mut lines = vec![scored(found), said(found)];
    lines.extend(outputs(found));
    lines.extend(inside(found));
    lines.extend(scrubs(found));
    lines
}

fn scored(found: &DistinctionReport) -> String {
    let scored = |set: &SetReport| set.taken - set.fitted;
    let share = |anomalous: usize| percent(anomalous as f64 / (anomalous + scored(&found.trusted)) as f64);
    let (trusted, all) = (scored(&found.trusted), found.anomalous.taken);
    let half = scored(&found.anomalous);
    format!(
        "scored: {trusted} trusted rows among {all} anomalous ones (fitted on trusted rows) or {half} (on both); no row is \
         both fitted and scored; a score that tells nothing has AUROC 0.5 and precision {} or {}",
        share(all),
        share(half)
    )
}

fn said(found: &DistinctionReport) -> String {
    let model = &found.model;
    let most = |of: fn(&ClassShares) -> f64| {
        let best = model.classes.iter().max_by(|a, b| of(a).total_cmp(&of(b)));
        best.map_or_else(String::new, |best| format!(", class {} on {}", best.class, percent(of(best))))
    };
    format!(
        "the model: {} {} on trusted rows{}; {} on anomalous rows{}",
        clean(&model.behaviour),
        number(model.trusted.value),
        most(|shares| shares.trusted),
        number(model.anomalous.value),
        most(|shares| shares.anomalous)
    )
}

fn outputs(found: &DistinctionReport) -> Option<String> {
    let control = &found.controls.outputs;
    let best = [control.trusted.auroc, control.supervised.auroc];
    let best = best.into_iter().max_by(|a, b| a.low.total_cmp(&b.low)).filter(|best| best.low > TELLS)?;
    Some(format!(
        "the outputs alone rank the sets (AUROC {:.3}): that much can be had without an explanation",
        best.value
    ))
}

/// Whether other components do as well as the claimed ones.
fn inside(found: &DistinctionReport) -> Option<String> {
    let random = found.controls.random_components.as_ref()?;
    let (sets, as_good) = (random.sets, random.trusted.as_good);
    let claimed = found.controls.claimed_components;
    let verdict =
        if 20 * as_good > sets { "that they are the claimed ones is not what tells the sets apart" } else { "" };
    let told = format!("{as_good} of {sets} sets of {claimed} random components do at least as well as `mahalanobis`");
    Some(if verdict.is_empty() { told } else { format!("{told}: {verdict}") })
}

fn scrubs(found: &DistinctionReport) -> Option<String> {
    let (trusted, anomalous) = (found.trusted.own_draws?, found.anomalous.own_draws?);
    Some(format!(
        "`effect`: each row is scrubbed {} times with the {} trusted rows that are fitted on; where none of them is of the \
         row's class, the row itself is drawn: {} of the draws for claims on trusted rows, {} on anomalous ones",
        found.draws,
        found.trusted.fitted,
        percent(trusted),
        percent(anomalous)
    ))
}

fn expected(found: &RankingExpectation) -> String {
    let setting = if found.setting == "trusted" { String::new() } else { format!(" in {}", found.setting) };
    let (measure, score, sign, bound) = (found.measure, found.score, found.comparison, found.bound);
    format!("expected {measure}({score}){setting} {sign} {bound}: {} (line {})", found.verdict, found.line)
}
