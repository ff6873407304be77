//! What kind of thing a place in a text wants, by the words before it: a text that is being written is seldom whole.

use crate::lsp::index::Space;
use crate::lsp::project::Unit;
use crate::syntax::{Node, SyntaxKind};

/// What a place wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Nothing,
    /// The first word of a line.
    Line,
    /// A tensor of a model.
    Address,
    /// A text that is used.
    File,
    Type,
    Dim,
    Region,
    Port,
    /// A node, or the behaviour.
    End,
    /// What a node computes.
    Claim,
    /// What is unclaimed.
    Scheme,
    /// What a mean is over.
    Over,
    /// A part of the library.
    Library,
    Map,
    /// A name of this space.
    Of(Space),
    Expression,
}

/// A place in a text.
#[derive(Debug)]
pub struct Context {
    pub place: Place,
    /// The word that begins the block around it: `model`, `hypothesis`; empty outside of blocks.
    pub block: String,
    /// The word that begins its line.
    pub line: String,
    /// What is written of a string before the place.
    pub written: String,
    pub offset: usize,
}

/// A token before the place.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    kind: SyntaxKind,
    text: &'t str,
    start: usize,
    /// Whether it is the first of its line.
    is_first: bool,
}

impl Context {
    /// The context of a byte of a text.
    pub fn at(unit: &Unit, offset: usize) -> Context {
        let mut words = words_before(unit, offset);
        let mut context = Context {
            place: Place::Nothing,
            block: block(&words),
            line: String::new(),
            written: String::new(),
            offset,
        };
        if in_comment(unit, offset) {
            return context;
        }
        if let Some(string) = words.last().filter(|word| is_open_string(unit, word, offset)).copied() {
            context.written = unit.text.get(string.start + 1..offset).unwrap_or("").to_owned();
            words.pop();
            context.line = line(&words);
            context.place = of_string(&words, &context.line);
            return context;
        }
        // The word that is being written says nothing about its place.
        if words.last().is_some_and(|word| word.start + word.text.len() == offset && is_word(word.text)) {
            words.pop();
        }
        let begins = match words.last() {
            None => true,
            Some(last) => {
                let between = unit.text.get(last.start + last.text.len()..offset).unwrap_or("");
                between.contains('\n') || last.kind == SyntaxKind::LBrace
            }
        };
        context.line = if begins { String::new() } else { line(&words) };
        context.place = if begins && !goes_on(&words) { Place::Line } else { of_words(&words, &context) };
        context
    }
}

fn words_before(unit: &Unit, offset: usize) -> Vec<Word<'_>> {
    let is_meant = |token: &Node<'_>| !token.kind().is_trivia() && !token.range().is_empty();
    let before = unit.parsed.tree.tokens().take_while(|token| token.range().start < offset).filter(is_meant);
    let mut found: Vec<Word<'_>> = Vec::new();
    for token in before {
        let range = token.range();
        let end = found.last().map_or(0, |last: &Word<'_>| last.start + last.text.len());
        let is_first = found.is_empty() || unit.text.get(end..range.start).is_some_and(|text| text.contains('\n'));
        // A token that reaches beyond the place counts up to it.
        let text = unit.text.get(range.start..range.end.min(offset)).unwrap_or("");
        found.push(Word { kind: token.kind(), text, start: range.start, is_first });
    }
    found
}

fn in_comment(unit: &Unit, offset: usize) -> bool {
    use SyntaxKind::{FileDoc, ItemDoc, LineComment};
    let is_comment = |token: &Node<'_>| matches!(token.kind(), FileDoc | ItemDoc | LineComment);
    let around = |token: &Node<'_>| token.range().start < offset && offset <= token.range().end;
    unit.parsed.tree.tokens().any(|token| is_comment(&token) && around(&token))
}

fn is_open_string(unit: &Unit, word: &Word<'_>, offset: usize) -> bool {
    if !word.text.starts_with('"') {
        return false;
    }
    let own = unit.text.get(word.start..offset).unwrap_or("");
    // One line holds a string.
    !own.contains('\n') && (own.len() == 1 || !own.ends_with('"') || own.ends_with("\\\""))
}

fn is_word(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// The first word of the header of the block that is open last.
fn block(words: &[Word<'_>]) -> String {
    let mut depth = 0_i32;
    let mut open = None;
    for (at, word) in words.iter().enumerate().rev() {
        match word.kind {
            SyntaxKind::RBrace => depth += 1,
            SyntaxKind::LBrace if depth > 0 => depth -= 1,
            SyntaxKind::LBrace => {
                open = Some(at);
                break;
            }
            _ => {}
        }
    }
    let Some(open) = open else { return String::new() };
    const HEADS: [&str; 16] = [
        "model",
        "map",
        "data",
        "hypothesis",
        "interchange",
        "challenge",
        "search",
        "calibrate",
        "expect",
        "component",
        "site",
        "for",
        "with",
        "any",
        "vocabulary",
        ".",
    ];
    let head = words.get(..open).unwrap_or_default().iter().rev().find(|word| {
        HEADS.contains(&word.text) && (word.is_first || matches!(word.text, "with" | "any" | "vocabulary" | "."))
    });
    head.map_or_else(String::new, |word| word.text.to_owned())
}

fn line(words: &[Word<'_>]) -> String {
    let first = words.iter().rev().find(|word| word.is_first);
    first.map_or_else(String::new, |word| word.text.to_owned())
}

/// Whether what stands last needs something behind it, on whatever line.
fn goes_on(words: &[Word<'_>]) -> bool {
    const OPEN: [&str; 20] = [
        "=", "+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "and", "or", "not", "if", "then", "else", "(",
        ",",
    ];
    words.last().is_some_and(|word| OPEN.contains(&word.text))
}

fn of_string(words: &[Word<'_>], line: &str) -> Place {
    let before: Vec<&str> = words.iter().rev().take(2).map(|word| word.text).collect();
    match (line, before.as_slice()) {
        ("use", _) => Place::File,
        ("component" | "site" | "port" | "input" | "output", ["=", ..]) => Place::Address,
        _ => Place::Nothing,
    }
}

fn of_words(words: &[Word<'_>], context: &Context) -> Place {
    let Some(last) = words.last() else { return Place::Line };
    let line = context.line.as_str();
    let on_line: Vec<&str> = words.iter().rev().take_while(|word| !word.is_first).map(|word| word.text).collect();
    match last.text {
        "->" | "~>" | "swap" => Place::End,
        "drop" => Place::Line,
        "explains" => Place::Of(Space::Behaviour),
        "refines" | "expect" if last.is_first || last.text == "refines" => Place::Of(Space::Hypothesis),
        "on" | "from" => Place::Of(Space::Data),
        "of" if line == "challenge" => Place::Of(Space::Hypothesis),
        "of" if on_line.contains(&"estimate") => Place::Region,
        "of" if line == "hypothesis" || line == "interchange" || line == "search" => Place::Of(Space::Model),
        "of" => Place::Of(Space::Data),
        "for" if line == "data" => Place::Of(Space::Model),
        "for" if line == "unclaimed" => Place::End,
        "use" => Place::Library,
        "as" => Place::Map,
        "computes" => Place::Claim,
        "unclaimed" if last.is_first => Place::Scheme,
        "over" if context.block == "search" => Place::Region,
        "over" => Place::Over,
        "via" => Place::Region,
        "at" => Place::Dim,
        "." => after_dot(words, line),
        "[" => Place::Dim,
        ":" => after_colon(words, line),
        "{" if words.iter().rev().nth(1).is_some_and(|word| word.text == ".") => Place::Port,
        "=" | "+" if matches!(line, "node" | "override" | "align") && !on_line.contains(&"computes") => Place::Region,
        "," => after_comma(words, context),
        "(" => after_paren(words, context),
        "dim" | "input" | "output" | "component" | "site" | "port" | "node" | "feature" | "behaviour" | "constant"
        | "model" | "data" | "table" | "hypothesis" | "interchange" | "draw" => Place::Nothing,
        _ if is_word(last.text) && !is_operator(last.text) => Place::Nothing,
        ")" | "]" | "}" => Place::Nothing,
        _ => Place::Expression,
    }
}

fn is_operator(text: &str) -> bool {
    ["and", "or", "not", "if", "then", "else", "where", "by", "rank", "success", "match", "pool"].contains(&text)
}

fn after_dot(words: &[Word<'_>], line: &str) -> Place {
    if line == "use" {
        return Place::Library;
    }
    let mut before = words.iter().rev().skip(1);
    let is_map = before.clone().take_while(|word| is_word(word.text) || word.text == ".").any(|word| word.text == "as");
    if is_map {
        return Place::Map;
    }
    match before.next() {
        Some(word) if word.kind == SyntaxKind::RParen || word.kind == SyntaxKind::RBracket || is_word(word.text) => {
            Place::Port
        }
        _ => Place::Nothing,
    }
}

fn after_colon(words: &[Word<'_>], line: &str) -> Place {
    // `[pos: 1]` or `NAME : TYPE`.
    let bracket = words.iter().rev().take_while(|word| !word.is_first).find(|word| matches!(word.text, "[" | "]"));
    match bracket {
        Some(word) if word.text == "[" => Place::Expression,
        _ if matches!(line, "component" | "site" | "port") => Place::Nothing,
        _ => Place::Type,
    }
}

/// The bracket that is open at the end.
fn open_bracket<'w, 't>(words: &'w [Word<'t>]) -> Option<(usize, &'w Word<'t>)> {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().rev() {
        match word.text {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "(" | "[" | "{" => return Some((at, word)),
            _ => {}
        }
    }
    None
}

fn after_comma(words: &[Word<'_>], context: &Context) -> Place {
    match open_bracket(words) {
        Some((_, word)) if word.text == "[" => Place::Dim,
        Some((at, word)) if word.text == "{" && at > 0 && words.get(at - 1).is_some_and(|word| word.text == ".") => {
            Place::Port
        }
        Some((_, word)) if word.text == "(" => Place::Expression,
        _ if context.line == "swap" => Place::End,
        _ if words.iter().rev().take_while(|word| !word.is_first).any(|word| word.text == "via") => Place::Region,
        _ if matches!(context.line.as_str(), "computes") => Place::Claim,
        _ => Place::Expression,
    }
}

fn after_paren(words: &[Word<'_>], context: &Context) -> Place {
    let before = words.iter().rev().nth(1).map_or("", |word| word.text);
    match before {
        "recovered" | "scrubbed" | "clean" if context.block == "expect" => Place::Of(Space::Behaviour),
        "recovered" if context.line == "maximise" => Place::Of(Space::Behaviour),
        "iia" => Place::Of(Space::Feature),
        _ => Place::Expression,
    }
}
