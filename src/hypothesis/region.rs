//! Regions as written (`heads(1, 0)[pos: 1]`) to components and boxes.

use super::family::Parameter;
use super::model::{BoundModel, Component};
use crate::diagnostics::messages::{binding, names};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::integer as constant;
use crate::model::Region;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;

/// The component or site, by its place in the model map, and the box that a written region names.
pub fn resolve(written: &ast::Region, model: &BoundModel, sink: &mut Vec<Diagnostic>) -> Option<(usize, Region)> {
    let at = member(written, model, sink)?;
    let component = model.components.get(at)?;
    let shape = model.shape(component.tensor);
    let part = cut(&written.parts, &component.dims, &shape, component.region.clone(), &BTreeMap::new(), sink)?;
    Some((at, part))
}

/// The member of a family that a written region names.
fn member(written: &ast::Region, model: &BoundModel, sink: &mut Vec<Diagnostic>) -> Option<usize> {
    let family = written.component.text.as_str();
    let Some(parameters) = model.families.get(family) else {
        if family.is_empty() || model.declared.contains(family) {
            return None;
        }
        let mut near = nearest(family, model.families.keys().map(String::as_str));
        let member = by_numbers(family, model).filter(|_| near.is_empty() && written.arguments.is_empty());
        near.extend(member.as_deref());
        sink.push(names::unknown(written.component.span, "component", family, &near));
        return None;
    };
    if parameters.len() != written.arguments.len() {
        let names: Vec<String> =
            parameters.iter().map(|(name, start, end)| format!("{name} in {start}..{end}")).collect();
        sink.push(wrong_count(written, family, &names));
        return None;
    }
    let mut arguments = Vec::new();
    for argument in &written.arguments {
        arguments.push(constant::evaluate(argument, &BTreeMap::new(), sink)?);
    }
    let mut fits = true;
    let exchanged = exchanged(written, &arguments, parameters);
    for ((argument, value), (name, start, end)) in written.arguments.iter().zip(&arguments).zip(parameters) {
        if value < start || value >= end {
            let exchanged = exchanged.clone().filter(|_| fits);
            sink.push(binding::no_such_member(argument.span, family, name, *value, (*start, *end), exchanged));
            fits = false;
        }
    }
    let found = |component: &Component| component.family == family && component.arguments == arguments;
    model.components.iter().position(found).filter(|_| fits)
}

/// The member whose arguments are the numbers in a name, such as `heads(2, 1)` for `L2H1`.
fn by_numbers(name: &str, model: &BoundModel) -> Option<String> {
    let parts = name.split(|part: char| !part.is_ascii_digit()).filter(|part| !part.is_empty());
    let numbers: Vec<i64> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let is_member = |component: &&Component| component.cuts && !numbers.is_empty() && component.arguments == numbers;
    model.components.iter().find(is_member).map(Component::label)
}

/// A finding about how many arguments a family takes, at the arguments.
fn wrong_count(written: &ast::Region, family: &str, parameters: &[String]) -> Diagnostic {
    let name = written.component.span;
    let end = written.arguments.last().map_or(name.end, |last| last.span.end.saturating_add(1));
    let list = Span { start: name.end, end, ..name };
    let count = written.arguments.len();
    let dotted = match written.arguments.first().map(|argument| (&argument.kind, argument.span)) {
        Some((ast::ExprKind::Real(_), span)) if count == 1 => Some(span),
        _ => None,
    };
    let place = match dotted {
        Some(span) => span,
        None if count == 0 => name,
        None => list,
    };
    binding::wrong_count(
        place,
        family,
        parameters,
        count,
        if count == 0 { Span { start: name.end, ..name } } else { list },
    )
}

/// Two arguments the other way round, where that names a member.
fn exchanged(written: &ast::Region, arguments: &[i64], parameters: &[Parameter]) -> Option<(Span, String)> {
    let ([first, second], [one, other]) = (written.arguments.as_slice(), arguments) else { return None };
    let [(_, start, end), (_, low, high)] = parameters else { return None };
    let fits = (start..end).contains(&other) && (low..high).contains(&one);
    fits.then(|| (Span { end: second.span.end, ..first.span }, format!("{other}, {one}")))
}

/// Cuts a region along named axes. Indices count from the start of the tensor's axis.
pub fn cut(
    parts: &[ast::At],
    dims: &[String],
    shape: &[usize],
    region: Region,
    parameters: &BTreeMap<String, i64>,
    sink: &mut Vec<Diagnostic>,
) -> Option<Region> {
    let mut region = region;
    for part in parts {
        let name = part.dim.text.as_str();
        let Some(axis) = dims.iter().skip(1).position(|dim| dim == name).map(|at| at + 1) else {
            let own = dims.get(1..).unwrap_or_default();
            let near = nearest(name, own.iter().map(String::as_str));
            sink.push(binding::no_such_axis(part.dim.span, name, own, &near));
            return None;
        };
        let (start, end, span) = match &part.part {
            ast::Part::One(index) => {
                let at = constant::evaluate(index, parameters, sink)?;
                (at, at.saturating_add(1), index.span)
            }
            ast::Part::Many(range) => {
                let start = constant::evaluate(&range.start, parameters, sink)?;
                (start, constant::evaluate(&range.end, parameters, sink)?, range.span)
            }
        };
        if start >= end && matches!(part.part, ast::Part::Many(_)) {
            sink.push(binding::range_empty(span, start, end));
            return None;
        }
        let size = shape.get(axis).copied().unwrap_or(0);
        let (low, high) = region.range(axis, size);
        let inside = |at: i64| usize::try_from(at).ok().filter(|at| (low..=high).contains(at));
        let (Some(from), Some(to)) = (inside(start), inside(end)) else {
            sink.push(binding::part_out_of_range(span, (start, end), name, (low, high), size));
            return None;
        };
        region = region.cut(axis, from, to, size);
    }
    Some(region)
}
