//! Every file below `tests/ui` is checked. Lines where a finding lies end with its code
//! (`//~ A3001`, `//~^ A3001` for the line above); the text of all findings lies beside the file
//! as `.stderr`. `UPDATE_EXPECT=1` rewrites those, never the marks.

#[path = "support/checking.rs"]
mod checking;

use ansatz::diagnostics::{CODES, Diagnostic, Style, terminal};
use checking::{Found, check, files_below, read, report};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const STYLE: Style = Style { colour: false, unicode: false };
/// The folder of files without findings.
const WELL: &str = "tests/ui/ok";

#[test]
fn every_case_finds_what_it_is_marked_with() {
    let cases = files_below(Path::new("tests/ui"), ".ansatz");
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases.iter().flat_map(|path| case(path)).collect();
    report(&failures);
}

#[test]
fn every_expectation_belongs_to_a_case() {
    for path in files_below(Path::new("tests/ui"), ".stderr") {
        assert!(path.with_extension("ansatz").is_file(), "{} belongs to no case", path.display());
    }
}

fn case(path: &Path) -> Vec<String> {
    let (name, text) = (path.display().to_string(), read(path));
    let found = check(&name, &text, path.parent().unwrap_or(Path::new("")));
    let mut failures = Vec::new();
    let (wanted, seen) = (marks(&text), places(&found));
    for (line, code) in wanted.difference(&seen) {
        failures.push(format!("{name}:{line}: marked {code}, which was not found"));
    }
    for (line, code) in seen.difference(&wanted) {
        failures.push(format!("{name}:{line}: {code} was found and is not marked"));
    }
    if path.starts_with(WELL) != wanted.is_empty() {
        failures.push(format!("{name}: only files in {WELL} have no finding"));
    }
    failures.extend(rendering(&found, &path.with_extension("stderr")));
    failures
}

/// Lines and codes as marked.
fn marks(text: &str) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some((_, mark)) = text.split_once("//~") else { continue };
        let up = mark.chars().take_while(|character| *character == '^').count();
        found.extend(mark[up..].split_whitespace().map(|code| (line - up, code.to_owned())));
    }
    found
}

/// Lines and codes as found; line 0 for a finding that lies in no text.
fn places(found: &Found) -> BTreeSet<(usize, String)> {
    found.findings.iter().map(|finding| (found.line(finding).unwrap_or(0), finding.code.id.to_owned())).collect()
}

#[allow(clippy::disallowed_methods, reason = "the environment says whether to rewrite expectations")]
fn rendering(found: &Found, expected: &Path) -> Option<String> {
    let text: String = found.findings.iter().map(|finding| terminal(finding, &found.sources, STYLE)).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        if !text.is_empty() {
            ansatz::files::write(expected, text.as_bytes()).expect("an expectation can be written");
        }
        return None;
    }
    let known = if expected.is_file() { read(expected) } else { String::new() };
    (known != text).then(|| format!("{} says\n{known}\nbut found is\n{text}", expected.display()))
}

/// Every edit that a finding offers mends it, and nothing new is wrong with the place.
#[test]
fn edits_mend_their_findings() {
    let mut failures = Vec::new();
    let mut tried = 0;
    for path in files_below(Path::new("tests/ui"), ".ansatz") {
        let (name, text) = (path.display().to_string(), read(&path));
        let folder = path.parent().unwrap_or(Path::new(""));
        let found = check(&name, &text, folder);
        for finding in &found.findings {
            let Some(fix) = finding.helps.iter().find_map(|help| help.fix.as_ref()) else { continue };
            tried += 1;
            let mut mended = text.clone();
            for edit in fix.edits.iter().rev() {
                mended.replace_range(edit.span.range(), &edit.replacement);
            }
            let after = check(&name, &mended, folder);
            let same = |other: &&Diagnostic| other.code == finding.code && other.message == finding.message;
            let count = |found: &Found| found.findings.iter().filter(same).count();
            if count(&after) >= count(&found)
                || after
                    .findings
                    .iter()
                    .any(|other| other.code.id.starts_with("A0") && !found.codes().contains(&other.code.id))
            {
                failures
                    .push(format!("{name}: the edit of {} ({}) does not mend it", finding.code.id, finding.message));
            }
        }
    }
    assert!(tried > 20, "{tried} edits");
    report(&failures);
}

#[test]
fn every_mark_is_a_code() {
    let known: BTreeSet<&str> = CODES.iter().flat_map(|area| area.iter()).map(|code| code.id).collect();
    let all: Vec<PathBuf> = files_below(Path::new("tests/ui"), ".ansatz");
    for (line, code) in all.iter().flat_map(|path| marks(&read(path))) {
        assert!(known.contains(code.as_str()), "line {line}: {code} is no code");
    }
}
