//! A report as a page that stands for itself (HTML, no scripts, nothing loaded), and as Markdown for a
//! pull request. Markup lies in `templates/`; here is what it shows. All text goes through [`escape`].

mod bands;
pub mod escape;
mod examples;
mod graph;
mod heat;
mod intervals;
mod layered;
mod panel;
mod points;
mod provenance;
mod section;
mod sizes;
mod summary;
mod words;

use crate::report::{HypothesisReport, InterchangeReport, Report, is_tabulated, missing_points};
use askama::Template;
use heat::Heat;
use intervals::Intervals;
use provenance::Provenance;
use section::Section;
use sizes::Frontier;
use summary::Summary;

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    file: String,
    summary: Summary,
    intervals: Option<Intervals>,
    frontiers: Vec<Frontier>,
    heats: Vec<Heat>,
    sections: Vec<Section>,
    /// Why hypotheses have no reference points.
    missing: Vec<Vec<words::Piece>>,
    interchanges: Vec<Interchange>,
    interchange_heats: Vec<Heat>,
    provenance: Provenance,
}

/// The short form.
#[derive(Template)]
#[template(path = "report.md", whitespace = "preserve")]
struct Comment {
    file: String,
    summary: Summary,
    heats: Vec<Heat>,
    sections: Vec<Section>,
    missing: Vec<Vec<words::Piece>>,
    interchanges: Vec<Interchange>,
    interchange_heats: Vec<Heat>,
    provenance: Provenance,
}

/// Interchange interventions on one aligned feature.
struct Interchange {
    name: String,
    feature: String,
    accuracy: String,
    range: String,
    without: String,
    n: usize,
    expected: String,
    verdict: &'static str,
    sign: &'static str,
}

/// The report as one HTML page.
#[must_use]
pub fn html(report: &Report) -> String {
    let sections = sections(report);
    let listed: Vec<&HypothesisReport> = listed(report).collect();
    let page = Page {
        file: report.provenance.file.name.clone(),
        summary: summary::summary(report),
        intervals: intervals::intervals(&listed, &summary::baseline(report)),
        frontiers: sizes::frontiers(report),
        heats: heat::hypotheses(report),
        sections,
        missing: missing(report),
        interchanges: interchanges(report),
        interchange_heats: heat::interchanges(report),
        provenance: provenance::provenance(report),
    };
    rendered(&page)
}

/// The report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    rendered(&Comment {
        file: report.provenance.file.name.clone(),
        summary: summary::summary(report),
        heats: heat::hypotheses(report),
        sections: sections(report),
        missing: missing(report),
        interchanges: interchanges(report),
        interchange_heats: heat::interchanges(report),
        provenance: provenance::provenance(report),
    })
}

/// Why hypotheses have no reference points, where these were asked for.
fn missing(report: &Report) -> Vec<Vec<words::Piece>> {
    missing_points(report).iter().map(|told| words::pieces(told)).collect()
}

fn rendered(template: &impl Template) -> String {
    let mut text = template.render().expect("writing to a string cannot fail");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Hypotheses that do not stand in tables.
fn listed(report: &Report) -> impl Iterator<Item = &HypothesisReport> {
    report.hypotheses.iter().filter(|found| !is_tabulated(found.arguments.as_ref()))
}

fn sections(report: &Report) -> Vec<Section> {
    listed(report).enumerate().map(|(at, found)| section::section(at, found, report)).collect()
}

fn interchanges(report: &Report) -> Vec<Interchange> {
    let listed = report.interchanges.iter().filter(|found| !is_tabulated(found.arguments.as_ref()));
    listed.map(interchange).collect()
}

fn interchange(found: &InterchangeReport) -> Interchange {
    let clauses: Vec<String> = found.expectations.iter().map(words::clause).collect();
    Interchange {
        name: found.name.clone(),
        feature: found.feature.clone(),
        accuracy: words::percent(found.accuracy.value),
        range: words::range(found.accuracy),
        without: words::percent(found.without.value),
        n: found.n,
        expected: if clauses.is_empty() { "nothing was expected".to_owned() } else { clauses.join("; ") },
        verdict: found.verdict,
        sign: words::sign(found.verdict),
    }
}
