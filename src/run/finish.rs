//! What was observed of one hypothesis, checked.

use super::blame::Claim;
use super::compare::{Observation, Shuffle};
use super::outcome::{Kept, swapped_nothing};
use super::points::Seen;
use super::{Group, Prepared, locate};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{run as messages, statistics};
use crate::estimate::{Point, ratio};
use crate::execute::{Clean, Estimator, Executor, Observed, Scrubbed, Untouched, identity_error};
use crate::hypothesis::Ready;

type Fault = Box<Diagnostic>;

/// With every draw exact, the outputs may differ from the model's by this much of the largest.
const IDENTITY_LIMIT: f64 = 1e-3;
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

    /// What was seen with the draws of one claim exact: it stands behind all hypotheses.
    fn relaxed(&self, tools: (&Executor<'_>, &dyn Estimator)) -> Result<Vec<(Claim, Vec<Point>)>, Fault> {
        let before = self.group.prepared[..self.index].iter().map(|one| one.relaxed.len()).sum::<usize>();
        let first = self.group.prepared.len() + before;
        let prepared = self.prepared();
        let mut found = Vec::new();
        for (relaxed, seen) in prepared.relaxed.iter().zip(&self.observed.scrubbed[first..]) {
            locate::all_finite(tools, prepared, self.dataset, &self.clean.model, &seen.points)?;
            found.push((relaxed.claim, seen.points.clone()));
        }
        Ok(found)
    }
}

/// # Errors
/// A behaviour that is not a finite number or of which nothing counts, or a plan that does not give
/// the model's outputs.
pub fn finish<'a>(
    executed: Executed<'_>,
    ready: &'a Ready,
    executor: &Executor<'_>,
    untouched: &mut Untouched,
) -> Result<Observation<'a>, Fault> {
    let Executed { group, clean, dataset, estimator, .. } = executed;
    let prepared = executed.prepared();
    let claims = &ready.stated.claims;
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
    let identity =
        identity_error(executor, &prepared.program, &claims.outputs, checked_rows, (Some(estimator), untouched))?;
    if identity > IDENTITY_LIMIT || identity.is_nan() {
        return Err(Box::new(messages::not_the_model(ready.stated.spans.name, &claims.name, identity)));
    }
    Ok(Observation {
        ready,
        model,
        seen: Seen::default(),
        shuffled: shuffled(executed),
        rows: dataset.rows,
        identity_error: identity,
        references: references.to_vec(),
        scrubbed: scrubbed.points.clone(),
        relaxed: executed.relaxed((executor, estimator))?,
        kept: scrubbed.outputs.clone().map(|(clean, scrubbed)| Kept { clean, scrubbed }),
        remarks: swapped_nothing(prepared, &scrubbed.swaps),
    })
}

/// The baseline `shuffled`, where it was asked for.
fn shuffled(executed: Executed<'_>) -> Shuffle {
    let prepared = executed.prepared();
    let Some(draw) = prepared.baseline else {
        return Shuffle::Exact(ratio(executed.clean.shuffled.as_deref().unwrap_or_default()));
    };
    if let Some(points) = &executed.scrubbed().baseline {
        return Shuffle::Sampled(points.clone());
    }
    let pairs = prepared.draws.of(0).iter().zip(prepared.draws.of(draw.0));
    let point = |(row, other): (&u32, &u32)| executed.clean.paired.get(&(*row, *other)).copied();
    Shuffle::Sampled(pairs.map(|pair| point(pair).unwrap_or(Point::NONE)).collect())
}
