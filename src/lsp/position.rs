//! Places as editors count them, and as bytes.

use lsp_types::{Position, PositionEncodingKind, Range};
use std::ops;

/// What the columns of an editor count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of 16 bits: what is not said otherwise.
    Utf16,
}

impl Encoding {
    /// The first of those that an editor offers which is spoken here.
    #[must_use]
    pub fn choose(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let is_bytes = |kind: &&PositionEncodingKind| **kind == PositionEncodingKind::UTF8;
        let is_known = |kind: &&PositionEncodingKind| is_bytes(kind) || **kind == PositionEncodingKind::UTF16;
        match offered.unwrap_or_default().iter().find(is_known) {
            Some(kind) if is_bytes(&kind) => Encoding::Utf8,
            _ => Encoding::Utf16,
        }
    }

    #[must_use]
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }
}

/// Where the lines of a text start, in bytes. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<usize>,
    /// Now and then a byte with the units of 16 bits before it, so that no long line is counted through again and again.
    marks: Vec<(usize, usize)>,
}

/// Marks lie so many bytes apart.
const MARK: usize = 256;

impl Lines {
    #[must_use]
    pub fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let is_end =
            |(at, byte): &(usize, &u8)| **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let ends = bytes.iter().enumerate().filter(is_end).map(|(at, _)| at + 1);
        let mut marks = vec![(0, 0)];
        let (mut units, mut last) = (0, 0);
        for (at, character) in text.char_indices() {
            if at - last >= MARK {
                marks.push((at, units));
                last = at;
            }
            units += character.len_utf16();
        }
        Lines { starts: std::iter::once(0).chain(ends).collect(), marks }
    }

    /// The units of 16 bits before a byte.
    fn units(&self, text: &str, offset: usize) -> usize {
        let mark = self.marks.partition_point(|(at, _)| *at <= offset).saturating_sub(1);
        let (at, units) = self.marks.get(mark).copied().unwrap_or_default();
        units + text.get(at..offset).unwrap_or("").chars().map(char::len_utf16).sum::<usize>()
    }

    /// The byte that a position stands before. Beyond the end of a line it is the line's end, beyond the text the
    /// text's end, within a character its start.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let own = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let (mut at, mut column) = (start, 0);
        for character in own.chars() {
            column += encoding.width(character);
            if column > position.character as usize {
                break;
            }
            at += character.len_utf8();
        }
        at
    }

    /// The position before a byte; that of the end for bytes beyond it.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = match encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => self.units(text, offset).saturating_sub(self.units(text, start)),
        };
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Position { line: narrow(line), character: narrow(column) }
    }

    /// The range of these bytes.
    #[must_use]
    pub fn range(&self, text: &str, bytes: ops::Range<usize>, encoding: Encoding) -> Range {
        let start = self.position(text, bytes.start, encoding);
        Range { start, end: self.position(text, bytes.end.max(bytes.start), encoding) }
    }

    /// The bytes of a range; one that is turned around is read from its lower end.
    #[must_use]
    pub fn bytes(&self, text: &str, range: Range, encoding: Encoding) -> ops::Range<usize> {
        let (one, other) = (self.offset(text, range.start, encoding), self.offset(text, range.end, encoding));
        one.min(other)..one.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn both_encodings_lead_to_the_same_bytes() {
        let text = "aé😀b\r\nx\ry\n";
        let lines = Lines::of(text);
        for (bytes, sixteen, eight) in
            [(0, at(0, 0), at(0, 0)), (3, at(0, 2), at(0, 3)), (7, at(0, 4), at(0, 7)), (10, at(1, 0), at(1, 0))]
        {
            assert_eq!(lines.position(text, bytes, Encoding::Utf16), sixteen);
            assert_eq!(lines.position(text, bytes, Encoding::Utf8), eight);
            assert_eq!(lines.offset(text, sixteen, Encoding::Utf16), bytes);
            assert_eq!(lines.offset(text, eight, Encoding::Utf8), bytes);
        }
        assert_eq!(lines.offset(text, at(2, 0), Encoding::Utf8), 12);
    }

    #[test]
    fn long_lines_are_counted_as_short_ones_are() {
        let text = "é😀x".repeat(500);
        let lines = Lines::of(&text);
        for (bytes, _) in text.char_indices() {
            let plain: usize = text[..bytes].encode_utf16().count();
            assert_eq!(lines.position(&text, bytes, Encoding::Utf16).character as usize, plain);
        }
    }

    #[test]
    fn what_lies_between_or_beyond_is_moved_to_a_place() {
        let text = "aé😀b\r\nx";
        let lines = Lines::of(text);
        assert_eq!(lines.offset(text, at(0, 3), Encoding::Utf16), 3, "inside of a pair");
        assert_eq!(lines.offset(text, at(0, 2), Encoding::Utf8), 1, "inside of a character");
        assert_eq!(lines.offset(text, at(0, 99), Encoding::Utf16), 8, "beyond a line");
        assert_eq!(lines.offset(text, at(9, 0), Encoding::Utf16), text.len(), "beyond the text");
        let turned = Range { start: at(1, 0), end: at(0, 1) };
        assert_eq!(lines.bytes(text, turned, Encoding::Utf16), 1..10);
    }
}
