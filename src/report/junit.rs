//! JUnit's XML: a test case for each expectation, as test reporters of CI servers read it.

use super::text::expected;
use super::{ExpectationReport, Report};
use crate::diagnostics::{Diagnostic, Severity, clean, concise};
use crate::source::Sources;
use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};

/// The report: a hypothesis without expectations is a test case that passes. What a lock does not hold
/// for is a failure each.
#[must_use]
pub fn report(report: &Report, strict: bool, broken: &[Diagnostic], sources: &Sources) -> String {
    let mut suite = TestSuite::new(clean(&report.provenance.file.name));
    for found in &report.hypotheses {
        if found.expectations.is_empty() {
            suite.add_test_case(TestCase::new(clean(&found.name), TestCaseStatus::success()));
        }
        for expectation in &found.expectations {
            suite.add_test_case(case(expectation, &found.name, &found.behaviour, strict));
        }
    }
    for found in &report.interchanges {
        for expectation in &found.expectations {
            suite.add_test_case(case(expectation, &found.name, &found.feature, strict));
        }
    }
    for finding in broken {
        suite.add_test_case(faulty(finding, NonSuccessKind::Failure, sources));
    }
    written(suite)
}

fn case(expectation: &ExpectationReport, name: &str, of: &str, strict: bool) -> TestCase {
    let told = expected(expectation, of);
    let mut status = match expectation.verdict {
        "refuted" => TestCaseStatus::non_success(NonSuccessKind::Failure),
        "undecided" if strict => TestCaseStatus::non_success(NonSuccessKind::Failure),
        "undecided" => TestCaseStatus::skipped(),
        _ => TestCaseStatus::success(),
    };
    status.set_message(told.as_str());
    let bound = told.split(':').next().unwrap_or_default();
    let mut case = TestCase::new(format!("{}: {bound}", clean(name)), status);
    case.set_classname(clean(name));
    case
}

/// What stops a run: a test case for each error.
#[must_use]
pub fn findings(findings: &[Diagnostic], sources: &Sources) -> String {
    let mut suite = TestSuite::new("check");
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        suite.add_test_case(faulty(finding, NonSuccessKind::Error, sources));
    }
    written(suite)
}

/// A suite for each file that was checked, with a test case for each finding; one that passes where there is
/// none. Warnings count as skipped.
#[must_use]
pub fn checked(all: &[(&str, Vec<Diagnostic>, &Sources)]) -> String {
    let mut suites = Suites::new("ansatz");
    for (name, findings, sources) in all {
        let mut suite = TestSuite::new(clean(name));
        for finding in findings {
            suite.add_test_case(match finding.severity {
                Severity::Error => faulty(finding, NonSuccessKind::Failure, sources),
                Severity::Warning => warned(finding, sources),
            });
        }
        if findings.is_empty() {
            suite.add_test_case(TestCase::new(clean(name), TestCaseStatus::success()));
        }
        suites.add_test_suite(suite);
    }
    let text = suites.to_string().expect("XML can be written to memory");
    format!("{}\n", text.trim_end())
}

fn warned(finding: &Diagnostic, sources: &Sources) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(concise(finding, sources)).set_type(finding.code.id);
    TestCase::new(finding.code.id, status)
}

fn faulty(finding: &Diagnostic, kind: NonSuccessKind, sources: &Sources) -> TestCase {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(concise(finding, sources)).set_type(finding.code.id);
    TestCase::new(finding.code.id, status)
}

fn written(suite: TestSuite) -> String {
    let mut suites = Suites::new("ansatz");
    suites.add_test_suite(suite);
    let text = suites.to_string().expect("XML can be written to memory");
    format!("{}\n", text.trim_end())
}
