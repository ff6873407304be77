//! How far two shares are apart that were measured on the same references.

use super::unseen::Reach;
use super::{Estimate, Inputs, Sample, Varies, estimate, ratio, residuals};

/// What `one` recovers more than `other`, paired by reference: each from its own model and its own
/// baseline, which may be the same. `None` where one of the two is undefined.
///
/// Both have the same references in the same order, of as many rows; and the same `cluster`, a
/// multiple of either's own. With one model and one baseline this is [`super::gain`].
#[must_use]
pub fn difference(one: Inputs<'_>, other: Inputs<'_>) -> Option<Estimate> {
    let (share, other_share) = (estimate(one).recovered?.value, estimate(other).recovered?.value);
    let (of_one, of_other) = (of_share(one, share), of_share(other, other_share));
    let apart: Vec<f64> = of_one.iter().zip(&of_other).map(|(one, other)| one - other).collect();
    let reach = |inputs: Inputs<'_>| {
        let sample = Sample::new(inputs);
        let gap = ratio(inputs.model) - sample.baseline(inputs.baseline).0;
        if inputs.varies == Varies::Nothing { 0.0 } else { sample.range / gap.abs() }
    };
    let reach = Reach::even(reach(one) + reach(other));
    Some(Sample::new(one).guarded(share - other_share, &apart, reach))
}

/// The residuals of a share.
fn of_share(inputs: Inputs<'_>, share: f64) -> Vec<f64> {
    let sample = Sample::new(inputs);
    let (baseline, of_baseline) = sample.baseline(inputs.baseline);
    let gap = ratio(inputs.model) - baseline;
    let of_scrubbed = residuals(inputs.scrubbed);
    let one = |at: usize| (of_scrubbed[at] - share * sample.model[at] - (1.0 - share) * of_baseline[at]) / gap;
    (0..sample.n).map(one).collect()
}
