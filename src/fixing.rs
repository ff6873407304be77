//! Which fixes of findings are made, and what becomes of the texts. Enters: findings with their texts.
//! Leaves: new texts, none of which has more mistakes of grammar than before.

use crate::diagnostics::messages::lints as messages;
use crate::diagnostics::{Applicability, Diagnostic, Edit, Fix};
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax;
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of fixes; what is left then stays.
pub const MOST_ROUNDS: usize = 10;

/// What one round makes of the texts.
#[derive(Debug, Default)]
pub struct Round {
    /// The new texts of files that change.
    pub texts: BTreeMap<FileId, String>,
    /// How many fixes were made.
    pub made: usize,
    /// What was said about fixes that would have made a text worse.
    pub refused: Vec<Diagnostic>,
}

/// Fixes that are not tried again: by what they are for, and what they would write.
#[derive(Debug, Default)]
pub struct Refusals(BTreeSet<(&'static str, String, Vec<String>)>);

impl Refusals {
    fn key(finding: &Diagnostic, fix: &Fix) -> (&'static str, String, Vec<String>) {
        let written = fix.edits.iter().map(|edit| edit.replacement.clone()).collect();
        (finding.code.id, finding.message.clone(), written)
    }

    fn has(&self, finding: &Diagnostic, fix: &Fix) -> bool {
        self.0.contains(&Refusals::key(finding, fix))
    }

    fn add(&mut self, finding: &Diagnostic, fix: &Fix) {
        self.0.insert(Refusals::key(finding, fix));
    }
}

/// The fix that would be made for a finding, if `most` is the least safe that may be: the safest, and of
/// those the first.
#[must_use]
pub fn fix_of(finding: &Diagnostic, most: Applicability) -> Option<&Fix> {
    let fixes = finding.helps.iter().filter_map(|help| help.fix.as_ref());
    let may = fixes.filter(|fix| fix.applicability <= most && finding.suppressed.is_none() && !fix.edits.is_empty());
    may.min_by_key(|fix| fix.applicability)
}

/// Makes fixes in the files that `may_change` names. Of two that touch, the first in the text is made and
/// the other waits for the next round; one that would give its text more mistakes of grammar is refused.
pub fn round(
    findings: &[Diagnostic],
    sources: &Sources,
    most: Applicability,
    may_change: &dyn Fn(FileId) -> bool,
    refusals: &mut Refusals,
) -> Round {
    let mut out = Round::default();
    for (file, offered) in by_file(findings, sources, most, refusals) {
        let Some(source) = sources.get(file).filter(|_| may_change(file)) else { continue };
        let chosen = without_overlap(offered);
        let (text, made) = applied(source, file, &chosen, refusals, &mut out.refused);
        if made > 0 && text != source.text {
            out.made += made;
            out.texts.insert(file, text);
        }
    }
    out
}

/// A finding with the edits of its fix, in the order of the text.
type Offered<'f> = (&'f Diagnostic, &'f Fix, Vec<&'f Edit>);

fn by_file<'f>(
    findings: &'f [Diagnostic],
    sources: &Sources,
    most: Applicability,
    refusals: &Refusals,
) -> BTreeMap<FileId, Vec<Offered<'f>>> {
    let mut found: BTreeMap<FileId, Vec<Offered>> = BTreeMap::new();
    for finding in findings {
        let Some(fix) = fix_of(finding, most).filter(|fix| !refusals.has(finding, fix)) else { continue };
        let files: BTreeSet<FileId> = fix.edits.iter().map(|edit| sources.written(edit.span.file)).collect();
        let mut edits: Vec<&Edit> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        if let (Some(file), 1) = (files.first(), files.len()) {
            found.entry(*file).or_default().push((finding, fix, edits));
        }
    }
    found
}

/// The first of those that touch, by place.
fn without_overlap(mut offered: Vec<Offered>) -> Vec<Offered> {
    offered.sort_by_key(|(_, _, edits)| edits.first().map(|edit| (edit.span.start, edit.span.end)));
    let mut taken: Vec<(u32, u32)> = Vec::new();
    let touches = |edit: &&Edit, taken: &[(u32, u32)]| {
        taken.iter().any(|(start, end)| edit.span.start <= *end && *start <= edit.span.end)
    };
    offered.retain(|(_, _, edits)| {
        let is_free = !edits.iter().any(|edit| touches(edit, &taken));
        if is_free {
            taken.extend(edits.iter().map(|edit| (edit.span.start, edit.span.end)));
        }
        is_free
    });
    offered
}

/// The text with all fixes, if it has no more mistakes than before; else with those that add none.
fn applied(
    source: &SourceFile,
    file: FileId,
    chosen: &[Offered],
    refusals: &mut Refusals,
    refused: &mut Vec<Diagnostic>,
) -> (String, usize) {
    let before = mistakes(file, &source.text);
    let all: Vec<&Edit> = chosen.iter().flat_map(|(_, _, edits)| edits.iter().copied()).collect();
    if let Some(text) = edited(&source.text, &all).filter(|text| mistakes(file, text) <= before) {
        return (text, chosen.len());
    }
    let (mut kept, mut made, mut text): (Vec<&Edit>, usize, String) = (Vec::new(), 0, source.text.clone());
    for (finding, fix, edits) in chosen {
        let with: Vec<&Edit> = kept.iter().chain(edits).copied().collect();
        match edited(&source.text, &with).filter(|text| mistakes(file, text) <= before) {
            Some(better) => (kept, made, text) = (with, made + 1, better),
            None => {
                refusals.add(finding, fix);
                refused.push(messages::refused(finding));
            }
        }
    }
    (text, made)
}

/// How many mistakes of grammar a text has.
fn mistakes(file: FileId, text: &str) -> usize {
    syntax::parse(file, text).diagnostics.iter().filter(|finding| finding.is_error()).count()
}

/// The text with edits that do not overlap; `None` if one has no place in it.
fn edited(text: &str, edits: &[&Edit]) -> Option<String> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize)?);
        text.get(edit.span.range())?;
        out.push_str(&edit.replacement.replace('\n', line_end));
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::messages::names;
    use crate::source::Span;

    const TEXT: &str = "feature a : bool = b\r\nfeature c : bool = d\r\n";

    fn sources() -> (Sources, FileId) {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a.ansatz", TEXT));
        (sources, file)
    }

    fn finding(file: FileId, edits: &[(usize, usize, &str)], applicability: Applicability) -> Diagnostic {
        let span = |start, end| Span::new(file, start..end);
        let first = edits.first().map_or(span(0, 0), |(start, end, _)| span(*start, *end));
        let edits = edits
            .iter()
            .map(|(start, end, text)| Edit { span: span(*start, *end), replacement: (*text).to_owned() })
            .collect();
        names::unknown(first, "name", &format!("{first:?}"), &[]).with_fix("so", edits, applicability)
    }

    fn of(findings: &[Diagnostic], most: Applicability) -> (Option<String>, Round) {
        let (sources, file) = sources();
        let mut round = round(findings, &sources, most, &|_| true, &mut Refusals::default());
        (round.texts.remove(&file), round)
    }

    #[test]
    fn fixes_that_touch_wait_and_others_are_made_together() {
        let (_, file) = sources();
        let safe = |edits: &[(usize, usize, &str)]| finding(file, edits, Applicability::Safe);
        let findings = [
            safe(&[(8, 9, "first"), (41, 42, "last")]),
            safe(&[(19, 20, "true")]),
            safe(&[(20, 20, " and true")]),
            safe(&[(41, 41, "not ")]),
        ];
        let (text, round) = of(&findings, Applicability::Safe);
        assert_eq!(text.unwrap(), "feature first : bool = true\r\nfeature c : bool = last\r\n");
        assert_eq!((round.made, round.refused.len()), (2, 0));
    }

    #[test]
    fn a_fix_that_breaks_the_grammar_is_refused_and_the_others_are_made() {
        let (_, file) = sources();
        let findings = [
            finding(file, &[(19, 20, "(")], Applicability::Safe),
            finding(file, &[(41, 42, "true")], Applicability::Safe),
        ];
        let (text, round) = of(&findings, Applicability::Safe);
        assert_eq!(text.unwrap(), TEXT.replace("= d", "= true"));
        assert_eq!(round.made, 1);
        assert_eq!(round.refused[0].code.id, "A9704");
    }

    #[test]
    fn unsafe_fixes_are_made_where_they_are_asked_for_and_suppressed_findings_have_none() {
        let (_, file) = sources();
        let mut findings = [finding(file, &[(19, 20, "true")], Applicability::Unsafe)];
        assert_eq!(of(&findings, Applicability::Safe).0, None);
        assert!(of(&findings, Applicability::Unsafe).0.is_some());
        findings[0].suppressed =
            Some(crate::diagnostics::Suppression { by: crate::diagnostics::AllowedBy::Line, reason: None });
        assert_eq!(of(&findings, Applicability::Unsafe).0, None);
    }

    #[test]
    fn edits_without_a_place_and_of_other_files_change_nothing() {
        let (_, file) = sources();
        let findings = [
            finding(file, &[(19, 900, "true")], Applicability::Safe),
            finding(FileId(7), &[(0, 1, "x")], Applicability::Safe),
        ];
        let (text, round) = of(&findings, Applicability::Safe);
        assert_eq!((text, round.made, round.refused.len()), (None, 0, 1));
    }
}
