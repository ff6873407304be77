//! Columns of consecutive lines.

use super::doc::{Doc, WIDTH, width};
use std::collections::BTreeMap;

/// A line cut where its columns begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    list: Vec<Cell>,
}

#[derive(Debug, Clone, Default)]
struct Cell {
    column: u8,
    /// Spaces before it, at least.
    spaces: usize,
    text: String,
}

impl Cells {
    /// A document on one line, its columns apart by at least so many spaces as it says and at most `most`; `None` if
    /// it cannot stand on one.
    pub(super) fn of(doc: &Doc<'_>, most: usize) -> Option<Cells> {
        let mut cells = Cells { list: vec![Cell::default()] };
        if !cells.take(doc) {
            return None;
        }
        cells.list.iter_mut().for_each(|cell| cell.spaces = cell.spaces.min(most));
        Some(cells)
    }

    fn take(&mut self, doc: &Doc<'_>) -> bool {
        match doc {
            Doc::Text(text) => self.write(text),
            Doc::Gap(gap) => match gap.column {
                Some(column) => self.list.push(Cell { column, spaces: gap.spaces, text: String::new() }),
                None => self.write(spaces(gap.spaces)),
            },
            Doc::Brace => self.write(" "),
            Doc::Hard | Doc::Blank | Doc::Comment { .. } | Doc::Block(_) => return false,
            Doc::Concat(docs) | Doc::Group(docs) | Doc::Fill(docs) | Doc::Indent(docs) | Doc::Hang(docs) => {
                return docs.iter().all(|doc| self.take(doc));
            }
            Doc::Choice(both) => return self.take(&both.0),
            Doc::Bracket(bracket) if bracket.lead.is_empty() && bracket.tail.is_empty() => {
                if !self.take(&bracket.open) {
                    return false;
                }
                self.write(spaces(bracket.spaces));
                if !bracket.body.iter().all(|doc| self.take(doc)) {
                    return false;
                }
                self.write(spaces(bracket.spaces));
                return self.take(&bracket.close);
            }
            Doc::Bracket(_) => return false,
        }
        true
    }

    fn write(&mut self, text: &str) {
        if let Some(cell) = self.list.last_mut() {
            cell.text.push_str(text);
        }
    }

    /// How wide the line is by itself.
    pub(super) fn width(&self) -> usize {
        self.list.iter().map(|cell| cell.spaces + width(&cell.text)).sum()
    }

    /// The line by itself.
    pub(super) fn plain(&self) -> String {
        self.list.iter().map(|cell| format!("{}{}", spaces(cell.spaces), cell.text)).collect()
    }

    /// The line with its columns where they begin.
    fn placed(&self, starts: &BTreeMap<u8, usize>) -> String {
        let mut line = String::new();
        for cell in &self.list {
            let start = starts.get(&cell.column).copied().unwrap_or(0);
            let gap = start.saturating_sub(width(&line)).max(cell.spaces);
            line.extend(std::iter::repeat_n(' ', gap));
            line.push_str(&cell.text);
        }
        line
    }
}

fn spaces(count: usize) -> &'static str {
    ["", " ", "  "].get(count).copied().unwrap_or("  ")
}

/// How often columns are placed anew without the lines that have become too long.
const TRIES: usize = 8;

/// Consecutive lines with their columns aligned, as many as there is room for. With `all_first`, lines without a second
/// column make room for one too.
pub(super) fn align(lines: &[&Cells], indent: usize, all_first: bool) -> Vec<String> {
    let room = WIDTH.saturating_sub(indent);
    let mut columns: Vec<u8> = lines.iter().flat_map(|line| line.list.iter().map(|cell| cell.column)).collect();
    columns.sort_unstable();
    columns.dedup();
    while let Some(last) = columns.last().copied().filter(|last| *last > 0) {
        let placed = place(lines, &starts(lines, &columns, all_first));
        if placed.iter().all(|line| width(line) <= room) {
            return placed;
        }
        columns.retain(|column| *column < last || *column == 0);
        if columns.len() < 2 {
            return without_long(lines, &[0, last], room, all_first);
        }
    }
    lines.iter().map(|line| line.plain()).collect()
}

fn place(lines: &[&Cells], starts: &BTreeMap<u8, usize>) -> Vec<String> {
    lines.iter().map(|line| line.placed(starts)).collect()
}

/// Lines that get too long stand by themselves; the others are aligned.
fn without_long(lines: &[&Cells], columns: &[u8], room: usize, all_first: bool) -> Vec<String> {
    let mut is_in = vec![true; lines.len()];
    for _ in 0..TRIES {
        let members: Vec<&Cells> =
            lines.iter().zip(&is_in).filter(|(_, is_in)| **is_in).map(|(line, _)| *line).collect();
        let starts = starts(&members, columns, all_first);
        let placed = place(lines, &starts);
        let mut has_long = false;
        for (line, is_in) in placed.iter().zip(&mut is_in).filter(|(_, is_in)| **is_in) {
            *is_in = width(line) <= room;
            has_long |= !*is_in;
        }
        if !has_long {
            let plain = lines.iter().map(|line| line.plain());
            let both = placed.into_iter().zip(plain).zip(&is_in);
            return both.map(|((placed, plain), is_in)| if *is_in { placed } else { plain }).collect();
        }
    }
    lines.iter().map(|line| line.plain()).collect()
}

/// Where each of some columns begins: behind the longest of what stands before it.
fn starts(lines: &[&Cells], columns: &[u8], all_first: bool) -> BTreeMap<u8, usize> {
    let mut starts = BTreeMap::from([(0, 0)]);
    for column in columns.iter().copied().filter(|column| *column > 0) {
        let needed = lines.iter().filter_map(|line| {
            let at = line.list.iter().position(|cell| cell.column == column);
            let (before, spaces) = match at {
                Some(at) => (line.list.get(at.checked_sub(1)?)?, line.list.get(at)?.spaces),
                None if all_first => (line.list.last()?, 1),
                None => return None,
            };
            Some(starts.get(&before.column)? + width(&before.text) + spaces)
        });
        let start = needed.max().unwrap_or(0);
        starts.insert(column, start);
    }
    starts
}
