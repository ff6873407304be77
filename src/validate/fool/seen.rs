//! What the model says of candidates, and what the hypothesis predicts for them.

use crate::data::{Column, ColumnValues, Dataset, Scalar};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::planning;
use crate::diagnostics::messages::run::not_finite;
use crate::engine::Engine;
use crate::estimate::Point;
use crate::execute::{self, Executor, Score, Work};
use crate::feature::{Classification, Data, Measured, reads};
use crate::hypothesis::{Behaviour, BoundModel, Checked, DataIx, Fooling, Ready, evaluated};
use crate::lower::{Ground, Walks, lower, row_shape, treeify};
use crate::model::{Dependence, TensorId};
use crate::plan::{Item, plan, reading_batch};
use crate::run::{Estimations, Settings, class_table, expression, first_bad, inputs};
use crate::sample::{ClassTable, Materials, draw};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// By row of the dataset of the candidates.
#[derive(Debug)]
pub struct Seen {
    fooled: Vec<f64>,
    margins: Option<Vec<f64>>,
    behaviour: Vec<f64>,
    /// NaN where a row is no candidate.
    scrubbed: Option<Vec<f64>>,
}

impl Seen {
    /// Runs the untouched model on all rows, and scrubs the candidates where the ranking asks for it.
    ///
    /// # Errors
    /// A fault of the engine or of an expression, or too little memory.
    pub fn of(
        challenge: &Fooling,
        checked: &Checked,
        engine: &dyn Engine,
        settings: Settings,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Seen, Fault> {
        let model = checked.models[challenge.model].as_ref().expect("a checked challenge has its model");
        let dataset = checked.datasets[challenge.data].as_ref().expect("a checked challenge has its data");
        let (fooled, margins, behaviour) = untouched(challenge, (model, dataset), engine, settings, progress)?;
        let scrubbed = match &challenge.scrubbed {
            Some(ready) => Some(scrubbed(challenge, ready, (model, checked), engine, settings, progress)?),
            None => None,
        };
        Ok(Seen { fooled, margins, behaviour, scrubbed })
    }

    pub fn fooled(&self, row: u32) -> bool {
        self.fooled.get(row as usize).is_some_and(|fooled| *fooled > 0.0)
    }

    pub fn margins(&self) -> Option<&[f64]> {
        self.margins.as_deref()
    }

    pub fn margin(&self, row: u32) -> Option<f64> {
        self.margins.as_ref()?.get(row as usize).copied()
    }

    pub fn behaviour(&self, row: u32) -> f64 {
        self.behaviour.get(row as usize).copied().unwrap_or(f64::NAN)
    }

    pub fn all_scrubbed(&self) -> Option<&[f64]> {
        self.scrubbed.as_deref()
    }

    pub fn scrubbed(&self, row: u32) -> Option<f64> {
        self.scrubbed.as_ref()?.get(row as usize).copied()
    }
}

/// By row: success, margin, behaviour.
type Untouched = (Vec<f64>, Option<Vec<f64>>, Vec<f64>);

fn untouched(
    challenge: &Fooling,
    (model, dataset): (&BoundModel, &Dataset),
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Untouched, Fault> {
    let map = model.map();
    let named = |name: &String| model.outputs.iter().find(|output| output.name == *name).map(|output| output.tensor);
    let outputs: Vec<TensorId> = challenge.outputs.iter().filter_map(named).collect();
    let all = inputs(model, &[dataset]);
    let executor = Executor { map, engine, inputs: &all, threads: settings.limits.threads, progress };
    let fooled = Success { challenge, dataset };
    let behaviour = of_behaviour(&challenge.measured, challenge, dataset);
    let margin = challenge.classification.as_deref().map(|of| Margin { of, names: &challenge.outputs, dataset });
    let mut scores: Vec<&dyn Score> = vec![&fooled, &behaviour];
    scores.extend(margin.as_ref().map(|margin| margin as &dyn Score));
    let behaviours: Vec<_> =
        scores.into_iter().map(|score| execute::Behaviour { score, outputs: &outputs, pairs: &[] }).collect();
    let mut plan = plan(map, &[], dataset.rows, settings.limits)?;
    plan.clean_batch = reading_batch(map, &outputs, settings.limits)?;
    let begun = executor.begin(&plan, &behaviours, &[])?;
    let values = |at: usize| -> Vec<f64> { begun.clean[at].model.iter().map(|point| point.value()).collect() };
    let read = if margin.is_some() { 1..3 } else { 1..2 };
    for at in read {
        all_finite(challenge, (&executor, &outputs, dataset), &begun.clean[at].model)?;
    }
    Ok((values(0), margin.is_some().then(|| values(2)), values(1)))
}

/// Comparisons with what is no number are false: a model that breaks would never be fooled.
///
/// # Errors
/// A row whose behaviour or margin is no finite number.
fn all_finite(
    challenge: &Fooling,
    (executor, outputs, dataset): (&Executor<'_>, &[TensorId], &Dataset),
    points: &[Point],
) -> Result<(), Fault> {
    let Some(first) = points.iter().position(|point| !point.is_finite()) else { return Ok(()) };
    let row = u32::try_from(first).unwrap_or(u32::MAX);
    let located = first_bad(executor, outputs, row);
    let bad = points.iter().filter(|point| !point.is_finite()).count();
    let (span, place) = (challenge.spans.name, (dataset.path.as_str(), row));
    Err(Box::new(not_finite(span, &challenge.hypothesis, false, bad, points.len(), place, located.as_ref())))
}

fn of_behaviour<'a>(measured: &'a Measured, challenge: &'a Fooling, dataset: &'a Dataset) -> Behaviour<'a> {
    Behaviour { measured, outputs: &challenge.outputs, dataset, shuffled: None, slices: None, side: None }
}

/// The mean of the behaviour of each candidate over its scrubs; NaN for rows that are none.
fn scrubbed(
    challenge: &Fooling,
    ready: &Ready,
    (model, checked): (&BoundModel, &Checked),
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<f64>, Fault> {
    let datasets: Vec<&Dataset> = ready.datasets.iter().filter_map(|data| checked.datasets[*data].as_ref()).collect();
    let candidates = &challenge.candidates.passing;
    let (map, claims) = (model.map(), &ready.stated.claims);
    let shape = |tensor| Some(row_shape(map, tensor));
    let dependence = Dependence::new(map.graph, &shape);
    let ground = Ground { map, dependence: &dependence };
    let walks = Walks::new(ground, claims);
    let tree = treeify(ground, claims, &walks).map_err(|too_many| {
        Box::new(planning::too_many_visits(&claims.name, ready.stated.spans.name, too_many.limit))
    })?;
    // All candidates once, then all again: of pools no two hold one candidate.
    let references: Vec<u32> = (0..challenge.draws).flat_map(|_| candidates.iter().copied()).collect();
    let needed = 4 * (tree.count_draws() + 1) as u64 * references.len() as u64;
    if needed > settings.limits.memory {
        return Err(Box::new(planning::memory_too_small(settings.limits.memory, needed)));
    }
    let classes: ClassTable<'_> = class_table(ready);
    let rows: Vec<usize> = datasets.iter().map(|dataset| dataset.rows).collect();
    let materials = Materials { seed: settings.seed, rows: &rows, classes: &classes, pairs: &ready.pairs };
    let draws = draw(&tree, &references, materials);
    let program = lower(ground, claims, &walks, tree);
    let score = expression(ready, datasets[DataIx::default().0], false);
    let item = Item {
        name: &claims.name,
        program: &program,
        draws: &draws,
        outputs: &claims.outputs,
        keep_outputs: false,
        baseline: None,
        reads_clean: ready.measured.reads_clean(),
        side: false,
    };
    let plan = plan(map, &[item], datasets[0].rows, settings.limits)?;
    let all = inputs(model, &datasets);
    let executor = Executor { map, engine, inputs: &all, threads: settings.limits.threads, progress };
    let estimator = Estimations { ready, datasets: &datasets };
    let work = Work { item, score: &score, behaviour: 0, classes: &classes, estimator: Some(&estimator) };
    let begun = executor.begin(&plan, &[], &[work])?;
    let seen = executor.scrub(&begun, &plan, (0, &work), 0..references.len())?;
    let mut means = vec![f64::NAN; datasets[0].rows];
    for (at, row) in candidates.iter().enumerate() {
        let own = seen.points.iter().skip(at).step_by(candidates.len()).copied();
        means[*row as usize] = own.fold(Point::NONE, |sum, point| sum.plus(point, 1.0)).value();
    }
    Ok(means)
}

/// Whether a candidate fools the model.
struct Success<'a> {
    challenge: &'a Fooling,
    dataset: &'a Dataset,
}

impl Score for Success<'_> {
    fn score(&self, seen: &execute::Seen<'_>) -> Result<Vec<Point>, Fault> {
        let found = match (&self.challenge.success, &self.challenge.classification) {
            (Some(success), _) => {
                let own = self.with_behaviours(seen, &reads(success))?;
                let rows: Vec<u32> = (0_u32..).zip(seen.rows).map(|(at, _)| at).collect();
                let values =
                    evaluated(success, &self.challenge.outputs, &own, &execute::Seen { rows: &rows, ..*seen })?;
                bools(&values.data)
            }
            (None, Some(of)) => mistaken(of, &self.challenge.outputs, self.dataset, seen)?,
            (None, None) => unreachable!("a challenge is checked to say what a success is"),
        };
        Ok(found.into_iter().map(|fooled| Point::one(f64::from(u8::from(fooled)))).collect())
    }

    fn shuffled(&self, _: &execute::Seen<'_>) -> Result<Option<Vec<Point>>, Fault> {
        Ok(None)
    }
}

impl Success<'_> {
    /// The rows of a batch with what they are read for, and with the behaviours as columns.
    fn with_behaviours(
        &self,
        seen: &execute::Seen<'_>,
        read: &std::collections::BTreeSet<String>,
    ) -> Result<Dataset, Fault> {
        let rows: Vec<usize> = seen.rows.iter().map(|row| *row as usize).collect();
        let mut columns = BTreeMap::new();
        for (name, column) in self.dataset.columns.iter().filter(|(name, _)| read.contains(*name)) {
            let values = match &column.values {
                ColumnValues::Int(values) => ColumnValues::Int(values.select(Axis(0), &rows)),
                ColumnValues::Real(values) => ColumnValues::Real(values.select(Axis(0), &rows)),
                ColumnValues::Bool(values) => ColumnValues::Bool(values.select(Axis(0), &rows)),
            };
            columns.insert(name.clone(), Column { scalar: column.scalar, dims: column.dims.clone(), values });
        }
        for (name, measured) in &self.challenge.behaviours {
            let points = of_behaviour(measured, self.challenge, self.dataset).score(seen)?;
            let values: Vec<f64> = points.iter().map(|point| point.value()).collect();
            let values = ArrayD::from_shape_vec(IxDyn(&[rows.len()]), values).expect("a point for each example");
            let values = ColumnValues::Real(values);
            columns.insert(name.clone(), Column { scalar: Scalar::Real, dims: Vec::new(), values });
        }
        let Dataset { name, path, hash, sizes, .. } = self.dataset;
        let (name, path, hash, sizes) = (name.clone(), path.clone(), hash.clone(), sizes.clone());
        Ok(Dataset { name, path, hash, rows: rows.len(), columns, sizes })
    }
}

/// How sure a classifier is.
struct Margin<'a> {
    of: &'a Classification,
    names: &'a [String],
    dataset: &'a Dataset,
}

impl Score for Margin<'_> {
    fn score(&self, seen: &execute::Seen<'_>) -> Result<Vec<Point>, Fault> {
        let rows = logits(self.of, self.names, self.dataset, seen)?;
        Ok(rows.iter().map(|logits| Point::one(margin(logits))).collect())
    }

    fn shuffled(&self, _: &execute::Seen<'_>) -> Result<Option<Vec<Point>>, Fault> {
        Ok(None)
    }
}

/// By example.
fn logits(
    of: &Classification,
    names: &[String],
    dataset: &Dataset,
    seen: &execute::Seen<'_>,
) -> Result<Vec<Vec<f64>>, Fault> {
    let found = evaluated(&of.logits, names, dataset, seen)?;
    let width = found.width().max(1);
    Ok(found.reals().unwrap_or_default().chunks(width).map(<[f64]>::to_vec).collect())
}

/// How much larger the largest logit is than the next; of one logit, how far it is from 0.
fn margin(logits: &[f64]) -> f64 {
    let [only] = logits else {
        let mut sorted = logits.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        return match sorted.as_slice() {
            [first, second, ..] => first - second,
            _ => f64::NAN,
        };
    };
    only.abs()
}

/// Where the largest logit is not the label.
fn mistaken(
    of: &Classification,
    names: &[String],
    dataset: &Dataset,
    seen: &execute::Seen<'_>,
) -> Result<Vec<bool>, Fault> {
    let labels = match evaluated(&of.label, names, dataset, seen)?.data {
        Data::Int(labels) => labels,
        Data::Bool(labels) => labels.into_iter().map(i64::from).collect(),
        _ => Vec::new(),
    };
    let rows = logits(of, names, dataset, seen)?;
    let said = |logits: &Vec<f64>| match logits.as_slice() {
        [only] if of.class.is_none() => i64::from(*only > 0.0),
        logits => {
            let mut best = 0;
            for (class, logit) in logits.iter().enumerate() {
                best = if *logit > logits[best] { class } else { best };
            }
            i64::try_from(best).unwrap_or(-1)
        }
    };
    Ok(rows.iter().map(said).zip(labels).map(|(said, label)| said != label).collect())
}

fn bools(data: &Data) -> Vec<bool> {
    match data {
        Data::Bool(values) => values.clone(),
        _ => unreachable!("a success is checked to be a bool"),
    }
}

#[cfg(test)]
mod tests {
    use super::margin;

    #[test]
    fn margins_are_between_the_two_largest() {
        assert_eq!(margin(&[1.0, -2.0, 3.5]), 2.5);
        assert_eq!((margin(&[-3.0]), margin(&[2.0, 2.0])), (3.0, 0.0));
    }
}
