//! The corpus of malformed hypotheses: how many of them have their first finding at the right token, with the right
//! code, without others that follow from it, and with an edit that makes the file pass. `tests/corpus/README.md` says
//! what a case looks like; `UPDATE_EXPECT=1` rewrites `tests/corpus/report.txt`, never a case.

#[path = "corpus_support/case.rs"]
mod case;
#[path = "support/checking.rs"]
mod checking;
#[path = "corpus_support/measure.rs"]
mod measure;

use case::Case;
use checking::{files_below, read};
use measure::{Measured, measure};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const REPORT: &str = "tests/corpus/report.txt";
/// Percent of the cases that must pass with the edits that the findings offer.
const MENDED: usize = 90;

#[test]
#[allow(clippy::disallowed_methods, reason = "the environment says whether to rewrite the report")]
fn malformed_hypotheses_are_told_apart_and_mended() {
    let cases = cases();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let measured = all(&cases);
    let text = report(&cases, &measured);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        ansatz::files::write(Path::new(REPORT), text.as_bytes()).expect("the report can be written");
    } else {
        assert_eq!(text, read(Path::new(REPORT)), "UPDATE_EXPECT=1 rewrites {REPORT}");
    }
    let right = measured.iter().filter(|one| one.place.is_none()).count();
    assert_eq!(right, cases.len(), "every first finding is at the right token:\n{text}");
    let mended = measured.iter().filter(|one| one.passes).count();
    assert!(mended * 100 >= cases.len() * MENDED, "{mended} of {} are mended:\n{text}", cases.len());
}

#[test]
fn what_the_cases_are_edits_of_is_well_formed() {
    let mut bases: Vec<PathBuf> = cases().into_iter().map(|case| case.base).collect();
    bases.sort();
    bases.dedup();
    for base in bases {
        let folder = base.parent().expect("a file lies in a folder");
        let found = checking::check(&base.display().to_string(), &read(&base), folder);
        assert!(found.findings.is_empty(), "{}: {:?}", base.display(), found.findings);
    }
}

fn cases() -> Vec<Case> {
    files_below(Path::new("tests/corpus"), ".case").iter().map(|path| Case::read(path)).collect()
}

/// Every case, on as many threads as there are processors.
fn all(cases: &[Case]) -> Vec<Measured> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let part = cases.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let work: Vec<_> = cases
            .chunks(part)
            .map(|chunk| scope.spawn(move || chunk.iter().map(measure).collect::<Vec<_>>()))
            .collect();
        work.into_iter().flat_map(|thread| thread.join().expect("a case does not panic")).collect()
    })
}

fn report(cases: &[Case], measured: &[Measured]) -> String {
    let mut text = format!("{} malformed hypotheses\n\n", cases.len());
    let mut line = |words: &str, holds: &dyn Fn(&Measured) -> bool| {
        let count = measured.iter().filter(|one| holds(one)).count();
        let share = count * 1000 / cases.len();
        writeln!(text, "{count:5}  {:3}.{} %  {words}", share / 10, share % 10).expect("text grows");
    };
    line("first finding at the right token", &|one| one.place.is_none());
    line("first finding with the right code", &|one| one.code.is_none());
    line("as many findings as mistakes", &|one| one.cascade.is_none());
    line("with an edit", &|one| one.has_edit);
    line("with an edit that makes the file pass", &|one| one.passes);
    line("with the edit that was meant", &|one| one.as_meant);
    line("without an edit that makes the file pass, with advice in words", &|one| !one.passes && one.has_advice);
    section(&mut text, "At another token", cases, measured, |one| one.place.clone());
    section(&mut text, "With another code", cases, measured, |one| one.code.clone());
    section(&mut text, "With other findings", cases, measured, |one| one.cascade.clone());
    section(&mut text, "Not mended", cases, measured, |one| one.left.clone());
    section(&mut text, "Mended otherwise than was meant", cases, measured, |one| one.otherwise.clone());
    text
}

fn section(
    text: &mut String,
    title: &str,
    cases: &[Case],
    measured: &[Measured],
    what: impl Fn(&Measured) -> Option<String>,
) {
    let lines: Vec<String> = cases
        .iter()
        .zip(measured)
        .filter_map(|(case, one)| Some(format!("  {}: {}\n", case.name, what(one)?)))
        .collect();
    if !lines.is_empty() {
        write!(text, "\n{title}\n{}", lines.concat()).expect("text grows");
    }
}
