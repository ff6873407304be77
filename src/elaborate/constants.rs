//! The values of constants, in whatever order they stand.

use super::{Settings, integer};
use crate::diagnostics::messages::{elaborate as messages, names, usage};
use crate::diagnostics::{Diagnostic, nearest};
use crate::syntax::ast;
use std::collections::BTreeMap;

type Values = BTreeMap<String, Option<i64>>;

/// The value of each constant; `None` for one with a mistake.
pub fn values(items: &[&ast::Constant], settings: &Settings, sink: &mut Vec<Diagnostic>) -> Values {
    let mut by_name: BTreeMap<&str, &ast::Constant> = BTreeMap::new();
    for item in items {
        by_name.entry(&item.name.text).or_insert(item);
    }
    let mut values = Values::new();
    for (name, value) in settings {
        if by_name.contains_key(name.as_str()) {
            values.insert(name.clone(), Some(*value));
        } else {
            let all: Vec<&str> = by_name.keys().copied().collect();
            let near = nearest(name, all.iter().copied());
            sink.push(usage::unknown_setting(name, &near, &all));
        }
    }
    for name in by_name.keys() {
        evaluate(name, &by_name, &mut values, sink);
    }
    values
}

/// Evaluates a constant after those that it reads, without recursion.
fn evaluate(start: &str, by_name: &BTreeMap<&str, &ast::Constant>, values: &mut Values, sink: &mut Vec<Diagnostic>) {
    let mut open: Vec<String> = vec![start.to_owned()];
    while let Some(name) = open.last().cloned() {
        let Some(item) = by_name.get(name.as_str()).filter(|_| !values.contains_key(&name)) else {
            open.pop();
            continue;
        };
        let read =
            integer::names(&item.value).find(|read| by_name.contains_key(read.as_str()) && !values.contains_key(read));
        match read {
            Some(read) if open.contains(&read) => {
                let start = open.iter().position(|name| *name == read).unwrap_or(0);
                let circle: Vec<&str> = open.get(start..).unwrap_or_default().iter().map(String::as_str).collect();
                sink.push(messages::circle(item.name.span, "constants", &circle));
                for name in open.split_off(start) {
                    values.insert(name, None);
                }
            }
            Some(read) => open.push(read),
            None if unknown(item, by_name, sink) => {
                values.insert(name, None);
                open.pop();
            }
            None => {
                let broken = integer::names(&item.value).any(|read| values.get(&read) == Some(&None));
                let known: BTreeMap<String, i64> =
                    values.iter().filter_map(|(name, value)| Some((name.clone(), (*value)?))).collect();
                let value = if broken { None } else { integer::evaluate(&item.value, &known, sink) };
                values.insert(name, value);
                open.pop();
            }
        }
    }
}

/// Reports the first name that is no constant.
fn unknown(item: &ast::Constant, by_name: &BTreeMap<&str, &ast::Constant>, sink: &mut Vec<Diagnostic>) -> bool {
    let Some(name) = integer::names(&item.value).find(|name| !by_name.contains_key(name.as_str())) else {
        return false;
    };
    let near = nearest(&name, by_name.keys().copied());
    let place = integer::place_of(&item.value, &name).unwrap_or(item.value.span);
    sink.push(names::unknown(place, "constant", &name, &near));
    true
}
