//! Documents to lines: each line takes what it has room for.

use super::doc::{Bracket, Doc, Gap, STEP, WIDTH, width};

/// A line as it is written.
#[derive(Debug, Default)]
struct Line<'t> {
    indent: usize,
    text: String,
    /// The comment behind the text.
    comment: Option<&'t str>,
    /// A comment stands on it: nothing can follow.
    is_closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

/// A part that waits to be written.
#[derive(Debug, Clone, Copy)]
enum Part<'d, 't> {
    One(&'d Doc<'t>, Mode),
    /// What is left of a [`Doc::Fill`].
    Filling(&'d [Doc<'t>]),
    /// Behind the lines of a bracket or block: the comments before its end, and the end.
    End(&'d [Doc<'t>], &'d Doc<'t>),
}

#[derive(Debug, Clone, Copy)]
struct Waiting<'d, 't> {
    indent: usize,
    part: Part<'d, 't>,
}

/// Writes a document. Every line ends with a line feed.
pub(super) fn print(doc: &Doc<'_>) -> String {
    let mut printer = Printer { lines: Vec::new(), stack: Vec::new(), blank: false };
    printer.stack.push(Waiting { indent: 0, part: Part::One(doc, Mode::Broken) });
    while let Some(waiting) = printer.stack.pop() {
        printer.step(waiting);
    }
    joined(&printer.lines)
}

#[derive(Debug)]
struct Printer<'d, 't> {
    lines: Vec<Line<'t>>,
    stack: Vec<Waiting<'d, 't>>,
    /// An empty line comes before the next one.
    blank: bool,
}

const CLOSING_BRACE: Doc<'static> = Doc::Text(std::borrow::Cow::Borrowed("}"));

impl<'d, 't: 'd> Printer<'d, 't> {
    fn step(&mut self, Waiting { indent, part }: Waiting<'d, 't>) {
        match part {
            Part::One(doc, mode) => self.one(doc, mode, indent),
            Part::Filling(docs) => self.fill(docs, indent),
            Part::End(comments, close) => {
                self.push(indent, Part::One(close, Mode::Flat));
                self.push(indent, Part::One(&Doc::Hard, Mode::Flat));
                self.push_all(comments, Mode::Flat, indent + STEP);
            }
        }
    }

    fn one(&mut self, doc: &'d Doc<'t>, mode: Mode, indent: usize) {
        match doc {
            Doc::Text(text) => self.write(text, indent),
            Doc::Gap(gap) if gap.breaks && mode == Mode::Broken => self.end_line(indent),
            Doc::Gap(gap) => self.space(gap.spaces),
            Doc::Hard => self.end_line(indent),
            Doc::Blank => self.blank = true,
            Doc::Comment { text, own_line } => self.comment(text, *own_line, indent),
            Doc::Concat(docs) => self.push_all(docs, mode, indent),
            Doc::Group(docs) => {
                let fits = mode == Mode::Flat || self.fits(docs);
                self.push_all(docs, if fits { Mode::Flat } else { Mode::Broken }, indent);
            }
            Doc::Fill(docs) if mode == Mode::Flat => self.push_all(docs, mode, indent),
            Doc::Fill(docs) => self.push(indent, Part::Filling(docs)),
            Doc::Indent(docs) => self.push_all(docs, mode, indent + STEP),
            Doc::Hang(docs) => {
                let at = self.lines.last().map_or(0, |line| line.indent + width(&line.text));
                self.push_all(docs, mode, at);
            }
            Doc::Bracket(bracket) => {
                let is_flat = mode == Mode::Flat || self.fits(std::slice::from_ref(doc));
                self.bracket(bracket, is_flat, indent);
            }
            Doc::Block(rows) => {
                self.write("{", indent);
                let base = self.line_indent();
                self.push(base, Part::End(&[], &CLOSING_BRACE));
                self.push_all(rows, Mode::Broken, base + STEP);
            }
            Doc::Brace if self.line_indent() == indent => self.space(1),
            Doc::Brace => self.end_line(indent),
            Doc::Choice(both) => {
                let is_first = self.fits(std::slice::from_ref(&both.0));
                self.push(indent, Part::One(if is_first { &both.0 } else { &both.1 }, mode));
            }
        }
    }

    fn bracket(&mut self, bracket: &'d Bracket<'t>, is_flat: bool, indent: usize) {
        if is_flat {
            self.push(indent, Part::One(&bracket.close, Mode::Flat));
            self.push(indent, Part::One(spacing(bracket.spaces), Mode::Flat));
            self.push_all(&bracket.body, Mode::Flat, indent);
            self.push(indent, Part::One(spacing(bracket.spaces), Mode::Flat));
            self.push(indent, Part::One(&bracket.open, Mode::Flat));
            return;
        }
        let base = self.line_indent();
        self.push(base, Part::End(&bracket.tail, &bracket.close));
        if !bracket.body.is_empty() {
            self.push(base + STEP, Part::Filling(&bracket.body));
            self.push(base + STEP, Part::One(&Doc::Hard, Mode::Flat));
        }
        self.push_all(&bracket.lead, Mode::Flat, base + STEP);
        self.push(indent, Part::One(&bracket.open, Mode::Flat));
    }

    /// Takes what lies before the first gap of a filling, and the gap as a space if what follows up to the next
    /// one has room.
    fn fill(&mut self, docs: &'d [Doc<'t>], indent: usize) {
        let is_gap = |doc: &Doc<'t>| matches!(doc, Doc::Gap(gap) if gap.breaks);
        match docs.first() {
            None => {}
            Some(first) if is_gap(first) => {
                let rest = docs.get(1..).unwrap_or_default();
                // A comment ends the line, and so what must have room on it.
                let is_comment = |doc: &Doc<'t>| matches!(doc, Doc::Concat(docs) if matches!(docs.first(), Some(Doc::Comment { .. })));
                let end = rest.iter().position(|doc| is_gap(doc) || is_comment(doc)).unwrap_or(rest.len());
                let (next, later) = rest.split_at(end);
                self.push(indent, Part::Filling(later));
                self.push_all(next, Mode::Broken, indent);
                let spaces = if let Doc::Gap(gap) = first { gap.spaces } else { 0 };
                if self.fits_behind(spaces, next, later) || self.can_stay(spaces, next) {
                    self.space(spaces);
                } else {
                    self.end_line(indent);
                }
            }
            Some(_) => {
                let end = docs.iter().position(is_gap).unwrap_or(docs.len());
                let (now, later) = docs.split_at(end);
                self.push(indent, Part::Filling(later));
                self.push_all(now, Mode::Broken, indent);
            }
        }
    }

    fn push(&mut self, indent: usize, part: Part<'d, 't>) {
        self.stack.push(Waiting { indent, part });
    }

    fn push_all(&mut self, docs: &'d [Doc<'t>], mode: Mode, indent: usize) {
        self.stack.extend(docs.iter().rev().map(|doc| Waiting { indent, part: Part::One(doc, mode) }));
    }

    fn room(&self) -> usize {
        WIDTH.saturating_sub(self.lines.last().map_or(0, |line| line.indent + width(&line.text)))
    }

    /// Whether documents have room on the line, with what follows up to where the line can end.
    fn fits(&self, docs: &[Doc<'t>]) -> bool {
        let mut room = Room { left: self.room() };
        let found = room.flat(docs).unwrap_or_else(|| room.behind(&self.stack));
        found && !self.lines.last().is_some_and(|line| line.is_closed)
    }

    /// The same of `next` behind some spaces. It is on the stack already, and below it what is `later`.
    fn fits_behind(&self, spaces: usize, next: &[Doc<'t>], later: &[Doc<'t>]) -> bool {
        if self.lines.last().is_some_and(|line| line.is_closed) || self.room() < spaces {
            return false;
        }
        let mut room = Room { left: self.room() - spaces };
        if let Some(found) = room.flat(next) {
            return found;
        }
        if !later.is_empty() {
            return true;
        }
        // Those of `next` and the empty rest.
        let below = self.stack.len().saturating_sub(next.len() + 1);
        room.behind(self.stack.get(..below).unwrap_or_default())
    }

    /// Whether documents begin on the line and go on inside a bracket: where a line of their own is too short too.
    fn can_stay(&self, spaces: usize, next: &[Doc<'t>]) -> bool {
        let Some((start, bracket)) = last_bracket(next) else { return false };
        let here = self.room().checked_sub(spaces);
        let mut own = Room { left: WIDTH.saturating_sub(self.line_indent() + STEP) };
        let has_room = |left| {
            let mut room = Room { left };
            room.flat(start).or_else(|| room.flat(std::slice::from_ref(&bracket.open))).is_none()
        };
        own.flat(next) == Some(false) && here.is_some_and(has_room)
    }

    fn line_indent(&self) -> usize {
        self.lines.last().map_or(0, |line| line.indent)
    }

    fn end_line(&mut self, indent: usize) {
        if std::mem::take(&mut self.blank) && !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines.push(Line { indent, ..Line::default() });
    }

    /// Nothing is ever written behind a comment.
    fn write(&mut self, text: &str, indent: usize) {
        if self.lines.last().is_none_or(|line| line.is_closed) {
            self.end_line(indent);
        }
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(text);
        }
    }

    fn space(&mut self, count: usize) {
        if let Some(line) = self.lines.last_mut().filter(|line| !line.is_closed) {
            line.text.extend(std::iter::repeat_n(' ', count));
        }
    }

    fn comment(&mut self, text: &'t str, own_line: bool, indent: usize) {
        if own_line || self.lines.last().is_none_or(|line| line.is_closed) {
            if self.lines.last().is_none_or(|line| line.is_closed || !line.text.is_empty()) {
                self.end_line(indent);
            }
            self.write(text, indent);
        } else if let Some(line) = self.lines.last_mut() {
            line.comment = Some(text);
        }
        if let Some(line) = self.lines.last_mut() {
            line.is_closed = true;
        }
    }
}

/// The bracket that documents end with, and what stands before it.
fn last_bracket<'d, 't>(docs: &'d [Doc<'t>]) -> Option<(&'d [Doc<'t>], &'d Bracket<'t>)> {
    let (last, start) = docs.split_last()?;
    match last {
        Doc::Bracket(bracket) => Some((start, bracket)),
        Doc::Group(inner) | Doc::Fill(inner) | Doc::Concat(inner) if start.is_empty() || inner.len() == 1 => {
            let (before, bracket) = last_bracket(inner)?;
            match (start, before) {
                ([], before) => Some((before, bracket)),
                (start, []) => Some((start, bracket)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn spacing(count: usize) -> &'static Doc<'static> {
    const NONE: &Doc<'static> = &Doc::Gap(Gap { spaces: 0, column: None, breaks: false });
    const ONE: &Doc<'static> = &Doc::Gap(Gap { spaces: 1, column: None, breaks: false });
    if count == 0 { NONE } else { ONE }
}

/// How many columns a line has left.
#[derive(Debug)]
struct Room {
    left: usize,
}

impl Room {
    fn take(&mut self, columns: usize) -> Option<bool> {
        match self.left.checked_sub(columns) {
            Some(left) => {
                self.left = left;
                None
            }
            None => Some(false),
        }
    }

    /// Takes the columns of documents on one line; tells if they have no room, or cannot stand on one line.
    fn flat(&mut self, docs: &[Doc<'_>]) -> Option<bool> {
        docs.iter().find_map(|doc| match doc {
            Doc::Text(text) => self.take(width(text)),
            Doc::Gap(gap) => self.take(gap.spaces),
            Doc::Brace => self.take(1),
            Doc::Hard | Doc::Blank | Doc::Comment { .. } | Doc::Block(_) => Some(false),
            Doc::Concat(docs) | Doc::Group(docs) | Doc::Fill(docs) | Doc::Indent(docs) | Doc::Hang(docs) => {
                self.flat(docs)
            }
            Doc::Bracket(bracket) if bracket.lead.is_empty() && bracket.tail.is_empty() => self
                .flat(std::slice::from_ref(&bracket.open))
                .or_else(|| self.take(2 * bracket.spaces))
                .or_else(|| self.flat(&bracket.body))
                .or_else(|| self.flat(std::slice::from_ref(&bracket.close))),
            Doc::Bracket(_) => Some(false),
            Doc::Choice(both) => self.flat(std::slice::from_ref(&both.0)),
        })
    }

    /// Whether what waits, the last first, has room up to where the line can end.
    fn behind(&mut self, stack: &[Waiting<'_, '_>]) -> bool {
        let found = stack.iter().rev().find_map(|waiting| match waiting.part {
            Part::One(doc, mode) => self.up_to_end(doc, mode),
            Part::Filling(docs) => docs.iter().find_map(|doc| self.up_to_end(doc, Mode::Broken)),
            Part::End(..) => Some(true),
        });
        found.unwrap_or(true)
    }

    /// Tells if a line can end in a document, or the document has no room.
    fn up_to_end(&mut self, doc: &Doc<'_>, mode: Mode) -> Option<bool> {
        match doc {
            Doc::Gap(gap) if gap.breaks && mode == Mode::Broken => Some(true),
            Doc::Hard | Doc::Comment { .. } => Some(true),
            Doc::Blank => None,
            Doc::Block(_) => Some(self.take(1).is_none()),
            Doc::Fill(docs) | Doc::Concat(docs) | Doc::Indent(docs) | Doc::Hang(docs) => {
                docs.iter().find_map(|doc| self.up_to_end(doc, mode))
            }
            Doc::Text(_) | Doc::Gap(_) | Doc::Brace | Doc::Group(_) | Doc::Bracket(_) | Doc::Choice(_) => {
                self.flat(std::slice::from_ref(doc))
            }
        }
    }
}

/// The lines as text; comments behind consecutive lines start in one column.
fn joined(lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let alike = |line: &&Line<'_>| line.comment.is_some() && line.indent == first.indent;
        let run = rest.iter().take_while(alike).count().max(1);
        let run_lines = rest.get(..run).unwrap_or_default();
        let longest = run_lines.iter().map(|line| width(&line.text)).max().unwrap_or(0);
        for line in run_lines {
            let text = line.text.trim_end_matches(' ');
            if !text.is_empty() || line.comment.is_some() {
                out.extend(std::iter::repeat_n(' ', line.indent));
            }
            out.push_str(text);
            if let Some(comment) = line.comment {
                out.extend(std::iter::repeat_n(' ', longest - width(text) + 2));
                out.push_str(comment);
            }
            out.push('\n');
        }
        at += run;
    }
    out
}
