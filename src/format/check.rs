//! Whether two texts say the same: the trees without space.

use super::tokens::trimmed;
use crate::syntax::{Node, SyntaxKind, Tree};
use std::ops::Range;

/// A node of a tree: how deep it lies, what it is, and its text if it is a token.
type Entry<'t> = (usize, SyntaxKind, &'t str);

/// Whether two trees differ in nothing but space.
pub(super) fn says_the_same(before: &Tree, after: &Tree) -> bool {
    let same = |(one, other): (Option<(Entry<'_>, _)>, Option<(Entry<'_>, _)>)| {
        one.map(|(entry, _)| entry) == other.map(|(entry, _)| entry)
    };
    pairs(before, after).all(same)
}

/// The first place of the text where they differ.
pub(super) fn first_difference(before: &Tree, after: &Tree) -> Range<usize> {
    let end = before.root().range().end;
    pairs(before, after)
        .find(|(one, other)| one.as_ref().map(|(entry, _)| entry) != other.as_ref().map(|(entry, _)| entry))
        .and_then(|(one, _)| one)
        .map_or(end..end, |(_, node)| node.range())
}

type Placed<'t> = Option<(Entry<'t>, Node<'t>)>;

/// The entries of both, side by side, up to the end of the longer.
fn pairs<'t>(before: &'t Tree, after: &'t Tree) -> impl Iterator<Item = (Placed<'t>, Placed<'t>)> {
    let (mut one, mut other) = (entries(before), entries(after));
    std::iter::from_fn(move || match (one.next(), other.next()) {
        (None, None) => None,
        both => Some(both),
    })
}

/// All nodes but space, each before what it holds.
fn entries<'t>(tree: &'t Tree) -> impl Iterator<Item = (Entry<'t>, Node<'t>)> {
    let mut open: Vec<(Node<'t>, usize)> = vec![(tree.root(), 0)];
    std::iter::from_fn(move || {
        loop {
            let (node, depth) = open.pop()?;
            let children: Vec<Node<'t>> = node.children().collect();
            open.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
            match node.kind() {
                SyntaxKind::Whitespace => {}
                kind if !node.is_token() => return Some(((depth, kind, ""), node)),
                kind if kind.is_trivia() => return Some(((depth, kind, trimmed(node)), node)),
                kind => return Some(((depth, kind, node.text()), node)),
            }
        }
    })
}
