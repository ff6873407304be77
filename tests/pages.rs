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
    ("A3201", "`ansatz init`, of a model without parts"),
    ("A3202", "`ansatz init`, of a model without attention"),
    ("A3203", "`ansatz init`, of a model with a part that is not known"),
    ("A9221", "`ansatz init`, twice"),
    ("A4605", "`ansatz search`, of few rows"),
    ("A4606", "`ansatz search`, of a behaviour that is its own baseline"),
    ("A4607", "`ansatz search`"),
    ("A4705", "`ansatz calibrate`"),
    ("A4706", "`ansatz calibrate`, of few hypotheses"),
    ("A4707", "`ansatz calibrate`, of a challenge that nothing does well in"),
    ("A0001", "bytes that are no text"),
    ("A0002", "bytes that are no text"),
    ("A0004", "a file of megabytes"),
    ("A0007", "a file with a hundred mistakes"),
    ("A0008", "a file of megabytes"),
    ("A1104", "functions that call each other dozens deep"),
    ("A2011", "an expression of hundreds of terms"),
    ("A2104", "outputs with NaN"),
    ("A2105", "`ansatz run`, on a label of three classes"),
    ("A2106", "data bound by `--data`"),
    ("A2204", "an archive with columns of different lengths"),
    ("A2208", "an archive with NaN"),
    ("A3012", "a model whose dims depend on the data"),
    ("A4508", "`--data`"),
    ("A5001", "`--memory`"),
    ("A5002", "per-position claims over long inputs"),
    ("A6001", "a model with an operator that the engine lacks"),
    ("A6002", "a model in half precision"),
    ("A6003", "tokens beyond the embedding of a model"),
    ("A6004", "a model with an enormous tensor"),
    ("A6005", "an engine that fails"),
    ("A6006", "a machine without ONNX Runtime"),
    ("A6007", "a machine with an old ONNX Runtime"),
    ("A6011", "`--replay`"),
    ("A6012", "`--replay`"),
    ("A6013", "a fault of Ansatz"),
    ("A7005", "`--n 1`"),
    ("A7203", "`ansatz validate`"),
    ("A7204", "`ansatz validate`"),
    ("A7008", "`--n 20`"),
    ("A7222", "`ansatz validate`"),
    ("A7224", "`ansatz validate`"),
    ("A9003", "a file of gigabytes"),
    ("A9004", "a folder that cannot be written"),
    ("A9102", "a damaged archive"),
    ("A9103", "an archive of objects"),
    ("A9104", "a damaged archive"),
    ("A9105", "a damaged archive"),
    ("A9106", "a damaged archive"),
    ("A9107", "an archive made by hand"),
    ("A9108", "an archive made by hand"),
    ("A9109", "a dataset of gigabytes"),
    ("A9111", "a line of megabytes"),
    ("A9201", "`--model` and `--data`"),
    ("A9203", "`ansatz run` on a file without hypotheses"),
    ("A9204", "`--draws` over the model"),
    ("A9206", "a report file that is none"),
    ("A9207", "`ansatz validate` on a file without challenges"),
    ("A9301", "`--locked`"),
    ("A9302", "`--locked`"),
    ("A9303", "`--locked`"),
    ("A9304", "`--locked`"),
    ("A9305", "`--locked`"),
    ("A9306", "`--locked`"),
    ("A9307", "`--locked`"),
    ("A9308", "`--locked`"),
    ("A9309", "`--locked`"),
    ("A9310", "`--locked`"),
    ("A9401", "`ansatz diff` on a machine without git"),
    ("A9402", "`ansatz diff` and a revision that is not there"),
    ("A9501", "a fault of Ansatz"),
    ("A9704", "a fault of Ansatz"),
    ("A9711", "`ansatz.toml`"),
    ("A9712", "`ansatz.toml`"),
    ("A9713", "`ansatz.toml`"),
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
