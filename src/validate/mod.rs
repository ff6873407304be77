//! What hypotheses are good for: challenges, carried out. Everything about a challenge that is known
//! before inference has been checked in `hypothesis`.

pub mod distinguish;
pub mod fool;
