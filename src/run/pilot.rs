//! From a few references to how many are needed.

use super::outcome::{Against, Done};
use super::{FIRST_LOOK, Settings, next_look};
use crate::estimate::{Estimate, Looks, half_width_at};
use crate::hypothesis::{Checked, Expectation, Metric};

/// References of a pilot, if nobody says otherwise.
pub const PILOT_REFERENCES: usize = 500;

/// What a pilot says of one hypothesis.
#[derive(Debug, Clone)]
pub struct Forecast<'a> {
    pub name: &'a str,
    /// References of the pilot.
    pub references: usize,
    /// Rows of its dataset.
    pub rows: usize,
    /// Of the pilot, from the first baseline.
    pub recovered: Option<Estimate>,
    /// The half-width that is asked for, and what it takes for each baseline at most; `None` where
    /// nothing is asked for.
    pub precision: Option<(f64, Option<Needed>)>,
    /// For each expectation what it takes to decide it.
    pub expectations: Vec<(&'a Expectation, Option<Needed>)>,
}

/// References that an interval needs to be as narrow as is wanted. It shrinks with the square root of
/// their number; that rows are drawn without replacement is left out, so that it is too much rather
/// than too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// In one look: `--n`.
    pub fixed: usize,
    /// The look at which a run without `--n` stops.
    pub look: usize,
    /// The pilot cannot tell the value from the bound: more than this.
    pub at_least: bool,
}

/// What the pilot says of each hypothesis. `precision` is for those that state none.
#[must_use]
pub fn forecasts<'a>(done: &'a [Done], checked: &'a Checked, precision: Option<f64>) -> Vec<Forecast<'a>> {
    done.iter().map(|one| forecast(one, checked, precision)).collect()
}

/// The settings of a pilot.
#[must_use]
pub fn pilot_settings(settings: Settings, references: usize) -> Settings {
    Settings { n: Some(references), ..settings }
}

fn forecast<'a>(done: &'a Done, checked: &'a Checked, precision: Option<f64>) -> Forecast<'a> {
    let n = done.references.len();
    let ready = super::ready_of(checked, &done.name);
    let data = ready.and_then(|ready| checked.datasets.get(ready.data)?.as_ref());
    let stated = checked.precisions.get(&done.name).copied();
    // What is rare shows late: a run that sees little of it goes on.
    let few = done.estimates.few.is_some();
    let precise = |width: f64| {
        let shares = done.against.iter().map(|against| against.estimates.recovered);
        let needed: Option<Vec<Needed>> = shares.map(|share| needed(share?.error, n, width, few)).collect();
        needed.and_then(|all| all.into_iter().max_by_key(|one| one.fixed))
    };
    let own = checked.expectations.iter().filter(|clause| clause.hypothesis == done.name);
    Forecast {
        name: &done.name,
        references: n,
        rows: data.map_or(n, |data| data.rows),
        recovered: done.estimates.recovered,
        precision: stated.or(precision).filter(|_| !done.against.is_empty()).map(|width| (width, precise(width))),
        expectations: own.map(|clause| (clause, decides(clause, done, n))).collect(),
    }
}

/// What it takes until the bound is outside of the interval. Where the pilot's own interval has the
/// bound in it, it takes more than the farther end would.
fn decides(clause: &Expectation, done: &Done, n: usize) -> Option<Needed> {
    let against = |against: &&Against| against.baseline == clause.baseline;
    let estimate = match clause.metric {
        Metric::Recovered => done.against.iter().find(against)?.estimates.recovered?,
        Metric::Scrubbed => done.estimates.scrubbed,
        Metric::Clean => done.estimates.model,
        Metric::Interchange => return None,
    };
    let is_open = estimate.low <= clause.bound && clause.bound <= estimate.high;
    let from = |value: f64| (value - clause.bound).abs();
    let distance = if is_open { from(estimate.low).max(from(estimate.high)) } else { from(estimate.value) };
    needed(estimate.error, n, distance, is_open || done.estimates.few.is_some())
}

/// No dataset has so many rows.
const MOST: usize = 1 << 40;

/// `error` is the standard error of `n` references.
fn needed(error: f64, n: usize, half_width: f64, at_least: bool) -> Option<Needed> {
    if !error.is_finite() || half_width <= 0.0 || half_width.is_nan() {
        return None;
    }
    let is_enough = |looks: Looks, count: usize| half_width_at(looks, (error, n), count) <= half_width;
    // A width shrinks all the way, so that the least count can be searched for.
    let (mut low, mut high) = (1, 2);
    while !is_enough(Looks::Once, high) {
        (low, high) = (high, high.checked_mul(2).filter(|high| *high < MOST)?);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_enough(Looks::Once, middle) { high = middle } else { low = middle }
    }
    let mut look = FIRST_LOOK;
    while !is_enough(Looks::From(FIRST_LOOK), look) {
        look = next_look(look, MOST);
        if look == MOST {
            return None;
        }
    }
    // What the pilot leaves open takes more than the pilot has.
    let least = if at_least { n } else { 2 };
    Some(Needed { fixed: high.max(least), look, at_least })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_width_takes_four_times_the_references() {
        let of = |width: f64| needed(0.02, 500, width, false).unwrap();
        // 1.96 standard errors of 0.02 · sqrt(500 / n).
        let exact = 500.0 * (1.96 * 0.02 / 0.01_f64).powi(2);
        assert!((of(0.01).fixed as f64 / exact - 1.0).abs() < 0.002, "{}", of(0.01).fixed);
        assert!((of(0.005).fixed as f64 / of(0.01).fixed as f64 - 4.0).abs() < 0.01);
        assert_eq!(of(10.0), Needed { fixed: 2, look: FIRST_LOOK, at_least: false });
        // A confidence sequence of 3.1 standard errors.
        assert_eq!(of(0.01).look, 32_000);
        assert_eq!((needed(0.02, 500, 0.0, false), needed(f64::NAN, 500, 0.1, false)), (None, None));
        assert_eq!(needed(0.0, 500, 0.1, false).unwrap().fixed, 2);
        assert_eq!(needed(1e9, 500, 1e-9, false), None);
    }
}
