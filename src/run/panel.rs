//! The panel: what the recovered mean of a hypothesis can hide, on the same references and draws.

use super::classified::{Classes, ClassesSeen, Compared, Which, classes};
use super::compare::{Observation, Shuffle};
use crate::estimate::{Changes, Estimates, Inputs, Slice, changes, difference, estimate, shares};
use crate::hypothesis::{Baseline, SlicedBy};

/// What is gained on some references and lost on others, as shares of the gap: if both are surely at
/// least so large, the mean hides it.
const CANCELS: f64 = 0.1;
/// Shares of two metrics differ if the interval of their difference is farther than this from 0.
const METRICS_APART: f64 = 0.05;
/// A slice differs from all references together if its interval and theirs have nothing in common, and
/// the shares are at least so far apart.
const SLICE_APART: f64 = 0.1;

/// What means alone do not tell of a hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub changes: Changes,
    /// What the classifier says, if the behaviour is the loss of one.
    pub classes: Option<Classes>,
    pub slices: Vec<SlicePanel>,
    pub flags: Vec<Flag>,
}

/// A part of the references.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicePanel {
    /// The column or feature.
    pub by: String,
    pub kind: SlicedBy,
    pub value: String,
    /// Rows of the dataset.
    pub rows: usize,
    /// References that count.
    pub counting: usize,
    /// `None` if there are too few.
    pub estimates: Option<Estimates>,
    /// The accuracy of a classifier.
    pub accuracy: Option<Estimates>,
}

/// What a reader of the mean should be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Flag {
    /// Some references get better and others worse, and the mean hides it: what is gained and what
    /// is lost, over the gap.
    Cancellation { gained: f64, lost: f64 },
    /// The shares that are recovered of the behaviour and of the accuracy differ.
    Metric { accuracy: f64 },
    /// Of all slices that surely differ from the whole, the one of which least is recovered.
    Slice { by: String, value: String, recovered: f64 },
}

/// The panel of one hypothesis, measured from a baseline; with none of them, only what needs none.
/// The baseline can be another hypothesis.
pub fn panel(
    one: &Observation<'_>,
    (baseline, other): (Option<&Baseline>, Option<&Observation<'_>>),
    inputs: Inputs<'_>,
) -> Panel {
    let changes = changes(inputs);
    let is_shuffled = matches!(baseline, Some(Baseline::Shuffled));
    let compared = |which: Which| {
        let seen = one.classes.as_ref()?;
        Some((seen, Compared::of(which, (one, seen), is_shuffled, other)))
    };
    let (accuracy, agreement) = (compared(Which::Label), compared(Which::Model));
    let slices = slices(one, baseline, accuracy.as_ref(), inputs);
    let figures = accuracy.as_ref().zip(agreement.as_ref());
    let figures = figures.map(|((seen, accuracy), (_, agreement))| classes(seen, accuracy, agreement, inputs));
    let mut flags = Vec::new();
    if let Some(against) = &changes.against
        && against.gained.low.min(against.lost.low) >= CANCELS
    {
        flags.push(Flag::Cancellation { gained: against.gained.value, lost: against.lost.value });
    }
    if let Some((_, accuracy)) = &accuracy {
        let accuracy = accuracy.inputs(inputs);
        let apart =
            difference(inputs, accuracy).filter(|apart| apart.low >= METRICS_APART || apart.high <= -METRICS_APART);
        let own = apart.and_then(|_| estimate(accuracy).recovered);
        flags.extend(own.map(|own| Flag::Metric { accuracy: own.value }));
    }
    flags.extend(lowest_slice(&estimate(inputs), &slices));
    Panel { changes, classes: figures, slices, flags }
}

fn slices(
    one: &Observation<'_>,
    baseline: Option<&Baseline>,
    accuracy: Option<&(&ClassesSeen, Compared)>,
    inputs: Inputs<'_>,
) -> Vec<SlicePanel> {
    let shuffle: Option<&Shuffle> = matches!(baseline, Some(Baseline::Shuffled)).then_some(&one.shuffled);
    let seen = &one.slices;
    let mut found = Vec::new();
    for (at, slicing) in seen.slicings.iter().enumerate() {
        for (number, value) in slicing.values.iter().enumerate() {
            let slice = seen.slice(inputs, shuffle, (at, number), &one.references);
            let is_of = |row: usize| slicing.of_row[row] as usize == number;
            let is_member: Vec<bool> = one.references.iter().map(|row| is_of(*row as usize)).collect();
            let of_accuracy = accuracy.map(|(classes, compared)| {
                compared.slice((classes, inputs), (&is_member, slicing.rows[number]), &is_of)
            });
            found.push(SlicePanel {
                by: slicing.by.clone(),
                kind: slicing.kind,
                value: value.clone(),
                rows: slicing.rows[number],
                counting: slice.counting(),
                estimates: slice.is_enough().then(|| estimate(slice.inputs())),
                accuracy: of_accuracy.filter(Slice::is_enough).map(|slice| shares(slice.inputs())),
            });
        }
    }
    found
}

fn lowest_slice(whole: &Estimates, slices: &[SlicePanel]) -> Option<Flag> {
    let whole = whole.recovered?;
    let apart = slices.iter().filter_map(|slice| {
        let own = slice.estimates?.recovered?;
        let differs = own.high < whole.low && whole.value - own.value >= SLICE_APART;
        differs.then_some((slice, own.value))
    });
    let (slice, recovered) = apart.min_by(|one, other| one.1.total_cmp(&other.1))?;
    Some(Flag::Slice { by: slice.by.clone(), value: slice.value.clone(), recovered })
}
