//! What hypotheses are good for: challenges, carried out. Everything about a challenge that is known
//! before inference has been checked in `hypothesis`.

pub mod distinguish;
pub mod fool;

use crate::hypothesis::{Checked, Distinction, Fooling};
use crate::source::Span;

/// A challenge of either kind.
#[derive(Debug, Clone, Copy)]
pub enum Challenge<'a> {
    Fools(&'a Fooling),
    Distinguishes(&'a Distinction),
}

impl<'a> Challenge<'a> {
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self {
            Challenge::Fools(found) => &found.name,
            Challenge::Distinguishes(found) => &found.name,
        }
    }

    fn span(&self) -> Span {
        match self {
            Challenge::Fools(found) => found.spans.name,
            Challenge::Distinguishes(found) => found.span,
        }
    }
}

/// All challenges of a file, in its order; members of families in theirs.
#[must_use]
pub fn challenges(checked: &Checked) -> Vec<Challenge<'_>> {
    let fools = checked.foolings.iter().map(Challenge::Fools);
    let mut found: Vec<Challenge<'_>> =
        fools.chain(checked.distinctions.iter().map(Challenge::Distinguishes)).collect();
    found.sort_by_key(|challenge| (challenge.span().file, challenge.span().start));
    found
}
