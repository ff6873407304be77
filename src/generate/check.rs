//! A block as written, against the inputs of its model: every mistake at its place.

use super::count::{Names, count};
use super::lookup::RowSource;
use super::pieces::PieceChecker;
use super::recipe::{Column, Drawn, How, Recipe, Step};
use super::{ends, steps};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{elaborate, generate as messages, names, types};
use crate::elaborate::integer;
use crate::feature::{Named, Purpose, Scope, Typed, check_expr};
use crate::source::Span;
use crate::syntax::ast::{self, Content, Expr, ExprKind, PieceKind, Pieces};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most rows that are generated.
const MOST_ROWS: i64 = 1_000_000;
/// The most values of all rows together.
const MOST_VALUES: usize = 1 << 26;
/// What a family cannot be called.
const RESERVED: [&str; 7] = ["uniform", "fill", "row", "edit", "family", "let", "seed"];

/// What a block is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub item: &'a ast::Data,
    pub generator: &'a ast::Generator,
    pub inputs: &'a BTreeMap<String, Option<Named>>,
    /// Of the axes of the model, where known.
    pub sizes: &'a BTreeMap<String, Option<usize>>,
    /// By column; `None` where its type is wrong, which has been reported.
    pub types: &'a [Option<ValueType>],
    /// What expressions of the block can name, the numbers of `let` included.
    pub scope: &'a Scope,
    /// By place of the piece; those that cannot be taken have been reported.
    pub sources: &'a BTreeMap<Span, Arc<RowSource>>,
}

/// Checks a block. `None` if it has a mistake, which is then in `sink`, or if what it needs has one.
pub fn check(context: Context<'_>, sink: &mut Vec<Diagnostic>) -> Option<Recipe> {
    let before = sink.len();
    let generator = context.generator;
    let numbers: Vec<&str> = generator.numbers.iter().map(|number| number.name.text.as_str()).collect();
    names_once(generator, sink);
    let ranges = ranges(generator, &numbers, sink);
    let rows = bounded(&generator.rows, "the number of rows", (1, MOST_ROWS), sink);
    let seed = generator.seed.as_ref().map_or(Some(0), |seed| bounded(seed, "the seed", (0, i64::MAX), sink));
    let columns = columns(context);
    let drawn = drawn(context, &numbers, sink);
    let (computed, conditions) = (computed(context, sink), conditions(context, sink));
    let ready: BTreeSet<String> = numbers.iter().map(|name| (*name).to_owned()).chain(drawn_names(context)).collect();
    let steps = steps::ordered(computed, conditions, ready, context.item, sink);
    let (columns, rows) = (columns?, usize::try_from(rows?).ok()?);
    let width: usize = columns.iter().map(Column::width).fold(0, usize::saturating_add);
    if rows.saturating_mul(width) > MOST_VALUES {
        sink.push(messages::too_many_values(generator.rows.span, rows, width, MOST_VALUES));
    }
    let recipe = Recipe {
        name: context.item.name.text.clone(),
        rows,
        rows_span: generator.span,
        seed: u64::try_from(seed?).ok()?,
        numbers: ranges?,
        number_names: numbers.iter().map(|name| (*name).to_owned()).collect(),
        columns,
        drawn: drawn?,
        steps: steps?,
        conditions: generator.conditions.iter().map(|condition| condition.span).collect(),
    };
    (sink.len() == before).then_some(recipe)
}

/// Each name of a family, of a number and of a parameter stands once; a parameter hides a number.
fn names_once(generator: &ast::Generator, sink: &mut Vec<Diagnostic>) {
    let mut families: BTreeMap<&str, Span> = BTreeMap::new();
    for family in &generator.families {
        let name = family.name.text.as_str();
        if RESERVED.contains(&name) {
            sink.push(messages::reserved(family.name.span, name));
        } else if let Some(first) = families.insert(name, family.name.span).filter(|_| !name.is_empty()) {
            sink.push(names::declared_twice(family.name.span, "family", name, first));
        }
    }
    let mut numbers: BTreeSet<&str> = BTreeSet::new();
    for number in &generator.numbers {
        if !numbers.insert(&number.name.text) {
            sink.push(elaborate::parameter_again(number.name.span, &number.name.text));
        }
    }
    for family in &generator.families {
        let mut own: BTreeSet<&str> = BTreeSet::new();
        for parameter in family.parameters.iter().filter(|parameter| !parameter.text.is_empty()) {
            if !own.insert(&parameter.text) {
                sink.push(elaborate::parameter_again(parameter.span, &parameter.text));
            }
        }
    }
}

/// The ranges of `let`: each can read those before it.
fn ranges(
    generator: &ast::Generator,
    numbers: &[&str],
    sink: &mut Vec<Diagnostic>,
) -> Option<Vec<(super::count::Count, super::count::Count)>> {
    let of = |(at, number): (usize, &ast::Parameter)| {
        let names = Names { numbers: numbers.get(..at).unwrap_or_default(), parameters: &[] };
        let (start, end) = (count(&number.range.start, names, sink), count(&number.range.end, names, sink));
        let (start, end) = (start?, end?);
        if let (Some(first), Some(last)) = (start.constant(), end.constant())
            && last <= first
        {
            sink.push(messages::empty_range(number.range.span, first, last));
        }
        Some((start, end))
    };
    let found: Vec<_> = generator.numbers.iter().enumerate().map(of).collect();
    found.into_iter().collect()
}

/// A whole number of the block, which elaboration has worked out.
fn bounded(expr: &Expr, what: &str, (least, most): (i64, i64), sink: &mut Vec<Diagnostic>) -> Option<i64> {
    let ExprKind::Int(value) = expr.kind else { return None };
    if value < least || value > most {
        sink.push(messages::out_of_bounds(expr.span, what, value, (least, most)));
        return None;
    }
    Some(value)
}

/// `None` where a type or a size is not known, for a reason that has been reported.
fn columns(context: Context<'_>) -> Option<Vec<Column>> {
    let of = |(column, ty): (&ast::Column, &Option<ValueType>)| {
        let ty = ty.clone()?;
        let size = |dim: &String| context.sizes.get(dim).copied().flatten();
        let input = context.inputs.get(&column.name.text);
        Some(Column {
            name: column.name.text.clone(),
            sizes: ty.dims.iter().map(size).collect::<Option<Vec<usize>>>()?,
            is_input: input.is_some(),
            vocabulary: input.and_then(|input| input.as_ref()?.vocabulary.clone()),
            ty,
        })
    };
    context.item.columns.iter().zip(context.types).map(of).collect()
}

fn drawn_names(context: Context<'_>) -> impl Iterator<Item = String> {
    let columns = context.item.columns.iter().zip(&context.generator.columns);
    let drawn = columns.filter(|(_, content)| matches!(content, Content::Drawn(_)));
    drawn.map(|(column, _)| column.name.text.clone())
}

fn drawn(context: Context<'_>, numbers: &[&str], sink: &mut Vec<Diagnostic>) -> Option<Vec<Drawn>> {
    let mut found: Option<Vec<Drawn>> = Some(Vec::new());
    let mut told_ends = false;
    for (at, content) in context.generator.columns.iter().enumerate() {
        let Content::Drawn(pieces) = content else { continue };
        let name = context.item.columns.get(at).map_or("", |column| column.name.text.as_str());
        let Some(ty) = context.types.get(at).and_then(Option::as_ref) else {
            found = None;
            continue;
        };
        let how = how(context, (name, ty), pieces, numbers, sink);
        if let (Some(How::Tokens { families, .. }), false) = (&how, told_ends) {
            told_ends = true;
            report_endless(context.generator, families, sink);
        }
        match (how, &mut found) {
            (Some(how), Some(found)) => found.push(Drawn { column: at, span: pieces.span, how }),
            _ => found = None,
        }
    }
    found
}

fn report_endless(generator: &ast::Generator, families: &[super::recipe::Alternatives], sink: &mut Vec<Diagnostic>) {
    for circle in ends::endless(families) {
        let of_circle: Vec<&ast::PieceFamily> = circle.iter().filter_map(|at| generator.families.get(*at)).collect();
        let names: Vec<&str> = of_circle.iter().map(|family| family.name.text.as_str()).collect();
        sink.extend(of_circle.first().map(|first| messages::endless(first.name.span, &names)));
    }
}

/// How a column is drawn. Findings that another column has given already are not given again.
fn how(
    context: Context<'_>,
    (name, ty): (&str, &ValueType),
    pieces: &Pieces,
    numbers: &[&str],
    sink: &mut Vec<Diagnostic>,
) -> Option<How> {
    let uniform = match pieces.alternatives.as_slice() {
        [sequence] => match sequence.as_slice() {
            [only] if only.count.is_none() => Some(only),
            _ => None,
        },
        _ => None,
    };
    if let (Some(PieceKind::Family { name, arguments }), Scalar::Real | Scalar::Int) =
        (uniform.map(|piece| &piece.kind), ty.scalar)
        && name.text == "uniform"
    {
        return uniform_of(ty, arguments, pieces.span, numbers, sink);
    }
    match ty.scalar {
        Scalar::Real => sink.push(messages::only_uniform(pieces.span, ty)),
        Scalar::Token | Scalar::Int | Scalar::Category if ty.dims.len() <= 1 => {
            let mut own = Vec::new();
            let words = context.inputs.get(name).and_then(|input| input.as_ref()?.vocabulary.as_ref());
            let words = words.map(|words| words.as_slice());
            let how = PieceChecker::new(context, ty, words, numbers, &mut own).column(pieces);
            for finding in own {
                if !sink.contains(&finding) {
                    sink.push(finding);
                }
            }
            return how;
        }
        _ => sink.push(messages::not_drawn(pieces.span, name, ty)),
    }
    None
}

fn uniform_of(
    ty: &ValueType,
    arguments: &[Expr],
    span: Span,
    numbers: &[&str],
    sink: &mut Vec<Diagnostic>,
) -> Option<How> {
    let [from, to] = arguments else {
        sink.push(messages::uniform_bounds(span));
        return None;
    };
    if ty.scalar == Scalar::Int {
        let names = Names { numbers, parameters: &[] };
        let (from, to) = (count(from, names, sink), count(to, names, sink));
        let (from, to) = (from?, to?);
        if let (Some(first), Some(last)) = (from.constant(), to.constant())
            && last <= first
        {
            sink.push(messages::uniform_bounds(span));
            return None;
        }
        return Some(How::Ints { from, to });
    }
    match (integer::number(from), integer::number(to)) {
        (Some(from), Some(to)) if from < to && (to - from).is_finite() => Some(How::Reals { from, to }),
        _ => {
            sink.push(messages::uniform_bounds(span));
            None
        }
    }
}

/// The computed columns by place; `None` where one has a mistake.
fn computed(context: Context<'_>, sink: &mut Vec<Diagnostic>) -> Option<Vec<Step>> {
    let mut found = Some(Vec::new());
    for (at, (column, content)) in context.item.columns.iter().zip(&context.generator.columns).enumerate() {
        let Content::Computed(expr) = content else { continue };
        let typed = check_expr(expr, context.scope, Purpose::Feature, sink);
        let declared = context.types.get(at).and_then(Option::as_ref);
        let place = column.ty.as_ref().map_or(column.span, |ty| ty.span);
        let typed = typed.zip(declared).and_then(|(typed, declared)| as_column(typed, declared, place, sink));
        match (typed, &mut found) {
            (Some(typed), Some(found)) => found.push(Step::Column(at, typed)),
            _ => found = None,
        }
    }
    found
}

/// An expression as the values of a column: an int can be declared as anything that has numbers.
fn as_column(typed: Typed, declared: &ValueType, place: Span, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    use Scalar::{Category, Int, Real, Token};
    let widened = typed.ty.scalar == Int && matches!(declared.scalar, Real | Category | Token);
    if typed.ty.dims == declared.dims && (typed.ty.scalar == declared.scalar || widened) {
        return Some(typed.converted(declared.scalar));
    }
    sink.push(types::not_as_declared(typed.span, &typed.ty, declared, place));
    None
}

/// The conditions by place; `None` where one has a mistake.
fn conditions(context: Context<'_>, sink: &mut Vec<Diagnostic>) -> Option<Vec<Step>> {
    let mut found = Some(Vec::new());
    for (at, expr) in context.generator.conditions.iter().enumerate() {
        match (check_condition(expr, context.scope, sink), &mut found) {
            (Some(typed), Some(found)) => found.push(Step::Condition(at, typed)),
            _ => found = None,
        }
    }
    found
}

/// A condition on rows: one bool.
pub fn check_condition(expr: &Expr, scope: &Scope, sink: &mut Vec<Diagnostic>) -> Option<Typed> {
    let typed = check_expr(expr, scope, Purpose::Feature, sink)?;
    if typed.ty != ValueType::without_axes(Scalar::Bool) {
        sink.push(types::mismatch(typed.span, &typed.ty, "a bool"));
        return None;
    }
    Some(typed)
}
