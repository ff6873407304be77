//! Families of components: `heads(l in 0..3, h in 0..2) = "blocks.{l}..."`.

use super::names::Declared;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::binding;
use crate::elaborate::integer as constant;
use crate::syntax::ast;
use std::collections::BTreeMap;

/// A family has at most this many members.
const MOST_MEMBERS: i64 = 100_000;

/// A parameter with its half-open range.
pub type Parameter = (String, i64, i64);

/// The parameters with their ranges, which can name dims of known `sizes`; `None` with a finding.
pub fn parameters(
    item: &ast::Component,
    sizes: &BTreeMap<String, i64>,
    sink: &mut Vec<Diagnostic>,
) -> Option<Vec<Parameter>> {
    let mut found = Vec::new();
    let mut declared = Declared::new("parameter");
    let mut count = 1_i64;
    for parameter in &item.parameters {
        if !declared.add(&parameter.name, sink) {
            return None;
        }
        let start = constant::evaluate(&parameter.range.start, sizes, sink)?;
        let end = constant::evaluate(&parameter.range.end, sizes, sink)?;
        if start >= end {
            sink.push(binding::range_empty(parameter.range.span, start, end));
            return None;
        }
        count = count.saturating_mul(end.saturating_sub(start));
        if count > MOST_MEMBERS {
            sink.push(binding::family_too_large(parameter.range.span, &item.name.text, MOST_MEMBERS));
            return None;
        }
        found.push((parameter.name.text.clone(), start, end));
    }
    Some(found)
}

/// Every `{name}` of the sites is a parameter, and every parameter tells members apart.
pub fn pattern_fits(item: &ast::Component, parameters: &[Parameter], sink: &mut Vec<Diagnostic>) -> bool {
    let known: Vec<&str> = parameters.iter().map(|(name, _, _)| name.as_str()).collect();
    let sites = std::iter::once(&item.site).chain(item.ports.iter().map(|port| &port.site));
    let mut fits = true;
    for site in sites {
        for name in placeholders(&site.value) {
            if !known.contains(&name) {
                let only = known.as_slice();
                let renamed = match only {
                    [only] => Some(site.value.replace(&format!("{{{name}}}"), &format!("{{{only}}}"))),
                    _ => None,
                };
                sink.push(binding::unknown_parameter(site.span, name, &known, renamed));
                fits = false;
            }
        }
    }
    // A misspelled name in braces is why a parameter is not used.
    if !fits {
        return false;
    }
    for parameter in &item.parameters {
        let name = parameter.name.text.as_str();
        let cuts = item.at.iter().any(|at| constant::mentions(&at.part, name));
        if !cuts && !placeholders(&item.site.value).contains(&name) {
            let braces = item
                .site
                .value
                .split('.')
                .map(|part| if part == name { format!("{{{name}}}") } else { part.to_owned() });
            let text = braces.collect::<Vec<_>>().join(".");
            let site = (text != item.site.value).then_some((item.site.span, text));
            sink.push(binding::same_place_twice(parameter.name.span, name, site));
            fits = false;
        }
    }
    fits
}

/// The names in braces.
pub fn placeholders(pattern: &str) -> Vec<&str> {
    pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// All combinations of arguments, the last parameter running fastest.
pub fn members(parameters: &[Parameter]) -> Vec<Vec<i64>> {
    parameters.iter().fold(vec![Vec::new()], |found, (_, start, end)| {
        let extended =
            |prefix: &Vec<i64>| (*start..*end).map(|value| [prefix.as_slice(), &[value]].concat()).collect::<Vec<_>>();
        found.iter().flat_map(extended).collect()
    })
}
