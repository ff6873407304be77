//! How many references each hypothesis is run on. `--n` says it; else a hypothesis of which something
//! is expected is looked at after 1,000, 2,000, 4,000 references and so on, until its expectations are
//! decided and its precision is reached, or the budget is spent.
//!
//! A hypothesis that others are measured from is run on as many references as they are. So a
//! hypothesis can go past the look at which it would have stopped; what counts is what its interval
//! says there, which is valid at any number of references.

use super::compare::{self, Observation};
use super::outcome::decided;
use super::staged::{Running, Tools};
use super::{Group, Prepared, Settings};
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::estimate::{Looks, Verdict};
use crate::execute::Untouched;
use crate::hypothesis::{Checked, Expectation};
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// References at the first look.
pub const FIRST_LOOK: usize = 1_000;

/// Why no more references were run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stopped {
    /// The number was given, by `--n` or by a file of draws.
    AsAsked,
    /// Every expectation is confirmed or refuted.
    Decided,
    /// And the interval is as narrow as was asked for.
    PrecisionReached,
    BudgetSpent,
    AllRows,
}

impl Stopped {
    /// As reports say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Stopped::AsAsked => "as asked",
            Stopped::Decided => "decided",
            Stopped::PrecisionReached => "precision reached",
            Stopped::BudgetSpent => "budget spent",
            Stopped::AllRows => "all rows",
        }
    }
}

/// What a hypothesis is run for.
#[derive(Debug)]
struct Aim<'a> {
    expectations: Vec<&'a Expectation>,
    /// Half the width of the interval of recovered.
    precision: Option<f64>,
}

impl Aim<'_> {
    /// Whether what was seen is enough. References that are all in one pool are not, and none are
    /// of which few differ from the rest: what is rare shows late.
    fn is_reached(&self, one: &Observation<'_>, baselines: &[Observation<'_>]) -> bool {
        let Ok(against) = compare::against(one, baselines) else { return false };
        let estimates = compare::estimates(one, &against);
        if estimates.few.is_some() {
            return false;
        }
        let is_open = |clause: &&Expectation| decided(&estimates, &against, clause) == Verdict::Undecided;
        let is_narrow = |most: f64| {
            let mut shares = against.iter().map(|against| against.estimates.recovered);
            shares.all(|found| found.is_some_and(|found| (found.high - found.low) / 2.0 <= most))
        };
        !self.expectations.iter().any(is_open) && self.precision.is_none_or(is_narrow)
    }
}

/// How far one hypothesis is run, and why no further.
#[derive(Debug)]
pub struct Course<'a> {
    /// Its group among those that are run together, and its place there.
    place: (usize, usize),
    /// The places of hypotheses that it is measured from.
    baselines: Vec<usize>,
    /// What to look for; `None` where one look is all there is.
    aim: Option<Aim<'a>>,
    /// The most references.
    most: usize,
    /// References to run.
    n: usize,
    /// The look that was last judged, and whether the aim was reached there.
    judged: Option<(usize, bool)>,
    looks: Looks,
    stopped: Stopped,
}

impl Course<'_> {
    #[must_use]
    pub fn looks(&self) -> Looks {
        self.looks
    }

    #[must_use]
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }
}

/// The look after one with so many references; the last is at the most there can be.
#[must_use]
pub fn next_look(references: usize, most: usize) -> usize {
    let mut look = FIRST_LOOK;
    while look <= references && look < most {
        look = look.saturating_mul(2);
    }
    look.min(most)
}

/// Runs groups that hold baselines of each other.
///
/// # Errors
/// A fault of the engine, a behaviour that is not a finite number, or a plan that does not give the
/// model's outputs.
pub fn observe<'a>(
    groups: &[&Group<'a>],
    checked: &'a Checked,
    engine: &dyn Engine,
    settings: Settings,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Observation<'a>>, Fault> {
    let tools = groups.iter().map(|group| Tools::new(group, checked, settings));
    let tools: Vec<Tools<'_, 'a>> = tools.collect::<Result<_, Fault>>()?;
    let begin = |tools| Running::begin(tools, engine, progress);
    let mut running = tools.iter().map(begin).collect::<Result<Vec<_>, Fault>>()?;
    let mut courses = courses(groups, checked);
    while advance(&mut running, &mut courses)? {}
    settle(&mut courses, groups);
    let varied = running.iter().map(Running::varied).collect::<Result<Vec<_>, Fault>>()?;
    let mut untouched = Untouched::default();
    let mut finished = Vec::new();
    for (course, seen) in courses.iter().zip(varied.into_iter().flatten()) {
        let (group, index) = course.place;
        finished.push(Observation { seen, ..running[group].finish(index, course, &mut untouched)? });
    }
    Ok(finished)
}

/// Where each hypothesis begins.
fn courses<'a>(groups: &[&Group<'a>], checked: &'a Checked) -> Vec<Course<'a>> {
    let all: Vec<((usize, usize), &Prepared<'a>)> = groups
        .iter()
        .enumerate()
        .flat_map(|(group, found)| found.prepared.iter().enumerate().map(move |(at, one)| ((group, at), one)))
        .collect();
    let name = |one: &Prepared<'a>| one.ready.stated.claims.name.as_str();
    let places: BTreeMap<&str, usize> = all.iter().enumerate().map(|(at, (_, one))| (name(one), at)).collect();
    let of = |one: &Prepared<'a>| -> Vec<usize> {
        let names = one.ready.baselines.iter().filter_map(|baseline| baseline.hypothesis());
        names.filter_map(|name| places.get(name).copied()).collect()
    };
    let serves: Vec<usize> = all.iter().flat_map(|(_, one)| of(one)).collect();
    let one = |(at, (place, prepared)): (usize, &((usize, usize), &Prepared<'a>))| {
        let most = prepared.draws.references();
        let expectations: Vec<&Expectation> =
            checked.expectations.iter().filter(|clause| clause.hypothesis == name(prepared)).collect();
        let precision = checked.precisions.get(name(prepared)).copied();
        let is_aimed = precision.is_some() || !expectations.is_empty();
        let aim = Aim { expectations, precision };
        // With one look nothing is chosen by what was seen.
        let aim = Some(aim).filter(|_| is_aimed && !prepared.as_asked && most > FIRST_LOOK);
        let n = match &aim {
            Some(_) => FIRST_LOOK,
            None if !is_aimed && serves.contains(&at) => 0,
            None => most,
        };
        let looks = if aim.is_some() { Looks::From(FIRST_LOOK) } else { Looks::Once };
        let baselines = of(prepared);
        Course { place: *place, baselines, aim, most, n, judged: None, looks, stopped: Stopped::AsAsked }
    };
    all.iter().enumerate().map(one).collect()
}

/// Runs what is to be run, and judges it; whether more is to be run now.
fn advance(running: &mut [Running<'_, '_, '_>], courses: &mut [Course<'_>]) -> Result<bool, Fault> {
    while serve(courses) {}
    for course in courses.iter() {
        running[course.place.0].extend(course.place.1, course.n)?;
    }
    let seen = |course: &Course<'_>| running[course.place.0].observation(course.place.1, course);
    let mut judged = Vec::new();
    for (at, course) in courses.iter().enumerate() {
        let Some(aim) = &course.aim else { continue };
        if course.judged.is_none_or(|(n, _)| n != course.n) {
            let baselines: Vec<Observation<'_>> = course.baselines.iter().map(|other| seen(&courses[*other])).collect();
            judged.push((at, aim.is_reached(&seen(course), &baselines)));
        }
    }
    let mut more = false;
    for (at, is_reached) in judged {
        let course = &mut courses[at];
        course.judged = Some((course.n, is_reached));
        if !is_reached && course.n < course.most {
            course.n = next_look(course.n, course.most);
            more = true;
        }
    }
    Ok(more)
}

/// What others are measured from has their references; whether that has changed anything.
fn serve(courses: &mut [Course<'_>]) -> bool {
    let mut changed = false;
    for at in 0..courses.len() {
        for other in courses[at].baselines.clone() {
            let wanted = courses[at].n.min(courses[other].most);
            changed |= courses[other].n < wanted;
            courses[other].n = courses[other].n.max(wanted);
        }
    }
    changed
}

/// Says why each has stopped. One that serves others alone has stopped with them.
fn settle(courses: &mut [Course<'_>], groups: &[&Group<'_>]) {
    for course in courses.iter_mut() {
        let group = groups[course.place.0];
        let reached = course.judged.is_some_and(|(_, is_reached)| is_reached);
        course.stopped = match &course.aim {
            _ if group.prepared[course.place.1].as_asked => Stopped::AsAsked,
            Some(Aim { precision: Some(_), .. }) if reached => Stopped::PrecisionReached,
            Some(_) if reached => Stopped::Decided,
            _ if course.n >= group.plan.rows => Stopped::AllRows,
            _ => Stopped::BudgetSpent,
        };
    }
    for at in 0..courses.len() {
        let serves = |user: &&Course<'_>| user.baselines.contains(&at) && user.n == courses[at].n;
        let user = courses.iter().find(serves).map(|user| (user.stopped, user.looks));
        let (Some((stopped, looks)), None) = (user, &courses[at].aim) else { continue };
        courses[at].looks = looks;
        if courses[at].n < courses[at].most {
            courses[at].stopped = stopped;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_until_the_most() {
        let looks = |most: usize| {
            let mut found = vec![FIRST_LOOK.min(most)];
            while found[found.len() - 1] < most {
                found.push(next_look(found[found.len() - 1], most));
            }
            found
        };
        assert_eq!(looks(10_000), [1_000, 2_000, 4_000, 8_000, 10_000]);
        assert_eq!(looks(4_000), [1_000, 2_000, 4_000]);
        assert_eq!(looks(1_001), [1_000, 1_001]);
        assert_eq!(looks(700), [700]);
        // From a number between two looks.
        assert_eq!((next_look(1_500, 10_000), next_look(usize::MAX, usize::MAX)), (2_000, usize::MAX));
    }
}
