//! Families: tables with a number and a shade for each member.

use super::words::{percent, signed};
use crate::report::{Report, is_tabulated};
use std::collections::{BTreeMap, BTreeSet};

/// One table: a family, or those of its members that share all arguments but the last two.
#[derive(Debug, Clone)]
pub struct Heat {
    /// `patch(1, row, column)`.
    pub title: String,
    /// What the numbers are: `recovered`, in percent.
    pub what: String,
    pub columns: Vec<i64>,
    pub rows: Vec<HeatRow>,
    /// Of its expectations: `144 confirmed, 2 refuted: patch(1, 0), patch(2, 2)`.
    pub verdicts: String,
}

#[derive(Debug, Clone)]
pub struct HeatRow {
    pub label: i64,
    pub cells: Vec<HeatCell>,
}

#[derive(Debug, Clone)]
pub struct HeatCell {
    /// From 0 to 4, the more the larger the share.
    pub shade: usize,
    pub text: String,
    /// With all digits, and a sign for the verdict.
    pub told: String,
}

/// A member with its share.
struct Member<'a> {
    family: String,
    arguments: &'a [i64],
    share: Option<f64>,
    name: &'a str,
    verdict: &'static str,
}

/// Members of a verdict that are named.
const NAMED: usize = 12;

/// The tables of all families of hypotheses.
#[must_use]
pub fn hypotheses(report: &Report) -> Vec<Heat> {
    let members = report.hypotheses.iter().filter(|found| is_tabulated(found.arguments.as_ref()));
    let members = members.filter_map(|found| {
        Some(Member {
            family: found.family.clone()?,
            arguments: found.arguments.as_deref()?,
            share: found.recovered.map(|recovered| recovered.value),
            name: &found.name,
            verdict: found.verdict,
        })
    });
    tables(&members.collect::<Vec<_>>(), "recovered")
}

/// The tables of all families of interchanges, feature by feature.
#[must_use]
pub fn interchanges(report: &Report) -> Vec<Heat> {
    let members = report.interchanges.iter().filter(|found| is_tabulated(found.arguments.as_ref()));
    let members = members.filter_map(|found| {
        Some(Member {
            family: format!("{} {}", found.family.as_deref()?, found.feature),
            arguments: found.arguments.as_deref()?,
            share: Some(found.accuracy.value),
            name: &found.name,
            verdict: found.verdict,
        })
    });
    tables(&members.collect::<Vec<_>>(), "interchange accuracy")
}

fn tables(members: &[Member<'_>], what: &str) -> Vec<Heat> {
    let mut found: BTreeMap<(&str, &[i64]), Vec<&Member<'_>>> = BTreeMap::new();
    for member in members {
        let before = member.arguments.get(..member.arguments.len().saturating_sub(2)).unwrap_or_default();
        found.entry((&member.family, before)).or_default().push(member);
    }
    found.into_iter().map(|((family, before), members)| table(family, before, &members, what)).collect()
}

fn table(family: &str, before: &[i64], members: &[&Member<'_>], what: &str) -> Heat {
    let place = |member: &Member<'_>| {
        let mut last = member.arguments.iter().rev().copied();
        let column = last.next().unwrap_or(0);
        (last.next().unwrap_or(0), column)
    };
    let cells: BTreeMap<(i64, i64), &Member<'_>> = members.iter().map(|member| (place(member), *member)).collect();
    let rows: BTreeSet<i64> = cells.keys().map(|(row, _)| *row).collect();
    let columns: BTreeSet<i64> = cells.keys().map(|(_, column)| *column).collect();
    let row = |row: &i64| HeatRow {
        label: *row,
        cells: columns.iter().map(|column| cell(cells.get(&(*row, *column)).copied())).collect(),
    };
    let arguments: Vec<String> =
        before.iter().map(ToString::to_string).chain(["row".to_owned(), "column".to_owned()]).collect();
    Heat {
        title: format!("{family}({})", arguments.join(", ")),
        what: what.to_owned(),
        rows: rows.iter().map(row).collect(),
        columns: columns.iter().copied().collect(),
        verdicts: verdicts(members),
    }
}

fn cell(member: Option<&Member<'_>>) -> HeatCell {
    let Some(member) = member else {
        return HeatCell { shade: 0, text: String::new(), told: String::new() };
    };
    let Some(share) = member.share else {
        return HeatCell { shade: 0, text: "·".to_owned(), told: format!("{}: no share", member.name) };
    };
    let shade = [0.1, 0.35, 0.65, 0.9].iter().filter(|least| share >= **least).count();
    let rounded = (100.0 * share).round() + 0.0;
    let text = if rounded.abs() > 9_999.0 { signed(share) } else { rounded.to_string().replace('-', "−") };
    HeatCell { shade, text, told: format!("{}: {}, {}", member.name, percent(share), told(member.verdict)) }
}

fn told(verdict: &str) -> &str {
    if verdict == "none" { "nothing expected" } else { verdict }
}

fn verdicts(members: &[&Member<'_>]) -> String {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.verdict != "none") {
        found.entry(member.verdict).or_default().push(member.name);
    }
    let one = |(verdict, names): (&&str, &Vec<&str>)| {
        let shown = names.get(..NAMED.min(names.len())).unwrap_or_default().join(", ");
        let more = if names.len() > NAMED { ", …" } else { "" };
        let which = if *verdict == "confirmed" { String::new() } else { format!(": {shown}{more}") };
        format!("{} {verdict}{which}", names.len())
    };
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}
