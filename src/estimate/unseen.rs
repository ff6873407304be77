//! What a sample has not seen.
//!
//! The spread of a sample is known from its references that differ. Where (nearly) all of them give
//! the same number there are none, or too few: a thousand references without an error have a spread
//! of zero, though one row in a thousand might be wrong. There an interval must allow for references
//! that were not seen: no more of them than the exact interval of Clopper and Pearson has for the share
//! of those that differ, and none further off than the values that were seen at all reach.

/// With fewer references that differ from the rest, their spread is not known from them.
pub const FEW: usize = 20;
/// They must also be rare: no more than one in so many.
const RARE: usize = 10;
/// A reference differs if it is off by more than this part of the furthest one.
const OF_FURTHEST: f64 = 0.1;

/// How far below and above the rest one reference can be, in the units of what is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    pub down: f64,
    pub up: f64,
}

impl Reach {
    /// As far to either side.
    pub fn even(far: f64) -> Reach {
        Reach { down: far, up: far }
    }

    /// In other units; if they are negative, down is up.
    pub fn over(self, unit: f64) -> Reach {
        let scaled = Reach { down: self.down / unit.abs(), up: self.up / unit.abs() };
        if unit < 0.0 { Reach { down: scaled.up, up: scaled.down } } else { scaled }
    }

    /// To the farther side.
    pub fn far(self) -> f64 {
        self.down.max(self.up)
    }
}

/// A mean of numbers of which few differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rare {
    /// How many do.
    pub differing: usize,
    /// How far below and above the mean of the numbers the true one can be.
    pub down: f64,
    pub up: f64,
}

/// One side of the rest: those that differ, the nearest and the furthest.
#[derive(Debug, Clone, Copy)]
struct Side {
    count: usize,
    nearest: f64,
    furthest: f64,
}

impl Side {
    fn of(offs: impl Iterator<Item = f64>) -> Side {
        let none = Side { count: 0, nearest: f64::INFINITY, furthest: 0.0 };
        offs.fold(none, |side, off| Side {
            count: side.count + 1,
            nearest: side.nearest.min(off),
            furthest: side.furthest.max(off),
        })
    }

    /// The least and the most that this side can add to the mean of `n`, at a tail of the interval of
    /// so much.
    fn range(self, n: usize, tail: f64, reach: f64) -> (f64, f64) {
        let least = if self.count == 0 { 0.0 } else { self.nearest * share_at_least(self.count, n, tail) };
        (least, share_at_most(self.count, n, tail) * self.furthest.max(reach))
    }
}

/// Whether few of the numbers differ from the rest, and what they may hide then. Differences below
/// `rounding`, as a part of the reach, are none.
pub(super) fn rare(numbers: &[f64], reach: Reach, tail: f64, rounding: f64) -> Option<Rare> {
    let n = numbers.len();
    if n == 0 || !reach.far().is_finite() || numbers.iter().any(|number| !number.is_finite()) {
        return None;
    }
    let mut sorted = numbers.to_vec();
    let (_, bulk, _) = sorted.select_nth_unstable_by(n / 2, f64::total_cmp);
    let bulk = *bulk;
    let offs = || numbers.iter().map(|number| number - bulk);
    let furthest = offs().fold(0.0, |far: f64, off| far.max(off.abs()));
    let least = (OF_FURTHEST * furthest).max(rounding * reach.far());
    let below = Side::of(offs().filter(|off| *off < -least).map(f64::abs));
    let above = Side::of(offs().filter(|off| *off > least));
    let differing = below.count + above.count;
    if differing >= FEW || differing * RARE >= n {
        return None;
    }
    let (low, high) = (below.range(n, tail, reach.down), above.range(n, tail, reach.up));
    let mean = offs().sum::<f64>() / n as f64;
    let (least, most) = (high.0 - low.1, high.1 - low.0);
    Some(Rare { differing, down: (mean - least).max(0.0), up: (most - mean).max(0.0) })
}

/// The largest share of which no more than `count` of `n` are likely: the upper end of Clopper and
/// Pearson.
fn share_at_most(count: usize, n: usize, tail: f64) -> f64 {
    if count >= n {
        return 1.0;
    }
    solved(|share| at_most(count, n, share) > tail)
}

/// The smallest share of which `count` or more of `n` are likely: the lower end.
fn share_at_least(count: usize, n: usize, tail: f64) -> f64 {
    solved(|share| 1.0 - at_most(count - 1, n, share) < tail)
}

/// Where `holds`, true of small shares, stops being so.
fn solved(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// The chance of `count` or fewer among `n`.
fn at_most(count: usize, n: usize, share: f64) -> f64 {
    let (mut log, mut sum) = (n as f64 * (-share).ln_1p(), 0.0);
    for at in 0..=count {
        sum += log.exp();
        log += ((n - at) as f64 / (at + 1) as f64).ln() + share.ln() - (-share).ln_1p();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binomtest(count, n).proportion_ci(0.95, "exact")`.
    #[test]
    fn shares_are_those_of_clopper_and_pearson() {
        let scipy = [
            (0, 30, 0.0, 0.115_703_308_2),
            (1, 100, 0.000_253_146_0, 0.054_459_385_4),
            (7, 1_000, 0.002_818_858_8, 0.014_369_195_0),
            (19, 10_000, 0.001_144_299_6, 0.002_965_502_1),
        ];
        for (count, n, low, high) in scipy {
            let found = share_at_most(count, n, 0.025);
            assert!((found - high).abs() < 1e-9, "{count} of {n}: {found}");
            if count > 0 {
                assert!((share_at_least(count, n, 0.025) - low).abs() < 1e-9, "{count} of {n}");
            }
        }
    }

    #[test]
    fn what_is_all_the_same_may_hide_what_is_rare() {
        let found = rare(&[3.0; 1_000], Reach { down: 2.0, up: 0.5 }, 0.025, 1e-5).unwrap();
        // 1 - 0.025^(1 / 1000), times the reach.
        let most = 1.0 - 0.025_f64.powf(1e-3);
        assert_eq!(found.differing, 0);
        assert!((found.down - 2.0 * most).abs() < 1e-9 && (found.up - 0.5 * most).abs() < 1e-9, "{found:?}");
        // Rounding is no difference.
        let noisy: Vec<f64> = (0..1_000).map(|at| 3.0 + 1e-7 * (at % 7) as f64).collect();
        let noisy = rare(&noisy, Reach { down: 2.0, up: 0.5 }, 0.025, 1e-5).unwrap();
        assert!(noisy.differing == 0 && (noisy.down - found.down).abs() < 1e-6);
    }

    #[test]
    fn those_that_differ_reach_as_far_as_the_furthest() {
        let mut numbers = vec![0.0; 500];
        numbers[3] = 4.0;
        numbers[7] = 2.0;
        let found = rare(&numbers, Reach { down: 0.0, up: 1.0 }, 0.025, 1e-5).unwrap();
        assert_eq!(found.differing, 2);
        let mean = 6.0 / 500.0;
        assert!((found.up - (4.0 * share_at_most(2, 500, 0.025) - mean)).abs() < 1e-12);
        assert!((found.down - (mean - 2.0 * share_at_least(2, 500, 0.025))).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_rare_is_left_to_its_spread() {
        let at =
            |differing: usize, n: usize| -> Vec<f64> { (0..n).map(|at| f64::from(u8::from(at < differing))).collect() };
        let of = |differing: usize, n: usize| rare(&at(differing, n), Reach::even(1.0), 0.025, 1e-5).is_some();
        assert!(of(19, 1_000) && !of(20, 1_000) && of(9, 100) && !of(10, 100) && of(990, 1_000));
        let smooth: Vec<f64> = (0..200).map(|at| (at as f64 / 200.0).powi(3)).collect();
        assert_eq!(rare(&smooth, Reach::even(1.0), 0.025, 1e-5), None);
        assert_eq!(rare(&[1.0; 9], Reach::even(f64::NAN), 0.025, 1e-5), None);
    }
}
