//! Tokens that are not always the same text, as regular expressions.

use super::pest::Pest;
use pest_meta::ast::Expr;

/// The regular expression of a token. What a token looks ahead for is left out, but for a character
/// that may not stand at a place.
pub fn pattern(pest: &Pest, name: &str) -> String {
    let rule = pest.rule(name).expect("a rule of the grammar");
    sequence(pest, &flat(&rule.expr))
}

/// The parts of a sequence.
fn flat(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Seq(left, right) => [flat(left), flat(right)].concat(),
        other => vec![other],
    }
}

fn sequence(pest: &Pest, parts: &[&Expr]) -> String {
    let mut out = String::new();
    let mut parts = parts;
    while let Some((first, rest)) = parts.split_first() {
        parts = rest;
        match (first, rest.split_first()) {
            (Expr::NegPred(forbidden), Some((next, after))) if !after.is_empty() || is_wide(next) => {
                let Some(forbidden) = characters(pest, forbidden) else { continue };
                match next {
                    Expr::Ident(any) if any == "ANY" => {
                        out += &format!("[^{forbidden}]");
                        parts = after;
                    }
                    // Not this character, and then any of some.
                    Expr::Rep(content) => {
                        let inner = one(pest, content);
                        let first = inner.strip_prefix("[^").map(|others| format!("[^{forbidden}{others}"));
                        out += &format!("({}{inner}*)?", first.expect("characters that are named by others"));
                        parts = after;
                    }
                    _ => {}
                }
            }
            (Expr::NegPred(_) | Expr::PosPred(_), _) => {}
            _ => out += &one(pest, first),
        }
    }
    out
}

/// Whether this matches any of many characters.
fn is_wide(expr: &Expr) -> bool {
    matches!(expr, Expr::Rep(_)) || matches!(expr, Expr::Ident(name) if name == "ANY")
}

fn one(pest: &Pest, expr: &Expr) -> String {
    match expr {
        Expr::Str(text) => text.chars().map(escaped).collect(),
        Expr::Insens(text) => {
            text.chars().map(|c| format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase())).collect()
        }
        Expr::Seq(..) => sequence(pest, &flat(expr)),
        Expr::Choice(left, right) => match characters(pest, expr) {
            Some(set) => format!("[{set}]"),
            None => format!("({}|{})", one(pest, left), one(pest, right)),
        },
        Expr::Opt(content) => format!("({})?", one(pest, content)),
        Expr::Rep(content) => format!("{}*", grouped(&one(pest, content))),
        Expr::RepOnce(content) => format!("{}+", grouped(&one(pest, content))),
        Expr::PosPred(_) | Expr::NegPred(_) => String::new(),
        Expr::Ident(name) => match characters(pest, expr) {
            Some(set) => format!("[{set}]"),
            None => sequence(pest, &flat(&pest.rule(name).expect("a rule of the grammar").expr)),
        },
        other => unreachable!("no token of the grammar has {other:?}"),
    }
}

fn grouped(pattern: &str) -> String {
    let is_set = pattern.starts_with('[') && pattern.find(']') == Some(pattern.len() - 1);
    if is_set { pattern.to_owned() } else { format!("({pattern})") }
}

/// The inside of a character class, where this is one character of some.
fn characters(pest: &Pest, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Str(text) if text.chars().count() == 1 => Some(text.chars().map(in_class).collect()),
        Expr::Choice(left, right) => Some(characters(pest, left)? + &characters(pest, right)?),
        Expr::Ident(name) => match name.as_str() {
            "ASCII_DIGIT" => Some("0-9".to_owned()),
            "ASCII_ALPHA" => Some("a-zA-Z".to_owned()),
            "ASCII_ALPHANUMERIC" => Some("a-zA-Z0-9".to_owned()),
            "ANY" => None,
            _ => characters(pest, &pest.rule(name)?.expr),
        },
        _ => None,
    }
}

/// A character outside of a class.
fn escaped(c: char) -> String {
    if c.is_ascii_alphanumeric() || c == '"' || c == '!' { c.to_string() } else { format!("[{}]", in_class(c)) }
}

fn in_class(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\\' | ']' | '[' | '^' | '-' => format!("\\{c}"),
        c if c.is_ascii() => c.to_string(),
        c => format!("\\u{:04x}", u32::from(c)),
    }
}
