//! Which scores go with success, and where scores contradict each other.

use super::measure::{METRICS, Measured};
use crate::estimate::{Estimate, rank_correlation, rank_difference};
use serde::Serialize;
use std::collections::BTreeSet;

/// One thing that hypotheses can be good for, and what predicts it.
#[derive(Debug, Clone)]
pub struct Objective {
    pub name: String,
    /// Members for which it is known.
    pub n: usize,
    /// From the best to the worst; those that are not defined are absent.
    pub predictors: Vec<Predictor>,
    /// The success of members by what they recover.
    pub bins: Vec<Bin>,
    pub least: f64,
    pub most: f64,
}

impl Objective {
    /// Whether all members do equally well.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.most <= self.least
    }
}

/// How far the order of a metric is that of the success.
#[derive(Debug, Clone)]
pub struct Predictor {
    pub metric: &'static str,
    /// Spearman's rho.
    pub rho: Estimate,
    /// Members for which both are known.
    pub n: usize,
    /// How much less it is than that of the best predictor, paired; `None` for the best.
    pub behind: Option<Estimate>,
}

/// Members that recover about as much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// What they recover: from `from` on, less than `to`; `null` for no end.
    pub from: Option<f64>,
    pub to: Option<f64>,
    pub n: usize,
    /// The least, the median and the greatest success.
    pub least: f64,
    pub median: f64,
    pub most: f64,
}

/// Ends of bins of what is recovered.
const BINS: [f64; 5] = [0.25, 0.5, 0.75, 0.9, 0.99];
/// The metric that bins are of.
const RECOVERED: &str = METRICS[0];
/// The size is no metric of the panel: it is there to be beaten.
pub const SIZES: [&str; 2] = ["bits", "arrows"];

/// What predicts each objective that a member has, in their order.
#[must_use]
pub fn objectives(members: &[&Measured]) -> Vec<Objective> {
    let names: BTreeSet<&String> = members.iter().flat_map(|member| member.successes.keys()).collect();
    names.into_iter().map(|name| objective(name, members)).collect()
}

fn objective(name: &str, members: &[&Measured]) -> Objective {
    let known: Vec<(&Measured, f64)> =
        members.iter().filter_map(|member| Some((*member, *member.successes.get(name)?))).collect();
    let mut predictors: Vec<Predictor> = METRICS.iter().filter_map(|metric| predictor(metric, &known)).collect();
    predictors.sort_by(|one, other| other.rho.value.total_cmp(&one.rho.value));
    if let Some((best, others)) = predictors.split_first_mut() {
        others.iter_mut().for_each(|other| other.behind = behind(best.metric, other.metric, &known));
    }
    let successes = || known.iter().map(|(_, success)| *success);
    Objective {
        name: name.to_owned(),
        n: known.len(),
        predictors,
        bins: bins(&known),
        least: successes().fold(f64::INFINITY, f64::min),
        most: successes().fold(f64::NEG_INFINITY, f64::max),
    }
}

fn predictor(metric: &'static str, known: &[(&Measured, f64)]) -> Option<Predictor> {
    let pairs = known.iter().filter_map(|(member, success)| Some((*member.scores.get(metric)?, *success)));
    let (scores, successes): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let rho = rank_correlation(&scores, &successes)?;
    Some(Predictor { metric, rho, n: scores.len(), behind: None })
}

fn behind(best: &str, other: &str, known: &[(&Measured, f64)]) -> Option<Estimate> {
    let score = |member: &Measured, metric: &str| member.scores.get(metric).copied();
    let all: Vec<(f64, f64, f64)> = known
        .iter()
        .filter_map(|(member, success)| Some((score(member, best)?, score(member, other)?, *success)))
        .collect();
    let column = |of: &dyn Fn(&(f64, f64, f64)) -> f64| all.iter().map(of).collect::<Vec<f64>>();
    rank_difference(&column(&|own| own.0), &column(&|own| own.1), &column(&|own| own.2))
}

fn bins(known: &[(&Measured, f64)]) -> Vec<Bin> {
    let ends: Vec<Option<f64>> = std::iter::once(None).chain(BINS.map(Some)).chain([None]).collect();
    let of = |pair: &[Option<f64>]| {
        let (from, to) = (pair[0], pair[1]);
        let is_in = |value: &f64| from.is_none_or(|from| *value >= from) && to.is_none_or(|to| *value < to);
        let mut own: Vec<f64> = known
            .iter()
            .filter(|(member, _)| member.scores.get(RECOVERED).is_some_and(is_in))
            .map(|(_, success)| *success)
            .collect();
        own.sort_by(f64::total_cmp);
        let (least, most) = (*own.first()?, *own.last()?);
        let median = f64::midpoint(own[(own.len() - 1) / 2], own[own.len() / 2]);
        Some(Bin { from, to, n: own.len(), least, median, most })
    };
    ends.windows(2).filter_map(of).collect()
}

/// Two metrics whose orders of the members differ.
#[derive(Debug, Clone)]
pub struct Apart {
    pub metrics: [&'static str; 2],
    /// Spearman's rho of the two.
    pub rho: Estimate,
    /// The member whose places differ most, by place among those that were given.
    pub member: usize,
    /// Its place in the order of either, as a share of the members: 1 is the best.
    pub places: [f64; 2],
}

/// For all pairs of metrics how far they agree, those that agree least first. Sizes are left out.
#[must_use]
pub fn apart(members: &[&Measured]) -> Vec<Apart> {
    let metrics: Vec<&'static str> = METRICS.into_iter().filter(|metric| !SIZES.contains(metric)).collect();
    let mut found = Vec::new();
    for (at, one) in metrics.iter().enumerate() {
        found.extend(metrics[at + 1..].iter().filter_map(|other| pair([one, other], members)));
    }
    found.sort_by(|one, other| one.rho.value.total_cmp(&other.rho.value));
    found
}

fn pair(metrics: [&'static str; 2], members: &[&Measured]) -> Option<Apart> {
    let known: Vec<(usize, [f64; 2])> = members
        .iter()
        .enumerate()
        .filter_map(|(at, member)| Some((at, [*member.scores.get(metrics[0])?, *member.scores.get(metrics[1])?])))
        .collect();
    let column = |which: usize| known.iter().map(|(_, own)| own[which]).collect::<Vec<f64>>();
    let columns = [column(0), column(1)];
    let rho = rank_correlation(&columns[0], &columns[1])?;
    // The share of the others that are below, those that are equal counted half.
    let place = |column: &[f64], value: f64| {
        let below = column.iter().filter(|own| **own < value).count() as f64;
        let equal = column.iter().filter(|own| **own == value).count() as f64 - 1.0;
        (below + equal / 2.0) / (column.len() as f64 - 1.0)
    };
    let places = |own: &[f64; 2]| [place(&columns[0], own[0]), place(&columns[1], own[1])];
    let all = known.iter().map(|(at, own)| (*at, places(own)));
    let (member, places) = all.max_by(|one, other| {
        let distance = |places: &[f64; 2]| (places[0] - places[1]).abs();
        distance(&one.1).total_cmp(&distance(&other.1))
    })?;
    Some(Apart { metrics, rho, member, places })
}
