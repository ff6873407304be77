//! What could stand at a place, in the words of messages.

use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::tree::Node;

/// What an absent token of this kind is.
pub(super) fn at(missing: SyntaxKind, parent: SyntaxKind) -> &'static [&'static str] {
    match missing {
        MissingName => name_of(parent),
        MissingType => &["a type"],
        MissingString | WrongKey => &["a string"],
        MissingSize => &["a whole number"],
        MissingDims => &["`[`"],
        MissingExpr if matches!(parent, Pool | Repetitions | Budget | Made | SeedLine | Piece | Count | EditPiece) => {
            &["a whole number"]
        }
        MissingExpr if parent == Precision => &["a number such as `0.01`"],
        MissingExpr => &["an expression"],
        MissingPiece => &["a token in quotes", "the name of a family", "`any`", "`(`"],
        MissingPlaces => &["`,` and how many places are changed"],
        MissingTokens => &["`any { ... }`"],
        MissingRange => &["a range such as `0..3`"],
        MissingRegion => &["the name of a component"],
        MissingScheme => &["`any`", "`exact`", "`mean`", "the name of a draw"],
        MissingUsed => &["a part of the library such as `std.features`", "the path of a file in quotes"],
        MissingOverridden => &["`node`"],
        MissingDropped => &["`node`", "an arrow"],
        MissingSwapped => &["`,` and a second node"],
        MissingRest => &["`exact`", "`any`", "`computes`"],
        MissingAssign => &["`=`"],
        MissingColon => &["`:`"],
        MissingDots => &["`..`"],
        MissingThen | WrongWord if parent == IfExpr => &["`then`"],
        MissingExplains | WrongWord if parent == Hypothesis => &["`explains`", "`refines`"],
        MissingAim | WrongWord if parent == Challenge => &["`fools`", "`distinguishes`"],
        MissingSet => &["`where`", "`from`"],
        WrongWord if parent == Baseline => &["`baseline`"],
        WrongElse => &["`else`"],
        MissingComputes | WrongComputes => &["`computes`"],
        MissingComparison | WrongOperator => &["`>=`", "`<=`", "`>`", "`<`"],
        MissingLParen => &["`(`"],
        MissingLBrace if parent == Model => &["`as`", "`{`"],
        MissingLBrace => &["`{`"],
        _ => &["something else"],
    }
}

/// The word or sign that is absent, where one alone is right.
pub(super) fn word_at(missing: SyntaxKind) -> Option<&'static str> {
    Some(match missing {
        MissingIn => "in",
        MissingOf => "of",
        MissingBy => "by",
        MissingVia => "via",
        MissingExcept => "except",
        MissingDot => ".",
        MissingBaseline => "baseline =",
        _ => return None,
    })
}

/// What an absent name in a node of this kind names.
fn name_of(parent: SyntaxKind) -> &'static [&'static str] {
    match parent {
        Expect | Refines | Baseline | Challenge => &["the name of a hypothesis"],
        ArrowTarget | UnclaimedTarget | Swap | Drop => &["the name of a node"],
        FromClause | Candidates | RowPiece => &["the name of a dataset"],
        Scores => &["the name of a score"],
        Expectation => &["the name of a measure"],
        PairedClause => &["the name of a column"],
        Ports | PortGroup | Changed => &["the name of a port"],
        Predicts | Align => &["the name of a feature"],
        NamedArguments | MapParameters | NameList | FamilyNames => &["the name of a parameter"],
        MapUse => &["the name of a map"],
        _ => &["a name"],
    }
}

/// What an absent name names, where the word before it says so.
pub(super) fn name_after(before: SyntaxKind, parent: SyntaxKind) -> Option<&'static str> {
    match (before, parent) {
        (KwExplains, _) | (LParen, Clause) => Some("the name of a behaviour"),
        (KwOf | WrongOf | MissingOf, Challenge) => Some("the name of a hypothesis"),
        (KwOf, RowPiece) => Some("the name of a dataset"),
        (Dot, RowPiece) => Some("the name of a column"),
        (KwOf, _) | (KwFor, Data | Generated) => Some("the name of a model"),
        (KwOn, _) => Some("the name of a dataset"),
        _ => None,
    }
}

/// What can follow an element in brackets.
pub(super) fn in_brackets(parent: SyntaxKind) -> &'static [&'static str] {
    match parent {
        Arguments | Paren => &["an operator", "`,`", "`)`"],
        Parameters | NamedArguments | MapParameters | NameList | FamilyNames => &["`,`", "`)`"],
        Index => &["an operator", "`..`", "`,`", "`]`"],
        Dims => &["`,`", "`]`"],
        PortGroup => &["`,`", "`}`"],
        PieceGroup => &["a piece", "`|`", "`)`"],
        Made => &["an operator", "`)`"],
        Swap | Family | ItemFamily => &["`,`"],
        _ => &["`)`"],
    }
}

/// What can stand before the block of a declaration.
pub(super) fn before_brace(declaration: Node) -> Vec<&'static str> {
    let has = |kind| declaration.child(kind).is_some();
    let mut expected = Vec::new();
    match declaration.kind() {
        Hypothesis | Interchange if !has(Refines) => {
            if !has(KwOf) && !has(KwOn) {
                expected.push("`of`");
            }
            if !has(KwOn) {
                expected.push("`on`");
            }
        }
        Model if !has(MapUse) => expected.push("`as`"),
        Expect if !has(Variant) => expected.push("`with`"),
        Family | ItemFamily => expected.push("`,`"),
        _ => {}
    }
    expected.push("`{`");
    expected
}

/// What can follow a complete statement on its line.
pub(super) fn after(statement: Node) -> Vec<&'static str> {
    let has = |kind| statement.descendants().any(|node| node.kind() == kind);
    let mut expected = match statement.kind() {
        Use => vec!["`.`", "the next declaration"],
        Dim if !has(Assign) => vec!["`=`"],
        Input | Output | MisspelledEntry if !has(Dims) => vec!["`[`", "`vocabulary`"],
        Input | Output | MisspelledEntry if !has(Vocabulary) => vec!["`vocabulary`"],
        Component if has(PortBlock) => vec![],
        Component if has(AtClause) => vec!["an operator", "`,`", "`{`"],
        Component => vec!["`at`", "`{`"],
        Port if !has(AtClause) => vec!["`at`", "the next port"],
        Constant | Feature | Behaviour | MisspelledValue => vec!["an operator", "the next declaration"],
        Table => vec!["the next declaration"],
        NodeStatement | Override => after_node(statement),
        Arrow => after_arrow(statement),
        Unclaimed if !has(UnclaimedTarget) => vec!["`for`"],
        Draw if has(PairedClause) => vec![],
        Draw if has(FromClause) => vec!["`paired`"],
        Draw => vec!["`from`", "`paired`"],
        Align => vec!["`+`", "the next line"],
        Predicts => vec!["an operator", "the next line"],
        CommonValues | Scores => vec!["`,`", "the next line"],
        Candidates => vec!["the next line"],
        ChallengeFilter | Rank | Repetitions | Budget | Success => vec!["an operator", "the next line"],
        ChallengedSet => vec!["`from`", "the next line"],
        Expectation => vec!["an arithmetic operator", "the next line"],
        Pool => vec!["an operator"],
        Clause | Precision => vec!["an arithmetic operator", "the next clause"],
        MadeColumn if has(Pieces) => vec!["a piece", "`|`", "`*`", "the next line"],
        PieceFamily => vec!["a piece", "`|`", "`*`", "the next line"],
        MadeColumn | LetLine | Condition | SeedLine => vec!["an operator", "the next line"],
        _ => vec![],
    };
    if !expected.iter().any(|word| word.starts_with("the next")) {
        expected.push("the next statement");
    }
    expected
}

fn after_node(statement: Node) -> Vec<&'static str> {
    let node = statement.child(NodeStatement).unwrap_or(statement);
    let has = |kind| node.child(kind).is_some();
    match () {
        () if has(FromClause) => vec![],
        () if node.child(Estimate).is_some_and(|estimate| estimate.child(Rest).is_some()) && !has(KwComputes) => {
            vec!["`computes`"]
        }
        () if has(Estimate) && !has(KwComputes) => vec!["`rest`", "`computes`"],
        () if has(Estimate) => vec![],
        () if has(KwExact) || has(KwAny) || has(Zero) => vec!["`from`"],
        () => vec!["an operator", "`from`"],
    }
}

fn after_arrow(arrow: Node) -> Vec<&'static str> {
    let mut expected = Vec::new();
    if arrow.child(ExceptClause).is_none() {
        expected.push("`except via`");
    }
    if arrow.child(TermsClause).is_none() {
        expected.push("`where`");
    }
    expected
}

/// What can start a statement in a block.
pub(super) fn in_block(block: SyntaxKind) -> Vec<&'static str> {
    match block {
        Model | Map => vec!["`dim`", "`input`", "`output`", "`component`"],
        PortBlock => vec!["`port`", "`}`"],
        Data => vec!["the name of a column", "`}`"],
        Generated => vec!["the name of a column", "`family`", "`let`", "`where`", "`seed`", "`}`"],
        Hypothesis | Family | Variant | VariantBlock => vec!["`node`", "an arrow", "`unclaimed`", "`}`"],
        Interchange => vec!["`predicts`", "`align`", "`}`"],
        Search => vec!["`over`", "`computes`", "`maximise`", "a setting such as `budget 500`", "`}`"],
        Calibrate => vec!["`computes`", "a setting such as `truth NAME` or `against NAME`", "`}`"],
        Challenge => in_challenge(),
        ItemFamily => vec!["`hypothesis`", "`interchange`", "`challenge`", "`expect`", "`}`"],
        Expect => vec!["a clause such as `recovered(loss) >= 0.9`", "`precision`", "`}`"],
        _ => vec!["a declaration (`model`, `data`, `feature`, `behaviour`, `hypothesis`, `expect` or another)"],
    }
}

/// A block, as the place of a statement.
pub(super) fn block_name(block: SyntaxKind) -> &'static str {
    match block {
        Model => "directly in a `model`",
        Map => "directly in a `map`",
        Data | Generated => "in a `data` block",
        Hypothesis => "in a `hypothesis`",
        Family => "in a `for` of statements",
        Variant | VariantBlock => "in a `with` block",
        Interchange => "in an `interchange`",
        Search => "in a `search`",
        Calibrate => "in a `calibrate`",
        Challenge => "in a `challenge`",
        ItemFamily => "in a `for` around hypotheses",
        Expect => "in an `expect` block",
        _ => "outside of a block",
    }
}

/// What can start a line of a challenge of either kind.
fn in_challenge() -> Vec<&'static str> {
    vec!["`from`", "`rank by`", "`budget`", "`trusted`", "`anomalous`", "`expect`", "`}`"]
}

/// The first word of a misplaced statement and the block that it belongs in.
pub(super) fn home_of<'t>(misplaced: Node<'t>) -> (&'t str, &'static str) {
    let statement = misplaced.children().find(|node| !node.kind().is_trivia());
    let word = misplaced.first_token().map_or("", |token| token.text());
    match statement.map(Node::kind) {
        Some(Arrow) => (arrow_word(statement), "in a `hypothesis`"),
        Some(NodeStatement | Unclaimed | Draw | Pool) => (word, "in a `hypothesis`"),
        Some(Family) => (word, "in a `hypothesis` or around hypotheses"),
        Some(Override | Drop | Swap) => (word, "in a refinement or a `with` block"),
        Some(Predicts | Align) => (word, "in an `interchange`"),
        Some(Port) => (word, "in a `component`"),
        _ => (word, "in a `model`"),
    }
}

fn arrow_word(arrow: Option<Node>) -> &'static str {
    if arrow.is_some_and(|arrow| arrow.child(AllPaths).is_some()) { "~>" } else { "->" }
}

/// The function that names the format of a path.
pub(super) fn path_format(owner: SyntaxKind) -> &'static str {
    if owner == KwModel { "onnx" } else { "npz" }
}

/// The construct in which a token is absent or too much, as hints name it.
/// `before` is the token before.
pub(super) fn place(mistake: SyntaxKind, parent: Node, before: Option<SyntaxKind>) -> &'static str {
    match (mistake, parent.kind()) {
        (MissingExpr, Expr | Bound) if before == Some(Star) => "operand of *",
        (MissingExpr, Bound) if before == Some(Percent) => "operand of %",
        (MissingIn, Parameter) => "parameter",
        (MissingExplains, _) => "name of a hypothesis",
        (WrongOperator, Clause) => "comparison of a clause",
        (WrongBracket, _) => "dims",
        (WrongParen, _) => "parameters of a component",
        (WrongKey, _) => "column",
        (WrongElse, _) => "else",
        (NeedlessKeyword, _) => "arguments",
        (ErrorInParens, Arguments) => "end of arguments",
        (MissingAssign | ErrorBeforeAssign, Feature) => "feature",
        (NeedlessType, Constant) => "constant",
        (NeedlessType, Table) => "type of a table",
        (MissingComputes | WrongComputes, _) => "computes",
        (NeedlessType | NeedlessDefault, _) => "parameters",
        (MissingColon | LateIndex, Table) => "table",
        (MissingColon, Behaviour) => "behaviour",
        (MissingRange | MissingDots | ErrorRange, _) => "range",
        (MissingLBrace, Family | ItemFamily) => "for",
        (MissingLBrace, Variant) => "with",
        (MissingLBrace, Expect) => "expect",
        (MissingName | ErrorBeforeBrace, Family | ItemFamily) => "head of a for",
        (MissingName, NamedArguments) => "arguments of a map",
        (MissingName, Swap) | (MissingSwapped, _) => "swap",
        (MissingDropped, _) => "drop",
        (MissingOverridden, _) => "override",
        (MissingRest, _) => "rest",
        (MissingBy, Predicts) => "predicts",
        (MissingBaseline, _) | (WrongWord, Baseline) => "baseline",
        (MissingName, Draw) => "draw without name",
        (MissingName, MapUse) => "map without name",
        (MissingLParen, Estimate) => "expression of an estimate",
        (NeedlessPort, ArrowSource) => "source",
        (NeedlessPort, _) => "ports",
        (NeedlessSum, _) => "estimate",
        (LateIndex, _) => "parts after a port",
        (ErrorBeforeBrace, Hypothesis) if parent.child(Refines).is_some() => "refinement",
        (ErrorBeforeBrace, Hypothesis | Interchange) => "hypothesis",
        _ => "",
    }
}

/// The construct after which something stands that cannot, as hints name it.
pub(super) fn place_after(statement: SyntaxKind) -> &'static str {
    match statement {
        Use => "use",
        Feature => "feature",
        Behaviour => "behaviour",
        NodeStatement | Override => "node",
        Arrow => "arrow",
        Unclaimed => "unclaimed",
        Draw => "draw",
        Drop => "drop",
        _ => "",
    }
}
