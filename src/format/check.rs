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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::parse;

    #[test]
    fn a_change_of_any_word_or_comment_is_seen() {
        let text = "/// Of a.\nfeature a = b + c // why\n";
        let tree = |text: &str| parse(FileId(0), text).tree;
        assert!(says_the_same(&tree(text), &tree("\n/// Of a.  \nfeature  a = b\n+c// why")));
        for other in [
            "/// Of a.\nfeature a = b - c // why\n",
            "/// Of a.\nfeature a = b // why\n+ c\n",
            "/// Of b.\nfeature a = b + c // why\n",
            "/// Of a.\nfeature a = b + c\n",
            "feature a = b + c // why\n",
            "/// Of a.\nfeature a = b + c // why\nfeature d = 1",
            "",
        ] {
            assert!(!says_the_same(&tree(text), &tree(other)), "{other}");
        }
        assert_eq!(first_difference(&tree(text), &tree("/// Of a.\nfeature d = b + c")), 18..19);
    }
}
