//! What a classifier says under a hypothesis: how often it is right, how often it says what the
//! untouched model says, and how far its logits are from the model's.

use super::compare::Observation;
use crate::estimate::{
    Baseline, Estimate, Estimates, Inputs, Point, Slice, SliceBaseline, distance, shares, value_range,
};
use crate::execute::{CleanSide, CleanSides, NO_CLASS, ScrubbedSide};
use crate::feature::{Classification, reads_columns};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the classifier of a behaviour says of the rows of the dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    rows: Vec<CleanSide>,
    /// The mean squared distance of the logits from the mean ones.
    variance: f64,
    /// For each row what all rows say of its label, and of what the model says of it; `None` where
    /// what is said depends on more than outputs.
    shuffled: Option<Vec<[Agreeing; 2]>>,
}

/// Pairs of an element of this row and the same element of any row that agree, and the elements of
/// this row that count.
type Agreeing = (u64, u64);

/// What was said of the references of a hypothesis.
#[derive(Debug, Clone)]
pub struct ClassesSeen {
    pub said: Arc<Said>,
    pub sides: Vec<ScrubbedSide>,
}

/// What a classifier says under a hypothesis, in figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// How often it is right.
    pub accuracy: Estimates,
    /// How often it says what the untouched model says; the model itself always does.
    pub agreement: Estimates,
    /// The divergence of Kullback and Leibler from the model's distribution to its own, in nats.
    pub divergence: Estimate,
    /// 1 less the mean squared distance of its logits from the model's, over that of the model's from
    /// their means.
    pub logit_r2: Estimate,
}

impl Said {
    #[must_use]
    pub fn of(classification: &Classification, clean: &CleanSides) -> Said {
        let is_of_outputs = !reads_columns(&classification.logits);
        Said {
            variance: clean.logits.variance(),
            shuffled: is_of_outputs.then(|| shuffled(&clean.rows)),
            rows: clean.rows.clone(),
        }
    }

    /// The share of pairs that agree, over the rows for which `is_of` holds.
    fn by_chance(&self, which: Which, is_of: &dyn Fn(usize) -> bool) -> f64 {
        let Some(shuffled) = &self.shuffled else { return f64::NAN };
        let own = shuffled.iter().enumerate().filter(|(row, _)| is_of(*row)).map(|(_, own)| own[which as usize]);
        let (agreeing, counted) = own.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        agreeing as f64 / counted as f64 / self.rows.len() as f64
    }
}

/// What is compared with what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Label,
    Model,
}

fn shuffled(rows: &[CleanSide]) -> Vec<[Agreeing; 2]> {
    let elements = rows.iter().map(|row| row.best.len()).max().unwrap_or(0);
    let mut said: Vec<BTreeMap<u32, u64>> = vec![BTreeMap::new(); elements];
    for row in rows {
        for (said, best) in said.iter_mut().zip(&row.best) {
            *said.entry(*best).or_insert(0) += 1;
        }
    }
    let of_row = |row: &CleanSide| {
        let agreeing = |wanted: &[u32]| {
            let counting = row.counts.iter().enumerate().filter(|(_, counts)| **counts);
            let number = |(element, _): (usize, &bool)| match wanted[element] {
                NO_CLASS => 0,
                wanted => said[element].get(&wanted).copied().unwrap_or(0),
            };
            (counting.clone().map(number).sum(), counting.count() as u64)
        };
        [agreeing(&row.label), agreeing(&row.best)]
    };
    rows.iter().map(of_row).collect()
}

/// The elements that count on which two agree.
fn agreeing(said: &[u32], wanted: &[u32], counts: &[bool]) -> Point {
    let mut point = Point::NONE;
    for ((said, wanted), _) in said.iter().zip(wanted).zip(counts).filter(|(_, counts)| **counts) {
        let hit = said == wanted && *said != NO_CLASS;
        point = point.plus(Point::one(f64::from(u8::from(hit))), 1.0);
    }
    point
}

/// The points of one comparison, of all references.
#[derive(Debug, Clone)]
pub struct Compared {
    which: Which,
    model: Vec<Point>,
    scrubbed: Vec<Point>,
    /// Those of the hypothesis that serves as the baseline.
    other: Option<Vec<Point>>,
    exact: f64,
}

impl Compared {
    /// Of a hypothesis, measured from `shuffled` or from another hypothesis.
    pub fn of(
        which: Which,
        (one, seen): (&Observation<'_>, &ClassesSeen),
        is_shuffled: bool,
        other: Option<&Observation<'_>>,
    ) -> Compared {
        let row = |reference: &u32| &seen.said.rows[*reference as usize];
        let wanted = |row: &CleanSide| match which {
            Which::Label => row.label.clone(),
            Which::Model => row.best.clone(),
        };
        let points = |sides: &[ScrubbedSide]| -> Vec<Point> {
            let pairs = one.references.iter().map(row).zip(sides);
            pairs.map(|(row, side)| agreeing(&side.best, &wanted(row), &row.counts)).collect()
        };
        let clean = one.references.iter().map(row);
        let other = other.and_then(|other| other.classes.as_ref()).filter(|other| Arc::ptr_eq(&other.said, &seen.said));
        Compared {
            which,
            model: clean.map(|row| agreeing(&row.best, &wanted(row), &row.counts)).collect(),
            scrubbed: points(&seen.sides),
            other: other.map(|other| points(&other.sides)),
            exact: if is_shuffled { seen.said.by_chance(which, &|_| true) } else { f64::NAN },
        }
    }

    /// What estimates take, like those of the behaviour.
    pub fn inputs<'a>(&'a self, of_behaviour: Inputs<'_>) -> Inputs<'a> {
        let baseline = self.other.as_ref().map_or(Baseline::Exact(self.exact), |other| Baseline::Sampled(other));
        let (model, scrubbed) = (&self.model, &self.scrubbed);
        Inputs { model, scrubbed, baseline, ..of_behaviour }
    }

    /// The part of a slice, whose labels are those of its rows.
    pub fn slice(
        &self,
        (seen, of_behaviour): (&ClassesSeen, Inputs<'_>),
        (is_member, rows): (&[bool], usize),
        is_of: &dyn Fn(usize) -> bool,
    ) -> Slice {
        let only = |(point, is_member): (&Point, &bool)| if *is_member { *point } else { Point::NONE };
        let baseline = match &self.other {
            Some(points) => SliceBaseline::Sampled(points.iter().zip(is_member).map(only).collect()),
            None if self.exact.is_nan() => SliceBaseline::Exact(f64::NAN),
            None => SliceBaseline::Exact(seen.said.by_chance(self.which, is_of)),
        };
        Slice::of(self.inputs(of_behaviour), is_member, &baseline, rows)
    }
}

/// The figures of all references.
pub fn classes(seen: &ClassesSeen, accuracy: &Compared, agreement: &Compared, inputs: Inputs<'_>) -> Classes {
    let of_model = accuracy.inputs(inputs);
    let mean = |of: &dyn Fn(&ScrubbedSide) -> f64, reach: f64| {
        let points: Vec<Point> = seen.sides.iter().map(|side| Point { sum: of(side), weight: side.counted }).collect();
        distance(of_model, &points, reach)
    };
    // The distributions of two examples are as far apart as losses are; their logits by twice the variance.
    let (nats, squares) = (value_range(inputs), 2.0 * seen.said.variance);
    Classes {
        accuracy: shares(of_model),
        agreement: shares(agreement.inputs(inputs)),
        divergence: mean(&|side| side.divergence, nats),
        logit_r2: mean(&|side| side.distance, squares).r2(seen.said.variance),
    }
}
