//! What was observed of one hypothesis, checked.

use super::classified::{ClassesSeen, Said};
use super::compare::{Observation, Shuffle};
use super::outcome::{Kept, swapped_nothing};
use super::points::Seen;
use super::sequential::Course;
use super::size::{Size, size};
use super::slices::{Sliced, SlicesSeen};
use super::{Group, Prepared};
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{run as messages, statistics};
use crate::estimate::{Point, Varies, ratio};
use crate::execute::{Clean, Estimator, Executor, Scrubbed, Untouched, identity_error};
use crate::lower::{Content, Draw, Fill, Role, Tree, Visit};
use std::sync::Arc;

type Fault = Box<Diagnostic>;

/// With every draw exact, the outputs may differ from the model's by this much of the largest.
const IDENTITY_LIMIT: f64 = 1e-3;
/// References on which the difference from the model is measured.
const IDENTITY_REFERENCES: usize = 64;

/// A hypothesis of a group of which references have been run, and what was seen of them.
#[derive(Clone, Copy)]
pub struct Executed<'e, 'a> {
    pub group: &'e Group<'a>,
    pub index: usize,
    pub clean: &'e Clean,
    pub scrubbed: &'e Scrubbed,
    pub dataset: &'a Dataset,
    pub sliced: &'e Sliced,
    pub said: Option<&'e Arc<Said>>,
}

impl<'e, 'a> Executed<'e, 'a> {
    fn prepared(&self) -> &'e Prepared<'a> {
        &self.group.prepared[self.index]
    }

    /// The rows of the references that were run.
    fn references(&self) -> &'e [u32] {
        let all = self.prepared().draws.of(0);
        &all[..self.scrubbed.points.len().min(all.len())]
    }
}

/// What was seen, not yet checked.
#[must_use]
pub fn observation<'a>(executed: Executed<'_, 'a>, course: &Course) -> Observation<'a> {
    let references = executed.references();
    Observation {
        ready: executed.prepared().ready,
        model: references.iter().map(|row| executed.clean.model[*row as usize]).collect(),
        shuffled: shuffled(executed),
        slices: slices(executed),
        classes: executed
            .said
            .zip(executed.scrubbed.sides.as_ref())
            .map(|(said, sides)| ClassesSeen { said: Arc::clone(said), sides: sides.clone() }),
        rows: executed.dataset.rows,
        looks: course.looks(),
        varies: varies(&executed.prepared().program.tree),
        stopped: course.stopped(),
        identity_error: f64::NAN,
        size: Size::default(),
        references: references.to_vec(),
        scrubbed: executed.scrubbed.points.clone(),
        relaxed: Vec::new(),
        together: None,
        seen: Seen::default(),
        kept: None,
        remarks: Vec::new(),
    }
}

/// What the numbers of a hypothesis depend on. Without a draw or anything that stands for one they are
/// the model's own.
fn varies(tree: &Tree) -> Varies {
    let is_random = |draw: &Draw| !matches!(draw.role, Role::Reference | Role::Baseline);
    let is_filled = |visit: &Visit| {
        let replaces = |fill: &Fill| matches!(fill, Fill::Mean(_) | Fill::Constant(_));
        !matches!(visit.content, Content::Clean | Content::Opened) || visit.fills.iter().any(replaces)
    };
    match (tree.draws.iter().any(is_random), tree.visits.iter().any(is_filled)) {
        (true, _) => Varies::Draws,
        (false, true) => Varies::Rows,
        (false, false) => Varies::Nothing,
    }
}

/// # Errors
/// A behaviour of which nothing counts, or a plan that does not give the model's outputs.
pub fn finish<'a>(
    executed: Executed<'_, 'a>,
    course: &Course,
    (executor, estimator, untouched): (&Executor<'_>, &dyn Estimator, &mut Untouched),
) -> Result<Observation<'a>, Fault> {
    let Executed { group, scrubbed, .. } = executed;
    let prepared = executed.prepared();
    let (ready, claims) = (prepared.ready, &prepared.ready.stated.claims);
    let found = observation(executed, course);
    if found.model.iter().all(|point| point.weight == 0.0) {
        return Err(Box::new(statistics::no_reference_counts(
            ready.stated.spans.behaviour,
            &ready.behaviour,
            found.model.len(),
        )));
    }
    let references = executed.references();
    let checked_rows = &references[..references.len().min(IDENTITY_REFERENCES).min(group.plan.clean_batch)];
    let identity =
        identity_error(executor, &prepared.program, &claims.outputs, checked_rows, (Some(estimator), untouched))?;
    if identity > IDENTITY_LIMIT || identity.is_nan() {
        return Err(Box::new(messages::not_the_model(ready.stated.spans.name, &claims.name, identity)));
    }
    Ok(Observation {
        identity_error: identity,
        size: size(prepared, group.model, executed.dataset.rows),
        kept: scrubbed.outputs.clone().map(|(clean, scrubbed)| Kept { clean, scrubbed }),
        remarks: swapped_nothing(prepared, &scrubbed.swaps),
        ..found
    })
}

/// What is known of its slices.
fn slices(executed: Executed<'_, '_>) -> SlicesSeen {
    let prepared = executed.prepared();
    SlicesSeen {
        slicings: Arc::clone(&executed.sliced.slicings),
        exact: executed.clean.of_slices.iter().map(|point| point.value()).collect(),
        paired_with: prepared.baseline.map(|draw| prepared.draws.of(draw.0)[..executed.references().len()].to_vec()),
    }
}

/// The baseline `shuffled`, where it was asked for.
fn shuffled(executed: Executed<'_, '_>) -> Shuffle {
    let prepared = executed.prepared();
    let Some(draw) = prepared.baseline else {
        return Shuffle::Exact(ratio(executed.clean.shuffled.as_deref().unwrap_or_default()));
    };
    if let Some(points) = &executed.scrubbed.baseline {
        return Shuffle::Sampled(points.clone());
    }
    let pairs = executed.references().iter().zip(prepared.draws.of(draw.0));
    let point = |(row, other): (&u32, &u32)| executed.clean.paired.get(&(*row, *other)).copied();
    Shuffle::Sampled(pairs.map(|pair| point(pair).unwrap_or(Point::NONE)).collect())
}
