//! Whether the model does the same on the two sets of a challenge.

use super::reading::{Reading, shares};
use super::sets::Sets;
use crate::estimate::{Baseline, Estimate, Inputs, Looks, Point, Varies, estimate, ranking};
use crate::hypothesis::Ready;
use std::collections::{BTreeMap, BTreeSet};

/// Two distributions over values differ that have no more than the rest of their weight in common.
const APART: f64 = 0.05;
/// The behaviour of the untouched model tells sets apart where it ranks them at least so well.
const RANKED: f64 = 0.7;

/// What the model does on both sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    pub behaviour: String,
    /// The mean of the untouched model's behaviour: trusted, anomalous.
    pub means: [Estimate; 2],
    /// By class that the model gives, its share in both sets; `None` if it is no classifier.
    pub classes: Option<BTreeMap<u32, [f64; 2]>>,
    /// How well the behaviour of the untouched model alone ranks anomalous rows above trusted ones.
    pub by_behaviour: Estimate,
}

impl Agreement {
    pub(super) fn of(reading: &Reading, sets: &Sets, ready: &Ready) -> Agreement {
        let values = |set: usize| &reading.behaviour[sets.of(set)];
        let classes = reading.said.as_ref().map(|said| {
            let both = [0, 1].map(|set| shares(&said[sets.of(set)]));
            let all: BTreeSet<u32> = both.iter().flat_map(|shares| shares.keys().copied()).collect();
            let share = |class: u32| both.each_ref().map(|shares| shares.get(&class).copied().unwrap_or(0.0));
            all.into_iter().map(|class| (class, share(class))).collect()
        });
        let by_behaviour = ranking(values(1), values(0)).expect("no set is that small").auroc;
        Agreement {
            behaviour: ready.behaviour.clone(),
            means: [mean(values(0)), mean(values(1))],
            classes,
            by_behaviour,
        }
    }

    /// What differs, in words; `None` where the model does the same.
    #[must_use]
    pub fn figures(&self) -> Option<String> {
        if let Some(classes) = &self.classes {
            let apart: f64 = classes.values().map(|[one, other]| (one - other).abs()).sum::<f64>() / 2.0;
            let most = classes.iter().max_by(|a, b| (a.1[0] - a.1[1]).abs().total_cmp(&(b.1[0] - b.1[1]).abs()));
            let (class, [one, other]) = most.filter(|_| apart > APART)?;
            let (one, other) = (100.0 * one, 100.0 * other);
            return Some(format!("class {class} on {one:.1} % of trusted rows and {other:.1} % of anomalous ones"));
        }
        let found = self.by_behaviour;
        (found.low > RANKED || found.high < 1.0 - RANKED).then(|| {
            let [one, other] = self.means;
            let (name, auroc) = (&self.behaviour, found.value);
            format!(
                "`{name}` is {:.4} on trusted rows and {:.4} on anomalous ones (AUROC {auroc:.3})",
                one.value, other.value
            )
        })
    }
}

fn mean(values: &[f64]) -> Estimate {
    let points: Vec<Point> = values.iter().map(|value| Point::one(*value)).collect();
    let inputs = Inputs {
        model: &points,
        scrubbed: &points,
        baseline: Baseline::Exact(0.0),
        rows: usize::MAX,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Rows,
    };
    estimate(inputs).scrubbed
}
