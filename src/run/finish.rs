//! What one hypothesis gives: its points paired with the model's and with its baselines.

use super::outcome::{Against, Done, Kept, swapped_nothing};
use super::{Group, Prepared, locate};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{run as messages, statistics};
use crate::estimate::{Baseline as Measured, Estimates, Inputs, Point, estimate, extreme_share, ratio};
use crate::execute::{Clean, Estimator, Executor, Observed, Scrubbed, identity_error};
use crate::hypothesis::Baseline;

type Fault = Box<Diagnostic>;

/// With every draw exact, the outputs may differ from the model's by this much of the largest.
const IDENTITY_LIMIT: f64 = 1e-3;
/// If this many examples make up most of the variance, or there are fewer than 40 times as many,
/// an interval might be too narrow.
const FEW: usize = 5;
/// References on which the difference from the model is measured.
const IDENTITY_REFERENCES: usize = 64;

/// A hypothesis of a group that has been executed: its place, that of its behaviour, what was seen.
#[derive(Clone, Copy)]
pub struct Executed<'a> {
    pub group: &'a Group<'a>,
    pub index: usize,
    pub clean: &'a Clean,
    pub observed: &'a Observed,
    pub dataset: &'a Dataset,
    pub estimator: &'a dyn Estimator,
}

impl Executed<'_> {
    fn prepared(&self) -> &Prepared<'_> {
        &self.group.prepared[self.index]
    }

    fn scrubbed(&self) -> &Scrubbed {
        &self.observed.scrubbed[self.index]
    }
}

/// # Errors
/// A behaviour that is not a finite number or of which nothing counts, a plan that does not give
/// the model's outputs, or a baseline whose replayed references are others.
pub fn finish(executed: Executed<'_>, executor: &Executor<'_>) -> Result<Done, Fault> {
    let Executed { group, clean, dataset, estimator, .. } = executed;
    let prepared = executed.prepared();
    let (ready, claims) = (prepared.ready, &prepared.ready.stated.claims);
    let scrubbed = executed.scrubbed();
    let references = prepared.draws.of(0);
    let model: Vec<Point> = references.iter().map(|row| clean.model[*row as usize]).collect();
    locate::all_finite((executor, estimator), prepared, dataset, &clean.model, &scrubbed.points)?;
    if model.iter().all(|point| point.weight == 0.0) {
        return Err(Box::new(statistics::no_reference_counts(
            ready.stated.spans.behaviour,
            &ready.behaviour,
            model.len(),
        )));
    }
    let checked_rows = &references[..references.len().min(IDENTITY_REFERENCES).min(group.plan.clean_batch)];
    let identity = identity_error(executor, &prepared.program, &claims.outputs, checked_rows, Some(estimator))?;
    if identity > IDENTITY_LIMIT || identity.is_nan() {
        return Err(Box::new(messages::not_the_model(ready.stated.spans.name, &claims.name, identity)));
    }
    let against = ready
        .baselines
        .iter()
        .map(|baseline| measured_from(executed, baseline, &model))
        .collect::<Result<Vec<Against>, Fault>>()?;
    // Without a baseline the two means are all there is.
    let alone = || inputs(executed, &model, Measured::Exact(f64::NAN), 1);
    let estimates = against.first().map_or_else(|| estimate(alone()), |first| first.estimates);
    let mut remarks = swapped_nothing(prepared, &scrubbed.swaps);
    remarks.extend(doubts(executed, &estimates, &against));
    Ok(Done {
        name: claims.name.clone(),
        behaviour: ready.behaviour.clone(),
        estimates,
        against,
        identity_error: identity,
        references: references.to_vec(),
        model,
        scrubbed: scrubbed.points.clone(),
        output_names: ready.outputs.clone(),
        kept: scrubbed.outputs.clone().map(|(clean, scrubbed)| Kept { clean, scrubbed }),
        remarks,
    })
}

fn inputs<'a>(executed: Executed<'a>, model: &'a [Point], baseline: Measured<'a>, cluster: usize) -> Inputs<'a> {
    let pool = executed.group.prepared[executed.index].ready.stated.claims.pool.max(1);
    let scrubbed = &executed.observed.scrubbed[executed.index].points;
    let cluster = common_multiple(pool, cluster.max(1)).min(model.len().max(1));
    Inputs { model, scrubbed, baseline, rows: executed.dataset.rows, cluster }
}

/// The estimates from one baseline.
fn measured_from(executed: Executed<'_>, baseline: &Baseline, model: &[Point]) -> Result<Against, Fault> {
    let prepared = executed.prepared();
    let draws = prepared.baseline.map(|draw| prepared.draws.of(draw.0));
    let (points, cluster) = match (baseline, draws) {
        (Baseline::Hypothesis { name, shown }, _) => {
            let all = &executed.group.prepared;
            let place = all.iter().position(|other| other.ready.stated.claims.name == *name);
            let place = place.expect("baselines are checked to be of the same model and data");
            if all[place].draws.of(0) != prepared.draws.of(0) {
                let name = &prepared.ready.stated.claims.name;
                return Err(Box::new(messages::baseline_other_references(
                    prepared.ready.stated.spans.name,
                    name,
                    shown,
                )));
            }
            (executed.observed.scrubbed[place].points.clone(), all[place].ready.stated.claims.pool)
        }
        (Baseline::Shuffled, Some(drawn)) => (sampled(executed, drawn), 1),
        (Baseline::Shuffled, None) => {
            let exact = Measured::Exact(ratio(executed.clean.shuffled.as_deref().unwrap_or_default()));
            let estimates = estimate(inputs(executed, model, exact, 1));
            return Ok(Against { baseline: baseline.clone(), sampled: false, estimates });
        }
    };
    let estimates = estimate(inputs(executed, model, Measured::Sampled(&points), cluster));
    Ok(Against { baseline: baseline.clone(), sampled: true, estimates })
}

/// The points of the baseline `shuffled` with these rows.
fn sampled(executed: Executed<'_>, drawn: &[u32]) -> Vec<Point> {
    if let Some(points) = &executed.scrubbed().baseline {
        return points.clone();
    }
    let pairs = executed.prepared().draws.of(0).iter().zip(drawn);
    pairs.map(|(row, other)| executed.clean.paired.get(&(*row, *other)).copied().unwrap_or(Point::NONE)).collect()
}

fn doubts(executed: Executed<'_>, estimates: &Estimates, against: &[Against]) -> Vec<Diagnostic> {
    let stated = &executed.prepared().ready.stated;
    let (name, span) = (&stated.claims.name, stated.spans.name);
    let mut found = Vec::new();
    for Against { baseline, estimates, .. } in against {
        if estimates.recovered.is_none() {
            let (model, value) = (estimates.model.value, estimates.baseline.value);
            found.push(statistics::undefined(span, name, model, (baseline.shown(), value)));
        }
    }
    let points = &executed.scrubbed().points;
    let counting = points.iter().filter(|point| point.weight > 0.0).count();
    let share = extreme_share(points, FEW);
    let varies = match against {
        [] => estimates.scrubbed.error > 1e-9,
        _ => estimates.recovered.is_some_and(|recovered| recovered.error > 1e-9),
    };
    if varies && (counting < FEW * 40 || share > 0.5) {
        found.push(statistics::few_decide(span, name, counting, FEW, share));
    }
    found
}

fn common_multiple(one: usize, other: usize) -> usize {
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (one / a.max(1)).saturating_mul(other)
}
