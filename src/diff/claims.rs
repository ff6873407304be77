//! Which claims of two meanings differ, without what only follows from another difference.

use crate::meaning::{Claim, Meaning, What};
use crate::source::Sources;
use std::collections::BTreeMap;

/// A claim of one of two files, or of both.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub before: Option<&'a Claim>,
    pub after: Option<&'a Claim>,
}

/// The texts that the claims of both stand in.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    pub before: &'a Sources,
    pub after: &'a Sources,
}

/// The claims that two meanings do not share, in the order of reports.
#[must_use]
pub fn changes<'a>(before: &'a Meaning, after: &'a Meaning, texts: Texts<'_>) -> Vec<Change<'a>> {
    let mut found = by_key(before, after);
    let all = found.clone();
    join_by_name(&mut found);
    found.retain(|change| !follows(*change, texts));
    // What follows from nothing is said all the same.
    let mut found = if found.is_empty() { all } else { found };
    found.sort_by_key(|change| change.before.or(change.after).map(|claim| (claim.what, claim.key.clone())));
    found
}

/// Claims before and after.
type BothSides<'a> = (Vec<&'a Claim>, Vec<&'a Claim>);

/// Claims about the same thing are one claim, changed or not.
fn by_key<'a>(before: &'a Meaning, after: &'a Meaning) -> Vec<Change<'a>> {
    let mut about: BTreeMap<(What, &str), BothSides<'_>> = BTreeMap::new();
    before.claims.iter().for_each(|claim| about.entry((claim.what, &claim.key)).or_default().0.push(claim));
    after.claims.iter().for_each(|claim| about.entry((claim.what, &claim.key)).or_default().1.push(claim));
    let mut found = Vec::new();
    for (old, new) in about.into_values() {
        let lacks = |claims: &[&Claim], claim: &Claim| !claims.iter().any(|other| other.text == claim.text);
        let gone: Vec<&Claim> = old.iter().copied().filter(|claim| lacks(&new, claim)).collect();
        let come: Vec<&Claim> = new.iter().copied().filter(|claim| lacks(&old, claim)).collect();
        for at in 0..gone.len().max(come.len()) {
            found.push(Change { before: gone.get(at).copied(), after: come.get(at).copied() });
        }
    }
    found
}

/// A claim that is gone and one that has come are one claim if they are about the same names: a node of
/// another region.
fn join_by_name(found: &mut Vec<Change<'_>>) {
    let mut joined: Vec<Change<'_>> = Vec::new();
    for change in found.drain(..) {
        let partner = joined.iter_mut().find(|other| match (other.before, other.after, change.before, change.after) {
            (Some(old), None, None, Some(new)) | (None, Some(new), Some(old), None) => {
                (old.what, &old.shown) == (new.what, &new.shown)
            }
            _ => false,
        });
        match partner {
            Some(partner) => {
                partner.before = partner.before.or(change.before);
                partner.after = partner.after.or(change.after);
            }
            None => joined.push(change),
        }
    }
    *found = joined;
}

/// Whether a difference is one of places alone: the node at one of its ends has another region, and the
/// claim itself says what it said.
fn follows(change: Change<'_>, texts: Texts<'_>) -> bool {
    let (Some(before), Some(after)) = (change.before, change.after) else { return false };
    if before.key == after.key {
        return false;
    }
    match before.what {
        What::Arrow => words(texts.before.slice(before.span)) == words(texts.after.slice(after.span)),
        What::Unclaimed => before.text == after.text,
        _ => false,
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
