//! Source text and places in it. Nothing here reads files: text arrives as a `String`.

use std::ops::Range;

/// Identifies one source text of a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open byte range of one source text. Always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The smallest span that covers both; both must lie in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file, "spans of two files cannot be joined");
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The byte range, for slicing the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One source text with the starts of its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as the user wrote it; shown in diagnostics.
    pub name: String,
    pub text: String,
    line_starts: Vec<u32>,
}

/// A place for people: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

impl SourceFile {
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .filter_map(|(at, _)| u32::try_from(at + 1).ok()),
        );
        SourceFile { name: name.into(), text, line_starts }
    }

    /// The text of a span; empty if the span does not lie in this text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The line of a byte offset, from 1; offsets past the end lie on the last.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.line_starts.partition_point(|start| *start <= offset).max(1)).unwrap_or(u32::MAX)
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or(0);
        let end = (offset as usize).min(self.text.len());
        let characters = self.text.get(start as usize..end).map_or(0, |text| text.chars().count());
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        LineColumn { line, column: narrow(characters + 1) }
    }
}

/// All source texts of a compilation, by id.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<Source>,
}

/// What an id stands for.
#[derive(Debug, Clone)]
enum Source {
    File(SourceFile),
    /// A part of another text, as one call of it reads: places in it are places there, and what is
    /// said about them is said about this call.
    Call {
        of: FileId,
        from: Span,
    },
}

impl Sources {
    #[must_use]
    pub fn new() -> Self {
        Sources::default()
    }

    /// Adds a text and gives its id.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.insert(Source::File(file))
    }

    /// A further id for a text, or for a call: places under it were written there, and stand in the
    /// place of `from`.
    pub fn add_call(&mut self, of: FileId, from: Span) -> FileId {
        let of = self.written(of);
        self.insert(Source::Call { of, from })
    }

    fn insert(&mut self, source: Source) -> FileId {
        let id = FileId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(source);
        id
    }

    /// The text that an id stands for.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        match self.texts.get(self.written(id).0 as usize) {
            Some(Source::File(file)) => Some(file),
            _ => None,
        }
    }

    /// The text that places under an id were written in.
    #[must_use]
    pub fn written(&self, id: FileId) -> FileId {
        match self.texts.get(id.0 as usize) {
            Some(Source::Call { of, .. }) => *of,
            _ => id,
        }
    }

    /// The calls that a place stands in, innermost first.
    #[must_use]
    pub fn calls(&self, id: FileId) -> Vec<Span> {
        let mut found = Vec::new();
        let mut at = id;
        while let Some(Source::Call { from, .. }) = self.texts.get(at.0 as usize) {
            found.push(*from);
            at = from.file;
        }
        found
    }

    /// The files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.texts.iter().filter_map(|source| if let Source::File(file) = source { Some(file) } else { None })
    }

    /// The files with their ids, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.texts.iter().enumerate().filter_map(|(at, source)| match source {
            Source::File(file) => Some((FileId(u32::try_from(at).ok()?), file)),
            Source::Call { .. } => None,
        })
    }

    /// The text of a span; empty if the file or the range is unknown.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |file| file.slice(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let file = SourceFile::new("a", "é = 1\nxy");
        assert_eq!(file.line_column(3), LineColumn { line: 1, column: 3 });
        assert_eq!(file.line_column(8), LineColumn { line: 2, column: 2 });
        assert_eq!(file.line_column(99), LineColumn { line: 2, column: 3 });
    }
}
