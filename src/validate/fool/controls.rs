//! What the rate of success of tried candidates is compared with: all from the same source, and all on
//! the same untouched model.

use super::order::Order;
use super::seen::Seen;
use crate::estimate::{Estimate, RateRatio, Stratum, proportion, rate_of, ratio_of_rates, standardized_rate};
use crate::hypothesis::{Control, Fooling};
use crate::sample::shuffled;
use std::collections::{BTreeMap, BTreeSet};

/// Candidates, and those of them that fool the model.
type Counted = (usize, usize);

/// Permuted rankings.
pub const PERMUTATIONS: usize = 20;

/// The tried candidates beside one control.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    pub control: Control,
    /// Candidates of the control, and those of them that fool the model; of all permuted rankings together.
    pub n: usize,
    pub hits: usize,
    /// The rate of the control; `None` where it has no candidates.
    pub rate: Option<Estimate>,
    /// Tried candidates that it is compared with: all, or those that have a match.
    pub tried: usize,
    pub tried_hits: usize,
    pub ratio: Option<RateRatio>,
}

/// All controls, and the share of permuted rankings that find as many.
pub fn all(
    challenge: &Fooling,
    seen: &Seen,
    order: &Order,
    (tried, hits): (&[u32], usize),
    seed: u64,
) -> (Vec<Against>, f64) {
    let own = (tried.len(), hits);
    let source = &challenge.candidates.source;
    let random = plain(Control::Random, (source.len(), fooled(seen, source)), own);
    let matched = challenge.candidates.strata.as_ref().map(|strata| {
        let stratum = |row: u32| strata.of_row.get(row as usize).copied().unwrap_or(u32::MAX);
        matched(order.candidates(), tried, &stratum, &|row| seen.fooled(row))
    });
    let confidence = seen.margins().map(|margins| {
        let least = order.least(challenge.budget, &|row| margins[row as usize]);
        plain(Control::Confidence, (least.len(), fooled(seen, &least)), own)
    });
    let (permuted, p) = permuted(order, challenge.budget, own, seed, &|row| seen.fooled(row));
    (std::iter::once(random).chain(matched).chain(confidence).chain([permuted]).collect(), p)
}

fn fooled(seen: &Seen, rows: &[u32]) -> usize {
    rows.iter().filter(|row| seen.fooled(**row)).count()
}

/// A control of candidates that count alike.
fn plain(control: Control, (n, hits): (usize, usize), (tried, tried_hits): (usize, usize)) -> Against {
    let rate = proportion(hits, n);
    let ratio = Some(ratio_of_rates(proportion(tried_hits, tried), rate));
    Against { control, n, hits, rate: Some(rate), tried, tried_hits, ratio }
}

/// Candidates that were not tried, so weighted that each stratum is as frequent as among those that were.
/// What was tried and has no match is left out.
fn matched(candidates: &[u32], tried: &[u32], stratum: &dyn Fn(u32) -> u32, fooled: &dyn Fn(u32) -> bool) -> Against {
    let mut own: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    let mut others: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    let is_tried: BTreeSet<u32> = tried.iter().copied().collect();
    for row in candidates {
        let side = if is_tried.contains(row) { &mut own } else { &mut others };
        let (n, hits) = side.entry(stratum(*row)).or_default();
        *n += 1;
        *hits += usize::from(fooled(*row));
    }
    let pairs: Vec<[Counted; 2]> =
        own.iter().filter_map(|(stratum, own)| Some([*own, *others.get(stratum)?])).collect();
    let strata: Vec<Stratum> =
        pairs.iter().map(|[(tried, _), (n, hits)]| Stratum { weight: *tried as f64, hits: *hits, n: *n }).collect();
    let sum = |of: &dyn Fn(&[Counted; 2]) -> usize| pairs.iter().map(of).sum::<usize>();
    let (tried, tried_hits) = (sum(&|[own, _]| own.0), sum(&|[own, _]| own.1));
    let rate = standardized_rate(&strata);
    let ratio = rate.map(|rate| ratio_of_rates(proportion(tried_hits, tried), rate));
    let (n, hits) = (sum(&|[_, other]| other.0), sum(&|[_, other]| other.1));
    Against { control: Control::Matched, n, hits, rate, tried, tried_hits, ratio }
}

/// What the ranking chooses where each candidate has the rank of another. The permuted rankings choose from
/// the same candidates, so that all of them together tell no more than those.
fn permuted(
    order: &Order,
    budget: usize,
    (tried, tried_hits): (usize, usize),
    seed: u64,
    fooled: &dyn Fn(u32) -> bool,
) -> (Against, f64) {
    let candidates = order.candidates().len();
    let hits_of = |at: usize| {
        let other = shuffled(seed, &format!("challenge permuted {at}"), candidates);
        order.best_as(budget, &other).into_iter().filter(|row| fooled(*row)).count()
    };
    let all: Vec<usize> = (0..PERMUTATIONS).map(hits_of).collect();
    let (n, hits) = (PERMUTATIONS * tried, all.iter().sum::<usize>());
    let rate = rate_of(hits as f64 / n.max(1) as f64, n.min(candidates) as f64);
    let ratio = Some(ratio_of_rates(proportion(tried_hits, tried), rate));
    let as_many = all.iter().filter(|other| **other >= tried_hits).count();
    let p = (1 + as_many) as f64 / (1 + PERMUTATIONS) as f64;
    (Against { control: Control::Permuted, n, hits, rate: Some(rate), tried, tried_hits, ratio }, p)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two strata; of the tried three lie in the first and one in the second, and one has no match.
    #[test]
    fn matched_candidates_are_weighted_like_the_tried() {
        let stratum = |row: u32| match row {
            0..10 => 0,
            10..30 => 1,
            _ => 2,
        };
        let fooled = |row: u32| [0, 1, 3, 10, 29, 30].contains(&row);
        let candidates: Vec<u32> = (0..31).collect();
        let found = matched(&candidates, &[0, 1, 2, 10, 30], &stratum, &fooled);
        // 3/4 · 1/7 + 1/4 · 1/19, and three of four.
        let value = found.rate.unwrap().value;
        assert!((value - (0.75 / 7.0 + 0.25 / 19.0)).abs() < 1e-12, "{value}");
        assert_eq!((found.tried, found.tried_hits, found.n, found.hits), (4, 3, 26, 2));
        assert!((found.ratio.unwrap().value.unwrap() - 0.75 / value).abs() < 1e-12);
        let alone = matched(&candidates, &[30], &stratum, &fooled);
        assert_eq!((alone.rate, alone.ratio, alone.tried), (None, None, 0));
    }
}
