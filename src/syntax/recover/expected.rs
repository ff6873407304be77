//! What could stand at a place, in the words of messages.

use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::tree::Node;

/// What an absent token of this kind is.
pub(super) fn at(missing: SyntaxKind, parent: SyntaxKind) -> Option<&'static [&'static str]> {
    Some(match missing {
        MissingName if parent == Expect => &["the name of a hypothesis"],
        MissingName => &["a name"],
        MissingType => &["a type"],
        MissingString => &["a string"],
        MissingSize => &["a whole number"],
        MissingDims => &["`[`"],
        MissingExpr => &["an expression"],
        MissingRegion => &["the name of a component"],
        MissingScheme => &["`any`", "`exact`"],
        MissingAssign => &["`=`"],
        MissingColon => &["`:`"],
        MissingIn => &["`in`"],
        MissingDots => &["`..`"],
        MissingThen | WrongWord if parent == IfExpr => &["`then`"],
        MissingExplains | WrongWord if parent == Hypothesis => &["`explains`"],
        WrongElse => &["`else`"],
        MissingComputes | WrongComputes => &["`computes`"],
        MissingComparison => &["`>=`", "`<=`", "`>`", "`<`"],
        MissingLParen => &["`(`"],
        MissingLBrace => &["`{`"],
        _ => return None,
    })
}

/// What can follow an element in brackets.
pub(super) fn in_brackets(parent: SyntaxKind) -> &'static [&'static str] {
    match parent {
        Arguments | Paren => &["an operator", "`,`", "`)`"],
        Parameters => &["`,`", "`)`"],
        Index => &["an operator", "`..`", "`,`", "`]`"],
        Dims => &["`,`", "`]`"],
        _ => &["`)`"],
    }
}

/// What can stand before the block of a declaration.
pub(super) fn before_brace(declaration: Node) -> Vec<&'static str> {
    let mut expected = Vec::new();
    if declaration.kind() == Hypothesis {
        let has = |kind| declaration.child(kind).is_some();
        if !has(KwOf) && !has(KwOn) {
            expected.push("`of`");
        }
        if !has(KwOn) {
            expected.push("`on`");
        }
    }
    expected.push("`{`");
    expected
}

/// What can follow a complete statement on its line.
pub(super) fn after(statement: Node) -> Vec<&'static str> {
    let has = |kind| statement.descendants().any(|node| node.kind() == kind);
    match statement.kind() {
        Dim if !has(Assign) => vec!["`=`", "the next statement"],
        Input | Output | MisspelledEntry if !has(Dims) => vec!["`[`", "`vocabulary`", "the next statement"],
        Input | Output | MisspelledEntry if !has(Vocabulary) => vec!["`vocabulary`", "the next statement"],
        Component if has(PortBlock) => vec!["the next statement"],
        Component if has(AtClause) => vec!["an operator", "`,`", "`{`", "the next statement"],
        Component => vec!["`at`", "`{`", "the next statement"],
        Feature | Behaviour | MisspelledValue => vec!["an operator", "the next declaration"],
        NodeStatement if has(KwExact) || has(KwAny) => vec!["the next statement"],
        NodeStatement => vec!["an operator", "the next statement"],
        Clause => vec!["an arithmetic operator", "the next clause"],
        _ => vec!["the next statement"],
    }
}

/// What can start a statement in a block.
pub(super) fn in_block(block: SyntaxKind) -> Vec<&'static str> {
    match block {
        Model => vec!["`dim`", "`input`", "`output`", "`component`"],
        PortBlock => vec!["`port`", "`}`"],
        Data => vec!["the name of a column", "`}`"],
        Hypothesis => vec!["`node`", "an arrow", "`unclaimed`", "`}`"],
        Expect => vec!["a clause such as `recovered(loss) >= 0.9`"],
        _ => vec!["a declaration (`model`, `data`, `feature`, `behaviour`, `hypothesis`, `expect`)"],
    }
}

/// A block, as the place of a statement.
pub(super) fn block_name(block: SyntaxKind) -> &'static str {
    match block {
        Model => "directly in a `model`",
        Data => "in a `data` block",
        Hypothesis => "in a `hypothesis`",
        Expect => "in an `expect` block",
        _ => "outside of a block",
    }
}

/// The first word of a misplaced statement and the block that it belongs in.
pub(super) fn home_of<'t>(misplaced: Node<'t>) -> (&'t str, &'static str) {
    let statement = misplaced.children().find(|node| !node.kind().is_trivia());
    let word = misplaced.first_token().map_or("", |token| token.text());
    match statement.map(Node::kind) {
        Some(Arrow) => ("->", "a `hypothesis`"),
        Some(NodeStatement | Unclaimed) => (word, "a `hypothesis`"),
        Some(Port) => (word, "a `component`"),
        _ => (word, "a `model`"),
    }
}

/// The function that names the format of a path.
pub(super) fn path_format(owner: SyntaxKind) -> &'static str {
    if owner == KwData { "npz" } else { "onnx" }
}
