//! The forms in which `check` writes findings.

use super::args::CheckFormat;
use crate::diagnostics::messages::usage;
use crate::diagnostics::{self, Diagnostic, Place, Style};
use crate::report::{github, gitlab, junit, sarif};
use crate::source::{FileId, Sources};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the JSON form of findings.
const SCHEMA: &str = "ansatz-diagnostics/2";

/// Findings drawn for people; nobody reads more, and each takes a while in a long file.
const SHOWN: usize = 50;

/// Codes of names that nothing has: one that is written twice has one cause.
const OF_NAMES: [&str; 7] = ["A1001", "A2002", "A3001", "A3020", "A3026", "A4010", "A4012"];

/// The findings of one file that was checked, in order, with its texts.
#[derive(Debug)]
pub struct OfFile<'a> {
    pub name: String,
    pub findings: &'a [Diagnostic],
    pub sources: &'a Sources,
}

/// Findings of all files in a form for programs; nothing for `full`.
#[must_use]
pub fn written(all: &[OfFile], format: CheckFormat) -> String {
    let pairs: Vec<(&[Diagnostic], &Sources)> = all.iter().map(|file| (file.findings, file.sources)).collect();
    let told = |make: &dyn Fn(&[Diagnostic], &Sources) -> String| -> String {
        pairs.iter().map(|(findings, sources)| make(&visible(findings), sources)).collect()
    };
    match format {
        CheckFormat::Full => String::new(),
        CheckFormat::Concise => concise(all),
        CheckFormat::Json => object(&pairs),
        CheckFormat::Jsonl => lines(&pairs),
        CheckFormat::Github => told(&|findings, sources| github::findings(findings, sources)),
        CheckFormat::Gitlab => gitlab::findings(&named(all)),
        CheckFormat::Junit => junit::checked(&named(all)),
        CheckFormat::Sarif => sarif::findings(&pairs),
    }
}

/// Findings that nobody allowed.
#[must_use]
pub fn visible(findings: &[Diagnostic]) -> Vec<Diagnostic> {
    findings.iter().filter(|finding| finding.suppressed.is_none()).cloned().collect()
}

fn named<'a>(all: &'a [OfFile]) -> Vec<(&'a str, Vec<Diagnostic>, &'a Sources)> {
    all.iter().map(|file| (file.name.as_str(), visible(file.findings), file.sources)).collect()
}

/// One object with the findings of several files.
#[must_use]
pub fn object(all: &[(&[Diagnostic], &Sources)]) -> String {
    let list: Vec<Value> = values(all).collect();
    format!("{:#}\n", json!({"schema": SCHEMA, "diagnostics": list}))
}

fn lines(all: &[(&[Diagnostic], &Sources)]) -> String {
    values(all).map(|finding| format!("{finding}\n")).collect()
}

fn values<'a>(all: &'a [(&[Diagnostic], &Sources)]) -> impl Iterator<Item = Value> + 'a {
    let of_file = |(findings, sources): &(&'a [Diagnostic], &'a Sources)| {
        let sources = *sources;
        findings.iter().map(move |finding| diagnostics::json(finding, sources))
    };
    all.iter().flat_map(of_file)
}

fn concise(all: &[OfFile]) -> String {
    let mut out = String::new();
    for file in all {
        let (shown, more) = shown(file.findings, file.sources);
        for finding in &shown {
            let _ = writeln!(out, "{}", diagnostics::concise(finding, file.sources).replace('\n', " "));
        }
        if more > 0 {
            let _ = writeln!(out, "{}: {}", diagnostics::clean(&file.name), usage::more_findings(more));
        }
    }
    out
}

/// Findings of one file, drawn for people.
#[must_use]
pub fn blocks(findings: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let (shown, more) = shown(findings, sources);
    let mut out: String = shown.iter().map(|finding| diagnostics::terminal(finding, sources, style)).collect();
    if more > 0 {
        let _ = writeln!(out, "{}", usage::more_findings(more));
    }
    out
}

/// What people are shown of findings, errors before warnings where it is too much, and how many more there are.
fn shown(findings: &[Diagnostic], sources: &Sources) -> (Vec<Diagnostic>, usize) {
    let mut shown = of_one_name(&folded(&visible(findings)), sources);
    let more = shown.len().saturating_sub(SHOWN);
    if more > 0 {
        shown.sort_by_key(|finding| finding.severity);
        shown.truncate(SHOWN);
    }
    (shown, more)
}

/// What is found of three or more members of a family, at one place, is told of the first.
fn folded(findings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<(&str, &Place, String), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let key = (finding.code.id, &finding.primary.place, without_numbers(&finding.message));
        alike.entry(key).or_default().push(at);
    }
    let mut shown: BTreeMap<usize, Diagnostic> = BTreeMap::new();
    for ((_, place, _), members) in alike {
        match members.as_slice() {
            [first, _, .., last] if matches!(place, Place::Source(_)) => {
                let note = usage::and_others(members.len() - 1, &findings[*last].message);
                shown.insert(*first, findings[*first].clone().note(note));
            }
            _ => shown.extend(members.iter().map(|at| (*at, findings[*at].clone()))),
        }
    }
    shown.into_values().collect()
}

/// A name that nothing has is told of where it stands first in a file, with its other lines.
fn of_one_name(findings: &[Diagnostic], sources: &Sources) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(FileId, &str, &str), usize> = BTreeMap::new();
    let mut lines: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    let mut shown: BTreeMap<usize, Diagnostic> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Place::Source(span) = finding.primary.place else {
            shown.insert(at, finding.clone());
            continue;
        };
        let file = sources.written(span.file);
        let key = (file, finding.code.id, finding.message.as_str());
        let known = first.get(&key).copied().filter(|_| OF_NAMES.contains(&finding.code.id));
        match known {
            Some(before) => {
                lines.entry(before).or_default().extend(sources.get(file).map(|file| file.line(span.start)));
            }
            None => {
                first.insert(key, at);
                shown.insert(at, finding.clone());
            }
        }
    }
    for (at, lines) in lines {
        if let Some(finding) = shown.get_mut(&at) {
            finding.notes.push(usage::also_on_lines(&lines));
        }
    }
    shown.into_values().collect()
}

/// A message with each number as `#`: what members of a family have in common.
fn without_numbers(message: &str) -> String {
    let mut out = String::new();
    for letter in message.chars() {
        match letter {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(letter),
        }
    }
    out
}
