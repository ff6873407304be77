//! Whether the two sets of a challenge are alike where they shall be: in what the model does, and in
//! what only scores can see.

use super::reading::{Reading, shares};
use super::sets::Sets;
use crate::data::ColumnValues;
use crate::estimate::{Baseline, Estimate, Inputs, Looks, Point, estimate, ranking};
use crate::feature::reads;
use crate::hypothesis::{BoundModel, Ready};
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
    };
    estimate(inputs).scrubbed
}

/// A column that scores read and the model does not, whose values differ between the sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// What reads it.
    pub reader: String,
    pub figures: String,
}

/// Columns with one discrete value a row that are no inputs of the model, and are read by the behaviour or
/// by what a node computes.
pub(super) fn leaks(ready: &Ready, sets: &Sets, model: &BoundModel) -> Vec<Column> {
    let mut readers: BTreeMap<String, String> = BTreeMap::new();
    for node in &ready.stated.claims.nodes {
        let Some(feature) = feature(node) else { continue };
        for name in ready.stated.features[feature].iter().flat_map(reads) {
            readers.entry(name).or_insert_with(|| format!("what `{}` computes", node.name));
        }
    }
    for name in ready.measured.reads() {
        readers.entry(name).or_insert_with(|| format!("`{}`", ready.behaviour));
    }
    let is_input = |name: &String| model.inputs.iter().any(|input| input.name == *name);
    let others = readers.into_iter().filter(|(name, _)| !is_input(name));
    others
        .filter_map(|(name, reader)| {
            let figures = differs(&sets.pooled.columns.get(&name)?.values, sets)?;
            Some(Column { name, reader, figures })
        })
        .collect()
}

fn feature(node: &crate::hypothesis::Node) -> Option<usize> {
    use crate::hypothesis::Computes;
    match &node.computes {
        Computes::Feature(feature) | Computes::Elementwise { feature, .. } => Some(feature.0),
        _ => None,
    }
}

fn differs(values: &ColumnValues, sets: &Sets) -> Option<String> {
    let discrete: Vec<i64> = match values {
        ColumnValues::Int(array) if array.ndim() == 1 => array.iter().copied().collect(),
        ColumnValues::Bool(array) if array.ndim() == 1 => array.iter().map(|flag| i64::from(*flag)).collect(),
        _ => return None,
    };
    let both = [0, 1].map(|set| shares(&discrete[sets.of(set)]));
    let all: BTreeSet<i64> = both.iter().flat_map(|shares| shares.keys().copied()).collect();
    let pair = |value: i64| both.each_ref().map(|shares| shares.get(&value).copied().unwrap_or(0.0));
    let gap = |value: i64| (pair(value)[0] - pair(value)[1]).abs();
    let apart: f64 = all.iter().map(|value| gap(*value)).sum::<f64>() / 2.0;
    let most = all.iter().copied().max_by(|a, b| gap(*a).total_cmp(&gap(*b)))?;
    let [one, other] = pair(most).map(|share| 100.0 * share);
    (apart > APART).then(|| format!("{most} on {one:.1} % of trusted rows and {other:.1} % of anomalous ones"))
}
