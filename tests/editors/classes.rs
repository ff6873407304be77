//! Which class each token of a text is of: as the lossless tree has it, and as editors see it.

use ansatz::syntax::{SyntaxKind, Tree};
use std::ops::Range;

/// The class of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    Text,
}

/// The tokens of the lossless tree with their classes.
pub fn of_tree(tree: &Tree) -> Vec<(Range<usize>, Class)> {
    let tokens = tree.tokens().filter(|token| !token.range().is_empty());
    tokens.filter_map(|token| Some((token.range(), of_kind(token.kind())?))).collect()
}

/// The class of a token; none for space. A kind that correct texts lack is of no class either, and the
/// lengths of texts show it.
fn of_kind(kind: SyntaxKind) -> Option<Class> {
    use SyntaxKind::*;
    let name = kind.rule_name();
    match kind {
        FileDoc | ItemDoc | LineComment => Some(Class::Comment),
        Ident => Some(Class::Name),
        Int | Real => Some(Class::Number),
        StringLiteral => Some(Class::Text),
        Plus | Minus | Star | Slash | Percent | Less | LessEqual | Greater | GreaterEqual | EqualEqual | NotEqual
        | Assign | ArrowToken | AllPaths | Bar | DotDot => Some(Class::Operator),
        LParen | RParen | LBracket | RBracket | LBrace | RBrace | Comma | Colon | Dot => Some(Class::Punctuation),
        _ if name.starts_with("kw_") || name.starts_with("soft_") => Some(Class::Keyword),
        _ => None,
    }
}

/// The class of a scope of TextMate.
pub fn of_scope(scope: &str) -> Option<Class> {
    first_of(
        scope,
        &[
            ("comment", Class::Comment),
            ("string", Class::Text),
            ("constant.character.escape", Class::Text),
            ("constant.numeric", Class::Number),
            ("constant.language", Class::Keyword),
            ("keyword.operator", Class::Operator),
            ("keyword", Class::Keyword),
            ("storage", Class::Keyword),
            ("punctuation", Class::Punctuation),
            ("entity", Class::Name),
            ("support", Class::Name),
            ("variable", Class::Name),
        ],
    )
}

/// The class of a capture of `highlights.scm`.
pub fn of_capture(capture: &str) -> Option<Class> {
    first_of(
        capture,
        &[
            ("comment", Class::Comment),
            ("string", Class::Text),
            ("number", Class::Number),
            ("constant.builtin", Class::Keyword),
            ("keyword", Class::Keyword),
            ("operator", Class::Operator),
            ("punctuation", Class::Punctuation),
            ("constant", Class::Name),
            ("constructor", Class::Name),
            ("function", Class::Name),
            ("property", Class::Name),
            ("type", Class::Name),
            ("variable", Class::Name),
        ],
    )
}

fn first_of(name: &str, classes: &[(&str, Class)]) -> Option<Class> {
    classes.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, class)| *class)
}

/// What an editor makes of a text, held against the tree: the first token of another class, in words.
/// Parts that are named later count.
pub fn difference(
    text: &str,
    tokens: &[(Range<usize>, Class)],
    named: &[(Range<usize>, Option<Class>)],
) -> Option<String> {
    let mut classes: Vec<Option<Class>> = vec![None; text.len()];
    for (range, class) in named {
        classes[range.clone()].fill(*class);
    }
    let differs =
        |(range, class): &&(Range<usize>, Class)| classes[range.clone()].iter().any(|other| *other != Some(*class));
    let (range, class) = tokens.iter().find(differs)?;
    let line = text[..range.start].matches('\n').count() + 1;
    let seen = classes[range.clone()].iter().find(|other| **other != Some(*class));
    Some(format!("line {line}: {:?} is a {class:?}, and is seen as {seen:?}", &text[range.clone()]))
}
