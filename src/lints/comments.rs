//! Comments that are meant for Ansatz: `// ansatz: allow A7001: reason` above a line or at its end, and
//! `// ansatz: file warn A4101` at the head of a file.

use super::{Level, Refused, code_with_levels};
use crate::diagnostics::messages::lints as messages;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::{self, Node, SyntaxKind};
use std::cell::Cell;

/// What a comment begins with that is meant for Ansatz.
const MARK: &str = "ansatz:";

/// The comments of one text.
#[derive(Debug, Default)]
pub struct Comments {
    pub allows: Vec<Allow>,
    /// In the order of the text; a later one of a code takes the place of an earlier one.
    pub levels: Vec<FileLevel>,
}

/// Findings of these codes are allowed at one line.
#[derive(Debug)]
pub struct Allow {
    /// The comment.
    pub span: Span,
    /// The line that it is about, from 1.
    pub line: u32,
    pub codes: Vec<&'static Code>,
    pub reason: String,
    pub is_used: Cell<bool>,
}

/// The level of a code in one file.
#[derive(Debug)]
pub struct FileLevel {
    pub code: &'static Code,
    pub level: Level,
    pub reason: Option<String>,
}

/// A comment with where it stands.
struct Comment<'t> {
    span: Span,
    /// Behind the mark.
    text: &'t str,
    /// The line that it is about, if there is one: its own if something stands before it, else that of the
    /// next thing in the text.
    line: Option<u32>,
    /// Whether it stands before all declarations.
    is_at_head: bool,
}

/// The comments of a text. What is wrong with one is told, and it has no effect.
pub(super) fn read(id: FileId, file: &SourceFile, sink: &mut Vec<Diagnostic>) -> Comments {
    let mut found = Comments::default();
    // Most files have none, and need not be read again.
    if !file.text.contains(MARK) {
        return found;
    }
    let parsed = syntax::parse(id, &file.text);
    for comment in marked(id, file, parsed.tree.root()) {
        take(&comment, &mut found, sink);
    }
    found
}

fn marked<'t>(id: FileId, file: &SourceFile, root: Node<'t>) -> Vec<Comment<'t>> {
    let mut found: Vec<Comment> = Vec::new();
    let (mut last, mut has_code) = (None, false);
    for token in root.descendants().filter(|node| node.is_token() && !node.range().is_empty()) {
        let span = Span::new(id, token.range());
        let line = file.line(span.start);
        if token.kind() == SyntaxKind::LineComment {
            if let Some(text) = token.text().trim_start_matches('/').trim_start().strip_prefix(MARK) {
                let line = Some(line).filter(|line| last == Some(*line));
                let end = span.start + u32::try_from(token.text().trim_end().len()).unwrap_or(0);
                found.push(Comment { span: Span { end, ..span }, text: text.trim_end(), line, is_at_head: !has_code });
            }
        } else if !token.kind().is_trivia() {
            found
                .iter_mut()
                .rev()
                .take_while(|comment| comment.line.is_none())
                .for_each(|comment| comment.line = Some(line));
            last = Some(file.line(span.end.saturating_sub(1)));
            has_code = true;
        }
    }
    found
}

fn take(comment: &Comment, found: &mut Comments, sink: &mut Vec<Diagnostic>) {
    let (word, rest) = first_word(comment.text);
    let (is_of_file, (word, rest)) = if word == "file" { (true, first_word(rest)) } else { (false, (word, rest)) };
    let level = match (word, is_of_file) {
        ("allow", _) => Level::Allow,
        ("warn", true) => Level::Warn,
        ("deny", true) => Level::Error,
        ("warn" | "deny", false) => return sink.push(messages::level_of_a_line(comment.span, word)),
        _ => return sink.push(messages::unknown_word(comment.span, comment.place(word), word, is_of_file)),
    };
    if is_of_file && !comment.is_at_head {
        return sink.push(messages::not_at_the_head(comment.span));
    }
    let (names, reason) = match rest.split_once(':') {
        Some((names, reason)) => (names, Some(reason.trim()).filter(|reason| !reason.is_empty())),
        None => (rest, None),
    };
    let codes = codes(comment, names, sink);
    if codes.is_empty() {
        return;
    }
    match (is_of_file, reason) {
        (false, Some(reason)) => {
            let line = comment.line.unwrap_or(u32::MAX);
            let reason = reason.to_owned();
            found.allows.push(Allow { span: comment.span, line, codes, reason, is_used: Cell::new(false) });
        }
        (_, None) if level == Level::Allow => sink.push(messages::no_reason(comment.span)),
        _ => {
            let reason = reason.map(str::to_owned);
            found.levels.extend(codes.into_iter().map(|code| FileLevel { code, level, reason: reason.clone() }));
        }
    }
}

/// The codes of a comment. One that is wrong is told, and then there are none.
fn codes(comment: &Comment, names: &str, sink: &mut Vec<Diagnostic>) -> Vec<&'static Code> {
    let before = sink.len();
    let mut found = Vec::new();
    for name in names.split(',').map(str::trim) {
        match code_with_levels(name) {
            _ if name.is_empty() => sink.push(messages::no_code(comment.span)),
            Ok(code) => found.push(code),
            Err(Refused::Unknown) => sink.push(messages::unknown_code(comment.place(name), name)),
            Err(Refused::AlwaysError(code)) => sink.push(messages::always_an_error(comment.place(name), code.id)),
        }
    }
    if sink.len() > before { Vec::new() } else { found }
}

/// The first word of a text and what follows it; the word can end in a colon, which then follows.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(|character: char| character.is_whitespace() || character == ':').unwrap_or(text.len()))
}

impl Comment<'_> {
    /// The place of a word, a part of this comment's text.
    fn place(&self, word: &str) -> Span {
        let text = self.span.end as usize - self.text.len();
        match word.as_ptr().addr().checked_sub(self.text.as_ptr().addr()) {
            Some(at) if !word.is_empty() && at + word.len() <= self.text.len() => {
                Span::new(self.span.file, text + at..text + at + word.len())
            }
            _ => self.span,
        }
    }
}
