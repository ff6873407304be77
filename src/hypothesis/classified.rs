//! What a classifier says, example by example: its classes, and how far its logits are from the
//! untouched model's.

use super::behaviour::evaluated;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::engine::Value;
use crate::execute::{CleanSide, LogitSums, NO_CLASS, ScrubbedSide, Seen, Side};
use crate::feature::{Classification, Data, FeatureValues, Source, Typed, evaluate};
use std::collections::BTreeMap;
use std::sync::Arc;

type Fault = Box<Diagnostic>;

/// A loss of a classifier on a dataset.
#[derive(Debug, Clone)]
pub struct Classified<'a> {
    pub classification: Arc<Classification>,
    /// The declared names of the outputs that the behaviour reads, in order.
    pub outputs: &'a [String],
    pub dataset: &'a Dataset,
}

/// Labels and what counts, by row and element.
#[derive(Debug, Default)]
struct Labels {
    label: Vec<Vec<u32>>,
    counts: Vec<Vec<bool>>,
}

/// Values of examples, spread over the elements of the loss.
struct Spread {
    values: Vec<f64>,
    width: usize,
    /// By element the place of its first class within an example.
    starts: Vec<usize>,
    classes: usize,
    /// How far the next class is.
    step: usize,
}

impl Spread {
    /// The logits of an element of an example.
    fn lane(&self, example: usize, element: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        let start = example * self.width + self.starts[element];
        (0..self.classes).map(move |class| self.values[start + class * self.step])
    }
}

impl Classified<'_> {
    /// Sizes of the axes of the loss, as its parts show them.
    fn sizes(&self, parts: &[&FeatureValues]) -> Vec<usize> {
        let size = |dim: &String| {
            let of = |part: &&FeatureValues| {
                let axis = part.ty.dims.iter().position(|own| own == dim)?;
                part.sizes.get(axis).copied()
            };
            parts.iter().find_map(of).unwrap_or(1)
        };
        self.classification.dims.iter().map(size).collect()
    }

    fn logits(&self, seen: &Seen<'_>, outputs: &[Value], sizes: &[usize]) -> Result<Spread, Fault> {
        let found = evaluated(&self.classification.logits, self.outputs, self.dataset, &Seen { outputs, ..*seen })?;
        let strides = strides(&found.sizes);
        let class = self.classification.class.as_ref();
        let axis = class.and_then(|class| found.ty.dims.iter().position(|own| own == class));
        let starts = places(&found.ty.dims, &strides, (&self.classification.dims, sizes));
        let (classes, step) = axis.map_or((1, 1), |axis| (found.sizes[axis], strides[axis]));
        let width = found.width();
        Ok(Spread { values: found.reals().unwrap_or_default().to_vec(), width, starts, classes, step })
    }

    fn labels(&self, rows: &[usize], sizes: &[usize]) -> Result<Labels, Fault> {
        let source = Source { dataset: self.dataset, outputs: BTreeMap::new() };
        let of = |part: &Typed| -> Result<(FeatureValues, Vec<usize>), Fault> {
            let found = evaluate(part, &source, rows)?;
            let places = places(&found.ty.dims, &strides(&found.sizes), (&self.classification.dims, sizes));
            Ok((found, places))
        };
        let (label, of_label) = of(&self.classification.label)?;
        let mask = self.classification.mask.as_ref().map(of).transpose()?;
        let mut labels = Labels::default();
        for at in 0..rows.len() {
            let number =
                |place: &usize| u32::try_from(number(&label.data, at * label.width() + place)).unwrap_or(NO_CLASS);
            labels.label.push(of_label.iter().map(number).collect());
            labels.counts.push(match &mask {
                Some((mask, places)) => {
                    places.iter().map(|place| number_of_bool(&mask.data, at * mask.width() + place)).collect()
                }
                None => vec![true; of_label.len()],
            });
        }
        Ok(labels)
    }

    /// Sizes of the axes of the loss: those of the logits of some example, and of its label.
    fn known_sizes(&self, seen: &Seen<'_>) -> Result<Vec<usize>, Fault> {
        let one = Seen { rows: seen.rows.get(..1).unwrap_or_default(), ..*seen };
        let first: Vec<Value> =
            seen.outputs.iter().map(|value| crate::execute::first_rows(value, one.rows.len())).collect();
        let one = Seen { outputs: &first, ..one };
        let logits = evaluated(&self.classification.logits, self.outputs, self.dataset, &one)?;
        let rows: Vec<usize> = one.rows.iter().map(|row| *row as usize).collect();
        let source = Source { dataset: self.dataset, outputs: BTreeMap::new() };
        let label = evaluate(&self.classification.label, &source, &rows)?;
        Ok(self.sizes(&[&logits, &label]))
    }

    fn labels_of(&self, seen: &Seen<'_>, sizes: &[usize]) -> Result<Labels, Fault> {
        let rows: Vec<usize> = seen.rows.iter().map(|row| *row as usize).collect();
        self.labels(&rows, sizes)
    }
}

impl Side for Classified<'_> {
    fn clean(&self, seen: &Seen<'_>) -> Result<Vec<CleanSide>, Fault> {
        let sizes = self.known_sizes(seen)?;
        let logits = self.logits(seen, seen.outputs, &sizes)?;
        let labels = self.labels_of(seen, &sizes)?;
        let centred = self.classification.class.is_some();
        let example = |at: usize| {
            let mut sums = LogitSums { sums: vec![0.0; logits.classes], squares: 0.0, counted: 0.0 };
            for element in counting(&labels.counts[at]) {
                let own = centre(logits.lane(at, element), centred);
                sums.sums.iter_mut().zip(&own).for_each(|(sum, logit)| *sum += logit);
                sums.squares += own.iter().map(|logit| logit * logit).sum::<f64>();
                sums.counted += 1.0;
            }
            let best = (0..logits.starts.len()).map(|element| best(logits.lane(at, element), centred)).collect();
            let (label, counts) = (labels.label[at].clone(), labels.counts[at].clone());
            CleanSide { best, label, counts, logits: sums }
        };
        Ok((0..seen.rows.len()).map(example).collect())
    }

    fn scrubbed(&self, seen: &Seen<'_>) -> Result<Vec<ScrubbedSide>, Fault> {
        let sizes = self.known_sizes(seen)?;
        let own = self.logits(seen, seen.outputs, &sizes)?;
        let clean = self.logits(seen, seen.clean.unwrap_or_default(), &sizes)?;
        let labels = self.labels_of(seen, &sizes)?;
        let centred = self.classification.class.is_some();
        let example = |at: usize| {
            let mut found = ScrubbedSide::default();
            for element in counting(&labels.counts[at]) {
                let (model, scrubbed) = (clean.lane(at, element), own.lane(at, element));
                found.divergence += match centred {
                    true => divergence(model.clone(), scrubbed.clone()),
                    false => binary_divergence(model.clone().sum(), scrubbed.clone().sum()),
                };
                let (model, scrubbed) = (centre(model, centred), centre(scrubbed, centred));
                found.distance += model.iter().zip(&scrubbed).map(|(one, other)| (one - other).powi(2)).sum::<f64>();
                found.counted += 1.0;
            }
            found.best = (0..own.starts.len()).map(|element| best(own.lane(at, element), centred)).collect();
            found
        };
        Ok((0..seen.rows.len()).map(example).collect())
    }
}

fn counting(counts: &[bool]) -> impl Iterator<Item = usize> + '_ {
    counts.iter().enumerate().filter(|(_, counts)| **counts).map(|(element, _)| element)
}

/// Row-major.
fn strides(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect()
}

/// By element of the loss the place of what belongs to it, along axes of the same name.
fn places(own: &[String], strides: &[usize], (dims, sizes): (&[String], &[usize])) -> Vec<usize> {
    let stride = |dim: &String| own.iter().position(|own| own == dim).map_or(0, |axis| strides[axis]);
    let along: Vec<usize> = dims.iter().map(stride).collect();
    let place = |element: usize| {
        let (mut rest, mut place) = (element, 0);
        for (size, stride) in sizes.iter().zip(&along).rev() {
            place += rest % size.max(&1) * stride;
            rest /= size.max(&1);
        }
        place
    };
    (0..sizes.iter().product()).map(place).collect()
}

fn number(data: &Data, at: usize) -> i64 {
    match data {
        Data::Int(values) => values[at],
        Data::Bool(values) => i64::from(values[at]),
        Data::Real(_) | Data::Ratio(_) => i64::from(i32::MIN),
    }
}

fn number_of_bool(data: &Data, at: usize) -> bool {
    number(data, at) != 0
}

/// The first class of the largest logit; of a single logit whether it is above 0.
fn best(logits: impl Iterator<Item = f64> + Clone, is_of_classes: bool) -> u32 {
    if logits.clone().any(f64::is_nan) {
        return NO_CLASS;
    }
    if !is_of_classes {
        return u32::from(logits.sum::<f64>() > 0.0);
    }
    let mut found: Option<(u32, f64)> = None;
    for (class, logit) in (0_u32..).zip(logits) {
        if found.is_none_or(|(_, largest)| logit > largest) {
            found = Some((class, logit));
        }
    }
    found.map_or(NO_CLASS, |(class, _)| class)
}

/// The logits less their mean, where only differences matter.
fn centre(logits: impl Iterator<Item = f64>, centred: bool) -> Vec<f64> {
    let mut found: Vec<f64> = logits.collect();
    if centred {
        let mean = found.iter().sum::<f64>() / found.len().max(1) as f64;
        found.iter_mut().for_each(|logit| *logit -= mean);
    }
    found
}

fn log_softmax(logits: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.clone().map(|logit| (logit - largest).exp()).sum();
    logits.map(|logit| logit - largest - total.ln()).collect()
}

/// The sum of p (log p - log q); what has no probability adds nothing.
fn divergence(model: impl Iterator<Item = f64> + Clone, other: impl Iterator<Item = f64> + Clone) -> f64 {
    let (p, q) = (log_softmax(model), log_softmax(other));
    let one = |(p, q): (&f64, &f64)| if *p == f64::NEG_INFINITY { 0.0 } else { p.exp() * (p - q) };
    p.iter().zip(&q).map(one).sum()
}

/// The same of two single logits.
fn binary_divergence(model: f64, other: f64) -> f64 {
    divergence([0.0, model].into_iter(), [0.0, other].into_iter())
}
