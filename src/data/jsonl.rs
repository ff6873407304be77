//! JSON lines: one object a line, each key a column. Values are numbers, bools, or rectangular
//! lists of them; keys that no column wants may hold anything.

use super::array::{Array, ELEMENT_LIMIT};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::files as messages;
use ndarray::{ArrayD, IxDyn};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The longest line that is read, in bytes.
const LINE_LIMIT: usize = 1 << 20;
/// Reading stops after this many findings.
const FINDINGS_LIMIT: usize = 20;

/// The columns of a file.
#[derive(Debug)]
pub struct JsonTable {
    /// The keys of the first line, in its order.
    pub keys: Vec<String>,
    /// The wanted columns that the first line has; axis 0 is the row.
    pub arrays: BTreeMap<String, Array>,
    pub rows: usize,
}

/// Reads the `wanted` keys of every line; blank lines are skipped.
///
/// # Errors
/// Lines that are too long or not objects, keys twice or missing, values of other kinds or shapes
/// than the lines before; at most 20 of them.
pub fn read_jsonl(bytes: &[u8], path: &str, wanted: &[&str]) -> Result<JsonTable, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut builders: BTreeMap<&str, Builder> = BTreeMap::new();
    let mut keys: Option<Vec<String>> = None;
    let (mut rows, mut elements) = (0_usize, 0_u64);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let place = LinePlace { path, line: at as u64 + 1 };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let cells = match read_line(line, place) {
            Ok(cells) => cells,
            Err(finding) => {
                findings.push(*finding);
                if findings.len() >= FINDINGS_LIMIT {
                    break;
                }
                continue;
            }
        };
        let keys = keys.get_or_insert_with(|| cells.iter().map(|(key, _)| key.clone()).collect());
        for key in wanted.iter().filter(|key| keys.iter().any(|first| first == *key)) {
            let added = match cells.iter().find(|(name, _)| name == key) {
                Some((_, cell)) => builders.entry(key).or_default().push(cell, key, place),
                None => Err(Box::new(messages::jsonl_key_missing(path, place.line, key))),
            };
            added.map_or_else(|finding| findings.push(*finding), |count| elements += count);
        }
        rows += 1;
        if elements > ELEMENT_LIMIT {
            findings.push(messages::too_many_values(path, ELEMENT_LIMIT));
        }
        if findings.len() >= FINDINGS_LIMIT || elements > ELEMENT_LIMIT {
            break;
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let arrays = builders.into_iter().map(|(key, builder)| (key.to_string(), builder.finish(rows))).collect();
    Ok(JsonTable { keys: keys.unwrap_or_default(), arrays, rows })
}

#[derive(Debug, Clone, Copy)]
struct LinePlace<'a> {
    path: &'a str,
    /// From 1.
    line: u64,
}

fn read_line(line: &[u8], place: LinePlace<'_>) -> Result<Vec<(String, Cell)>, Box<Diagnostic>> {
    let LinePlace { path, line: number } = place;
    if line.len() > LINE_LIMIT {
        return Err(Box::new(messages::jsonl_line_too_long(path, number, line.len() as u64, LINE_LIMIT as u64)));
    }
    let Line(cells) = serde_json::from_slice(line).map_err(|error| {
        let said = error.to_string();
        let why = said.split(" at line ").next().unwrap_or_default();
        Box::new(messages::jsonl_line(path, number, error.column() as u64, why))
    })?;
    let mut seen = BTreeSet::new();
    match cells.iter().find(|(key, _)| !seen.insert(key.as_str())) {
        Some((key, _)) => Err(Box::new(messages::jsonl_key_twice(path, number, key))),
        None => Ok(cells),
    }
}

/// Grows one column line by line.
#[derive(Debug, Default)]
struct Builder {
    /// The shape of one row, from the first.
    shape: Option<Vec<usize>>,
    values: Values,
}

#[derive(Debug, Default)]
enum Values {
    #[default]
    None,
    Bool(Vec<bool>),
    Int(Vec<i64>),
    /// Once a number is not an integer, all are real.
    Real(Vec<f64>),
}

impl Builder {
    /// Adds the value of one line and gives its number of elements.
    fn push(&mut self, cell: &Cell, key: &str, place: LinePlace<'_>) -> Result<u64, Box<Diagnostic>> {
        let LinePlace { path, line } = place;
        let mut shape = Vec::new();
        shape_of(cell, &mut shape);
        let expected = self.shape.get_or_insert_with(|| shape.clone());
        if *expected != shape {
            return Err(Box::new(messages::jsonl_ragged(path, line, key, &shape, expected)));
        }
        let mut count = 0;
        let mut fault = None;
        each(cell, &shape, &mut |leaf| {
            count += 1;
            match leaf {
                Ok(leaf) => fault = fault.or_else(|| self.values.push(leaf)),
                Err(()) => fault = fault.or(Some(Fault::Ragged)),
            }
        });
        match fault {
            None => Ok(count),
            Some(Fault::Ragged) => Err(Box::new(messages::jsonl_uneven(path, line, key))),
            Some(Fault::Kind { found, before }) => Err(Box::new(messages::jsonl_value(path, line, key, found, before))),
        }
    }

    fn finish(self, rows: usize) -> Array {
        let shape: Vec<usize> = std::iter::once(rows).chain(self.shape.unwrap_or_default()).collect();
        let shape = IxDyn(&shape);
        let reason = "every row has the shape of the first";
        match self.values {
            Values::None => Array::Int(ArrayD::from_shape_vec(shape, Vec::new()).expect(reason)),
            Values::Bool(values) => Array::Bool(ArrayD::from_shape_vec(shape, values).expect(reason)),
            Values::Int(values) => Array::Int(ArrayD::from_shape_vec(shape, values).expect(reason)),
            Values::Real(values) => Array::Real(ArrayD::from_shape_vec(shape, values).expect(reason)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Ragged,
    Kind { found: &'static str, before: Option<&'static str> },
}

/// The sizes along the first element of every list.
fn shape_of(cell: &Cell, shape: &mut Vec<usize>) {
    if let Cell::List(cells) = cell {
        shape.push(cells.len());
        if let Some(first) = cells.first() {
            shape_of(first, shape);
        }
    }
}

/// Visits the leaves of a rectangular list; an uneven one gives `Err` at least once.
fn each<'a>(cell: &'a Cell, shape: &[usize], visit: &mut dyn FnMut(Result<&'a Cell, ()>)) {
    match (cell, shape.split_first()) {
        (Cell::List(cells), Some((size, rest))) if cells.len() == *size => {
            cells.iter().for_each(|cell| each(cell, rest, visit));
        }
        (Cell::List(_), _) | (_, Some(_)) => visit(Err(())),
        (leaf, None) => visit(Ok(leaf)),
    }
}

impl Values {
    fn push(&mut self, leaf: &Cell) -> Option<Fault> {
        if let Values::None = self {
            *self = match leaf {
                Cell::Bool(_) => Values::Bool(Vec::new()),
                Cell::Real(_) => Values::Real(Vec::new()),
                _ => Values::Int(Vec::new()),
            };
            if let Cell::Other(found) = leaf {
                *self = Values::None;
                return Some(Fault::Kind { found, before: None });
            }
        }
        if let (Values::Int(ints), Cell::Real(_)) = (&*self, leaf) {
            *self = Values::Real(ints.iter().map(|value| *value as f64).collect());
        }
        match (self, leaf) {
            (Values::Bool(values), Cell::Bool(value)) => values.push(*value),
            (Values::Int(values), Cell::Int(value)) => values.push(*value),
            (Values::Real(values), Cell::Int(value)) => values.push(*value as f64),
            (Values::Real(values), Cell::Real(value)) => values.push(*value),
            (values, leaf) => return Some(Fault::Kind { found: leaf.kind(), before: Some(values.kind()) }),
        }
        None
    }

    fn kind(&self) -> &'static str {
        if let Values::Bool(_) = self { "a bool" } else { "a number" }
    }
}

/// A line as JSON gives it, keys in order, repeated ones kept.
struct Line(Vec<(String, Cell)>);

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Bool(bool),
    Int(i64),
    Real(f64),
    List(Vec<Cell>),
    /// What cannot stand in a column, in words.
    Other(&'static str),
}

impl Cell {
    fn kind(&self) -> &'static str {
        match self {
            Cell::Bool(_) => "a bool",
            Cell::Int(_) | Cell::Real(_) => "a number",
            Cell::List(_) => "a list",
            Cell::Other(kind) => kind,
        }
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LineVisitor;
        impl<'de> Visitor<'de> for LineVisitor {
            type Value = Line;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
                let mut cells = Vec::new();
                while let Some(entry) = map.next_entry::<String, Cell>()? {
                    cells.push(entry);
                }
                Ok(Line(cells))
            }
        }
        deserializer.deserialize_map(LineVisitor)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;
        impl<'de> Visitor<'de> for CellVisitor {
            type Value = Cell;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
                Ok(Cell::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell::Int(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
                Ok(i64::try_from(value).map_or(Cell::Other("an integer beyond 64 bits"), Cell::Int))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::Real(value))
            }
            fn visit_str<E>(self, _: &str) -> Result<Cell, E> {
                Ok(Cell::Other("a text"))
            }
            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Other("null"))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Other("an object"))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = seq.next_element()? {
                    cells.push(cell);
                }
                Ok(Cell::List(cells))
            }
        }
        deserializer.deserialize_any(CellVisitor)
    }
}
