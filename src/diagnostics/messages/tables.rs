//! A22: constants from files.

use crate::data::ValueType;
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    TABLE_MISSING = "A2210" "table-missing" Error "a file lacks the array of a table";
    TABLE_TYPE = "A2211" "table-type" Error "the array of a table has elements of another type than declared";
    TABLE_SHAPE = "A2212" "table-shape" Error "the array of a table has other axes or sizes than declared";
    TABLE_VALUES = "A2213" "table-values" Error "the array of a table holds numbers that its type excludes";
}

/// `near` are similar names of arrays, `listed` arrays of the file with their shapes.
#[must_use]
pub fn table_missing(place: Span, key: &str, path: &str, near: &[&str], listed: &[String]) -> Diagnostic {
    let message = format!("`{}` has no array `{}`", clean(path), clean(key));
    let finding = Diagnostic::at(&TABLE_MISSING, place, message).label("not in the file");
    let finding = near.iter().fold(finding, |finding, near| finding.help(format!("`{}` might be meant", clean(near))));
    match listed {
        [] => finding.note("the file has no arrays"),
        _ => finding.note(format!("the file has: {}", listed.join(", "))),
    }
}

/// `found` names the file's element type.
#[must_use]
pub fn table_type(place: Span, key: &str, declared: &ValueType, found: &str, path: &str) -> Diagnostic {
    let message = format!("array `{}` of `{}` is {found}, not `{declared}`", clean(key), clean(path));
    Diagnostic::at(&TABLE_TYPE, place, message).label(format!("declared `{declared}`"))
}

#[must_use]
pub fn table_rank(place: Span, key: &str, declared: &ValueType, shape: &[usize], path: &str) -> Diagnostic {
    let message = format!("array `{}` of `{}` has the shape {shape:?}", clean(key), clean(path));
    let axes = declared.dims.len();
    Diagnostic::at(&TABLE_SHAPE, place, message)
        .label(format!("declared `{declared}`: {axes} axes"))
        .note("a table is the same for every example: it has no axis of rows")
}

#[must_use]
pub fn table_size(place: Span, key: &str, dim: &str, found: usize, known: usize, path: &str) -> Diagnostic {
    let (key, dim) = (clean(key), clean(dim));
    let message = format!("array `{key}` of `{}` has {found} elements along `{dim}`", clean(path));
    let finding = Diagnostic::at(&TABLE_SHAPE, place, message);
    if found == 0 { finding.label("no elements") } else { finding.label(format!("`{dim}` is {known}")) }
}

/// `what` the array holds that it must not.
#[must_use]
pub fn table_values(place: Span, key: &str, what: &str, path: &str) -> Diagnostic {
    let message = format!("array `{}` of `{}` holds {what}", clean(key), clean(path));
    Diagnostic::at(&TABLE_VALUES, place, message).label("declared here")
}
