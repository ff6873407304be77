//! Which candidates are run, in which order, and when a search ends.

use super::candidate::{Candidate, Chain, Step, Written};
use super::opening::opened;
use crate::hypothesis::{Move, SearchSpace, Start, Strategy, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// What one run of a candidate gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The metric that is maximised, on the rows that are searched.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The bits that its claims keep of a datum.
    pub bits: f64,
}

/// What runs candidates.
pub trait Scorer {
    /// By candidate what it gave on the first references; `None` where it cannot be run, or its metric
    /// is undefined.
    fn score(&mut self, candidates: &[Candidate], references: usize) -> Vec<Option<Scored>>;

    /// By candidate whether each of its arrows has a path and nothing else is wrong with it.
    fn binds(&mut self, candidates: &[Candidate]) -> Vec<bool>;

    /// Told after each round: hypotheses that were run, and the best so far.
    fn round(&mut self, evaluations: usize, best: &(Candidate, Scored));
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No neighbour is better.
    AtTheTop,
    /// Every edge has had its turn.
    AllTried,
    /// Its budget of hypotheses is spent.
    BudgetSpent,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// All that were run on all references, in the order of running.
    pub scored: Vec<(Candidate, Scored)>,
    /// By place in `scored`.
    pub best: usize,
    /// Hypotheses that were run.
    pub evaluations: usize,
    /// Those that could not be.
    pub turned_down: usize,
    pub rounds: usize,
    pub ended: Ended,
}

/// The metric less the price of the size, and the reward of opened nodes.
#[must_use]
pub fn objective(space: &SearchSpace, candidate: &Candidate, scored: &Scored) -> f64 {
    let units = match space.price.per {
        Unit::Arrow => candidate.arrows() as f64,
        Unit::Place => candidate.components() as f64,
        Unit::Bit => scored.bits,
    };
    scored.value - space.price.each * units + space.reward * candidate.opened() as f64
}

/// Candidates are first run on this part of the references.
const FIRST_RUNG: usize = 8;
/// And on so many at least.
const FEWEST: usize = 64;
/// The share of them that is run on all.
const PROMOTED: usize = 4;
/// Or so many for each that is kept.
const PROMOTED_LEAST: usize = 6;

/// Searches from the start of the space on. `None` if what it starts from cannot be run, and for a strategy
/// that does not go from candidate to candidate.
pub fn search(space: &SearchSpace, scorer: &mut dyn Scorer) -> Option<Found> {
    let (width, moves) = match space.strategy {
        Strategy::Greedy => (1, space.moves.clone()),
        Strategy::Beam(width) => (width, space.moves.clone()),
        Strategy::Prune => (1, vec![Move::Drop, Move::Coarsen]),
        Strategy::Acdc(_) => return None,
    };
    let start = match (&space.start, space.strategy) {
        (Start::Given(tree), _) => Candidate::given(tree),
        (Start::Full, _) | (Start::Empty, Strategy::Prune) => full(space, scorer),
        (Start::Empty, _) => Candidate::default(),
    };
    let first = scorer.score(std::slice::from_ref(&start), space.references).first().copied().flatten()?;
    let mut climb = Climb {
        space,
        width,
        known: BTreeSet::from([start.clone()]),
        binding: BTreeMap::new(),
        found: Found {
            scored: vec![(start, first)],
            best: 0,
            evaluations: 1,
            turned_down: 0,
            rounds: 0,
            ended: Ended::AtTheTop,
        },
    };
    let mut beam = vec![0];
    loop {
        climb.learn_paths(&beam, scorer);
        let opened = if moves.contains(&Move::Open) { climb.openings(&beam, scorer) } else { Vec::new() };
        let mut next = climb.neighbours(&beam, (&moves, opened.len()));
        next.extend(opened);
        if next.is_empty() {
            break;
        }
        let before = climb.found.scored.len();
        climb.run(&next, scorer);
        climb.found.rounds += 1;
        let mut ranked: Vec<usize> = beam.iter().copied().chain(before..climb.found.scored.len()).collect();
        ranked.sort_by(|one, other| climb.value(*other).total_cmp(&climb.value(*one)).then(one.cmp(other)));
        ranked.truncate(width);
        climb.found.best = ranked[0];
        scorer.round(climb.found.evaluations, &climb.found.scored[ranked[0]]);
        if climb.found.ended == Ended::BudgetSpent || ranked == beam {
            break;
        }
        beam = ranked;
    }
    Some(climb.found)
}

/// A node at each place that has a path to the behaviour, with all features together; with `exact` where
/// these cannot be claimed.
fn full(space: &SearchSpace, scorer: &mut dyn Scorer) -> Candidate {
    let features = Candidate::all_features(space);
    let mut found = Candidate::default();
    let mut left: Vec<usize> = (0..space.places.len()).collect();
    for claims in [features, BTreeSet::from([space.exact()])].into_iter().filter(|claims| !claims.is_empty()) {
        let alone: Vec<Candidate> = left.iter().map(|place| Candidate::at(*place, claims.clone())).collect();
        let binds = scorer.binds(&alone);
        for (candidate, _) in alone.into_iter().zip(&binds).filter(|(_, binds)| **binds) {
            found.nodes.extend(candidate.nodes);
        }
        let mut binds = binds.into_iter();
        left.retain(|_| !binds.next().unwrap_or(false));
    }
    found
}

struct Climb<'a> {
    space: &'a SearchSpace,
    /// Candidates that are kept.
    width: usize,
    /// All that were run or turned down.
    known: BTreeSet<Candidate>,
    /// Which arrows into a place have a path.
    binding: BTreeMap<(usize, Step), bool>,
    found: Found,
}

impl Climb<'_> {
    fn value(&self, at: usize) -> f64 {
        let (candidate, scored) = &self.found.scored[at];
        objective(self.space, candidate, scored)
    }

    /// Those of all kept candidates that are new, as many as the budget allows beside others.
    fn neighbours(&mut self, beam: &[usize], (moves, others): (&[Move], usize)) -> Vec<Candidate> {
        let all = beam.iter().flat_map(|at| self.found.scored[*at].0.neighbours(self.space, moves));
        let mut next: Vec<Candidate> = Vec::new();
        for candidate in all {
            if self.has_paths(&candidate) && self.known.insert(candidate.clone()) {
                next.push(candidate);
            }
        }
        let left = self.space.budget.saturating_sub(self.found.evaluations + others);
        if next.len() > left {
            next.truncate(left);
            self.found.ended = Ended::BudgetSpent;
        }
        next
    }

    /// Finds out which arrows into nodes of the kept candidates have a path.
    fn learn_paths(&mut self, beam: &[usize], scorer: &mut dyn Scorer) {
        for at in beam {
            let candidate = self.found.scored[*at].0.clone();
            for chain in candidate.nodes.keys().filter(|chain| chain.len() < self.space.depth) {
                self.bound((&candidate, chain), Candidate::steps(self.space, chain), scorer);
            }
        }
    }

    /// Whether no arrow is known to have no path.
    fn has_paths(&self, candidate: &Candidate) -> bool {
        candidate.nodes.keys().all(|chain| {
            let last = chain.len().checked_sub(2).and_then(|above| Some((chain.get(above)?.place, *chain.last()?)));
            last.is_none_or(|arrow| self.binding.get(&arrow).is_none_or(|binds| *binds))
        })
    }

    /// Each leaf of all kept candidates opened, with the arrows that matter.
    fn openings(&mut self, beam: &[usize], scorer: &mut dyn Scorer) -> Vec<Candidate> {
        let mut found = Vec::new();
        for at in beam {
            let candidate = self.found.scored[*at].0.clone();
            for (chain, steps) in candidate.openings(self.space) {
                let steps = self.bound((&candidate, &chain), steps, scorer);
                let all = steps.iter().fold(candidate.clone(), |own, step| own.reading(self.space, &chain, *step));
                let left = self.space.budget.saturating_sub(self.found.evaluations);
                if steps.is_empty() || !self.known.insert(all.clone()) {
                    continue;
                }
                let (own, evaluations) = opened(self.space, scorer, (all, &chain), (self.few(), left));
                self.found.evaluations += evaluations;
                if evaluations >= left {
                    self.found.ended = Ended::BudgetSpent;
                }
                if self.known.insert(own.clone()) && self.found.evaluations + found.len() < self.space.budget {
                    found.push(own);
                }
            }
        }
        found
    }

    /// The arrows into the last node of a chain that have a path; into ports, where there are any.
    fn bound(
        &mut self,
        (candidate, chain): (&Candidate, &Chain),
        steps: Vec<Step>,
        scorer: &mut dyn Scorer,
    ) -> Vec<Step> {
        let Some(place) = chain.last().map(|step| step.place) else { return Vec::new() };
        let new: Vec<Step> = steps.iter().copied().filter(|step| !self.binding.contains_key(&(place, *step))).collect();
        let alone: Vec<Candidate> = new.iter().map(|step| candidate.reading(self.space, chain, *step)).collect();
        for (step, binds) in new.into_iter().zip(scorer.binds(&alone)) {
            self.binding.insert((place, step), binds);
        }
        let mut bound: Vec<Step> = steps.into_iter().filter(|step| self.binding[&(place, *step)]).collect();
        if bound.iter().any(|step| step.port.is_some()) {
            bound.retain(|step| step.port.is_some());
        }
        bound
    }

    /// References that candidates are first run on.
    fn few(&self) -> usize {
        (self.space.references / FIRST_RUNG).max(FEWEST).min(self.space.references)
    }

    /// Runs candidates on few references, and the best of them on all.
    fn run(&mut self, next: &[Candidate], scorer: &mut dyn Scorer) {
        let all = self.space.references;
        let first = scorer.score(next, self.few());
        self.found.evaluations += next.len();
        let mut ranked: Vec<(f64, usize)> = Vec::new();
        for (at, scored) in first.iter().enumerate() {
            match scored {
                Some(scored) => ranked.push((objective(self.space, &next[at], scored), at)),
                None => self.found.turned_down += 1,
            }
        }
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let promoted = ranked.len().div_ceil(PROMOTED).max(PROMOTED_LEAST * self.width).min(ranked.len());
        let promoted: Vec<Candidate> = ranked[..promoted].iter().map(|(_, at)| next[*at].clone()).collect();
        let scored = scorer.score(&promoted, all);
        self.found.scored.extend(promoted.into_iter().zip(scored).filter_map(|(own, scored)| Some((own, scored?))));
    }
}
