//! A21: faults that an expression meets on a row. A22: data that contradicts its declaration.

use crate::data::ValueType;
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    INTEGER_OVERFLOW = "A2101" "integer-overflow" Error "a computed integer leaves the range of 64 bits";
    REMAINDER_BY_ZERO = "A2102" "remainder-by-zero" Error "a remainder by zero is computed";
    INDEX_OUTSIDE = "A2103" "index-outside" Error "a computed index lies outside of its axis";
    NOT_COMPARABLE = "A2104" "not-comparable" Error "the largest or smallest of values with NaN is asked for";
    LABEL_NOT_BINARY = "A2105" "label-not-binary" Error "a label of two classes is neither 0 nor 1";
    VALUE_ABSENT = "A2106" "value-absent" Error "a value that an expression reads is absent or has other axes";
    COLUMN_MISSING = "A2201" "column-missing" Error "a declared column is not in the data file";
    COLUMN_TYPE = "A2202" "column-type" Error "a column holds elements of another type than declared";
    COLUMN_SHAPE = "A2203" "column-shape" Error "a column has other axes or sizes than declared";
    ROWS_DIFFER = "A2204" "rows-differ" Error "two columns differ in their number of rows";
    NO_ROWS = "A2205" "no-rows" Error "a dataset has no rows, no columns, or an axis without elements";
    TOKEN_OUTSIDE = "A2206" "token-outside" Error "a token column holds numbers outside of the vocabulary";
    CATEGORY_NEGATIVE = "A2207" "category-negative" Error "a category column holds negative numbers";
    NOT_FINITE = "A2208" "not-finite" Error "a real column holds NaN or infinity";
    NOT_BOOLEAN = "A2209" "not-boolean" Error "a bool column holds other numbers than 0 and 1";
}

/// At most this many columns of a file are listed.
pub const MOST_LISTED: usize = 20;

/// A fault of an expression on some row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFault {
    Overflow,
    RemainderByZero,
    /// An index into an axis of this name and size.
    IndexOutside {
        dim: String,
        size: usize,
    },
    NotComparable,
    LabelNotBinary,
}

/// A fault at `span`, on a row counted from 0; `None` where the same happens on every row.
#[must_use]
pub fn row_fault(span: Span, fault: &RowFault, path: &str, row: Option<u64>) -> Diagnostic {
    let on = row.map_or_else(|| "on every row".to_string(), |row| format!("on row {row} of `{}`", clean(path)));
    let finding = match fault {
        RowFault::Overflow => {
            Diagnostic::at(&INTEGER_OVERFLOW, span, format!("an integer leaves the range of 64 bits {on}"))
        }
        RowFault::RemainderByZero => Diagnostic::at(&REMAINDER_BY_ZERO, span, format!("a remainder by zero {on}"))
            .help("guard it: `if b == 0 then 0 else a % b`"),
        RowFault::IndexOutside { dim, size } => {
            let message = format!("an index lies outside of `{}` (0 to {}) {on}", clean(dim), size.saturating_sub(1));
            Diagnostic::at(&INDEX_OUTSIDE, span, message).help("guard it: `if i >= 0 then x[i] else ...`")
        }
        RowFault::NotComparable => {
            let message = format!("the values to choose from include NaN {on}");
            Diagnostic::at(&NOT_COMPARABLE, span, message)
        }
        RowFault::LabelNotBinary => {
            Diagnostic::at(&LABEL_NOT_BINARY, span, format!("the label is neither 0 nor 1 {on}"))
                .help("more than two classes need `cross_entropy`")
        }
    };
    let finding = finding.label("computed here");
    match row {
        Some(row) => finding.also_at(Place::Data { path: clean(path), row: Some(row) }, "rows are counted from 0"),
        None => finding,
    }
}

/// A column, output or axis that the data at hand lacks.
#[must_use]
pub fn value_absent(span: Span, name: &str, path: &str) -> Diagnostic {
    let message = format!("`{}` is not among the values of `{}`", clean(name), clean(path));
    Diagnostic::at(&VALUE_ABSENT, span, message).label("read here")
}

/// A column or output whose axes are not those that the expression was checked with.
#[must_use]
pub fn value_reshaped(span: Span, name: &str, found: &[usize], expected: &str) -> Diagnostic {
    let message = format!("`{}` has the shape {found:?}; {expected} was expected", clean(name));
    Diagnostic::at(&VALUE_ABSENT, span, message).label("read here")
}

/// A feature with several axes where one position of one axis was asked for, or a position beyond it.
#[must_use]
pub fn no_such_element(span: Span, ty: &ValueType, element: usize) -> Diagnostic {
    let message = format!("position {element} of a value of type `{ty}` does not exist or is not one element");
    Diagnostic::at(&VALUE_ABSENT, span, message).label("read here")
}

/// `name` is the declared name, `key` the one in the file; `near` are similar keys, `listed` keys with their shapes, of `count` keys in all.
#[must_use]
pub fn column_missing(
    place: Span,
    name: &str,
    key: &str,
    path: &str,
    near: &[&str],
    listed: &[String],
    count: usize,
) -> Diagnostic {
    let message = format!("`{}` has no column `{}`", clean(path), clean(key));
    let mut finding = Diagnostic::at(&COLUMN_MISSING, place, message).label("declared here");
    for near in near.iter().filter(|near| !near.contains(['"', '\\'])) {
        let text = format!("{} = \"{}\"", clean(name), clean(near));
        finding = match name == key {
            true => finding.unsafe_fix(format!("`{text}` takes a column that is there"), place, text),
            false => finding.unsafe_fix(format!("`{text}` takes a column that is there"), place, format!("\"{near}\"")),
        };
    }
    let more = if count > listed.len() { format!(" and {} more", count - listed.len()) } else { String::new() };
    match listed {
        [] => finding.note("the file has no columns"),
        _ => finding.note(format!("the file has: {}{more}", listed.join(", "))),
    }
}

/// `found` names the file's element type.
#[must_use]
pub fn column_type(place: Span, key: &str, declared: &ValueType, found: &str, path: &str) -> Diagnostic {
    let message = format!("column `{}` of `{}` is {found}, not `{declared}`", clean(key), clean(path));
    let finding = Diagnostic::at(&COLUMN_TYPE, place, message).label(format!("declared `{declared}`"));
    match found {
        "float32" | "float64" => {
            finding.help("store whole numbers as integers: `array.astype(\"int64\")`, or declare `real`")
        }
        _ => finding,
    }
}

#[must_use]
pub fn column_rank(place: Span, key: &str, declared: &ValueType, shape: &[usize], path: &str) -> Diagnostic {
    let message = format!("column `{}` of `{}` has the shape {shape:?}", clean(key), clean(path));
    let axes = declared.dims.len();
    Diagnostic::at(&COLUMN_SHAPE, place, message)
        .label(format!("declared `{declared}`: an axis of rows and {axes} more"))
}

#[must_use]
pub fn column_size(place: Span, key: &str, dim: &str, found: usize, known: usize, path: &str) -> Diagnostic {
    let (key, dim) = (clean(key), clean(dim));
    let message = format!("column `{key}` of `{}` has {found} elements along `{dim}`, not {known}", clean(path));
    Diagnostic::at(&COLUMN_SHAPE, place, message).label(format!("`{dim}` is {known}"))
}

#[must_use]
pub fn rows_differ(place: Span, key: &str, rows: usize, first: &str, first_rows: usize, path: &str) -> Diagnostic {
    let message = format!(
        "column `{}` of `{}` has {rows} rows, column `{}` has {first_rows}",
        clean(key),
        clean(path),
        clean(first)
    );
    Diagnostic::at(&ROWS_DIFFER, place, message).label(format!("{rows} rows"))
}

#[must_use]
pub fn no_rows(path: &str) -> Diagnostic {
    let place = Place::Data { path: clean(path), row: None };
    Diagnostic::new(&NO_ROWS, format!("`{}` has no rows", clean(path)), place)
}

#[must_use]
pub fn no_columns(path: &str) -> Diagnostic {
    let place = Place::Data { path: clean(path), row: None };
    Diagnostic::new(&NO_ROWS, format!("no column of `{}` is declared", clean(path)), place)
}

#[must_use]
pub fn empty_axis(place: Span, dim: &str, key: &str, path: &str) -> Diagnostic {
    let message = format!("column `{}` of `{}` has no elements along `{}`", clean(key), clean(path), clean(dim));
    Diagnostic::at(&NO_ROWS, place, message).label("no elements")
}

/// The first value that is not allowed, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValues {
    /// From 0.
    pub row: u64,
    /// Indices along the other axes.
    pub position: Vec<usize>,
    pub value: String,
    pub count: u64,
}

impl BadValues {
    fn finding(&self, code: &'static crate::diagnostics::Code, place: Span, what: &str, path: &str) -> Diagnostic {
        let position = if self.position.is_empty() { String::new() } else { format!(", position {:?}", self.position) };
        let message = format!("{what}: {} on row {}{position} of `{}`", self.value, self.row, clean(path));
        let count = if self.count == 1 { "1 such value".to_string() } else { format!("{} such values", self.count) };
        Diagnostic::at(code, place, message)
            .label("declared here")
            .also_at(Place::Data { path: clean(path), row: Some(self.row) }, "rows are counted from 0")
            .note(format!("the column has {count}"))
    }
}

#[must_use]
pub fn token_outside(place: Span, key: &str, words: Option<u64>, bad: &BadValues, path: &str) -> Diagnostic {
    let what = match words {
        Some(words) => {
            format!("column `{}` holds a number that is no token (0 to {})", clean(key), words.saturating_sub(1))
        }
        None => format!("column `{}` holds a negative number, which is no token", clean(key)),
    };
    bad.finding(&TOKEN_OUTSIDE, place, &what, path)
}

#[must_use]
pub fn category_negative(place: Span, key: &str, bad: &BadValues, path: &str) -> Diagnostic {
    bad.finding(&CATEGORY_NEGATIVE, place, &format!("category `{}` is negative", clean(key)), path)
        .note("categories are numbered from 0")
}

#[must_use]
pub fn not_finite(place: Span, key: &str, bad: &BadValues, path: &str) -> Diagnostic {
    bad.finding(&NOT_FINITE, place, &format!("column `{}` holds a value that is not finite", clean(key)), path)
}

#[must_use]
pub fn not_boolean(place: Span, key: &str, bad: &BadValues, path: &str) -> Diagnostic {
    let what = format!("column `{}` is declared bool but holds another number than 0 and 1", clean(key));
    bad.finding(&NOT_BOOLEAN, place, &what, path).help("declare `int` or `category`")
}
