//! What changed between two hypothesis files in meaning, and how scores moved with it.
//!
//! Meanings of both files enter, and what was run of those that differ; a [`Diff`] leaves, as text, as
//! Markdown and as versioned JSON.

mod claims;
mod markdown;
mod text;

use crate::diagnostics::clean;
use crate::estimate::{Estimate, LEVEL};
use crate::meaning::{Claim, Meaning, MeaningOf, What};
use crate::report::{EngineUsed, Interval};
use crate::run::{Interchanged, Moved};
use crate::source::Sources;
pub use claims::{Change, Texts};
pub use markdown::markdown;
use serde::Serialize;
use std::collections::BTreeSet;
pub use text::text;

/// The version of the JSON form.
pub const SCHEMA: &str = "ansatz-diff/1";

/// What changed between two files.
#[derive(Debug, Clone, Serialize)]
pub struct Diff {
    pub schema: &'static str,
    /// The files as they were named.
    pub before: String,
    pub after: String,
    /// In the order of the second file; those that are only in the first stand last.
    pub hypotheses: Vec<HypothesisDiff>,
    /// What scores were made with; absent where nothing was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunWith>,
    pub ansatz: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct RunWith {
    pub engine: EngineUsed,
    pub seed: u64,
}

/// A hypothesis or an interchange of one of the files, or of both.
#[derive(Debug, Clone, Serialize)]
pub struct HypothesisDiff {
    /// `hypothesis` or `interchange`.
    pub kind: &'static str,
    /// Its name in the second file; in the first if it is gone.
    pub name: String,
    /// Its name in the first file, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    pub state: State,
    /// The claims that are not the same in both.
    pub claims: Vec<ClaimDiff>,
    /// How its score moved, if it was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreDiff>,
    /// For an interchange its accuracies, feature by feature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accuracies: Vec<AccuracyDiff>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Unchanged,
    Renamed,
    Changed,
    Added,
    Removed,
}

/// A claim that one file lacks, or that is another in each.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimDiff {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// The kind of claim.
    pub what: &'static str,
    /// What it is about, in the words of the file.
    pub about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Said>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Said>,
}

/// A claim in one of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    pub file: String,
    pub line: u32,
    /// The line of the file.
    pub text: String,
    /// What it means: names of features and nodes are gone.
    pub meaning: String,
}

/// How a score moved.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreDiff {
    pub n: (usize, usize),
    /// `null` if undefined or without a baseline.
    pub before: Option<Interval>,
    pub after: Option<Interval>,
    /// The second less the first, paired by reference.
    pub difference: Option<Interval>,
    /// What each is measured from; `null` for no baseline.
    pub baselines: (Option<String>, Option<String>),
    /// The behaviour under each.
    pub scrubbed: (f64, f64),
    /// Whether both are shares of the same distance: of one model and behaviour, from one baseline.
    pub comparable: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct AccuracyDiff {
    pub feature: String,
    pub before: Option<Interval>,
    pub after: Option<Interval>,
}

/// Two hypotheses that are one, or one that is alone.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub before: Option<&'a Meaning>,
    pub after: Option<&'a Meaning>,
}

impl Pair<'_> {
    /// Whether it has to be run to say how its score moved.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.state() == State::Changed
    }

    #[must_use]
    pub fn state(&self) -> State {
        match (self.before, self.after) {
            (Some(before), Some(after)) if !before.equals(after) => State::Changed,
            (Some(before), Some(after)) if before.name != after.name => State::Renamed,
            (Some(_), Some(_)) => State::Unchanged,
            (None, _) => State::Added,
            (_, None) => State::Removed,
        }
    }
}

/// Hypotheses of two files matched by name, then by equal meaning, in the order of the second file.
#[must_use]
pub fn pairs<'a>(before: &'a [Meaning], after: &'a [Meaning]) -> Vec<Pair<'a>> {
    let same_name = |one: &Meaning, other: &Meaning| (one.kind, &one.name) == (other.kind, &other.name);
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for meaning in after {
        taken.extend(before.iter().position(|old| same_name(old, meaning)));
    }
    let mut found = Vec::new();
    for meaning in after {
        let own = before.iter().position(|old| same_name(old, meaning));
        let place = own.or_else(|| (0..before.len()).find(|at| !taken.contains(at) && before[*at].equals(meaning)));
        taken.extend(place);
        found.push(Pair { before: place.map(|at| &before[at]), after: Some(meaning) });
    }
    let gone = (0..before.len()).filter(|at| !taken.contains(at));
    found.extend(gone.map(|at| Pair { before: Some(&before[at]), after: None }));
    found
}

/// What there is to say of one pair; `moved` is how its score did, `exchanged` the accuracies of an
/// interchange before and after.
#[must_use]
pub fn hypothesis(
    pair: Pair<'_>,
    texts: Texts<'_>,
    moved: Option<&Moved>,
    exchanged: (&[Interchanged], &[Interchanged]),
) -> HypothesisDiff {
    let (before, after) = (pair.before, pair.after);
    let name = after.or(before).map_or_else(String::new, |meaning| meaning.name.clone());
    let claims = match (before, after) {
        (Some(before), Some(after)) => {
            let mut found = about(before, after, texts);
            let changes = claims::changes(before, after, texts);
            found.extend(changes.into_iter().map(|change| claim(change, texts)));
            found
        }
        _ => Vec::new(),
    };
    HypothesisDiff {
        kind: match after.or(before).map(|meaning| meaning.kind) {
            Some(MeaningOf::Interchange) => "interchange",
            _ => "hypothesis",
        },
        was: before.map(|meaning| meaning.name.clone()).filter(|was| *was != name),
        name,
        state: pair.state(),
        claims,
        score: moved.map(|moved| score(moved, pair)),
        accuracies: if pair.moved() { accuracies(pair, exchanged) } else { Vec::new() },
    }
}

/// Another model, or other data.
fn about(before: &Meaning, after: &Meaning, texts: Texts<'_>) -> Vec<ClaimDiff> {
    let side = |meaning: &Meaning, sources: &Sources, hashes: &[String]| {
        let (file, line, text) = line(sources, meaning.span);
        Said { file, line, text, meaning: format!("blake3 {}", hashes.join(", ")) }
    };
    let change = |what: &'static str, old: &[String], new: &[String]| ClaimDiff {
        change: "changed",
        what,
        about: String::new(),
        before: Some(side(before, texts.before, old)),
        after: Some(side(after, texts.after, new)),
    };
    let split = |meaning: &'_ Meaning| -> (Vec<String>, Vec<String>) {
        (meaning.about.iter().take(1).cloned().collect(), meaning.about.iter().skip(1).cloned().collect())
    };
    let ((model, data), (new_model, new_data)) = (split(before), split(after));
    let mut found = Vec::new();
    if model != new_model {
        found.push(change("model", &model, &new_model));
    }
    if data != new_data {
        found.push(change("data", &data, &new_data));
    }
    found
}

fn claim(change: Change<'_>, texts: Texts<'_>) -> ClaimDiff {
    let said = |claim: &Claim, sources: &Sources| {
        let (file, line, text) = line(sources, claim.span);
        Said { file, line, text, meaning: claim.text.clone() }
    };
    let one = change.after.or(change.before);
    ClaimDiff {
        change: match (change.before, change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        },
        what: one.map_or("", |claim| word(claim.what)),
        about: one.map_or_else(String::new, |claim| clean(&claim.shown)),
        before: change.before.map(|claim| said(claim, texts.before)),
        after: change.after.map(|claim| said(claim, texts.after)),
    }
}

fn word(what: What) -> &'static str {
    match what {
        What::Behaviour => "behaviour",
        What::Map => "components",
        What::Input => "input",
        What::Column => "column",
        What::Pool => "pool",
        What::Node => "node",
        What::Arrow => "arrow",
        What::Unclaimed => "unclaimed",
        What::Predicts => "prediction",
        What::Aligned => "aligned feature",
    }
}

/// The file, the line from 1 and the text of the line that a span begins in.
fn line(sources: &Sources, span: crate::source::Span) -> (String, u32, String) {
    let Some(file) = sources.get(sources.written(span.file)) else { return (String::new(), 0, String::new()) };
    let line = file.line(span.start);
    let text = file.text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (file.name.clone(), line, text)
}

fn score(moved: &Moved, pair: Pair<'_>) -> ScoreDiff {
    let shown = |baseline: &Option<crate::hypothesis::Baseline>| baseline.as_ref().map(|own| own.shown().to_owned());
    let same = |of: &dyn Fn(&Meaning) -> Option<String>| {
        pair.before.zip(pair.after).is_some_and(|(before, after)| of(before) == of(after))
    };
    let behaviour = |meaning: &Meaning| {
        meaning.claims.iter().find(|claim| claim.what == What::Behaviour).map(|claim| claim.text.clone())
    };
    let comparable = moved.baselines.0 == moved.baselines.1
        && same(&behaviour)
        && same(&|meaning: &Meaning| Some(meaning.about.join(" ")));
    ScoreDiff {
        n: moved.n,
        before: moved.recovered.0.map(interval),
        after: moved.recovered.1.map(interval),
        difference: moved.difference.map(interval),
        baselines: (shown(&moved.baselines.0), shown(&moved.baselines.1)),
        scrubbed: (moved.scrubbed.0.value, moved.scrubbed.1.value),
        comparable,
    }
}

fn accuracies(pair: Pair<'_>, (before, after): (&[Interchanged], &[Interchanged])) -> Vec<AccuracyDiff> {
    let own = |found: &[Interchanged], meaning: Option<&Meaning>| -> Vec<(String, Interval)> {
        let name = meaning.filter(|meaning| meaning.kind == MeaningOf::Interchange).map(|meaning| meaning.name.clone());
        let own = found.iter().filter(|found| Some(&found.name) == name.as_ref());
        own.map(|found| (found.feature.clone(), interval(found.accuracy()))).collect()
    };
    let (old, new) = (own(before, pair.before), own(after, pair.after));
    let mut features: Vec<&String> = new.iter().chain(&old).map(|(feature, _)| feature).collect();
    features.sort();
    features.dedup();
    let of = |found: &[(String, Interval)], feature: &str| {
        found.iter().find(|(name, _)| name == feature).map(|(_, accuracy)| *accuracy)
    };
    let one = |feature: &String| AccuracyDiff {
        feature: feature.clone(),
        before: of(&old, feature),
        after: of(&new, feature),
    };
    features.into_iter().map(one).collect()
}

fn interval(found: Estimate) -> Interval {
    Interval { value: found.value, low: found.low, high: found.high, level: LEVEL }
}

/// The JSON form, one object, with a line feed behind it.
#[must_use]
pub fn json(diff: &Diff) -> String {
    let mut text = serde_json::to_string_pretty(diff).expect("a diff holds nothing that JSON cannot");
    text.push('\n');
    text
}
