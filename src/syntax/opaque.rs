//! Nodes that are skipped text.

use super::SyntaxKind;

impl SyntaxKind {
    /// Whether nothing inside of such a node is looked at: it is skipped text, reported as a whole.
    #[must_use]
    pub fn is_opaque(self) -> bool {
        use SyntaxKind::*;
        matches!(
            self,
            ReservedName
                | ReservedColumn
                | WrongWord
                | WrongElse
                | WrongComputes
                | WrongOperator
                | WrongNot
                | WrongAssign
                | WrongColon
                | WrongArrow
                | WrongDots
                | WrongIn
                | WrongRange
                | WrongPlus
                | WrongComma
                | WrongOf
                | WrongBy
                | WrongSlice
                | WrongBracket
                | WrongParen
                | WrongBar
                | WrongSum
                | WrongList
                | WrongKey
                | WrongArguments
                | StrayComma
                | Needless
                | NeedlessType
                | NeedlessDefault
                | NeedlessKeyword
                | NeedlessPort
                | NeedlessSum
                | LateIndex
                | BarePath
                | BareFile
                | ErrorRange
                | ErrorInParens
                | ErrorInCall
                | ErrorInBrackets
                | ErrorInVocabulary
                | ErrorInPorts
                | ErrorBeforeAssign
                | ErrorBeforeBrace
                | ErrorTail
                | ErrorLine
                | ErrorTopLine
                | Misplaced
                | MisplacedItem
        )
    }
}
