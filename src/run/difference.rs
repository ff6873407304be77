//! How a score moved from one hypothesis to another, on the same references with the same draws: those
//! of claims that both have are the same rows, since draws are keyed by place.

use super::compare::{Observation, common_multiple, inputs, zero};
use crate::estimate::{Estimate, Inputs, difference, estimate};
use crate::hypothesis::Baseline;

/// The scores of two hypotheses, and how far they are apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// References of each.
    pub n: (usize, usize),
    /// Each from its own first baseline; `None` where it has none, or the model cannot be told from it.
    pub recovered: (Option<Estimate>, Option<Estimate>),
    pub scrubbed: (Estimate, Estimate),
    pub baselines: (Option<Baseline>, Option<Baseline>),
    /// The second less the first, paired by reference; `None` where they do not share their references,
    /// or either is undefined.
    pub difference: Option<Estimate>,
}

/// How the score moved between two hypotheses by name, each among all that was observed with it.
/// `same_data` says whether the references are rows of the same data. `None` where either was not run.
#[must_use]
pub fn moved(
    (all, name): (&[Observation<'_>], &str),
    (all_after, name_after): (&[Observation<'_>], &str),
    same_data: bool,
) -> Option<Moved> {
    let before = Side::of(all, name)?;
    let after = Side::of(all_after, name_after)?;
    let paired = same_data
        && before.one.references == after.one.references
        && before.one.rows == after.one.rows
        && before.agrees
        && after.agrees;
    let cluster = common_multiple(before.inputs.cluster, after.inputs.cluster);
    let enough = before.one.references.len().div_ceil(cluster.max(1)) >= 2;
    let difference = (paired && enough)
        .then(|| difference(Inputs { cluster, ..after.inputs }, Inputs { cluster, ..before.inputs }))
        .flatten();
    Some(Moved {
        n: (before.one.references.len(), after.one.references.len()),
        recovered: (before.recovered(), after.recovered()),
        scrubbed: (estimate(before.inputs).scrubbed, estimate(after.inputs).scrubbed),
        baselines: (before.baseline.cloned(), after.baseline.cloned()),
        difference,
    })
}

/// One of the two.
struct Side<'o> {
    one: &'o Observation<'o>,
    inputs: Inputs<'o>,
    baseline: Option<&'o Baseline>,
    /// Whether the baseline was observed on the same references.
    agrees: bool,
}

impl<'o> Side<'o> {
    fn of(all: &'o [Observation<'_>], name: &str) -> Option<Side<'o>> {
        let one = all.iter().find(|one| one.name() == name)?;
        let baseline = one.ready.baselines.first();
        let (measured, cluster) = match baseline {
            Some(baseline) => zero(one, baseline, all),
            None => (crate::estimate::Baseline::Exact(f64::NAN), one.pool()),
        };
        let agrees = match measured {
            crate::estimate::Baseline::Sampled(points) => points.len() == one.references.len(),
            crate::estimate::Baseline::Exact(_) => true,
        };
        Some(Side { one, inputs: inputs(one, measured, cluster), baseline, agrees })
    }

    fn recovered(&self) -> Option<Estimate> {
        if self.agrees { estimate(self.inputs).recovered } else { None }
    }
}
