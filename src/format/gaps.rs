//! The style of single lines: what stands between two neighbours of the tree.

use super::doc::Gap;
use crate::syntax::{Node, SyntaxKind};

const NONE: Gap = Gap { spaces: 0, column: None, breaks: false };
const SPACE: Gap = Gap { spaces: 1, column: None, breaks: false };
/// A line can end here.
const SOFT: Gap = Gap { spaces: 1, column: None, breaks: true };
/// Between the columns of a line.
const WIDE: Gap = Gap { spaces: 2, column: None, breaks: true };

fn column(number: u8) -> Gap {
    Gap { column: Some(number), ..SPACE }
}

/// What stands between two neighbours that lie in `parent`. What is not named here has one space.
pub(super) fn gap(parent: Node<'_>, before: Node<'_>, after: Node<'_>) -> Gap {
    let first = after.first_token().map_or(SyntaxKind::Other, Node::kind);
    if is_glued(before.kind(), first) || is_called(parent, after) || is_sign(parent, before) {
        return NONE;
    }
    aligned(parent, before, after).unwrap_or_else(|| other(parent, before, after))
}

fn is_glued(before: SyntaxKind, first: SyntaxKind) -> bool {
    use SyntaxKind::{Comma, Dot, DotDot, LBracket, LParen, RBracket, RParen};
    matches!(first, Comma | RParen | RBracket | Dot | DotDot) || matches!(before, LParen | LBracket | Dot | DotDot)
}

/// Brackets that belong to the name before them.
fn is_called(parent: Node<'_>, after: Node<'_>) -> bool {
    use SyntaxKind::*;
    match (parent.kind(), after.kind()) {
        (ValueType, Dims) | (IndexPart, Colon) => true,
        (_, kind) => matches!(
            kind,
            LParen | Arguments | Parameters | NameList | NamedArguments | MapParameters | FamilyNames | Index
        ),
    }
}

fn is_sign(parent: Node<'_>, before: Node<'_>) -> bool {
    matches!(parent.kind(), SyntaxKind::Operand | SyntaxKind::CountOperand) && before.kind() == SyntaxKind::Minus
}

/// Columns that are aligned in consecutive lines of one kind.
fn aligned(parent: Node<'_>, before: Node<'_>, after: Node<'_>) -> Option<Gap> {
    use SyntaxKind::*;
    let number = match (parent.kind(), before.kind(), after.kind()) {
        (Component, KwComponent | KwSite, _) | (Input, KwInput, _) | (Output, KwOutput, _) => 1,
        (ChallengedSet, SoftTrusted | SoftAnomalous, _) => 1,
        (Component | Port, _, Assign) => 2,
        (Component | Port, _, Colon) => 3,
        (Input | Output | Column, StringLiteral, Colon) => 3,
        (Input | Output | Column, _, Assign | Colon) => 2,
        (Feature | Behaviour | MadeColumn, _, Colon) | (Table, _, Assign) => 1,
        (Feature | Behaviour | MadeColumn, _, Assign) | (Table, _, Colon) => 2,
        (Constant | Dim | PieceFamily | Align | NodeStatement, _, Assign) | (Arrow, ArrowSource, _) => 1,
        (NodeStatement, Estimate, _) => return None,
        (NodeStatement, _, KwComputes) => return Some(Gap { column: Some(2), ..WIDE }),
        _ => return None,
    };
    Some(column(number))
}

fn other(parent: Node<'_>, before: Node<'_>, after: Node<'_>) -> Gap {
    use SyntaxKind::*;
    match (parent.kind(), before.kind(), after.kind()) {
        (NodeStatement, Estimate, KwComputes) if before.child(Rest).is_some() => SPACE,
        (NodeStatement, _, KwComputes) | (Estimate, _, Rest) | (Input | Output, _, Vocabulary) | (Sequence, _, _) => {
            WIDE
        }
        (_, Comma, _) => SOFT,
        (_, Assign, _) if has_value(parent.kind()) => SOFT,
        (NodeStatement | Align, _, Plus) | (_, _, Bar) => SOFT,
        (Hypothesis | Interchange | Search | Challenge | Estimate, _, KwExplains | KwOf | KwOn | Refines) => SOFT,
        (
            _,
            _,
            AtClause | WhereClause | ExceptClause | TermsClause | FromClause | PairedClause | MapUse | UnclaimedTarget
            | ChallengeFilter,
        ) => SOFT,
        _ => SPACE,
    }
}

/// Whether what stands behind the `=` can be long.
fn has_value(parent: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(
        parent,
        Feature
            | Behaviour
            | Constant
            | Table
            | Component
            | Port
            | Input
            | Output
            | Column
            | MadeColumn
            | PieceFamily
            | NodeStatement
            | Align
    )
}
