//! A45: data that a file makes itself.

use crate::data::ValueType;
use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, clean};
use crate::source::Span;

declare_codes! {
    ENDLESS = "A4501" "endless-family" Error "a family of pieces never comes to an end";
    CIRCLE = "A4502" "columns-in-circle" Error "generated columns are computed from each other in a circle";
    NOTHING = "A4503" "nothing-generated" Error "a generator makes no row";
    FEWER = "A4504" "fewer-rows" Warning "a generator makes fewer rows than are asked for";
    PIECE = "A4505" "piece" Error "a piece cannot stand where it stands";
    BOUNDS = "A4506" "generator-bounds" Error "a number of a generator is out of its bounds";
    ROW_OF = "A4507" "row-of" Error "`row of` names data whose rows cannot be taken here";
    BOUND = "A4508" "generated-and-bound" Error "a dataset that the file generates is bound to a file";
}

/// Why tries to draw a row came to nothing, each with how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thrown {
    pub tries: u64,
    /// More tokens than the column has positions.
    pub too_long: u64,
    /// Fewer tokens, and no `fill`.
    pub too_short: u64,
    /// More steps than one row is given.
    pub endless: u64,
    /// A number of repetitions or of edits below 0, or beyond 64 bits.
    pub counts: u64,
    /// Fewer places that can be edited than are to be.
    pub edits: u64,
    /// A `let` over an empty range.
    pub ranges: u64,
    /// Equal to a row before in all inputs of the model.
    pub again: u64,
    /// By place of the `where`.
    pub conditions: Vec<(Span, u64)>,
}

impl Thrown {
    fn noted(&self, found: Diagnostic) -> Diagnostic {
        let reasons = [
            (self.again, "were there already"),
            (self.too_long, "were longer than the column"),
            (self.too_short, "were shorter than the column: `fill \"[pad]\"` as the last piece fills it"),
            (self.endless, "did not come to an end within the steps of one row"),
            (self.counts, "had a number of repetitions or edits below 0, or beyond 64 bits"),
            (self.edits, "had fewer places to edit than `edit` asks for"),
            (self.ranges, "had an empty range in a `let`"),
        ];
        let found = found.note(format!("{} rows were drawn", self.tries));
        let found = reasons
            .iter()
            .filter(|(count, _)| *count > 0)
            .fold(found, |found, (count, reason)| found.note(format!("{count} of them {reason}")));
        let at_work = self.conditions.iter().filter(|(_, count)| *count > 0);
        at_work.fold(found, |found, (span, count)| found.also(*span, format!("{count} of them fail this")))
    }
}

/// `circle` names the families in order.
#[must_use]
pub fn endless(span: Span, circle: &[&str]) -> Diagnostic {
    let shown: Vec<String> =
        circle.iter().chain(circle.first()).take(8).map(|name| format!("`{}`", clean(name))).collect();
    let message = format!("each way through the family needs the next: {}", shown.join(" needs "));
    Diagnostic::at(&ENDLESS, span, message)
        .label("never comes to an end")
        .help("give it an alternative without itself, such as `\"\" | ...`")
}

#[must_use]
pub fn column_circle(span: Span, circle: &[&str]) -> Diagnostic {
    let shown: Vec<String> =
        circle.iter().chain(circle.first()).take(8).map(|name| format!("`{}`", clean(name))).collect();
    Diagnostic::at(&CIRCLE, span, format!("columns are computed from each other: {}", shown.join(" reads ")))
        .label("part of the circle")
        .help("draw one of them from pieces, or compute it from the others alone")
}

#[must_use]
pub fn nothing(span: Span, name: &str, thrown: &Thrown) -> Diagnostic {
    let found = Diagnostic::at(&NOTHING, span, format!("`{}` gets no row", clean(name))).label("gives no row");
    thrown.noted(found)
}

#[must_use]
pub fn fewer(span: Span, name: &str, (rows, asked): (usize, usize), thrown: &Thrown) -> Diagnostic {
    let message = format!("`{}` gets {rows} rows, not {asked}", clean(name));
    let found = Diagnostic::at(&FEWER, span, message).label("as many as could be found");
    thrown.noted(found).help(format!("ask for {rows}, or let the pieces give more different rows"))
}

/// What is drawn when an expression of a column fails.
#[must_use]
pub fn on_row(found: Diagnostic, row: &str) -> Diagnostic {
    found.note(format!("the row is {}", clean(row)))
}

#[must_use]
pub fn fill_not_last(span: Span) -> Diagnostic {
    Diagnostic::at(&PIECE, span, "`fill` stands last, and only directly in a column")
        .label("not last")
        .help("it fills the positions that are left: `tokens = ... \"[end]\" fill \"[pad]\"`")
}

#[must_use]
pub fn any_of_what(span: Span) -> Diagnostic {
    Diagnostic::at(&PIECE, span, "`any` needs a vocabulary, and the column has none")
        .label("any of which tokens?")
        .help("name the tokens: `any { \"a\" \"b\" }`, or `any { 0 1 2 }` by their numbers")
}

#[must_use]
pub fn empty_set(span: Span) -> Diagnostic {
    Diagnostic::at(&PIECE, span, "there is no token to choose from").label("empty")
}

#[must_use]
pub fn only_uniform(span: Span, ty: &ValueType) -> Diagnostic {
    Diagnostic::at(&PIECE, span, format!("numbers are drawn by `uniform`, and the column is `{ty}`"))
        .label("not a number")
        .help("such as `x = uniform(-1, 1)`; or write the type and an expression, `x : real = ...`")
}

#[must_use]
pub fn not_drawn(span: Span, column: &str, ty: &ValueType) -> Diagnostic {
    let message = format!("the column `{}` is `{ty}`, which is not drawn from pieces", clean(column));
    Diagnostic::at(&PIECE, span, message)
        .label("tokens along at most one axis are")
        .help(format!("compute it: `{} : {ty} = ...`", clean(column)))
}

#[must_use]
pub fn uniform_alone(span: Span) -> Diagnostic {
    Diagnostic::at(&PIECE, span, "`uniform` draws numbers and stands alone")
        .label("not a piece of tokens")
        .help("`x = uniform(-1, 1)`, for an input of numbers; tokens are drawn by `any`")
}

/// A name that has a meaning among pieces.
#[must_use]
pub fn reserved(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&PIECE, span, format!("`{}` has a meaning among pieces", clean(name)))
        .label("cannot be the name of a family")
        .help("give the family another name")
}

#[must_use]
pub fn number_as_family(found: Diagnostic, name: &str) -> Diagnostic {
    let name = clean(name);
    found.help(format!(
        "`{name}` is a number: it stands behind `*`, or directly behind the name of a family: `f({name})`"
    ))
}

/// A column of the name of a line of the block.
#[must_use]
pub fn line_as_column(found: Diagnostic, name: &str) -> Diagnostic {
    match name {
        "seed" => found.help("the seed is written without `=`: `seed 5`"),
        "let" => found.help("a number is drawn by `let n in 1..10`"),
        _ => found,
    }
}

#[must_use]
pub fn not_a_count(span: Span) -> Diagnostic {
    Diagnostic::at(&BOUNDS, span, "this is not a whole number that is known when a row is drawn")
        .label("not a whole number")
        .help("use whole numbers, constants, numbers of `let`, arguments of the family, and + - * / %")
}

#[must_use]
pub fn out_of_bounds(span: Span, what: &str, value: i64, bounds: (i64, i64)) -> Diagnostic {
    let possible = match bounds {
        (least, i64::MAX) => format!("{least} or more is possible"),
        (least, most) => format!("from {least} to {most} is possible"),
    };
    Diagnostic::at(&BOUNDS, span, format!("{what} is {value}")).label(possible)
}

#[must_use]
pub fn too_many_values(span: Span, rows: usize, width: usize, limit: usize) -> Diagnostic {
    Diagnostic::at(&BOUNDS, span, format!("{rows} rows of {width} values are more than are generated"))
        .label("too many")
        .help(format!("rows times values of one row: at most {limit}"))
}

#[must_use]
pub fn empty_range(span: Span, start: i64, end: i64) -> Diagnostic {
    Diagnostic::at(&BOUNDS, span, format!("the range {start}..{end} has no number"))
        .label("empty")
        .help("the end does not belong to a range: `1..3` is 1 and 2")
}

#[must_use]
pub fn uniform_bounds(span: Span) -> Diagnostic {
    Diagnostic::at(&BOUNDS, span, "`uniform` takes two numbers, the smaller first")
        .label("not two numbers in order")
        .help("such as `uniform(-1, 1)`; for a column of ints whole numbers, the end excluded")
}

#[must_use]
pub fn of_other_model(span: Span, data: &str, model: &str) -> Diagnostic {
    let message = format!("`{}` is data for another model than `{}`", clean(data), clean(model));
    Diagnostic::at(&ROW_OF, span, message).label("of another model").help("take rows of data for the same model")
}

#[must_use]
pub fn other_column(span: Span, column: &str, found: &ValueType, needed: &ValueType) -> Diagnostic {
    let message = format!("the column `{}` is `{found}`, and `{needed}` is drawn", clean(column));
    Diagnostic::at(&ROW_OF, span, message).label("of another kind")
}

#[must_use]
pub fn no_row_meets(span: Span, data: &str, rows: usize) -> Diagnostic {
    let message = format!("no row of `{}` meets this condition", clean(data));
    Diagnostic::at(&ROW_OF, span, message).label(format!("false on all {rows} rows"))
}

/// `circle` names the datasets in order.
#[must_use]
pub fn data_circle(span: Span, circle: &[&str]) -> Diagnostic {
    let shown: Vec<String> =
        circle.iter().chain(circle.first()).take(8).map(|name| format!("`{}`", clean(name))).collect();
    Diagnostic::at(&ROW_OF, span, format!("datasets take rows of each other: {}", shown.join(" of ")))
        .label("part of the circle")
        .help("take rows of data that is there before")
}

#[must_use]
pub fn bound(span: Span, name: &str) -> Diagnostic {
    let name = clean(name);
    Diagnostic::at(&BOUND, span, format!("`{name}` is generated, and `--data {name}=...` binds it to a file"))
        .label("makes its own rows")
        .help("leave the binding out, or declare the data with `npz(...)`")
}
