//! What the file claims and what came of it, in a few sentences.

use super::listed;
use super::words::{count, listed as joined, percent, sign};
use crate::report::{HypothesisReport, Report, is_tabulated};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Summary {
    /// `6 hypotheses about loss, on 1000 references (seed 0)`
    pub lead: String,
    /// How many hypotheses have each verdict, the best first; those that have one.
    pub verdicts: Vec<Verdicts>,
    /// What 0 % and 100 % are, and other things that all numbers share.
    pub remarks: Vec<String>,
    pub families: Vec<Family>,
}

#[derive(Debug, Clone)]
pub struct Verdicts {
    pub verdict: &'static str,
    pub sign: &'static str,
    pub count: usize,
}

/// A family that stands in a table.
#[derive(Debug, Clone)]
pub struct Family {
    pub name: String,
    pub told: String,
}

#[must_use]
pub fn summary(report: &Report) -> Summary {
    let of_hypotheses = report.hypotheses.iter().map(|found| found.verdict);
    let all: Vec<&str> = of_hypotheses.chain(report.interchanges.iter().map(|found| found.verdict)).collect();
    let verdicts = ["confirmed", "undecided", "refuted", "none"].map(|verdict| Verdicts {
        verdict,
        sign: sign(verdict),
        count: all.iter().filter(|found| **found == verdict).count(),
    });
    Summary {
        lead: lead(report),
        verdicts: verdicts.into_iter().filter(|found| found.count > 0).collect(),
        remarks: remarks(report),
        families: families(report),
    }
}

/// The baseline that all have that have one; else the word.
#[must_use]
pub fn baseline(report: &Report) -> String {
    let mut names = listed(report).filter_map(|found| Some(found.baseline.as_ref()?.name.clone()));
    names.next().filter(|_| report.comparable).unwrap_or_else(|| "the baseline".to_owned())
}

fn lead(report: &Report) -> String {
    let mut parts = Vec::new();
    if !report.hypotheses.is_empty() {
        let mut behaviours: Vec<String> = report.hypotheses.iter().map(|found| found.behaviour.clone()).collect();
        behaviours.sort();
        behaviours.dedup();
        let sizes = || report.hypotheses.iter().map(|found| found.n);
        let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
        let range = if least < most { format!("{least} to {most} references") } else { references(most) };
        let many = count(report.hypotheses.len(), "hypothesis", "hypotheses");
        parts.push(format!("{many} about {}, on {range}", joined(&behaviours)));
    }
    if !report.interchanges.is_empty() {
        parts.push(count(report.interchanges.len(), "interchange of a feature", "interchanges of features"));
    }
    let data: Vec<String> = report.provenance.data.iter().map(|data| data.name.clone()).collect();
    let models: Vec<String> = report.provenance.models.iter().map(|model| model.name.clone()).collect();
    format!("{}. Model: {}. Data: {}.", parts.join("; "), joined(&models), joined(&data))
}

fn references(n: usize) -> String {
    count(n, "reference", "references")
}

fn remarks(report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    let measured: Vec<&HypothesisReport> = report.hypotheses.iter().filter(|found| found.baseline.is_some()).collect();
    if !measured.is_empty() {
        found.push(format!(
            "100 % is the model itself, 0 % is {}: recovered = (scrubbed − baseline) / (model − baseline).",
            baseline(report)
        ));
    }
    if measured.iter().any(|found| found.baseline.as_ref().is_some_and(|baseline| baseline.name == "shuffled")) {
        found.push("shuffled pairs the model’s outputs with the labels of other examples.".to_owned());
    }
    if report.hypotheses.iter().any(|found| found.anytime) {
        found.push(
            "Intervals hold wherever a run stops (confidence sequences): those of a number of references fixed before are narrower."
                .to_owned(),
        );
    }
    if !report.comparable {
        found.push("The hypotheses are measured from different baselines: their shares cannot be compared.".to_owned());
    }
    if report.hypotheses.iter().any(|found| found.verdict != "none") {
        found.push(
            "confirmed and refuted: the whole interval is on one side of what was expected; undecided: it is not."
                .to_owned(),
        );
    }
    found
}

fn families(report: &Report) -> Vec<Family> {
    let mut found: BTreeMap<&str, Vec<&HypothesisReport>> = BTreeMap::new();
    for member in report.hypotheses.iter().filter(|found| is_tabulated(found.arguments.as_ref())) {
        found.entry(member.family.as_deref().unwrap_or_default()).or_default().push(member);
    }
    found.into_iter().map(|(name, members)| Family { name: name.to_owned(), told: range_of(&members) }).collect()
}

fn range_of(members: &[&HypothesisReport]) -> String {
    let shares = || members.iter().filter_map(|found| found.recovered).map(|recovered| recovered.value);
    let (low, high) = (shares().fold(f64::INFINITY, f64::min), shares().fold(f64::NEG_INFINITY, f64::max));
    let many = count(members.len(), "member", "members");
    if low > high { many } else { format!("{many}, which recover from {} to {}", percent(low), percent(high)) }
}
