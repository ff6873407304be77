//! Findings that follow from a mistake of grammar on their line.

use super::{Diagnostic, Place, any_error, clean, sort, templates};
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeSet;

/// Puts findings in order, without those that a mistake of grammar on their line brings about. What is
/// absent from a line, or could not be read, looks wrong to later stages as well; a misspelt name does
/// so by itself, and stays.
pub fn settle(findings: &mut Vec<Diagnostic>, sources: &Sources) {
    let mistakes = findings.iter().filter(|finding| is_grammar(finding));
    let mut torn: BTreeSet<Line> = mistakes.flat_map(|finding| lines(&finding.primary.place, sources)).collect();
    torn.extend(findings.iter().filter(|finding| is_grammar(finding)).flat_map(|finding| rewritten(finding, sources)));
    let at: BTreeSet<(FileId, u32)> = findings
        .iter()
        .filter(|finding| is_grammar(finding))
        .filter_map(|finding| match finding.primary.place {
            Place::Source(span) => Some((span.file, span.start)),
            _ => None,
        })
        .collect();
    findings.retain(|finding| {
        let mut labels = std::iter::once(&finding.primary).chain(&finding.secondary);
        is_grammar(finding)
            || is_about_a_name(finding, sources) && !is_torn(finding, &at)
            || !labels.any(|label| lines(&label.place, sources).iter().any(|line| torn.contains(line)))
    });
    findings.iter_mut().for_each(|finding| at_its_column(finding, sources));
    findings.iter_mut().for_each(|finding| templates::fill(finding, sources));
    sort(findings);
    once(findings, sources);
    of_broken_declarations(findings, sources);
    quiet(findings);
}

/// A label that is declared `real` is wrong where it is declared, not where it is read.
fn at_its_column(finding: &mut Diagnostic, sources: &Sources) {
    let Place::Source(span) = finding.primary.place else { return };
    if finding.code.id != "A2001" || !finding.message.starts_with("expected a category, token or int, found `real`") {
        return;
    }
    let Some(file) = sources.get(sources.written(span.file)) else { return };
    let name = file.slice(span);
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        let declared = line.trim_start().strip_prefix(name).and_then(|rest| rest.trim_start().strip_prefix(':'));
        if let Some(ty) = declared.filter(|ty| ty.trim() == "real") {
            let at = start + line.len() - ty.trim_start().len();
            let place = Span::new(sources.written(span.file), at..at + 4);
            let found = Diagnostic::at(finding.code, place, finding.message.clone()).label("declared here");
            *finding = found.also(span, "read here").unsafe_fix("a class has the type `category`", place, "category");
            return;
        }
        start += line.len();
    }
}

/// One finding of a code for each place, and for each line where it says the same: members of families and
/// refinements repeat what they are made of.
fn once(findings: &mut Vec<Diagnostic>, sources: &Sources) {
    let mut seen: BTreeSet<(&str, Place)> = BTreeSet::new();
    let mut said: BTreeSet<(&str, String, Vec<Line>)> = BTreeSet::new();
    findings.retain(|finding| {
        let place = &finding.primary.place;
        if !matches!(place, Place::Source(_)) {
            return true;
        }
        let first = seen.insert((finding.code.id, place.clone()));
        first && said.insert((finding.code.id, finding.message.clone(), lines(place, sources)))
    });
}

/// A name that is declared, on a line with a mistake, is not unknown by a mistake of its own.
fn of_broken_declarations(findings: &mut Vec<Diagnostic>, sources: &Sources) {
    let errors = || findings.iter().filter(|finding| finding.is_error());
    let broken: BTreeSet<String> = errors().flat_map(|finding| declared(finding, sources)).collect();
    if broken.is_empty() {
        return;
    }
    let first_words: Vec<String> = errors().map(|finding| first_word(finding, sources)).collect();
    let starts = |word: &str| first_words.iter().any(|first| first == word);
    let no_map = errors()
        .any(|finding| matches!(finding.code.id, "A1105" | "A1101") || finding.message.starts_with("there is no map"));
    let no_file = starts("use");
    let no_words = starts("input") && errors().any(|finding| !matches!(finding.code.id, "A2006" | "A2206"));
    let no_type = errors().any(|finding| finding.code.id == "A3022");
    findings.retain(|finding| {
        let Place::Source(span) = finding.primary.place else { return true };
        let written = sources.get(sources.written(span.file)).map_or("", |file| file.slice(span));
        let name: String = written.chars().take_while(|part| part.is_alphanumeric() || *part == '_').collect();
        let own = first_word(finding, sources);
        let follows = match finding.code.id {
            "A1001" => (no_map || no_file) && !matches!(own.as_str(), "model" | "use"),
            "A1003" | "A2002" => no_file && own != "use",
            "A2006" | "A2206" => no_words && own != "input",
            "A2001" | "A2013" => no_type && !matches!(own.as_str(), "input" | "output"),
            _ => false,
        };
        if follows {
            return false;
        }
        let of_name = matches!(finding.code.id, "A1001" | "A2002" | "A3030" | "A4013" | "A4014");
        !of_name || !broken.contains(&name) || declared(finding, sources).contains(&name)
    });
}

/// What the line of a finding declares, and the head of the block that it stands in where it is a hypothesis.
fn declared(finding: &Diagnostic, sources: &Sources) -> Vec<String> {
    let Place::Source(span) = finding.primary.place else { return Vec::new() };
    let Some(file) = sources.get(sources.written(span.file)) else { return Vec::new() };
    let text = file.text.as_str();
    let Some(before) = text.get(..span.start as usize) else { return Vec::new() };
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let mut words = line.split(|part: char| !part.is_alphanumeric() && part != '_').filter(|word| !word.is_empty());
    let mut found = Vec::new();
    // What the declaration would be called with the edit that is offered.
    let fix = finding.helps.iter().find_map(|help| help.fix.as_ref()?.edits.first());
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|part| part.is_alphanumeric() || part == '_');
    found.extend(fix.map(|fix| fix.replacement.clone()).filter(|text| is_name(text) && is_declaring(line)));
    match words.next().filter(|first| *first != "override").or_else(|| words.next()) {
        Some("for") => found.extend(declared_below(text.get(start..).unwrap_or(""))),
        Some(first) => {
            let is_declaration = DECLARING.contains(&first);
            found.extend(words.next().filter(|_| is_declaration).map(str::to_owned));
            // A declaration without its keyword.
            found.extend((!is_declaration).then(|| first.to_owned()));
        }
        None => {}
    }
    found
}

fn is_declaring(line: &str) -> bool {
    DECLARING.contains(&line.split_whitespace().next().unwrap_or(""))
}

/// The first word on the line of a finding.
fn first_word(finding: &Diagnostic, sources: &Sources) -> String {
    let Place::Source(span) = finding.primary.place else { return String::new() };
    let Some(file) = sources.get(sources.written(span.file)) else { return String::new() };
    let before = file.text.get(..span.start as usize).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = file.text.get(start..).unwrap_or("").trim_start();
    line.chars().take_while(|part| part.is_alphanumeric() || *part == '_').collect()
}

/// The hypotheses of a family.
fn declared_below(text: &str) -> Vec<String> {
    let inside = text.lines().skip(1).take_while(|line| line.starts_with(' ') || line.trim().is_empty());
    inside
        .filter_map(|line| line.trim_start().strip_prefix("hypothesis "))
        .map(|rest| rest.chars().take_while(|part| part.is_alphanumeric() || *part == '_').collect())
        .collect()
}

const DECLARING: &[&str] = &[
    "component",
    "site",
    "feature",
    "behaviour",
    "hypothesis",
    "node",
    "dim",
    "input",
    "output",
    "model",
    "data",
    "table",
    "constant",
    "map",
    "draw",
    "interchange",
    "challenge",
];

/// Warnings about what a claim has no use for wait until there is no error: what is wrong might be its use. That a
/// hypothesis resamples nothing is said after what it does not use.
fn quiet(findings: &mut Vec<Diagnostic>) {
    const OF_USE: &[&str] = &["A4101", "A4110", "A4112", "A4113", "A4504"];
    let wrong = any_error(findings);
    let unused = findings.iter().any(|finding| finding.code.id == "A4113");
    let follows = |id: &str| wrong && OF_USE.contains(&id) || unused && id == "A4101";
    findings.retain(|finding| !follows(finding.code.id));
}

/// The lines that the edit of a mistake writes anew, where they begin with it and are few.
fn rewritten(finding: &Diagnostic, sources: &Sources) -> Vec<Line> {
    let fix = finding.helps.iter().find_map(|help| help.fix.as_ref()?.edits.first());
    let (Some(fix), Place::Source(place)) = (fix, &finding.primary.place) else { return Vec::new() };
    let few = fix.span.end.saturating_sub(fix.span.start) < 400 && fix.span.start == place.start;
    let file = sources.written(fix.span.file);
    let Some(text) = sources.get(file).filter(|_| few) else { return Vec::new() };
    (text.line(fix.span.start)..=text.line(fix.span.end)).map(|line| (file, line)).collect()
}

/// A file by its place in the sources, and a line of it.
type Line = (FileId, u32);

fn is_grammar(finding: &Diagnostic) -> bool {
    finding.code.id.starts_with("A0")
}

/// The lines on which a place and the calls that lead to it start.
fn lines(place: &Place, sources: &Sources) -> Vec<Line> {
    let Place::Source(span) = place else { return Vec::new() };
    let line = |span: &Span| {
        let file = sources.written(span.file);
        Some((file, sources.get(file)?.line(span.start)))
    };
    std::iter::once(span).chain(&sources.calls(span.file)).filter_map(line).collect()
}

/// Whether a finding is about a name that is written, not one that is absent.
fn is_about_a_name(finding: &Diagnostic, sources: &Sources) -> bool {
    let Place::Source(span) = finding.primary.place else { return false };
    let written = sources.get(span.file).map_or("", |file| file.slice(span));
    let quoted = || finding.message.contains(&format!("`{}`", clean(written)));
    matches!(finding.code.id, "A1001" | "A1002") && !written.is_empty() && quoted()
}

/// Whether a mistake of grammar stands at a name or right behind it: the name is a part of it.
fn is_torn(finding: &Diagnostic, mistakes: &BTreeSet<(FileId, u32)>) -> bool {
    let Place::Source(span) = finding.primary.place else { return false };
    (span.start..=span.end).any(|at| mistakes.contains(&(span.file, at)))
}
