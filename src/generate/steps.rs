//! The order in which columns are computed and conditions are asked: each condition as soon as what it
//! reads is there, so that nothing is computed for rows that are thrown away.

use super::recipe::Step;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::generate as messages;
use crate::feature::reads;
use crate::syntax::ast;
use std::collections::BTreeSet;

/// `ready` are the columns and numbers that are drawn. `None` where something lacks, or where columns
/// need each other.
pub fn ordered(
    computed: Option<Vec<Step>>,
    conditions: Option<Vec<Step>>,
    mut ready: BTreeSet<String>,
    item: &ast::Data,
    sink: &mut Vec<Diagnostic>,
) -> Option<Vec<Step>> {
    let (mut columns, mut conditions) = (computed?, conditions?);
    let mut found = Vec::new();
    loop {
        let (now, later): (Vec<Step>, Vec<Step>) =
            conditions.into_iter().partition(|step| lacks(step, &ready).is_none());
        found.extend(now);
        conditions = later;
        let Some(next) = columns.iter().position(|step| lacks(step, &ready).is_none()) else { break };
        let step = columns.remove(next);
        ready.extend(name_of(&step, item).map(str::to_owned));
        found.push(step);
    }
    if let Some(circle) = circle(&columns, &ready, item) {
        let names: Vec<&str> = circle.iter().map(|column| column.name.text.as_str()).collect();
        sink.extend(circle.first().map(|column| messages::column_circle(column.name.span, &names)));
        return None;
    }
    // What is left reads a column that has a mistake of its own.
    (columns.is_empty() && conditions.is_empty()).then_some(found)
}

/// The first name that a step reads and that is not there yet.
fn lacks(step: &Step, ready: &BTreeSet<String>) -> Option<String> {
    let (Step::Column(_, expression) | Step::Condition(_, expression)) = step;
    reads(expression).into_iter().find(|name| !ready.contains(name))
}

fn name_of<'a>(step: &Step, item: &'a ast::Data) -> Option<&'a str> {
    let Step::Column(at, _) = step else { return None };
    item.columns.get(*at).map(|column| column.name.text.as_str())
}

/// A circle among columns that wait for each other.
fn circle<'a>(columns: &[Step], ready: &BTreeSet<String>, item: &'a ast::Data) -> Option<Vec<&'a ast::Column>> {
    let mut path: Vec<usize> = Vec::new();
    let mut at = 0;
    loop {
        if let Some(first) = path.iter().position(|known| *known == at) {
            let circle = path.split_off(first);
            let places = circle.iter().filter_map(|at| match columns.get(*at)? {
                Step::Column(place, _) => item.columns.get(*place),
                Step::Condition(..) => None,
            });
            return Some(places.collect());
        }
        path.push(at);
        let lacking = lacks(columns.get(at)?, ready)?;
        at = columns.iter().position(|step| name_of(step, item) == Some(lacking.as_str()))?;
    }
}
