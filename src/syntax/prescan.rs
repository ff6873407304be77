//! One pass over the characters before parsing: finds what cannot be seen and what is nested too
//! deep, so that the parser's depth and work are bounded whatever the text holds.

use super::Findings;
use crate::diagnostics::messages::syntax as messages;
use crate::source::{FileId, Span};
use std::borrow::Cow;

/// How deep brackets, `if`s and operators may be nested.
pub(super) const DEPTH_LIMIT: usize = 256;

/// How many bytes a source text may have.
pub(super) const LENGTH_LIMIT: usize = 1 << 20;

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    Code,
    String,
    Comment,
}

/// The text that may be parsed: of the same length, with plain spaces for the characters that cannot
/// be seen, which are reported. `None` where it must not be parsed.
pub(super) fn scan<'t>(file: FileId, text: &'t str, findings: &mut Findings) -> Option<Cow<'t, str>> {
    let whole = Span::new(file, 0..text.len().min(1));
    if text.len() > LENGTH_LIMIT {
        findings.push(messages::source_too_long(whole, text.len(), LENGTH_LIMIT));
        return None;
    }
    let mut scanner = Scanner { file, text, region: Region::Code, brackets: 0, ifs: 0, hidden: Vec::new() };
    if let Err(span) = scanner.run() {
        findings.push(messages::nested_too_deep(span, DEPTH_LIMIT));
        return None;
    }
    scanner.hidden.iter().for_each(|run| findings.push(run.finding(file)));
    Some(if scanner.hidden.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(mask(text, &scanner.hidden)) })
}

/// Adjacent characters that cannot be seen.
#[derive(Debug)]
struct HiddenRun {
    start: usize,
    end: usize,
    first: char,
    count: usize,
    region: Region,
}

impl HiddenRun {
    fn finding(&self, file: FileId) -> crate::diagnostics::Diagnostic {
        let replacement = match self.region {
            Region::String if self.count == 1 => format!("\\u{{{:x}}}", u32::from(self.first)),
            Region::Code if self.first.is_whitespace() => " ".to_owned(),
            _ => String::new(),
        };
        messages::hidden_character(Span::new(file, self.start..self.end), self.first, self.count, &replacement)
    }
}

/// The text with each hidden character replaced by a space of the same number of bytes, so that all
/// places and all boundaries of characters stay as they are.
fn mask(text: &str, hidden: &[HiddenRun]) -> String {
    let space = |character: char| match character.len_utf8() {
        1 => ' ',
        2 => '\u{a0}',
        _ => '\u{3000}',
    };
    let mut masked = String::with_capacity(text.len());
    for run in hidden {
        masked.push_str(text.get(masked.len()..run.start).unwrap_or(""));
        masked.extend(std::iter::repeat_n(space(run.first), run.count));
    }
    masked.push_str(text.get(masked.len()..).unwrap_or(""));
    masked
}

struct Scanner<'t> {
    file: FileId,
    text: &'t str,
    region: Region,
    brackets: usize,
    /// `if`s since the last word that starts a declaration or statement.
    ifs: usize,
    hidden: Vec<HiddenRun>,
}

impl Scanner<'_> {
    /// # Errors
    /// The first place that is nested too deep.
    fn run(&mut self) -> Result<(), Span> {
        let mut characters = self.text.char_indices().peekable();
        let mut word_start = None;
        while let Some((at, character)) = characters.next() {
            self.note_hidden(at, character);
            let in_word = self.region == Region::Code && (character.is_alphanumeric() || character == '_');
            if in_word {
                word_start.get_or_insert(at);
            } else if let Some(start) = word_start.take() {
                self.word(start, at);
            }
            let next = characters.peek().map(|(_, next)| *next);
            match (self.region, character) {
                (_, '\n') => self.region = Region::Code,
                (Region::Code, '"') => self.region = Region::String,
                (Region::Code, '/') if next == Some('/') => self.region = Region::Comment,
                (Region::Code, '(' | '[' | '{') => self.brackets += 1,
                (Region::Code, ')' | ']' | '}') => self.brackets = self.brackets.saturating_sub(1),
                (Region::String, '"') => self.region = Region::Code,
                (Region::String, '\\') if next.is_some_and(|next| next != '\n') => {
                    if let Some((escaped_at, escaped)) = characters.next() {
                        self.note_hidden(escaped_at, escaped);
                    }
                }
                _ => {}
            }
            if self.brackets + self.ifs > DEPTH_LIMIT {
                let start = word_start.unwrap_or(at);
                return Err(Span::new(self.file, start..at + character.len_utf8()));
            }
        }
        Ok(())
    }

    fn word(&mut self, start: usize, end: usize) {
        match self.text.get(start..end) {
            Some("if") => self.ifs += 1,
            Some(word) if STARTERS.contains(&word) => self.ifs = 0,
            _ => {}
        }
    }

    fn note_hidden(&mut self, at: usize, character: char) {
        if !is_hidden(character, self.region) || (at == 0 && character == '\u{feff}') {
            return;
        }
        let end = at + character.len_utf8();
        match self.hidden.last_mut() {
            Some(run) if run.end == at && run.region == self.region && run.first == character => {
                run.end = end;
                run.count += 1;
            }
            _ => self.hidden.push(HiddenRun { start: at, end, first: character, count: 1, region: self.region }),
        }
    }
}

/// The words after which no `if` of before is open.
const STARTERS: &[&str] =
    &["model", "data", "feature", "behaviour", "hypothesis", "expect", "node", "component", "port", "unclaimed"];

/// Control characters and characters that reorder text are wrong everywhere; those without width
/// and foreign spaces only where they are not plain content.
fn is_hidden(character: char, region: Region) -> bool {
    match character {
        '\n' | '\t' | '\r' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => region != Region::Comment,
        ' '..='~' => false,
        _ => character.is_control() || (region == Region::Code && character.is_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Option<String>, Vec<&'static str>) {
        let mut findings = Findings::default();
        let masked = scan(FileId(0), text, &mut findings).map(Cow::into_owned);
        (masked, findings.into_list(FileId(0)).iter().map(|finding| finding.code.id).collect())
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = format!("{}\"{}\\\"(\" // (\n{}", "(".repeat(256), "(".repeat(9), ")".repeat(256));
        assert_eq!(scanned(&text), (Some(text.clone()), vec![]));
        assert_eq!(scanned(&format!("({text}")), (None, vec!["A0005"]));
    }

    #[test]
    fn ifs_count_until_the_next_declaration() {
        let text = format!("feature a = {}feature b = {}", "if ".repeat(250), "if ".repeat(250));
        assert!(scanned(&text).0.is_some());
        assert_eq!(scanned(&"if ".repeat(258)).1, ["A0005"]);
        assert!(scanned(&"if2 ".repeat(258)).0.is_some());
    }

    #[test]
    fn masking_keeps_the_length() {
        let text = "a\u{0}\u{0}b \"\u{202e}\" // \u{200b}\n\u{a0}";
        let (masked, codes) = scanned(text);
        assert_eq!(masked.as_deref(), Some("a  b \"\u{3000}\" // \u{200b}\n\u{a0}"));
        assert_eq!(codes, ["A0003", "A0003", "A0003"]);
    }
}
