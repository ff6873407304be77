//! From observations to estimates: each hypothesis beside the model and beside its baselines, which
//! can have been run in another group.

use super::blame::{Blame, Claim, Interaction, Together, blame, interaction};
use super::classified::ClassesSeen;
use super::outcome::{Against, Done, Kept};
use super::panel::{Panel, panel};
use super::points::{ReferencePoints, Seen, reference_points};
use super::sequential::Stopped;
use super::size::Size;
use super::slices::SlicesSeen;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{run as messages, statistics};
use crate::estimate::{Baseline as Measured, Estimates, Inputs, Looks, Point, Varies, estimate, extreme_share};
use crate::hypothesis::{Baseline, Ready};

type Fault = Box<Diagnostic>;

/// If this many examples make up most of the variance, or there are fewer than 40 times as many,
/// an interval might be too narrow.
const FEW: usize = 5;
/// With fewer groups of references that share draws, intervals cover too rarely (`tests/estimates/small.rs`).
const FEWEST_GROUPS: usize = 30;

/// What a run has seen of one hypothesis.
#[derive(Debug, Clone)]
pub struct Observation<'a> {
    pub ready: &'a Ready,
    /// The behaviour of the untouched model, by reference.
    pub model: Vec<Point>,
    /// The behaviour under the hypothesis, by reference.
    pub scrubbed: Vec<Point>,
    /// The same with the draws of one claim exact, for blame.
    pub relaxed: Vec<(Claim, Vec<Point>)>,
    /// The same with those of two claims exact.
    pub together: Option<Together>,
    /// What its variations gave, for reference points.
    pub seen: Seen,
    pub shuffled: Shuffle,
    pub slices: SlicesSeen,
    /// What its classifier says, if its behaviour is the loss of one.
    pub classes: Option<ClassesSeen>,
    /// Rows of the dataset.
    pub rows: usize,
    pub looks: Looks,
    /// What its numbers depend on.
    pub varies: Varies,
    pub stopped: Stopped,
    pub identity_error: f64,
    pub size: Size,
    /// Dataset rows of the references, in ordinal order.
    pub references: Vec<u32>,
    pub kept: Option<Kept>,
    pub remarks: Vec<Diagnostic>,
}

/// The baseline `shuffled`.
#[derive(Debug, Clone)]
pub enum Shuffle {
    /// Over all pairs of rows; NaN where nobody asks for it.
    Exact(f64),
    /// By reference.
    Sampled(Vec<Point>),
}

impl Observation<'_> {
    /// The name of the hypothesis.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.ready.stated.claims.name
    }

    pub(super) fn pool(&self) -> usize {
        self.ready.stated.claims.pool.max(1)
    }
}

/// Estimates of all hypotheses of the file, in the order of the observations. Those that were run
/// as baselines alone are left out.
///
/// # Errors
/// A baseline with other references, or pools so large that there is only one.
pub fn compared(observed: Vec<Observation<'_>>) -> Result<Vec<Done>, Fault> {
    let reported = observed.iter().filter(|one| one.ready.reported);
    let measured = reported.map(|one| {
        let rest = (blamed(one, &observed), panel_of(one, &observed), points(one, &observed));
        Ok((against(one, &observed)?, rest))
    });
    let measured = measured.collect::<Result<Vec<_>, Fault>>()?;
    let reported = observed.into_iter().filter(|one| one.ready.reported);
    Ok(reported
        .zip(measured)
        .map(|(one, (against, (blame, panel, points)))| Done { points, ..done(one, against, blame, panel) })
        .collect())
}

/// The estimates of one of them from each of its baselines, with all references that were run.
///
/// # Errors
/// A baseline with other references, or pools so large that there is only one.
pub(super) fn against(one: &Observation<'_>, all: &[Observation<'_>]) -> Result<Vec<Against>, Fault> {
    one.ready.baselines.iter().map(|baseline| measured_from(one, baseline, all)).collect()
}

/// Measured from the first baseline.
fn blamed(one: &Observation<'_>, all: &[Observation<'_>]) -> (Vec<Blame>, Option<Interaction>) {
    let Some((measured, cluster)) = one.ready.baselines.first().map(|first| zero(one, first, all)) else {
        return (Vec::new(), None);
    };
    (blame(one, measured, cluster), interaction(one, measured, cluster))
}

/// Measured from the first baseline.
fn panel_of(one: &Observation<'_>, all: &[Observation<'_>]) -> Panel {
    let first = one.ready.baselines.first();
    let (measured, cluster) = first.map_or((Measured::Exact(f64::NAN), one.pool()), |first| zero(one, first, all));
    let other = first.and_then(Baseline::hypothesis).map(|name| named(name, all));
    panel(one, (first, other), inputs(one, measured, cluster))
}

/// From the first baseline; without one the two means are all there is.
pub(super) fn estimates(one: &Observation<'_>, against: &[Against]) -> Estimates {
    let alone = || estimate(inputs(one, Measured::Exact(f64::NAN), one.pool()));
    against.first().map_or_else(alone, |first| first.estimates)
}

fn points(one: &Observation<'_>, all: &[Observation<'_>]) -> Option<ReferencePoints> {
    let (measured, cluster) = zero(one, one.ready.baselines.first()?, all);
    reference_points(inputs(one, measured, cluster), &one.seen)
}

fn done(
    one: Observation<'_>,
    against: Vec<Against>,
    (blame, interaction): (Vec<Blame>, Option<Interaction>),
    panel: Panel,
) -> Done {
    let estimates = estimates(&one, &against);
    let doubts = doubts(&one, &estimates, &against);
    Done {
        name: one.name().to_owned(),
        behaviour: one.ready.behaviour.clone(),
        output_names: one.ready.outputs.clone(),
        estimates,
        against,
        blame,
        panel,
        interaction,
        points: None,
        looks: one.looks,
        stopped: one.stopped,
        identity_error: one.identity_error,
        size: one.size,
        references: one.references,
        model: one.model,
        scrubbed: one.scrubbed,
        kept: one.kept,
        remarks: one.remarks.into_iter().chain(doubts).collect(),
    }
}

pub(super) fn inputs<'a>(one: &'a Observation<'_>, baseline: Measured<'a>, cluster: usize) -> Inputs<'a> {
    Inputs {
        model: &one.model,
        scrubbed: &one.scrubbed,
        baseline,
        rows: one.rows,
        cluster,
        looks: one.looks,
        varies: one.varies,
    }
}

fn named<'o, 'a>(name: &str, all: &'o [Observation<'a>]) -> &'o Observation<'a> {
    let other = all.iter().find(|other| other.name() == name);
    other.expect("baselines are checked to be hypotheses that are run")
}

/// What a baseline was observed to give, and how many references share draws.
pub(super) fn zero<'o>(
    one: &'o Observation<'_>,
    baseline: &Baseline,
    all: &'o [Observation<'_>],
) -> (Measured<'o>, usize) {
    match (baseline, &one.shuffled) {
        (Baseline::Shuffled, Shuffle::Exact(value)) => (Measured::Exact(*value), one.pool()),
        (Baseline::Shuffled, Shuffle::Sampled(points)) => (Measured::Sampled(points), one.pool()),
        (Baseline::Hypothesis { name, .. }, _) => {
            let other = named(name, all);
            // It may have been run on more.
            let same = &other.scrubbed[..one.references.len().min(other.scrubbed.len())];
            (Measured::Sampled(same), common_multiple(one.pool(), other.pool()))
        }
    }
}

/// The estimates from one baseline.
fn measured_from(one: &Observation<'_>, baseline: &Baseline, all: &[Observation<'_>]) -> Result<Against, Fault> {
    if let Baseline::Hypothesis { name, shown } = baseline
        && !named(name, all).references.starts_with(&one.references)
    {
        let span = one.ready.stated.spans.name;
        return Err(Box::new(messages::baseline_other_references(span, one.name(), shown)));
    }
    let (measured, cluster) = zero(one, baseline, all);
    let n = one.references.len();
    if n.div_ceil(cluster) < 2 {
        return Err(Box::new(statistics::too_few_pools(one.ready.stated.spans.name, one.name(), n, cluster)));
    }
    let sampled = matches!(measured, Measured::Sampled(_));
    Ok(Against { baseline: baseline.clone(), sampled, estimates: estimate(inputs(one, measured, cluster)) })
}

fn doubts(one: &Observation<'_>, estimates: &Estimates, against: &[Against]) -> Vec<Diagnostic> {
    let span = one.ready.stated.spans.name;
    let mut found = Vec::new();
    for Against { baseline, estimates, .. } in against {
        if estimates.recovered.is_none() {
            let (model, value) = (estimates.model.value, estimates.baseline.value);
            found.push(statistics::undefined(span, one.name(), model, (baseline.shown(), value)));
        }
    }
    let counting = one.scrubbed.iter().filter(|point| point.weight > 0.0).count();
    let share = extreme_share(&one.scrubbed, FEW);
    let varies = match against {
        [] => estimates.scrubbed.error > 1e-9,
        _ => estimates.recovered.is_some_and(|recovered| recovered.error > 1e-9),
    };
    let groups = counting.div_ceil(one.pool());
    if estimates.scrubbed.error > 1e-9 && one.pool() > 1 && groups < FEWEST_GROUPS {
        found.push(statistics::few_groups(span, one.name(), groups, (one.pool(), FEWEST_GROUPS)));
    }
    if let Some(few) = estimates.few {
        found.push(statistics::few_differ(span, one.name(), counting, few));
    } else if varies && (counting < FEW * 40 || share > 0.5) {
        found.push(statistics::few_decide(span, one.name(), counting, FEW, share));
    }
    found
}

/// References that share draws in one of two hypotheses are of one cluster of so many.
pub(super) fn common_multiple(one: usize, other: usize) -> usize {
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (one / a.max(1)).saturating_mul(other)
}
