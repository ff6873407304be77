//! How many references each hypothesis was run on, and why no more.

use super::Report;
use crate::diagnostics::clean;
use std::collections::{BTreeMap, BTreeSet};

/// The names that stopped at a number of references for a reason; families by their own name.
fn groups(report: &Report) -> BTreeMap<(usize, &str), Vec<&str>> {
    let mut found: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    for one in &report.hypotheses {
        let names = found.entry((one.n, one.stopped)).or_default();
        let name = one.family.as_deref().unwrap_or(&one.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    found
}

/// `n = 1000 references (decided)`; the smallest and the largest number where they differ.
pub(super) fn counts(report: &Report) -> String {
    let groups = groups(report);
    match (groups.first_key_value(), groups.last_key_value()) {
        (Some(((n, why), _)), _) if groups.len() == 1 => format!("n = {n} references ({why})"),
        (Some(((least, _), _)), Some(((most, _), _))) if least < most => format!("n = {least} to {most} references"),
        (Some(((n, _), _)), _) => format!("n = {n} references"),
        (None, _) => String::new(),
    }
}

/// One line for each number of references and each reason, where they differ.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let groups = groups(report);
    let line = |((n, why), names): (&(usize, &str), &Vec<&str>)| {
        let names: Vec<String> = names.iter().map(|name| clean(name)).collect();
        format!("n = {n}, {why}: {}", names.join(", "))
    };
    let mut found: Vec<String> = if groups.len() > 1 { groups.iter().map(line).collect() } else { Vec::new() };
    if report.hypotheses.iter().any(|one| one.anytime) {
        found
            .push("intervals hold wherever a run stops (confidence sequences); those of `--n` are narrower".to_owned());
    }
    let few = report.hypotheses.iter().filter(|one| one.few_differ.is_some());
    let few: BTreeSet<String> = few.map(|one| clean(one.family.as_deref().unwrap_or(&one.name))).collect();
    if !few.is_empty() {
        let names: Vec<String> = few.into_iter().collect();
        found.push(format!(
            "few references differ (A7008), and intervals allow for some that were not seen: {}",
            names.join(", ")
        ));
    }
    found
}
