//! Interchange interventions in the report for people.

use super::text::{WIDTH, expected, folded, percent};
use super::{InterchangeReport, Report, family};
use crate::diagnostics::clean;
use std::collections::BTreeMap;

/// A table for each family and feature, a line for each other interchange and for each expectation.
pub(super) fn write(report: &Report, out: &mut String) {
    if report.interchanges.is_empty() {
        return;
    }
    let (tabulated, listed): (Vec<_>, Vec<_>) =
        report.interchanges.iter().partition(|found| family::is_tabulated(found.arguments.as_ref()));
    let cells: Vec<family::Cell<'_>> = tabulated.iter().filter_map(|found| cell(found)).collect();
    out.push_str(&family::tables(&cells, "interchange accuracy", WIDTH));
    for found in &listed {
        let (accuracy, name) = (found.accuracy, name(&found.name, found));
        let (value, low, high) = (percent(accuracy.value), percent(accuracy.low), percent(accuracy.high));
        let without = percent(found.without.value);
        folded(&format!("{name}: interchange accuracy {value} ({low} .. {high}), {without} without the exchange"), out);
        expectations(found, "  ", out);
    }
    for found in &tabulated {
        expectations(found, &format!("{}: ", clean(&found.name)), out);
    }
    ranges(&tabulated, out);
    let pairs = report.interchanges.iter().map(|found| found.n).max().unwrap_or(0);
    let seed = report.interchanges.first().map_or(0, |found| found.seed);
    folded(
        &format!(
            "interchange accuracy: pairs on which the patched model gives what the high-level model does; n = {pairs} pairs, all that were asked for, seed {seed}"
        ),
        out,
    );
    out.push('\n');
}

fn name(name: &str, found: &InterchangeReport) -> String {
    format!("{} {}", clean(name), clean(&found.feature))
}

fn cell(found: &InterchangeReport) -> Option<family::Cell<'_>> {
    let arguments = found.arguments.as_ref()?;
    let share = Some(found.accuracy.value);
    Some(family::Cell { family: found.family.as_deref()?, part: &found.feature, arguments, share })
}

fn expectations(found: &InterchangeReport, before: &str, out: &mut String) {
    for expectation in &found.expectations {
        folded(&format!("{before}{}", expected(expectation, &found.feature)), out);
    }
}

/// The accuracies without the exchange, from the least to the most of a family.
fn ranges(tabulated: &[&InterchangeReport], out: &mut String) {
    let mut families: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for found in tabulated {
        let value = found.without.value;
        let family = name(found.family.as_deref().unwrap_or_default(), found);
        let (least, most) = families.entry(family).or_insert((value, value));
        (*least, *most) = (least.min(value), most.max(value));
    }
    for (family, (least, most)) in families {
        folded(&format!("{family}: {} to {} without the exchange", percent(least), percent(most)), out);
    }
}
