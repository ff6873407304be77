//! Reference points: what variations of a hypothesis recover, beside what it recovers itself on the
//! same references.

use super::varied::Varieties;
use crate::diagnostics::Diagnostic;
use crate::estimate::{Baseline, Estimate, Inputs, Looks, Point, Varies, estimate, gain, ratio};
use crate::execute::{Begun, Executor, Work};
use crate::plan::Plan;
use crate::vary::{Change, Kind};
use std::collections::BTreeSet;
use std::ops::Range;

type Fault = Box<Diagnostic>;

/// What was seen of the variations of one hypothesis.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// References that all variations were run on: the first ones.
    pub references: usize,
    /// Those with a behaviour that is a finite number everywhere.
    pub all: Vec<(Kind, Vec<Point>)>,
    /// The changes, and the refinements among them, with the least and with the greatest behaviour, by
    /// place in `all`, and what they give for as many references behind the first ones.
    pub extremes: Vec<(usize, Vec<Point>)>,
}

/// What the score of a hypothesis can be held against.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePoints {
    /// The first references of the hypothesis: all of this is about them, but for changes.
    pub references: usize,
    /// What the hypothesis itself recovers on these.
    pub own: Option<Estimate>,
    /// Without any claim.
    pub empty: Option<Estimate>,
    /// With the features of other rows.
    pub permuted: Option<Estimate>,
    pub random: Option<Random>,
    pub changes: Option<Changes>,
}

/// The same claims between random places.
#[derive(Debug, Clone, PartialEq)]
pub struct Random {
    /// What each of them recovers, ascending.
    pub recovered: Vec<f64>,
    /// Those that recover less than the hypothesis.
    pub beaten: usize,
    /// (1 + those that recover at least as much) / (1 + all): the chance that an explanation drawn
    /// among them ranks as high.
    pub p: f64,
}

/// The hypothesis with one claim changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub tried: usize,
    /// Those of them that claim more than the hypothesis.
    pub refinements: usize,
    /// What the hypothesis itself recovers on the references that the chosen ones are measured on.
    pub own: Option<Estimate>,
    /// What recovers least, if that is less than the hypothesis recovers.
    pub worst: Option<Changed>,
    /// The same among the refinements.
    pub worst_refinement: Option<Changed>,
    /// What recovers most, if that is more.
    pub best: Option<Changed>,
}

/// One of them, chosen on the first references and measured on others.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub change: Change,
    pub recovered: Option<Estimate>,
    /// What it recovers more than the hypothesis, paired by reference.
    pub gain: Option<Estimate>,
}

/// Runs the variations of all hypotheses of a group, which stand in the plan one behind the other:
/// `first` is the place of the first of them.
///
/// # Errors
/// A fault of the engine.
pub fn run(
    tools: (&Executor<'_>, &Begun, &Plan),
    (varieties, first): (&[Varieties], usize),
    works: &[Work<'_>],
) -> Result<Vec<Seen>, Fault> {
    let mut start = 0;
    let mut found = Vec::new();
    for own in varieties {
        let end = start + own.all.len();
        found.push(run_one(tools, (own, first + start), &works[start..end])?);
        start = end;
    }
    Ok(found)
}

fn run_one(
    (executor, begun, plan): (&Executor<'_>, &Begun, &Plan),
    (varieties, first): (&Varieties, usize),
    works: &[Work<'_>],
) -> Result<Seen, Fault> {
    let n = varieties.references;
    let mut seen = Seen { references: n, ..Seen::default() };
    let scrub = |at: usize, references: Range<usize>| {
        let scrubbed = executor.scrub(begun, plan, (first + at, &works[at]), references)?;
        let is_finite = scrubbed.points.iter().all(|point| point.is_finite());
        Ok::<_, Fault>(is_finite.then_some(scrubbed.points))
    };
    let mut places = Vec::new();
    for (at, varied) in varieties.all.iter().enumerate() {
        if let Some(points) = scrub(at, 0..n)? {
            seen.all.push((varied.kind.clone(), points));
            places.push(at);
        }
    }
    for place in extremes(&seen.all) {
        if let Some(points) = scrub(places[place], n..2 * n)? {
            seen.extremes.push((place, points));
        }
    }
    Ok(seen)
}

/// The changes with the least and the greatest mean, the first of equal ones, and those of the
/// refinements: which of the two is the worst depends on the baseline.
fn extremes(all: &[(Kind, Vec<Point>)]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for all_changes in [true, false] {
        let counts = |kind: &Kind| matches!(kind, Kind::Changed(change) if all_changes || change.is_refinement());
        let means: Vec<(usize, f64)> = (0..all.len())
            .filter(|at| counts(&all[*at].0))
            .map(|at| (at, ratio(&all[at].1)))
            .filter(|(_, mean)| mean.is_finite())
            .collect();
        let least = means.iter().copied().reduce(|best, next| if next.1 < best.1 { next } else { best });
        let greatest = means.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
        found.extend(least.into_iter().chain(greatest).map(|(at, _)| at));
    }
    found
}

/// Reference points of a hypothesis that gave these points, from its first baseline.
#[must_use]
pub fn reference_points(inputs: Inputs<'_>, seen: &Seen) -> Option<ReferencePoints> {
    let n = seen.references;
    if seen.all.is_empty() || n.div_ceil(inputs.cluster.max(1)) < 2 {
        return None;
    }
    let first = part(inputs, 0..n);
    let own = estimate(first).recovered;
    // The variations have draws, whether or not the hypothesis has.
    let recovered = |points: &[Point]| estimate(Inputs { scrubbed: points, varies: Varies::Draws, ..first }).recovered;
    let of_kind = |kind: &Kind| seen.all.iter().find(|(own, _)| own == kind).and_then(|(_, points)| recovered(points));
    let random = seen.all.iter().filter(|(kind, _)| *kind == Kind::Random);
    let random: Vec<f64> = random.filter_map(|(_, points)| Some(recovered(points)?.value)).collect();
    Some(ReferencePoints {
        references: n,
        own,
        empty: of_kind(&Kind::Empty),
        permuted: of_kind(&Kind::Permuted),
        random: own.and_then(|own| ranked(own.value, random)),
        changes: changes(inputs, seen),
    })
}

/// The same of some references, whose number does not depend on what was seen.
fn part(inputs: Inputs<'_>, range: Range<usize>) -> Inputs<'_> {
    let baseline = match inputs.baseline {
        Baseline::Exact(value) => Baseline::Exact(value),
        Baseline::Sampled(points) => Baseline::Sampled(&points[range.clone()]),
    };
    Inputs {
        model: &inputs.model[range.clone()],
        scrubbed: &inputs.scrubbed[range],
        baseline,
        looks: Looks::Once,
        ..inputs
    }
}

fn ranked(own: f64, mut recovered: Vec<f64>) -> Option<Random> {
    if recovered.is_empty() {
        return None;
    }
    recovered.sort_by(f64::total_cmp);
    let beaten = recovered.iter().filter(|other| **other < own).count();
    let p = (1 + recovered.len() - beaten) as f64 / (1 + recovered.len()) as f64;
    Some(Random { recovered, beaten, p })
}

fn changes(inputs: Inputs<'_>, seen: &Seen) -> Option<Changes> {
    let all =
        || seen.all.iter().filter_map(|(kind, _)| if let Kind::Changed(change) = kind { Some(change) } else { None });
    let n = seen.references;
    let (first, rest) = (part(inputs, 0..n), part(inputs, n..2 * n));
    let found: Vec<(f64, Changed)> = seen
        .extremes
        .iter()
        .filter_map(|(at, points)| {
            let (Kind::Changed(change), chosen) = &seen.all[*at] else { return None };
            let recovered = estimate(Inputs { scrubbed: points, varies: Varies::Draws, ..rest }).recovered;
            let by = gain(first, chosen)?.value;
            Some((by, Changed { change: change.clone(), recovered, gain: gain(rest, points) }))
        })
        .collect();
    // The first of equal ones, in the order of the changes.
    let least = |counts: &dyn Fn(&Change) -> bool, sign: f64| {
        let of_kind = found.iter().filter(|(by, changed)| sign * *by < 0.0 && counts(&changed.change));
        of_kind.min_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0))).map(|(_, changed)| changed.clone())
    };
    let tried = all().count();
    (tried > 0).then(|| Changes {
        tried,
        refinements: all().filter(|change| change.is_refinement()).count(),
        own: estimate(rest).recovered,
        worst: least(&|_| true, 1.0),
        worst_refinement: least(&Change::is_refinement, 1.0),
        best: least(&|_| true, -1.0),
    })
}
