//! What comes into a text from elsewhere: fences of Markdown, marks of a merge, prompts, comments of other
//! languages, quotes and signs of word processors. Each is reported once, and read as what it stands for, so that
//! nothing else is wrong because of it.

use super::findings::Findings;
use super::words::{ITEM_WORDS, KEYWORDS};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::pasted as messages;
use crate::source::{FileId, Span};
use std::ops::Range;

/// What is read in place of a part of the text: as many bytes.
type Reading = (Range<usize>, String);

/// The readings of all that is foreign in a text, with what is to be said of it; `masked` is the text with spaces
/// for what cannot be seen.
pub(super) fn find(file: FileId, text: &str, masked: &str, findings: &mut Findings) -> Vec<Reading> {
    let mut finder = Finder { file, original: text, text: masked, at: 0, readings: Vec::new(), found: Vec::new() };
    while finder.at < text.len() {
        finder.line();
    }
    finder.found.into_iter().for_each(|finding| findings.push(finding));
    finder.readings
}

/// The text as it is read: of the same length.
pub(super) fn read(text: &str, readings: &[Reading]) -> String {
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    for (range, plain) in readings {
        out.push_str(text.get(end..range.start).unwrap_or(""));
        out.push_str(plain);
        end = range.end;
    }
    out.push_str(text.get(end..).unwrap_or(""));
    out
}

struct Finder<'t> {
    file: FileId,
    /// The text as it was written.
    original: &'t str,
    text: &'t str,
    at: usize,
    readings: Vec<Reading>,
    found: Vec<Diagnostic>,
}

impl<'t> Finder<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    /// Reads a range as a text that is not longer; an empty one leaves the breaks between lines.
    fn reads_as(&mut self, range: Range<usize>, plain: &str) {
        let bytes = self.text.get(range.clone()).unwrap_or("").bytes();
        let read = match plain {
            "" => bytes.map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect(),
            _ => format!("{}{plain}", " ".repeat(range.len().saturating_sub(plain.len()))),
        };
        self.readings.push((range, read));
    }

    /// One line, and the lines of what starts on it.
    fn line(&mut self) {
        let (start, rest) = (self.at, self.rest());
        let end = start + rest.find('\n').map_or(rest.len(), |end| end + 1);
        if self.fence(start, end) || self.conflict(start, end) {
            return;
        }
        self.line_start(start, end);
        while self.at < end {
            self.token(end);
        }
    }

    /// A fence and the one that closes it.
    fn fence(&mut self, start: usize, end: usize) -> bool {
        if !self.rest().starts_with("```") {
            return false;
        }
        self.reads_as(start..end, "");
        let inside = self.text.get(end..).unwrap_or("");
        let closing = inside.match_indices("```").map(|(at, _)| end + at).find(|at| self.starts_line(*at));
        let (all, kept) = match closing {
            Some(at) => {
                let after =
                    self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |n| at + n + 1);
                self.reads_as(at..after, "");
                (start..after, self.text.get(end..at).unwrap_or(""))
            }
            None => (start..end, ""),
        };
        let finding = messages::fence(self.span(start..start + 3), self.span(all), kept);
        self.found.push(finding);
        // What stands between is read too: its readings come before that of the second fence.
        let second = closing.and_then(|_| self.readings.pop());
        self.at = end;
        let stop = second.as_ref().map_or(end, |(range, _)| range.start);
        while self.at < stop {
            self.line();
        }
        if let Some((range, plain)) = second {
            self.at = range.end;
            self.readings.push((range, plain));
        }
        true
    }

    fn starts_line(&self, at: usize) -> bool {
        at == 0 || self.text.as_bytes().get(at - 1) == Some(&b'\n')
    }

    /// The marks that a merge leaves; the first of the two sides is read.
    fn conflict(&mut self, start: usize, end: usize) -> bool {
        if !self.rest().starts_with("<<<<<<<") {
            return false;
        }
        let line_of = |mark: &str, from: usize| {
            let rest = self.text.get(from..).unwrap_or("");
            rest.match_indices(mark).map(|(at, _)| from + at).find(|at| self.starts_line(*at))
        };
        let Some(middle) = line_of("=======", end) else { return false };
        let Some(last) = line_of(">>>>>>>", middle) else { return false };
        let ours = line_of("|||||||", end).filter(|base| *base < middle).unwrap_or(middle);
        let after = self.text.get(last..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |n| last + n + 1);
        let kept = self.text.get(end..ours).unwrap_or("");
        let finding = messages::conflict(self.span(start..start + 7), self.span(start..after), kept);
        self.found.push(finding);
        self.reads_as(start..end, "");
        self.reads_as(ours..after, "");
        self.at = after;
        true
    }

    /// The prompt of a shell, the number of a line or the sign of a difference before a declaration or statement.
    fn line_start(&mut self, start: usize, end: usize) {
        let line = self.text.get(start..end).unwrap_or("");
        let margin = line.len() - line.trim_start().len();
        let rest = line.trim_start();
        if let Some(part) = rest.strip_prefix("use std.") {
            let word = part.split_whitespace().next().unwrap_or("");
            let at = start + margin + 8;
            if KEYWORDS.contains(&word) {
                let finding = messages::library_part(self.span(at..at + word.len()), word);
                self.found.push(finding);
                self.reads_as(start..at + word.len(), "");
                self.at = at + word.len();
            }
            return;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let sign = match rest.as_bytes().first() {
            _ if rest.starts_with(">>>") => 3,
            Some(b'+' | b'-') if margin == 0 && !rest.starts_with("->") => 1,
            Some(b'0'..=b'9') => digits,
            _ => return,
        };
        let behind = rest.get(sign..).unwrap_or("");
        let word: String =
            behind.trim_start().chars().take_while(|next| next.is_alphanumeric() || *next == '_').collect();
        let is_word = |words: &[&str]| words.contains(&word.as_str());
        let is_statement = is_word(KEYWORDS) && !is_word(OPERANDS) || is_word(ITEM_WORDS);
        let spaced = behind.len() - behind.trim_start().len();
        let fits = if sign == digits { spaced > 0 } else { sign == 3 || spaced == 0 };
        if !is_statement || !fits {
            return;
        }
        let at = start + margin;
        let finding = messages::before_a_line(self.span(at..at + sign), self.span(at..at + sign + spaced));
        self.found.push(finding);
        self.reads_as(at..at + sign, "");
        self.at = at + sign;
    }

    /// The next token, or a character of one.
    fn token(&mut self, end: usize) {
        let (at, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else { return };
        let after = at + first.len_utf8();
        match first {
            '/' if rest.starts_with("//") => self.at = end,
            '/' if rest.starts_with("/*") => self.block_comment(end),
            '#' => self.hash(end),
            '"' => self.string(end),
            '“' | '”' | '„' | '‘' | '’' | '\'' => self.quotes(end),
            '−' | '–' | '—' if !rest[first.len_utf8()..].starts_with('>') => self.sign(at..after, "-"),
            '…' => self.sign(at..after, ".."),
            '&' if entity(rest).is_some() => self.entity(),
            _ if ascii_of(first).is_some() => self.full_width(end),
            _ if first.is_alphabetic() || first == '_' => self.word(end),
            _ => self.at = after,
        }
    }

    /// Passes a string; one that does not end is the grammar's matter.
    fn string(&mut self, end: usize) {
        let mut characters = self.text.get(self.at + 1..end).unwrap_or("").char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => drop(characters.next()),
                '"' => return self.at += at + 2,
                _ => {}
            }
        }
        self.at = end;
    }

    fn hash(&mut self, end: usize) {
        let (at, line) = (self.at, self.text.get(self.at..end).unwrap_or(""));
        let stop = at + line.trim_end().len();
        let finding = messages::hash_comment(self.span(at..at + 1));
        self.found.push(finding);
        self.reads_as(at..stop, "");
        self.at = end;
    }

    fn block_comment(&mut self, end: usize) {
        let (at, rest) = (self.at, self.rest());
        let line_end = at + self.text.get(at..end).unwrap_or("").trim_end().len();
        let stop = rest.find("*/").map_or(line_end, |close| at + close + 2);
        let written = self.text.get(at + 2..stop).unwrap_or("").trim_end_matches("*/").trim_end();
        let lines: Vec<String> = written.lines().map(|line| format!("//{line}")).collect();
        let finding = messages::block_comment(self.span(at..at + 2), self.span(at..stop), &lines.join("\n"));
        self.found.push(finding);
        self.reads_as(at..stop, "");
        self.at = stop;
    }

    /// A string in quotes other than plain double ones.
    fn quotes(&mut self, end: usize) {
        let (at, line) = (self.at, self.text.get(self.at..end).unwrap_or(""));
        let opener = line.chars().next().map_or(1, char::len_utf8);
        let is_plain = line.starts_with('\'');
        let is_close =
            |found: char| if is_plain { found == '\'' } else { matches!(found, '“' | '”' | '‘' | '’' | '"') };
        let inside = line.get(opener..).unwrap_or("");
        let Some((length, closer)) = inside.char_indices().find(|(_, found)| is_close(*found)) else {
            self.at += opener;
            return;
        };
        let (inside, stop) = (&inside[..length], at + opener + length + closer.len_utf8());
        let finding = messages::quotes(self.span(at..at + opener), self.span(at..stop), inside);
        self.found.push(finding);
        self.reads_as(at..at + opener, "\"");
        let quote = format!("\"{}", " ".repeat(closer.len_utf8() - 1));
        self.reads_as(stop - closer.len_utf8()..stop, &quote);
        self.at = stop;
    }

    fn sign(&mut self, range: Range<usize>, plain: &str) {
        let finding = messages::sign(self.span(range.clone()), plain);
        self.found.push(finding);
        self.at = range.end;
        self.reads_as(range, plain);
    }

    fn entity(&mut self) {
        let (at, rest) = (self.at, self.rest());
        let Some((written, plain)) = entity(rest) else { return };
        let before = self.text.get(..at).unwrap_or("");
        let start = if before.ends_with(['-', '~', '=', '<']) { at - 1 } else { at };
        let whole = format!("{}{plain}", self.text.get(start..at).unwrap_or(""));
        let finding = messages::entity(self.span(start..at + written.len()), &whole);
        self.found.push(finding);
        let padded = format!("{plain}{}", " ".repeat(written.len() - plain.len()));
        self.reads_as(at..at + written.len(), &padded);
        self.at += written.len();
    }

    /// The full-width signs of a line: one finding, and one fix.
    fn full_width(&mut self, end: usize) {
        let (at, line) = (self.at, self.text.get(self.at..end).unwrap_or(""));
        let (mut plain, mut last, mut in_string) = (String::new(), 0, false);
        for (offset, character) in line.char_indices() {
            in_string ^= character == '"';
            let ascii = ascii_of(character).filter(|_| !in_string);
            plain.push(ascii.unwrap_or(character));
            let Some(ascii) = ascii else { continue };
            last = offset + character.len_utf8();
            let range = at + offset..at + last;
            self.readings.push((range, format!("{ascii}{}", " ".repeat(character.len_utf8() - 1))));
        }
        let count = line.get(..last).unwrap_or("").chars().count();
        let plain: String = plain.chars().take(count).collect();
        let first = line.chars().next().map_or(1, char::len_utf8);
        let finding = messages::full_width(self.span(at..at + first), self.span(at..at + last), &plain);
        self.found.push(finding);
        self.at += last;
    }

    /// Passes a word, and what Python puts before strings and expressions.
    fn word(&mut self, end: usize) {
        let (at, line) = (self.at, self.text.get(self.at..end).unwrap_or(""));
        let length = line.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(line.len());
        let (word, behind) = line.split_at(length);
        let needless = match word {
            "f" | "r" | "b" if behind.starts_with('"') => length,
            "lambda" => behind.find(':').map_or(0, |colon| length + colon + 1),
            _ => 0,
        };
        if needless == 0 {
            self.at += length;
            return self.torn_word(at);
        }
        let spaced = line.get(needless..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let finding =
            messages::needless_prefix(self.span(at..at + length), self.span(at..at + needless + spaced), word);
        self.found.push(finding);
        self.reads_as(at..at + needless, "");
        self.at += needless;
    }
}

impl Finder<'_> {
    /// A word that a character without width tears apart is read as one.
    fn torn_word(&mut self, start: usize) {
        let behind = self.original.get(self.at..).unwrap_or("");
        let hidden = behind.len()
            - behind.trim_start_matches(['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}']).len();
        let rest = behind.get(hidden..).unwrap_or("");
        let length = rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(rest.len());
        if hidden == 0 || length == 0 {
            return;
        }
        let whole = format!("{}{}", self.original.get(start..self.at).unwrap_or(""), &rest[..length]);
        let end = self.at + hidden + length;
        self.readings.push((start..end, format!("{whole}{}", " ".repeat(hidden))));
        self.at = end;
    }
}

/// Keywords that stand where an expression goes on.
const OPERANDS: &[&str] = &["if", "true", "false", "not", "exact", "any"];

/// The sign that an entity of HTML stands for, where a text starts with one.
fn entity(text: &str) -> Option<(&'static str, &'static str)> {
    [("&gt;", ">"), ("&lt;", "<"), ("&quot;", "\""), ("&amp;", "&")]
        .into_iter()
        .find(|(name, _)| text.starts_with(name))
}

/// The ASCII sign of a full-width one; letters and digits are no signs.
fn ascii_of(character: char) -> Option<char> {
    let ascii = match character {
        '、' => ',',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?,
        _ => return None,
    };
    ascii.is_ascii_punctuation().then_some(ascii)
}
