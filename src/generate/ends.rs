//! Families of pieces that never come to an end: no way through them avoids themselves.

use super::recipe::{Alternatives, Item, Part};
use std::collections::BTreeSet;

/// The circles of families without an end, each as places of families in order.
pub fn endless(families: &[Alternatives]) -> Vec<Vec<usize>> {
    let mut ends: BTreeSet<usize> = BTreeSet::new();
    loop {
        let more: Vec<usize> = (0..families.len())
            .filter(|at| !ends.contains(at) && families.get(*at).is_some_and(|found| come_to_an_end(found, &ends)))
            .collect();
        if more.is_empty() {
            break;
        }
        ends.extend(more);
    }
    let mut told: BTreeSet<usize> = ends.clone();
    let mut circles = Vec::new();
    for start in 0..families.len() {
        if let Some(circle) = circle_from(start, families, &ends, &mut told) {
            circles.push(circle);
        }
    }
    circles
}

/// Follows from each family the first that it needs and that has no end.
fn circle_from(
    start: usize,
    families: &[Alternatives],
    ends: &BTreeSet<usize>,
    told: &mut BTreeSet<usize>,
) -> Option<Vec<usize>> {
    let mut path: Vec<usize> = Vec::new();
    let mut at = start;
    loop {
        if let Some(first) = path.iter().position(|known| *known == at) {
            let circle = path.split_off(first);
            told.extend(path.iter().chain(&circle));
            return Some(circle);
        }
        if told.contains(&at) {
            told.extend(&path);
            return None;
        }
        path.push(at);
        at = families.get(at)?.iter().flatten().find_map(|part| needed(part, ends))?;
    }
}

fn come_to_an_end(alternatives: &Alternatives, ends: &BTreeSet<usize>) -> bool {
    alternatives.iter().any(|sequence| sequence.iter().all(|part| ends_part(part, ends)))
}

fn ends_part(part: &Part, ends: &BTreeSet<usize>) -> bool {
    // A number that depends on the row might be 0.
    let always = part.count.as_ref().is_none_or(|count| count.constant().is_some_and(|count| count > 0));
    let item = match &part.item {
        Item::Nothing | Item::Token(_) | Item::OneOf(_) | Item::Row(_) => true,
        Item::Family(at, _) => ends.contains(at),
        Item::Group(alternatives) | Item::Edit { alternatives, .. } => come_to_an_end(alternatives, ends),
    };
    item || !always
}

/// A family without an end that a part needs.
fn needed(part: &Part, ends: &BTreeSet<usize>) -> Option<usize> {
    if ends_part(part, ends) {
        return None;
    }
    match &part.item {
        Item::Family(at, _) => Some(*at),
        Item::Group(alternatives) | Item::Edit { alternatives, .. } => {
            alternatives.iter().flatten().find_map(|part| needed(part, ends))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::count::Count;
    use super::*;

    fn family(at: usize) -> Part {
        Part { item: Item::Family(at, Vec::new()), count: None }
    }

    fn token() -> Part {
        Part { item: Item::Token(0), count: None }
    }

    #[test]
    fn a_family_needs_a_way_out() {
        let dyck: Alternatives = vec![vec![], vec![token(), family(0), token(), family(0)]];
        assert!(endless(std::slice::from_ref(&dyck)).is_empty());
        let never: Alternatives = vec![vec![token(), family(0)]];
        assert_eq!(endless(std::slice::from_ref(&never)), [vec![0]]);
        // 0 needs 1, 1 and 2 need each other.
        let pair = [vec![vec![family(1)]], vec![vec![family(2)], vec![token(), family(2)]], vec![vec![family(1)]]];
        assert_eq!(endless(&pair), [vec![1, 2]]);
    }

    #[test]
    fn a_repetition_that_might_be_none_is_a_way_out() {
        let times = |count| vec![vec![Part { item: Item::Family(0, vec![]), count: Some(count) }]];
        assert!(endless(&[times(Count::Parameter(0))]).is_empty());
        assert!(endless(&[times(Count::Number(0))]).is_empty());
        assert_eq!(endless(&[times(Count::Number(2))]), [vec![0]]);
    }
}
