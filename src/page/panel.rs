//! What a mean hides: how far single examples move, and parts of the data.

use super::words::{self, Px, number, percent, range};
use crate::report::{Interval, PanelReport, SliceReport};

#[derive(Debug, Clone)]
pub struct Panel {
    pub flags: Vec<String>,
    pub changes: Vec<Change>,
    pub slices: Vec<Slice>,
    /// Slices with too few references.
    pub few: usize,
    /// Whether the model says classes.
    pub has_classes: bool,
}

/// A figure about single examples.
#[derive(Debug, Clone)]
pub struct Change {
    pub what: &'static str,
    pub value: String,
    pub range: String,
}

#[derive(Debug, Clone)]
pub struct Slice {
    pub by: String,
    pub value: String,
    pub n: usize,
    pub recovered: String,
    pub range: String,
    /// In percent of the width of its column, from 0 to 100.
    pub bar: Px,
    pub scrubbed: String,
    pub model: String,
    pub baseline: String,
    /// Of the accuracy, what is recovered; empty where there are no classes.
    pub accuracy: String,
}

#[must_use]
pub fn panel(found: &PanelReport) -> Panel {
    let change = &found.change;
    let share = |what: &'static str, value: Option<Interval>| {
        value.map(|value| Change { what, value: percent(value.value), range: range(value) })
    };
    let mean = change.mean;
    let mut changes = vec![Change {
        what: "mean of |scrubbed − model| of each example",
        value: number(mean.value),
        range: format!("{} to {}", number(mean.low), number(mean.high)),
    }];
    changes.extend(
        [
            share("the same over |model − baseline|", change.share),
            share("gained by examples that got better", change.gained),
            share("lost by examples that got worse", change.lost),
            share("examples that got better", change.better),
            share("examples that got worse", change.worse),
            share("examples that stayed the same", change.same),
        ]
        .into_iter()
        .flatten(),
    );
    changes.extend(classes(found));
    let slices: Vec<Slice> = found.slices.iter().filter(|slice| slice.scrubbed.is_some()).map(slice).collect();
    Panel {
        flags: found.flags.iter().map(|flag| words::sentence(&flag.text)).collect(),
        changes,
        few: found.slices.len() - slices.len(),
        slices,
        has_classes: found.classes.is_some(),
    }
}

/// What a classifier says.
fn classes(found: &PanelReport) -> Vec<Change> {
    let Some(classes) = &found.classes else { return Vec::new() };
    let share = |what: &'static str, value: Option<Interval>| {
        value.map(|value| Change { what, value: percent(value.value), range: range(value) })
    };
    let plain = |what: &'static str, value: Option<Interval>| {
        let range = |value: Interval| format!("{} to {}", number(value.low), number(value.high));
        value.map(|value| Change { what, value: number(value.value), range: range(value) })
    };
    [
        share("accuracy under the hypothesis", classes.accuracy.scrubbed),
        share("of the accuracy, recovered", classes.accuracy.recovered),
        share("agreement with the model’s class", classes.agreement.scrubbed),
        share("of the agreement, recovered", classes.agreement.recovered),
        plain("divergence from the model’s distribution (KL, nats)", classes.kl),
        plain("R² of the logits", classes.logit_r2),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn slice(found: &SliceReport) -> Slice {
    let mean = |found: Option<Interval>| found.map_or_else(|| "-".to_owned(), |found| number(found.value));
    let share = found.recovered.map_or(0.0, |recovered| recovered.value);
    Slice {
        by: found.by.clone(),
        value: found.value.clone(),
        n: found.n,
        recovered: found.recovered.map_or_else(|| "undefined".to_owned(), |recovered| percent(recovered.value)),
        range: found.recovered.map(words::range).unwrap_or_default(),
        bar: Px(100.0 * share.clamp(0.0, 1.0)),
        scrubbed: mean(found.scrubbed),
        model: mean(found.model),
        baseline: mean(found.baseline),
        accuracy: found
            .accuracy
            .as_ref()
            .and_then(|accuracy| accuracy.recovered)
            .map(|recovered| percent(recovered.value))
            .unwrap_or_default(),
    }
}
