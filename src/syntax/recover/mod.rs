//! The tree's marks of recovery to findings: each mistake once, at its place, without what follows
//! from it.

mod expected;
mod tokens;

use super::SyntaxKind::{self, *};
use super::findings::Findings;
use super::tree::{Node, Tree};
use super::words::{self, KEYWORDS};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::syntax::{self as messages, Found};
use crate::source::{FileId, Span};
use std::collections::BTreeSet;

/// Reports every mark of recovery in the tree that is not a consequence of another.
pub(super) fn report(file: FileId, text: &str, tree: &Tree, findings: &mut Findings) {
    let significant = |token: &Node| !token.kind().is_trivia() && !token.range().is_empty();
    let tokens: Vec<Node> = tree.tokens().filter(significant).collect();
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut reporter = Reporter { file, text, lines, tokens, findings, reported: None, torn_lines: BTreeSet::new() };
    reporter.report_torn_strings();
    reporter.visit_children(tree.root());
}

/// A place for a finding and what stands there.
#[derive(Debug, Clone, Copy)]
struct Spot<'t> {
    span: Span,
    found: Found<'t>,
    /// The index of the token at or after the place: two findings with one index have one cause.
    token: usize,
}

struct Reporter<'t, 'f> {
    file: FileId,
    text: &'t str,
    /// The offsets at which lines start.
    lines: Vec<usize>,
    /// The tokens that mean something, in the order of the text.
    tokens: Vec<Node<'t>>,
    findings: &'f mut Findings,
    /// The token of the last finding.
    reported: Option<usize>,
    /// The starts of lines with a string that does not end: nothing else on them can be trusted.
    torn_lines: BTreeSet<usize>,
}

impl<'t> Reporter<'t, '_> {
    fn report_torn_strings(&mut self) {
        let torn: Vec<Node> = self.tokens.iter().copied().filter(|token| token.kind() == UnterminatedString).collect();
        for token in torn {
            self.torn_lines.insert(self.line_start(token.range().start));
            self.findings.push(messages::unterminated_string(self.span(token)));
        }
    }

    fn visit_children(&mut self, parent: Node<'t>) {
        let mut before = None;
        for node in parent.children().filter(|node| !node.kind().is_trivia()) {
            self.visit(node, parent, before);
            before = Some(node);
        }
    }

    fn visit(&mut self, node: Node<'t>, parent: Node<'t>, before: Option<Node<'t>>) {
        let kind = node.kind();
        if let Some(misspelled) = words::misspelled(node) {
            let spot = self.spot_of(misspelled.word);
            if self.is_new(&spot, node) {
                let expected = quoted(misspelled.fitting);
                let word = misspelled.word.text();
                let finding = match misspelled.fitting.first() {
                    Some(fitting) if words::ITEM_WORDS.contains(&word) => {
                        messages::wrong_token(spot.span, fitting, word)
                    }
                    _ => messages::unknown_word(spot.span, word, &refs(&expected), misspelled.near),
                };
                self.push(spot, finding);
            }
            if misspelled.is_misfit() {
                return;
            }
        }
        if kind.is_mistake() && !(kind == WrongWord && words::misspelled(parent).is_some()) {
            self.mistake(node, parent, before);
        }
        if !kind.is_opaque() {
            self.visit_children(node);
        }
    }

    fn mistake(&mut self, node: Node<'t>, parent: Node<'t>, before: Option<Node<'t>>) {
        match node.kind() {
            MissingRParen | MissingRBracket | MissingRBrace => self.unclosed(node, parent),
            ErrorLine | ErrorTopLine | Misplaced | MisplacedItem | Needless => self.line(node, parent, before),
            MisspelledValue | MisspelledEntry => {}
            StrayComma => self.stray_comma(node, parent),
            ErrorTail => self.tail(node, parent, before),
            ErrorRange | ErrorInParens | ErrorInCall | ErrorInBrackets | ErrorInVocabulary | ErrorInPorts
            | ErrorBeforeBrace | ErrorBeforeAssign => {
                self.skipped(node, parent);
            }
            _ => self.token_mistake(node, parent),
        }
    }

    /// Commas between strings: one finding for all of a list, and one fix.
    fn stray_comma(&mut self, node: Node<'t>, list: Node<'t>) {
        let spot = self.spot_of(node);
        let commas: Vec<Node> = list.children_of(StrayComma).collect();
        let (Some(first), Some(last)) = (commas.first(), commas.last()) else { return };
        if first.range() != node.range() || !self.is_new(&spot, node) {
            return;
        }
        let all = first.range().start..last.range().end;
        let inside = list.children().filter(|child| child.range().start >= all.start && child.range().end <= all.end);
        let kept: String = inside.filter(|child| child.kind() != StrayComma).map(Node::text).collect();
        let what = if list.kind() == Data { "columns" } else { "strings" };
        self.push(spot, messages::needless_commas(spot.span, what, Span::new(self.file, all), &kept));
    }

    fn unclosed(&mut self, node: Node<'t>, parent: Node<'t>) {
        let (open, missing_open) = match node.kind() {
            MissingRParen => (LParen, Some(MissingLParen)),
            MissingRBracket => (LBracket, None),
            _ => (LBrace, Some(MissingLBrace)),
        };
        let spot = self.spot_of(node);
        // Where both brackets are absent, the first one is reported; a block inside without its opening
        // bracket might have taken the closing one of this block.
        let took_bracket = |inner: Node| is_repeated(inner) && inner.child(MissingLBrace).is_some();
        let is_open = missing_open.is_none_or(|missing| parent.child(missing).is_none())
            && !(open == LBrace && parent.descendants().any(took_bracket));
        if !is_open || !self.is_new(&spot, node) {
            return;
        }
        let opener = parent.child(open).map(|opener| (self.span(opener), opener.text()));
        let expected = if open == LBrace { &["`}`"] } else { expected::in_brackets(parent.kind()) };
        self.push(spot, messages::unclosed(spot.span, opener, expected, spot.found));
    }

    /// Skipped text inside brackets or before a block.
    fn skipped(&mut self, node: Node<'t>, parent: Node<'t>) {
        let spot = self.spot_of(node);
        if !self.is_new(&spot, node) {
            return;
        }
        let expected = match node.kind() {
            ErrorBeforeBrace => expected::before_brace(parent),
            ErrorBeforeAssign => vec!["`=`"],
            ErrorInVocabulary => vec!["a string", "`}`"],
            ErrorRange => vec!["a range such as `0..3`"],
            _ => expected::in_brackets(parent.kind()).to_vec(),
        };
        let finding = messages::unexpected(spot.span, &expected, spot.found);
        let place = expected::place(node.kind(), parent, self.kind_before(spot));
        self.push(spot, messages::hinted(finding, place, spot.found.text()));
    }

    /// Text after a statement on its line.
    fn tail(&mut self, node: Node<'t>, parent: Node<'t>, before: Option<Node<'t>>) {
        let spot = self.spot_of(node);
        if before.is_some_and(has_mistake) || !self.is_new(&spot, node) {
            return;
        }
        let first = node.first_token().map_or("", Node::text);
        let statement = before.unwrap_or(parent);
        let finding = match first {
            ")" | "]" => messages::stray_bracket(spot.span, first),
            "->" | "~>" if statement.kind() == Arrow => messages::chained_arrow(spot.span, first),
            _ => {
                let finding = messages::unexpected(spot.span, &expected::after(statement), spot.found);
                messages::hinted(finding, expected::place_after(statement.kind()), first)
            }
        };
        self.push(spot, finding);
    }

    /// A line, or a part of one, that is no statement of its block.
    fn line(&mut self, node: Node<'t>, parent: Node<'t>, before: Option<Node<'t>>) {
        let spot = Spot { token: self.token_from(node.range().start), ..self.spot_of(node) };
        let Some(token) = node.first_token() else { return };
        let word = token.text();
        let starts_word = word.starts_with(|character: char| character.is_alphabetic() || character == '_');
        let near = near_statement(word, parent.kind());
        if self.follows_from(node, before, starts_word, near.is_some()) || !self.is_new(&spot, node) {
            return;
        }
        let span = self.span(token);
        let finding = match (node.kind(), word) {
            (Needless, _) => messages::needless_separator(span, word),
            (Misplaced, _) => {
                let ((word, home), here) = (expected::home_of(node), expected::block_name(parent.kind()));
                messages::misplaced(span, word, home, here)
            }
            (MisplacedItem, _) => messages::misplaced_item(span, word, expected::block_name(parent.kind())),
            (_, ")" | "]" | "}") => messages::stray_bracket(span, word),
            _ if near.is_some() => messages::unknown_word(span, word, &expected::in_block(parent.kind()), near),
            _ => {
                let finding = messages::unexpected(span, &expected::in_block(parent.kind()), found_token(token));
                let second = self.tokens.get(spot.token + 1).map_or("", |token| token.text());
                match parent.kind() {
                    File => messages::hinted(finding, "a file", word),
                    Hypothesis | Family | VariantBlock => messages::hinted(finding, "line of a hypothesis", second),
                    _ => finding,
                }
            }
        };
        self.push(spot, finding);
    }

    /// Whether a line that makes no sense is a consequence of what stands before it.
    fn follows_from(&self, node: Node<'t>, before: Option<Node<'t>>, starts_word: bool, near: bool) -> bool {
        let Some(before) = before else { return false };
        if matches!(before.kind(), ErrorLine | ErrorTopLine | Misplaced | Needless) && before.kind() == node.kind() {
            return !near;
        }
        let same_line = self.line_start(before.significant_range().end) == self.line_start(node.range().start);
        has_mistake(before) && (same_line || !starts_word && before.kind() != Needless)
    }

    /// The kind of the token before a place.
    fn kind_before(&self, spot: Spot<'t>) -> Option<SyntaxKind> {
        spot.token.checked_sub(1).and_then(|index| self.tokens.get(index)).map(|token| token.kind())
    }

    fn push(&mut self, spot: Spot<'t>, finding: Diagnostic) {
        self.reported = Some(spot.token);
        self.findings.push(finding);
    }

    /// Whether this is not yet reported, and no string tears its line apart.
    fn is_new(&self, spot: &Spot<'t>, node: Node<'t>) -> bool {
        let after_torn = spot.token.checked_sub(1).and_then(|index| self.tokens.get(index));
        let is_after_torn =
            node.range().is_empty() && after_torn.is_some_and(|token| token.kind() == UnterminatedString);
        self.reported != Some(spot.token)
            && !is_after_torn
            && !self.torn_lines.contains(&self.line_start(spot.span.start as usize))
    }

    /// Where to report `node`: at its first token; if it has none, at the next token, or at the end
    /// of the one before where a line ends between.
    fn spot_of(&self, node: Node<'t>) -> Spot<'t> {
        if let Some(token) = node.first_token() {
            let found = found_token(token);
            let whole =
                if node.is_token() || node.kind().is_opaque() && node.children().count() == 1 { node } else { token };
            return Spot { span: self.span(whole), found, token: self.token_from(token.range().start) };
        }
        let index = self.token_from(node.range().start);
        let next = self.tokens.get(index).copied();
        let before = index.checked_sub(1).and_then(|index| self.tokens.get(index)).copied();
        if let (MissingNode | MissingKeyword, Some(next)) = (node.kind(), next) {
            return Spot { span: self.span(next), found: found_token(next), token: index };
        }
        let end_of = |token: Option<Node<'t>>| {
            let end = token.map_or(0, |token| token.range().end);
            Span::new(self.file, end..end)
        };
        let (span, found) = match (before, next) {
            (_, None) => (end_of(before), Found::FileEnd),
            (Some(before), Some(next))
                if self.line_start(before.range().end) != self.line_start(next.range().start) =>
            {
                (end_of(Some(before)), Found::LineEndAfter(before.text()))
            }
            (_, Some(next)) => (self.span(next), found_token(next)),
        };
        Spot { span, found, token: index }
    }

    /// The index of the first token that starts at or after `offset`.
    fn token_from(&self, offset: usize) -> usize {
        self.tokens.partition_point(|token| token.range().start < offset)
    }

    fn line_start(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|start| *start <= offset);
        after.checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or(0)
    }

    /// The declaration that a path belongs to.
    fn owner_of(&self, source: Node<'t>) -> SyntaxKind {
        let first = self.tokens.get(..self.token_from(source.range().start)).unwrap_or(&[]);
        let is_owner = |token: &&Node| matches!(token.kind(), KwModel | KwData | KwTable);
        first.iter().rev().find(is_owner).map_or(KwModel, |token| token.kind())
    }

    fn span(&self, node: Node<'t>) -> Span {
        Span::new(self.file, node.range())
    }
}

/// Whether a `for` or a variant, whose braces those who come from other languages leave out.
fn is_repeated(node: Node) -> bool {
    matches!(node.kind(), Family | ItemFamily | Variant)
}

fn found_token(token: Node<'_>) -> Found<'_> {
    if KEYWORDS.contains(&token.text()) { Found::Keyword(token.text()) } else { Found::Token(token.text()) }
}

fn has_mistake(node: Node) -> bool {
    node.kind().is_mistake() || node.descendants().any(|inner| inner.kind().is_mistake())
}

fn near_statement(word: &str, block: SyntaxKind) -> Option<&'static str> {
    if KEYWORDS.contains(&word) || word.len() < 2 {
        return None;
    }
    words::meant_word(word, words::statement_words(block))
}

fn quoted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
