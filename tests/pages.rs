//! The page of every code: complete, and its examples do what it says.

#[path = "support/checking.rs"]
mod checking;

use ansatz::diagnostics::{CODES, Code};
use checking::{check, check_and_run, files_below, read, report};
use std::collections::BTreeSet;
use std::path::Path;

/// Examples lie in this folder, so to say.
const FOLDER: &str = "tests/fixtures";
/// Found by `ansatz run` only, with the `--n` of the page.
const FOUND_BY_RUNNING: [(&str, Option<usize>); 3] = [("A6010", None), ("A7004", Some(100)), ("A7006", None)];
const SECTIONS: [&str; 3] = ["## Why it matters", "## Wrong", "## Right"];

fn codes() -> impl Iterator<Item = &'static Code> {
    CODES.iter().flat_map(|area| area.iter().copied())
}

#[test]
fn ids_and_slugs_are_unique() {
    let mut seen = BTreeSet::new();
    for code in codes() {
        assert!(seen.insert(code.id) && seen.insert(code.slug), "{} {} is there twice", code.id, code.slug);
        let digits = code.id.strip_prefix('A').unwrap_or_default();
        assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{}", code.id);
        assert!(
            code.slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{}",
            code.slug
        );
        assert!(!code.summary.is_empty() && !code.summary.ends_with('.'), "{}: {}", code.id, code.summary);
    }
}

#[test]
fn every_page_belongs_to_a_code() {
    for path in files_below(Path::new("docs/codes"), "") {
        let known = codes().any(|code| path.ends_with(format!("{}.md", code.id)));
        assert!(known, "{} belongs to no code", path.display());
    }
}

#[test]
fn pages_are_complete() {
    for Code { id, slug, page, .. } in codes() {
        assert!(page.starts_with(&format!("# {id} {slug}\n\n")), "{id} has another title");
        assert!(!page.contains("PENDING"), "{id} is pending");
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, SECTIONS, "{id}");
        assert_eq!(page.matches("```").count() % 2, 0, "{id} has an open block");
        for (section, next) in ["\n\n"].iter().chain(&SECTIONS).zip(SECTIONS.iter().chain(&["\u{0}"])) {
            let (_, rest) = page.split_once(section).unwrap_or_default();
            let body = rest.split(next).next().unwrap_or_default();
            assert!(body.trim().len() > 8, "{id}: nothing under {section:?}");
        }
    }
}

/// The code blocks of a section.
fn blocks(page: &'static str, section: &str) -> Vec<&'static str> {
    let (_, body) = page.split_once(&format!("\n{section}\n")).unwrap_or_default();
    let body = body.split("\n## ").next().unwrap_or_default();
    body.split("```ansatz\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn wrong_examples_have_the_code_and_right_ones_nothing() {
    let mut failures = Vec::new();
    for code in codes() {
        let runs = FOUND_BY_RUNNING.iter().find(|(id, _)| *id == code.id);
        let wanted = BTreeSet::from([code.id]);
        for (section, wanted) in [("## Wrong", &wanted), ("## Right", &BTreeSet::new())] {
            for block in blocks(code.page, section) {
                let found = match runs {
                    Some((_, n)) => check_and_run("page.ansatz", block, Path::new(FOLDER), *n),
                    None => check("page.ansatz", block, Path::new(FOLDER)),
                };
                if found.codes().iter().copied().collect::<BTreeSet<_>>() != *wanted {
                    let lines =
                        found.findings.iter().map(|finding| ansatz::diagnostics::concise(finding, &found.sources));
                    failures.push(format!("{} {section}:\n{}", code.id, lines.collect::<Vec<_>>().join("\n")));
                }
            }
        }
    }
    report(&failures);
}

/// Codes that no text brings about, with what does.
const WITHOUT_TEXT: &[(&str, &str)] = &[
    ("A0001", "bytes or sizes: tests/syntax.rs"),
    ("A0002", "bytes or sizes: tests/syntax.rs"),
    ("A0003", "bytes or sizes: tests/syntax.rs"),
    ("A0004", "bytes or sizes: tests/syntax.rs"),
    ("A0005", "bytes or sizes: tests/syntax.rs"),
    ("A0007", "bytes or sizes: tests/syntax.rs"),
    ("A0008", "bytes or sizes: tests/syntax.rs"),
    ("A2011", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A2104", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A2105", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A2106", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A2204", "a data file: tests/data.rs"),
    ("A2205", "a data file: tests/data.rs"),
    ("A2207", "a data file: tests/data.rs"),
    ("A2208", "a data file: tests/data.rs"),
    ("A3012", "a model file: tests/model.rs"),
    ("A5001", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A5002", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A6001", "an engine: tests/engines.rs"),
    ("A6002", "an engine: tests/engines.rs"),
    ("A6003", "an engine: tests/engines.rs"),
    ("A6004", "an engine: tests/engines.rs"),
    ("A6005", "an engine: tests/engines.rs"),
    ("A6006", "an engine: tests/engines.rs"),
    ("A6007", "an engine: tests/engines.rs"),
    ("A6011", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A6012", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A6013", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A7005", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A7007", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A7008", "a run: tests/cli.rs, tests/bad_input.rs"),
    ("A9003", "the command line: tests/cli.rs, tests/bad_input.rs"),
    ("A9004", "the command line: tests/cli.rs, tests/bad_input.rs"),
    ("A9102", "a data file: tests/data.rs"),
    ("A9103", "a data file: tests/data.rs"),
    ("A9104", "a data file: tests/data.rs"),
    ("A9105", "a data file: tests/data.rs"),
    ("A9106", "a data file: tests/data.rs"),
    ("A9107", "a data file: tests/data.rs"),
    ("A9108", "a data file: tests/data.rs"),
    ("A9109", "a data file: tests/data.rs"),
    ("A9110", "a data file: tests/data.rs"),
    ("A9111", "a data file: tests/data.rs"),
    ("A9112", "a data file: tests/data.rs"),
    ("A9113", "a data file: tests/data.rs"),
    ("A9114", "a data file: tests/data.rs"),
    ("A9115", "a data file: tests/data.rs"),
    ("A9201", "the command line: tests/cli.rs, tests/bad_input.rs"),
    ("A9202", "the command line: tests/cli.rs, tests/bad_input.rs"),
    ("A9203", "the command line: tests/cli.rs, tests/bad_input.rs"),
    ("A9204", "the command line: tests/cli.rs, tests/bad_input.rs"),
];

#[test]
fn every_code_that_a_text_can_have_is_shown_in_a_page_or_a_case() {
    let cases: String = files_below(Path::new("tests/ui"), ".ansatz").iter().map(|path| read(path)).collect();
    let marked: BTreeSet<&str> = cases
        .lines()
        .filter_map(|line| line.split_once("//~"))
        .flat_map(|(_, mark)| mark.trim_start_matches('^').split_whitespace())
        .collect();
    for code in codes() {
        let shown = marked.contains(code.id) || !blocks(code.page, "## Wrong").is_empty();
        let without = WITHOUT_TEXT.iter().any(|(id, _)| *id == code.id);
        assert!(shown || without, "{} {} is shown nowhere", code.id, code.slug);
        assert!(!(shown && without), "{} {} is shown: it can leave the list", code.id, code.slug);
    }
}
