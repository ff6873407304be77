//! What two claims cost together: which two, on how many references, and how much more than one by one.

use super::{Estimate, Inputs, Looks, Point, gain, ratio};

/// The most references on which two claims are relaxed together, but for large pools.
const MOST: usize = 1_000;

/// How many of the first references two claims are measured on: half of those that there surely are. The
/// two are chosen on the others, since what looks large by chance does so only there. A run that is
/// looked at again and again has its first look for sure: were it more where the run goes on, the
/// number would depend on what was seen.
#[must_use]
pub fn measured_together(references: usize, looks: Looks, pool: usize) -> usize {
    let pool = pool.max(1);
    let sure = match looks {
        Looks::Once => references,
        Looks::From(first) => references.min(first.max(4 * pool)),
    };
    (sure / 2).min(MOST.max(2 * pool)) / pool * pool
}

/// The places of the two means that are farthest from that of `scrubbed`, the first of equal ones; `None`
/// where fewer than two are off at all.
#[must_use]
pub fn largest_two(scrubbed: &[Point], relaxed: &[&[Point]]) -> Option<[usize; 2]> {
    let mean = ratio(scrubbed);
    let mut found: Vec<(f64, usize)> =
        relaxed.iter().enumerate().map(|(at, points)| ((ratio(points) - mean).abs(), at)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    match found.as_slice() {
        [(_, first), (least, second), ..] if *least > 0.0 => Some([*first, *second]),
        _ => None,
    }
}

/// What two claims gain together more than each `alone`, paired by reference; `None` where recovered is
/// undefined. All points are those of the same references.
#[must_use]
pub fn excess(inputs: Inputs<'_>, alone: [&[Point]; 2], together: &[Point]) -> Option<Estimate> {
    let [first, second] = alone;
    // What this gains is what both gain less what each does.
    let one = |at: usize| {
        let scrubbed = inputs.scrubbed[at];
        let point = together[at].plus(first[at], -1.0).plus(second[at], -1.0);
        Point { weight: scrubbed.weight, ..point.plus(scrubbed, 2.0) }
    };
    let points: Vec<Point> = (0..inputs.scrubbed.len()).map(one).collect();
    gain(inputs, &points)
}

#[cfg(test)]
mod tests {
    use super::super::{Baseline, Varies};
    use super::*;

    fn ones(values: &[f64]) -> Vec<Point> {
        values.iter().map(|value| Point::one(*value)).collect()
    }

    #[test]
    fn how_many_does_not_depend_on_what_was_seen() {
        let of = |references: usize, looks: Looks| measured_together(references, looks, 1);
        assert_eq!([100, 601, 10_000].map(|n| of(n, Looks::Once)), [50, 300, 1_000]);
        assert_eq!([1_000, 2_000, 10_000].map(|n| of(n, Looks::From(1_000))), [500; 3]);
        assert_eq!(of(700, Looks::From(1_000)), 350);
        let pooled = |pool: usize, looks: Looks| measured_together(10_000, looks, pool);
        assert_eq!([3, 700, 6_000].map(|pool| pooled(pool, Looks::Once)), [999, 1_400, 0]);
        assert_eq!([3, 700].map(|pool| pooled(pool, Looks::From(1_000))), [498, 1_400]);
    }

    #[test]
    fn the_two_that_are_farthest_off() {
        let scrubbed = ones(&[1.0, 1.0]);
        let all = [ones(&[1.0, 0.5]), ones(&[1.0, 1.0]), ones(&[2.0, 1.5]), ones(&[0.0, 1.5])];
        let of = |places: &[usize]| {
            let relaxed: Vec<&[Point]> = places.iter().map(|at| &all[*at][..]).collect();
            largest_two(&scrubbed, &relaxed)
        };
        assert_eq!(of(&[0, 1, 2, 3]), Some([2, 0]));
        assert_eq!((of(&[0, 1]), of(&[0]), of(&[])), (None, None, None));
    }

    #[test]
    fn an_excess_is_what_is_left_of_the_gains() {
        let model = ones(&[0.0, 0.1, 0.2, 0.1]);
        let [scrubbed, first, second, both] =
            [[2.0, 1.5, 2.5, 1.0], [1.5, 1.0, 2.5, 0.5], [1.0, 1.5, 1.5, 1.0], [0.5, 0.0, 1.0, 0.0]]
                .map(|own| ones(&own));
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Exact(4.0),
            rows: 100,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let of = |points: &[Point]| gain(inputs, points).unwrap().value;
        let found = excess(inputs, [&first, &second], &both).unwrap().value;
        assert!((found - (of(&both) - of(&first) - of(&second))).abs() < 1e-12 && found > 0.05, "{found}");
        assert_eq!(excess(Inputs { baseline: Baseline::Exact(0.1), ..inputs }, [&first, &second], &both), None);
    }
}
