//! The panel in the report: what the recovered mean of a hypothesis can hide.

use super::read::{Word, word};
use super::text::{folded, number, percent};
use super::{HypothesisReport, Interval, family, interval};
use crate::diagnostics::clean;
use crate::estimate::{Estimate, Estimates};
use crate::hypothesis::SlicedBy;
use crate::run::{Done, Flag, SlicePanel};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What means alone do not tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PanelReport {
    pub change: ChangeReport,
    /// What a classifier says; `null` where the behaviour is not the loss of one, or its outputs are
    /// large and nobody asked.
    pub classes: Option<ClassesReport>,
    pub slices: Vec<SliceReport>,
    pub flags: Vec<FlagReport>,
}

/// How far single examples move. All but the mean is `null` where recovered is undefined.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeReport {
    /// Of |scrubbed - model| of each example, in the units of the behaviour.
    pub mean: Interval,
    /// The same over |model - baseline|.
    pub share: Option<Interval>,
    /// The part of the share by which examples get better, and by which they get worse.
    pub gained: Option<Interval>,
    pub lost: Option<Interval>,
    /// Shares of the examples.
    pub better: Option<Interval>,
    pub worse: Option<Interval>,
    pub same: Option<Interval>,
}

/// What a classifier says under a hypothesis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClassesReport {
    pub accuracy: MetricReport,
    pub agreement: MetricReport,
    /// The divergence from the model's distribution, in nats.
    pub kl: Option<Interval>,
    pub logit_r2: Option<Interval>,
}

/// Another metric, as the behaviour is measured. What is not defined is `null`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MetricReport {
    pub model: Interval,
    pub scrubbed: Option<Interval>,
    pub baseline: Option<Interval>,
    pub recovered: Option<Interval>,
}

/// A part of the references. All estimates are `null` where there are too few.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SliceReport {
    /// The column or feature.
    pub by: String,
    #[serde(deserialize_with = "word")]
    pub kind: Word,
    pub value: String,
    /// Rows of the dataset.
    pub rows: usize,
    /// References that count.
    pub n: usize,
    pub recovered: Option<Interval>,
    pub model: Option<Interval>,
    pub scrubbed: Option<Interval>,
    /// With the labels of the slice.
    pub baseline: Option<Interval>,
    /// `null` also where there are no classes.
    pub accuracy: Option<MetricReport>,
}

/// What a reader should be told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FlagReport {
    #[serde(deserialize_with = "word")]
    pub kind: Word,
    pub text: String,
}

pub(super) fn panel(done: &Done) -> PanelReport {
    let (changes, against) = (&done.panel.changes, done.panel.changes.against);
    let change = ChangeReport {
        mean: interval(changes.mean),
        share: against.map(|found| interval(found.share)),
        gained: against.map(|found| interval(found.gained)),
        lost: against.map(|found| interval(found.lost)),
        better: against.map(|found| interval(found.better)),
        worse: against.map(|found| interval(found.worse)),
        same: against.map(|found| interval(found.same)),
    };
    let classes = done.panel.classes.as_ref().map(|found| ClassesReport {
        accuracy: metric(&found.accuracy),
        agreement: metric(&found.agreement),
        kl: finite(found.divergence),
        logit_r2: finite(found.logit_r2),
    });
    let slices = done.panel.slices.iter().map(slice).collect();
    PanelReport { change, classes, slices, flags: done.panel.flags.iter().map(|found| flag(found, done)).collect() }
}

fn metric(found: &Estimates) -> MetricReport {
    MetricReport {
        model: interval(found.model),
        scrubbed: finite(found.scrubbed),
        baseline: finite(found.baseline),
        recovered: found.recovered.and_then(finite),
    }
}

fn finite(found: Estimate) -> Option<Interval> {
    let is_finite = [found.value, found.low, found.high].iter().all(|number| number.is_finite());
    is_finite.then(|| interval(found))
}

fn slice(found: &SlicePanel) -> SliceReport {
    let estimates = found.estimates;
    SliceReport {
        by: found.by.clone(),
        kind: match found.kind {
            SlicedBy::Label => "label",
            SlicedBy::Feature => "feature",
        },
        value: found.value.clone(),
        rows: found.rows,
        n: found.counting,
        recovered: estimates.and_then(|own| own.recovered).map(interval),
        model: estimates.map(|own| interval(own.model)),
        scrubbed: estimates.map(|own| interval(own.scrubbed)),
        baseline: estimates.and_then(|own| finite(own.baseline)),
        accuracy: found.accuracy.as_ref().map(metric),
    }
}

fn flag(found: &Flag, done: &Done) -> FlagReport {
    let behaviour = clean(&done.behaviour);
    let whole = done.estimates.recovered.map_or_else(String::new, |recovered| percent(recovered.value));
    match found {
        Flag::Cancellation { gained, lost } => FlagReport {
            kind: "cancellation",
            text: format!(
                "errors cancel in the mean: single examples gain {} of the gap and lose {}",
                percent(*gained),
                percent(*lost)
            ),
        },
        Flag::Metric { accuracy } => FlagReport {
            kind: "metric",
            text: format!("{whole} of {behaviour}, but {} of the accuracy", percent(*accuracy)),
        },
        Flag::Slice { by, value, recovered } => FlagReport {
            kind: "slice",
            text: format!("{whole} of {behaviour}, but {} where {} = {}", percent(*recovered), clean(by), clean(value)),
        },
    }
}

/// What is flagged of hypotheses that stand in tables, kind by kind.
pub(super) fn flags_of_tables(hypotheses: &[HypothesisReport], out: &mut String) {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for found in hypotheses.iter().filter(|found| family::is_tabulated(found.arguments.as_ref())) {
        for flag in &found.panel.flags {
            names.entry(flag.kind).or_default().push(&found.name);
        }
    }
    for (kind, names) in &names {
        let told = match *kind {
            "cancellation" => "errors cancel in the mean",
            "metric" => "more or less is recovered of the accuracy",
            _ => "less is recovered in a slice",
        };
        folded(&format!("{told}: {}", clean(&names.join(", "))), out);
    }
    if !names.is_empty() {
        out.push('\n');
    }
}

/// A block for each hypothesis that is listed by itself.
pub(super) fn write(hypotheses: &[HypothesisReport], out: &mut String) {
    for found in hypotheses.iter().filter(|found| !family::is_tabulated(found.arguments.as_ref())) {
        folded(&format!("{}: single examples", clean(&found.name)), out);
        changes(&found.panel.change, out);
        classes(found.panel.classes.as_ref(), out);
        slices(&found.panel.slices, found.recovered, out);
        out.push('\n');
    }
    let members = hypotheses.iter().filter(|found| family::is_tabulated(found.arguments.as_ref())).count();
    if members > 0 {
        folded(&format!("panels of {members} hypotheses that stand in tables: `--format json` has them"), out);
        out.push('\n');
    }
}

fn changes(change: &ChangeReport, out: &mut String) {
    let mean = change.mean;
    let range = format!("{} .. {}", number(mean.low), number(mean.high));
    line(&format!("  {:40}  {:>9}  {range:^21}", "mean |scrubbed - model|", number(mean.value)), out);
    let mut share = |told: &str, found: Option<Interval>| {
        if let Some(found) = found {
            line(&format!("  {told:40}  {:>9}  {:^21}", percent(found.value), range_of(found)), out);
        }
    };
    share("  of |model - baseline|", change.share);
    share("  gained by examples that got better", change.gained);
    share("  lost by examples that got worse", change.lost);
    share("examples that got better", change.better);
    share("examples that got worse", change.worse);
    share("examples that stayed the same", change.same);
}

fn classes(found: Option<&ClassesReport>, out: &mut String) {
    let Some(found) = found else { return };
    let share = |told: &str, found: Option<Interval>, out: &mut String| {
        if let Some(found) = found {
            line(&format!("  {told:40}  {:>9}  {:^21}", percent(found.value), range_of(found)), out);
        }
    };
    for (told, metric) in [("accuracy", &found.accuracy), ("agreement with the model", &found.agreement)] {
        share(told, metric.scrubbed, out);
        let baseline = metric.baseline.map_or_else(|| "-".to_owned(), |found| percent(found.value));
        let told = format!("  recovered, from {baseline} to {}", percent(metric.model.value));
        share(&told, metric.recovered, out);
    }
    if let Some(kl) = found.kl {
        let range = format!("{} .. {}", number(kl.low), number(kl.high));
        line(&format!("  {:40}  {:>9}  {range:^21}", "KL(model || scrubbed) in nats", number(kl.value)), out);
    }
    share("R2 of the logits", found.logit_r2, out);
}

/// Names of slices that are told without their figures.
const FOLDED: usize = 6;

/// Slices that differ from the whole; the others are named.
fn slices(slices: &[SliceReport], whole: Option<Interval>, out: &mut String) {
    let measured: Vec<&SliceReport> = slices.iter().filter(|slice| slice.scrubbed.is_some()).collect();
    let (told, alike): (Vec<&SliceReport>, Vec<&SliceReport>) =
        measured.iter().partition(|slice| !is_alike(slice, whole));
    let is_all = whole.is_some_and(|whole| [whole.value, whole.low, whole.high].map(percent) == ["100.0 %"; 3]);
    if measured.is_empty() || (told.is_empty() && is_all) {
        return;
    }
    if !told.is_empty() {
        table(&told, out);
    }
    if !alike.is_empty() {
        let name = |slice: &&SliceReport| format!("{} = {}", clean(&slice.by), clean(&slice.value));
        let names: Vec<String> = alike.iter().take(FOLDED).map(name).collect();
        let more = if alike.len() > FOLDED { " and others: `--format json` has all" } else { "" };
        let (and, slices) =
            (if told.is_empty() { "" } else { "and " }, if alike.len() == 1 { "slice" } else { "slices" });
        folded(&format!("  {and}{} {slices} like the whole: {}{more}", alike.len(), names.join(", ")), out);
    }
    let few = slices.len() - measured.len();
    if few > 0 {
        let told = if few == 1 { "1 slice has".to_owned() } else { format!("{few} slices have") };
        folded(&format!("  {told} too few references: `--format json` names them"), out);
    }
}

/// Whether the interval of a slice meets that of the whole. What is undefined is like nothing.
fn is_alike(slice: &SliceReport, whole: Option<Interval>) -> bool {
    let (Some(own), Some(whole)) = (slice.recovered, whole) else { return false };
    own.low <= whole.high && whole.low <= own.high
}

fn table(told: &[&SliceReport], out: &mut String) {
    let (head, interval) = ("slice", "95 % interval");
    let rest = format!("{:>9}  {:>9}  {:>9}", "scrubbed", "model", "baseline");
    line(&format!("  {head:24}  {:>6}  {:>9}  {interval:^19}  {rest}", "n", "recovered"), out);
    for slice in told {
        let mut name = format!("{} = {}", clean(&slice.by), clean(&slice.value));
        if name.chars().count() > 24 {
            folded(&format!("  {name}"), out);
            name.clear();
        }
        let recovered = slice.recovered.map_or_else(|| "undefined".to_owned(), |found| percent(found.value));
        let range = slice.recovered.map_or_else(String::new, range_of);
        let mean = |found: Option<Interval>| found.map_or_else(|| "-".to_owned(), |found| number(found.value));
        let (scrubbed, model, baseline) = (mean(slice.scrubbed), mean(slice.model), mean(slice.baseline));
        let rest = format!("{scrubbed:>9}  {model:>9}  {baseline:>9}");
        line(&format!("  {name:24}  {:>6}  {recovered:>9}  {range:^19}  {rest}", slice.n), out);
    }
}

/// A line without spaces at its end.
fn line(text: &str, out: &mut String) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn range_of(found: Interval) -> String {
    format!("{} .. {}", percent(found.low), percent(found.high))
}
